"""atomics.h for Cython: acquire and release on plain 64-bit words."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef extern from "../lanes/atomics.h" nogil:
    uint64_t load_relaxed "tp_load_relaxed" (const uint64_t* p) noexcept
    uint64_t load_acquire "tp_load_acquire" (const uint64_t* p) noexcept
    void store_relaxed "tp_store_relaxed" (uint64_t* p, uint64_t value) noexcept
    void store_release "tp_store_release" (uint64_t* p, uint64_t value) noexcept
    void store_release_u32 "tp_store_release_u32" (uint32_t* p, uint32_t value) noexcept
    void fence_acquire "tp_fence_acquire" () noexcept
    void fence_release "tp_fence_release" () noexcept
    void pause "tp_pause" () noexcept
    void words_store "tp_words_store" (
        uint64_t* shared, const void* source, int64_t bytes) noexcept
    void words_load "tp_words_load" (
        void* to, const uint64_t* shared, int64_t bytes) noexcept
