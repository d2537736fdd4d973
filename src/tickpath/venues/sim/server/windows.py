"""Counters over calendar-aligned intervals, as venues count weights, orders and connections."""

from tickpath.venues.sim.server.clock import SECOND

NAMES = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86_400}


class Window:
    """At most `limit` in each interval of `number` times `interval`, counted from 1970."""

    __slots__ = ("counts", "interval", "length_ns", "limit", "number", "start_ns")

    def __init__(self, interval: str, number: int, limit: int) -> None:
        self.interval, self.number, self.limit = interval, number, limit
        self.length_ns = NAMES[interval] * number * SECOND
        self.start_ns = 0
        self.counts: dict[str, int] = {}

    @property
    def label(self) -> str:
        """As in headers: 1M, 10S, 1D."""
        return f"{self.number}{self.interval[0]}"

    def count(self, key: str, now_ns: int) -> int:
        """What a key has used in the interval of now."""
        start = now_ns - now_ns % self.length_ns
        if start != self.start_ns:
            self.start_ns = start
            self.counts.clear()
        return self.counts.get(key, 0)

    def use(self, key: str, amount: int, now_ns: int) -> int:
        """Use some (below 0: give back, never below 0 in all); returns the count."""
        used = max(0, self.count(key, now_ns) + amount)
        self.counts[key] = used
        return used

    def left_ns(self, now_ns: int) -> int:
        """Time to the next interval."""
        return self.length_ns - now_ns % self.length_ns
