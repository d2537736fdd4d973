"""Orders as records instead of text: what the venue's text says, without writing or reading it.

In: requests as `tp_request`. Out: the `tp_report` records that the order codec would have read from
the venue's text, so that a run decides the same; a test holds both to one storm.
"""

from libc.stdint cimport UINT64_MAX, int32_t, int64_t, uint64_t
from libc.string cimport memcpy, memset, strcmp
from tickpath.core.ids cimport client_order_id_parse
from tickpath.core.codes cimport (
    TP_EXECUTE_REPORT,
    TP_EXECUTE_STATE,
    TP_OK,
    TP_RISK_INSTRUMENT,
    TP_RISK_INTENT,
)
from tickpath.core.records cimport (
    TP_CANCEL,
    TP_GTC,
    TP_IOC,
    TP_LIMIT,
    TP_MARKET,
    TP_POSITION_LONG,
    TP_POSITION_SHORT,
    TP_POST_ONLY,
    TP_QUERY,
    TP_REDUCE_ONLY,
    TP_REPLACE,
    TP_REPORT_ACK,
    TP_REPORT_CANCEL_ACK,
    TP_REPORT_CANCEL_REJECT,
    TP_REPORT_EXPIRE,
    TP_REPORT_FILL,
    TP_REPORT_REJECT,
    TP_REPORTS_PER_FRAME_MAX,
    TP_SPOT,
    TP_STOP,
    TP_SUBMIT,
    int128,
    tp_instrument,
    tp_report,
    tp_request,
)
from tickpath.core.reports cimport report_begin
from tickpath.venues.binance.order_encode cimport (
    OrderCodecState,
    has_price,
    is_stop,
    order_code,
    says_good_till,
)
from tickpath.venues.sim.matcher cimport LEG_LONG, LEG_SHORT, SimOrder
from tickpath.venues.sim.text cimport tp_sim_line


cdef inline int32_t direct_check(const OrderCodecState* s, const tp_request* r) noexcept nogil:
    """The codes with which the text codec refuses a request."""
    cdef const tp_instrument* i
    if r.instrument < 0 or r.instrument >= s.instrument_count:
        return TP_RISK_INSTRUMENT
    i = &s.instruments[r.instrument]
    if i.venue != s.venue:
        return TP_RISK_INSTRUMENT
    if r.kind == TP_CANCEL or r.kind == TP_QUERY:
        return TP_OK
    if r.kind != TP_SUBMIT and r.kind != TP_REPLACE:
        return TP_RISK_INTENT
    if r.kind == TP_REPLACE and not s.spot:
        return TP_EXECUTE_STATE
    return order_code(s, r)


cdef inline int32_t direct_encode(
    void* context, const tp_request* r, int64_t now_ns, char* out
) noexcept nogil:
    """The slot of tp_codec: the record itself, or a negative code. An expiry stays in it only where
    the text would say it."""
    cdef const OrderCodecState* s = <const OrderCodecState*>context
    cdef int32_t code = direct_check(s, r)
    if code != TP_OK:
        return -code
    memcpy(out, r, sizeof(tp_request))
    (<tp_request*>out).reserved = 0
    if not says_good_till(s, r, now_ns):
        (<tp_request*>out).expire_ns = 0
    return sizeof(tp_request)


cdef inline int32_t direct_decode(
    void* context, const char* data, int64_t size, tp_report* reports, int32_t* count
) noexcept nogil:
    """The slot of tp_codec: a frame is an array of reports."""
    count[0] = 0
    if size % sizeof(tp_report) != 0 or size > TP_REPORTS_PER_FRAME_MAX * sizeof(tp_report):
        return TP_EXECUTE_REPORT
    memcpy(reports, data, size)
    count[0] = <int32_t>(size // <int64_t>sizeof(tp_report))
    return TP_OK


cdef inline void direct_order(const tp_request* r, bint spot, SimOrder* o) noexcept nogil:
    """The order that the text of a checked request describes."""
    memset(o, 0, sizeof(SimOrder))
    o.instrument = r.instrument
    o.client_order_id = r.client_order_id
    o.side = r.side
    o.type = r.type
    o.time_in_force = r.time_in_force
    if r.type == TP_POST_ONLY:
        o.time_in_force = TP_GTC
    elif r.type == TP_MARKET:
        o.time_in_force = TP_IOC
    elif is_stop(r.type):
        o.waits = 1
        o.type = TP_MARKET if r.type == TP_STOP else TP_LIMIT
        o.time_in_force = TP_IOC if r.type == TP_STOP else TP_GTC
    o.quantity_lots = r.quantity_lots
    o.price_ticks = r.price_ticks if has_price(r) else 0
    o.stop_ticks = r.trigger_ticks
    o.display_lots = r.display_lots
    o.good_till_ms = r.expire_ns // 1000000
    if not spot and r.flags & TP_POSITION_LONG:
        o.leg = LEG_LONG
    elif not spot and r.flags & TP_POSITION_SHORT:
        o.leg = LEG_SHORT
    else:
        o.reduce_only = 0 if spot else r.flags & TP_REDUCE_ONLY


cdef inline bint direct_fits(const tp_instrument* i, const SimOrder* o) noexcept nogil:
    """Whether the venue could read the numbers at all: 64 bits at the decimals of the wire."""
    if <int128>o.quantity_lots * i.quantity.units > <int128>UINT64_MAX:
        return 0
    if <int128>o.stop_ticks * i.price.units > <int128>UINT64_MAX:
        return 0
    return <int128>o.price_ticks * i.price.units <= <int128>UINT64_MAX


cdef inline tp_report* direct_add(
    char* out, int32_t* size, int32_t kind, uint64_t id
) noexcept nogil:
    """A report with nothing known but its kind and order, behind those already there."""
    cdef tp_report* r = <tp_report*>(out + size[0])
    size[0] += sizeof(tp_report)
    report_begin(r, kind, id)
    return r


cdef inline void direct_line(tp_report* r, const tp_sim_line* line, bint filled) noexcept nogil:
    """What every answer tells of its order; spot's ack leaves out how much is filled."""
    r.instrument = line.instrument.index
    r.venue_order_id = line.order_id
    r.t_venue_ns = line.t_ms * 1000000
    if filled:
        r.cumulative_lots = line.filled_lots


cdef inline int32_t direct_execution(char* out, const tp_sim_line* line) noexcept nogil:
    """An execution event: NEW, TRADE, CANCELED or EXPIRED."""
    cdef int32_t size = 0, kind = TP_REPORT_ACK
    cdef tp_report* r
    if line.trade_id >= 0:
        kind = TP_REPORT_FILL
    elif strcmp(line.kind, b"CANCELED") == 0:
        kind = TP_REPORT_CANCEL_ACK
    elif strcmp(line.kind, b"EXPIRED") == 0:
        kind = TP_REPORT_EXPIRE
    r = direct_add(out, &size, kind, client_order_id_parse(line.id_text, 16))
    direct_line(r, line, 1)
    if kind == TP_REPORT_FILL:
        r.last_lots = line.last_lots
        r.last_ticks = line.last_ticks
        r.trade_id = line.trade_id
        r.maker = line.maker
        r.fee_units = line.fee_units
        r.fee_currency = line.instrument.settle
    return size


cdef inline int32_t direct_placed(
    char* out, uint64_t own, const tp_sim_line* line
) noexcept nogil:
    cdef int32_t size = 0
    direct_line(direct_add(out, &size, TP_REPORT_ACK, own), line,
                line.instrument.kind != TP_SPOT)
    return size


cdef inline int32_t direct_cancelled(
    char* out, uint64_t own, const tp_sim_line* line
) noexcept nogil:
    cdef int32_t size = 0
    direct_line(direct_add(out, &size, TP_REPORT_CANCEL_ACK, own), line, 1)
    return size


cdef inline int32_t direct_standing(
    char* out, uint64_t own, const tp_sim_line* line
) noexcept nogil:
    """The answer to a query; one that filled ends as the venue counted it."""
    cdef int32_t size = 0, kind = TP_REPORT_ACK
    if strcmp(line.status, b"CANCELED") == 0:
        kind = TP_REPORT_CANCEL_ACK
    elif strcmp(line.status, b"EXPIRED") == 0 or strcmp(line.status, b"FILLED") == 0:
        kind = TP_REPORT_EXPIRE
    direct_line(direct_add(out, &size, kind, own), line, 1)
    return size


cdef inline int32_t direct_refused(
    char* out, uint64_t own, bint cancels, int32_t code
) noexcept nogil:
    cdef int32_t size = 0
    direct_add(out, &size, TP_REPORT_CANCEL_REJECT if cancels else TP_REPORT_REJECT,
               own).code = code
    return size


cdef inline int32_t direct_replaced(
    char* out, uint64_t own, const tp_sim_line* old, const tp_sim_line* line
) noexcept nogil:
    cdef int32_t size = direct_cancelled(out, client_order_id_parse(old.id_text, 16), old)
    return size + direct_placed(out + size, own, line)


cdef inline int32_t direct_half(
    char* out, uint64_t own, const tp_sim_line* old, int32_t code
) noexcept nogil:
    """The cancel succeeded, the new order failed."""
    cdef int32_t size = direct_cancelled(out, client_order_id_parse(old.id_text, 16), old)
    return size + direct_refused(out + size, own, 0, code)


cdef inline int32_t direct_stopped(char* out, uint64_t own, int32_t code) noexcept nogil:
    """The cancel failed: it names no order but the one that was to replace it."""
    cdef int32_t size = 0
    cdef tp_report* r = direct_add(out, &size, TP_REPORT_CANCEL_REJECT, 0)
    r.orig_client_order_id = own
    r.code = code
    return size + direct_refused(out + size, own, 0, code)
