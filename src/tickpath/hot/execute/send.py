"""The way out: a request is checked, encoded, recorded and entered in the table, in this order.

The definition of correct for `send.pxd`. A replace is one request where the venue can; elsewhere
the cancel goes out and the new order is held until the cancel ack. A cancel of a parked order ends
it on the spot.
"""

from dataclasses import replace

from tickpath.core import ids
from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
    IntentKind,
    LinkRole,
    Order,
    OrderState,
    OrderType,
    Request,
    Side,
)
from tickpath.hot.execute import EncodeError
from tickpath.hot.execute.links import end_order, end_parked, stop_member
from tickpath.hot.execute.order_table import Row, Wait, Work, leaves_of
from tickpath.hot.execute.state import State

OUT_HEADER_BYTES = 16


def send(s: State, request: Request, seq: int, now_ns: int) -> int:
    """Send a request; its client order ids are filled in. Returns a code; when it is not OK
    nothing was sent and nothing changed."""
    if request.kind == IntentKind.CANCEL:
        return send_cancel(s, request.client_order_id, seq, now_ns)
    if request.kind not in (IntentKind.SUBMIT, IntentKind.REPLACE):
        return Code.RISK_INTENT
    if not 0 <= request.venue < len(s.codecs) or s.codecs[request.venue] is None:
        return Code.ROUTE_NO_VENUE
    if not 0 <= request.instrument < len(s.positions):
        return Code.RISK_INSTRUMENT
    if not 0 <= request.strategy < LIMITS["strategies_max"]:
        return Code.RISK_INTENT
    if request.side not in (Side.BUY, Side.SELL):
        return Code.RISK_INTENT
    if not s.money.may_send(request.instrument):
        return Code.EXECUTE_INSTRUMENT_HALTED
    if not s.money.side_fits(request.instrument, request.flags):
        return Code.EXECUTE_POSITION_SIDE
    if request.kind == IntentKind.SUBMIT:
        return send_new(s, request, seq, now_ns)
    return send_replace(s, request, seq, now_ns)


def emit(s: State, wire: Request, seq: int, now_ns: int) -> int:
    """Encode one request behind the others and record the decision, or change nothing."""
    room = s.out_bytes + OUT_HEADER_BYTES + LIMITS["order_bytes_max"]
    if len(s.decisions) >= LIMITS["decisions_max"] or room > LIMITS["out_bytes_max"]:
        return Code.EXECUTE_OUT_FULL
    codec = s.codecs[wire.venue]
    assert codec is not None
    try:
        data = codec.encode(wire, now_ns)
    except EncodeError as error:
        return error.code
    s.out.append((wire.venue, wire.client_order_id, data))
    s.out_bytes += OUT_HEADER_BYTES + len(data)
    s.decisions.append(
        (
            seq,
            wire.client_order_id,
            wire.orig_client_order_id,
            wire.price_ticks,
            wire.quantity_lots,
            wire.instrument,
            wire.venue,
            wire.kind,
            wire.side,
            wire.type,
            wire.time_in_force,
            wire.strategy,
            wire.flags,
        )
    )
    return Code.OK


def room_code(s: State, strategy: int, instrument: int) -> int:
    """Whether the tables and the ids have room for one more order."""
    if len(s.rows) >= LIMITS["orders_max"]:
        return Code.EXECUTE_TABLE_FULL
    if len(s.own_rows(strategy, instrument)) >= LIMITS["view_orders"]:
        return Code.EXECUTE_TABLE_FULL
    return Code.EXECUTE_IDS if s.minted >= ids.COUNTER_MAX else Code.OK


def new_allowed(s: State, request: Request, now_ns: int) -> int:
    """Whether a new order of the request fits the tables and the numbers."""
    position = s.positions[request.instrument]
    buys = request.side == Side.BUY
    open_lots = position.open_buy_lots if buys else position.open_sell_lots
    if request.quantity_lots <= 0:
        return Code.RISK_QUANTITY_MIN
    if request.expire_ns != 0 and request.expire_ns <= now_ns:
        return Code.EXECUTE_EXPIRED
    code = room_code(s, request.strategy, request.instrument)
    if code == Code.OK and open_lots + request.quantity_lots >= 2**63:
        return Code.RISK_OVERFLOW
    return code


def enter(s: State, request: Request, client_order_id: int, now_ns: int) -> Row:
    """The row of a new order; its id counts as used from here on."""
    s.minted += 1
    row = Row(
        Order(
            client_order_id=client_order_id,
            instrument=request.instrument,
            strategy=request.strategy,
            venue=request.venue,
            side=request.side,
            type=request.type,
            time_in_force=request.time_in_force,
            tag=request.tag,
            price_ticks=request.price_ticks,
            quantity_lots=request.quantity_lots,
            t_sent_ns=now_ns,
            flags=request.flags,
        ),
        work=Work(
            link=request.link,
            role=request.role if request.link else LinkRole.OCO,
            expire_ns=request.expire_ns,
            trigger_ticks=request.trigger_ticks,
            display_lots=request.display_lots,
            query_ns=now_ns + LIMITS["ack_ns_max"],
        ),
    )
    s.add(row)
    s.reserve(row.order, row.order.quantity_lots)
    s.positions[request.instrument].open_order_count += 1
    return row


def send_new(s: State, request: Request, seq: int, now_ns: int) -> int:
    """A new order; OK, or a code and nothing changed."""
    code = new_allowed(s, request, now_ns)
    if code != Code.OK:
        return code
    new_id = s.next_id()
    code = emit(s, replace(request, client_order_id=new_id, orig_client_order_id=0), seq, now_ns)
    if code != Code.OK:
        return code
    enter(s, request, new_id, now_ns)
    request.client_order_id, request.orig_client_order_id = new_id, 0
    return Code.OK


def send_cancel(s: State, client_order_id: int, seq: int, now_ns: int) -> int:
    """Cancel an order at the venue, or end one that never went there."""
    row = s.rows.get(client_order_id)
    if row is None:
        return Code.EXECUTE_UNKNOWN_ORDER
    if row.held:
        withdraw(s, row)
        return Code.OK
    if row.order.state == OrderState.PARKED:
        if row.work.partner == 0:
            end_parked(s, row, OrderState.CANCELLED)
            return Code.OK
        stop_member(s, row)
        code = send_cancel(s, row.work.partner, seq, now_ns)
        return Code.OK if code == Code.EXECUTE_STATE else code
    if row.order.state in (OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE):
        return Code.EXECUTE_STATE
    code = emit(s, request_of(row.order, IntentKind.CANCEL), seq, now_ns)
    if code == Code.OK and row.order.state != OrderState.UNKNOWN:
        row.order.state = OrderState.PENDING_CANCEL
        row.work.query_ns = now_ns + LIMITS["ack_ns_max"]
    return code


def send_replace(s: State, request: Request, seq: int, now_ns: int) -> int:
    """Only a live order of the same instrument, side, strategy and venue is replaced, and none of
    a special type that the venue makes. The new one inherits its link."""
    row = s.rows.get(request.orig_client_order_id)
    if row is None:
        return Code.EXECUTE_UNKNOWN_ORDER
    order = row.order
    same = (order.instrument, order.side, order.strategy, order.venue) == (
        request.instrument,
        request.side,
        request.strategy,
        request.venue,
    )
    if order.state != OrderState.LIVE or not same or row.work.partner:
        return Code.EXECUTE_STATE
    if (order.flags ^ request.flags) & (POSITION_LONG | POSITION_SHORT):
        return Code.EXECUTE_POSITION_SIDE
    if order.type >= OrderType.STOP or row.work.display_lots:
        return Code.EXECUTE_STATE
    code = new_allowed(s, request, now_ns)
    if code != Code.OK:
        return code
    new_id = s.next_id()
    codec = s.codecs[request.venue]
    assert codec is not None
    wire = replace(request, client_order_id=new_id)
    if not codec.replaces:
        wire = request_of(order, IntentKind.CANCEL)
    code = emit(s, wire, seq, now_ns)
    if code != Code.OK:
        return code
    added = enter(s, request, new_id, now_ns)
    added.replaces = order.client_order_id
    added.held = not codec.replaces
    added.work.link, added.work.role = row.work.link, row.work.role
    if added.held:
        added.work.query_ns = 0
    order.replaced_by = new_id
    order.state = OrderState.PENDING_REPLACE
    row.work.query_ns = now_ns + LIMITS["ack_ns_max"]
    request.client_order_id = new_id
    return Code.OK


def request_of(order: Order, kind: IntentKind) -> Request:
    """A request that says what is known of an order: orders held back, cancels and queries."""
    new = kind == IntentKind.SUBMIT
    return Request(
        kind=kind,
        venue=order.venue,
        instrument=order.instrument,
        strategy=order.strategy,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        flags=order.flags,
        tag=order.tag,
        price_ticks=order.price_ticks,
        quantity_lots=order.quantity_lots if new else leaves_of(order),
        client_order_id=order.client_order_id,
    )


def withdraw(s: State, row: Row) -> None:
    """Drop a held order; the cancel of the one it was to replace stays under way."""
    replaced = s.rows.get(row.replaces)
    if replaced is not None and replaced.order.replaced_by == row.order.client_order_id:
        replaced.order.replaced_by = 0
        if replaced.order.state == OrderState.PENDING_REPLACE:
            replaced.order.state = OrderState.PENDING_CANCEL
    end_order(s, row, OrderState.CANCELLED, -1)


def drop_held(s: State, instrument: int, parked: bool) -> None:
    """End every order of an instrument (-1: of all) that waits for a cancel ack and, with
    `parked`, those that wait in the engine. By strategy, then instrument, then age."""
    for row in list(s.all_rows()):
        if row.order.client_order_id not in s.rows:
            continue
        if instrument not in (-1, row.order.instrument):
            continue
        if row.held:
            withdraw(s, row)
        elif parked and row.order.state == OrderState.PARKED:
            row.work.wait, row.work.link = Wait.NONE, 0
            end_order(s, row, OrderState.CANCELLED, -1)
