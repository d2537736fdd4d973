"""Execution algorithms on the order table: a parked parent, one clip of it at the venue at a time.

A parent is a parked row whose flags name an algorithm of the configuration. What its schedule lets
go out becomes a clip: an ordinary order with an id of its own that passes risk like any other.
`awaited_lots` of a parent are those of its ended clips that the venue counts as filled while their
fills are still to come: they are never sent again. Sums are exact: what the clips filled and what
is given up at the end is the parent's quantity, always.
"""

from tickpath.core.codes import Code
from tickpath.core.records import (
    ALGORITHM_SHIFT,
    Intent,
    IntentKind,
    Order,
    OrderState,
    OrderType,
    TimeInForce,
)
from tickpath.hot.execute.order_table import Ended, Row, Wait, leaves_of
from tickpath.hot.execute.schedule import (
    Pricing,
    Schedule,
    clip_lots,
    clip_ticks,
    next_slice_ns,
    rests_until_ns,
    target_lots,
)
from tickpath.hot.execute.state import State

INT64_MAX = 2**63 - 1
SMALL = (Code.RISK_QUANTITY_MIN, Code.RISK_NOTIONAL_MIN)
"""Refusals of a clip that is too small: they pass while more of its parent is still to come."""


def number_of(flags: int) -> int:
    """The algorithm that flags name, counted from 1; 0: none."""
    return flags >> ALGORITHM_SHIFT


def schedule_of(s: State, order: Order) -> Schedule:
    """The schedule of a parent."""
    return s.schedules[number_of(order.flags) - 1]


def algorithm_code(s: State, intent: Intent, now_ns: int) -> int:
    """Whether an order that an algorithm is to work makes sense."""
    i = intent
    if not 1 <= number_of(i.flags) <= len(s.schedules):
        return Code.EXECUTE_ALGORITHM
    schedule = s.schedules[number_of(i.flags) - 1]
    if i.quantity_lots % s.config.instruments[i.instrument].order_step_lots:
        return Code.RISK_QUANTITY_STEP
    plain = i.type in (OrderType.LIMIT, OrderType.MARKET) and i.time_in_force == TimeInForce.GTC
    if not plain or i.display_lots:
        return Code.EXECUTE_ALGORITHM
    if i.expire_ns == 0:
        rests = schedule.pricing != Pricing.CROSS and not schedule.rest_ns
        return Code.EXECUTE_ALGORITHM if schedule.slices > 1 or rests else Code.OK
    return Code.OK if i.expire_ns > max(i.at_ns, now_ns) else Code.EXECUTE_ALGORITHM


def begin(s: State, row: Row, at_ns: int, now_ns: int) -> None:
    """A newly parked parent: its start, and the time of its next slice."""
    work = row.work
    work.wait, work.armed_lots = Wait.SLICES, 0
    work.start_ns = max(at_ns, now_ns)
    tick(s, row, now_ns)


def tick(s: State, row: Row, now_ns: int) -> None:
    """A slice begins, or the times have changed: when the next one does."""
    work = row.work
    work.query_ns = next_slice_ns(schedule_of(s, row.order), work.start_ns, work.expire_ns, now_ns)


def on_trade(s: State, instrument: int, lots: int, now_ns: int) -> None:
    """A trade of the market counts for every parent at work; a pause saves up nothing."""
    for row in s.rows_of(instrument):
        work = row.work
        if work.wait == Wait.SLICES and now_ns >= work.start_ns:
            work.market_lots = min(INT64_MAX, work.market_lots + lots)


def room_of(s: State, row: Row, now_ns: int) -> int:
    """Lots that may go out now beside those that are done."""
    order, work = row.order, row.work
    target = target_lots(
        schedule_of(s, order), order.quantity_lots, work.start_ns, work.expire_ns, now_ns,
        work.market_lots,
    )  # fmt: skip
    return target - order.filled_lots - work.awaited_lots


def clip_of(s: State, row: Row, now_ns: int, bid_ticks: int, ask_ticks: int) -> Intent | None:
    """The next clip of a parent, None when it has to wait."""
    order, work = row.order, row.work
    schedule, instrument = schedule_of(s, order), s.config.instruments[order.instrument]
    lots = clip_lots(
        schedule, order.quantity_lots, leaves_of(order) - work.awaited_lots,
        room_of(s, row, now_ns), instrument.order_step_lots, instrument.quantity_lots_min,
    )  # fmt: skip
    limit = order.price_ticks if order.type == OrderType.LIMIT else 0
    crosses = schedule.pricing == Pricing.CROSS or work.armed_lots > 0
    ticks = clip_ticks(crosses, order.side, limit, bid_ticks, ask_ticks)
    if ticks == 0 and schedule.pricing != Pricing.CROSS:
        crosses = False
        ticks = clip_ticks(crosses, order.side, limit, bid_ticks, ask_ticks)
    if lots == 0 or ticks == 0:
        return None
    return Intent(
        kind=IntentKind.SUBMIT,
        strategy=order.strategy,
        instrument=order.instrument,
        side=order.side,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.IOC if crosses else TimeInForce.GTC,
        flags=order.flags & ((1 << ALGORITHM_SHIFT) - 1),
        tag=order.tag,
        price_ticks=ticks,
        quantity_lots=lots,
        client_order_id=order.client_order_id,
        expire_ns=0 if crosses else rests_until_ns(schedule, work.start_ns, work.expire_ns, now_ns),
    )


def clip_gone(s: State, parent: Row, clip: Ended) -> None:
    """A clip has left the table: what the venue counted is awaited, what rested crosses next."""
    parent.work.partner = 0
    parent.work.awaited_lots += clip.awaited_lots
    if parent.work.wait != Wait.SLICES or clip.order.time_in_force != TimeInForce.GTC:
        return
    if schedule_of(s, parent.order).pricing == Pricing.REST_THEN_CROSS:
        parent.work.armed_lots = max(0, leaves_of(clip.order) - clip.awaited_lots)


def stop_clip(s: State, row: Row) -> None:
    """The open clip of a parent is to be cancelled."""
    clip = s.rows.get(row.work.partner)
    if clip is not None:
        clip.work.cancel = 1


def amend_parent(s: State, row: Row, intent: Intent, now_ns: int) -> int:
    """Change quantity, limit, end or tag of a parent; its open clip goes out anew."""
    order, work = row.order, row.work
    if number_of(intent.flags) != number_of(order.flags):
        return Code.EXECUTE_STATE
    if intent.quantity_lots <= order.filled_lots + work.awaited_lots or work.cancel:
        return Code.EXECUTE_STATE
    if intent.expire_ns and intent.expire_ns <= work.start_ns:
        return Code.EXECUTE_ALGORITHM
    order.type, order.flags, order.tag = intent.type, intent.flags, intent.tag
    order.price_ticks, order.quantity_lots = intent.price_ticks, intent.quantity_lots
    work.expire_ns = intent.expire_ns
    tick(s, row, now_ns)
    stop_clip(s, row)
    return Code.OK


def pause(s: State, client_order_id: int, paused: bool) -> int:
    """Let a parent send no more clips and cancel the open one, or go on."""
    row = s.rows.get(client_order_id)
    if row is None:
        return Code.EXECUTE_UNKNOWN_ORDER
    work = row.work
    if row.order.state != OrderState.PARKED or work.wait < Wait.CLIPS:
        return Code.EXECUTE_STATE
    if paused:
        work.wait = Wait.PAUSED
        stop_clip(s, row)
    elif work.wait == Wait.PAUSED:
        work.wait = Wait.CLIPS if work.display_lots else Wait.SLICES
        work.armed_lots = 0
    return Code.OK


def outlives(row: Row, intent: Intent, code: int) -> bool:
    """Whether a parent outlives the refusal of a clip that is too small: more is still to come."""
    rest_lots = leaves_of(row.order) - row.work.awaited_lots
    return row.work.wait == Wait.SLICES and code in SMALL and intent.quantity_lots < rest_lots
