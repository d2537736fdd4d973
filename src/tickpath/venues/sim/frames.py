"""Frames in memory as the replay loop reads them: one padded buffer with offsets and times."""

from array import array
from dataclasses import dataclass

import numpy as np

from tickpath.core.limits import LIMITS
from tickpath.venues.abilities import counts_frames

PADDING = LIMITS["frame_padding_bytes"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """Frames of one instrument. `blob` is uint8, every frame followed by zero bytes of padding;
    frame k is blob[offsets[k]:offsets[k] + sizes[k]], received at t_ns[k] (int64, not falling).
    `starts` are the frames, but for the first, with which a connection begins whose frames the
    venue numbers: its source begins anew there. `wire` says in which form of `WIRES` they are."""

    venue: str
    symbol: str
    blob: np.ndarray
    offsets: np.ndarray
    sizes: np.ndarray
    t_ns: np.ndarray
    starts: tuple[int, ...] = ()
    wire: str = ""

    def __len__(self) -> int:
        return len(self.sizes)


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
