"""How long to wait before the next try: exponential with full jitter, and endless.

Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter"):
a wait is uniform between nothing and the ceiling, and the ceiling doubles up to its maximum, so
that clients that were cut off together do not come back together.
"""

from dataclasses import dataclass, field
from random import Random


@dataclass(slots=True)
class Backoff:
    """Waits of one thing that is tried again and again. `random` is handed in: the same seed waits
    the same."""

    random: Random
    base_ns: int = 250_000_000
    max_ns: int = 30_000_000_000
    failures: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if not 0 < self.base_ns <= self.max_ns:
            raise ValueError(f"backoff: 0 < base_ns {self.base_ns} <= max_ns {self.max_ns} fails")

    def ceiling_ns(self) -> int:
        """The longest that the next wait may be."""
        doublings = min(self.failures, 63)
        return min(self.max_ns, self.base_ns << doublings)

    def wait_ns(self) -> int:
        """A failure: how long to wait before the next try, 0..ceiling_ns()."""
        wait = self.random.randrange(self.ceiling_ns() + 1)
        self.failures += 1
        return wait

    def succeeded(self) -> None:
        """What was tried has held for long enough that its failure is another one: the next waits
        as little as the first. Not at a mere success: what fails right after it would be tried
        without end at the shortest wait."""
        self.failures = 0
