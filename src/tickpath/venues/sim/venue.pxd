"""The simulated venue: market frames build its book, requests meet it, reports leave as real bytes.

In: frames in recorded order and requests at their arrival. Out: reports in a ring of mail, fills in
an array for the report. It decodes requests with its own decoder and shares nothing with the
engine.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.ids cimport client_order_id_text
from tickpath.core.records cimport (
    TP_BUY,
    TP_FOK,
    TP_FRAME_PADDING_BYTES,
    TP_GTC,
    TP_INSTRUMENTS_MAX,
    TP_MARKET,
    TP_POST_ONLY,
    TP_SPOT,
    tp_instrument,
)
from tickpath.hot.book.native cimport BookState, side_quantity
from tickpath.hot.feed.native cimport FeedState
from tickpath.venues.sim.direct cimport direct_execution
from tickpath.venues.sim.fifo cimport FifoTable
from tickpath.venues.sim.matcher cimport (
    LEG_BOTH,
    LEG_LONG,
    LEGS,
    SIM_ENDED_MAX,
    SIM_FILLS_MAX,
    SIM_ORDERS_MAX,
    SimFill,
    SimOrder,
    fee_of,
    leaves,
    quote_of,
)
from tickpath.venues.sim.queue cimport QueueModel
from tickpath.venues.sim.rates cimport OrderRates, rate_give_back
from tickpath.venues.sim.text cimport tp_sim_line, write_report

cdef enum:
    MAIL_MAX = 2048                   # power of two
    MAIL_BYTES = 2112                 # the longest text and its padding
    TICKERS_MAX = 65536               # power of two
    UNCHECKED_MAX = 4096              # power of two
    REFUSAL_CODES_MAX = 32            # more than the venue has
    CODE_FILTER = -1013
    CODE_REJECT = -2010
    CODE_UNKNOWN_ORDER = -2011
    CODE_NO_ORDER = -2013
    CODE_PARAMETER = -1102
    CODE_NOT_REQUIRED = -1106
    CODE_METHOD = -1100
    CODE_JSON = -1135

cdef struct Mail:
    int64_t t_ns
    int32_t bytes
    int32_t venue
    char text[MAIL_BYTES]

cdef struct MailRing:
    Mail* items
    uint64_t head
    uint64_t tail

cdef struct Ticker:
    int64_t update_id
    int64_t bid_ticks
    int64_t bid_lots
    int64_t ask_ticks
    int64_t ask_lots

cdef struct SimInstrument:
    BookState* book
    Ticker* unchecked                 # a ring: bests that the BBO has not passed yet
    uint64_t unchecked_head
    uint64_t unchecked_tail
    Ticker* tickers                   # a ring: bookTickers the depth stream has not reached yet
    uint64_t ticker_head
    uint64_t ticker_tail
    Ticker ticker                     # the last one at or before the oldest unchecked best
    int64_t bbo_checked
    int64_t bbo_equal
    int64_t snapshots
    int64_t crossed
    int64_t position_lots             # ours, for reduce-only
    int64_t last_ticks                # of the newest trade, 0: none
    int64_t legs[LEGS]                # of a hedging account, by LEG_LONG and LEG_SHORT
    int32_t hedging
    int32_t reserved
    int32_t money_decimals            # of the settle currency
    char settle[16]
    QueueModel queue
    tp_instrument info

cdef struct SimEnded:                 # an order that is no longer open
    SimOrder order
    const char* status

cdef struct RefusalCount:
    int32_t code                      # 0: none yet
    int32_t reserved
    int64_t count

cdef struct VenueState:
    FeedState* feed
    SimInstrument instruments[TP_INSTRUMENTS_MAX]
    int32_t instrument_count
    int32_t order_count
    int32_t waiting_count
    int32_t reserved
    SimOrder orders[SIM_ORDERS_MAX]   # in order of arrival
    SimOrder waiting[SIM_ORDERS_MAX]  # stops that no trade has reached, in order of arrival
    int64_t good_till_ms              # no order ends before
    SimEnded* ended                   # a ring, oldest overwritten
    int64_t ended_count               # since the start
    int64_t order_id
    int64_t trade_id
    int64_t execution_id
    int32_t whole_fills               # 1: a resting order is filled as a whole
    int32_t unused
    SimFill* fills
    int64_t fill_count
    int32_t overflow                  # 1: a bounded buffer was full, the run must stop
    int32_t self_impact               # 1: what we take leaves the displayed book
    int32_t direct                    # 1: orders and reports are records instead of text
    void* crowd                       # CrowdState of a generated market, NULL on recorded data
    FifoTable* fifo                   # the market's single orders, NULL: levels alone
    uint64_t marked                   # instruments whose book has changed since the tape looked
    MailRing reports
    RefusalCount refusals[REFUSAL_CODES_MAX]    # by code, in order of the first
    OrderRates rates


cdef inline void count_refusal(VenueState* v, int32_t code) noexcept nogil:
    """A request was refused with a code."""
    cdef int32_t k
    for k in range(REFUSAL_CODES_MAX):
        if v.refusals[k].code == code or v.refusals[k].code == 0:
            v.refusals[k].code = code
            v.refusals[k].count += 1
            return


cdef inline Mail* mail_push(VenueState* v, MailRing* ring) noexcept nogil:
    """Room for one message, or NULL and the run stops."""
    cdef Mail* mail
    if ring.head - ring.tail >= MAIL_MAX:
        v.overflow = 1
        return NULL
    mail = &ring.items[ring.head & (MAIL_MAX - 1)]
    ring.head += 1
    return mail


cdef inline void mail_close(Mail* mail, int32_t size) noexcept nogil:
    """Zero bytes behind the text, as behind every frame."""
    mail.bytes = size
    memset(mail.text + size, 0, TP_FRAME_PADDING_BYTES)


cdef inline const char* type_text(const SimOrder* o, bint spot) noexcept nogil:
    if o.stop_ticks != 0:
        return b"STOP_LOSS" if o.type == TP_MARKET else b"STOP_LOSS_LIMIT"
    if o.type == TP_MARKET:
        return b"MARKET"
    return b"LIMIT_MAKER" if o.type == TP_POST_ONLY and spot else b"LIMIT"


cdef inline const char* force_text(const SimOrder* o, bint spot) noexcept nogil:
    """Futures say post-only by the time in force; a market order shows GTC."""
    if o.type == TP_POST_ONLY and not spot:
        return b"GTX"
    if o.good_till_ms != 0:
        return b"GTD"
    if o.type == TP_MARKET or o.time_in_force == TP_GTC:
        return b"GTC"
    return b"FOK" if o.time_in_force == TP_FOK else b"IOC"


cdef inline const char* leg_text(const SimOrder* o) noexcept nogil:
    if o.leg == LEG_BOTH:
        return b"BOTH"
    return b"LONG" if o.leg == LEG_LONG else b"SHORT"


cdef inline void line_of(
    VenueState* v, const SimOrder* o, const char* kind, int64_t t_ns, tp_sim_line* line
) noexcept nogil:
    """An order as reports and replies show it; `kind` stands for execution type and status."""
    cdef bint spot
    memset(line, 0, sizeof(tp_sim_line))
    line.instrument = &v.instruments[o.instrument].info
    spot = line.instrument.kind == TP_SPOT
    client_order_id_text(o.client_order_id, line.id_text)
    line.settle = v.instruments[o.instrument].settle
    line.money_decimals = v.instruments[o.instrument].money_decimals
    line.kind = kind
    line.status = kind
    line.order_type = type_text(o, spot)
    line.time_in_force = force_text(o, spot)
    line.request.text = b""
    line.side = o.side
    line.reduce_only = o.reduce_only
    line.position_side = leg_text(o)
    line.order_id = o.order_id
    line.price_ticks = o.price_ticks
    line.quantity_lots = o.quantity_lots
    line.filled_lots = o.filled_lots
    line.quote_units = o.quote_units
    line.stop_ticks = o.stop_ticks
    line.waits = o.waits
    line.display_lots = o.display_lots
    line.good_till_ms = o.good_till_ms
    line.trade_id = -1
    line.t_ms = t_ns // 1000000
    line.created_ms = o.created_ns // 1000000


cdef inline void emit(VenueState* v, tp_sim_line* line, int64_t t_ns) noexcept nogil:
    """An execution event of an order."""
    cdef Mail* mail = mail_push(v, &v.reports)
    v.execution_id += 1
    line.execution_id = v.execution_id
    if mail != NULL:
        mail.t_ns = t_ns
        mail.venue = line.instrument.venue
        if v.direct:
            mail_close(mail, direct_execution(mail.text, line))
        else:
            mail_close(mail, write_report(mail.text, line))


cdef inline void emit_state(
    VenueState* v, const SimOrder* o, const char* kind, int64_t t_ns
) noexcept nogil:
    """NEW or EXPIRED."""
    cdef tp_sim_line line
    line_of(v, o, kind, t_ns, &line)
    emit(v, &line, t_ns)


cdef inline void end(
    VenueState* v, SimOrder* o, const char* status, int64_t t_ns
) noexcept nogil:
    """Remember an order that is no longer open."""
    cdef SimEnded* place = &v.ended[v.ended_count & (SIM_ENDED_MAX - 1)]
    v.ended_count += 1
    o.updated_ns = t_ns
    place.order = o[0]
    place.status = status


cdef inline void fill(
    VenueState* v, SimOrder* o, int64_t ticks, int64_t lots, bint maker, int32_t why, int64_t t_ns
) noexcept nogil:
    """One execution: the report's bytes and the record for the run's report."""
    cdef tp_sim_line line
    cdef SimInstrument* i = &v.instruments[o.instrument]
    cdef SimFill* record
    if lots <= 0:
        return
    if v.fill_count >= SIM_FILLS_MAX:
        v.overflow = 1
        return
    if o.filled_lots == 0 and v.rates.window_count > 0:
        rate_give_back(&v.rates, i.info.venue, t_ns)
    o.filled_lots += lots
    i.position_lots += lots if o.side == TP_BUY else -lots
    i.legs[o.leg] += lots if o.side == TP_BUY else -lots
    v.trade_id += 1
    line_of(v, o, b"TRADE", t_ns, &line)
    line.status = b"FILLED" if leaves(o) == 0 else b"PARTIALLY_FILLED"
    line.last_ticks = ticks
    line.last_lots = lots
    line.last_quote_units = quote_of(&i.info, ticks, lots)
    o.quote_units += line.last_quote_units
    line.quote_units = o.quote_units
    line.trade_id = v.trade_id
    line.maker = maker
    line.fee_units = fee_of(&i.info, ticks, lots, maker)
    o.updated_ns = t_ns
    if leaves(o) == 0:
        end(v, o, b"FILLED", t_ns)
    emit(v, &line, t_ns)
    record = &v.fills[v.fill_count]
    v.fill_count += 1
    record.t_ns = t_ns
    record.client_order_id = o.client_order_id
    record.price_ticks = ticks
    record.quantity_lots = lots
    record.fee_units = line.fee_units
    record.trade_id = v.trade_id
    record.instrument = o.instrument
    record.side = o.side
    record.maker = maker
    record.why = why


cdef inline void drop_done(VenueState* v) noexcept nogil:
    """Take filled orders out, keeping the order of arrival."""
    cdef int32_t k, n = 0
    for k in range(v.order_count):
        if leaves(&v.orders[k]) > 0:
            if n != k:
                v.orders[n] = v.orders[k]
            n += 1
    v.order_count = n


cdef inline int64_t shown_at(SimInstrument* i, int32_t side, int64_t ticks) noexcept nogil:
    """Displayed quantity at a price; the book's ask keys are complements."""
    return side_quantity(&i.book.sides[side], ticks if side == TP_BUY else ~ticks)


cdef inline void join(VenueState* v, SimOrder* o) noexcept nogil:
    """Join the queue at our price, behind all that is displayed there."""
    o.shown_lots = shown_at(&v.instruments[o.instrument], o.side, o.price_ticks)
    o.ahead_lots = o.shown_lots
    o.traded_lots = 0
    if v.fifo != NULL:
        v.fifo.arrivals += 1
        o.arrival = v.fifo.arrivals
