"""Exponential averages: twin of averages.py."""

from libc.stdint cimport int64_t


cdef inline double seeded(
    double held, int64_t count, int64_t n, double alpha, double x
) noexcept nogil:
    """An average that starts as the mean of its first n samples. `held` is their sum before the
    n-th step, and the average from it on; `count` is the step's number from 1."""
    if count > n:
        return held + alpha * (x - held)
    return (held + x) / <double>n if count == n else held + x
