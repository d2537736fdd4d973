"""A strategy that takes the side of the score, and asks at every event while there is one."""

import numpy as np

from tickpath.core.records import Side, TimeInForce
from tickpath.hot.strategy.declare import (
    FeatureSpec,
    Intents,
    Param,
    State,
    Strategy,
    View,
    strategy,
)


@strategy(
    name="score_side",
    levels=1,
    params={"order_lots": Param(int, 100, 1, 10**6, "lots of an order")},
    features=(
        FeatureSpec(name="fast", indicator="ema", source="mid", period=2),
        FeatureSpec(name="slow", indicator="ema", source="mid", period=5),
    ),
    events=("book",),
    state=np.dtype([("scored", "<i8"), ("missed", "<i8")]),
)
class ScoreSide(Strategy):
    """Buys above 0, sells below, nothing without a score."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        if view.score is None or view.top.ask_ticks <= 0:
            state.missed += 1
            return
        state.scored += 1
        side = Side.BUY if view.score > 0 else Side.SELL
        price = view.top.ask_ticks if side == Side.BUY else view.top.bid_ticks
        out.submit(side, price, self.params.order_lots, time_in_force=TimeInForce.IOC)
