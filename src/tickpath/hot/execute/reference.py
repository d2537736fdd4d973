"""Execute in plain Python: requests become bytes and orders, reports become positions and money.

The definition of correct for `send.pxd` and `apply.pxd`. A request is checked, encoded, recorded
and entered, in this order, so that nothing is half written. A replace is one request where the
venue can; elsewhere the cancel goes out and the new order is held until the cancel ack.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core import ids
from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    DECISION_DTYPE,
    IntentKind,
    OpenOrder,
    Order,
    OrderState,
    OrderUpdate,
    Position,
    Report,
    ReportKind,
    Request,
    Side,
)
from tickpath.hot.execute import EncodeError, OrderCodec, layout
from tickpath.hot.execute.machine import TABLE, Do
from tickpath.hot.execute.money import Money

OUT_HEADER_BYTES = 16


def probe() -> Available:
    """Plain Python: always there."""
    return Available(ok=True, reason="plain Python")


@dataclass(slots=True)
class Row:
    """A live order and what only execute knows of it."""

    order: Order
    replaces: int = 0
    acked: bool = False
    held: bool = False


@dataclass(slots=True)
class Ended:
    """An order that left the table; `awaited_lots` were filled at the venue, not seen here yet."""

    order: Order
    awaited_lots: int = 0


def open_order(order: Order, leaves_lots: int) -> OpenOrder:
    return OpenOrder(
        order.client_order_id, order.price_ticks, leaves_lots, order.side, order.state, order.tag
    )


def leaves_of(order: Order) -> int:
    return max(0, order.quantity_lots - order.filled_lots)


class Execute:
    """Requests to bytes, reports to positions and money."""

    def __init__(self, config: Config, codecs: Sequence[OrderCodec | None]) -> None:
        if len(codecs) != len(config.venues):
            raise ConfigError("execute: one codec (or None) for each venue of the configuration")
        self._config = config
        self._codecs = list(codecs)
        self.money = Money(config)
        self._minted = 0
        self._rows: dict[int, Row] = {}
        self._ended: dict[int, Ended] = {}
        self._fills: dict[tuple[int, int], None] = {}
        self._out: list[tuple[int, int, bytes]] = []
        self._out_bytes = 0
        self._decisions: list[tuple[int, ...]] = []

    @property
    def _positions(self) -> list[Position]:
        return self.money.positions_held

    # -- the way out ----------------------------------------------------------------------------

    def send(self, request: Request, seq: int, now_ns: int) -> int:
        """Send a request; its client order ids are filled in. Returns a code; when it is not OK
        nothing was sent and nothing changed."""
        if request.kind == IntentKind.CANCEL:
            return self._send_cancel(request, seq, now_ns)
        if request.kind not in (IntentKind.SUBMIT, IntentKind.REPLACE):
            return Code.RISK_INTENT
        if not 0 <= request.venue < len(self._codecs) or self._codecs[request.venue] is None:
            return Code.ROUTE_NO_VENUE
        if not 0 <= request.instrument < len(self._positions):
            return Code.RISK_INSTRUMENT
        if not 0 <= request.strategy < LIMITS["strategies_max"]:
            return Code.RISK_INTENT
        if request.side not in (Side.BUY, Side.SELL):
            return Code.RISK_INTENT
        if not self.money.may_send(request.instrument):
            return Code.EXECUTE_INSTRUMENT_HALTED
        if not self.money.side_fits(request.instrument, request.flags):
            return Code.EXECUTE_POSITION_SIDE
        if request.kind == IntentKind.SUBMIT:
            return self._send_new(request, seq, now_ns)
        return self._send_replace(request, seq, now_ns)

    def _emit(self, wire: Request, seq: int, now_ns: int) -> int:
        """Encode one request behind the others and record the decision, or change nothing."""
        room = self._out_bytes + OUT_HEADER_BYTES + LIMITS["order_bytes_max"]
        if len(self._decisions) >= LIMITS["decisions_max"] or room > LIMITS["out_bytes_max"]:
            return Code.EXECUTE_OUT_FULL
        codec = self._codecs[wire.venue]
        assert codec is not None
        try:
            data = codec.encode(wire, now_ns)
        except EncodeError as error:
            return error.code
        self._out.append((wire.venue, wire.client_order_id, data))
        self._out_bytes += OUT_HEADER_BYTES + len(data)
        self._decisions.append(
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

    def _new_allowed(self, request: Request) -> int:
        """Whether a new order of the request fits the tables and the numbers."""
        position = self._positions[request.instrument]
        buys = request.side == Side.BUY
        open_lots = position.open_buy_lots if buys else position.open_sell_lots
        if request.quantity_lots <= 0:
            return Code.RISK_QUANTITY_MIN
        if len(self._rows) >= LIMITS["orders_max"]:
            return Code.EXECUTE_TABLE_FULL
        if len(self.own(request.strategy, request.instrument)) >= LIMITS["view_orders"]:
            return Code.EXECUTE_TABLE_FULL
        if self._minted >= ids.COUNTER_MAX:
            return Code.EXECUTE_IDS
        if open_lots + request.quantity_lots >= 2**63:
            return Code.RISK_OVERFLOW
        return Code.OK

    def _next_id(self) -> int:
        return ids.client_order_id(self._config.engine_id, self._config.epoch, self._minted + 1)

    def _enter(self, request: Request, client_order_id: int, now_ns: int) -> Row:
        """The row of a new order; its id counts as used from here on."""
        self._minted += 1
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
            )
        )
        self._rows[client_order_id] = row
        self._reserve(row.order, row.order.quantity_lots)
        self._positions[request.instrument].open_order_count += 1
        return row

    def _send_new(self, request: Request, seq: int, now_ns: int) -> int:
        code = self._new_allowed(request)
        if code != Code.OK:
            return code
        new_id = self._next_id()
        code = self._emit(
            replace(request, client_order_id=new_id, orig_client_order_id=0), seq, now_ns
        )
        if code != Code.OK:
            return code
        self._enter(request, new_id, now_ns)
        request.client_order_id, request.orig_client_order_id = new_id, 0
        return Code.OK

    def _send_cancel(self, request: Request, seq: int, now_ns: int) -> int:
        row = self._rows.get(request.client_order_id)
        if row is None:
            return Code.EXECUTE_UNKNOWN_ORDER
        if row.held:
            self._withdraw(row)
            return Code.OK
        if row.order.state in (OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE):
            return Code.EXECUTE_STATE
        code = self._emit(self._request_of(row.order, IntentKind.CANCEL), seq, now_ns)
        if code == Code.OK and row.order.state != OrderState.UNKNOWN:
            row.order.state = OrderState.PENDING_CANCEL
        return code

    def _send_replace(self, request: Request, seq: int, now_ns: int) -> int:
        """Only a live order of the same instrument, side, strategy and venue is replaced."""
        row = self._rows.get(request.orig_client_order_id)
        if row is None:
            return Code.EXECUTE_UNKNOWN_ORDER
        order = row.order
        same = (order.instrument, order.side, order.strategy, order.venue) == (
            request.instrument,
            request.side,
            request.strategy,
            request.venue,
        )
        if row.order.state != OrderState.LIVE or not same:
            return Code.EXECUTE_STATE
        code = self._new_allowed(request)
        if code != Code.OK:
            return code
        new_id = self._next_id()
        codec = self._codecs[request.venue]
        assert codec is not None
        wire = replace(request, client_order_id=new_id)
        if not codec.replaces:
            wire = self._request_of(row.order, IntentKind.CANCEL)
        code = self._emit(wire, seq, now_ns)
        if code != Code.OK:
            return code
        added = self._enter(request, new_id, now_ns)
        added.replaces = row.order.client_order_id
        added.held = not codec.replaces
        row.order.replaced_by = new_id
        row.order.state = OrderState.PENDING_REPLACE
        request.client_order_id = new_id
        return Code.OK

    def _request_of(self, order: Order, kind: IntentKind) -> Request:
        """A request that says what is known of an order: orders held back, and cancels."""
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
            quantity_lots=leaves_of(order) if kind == IntentKind.CANCEL else order.quantity_lots,
            client_order_id=order.client_order_id,
        )

    def _withdraw(self, row: Row) -> None:
        """Drop a held order; the cancel of the one it was to replace stays under way."""
        replaced = self._rows.get(row.replaces)
        if replaced is not None and replaced.order.replaced_by == row.order.client_order_id:
            replaced.order.replaced_by = 0
            if replaced.order.state == OrderState.PENDING_REPLACE:
                replaced.order.state = OrderState.PENDING_CANCEL
        self._end(row, OrderState.CANCELLED, -1)

    def drop_held(self) -> None:
        """End every order that waits for a cancel ack: after a kill nothing may be sent."""
        for row in [row for row in self._rows.values() if row.held]:
            self._withdraw(row)

    # -- the way back ---------------------------------------------------------------------------

    def decode(self, venue: int, data: bytes) -> tuple[int, list[Report]]:
        """A venue's order frame to reports."""
        if not 0 <= venue < len(self._codecs):
            return Code.ROUTE_NO_VENUE, []
        codec = self._codecs[venue]
        return (Code.ROUTE_NO_VENUE, []) if codec is None else codec.decode(data)

    def on_frame(
        self, venue: int, data: bytes, seq: int, now_ns: int
    ) -> tuple[int, list[OrderUpdate]]:
        """Decode and apply an order frame."""
        code, reports = self.decode(venue, data)
        return code, [self.apply(report, seq, now_ns) for report in reports]

    def apply(self, report: Report, seq: int, now_ns: int) -> OrderUpdate:
        """Apply one report. The update's code is OK, EXECUTE_OVERFILL (counted, alarm), the code
        that kept a held order from being sent, or why nothing changed."""
        if not ReportKind.NONE < report.kind <= ReportKind.UNKNOWN:
            return OrderUpdate(Code.EXECUTE_REPORT, -1, report.instrument, report.kind, None)
        if report.kind == ReportKind.CANCEL_REJECT and report.client_order_id == 0:
            # the cancel half of a replace, named by the order that was to replace it
            row = self._rows.get(report.orig_client_order_id)
            if row is not None:
                report = replace(report, client_order_id=row.replaces)
        elif report.kind == ReportKind.REPLACE_ACK:
            old = report.orig_client_order_id
            self._apply_one(
                replace(report, kind=ReportKind.CANCEL_ACK, client_order_id=old), seq, now_ns
            )
            update = self._apply_one(replace(report, kind=ReportKind.ACK), seq, now_ns)
            update.report = ReportKind.REPLACE_ACK
            return update
        return self._apply_one(report, seq, now_ns)

    def _apply_one(self, report: Report, seq: int, now_ns: int) -> OrderUpdate:
        row = self._rows.get(report.client_order_id)
        if row is not None:
            return self._apply_live(row, report, seq, now_ns)
        ended = self._ended.get(report.client_order_id)
        if ended is not None:
            return self._apply_ended(ended, report)
        return OrderUpdate(Code.EXECUTE_UNKNOWN_ORDER, -1, report.instrument, report.kind, None)

    def _update(self, order: Order, report: Report, code: int, leaves_lots: int) -> OrderUpdate:
        counted = report.kind == ReportKind.FILL and code in (Code.OK, Code.EXECUTE_OVERFILL)
        return OrderUpdate(
            code,
            order.strategy,
            order.instrument,
            report.kind,
            open_order(order, leaves_lots),
            report.last_ticks if counted else 0,
            report.last_lots if counted else 0,
        )

    def _apply_live(self, row: Row, report: Report, seq: int, now_ns: int) -> OrderUpdate:
        """One step of the machine."""
        order = row.order
        following, action = TABLE[OrderState(order.state)][ReportKind(report.kind)]
        code = Code.OK
        if row.held or (action == Do.REFUSE and row.acked):
            action = Do.STATE
        if action == Do.FILL:
            return self._apply_fill(row, following, report, seq, now_ns)
        if action in (Do.END, Do.REFUSE):
            end_code = self._end_by_report(row, following, report, seq, now_ns)
            return self._update(order, report, end_code, 0)
        if action == Do.STATE:
            code = Code.EXECUTE_STATE
        elif action == Do.DUPLICATE or (
            action == Do.ACK and row.acked and order.state == following
        ):
            code = Code.EXECUTE_DUPLICATE
        elif action == Do.ACK:
            row.acked = True
            order.state = following
            order.venue_order_id = report.venue_order_id or order.venue_order_id
        else:
            new_id, order.replaced_by = order.replaced_by, 0
            order.state = following
            if action == Do.RESUME and not row.acked:
                order.state = OrderState.PENDING_NEW
            self._settle_new(new_id, False, seq, now_ns)
        if action == Do.DOUBT and row.replaces:
            replaced = self._rows.get(row.replaces)
            row.replaces = 0
            if replaced is not None and replaced.order.replaced_by == order.client_order_id:
                replaced.order.replaced_by = 0
                replaced.order.state = OrderState.UNKNOWN
        return self._update(order, report, code, leaves_of(order))

    def _apply_fill(
        self, row: Row, following: OrderState, report: Report, seq: int, now_ns: int
    ) -> OrderUpdate:
        order = row.order
        leaves = leaves_of(order)
        code = self._count_fill(order, report)
        if code not in (Code.OK, Code.EXECUTE_OVERFILL):
            return self._update(order, report, code, leaves)
        self._reserve(order, leaves_of(order) - leaves)
        row.acked = True
        order.venue_order_id = report.venue_order_id or order.venue_order_id
        if order.filled_lots < order.quantity_lots:
            order.state = following
            return self._update(order, report, code, leaves_of(order))
        self._end_by_report(row, OrderState.FILLED, report, seq, now_ns)
        return self._update(order, report, code, 0)

    def _apply_ended(self, ended: Ended, report: Report) -> OrderUpdate:
        """A report for an order that has left the table: late fills count, all else is known."""
        code: int = Code.EXECUTE_DUPLICATE
        if report.kind == ReportKind.FILL:
            code = self._count_fill(ended.order, report)
            if code in (Code.OK, Code.EXECUTE_OVERFILL):
                taken = min(report.last_lots, ended.awaited_lots)
                ended.awaited_lots -= taken
                self._reserve(ended.order, -taken)
        return self._update(ended.order, report, code, 0)

    def _count_fill(self, order: Order, report: Report) -> int:
        """Count a fill for its order, once. OK and EXECUTE_OVERFILL: it was counted."""
        if report.last_ticks <= 0 or report.last_lots <= 0:
            return Code.EXECUTE_REPORT
        if report.instrument >= 0 and report.instrument != order.instrument:
            return Code.EXECUTE_REPORT
        key = (order.client_order_id, report.trade_id)
        if report.trade_id >= 0:
            if key in self._fills:
                return Code.EXECUTE_DUPLICATE
        elif 0 <= report.cumulative_lots <= order.filled_lots:
            return Code.EXECUTE_DUPLICATE
        filled = order.filled_lots + report.last_lots
        if filled >= 2**63:
            return Code.RISK_OVERFLOW
        code = self.money.fill(order, report)
        if code != Code.OK:
            return code
        if report.trade_id >= 0:
            self._fills[key] = None
            if len(self._fills) > LIMITS["fills_remembered_max"]:
                del self._fills[next(iter(self._fills))]
        order.filled_lots = filled
        return Code.EXECUTE_OVERFILL if filled > order.quantity_lots else Code.OK

    def _reserve(self, order: Order, lots: int) -> None:
        """Add to the open lots of a side; negative gives back."""
        position = self._positions[order.instrument]
        if order.side == Side.BUY:
            position.open_buy_lots += lots
        else:
            position.open_sell_lots += lots

    def _end(self, row: Row, state: OrderState, cumulative_lots: int) -> None:
        """The order leaves the table. Lots that the venue counts as filled but whose fills were not
        seen stay reserved until they arrive."""
        order = row.order
        leaves = leaves_of(order)
        awaited = max(0, min(cumulative_lots - order.filled_lots, leaves))
        order.state = state
        order.replaced_by = 0
        self._reserve(order, awaited - leaves)
        self._positions[order.instrument].open_order_count -= 1
        del self._rows[order.client_order_id]
        self._remember(Ended(order, awaited))

    def _remember(self, ended: Ended) -> None:
        self._ended[ended.order.client_order_id] = ended
        if len(self._ended) > LIMITS["ended_orders_max"]:
            oldest = self._ended.pop(next(iter(self._ended)))
            self._reserve(oldest.order, -oldest.awaited_lots)

    def _end_by_report(
        self, row: Row, state: OrderState, report: Report, seq: int, now_ns: int
    ) -> int:
        """The order ends; both directions of a replace are settled."""
        order, new_id = row.order, row.order.replaced_by
        self._end(row, state, -1 if state == OrderState.REJECTED else report.cumulative_lots)
        replaced = self._rows.get(row.replaces)
        if (
            state == OrderState.REJECTED
            and replaced is not None
            and replaced.order.replaced_by == order.client_order_id
        ):
            # the replace failed as a whole: the old order is live as before
            replaced.order.replaced_by = 0
            if replaced.order.state == OrderState.PENDING_REPLACE:
                replaced.order.state = OrderState.LIVE
        return self._settle_new(new_id, report.kind == ReportKind.CANCEL_ACK, seq, now_ns)

    def _settle_new(self, new_id: int, cancelled: bool, seq: int, now_ns: int) -> int:
        """The order that `new_id` replaces has its outcome: send the new one when it waited for a
        cancel ack that came, drop it when it waited for one that did not."""
        row = self._rows.get(new_id)
        if row is None:
            return Code.OK
        row.replaces = 0
        if not row.held:
            return Code.OK
        code: int = Code.OK
        if cancelled and not self.money.may_send(row.order.instrument):
            code = Code.EXECUTE_INSTRUMENT_HALTED
        elif cancelled:
            code = self._emit(self._request_of(row.order, IntentKind.SUBMIT), seq, now_ns)
        if cancelled and code == Code.OK:
            row.held = False
            row.order.t_sent_ns = now_ns
        else:
            self._end(row, OrderState.REJECTED, -1)
        return code

    # -- what others read -----------------------------------------------------------------------

    def take_out(self) -> list[tuple[int, int, bytes]]:
        """Encoded requests since the last call: (venue, client order id, bytes)."""
        taken, self._out, self._out_bytes = self._out, [], 0
        return taken

    def take_decisions(self) -> npt.NDArray[Any]:
        """Decision records since the last call."""
        taken = np.array(self._decisions, DECISION_DTYPE)
        self._decisions = []
        return taken

    @property
    def positions(self) -> list[Position]:
        return [replace(position) for position in self._positions]

    def own(self, strategy: int, instrument: int) -> list[OpenOrder]:
        """Own open orders of a strategy on an instrument, oldest first."""
        return [
            open_order(row.order, leaves_of(row.order))
            for row in self._rows.values()
            if (row.order.strategy, row.order.instrument) == (strategy, instrument)
        ]

    def leaves(self, client_order_id: int) -> int:
        """Open lots of an order, 0 when it is not in the table."""
        row = self._rows.get(client_order_id)
        return 0 if row is None else leaves_of(row.order)

    def orders(self) -> list[Order]:
        """All open orders, oldest first."""
        return [replace(row.order) for row in self._rows.values()]

    def equity_units(self, currency: int, mids2: Sequence[int]) -> int:
        """Equity of a currency at mid (bid + ask ticks per instrument, 0: at cost)."""
        return self.money.equity(currency, mids2)

    def ledger(self, currency: int) -> dict[str, int]:
        """Balances by account, in 10^-9 of the currency's unit; they sum to zero."""
        return self.money.ledger(currency)

    # -- state ----------------------------------------------------------------------------------

    def export_state(self) -> bytes:
        """The canonical layout of layout.py."""
        return layout.pack(
            layout.Image(
                self._minted,
                len(self._config.instruments),
                len(self._config.currencies),
                [
                    layout.RowImage(r.order, r.replaces, int(r.acked), int(r.held))
                    for r in self._rows.values()
                ],
                [layout.EndedImage(e.order, e.awaited_lots) for e in self._ended.values()],
                list(self._fills),
                self.money.export_state(),
            )
        )

    def import_state(self, data: bytes) -> None:
        """Take over an exported state."""
        image = layout.unpack(data, len(self._positions), len(self._config.currencies))
        self.money.import_state(image.money)
        self._minted = image.minted
        self._rows = {
            r.order.client_order_id: Row(r.order, r.replaces, bool(r.acked), bool(r.held))
            for r in image.rows
        }
        self._ended = {e.order.client_order_id: Ended(*e) for e in image.ended}
        self._fills = dict.fromkeys(image.fills)
        self._out, self._out_bytes, self._decisions = [], 0, []
