"""Notional at the order's own price is at least the instrument's minimum."""

from libc.stdint cimport int32_t
from tickpath.core.records cimport tp_risk_input
from tickpath.hot.risk.values cimport notional_floor


cdef inline int32_t notional_min_check(const tp_risk_input* x) noexcept nogil:
    return notional_floor(x, x.instrument.notional_units_min)
