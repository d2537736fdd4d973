"""Market data that come piece by piece, so that a run of any length needs the memory of a few.

`Pieces` is what `Backtest` takes instead of a recording: an iterator of recordings of whole events,
looked ahead by one so that the replay loop knows whether another follows. `event_pieces` makes them
of ticks, `merged_pieces` puts several instruments on one clock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError
from tickpath.core.ticks import Ticks
from tickpath.venues.flat.frames import flat_recording
from tickpath.venues.flat.wire import HEAD, has_order
from tickpath.venues.sim.frames import Recording, merged
from tickpath.venues.sim.queue import orderless


class Pieces:
    """Pieces of one recording in order. Raises DataError when there is none, or when one begins
    before the one before it has ended."""

    def __init__(self, pieces: Iterable[Recording]) -> None:
        self._pieces = filled(iter(pieces))
        self._next = next(self._pieces, None)
        if self._next is None:
            raise DataError("no market data: nothing lies in the range that was asked for")
        self._last_ns = int(self._next.t_ns[0])
        self.venue, self.symbol = self._next.venue, self._next.symbol
        self.wire = self._next.wire

    @property
    def more(self) -> bool:
        """Whether `take` has a piece."""
        return self._next is not None

    def take(self) -> Recording:
        """The next piece."""
        piece = self._next
        if piece is None:
            raise DataError("no more market data")
        if int(piece.t_ns[0]) < self._last_ns:
            raise DataError(
                f"{piece.venue}:{piece.symbol}: a piece begins at {int(piece.t_ns[0])} ns, before "
                f"{self._last_ns} ns, where the one before it ended: sort the data by time"
            )
        self._last_ns = int(piece.t_ns[-1])
        self._next = next(self._pieces, None)
        return piece


def whole(data: Recording | Pieces) -> Recording:
    """All pieces as one recording in memory."""
    if isinstance(data, Recording):
        return data
    parts = []
    while data.more:
        parts.append(data.take())
    frames = np.cumsum([0, *(len(part) for part in parts)]).tolist()
    places = np.cumsum([0, *(len(part.blob) for part in parts)]).tolist()
    stamps = [part.t_venue_ns for part in parts if part.t_venue_ns is not None]
    sources = [part.sources for part in parts if part.sources is not None]
    return replace(
        parts[0],
        blob=np.concatenate([part.blob for part in parts]),
        offsets=np.concatenate(
            [part.offsets + at for part, at in zip(parts, places, strict=False)]
        ),
        sizes=np.concatenate([part.sizes for part in parts]),
        t_ns=np.concatenate([part.t_ns for part in parts]),
        starts=tuple(
            first + k for part, first in zip(parts, frames, strict=False) for k in part.starts
        ),
        sources=np.concatenate(sources) if sources else None,
        t_venue_ns=np.concatenate(stamps) if len(stamps) == len(parts) else None,
    )


def filled(pieces: Iterator[Recording]) -> Iterator[Recording]:
    """Those that have frames."""
    return (piece for piece in pieces if len(piece))


def event_pieces(venue: str, symbol: str, chunks: Iterable[Ticks]) -> Iterator[Recording]:
    """Flat frames of chunks of whole events of one instrument."""
    for chunk in chunks:
        yield flat_recording(venue, symbol, chunk)


def check_orders(recording: Recording) -> None:
    """Raises ConfigError when a source of the first piece of flat frames has no order rows."""
    sources = recording.sources
    if sources is None:
        sources = np.zeros(len(recording), np.int32)
    for first in np.unique(sources, return_index=True)[1]:
        start = int(recording.offsets[first])
        if not has_order(bytes(recording.blob[start : start + HEAD.size])):
            raise orderless(f"{recording.venue}:{recording.symbol}")


def order_pieces(
    venue: str, symbol: str, chunks: Iterable[tuple[Ticks, npt.NDArray[Any]]]
) -> Iterator[Recording]:
    """The same with the order rows of an L3 feed, for `queue = "fifo"`: see storage/levels.py."""
    for chunk, orders in chunks:
        yield flat_recording(venue, symbol, chunk, orders)


def merged_pieces(streams: Sequence[Iterable[Recording]]) -> Iterator[Recording]:
    """Several instruments on one clock: stream k becomes source k. Memory is that of a piece of
    each and a copy."""
    sources = [filled(iter(stream)) for stream in streams]
    held = [next(source, None) for source in sources]
    empty = [k for k, piece in enumerate(held) if piece is None]
    if empty:
        raise DataError(f"no market data of instrument {empty[0] + 1} of {len(streams)}")
    heads = [piece for piece in held if piece is not None]
    while any(len(head) for head in heads):
        ends = [int(head.t_ns[-1]) for head in heads if len(head)]
        until = min(ends)
        cuts = [int(np.searchsorted(head.t_ns, until, side="right")) for head in heads]
        part = merged([part_of(head, 0, cut) for head, cut in zip(heads, cuts, strict=True)])
        yield part
        for k, cut in enumerate(cuts):
            left = part_of(heads[k], cut, len(heads[k]))
            if not len(left):
                left = next(sources[k], left)
            heads[k] = left


def part_of(recording: Recording, start: int, stop: int) -> Recording:
    """Frames start to stop of a recording, on the same memory."""
    low = int(recording.offsets[start]) if start < stop else 0
    high = len(recording.blob)
    if stop < len(recording):
        high = int(recording.offsets[stop])
    stamped, sources = recording.t_venue_ns, recording.sources
    return replace(
        recording,
        blob=recording.blob[low:high] if start < stop else recording.blob[:0],
        offsets=recording.offsets[start:stop] - low,
        sizes=recording.sizes[start:stop],
        t_ns=recording.t_ns[start:stop],
        starts=tuple(k - start for k in recording.starts if start <= k < stop),
        sources=None if sources is None else sources[start:stop],
        t_venue_ns=None if stamped is None else stamped[start:stop],
    )
