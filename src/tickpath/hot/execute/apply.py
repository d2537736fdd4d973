"""The way back: a report moves its order through the machine, a fill moves position and money.

The definition of correct for `apply.pxd`. One report makes one update; what it does to the partner
of a replace, or to the others of a link, shows in their states and in notices.
"""

from dataclasses import replace

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    IntentKind,
    Order,
    OrderState,
    OrderUpdate,
    Report,
    ReportKind,
)
from tickpath.hot.execute.fills import bust_fill, count_fill, fresh_part
from tickpath.hot.execute.links import (
    INT64_MAX,
    clip_arrived,
    clip_busted,
    end_order,
    link_filled,
)
from tickpath.hot.execute.machine import TABLE, Do
from tickpath.hot.execute.order_table import (
    ROLE_CLIP,
    Ended,
    Row,
    Work,
    leaves_of,
    open_order,
)
from tickpath.hot.execute.send import emit, request_of
from tickpath.hot.execute.state import State

COUNTED = (Code.OK, Code.EXECUTE_OVERFILL)


def apply(s: State, report: Report, seq: int, now_ns: int) -> OrderUpdate:
    """Apply one report. The update's code is OK, EXECUTE_OVERFILL (counted, alarm), the code that
    kept a held order from being sent, or why nothing changed."""
    if not ReportKind.NONE < report.kind <= ReportKind.BUST:
        return OrderUpdate(Code.EXECUTE_REPORT, -1, report.instrument, report.kind, None)
    if report.kind == ReportKind.CANCEL_REJECT and report.client_order_id == 0:
        # the cancel half of a replace, named by the order that was to replace it
        row = s.rows.get(report.orig_client_order_id)
        if row is not None:
            report = replace(report, client_order_id=row.replaces)
    elif report.kind == ReportKind.REPLACE_ACK:
        old = report.orig_client_order_id
        apply_one(s, replace(report, kind=ReportKind.CANCEL_ACK, client_order_id=old), seq, now_ns)
        update = apply_one(s, replace(report, kind=ReportKind.ACK), seq, now_ns)
        update.report = ReportKind.REPLACE_ACK
        return update
    return apply_one(s, report, seq, now_ns)


def apply_one(s: State, report: Report, seq: int, now_ns: int) -> OrderUpdate:
    row = s.rows.get(report.client_order_id)
    if row is not None:
        return apply_live(s, row, report, seq, now_ns)
    ended = s.ended.get(report.client_order_id)
    if ended is not None:
        return apply_ended(s, ended, report)
    return OrderUpdate(Code.EXECUTE_UNKNOWN_ORDER, -1, report.instrument, report.kind, None)


def update_of(order: Order, report: Report, code: int, leaves_lots: int) -> OrderUpdate:
    """What the strategy hears; only a counted fill has a price and a quantity."""
    counted = report.kind == ReportKind.FILL and code in COUNTED
    return OrderUpdate(
        code,
        order.strategy,
        order.instrument,
        report.kind,
        open_order(order, leaves_lots),
        report.last_ticks if counted else 0,
        report.last_lots if counted else 0,
    )


def apply_live(s: State, row: Row, report: Report, seq: int, now_ns: int) -> OrderUpdate:
    """One step of the machine."""
    order = row.order
    if row.held or order.state == OrderState.PARKED:
        return update_of(order, report, Code.EXECUTE_STATE, leaves_of(order))
    following, action = TABLE[OrderState(order.state)][ReportKind(report.kind)]
    code: int = Code.OK
    if action == Do.REFUSE and row.acked:
        action = Do.STATE
    if action == Do.FILL:
        return apply_fill(s, row, following, report, seq, now_ns)
    if action == Do.BUST:
        asked = order.quantity_lots
        code = bust_of(s, order, row.work, report)
        busted = row.work.busted_lots + asked - order.quantity_lots
        row.work.busted_lots = min(INT64_MAX, busted)
        return update_of(order, report, code, leaves_of(order))
    if action in (Do.END, Do.REFUSE):
        end_code = end_by_report(s, row, following, report, seq, now_ns)
        return update_of(order, report, end_code, 0)
    if action == Do.STATE:
        code = Code.EXECUTE_STATE
    elif action == Do.DUPLICATE or (action == Do.ACK and row.acked and order.state == following):
        code = Code.EXECUTE_DUPLICATE
        settle_query(row)
    elif action == Do.ACK:
        row.acked = True
        order.state = following
        order.venue_order_id = report.venue_order_id or order.venue_order_id
        settle_query(row)
    else:
        resume_or_doubt(s, row, following, action, seq, now_ns)
    return update_of(order, report, code, leaves_of(order))


def settle_query(row: Row) -> None:
    """The venue has answered: there is nothing to ask."""
    if row.order.state == OrderState.LIVE:
        row.work.query_ns = 0


def resume_or_doubt(
    s: State, row: Row, following: OrderState, action: Do, seq: int, now_ns: int
) -> None:
    """The cancel or replace of an order failed, or nobody knows what became of it."""
    order = row.order
    new_id, order.replaced_by = order.replaced_by, 0
    order.state = following
    if action == Do.RESUME:
        # most refused cancels name an order that has ended: without a report of it, ask
        row.work.query_ns = now_ns + LIMITS["query_ns"]
        if not row.acked:
            order.state = OrderState.PENDING_NEW
            row.work.query_ns = now_ns + LIMITS["ack_ns_max"]
        if row.work.cancel:
            # not at once again: a venue that refuses cancels would be asked without end
            row.work.cancel = 0
            row.work.expire_ns = now_ns + LIMITS["query_ns"]
    settle_new(s, new_id, False, seq, now_ns)
    if action == Do.DOUBT:
        row.work.query_ns = now_ns + LIMITS["query_ns"]
        if row.replaces:
            replaced = s.rows.get(row.replaces)
            row.replaces = 0
            if replaced is not None and replaced.order.replaced_by == order.client_order_id:
                replaced.order.replaced_by = 0
                replaced.order.state = OrderState.UNKNOWN
                replaced.work.query_ns = now_ns + LIMITS["query_ns"]


def apply_fill(
    s: State, row: Row, following: OrderState, report: Report, seq: int, now_ns: int
) -> OrderUpdate:
    order = row.order
    leaves = leaves_of(order)
    report = fresh_part(order, report)
    code = count_fill(s, order, report)
    if code not in COUNTED:
        return update_of(order, report, code, leaves)
    s.reserve(order, leaves_of(order) - leaves)
    row.acked = True
    order.venue_order_id = report.venue_order_id or order.venue_order_id
    if report.last_lots:
        link_filled(s, order, row.work, report.last_lots, False)
    if order.filled_lots < order.quantity_lots:
        order.state = following
        settle_query(row)
        return update_of(order, report, code, leaves_of(order))
    end_code = end_by_report(s, row, OrderState.FILLED, report, seq, now_ns)
    return update_of(order, report, code if code != Code.OK else end_code, 0)


def bust_of(s: State, order: Order, work: Work | Ended, report: Report) -> int:
    """Take a fill back from an order and, when it is a clip, from its parent."""
    before = order.filled_lots
    code = bust_fill(s, order, report)
    if work.role == ROLE_CLIP:
        clip_busted(s, work.partner, before - order.filled_lots)
    return code


def apply_ended(s: State, ended: Ended, report: Report) -> OrderUpdate:
    """A report for an order that has left the table: late fills and busts count, all else is
    known."""
    code: int = Code.EXECUTE_DUPLICATE
    if report.kind == ReportKind.FILL:
        report = fresh_part(ended.order, report)
        code = count_fill(s, ended.order, report)
        if code in COUNTED and report.last_lots:
            taken = min(report.last_lots, ended.awaited_lots)
            ended.awaited_lots -= taken
            s.reserve(ended.order, -taken)
            if ended.role == ROLE_CLIP:
                clip_arrived(s, ended.partner, taken)
            link_filled(s, ended.order, ended, report.last_lots, True)
    elif report.kind == ReportKind.BUST:
        code = bust_of(s, ended.order, ended, report)
    return update_of(ended.order, report, code, 0)


def end_by_report(
    s: State, row: Row, state: OrderState, report: Report, seq: int, now_ns: int
) -> int:
    """The order ends; both directions of a replace are settled."""
    order, new_id = row.order, row.order.replaced_by
    end_order(s, row, state, -1 if state == OrderState.REJECTED else report.cumulative_lots)
    replaced = s.rows.get(row.replaces)
    if (
        state == OrderState.REJECTED
        and replaced is not None
        and replaced.order.replaced_by == order.client_order_id
    ):
        # the replace failed as a whole: the old order is live as before
        replaced.order.replaced_by = 0
        if replaced.order.state == OrderState.PENDING_REPLACE:
            replaced.order.state = OrderState.LIVE
            replaced.work.query_ns = 0
    return settle_new(s, new_id, report.kind == ReportKind.CANCEL_ACK, seq, now_ns)


def settle_new(s: State, new_id: int, cancelled: bool, seq: int, now_ns: int) -> int:
    """The order that `new_id` replaces has its outcome: send the new one when it waited for a
    cancel ack that came, drop it when it waited for one that did not."""
    row = s.rows.get(new_id)
    if row is None:
        return Code.OK
    row.replaces = 0
    if not row.held:
        return Code.OK
    code: int = Code.OK
    if cancelled and not s.money.may_send(row.order.instrument):
        code = Code.EXECUTE_INSTRUMENT_HALTED
    elif cancelled:
        code = emit(s, request_of(row.order, IntentKind.SUBMIT), seq, now_ns)
    if cancelled and code == Code.OK:
        row.held = False
        row.order.t_sent_ns = now_ns
        row.work.query_ns = now_ns + LIMITS["ack_ns_max"]
    else:
        end_order(s, row, OrderState.REJECTED, -1)
    return code
