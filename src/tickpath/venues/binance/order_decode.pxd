"""Binance order frames to reports: replies of the WebSocket API, spot and futures events.

In: any bytes, TP_FRAME_PADDING_BYTES readable behind them. Out: a code and up to two reports, those
of orders.py for every input. The text is checked as a whole first; members are then found by name
in any order, the last of equal names wins. Worst case: three passes over the frame.
"""

from libc.stdint cimport INT32_MAX, INT32_MIN, int32_t, int64_t, uint64_t
from libc.string cimport memcmp, memset
from tickpath.core.codes cimport (
    TP_EXECUTE_REPORT, TP_FEED_DIGITS, TP_OK,
)
from tickpath.core.ids cimport client_order_id_parse
from tickpath.core.records cimport (
    TP_REPORT_ACK, TP_REPORT_CANCEL_ACK, TP_REPORT_CANCEL_REJECT, TP_REPORT_EXPIRE, TP_REPORT_FILL,
    TP_REPORT_NONE, TP_REPORT_REJECT, TP_REPORT_REPLACE_ACK, TP_REPORT_UNKNOWN, tp_instrument,
    tp_report,
)
from tickpath.core.reports cimport report_begin
from tickpath.hot.feed.scan cimport (
    tp_space_skip, tp_string_copy, tp_string_is, tp_string_skip,
)
from tickpath.venues.binance.order_encode cimport OrderCodecState
from tickpath.venues.binance.wire_keys cimport wire_time_ns
from tickpath.venues.text.market_fields cimport list_next
from tickpath.venues.text.order_fields cimport (
    integer_of, is_object, is_string, number_of, object_check, own_id, steps_of,
)

cdef extern from *:
    """
    #define TP_ORDER_WORDS 18
    static const char* const tp_order_words[TP_ORDER_WORDS] = {
        "id", "status", "result", "error", "event", "data", "symbol", "orderId", "executedQty",
        "transactTime", "updateTime", "origClientOrderId", "cancelResult", "newOrderResult",
        "cancelResponse", "newOrderResponse", "code", "clientOrderId"
    };
    static const signed char tp_order_word_bytes[TP_ORDER_WORDS] = {
        2, 6, 6, 5, 5, 4, 6, 7, 11, 12, 10, 17, 12, 14, 14, 16, 4, 13
    };
    """
    enum:
        TP_ORDER_WORDS
    const char* const tp_order_words[TP_ORDER_WORDS]
    const signed char tp_order_word_bytes[TP_ORDER_WORDS]

cdef enum:
    WORD_ID, WORD_STATUS, WORD_RESULT, WORD_ERROR, WORD_EVENT, WORD_DATA, WORD_SYMBOL,
    WORD_ORDER_ID, WORD_EXECUTED, WORD_TRANSACT_TIME, WORD_UPDATE_TIME, WORD_ORIG_CLIENT_ID,
    WORD_CANCEL_RESULT, WORD_NEW_RESULT, WORD_CANCEL_RESPONSE, WORD_NEW_RESPONSE, WORD_CODE

cdef enum:
    WORD_BYTES_MAX = 17
    LETTERS = 128
    CODE_UNKNOWN = -1000
    CODE_UNEXPECTED = -1006
    CODE_TIMEOUT = -1007
    CODE_NEW_REJECTED = -2010
    CODE_NO_SUCH_ORDER = -2013

cdef struct OrderFields:
    const char* letter[LETTERS]       # first byte of a one-letter key's value, NULL: absent
    const char* word[TP_ORDER_WORDS]


cdef inline const char* order_key(const char* p, char* room, const char** key,
                                  int32_t* bytes) noexcept nogil:
    """The decoded key whose opening quote is at `p`: its text and length; returns behind the key. A
    key with escapes is copied to `room`, longer ones than any we know have WORD_BYTES_MAX + 1."""
    cdef const char* at = p + 1
    while at[0] != c'"' and at[0] != c"\\":
        at += 1
    if at[0] == c'"':
        key[0] = p + 1
        bytes[0] = WORD_BYTES_MAX + 1 if at - p > WORD_BYTES_MAX + 1 else <int32_t>(at - p - 1)
        return at + 1
    key[0] = room
    bytes[0] = tp_string_copy(p, room, WORD_BYTES_MAX)
    return tp_string_skip(p)


cdef inline void order_fields(const char* p, OrderFields* f) noexcept nogil:
    """Where the known members of the object at `p` begin."""
    cdef char room[WORD_BYTES_MAX]
    cdef const char* key
    cdef int32_t bytes
    cdef const char* value
    cdef int k
    memset(f, 0, sizeof(OrderFields))
    p = tp_space_skip(p + 1)
    while p[0] != c"}":
        value = tp_space_skip(tp_space_skip(order_key(p, room, &key, &bytes)) + 1)
        if bytes == 1:
            if key[0] >= 0:
                f.letter[<int>key[0]] = value
        else:
            for k in range(TP_ORDER_WORDS):
                if (tp_order_word_bytes[k] == bytes
                        and memcmp(key, tp_order_words[k], <size_t>bytes) == 0):
                    f.word[k] = value
                    break
        p = list_next(value)


cdef inline int32_t time_of(const char* value, int64_t* out) noexcept nogil:
    """A stamp in ns; 0 when there is none."""
    cdef int64_t stamp
    if value == NULL:
        return TP_OK
    if integer_of(value, &stamp) != TP_OK or wire_time_ns(stamp, out) != TP_OK:
        return TP_EXECUTE_REPORT
    return TP_OK


cdef inline int32_t code_of(const char* value, int32_t* out) noexcept nogil:
    """The venue's error code; 0 when there is none, or none that fits 32 bits."""
    cdef int64_t code = 0
    out[0] = 0
    if value == NULL or value[0] == c"n":
        return TP_OK
    if number_of(value, 0, 1, &code) != TP_OK:
        return TP_EXECUTE_REPORT
    if INT32_MIN <= code <= INT32_MAX:
        out[0] = <int32_t>code
    return TP_OK


cdef inline bint outcome_unknown(int32_t code) noexcept nogil:
    """After these an order may or may not exist (errors.md)."""
    return code == CODE_UNKNOWN or code == CODE_UNEXPECTED or code == CODE_TIMEOUT


cdef inline const tp_instrument* symbol_find(const OrderCodecState* s,
                                             const char* value) noexcept nogil:
    """The venue's instrument of that symbol, or NULL."""
    cdef int32_t k
    for k in range(s.instrument_count):
        if s.instruments[k].venue == s.venue and tp_string_is(value, s.instruments[k].symbol):
            return &s.instruments[k]
    return NULL


cdef inline tp_report* report_add(tp_report* reports, int32_t* count, int32_t kind,
                                  uint64_t id) noexcept nogil:
    """A report with nothing known but its kind and order."""
    cdef tp_report* r = &reports[count[0]]
    count[0] += 1
    report_begin(r, kind, id)
    return r


cdef inline void refusal_add(tp_report* reports, int32_t* count, int32_t kind, uint64_t own,
                             int32_t code, int64_t status) noexcept nogil:
    """A request was refused, unless it is left open whether it was carried out (outcomes.py)."""
    if status >= 500 or outcome_unknown(code):
        kind = TP_REPORT_UNKNOWN
    report_add(reports, count, kind, own).code = code


cdef inline bint failed_cancel_add(tp_report* reports, int32_t* count, uint64_t own,
                                   int32_t code) noexcept nogil:
    """The failed cancel of a cancelReplace (outcomes.py); False: of neither half the outcome is
    known."""
    cdef tp_report* r
    if outcome_unknown(code):
        report_add(reports, count, TP_REPORT_UNKNOWN, own).code = code
        return False
    r = report_add(reports, count, TP_REPORT_CANCEL_REJECT, 0)
    r.orig_client_order_id = own
    r.code = code
    return True


cdef inline void take_step(tp_report* r, uint64_t orig) noexcept nogil:
    """Which order a step of an event is of (outcomes.py)."""
    if r.kind == TP_REPORT_CANCEL_ACK and orig != 0:
        r.client_order_id = orig
    elif r.kind == TP_REPORT_REPLACE_ACK:
        r.orig_client_order_id = orig
    elif r.kind == TP_REPORT_REJECT:
        r.code = CODE_NEW_REJECTED


cdef inline int32_t read_fee(const OrderCodecState* s, const OrderFields* f,
                             tp_report* r) noexcept nogil:
    """The fee in its currency's units; left unreported when it is not told exactly."""
    cdef int64_t units = 0
    cdef int32_t currency = -1
    cdef int32_t code
    cdef int32_t k
    if is_string(f.letter[c"N"]):
        for k in range(s.currency_count):
            if tp_string_is(f.letter[c"N"], s.currencies[k].text):
                currency = k
                break
        if currency < 0:
            return TP_OK
    if f.letter[c"n"] == NULL:
        return TP_OK
    code = number_of(f.letter[c"n"], s.currencies[currency].decimals if currency >= 0 else 18, 1,
                     &units)
    if code == TP_FEED_DIGITS or (code == TP_OK and currency < 0 and units != 0):
        return TP_OK
    if code != TP_OK:
        return code
    r.fee_units = units
    r.fee_currency = currency
    return TP_OK


cdef inline int32_t read_fill(const OrderCodecState* s, const tp_instrument* i,
                              const OrderFields* f, tp_report* r) noexcept nogil:
    cdef const char* maker = f.letter[c"m"]
    if steps_of(f.letter[c"l"], &i.quantity, &r.last_lots) != TP_OK:
        return TP_EXECUTE_REPORT
    if steps_of(f.letter[c"L"], &i.price, &r.last_ticks) != TP_OK:
        return TP_EXECUTE_REPORT
    if f.letter[c"t"] != NULL and number_of(f.letter[c"t"], 0, 1, &r.trade_id) != TP_OK:
        return TP_EXECUTE_REPORT
    if maker != NULL:
        if maker[0] != c"t" and maker[0] != c"f":
            return TP_EXECUTE_REPORT
        r.maker = maker[0] == c"t"
    return read_fee(s, f, r)


cdef inline int32_t step_kind(const OrderFields* f, int32_t* kind) noexcept nogil:
    """Report kind of an execution type; TP_REPORT_NONE for those that tell us nothing."""
    cdef const char* step = f.letter[c"x"]
    cdef const char* state = f.letter[c"X"]
    if tp_string_is(step, b"TRADE") or tp_string_is(step, b"CALCULATED"):
        kind[0] = TP_REPORT_FILL
    elif tp_string_is(step, b"NEW"):
        kind[0] = TP_REPORT_ACK
    elif tp_string_is(step, b"CANCELED"):
        kind[0] = TP_REPORT_CANCEL_ACK
    elif tp_string_is(step, b"REPLACED"):
        kind[0] = TP_REPORT_REPLACE_ACK
    elif tp_string_is(step, b"REJECTED"):
        kind[0] = TP_REPORT_REJECT
    elif tp_string_is(step, b"EXPIRED"):
        kind[0] = TP_REPORT_EXPIRE
    elif tp_string_is(step, b"TRADE_PREVENTION"):
        if not is_string(state):
            return TP_EXECUTE_REPORT
        kind[0] = TP_REPORT_NONE
        if tp_string_is(state, b"EXPIRED") or tp_string_is(state, b"EXPIRED_IN_MATCH"):
            kind[0] = TP_REPORT_EXPIRE
    elif tp_string_is(step, b"AMENDMENT"):
        kind[0] = TP_REPORT_NONE
    else:
        return TP_EXECUTE_REPORT
    return TP_OK


cdef inline int32_t decode_execution(const OrderCodecState* s, const OrderFields* f,
                                     tp_report* reports, int32_t* count) noexcept nogil:
    """One execution report: spot and futures have the same letters."""
    cdef const tp_instrument* i
    cdef tp_report* r
    cdef uint64_t orig = own_id(f.letter[c"C"])
    cdef int32_t kind = TP_REPORT_NONE
    if not is_string(f.letter[c"s"]) or not is_string(f.letter[c"x"]):
        return TP_EXECUTE_REPORT
    i = symbol_find(s, f.letter[c"s"])
    r = report_add(reports, count, TP_REPORT_NONE, own_id(f.letter[c"c"]))
    if i != NULL:
        r.instrument = i.index
        if f.letter[c"z"] != NULL:
            if steps_of(f.letter[c"z"], &i.quantity, &r.cumulative_lots) != TP_OK:
                return TP_EXECUTE_REPORT
    if f.letter[c"i"] != NULL and integer_of(f.letter[c"i"], &r.venue_order_id) != TP_OK:
        return TP_EXECUTE_REPORT
    if time_of(f.letter[c"T"], &r.t_venue_ns) != TP_OK or step_kind(f, &kind) != TP_OK:
        return TP_EXECUTE_REPORT
    r.kind = kind
    take_step(r, orig)
    if kind == TP_REPORT_NONE:
        count[0] -= 1
    elif kind == TP_REPORT_FILL:
        if i != NULL:
            return read_fill(s, i, f, r)
        if r.client_order_id != 0:
            return TP_EXECUTE_REPORT
    return TP_OK


cdef inline int32_t decode_event(const OrderCodecState* s, OrderFields* f, tp_report* reports,
                                 int32_t* count) noexcept nogil:
    cdef const char* kind = f.letter[c"e"]
    cdef const char* order = f.letter[c"o"]
    if not is_string(kind):
        return TP_EXECUTE_REPORT
    if tp_string_is(kind, b"executionReport"):
        return decode_execution(s, f, reports, count)
    if not tp_string_is(kind, b"ORDER_TRADE_UPDATE"):
        return TP_OK
    if not is_object(order):
        return TP_EXECUTE_REPORT
    order_fields(order, f)
    return decode_execution(s, f, reports, count)


cdef inline int32_t read_answer(const OrderCodecState* s, const OrderFields* f,
                                tp_report* r) noexcept nogil:
    """What a venue says of an order in a reply."""
    cdef const tp_instrument* i = NULL
    cdef const char* stamp = f.word[WORD_TRANSACT_TIME]
    if is_string(f.word[WORD_SYMBOL]):
        i = symbol_find(s, f.word[WORD_SYMBOL])
    if f.word[WORD_ORDER_ID] != NULL:
        if integer_of(f.word[WORD_ORDER_ID], &r.venue_order_id) != TP_OK:
            return TP_EXECUTE_REPORT
    if i != NULL:
        r.instrument = i.index
        if f.word[WORD_EXECUTED] != NULL:
            if steps_of(f.word[WORD_EXECUTED], &i.quantity, &r.cumulative_lots) != TP_OK:
                return TP_EXECUTE_REPORT
    if stamp == NULL:
        stamp = f.word[WORD_UPDATE_TIME]
    return time_of(stamp, &r.t_venue_ns)


cdef inline int32_t decode_replace(const OrderCodecState* s, uint64_t own, const OrderFields* f,
                                   tp_report* reports, int32_t* count) noexcept nogil:
    """Both halves of a cancelReplace."""
    cdef OrderFields half
    cdef tp_report* r
    cdef int32_t code = 0
    cdef const char* old = f.word[WORD_CANCEL_RESPONSE]
    cdef const char* new = f.word[WORD_NEW_RESPONSE]
    if not is_string(f.word[WORD_CANCEL_RESULT]) or not is_string(f.word[WORD_NEW_RESULT]):
        return TP_EXECUTE_REPORT
    if tp_string_is(f.word[WORD_CANCEL_RESULT], b"SUCCESS"):
        if not is_object(old):
            return TP_EXECUTE_REPORT
        order_fields(old, &half)
        r = report_add(reports, count, TP_REPORT_CANCEL_ACK, own_id(half.word[WORD_ORIG_CLIENT_ID]))
        if read_answer(s, &half, r) != TP_OK:
            return TP_EXECUTE_REPORT
    else:
        if is_object(old):
            order_fields(old, &half)
            if code_of(half.word[WORD_CODE], &code) != TP_OK:
                return TP_EXECUTE_REPORT
        if not failed_cancel_add(reports, count, own, code):
            return TP_OK
    if tp_string_is(f.word[WORD_NEW_RESULT], b"SUCCESS"):
        if not is_object(new):
            return TP_EXECUTE_REPORT
        order_fields(new, &half)
        return read_answer(s, &half, report_add(reports, count, TP_REPORT_ACK, own))
    if is_object(new):
        order_fields(new, &half)
        if code_of(half.word[WORD_CODE], &code) != TP_OK:
            return TP_EXECUTE_REPORT
    refusal_add(reports, count, TP_REPORT_REJECT, own, code, 0)
    return TP_OK


cdef inline uint64_t request_id(const char* value, char* letter) noexcept nogil:
    """The order that a request id names, 0 when the request is not one of ours; the letter before
    it: c a cancel, q a query, 0 an order."""
    cdef char text[17]
    cdef int32_t bytes
    if not is_string(value):
        return 0
    bytes = tp_string_copy(value, text, 17)
    letter[0] = 0
    if bytes == 17 and (text[0] == c"c" or text[0] == c"q"):
        letter[0] = text[0]
        return client_order_id_parse(text + 1, 16)
    return client_order_id_parse(text, <uint64_t>bytes)


cdef inline int32_t decode_standing(const OrderCodecState* s, uint64_t own, const OrderFields* f,
                                    tp_report* reports, int32_t* count) noexcept nogil:
    """The answer to a query. An order that filled ends as the venue counted it: fills that were not
    seen stay awaited. A standing that is no outcome yet is no report: it is asked again."""
    cdef const char* standing = f.word[WORD_STATUS]
    cdef int32_t kind
    if not is_string(standing):
        return TP_EXECUTE_REPORT
    if tp_string_is(standing, b"NEW") or tp_string_is(standing, b"PARTIALLY_FILLED"):
        kind = TP_REPORT_ACK
    elif (tp_string_is(standing, b"FILLED") or tp_string_is(standing, b"EXPIRED")
            or tp_string_is(standing, b"EXPIRED_IN_MATCH")):
        kind = TP_REPORT_EXPIRE
    elif tp_string_is(standing, b"CANCELED"):
        kind = TP_REPORT_CANCEL_ACK
    elif tp_string_is(standing, b"REJECTED"):
        kind = TP_REPORT_REJECT
    else:
        return TP_OK
    return read_answer(s, f, report_add(reports, count, kind, own))


cdef inline int32_t decode_reply(const OrderCodecState* s, OrderFields* f, tp_report* reports,
                                 int32_t* count) noexcept nogil:
    """A reply of the WebSocket API; those to other requests than ours give no report."""
    cdef int64_t status
    cdef char letter = 0
    cdef uint64_t own = request_id(f.word[WORD_ID], &letter)
    cdef bint cancels = letter == c"c"
    cdef int32_t code = 0
    cdef const char* data = NULL
    cdef const char* error = f.word[WORD_ERROR]
    if integer_of(f.word[WORD_STATUS], &status) != TP_OK:
        return TP_EXECUTE_REPORT
    if own == 0:
        return TP_OK
    if status == 200:
        if not is_object(f.word[WORD_RESULT]):
            return TP_EXECUTE_REPORT
        order_fields(f.word[WORD_RESULT], f)
        if cancels:
            return read_answer(s, f, report_add(reports, count, TP_REPORT_CANCEL_ACK, own))
        if letter == c"q":
            return decode_standing(s, own, f, reports, count)
        if f.word[WORD_CANCEL_RESULT] != NULL:
            return decode_replace(s, own, f, reports, count)
        return read_answer(s, f, report_add(reports, count, TP_REPORT_ACK, own))
    if is_object(error):
        order_fields(error, f)
        if code_of(f.word[WORD_CODE], &code) != TP_OK:
            return TP_EXECUTE_REPORT
        data = f.word[WORD_DATA]
    if letter == c"q":
        if status < 500 and code == CODE_NO_SUCH_ORDER:
            report_add(reports, count, TP_REPORT_REJECT, own).code = code
        return TP_OK
    if not cancels and status < 500 and is_object(data):
        order_fields(data, f)
        if f.word[WORD_CANCEL_RESULT] != NULL:
            return decode_replace(s, own, f, reports, count)
    refusal_add(reports, count, TP_REPORT_CANCEL_REJECT if cancels else TP_REPORT_REJECT, own, code,
                status)
    return TP_OK


cdef inline int32_t decode_frame(const OrderCodecState* s, const char* p, tp_report* reports,
                                 int32_t* count) noexcept nogil:
    cdef OrderFields f
    order_fields(p, &f)
    if is_object(f.word[WORD_EVENT]):
        order_fields(f.word[WORD_EVENT], &f)
        return decode_event(s, &f, reports, count)
    if f.letter[c"e"] != NULL:
        return decode_event(s, &f, reports, count)
    if f.word[WORD_STATUS] != NULL:
        return decode_reply(s, &f, reports, count)
    if is_object(f.word[WORD_DATA]):
        order_fields(f.word[WORD_DATA], &f)
        return decode_event(s, &f, reports, count)
    return TP_OK


cdef inline int32_t orders_decode(void* context, const char* data, int64_t bytes,
                                  tp_report* reports, int32_t* count) noexcept nogil:
    """The slot of tp_codec: reports of a frame. With another code than TP_OK there are none."""
    cdef const char* p = data
    cdef int32_t code
    count[0] = 0
    code = object_check(&p, bytes)
    if code == TP_OK:
        code = decode_frame(<const OrderCodecState*>context, p, reports, count)
    if code != TP_OK:
        count[0] = 0
    return code
