"""Exponentially weighted covariance of returns: the touched row, in plain Python.

In: a price of an asset and the number of the time interval it falls in. Out: row `i` becomes
C[i][j] = decay * C[i][j] + (1 - decay) * r[i] * r[j], once an interval and asset; returns are
simple, r = (price - last) / last, over the time since the asset's last sample.

Assets are not sampled at the same instant. r[j] is the return of j in the *same* interval when j
was sampled before i in it, else 0: the pair is then counted in row j, when j comes. So a pair's
covariance is C[i][j] + C[j][i] (full.py adds them): each interval counts exactly once whatever the
order of the events. With the latest return of j instead, one half of the products would be of
different intervals, which for unpredictable returns average to nothing, and the mean of the two
halves would be half of the covariance. An asset that is silent for n intervals decays by decay**n
when it comes back; its return then spans them all and is paired with those of that interval.

Products of an asset that never moves would decay into subnormal numbers, which are slow: a row is
swept of elements below FLOOR after a silence and every SWEEP_INTERVALS. Worst case: 256 assets,
about 50 us in Python. An interval earlier than the newest, and a price that is not finite and
positive, change nothing; a return beyond CHANGE_MAX counts as 0.
"""

import math
import struct
from dataclasses import dataclass, field

import numpy as np

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS

DECAY_MIN, DECAY_MAX = 0.8, 0.999999
FLOOR = 1e-200
CHANGE_MAX = 1e6
SWEEP_SHIFT = 10
SWEEP_INTERVALS = 1 << SWEEP_SHIFT
NEVER = -1
VERSION = 1
HEADER = struct.Struct("<IIdq")


def check_shape(assets: int, decay: float) -> None:
    """Raise ConfigError for a covariance that cannot be kept."""
    if not 1 <= assets <= LIMITS["portfolio_assets_max"]:
        raise ConfigError(
            f"covariance of {assets} assets: 1..{LIMITS['portfolio_assets_max']} fit "
            "(portfolio_assets_max, limits.toml)"
        )
    if not DECAY_MIN <= decay <= DECAY_MAX:
        raise ConfigError(f"covariance: decay {decay}: choose {DECAY_MIN}..{DECAY_MAX}")


def power(decay: float, count: int) -> float:
    """decay**count for count >= 1, by squaring: multiplications only, the same bits everywhere."""
    product, square = 1.0, decay
    while count:
        if count & 1:
            product = product * square
        square = square * square
        count >>= 1
    return product


@dataclass(slots=True)
class Image:
    """What the covariance remembers, as arrays; `rows` is [assets][assets]."""

    decay: float
    interval: int
    rows: np.ndarray
    returns: np.ndarray
    prices: np.ndarray
    sampled: np.ndarray
    first: np.ndarray


def pack(image: Image) -> bytes:
    """Canonical bytes: u32 version = 1, u32 assets, f64 decay, i64 interval, then by asset f64
    returns, f64 prices, i64 sampled, i64 first, and the f64 rows."""
    arrays = (image.returns, image.prices, image.sampled, image.first, image.rows)
    head = HEADER.pack(VERSION, len(image.prices), image.decay, image.interval)
    return head + b"".join(a.tobytes() for a in arrays)


def unpack(data: bytes, assets: int, decay: float) -> Image:
    """The inverse of `pack`. Raises DataError for a state of another shape, or a forged one."""
    if len(data) != HEADER.size + assets * (32 + 8 * assets):
        raise DataError(f"covariance state: {len(data)} bytes are not of {assets} assets")
    version, count, found, interval = HEADER.unpack_from(data)
    if (version, count, found) != (VERSION, assets, decay):
        raise DataError(
            f"covariance state: version {version}, {count} assets, decay {found}: this engine has "
            f"{VERSION}, {assets}, {decay}; start from the journal"
        )
    at = HEADER.size
    columns = []
    for kind in ("<f8", "<f8", "<i8", "<i8"):
        columns.append(np.frombuffer(data, kind, assets, at).copy())
        at += 8 * assets
    rows = np.frombuffer(data, "<f8", assets * assets, at).reshape(assets, assets).copy()
    returns, prices, sampled, first = columns
    finite = all(np.isfinite(a).all() for a in (rows, returns, prices))
    past = sampled.max() <= interval and first.max() <= interval and sampled.min() >= NEVER
    if not finite or not past or prices.min() < 0 or ((prices > 0) != (sampled >= 0)).any():
        raise DataError("covariance state: changed since it was exported; start from the journal")
    return Image(decay, interval, rows, returns, prices, sampled, first)


@dataclass
class Covariance:
    """Rows of up to portfolio_assets_max assets."""

    assets: int
    decay: float
    interval: int = NEVER
    _rows: list[list[float]] = field(init=False)

    def __post_init__(self) -> None:
        check_shape(self.assets, self.decay)
        self._gain = 1.0 - self.decay
        self._rows = [[0.0] * self.assets for _ in range(self.assets)]
        self._returns = [0.0] * self.assets
        self._prices = [0.0] * self.assets
        self._sampled = [NEVER] * self.assets
        self._first = [NEVER] * self.assets

    def update(self, asset: int, price: float, interval: int) -> bool:
        """A price of an asset in an interval, the first there counts; whether a row changed."""
        last, before = self._prices[asset], self._sampled[asset]
        if interval < self.interval or interval <= before or interval < 0:
            return False
        if not price > 0.0 or math.isinf(price):
            return False
        if interval > self.interval:
            self._returns = [0.0] * self.assets
            self.interval = interval
        self._prices[asset], self._sampled[asset] = price, interval
        if last == 0.0:
            self._first[asset] = interval
            return False
        change = (price - last) / last
        self._returns[asset] = change if change <= CHANGE_MAX else 0.0
        self._row(asset, self._returns[asset], before, interval)
        return True

    def _row(self, asset: int, change: float, before: int, interval: int) -> None:
        decay = power(self.decay, interval - before)
        gain = self._gain * change
        row = self._rows[asset]
        for j, other in enumerate(self._returns):
            row[j] = decay * row[j] + gain * other
        if interval - before > 1 or before >> SWEEP_SHIFT != interval >> SWEEP_SHIFT:
            self._rows[asset] = [c if abs(c) >= FLOOR else 0.0 for c in row]

    def image(self) -> Image:
        """What it remembers, copied."""
        return Image(
            self.decay,
            self.interval,
            np.array(self._rows),
            np.array(self._returns),
            np.array(self._prices),
            np.array(self._sampled, dtype=np.int64),
            np.array(self._first, dtype=np.int64),
        )

    def export_state(self) -> bytes:
        """Canonical bytes, see `pack`."""
        return pack(self.image())

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported. Raises DataError."""
        image = unpack(data, self.assets, self.decay)
        self.interval = image.interval
        self._rows, self._returns = image.rows.tolist(), image.returns.tolist()
        self._prices, self._sampled = image.prices.tolist(), image.sampled.tolist()
        self._first = image.first.tolist()
