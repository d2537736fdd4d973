"""The venue's clock beside ours, from requests that return the venue's time.

A request is sent at `sent_ns`, answered at `received_ns` (both of our clock) and carries the
venue's time: the offset lies within half the round trip of the venue's time minus the middle of
the two (RFC 5905, section 8, with one stamp of the server). Of the last samples the one with the
shortest round trip is believed: its error is the smallest (the clock filter of section 10).
"""

from collections import deque
from dataclasses import dataclass

SAMPLES_MAX = 16


@dataclass(frozen=True, slots=True)
class OffsetSample:
    """Offset of the venue's clock to ours and the most that it can be wrong by, in ns."""

    offset_ns: int
    error_ns: int


class ClockOffset:
    """Estimate of one venue. Without a sample nothing is known: `estimate` is None."""

    def __init__(self) -> None:
        self._samples: deque[OffsetSample] = deque(maxlen=SAMPLES_MAX)

    def add(self, sent_ns: int, venue_ns: int, received_ns: int, resolution_ns: int = 0) -> None:
        """One answer; `resolution_ns` is the step of the venue's time stamp, whose true time lies
        that much later at most. A round trip below zero is no measurement and is left out."""
        round_trip_ns = received_ns - sent_ns
        if round_trip_ns < 0 or resolution_ns < 0:
            return
        middle = sent_ns + round_trip_ns // 2
        offset = venue_ns + resolution_ns // 2 - middle
        error = (round_trip_ns + 1) // 2 + (resolution_ns + 1) // 2
        self._samples.append(OffsetSample(offset, error))

    def estimate(self) -> OffsetSample | None:
        """The sample with the smallest error, the newest of equals."""
        return min(reversed(self._samples), key=lambda s: s.error_ns, default=None)

    def venue_ns(self, now_ns: int) -> int:
        """Our time on the venue's clock; our own while nothing is known."""
        sample = self.estimate()
        return now_ns if sample is None else now_ns + sample.offset_ns
