"""The way back: a report moves its order through the machine, a fill moves position and money.

One report makes one update. What a report does to the partner of a replace (an order held back is
sent or dropped, the replaced order resumes) shows in the partner's state and in the own-orders
lists, not in an update of its own. Worst case: a fill, then the end of the order, then one encode.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.codes cimport (
    TP_EXECUTE_DUPLICATE, TP_EXECUTE_OVERFILL, TP_EXECUTE_REPORT, TP_EXECUTE_STATE,
    TP_EXECUTE_UNKNOWN_ORDER, TP_OK,
)
from tickpath.core.fixed cimport add_overflows
from tickpath.core.records cimport (
    TP_ACK_NS_MAX, TP_ORDER_FILLED, TP_ORDER_LIVE, TP_ORDER_PARKED, TP_ORDER_PENDING_NEW,
    TP_ORDER_PENDING_REPLACE, TP_ORDER_REJECTED, TP_ORDER_UNKNOWN, TP_QUERY_NS, TP_REPORT_ACK,
    TP_REPORT_BUST, TP_REPORT_CANCEL_ACK, TP_REPORT_CANCEL_REJECT, TP_REPORT_FILL, TP_REPORT_NONE,
    TP_REPORT_REPLACE_ACK, tp_order, tp_order_update, tp_report,
)
from tickpath.hot.execute.fills cimport bust_fill, count_fill, fresh_part
from tickpath.hot.execute.links cimport clip_arrived, clip_busted, end_order, link_filled
from tickpath.hot.execute.machine cimport (
    TP_DO_ACK, TP_DO_BUST, TP_DO_DOUBT, TP_DO_DUPLICATE, TP_DO_END, TP_DO_FILL, TP_DO_REFUSE,
    TP_DO_RESUME, TP_DO_STATE, tp_machine, tp_machine_cell,
)
from tickpath.hot.execute.order_table cimport (
    INT64_MAX, ROLE_CLIP, Ended, Row, open_order_of, order_leaves, own_show, reserve, row_cancel,
    row_expire,
    row_query, table_find, table_find_ended,
)
from tickpath.hot.execute.send cimport release_held
from tickpath.hot.execute.state cimport ExecuteState


cdef inline void update_order(tp_order_update* u, const tp_order* o,
                              int64_t leaves_lots) noexcept nogil:
    u.strategy = o.strategy
    u.instrument = o.instrument
    open_order_of(o, leaves_lots, &u.order)


cdef inline void partner_resume(ExecuteState* e, Row* replaced) noexcept nogil:
    """The replace failed as a whole: the old order is live as before."""
    replaced.order.replaced_by = 0
    if replaced.order.state == TP_ORDER_PENDING_REPLACE:
        replaced.order.state = TP_ORDER_LIVE
        row_query(&e.table, replaced, 0)
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
    end_order(e, row, TP_ORDER_REJECTED, -1)
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
    end_order(e, row, state, cumulative)
    if state == TP_ORDER_REJECTED and old_id != 0:
        replaced = table_find(&e.table, old_id)
        if replaced != NULL and replaced.order.replaced_by == id:
            partner_resume(e, replaced)
    return settle_new(e, new_id, r.kind == TP_REPORT_CANCEL_ACK, seq, now_ns)


cdef inline void settle_query(ExecuteState* e, Row* row) noexcept nogil:
    """The venue has answered: there is nothing to ask."""
    if row.order.state == TP_ORDER_LIVE and row.work.query_ns != 0:
        row_query(&e.table, row, 0)


cdef inline int32_t apply_fill(ExecuteState* e, Row* row, int32_t next, const tp_report* r,
                               uint64_t seq, int64_t now_ns, tp_order_update* u) noexcept nogil:
    cdef tp_order* o = &row.order
    cdef int64_t leaves = order_leaves(o)
    cdef int32_t code, end_code
    cdef tp_report part
    r = fresh_part(o, r, &part)
    code = count_fill(e, o, r, u)
    if code != TP_OK and code != TP_EXECUTE_OVERFILL:
        update_order(u, o, leaves)
        return code
    reserve(&e.table, &e.positions[o.instrument], o, order_leaves(o) - leaves)
    row.acked = 1
    if r.venue_order_id != 0:
        o.venue_order_id = r.venue_order_id
    if r.last_lots != 0:
        link_filled(e, o, row.work.partner, row.work.link, row.work.role, r.last_lots, 0)
    if o.filled_lots >= o.quantity_lots:
        end_code = end_row(e, row, TP_ORDER_FILLED, r, seq, now_ns, u)
        return code if code != TP_OK else end_code
    o.state = next
    settle_query(e, row)
    own_show(&e.table, o)
    update_order(u, o, order_leaves(o))
    return code


cdef inline int32_t bust_of(ExecuteState* e, tp_order* o, uint64_t partner, int32_t role,
                            const tp_report* r) noexcept nogil:
    """Take a fill back from an order and, when it is a clip, from its parent."""
    cdef int64_t before = o.filled_lots
    cdef int32_t code = bust_fill(e, o, r)
    if role == ROLE_CLIP:
        clip_busted(e, partner, before - o.filled_lots)
    return code


cdef inline int32_t apply_ended(ExecuteState* e, Ended* ended, const tp_report* r,
                                tp_order_update* u) noexcept nogil:
    """A report for an order that has left the table: late fills and busts count, all
    else is known."""
    cdef int64_t taken
    cdef tp_order order
    cdef tp_report part
    cdef int32_t code = TP_EXECUTE_DUPLICATE
    if r.kind == TP_REPORT_FILL:
        r = fresh_part(&ended.order, r, &part)
        code = count_fill(e, &ended.order, r, u)
        if (code == TP_OK or code == TP_EXECUTE_OVERFILL) and r.last_lots != 0:
            taken = r.last_lots if r.last_lots < ended.awaited_lots else ended.awaited_lots
            ended.awaited_lots -= taken
            reserve(&e.table, &e.positions[ended.order.instrument], &ended.order, -taken)
            if ended.role == ROLE_CLIP:
                clip_arrived(e, ended.partner, taken)
            update_order(u, &ended.order, 0)
            order = ended.order       # what the fill ends may push this one out of its place
            link_filled(e, &order, ended.partner, ended.link, ended.role, r.last_lots, 1)
            return code
    elif r.kind == TP_REPORT_BUST:
        code = bust_of(e, &ended.order, ended.partner, ended.role, r)
    update_order(u, &ended.order, 0)
    return code


cdef inline void resume_or_doubt(ExecuteState* e, Row* row, int32_t next, int32_t action,
                                 uint64_t seq, int64_t now_ns) noexcept nogil:
    """The cancel or replace of an order failed, or nobody knows what became of it."""
    cdef uint64_t new_id = row.order.replaced_by
    cdef Row* replaced
    row.order.replaced_by = 0
    row.order.state = next
    if action == TP_DO_RESUME:
        # most refused cancels name an order that has ended: without a report of it, ask
        row_query(&e.table, row, now_ns + TP_QUERY_NS)
        if not row.acked:
            row.order.state = TP_ORDER_PENDING_NEW
            row_query(&e.table, row, now_ns + TP_ACK_NS_MAX)
        if row.work.cancel:
            # not at once again: a venue that refuses cancels would be asked without end
            row_cancel(&e.table, row, 0)
            row_expire(&e.table, row, now_ns + TP_QUERY_NS)
    settle_new(e, new_id, False, seq, now_ns)
    if action != TP_DO_DOUBT:
        return
    row_query(&e.table, row, now_ns + TP_QUERY_NS)
    if row.replaces == 0:
        return
    replaced = table_find(&e.table, row.replaces)
    row.replaces = 0
    if replaced != NULL and replaced.order.replaced_by == row.order.client_order_id:
        replaced.order.replaced_by = 0
        replaced.order.state = TP_ORDER_UNKNOWN
        row_query(&e.table, replaced, now_ns + TP_QUERY_NS)
        own_show(&e.table, &replaced.order)


cdef inline int32_t apply_live(ExecuteState* e, Row* row, const tp_report* r, uint64_t seq,
                               int64_t now_ns, tp_order_update* u) noexcept nogil:
    """One step of the machine."""
    cdef tp_machine_cell cell
    cdef int64_t asked
    cdef int32_t action
    cdef int32_t code = TP_OK
    if row.held or row.order.state == TP_ORDER_PARKED:
        update_order(u, &row.order, order_leaves(&row.order))
        return TP_EXECUTE_STATE
    cell = tp_machine[row.order.state][r.kind]
    action = cell.action
    if action == TP_DO_REFUSE and row.acked:
        action = TP_DO_STATE
    if action == TP_DO_FILL:
        return apply_fill(e, row, cell.next, r, seq, now_ns, u)
    if action == TP_DO_END or action == TP_DO_REFUSE:
        return end_row(e, row, cell.next, r, seq, now_ns, u)
    if action == TP_DO_STATE:
        code = TP_EXECUTE_STATE
    elif action == TP_DO_BUST:
        asked = row.order.quantity_lots
        code = bust_of(e, &row.order, row.work.partner, row.work.role, r)
        if add_overflows(row.work.busted_lots, asked - row.order.quantity_lots,
                         &row.work.busted_lots):
            row.work.busted_lots = INT64_MAX
    elif action == TP_DO_DUPLICATE:
        code = TP_EXECUTE_DUPLICATE
        settle_query(e, row)
    elif action == TP_DO_ACK:
        if row.acked and row.order.state == cell.next:
            code = TP_EXECUTE_DUPLICATE
            settle_query(e, row)
        else:
            row.acked = 1
            row.order.state = cell.next
            if r.venue_order_id != 0:
                row.order.venue_order_id = r.venue_order_id
            settle_query(e, row)
    else:
        resume_or_doubt(e, row, cell.next, action, seq, now_ns)
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
    if r.kind <= TP_REPORT_NONE or r.kind > TP_REPORT_BUST:
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
