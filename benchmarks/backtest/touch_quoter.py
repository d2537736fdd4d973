"""One post-only order a side at the best price, looked at on a grid of time: the strategy that the
comparison with hftbacktest runs on both sides (`peer_hftbacktest.py` holds the other).

At every point of the grid, a side whose order is in flight waits; an order that no longer stands at
the best price is cancelled; a side without an order quotes the best price while its worst case
stays within `most_lots`. The grid begins `step_us` after the first book.
"""

import numpy as np

from tickpath.core.records import BookStatus, OrderState
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
    name="touch_quoter",
    levels=1,
    params={
        "lots": Param(int, 2, 1, 1_000_000, "lots of an order"),
        "most_lots": Param(int, 10, 1, 10_000_000, "largest position"),
        "step_us": Param(int, 100_000, 1, 3_600_000_000, "distance of the grid"),
    },
    events=("book", "timer"),
    state=np.dtype([("next_ns", "<i8")]),
)
class TouchQuoter(Strategy):
    """Both sides at the touch."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        if state.next_ns == 0:
            state.next_ns = view.now_ns + self.params.step_us * 1000
            out.set_timer(state.next_ns)

    def on_timer(self, view: View, state: State, out: Intents) -> None:
        state.next_ns += self.params.step_us * 1000
        out.set_timer(state.next_ns)
        top = view.top
        if top.status != BookStatus.OK or not 0 < top.bid_ticks < top.ask_ticks:
            return
        room = self.params.most_lots - self.params.lots
        self.side(view, out, Side.BUY, top.bid_ticks, view.position_lots <= room)
        self.side(view, out, Side.SELL, top.ask_ticks, view.position_lots >= -room)

    def side(self, view: View, out: Intents, side: Side, price_ticks: int, wanted: bool) -> None:
        mine = [order for order in view.orders if order.side == side]
        for order in mine:
            if order.state == OrderState.LIVE and (order.price_ticks != price_ticks or not wanted):
                out.cancel(order.client_order_id)
        if not mine and wanted:
            out.submit(side, price_ticks, self.params.lots, type=OrderType.POST_ONLY)
