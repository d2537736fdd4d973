"""Limits that a command or the limits slot may change while the engine runs.

`tp_limits` is a row of words in the order of LIMIT_FIELDS. A change holds only from 0 to the
compiled ceiling; the checks clamp once more. Rates and bursts are of the engine or of each of its
venues, all others of an instrument. Worst case: TP_INSTRUMENTS_MAX stores and 18 buckets.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_ENGINE_LIMIT, TP_OK
from tickpath.core.records cimport (
    TP_CONCENTRATION_PPM_MAX,
    TP_DUPLICATE_NS_MAX,
    TP_FAT_FINGER_PPM_MAX,
    TP_LEVERAGE_PPM_MAX,
    TP_MESSAGE_RATE_PER_S_MAX,
    TP_OPEN_ORDERS_MAX,
    TP_ORDER_RATE_PER_S_MAX,
    TP_POSITION_CEILING_PPM,
    TP_PRICE_COLLAR_PPM_MAX,
    TP_STALE_NS_MAX,
    tp_limits,
)
from tickpath.hot.risk.state cimport RiskState, risk_rates

cdef enum:
    LIMIT_ORDER_LOTS = 0
    LIMIT_ORDER_NOTIONAL = 1
    LIMIT_POSITION = 2
    LIMIT_COLLAR = 3
    LIMIT_RATE = 4
    LIMIT_BURST = 5
    LIMIT_STALE = 6
    LIMIT_REFERENCE = 7
    LIMIT_FAT_FINGER = 8
    LIMIT_OPEN_ORDERS = 9
    LIMIT_DUPLICATE = 10
    LIMIT_VENUE_RATE = 11             # and its burst, message rates and bursts behind it
    LIMIT_MESSAGE_RATE = 13
    LIMIT_VENUE_MESSAGE_BURST = 16
    LIMIT_GROSS = 17
    LIMIT_NET = 18
    LIMIT_LEVERAGE = 19
    LIMIT_CONCENTRATION = 20
    LIMIT_COUNT = 21
    ALL_INSTRUMENTS = -1


cdef inline bint limit_shared(int32_t limit) noexcept nogil:
    """Rates and bursts: all instruments have them in common."""
    return (limit == LIMIT_RATE or limit == LIMIT_BURST
            or (LIMIT_VENUE_RATE <= limit and limit <= LIMIT_VENUE_MESSAGE_BURST))


cdef inline int64_t limit_ceiling(int32_t limit) noexcept nogil:
    """The compiled ceiling; -1 for no limit at all."""
    if limit == LIMIT_POSITION:
        return TP_POSITION_CEILING_PPM
    if limit == LIMIT_COLLAR or limit == LIMIT_REFERENCE:
        return TP_PRICE_COLLAR_PPM_MAX
    if limit == LIMIT_STALE:
        return TP_STALE_NS_MAX
    if limit == LIMIT_FAT_FINGER:
        return TP_FAT_FINGER_PPM_MAX
    if limit == LIMIT_OPEN_ORDERS:
        return TP_OPEN_ORDERS_MAX
    if limit == LIMIT_DUPLICATE:
        return TP_DUPLICATE_NS_MAX
    if limit == LIMIT_LEVERAGE:
        return TP_LEVERAGE_PPM_MAX
    if limit == LIMIT_CONCENTRATION:
        return TP_CONCENTRATION_PPM_MAX
    if limit_shared(limit):
        return TP_ORDER_RATE_PER_S_MAX if limit < LIMIT_MESSAGE_RATE else TP_MESSAGE_RATE_PER_S_MAX
    return <int64_t>1 << 62 if 0 <= limit < LIMIT_COUNT else -1


cdef inline int64_t limit_of(const tp_limits* l, int32_t limit) noexcept nogil:
    return (<const int64_t*>l)[limit]


cdef inline int32_t risk_set_limit(
    RiskState* r, int32_t limit, int32_t instrument, int64_t value
) noexcept nogil:
    """TP_OK, or TP_ENGINE_LIMIT and nothing changed."""
    cdef int32_t k
    if value < 0 or value > limit_ceiling(limit):
        return TP_ENGINE_LIMIT
    if instrument < ALL_INSTRUMENTS or instrument >= r.instrument_count:
        return TP_ENGINE_LIMIT
    for k in range(r.instrument_count):
        if instrument == ALL_INSTRUMENTS or k == instrument or limit_shared(limit):
            (<int64_t*>&r.limits[k])[limit] = value
    if limit_shared(limit):
        risk_rates(r)
    return TP_OK
