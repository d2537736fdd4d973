"""The life of an order in two runs: the first place where it went another way, and why.

A life is what was asked for the order (cancels, replaces) and what the venue said of it, in the
order in which the run had it. What a venue says twice counts once.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tickpath.backtest.explain.matching import A, Axis, B, Pairs
from tickpath.backtest.explain.tables import Cause, Decision, ReportRow, RunTables
from tickpath.core.records import ReportKind

NS_PER_MS = 10**6
NEVER = (2**62, 0)
BY_VENUE = (ReportKind.FILL, ReportKind.EXPIRE)
"""What a venue reports without being asked."""
ANSWERS = (ReportKind.CANCEL_ACK, ReportKind.REPLACE_ACK, ReportKind.CANCEL_REJECT)
"""What answers a cancel or a replace of an order."""

Place = tuple[int, int]
Item = ReportRow | Decision


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two lives part: `cause` unless it is what a request's is (`decision`: run and index).
    `fills`: the venue made something else of the order, otherwise it only said it later."""

    place: Place
    cause: Cause | None
    why: str
    decision: tuple[int, int] | None = None


class Lives:
    """Lives of the orders of both runs. `tolerance_ns`: arrivals at the venue that differ by no
    more are taken as equal. `reacts`: other market data are an effect of orders."""

    def __init__(
        self, runs: tuple[RunTables, RunTables], pairs: Pairs, axes: dict[str, Axis],
        tolerance_ns: int, reacts: bool = False,
    ) -> None:  # fmt: skip
        self._reacts = reacts
        self._runs, self._pairs, self._axes = runs, pairs, axes
        self._tolerance_ns = tolerance_ns
        self._asked: tuple[dict[int, list[int]], dict[int, list[int]]] = ({}, {})
        for run in (A, B):
            for k, decision in enumerate(pairs.decisions[run]):
                if decision.target:
                    self._asked[run].setdefault(decision.target, []).append(k)
        self._index = tuple(
            {id(d): k for k, d in enumerate(pairs.decisions[run])} for run in (A, B)
        )
        sims = [run.config.sim for run in runs]
        self._feed_differs = all(run.simulated for run in runs) and (
            sims[A].feed_latency_ns != sims[B].feed_latency_ns
        )
        self._finer = all(
            any(r.t_venue_ns % NS_PER_MS for found in run.reports.values() for r in found)
            for run in runs
        )

    def of(self, run: int, order: int) -> list[Item]:
        """Requests and reports of an order, without repetitions, in the order of the run."""
        items: list[Item] = [self._pairs.decisions[run][k] for k in self._asked[run].get(order, ())]
        seen = set()
        for row in self._runs[run].reports.get(order, ()):
            key = (row.content, row.trade_id)
            if key not in seen:
                seen.add(key)
                items.append(row)
        return sorted(items, key=lambda item: item.n)

    def parting(self, a: int, b: int) -> tuple[Parting | None, Parting | None]:
        """Where the matched orders `a` of run A and `b` of run B part, None: nowhere; and the first
        report that came at another time before that."""
        late: Parting | None = None
        made = [self._decision(run, order) for run, order in ((A, a), (B, b))]
        axis = self._axes[made[A].instrument]
        lives = (self.of(A, a), self.of(B, b))
        for k in range(max(map(len, lives))):
            here = [life[k] if k < len(life) else None for life in lives]
            places = [
                NEVER if item is None else axis.key(run, item.n) for run, item in enumerate(here)
            ]
            x, y = here
            if isinstance(x, ReportRow) and isinstance(y, ReportRow) and x.content == y.content:
                if x.t_ns != y.t_ns and late is None:
                    late = self._late(min(places), x, y, made, lives)
                if places[A][0] == places[B][0]:
                    continue
                return self._late(min(places), x, y, made, lives), late
            if isinstance(x, Decision) and isinstance(y, Decision) and self._same(x, y):
                continue
            return self._parted(here, places, made, lives, axis), late
        return None, late

    def _late(
        self, place: Place, x: ReportRow, y: ReportRow, made: Sequence[Decision],
        lives: tuple[list[Item], list[Item]],
    ) -> Parting:  # fmt: skip
        """The same report at two times. What the venue did by itself at another time, to orders
        that arrived alike, is its queue."""
        name = ReportKind(x.kind).name
        stamps = x.t_venue_ns and y.t_venue_ns
        apart = abs(x.t_venue_ns - y.t_venue_ns) > self._tolerance_ns
        if x.kind in BY_VENUE and stamps and apart and not self._arrival_differs(made, lives):
            return Parting(place, Cause.QUEUE, f"{name}: the venue made it at another time")
        return Parting(place, Cause.LATENCY, f"{name} came at another time")

    def _decision(self, run: int, order: int) -> Decision:
        return self._pairs.decisions[run][self._pairs.made_by[run][order]]

    def _same(self, x: Decision, y: Decision) -> bool:
        return self._pairs.partner[A].get(self._index[A][id(x)]) == self._index[B][id(y)]

    def _parted(
        self, here: Sequence[Item | None], places: Sequence[Place], made: Sequence[Decision],
        lives: tuple[list[Item], list[Item]], axis: Axis,
    ) -> Parting:  # fmt: skip
        """Two lives go on differently with these items."""
        place = min(places)
        for run in sorted((A, B), key=lambda r: places[r]):
            item = here[run]
            if isinstance(item, Decision):
                k = self._index[run][id(item)]
                if k not in self._pairs.partner[run]:
                    return Parting(place, None, "a request of one run only", (run, k))
            elif item is not None:
                break
        item = next((i for i in here if isinstance(i, ReportRow)), None)
        name = "an answer" if item is None else ReportKind(item.kind).name
        if not self._reacts and self._other_market(place, made, axis):
            return Parting(place, Cause.DATA, f"{name}: the market was another meanwhile")
        if self._arrival_differs(made, lives):
            return Parting(place, Cause.LATENCY, f"{name}: a request arrived at another time")
        return Parting(place, Cause.QUEUE, f"{name}: the venue made something else of it")

    def _other_market(self, place: Place, made: Sequence[Decision], axis: Axis) -> bool:
        """Whether one run alone had a frame between the order and a place."""
        for run in (A, B):
            k = bisect_right(axis.lonely[run], made[run].n)
            if k < len(axis.lonely[run]) and axis.beat(run, axis.lonely[run][k]) <= place[0]:
                return True
        return False

    def _arrival_differs(
        self, made: Sequence[Decision], lives: tuple[list[Item], list[Item]]
    ) -> bool:
        """Whether the order, or a cancel or replace of it, reached the venue at another time."""
        if self._feed_differs:
            return True
        steps = [_waits(d, life) for d, life in zip(made, lives, strict=True)]
        return any(self._other(x, y) for x, y in zip(*steps, strict=False))

    def _other(self, x: tuple[int, int] | None, y: tuple[int, int] | None) -> bool:
        """Stamps of the venue decide; where they are whole milliseconds the round trip does too. No
        answer is an answer that never came."""
        if x is None or y is None:
            return x is not y
        if x[0] and y[0]:
            if abs(x[0] - y[0]) > self._tolerance_ns:
                return True
            if self._finer:
                return False
        return abs(x[1] - y[1]) > self._tolerance_ns


def answers(request: Decision, life: Sequence[Item]) -> ReportRow | None:
    """The venue's first answer to a request, among what follows it in the life of its order."""
    wanted = None if request.order else ANSWERS
    for item in life:
        if not isinstance(item, ReportRow) or item.n <= request.n:
            continue
        if wanted is None or item.kind in wanted:
            return item
    return None


def first_answers(run: RunTables) -> Iterator[tuple[Decision, ReportRow | None]]:
    """Each request of a run in order, and the venue's first answer to it."""
    asked: dict[int, list[Decision]] = {}
    for decision in run.decisions:
        if decision.target:
            asked.setdefault(decision.target, []).append(decision)
    for decision in run.decisions:
        life: list[Item] = [*run.reports.get(decision.order or decision.target, ())]
        if not decision.order:
            life += asked[decision.target]
        yield decision, answers(decision, sorted(life, key=lambda item: item.n))


def _waits(made: Decision, life: Sequence[Item]) -> list[tuple[int, int] | None]:
    """For the order and each request about it, until its first answer: the venue's stamp less the
    decision (0: no stamp), and receipt less decision; None where no answer came."""
    found: list[tuple[int, int] | None] = []
    for request in (made, *(item for item in life if isinstance(item, Decision))):
        answer = answers(request, life)
        if answer is None:
            found.append(None)
            continue
        stamp = answer.t_venue_ns - request.t_ns if answer.t_venue_ns else 0
        found.append((stamp, answer.t_ns - request.t_ns))
    return found
