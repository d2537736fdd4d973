"""every_event once more, for numba: the same decisions as the shipped one."""

import numpy as np

from tickpath.hot.strategy.declare import strategy
from tickpath.hot.strategy.numba_body import submit
from tickpath.hot.strategy.sizing import SIZING_DERIVED, SIZING_PARAMS


@strategy(
    name="every_event_numba",
    params=SIZING_PARAMS,
    derived=SIZING_DERIVED,
    events=("book", "bbo", "trade"),
    state=np.dtype([("sent", "<i8")]),
    language="numba",
)
def every_event(view, state, out):  # type: ignore[no-untyped-def]
    """An order an event: spot and linear only, order_lots given in whole order steps."""
    p = view.params_i
    buys = view.position_lots < 0
    if view.position_lots == 0:
        buys = state.sent % 2 == 0
    if view.event == 3:
        price = view.bbo.ask_ticks if buys else view.bbo.bid_ticks
    else:
        price = view.top.ask_ticks if buys else view.top.bid_ticks
    if price <= 0:
        return
    lots = p[8]
    unit = price * p[4]
    least = (p[3] * p[5] + unit - 1) // unit
    lots = max(lots, least, p[2])
    submit(out, view, 0 if buys else 1, 0, 1, price, lots, 0)
    state.sent += 1
