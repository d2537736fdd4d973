"""Trend following: holds the largest position to the side of the faster of two EMAs of the mid.

On a cross by more than `band_ppm` it moves the position toward the new side with IOC orders of the
usual size, one at a time, at most `tries_max` a cross; the first side seen is not traded. The
position may differ from the target while orders are refused or partly filled.
ema_cross_native.pyx is the twin: the floats see the same operations in the same order.
"""

from collections.abc import Sequence

import numpy as np

from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.strategy.declare import (
    FeatureSpec,
    Intents,
    Param,
    State,
    Strategy,
    Values,
    View,
    strategy,
)
from tickpath.hot.strategy.sizing import SIZING_DERIVED, SIZING_PARAMS, position_lots_at
from tickpath.hot.strategy.target import toward

INSTRUMENTS_MAX = LIMITS["instruments_max"]
PERIOD_MAX = LIMITS["window_max"]


def columns(values: Values) -> Sequence[FeatureSpec]:
    """Two averages of the mid, the fast one first."""
    fast, slow = int(values["fast_period"]), int(values["slow_period"])
    if fast >= slow:
        raise ConfigError(f"ema_cross: fast_period {fast} must be below slow_period {slow}")
    return (
        FeatureSpec(name="fast", indicator="ema", source="mid", period=fast),
        FeatureSpec(name="slow", indicator="ema", source="mid", period=slow),
    )


@strategy(
    name="ema_cross",
    levels=1,
    params={
        **SIZING_PARAMS,
        "fast_period": Param(int, 50, 2, PERIOD_MAX, "samples of the fast average"),
        "slow_period": Param(int, 500, 2, PERIOD_MAX, "samples of the slow average"),
        "band_ppm": Param(int, 10, 0, 100_000, "distance of the averages that counts as a cross"),
        "slip_ppm": Param(int, 100, 0, LIMITS["price_collar_ppm_max"], "limit past the best price"),
        "tries_max": Param(int, 32, 1, 1000, "orders a cross"),
    },
    derived=SIZING_DERIVED,
    features=columns,
    events=("book",),
    state=np.dtype([("tries", "<i4", (INSTRUMENTS_MAX,)), ("side", "i1", (INSTRUMENTS_MAX,))]),
)
class EmaCross(Strategy):
    """Position to the side of the faster average."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        i = view.instrument
        fast, slow = self.features.fast, self.features.slow
        band = slow * (float(self.params.band_ppm) * 1e-6)
        side = int(fast > slow + band) - int(fast < slow - band)
        if side != 0 and side != state.side[i]:
            state.tries[i] = self.params.tries_max if state.side[i] != 0 else 0
            state.side[i] = side
        if state.tries[i] == 0 or view.top.ask_ticks <= 0:
            return
        lots = position_lots_at(self.params, view.top.ask_ticks)
        if toward(self.params, view, int(state.side[i]) * lots, self.params.slip_ppm, out):
            state.tries[i] -= 1
