"""What of two runs is the same: market frames by their bytes, decisions by what they followed.

A frame is matched when both runs received the same bytes of an instrument, in the same order
(longest common order of the frames that are told apart by their bytes and how often these came).
A decision is matched when both runs took it after the same input: the same frame, the same report
of a matched order, the same command, or the same timer between the same two frames. Worst case:
n log n for frames that came in two very different orders.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tickpath.backtest.explain.tables import Decision, Frames, RunTables

TWIN_NS = 1_000_000_000
"""Orders with equal terms this near are one order at two moments."""

A, B = 0, 1
"""The two runs; rows of one belong to run A or B."""


def common_order(a: Sequence[bytes], b: Sequence[bytes]) -> list[tuple[int, int]]:
    """Pairs of indices of equal keys, increasing in both: the longest such list of keys that are
    told apart by their bytes and their count so far."""
    head = 0
    while head < min(len(a), len(b)) and a[head] == b[head]:
        head += 1
    tail = 0
    while tail < min(len(a), len(b)) - head and a[-1 - tail] == b[-1 - tail]:
        tail += 1
    places = {key: k for k, key in enumerate(_counted(b[head : len(b) - tail]))}
    found = [
        (head + k, head + places[key])
        for k, key in enumerate(_counted(a[head : len(a) - tail]))
        if key in places
    ]
    ends = [(len(a) - tail + k, len(b) - tail + k) for k in range(tail)]
    return [(k, k) for k in range(head)] + _increasing(found) + ends


def _counted(keys: Sequence[bytes]) -> list[tuple[bytes, int]]:
    counts: Counter[bytes] = Counter()
    found = []
    for key in keys:
        counts[key] += 1
        found.append((key, counts[key]))
    return found


def _increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part whose second places increase; the first ones do (patience sorting)."""
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for k, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        before.append(piles[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(place)
            piles.append(k)
        else:
            tops[pile], piles[pile] = place, k
    chain, k = [], piles[-1] if piles else -1
    while k >= 0:
        chain.append(pairs[k])
        k = before[k]
    return chain[::-1]


@dataclass(slots=True)
class Axis:
    """Time of an instrument that both runs share: the matched frames, counted from 1. Place 0 is
    before the first. `numbers` are the inputs of the matched frames in each run, `lonely` those of
    the others."""

    numbers: tuple[list[int], list[int]]
    places: tuple[dict[int, int], dict[int, int]]
    lonely: tuple[list[int], list[int]]
    late: list[int] = field(default_factory=list)
    """Places of matched frames that the runs received at different times."""

    @property
    def length(self) -> int:
        return len(self.numbers[A])

    def beat(self, run: int, n: int) -> int:
        """How many matched frames a run had received with input `n`."""
        return bisect_right(self.numbers[run], n)

    def key(self, run: int, n: int) -> tuple[int, int]:
        """Where an input of a run stands: its beat, and how many inputs behind that frame."""
        beat = self.beat(run, n)
        return beat, n - (self.numbers[run][beat - 1] if beat else 0)


def axis_of(a: Frames, b: Frames) -> Axis:
    """The axis of one instrument."""
    pairs = common_order(a.key, b.key)
    matched = {i for i, _ in pairs}, {j for _, j in pairs}
    lonely = [
        [n for k, n in enumerate(f.n) if k not in m] for f, m in zip((a, b), matched, strict=True)
    ]
    return Axis(
        ([a.n[i] for i, _ in pairs], [b.n[j] for _, j in pairs]),
        ({i: k for k, (i, _) in enumerate(pairs, 1)}, {j: k for k, (_, j) in enumerate(pairs, 1)}),
        (lonely[A], lonely[B]),
        [k for k, (i, j) in enumerate(pairs, 1) if a.t_ns[i] != b.t_ns[j]],
    )


@dataclass(slots=True)
class Pairs:
    """Decisions and orders of both runs beside each other. `partner` gives the index of the matched
    decision of the other run; `orders` the matched order."""

    decisions: tuple[list[Decision], list[Decision]]
    partner: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))
    orders: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))
    made_by: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))
    """Index of the decision that made an order."""
    twins: dict[int, int] = field(default_factory=dict)
    """Orders of A that B sent as well, only at another moment, to their equals in B."""


Key = tuple[object, ...]


def pair_decisions(runs: tuple[RunTables, RunTables], axes: dict[str, Axis]) -> Pairs:
    """Match decisions in the order in which run A took them: what an order was made after is
    matched before what is made after it."""
    found = Pairs((runs[A].decisions, runs[B].decisions))
    for run in (A, B):
        for k, decision in enumerate(runs[run].decisions):
            if decision.order:
                found.made_by[run][decision.order] = k
    both = runs[A].begun & runs[B].begun
    found.orders[A].update(zip(both, both, strict=True))
    found.orders[B].update(zip(both, both, strict=True))
    timers = [_timers(runs[run], run, axes) for run in (A, B)]
    open_b: dict[Key, list[int]] = {}
    for k, decision in enumerate(runs[B].decisions):
        key = _key(decision, B, axes, timers[B][k], {})
        if key is not None:
            open_b.setdefault(key, []).append(k)
    for k, decision in enumerate(runs[A].decisions):
        key = _key(decision, A, axes, timers[A][k], found.orders[A])
        waiting = open_b.get(key) if key is not None else None
        if not waiting:
            continue
        other = waiting.pop(0)
        found.partner[A][k], found.partner[B][other] = other, k
        mine, theirs = decision.order, runs[B].decisions[other].order
        if mine and theirs:
            found.orders[A][mine], found.orders[B][theirs] = theirs, mine
    _pair_twins(found)
    return found


def _pair_twins(pairs: Pairs) -> None:
    """Orders without a partner that the other run sent with the same terms, in order, at most
    TWIN_NS apart: what both earned alike needs no cause."""
    waiting: dict[Key, list[Decision]] = {}
    for run in (B, A):
        for k, d in enumerate(pairs.decisions[run]):
            if not d.order or k in pairs.partner[run]:
                continue
            rows = waiting.setdefault((d.instrument, d.strategy, d.side, d.terms), [])
            if run == B:
                rows.append(d)
                continue
            while rows and rows[0].t_ns < d.t_ns - TWIN_NS:
                rows.pop(0)
            if rows and rows[0].t_ns <= d.t_ns + TWIN_NS:
                pairs.twins[d.order] = rows.pop(0).order


def _timers(run: RunTables, side: int, axes: dict[str, Axis]) -> list[tuple[int, int]]:
    """For each decision after a timer: the beat and the how-many-th timer with decisions in it."""
    counts: Counter[tuple[str, int]] = Counter()
    last: tuple[str, int, int] = ("", 0, 0)
    rows = []
    for decision in run.decisions:
        if decision.trigger.kind != "timer":
            rows.append((0, 0))
            continue
        beat = axes[decision.instrument].beat(side, decision.n)
        if (decision.instrument, decision.n) != last[:2]:
            counts[decision.instrument, beat] += 1
        last = (decision.instrument, decision.n, beat)
        rows.append((beat, counts[decision.instrument, beat]))
    return rows


def _key(
    decision: Decision, run: int, axes: dict[str, Axis], timer: tuple[int, int],
    orders: dict[int, int],
) -> Key | None:  # fmt: skip
    """What two matched decisions share, orders told by the ids of run B. None: it followed
    something that the other run did not have."""
    trigger, where = decision.trigger, tuple[object, ...]()
    if trigger.kind == "frame":
        place = axes[trigger.where].places[run].get(trigger.ordinal - 1)
        if place is None:
            return None
        where = (trigger.where, place)
    elif trigger.kind == "report":
        order = trigger.order if run == B else orders.get(trigger.order)
        if order is None:
            return None
        where = (order, trigger.detail, trigger.ordinal)
    elif trigger.kind == "timer":
        where = timer
    else:
        where = (trigger.detail,)
    target = decision.target
    if target and run == A:
        target = orders.get(target, -1)
    about = (decision.instrument, decision.strategy, decision.kind, decision.side, target)
    return (trigger.kind, *where, *about)
