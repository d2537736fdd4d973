"""Fenced time stamps for measuring on the walk; see clock.h. Never read to decide anything."""

from libc.stdint cimport int64_t, uint64_t

cdef extern from "clock.h" nogil:
    enum:
        TP_STAMP_COUNTS_CYCLES
    uint64_t stamp_begin "tp_stamp_begin" () noexcept
    uint64_t stamp_end "tp_stamp_end" () noexcept
    int64_t monotonic_ns "tp_monotonic_ns" () noexcept
