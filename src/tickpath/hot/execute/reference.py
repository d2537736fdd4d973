"""Execute in plain Python: requests become bytes and orders, reports become positions and money.

The definition of correct for the native code, stem by stem: `send`, `apply`, `fills`, `links`,
`working`, `algorithm` are the verbs on the tables of `state`; this file is the stage's face. A
request is checked, encoded, recorded and entered, in this order, so that nothing is half written.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.records import (
    DECISION_DTYPE,
    Committed,
    Intent,
    OpenOrder,
    Order,
    OrderState,
    OrderType,
    OrderUpdate,
    Position,
    Report,
    Request,
    copied,
)
from tickpath.hot.execute import OrderCodec, algorithm, layout, working
from tickpath.hot.execute.apply import apply
from tickpath.hot.execute.money import Money
from tickpath.hot.execute.order_table import leaves_of, open_order
from tickpath.hot.execute.send import drop_held, send
from tickpath.hot.execute.state import State


def probe() -> Available:
    """Plain Python: always there."""
    return Available(ok=True, reason="plain Python")


class Execute:
    """Requests to bytes, reports to positions and money."""

    def __init__(self, config: Config, codecs: Sequence[OrderCodec | None]) -> None:
        self.state = State(config, codecs)

    @property
    def money(self) -> Money:
        """Positions and money."""
        return self.state.money

    def send(self, request: Request, seq: int, now_ns: int) -> int:
        """Send a request; its client order ids are filled in. Returns a code; when it is not OK
        nothing was sent and nothing changed."""
        return send(self.state, request, seq, now_ns)

    def drop_held(self, instrument: int = -1, parked: bool = True) -> None:
        """End every order of an instrument (-1: of all) that waits for a cancel ack, and those
        that wait in the engine unless `parked` is False: they may no longer be sent."""
        drop_held(self.state, instrument, parked)

    # -- orders that work in the engine ---------------------------------------------------------

    def park(self, intent: Intent, seq: int, now_ns: int) -> int:
        """Take over a stop, an iceberg or a child of a link that risk accepted."""
        return working.park(self.state, intent, seq, now_ns)

    def on_price(self, instrument: int, last_ticks: int, mid2: int, bbo2: int) -> None:
        """A market event: triggers the stops it reaches."""
        working.on_price(self.state, instrument, last_ticks, mid2, bbo2)

    def expire(self, seq: int, now_ns: int) -> None:
        """A timer: orders end at their time, unanswered requests are asked after."""
        working.expire(self.state, seq, now_ns)

    def next_expiry(self) -> int:
        """When `expire` is wanted, 2**63 - 1 when never."""
        return working.next_expiry(self.state)

    def on_trade(self, instrument: int, lots: int, now_ns: int) -> None:
        """A trade of the market: algorithms count it."""
        algorithm.on_trade(self.state, instrument, lots, now_ns)

    def pause(self, client_order_id: int, paused: bool) -> int:
        """Let a parent of clips send none and cancel the open one, or go on."""
        return algorithm.pause(self.state, client_order_id, paused)

    def due(
        self, instrument: int, now_ns: int = 0, bid_ticks: int = 0, ask_ticks: int = 0
    ) -> list[Intent]:
        """What is to be sent for the parked orders of an instrument; the touch of a good book
        prices clips, 0: none."""
        return working.due(self.state, instrument, now_ns, bid_ticks, ask_ticks)

    def send_due(self, intent: Intent, seq: int, now_ns: int) -> int:
        """Send one of those, after risk and route."""
        return working.send_due(self.state, intent, seq, now_ns)

    def refuse(self, intent: Intent, code: int) -> None:
        """One of those cannot be sent."""
        working.refuse(self.state, intent, code)

    def pop_notice(self) -> OrderUpdate | None:
        """The oldest change of an order that no report brought."""
        return self.state.notices.pop(0) if self.state.notices else None

    @property
    def notices_lost(self) -> int:
        """Changes that found no room among the notices."""
        return self.state.notices_lost

    # -- the way back ---------------------------------------------------------------------------

    def decode(self, venue: int, data: bytes) -> tuple[int, list[Report]]:
        """A venue's order frame to reports."""
        if not 0 <= venue < len(self.state.codecs):
            return Code.ROUTE_NO_VENUE, []
        codec = self.state.codecs[venue]
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
        return apply(self.state, report, seq, now_ns)

    # -- what others read -----------------------------------------------------------------------

    def take_out(self) -> list[tuple[int, int, bytes]]:
        """Encoded requests since the last call: (venue, client order id, bytes)."""
        s = self.state
        taken, s.out, s.out_bytes = s.out, [], 0
        return taken

    def take_decisions(self) -> npt.NDArray[Any]:
        """Decision records since the last call."""
        taken = np.array(self.state.decisions, DECISION_DTYPE)
        self.state.decisions = []
        return taken

    @property
    def positions(self) -> list[Position]:
        return [copied(position) for position in self.state.positions]

    def leg_positions(self, instrument: int) -> list[Position]:
        """The legs of a hedging account as risk sees them, see State."""
        return self.state.leg_positions(instrument)

    def own(self, strategy: int, instrument: int) -> list[OpenOrder]:
        """Own open orders of a strategy on an instrument, oldest first."""
        rows = self.state.own_rows(strategy, instrument)
        return [open_order(row.order, leaves_of(row.order)) for row in rows]

    def committed(self, instrument: int) -> Committed:
        """What the open orders of an instrument have promised, and the best own prices."""
        return self.state.committed(instrument)

    def replaced_ticks(self, client_order_id: int) -> int:
        """Price of an open order, 0 when it is not in the table or has none."""
        row = self.state.rows.get(client_order_id)
        return 0 if row is None or row.order.type == OrderType.MARKET else row.order.price_ticks

    def leaves(self, client_order_id: int) -> int:
        """Open lots of an order, 0 when it is not in the table."""
        row = self.state.rows.get(client_order_id)
        return 0 if row is None else leaves_of(row.order)

    def orders(self) -> list[Order]:
        """All open orders, oldest first."""
        return [copied(row.order) for row in self.state.rows.values()]

    def equity_units(self, currency: int, mids2: Sequence[int]) -> int:
        """Equity of a currency at mid (bid + ask ticks per instrument, 0: at cost)."""
        return self.money.equity(currency, mids2)

    def ledger(self, currency: int) -> dict[str, int]:
        """Balances by account, in 10^-9 of the currency's unit; they sum to zero."""
        return self.money.ledger(currency)

    # -- state ----------------------------------------------------------------------------------

    def export_state(self) -> bytes:
        """The canonical layout of layout.py."""
        s = self.state
        return layout.pack(
            layout.Image(
                s.minted,
                len(s.positions),
                len(s.config.currencies),
                list(s.rows.values()),
                list(s.ended.values()),
                list(s.fills),
                s.notices,
                s.notices_lost,
                s.money.export_state(),
            )
        )

    def import_state(self, data: bytes) -> None:
        """Take over an exported state."""
        s = self.state
        sizes = (len(s.positions), len(s.config.currencies), len(s.schedules))
        image = layout.unpack(data, *sizes)
        s.money.import_state(image.money)
        s.minted, s.notices, s.notices_lost = image.minted, image.notices, image.notices_lost
        s.rows, s.own = {}, {}
        s.buy_values = [0] * len(s.positions)
        s.market_buy_lots = [0] * len(s.positions)
        for row in image.rows:
            s.add(row)
            if row.order.state != OrderState.PARKED:
                s.promise(row.order, leaves_of(row.order))
        s.ended = {ended.order.client_order_id: ended for ended in image.ended}
        for ended in image.ended:
            s.promise(ended.order, ended.awaited_lots)
        s.fills = dict.fromkeys(image.fills)
        s.out, s.out_bytes, s.decisions = [], 0, []
