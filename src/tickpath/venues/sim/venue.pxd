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
    TP_INSTRUMENTS_MAX,
    TP_IOC,
    TP_MARKET,
    TP_POST_ONLY,
    TP_SPOT,
    tp_instrument,
)
from tickpath.hot.book.native cimport BookState, side_quantity
from tickpath.hot.feed.native cimport FeedState
from tickpath.venues.sim.matcher cimport (
    SIM_FILLS_MAX,
    SIM_ORDERS_MAX,
    SimFill,
    SimOrder,
    fee_of,
    leaves,
)

cdef extern from "../venues/sim/text.h" nogil:
    enum:
        TP_SIM_TEXT_BYTES
    ctypedef struct tp_sim_slice:
        const char* text
        int32_t bytes
    ctypedef struct tp_sim_line:
        const tp_instrument* instrument
        const char* settle
        const char* kind
        const char* status
        const char* reason
        const char* order_type
        const char* time_in_force
        tp_sim_slice client_id
        tp_sim_slice orig_id
        int32_t side
        int32_t maker
        int64_t order_id
        int64_t price_ticks
        int64_t quantity_lots
        int64_t filled_lots
        int64_t last_ticks
        int64_t last_lots
        int64_t trade_id
        int64_t fee_units
        int64_t t_ms
    bint field "tp_sim_field" (const char* text, const char* key, tp_sim_slice* out) noexcept
    bint slice_is "tp_sim_is" (tp_sim_slice s, const char* word) noexcept
    bint slice_units "tp_sim_units" (tp_sim_slice s, int32_t decimals, uint64_t* out) noexcept
    int32_t write_report "tp_sim_report" (char* out, const tp_sim_line* line) noexcept
    int32_t write_ok "tp_sim_reply_ok" (
        char* out, tp_sim_slice id, const char* symbol, int64_t order_id, tp_sim_slice client_id,
        int64_t t_ms) noexcept
    int32_t write_error "tp_sim_reply_error" (
        char* out, tp_sim_slice id, int32_t code, const char* message) noexcept
    int32_t write_stopped "tp_sim_replace_stopped" (char* out, tp_sim_slice id) noexcept
    int32_t write_half "tp_sim_replace_half" (
        char* out, tp_sim_slice id, const char* symbol, tp_sim_slice orig, int64_t order_id,
        int32_t code, const char* message) noexcept

cdef enum:
    MAIL_MAX = 2048                   # power of two
    MAIL_BYTES = 1088
    TICKERS_MAX = 65536               # power of two
    UNCHECKED_MAX = 4096              # power of two
    CODE_FILTER = -1013
    CODE_REJECT = -2010
    CODE_UNKNOWN_ORDER = -2011
    CODE_PARAMETER = -1102

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
    char settle[16]
    tp_instrument info

cdef struct VenueState:
    FeedState* feed
    SimInstrument instruments[TP_INSTRUMENTS_MAX]
    int32_t instrument_count
    int32_t order_count
    SimOrder orders[SIM_ORDERS_MAX]   # in order of arrival
    int64_t order_id
    int64_t trade_id
    int32_t queue_model
    int32_t queue_power
    SimFill* fills
    int64_t fill_count
    int32_t overflow                  # 1: a bounded buffer was full, the run must stop
    int32_t self_impact               # 1: what we take leaves the displayed book
    MailRing reports


cdef inline Mail* mail_push(VenueState* v, MailRing* ring) noexcept nogil:
    """Room for one message, or NULL and the run stops."""
    cdef Mail* mail
    if ring.head - ring.tail >= MAIL_MAX:
        v.overflow = 1
        return NULL
    mail = &ring.items[ring.head & (MAIL_MAX - 1)]
    ring.head += 1
    return mail


cdef inline const char* type_text(int32_t kind) noexcept nogil:
    if kind == TP_MARKET:
        return b"MARKET"
    return b"LIMIT_MAKER" if kind == TP_POST_ONLY else b"LIMIT"


cdef inline const char* force_text(int32_t force) noexcept nogil:
    if force == TP_IOC:
        return b"IOC"
    return b"FOK" if force == TP_FOK else b"GTC"


cdef inline void line_of(
    VenueState* v, const SimOrder* o, char* id_text, int64_t t_ns, tp_sim_line* line
) noexcept nogil:
    """The part of a report that every event of an order shares; `id_text` holds 16 bytes."""
    memset(line, 0, sizeof(tp_sim_line))
    client_order_id_text(o.client_order_id, id_text)
    line.instrument = &v.instruments[o.instrument].info
    line.settle = v.instruments[o.instrument].settle
    line.reason = b"NONE"
    line.order_type = type_text(o.type)
    line.time_in_force = force_text(o.time_in_force)
    line.client_id.text = id_text
    line.client_id.bytes = 16
    line.orig_id.text = b""
    line.side = o.side
    line.order_id = o.order_id
    line.price_ticks = o.price_ticks
    line.quantity_lots = o.quantity_lots
    line.filled_lots = o.filled_lots
    line.trade_id = -1
    line.t_ms = t_ns // 1000000


cdef inline void emit(VenueState* v, const tp_sim_line* line, int64_t t_ns) noexcept nogil:
    cdef Mail* mail = mail_push(v, &v.reports)
    if mail != NULL:
        mail.t_ns = t_ns
        mail.venue = line.instrument.venue
        mail.bytes = write_report(mail.text, line)


cdef inline void emit_state(
    VenueState* v, const SimOrder* o, const char* kind, int64_t t_ns
) noexcept nogil:
    """NEW or EXPIRED."""
    cdef tp_sim_line line
    cdef char[16] id_text
    line_of(v, o, id_text, t_ns, &line)
    line.kind = kind
    line.status = kind
    emit(v, &line, t_ns)


cdef inline void emit_cancel(
    VenueState* v, const SimOrder* o, tp_sim_slice request, int64_t t_ns
) noexcept nogil:
    """On spot `c` is the cancel request's id and `C` the order's; on futures `c` is the order's."""
    cdef tp_sim_line line
    cdef char[16] id_text
    line_of(v, o, id_text, t_ns, &line)
    line.kind = b"CANCELED"
    line.status = b"CANCELED"
    if line.instrument.kind == TP_SPOT:
        line.orig_id = line.client_id
        line.client_id = request
    emit(v, &line, t_ns)


cdef inline void fill(
    VenueState* v, SimOrder* o, int64_t ticks, int64_t lots, bint maker, int32_t why, int64_t t_ns
) noexcept nogil:
    """One execution: the report's bytes and the record for the run's report."""
    cdef tp_sim_line line
    cdef char[16] id_text
    cdef SimFill* record
    if lots <= 0:
        return
    if v.fill_count >= SIM_FILLS_MAX:
        v.overflow = 1
        return
    o.filled_lots += lots
    v.trade_id += 1
    line_of(v, o, id_text, t_ns, &line)
    line.kind = b"TRADE"
    line.status = b"FILLED" if leaves(o) == 0 else b"PARTIALLY_FILLED"
    line.last_ticks = ticks
    line.last_lots = lots
    line.trade_id = v.trade_id
    line.maker = maker
    line.fee_units = fee_of(line.instrument, ticks, lots, maker)
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
