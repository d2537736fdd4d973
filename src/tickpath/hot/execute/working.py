"""Orders that work in the engine: stops, trailing stops, icebergs, brackets, OCO, expiries.

A wanted order of such a type is parked: it has an id and a row, is shown to its strategy as an open
order, is not at the venue and reserves nothing. A price, a fill or a time makes it due; what is due
becomes an ordinary intent that passes risk again. Each market event looks at the parked orders of
its own instrument only, each timer at those whose time has come.
Prices are compared doubled, so that a mid between two ticks is exact.
"""

from dataclasses import replace

from tickpath.core.codes import Code
from tickpath.core.config import VENUE_ORDERS
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    ALGORITHM_SHIFT,
    POSITION_LONG,
    POSITION_SHORT,
    REDUCE_ONLY,
    TRIGGER_BBO,
    TRIGGER_MID,
    Intent,
    IntentKind,
    LinkRole,
    Order,
    OrderState,
    OrderType,
    Report,
    ReportKind,
    Request,
    Side,
    TimeInForce,
)
from tickpath.hot.execute.algorithm import (
    algorithm_code,
    amend_parent,
    begin,
    clip_of,
    number_of,
    outlives,
    tick,
)
from tickpath.hot.execute.apply import apply_one
from tickpath.hot.execute.links import (
    INT64_MAX,
    end_parked,
    members,
    stop_member,
    stop_others,
)
from tickpath.hot.execute.order_table import ROLE_CLIP, Row, Wait, Work, leaves_of
from tickpath.hot.execute.send import emit, request_of, room_code, send, send_cancel, send_new
from tickpath.hot.execute.state import State

STOPS = (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
TICKS_MAX = 2**60
MADE = {
    OrderType.STOP: 1 << VENUE_ORDERS.index("stop"),
    OrderType.STOP_LIMIT: 1 << VENUE_ORDERS.index("stop_limit"),
}
MADE_ICEBERG = 1 << VENUE_ORDERS.index("iceberg")
ICEBERG_PARTS_MAX = 10
"""Binance spot, filter ICEBERG_PARTS."""

FLAGS_SENT = REDUCE_ONLY | POSITION_LONG | POSITION_SHORT
FLAGS_KNOWN = FLAGS_SENT | TRIGGER_MID | TRIGGER_BBO | 255 << ALGORITHM_SHIFT
WIRE_TYPES = {
    OrderType.STOP: OrderType.MARKET,
    OrderType.TRAILING_STOP: OrderType.MARKET,
    OrderType.STOP_LIMIT: OrderType.LIMIT,
}
PASSING = (
    Code.RISK_RATE,
    Code.RISK_VENUE_RATE,
    Code.RISK_MESSAGE_RATE,
    Code.RISK_VENUE,
    Code.RISK_SELF_TRADE,
    Code.RISK_OPEN_ORDERS,
    Code.RISK_STALE,
    Code.RISK_CROSSED,
    Code.RISK_PAUSED,
    Code.ROUTE_NO_VENUE,
    Code.EXECUTE_OUT_FULL,
    Code.EXECUTE_INSTRUMENT_HALTED,
    *range(Code.RISK_BREAKER_DATA_GAP, Code.RISK_BREAKER_VOLATILITY + 1),
)
"""Refusals that a due order outlives: it is tried again at the next event of its instrument."""


def parks(intent: Intent) -> bool:
    """Whether a wanted order waits in the engine first."""
    return intent.kind in (IntentKind.SUBMIT, IntentKind.REPLACE) and (
        intent.type in STOPS
        or intent.display_lots != 0
        or number_of(intent.flags) != 0
        or intent.role == LinkRole.CHILD
    )


def probe_of(intent: Intent) -> Intent:
    """What risk is asked when such an order is wanted: the same lots at the market, now. Its price
    and whether it reduces are judged when it goes out."""
    return replace(
        intent, kind=IntentKind.SUBMIT, type=OrderType.MARKET, time_in_force=TimeInForce.GTC,
        flags=intent.flags & (POSITION_LONG | POSITION_SHORT), price_ticks=0, client_order_id=0,
    )  # fmt: skip


def park_code(intent: Intent, verdict: int) -> int:
    """Whether risk's verdict on the probe keeps the order from parking. One that can only reduce
    never adds to a position or to a loss, whatever its probe looks like: it waits, and is judged as
    what it is when it goes out."""
    reduces = intent.flags & REDUCE_ONLY
    portfolio = Code.RISK_EXPOSURE_UNKNOWN <= verdict <= Code.RISK_BUYING_POWER
    adds = portfolio or verdict in (Code.RISK_DRAWDOWN_REDUCE, Code.RISK_POSITION)
    return Code.OK if reduces and adds else verdict


# -- in -------------------------------------------------------------------------------------------


def park(s: State, intent: Intent, seq: int, now_ns: int) -> int:
    """Take over an order that risk accepted: what its venue makes goes there at once, anything else
    waits here. A REPLACE changes a parked one where it waits."""
    code = shape_code(s, intent, now_ns)
    if code != Code.OK:
        return code
    if intent.kind == IntentKind.REPLACE:
        return amend(s, intent, now_ns)
    if venue_makes(s, intent):
        return send(s, made_request(s, intent), seq, now_ns)
    entry_lots = entry_filled(s, intent)
    if intent.role == LinkRole.CHILD and entry_lots < 0:
        return Code.EXECUTE_LINK
    code = room_code(s, intent.strategy, intent.instrument)
    if code != Code.OK:
        return code
    child = intent.role == LinkRole.CHILD
    order = Order(
        client_order_id=s.next_id(),
        instrument=intent.instrument,
        strategy=intent.strategy,
        venue=s.config.instruments[intent.instrument].venue,
        side=intent.side,
        type=intent.type,
        time_in_force=intent.time_in_force,
        tag=intent.tag,
        price_ticks=intent.price_ticks,
        quantity_lots=intent.quantity_lots,
        t_sent_ns=now_ns,
        flags=intent.flags,
        state=OrderState.PARKED,
    )
    work = Work(
        trigger_ticks=intent.trigger_ticks,
        expire_ns=intent.expire_ns,
        display_lots=intent.display_lots,
        armed_lots=min(entry_lots, intent.quantity_lots) if child else intent.quantity_lots,
        link=intent.link,
        role=intent.role if intent.link else LinkRole.OCO,
        wait=wait_of(intent),
    )
    s.minted += 1
    row = Row(order, work=work)
    s.add(row)
    if number_of(intent.flags):
        begin(s, row, intent.at_ns, now_ns)
    return Code.OK


def venue_makes(s: State, intent: Intent) -> bool:
    """Whether the venue makes an order of a special type just as the engine would: alone, watching
    the last trade, in no more parts than the venue takes. One that only reduces stays here: the
    markets that make these types know no such order."""
    made = s.made[s.config.instruments[intent.instrument].venue]
    if not made or intent.link or intent.role or intent.flags & ~(POSITION_LONG | POSITION_SHORT):
        return False
    if intent.type in (OrderType.STOP, OrderType.STOP_LIMIT):
        patient = intent.type == OrderType.STOP or intent.time_in_force == TimeInForce.GTC
        return bool(made & MADE[OrderType(intent.type)]) and patient
    parts = -(-intent.quantity_lots // intent.display_lots) if intent.display_lots else 0
    return bool(made & MADE_ICEBERG) and 1 < parts <= ICEBERG_PARTS_MAX


def made_request(s: State, intent: Intent) -> Request:
    """The order as its venue makes it; a stop without a limit has no price and no time in force."""
    stop = intent.type == OrderType.STOP
    return Request(
        kind=IntentKind.SUBMIT,
        venue=s.config.instruments[intent.instrument].venue,
        instrument=intent.instrument,
        strategy=intent.strategy,
        side=intent.side,
        type=intent.type,
        time_in_force=TimeInForce.GTC if stop else intent.time_in_force,
        flags=intent.flags,
        tag=intent.tag,
        price_ticks=0 if stop else intent.price_ticks,
        quantity_lots=intent.quantity_lots,
        expire_ns=intent.expire_ns,
        trigger_ticks=intent.trigger_ticks,
        display_lots=intent.display_lots,
    )


def wait_of(intent: Intent) -> Wait:
    """What a newly parked order waits for."""
    if intent.type in STOPS:
        return Wait.PRICE
    return Wait.CLIPS if intent.display_lots else Wait.ENTRY


def shape_code(s: State, intent: Intent, now_ns: int) -> int:
    """Whether the fields of a parked order make sense together."""
    i = intent
    known = (
        0 <= i.instrument < len(s.positions)
        and 0 <= i.strategy < LIMITS["strategies_max"]
        and i.side in (Side.BUY, Side.SELL)
        and OrderType.LIMIT <= i.type <= OrderType.TRAILING_STOP
        and TimeInForce.GTC <= i.time_in_force <= TimeInForce.FOK
        and i.role in (LinkRole.OCO, LinkRole.ENTRY, LinkRole.CHILD)
        and not i.flags & ~FLAGS_KNOWN
    )
    if not known:
        return Code.RISK_INTENT
    if s.codecs[s.config.instruments[i.instrument].venue] is None:
        return Code.ROUTE_NO_VENUE
    if not s.money.side_fits(i.instrument, i.flags):
        return Code.EXECUTE_POSITION_SIDE
    if i.quantity_lots <= 0:
        return Code.RISK_QUANTITY_MIN
    if i.expire_ns != 0 and i.expire_ns <= now_ns:
        return Code.EXECUTE_EXPIRED
    if not 0 <= i.price_ticks <= TICKS_MAX:
        return Code.RISK_PRICE_GRID
    if WIRE_TYPES.get(OrderType(i.type), i.type) != OrderType.MARKET and i.price_ticks == 0:
        return Code.RISK_PRICE_GRID
    if number_of(i.flags):
        waits = i.trigger_ticks or i.flags & (TRIGGER_MID | TRIGGER_BBO)
        if waits or i.role == LinkRole.CHILD:
            return Code.EXECUTE_ALGORITHM
        return algorithm_code(s, i, now_ns)
    stop = i.type in STOPS
    if not (0 < i.trigger_ticks <= TICKS_MAX if stop else i.trigger_ticks == 0):
        return Code.EXECUTE_TRIGGER
    if i.flags & TRIGGER_MID and i.flags & TRIGGER_BBO:
        return Code.EXECUTE_TRIGGER
    iceberg = (
        0 < i.display_lots <= i.quantity_lots
        and i.type in (OrderType.LIMIT, OrderType.POST_ONLY)
        and i.time_in_force == TimeInForce.GTC
        and i.role != LinkRole.CHILD
        and i.kind == IntentKind.SUBMIT
    )
    return Code.OK if iceberg or i.display_lots == 0 else Code.EXECUTE_TRIGGER


def entry_filled(s: State, intent: Intent) -> int:
    """What the open entries of the intent's link have filled, -1 when there is none."""
    if intent.link == 0:
        return -1
    found = -1
    for row in s.own_rows(intent.strategy, intent.instrument):
        if row.work.link == intent.link and row.work.role == LinkRole.ENTRY:
            found = min(INT64_MAX, max(0, found) + row.order.filled_lots)
    return found


def amend(s: State, intent: Intent, now_ns: int) -> int:
    """Change a parked order where it waits; its id, side, link and role stay."""
    row = s.rows.get(intent.client_order_id)
    if row is None:
        return Code.EXECUTE_UNKNOWN_ORDER
    order, work = row.order, row.work
    same = (order.instrument, order.side, order.strategy) == (
        intent.instrument,
        intent.side,
        intent.strategy,
    )
    child = work.role == LinkRole.CHILD
    if order.state != OrderState.PARKED or not same:
        return Code.EXECUTE_STATE
    if number_of(order.flags):
        return amend_parent(s, row, intent, now_ns)
    if work.wait not in (Wait.ENTRY, Wait.PRICE) or number_of(intent.flags):
        return Code.EXECUTE_STATE
    if not child and intent.type not in STOPS:
        return Code.EXECUTE_STATE
    order.type, order.time_in_force = intent.type, intent.time_in_force
    order.flags, order.tag = intent.flags, intent.tag
    order.price_ticks, order.quantity_lots = intent.price_ticks, intent.quantity_lots
    work.trigger_ticks, work.expire_ns, work.extreme2 = intent.trigger_ticks, intent.expire_ns, 0
    work.armed_lots = min(work.armed_lots, intent.quantity_lots) if child else intent.quantity_lots
    work.wait = wait_of(intent)
    entries = [r for r in members(s, order, work.link) if r.work.role == LinkRole.ENTRY]
    if work.wait == Wait.ENTRY and not entries:
        work.wait = Wait.NOW
    return Code.OK


# -- what makes an order due ----------------------------------------------------------------------


def on_price(s: State, instrument: int, last_ticks: int, mid2: int, bbo2: int) -> None:
    """A market event of an instrument whose book is good: the last trade, twice the book's mid,
    twice the mid of the venue's best bid and offer; 0 where there is none."""
    for row in s.rows_of(instrument):
        waits = row.work.wait == Wait.PRICE and row.work.armed_lots > 0
        if row.order.client_order_id not in s.rows or not waits:
            continue
        price2 = 2 * last_ticks if last_ticks <= TICKS_MAX else 0
        if row.order.flags & TRIGGER_MID:
            price2 = mid2
        elif row.order.flags & TRIGGER_BBO:
            price2 = bbo2
        if price2 > 0 and reached(row, price2):
            row.work.wait = Wait.CLEAR
            stop_others(s, row.order, row.work.link)


def reached(row: Row, price2: int) -> bool:
    """Whether a price triggers a stop; a trailing stop follows the best price it has seen."""
    work, sells = row.work, row.order.side == Side.SELL
    trigger2 = 2 * work.trigger_ticks
    if row.order.type == OrderType.TRAILING_STOP:
        better = price2 > work.extreme2 if sells else price2 < work.extreme2
        if work.extreme2 == 0 or better:
            work.extreme2 = price2
        trigger2 = work.extreme2 - trigger2 if sells else work.extreme2 + trigger2
    return price2 <= trigger2 if sells else price2 >= trigger2


def expire(s: State, seq: int, now_ns: int) -> None:
    """Orders end at their time; requests that nobody answered become unknown, unknown ones and
    those whose cancel was refused are asked after; algorithms go on to their next slice. By time,
    then id."""
    due = [r for r in s.rows.values() if 0 < r.work.due_ns <= now_ns]
    for row in sorted(due, key=lambda r: (r.work.due_ns, r.order.client_order_id)):
        if row.order.client_order_id not in s.rows:
            continue
        if 0 < row.work.expire_ns <= now_ns:
            row.work.expire_ns = 0
            if row.order.state == OrderState.PARKED and not row.work.partner:
                end_parked(s, row, OrderState.EXPIRED)
                continue
            stop_member(s, row)
        if 0 < row.work.query_ns <= now_ns:
            if row.order.state == OrderState.PARKED:
                tick(s, row, now_ns)
                continue
            row.work.query_ns = now_ns + LIMITS["query_ns"]
            if row.order.state in (OrderState.UNKNOWN, OrderState.LIVE):
                emit(s, request_of(row.order, IntentKind.QUERY), seq, now_ns)
                continue
            report = Report(ReportKind.UNKNOWN, client_order_id=row.order.client_order_id)
            apply_one(s, report, seq, now_ns)
            s.notice(row.order, leaves_of(row.order))


def next_expiry(s: State) -> int:
    """When `expire` is wanted, the end of time when never."""
    return min((r.work.due_ns for r in s.rows.values() if r.work.due_ns), default=INT64_MAX)


# -- out ------------------------------------------------------------------------------------------


def due(s: State, instrument: int, now_ns: int, bid_ticks: int, ask_ticks: int) -> list[Intent]:
    """What is to be sent for the orders of an instrument, as intents; at most a buffer full. The
    touch of a good book prices clips, 0: none."""
    found: list[Intent] = []
    for row in s.rows_of(instrument):
        if row.work.wait == Wait.SLICES and row.work.partner == 0:
            intent = clip_of(s, row, now_ns, bid_ticks, ask_ticks)
        else:
            intent = step_of(s, row)
        if intent is not None and len(found) < LIMITS["intents_max"]:
            found.append(intent)
    return found


def step_of(s: State, row: Row) -> Intent | None:
    """The next thing to send for an order, None when it has to wait."""
    order, work = row.order, row.work
    if order.state != OrderState.PARKED:
        if work.cancel and order.state in (OrderState.PENDING_NEW, OrderState.LIVE):
            return intent_of(order, IntentKind.CANCEL, 0)
        return None
    if work.wait == Wait.CLIPS and work.partner == 0:
        lots = min(work.display_lots, leaves_of(order) - work.awaited_lots)
        return intent_of(order, IntentKind.SUBMIT, lots) if lots > 0 else None
    if work.wait == Wait.CLEAR:
        others = members(s, order, work.link)
        if any(r.order.state != OrderState.PARKED or r.work.partner for r in others):
            return None
    elif work.wait != Wait.NOW:
        return None
    return intent_of(order, IntentKind.SUBMIT, work.armed_lots)


def intent_of(order: Order, kind: IntentKind, lots: int) -> Intent:
    """What risk is asked: the order as the venue will see it. `client_order_id` is its row's."""
    if kind == IntentKind.CANCEL:
        return Intent(kind, order.strategy, order.instrument, client_order_id=order.client_order_id)
    return Intent(
        kind=kind,
        strategy=order.strategy,
        instrument=order.instrument,
        side=order.side,
        type=WIRE_TYPES.get(OrderType(order.type), order.type),
        time_in_force=order.time_in_force,
        flags=order.flags & FLAGS_SENT,
        tag=order.tag,
        price_ticks=order.price_ticks,
        quantity_lots=lots,
        client_order_id=order.client_order_id,
    )


def send_due(s: State, intent: Intent, seq: int, now_ns: int) -> int:
    """Send what risk accepted: a cancel, the parked order itself or the next clip of a parent."""
    if intent.kind == IntentKind.CANCEL:
        return send_cancel(s, intent.client_order_id, seq, now_ns)
    row = s.rows.get(intent.client_order_id)
    if row is None or row.order.state != OrderState.PARKED:
        return Code.EXECUTE_UNKNOWN_ORDER
    if not s.money.may_send(row.order.instrument):
        return Code.EXECUTE_INSTRUMENT_HALTED
    if row.work.wait >= Wait.CLIPS:
        return send_clip(s, row, intent, seq, now_ns)
    order = row.order
    position = s.positions[order.instrument]
    open_lots = position.open_buy_lots if order.side == Side.BUY else position.open_sell_lots
    if open_lots + intent.quantity_lots >= 2**63:
        return Code.RISK_OVERFLOW
    wire = replace(
        request_of(order, IntentKind.SUBMIT),
        type=intent.type,
        flags=intent.flags,
        quantity_lots=intent.quantity_lots,
    )
    code = emit(s, wire, seq, now_ns)
    if code != Code.OK:
        return code
    order.type, order.flags, order.quantity_lots = wire.type, wire.flags, wire.quantity_lots
    order.state, order.t_sent_ns = OrderState.PENDING_NEW, now_ns
    row.work.wait, row.work.query_ns = Wait.NONE, now_ns + LIMITS["ack_ns_max"]
    s.reserve(order, order.quantity_lots)
    position.open_order_count += 1
    return Code.OK


def send_clip(s: State, row: Row, intent: Intent, seq: int, now_ns: int) -> int:
    """One clip of a parent: an ordinary order with an id of its own."""
    order = row.order
    request = Request(
        kind=IntentKind.SUBMIT,
        venue=order.venue,
        instrument=order.instrument,
        strategy=order.strategy,
        side=order.side,
        type=intent.type,
        time_in_force=intent.time_in_force,
        flags=intent.flags,
        tag=order.tag,
        price_ticks=intent.price_ticks,
        quantity_lots=intent.quantity_lots,
        expire_ns=intent.expire_ns,
    )
    code = send_new(s, request, seq, now_ns)
    if code == Code.OK:
        clip = s.rows[request.client_order_id]
        clip.work.partner, clip.work.role = order.client_order_id, ROLE_CLIP
        row.work.partner, row.work.armed_lots = clip.order.client_order_id, 0
    return code


def refuse(s: State, intent: Intent, code: int) -> None:
    """Risk, the router or the venue's codec refused what was due: the order ends, unless the reason
    passes by itself."""
    row = s.rows.get(intent.client_order_id)
    if row is None or row.order.state != OrderState.PARKED or code in PASSING:
        return
    if outlives(row, intent, code):
        return
    end_parked(s, row, OrderState.REJECTED)
