"""Equity fell too far from its peak."""

from libc.stdint cimport int32_t
from tickpath.core.records cimport int128
from tickpath.hot.risk.control.rule cimport PPM, Breaker, ControlEvent


cdef inline int32_t drawdown_step(Breaker* b, const ControlEvent* x) noexcept nogil:
    """No memory: the peak is the monitor's."""
    cdef int128 fell = <int128>x.peak_units - x.equity_units
    return x.peak_units > 0 and fell * PPM > <int128>b.limit * x.peak_units
