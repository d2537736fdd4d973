"""Coinbase order requests as bytes: prepared segments, ids and decimals between them.

In: tp_request and now. Out: bytes written, at most TP_ORDER_BYTES_MAX, or a negative code. The text
is that of orders.py, byte for byte. Worst case: a stop with a limit, seven segments.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport (
    TP_EXECUTE_STATE, TP_EXECUTE_TRIGGER, TP_OK, TP_RISK_INSTRUMENT, TP_RISK_INTENT,
    TP_RISK_QUANTITY_MIN, TP_RISK_VENUE,
)
from tickpath.core.records cimport (
    TP_BUY, TP_CANCEL, TP_FOK, TP_GTC, TP_INSTRUMENTS_MAX, TP_IOC, TP_LIMIT, TP_MARKET,
    TP_POST_ONLY, TP_QUERY, TP_REPLACE, TP_SELL, TP_STOP_LIMIT, TP_SUBMIT, tp_instrument,
    tp_request,
)
from tickpath.venues.coinbase.order_totals cimport Totals
from tickpath.venues.text.order_numbers cimport (
    CURRENCIES_NAMED_MAX, OrderGrid, counts_code, put_price, put_quantity, tp_put_id,
    tp_put_count, tp_put_segment, tp_segment,
)

cdef enum:
    BODY_MARKET = 0
    BODY_GTC = 1
    BODY_IOC = 2
    BODY_FOK = 3
    BODY_POST_ONLY = 4
    BODY_GOOD_TILL = 5
    BODY_STOP_LIMIT = 6
    BODIES = 7
    SECOND_NS = 1000000000
    GOOD_TILL_S_MIN = 2
    DAY_S = 86400

cdef struct OrderText:                # what is written for one instrument
    tp_segment side[2]                # from behind the client order id to the configuration
    OrderGrid grid

cdef struct OrderCodecState:
    int32_t venue
    int32_t trades                    # 0: a feed only
    int32_t good_till                 # 1: the venue ends orders at their time
    int32_t instrument_count
    tp_segment open                   # up to the tag's digits
    tp_segment client                 # from there to the client order id
    tp_segment cancel
    tp_segment cancel_order           # from behind the tag to the order
    tp_segment query
    tp_segment query_tag              # from behind the order to the tag's digits
    tp_segment body[BODIES]           # up to the quantity
    tp_segment price                  # from behind the quantity
    tp_segment trigger                # from behind the price
    tp_segment till
    tp_segment tail[BODIES][2]        # what follows the last number, by side
    int32_t currency_decimals[CURRENCIES_NAMED_MAX]
    tp_instrument instruments[TP_INSTRUMENTS_MAX]
    OrderText text[TP_INSTRUMENTS_MAX]
    Totals totals


cdef inline char* put_byte(char* out, char c) noexcept nogil:
    out[0] = c
    return out + 1


cdef inline char* put_two(char* out, int64_t value) noexcept nogil:
    """Two digits."""
    out[0] = <char>(c"0" + value / 10)
    out[1] = <char>(c"0" + value % 10)
    return out + 2


cdef inline char* put_time(char* out, int64_t seconds) noexcept nogil:
    """Seconds since 1970 as YYYY-MM-DDThh:mm:ssZ; days to a date of the Gregorian calendar by years
    that begin in March (H. Hinnant, "chrono-compatible low-level date algorithms")."""
    cdef int64_t day = seconds / DAY_S + 719468
    cdef int64_t rest = seconds % DAY_S
    cdef int64_t era = day / 146097
    cdef int64_t of_era = day - era * 146097
    cdef int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365
    cdef int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100)
    cdef int64_t shifted = (5 * of_year + 2) / 153
    cdef int64_t month = shifted + 3 if shifted < 10 else shifted - 9
    out = tp_put_count(out, <uint64_t>(era * 400 + year_of_era + (1 if month <= 2 else 0)))
    out = put_two(put_byte(out, c"-"), month)
    out = put_two(put_byte(out, c"-"), of_year - (153 * shifted + 2) / 5 + 1)
    out = put_two(put_byte(out, c"T"), rest / 3600)
    out = put_two(put_byte(out, c":"), rest / 60 % 60)
    out = put_two(put_byte(out, c":"), rest % 60)
    return put_byte(out, c"Z")


cdef inline int32_t order_code(const OrderCodecState* s, const tp_request* r) noexcept nogil:
    """Why an order cannot be said, or TP_OK."""
    cdef const OrderText* text = &s.text[r.instrument]
    cdef bint stop = r.type == TP_STOP_LIMIT
    if ((r.side != TP_BUY and r.side != TP_SELL) or r.time_in_force < TP_GTC
            or r.time_in_force > TP_FOK):
        return TP_RISK_INTENT
    if (r.type < TP_LIMIT or r.type > TP_POST_ONLY) and not stop:
        return TP_RISK_INTENT
    if r.quantity_lots <= 0:
        return TP_RISK_QUANTITY_MIN
    if r.display_lots != 0 or (not stop and r.trigger_ticks != 0):
        return TP_EXECUTE_TRIGGER
    if stop and (r.trigger_ticks <= 0 or r.time_in_force != TP_GTC):
        return TP_EXECUTE_TRIGGER
    return counts_code(&text.grid, r, r.type != TP_MARKET)


cdef inline int32_t body_of(
        const OrderCodecState* s, const tp_request* r, int64_t now_ns) noexcept nogil:
    cdef int64_t latest_ns
    if r.type == TP_MARKET:
        return BODY_MARKET
    if r.type == TP_STOP_LIMIT:
        return BODY_STOP_LIMIT
    if r.type == TP_POST_ONLY:
        return BODY_POST_ONLY
    if r.time_in_force != TP_GTC:
        return BODY_IOC if r.time_in_force == TP_IOC else BODY_FOK
    if s.good_till and r.expire_ns >= <int64_t>GOOD_TILL_S_MIN * SECOND_NS:
        latest_ns = r.expire_ns - <int64_t>GOOD_TILL_S_MIN * SECOND_NS
        if r.expire_ns % SECOND_NS == 0 and latest_ns >= now_ns:
            return BODY_GOOD_TILL
    return BODY_GTC


cdef inline int32_t encode_order(
        const OrderCodecState* s, const tp_request* r, int64_t now_ns, char* out) noexcept nogil:
    """A new order."""
    cdef const OrderText* text = &s.text[r.instrument]
    cdef int32_t code = order_code(s, r)
    cdef int32_t body
    cdef char* at
    if code != TP_OK:
        return -code
    body = body_of(s, r, now_ns)
    at = tp_put_id(tp_put_segment(out, &s.open), r.client_order_id)
    at = tp_put_id(tp_put_segment(at, &s.client), r.client_order_id)
    at = tp_put_segment(at, &text.side[r.side])
    at = tp_put_segment(at, &s.body[body])
    at = put_quantity(&text.grid, r.quantity_lots, at)
    if body != BODY_MARKET:
        at = put_price(&text.grid, r.price_ticks, tp_put_segment(at, &s.price))
    if body == BODY_STOP_LIMIT:
        at = put_price(&text.grid, r.trigger_ticks, tp_put_segment(at, &s.trigger))
    elif body == BODY_GOOD_TILL:
        at = put_time(tp_put_segment(at, &s.till), r.expire_ns / SECOND_NS)
    at = tp_put_segment(at, &s.tail[body][r.side])
    return <int32_t>(at - out)


cdef inline int32_t encode_named(
        const OrderCodecState* s, const tp_request* r, char* out) noexcept nogil:
    """A cancel or a query: they only name the order."""
    cdef char* at
    if r.kind == TP_CANCEL:
        at = tp_put_id(tp_put_segment(out, &s.cancel), r.client_order_id)
        at = tp_put_id(tp_put_segment(at, &s.cancel_order), r.client_order_id)
        at = put_byte(put_byte(put_byte(at, c'"'), c"]"), c"}")
        return <int32_t>(at - out)
    at = tp_put_id(tp_put_segment(out, &s.query), r.client_order_id)
    at = tp_put_id(tp_put_segment(at, &s.query_tag), r.client_order_id)
    return <int32_t>(put_byte(at, c"\n") - out)


cdef inline int32_t orders_encode(void* context, const tp_request* r, int64_t now_ns,
                                  char* out) noexcept nogil:
    """The slot of tp_codec: bytes written, or a negative code."""
    cdef const OrderCodecState* s = <const OrderCodecState*>context
    if r.instrument < 0 or r.instrument >= s.instrument_count:
        return -TP_RISK_INSTRUMENT
    if s.instruments[r.instrument].venue != s.venue:
        return -TP_RISK_INSTRUMENT
    if not s.trades:
        return -TP_RISK_VENUE
    if r.kind == TP_CANCEL or r.kind == TP_QUERY:
        return encode_named(s, r, out)
    if r.kind == TP_REPLACE:
        return -TP_EXECUTE_STATE
    if r.kind != TP_SUBMIT:
        return -TP_RISK_INTENT
    return encode_order(s, r, now_ns, out)
