"""Tight loops over the inlined verbs of execute and the codec's slots: what bench_execute times.

In: a native Execute or the address of a codec. Out: nanoseconds of the whole loop. Built on first
use by loop_build.py, never shipped.
"""

from libc.stdint cimport int32_t, int64_t, uintptr_t
from libc.string cimport memset
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from tickpath.core.records cimport (
    TP_FRAME_PADDING_BYTES, TP_INSTRUMENTS_MAX, TP_ORDER_BYTES_MAX, TP_REPORT_ACK, TP_REPORT_FILL,
    TP_REPORTS_PER_FRAME_MAX, TP_SUBMIT, tp_codec, tp_order_update, tp_report, tp_request,
)
from tickpath.hot.execute.native cimport (
    Execute, ExecuteState, execute_apply, execute_begin, execute_equity_at, execute_send,
)


cdef int64_t START_NS = 1660801715431000000


cdef inline int64_t _now_ns() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1000000000 + t.tv_nsec


cdef void _request(tp_request* r, int32_t instrument, int32_t kind) noexcept nogil:
    memset(r, 0, sizeof(tp_request))
    r.kind = kind
    r.venue = instrument
    r.instrument = instrument
    r.price_ticks = 2341610
    r.quantity_lots = 847
    r.client_order_id = 0x000100C7000000FF
    r.orig_client_order_id = 0x000100C7000000FE


def encode(uintptr_t codec_address, int32_t instrument, int32_t kind, int64_t count) -> int:
    """Encode `count` requests, price and id changing."""
    cdef const tp_codec* codec = <const tp_codec*>codec_address
    cdef char out[TP_ORDER_BYTES_MAX]
    cdef tp_request r
    cdef int64_t k
    cdef int64_t start
    cdef int64_t total = 0
    _request(&r, instrument, kind)
    with nogil:
        start = _now_ns()
        for k in range(count):
            r.client_order_id += 1
            r.price_ticks += 1
            total += codec.encode(codec.context, &r, START_NS + k * 1000000, out)
        start = _now_ns() - start
    if total < count:
        raise ValueError("a request could not be encoded")
    return start


def decode(uintptr_t codec_address, bytes frame, int64_t count) -> int:
    """Decode one padded frame `count` times."""
    cdef const tp_codec* codec = <const tp_codec*>codec_address
    cdef tp_report reports[TP_REPORTS_PER_FRAME_MAX]
    cdef int32_t found = 0
    cdef bytes padded = frame + bytes(TP_FRAME_PADDING_BYTES)
    cdef const char* data = padded
    cdef int64_t size = len(frame)
    cdef int64_t k
    cdef int64_t start
    cdef int32_t code = 0
    with nogil:
        start = _now_ns()
        for k in range(count):
            code |= codec.decode(codec.context, data, size, reports, &found)
        start = _now_ns() - start
    if code != 0:
        raise ValueError("the frame could not be decoded")
    return start


def orders(Execute execute, int32_t instrument, int64_t count) -> tuple[int, int]:
    """`count` orders sent, acknowledged and filled: (ns in sending, ns in the two reports)."""
    cdef ExecuteState* e = execute.state
    cdef tp_request r
    cdef tp_report report
    cdef tp_order_update update
    cdef int64_t k
    cdef int64_t sending = 0
    cdef int64_t applying = 0
    cdef int64_t stamps[3]
    cdef int32_t code = 0
    memset(&report, 0, sizeof(tp_report))
    report.instrument = instrument
    report.last_lots = 847
    report.cumulative_lots = -1
    report.fee_units = 100
    report.fee_currency = 1
    with nogil:
        for k in range(count):
            execute_begin(e)
            e.decision_count = 0
            _request(&r, instrument, TP_SUBMIT)
            r.side = <int32_t>(k & 1)
            r.price_ticks += k & 255
            stamps[0] = _now_ns()
            code |= execute_send(e, &r, k, k)
            stamps[1] = _now_ns()
            report.client_order_id = r.client_order_id
            report.kind = TP_REPORT_ACK
            execute_apply(e, &report, k, k, &update)
            report.kind = TP_REPORT_FILL
            report.trade_id = k
            report.last_ticks = r.price_ticks
            execute_apply(e, &report, k, k, &update)
            code |= update.code
            stamps[2] = _now_ns()
            sending += stamps[1] - stamps[0]
            applying += stamps[2] - stamps[1]
    if code != 0:
        raise ValueError(f"an order was refused: {code}")
    return sending, applying


def equity(Execute execute, int32_t currency, int64_t mid2, int64_t count) -> int:
    """Equity `count` times, every instrument at nearly the same mid."""
    cdef int64_t mids[TP_INSTRUMENTS_MAX]
    cdef int64_t k
    cdef int64_t start
    cdef int64_t total = 0
    with nogil:
        for k in range(TP_INSTRUMENTS_MAX):
            mids[k] = mid2
        start = _now_ns()
        for k in range(count):
            mids[0] = mid2 + (k & 15)
            total += execute_equity_at(execute.state, currency, mids, NULL)
        start = _now_ns() - start
    return start if total != 1 else 0


def clock(int64_t count) -> int:
    """Cost of the stamps themselves."""
    cdef int64_t k
    cdef int64_t last = 0
    cdef int64_t start
    with nogil:
        start = _now_ns()
        for k in range(count):
            last += _now_ns()
        start = _now_ns() - start
    return start if last != 1 else 0
