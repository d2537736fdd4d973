"""Children of one order on their way: plan -> risk -> row -> execute, and a refused child's move.

`split.pxd` does the same in C. Every child passes risk on its own instrument before any of the
batch is sent. Children that risk refuses make one new plan without their venues; when that does not
pass as a whole either, those accepted first go out and the rest is dropped, with the codes counted.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tickpath.core.codes import Code
from tickpath.core.records import Intent, OrderUpdate, Request
from tickpath.hot.risk.context import RiskContext
from tickpath.hot.route import Plan


@dataclass(slots=True)
class SplitOrder:
    """One order of the batch in hand."""

    row: int
    plan: Plan
    verdicts: list[int]


def child_of(order: Intent, request: Request) -> Intent:
    """A child as an intent: the order on the child's instrument, in its ticks and lots."""
    return replace(
        order,
        instrument=request.instrument,
        price_ticks=request.price_ticks,
        quantity_lots=request.quantity_lots,
    )


def allowed_of(children: Sequence[Intent], verdicts: Sequence[int]) -> list[Intent]:
    """The children that risk allowed."""
    return [c for c, code in zip(children, verdicts, strict=True) if code == Code.OK]


def plan_split(stages: Any, order: Intent, context: RiskContext) -> tuple[int, SplitOrder | None]:
    """OK: at least one child may leave and the row is written. Else why the order is refused as a
    whole; what risk had allowed is taken back."""
    code, plan = stages.route.plan(order, context.tops, context.now_ns)
    if plan is None:
        stages.risk.validate_children([order], [], context)
        return int(code), None
    children = [child_of(order, request) for request in plan.children]
    verdicts = stages.risk.validate_children([order], children, context)
    if any(code != Code.OK for code in verdicts):
        plan, verdicts = plan_again(stages, order, plan, verdicts, context)
    if all(code != Code.OK for code in verdicts):
        return int(verdicts[0]), None
    row = stages.route.open_parent(order, plan, verdicts)
    if row < 0:
        children = [child_of(order, request) for request in plan.children]
        stages.risk.validate_children(allowed_of(children, verdicts), [], context)
        return int(Code.ROUTE_PARENTS_FULL), None
    return int(Code.OK), SplitOrder(row, plan, verdicts)


def plan_again(
    stages: Any, order: Intent, first: Plan, verdicts: list[int], context: RiskContext
) -> tuple[Plan, list[int]]:
    """The order once more without the venues that risk refused, when all of that passes; else the
    first plan with the children that passed."""
    children = [child_of(order, request) for request in first.children]
    accepted = allowed_of(children, verdicts)
    excluded = 0
    for request, code in zip(first.children, verdicts, strict=True):
        excluded |= (code != Code.OK) << request.venue
    _, second = stages.route.plan(order, context.tops, context.now_ns, excluded)
    if second is None:
        return first, verdicts
    others = [child_of(order, request) for request in second.children]
    again = stages.risk.validate_children(accepted, others, context)
    if all(code == Code.OK for code in again):
        return second, again
    back = iter(stages.risk.validate_children(allowed_of(others, again), accepted, context))
    return first, [next(back) if code == Code.OK else code for code in verdicts]


def send_split(stages: Any, split: SplitOrder, seq: int, now_ns: int, codes: Counter[int]) -> None:
    """Send the children that may leave; what does not leave is dropped and counted."""
    codes[Code.ROUTE_BOUND] += not split.plan.exact
    for k, (request, verdict) in enumerate(zip(split.plan.children, split.verdicts, strict=True)):
        code = verdict
        if code == Code.OK:
            code = stages.execute.send(request, seq, now_ns)
            sent_id = request.client_order_id if code == Code.OK else 0
            stages.route.sent(split.row, k, sent_id)
        if code != Code.OK:
            codes[code] += 1
            codes[Code.ROUTE_DROPPED] += 1


def hand_over_tokens(stages: Any, venues: int, now_ns: int) -> None:
    """What is left of the venues' rate limits, for the plan of an order."""
    for venue in range(venues):
        stages.route.set_tokens(venue, stages.risk.tokens(venue, now_ns))


def move_child(
    stages: Any,
    venues: int,
    row: int,
    k: int,
    context_of: Callable[[list[Intent]], RiskContext],
    seq: int,
) -> int:
    """A refused child goes to the next best venue, through risk again. OK, or why not."""
    order, units, refused = stages.route.move_intent(row, k)
    context = context_of([order])
    hand_over_tokens(stages, venues, context.now_ns)
    code, plan = stages.route.plan(order, context.tops, context.now_ns, refused, units)
    if plan is None:
        return int(code)
    (request,) = plan.children
    again = replace(context, repeats=True)
    (code,) = stages.risk.validate([child_of(order, request)], again)
    if code == Code.OK:
        code = stages.execute.send(request, seq, context.now_ns)
    if code == Code.OK:
        stages.route.moved(row, k, plan, request.client_order_id)
    return int(code)


def follow(
    stages: Any,
    venues: int,
    update: OrderUpdate,
    context_of: Callable[[list[Intent]], RiskContext],
    seq: int,
    codes: Counter[int],
) -> None:
    """Follow an order report; a child that was certainly refused moves once or is dropped."""
    place = stages.route.on_update(update)
    if place is None:
        return
    row, k = place
    code = move_child(stages, venues, row, k, context_of, seq)
    if code == Code.OK:
        codes[Code.ROUTE_MOVED] += 1
        return
    stages.route.drop(row, k)
    codes[code] += 1
    codes[Code.ROUTE_DROPPED] += 1
