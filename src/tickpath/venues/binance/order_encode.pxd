"""Binance order requests as bytes: prepared segments, ids and decimals between them.

In: tp_request and now. Out: bytes written, at most TP_ORDER_BYTES_MAX, or a negative code. The text
is that of orders.py, byte for byte. Worst case: a cancelReplace, seven segments.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy
from tickpath.core.codes cimport (
    TP_EXECUTE_STATE, TP_RISK_INSTRUMENT, TP_RISK_INTENT, TP_RISK_OVERFLOW, TP_RISK_PRICE_GRID,
    TP_RISK_QUANTITY_MIN,
)
from tickpath.core.records cimport (
    TP_BUY, TP_CANCEL, TP_FOK, TP_GTC, TP_INSTRUMENTS_MAX, TP_LIMIT, TP_MARKET, TP_POST_ONLY,
    TP_POSITION_LONG, TP_POSITION_SHORT, TP_QUERY, TP_REDUCE_ONLY, TP_REPLACE, TP_SELL, TP_SUBMIT,
    tp_instrument, tp_request,
)

cdef extern from "../venues/binance/order_text.h" nogil:
    enum:
        TP_SEGMENT_BYTES
    ctypedef struct tp_segment:
        int32_t bytes
        char text[TP_SEGMENT_BYTES]
    char* tp_put_segment(char* out, const tp_segment* s) noexcept
    char* tp_put_id(char* out, uint64_t id) noexcept
    char* tp_put_integer(char* out, uint64_t value) noexcept
    char* tp_put_decimal(char* out, uint64_t units, uint64_t scale, int decimals) noexcept

cdef extern from *:
    """
    static inline int tp_mul_u64(uint64_t a, uint64_t b, uint64_t* out) {
        return __builtin_mul_overflow(a, b, out);
    }
    """
    bint mul_overflows_unsigned "tp_mul_u64" (uint64_t a, uint64_t b, uint64_t* out) noexcept nogil

cdef enum:
    BODY_MARKET = 3                   # LIMIT takes 0..2, one for each time in force
    BODY_POST_ONLY = 4
    BODIES = 5
    CURRENCIES_NAMED_MAX = 64
    CURRENCY_BYTES_MAX = 16

cdef struct CurrencyName:
    char text[CURRENCY_BYTES_MAX]     # zero terminated
    int32_t decimals
    int32_t reserved

cdef struct OrderText:                # what is written for one instrument
    tp_segment place                  # from behind the id to behind the symbol
    tp_segment cancel
    tp_segment query
    tp_segment replace
    uint64_t price_step               # tick size in 10^-price_decimals
    uint64_t price_scale
    uint64_t quantity_step
    uint64_t quantity_scale

cdef struct OrderCodecState:
    int32_t venue
    int32_t spot                      # 1: cancelReplace, LIMIT_MAKER; 0: futures
    int32_t instrument_count
    int32_t currency_count
    tp_segment open                   # {"id":"
    tp_segment replaced               # from behind the replaced order's id
    tp_segment cancel_tail
    tp_segment body[2][BODIES]        # [side][type]: up to the price, or the quantity of MARKET
    tp_segment quantity
    tp_segment new_id
    tp_segment tail[4]                # plain, reduce only, long, short
    tp_instrument instruments[TP_INSTRUMENTS_MAX]
    OrderText text[TP_INSTRUMENTS_MAX]
    CurrencyName currencies[CURRENCIES_NAMED_MAX]


cdef inline char* put_stamp(char* out, int64_t now_ns) noexcept nogil:
    """Milliseconds, and the end of the request."""
    out = tp_put_integer(out, <uint64_t>now_ns // 1000000 if now_ns > 0 else 0)
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


cdef inline int32_t encode_order(const OrderCodecState* s, const tp_request* r, int64_t now_ns,
                                 char* out) noexcept nogil:
    """A new order, alone or in the place of another."""
    cdef const OrderText* text = &s.text[r.instrument]
    cdef const tp_instrument* i = &s.instruments[r.instrument]
    cdef uint64_t price = 0
    cdef uint64_t quantity
    cdef int32_t body = r.time_in_force
    cdef char* at
    cdef char* id
    if ((r.side != TP_BUY and r.side != TP_SELL) or r.type < TP_LIMIT or r.type > TP_POST_ONLY
            or r.time_in_force < TP_GTC or r.time_in_force > TP_FOK):
        return -TP_RISK_INTENT
    if r.quantity_lots <= 0:
        return -TP_RISK_QUANTITY_MIN
    if mul_overflows_unsigned(<uint64_t>r.quantity_lots, text.quantity_step, &quantity):
        return -TP_RISK_OVERFLOW
    if r.type == TP_MARKET:
        body = BODY_MARKET
    else:
        if r.price_ticks <= 0:
            return -TP_RISK_PRICE_GRID
        if mul_overflows_unsigned(<uint64_t>r.price_ticks, text.price_step, &price):
            return -TP_RISK_OVERFLOW
        if r.type == TP_POST_ONLY:
            body = BODY_POST_ONLY
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
    at = tp_put_segment(at, &s.body[r.side][body])
    if r.type != TP_MARKET:
        at = tp_put_decimal(at, price, text.price_scale, i.price_decimals)
        at = tp_put_segment(at, &s.quantity)
    at = tp_put_decimal(at, quantity, text.quantity_scale, i.quantity_decimals)
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
