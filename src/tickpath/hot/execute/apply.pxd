"""The way back: a report moves its order through the machine, a fill moves position and money.

One report makes one update. What a report does to the partner of a replace (an order held back is
sent or dropped, the replaced order resumes) shows in the partner's state and in the own-orders
lists, not in an update of its own. Worst case: a fill, then the end of the order, then one encode.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.codes cimport (
    TP_EXECUTE_DUPLICATE, TP_EXECUTE_OVERFILL, TP_EXECUTE_REPORT, TP_EXECUTE_STATE,
    TP_EXECUTE_UNKNOWN_ORDER, TP_OK, TP_RISK_OVERFLOW,
)
from tickpath.core.fixed cimport add_overflows
from tickpath.core.records cimport (
    TP_ORDER_FILLED, TP_ORDER_LIVE, TP_ORDER_PENDING_NEW, TP_ORDER_PENDING_REPLACE,
    TP_ORDER_REJECTED, TP_ORDER_UNKNOWN, TP_REPORT_ACK, TP_REPORT_CANCEL_ACK,
    TP_REPORT_CANCEL_REJECT, TP_REPORT_FILL, TP_REPORT_NONE, TP_REPORT_REPLACE_ACK,
    TP_REPORT_UNKNOWN, tp_order, tp_order_update, tp_report,
)
from tickpath.hot.execute.machine cimport (
    TP_DO_ACK, TP_DO_DOUBT, TP_DO_DUPLICATE, TP_DO_END, TP_DO_FILL, TP_DO_REFUSE, TP_DO_RESUME,
    TP_DO_STATE, tp_machine, tp_machine_cell,
)
from tickpath.hot.execute.money cimport money_fill
from tickpath.hot.execute.order_table cimport (
    Ended, Row, fill_remember, fill_seen, open_order_of, order_leaves, own_show, reserve, table_end,
    table_find, table_find_ended,
)
from tickpath.hot.execute.send cimport drop_held, release_held
from tickpath.hot.execute.state cimport ExecuteState


cdef inline void update_order(tp_order_update* u, const tp_order* o,
                              int64_t leaves_lots) noexcept nogil:
    u.strategy = o.strategy
    u.instrument = o.instrument
    open_order_of(o, leaves_lots, &u.order)


cdef inline int32_t count_fill(ExecuteState* e, tp_order* o, const tp_report* r,
                               tp_order_update* u) noexcept nogil:
    """Count a fill for its order, once. TP_OK and TP_EXECUTE_OVERFILL: it was counted."""
    cdef int64_t filled
    cdef int32_t code
    if r.last_ticks <= 0 or r.last_lots <= 0:
        return TP_EXECUTE_REPORT
    if r.instrument >= 0 and r.instrument != o.instrument:
        return TP_EXECUTE_REPORT
    if r.trade_id >= 0:
        if fill_seen(&e.table, o.client_order_id, r.trade_id):
            return TP_EXECUTE_DUPLICATE
    elif 0 <= r.cumulative_lots <= o.filled_lots:
        return TP_EXECUTE_DUPLICATE
    if add_overflows(o.filled_lots, r.last_lots, &filled):
        return TP_RISK_OVERFLOW
    code = money_fill(e.money, o, r)
    if code != TP_OK:
        return code
    if r.trade_id >= 0:
        fill_remember(&e.table, o.client_order_id, r.trade_id)
    o.filled_lots = filled
    u.fill_ticks = r.last_ticks
    u.fill_lots = r.last_lots
    return TP_EXECUTE_OVERFILL if filled > o.quantity_lots else TP_OK


cdef inline void partner_resume(ExecuteState* e, Row* replaced) noexcept nogil:
    """The replace failed as a whole: the old order is live as before."""
    replaced.order.replaced_by = 0
    if replaced.order.state == TP_ORDER_PENDING_REPLACE:
        replaced.order.state = TP_ORDER_LIVE
        own_show(&e.table, &replaced.order)


cdef inline int32_t settle_new(ExecuteState* e, uint64_t new_id, bint cancelled, uint64_t seq,
                               int64_t now_ns) noexcept nogil:
    """The order that `new_id` replaces has its outcome: send the new one when it waited for a
    cancel ack that came, drop it when it waited for one that did not."""
    cdef Row* row
    if new_id == 0:
        return TP_OK
    row = table_find(&e.table, new_id)
    if row == NULL:
        return TP_OK
    row.replaces = 0
    if not row.held:
        return TP_OK
    if cancelled:
        return release_held(e, row, seq, now_ns)
    drop_held(e, row, TP_ORDER_REJECTED)
    return TP_OK


cdef inline int32_t end_row(ExecuteState* e, Row* row, int32_t state, const tp_report* r,
                            uint64_t seq, int64_t now_ns, tp_order_update* u) noexcept nogil:
    """The order ends; both directions of a replace are settled."""
    cdef uint64_t new_id = row.order.replaced_by
    cdef uint64_t old_id = row.replaces
    cdef uint64_t id = row.order.client_order_id
    cdef int64_t cumulative = -1
    cdef Row* replaced
    row.order.state = state
    update_order(u, &row.order, 0)
    if state != TP_ORDER_REJECTED:
        cumulative = r.cumulative_lots
    table_end(&e.table, e.positions, row, state, cumulative)
    if state == TP_ORDER_REJECTED and old_id != 0:
        replaced = table_find(&e.table, old_id)
        if replaced != NULL and replaced.order.replaced_by == id:
            partner_resume(e, replaced)
    return settle_new(e, new_id, r.kind == TP_REPORT_CANCEL_ACK, seq, now_ns)


cdef inline int32_t apply_fill(ExecuteState* e, Row* row, int32_t next, const tp_report* r,
                               uint64_t seq, int64_t now_ns, tp_order_update* u) noexcept nogil:
    cdef tp_order* o = &row.order
    cdef int64_t leaves = order_leaves(o)
    cdef int32_t code = count_fill(e, o, r, u)
    cdef int32_t end_code
    if code != TP_OK and code != TP_EXECUTE_OVERFILL:
        update_order(u, o, leaves)
        return code
    reserve(&e.positions[o.instrument], o.side, order_leaves(o) - leaves)
    row.acked = 1
    if r.venue_order_id != 0:
        o.venue_order_id = r.venue_order_id
    if o.filled_lots >= o.quantity_lots:
        end_code = end_row(e, row, TP_ORDER_FILLED, r, seq, now_ns, u)
        return code if code != TP_OK else end_code
    o.state = next
    own_show(&e.table, o)
    update_order(u, o, order_leaves(o))
    return code


cdef inline int32_t apply_ended(ExecuteState* e, Ended* ended, const tp_report* r,
                                tp_order_update* u) noexcept nogil:
    """A report for an order that has left the table: late fills count, all else is known."""
    cdef int64_t taken
    cdef int32_t code = TP_EXECUTE_DUPLICATE
    if r.kind == TP_REPORT_FILL:
        code = count_fill(e, &ended.order, r, u)
        if code == TP_OK or code == TP_EXECUTE_OVERFILL:
            taken = r.last_lots if r.last_lots < ended.awaited_lots else ended.awaited_lots
            ended.awaited_lots -= taken
            reserve(&e.positions[ended.order.instrument], ended.order.side, -taken)
    update_order(u, &ended.order, 0)
    return code


cdef inline void doubt_row(ExecuteState* e, Row* row) noexcept nogil:
    row.order.state = TP_ORDER_UNKNOWN
    own_show(&e.table, &row.order)


cdef inline int32_t apply_live(ExecuteState* e, Row* row, const tp_report* r, uint64_t seq,
                               int64_t now_ns, tp_order_update* u) noexcept nogil:
    """One step of the machine."""
    cdef tp_machine_cell cell = tp_machine[row.order.state][r.kind]
    cdef int32_t action = cell.action
    cdef int32_t code = TP_OK
    cdef uint64_t new_id
    cdef Row* replaced
    if row.held or (action == TP_DO_REFUSE and row.acked):
        action = TP_DO_STATE
    if action == TP_DO_FILL:
        return apply_fill(e, row, cell.next, r, seq, now_ns, u)
    if action == TP_DO_END or action == TP_DO_REFUSE:
        return end_row(e, row, cell.next, r, seq, now_ns, u)
    if action == TP_DO_STATE:
        code = TP_EXECUTE_STATE
    elif action == TP_DO_DUPLICATE:
        code = TP_EXECUTE_DUPLICATE
    elif action == TP_DO_ACK:
        if row.acked and row.order.state == cell.next:
            code = TP_EXECUTE_DUPLICATE
        else:
            row.acked = 1
            row.order.state = cell.next
            if r.venue_order_id != 0:
                row.order.venue_order_id = r.venue_order_id
    elif action == TP_DO_RESUME or action == TP_DO_DOUBT:
        new_id = row.order.replaced_by
        row.order.replaced_by = 0
        row.order.state = cell.next
        if action == TP_DO_RESUME and not row.acked:
            row.order.state = TP_ORDER_PENDING_NEW
        settle_new(e, new_id, False, seq, now_ns)
    if action == TP_DO_DOUBT and row.replaces != 0:
        replaced = table_find(&e.table, row.replaces)
        row.replaces = 0
        if replaced != NULL and replaced.order.replaced_by == row.order.client_order_id:
            replaced.order.replaced_by = 0
            doubt_row(e, replaced)
    own_show(&e.table, &row.order)
    update_order(u, &row.order, order_leaves(&row.order))
    return code


cdef inline void apply_one(ExecuteState* e, const tp_report* r, uint64_t seq, int64_t now_ns,
                           tp_order_update* u) noexcept nogil:
    cdef Row* row = table_find(&e.table, r.client_order_id)
    cdef Ended* ended
    memset(u, 0, sizeof(tp_order_update))
    u.report = r.kind
    if row != NULL:
        u.code = apply_live(e, row, r, seq, now_ns, u)
        return
    ended = table_find_ended(&e.table, r.client_order_id)
    if ended != NULL:
        u.code = apply_ended(e, ended, r, u)
        return
    u.code = TP_EXECUTE_UNKNOWN_ORDER
    u.strategy = -1
    u.instrument = r.instrument


cdef inline void execute_apply(ExecuteState* e, const tp_report* report, uint64_t seq,
                               int64_t now_ns, tp_order_update* update) noexcept nogil:
    """Apply one report. `update.code` is TP_OK, TP_EXECUTE_OVERFILL (counted, alarm), the code that
    kept a held order from being sent, or why nothing changed. May append to `out` and `decisions`:
    the new order of a replace goes out when the cancel ack comes in."""
    cdef tp_report r = report[0]
    cdef Row* row
    if r.kind <= TP_REPORT_NONE or r.kind > TP_REPORT_UNKNOWN:
        memset(update, 0, sizeof(tp_order_update))
        update.code = TP_EXECUTE_REPORT
        update.strategy = -1
        update.instrument = r.instrument
        update.report = r.kind
        return
    if r.kind == TP_REPORT_CANCEL_REJECT and r.client_order_id == 0:
        # the cancel half of a replace, named by the order that was to replace it
        row = table_find(&e.table, r.orig_client_order_id)
        if row != NULL:
            r.client_order_id = row.replaces
    elif r.kind == TP_REPORT_REPLACE_ACK:
        r.kind = TP_REPORT_CANCEL_ACK
        r.client_order_id = report.orig_client_order_id
        apply_one(e, &r, seq, now_ns, update)
        r.client_order_id = report.client_order_id
        r.kind = TP_REPORT_ACK
        apply_one(e, &r, seq, now_ns, update)
        update.report = TP_REPORT_REPLACE_ACK
        return
    apply_one(e, &r, seq, now_ns, update)
