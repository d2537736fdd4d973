"""Rows of features with what the mid did afterwards.

In: a feature frame (storage/features.py) that holds the mid. Out: `Samples`. A row counts when its
book is OK, all its columns are numbers, and a row of an OK book comes at or after its horizon, at
most one horizon late: no label reaches over a hole. The label is the last mid at or before the
horizon: of the best bid and offer where nearly every row has one, else of the book. A book that is
told of every 100 ms trails its own trades, and a model that reads trades would learn that delay,
which nobody can trade on. Memory: the whole range, 8 bytes a value.

With a `window` a sample is that many rows, the newest last. A window counts when its rows follow
each other without a row of another book or of a column that is not a number between them, and
without a silence of more than SILENCE_NS: a run goes on over the last two, where the model begins
anew only behind a column that is not a number. Memory: `window` times as much.
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
SILENCE_NS: Final = 10_000_000_000
WINDOW_BYTES_MAX: Final = 2 << 30
ROWS_MIN: Final = 200

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Samples:
    """`rows` (n, columns) float64, with windows (n, window, columns); `target` (n,) float64; `t_ns`
    (n,) int64 rising, of the newest row."""

    names: tuple[str, ...]
    t_ns: NDArray[np.int64]
    rows: Floats
    target: Floats
    kind: str
    horizon_ns: int
    price: str
    """"bbo" or "book": whose mid the target is of."""
    oldest_ns: NDArray[np.int64] | None = None
    """(n,) of the oldest row of each window; None without windows."""

    @property
    def since_ns(self) -> NDArray[np.int64]:
        """Time of the first row that a sample sees."""
        return self.t_ns if self.oldest_ns is None else self.oldest_ns

    @property
    def window(self) -> int:
        """Rows of a sample; 0: samples are single rows."""
        return 0 if self.oldest_ns is None else self.rows.shape[1]

    def part(self, at: slice) -> "Samples":
        """Some of them, in the same order."""
        oldest = None if self.oldest_ns is None else self.oldest_ns[at]
        return replace(
            self, t_ns=self.t_ns[at], rows=self.rows[at], target=self.target[at], oldest_ns=oldest
        )

    def hash(self) -> str:
        """BLAKE2b-128 (hex) of everything that a training sees."""
        digest = hashlib.blake2b(digest_size=16)
        said = (self.names, self.kind, self.horizon_ns, self.price)
        digest.update(repr((*said, self.window) if self.window else said).encode())
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
    stop_ns: int, *, target: str, horizon_ns: int, window: int = 0,
) -> Samples:  # fmt: skip
    """The samples of a range; `window` rows each, 0: single rows. Raises ConfigError, and DataError
    when there are too few."""
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
    whole_ns = np.asarray(frame["t_recv_ns"])
    values = np.column_stack([np.asarray(frame[spec.name]) for spec in specs])
    t_ns = whole_ns[ok]
    price = "bbo" if np.isfinite(np.asarray(frame[BBO])[ok]).mean() >= BBO_SHARE else "book"
    there, change = labels(t_ns, np.asarray(frame[BBO if price == "bbo" else MID])[ok], horizon_ns)
    sound = ok & np.isfinite(values).all(axis=1)
    whole = following(whole_ns, sound) >= max(window, 1)
    keep = there & whole[ok] & np.isfinite(change)
    if target == "up":
        keep &= change != 0.0
        change = (change > 0.0).astype(np.float64)
    if keep.sum() < ROWS_MIN:
        raise DataError(
            f"{venue} {symbol}: {int(keep.sum())} samples of {len(t_ns)} rows, {ROWS_MIN} are "
            "needed (warm columns, an OK book, a label, a window without a hole): store more, or "
            "take a shorter horizon or window"
        )
    names = tuple(spec.name for spec in specs)
    at = np.flatnonzero(ok)[keep]
    found = Samples(names, whole_ns[at], values[at], change[keep], target, horizon_ns, price)
    return found if window == 0 else windowed(found, values, whole_ns, at, window)


def following(t_ns: NDArray[np.int64], sound: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many sound rows follow each other up to each row, itself included; 0 where it is none."""
    place = np.arange(len(t_ns))
    first = sound.copy()
    first[1:] &= ~sound[:-1] | (np.diff(t_ns) > SILENCE_NS)
    begun = np.maximum.accumulate(np.where(first, place, 0))
    return np.where(sound, place - begun + 1, 0)


def windowed(
    found: Samples, values: Floats, t_ns: NDArray[np.int64], at: NDArray[np.int64], window: int
) -> Samples:
    """`found`, whose rows are `values[at]`, with the rows before each. Raises ConfigError."""
    size = len(at) * window * values.shape[1] * 8
    if size > WINDOW_BYTES_MAX:
        raise ConfigError(
            f"{len(at)} windows of {window} rows take {size} bytes, more than {WINDOW_BYTES_MAX}: "
            "take a shorter --window, or a shorter range with --from and --to"
        )
    oldest = at - (window - 1)
    seen = np.lib.stride_tricks.sliding_window_view(values, window, axis=0)
    rows = np.ascontiguousarray(seen[oldest].transpose(0, 2, 1))
    return replace(found, rows=rows, oldest_ns=t_ns[oldest])
