"""Recently traded quantity of an instrument: what a resting order's chance of a fill stands on.

Two buckets of the configured window a side. The older one counts by the part of it that the window
still covers, so the answer moves without steps and is a whole number.
"""

from dataclasses import dataclass, field

WORD_MAX = 2**63 - 1


@dataclass(slots=True)
class Flow:
    """Lots by aggressor in the bucket that began at `start_ns` and in the one before it."""

    start_ns: int = 0
    lots: list[int] = field(default_factory=lambda: [0, 0])
    lots_before: list[int] = field(default_factory=lambda: [0, 0])

    def roll(self, now_ns: int, window_ns: int) -> None:
        """Begin the bucket of `now_ns`."""
        start_ns = now_ns - now_ns % window_ns
        if start_ns <= self.start_ns:
            return
        near = start_ns - self.start_ns == window_ns
        self.lots_before = self.lots if near else [0, 0]
        self.lots, self.start_ns = [0, 0], start_ns

    def add(self, aggressor: int, lots: int, now_ns: int, window_ns: int) -> None:
        """Count a trade; a sum that does not fit stays at the largest number."""
        self.roll(now_ns, window_ns)
        if aggressor in (0, 1) and lots > 0:
            self.lots[aggressor] = min(WORD_MAX, self.lots[aggressor] + lots)

    def recent(self, aggressor: int, now_ns: int, window_ns: int) -> int:
        """Lots taken by `aggressor` in the window that ends now."""
        start_ns = now_ns - now_ns % window_ns
        age_ns = start_ns - self.start_ns
        near, far = self.lots[aggressor], self.lots_before[aggressor]
        if age_ns > 0:
            near, far = 0, near if age_ns == window_ns else 0
        left_ns = window_ns - max(0, now_ns - max(start_ns, self.start_ns))
        return min(WORD_MAX, near + far * left_ns // window_ns)
