"""A strategy of every order the engine holds: brackets, stops, trailing stops, icebergs, OCO.

It has no view of the market: each time it has no order left it starts the next kind in turn. For
tests: the three engines must agree on every decision it leads to.
"""

import numpy as np

from tickpath.core.records import (
    REDUCE_ONLY,
    TRIGGER_BBO,
    TRIGGER_MID,
    OpenOrder,
    OrderState,
    OrderType,
    Side,
)
from tickpath.hot.strategy.declare import Intents, Param, State, Strategy, View, strategy

NS_PER_S = 1_000_000_000


@strategy(
    name="special_orders",
    levels=1,
    params={
        "order_lots": Param(int, 4000, 1, 10**9, "lots of an order"),
        "reach_ticks": Param(int, 40, 1, 10**6, "distance of stops and profits"),
    },
    events=("book", "order"),
    state=np.dtype(
        [("seen", "<i8"), ("link", "<i4"), ("ended", "<i4"), ("parked", "<i4"), ("moved", "<i4")]
    ),
)
class SpecialOrders(Strategy):
    """One kind of order after the other."""

    __slots__ = ()

    def on_order(self, view: View, state: State, out: Intents) -> None:
        ended = view.order is not None and view.order.state in (
            OrderState.FILLED,
            OrderState.CANCELLED,
            OrderState.REJECTED,
            OrderState.EXPIRED,
        )
        state.ended += ended

    def on_book(self, view: View, state: State, out: Intents) -> None:
        state.seen += 1
        parked = [o for o in view.orders if o.state == OrderState.PARKED]
        state.parked = max(int(state.parked), len(parked))
        if view.orders:
            if parked and state.seen % 37 == 0:
                self.move(view, parked[-1], state, out)
            if state.seen % 211 == 0:
                for order in view.orders:
                    out.cancel(order.client_order_id)
            return
        state.link += 1
        lots, reach, away = self.params.order_lots, self.params.reach_ticks, view.position_lots
        bid, ask = view.top.bid_ticks, view.top.ask_ticks
        later = view.now_ns + 20 * NS_PER_S
        side = Side.BUY if away <= 0 else Side.SELL
        sign = 1 if side == Side.BUY else -1
        near = bid if side == Side.BUY else ask
        kind = int(state.link) % 5
        if kind in (0, 1):
            out.bracket(
                side, near + sign * kind * reach, lots, take_ticks=near + sign * reach,
                stop_ticks=near - sign * reach, link=int(state.link), tag=kind,
                expire_ns=later,
            )  # fmt: skip
        elif kind == 2:
            out.submit(side, near, 5 * lots, display_lots=lots, expire_ns=later, tag=kind)
        elif kind == 3:
            flags = TRIGGER_MID | (REDUCE_ONLY if away else 0)
            out.submit(
                side, 0, min(lots, abs(away)) if away else lots, type=OrderType.TRAILING_STOP,
                trigger_ticks=reach, flags=flags, tag=kind, expire_ns=later,
            )  # fmt: skip
        else:
            pair = {"link": int(state.link), "tag": kind, "expire_ns": later}
            out.submit(
                Side.BUY, ask + 2 * reach, lots, type=OrderType.STOP_LIMIT,
                trigger_ticks=ask + reach // 2, flags=TRIGGER_BBO, **pair,
            )  # fmt: skip
            out.submit(
                Side.SELL, 0, lots, type=OrderType.STOP, trigger_ticks=bid - reach // 2, **pair
            )

    def move(self, view: View, order: OpenOrder, state: State, out: Intents) -> None:
        """Bring a parked stop nearer: it keeps its id."""
        sell = order.side == Side.SELL
        trigger = view.top.bid_ticks - 3 if sell else view.top.ask_ticks + 3
        out.replace(
            order.client_order_id, order.side, 0, order.leaves_lots, type=OrderType.STOP,
            tag=order.tag, trigger_ticks=trigger,
        )  # fmt: skip
        state.moved += 1
