"""One taker order toward a target position: the rule of ema_cross and of every bank.

Nothing while an own order is open; an order of the usual size or none; a limit price through the
best price by `slip_ppm`, IOC, so it takes what is there and never rests. target.pxd is the twin.
"""

from typing import Any

from tickpath.core.records import Side, TimeInForce, View
from tickpath.hot.strategy.intents import Intents
from tickpath.hot.strategy.sizing import order_lots_at


def toward(params: Any, view: View, target_lots: int, slip_ppm: int, out: Intents) -> bool:
    """Whether an order was sent."""
    missing = target_lots - view.position_lots
    best = view.top.ask_ticks if missing > 0 else view.top.bid_ticks
    if view.orders or best <= 0:
        return False
    lots = order_lots_at(params, best)
    if abs(missing) < lots:
        return False
    slip = best * slip_ppm // 1_000_000
    if missing > 0:
        out.submit(Side.BUY, best + slip, lots, time_in_force=TimeInForce.IOC)
    else:
        out.submit(Side.SELL, max(best - slip, 1), lots, time_in_force=TimeInForce.IOC)
    return True
