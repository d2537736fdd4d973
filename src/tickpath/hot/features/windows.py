"""What the indicators remember of the last n samples: rings, sums over them, extremes, order.

Twin of windows.pxd, operation by operation. A sum over doubles does not drift: beside the rolling
sum stands a *fresh* one of the samples since the ring last wrapped, which takes over at each
wrap, so an error lives for at most two windows and no step costs more than another. Sums of
squares and products are of distances from an anchor, a sample of this or the last window, that
moves at each wrap; the fresh sums are of distances from the next anchor.
"""

import math
from bisect import bisect_left, insort_left
from collections.abc import Sequence

NOISE = 2.0**-44


def apart(larger: float, smaller: float) -> float:
    """A difference that cannot be negative; 0 when it is no more than the rounding of both, so
    that a flat window far from its anchor is flat."""
    return larger - smaller if larger - smaller > NOISE * larger else 0.0


def distances(items: Sequence[float], mean: float) -> float:
    """The sum of their distances from `mean`, in four sums that do not wait for each other."""
    away = [0.0] * 4
    for k, item in enumerate(items):
        away[k % 4] += abs(item - mean)
    return (away[0] + away[1]) + (away[2] + away[3])


class Window:
    """`items` as the native memory holds them, the place of the next, how many are held."""

    names: tuple[str, ...] = ()
    per_sample = 1

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.items = [0.0] * (capacity * self.per_sample)
        self.position = 0
        self.held = 0
        for name in self.names:
            setattr(self, name, 0.0)

    @property
    def full(self) -> bool:
        """Whether it holds n samples."""
        return self.held == self.capacity

    def sound(self) -> bool:
        """Whether a state read from outside can be stepped without leaving the memory."""
        return 0 <= self.position < self.capacity and 0 <= self.held <= self.capacity

    def turn(self) -> None:
        """One more is held, and the place of the next moves on."""
        self.position = 0 if self.position + 1 == self.capacity else self.position + 1
        if self.held < self.capacity:
            self.held += 1

    def replace(self, item: float) -> float:
        """Put the newest item in; the one that leaves, 0 while the window fills."""
        old = self.items[self.position]
        self.items[self.position] = item
        self.turn()
        return old

    def replace_pair(self, x: float, y: float) -> tuple[float, float]:
        """Put both newest items in, side by side; those that leave, 0 while the window fills."""
        k = 2 * self.position
        old = self.items[k], self.items[k + 1]
        self.items[k : k + 2] = [x, y]
        self.turn()
        return old


class Ring(Window):
    """The last n samples."""

    def push(self, item: float) -> float:
        """Take a sample; the one that leaves, 0 while the window fills."""
        return self.replace(item)


class Total(Window):
    """The last n samples and their sum."""

    names = ("total", "fresh")
    total: float
    fresh: float

    def push(self, item: float) -> float:
        """Take a sample; the sum of the window."""
        self.total += item - self.replace(item)
        self.fresh += item
        if self.position == 0:
            self.total = self.fresh
            self.fresh = 0.0
        return self.total


class Flow(Window):
    """The last n numbers and their sum, which is 0 when all of them are: for sums that are divided
    by, where what rounding leaves of numbers that are gone would count. `idle` is how many of the
    newest are 0."""

    names = ("total", "fresh", "idle")
    total: float
    fresh: float
    idle: float

    def push(self, item: float) -> float:
        """Take a number; the sum of the window."""
        self.total += item - self.replace(item)
        self.fresh += item
        self.idle = self.idle + 1.0 if item == 0.0 else 0.0
        if self.idle >= self.capacity:
            self.total = 0.0
        if self.position == 0:
            self.total = self.fresh
            self.fresh = 0.0
        return self.total


class Flows(Window):
    """Two of `Flow` over the same n steps, in one ring."""

    per_sample = 2
    names = ("total_x", "total_y", "fresh_x", "fresh_y", "idle_x", "idle_y")
    total_x: float
    total_y: float
    fresh_x: float
    fresh_y: float
    idle_x: float
    idle_y: float

    def push(self, x: float, y: float) -> tuple[float, float]:
        """Take a number of each; the sums of the window."""
        old_x, old_y = self.replace_pair(x, y)
        self.total_x += x - old_x
        self.total_y += y - old_y
        self.fresh_x += x
        self.fresh_y += y
        self.idle_x = self.idle_x + 1.0 if x == 0.0 else 0.0
        self.idle_y = self.idle_y + 1.0 if y == 0.0 else 0.0
        if self.idle_x >= self.capacity:
            self.total_x = 0.0
        if self.idle_y >= self.capacity:
            self.total_y = 0.0
        if self.position == 0:
            self.total_x, self.total_y = self.fresh_x, self.fresh_y
            self.fresh_x = self.fresh_y = 0.0
        return self.total_x, self.total_y

    def ratio(self) -> float:
        """The first sum over the second; 0 where that is not above 0."""
        return self.total_x / self.total_y if self.total_y > 0.0 else 0.0


class Weighted(Window):
    """The last n samples, their sum, and their sum with weights 1 (oldest) to n (newest)."""

    names = ("total", "weighted", "fresh", "fresh_weighted")
    total: float
    weighted: float
    fresh: float
    fresh_weighted: float

    def push(self, item: float) -> float:
        """Take a sample; the weighted sum, of a full window."""
        if self.full:
            self.weighted += float(self.capacity) * item - self.total
        else:
            self.weighted += float(self.held + 1) * item
        self.fresh_weighted += float(self.position + 1) * item
        self.total += item - self.replace(item)
        self.fresh += item
        if self.position == 0:
            self.total = self.fresh
            self.weighted = self.fresh_weighted
            self.fresh = 0.0
            self.fresh_weighted = 0.0
        return self.weighted


class Moments(Window):
    """The last n samples, the sums of their distances from an anchor and of the squares."""

    names = ("anchor", "next", "total", "squares", "fresh", "fresh_squares")
    anchor: float
    next: float
    total: float
    squares: float
    fresh: float
    fresh_squares: float

    def push(self, item: float) -> None:
        """Take a sample."""
        leaving = 0.0
        if self.held == 0:
            self.anchor = self.next = item
        if self.full:
            leaving = self.items[self.position] - self.anchor
        self.replace(item)
        coming = item - self.anchor
        self.total += coming - leaving
        self.squares += coming * coming - leaving * leaving
        coming = item - self.next
        self.fresh += coming
        self.fresh_squares += coming * coming
        if self.position == 0:
            self.anchor = self.next
            self.next = item
            self.total = self.fresh
            self.squares = self.fresh_squares
            self.fresh = 0.0
            self.fresh_squares = 0.0

    def radicand(self) -> float:
        """n**2 * population variance: n * sum of squares - sum ** 2."""
        return apart(float(self.capacity) * self.squares, self.total * self.total)

    def spread(self) -> float:
        """n * population standard deviation."""
        return math.sqrt(self.radicand())

    def above(self, item: float) -> float:
        """n * (sample - mean)."""
        return float(self.capacity) * (item - self.anchor) - self.total

    def whole(self) -> float:
        """n * mean."""
        return self.total + float(self.capacity) * self.anchor


class Powers(Window):
    """The last n samples, the sums of their distances from an anchor to the powers 1 to 4."""

    names = (
        "anchor", "next", "s1", "s2", "s3", "s4", "fresh1", "fresh2", "fresh3", "fresh4",
    )  # fmt: skip
    anchor: float
    next: float
    s1: float
    s2: float
    s3: float
    s4: float
    fresh1: float
    fresh2: float
    fresh3: float
    fresh4: float

    def push(self, item: float) -> None:
        """Take a sample."""
        leaving = 0.0
        if self.held == 0:
            self.anchor = self.next = item
        if self.full:
            leaving = self.items[self.position] - self.anchor
        self.replace(item)
        coming = item - self.anchor
        in2, out2 = coming * coming, leaving * leaving
        self.s1 += coming - leaving
        self.s2 += in2 - out2
        self.s3 += in2 * coming - out2 * leaving
        self.s4 += in2 * in2 - out2 * out2
        coming = item - self.next
        in2 = coming * coming
        self.fresh1 += coming
        self.fresh2 += in2
        self.fresh3 += in2 * coming
        self.fresh4 += in2 * in2
        if self.position == 0:
            self.anchor, self.next = self.next, item
            self.s1, self.s2, self.s3, self.s4 = self.fresh1, self.fresh2, self.fresh3, self.fresh4
            self.fresh1 = self.fresh2 = self.fresh3 = self.fresh4 = 0.0

    def central(self, share: float) -> tuple[float, float, float]:
        """Central moments 2, 3 and 4 of a full window, `share` 1 / n; the second is 0 when it is
        flat."""
        m1, m2, m3, m4 = self.s1 * share, self.s2 * share, self.s3 * share, self.s4 * share
        square = m1 * m1
        c2 = apart(m2, square)
        c3 = m3 - 3.0 * m1 * m2 + 2.0 * m1 * square
        c4 = m4 - 4.0 * m1 * m3 + 6.0 * square * m2 - 3.0 * square * square
        return c2, c3, c4


class Pair(Window):
    """The last n pairs (x, y), and the sums of their distances from anchors and of the products."""

    per_sample = 2
    names = (
        "anchor_x", "anchor_y", "next_x", "next_y", "x", "y", "xx", "yy", "xy",
        "fresh_x", "fresh_y", "fresh_xx", "fresh_yy", "fresh_xy",
    )  # fmt: skip
    anchor_x: float
    anchor_y: float
    next_x: float
    next_y: float
    x: float
    y: float
    xx: float
    yy: float
    xy: float
    fresh_x: float
    fresh_y: float
    fresh_xx: float
    fresh_yy: float
    fresh_xy: float

    def push(self, x: float, y: float) -> None:
        """Take a pair."""
        out_x = out_y = 0.0
        if self.held == 0:
            self.anchor_x = self.next_x = x
            self.anchor_y = self.next_y = y
        full = self.full
        old_x, old_y = self.replace_pair(x, y)
        if full:
            out_x, out_y = old_x - self.anchor_x, old_y - self.anchor_y
        in_x, in_y = x - self.anchor_x, y - self.anchor_y
        self.x += in_x - out_x
        self.y += in_y - out_y
        self.xx += in_x * in_x - out_x * out_x
        self.yy += in_y * in_y - out_y * out_y
        self.xy += in_x * in_y - out_x * out_y
        in_x, in_y = x - self.next_x, y - self.next_y
        self.fresh_x += in_x
        self.fresh_y += in_y
        self.fresh_xx += in_x * in_x
        self.fresh_yy += in_y * in_y
        self.fresh_xy += in_x * in_y
        if self.position == 0:
            self.anchor_x, self.anchor_y = self.next_x, self.next_y
            self.next_x, self.next_y = x, y
            self.x, self.y, self.xx = self.fresh_x, self.fresh_y, self.fresh_xx
            self.yy, self.xy = self.fresh_yy, self.fresh_xy
            self.fresh_x = self.fresh_y = self.fresh_xx = self.fresh_yy = self.fresh_xy = 0.0

    def spread_x(self) -> float:
        """n**2 * variance of x."""
        return apart(float(self.capacity) * self.xx, self.x * self.x)

    def spread_y(self) -> float:
        """n**2 * variance of y."""
        return apart(float(self.capacity) * self.yy, self.y * self.y)

    def cross(self) -> float:
        """n**2 * covariance."""
        return float(self.capacity) * self.xy - self.x * self.y

    def correlation(self) -> float:
        """Pearson's; 0 when one of them does not move."""
        both = self.spread_x() * self.spread_y()
        return self.cross() / math.sqrt(both) if both > 0.0 else 0.0

    def slope(self) -> float:
        """Of y on x by least squares; 0 when x does not move."""
        spread = self.spread_x()
        return self.cross() / spread if spread > 0.0 else 0.0


class Highest(Window):
    """The largest of the last n samples.

    From `position` on stand the largest from each place to the end of the last round, before it
    the samples of this round; `recent` is the largest of those. O(1) amortised: n when the ring
    wraps, and no branch that depends on the samples.
    """

    names = ("recent",)
    recent: float

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self.items[:capacity] = [-math.inf] * capacity

    def push(self, item: float) -> float:
        """Take a sample; the largest of the window."""
        self.recent = item if self.position == 0 or item >= self.recent else self.recent
        self.replace(item)
        if self.position == 0:
            for k in range(self.capacity - 2, -1, -1):
                self.items[k] = max(self.items[k + 1], self.items[k])
            return self.recent
        return max(self.recent, self.items[self.position])


class Lowest(Highest):
    """The smallest of the last n samples: the largest of their opposites, which it holds."""

    def push(self, item: float) -> float:
        """Take a sample; the smallest of the window."""
        return -super().push(-item)


class HighestSince(Window):
    """How long ago the largest of the last n samples was, the newest of that size: as `Highest`,
    each item with its step beside it."""

    names = ("recent", "step", "steps")
    per_sample = 2
    recent: float
    step: float
    steps: float

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self.items = [-math.inf, 0.0] * capacity

    def push(self, item: float) -> float:
        """Take a sample; samples since the largest, 0 when it is the newest."""
        items = self.items
        self.steps += 1.0
        if self.position == 0 or item >= self.recent:
            self.recent, self.step = item, self.steps
        self.replace_pair(item, self.steps)
        if self.position == 0:
            for k in range(2 * self.capacity - 4, -1, -2):
                if items[k + 2] >= items[k]:
                    items[k : k + 2] = items[k + 2 : k + 4]
            return self.steps - self.step
        k = 2 * self.position
        older = items[k] > self.recent
        return self.steps - (items[k + 1] if older else self.step)


class LowestSince(HighestSince):
    """How long ago the smallest was: of the opposites, which it holds."""

    def push(self, item: float) -> float:
        """Take a sample; samples since the smallest, 0 when it is the newest."""
        return super().push(-item)


class Sorted(Window):
    """The last n samples, and once more in order (the second n items).

    A step moves at most n items of the order: O(n), 4096 doubles at the worst. A zero has no sign,
    so that the order of equal ones cannot be seen.
    """

    per_sample = 2

    def push(self, item: float) -> None:
        """Take a sample."""
        order = self.items[self.capacity : self.capacity + self.held]
        item += 0.0
        full = self.full
        old = self.replace(item)
        if full:
            del order[bisect_left(order, old)]
        insort_left(order, item)
        self.items[self.capacity : self.capacity + self.held] = order

    def ranked(self, place: int) -> float:
        """The sample with so many smaller ones before it."""
        return self.items[self.capacity + place]


class Kernel(Window):
    """The last n samples and n weights, the first for the oldest; O(n) a value."""

    per_sample = 2

    def __init__(self, weights: list[float]) -> None:
        super().__init__(len(weights))
        self.items[self.capacity :] = weights

    def push(self, item: float) -> None:
        """Take a sample."""
        self.replace(item)

    def product(self) -> float:
        """The sum of sample times weight, oldest first, of a full window."""
        total = 0.0
        for k in range(self.capacity):
            place = self.position + k
            place = place - self.capacity if place >= self.capacity else place
            total += self.items[self.capacity + k] * self.items[place]
        return total


class Table(Window):
    """Numbers by whole place, worked out once; nothing is pushed."""

    def __init__(self, values: list[float]) -> None:
        super().__init__(len(values))
        self.items = values

    def at(self, place: float) -> float:
        """The number at a place; the first for a place outside, which a damaged state can ask."""
        return self.items[int(place) if 0.0 <= place < self.capacity else 0]
