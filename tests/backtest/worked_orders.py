"""A strategy that lets algorithms work: one parent after the other, changed and cancelled at times.

It has no view of the market. For tests: the three engines must agree on every decision it leads to.
"""

import numpy as np

from tickpath.core.records import OrderState, Side
from tickpath.hot.strategy.declare import Intents, Param, State, Strategy, View, strategy

NS_PER_S = 1_000_000_000
ENDS = (OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED)


@strategy(
    name="worked_orders",
    levels=1,
    params={
        "order_lots": Param(int, 20_000, 10, 10**9, "lots of a parent"),
        "algorithms": Param(int, 5, 1, 32, "how many are configured"),
        "only": Param(int, -1, -1, 31, "the only one used; -1: one after the other"),
        "lasts_s": Param(int, 30, 1, 10_000, "seconds of a parent"),
        "disturb": Param(int, 1, 0, 1, "1: change and cancel parents at times"),
    },
    events=("book", "order"),
    state=np.dtype(
        [
            ("seen", "<i8"), ("parents", "<i4"), ("whole", "<i4"), ("short", "<i4"),
            ("changed", "<i4"), ("clips", "<i4"), ("fills", "<i4"),
        ]
    ),
)  # fmt: skip
class WorkedOrders(Strategy):
    """One algorithm after the other."""

    __slots__ = ()

    def on_order(self, view: View, state: State, out: Intents) -> None:
        state.fills += view.fill_lots > 0
        if view.order is None or view.order.state not in ENDS:
            return
        if view.order.price_ticks:
            state.clips += 1
            return
        state.whole += view.order.state == OrderState.FILLED
        state.short += view.order.state == OrderState.EXPIRED

    def on_book(self, view: View, state: State, out: Intents) -> None:
        state.seen += 1
        parents = [o for o in view.orders if o.state == OrderState.PARKED]
        end = view.now_ns + self.params.lasts_s * NS_PER_S
        if parents:
            if not self.params.disturb:
                return
            which = max(0, int(state.parents) - 1) % self.params.algorithms
            if state.seen % 97 == 0:
                out.algorithm(
                    parents[0].side, self.params.order_lots, algorithm=which, end_ns=end,
                    client_order_id=parents[0].client_order_id,
                )  # fmt: skip
                state.changed += 1
            if state.seen % 401 == 0:
                out.cancel(parents[0].client_order_id)
            return
        if view.orders:
            return
        only = self.params.only
        side = Side.BUY if view.position_lots <= 0 else Side.SELL
        out.algorithm(
            side, self.params.order_lots,
            algorithm=int(state.parents) % self.params.algorithms if only < 0 else only,
            start_ns=view.now_ns + NS_PER_S // 2, end_ns=end,
        )  # fmt: skip
        state.parents += 1
