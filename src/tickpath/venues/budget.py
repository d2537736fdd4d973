"""A rate-limit budget that all requests to one venue share: weights within a sliding time.

Venues count weights in fixed windows of their own clock (Binance: `rateLimits` of exchangeInfo) and
say in their answers how much is used. Here every window slides: what fits a sliding window fits a
fixed one wherever it begins, so no clock has to agree with the venue's. What the venue says counts
when it is more than what was counted here, since other processes may use the same key or address.
A reserve is kept for what must always go through: queries of unknown orders, cancels.
Worst case: one entry a request within the longest window.
"""

from collections import deque
from dataclasses import dataclass, field

BLOCK_NS = 60_000_000_000
"""Of a refusal that names no wait, where no window is known."""


@dataclass(slots=True)
class Window:
    """At most `weight_max` in any `interval_ns`."""

    interval_ns: int
    weight_max: int
    used: int = field(default=0, init=False)
    spent: deque[tuple[int, int]] = field(default_factory=deque, init=False)

    def slide(self, now_ns: int) -> None:
        """Forget what is older than the interval."""
        while self.spent and self.spent[0][0] <= now_ns - self.interval_ns:
            self.used -= self.spent.popleft()[1]

    def spend(self, weight: int, now_ns: int) -> None:
        self.spent.append((now_ns, weight))
        self.used += weight

    def wait_ns(self, weight: int, weight_max: int, now_ns: int) -> int:
        """How long until `weight` fits `weight_max`; a whole interval when it never does."""
        used = self.used
        if used + weight <= weight_max:
            return 0
        for at_ns, old in self.spent:
            used -= old
            if used + weight <= weight_max:
                return at_ns + self.interval_ns - now_ns
        return self.interval_ns


class Budget:
    """Weights of one venue. Times are ns of one monotonic clock."""

    def __init__(self, windows: list[tuple[int, int]], *, reserve_ppm: int = 200_000) -> None:
        """`windows`: (interval_ns, weight_max) pairs; `reserve_ppm` of each is kept for urgent
        requests. Raises ValueError for what cannot be a limit."""
        for interval_ns, weight_max in windows:
            if interval_ns <= 0 or weight_max <= 0:
                raise ValueError(f"budget: window of {weight_max} in {interval_ns} ns")
        if not 0 <= reserve_ppm < 1_000_000:
            raise ValueError(f"budget: a reserve of {reserve_ppm} ppm leaves nothing")
        self.windows = [Window(*pair) for pair in windows]
        self.reserve_ppm = reserve_ppm
        self.blocked_until_ns = 0
        self.refused = 0

    def wait_ns(self, weight: int, now_ns: int, *, urgent: bool = False) -> int:
        """0 when a request of `weight` may go out now, else how long until it is worth asking
        again. Urgent requests may use the reserve."""
        wait = max(0, self.blocked_until_ns - now_ns)
        for window in self.windows:
            window.slide(now_ns)
            kept = 0 if urgent else window.weight_max * self.reserve_ppm // 1_000_000
            wait = max(wait, window.wait_ns(weight, window.weight_max - kept, now_ns))
        return wait

    def take(self, weight: int, now_ns: int, *, urgent: bool = False) -> bool:
        """Spend `weight` if that is allowed now; otherwise False, counted, and nothing is spent."""
        if self.wait_ns(weight, now_ns, urgent=urgent) > 0:
            self.refused += 1
            return False
        for window in self.windows:
            window.spend(weight, now_ns)
        return True

    def said(self, interval_ns: int, used: int, now_ns: int) -> None:
        """The venue's own count of a window, as its answer's header states it: what it counts and
        we do not is taken as spent now."""
        for window in self.windows:
            if window.interval_ns == interval_ns:
                window.slide(now_ns)
                if used > window.used:
                    window.spend(used - window.used, now_ns)

    def block(self, wait_ns: int, now_ns: int) -> int:
        """The venue refused (429, 418): nothing goes out before its Retry-After has passed, urgent
        or not, since each further request makes a ban longer. Where it names none (0) the longest
        window has to pass. Returns the wait."""
        if wait_ns <= 0:
            wait_ns = max((w.interval_ns for w in self.windows), default=BLOCK_NS)
        self.blocked_until_ns = max(self.blocked_until_ns, now_ns + wait_ns)
        return self.blocked_until_ns - now_ns
