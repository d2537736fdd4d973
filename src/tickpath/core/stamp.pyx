"""Reads the stamps of clock.pxd for Python. Facts only; clock.py makes sense of them."""

from libc.stdint cimport int64_t, uint64_t
from tickpath.core.clock cimport (
    TP_STAMP_COUNTS_CYCLES, monotonic_ns, stamp_begin, stamp_end,
)

COUNTS_CYCLES = bool(TP_STAMP_COUNTS_CYCLES)


def begin() -> int:
    """The counter, fenced for the start of a measured piece."""
    return stamp_begin()


def end() -> int:
    """The counter, fenced for its end."""
    return stamp_end()


def both() -> tuple[int, int, int]:
    """Counter, monotonic ns, counter: the reading of the clock lies between the two."""
    cdef uint64_t before = stamp_begin()
    cdef int64_t now_ns = monotonic_ns()
    cdef uint64_t after = stamp_end()
    return before, now_ns, after


def pair_cost(int64_t count) -> int:
    """Counts that an empty begin-end pair shows: the median of `count` (at most 10 000) pairs."""
    cdef uint64_t[10000] found
    cdef uint64_t start
    cdef int64_t k
    cdef int64_t many = min(max(count, 1), 10000)
    with nogil:
        for k in range(many):
            start = stamp_begin()
            found[k] = stamp_end() - start
    return sorted([found[k] for k in range(many)])[many // 2]
