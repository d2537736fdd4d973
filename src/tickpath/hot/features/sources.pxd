"""What an indicator samples: twin of sources.py, where the rules are written down.

All samples are integers: half ticks, or 1/16384 tick for the microprice. Worst case: one float
division (microprice).
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport (
    TP_BOOK_OK, TP_EVENT_BBO, TP_EVENT_DEPTH, TP_EVENT_SNAPSHOT, TP_EVENT_TRADE,
    tp_bbo, tp_book_top, tp_feature_input, tp_indicator, tp_trade,
)

cdef enum:                        # tp_feature_source
    FEATURE_MID = 0
    FEATURE_MICROPRICE = 1
    FEATURE_BID = 2
    FEATURE_ASK = 3
    FEATURE_TRADE = 4
    FEATURE_BBO_MID = 5

cdef enum:                        # which events sample a column
    GROUP_NONE = -1
    GROUP_BOOK = 0
    GROUP_BBO = 1
    GROUP_TRADE = 2
    GROUP_COUNT = 3

cdef enum:
    MICROPRICE_PER_TICK = 16384

cdef extern from *:
    """
    #include <stdint.h>
    #define TP_FEATURE_TICKS_MAX ((int64_t)1 << 36)
    #define TP_FEATURE_LOTS_MAX ((int64_t)1 << 49)
    static const double tp_feature_scale[6] = {0.5, 1.0 / 16384.0, 0.5, 0.5, 0.5, 0.5};
    """
    const int64_t TICKS_MAX "TP_FEATURE_TICKS_MAX"
    const int64_t LOTS_MAX "TP_FEATURE_LOTS_MAX"
    const double* scale_table "tp_feature_scale"

cdef struct Quote:
    int64_t bid_ticks
    int64_t bid_lots
    int64_t ask_ticks
    int64_t ask_lots


cdef inline Quote quote_of(const tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    """Best bid and offer of the record the column reads: BBO for bbo_mid, else the book."""
    cdef Quote q
    if s.source == FEATURE_BBO_MID:
        q.bid_ticks = x.bbo.bid_ticks
        q.bid_lots = x.bbo.bid_lots
        q.ask_ticks = x.bbo.ask_ticks
        q.ask_lots = x.bbo.ask_lots
    else:
        q.bid_ticks = x.top.bid_ticks
        q.bid_lots = x.top.bid_lots
        q.ask_ticks = x.top.ask_ticks
        q.ask_lots = x.top.ask_lots
    return q


cdef inline double microprice_of(const Quote* q) noexcept nogil:
    """How far the microprice lies above the bid, in ticks."""
    return (
        <double>(q.ask_ticks - q.bid_ticks) * <double>q.bid_lots
        / (<double>q.bid_lots + <double>q.ask_lots)
    )


cdef inline int64_t sample_of(const tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    """The integer sample of the column's source."""
    cdef Quote q
    if s.source == FEATURE_MID:
        return x.top.bid_ticks + x.top.ask_ticks
    if s.source == FEATURE_BBO_MID:
        return x.bbo.bid_ticks + x.bbo.ask_ticks
    if s.source == FEATURE_TRADE:
        return 2 * x.trade.price_ticks
    if s.source == FEATURE_BID:
        return 2 * x.top.bid_ticks
    if s.source == FEATURE_ASK:
        return 2 * x.top.ask_ticks
    q = quote_of(s, x)
    return (
        q.bid_ticks * MICROPRICE_PER_TICK
        + <int64_t>(microprice_of(&q) * MICROPRICE_PER_TICK + 0.5)
    )


cdef inline double scale_of(const tp_indicator* s) noexcept nogil:
    """Ticks of one sample unit: a power of two, so multiplying by it is exact."""
    return scale_table[s.source]


cdef inline bint priced(int64_t price_ticks, int64_t quantity_lots) noexcept nogil:
    """Positive and inside the range in which no sum of a window can overflow."""
    return (
        <uint64_t>(price_ticks - 1) < <uint64_t>TICKS_MAX
        and <uint64_t>(quantity_lots - 1) < <uint64_t>LOTS_MAX
    )


cdef inline int32_t group_of(const tp_feature_input* x) noexcept nogil:
    """Which columns the event samples; GROUP_NONE while the book or the record cannot be used."""
    if x.top.status != TP_BOOK_OK:
        return GROUP_NONE
    if x.kind == TP_EVENT_DEPTH or x.kind == TP_EVENT_SNAPSHOT:
        if priced(x.top.bid_ticks, x.top.bid_lots) and priced(x.top.ask_ticks, x.top.ask_lots):
            return GROUP_BOOK
    elif x.kind == TP_EVENT_BBO:
        if (
            priced(x.bbo.bid_ticks, x.bbo.bid_lots) and priced(x.bbo.ask_ticks, x.bbo.ask_lots)
            and x.bbo.bid_ticks < x.bbo.ask_ticks
        ):
            return GROUP_BBO
    elif x.kind == TP_EVENT_TRADE:
        if priced(x.trade.price_ticks, x.trade.quantity_lots):
            return GROUP_TRADE
    return GROUP_NONE
