"""Limits that a command or the limits slot may change while the engine runs.

A change holds only from 0 to the compiled ceiling; the checks clamp once more. Rate and burst are
of the engine, all others of an instrument. Worst case: TP_INSTRUMENTS_MAX stores.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_ENGINE_LIMIT, TP_OK
from tickpath.core.records cimport (
    TP_ORDER_RATE_PER_S_MAX,
    TP_POSITION_CEILING_PPM,
    TP_PRICE_COLLAR_PPM_MAX,
    TP_STALE_NS_MAX,
    tp_limits,
)
from tickpath.hot.risk.native cimport NS_PER_S, RiskState

cdef enum:
    LIMIT_ORDER_LOTS = 0
    LIMIT_ORDER_NOTIONAL = 1
    LIMIT_POSITION = 2
    LIMIT_COLLAR = 3
    LIMIT_RATE = 4
    LIMIT_BURST = 5
    LIMIT_STALE = 6
    LIMIT_COUNT = 7
    ALL_INSTRUMENTS = -1


cdef inline int64_t limit_ceiling(int32_t limit) noexcept nogil:
    """The compiled ceiling; -1 for no limit at all."""
    if limit == LIMIT_ORDER_LOTS or limit == LIMIT_ORDER_NOTIONAL:
        return <int64_t>1 << 62
    if limit == LIMIT_POSITION:
        return TP_POSITION_CEILING_PPM
    if limit == LIMIT_COLLAR:
        return TP_PRICE_COLLAR_PPM_MAX
    if limit == LIMIT_RATE or limit == LIMIT_BURST:
        return TP_ORDER_RATE_PER_S_MAX
    if limit == LIMIT_STALE:
        return TP_STALE_NS_MAX
    return -1


cdef inline int64_t limit_of(const tp_limits* l, int32_t limit) noexcept nogil:
    if limit == LIMIT_ORDER_LOTS:
        return l.order_lots_max
    if limit == LIMIT_ORDER_NOTIONAL:
        return l.order_notional_units_max
    if limit == LIMIT_POSITION:
        return l.position_ceiling_ppm
    if limit == LIMIT_COLLAR:
        return l.price_collar_ppm
    if limit == LIMIT_RATE:
        return l.order_rate_per_s
    if limit == LIMIT_BURST:
        return l.order_burst
    return l.stale_ns


cdef inline void limit_store(tp_limits* l, int32_t limit, int64_t value) noexcept nogil:
    if limit == LIMIT_ORDER_LOTS:
        l.order_lots_max = value
    elif limit == LIMIT_ORDER_NOTIONAL:
        l.order_notional_units_max = value
    elif limit == LIMIT_POSITION:
        l.position_ceiling_ppm = <int32_t>value
    elif limit == LIMIT_COLLAR:
        l.price_collar_ppm = <int32_t>value
    elif limit == LIMIT_RATE:
        l.order_rate_per_s = value
    elif limit == LIMIT_BURST:
        l.order_burst = value
    elif limit == LIMIT_STALE:
        l.stale_ns = value


cdef inline int32_t risk_set_limit(
    RiskState* r, int32_t limit, int32_t instrument, int64_t value
) noexcept nogil:
    """TP_OK, or TP_ENGINE_LIMIT and nothing changed."""
    cdef int32_t k
    if value < 0 or value > limit_ceiling(limit):
        return TP_ENGINE_LIMIT
    if instrument < ALL_INSTRUMENTS or instrument >= r.instrument_count:
        return TP_ENGINE_LIMIT
    if limit == LIMIT_RATE:
        r.rate_per_s = value
        instrument = ALL_INSTRUMENTS
    elif limit == LIMIT_BURST:
        r.credit_max = value * NS_PER_S
        if r.credit > r.credit_max:
            r.credit = r.credit_max
        instrument = ALL_INSTRUMENTS
    for k in range(r.instrument_count):
        if instrument == ALL_INSTRUMENTS or k == instrument:
            limit_store(&r.limits[k], limit, value)
    return TP_OK
