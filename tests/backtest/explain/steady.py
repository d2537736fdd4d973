"""A strategy that no report changes: a post-only quote on one side every few books, left alone.

For tests: two runs of it over the same data decide the same, whatever the venue makes of it.
"""

import numpy as np

from tickpath.hot.strategy.declare import (
    Intents,
    OrderType,
    Param,
    Side,
    State,
    Strategy,
    View,
    strategy,
)


@strategy(
    name="steady",
    levels=1,
    params={
        "order_lots": Param(int, 500, 1, 10**9, "lots of an order"),
        "every": Param(int, 12, 1, 10**6, "books between two orders"),
    },
    events=("book",),
    state=np.dtype([("seen", "<i8")]),
)
class Steady(Strategy):
    """Sides in turn."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        state.seen += 1
        if state.seen % self.params.every or view.top.bid_ticks <= 0:
            return
        buys = state.seen // self.params.every % 2 == 0
        price = view.top.bid_ticks if buys else view.top.ask_ticks
        side = Side.BUY if buys else Side.SELL
        out.submit(side, price, self.params.order_lots, type=OrderType.POST_ONLY)
