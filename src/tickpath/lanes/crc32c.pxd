"""crc32c.h for Cython: CRC-32C by table, instruction, or three folded streams."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef extern from "../lanes/crc32c.h" nogil:
    ctypedef struct Crc32cFold "tp_crc32c_fold":
        uint32_t on
    void crc32c_fold_init "tp_crc32c_fold_init" (Crc32cFold* fold) noexcept
    uint32_t crc32c_word "tp_crc32c_word" (uint32_t crc, uint64_t word) noexcept
    uint32_t crc32c_update "tp_crc32c_update" (
        const Crc32cFold* fold, uint32_t crc, const void* data, int64_t bytes) noexcept
    uint32_t crc32c_bytewise "tp_crc32c_bytewise" (
        uint32_t crc, const void* data, int64_t bytes) noexcept
