"""Clocks: receive times that fall, and how far the venue's clock is from ours.

Skew is receive minus venue time: transport and the difference of two clocks, which one recording
cannot tell apart; its jumps show a clock that was set. A file whose two times are always equal has
no receive times of its own, as dumps of a venue do not.
"""

from dataclasses import dataclass, field

import numpy as np

from tickpath.storage.quality.sample import Sample
from tickpath.storage.quality.view import NS, Case, Cases, Rules, View


@dataclass(slots=True)
class Clock:
    """Both times of every event."""

    rules: Rules
    falls: int = 0
    fall_ns_max: int = 0
    venue_falls: int = 0
    jumps: int = 0
    skew: Sample = field(default_factory=Sample)
    last_ns: int = 0
    last_venue_ns: int = 0
    last_skew_ns: int | None = None
    fallen: Cases = field(default_factory=lambda: Cases("clock"))
    jumped: Cases = field(default_factory=lambda: Cases("skew"))

    def take(self, view: View) -> None:
        t_ns = view.ticks["t_recv_ns"]
        before = np.concatenate([[self.last_ns], t_ns[:-1]])
        self.last_ns = int(t_ns[-1])
        fall = before - t_ns
        self.falls += int(np.count_nonzero(fall > 0))
        self.fall_ns_max = max(self.fall_ns_max, int(fall.max()))
        for k in np.flatnonzero(fall > 0):
            if self.fallen.full:
                break
            self.fallen.add(int(t_ns[k]), f"receive time falls by {fall[k] / NS:.6f} s")
        self._venue(view)

    def _venue(self, view: View) -> None:
        """Times that the venue stamped, event by event."""
        venue = view.ticks["t_venue_ns"][view.last]
        mask = venue > 0
        t_ns, venue = view.t_ns[mask], venue[mask]
        if not len(venue):
            return
        before = np.concatenate([[self.last_venue_ns], venue[:-1]])
        self.venue_falls += int(np.count_nonzero(venue < before))
        self.last_venue_ns = int(venue[-1])
        skew = t_ns - venue
        self.skew.take(skew)
        first = int(skew[0]) if self.last_skew_ns is None else self.last_skew_ns
        change = np.abs(skew - np.concatenate([[first], skew[:-1]]))
        self.last_skew_ns = int(skew[-1])
        jump = change > int(self.rules.skew_jump_s * NS)
        self.jumps += int(np.count_nonzero(jump))
        for k in np.flatnonzero(jump):
            if self.jumped.full:
                break
            self.jumped.add(int(t_ns[k]), f"skew jumps by {change[k] / NS:.3f} s")

    def figures(self) -> dict[str, float]:
        skew = self.skew
        return {
            "clock_falls": self.falls,
            "clock_fall_s_max": max(0, self.fall_ns_max) / NS,
            "venue_clock_falls": self.venue_falls,
            "skew_jumps": self.jumps,
            "skew_ms_min": skew.least / 1e6,
            "skew_ms_median": skew.quantile(0.5) / 1e6,
            "skew_ms_p99": skew.quantile(0.99) / 1e6,
            "skew_ms_max": skew.most / 1e6,
        }

    def cases(self) -> list[Case]:
        return self.fallen.found + self.jumped.found
