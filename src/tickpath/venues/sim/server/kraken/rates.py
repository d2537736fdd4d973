"""Kraken's counters: of the trading engine for each account and pair, and of REST for each key.

Both fall with time. What a change of an order costs depends on its age. Source: the venue's pages
spot-ratelimits, spot-rest-ratelimits; the costs of batches are unconfirmed.
"""

from dataclasses import dataclass, field

from tickpath.venues.sim.server.clock import SECOND

MILLI = 1000
AMEND = ((5, 3), (10, 2), (15, 1))
EDIT = ((5, 6), (10, 5), (15, 4), (45, 2), (90, 1))
CANCEL = ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1))


@dataclass(frozen=True, kw_only=True, slots=True)
class KrakenLimits:
    """Numbers of a tier (Pro by default); rates of decay in thousandths a second; 0: no limit.
    `book_ms` is how often book updates go out."""

    threshold: int = 180
    decay_milli_per_s: int = 3750
    rest_max: int = 20
    rest_decay_milli_per_s: int = 1000
    connections_per_10_min: int = 150
    open_orders_max: int = 225
    book_ms: int = 10


@dataclass(slots=True)
class Counter:
    """A count in thousandths that falls with time; kept in 10^-9 of them, so that it falls the same
    however often it is looked at."""

    decay_milli_per_s: int
    exact: int = 0
    t_ns: int = 0

    def now(self, t_ns: int) -> int:
        """The count at a time, upwards."""
        self.exact = max(0, self.exact - (t_ns - self.t_ns) * self.decay_milli_per_s)
        self.t_ns = t_ns
        return -(-self.exact // SECOND)

    def add(self, cost: int, t_ns: int) -> None:
        self.now(t_ns)
        self.exact += cost * MILLI * SECOND


@dataclass(slots=True)
class Rates:
    """All counters."""

    limits: KrakenLimits
    trading: dict[tuple[str, str], Counter] = field(default_factory=dict)
    rest: dict[str, Counter] = field(default_factory=dict)

    def trade(self, account: str, symbol: str, cost: int, t_ns: int) -> bool:
        """Whether an action may be done; if so it is counted."""
        counter = self.trading.setdefault(
            (account, symbol), Counter(self.limits.decay_milli_per_s, 0, t_ns)
        )
        if self.limits.threshold and counter.now(t_ns) + cost * MILLI > (
            self.limits.threshold * MILLI
        ):
            return False
        counter.add(cost, t_ns)
        return True

    def count(self, account: str, symbol: str, t_ns: int) -> int:
        """The counter of a pair at a time, as the executions channel tells it."""
        counter = self.trading.get((account, symbol))
        return counter.now(t_ns) // MILLI if counter else 0

    def ask(self, key: str, cost: int, t_ns: int) -> bool:
        """The same for a REST request."""
        counter = self.rest.setdefault(key, Counter(self.limits.rest_decay_milli_per_s, 0, t_ns))
        if self.limits.rest_max and counter.now(t_ns) + cost * MILLI > self.limits.rest_max * MILLI:
            return False
        counter.add(cost, t_ns)
        return True


def by_age(table: tuple[tuple[int, int], ...], age_ns: int) -> int:
    """Cost of a change to an order of an age."""
    return next((cost for limit_s, cost in table if age_ns < limit_s * SECOND), 0)
