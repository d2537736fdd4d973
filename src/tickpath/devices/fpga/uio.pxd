"""The fast host path in C: what a native caller uses without the GIL. See uio_map.h."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef extern from "uio_map.h" nogil:
    enum:
        UIO_DONE
        UIO_LOST
        UIO_REFUSED

    ctypedef struct tp_uio:
        uint32_t* dma
        uint8_t* memory
        uint64_t physical
        uint32_t results_at
        uint32_t slot_bytes
        uint32_t result_bytes
        uint32_t slots
        uint32_t polls_max

    uint32_t uio_read(const uint32_t* base, uint32_t offset) noexcept
    void uio_write(uint32_t* base, uint32_t offset, uint32_t word) noexcept
    int uio_start(tp_uio* u) noexcept
    int uio_row(tp_uio* u, const void* row, uint32_t bytes, void* out) noexcept


cdef class Window:
    cdef uint8_t* base
    cdef readonly size_t length
    cdef readonly str path


cdef class FastRows:
    cdef tp_uio uio
    cdef Window _dma, _memory
    cdef readonly int beats
    cdef readonly int results
