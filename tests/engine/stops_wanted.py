"""A strategy that wants a sell stop at every event: by turns one that only reduces and one not."""

import numpy as np

from tickpath.core.records import REDUCE_ONLY, OrderType, Side
from tickpath.hot.strategy.declare import Intents, State, Strategy, View, strategy


@strategy(
    name="stops_wanted",
    levels=1,
    params={},
    events=("book",),
    state=np.dtype([("seen", "<i8")]),
)
class StopsWanted(Strategy):
    """Asks, whatever comes of it."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        state.seen += 1
        out.submit(
            Side.SELL, 0, 12, type=OrderType.STOP, trigger_ticks=1,
            flags=REDUCE_ONLY if state.seen % 2 else 0,
        )  # fmt: skip
