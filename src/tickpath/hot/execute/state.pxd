"""The state of execute: what send.pxd and apply.pxd work on. The engine's thread writes it."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.arena cimport Arena
from tickpath.core.records cimport (
    TP_INSTRUMENTS_MAX, TP_NOTICES_MAX, TP_VENUES_MAX, tp_codec, tp_decision, tp_instrument,
    tp_open_order, tp_order, tp_own_orders, tp_position,
)
from tickpath.hot.execute.money cimport MoneyState
from tickpath.hot.execute.order_table cimport OrderTable, open_order_of
from tickpath.hot.execute.schedule cimport Schedule

cdef struct Notice:                   # a change of an order that no report brought
    tp_open_order order
    int32_t strategy
    int32_t instrument

cdef struct ExecuteState:
    tp_position* positions            # [instrument], of `money`
    tp_own_orders* own                # [strategy * TP_INSTRUMENTS_MAX + instrument]
    MoneyState* money
    OrderTable table
    uint64_t id_prefix                # engine id and epoch
    uint64_t id_counter               # ids minted so far
    int32_t instrument_count
    int32_t currency_count
    int32_t venue_count
    int32_t hedges                    # 1: an instrument has two legs
    tp_position leg_views[TP_INSTRUMENTS_MAX * 2]   # as leg_view.pxd saw them last
    int32_t made[TP_VENUES_MAX]       # special types that a venue makes itself: MADE_STOP ...
    int32_t decision_count            # records waiting for the driver
    int32_t notice_first              # place of the oldest notice in the ring
    int32_t notice_count
    uint64_t notices_lost             # found no room
    Notice notices[TP_NOTICES_MAX]
    int64_t out_bytes
    char* out                         # [TP_OUT_BYTES_MAX] tp_out_header + bytes, packed
    tp_decision* decisions            # [TP_DECISIONS_MAX]
    Schedule* schedules               # [schedule_count], as configured
    int32_t schedule_count
    int32_t reserved
    tp_codec codecs[TP_VENUES_MAX]    # encode is NULL where the venue has none
    tp_instrument instruments[TP_INSTRUMENTS_MAX]
    Arena arena


cdef inline void notice(ExecuteState* e, const tp_order* o, int64_t leaves_lots) noexcept nogil:
    """Tell the strategy of a change that no report brings; what does not fit is counted."""
    cdef Notice* n
    if e.notice_count >= TP_NOTICES_MAX:
        e.notices_lost += 1
        return
    n = &e.notices[(e.notice_first + e.notice_count) % TP_NOTICES_MAX]
    e.notice_count += 1
    open_order_of(o, leaves_lots, &n.order)
    n.strategy = o.strategy
    n.instrument = o.instrument


cdef inline bint execute_notice(ExecuteState* e, Notice* out) noexcept nogil:
    """Take the oldest notice; 0 when there is none."""
    if e.notice_count == 0:
        return 0
    out[0] = e.notices[e.notice_first]
    e.notice_first = (e.notice_first + 1) % TP_NOTICES_MAX
    e.notice_count -= 1
    return 1
