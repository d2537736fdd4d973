"""One IOC order for every event, sides in turn: the load of the latency benchmark.

Buys at the best ask, sells at the best bid; on a BBO event at those of the BBO record. The side is
the one that reduces the position, in turn while there is none: the position stays within the
orders in flight. Not for trading.
every_event_native.pyx is the twin.
"""

import numpy as np

from tickpath.core.records import EventKind
from tickpath.hot.strategy.declare import (
    Intents,
    Side,
    State,
    Strategy,
    TimeInForce,
    View,
    strategy,
)
from tickpath.hot.strategy.sizing import SIZING_DERIVED, SIZING_PARAMS, order_lots_at


@strategy(
    name="every_event",
    levels=1,
    params=SIZING_PARAMS,
    derived=SIZING_DERIVED,
    events=("book", "bbo", "trade"),
    state=np.dtype([("sent", "<i8")]),
)
class EveryEvent(Strategy):
    """An order an event."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        self.send(view, state, out)

    def on_bbo(self, view: View, state: State, out: Intents) -> None:
        self.send(view, state, out)

    def on_trade(self, view: View, state: State, out: Intents) -> None:
        self.send(view, state, out)

    def send(self, view: View, state: State, out: Intents) -> None:
        """The next order."""
        quote = view.bbo if view.event == EventKind.BBO else view.top
        if view.position_lots == 0:
            side = Side.BUY if state.sent % 2 == 0 else Side.SELL
        else:
            side = Side.BUY if view.position_lots < 0 else Side.SELL
        price = quote.ask_ticks if side == Side.BUY else quote.bid_ticks
        if price <= 0:
            return
        out.submit(side, price, order_lots_at(self.params, price), time_in_force=TimeInForce.IOC)
        state.sent += 1
