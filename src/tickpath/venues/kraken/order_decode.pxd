"""Kraken order frames to reports: replies of the WebSocket v2 and the channel `executions`.

In: any bytes, TP_FRAME_PADDING_BYTES readable behind them. Out: a code and reports, those of
orders.py for every input. The text is checked as a whole first; members are then found by name in
any order, the last of equal names wins. Worst case: three passes over the frame.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcmp, memset, strlen
from tickpath.core.codes cimport (
    TP_EXECUTE_REPORT,
    TP_FEED_DIGITS,
    TP_OK,
)
from tickpath.core.records cimport (
    TP_REPORT_ACK,
    TP_REPORT_CANCEL_ACK,
    TP_REPORT_CANCEL_REJECT,
    TP_REPORT_EXPIRE,
    TP_REPORT_FILL,
    TP_REPORT_NONE,
    TP_REPORT_REJECT,
    TP_REPORT_UNKNOWN,
    TP_REPORTS_PER_FRAME_MAX,
    tp_instrument,
    tp_report,
)
from tickpath.core.reports cimport report_begin
from tickpath.hot.feed.scan cimport (
    tp_cursor,
    tp_cursor_init,
    tp_cursor_next,
    tp_space_skip,
    tp_string_copy,
    tp_string_is,
    tp_string_skip,
    tp_value_skip,
)
from tickpath.venues.kraken.order_encode cimport (
    OrderCodecState,
    REQUEST_ADD,
    REQUEST_CANCEL,
    REQUEST_QUERY,
)
from tickpath.venues.text.market_fields cimport list_next
from tickpath.venues.text.order_fields cimport (
    integer_of,
    is_object,
    is_string,
    number_of,
    object_check,
    own_id,
    steps_of,
)
from tickpath.venues.text.stamps cimport TIME_BYTES_MAX, time_ns

cdef extern from *:
    """
    #define TP_KRAKEN_ORDER_WORDS 23
    static const char* const tp_kraken_order_words[TP_KRAKEN_ORDER_WORDS] = {
        "channel", "data", "method", "req_id", "success", "result", "error", "symbol", "exec_type",
        "order_status", "cl_ord_id", "order_id", "timestamp", "cum_qty", "last_qty", "last_price",
        "trade_id", "liquidity_ind", "fees", "time_out", "status", "vol_exec", "asset"
    };
    static const signed char tp_kraken_order_word_bytes[TP_KRAKEN_ORDER_WORDS] = {
        7, 4, 6, 6, 7, 6, 5, 6, 9, 12, 9, 8, 9, 7, 8, 10, 8, 13, 4, 8, 6, 8, 5
    };
    #define TP_KRAKEN_ERRORS 32
    static const char* const tp_kraken_errors[TP_KRAKEN_ERRORS] = {
        "EGeneral:Invalid arguments", "EGeneral:Permission denied", "EGeneral:Internal error",
        "EGeneral:Unknown method", "EGeneral:Temporary lockout", "EAPI:Invalid key",
        "EAPI:Invalid signature", "EAPI:Invalid nonce", "EAPI:Rate limit exceeded",
        "EAPI:Bad request", "EService:Unavailable", "EService:Busy",
        "EService:Market in cancel_only mode", "EService:Market in post_only mode",
        "EService:Deadline elapsed", "EOrder:Cannot open position", "EOrder:Insufficient margin",
        "EOrder:Insufficient funds", "EOrder:Order minimum not met", "EOrder:Cost minimum not met",
        "EOrder:Tick size check failed", "EOrder:Orders limit exceeded",
        "EOrder:Rate limit exceeded", "EOrder:Invalid price", "EOrder:Unknown order",
        "EOrder:Post only order", "EOrder:Positions limit exceeded", "EOrder:Unknown position",
        "EOrder:Trading agreement required", "EAccount:Invalid permissions",
        "EAuth:Account temporary disabled", "ESession:Invalid session"
    };
    """
    enum:
        TP_KRAKEN_ORDER_WORDS
        TP_KRAKEN_ERRORS
    const char* const tp_kraken_order_words[TP_KRAKEN_ORDER_WORDS]
    const signed char tp_kraken_order_word_bytes[TP_KRAKEN_ORDER_WORDS]
    const char* const tp_kraken_errors[TP_KRAKEN_ERRORS]

cdef enum:
    WORD_CHANNEL, WORD_DATA, WORD_METHOD, WORD_REQUEST, WORD_SUCCESS, WORD_RESULT, WORD_ERROR,
    WORD_SYMBOL, WORD_STEP, WORD_STATE, WORD_CLIENT_ID, WORD_ORDER_ID, WORD_TIME, WORD_CUMULATIVE,
    WORD_QUANTITY, WORD_PRICE, WORD_TRADE_ID, WORD_LIQUIDITY, WORD_FEES, WORD_TIME_OUT, WORD_STATUS,
    WORD_VOLUME, WORD_ASSET

cdef enum:
    WORD_BYTES_MAX = 13
    ERROR_BYTES_MAX = 120             # longer ones are no known error
    FAMILY_BYTES = 9                  # of EGeneral: and EService:
    STEP_SAYS_NOTHING = 0             # TP_REPORT_NONE
    STEP_UNKNOWN = -1
    ERROR_INTERNAL = 3                # places in tp_kraken_errors, from 1
    ERROR_UNAVAILABLE = 11
    ERROR_BUSY = 12
    ERROR_UNKNOWN_ORDER = 25

cdef struct OrderFields:
    const char* at[TP_KRAKEN_ORDER_WORDS]   # first byte of the key's last value, NULL: absent
    const char* amount                # of `qty`


cdef inline int32_t word_of(const char* text, int32_t bytes) noexcept nogil:
    cdef int32_t k
    for k in range(TP_KRAKEN_ORDER_WORDS):
        if (tp_kraken_order_word_bytes[k] == bytes
                and memcmp(text, tp_kraken_order_words[k], <size_t>bytes) == 0):
            return k
    return -1


cdef inline void order_fields(const char* p, OrderFields* f) noexcept nogil:
    """Where the known members of the object at `p` begin."""
    cdef char text[WORD_BYTES_MAX]
    cdef const char* value
    cdef int32_t bytes, word
    memset(f, 0, sizeof(OrderFields))
    p = tp_space_skip(p + 1)
    while p[0] != c"}":
        bytes = tp_string_copy(p, text, WORD_BYTES_MAX)
        value = tp_space_skip(tp_space_skip(tp_string_skip(p)) + 1)
        word = word_of(text, bytes)
        if word >= 0:
            f.at[word] = value
        elif bytes == 3 and memcmp(text, b"qty", 3) == 0:
            f.amount = value
        p = list_next(value)


cdef inline bint is_told(const char* value) noexcept nogil:
    """Whether a member is there and not null."""
    return value != NULL and value[0] != c"n"


cdef inline int32_t venue_id_of(const char* value, int64_t* out) noexcept nogil:
    """The venue's order id as 63 bits, see orders.py; nothing when absent."""
    cdef tp_cursor c
    cdef uint64_t h = <uint64_t>0xCBF29CE484222325
    cdef int b
    if value == NULL:
        return TP_OK
    if value[0] != c'"':
        return TP_EXECUTE_REPORT
    tp_cursor_init(&c, value)
    b = tp_cursor_next(&c)
    while b >= 0:
        h = (h ^ <uint64_t>b) * <uint64_t>0x100000001B3
        b = tp_cursor_next(&c)
    out[0] = <int64_t>(h >> 1)
    return TP_OK


cdef inline int64_t stamp_of(const char* value) noexcept nogil:
    """A time in ns, 0 for what is none: it must not cost the report."""
    cdef char text[TIME_BYTES_MAX]
    cdef int64_t stamp
    if not is_string(value):
        return 0
    stamp = time_ns(text, tp_string_copy(value, text, TIME_BYTES_MAX))
    return stamp if stamp > 0 else 0


cdef inline int32_t symbol_of(
        const OrderCodecState* s, const char* value, const tp_instrument** found) noexcept nogil:
    """The venue's instrument of that symbol, NULL for none or another's."""
    cdef int32_t k
    found[0] = NULL
    if not is_told(value):
        return TP_OK
    if value[0] != c'"':
        return TP_EXECUTE_REPORT
    for k in range(s.instrument_count):
        if s.instruments[k].venue == s.venue and tp_string_is(value, s.instruments[k].symbol):
            found[0] = &s.instruments[k]
            return TP_OK
    return TP_OK


cdef inline int32_t state_kind(const char* value) noexcept nogil:
    """Report kind of an order_status."""
    if tp_string_is(value, b"new") or tp_string_is(value, b"partially_filled"):
        return TP_REPORT_ACK
    if tp_string_is(value, b"triggered"):
        return TP_REPORT_ACK
    if tp_string_is(value, b"filled") or tp_string_is(value, b"expired"):
        return TP_REPORT_EXPIRE
    if tp_string_is(value, b"canceled"):
        return TP_REPORT_CANCEL_ACK
    return TP_REPORT_NONE if tp_string_is(value, b"pending_new") else STEP_UNKNOWN


cdef inline int32_t step_kind(const OrderFields* f) noexcept nogil:
    """Report kind of an exec_type, TP_REPORT_NONE for those that tell nothing."""
    cdef const char* step = f.at[WORD_STEP]
    if not is_string(step):
        return STEP_UNKNOWN
    if tp_string_is(step, b"trade"):
        return TP_REPORT_FILL
    if tp_string_is(step, b"new"):
        return TP_REPORT_ACK
    if tp_string_is(step, b"filled") or tp_string_is(step, b"expired"):
        return TP_REPORT_EXPIRE
    if tp_string_is(step, b"canceled"):
        return TP_REPORT_CANCEL_ACK
    if tp_string_is(step, b"status"):
        return state_kind(f.at[WORD_STATE]) if is_string(f.at[WORD_STATE]) else STEP_UNKNOWN
    if (tp_string_is(step, b"pending_new") or tp_string_is(step, b"iceberg_refill")
            or tp_string_is(step, b"amended") or tp_string_is(step, b"restated")):
        return TP_REPORT_NONE
    return STEP_UNKNOWN


cdef inline int32_t read_fee(const OrderCodecState* s, const char* p, tp_report* r) noexcept nogil:
    """The one fee in its currency's units; left unreported when it is not told exactly."""
    cdef OrderFields f
    cdef const char* rest
    cdef int64_t units = 0
    cdef int32_t code, k
    if not is_told(p):
        return TP_OK
    if p[0] != c"[":
        return TP_EXECUTE_REPORT
    p = tp_space_skip(p + 1)
    if p[0] == c"]":
        return TP_OK
    rest = tp_space_skip(tp_value_skip(p))
    if rest[0] != c"]":
        return TP_OK
    if p[0] != c"{":
        return TP_EXECUTE_REPORT
    order_fields(p, &f)
    if not is_string(f.at[WORD_ASSET]):
        return TP_EXECUTE_REPORT
    for k in range(s.currency_count):
        if tp_string_is(f.at[WORD_ASSET], s.currencies[k].text):
            code = number_of(f.amount, s.currencies[k].decimals, 1, &units)
            if code == TP_OK:
                r.fee_units = units
                r.fee_currency = k
            return TP_OK if code == TP_FEED_DIGITS else code
    return TP_OK


cdef inline int32_t read_fill(
        const OrderCodecState* s, const tp_instrument* i, const OrderFields* f,
        tp_report* r) noexcept nogil:
    if steps_of(f.at[WORD_QUANTITY], &i.quantity, &r.last_lots) != TP_OK:
        return TP_EXECUTE_REPORT
    if steps_of(f.at[WORD_PRICE], &i.price, &r.last_ticks) != TP_OK:
        return TP_EXECUTE_REPORT
    if f.at[WORD_TRADE_ID] != NULL and integer_of(f.at[WORD_TRADE_ID], &r.trade_id) != TP_OK:
        return TP_EXECUTE_REPORT
    if f.at[WORD_LIQUIDITY] != NULL:
        if f.at[WORD_LIQUIDITY][0] != c'"':
            return TP_EXECUTE_REPORT
        r.maker = tp_string_is(f.at[WORD_LIQUIDITY], b"m")
    return read_fee(s, f.at[WORD_FEES], r)


cdef inline int32_t read_execution(
        const OrderCodecState* s, const char* p, tp_report* r) noexcept nogil:
    """One row of the channel; of kind NONE and no order when it is not about one of ours, of kind
    NONE when it says nothing."""
    cdef OrderFields f
    cdef const tp_instrument* i
    cdef const tp_instrument* lot
    cdef int32_t kind
    cdef uint64_t own = 0
    report_begin(r, TP_REPORT_NONE, 0)
    if p[0] == c"{":
        order_fields(p, &f)
        own = own_id(f.at[WORD_CLIENT_ID])
    if own == 0:
        return TP_OK
    kind = step_kind(&f)
    if kind == STEP_UNKNOWN or symbol_of(s, f.at[WORD_SYMBOL], &i) != TP_OK:
        return TP_EXECUTE_REPORT
    report_begin(r, kind, own)
    lot = i
    if i != NULL:
        r.instrument = i.index
    elif not is_told(f.at[WORD_SYMBOL]) and s.lot >= 0:
        lot = &s.instruments[s.lot]
    if venue_id_of(f.at[WORD_ORDER_ID], &r.venue_order_id) != TP_OK:
        return TP_EXECUTE_REPORT
    r.t_venue_ns = stamp_of(f.at[WORD_TIME])
    if lot != NULL and f.at[WORD_CUMULATIVE] != NULL:
        if steps_of(f.at[WORD_CUMULATIVE], &lot.quantity, &r.cumulative_lots) != TP_OK:
            return TP_EXECUTE_REPORT
    if kind != TP_REPORT_FILL:
        return TP_OK
    return read_fill(s, i, &f, r) if i != NULL else TP_EXECUTE_REPORT


cdef inline int32_t decode_executions(
        OrderCodecState* s, const char* p, tp_report* reports, int32_t* count) noexcept nogil:
    cdef tp_report report
    cdef int64_t strangers = 0
    cdef int32_t code
    if p == NULL or p[0] != c"[":
        return TP_EXECUTE_REPORT
    p = tp_space_skip(p + 1)
    while p[0] != c"]":
        code = read_execution(s, p, &report)
        if code != TP_OK:
            return TP_EXECUTE_REPORT
        if report.kind != TP_REPORT_NONE:
            if count[0] == TP_REPORTS_PER_FRAME_MAX:
                return TP_EXECUTE_REPORT
            reports[count[0]] = report
            count[0] += 1
        strangers += report.client_order_id == 0
        p = list_next(p)
    s.strangers += strangers
    return TP_OK


cdef inline int32_t error_code(const char* value) noexcept nogil:
    """The number of an error text, 0 for one that is not listed."""
    cdef char text[ERROR_BYTES_MAX + 1]
    cdef int32_t bytes = tp_string_copy(value, text, ERROR_BYTES_MAX)
    cdef int32_t k, size
    for k in range(TP_KRAKEN_ERRORS):
        size = <int32_t>strlen(tp_kraken_errors[k])
        if bytes >= size and memcmp(text, tp_kraken_errors[k], <size_t>size) == 0:
            if bytes == size or text[size] == c":":
                return k + 1
    return 0


cdef inline bint outcome_unknown(int32_t code, const char* value) noexcept nogil:
    """Whether an order may or may not exist after the error at `value`."""
    cdef char text[FAMILY_BYTES]
    if code != 0:
        return code == ERROR_INTERNAL or code == ERROR_UNAVAILABLE or code == ERROR_BUSY
    if tp_string_copy(value, text, FAMILY_BYTES) < FAMILY_BYTES:
        return 0
    return (memcmp(text, b"EGeneral:", FAMILY_BYTES) == 0
            or memcmp(text, b"EService:", FAMILY_BYTES) == 0)


cdef inline int32_t decode_standing(
        const OrderCodecState* s, uint64_t own, const OrderFields* frame, tp_report* r,
        int32_t* count) noexcept nogil:
    """What the session found of an order."""
    cdef OrderFields f
    cdef const tp_instrument* i
    cdef const char* status
    cdef int32_t kind
    if not is_object(frame.at[WORD_RESULT]):
        return TP_EXECUTE_REPORT
    order_fields(frame.at[WORD_RESULT], &f)
    status = f.at[WORD_STATUS]
    if not is_string(status):
        return TP_EXECUTE_REPORT
    if tp_string_is(status, b"absent"):
        report_begin(r, TP_REPORT_REJECT, own)
        r.code = ERROR_UNKNOWN_ORDER
        count[0] = 1
        return TP_OK
    if tp_string_is(status, b"open"):
        kind = TP_REPORT_ACK
    elif tp_string_is(status, b"closed") or tp_string_is(status, b"expired"):
        kind = TP_REPORT_EXPIRE
    elif tp_string_is(status, b"canceled"):
        kind = TP_REPORT_CANCEL_ACK
    else:
        return TP_OK
    report_begin(r, kind, own)
    if symbol_of(s, frame.at[WORD_SYMBOL], &i) != TP_OK:
        return TP_EXECUTE_REPORT
    if venue_id_of(f.at[WORD_ORDER_ID], &r.venue_order_id) != TP_OK:
        return TP_EXECUTE_REPORT
    if i != NULL:
        r.instrument = i.index
        if f.at[WORD_VOLUME] != NULL:
            if steps_of(f.at[WORD_VOLUME], &i.quantity, &r.cumulative_lots) != TP_OK:
                return TP_EXECUTE_REPORT
    count[0] = 1
    return TP_OK


cdef inline int32_t decode_ack(
        uint64_t own, const OrderFields* frame, tp_report* r, int32_t* count) noexcept nogil:
    cdef OrderFields f
    if not is_object(frame.at[WORD_RESULT]):
        return TP_EXECUTE_REPORT
    order_fields(frame.at[WORD_RESULT], &f)
    report_begin(r, TP_REPORT_ACK, own)
    if venue_id_of(f.at[WORD_ORDER_ID], &r.venue_order_id) != TP_OK:
        return TP_EXECUTE_REPORT
    r.t_venue_ns = stamp_of(frame.at[WORD_TIME_OUT])
    count[0] = 1
    return TP_OK


cdef inline bint asks(const char* method, int64_t kind) noexcept nogil:
    """Whether the method is that of a kind of our requests."""
    if kind == REQUEST_ADD:
        return tp_string_is(method, b"add_order")
    if kind == REQUEST_CANCEL:
        return tp_string_is(method, b"cancel_order")
    return kind == REQUEST_QUERY and tp_string_is(method, b"query_order")


cdef inline int32_t decode_reply(
        const OrderCodecState* s, const OrderFields* f, tp_report* r,
        int32_t* count) noexcept nogil:
    """A reply to one of our requests; those to others give no report."""
    cdef int64_t number = 0
    cdef int64_t kind
    cdef uint64_t own
    cdef bint success
    if f.at[WORD_METHOD][0] != c'"':
        return TP_EXECUTE_REPORT
    if integer_of(f.at[WORD_REQUEST], &number) != TP_OK or number >> 50 != 0:
        return TP_OK
    kind = number & 3
    own = s.engine_id << 48 | <uint64_t>(number >> 2)
    if own & <uint64_t>0xFFFFFFFF == 0 or not asks(f.at[WORD_METHOD], kind):
        return TP_OK
    if f.at[WORD_SUCCESS] == NULL:
        return TP_EXECUTE_REPORT
    success = f.at[WORD_SUCCESS][0] == c"t"
    if not success and f.at[WORD_SUCCESS][0] != c"f":
        return TP_EXECUTE_REPORT
    if success:
        if kind == REQUEST_CANCEL:
            return TP_OK
        if kind == REQUEST_QUERY:
            return decode_standing(s, own, f, r, count)
        return decode_ack(own, f, r, count)
    if kind == REQUEST_QUERY:
        return TP_OK
    if not is_string(f.at[WORD_ERROR]):
        return TP_EXECUTE_REPORT
    report_begin(r, TP_REPORT_CANCEL_REJECT if kind == REQUEST_CANCEL else TP_REPORT_REJECT, own)
    r.code = error_code(f.at[WORD_ERROR])
    if outcome_unknown(r.code, f.at[WORD_ERROR]):
        r.kind = TP_REPORT_UNKNOWN
    count[0] = 1
    return TP_OK


cdef inline int32_t decode_frame(
        OrderCodecState* s, const char* p, tp_report* reports,
        int32_t* count) noexcept nogil:
    cdef OrderFields f
    order_fields(p, &f)
    if f.at[WORD_CHANNEL] != NULL:
        if f.at[WORD_CHANNEL][0] != c'"':
            return TP_EXECUTE_REPORT
        if not tp_string_is(f.at[WORD_CHANNEL], b"executions"):
            return TP_OK
        return decode_executions(s, f.at[WORD_DATA], reports, count)
    if f.at[WORD_METHOD] != NULL:
        return decode_reply(s, &f, reports, count)
    return TP_OK


cdef inline int32_t orders_decode(
        void* context, const char* data, int64_t bytes, tp_report* reports,
        int32_t* count) noexcept nogil:
    """The slot of tp_codec: reports of a frame. With another code than TP_OK there are none."""
    cdef const char* p = data
    cdef int32_t code
    count[0] = 0
    code = object_check(&p, bytes)
    if code != TP_OK:
        return code
    code = decode_frame(<OrderCodecState*>context, p, reports, count)
    if code != TP_OK:
        count[0] = 0
        return TP_EXECUTE_REPORT
    return TP_OK
