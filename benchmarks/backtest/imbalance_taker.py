"""An IOC order each time a strong imbalance of the best quantities changes its sign: the strategy
of the comparison with nautilus_trader, in plain Python (`peer_nautilus.py` holds the other).

It buys at the ask or sells at the bid, one unit from flat and two to turn round.
"""

import numpy as np

from tickpath.hot.strategy.declare import (
    Intents,
    Param,
    Side,
    State,
    Strategy,
    TimeInForce,
    View,
    strategy,
)


@strategy(
    name="imbalance_taker",
    levels=1,
    params={
        "lots": Param(int, 2, 1, 1_000_000, "lots of one unit"),
        "strong_ppm": Param(int, 980_000, 0, 1_000_000, "imbalance that is acted on"),
    },
    events=("book",),
    state=np.dtype([("wanted", "<i8"), ("sent", "<i8")]),
)
class ImbalanceTaker(Strategy):
    """Follow the imbalance."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        bid, ask = view.top.bid_lots, view.top.ask_lots
        if bid <= 0 or ask <= 0:
            return
        part = (bid - ask) * 1_000_000
        strong = self.params.strong_ppm * (bid + ask)
        wanted = 1 if part > strong else -1 if part < -strong else 0
        if wanted == 0 or wanted == state.wanted:
            return
        lots = self.params.lots * (1 if state.wanted == 0 else 2)
        state.wanted = wanted
        state.sent += 1
        side, price = (
            (Side.BUY, view.top.ask_ticks) if wanted == 1 else (Side.SELL, view.top.bid_ticks)
        )
        out.submit(side, price, lots, time_in_force=TimeInForce.IOC)
