"""Layouts of the portfolio: its canonical state, the snapshot for those who work off the path, and
their answer. Little endian, no padding, one for all backends.

state     u32 version = 1, u32 on; then, when on: i64 interval, tick_ns, earned_units, marked,
          u64 answer_version, three times (historical, parametric, Monte Carlo) i64 var_units,
          shortfall_units, from_ns; i64 correlated_from_ns, i64 correlated_units an instrument;
          u32 length and bytes of the covariance, the same of the historical tail
snapshot  u64 seq, i64 now_ns, interval, instruments; by instrument i64 lots held, f64 price, i64
          interval of its last sample, i64 of its first; f64 rows of the covariance
answer    u64 version, u64 seq, i64 from_ns, i64 var_units and i64 shortfall_units (parametric,
          Monte Carlo), i64 correlated_units of instruments_max instruments; ABSENT where there is
          none

Limits are configuration, not state: importing a state cannot loosen one.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import FIGURE_ABSENT
from tickpath.hot.risk.portfolio.covariance import Image as CovarianceImage

VERSION = 1
HEADER = struct.Struct("<II")
FIXED = struct.Struct("<qqqqQ9qq")
LENGTH = struct.Struct("<I")
SNAPSHOT = struct.Struct("<Qqqq")
ANSWER = struct.Struct(f"<QQq4q{LIMITS['instruments_max']}q")
ABSENT = FIGURE_ABSENT
UNITS_MAX = 2**62


@dataclass(slots=True)
class Image:
    """The state as plain values; `figures` are var, shortfall, from_ns three times."""

    interval: int
    tick_ns: int
    earned_units: int
    marked: int
    answer_version: int
    figures: Sequence[int]
    correlated_from_ns: int
    correlated_units: Sequence[int]
    covariance: bytes
    historical: bytes


OFF = HEADER.pack(VERSION, 0)
"""The state where nothing is configured."""


def pack(image: Image) -> bytes:
    """The exported bytes of a portfolio that is on."""
    fixed = FIXED.pack(
        image.interval,
        image.tick_ns,
        image.earned_units,
        image.marked,
        image.answer_version,
        *image.figures,
        image.correlated_from_ns,
    )
    correlated = struct.pack(f"<{len(image.correlated_units)}q", *image.correlated_units)
    out = [HEADER.pack(VERSION, 1), fixed, correlated]
    for part in (image.covariance, image.historical):
        out += [LENGTH.pack(len(part)), part]
    return b"".join(out)


def next_tick(interval: int, grid_ns: int) -> int:
    """When the interval behind this one begins; at once before the first."""
    return min((interval + 1) * grid_ns, 2**63 - 1) if interval >= 0 else -(2**63)


def unpack(data: bytes, grid_ns: int, instruments: int) -> Image | None:
    """The inverse of `pack`, None for one that is off. Raises DataError for a torn state, one of
    another configuration, or figures younger than the state itself."""
    on = grid_ns > 0
    try:
        version, found = HEADER.unpack_from(data)
        if version != VERSION or found != int(on):
            raise DataError(
                f"portfolio state: version {version}, on {found}: this engine has {VERSION}, "
                f"{int(on)}; start from the journal"
            )
        if not on:
            if len(data) != HEADER.size:
                raise DataError(f"portfolio state: {len(data)} bytes, {HEADER.size} expected")
            return None
        fixed = FIXED.unpack_from(data, HEADER.size)
        at = HEADER.size + FIXED.size
        correlated = struct.unpack_from(f"<{instruments}q", data, at)
        at += 8 * instruments
        parts = []
        for _ in range(2):
            (length,) = LENGTH.unpack_from(data, at)
            at += LENGTH.size + length
            parts.append(data[at - length : at])
    except struct.error as error:
        raise DataError(f"portfolio state is torn: {error}") from error
    if at != len(data):
        raise DataError(f"portfolio state: {len(data)} bytes, {at} expected")
    interval, tick_ns, earned, marked, answer, *rest = fixed
    units = [*rest[:2], *rest[3:5], *rest[6:8], *correlated, earned]
    young = any(not 0 <= t <= max(tick_ns, 0) for t in (*rest[2:9:3], rest[9]))
    beyond = any(abs(u) > UNITS_MAX for u in units if u != ABSENT)
    if marked not in (0, 1) or young or beyond or tick_ns != next_tick(interval, grid_ns):
        raise DataError("portfolio state: changed since it was exported; start from the journal")
    return Image(interval, tick_ns, earned, marked, answer, rest[:9], rest[9], correlated, *parts)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the walk leaves for those who work off the path."""

    seq: int
    now_ns: int
    lots: np.ndarray
    covariance: CovarianceImage


def snapshot_size(instruments: int) -> int:
    """Bytes of a snapshot."""
    return SNAPSHOT.size + 8 * instruments * (4 + instruments)


def pack_snapshot(seq: int, now_ns: int, lots: Sequence[int], c: CovarianceImage) -> bytes:
    """The bytes of a snapshot."""
    parts = (np.array(lots, dtype="<i8"), c.prices, c.sampled, c.first, c.rows)
    head = SNAPSHOT.pack(seq, now_ns, c.interval, len(lots))
    return head + b"".join(p.tobytes() for p in parts)


def unpack_snapshot(data: bytes, instruments: int, decay: float) -> Snapshot:
    """The inverse of `pack_snapshot`. Raises DataError for one of another shape."""
    if len(data) != snapshot_size(instruments):
        raise DataError(f"portfolio snapshot: {len(data)} bytes are not of {instruments}")
    seq, now_ns, interval, count = SNAPSHOT.unpack_from(data)
    if count != instruments:
        raise DataError(f"portfolio snapshot: of {count} instruments, not {instruments}")
    at, columns = SNAPSHOT.size, []
    for kind in ("<i8", "<f8", "<i8", "<i8"):
        columns.append(np.frombuffer(data, kind, count, at))
        at += 8 * count
    lots, prices, sampled, first = columns
    rows = np.frombuffer(data, "<f8", count * count, at).reshape(count, count)
    image = CovarianceImage(decay, interval, rows, np.zeros(count), prices, sampled, first)
    return Snapshot(seq, now_ns, lots, image)


def pack_answer(
    version: int, seq: int, from_ns: int, figures: Sequence[int], correlated: Sequence[int]
) -> bytes:
    """The value of the answers slot; `figures` are parametric and simulated var, then shortfall."""
    rest = [ABSENT] * (LIMITS["instruments_max"] - len(correlated))
    return ANSWER.pack(version, seq, from_ns, *figures, *correlated, *rest)
