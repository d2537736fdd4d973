"""Money of ticks and lots as float64, for figures and drawings; exact money stays in integers."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.config import Config, Instrument
from tickpath.core.records import InstrumentKind, Side

Floats = npt.NDArray[np.float64]


def money_scale(config: Config, currency: int) -> float:
    """Units of a currency in one of it."""
    return float(10 ** config.currencies[currency].decimals)


def value(instrument: Instrument, ticks: npt.ArrayLike, lots: npt.ArrayLike) -> Floats:
    """Value of `lots` at `ticks` (may be halves) in the settle currency; NaN where ticks are 0.

    Linear and spot: ticks x lots x num / den; inverse: lots x num / (ticks x den), whose profit is
    entry minus exit (see hot/execute/position.py)."""
    num, den = instrument.value_ratio
    scale = num / den / 10.0**instrument.settle_decimals
    price = np.asarray(ticks, dtype=np.float64)
    price = np.where(price > 0, price, np.nan)
    count = np.asarray(lots, dtype=np.float64)
    if instrument.kind == InstrumentKind.INVERSE:
        return np.asarray(count * scale / price)
    return np.asarray(price * count * scale)


def gain(
    instrument: Instrument, entry: npt.ArrayLike, later: npt.ArrayLike, lots: npt.ArrayLike
) -> Floats:
    """What `lots` (negative: sold) bought at `entry` ticks have gained at `later` ticks."""
    before, after = value(instrument, entry, lots), value(instrument, later, lots)
    return before - after if instrument.kind == InstrumentKind.INVERSE else after - before


def signs(side: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """+1 of a buy, -1 of a sell."""
    return np.where(side == Side.BUY, 1, -1).astype(np.int64)
