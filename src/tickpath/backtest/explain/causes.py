"""Why a decision or an order of one run has no equal in the other: the first difference it follows.

Differences are looked at in the order of the shared axis of their instrument, so what an earlier
one caused is known when a later one is judged. The rules stand in docs/explanation/attribution.md.
"""

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tickpath.backtest.explain.lives import Lives, Parting, Place
from tickpath.backtest.explain.matching import A, Axis, B, Pairs
from tickpath.backtest.explain.states import Equality
from tickpath.backtest.explain.tables import Cause, Decision, RunTables, Shown
from tickpath.core.config import Config

CONNECTION = ("VENUE_UP", "VENUE_DOWN", "RESTART_SOURCE", "FUNDING", "FX_RATE", "TRANSFER")
"""Commands that tell of the world; all others are a person's or a supervisor's decision."""

DECIDES = (
    "strategies", "model", "risk", "breakers", "drawdown", "portfolio", "account", "execute",
    "route", "algorithms", "stale_policy", "balances",
)  # fmt: skip
"""What of a configuration decides; the seed is the venue's as well and does not count."""

REMEMBERED = "before: "
"""Of a difference that left position and orders alone, or was over, and had its effect later."""


class Verdict(NamedTuple):
    """A cause and the words for it."""

    cause: Cause
    why: str


class Found(NamedTuple):
    """A difference at its place."""

    place: Place
    verdict: Verdict


@dataclass(slots=True)
class Scope:
    """What is known of one instrument. `found` are differences that can change what strategies see,
    `faint` those that leave position and orders alone: times within a beat; `fees` equal fills
    that cost another fee."""

    axis: Axis
    equality: Equality
    found: list[Found] = field(default_factory=list)
    faint: list[Found] = field(default_factory=list)
    fees: list[Found] = field(default_factory=list)

    def root(self, place: Place) -> Verdict | None:
        """The first difference since both runs showed the same, seen from a place."""
        since = self.equality.last_equal(place[0] - 1)
        k = bisect_right(self.found, since, key=lambda f: f.place[0])
        if k < len(self.found) and self.found[k].place <= place:
            return self.found[k].verdict
        return None

    def recent(self, place: Place) -> Found | None:
        """The last difference at or before a place, a fee only where there is nothing else."""
        last = [_last(rows, place) for rows in (self.found, self.faint)]
        known = [found for found in last if found is not None]
        return max(known, key=lambda f: f.place) if known else _last(self.fees, place)


def _last(rows: Sequence[Found], place: Place) -> Found | None:
    k = bisect_right(rows, place, key=lambda f: f.place)
    return rows[k - 1] if k else None


def decided_by(config: Config, name: str) -> object:
    """A part of the configuration; of a model its bytes, wherever they lie."""
    return config.model.hash or config.model if name == "model" else getattr(config, name)


def decides_differ(a: Config, b: Config) -> list[str]:
    """Parts of the configuration that decide and are not the same."""
    parts = [name for name in DECIDES if decided_by(a, name) != decided_by(b, name)]
    steps = [
        [
            (i.symbol, i.quantity_min, i.quantity_max, i.notional_min, i.order_step)
            for i in c.instruments
        ]
        for c in (a, b)
    ]
    return parts + (["instruments"] if steps[0] != steps[1] else [])


class Judge:
    """Causes of every decision and order that is not equal in both runs."""

    def __init__(
        self, runs: tuple[RunTables, RunTables], pairs: Pairs, axes: dict[str, Axis], lives: Lives,
        fees: Sequence[tuple[str, int]], reacts: bool = False,
    ) -> None:  # fmt: skip
        """`fees`: (instrument, input of run A) of fills that cost another fee in the other run.
        `reacts`: other market data are an effect of the runs' orders, not a cause."""
        self._reacts = reacts
        self._runs, self._pairs, self._lives = runs, pairs, lives
        self.scopes = {
            name: Scope(axis, Equality(axis, (_rows(runs[A], name), _rows(runs[B], name))))
            for name, axis in axes.items()
        }
        self.config_differs = decides_differ(runs[A].config, runs[B].config)
        self.partings: dict[int, Parting] = {}
        self.verdicts: tuple[dict[int, Verdict], dict[int, Verdict]] = ({}, {})
        self.orders: dict[int, Verdict] = {}
        self._outside()
        for name, n in fees:
            scope = self.scopes[name]
            fee = Verdict(Cause.FEE, "an equal fill cost another fee")
            insort(scope.fees, Found(scope.axis.key(A, n), fee))
        self._judge()

    # -- differences that nothing of the runs made ------------------------------------------------

    def _outside(self) -> None:
        """Frames of one run only, frames that came at another time, commands of one run only."""
        other = Verdict(Cause.DATA, "other market data")
        late = Verdict(Cause.LATENCY, "a market frame came at another time")
        for scope in self.scopes.values():
            axis = scope.axis
            lonely = [axis.key(run, n) for run in (A, B) for n in axis.lonely[run]]
            if not self._reacts:
                scope.found += [Found(place, other) for place in sorted(lonely)]
            scope.faint += [Found((beat, 0), late) for beat in axis.late]
        texts = [[text for _, _, text in run.commands] for run in self._runs]
        for run in (A, B):
            others = list(texts[1 - run])
            for n, _, text in self._runs[run].commands:
                if text in others:
                    others.remove(text)
                    continue
                name = text.partition(" ")[0]
                cause = Cause.DATA if name in CONNECTION else Cause.DECISION
                for scope in self.scopes.values():
                    place = scope.axis.key(run, n)
                    insort(scope.found, Found(place, Verdict(cause, f"command {name}")))

    # -- differences that the runs made -----------------------------------------------------------

    def _judge(self) -> None:
        """In order of place: partings of matched orders, then decisions."""
        work: list[tuple[Place, int, int, int]] = []
        for a, b in self._pairs.orders[A].items():
            if a not in self._pairs.made_by[A] or b not in self._pairs.made_by[B]:
                continue
            parting, late = self._lives.parting(a, b)
            if late is not None and late.cause is not None:
                made = self._pairs.decisions[A][self._pairs.made_by[A][a]]
                faint = Found(late.place, Verdict(late.cause, late.why))
                insort(self.scopes[made.instrument].faint, faint)
            if parting is not None:
                self.partings[a] = parting
                work.append((parting.place, 0 if parting.decision is None else 2, A, a))
        for run in (A, B):
            for k, decision in enumerate(self._pairs.decisions[run]):
                partner = self._pairs.partner[run].get(k)
                if partner is not None and (run == B or self._equal(k, partner)):
                    continue
                place = self.scopes[decision.instrument].axis.key(run, decision.n)
                work.append((place, 1, run, k))
        for place, step, run, which in sorted(work):
            if step == 1:
                self._decision(place, run, which)
            else:
                self._order(place, which)

    def _equal(self, a: int, b: int) -> bool:
        return self._pairs.decisions[A][a].terms == self._pairs.decisions[B][b].terms

    def _decision(self, place: Place, run: int, k: int) -> None:
        """A decision of one run only, or with other terms."""
        decision = self._pairs.decisions[run][k]
        scope = self.scopes[decision.instrument]
        verdict = self._direct(place, run, decision) or scope.root(place)
        followed = decision.trigger.kind == "frame" and not self._reacts
        if verdict is None and followed and not self._known(run, decision):
            verdict = Verdict(Cause.DATA, "decided on a frame of one run only")
        if verdict is None:
            verdict = self._hidden(scope, place)
        self.verdicts[run][k] = verdict
        insort(scope.found, Found(place, verdict))
        partner = self._pairs.partner[run].get(k)
        if partner is not None:
            self.verdicts[1 - run][partner] = verdict

    def _known(self, run: int, decision: Decision) -> bool:
        """Whether the other run has the frame that a decision followed."""
        trigger = decision.trigger
        return trigger.ordinal - 1 in self.scopes[trigger.where].axis.places[run]

    def _direct(self, place: Place, run: int, decision: Decision) -> Verdict | None:
        """What the report that a decision followed says: its order parted before, or is of one run
        only."""
        trigger = decision.trigger
        if trigger.kind != "report":
            return None
        order = trigger.order
        a = order if run == A else self._pairs.orders[B].get(order)
        if a is not None and a in self._pairs.orders[A]:
            parting = self.partings.get(a)
            return self.orders.get(a) if parting is not None and parting.place <= place else None
        made = self._pairs.made_by[run].get(order)
        return None if made is None else self.verdicts[run].get(made)

    def _hidden(self, scope: Scope, place: Place) -> Verdict:
        """Both runs showed the same, and yet decided otherwise."""
        if self.config_differs:
            return Verdict(Cause.DECISION, f"other {', '.join(self.config_differs)}")
        last = scope.recent(place)
        if last is None:
            others = [found for s in self.scopes.values() if (found := s.recent(place))]
            last = others[0] if others else None
        if last is not None:
            return Verdict(
                last.verdict.cause, REMEMBERED + last.verdict.why.removeprefix(REMEMBERED)
            )
        return Verdict(Cause.DECISION, "the same inputs, another decision")

    def _order(self, place: Place, a: int) -> None:
        """A matched order whose lives part here."""
        parting = self.partings[a]
        made = self._pairs.made_by[A][a]
        decision = self._pairs.decisions[A][made]
        verdict = self.verdicts[A].get(made)
        if verdict is None and parting.decision is not None:
            run, k = parting.decision
            verdict = self.verdicts[run].get(k)
        if verdict is None:
            verdict = Verdict(parting.cause or Cause.DECISION, parting.why)
        self.orders[a] = verdict
        insort(self.scopes[decision.instrument].found, Found(place, verdict))

    # -- what money asks --------------------------------------------------------------------------

    def of_order(self, run: int, order: int) -> Verdict:
        """Why an order's money is another than in the other run."""
        made = self._pairs.made_by[run].get(order)
        if made is None:
            return Verdict(Cause.DATA, "an order from before the journal")
        verdict = self.verdicts[run].get(made)
        if verdict is not None:
            return verdict
        a = order if run == A else self._pairs.orders[B][order]
        return self.orders.get(a, Verdict(Cause.FEE, "the same fills, other money"))

    def of_marks(self) -> Cause:
        """Why the last marks differ: other data, and in a market that reacts what came first."""
        first = [scope.found[0] for scope in self.scopes.values() if scope.found]
        if not self._reacts or not first:
            return Cause.DATA
        return min(first, key=lambda found: found.place).verdict.cause

    def root(self, run: int, n: int, instrument: str) -> Verdict | None:
        """The first of what differs at an input of a run."""
        scope = self.scopes[instrument]
        return scope.root(scope.axis.key(run, n))


def _rows(run: RunTables, name: str) -> list[tuple[int, Shown]]:
    return run.shown.get(name, [])
