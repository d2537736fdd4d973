"""New orders counted at each venue, as its order limits do: read this first, rates.pxd is the twin.

| window         | key of [sim]     | said as                |
| -------------- | ---------------- | ---------------------- |
| ten seconds    | `orders_per_10s` | N orders per 10 SECOND |
| a minute       | `orders_per_min` | N orders per 1 MINUTE  |
| a day (UTC)    | `orders_per_day` | N orders per 1 DAY     |

Windows are aligned with the calendar: ten seconds begin at :00, :10, ... Every request for a new
order counts, whatever becomes of it; on spot a cancelReplace does too, also where its cancel fails.
Cancels and questions do not. A request that finds a window full is refused with -1015 before it is
read any further, and counts nothing; the cancel of a cancelReplace is then not tried. The first
fill of a spot order gives one back in the windows of that moment. Sources: rest-api.md "Limits",
web-socket-api.md "order.cancelReplace", faqs/order_count_decrement.md of the venue, which adds that
a maker's first fill may give back more than one: here it is one, as in the simulated server.
"""

from dataclasses import dataclass, field
from typing import Final

from tickpath.core.config import Config, SimSpec
from tickpath.core.records import InstrumentKind

NS: Final = 10**9
CODE_TOO_MANY: Final = -1015


@dataclass(slots=True)
class Window:
    """At most `limit` orders of a venue in each interval of `length_ns`, counted from 1970."""

    length_ns: int
    limit: int
    said: str
    start_ns: dict[int, int] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What the venue says when it is full."""
        return f"Too many new orders; current limit is {self.limit} orders per {self.said}."

    def begun(self, t_ns: int) -> int:
        """When the interval of a time began."""
        return t_ns - t_ns % self.length_ns

    def count(self, venue: int, t_ns: int) -> int:
        """What a venue has counted in the interval of a time."""
        start = self.begun(t_ns)
        if self.start_ns.get(venue) != start:
            self.start_ns[venue], self.counts[venue] = start, 0
        return self.counts[venue]

    def use(self, venue: int, amount: int, t_ns: int) -> None:
        """Count some; below 0 gives back, never below 0 in all."""
        self.counts[venue] = max(0, self.count(venue, t_ns) + amount)


def windows_of(sim: SimSpec) -> list[Window]:
    """The windows that are on, in the order in which they are looked at."""
    found = (
        Window(10 * NS, sim.orders_per_10s, "10 SECOND"),
        Window(60 * NS, sim.orders_per_min, "1 MINUTE"),
        Window(86_400 * NS, sim.orders_per_day, "1 DAY"),
    )
    return [window for window in found if window.limit]


def spot_venues(config: Config) -> set[int]:
    """Venues that replace orders, and give a count back for a fill."""
    return {i.venue for i in config.instruments if i.kind == InstrumentKind.SPOT}


class OrderRates:
    """The windows of all venues."""

    def __init__(self, config: Config) -> None:
        self.windows = windows_of(config.sim)
        self.spot = spot_venues(config)

    def full(self, venue: int, t_ns: int) -> Window | None:
        """Count a new order, or the window that has no room: then nothing is counted."""
        for window in self.windows:
            if window.count(venue, t_ns) >= window.limit:
                return window
        for window in self.windows:
            window.use(venue, 1, t_ns)
        return None

    def give_back(self, venue: int, t_ns: int) -> None:
        """An order has its first fill."""
        if venue in self.spot:
            for window in self.windows:
                window.use(venue, -1, t_ns)
