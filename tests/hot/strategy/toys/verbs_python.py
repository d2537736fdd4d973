"""Every verb once, as a class; verbs_numba.py is the same for numba."""

import numpy as np

from tickpath.hot.strategy.declare import (
    FeatureSpec,
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
    name="verbs",
    params={"lots": Param(int, 3, 1, 100), "limit": Param(float, 2.5, 0.0, 100.0)},
    features=[FeatureSpec(name="spread", indicator="spread")],
    state=np.dtype([("seen", "<i8"), ("total", "<f8")]),
)
class Verbs(Strategy):
    """Submits below a spread, replaces its oldest order, cancels the others, sets a timer."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        state.seen += 1
        state.total = state.total * 0.9 + self.features.spread
        if state.total < self.params.limit * 10.0:
            out.submit(Side.BUY, view.top.bid_ticks, self.params.lots, tag=5)
        for k, order in enumerate(view.orders):
            if k == 0:
                out.replace(
                    order.client_order_id, order.side, view.top.bids[1].price_ticks,
                    order.leaves_lots + view.random % 4, type=OrderType.POST_ONLY,
                )  # fmt: skip
            else:
                out.cancel(order.client_order_id)
        out.set_timer(view.now_ns + 1_500_000, 1)

    def on_order(self, view: View, state: State, out: Intents) -> None:
        if view.fill_lots > 0:
            out.cancel(view.order.client_order_id if view.order else 0)
