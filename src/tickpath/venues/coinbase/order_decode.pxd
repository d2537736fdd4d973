"""Coinbase order frames to reports: answers of REST and the user channel.

In: any bytes, TP_FRAME_PADDING_BYTES readable behind them. Out: a code and up to
TP_REPORTS_PER_FRAME_MAX reports, those of orders.py for every input. The text is checked as a whole
first; members are then looked up by name, the last of equal names wins. Worst case: a pass over an
order for each of its eight fields.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport TP_EXECUTE_REPORT, TP_FEED_OVERSIZED, TP_OK
from tickpath.core.ids cimport client_order_id_parse
from tickpath.core.records cimport (
    TP_FRAME_BYTES_MAX, TP_REPORTS_PER_FRAME_MAX, TP_REPORT_ACK, TP_REPORT_CANCEL_ACK,
    TP_REPORT_CANCEL_REJECT, TP_REPORT_EXPIRE, TP_REPORT_FILL, TP_REPORT_NONE, TP_REPORT_REJECT,
    TP_REPORT_UNKNOWN, int128, tp_instrument, tp_report,
)
from tickpath.core.reports cimport report_begin
from tickpath.hot.feed.scan cimport (
    tp_is_space, tp_space_skip, tp_string_copy, tp_string_is, tp_string_skip, tp_text_check,
)
from tickpath.venues.coinbase.order_encode cimport OrderCodecState
from tickpath.venues.coinbase.order_totals cimport (
    Total, totals_change, totals_get, totals_keep,
)
from tickpath.venues.coinbase.wire_keys cimport time_read
from tickpath.venues.text.market_fields cimport list_next
from tickpath.venues.text.order_fields cimport (
    is_object, is_string, object_check, own_id, steps_of,
)

cdef extern from *:
    """
    #define TP_COINBASE_REASONS 14
    static const char* const tp_coinbase_reasons[TP_COINBASE_REASONS] = {
        "UNKNOWN_FAILURE_REASON", "INSUFFICIENT_FUND", "INSUFFICIENT_FUNDS",
        "INVALID_LIMIT_PRICE_POST_ONLY", "INVALID_LIMIT_PRICE", "INVALID_SIZE_PRECISION",
        "INVALID_PRICE_PRECISION", "INVALID_PRODUCT_ID", "INVALID_NO_LIQUIDITY",
        "ORDER_ENTRY_DISABLED", "UNKNOWN_CANCEL_ORDER", "DUPLICATE_CANCEL_REQUEST",
        "COMMANDER_REJECTED_CANCEL_ORDER", "CANCEL_ORDER_LIMIT_EXCEEDED"
    };
    #define TP_COINBASE_REFUSED 14
    static const short tp_coinbase_refused[TP_COINBASE_REFUSED] = {
        400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 429, 431
    };
    """
    enum:
        TP_COINBASE_REASONS
        TP_COINBASE_REFUSED
    const char* const tp_coinbase_reasons[TP_COINBASE_REASONS]
    const short tp_coinbase_refused[TP_COINBASE_REFUSED]

cdef enum:
    HEAD_BYTES = 22                   # 200 n000100c7000000ff and the line's end
    TAG_AT = 5
    TAG_BYTES = 16
    DECIMAL_BYTES_MAX = 40
    UUID_BYTES = 36
    NO_SUCH_ORDER = 404
    REASON_BASE = 1000
    FINE = 12                         # decimals to which values and average prices are read
    PLACES_MAX = 24                   # of a price and a quantity together, less FINE

cdef struct Names:                    # of the fields that the user channel and REST name apart
    const char* lots
    const char* average

cdef struct OrderReader:
    OrderCodecState* codec
    tp_report* reports
    int32_t* count
    int64_t t_ns


cdef inline int128 ten_to(int32_t power) noexcept nogil:
    cdef int128 value = 1
    cdef int32_t k
    for k in range(power):
        value *= 10
    return value


cdef inline const char* member(const char* p, const char* name) noexcept nogil:
    """The last value of that name in the object at `p`; NULL: none, or null."""
    cdef const char* key
    cdef const char* found = NULL
    p = tp_space_skip(p + 1)
    while p[0] != c"}":
        key = p
        p = tp_space_skip(tp_space_skip(tp_string_skip(p)) + 1)
        if tp_string_is(key, name):
            found = p
        p = list_next(p)
    if found != NULL and found[0] == c"n":
        return NULL
    return found


cdef inline const char* list_of(const char* value) noexcept nogil:
    """The first item of a list or its end, NULL when it is none."""
    return tp_space_skip(value + 1) if value != NULL and value[0] == c"[" else NULL


cdef inline tp_report* report_add(OrderReader* d, int32_t kind, uint64_t id) noexcept nogil:
    """A report with nothing known but its kind and order; NULL: there is no room."""
    cdef tp_report* r
    if d.count[0] == TP_REPORTS_PER_FRAME_MAX:
        return NULL
    r = &d.reports[d.count[0]]
    d.count[0] += 1
    report_begin(r, kind, id)
    return r


cdef inline int32_t report_code(
        OrderReader* d, int32_t kind, uint64_t id, int32_t code) noexcept nogil:
    cdef tp_report* r = report_add(d, kind, id)
    if r == NULL:
        return TP_EXECUTE_REPORT
    r.code = code
    return TP_OK


# -- numbers and names ----------------------------------------------------------------------------

cdef inline int32_t scaled(
        const char* value, int32_t decimals, int128 most, int128* out) noexcept nogil:
    """A plain decimal to the nearest of 10^-decimals (half to even), at most `most` of them on
    either side."""
    cdef char text[DECIMAL_BYTES_MAX + 1]
    cdef int32_t bytes, k = 0, first, dropped = 0
    cdef bint minus, half = 0, above = 0
    cdef int128 units = 0
    cdef int128 whole_max = most / ten_to(decimals)
    if value == NULL or (value[0] != c'"' and value[0] != c"-"
                         and not (c"0" <= value[0] <= c"9")):
        return TP_EXECUTE_REPORT
    bytes = tp_string_copy(value, text, DECIMAL_BYTES_MAX)
    if bytes > DECIMAL_BYTES_MAX:
        return TP_EXECUTE_REPORT
    text[bytes] = 0
    minus = text[0] == c"-"
    k = 1 if minus else 0
    first = k
    while c"0" <= text[k] <= c"9":
        units = units * 10 + (text[k] - c"0") if units <= whole_max else units
        k += 1
    if k == first or (text[first] == c"0" and k > first + 1):
        return TP_EXECUTE_REPORT
    above = units > whole_max
    if text[k] == c".":
        k += 1
        first = k
        while c"0" <= text[k] <= c"9":
            if k - first < decimals:
                units = units if above else units * 10 + (text[k] - c"0")
            elif k - first == decimals:
                half = text[k] == c"5"
                dropped = 1 if text[k] > c"5" else 0
            elif half and text[k] != c"0":
                dropped = 1
            k += 1
        if k == first:
            return TP_EXECUTE_REPORT
        decimals -= k - first if k - first < decimals else decimals
    if k != bytes or above:
        return TP_EXECUTE_REPORT
    units *= ten_to(decimals)
    if dropped or (half and units % 2 == 1):
        units += 1
    out[0] = -units if minus else units
    return TP_OK if units <= most else TP_EXECUTE_REPORT


cdef inline int32_t rounded(int128 num, int128 den, int128* out) noexcept nogil:
    """num / den to the nearest integer, half to even; both below 10^37."""
    cdef int128 rest = num % den
    out[0] = num / den
    if 2 * rest > den or (2 * rest == den and out[0] % 2 == 1):
        out[0] += 1
    return TP_OK


cdef inline int32_t reason_of(const char* value) noexcept nogil:
    """The code of a reason by name, 0 for those not listed."""
    cdef int32_t k
    if not is_string(value):
        return 0
    for k in range(TP_COINBASE_REASONS):
        if tp_string_is(value, tp_coinbase_reasons[k]):
            return REASON_BASE + k
    return 0


cdef inline bint refused(int32_t status) noexcept nogil:
    """Whether nothing was done for sure."""
    cdef int32_t k
    for k in range(TP_COINBASE_REFUSED):
        if tp_coinbase_refused[k] == status:
            return 1
    return 0


cdef inline int32_t hex_of(char c) noexcept nogil:
    if c"0" <= c <= c"9":
        return c - c"0"
    if c"a" <= c <= c"f":
        return c - c"a" + 10
    return c - c"A" + 10 if c"A" <= c <= c"F" else -1


cdef inline int64_t venue_id(const char* value) noexcept nogil:
    """The low 63 bits of a UUID, 0 when it is none."""
    cdef char text[UUID_BYTES]
    cdef uint64_t found = 0
    cdef int32_t k, digit
    if not is_string(value) or tp_string_copy(value, text, UUID_BYTES) != UUID_BYTES:
        return 0
    for k in range(UUID_BYTES):
        if k == 8 or k == 13 or k == 18 or k == 23:
            if text[k] != c"-":
                return 0
            continue
        digit = hex_of(text[k])
        if digit < 0:
            return 0
        found = found << 4 | <uint64_t>digit
    return <int64_t>(found & <uint64_t>0x7FFFFFFFFFFFFFFF)


# -- orders ---------------------------------------------------------------------------------------

cdef inline int32_t total_value(
        const tp_instrument* i, const char* p, const Names* names, int64_t lots,
        int128* out) noexcept nogil:
    """Ticks times lots of all fills, to the nearest whole one."""
    cdef const char* told = member(p, b"filled_value")
    cdef int128 end = ten_to(37)
    cdef int128 units = 0
    cdef int128 den = <int128>i.price.units
    cdef int128 factor
    cdef int32_t places = i.price.decimals - FINE
    if scaled(told if told != NULL else member(p, names.average), FINE, ten_to(30),
              &units) != TP_OK or units < 0:
        return TP_EXECUTE_REPORT
    if told != NULL:
        places += i.quantity.decimals
        den *= <int128>i.quantity.units
    else:
        if units > (end - 1) / lots:
            return TP_EXECUTE_REPORT
        units *= lots
    if places > PLACES_MAX or den >= end:
        return TP_EXECUTE_REPORT
    factor = ten_to(places if places > 0 else -places)
    if places < 0:
        if den > (end - 1) / factor:
            return TP_EXECUTE_REPORT
        den *= factor
    else:
        if units > (end - 1) / factor:
            return TP_EXECUTE_REPORT
        units *= factor
    return rounded(units, den, out)


cdef inline int32_t fill_add(
        OrderReader* d, const tp_report* base, int64_t ticks, int64_t lots, int64_t cumulative,
        int64_t fee_units) noexcept nogil:
    """One fill."""
    cdef tp_report* r = report_add(d, TP_REPORT_FILL, base.client_order_id)
    if r == NULL:
        return TP_EXECUTE_REPORT
    r[0] = base[0]
    r.kind = TP_REPORT_FILL
    r.last_ticks = ticks
    r.last_lots = lots
    r.cumulative_lots = cumulative
    r.fee_units = fee_units
    r.fee_currency = d.codec.instruments[base.instrument].quote
    return TP_OK


cdef inline int32_t fill_price(
        const Total* seen, int128 value, int64_t lots, int64_t* ticks,
        int64_t* above) noexcept nogil:
    """The price of what is new, and how many lots of it are at the price above. Where the venue
    rounded so far that what is known is worth more than all, it is the average of all; the next
    total makes up for it."""
    cdef int64_t fresh = lots - seen.lots
    cdef int128 price = (value - seen.value) / fresh
    above[0] = <int64_t>((value - seen.value) % fresh)
    if value - seen.value < fresh:
        price = value / lots
        above[0] = 0
    ticks[0] = <int64_t>price
    return TP_OK if 1 <= price < (<int128>1 << 62) else TP_EXECUTE_REPORT


cdef inline int32_t fills_read(
        OrderReader* d, const tp_instrument* i, const char* p, const Names* names, int64_t lots,
        const tp_report* base) noexcept nogil:
    """The fills between the totals known and those told: none, one, or two at neighbouring
    prices; with the fees of all, or fees alone."""
    cdef Total seen
    cdef Total total
    cdef const char* fees
    cdef int128 paid
    cdef int64_t ticks, above, below
    cdef int32_t code = TP_OK
    totals_get(&d.codec.totals, base.client_order_id, &seen)
    if lots < seen.lots or lots == 0:
        return TP_OK
    total = seen
    fees = member(p, b"total_fees")
    if fees != NULL:
        if scaled(fees, d.codec.currency_decimals[i.quote], <int128>1 << 61, &paid) != TP_OK:
            return TP_EXECUTE_REPORT
        total.fee_units = <int64_t>paid
    if lots == seen.lots:
        if total.fee_units == seen.fee_units:
            return TP_OK
        if not totals_change(&d.codec.totals, &total):
            return TP_EXECUTE_REPORT
        return fill_add(d, base, 0, 0, lots, total.fee_units - seen.fee_units)
    if (total_value(i, p, names, lots, &total.value) != TP_OK
            or fill_price(&seen, total.value, lots, &ticks, &above) != TP_OK):
        return TP_EXECUTE_REPORT
    total.lots = lots
    total.value = seen.value + <int128>ticks * (lots - seen.lots) + above
    if total.value >= ten_to(37) or not totals_change(&d.codec.totals, &total):
        return TP_EXECUTE_REPORT
    below = lots - seen.lots - above
    if below > 0:
        code = fill_add(d, base, ticks, below, lots - above,
                        0 if above > 0 else total.fee_units - seen.fee_units)
    if code == TP_OK and above > 0:
        code = fill_add(d, base, ticks + 1, above, lots, total.fee_units - seen.fee_units)
    return code


cdef inline int32_t standing_of(const char* status) noexcept nogil:
    """What a status says; TP_REPORT_NONE: nothing."""
    if (tp_string_is(status, b"OPEN") or tp_string_is(status, b"PENDING")
            or tp_string_is(status, b"QUEUED") or tp_string_is(status, b"CANCEL_QUEUED")
            or tp_string_is(status, b"EDIT_QUEUED")):
        return TP_REPORT_ACK
    if tp_string_is(status, b"FILLED") or tp_string_is(status, b"EXPIRED"):
        return TP_REPORT_EXPIRE
    if tp_string_is(status, b"CANCELLED"):
        return TP_REPORT_CANCEL_ACK
    return TP_REPORT_REJECT if tp_string_is(status, b"FAILED") else TP_REPORT_NONE


cdef inline const tp_instrument* product_find(
        const OrderCodecState* s, const char* value) noexcept nogil:
    """The venue's instrument of that symbol, or NULL."""
    cdef int32_t k
    for k in range(s.instrument_count):
        if s.instruments[k].venue == s.venue and tp_string_is(value, s.instruments[k].symbol):
            return &s.instruments[k]
    return NULL


cdef inline int32_t standing_read(
        OrderReader* d, const char* p, const Names* names) noexcept nogil:
    """What the venue says of an order: what is new of its fills, then where it stands."""
    cdef const tp_instrument* i
    cdef const char* product
    cdef const char* status
    cdef tp_report base
    cdef tp_report* r
    cdef Total over
    cdef int64_t lots = 0
    cdef int32_t kind, before = d.count[0]
    cdef uint64_t own
    if p[0] != c"{":
        return TP_EXECUTE_REPORT
    own = own_id(member(p, b"client_order_id"))
    if own == 0:
        return TP_OK
    product = member(p, b"product_id")
    status = member(p, b"status")
    if not is_string(product) or not is_string(status):
        return TP_EXECUTE_REPORT
    i = product_find(d.codec, product)
    if i == NULL or steps_of(member(p, names.lots), &i.quantity, &lots) != TP_OK:
        return TP_EXECUTE_REPORT
    kind = standing_of(status)
    report_begin(&base, kind, own)
    base.instrument = i.index
    base.venue_order_id = venue_id(member(p, b"order_id"))
    base.t_venue_ns = d.t_ns
    if fills_read(d, i, p, names, lots, &base) != TP_OK:
        return TP_EXECUTE_REPORT
    if kind == TP_REPORT_NONE or (kind == TP_REPORT_ACK and d.count[0] > before):
        return TP_OK
    if kind == TP_REPORT_REJECT and lots > 0:
        kind = TP_REPORT_EXPIRE
    if kind != TP_REPORT_ACK:
        totals_get(&d.codec.totals, own, &over)
        over.ended = 1
        if over.lots > 0 and not totals_change(&d.codec.totals, &over):
            return TP_EXECUTE_REPORT
    r = report_add(d, kind, own)
    if r == NULL:
        return TP_EXECUTE_REPORT
    r[0] = base
    r.kind = kind
    r.cumulative_lots = lots
    return TP_OK


cdef inline int32_t standings_read(
        OrderReader* d, const char* orders, const Names* names) noexcept nogil:
    """A list of orders."""
    cdef const char* p = list_of(orders)
    if p == NULL:
        return TP_EXECUTE_REPORT
    while p[0] != c"]":
        if standing_read(d, p, names) != TP_OK:
            return TP_EXECUTE_REPORT
        p = list_next(p)
    return TP_OK


cdef inline bint told(const char* orders, uint64_t own) noexcept nogil:
    """Whether a list that was read holds an order."""
    cdef const char* p = list_of(orders)
    while p[0] != c"]":
        if own_id(member(p, b"client_order_id")) == own:
            return 1
        p = list_next(p)
    return 0


# -- frames ---------------------------------------------------------------------------------------

cdef inline int32_t placed_read(OrderReader* d, uint64_t own, const char* body) noexcept nogil:
    """The body of a new order's answer: taken only when it says so."""
    cdef const char* success = member(body, b"success") if body != NULL else NULL
    cdef const char* part
    cdef tp_report* r
    cdef int32_t code = 0, preview
    if success != NULL and success[0] == c"t":
        r = report_add(d, TP_REPORT_ACK, own)
        part = member(body, b"success_response")
        if r != NULL and is_object(part):
            r.venue_order_id = venue_id(member(part, b"order_id"))
        return TP_OK
    if success == NULL or success[0] != c"f":
        return report_code(d, TP_REPORT_UNKNOWN, own, 0)
    part = member(body, b"error_response")
    if is_object(part):
        code = reason_of(member(part, b"error"))
        preview = reason_of(member(part, b"preview_failure_reason"))
        if code <= REASON_BASE and preview != 0:
            code = preview
    return report_code(d, TP_REPORT_REJECT, own, code)


cdef inline int32_t cancelled_read(OrderReader* d, uint64_t own, const char* body) noexcept nogil:
    """The body of a cancel's answer. Taken is not done: the order's end is told by an event."""
    cdef const char* first = list_of(member(body, b"results")) if body != NULL else NULL
    cdef const char* success = member(first, b"success") if is_object(first) else NULL
    if success != NULL and success[0] == c"t":
        return TP_OK
    if success == NULL or success[0] != c"f":
        return report_code(d, TP_REPORT_UNKNOWN, own, 0)
    return report_code(
        d, TP_REPORT_CANCEL_REJECT, own, reason_of(member(first, b"failure_reason")))


cdef inline const char* body_of(const char* p, const char* end) noexcept nogil:
    """The object of an answer, NULL when it is none."""
    while p < end and tp_is_space(p[0]):
        p += 1
    if p == end or p[0] != c"{" or tp_text_check(p, end) != TP_OK:
        return NULL
    return p


cdef inline int32_t answer_read(
        OrderReader* d, const char* data, const char* end) noexcept nogil:
    """An answer of REST: status, tag, body."""
    cdef Names names
    cdef const char* body
    cdef const char* order
    cdef const char* orders
    cdef uint64_t own
    cdef int32_t status, kind
    cdef int32_t k
    cdef char letter
    if end - data < HEAD_BYTES or data[3] != c" " or data[HEAD_BYTES - 1] != c"\n":
        return TP_EXECUTE_REPORT
    for k in range(3):
        if data[k] < c"0" or data[k] > c"9":
            return TP_EXECUTE_REPORT
    for k in range(TAG_AT, TAG_AT + TAG_BYTES):
        if not (c"0" <= data[k] <= c"9" or c"a" <= data[k] <= c"f"):
            return TP_EXECUTE_REPORT
    status = (data[0] - c"0") * 100 + (data[1] - c"0") * 10 + data[2] - c"0"
    letter = data[4]
    if letter < c"a" or letter > c"z":
        return TP_EXECUTE_REPORT
    own = client_order_id_parse(data + TAG_AT, TAG_BYTES)
    if (letter == c"n" or letter == c"c") and own != 0:
        if 200 <= status < 300:
            body = body_of(data + HEAD_BYTES, end)
            if letter == c"n":
                return placed_read(d, own, body)
            return cancelled_read(d, own, body)
        kind = TP_REPORT_REJECT if letter == c"n" else TP_REPORT_CANCEL_REJECT
        return report_code(d, kind if refused(status) else TP_REPORT_UNKNOWN, own, status)
    if letter == c"q" and own != 0 and status == NO_SUCH_ORDER:
        return report_code(d, TP_REPORT_REJECT, own, status)
    if status < 200 or status >= 300 or (letter != c"q" and letter != c"l"):
        return TP_OK
    names.lots = b"filled_size"
    names.average = b"average_filled_price"
    body = body_of(data + HEAD_BYTES, end)
    if body == NULL:
        return TP_EXECUTE_REPORT
    orders = member(body, b"orders")
    order = member(body, b"order")
    if letter == c"q" and (order != NULL or orders == NULL):
        return standing_read(d, order, &names) if order != NULL else TP_EXECUTE_REPORT
    if standings_read(d, orders, &names) != TP_OK:
        return TP_EXECUTE_REPORT
    body = member(body, b"has_next")
    if letter == c"q" and own != 0 and body != NULL and body[0] == c"f" and not told(orders, own):
        return report_code(d, TP_REPORT_REJECT, own, NO_SUCH_ORDER)
    return TP_OK


cdef inline int32_t frame_read(
        OrderReader* d, const char* p, const char* end) noexcept nogil:
    """A frame of a connection: only the user channel tells of orders."""
    cdef Names names
    cdef const char* orders
    cdef int32_t code
    code = object_check(&p, end - p)
    if code != TP_OK:
        return code
    if not is_string(member(p, b"channel")) or not tp_string_is(member(p, b"channel"), b"user"):
        return TP_OK
    names.lots = b"cumulative_quantity"
    names.average = b"avg_price"
    d.t_ns = time_read(member(p, b"timestamp"))
    p = list_of(member(p, b"events"))
    if p == NULL:
        return TP_EXECUTE_REPORT
    while p[0] != c"]":
        if p[0] != c"{":
            return TP_EXECUTE_REPORT
        orders = member(p, b"orders")
        if orders != NULL and standings_read(d, orders, &names) != TP_OK:
            return TP_EXECUTE_REPORT
        p = list_next(p)
    return TP_OK


cdef inline int32_t orders_decode(void* context, const char* data, int64_t bytes,
                                  tp_report* reports, int32_t* count) noexcept nogil:
    """The slot of tp_codec: reports of a frame. With another code than TP_OK there are none, and no
    total has changed."""
    cdef OrderReader d
    cdef int32_t code
    count[0] = 0
    if bytes > TP_FRAME_BYTES_MAX:
        return TP_FEED_OVERSIZED
    d.codec = <OrderCodecState*>context
    d.reports = reports
    d.count = count
    d.t_ns = 0
    d.codec.totals.change_count = 0
    if bytes > 0 and c"0" <= data[0] <= c"9":
        code = answer_read(&d, data, data + bytes)
    else:
        code = frame_read(&d, data, data + bytes)
    if code == TP_OK:
        totals_keep(&d.codec.totals)
    else:
        count[0] = 0
    return code
