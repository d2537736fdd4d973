"""What an indicator reads of an event: twin of sources.py, where the rules are written down.

Worst case: the full depth of 10 levels a side, 40 conversions.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport (
    TP_BOOK_OK, TP_BUY, TP_EVENT_BBO, TP_EVENT_DEPTH, TP_EVENT_SNAPSHOT, TP_EVENT_TRADE,
    TP_VIEW_LEVELS, tp_bbo, tp_book_top, tp_feature_input, tp_indicator, tp_level, tp_trade,
)

cdef enum:                        # tp_feature_source
    FEATURE_MID = 0
    FEATURE_MICROPRICE = 1
    FEATURE_BID = 2
    FEATURE_ASK = 3
    FEATURE_TRADE = 4
    FEATURE_BBO_MID = 5

cdef enum:                        # tp_feature_feed
    FEED_PRICE = 0
    FEED_QUOTE = 1
    FEED_TRADE = 2
    FEED_TRADE_QUOTE = 3
    FEED_ELAPSED = 4
    FEED_BAR = 5
    FEED_QUANTITIES = 6
    FEED_DEPTH = 7

cdef enum:
    INPUTS_MAX = 4 * TP_VIEW_LEVELS

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


cdef inline const double* bar_inputs(
    tp_indicator* s, const tp_feature_input* x, double* to
) noexcept nogil:
    """Take the sample into the bar; its numbers when it is complete, else NULL."""
    cdef double price = <double>sample_of(s, x) * scale_of(s)
    if s.mark == 0:
        s.bar[0] = s.bar[1] = s.bar[2] = price
        s.bar[4] = 0.0
    else:
        s.bar[1] = price if price > s.bar[1] else s.bar[1]
        s.bar[2] = price if price < s.bar[2] else s.bar[2]
    s.bar[3] = price
    if s.source == FEATURE_TRADE:
        s.bar[4] += <double>x.trade.quantity_lots
    s.mark += 1
    if s.mark < s.bar_samples:
        return NULL
    s.mark = 0
    return &s.bar[s.offset]


cdef inline double* quantities_fill(
    const tp_level* side, int32_t held, int32_t levels, double* to
) noexcept nogil:
    """Lots of the best levels, zeros where there are no more; returns where the next go."""
    cdef int32_t k
    if held >= levels:
        for k in range(levels):
            to[k] = <double>side[k].quantity_lots
    else:
        for k in range(levels):
            to[k] = <double>side[k].quantity_lots if k < held else 0.0
    return to + levels


cdef inline double* prices_fill(
    const tp_level* side, int32_t held, int32_t levels, double* to
) noexcept nogil:
    """Prices of the best levels, likewise."""
    cdef int32_t k
    if held >= levels:
        for k in range(levels):
            to[k] = <double>side[k].price_ticks
    else:
        for k in range(levels):
            to[k] = <double>side[k].price_ticks if k < held else 0.0
    return to + levels


cdef inline const double* rare_inputs(
    tp_indicator* s, const tp_feature_input* x, double* to
) noexcept nogil:
    """Time and depth."""
    cdef const tp_book_top* top = x.top
    cdef double* next
    if s.feed == FEED_ELAPSED:
        to[0] = <double>(x.now_ns - s.mark if s.mark != 0 else 0) * 1e-9
        s.mark = x.now_ns
        return to
    next = prices_fill(top.bids, top.bid_count, s.levels, to)
    next = quantities_fill(top.bids, top.bid_count, s.levels, next)
    next = prices_fill(top.asks, top.ask_count, s.levels, next)
    quantities_fill(top.asks, top.ask_count, s.levels, next)
    return to


cdef inline const double* inputs_of(
    tp_indicator* s, const tp_feature_input* x, double* to
) noexcept nogil:
    """What a step reads now, in `to` (room for INPUTS_MAX) or in the state; NULL: no step."""
    cdef Quote q
    if s.feed == FEED_PRICE:
        to[0] = <double>sample_of(s, x) * scale_of(s)
        return to
    if s.feed == FEED_QUOTE:
        q = quote_of(s, x)
        to[0] = <double>q.bid_ticks
        to[1] = <double>q.bid_lots
        to[2] = <double>q.ask_ticks
        to[3] = <double>q.ask_lots
        return to
    if s.feed == FEED_QUANTITIES:
        quantities_fill(
            x.top.asks, x.top.ask_count, s.levels,
            quantities_fill(x.top.bids, x.top.bid_count, s.levels, to),
        )
        return to
    if s.feed == FEED_TRADE:
        to[0] = <double>x.trade.price_ticks
        to[1] = <double>x.trade.quantity_lots
        to[2] = 1.0 if x.trade.aggressor == TP_BUY else -1.0
        return to + s.offset
    if s.feed == FEED_BAR:
        return bar_inputs(s, x, to)
    if s.feed == FEED_TRADE_QUOTE:
        if not (
            priced(x.top.bid_ticks, x.top.bid_lots) and priced(x.top.ask_ticks, x.top.ask_lots)
        ):
            return NULL
        to[0] = 1.0 if x.trade.aggressor == TP_BUY else -1.0
        to[1] = <double>x.trade.price_ticks
        to[2] = <double>x.top.bid_ticks
        to[3] = <double>x.top.ask_ticks
        return to + s.offset
    return rare_inputs(s, x, to)
