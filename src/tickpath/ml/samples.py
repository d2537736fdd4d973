"""Rows of features with what the mid did afterwards.

In: a feature frame (storage/features.py) that holds the mid. Out: `Samples`. A row counts when its
book is OK, all its columns are numbers, and a row of an OK book comes at or after its horizon, at
most one horizon late: no label reaches over a hole. The label is the last mid at or before the
horizon: of the best bid and offer where nearly every row has one, else of the book. A book that is
told of every 100 ms trails its own trades, and a model that reads trades would learn that delay,
which nobody can trade on. Memory: the whole range, 8 bytes a value.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tickpath.core.config import FeatureSpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.records import BookStatus
from tickpath.storage.features import FeatureStore

TARGETS: Final = ("return", "up")
"""return: of the mid over the horizon in ppm. up: 1 when it rose, 0 when it fell; rows after which
it did not move are left out."""
MID: Final = "book_mid_of_target"
BBO: Final = "bbo_mid_of_target"
BBO_SHARE: Final = 0.99
ROWS_MIN: Final = 200

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Samples:
    """`rows` (n, columns) float64, `target` (n,) float64, `t_ns` (n,) int64 rising."""

    names: tuple[str, ...]
    t_ns: NDArray[np.int64]
    rows: Floats
    target: Floats
    kind: str
    horizon_ns: int
    price: str
    """"bbo" or "book": whose mid the target is of."""

    @property
    def since_ns(self) -> NDArray[np.int64]:
        """Time of the first row that a sample sees."""
        return self.t_ns

    def part(self, at: slice) -> "Samples":
        """Some of them, in the same order."""
        return replace(self, t_ns=self.t_ns[at], rows=self.rows[at], target=self.target[at])

    def hash(self) -> str:
        """BLAKE2b-128 (hex) of everything that a training sees."""
        digest = hashlib.blake2b(digest_size=16)
        digest.update(repr((self.names, self.kind, self.horizon_ns, self.price)).encode())
        for array in (self.t_ns, self.rows, self.target):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def labels(
    t_ns: NDArray[np.int64], mid: Floats, horizon_ns: int
) -> tuple[NDArray[np.bool_], Floats]:
    """(whether there is a label, return in ppm) of rows in order of time."""
    ends = t_ns + horizon_ns
    after = np.searchsorted(t_ns, ends, side="left")
    there = after < len(t_ns)
    there[there] = t_ns[after[there]] - ends[there] <= horizon_ns
    last = np.searchsorted(t_ns, ends, side="right") - 1
    return there, (mid[last] / mid - 1.0) * 1e6


def samples_of(
    features: FeatureStore, venue: str, symbol: str, specs: Sequence[FeatureSpec], start_ns: int,
    stop_ns: int, *, target: str, horizon_ns: int,
) -> Samples:  # fmt: skip
    """The samples of a range. Raises ConfigError, and DataError when there are too few."""
    if target not in TARGETS or horizon_ns <= 0:
        raise ConfigError(f"target {target!r} over {horizon_ns} ns: one of {', '.join(TARGETS)}")
    mids = (
        FeatureSpec(name=MID, indicator="mid"),
        FeatureSpec(name=BBO, indicator="mid", source="bbo_mid"),
    )
    frame: Any = features.frame(venue, symbol, [*specs, *mids], start_ns, stop_ns)
    ok = np.asarray(frame["book"]) == BookStatus.OK
    if not ok.any():
        raise DataError(f"{venue} {symbol}: no row of an OK book: store a snapshot with its deltas")
    t_ns = np.asarray(frame["t_recv_ns"])[ok]
    price = "bbo" if np.isfinite(np.asarray(frame[BBO])[ok]).mean() >= BBO_SHARE else "book"
    prices = np.asarray(frame[BBO if price == "bbo" else MID])[ok]
    rows = np.column_stack([np.asarray(frame[spec.name])[ok] for spec in specs])
    there, change = labels(t_ns, prices, horizon_ns)
    keep = there & np.isfinite(rows).all(axis=1) & np.isfinite(change)
    if target == "up":
        keep &= change != 0.0
        change = (change > 0.0).astype(np.float64)
    if keep.sum() < ROWS_MIN:
        raise DataError(
            f"{venue} {symbol}: {int(keep.sum())} samples of {len(ok)} rows, {ROWS_MIN} are needed "
            "(warm columns, an OK book, a label): store more, or take a shorter horizon"
        )
    names = tuple(spec.name for spec in specs)
    return Samples(names, t_ns[keep], rows[keep], change[keep], target, horizon_ns, price)
