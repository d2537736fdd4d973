"""Kraken order requests as bytes: prepared segments, ids and decimals between them.

In: tp_request. Out: bytes written, at most TP_ORDER_BYTES_MAX, or a negative code. The text is that
of orders.py, byte for byte. Worst case: an add_order with a price, five segments.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport (
    TP_EXECUTE_STATE,
    TP_EXECUTE_TRIGGER,
    TP_EXECUTE_UNKNOWN_ORDER,
    TP_OK,
    TP_RISK_INSTRUMENT,
    TP_RISK_INTENT,
    TP_RISK_QUANTITY_MIN,
)
from tickpath.core.records cimport (
    TP_BUY,
    TP_CANCEL,
    TP_GTC,
    TP_INSTRUMENTS_MAX,
    TP_IOC,
    TP_LIMIT,
    TP_MARKET,
    TP_POST_ONLY,
    TP_QUERY,
    TP_REPLACE,
    TP_SELL,
    TP_SUBMIT,
    tp_instrument,
    tp_request,
)
from tickpath.venues.text.order_numbers cimport (
    CURRENCIES_NAMED_MAX,
    CurrencyName,
    OrderGrid,
    counts_code,
    put_price,
    put_quantity,
    tp_put_id,
    tp_put_count,
    tp_put_segment,
    tp_segment,
)

cdef enum:
    BODY_MARKET = 2                   # LIMIT takes 0 and 1, GTC and IOC
    BODY_POST_ONLY = 3
    BODIES = 4
    REQUEST_ADD = 0                   # request_ids.py
    REQUEST_CANCEL = 1
    REQUEST_QUERY = 2

cdef struct OrderText:                # what is written for one instrument
    tp_segment add                    # up to behind the symbol
    tp_segment query
    OrderGrid grid

cdef struct OrderCodecState:
    int32_t venue
    int32_t instrument_count
    int32_t currency_count
    int32_t lot                       # an instrument with the lot size that all share, -1: none
    uint64_t engine_id
    int64_t strangers                 # rows about orders that are not ours
    tp_segment body[2][BODIES]        # [side][type]: up to the price, or the quantity of MARKET
    tp_segment quantity
    tp_segment new_id
    tp_segment cancel
    tp_segment cancel_tail
    tp_segment tail                   # behind the id
    tp_instrument instruments[TP_INSTRUMENTS_MAX]
    OrderText text[TP_INSTRUMENTS_MAX]
    CurrencyName currencies[CURRENCIES_NAMED_MAX]


cdef inline char* put_request_id(char* out, uint64_t order, uint64_t kind) noexcept nogil:
    """`req_id` and the end of the request."""
    out = tp_put_count(out, (order & <uint64_t>0xFFFFFFFFFFFF) << 2 | kind)
    out[0] = c"}"
    return out + 1


cdef inline int32_t encode_cancel(
        const OrderCodecState* s, const tp_request* r, char* out) noexcept nogil:
    cdef char* at = tp_put_segment(out, &s.cancel)
    at = tp_put_id(at, r.client_order_id)
    at = tp_put_segment(at, &s.cancel_tail)
    return <int32_t>(put_request_id(at, r.client_order_id, REQUEST_CANCEL) - out)


cdef inline int32_t encode_query(
        const OrderCodecState* s, const tp_request* r, char* out) noexcept nogil:
    cdef char* at = tp_put_segment(out, &s.text[r.instrument].query)
    at = tp_put_id(at, r.client_order_id)
    at = tp_put_segment(at, &s.tail)
    return <int32_t>(put_request_id(at, r.client_order_id, REQUEST_QUERY) - out)


cdef inline int32_t order_code(const OrderCodecState* s, const tp_request* r) noexcept nogil:
    """Why an order cannot be said, or TP_OK."""
    cdef const OrderText* text = &s.text[r.instrument]
    if (r.side != TP_BUY and r.side != TP_SELL) or (
            r.time_in_force != TP_GTC and r.time_in_force != TP_IOC):
        return TP_RISK_INTENT
    if r.type < TP_LIMIT or r.type > TP_POST_ONLY:
        return TP_RISK_INTENT
    if r.quantity_lots <= 0:
        return TP_RISK_QUANTITY_MIN
    if r.trigger_ticks != 0 or r.display_lots != 0:
        return TP_EXECUTE_TRIGGER
    return counts_code(&text.grid, r, r.type != TP_MARKET)


cdef inline int32_t body_of(const tp_request* r) noexcept nogil:
    if r.type == TP_LIMIT:
        return r.time_in_force
    return BODY_MARKET if r.type == TP_MARKET else BODY_POST_ONLY


cdef inline int32_t encode_add(
        const OrderCodecState* s, const tp_request* r, char* out) noexcept nogil:
    cdef const OrderText* text = &s.text[r.instrument]
    cdef const tp_instrument* i = &s.instruments[r.instrument]
    cdef int32_t code = order_code(s, r)
    cdef char* at
    if code != TP_OK:
        return -code
    at = tp_put_segment(out, &text.add)
    at = tp_put_segment(at, &s.body[r.side][body_of(r)])
    if r.type != TP_MARKET:
        at = put_price(&text.grid, r.price_ticks, at)
        at = tp_put_segment(at, &s.quantity)
    at = put_quantity(&text.grid, r.quantity_lots, at)
    at = tp_put_segment(at, &s.new_id)
    at = tp_put_id(at, r.client_order_id)
    at = tp_put_segment(at, &s.tail)
    return <int32_t>(put_request_id(at, r.client_order_id, REQUEST_ADD) - out)


cdef inline int32_t orders_encode(
        void* context, const tp_request* r, int64_t now_ns, char* out) noexcept nogil:
    """The slot of tp_codec: bytes written, or a negative code."""
    cdef const OrderCodecState* s = <const OrderCodecState*>context
    if r.instrument < 0 or r.instrument >= s.instrument_count:
        return -TP_RISK_INSTRUMENT
    if s.instruments[r.instrument].venue != s.venue:
        return -TP_RISK_INSTRUMENT
    if r.client_order_id >> 48 != s.engine_id:
        return -TP_EXECUTE_UNKNOWN_ORDER
    if r.kind == TP_CANCEL:
        return encode_cancel(s, r, out)
    if r.kind == TP_QUERY:
        return encode_query(s, r, out)
    if r.kind == TP_REPLACE:
        return -TP_EXECUTE_STATE
    if r.kind != TP_SUBMIT:
        return -TP_RISK_INTENT
    return encode_add(s, r, out)
