"""Markouts: where the mid went after each fill, signed so that plus is good for us.

The markout of a fill at a horizon h is side x (mid at the venue at the fill's time + h - fill
price), side +1 for a buy. At horizon 0 it is the half spread: earned by a maker, paid by a taker,
except where the message that filled us had moved the book already (reason `cross`). Fees are not in
it. A horizon that ends after the run, or meets no good book, has no markout.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.backtest.mids import Mids
from tickpath.backtest.values import Floats, gain, signs
from tickpath.core.config import Config
from tickpath.venues.sim.fills import WHY

HORIZONS_NS = (0, 100_000_000, 1_000_000_000, 10_000_000_000, 60_000_000_000)


def horizon_text(horizon_ns: int) -> str:
    """'at fill', '100 ms', '10 s'."""
    if horizon_ns == 0:
        return "at fill"
    if horizon_ns < 1_000_000_000:
        return f"{horizon_ns / 1e6:g} ms"
    return f"{horizon_ns / 1e9:g} s"


@dataclass(frozen=True, slots=True)
class Markouts:
    """One row a fill, one column a horizon: `ticks2` int64 twice ticks, `known` bool, `money`
    float64 in the settle currency (NaN where not known), `weight` lots."""

    horizons_ns: tuple[int, ...]
    ticks2: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]
    money: Floats
    weight: npt.NDArray[np.int64]

    def ticks(self) -> Floats:
        """Ticks, NaN where not known."""
        return np.where(self.known, self.ticks2 / 2.0, np.nan)

    def mean_ticks(self, chosen: npt.NDArray[np.bool_]) -> list[float]:
        """Mean of the chosen fills weighted by lots, one a horizon; NaN where none is known."""
        return [self._mean(k, chosen) for k in range(len(self.horizons_ns))]

    def error_ticks(self, chosen: npt.NDArray[np.bool_]) -> list[float]:
        """Standard error of `mean_ticks`: fills taken as independent, which those that share
        seconds are not; the true error is larger."""
        return [self._error(k, chosen) for k in range(len(self.horizons_ns))]

    def total_money(self, chosen: npt.NDArray[np.bool_]) -> list[float]:
        """Sum over the chosen fills in the settle currency, one a horizon."""
        sums = np.nansum(np.where(chosen[:, None], self.money, np.nan), axis=0)
        return [float(s) for s in sums]

    def _mean(self, k: int, chosen: npt.NDArray[np.bool_]) -> float:
        use = chosen & self.known[:, k]
        total = int(self.weight[use].sum())
        if total == 0:
            return float("nan")
        weight = self.weight[use].astype(np.float64)
        return float(np.dot(self.ticks2[use, k].astype(np.float64), weight) / (2.0 * total))

    def _error(self, k: int, chosen: npt.NDArray[np.bool_]) -> float:
        use = chosen & self.known[:, k]
        if int(np.count_nonzero(use)) < 2:
            return float("nan")
        weight = self.weight[use] / self.weight[use].sum()
        residual = self.ticks2[use, k] / 2.0 - self._mean(k, chosen)
        return float(np.sqrt(np.sum((weight * residual) ** 2)))


def markouts(
    config: Config,
    fills: npt.NDArray[Any],
    mids: Mids,
    horizons_ns: tuple[int, ...] = HORIZONS_NS,
) -> Markouts:
    """Markouts of fills (FILL_DTYPE) at horizons (ns, ascending)."""
    shape = (len(fills), len(horizons_ns))
    ticks2, money = np.zeros(shape, dtype=np.int64), np.full(shape, np.nan)
    known = np.zeros(shape, dtype=bool)
    sign = signs(fills["side"])
    for k, horizon_ns in enumerate(horizons_ns):
        mid2 = mids.at(fills["instrument"], fills["t_ns"] + horizon_ns)
        known[:, k] = mid2 > 0
        moved = sign * (mid2 - 2 * fills["price_ticks"])
        ticks2[:, k] = np.where(known[:, k], moved, 0)
        for i in config.instruments:
            mine = fills["instrument"] == i.index
            own = fills[mine]
            lots = sign[mine] * own["quantity_lots"]
            money[mine, k] = gain(i, own["price_ticks"], mid2[mine] / 2.0, lots)
    return Markouts(horizons_ns, ticks2, known, money, fills["quantity_lots"].astype(np.int64))


def groups(fills: npt.NDArray[Any]) -> Mapping[str, npt.NDArray[np.bool_]]:
    """Fills by liquidity, reason and side, those there are; "all" first."""
    found: dict[str, npt.NDArray[np.bool_]] = {"all": np.ones(len(fills), dtype=bool)}
    found["maker"], found["taker"] = fills["maker"] != 0, fills["maker"] == 0
    for k, why in enumerate(WHY):
        found[why] = fills["why"] == k
    found["buys"], found["sells"] = fills["side"] == 0, fills["side"] == 1
    return {name: chosen for name, chosen in found.items() if chosen.any()}
