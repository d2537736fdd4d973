"""Frames in memory as the replay loop reads them: one padded buffer with offsets and times."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS
from tickpath.venues.abilities import counts_frames

PADDING = LIMITS["frame_padding_bytes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """Frames of one instrument. `blob` is uint8, every frame followed by zero bytes of padding;
    frame k is blob[offsets[k]:offsets[k] + sizes[k]], received at t_ns[k] (int64, not falling).
    `starts` are the frames, but for the first, with which a connection begins whose frames the
    venue numbers: its source begins anew there. `wire` says in which form of `WIRES` they are.
    `sources` (int32) says which source of the configuration a frame is of, None: all of the first;
    `t_venue_ns` (int64) is when the venue stamped it, 0: it did not, None: unknown."""

    venue: str
    symbol: str
    blob: np.ndarray
    offsets: np.ndarray
    sizes: np.ndarray
    t_ns: np.ndarray
    starts: tuple[int, ...] = ()
    wire: str = ""
    sources: np.ndarray | None = None
    t_venue_ns: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.sizes)

    def source_of(self, k: int) -> int:
        """Of frame k."""
        return 0 if self.sources is None else int(self.sources[k])


class Builder:
    """Grows a recording frame by frame in one buffer."""

    def __init__(self) -> None:
        self.blob = bytearray()
        self.sizes = array("q")
        self.t_ns = array("q")
        self.starts: list[int] = []

    def begin(self) -> None:
        """The next frame is the first of a connection."""
        if self.sizes and self.starts[-1:] != [len(self.sizes)]:
            self.starts.append(len(self.sizes))

    def add(self, t_ns: int, frame: bytes) -> None:
        self.sizes.append(len(frame))
        self.t_ns.append(t_ns)
        self.blob += frame
        self.blob += bytes(PADDING)

    def build(self, venue: str, symbol: str) -> Recording:
        """The recording. Times that go back are lifted to the last one."""
        sizes = np.array(self.sizes, dtype=np.int64)
        offsets = np.zeros(len(sizes), dtype=np.int64)
        np.cumsum(sizes[:-1] + PADDING, out=offsets[1:])
        times = np.array(self.t_ns, dtype=np.int64)
        return Recording(
            venue=venue,
            symbol=symbol,
            blob=np.frombuffer(self.blob, dtype=np.uint8),
            offsets=offsets,
            sizes=sizes,
            t_ns=np.maximum.accumulate(times) if len(times) else times,
            starts=tuple(self.starts) if counts_frames(venue) else (),
        )


def merged(parts: Sequence[Recording]) -> Recording:
    """Recordings on one clock: part k is of source k; at equal times the earlier part goes first.
    Frames are copied. Raises DataError for parts of different wires."""
    if len({part.wire for part in parts}) != 1:
        raise DataError("recordings of text and of normalised events cannot be mixed in one run")
    t_ns = np.concatenate([part.t_ns for part in parts])
    order = np.argsort(t_ns, kind="stable")
    starts = np.cumsum([0, *(len(part) for part in parts)])
    places = np.cumsum([0, *(len(part.blob) for part in parts)])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    stamped = [part.t_venue_ns for part in parts]
    known = [s for s in stamped if s is not None]
    return Recording(
        venue=parts[0].venue,
        symbol=parts[0].symbol,
        blob=np.concatenate([part.blob for part in parts]),
        offsets=np.concatenate(
            [part.offsets + at for part, at in zip(parts, places, strict=False)]
        )[order],
        sizes=np.concatenate([part.sizes for part in parts])[order],
        t_ns=t_ns[order],
        starts=tuple(
            sorted(
                int(place[first + k])
                for part, first in zip(parts, starts, strict=False)
                for k in part.starts
            )
        ),
        wire=parts[0].wire,
        sources=np.repeat(np.arange(len(parts), dtype=np.int32), [len(part) for part in parts])[
            order
        ],
        t_venue_ns=np.concatenate(known)[order] if len(known) == len(parts) else None,
    )


def followed(first: Recording, start: int, second: Recording) -> Recording:
    """The frames of `first` from `start` on, then those of `second`: pieces of one recording."""
    cut = int(first.offsets[start:].min()) if start < len(first) else len(first.blob)
    shift = len(first.blob) - cut

    def both(one: np.ndarray | None, two: np.ndarray | None) -> np.ndarray | None:
        return None if one is None or two is None else np.concatenate([one[start:], two])

    return replace(
        second,
        blob=np.concatenate([first.blob[cut:], second.blob]),
        offsets=np.concatenate([first.offsets[start:] - cut, second.offsets + shift]),
        sizes=np.concatenate([first.sizes[start:], second.sizes]),
        t_ns=np.concatenate([first.t_ns[start:], second.t_ns]),
        starts=tuple(
            [k - start for k in first.starts if k >= start]
            + [k + len(first) - start for k in second.starts]
        ),
        sources=both(first.sources, second.sources),
        t_venue_ns=both(first.t_venue_ns, second.t_venue_ns),
    )
