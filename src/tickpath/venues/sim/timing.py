"""When the venue lived the frames of a recording: before the engine received them.

| feed     | a frame received at t was lived at                                              |
| -------- | ------------------------------------------------------------------------------- |
| constant | t - `feed_latency_ns`                                                           |
| recorded | the time the venue stamped it with, on our clock: t less (t - stamp) beyond its |
|          | smallest, less `feed_latency_ns`. A frame without a stamp: constant             |

The venue's clock may be skewed, so only differences count: the frame with the smallest (t - stamp)
of its source came with `feed_latency_ns`. Times of a source are lifted so that none falls.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tickpath.core.config import SimSpec
from tickpath.core.errors import ConfigError
from tickpath.venues.sim.frames import Recording


@dataclass(frozen=True, slots=True)
class Lived:
    """Frames in the order in which the venue lived them: `t_ns[k]` is when it lived frame
    `order[k]`; both int64."""

    t_ns: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]


class FeedClock:
    """Lived times of the pieces of a recording, one after the other."""

    def __init__(self, sim: SimSpec) -> None:
        self.sim = sim
        self.skew_ns: dict[int, int] = {}
        """Smallest (receive - venue) of a source, from the first piece that has a stamp of it."""
        self.last_ns: dict[int, int] = {}

    def lived(self, recording: Recording) -> Lived:
        """Raises ConfigError when the venue's stamps are asked for and the recording has none."""
        received = recording.t_ns
        if self.sim.feed == "constant":
            order = np.arange(len(received), dtype=np.int64)
            return Lived(received - self.sim.feed_latency_ns, order)
        sources, stamped = recording.sources, recording.t_venue_ns
        if stamped is None:
            raise ConfigError(
                '[sim] feed = "recorded": the frames of this recording are the venue\'s text; '
                "import it first (tickpath store import), ticks carry the venue's time stamps"
            )
        if sources is None:
            sources = np.zeros(len(received), np.int32)
        times = np.empty(len(received), np.int64)
        for source in np.unique(sources):
            chosen = sources == source
            times[chosen] = self._source(int(source), received[chosen], stamped[chosen])
        order = np.argsort(times, kind="stable").astype(np.int64)
        return Lived(times[order], order)

    def _source(
        self, source: int, received: npt.NDArray[np.int64], stamped: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Of the frames of one source."""
        has = stamped > 0
        base = self.sim.feed_latency_ns
        if source not in self.skew_ns and has.any():
            self.skew_ns[source] = int((received - stamped)[has].min())
        skew = self.skew_ns.get(source, 0)
        times = np.where(has, np.minimum(stamped + skew, received) - base, received - base)
        times = np.maximum.accumulate(np.maximum(times, self.last_ns.get(source, times[0])))
        self.last_ns[source] = int(times[-1])
        return np.asarray(times, dtype=np.int64)
