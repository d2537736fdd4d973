"""Binance order requests as bytes: prepared segments, ids and decimals between them.

In: tp_request and now. Out: bytes written, at most TP_ORDER_BYTES_MAX, or a negative code. The text
is that of orders.py, byte for byte. Worst case: a cancelReplace, seven segments.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy
from tickpath.core.codes cimport (
    TP_EXECUTE_STATE, TP_EXECUTE_TRIGGER, TP_OK, TP_RISK_INSTRUMENT, TP_RISK_INTENT,
    TP_RISK_QUANTITY_MIN,
)
from tickpath.core.records cimport (
    TP_BUY, TP_CANCEL, TP_FOK, TP_GTC, TP_INSTRUMENTS_MAX, TP_LIMIT, TP_MARKET, TP_POST_ONLY,
    TP_POSITION_LONG, TP_POSITION_SHORT, TP_QUERY, TP_REDUCE_ONLY, TP_REPLACE, TP_SELL, TP_STOP,
    TP_STOP_LIMIT, TP_SUBMIT, tp_instrument, tp_request,
)
from tickpath.venues.text.order_numbers cimport (
    CURRENCIES_NAMED_MAX, CurrencyName, OrderGrid, counts_code, put_price, put_quantity, tp_put_id,
    tp_put_count, tp_put_segment, tp_segment,
)

cdef enum:
    BODY_MARKET = 3                   # LIMIT takes 0..2, one for each time in force
    BODY_POST_ONLY = 4
    BODY_STOP = 5
    BODY_STOP_LIMIT = 6
    BODY_GOOD_TILL = 7                # up to the date
    BODIES = 8
    SECOND_NS = 1000000000
    GOOD_TILL_S_MIN = 601             # 600 s when it arrives, a second for the way

cdef struct OrderText:                # what is written for one instrument
    tp_segment place                  # from behind the id to behind the symbol
    tp_segment cancel
    tp_segment query
    tp_segment replace
    OrderGrid grid

cdef struct OrderCodecState:
    int32_t venue
    int32_t spot                      # 1: cancelReplace, LIMIT_MAKER, stops; 0: futures
    int32_t good_till                 # 1: the venue ends orders at their time
    int32_t reserved
    int32_t instrument_count
    int32_t currency_count
    tp_segment open                   # {"id":"
    tp_segment replaced               # from behind the replaced order's id
    tp_segment cancel_tail
    tp_segment body[2][BODIES]        # [side][type]: up to the price, or the quantity of MARKET
    tp_segment quantity
    tp_segment price                  # behind a good-till date
    tp_segment trigger
    tp_segment display
    tp_segment new_id
    tp_segment tail[4]                # plain, reduce only, long, short
    tp_instrument instruments[TP_INSTRUMENTS_MAX]
    OrderText text[TP_INSTRUMENTS_MAX]
    CurrencyName currencies[CURRENCIES_NAMED_MAX]


cdef inline char* put_stamp(char* out, int64_t now_ns) noexcept nogil:
    """Milliseconds, and the end of the request."""
    out = tp_put_count(out, <uint64_t>now_ns // 1000000 if now_ns > 0 else 0)
    out[0] = c"}"
    out[1] = c"}"
    return out + 2


cdef inline int32_t encode_named(const OrderCodecState* s, const tp_request* r, int64_t now_ns,
                                 char* out) noexcept nogil:
    """A cancel or a query: they only name the order."""
    cdef const OrderText* text = &s.text[r.instrument]
    cdef char* at = tp_put_segment(out, &s.open)
    at[0] = c"c" if r.kind == TP_CANCEL else c"q"
    at = tp_put_id(at + 1, r.client_order_id)
    at = tp_put_segment(at, &text.cancel if r.kind == TP_CANCEL else &text.query)
    at = tp_put_id(at, r.client_order_id)
    at = tp_put_segment(at, &s.cancel_tail)
    return <int32_t>(put_stamp(at, now_ns) - out)


cdef inline int32_t tail_of(int32_t flags) noexcept nogil:
    """Which tail: a hedging account names the position side and takes no reduceOnly."""
    if flags & TP_POSITION_LONG:
        return 2
    if flags & TP_POSITION_SHORT:
        return 3
    return flags & TP_REDUCE_ONLY


cdef inline bint is_stop(int32_t type) noexcept nogil:
    return type == TP_STOP or type == TP_STOP_LIMIT


cdef inline int32_t special_code(const tp_request* r, bint spot) noexcept nogil:
    """Trigger and displayed quantity fit the type; none in the place of another order."""
    cdef bint stop = is_stop(r.type)
    if r.trigger_ticks <= 0 if stop else r.trigger_ticks != 0:
        return TP_EXECUTE_TRIGGER
    if r.display_lots != 0 and (
            not spot or (r.type != TP_LIMIT and r.type != TP_POST_ONLY) or r.display_lots < 0
            or r.display_lots > r.quantity_lots):
        return TP_EXECUTE_TRIGGER
    if (stop or r.display_lots != 0) and (r.time_in_force != TP_GTC or r.kind != TP_SUBMIT):
        return TP_EXECUTE_TRIGGER
    return TP_OK


cdef inline bint has_price(const tp_request* r) noexcept nogil:
    return r.type != TP_MARKET and r.type != TP_STOP


cdef inline int32_t order_code(const OrderCodecState* s, const tp_request* r) noexcept nogil:
    """Why an order cannot be said, or TP_OK."""
    cdef const OrderText* text = &s.text[r.instrument]
    if ((r.side != TP_BUY and r.side != TP_SELL) or r.time_in_force < TP_GTC
            or r.time_in_force > TP_FOK):
        return TP_RISK_INTENT
    if (r.type < TP_LIMIT or r.type > TP_POST_ONLY) and not (s.spot and is_stop(r.type)):
        return TP_RISK_INTENT
    if r.quantity_lots <= 0:
        return TP_RISK_QUANTITY_MIN
    if special_code(r, s.spot) != TP_OK:
        return TP_EXECUTE_TRIGGER
    return counts_code(&text.grid, r, has_price(r))


cdef inline bint says_good_till(const OrderCodecState* s, const tp_request* r,
                                int64_t now_ns) noexcept nogil:
    """Whether the venue's good-till date says the expiry exactly."""
    return (s.good_till and r.type == TP_LIMIT and r.time_in_force == TP_GTC
            and r.expire_ns > now_ns and r.expire_ns % SECOND_NS == 0
            and r.expire_ns - now_ns >= <int64_t>GOOD_TILL_S_MIN * SECOND_NS)


cdef inline int32_t body_of(const tp_request* r) noexcept nogil:
    if r.type == TP_LIMIT:
        return r.time_in_force
    if r.type == TP_MARKET:
        return BODY_MARKET
    if r.type == TP_POST_ONLY:
        return BODY_POST_ONLY
    return BODY_STOP if r.type == TP_STOP else BODY_STOP_LIMIT


cdef inline char* put_special(const OrderCodecState* s, const tp_request* r,
                              char* at) noexcept nogil:
    """What a stop or an iceberg has beside the rest."""
    cdef const OrderText* text = &s.text[r.instrument]
    cdef const tp_instrument* i = &s.instruments[r.instrument]
    if r.trigger_ticks != 0:
        at = tp_put_segment(at, &s.trigger)
        return put_price(&text.grid, r.trigger_ticks, at)
    at = tp_put_segment(at, &s.display)
    return put_quantity(&text.grid, r.display_lots, at)


cdef inline int32_t encode_order(const OrderCodecState* s, const tp_request* r, int64_t now_ns,
                                 char* out) noexcept nogil:
    """A new order, alone or in the place of another."""
    cdef const OrderText* text = &s.text[r.instrument]
    cdef const tp_instrument* i = &s.instruments[r.instrument]
    cdef int32_t code = order_code(s, r)
    cdef char* at
    cdef char* id
    if code != TP_OK:
        return -code
    at = tp_put_segment(out, &s.open)
    id = at
    at = tp_put_id(at, r.client_order_id)
    if r.kind == TP_REPLACE:
        at = tp_put_segment(at, &text.replace)
        at = tp_put_segment(at, &s.replaced)
        at = tp_put_id(at, r.orig_client_order_id)
        at[0] = c'"'
        at[1] = c","
        at += 2
    else:
        at = tp_put_segment(at, &text.place)
    if says_good_till(s, r, now_ns):
        at = tp_put_segment(at, &s.body[r.side][BODY_GOOD_TILL])
        at = tp_put_count(at, <uint64_t>r.expire_ns // 1000000)
        at = tp_put_segment(at, &s.price)
    else:
        at = tp_put_segment(at, &s.body[r.side][body_of(r)])
    if has_price(r):
        at = put_price(&text.grid, r.price_ticks, at)
        at = tp_put_segment(at, &s.quantity)
    at = put_quantity(&text.grid, r.quantity_lots, at)
    if r.trigger_ticks != 0 or r.display_lots != 0:
        at = put_special(s, r, at)
    at = tp_put_segment(at, &s.new_id)
    memcpy(at, id, 16)
    at = tp_put_segment(at + 16, &s.tail[tail_of(r.flags)])
    return <int32_t>(put_stamp(at, now_ns) - out)


cdef inline int32_t orders_encode(void* context, const tp_request* r, int64_t now_ns,
                                  char* out) noexcept nogil:
    """The slot of tp_codec: bytes written, or a negative code."""
    cdef const OrderCodecState* s = <const OrderCodecState*>context
    if r.instrument < 0 or r.instrument >= s.instrument_count:
        return -TP_RISK_INSTRUMENT
    if s.instruments[r.instrument].venue != s.venue:
        return -TP_RISK_INSTRUMENT
    if r.kind == TP_CANCEL or r.kind == TP_QUERY:
        return encode_named(s, r, now_ns, out)
    if r.kind != TP_SUBMIT and r.kind != TP_REPLACE:
        return -TP_RISK_INTENT
    if r.kind == TP_REPLACE and not s.spot:
        return -TP_EXECUTE_STATE
    return encode_order(s, r, now_ns, out)
