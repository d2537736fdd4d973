"""A strategy of a hedging account: opens both legs, adds, closes each in parts, asks too much.

For tests: every order names its leg, closing ones are larger than the leg now and then, and must be
refused by risk on every engine alike.
"""

import numpy as np

from tickpath.core.records import POSITION_LONG, POSITION_SHORT, OrderType, Side, TimeInForce
from tickpath.hot.strategy.declare import Intents, Param, State, Strategy, View, strategy


@strategy(
    name="hedger",
    levels=1,
    params={"order_lots": Param(int, 4, 1, 10**6, "lots of an order")},
    events=("book",),
    state=np.dtype([("seen", "<i8"), ("step", "<i8")]),
)
class Hedger(Strategy):
    """One order each few events, by turns on either leg."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        state.seen += 1
        if state.seen % 5 or len(view.orders) > 6:
            return
        state.step += 1
        step = int(state.step)
        leg = POSITION_LONG if step % 2 else POSITION_SHORT
        opens = step // 2 % 3 != 2
        buys = opens == (leg == POSITION_LONG)
        side = Side.BUY if buys else Side.SELL
        lots = self.params.order_lots * (1 + step % 3)
        if step % 7 == 0:
            out.submit(side, 0, lots, type=OrderType.MARKET, flags=leg)
        elif step % 5 == 0:
            far = view.top.ask_ticks if buys else view.top.bid_ticks
            out.submit(side, far, lots, time_in_force=TimeInForce.IOC, flags=leg)
        elif step % 11 == 0:
            trigger = view.top.bid_ticks - 20 if side == Side.SELL else view.top.ask_ticks + 20
            out.submit(side, 0, lots, type=OrderType.STOP, trigger_ticks=trigger, flags=leg)
        else:
            near = view.top.bid_ticks if buys else view.top.ask_ticks
            out.submit(side, near, lots, flags=leg, expire_ns=view.now_ns + 10**10)
