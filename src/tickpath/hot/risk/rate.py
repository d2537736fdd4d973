"""Rate limits: a token bucket kept as the time at which it would be full again.

A bucket of `burst` tokens that refills `rate` a second (the generic cell rate algorithm, ITU-T
I.371): taking a token moves `full_ns` on by one step, and a token is there while `full_ns` is at
most `room_ns` ahead of now. A step that is no whole number of nanoseconds is rounded up: never
faster than configured.
"""

from dataclasses import dataclass

NS_PER_S = 1_000_000_000


@dataclass(slots=True)
class Bucket:
    full_ns: int = 0
    """When all that was taken will have come back."""
    step_ns: int = 0
    """One token."""
    room_ns: int = -1
    """burst - 1 steps, -1: nothing passes."""

    def set(self, rate_per_s: int, burst: int, now_ns: int) -> None:
        """New limits; tokens that are out stay out."""
        step_ns = -(-NS_PER_S // rate_per_s) if rate_per_s > 0 else 0
        debt_ns = self.full_ns - now_ns
        if debt_ns > 0 and self.step_ns > 0 and step_ns > 0:
            self.full_ns = now_ns - (-debt_ns * step_ns // self.step_ns)
        self.step_ns = step_ns
        self.room_ns = (burst - 1) * step_ns if step_ns > 0 and burst > 0 else -1

    def room(self, now_ns: int) -> int:
        """From 0 on a token is there; below, how long it is missing."""
        return self.room_ns if self.room_ns < 0 else self.room_ns - max(0, self.full_ns - now_ns)

    def take(self, now_ns: int) -> None:
        """One token, whether it is there or not: what is owed stays within one burst and a step."""
        if self.room_ns < 0:
            return
        most = now_ns + self.room_ns + self.step_ns
        self.full_ns = min(max(self.full_ns, now_ns) + self.step_ns, most)

    def give(self) -> None:
        """A token comes back unused."""
        self.full_ns -= self.step_ns

    def tokens(self, now_ns: int) -> int:
        """Whole tokens that are there."""
        room_ns = self.room(now_ns)
        return room_ns // self.step_ns + 1 if room_ns >= 0 and self.step_ns > 0 else 0


class Buckets:
    """Orders and messages of the engine and of each venue."""

    def __init__(self, venues: int) -> None:
        self.orders = Bucket()
        self.messages = Bucket()
        self.venue_orders = [Bucket() for _ in range(venues)]
        self.venue_messages = [Bucket() for _ in range(venues)]

    def groups(self) -> list[list[Bucket]]:
        """In the order of RATE_FIELDS."""
        return [[self.orders], self.venue_orders, [self.messages], self.venue_messages]

    def all(self) -> list[Bucket]:
        """Every bucket, as they are exported."""
        return [bucket for group in self.groups() for bucket in group]

    def take_order(self, venue: int, now_ns: int) -> None:
        """An order is one message too."""
        self.orders.take(now_ns)
        self.venue_orders[venue].take(now_ns)
        self.take_message(venue, now_ns)

    def take_message(self, venue: int, now_ns: int) -> None:
        self.messages.take(now_ns)
        self.venue_messages[venue].take(now_ns)

    def give_order(self, venue: int) -> None:
        """An order that was allowed is not sent."""
        for bucket in (
            self.orders,
            self.venue_orders[venue],
            self.messages,
            self.venue_messages[venue],
        ):
            bucket.give()
