"""Every verb once, for numba; verbs_python.py is the same as a class."""

import numpy as np

from tickpath.hot.strategy.declare import FeatureSpec, Param, strategy
from tickpath.hot.strategy.numba_body import cancel, replace, set_timer, submit


@strategy(
    name="verbs",
    params={"lots": Param(int, 3, 1, 100), "limit": Param(float, 2.5, 0.0, 100.0)},
    features=[FeatureSpec(name="spread", indicator="spread")],
    state=np.dtype([("seen", "<i8"), ("total", "<f8")]),
    events=("book", "order"),
    language="numba",
)
def verbs(view, state, out):  # type: ignore[no-untyped-def]
    """Submits below a spread, replaces its oldest order, cancels the others, sets a timer."""
    if view.event == 5:
        if view.fill_lots > 0:
            cancel(out, view, view.order.client_order_id)
        return
    state.seen += 1
    state.total = state.total * 0.9 + view.features[0]
    if state.total < view.params_f[0] * 10.0:
        submit(out, view, 0, 0, 0, view.top.bid_ticks, view.params_i[0], 5)
    for k in range(view.order_count):
        order = view.orders[k]
        if k == 0:
            lots = order.leaves_lots + np.int64(view.random % np.uint64(4))
            price = view.top.bids[1].price_ticks
            replace(out, view, order.client_order_id, order.side, 2, 0, price, lots, 0)
        else:
            cancel(out, view, order.client_order_id)
    set_timer(out, view, view.now_ns + 1_500_000, 1)
