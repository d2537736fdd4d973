"""Binance SBE order frames to reports: replies of the spot WebSocket API in their envelope, events.

In: one binary frame. Out: a code and up to two reports, those of order_sbe.py for every input.
Worst case: that of sbe_message.pxd for the frame and three messages inside it.
"""

from libc.stdint cimport INT64_MIN, int8_t, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport strlen
from tickpath.core.codes cimport TP_EXECUTE_REPORT, TP_FEED_OVERSIZED, TP_OK
from tickpath.core.records cimport (
    TP_FRAME_BYTES_MAX, TP_REPORT_ACK, TP_REPORT_CANCEL_ACK, TP_REPORT_CANCEL_REJECT,
    TP_REPORT_EXPIRE, TP_REPORT_FILL, TP_REPORT_NONE, TP_REPORT_REJECT, TP_REPORT_REPLACE_ACK,
    tp_instrument, tp_report,
)
from tickpath.venues.binance.order_decode cimport (
    CODE_NO_SUCH_ORDER, failed_cancel_add, refusal_add, report_add, take_step,
)
from tickpath.venues.binance.order_encode cimport OrderCodecState
from tickpath.venues.binance.sbe_message cimport (
    SBE_CANCELLED, SBE_ENVELOPE, SBE_EXECUTION, SBE_PLACED, SBE_PLACED_FULL, SBE_REPLACED,
    SBE_STANDING, SbeMessage, SbeText, sbe_code, sbe_id, sbe_open, sbe_own_id, sbe_steps,
    sbe_text_is, sbe_time,
)
from tickpath.venues.binance.wire_sbe cimport (
    SBE_POWER_MAX, sbe_factor, sbe_i64, sbe_mantissa_max, sbe_u16,
)

cdef enum:
    SBE_PREVENTION = 8                # executionType


cdef inline const tp_instrument* sbe_symbol(const OrderCodecState* s,
                                            const SbeText* text) noexcept nogil:
    """The venue's instrument of that symbol, or NULL."""
    cdef const tp_instrument* i
    cdef int32_t k
    for k in range(s.instrument_count):
        i = &s.instruments[k]
        if i.venue == s.venue and sbe_text_is(text, i.symbol, <size_t>i.symbol_bytes):
            return i
    return NULL


# -- events ----------------------------------------------------------------------------------------


cdef inline int32_t sbe_step_kind(uint8_t step) noexcept nogil:
    """Report kind of an executionType, TP_REPORT_NONE for those that are not known."""
    if step == 4:
        return TP_REPORT_FILL
    if step == 0:
        return TP_REPORT_ACK
    if step == 1:
        return TP_REPORT_CANCEL_ACK
    if step == 2:
        return TP_REPORT_REPLACE_ACK
    if step == 3:
        return TP_REPORT_REJECT
    if step == 5 or step == SBE_PREVENTION:
        return TP_REPORT_EXPIRE
    return TP_REPORT_NONE


cdef inline void sbe_fee(const OrderCodecState* s, const SbeMessage* m,
                         tp_report* r) noexcept nogil:
    """The fee in its currency's units; left unreported when it is not told exactly."""
    cdef int64_t mantissa = sbe_i64(m.block + 152)
    cdef int64_t units = mantissa if mantissa >= 0 or mantissa == INT64_MIN else -mantissa
    cdef int32_t currency = -1
    cdef int32_t power
    cdef int32_t k
    for k in range(s.currency_count):
        if sbe_text_is(&m.text[3], s.currencies[k].text, strlen(s.currencies[k].text)):
            currency = k
            break
    if units < 0 or (currency < 0 and (m.text[3].bytes > 0 or units > 0)):
        return
    if units > 0:
        power = <int8_t>m.block[18] + s.currencies[currency].decimals
        if power > SBE_POWER_MAX or power < -SBE_POWER_MAX:
            return
        if power >= 0:
            if units > sbe_mantissa_max[power]:
                return
            units *= sbe_factor[power]
        else:
            if units % sbe_factor[-power] != 0:
                return
            units = units // sbe_factor[-power]
    r.fee_units = units if mantissa >= 0 else -units
    r.fee_currency = currency


cdef inline int32_t sbe_fill(const OrderCodecState* s, const tp_instrument* i, const SbeMessage* m,
                             tp_report* r) noexcept nogil:
    if sbe_steps(m.block + 128, m.block + 17, &i.quantity, &r.last_lots) != TP_OK:
        return TP_EXECUTE_REPORT
    if sbe_steps(m.block + 136, m.block + 16, &i.price, &r.last_ticks) != TP_OK:
        return TP_EXECUTE_REPORT
    r.trade_id = sbe_i64(m.block + 96)
    if r.trade_id == INT64_MIN:
        r.trade_id = -1
    if <uint8_t>m.block[161] > 1:
        return TP_EXECUTE_REPORT
    r.maker = m.block[161]
    sbe_fee(s, m, r)
    return TP_OK


cdef inline int32_t sbe_execution(const OrderCodecState* s, const SbeMessage* m,
                                  tp_report* reports, int32_t* count) noexcept nogil:
    cdef const tp_instrument* i = sbe_symbol(s, &m.text[0])
    cdef uint64_t orig = sbe_own_id(&m.text[2])
    cdef uint8_t step = <uint8_t>m.block[94]
    cdef uint8_t state = <uint8_t>m.block[95]
    cdef int32_t kind = sbe_step_kind(step)
    cdef tp_report* r = report_add(reports, count, kind, sbe_own_id(&m.text[1]))
    if kind == TP_REPORT_NONE:
        return TP_EXECUTE_REPORT
    if sbe_id(m.block + 35, &r.venue_order_id) != TP_OK:
        return TP_EXECUTE_REPORT
    if sbe_time(m.block + 8, &r.t_venue_ns) != TP_OK:
        return TP_EXECUTE_REPORT
    if i != NULL:
        r.instrument = i.index
        if sbe_steps(m.block + 112, m.block + 17, &i.quantity, &r.cumulative_lots) != TP_OK:
            return TP_EXECUTE_REPORT
    take_step(r, orig)
    if step == SBE_PREVENTION and state != 6 and state != 9:
        count[0] = 0
    elif kind == TP_REPORT_FILL:
        if i != NULL:
            return sbe_fill(s, i, m, r)
        if r.client_order_id != 0:
            return TP_EXECUTE_REPORT
    return TP_OK


# -- replies ---------------------------------------------------------------------------------------


cdef inline int32_t sbe_answer(const OrderCodecState* s, const SbeMessage* m,
                               tp_report* r) noexcept nogil:
    """What a venue says of an order in a reply: 300, 301, 302, 304 or 305."""
    cdef const tp_instrument* i = sbe_symbol(s, &m.text[0])
    cdef int32_t order_id = 0 if m.shape.template_id == SBE_PLACED else 2
    cdef int32_t stamp = 94 if m.shape.template_id == SBE_STANDING else order_id + 16
    cdef int32_t executed = 34 if m.shape.template_id == SBE_STANDING else 42
    if sbe_id(m.block + order_id, &r.venue_order_id) != TP_OK:
        return TP_EXECUTE_REPORT
    if sbe_time(m.block + stamp, &r.t_venue_ns) != TP_OK:
        return TP_EXECUTE_REPORT
    if i != NULL:
        r.instrument = i.index
        if m.shape.template_id != SBE_PLACED:
            return sbe_steps(m.block + executed, m.block + 1, &i.quantity, &r.cumulative_lots)
    return TP_OK


cdef inline int32_t sbe_placed(const OrderCodecState* s, const SbeMessage* m,
                               tp_report* r) noexcept nogil:
    """The answer to a new order."""
    if not SBE_PLACED <= m.shape.template_id <= SBE_PLACED_FULL:
        return TP_EXECUTE_REPORT
    return sbe_answer(s, m, r)


cdef inline int32_t sbe_cancelled(const OrderCodecState* s, const SbeMessage* m,
                                  tp_report* r) noexcept nogil:
    """The answer to a cancel."""
    if m.shape.template_id != SBE_CANCELLED:
        return TP_EXECUTE_REPORT
    return sbe_answer(s, m, r)


cdef inline int32_t sbe_standing(const OrderCodecState* s, uint64_t own, const SbeMessage* m,
                                 tp_report* reports, int32_t* count) noexcept nogil:
    """The answer to a query. A standing that is no outcome yet is no report: it is asked again."""
    cdef uint8_t state
    cdef int32_t kind = TP_REPORT_EXPIRE
    if m.shape.template_id != SBE_STANDING:
        return TP_EXECUTE_REPORT
    state = <uint8_t>m.block[50]
    if state == 0 or state == 1:
        kind = TP_REPORT_ACK
    elif state == 3:
        kind = TP_REPORT_CANCEL_ACK
    elif state == 5:
        kind = TP_REPORT_REJECT
    elif state != 2 and state != 6 and state != 9:
        return TP_OK
    return sbe_answer(s, m, report_add(reports, count, kind, own))


cdef inline int32_t sbe_replace(const OrderCodecState* s, uint64_t own, const SbeMessage* m,
                                tp_report* reports, int32_t* count) noexcept nogil:
    """Both halves of a cancelReplace."""
    cdef SbeMessage half
    cdef tp_report* r
    cdef int32_t reason = 0
    cdef int32_t code = TP_OK
    if <uint8_t>m.block[0] > 2 or <uint8_t>m.block[1] > 2:
        return TP_EXECUTE_REPORT
    if m.block[0] == 0 or m.text[0].bytes > 0:
        code = sbe_open(m.text[0].at, m.text[0].bytes, &half)
        if code != TP_OK:
            return code
    if m.block[0] == 0:
        r = report_add(reports, count, TP_REPORT_CANCEL_ACK, 0)
        if sbe_cancelled(s, &half, r) != TP_OK:
            return TP_EXECUTE_REPORT
        r.client_order_id = sbe_own_id(&half.text[1])
    else:
        if m.text[0].bytes > 0 and sbe_code(&half, &reason) != TP_OK:
            return TP_EXECUTE_REPORT
        if not failed_cancel_add(reports, count, own, reason):
            return TP_OK
    if m.block[1] == 0 or m.text[1].bytes > 0:
        code = sbe_open(m.text[1].at, m.text[1].bytes, &half)
        if code != TP_OK:
            return code
    if m.block[1] == 0:
        return sbe_placed(s, &half, report_add(reports, count, TP_REPORT_ACK, own))
    if m.text[1].bytes > 0 and sbe_code(&half, &reason) != TP_OK:
        return TP_EXECUTE_REPORT
    refusal_add(reports, count, TP_REPORT_REJECT, own, reason, 0)
    return TP_OK


cdef inline int32_t sbe_refusal(const OrderCodecState* s, uint64_t own, char letter, int32_t status,
                                const SbeMessage* inner, tp_report* reports,
                                int32_t* count) noexcept nogil:
    """A reply of another status than 200."""
    cdef SbeMessage halves
    cdef int32_t reason = 0
    cdef int32_t code
    if sbe_code(inner, &reason) != TP_OK:
        return TP_EXECUTE_REPORT
    if letter == c"q":
        if status < 500 and reason == CODE_NO_SUCH_ORDER:
            report_add(reports, count, TP_REPORT_REJECT, own).code = reason
        return TP_OK
    if letter == 0 and status < 500 and inner.text[1].bytes > 0:
        code = sbe_open(inner.text[1].at, inner.text[1].bytes, &halves)
        if code != TP_OK:
            return code
        if halves.shape.template_id == SBE_REPLACED:
            return sbe_replace(s, own, &halves, reports, count)
    refusal_add(reports, count, TP_REPORT_CANCEL_REJECT if letter == c"c" else TP_REPORT_REJECT,
                own, reason, status)
    return TP_OK


cdef inline int32_t sbe_reply(const OrderCodecState* s, const SbeMessage* m, tp_report* reports,
                              int32_t* count) noexcept nogil:
    """A reply of the WebSocket API; those to other requests than ours give no report."""
    cdef SbeMessage inner
    cdef SbeText name = m.text[0]
    cdef char letter = 0
    cdef uint64_t own
    cdef int32_t code
    if name.bytes == 17 and (name.at[0] == c"c" or name.at[0] == c"q"):
        letter = name.at[0]
        name.at += 1
        name.bytes = 16
    own = sbe_own_id(&name)
    if own == 0:
        return TP_OK
    code = sbe_open(m.text[1].at, m.text[1].bytes, &inner)
    if code != TP_OK:
        return code
    if sbe_u16(m.block + 1) != 200:
        return sbe_refusal(s, own, letter, sbe_u16(m.block + 1), &inner, reports, count)
    if letter == c"c":
        return sbe_cancelled(s, &inner, report_add(reports, count, TP_REPORT_CANCEL_ACK, own))
    if letter == c"q":
        return sbe_standing(s, own, &inner, reports, count)
    if inner.shape.template_id == SBE_REPLACED:
        return sbe_replace(s, own, &inner, reports, count)
    return sbe_placed(s, &inner, report_add(reports, count, TP_REPORT_ACK, own))


cdef inline int32_t sbe_orders(const OrderCodecState* s, const char* data, int64_t bytes,
                               tp_report* reports, int32_t* count) noexcept nogil:
    """The reports of a binary frame. With another code than TP_OK there are none."""
    cdef SbeMessage m
    cdef int32_t code
    count[0] = 0
    if bytes > TP_FRAME_BYTES_MAX:
        return TP_FEED_OVERSIZED
    code = sbe_open(data, bytes, &m)
    if code != TP_OK:
        return code
    if m.shape.template_id == SBE_ENVELOPE:
        code = sbe_reply(s, &m, reports, count)
    elif m.shape.template_id == SBE_EXECUTION:
        code = sbe_execution(s, &m, reports, count)
    elif m.shape.texts > 0:
        code = TP_EXECUTE_REPORT
    if code != TP_OK:
        count[0] = 0
    return code
