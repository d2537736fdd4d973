"""Two runs beside each other: every unit of the difference of their equity, with its cause.

    found = explain(Path("runs/paper"), Path("runs/backtest"))
    found.by_cause()["USDT"]        units by cause; they add up to found.difference["USDT"]

Worst case: both journals are replayed and held as tables, about 300 bytes a frame.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tickpath.backtest.explain.amounts import (
    Guards,
    Leaf,
    Part,
    equity_guard,
    give_units,
    parts_of,
    to_units,
)
from tickpath.backtest.explain.causes import Judge, Verdict
from tickpath.backtest.explain.lives import Lives
from tickpath.backtest.explain.matching import A, Axis, B, axis_of, pair_decisions
from tickpath.backtest.explain.overlap import check_comparable
from tickpath.backtest.explain.reading import read_run
from tickpath.backtest.explain.result import Explanation
from tickpath.backtest.explain.tables import Cause, Frames, Posting, RunTables

Runs = tuple[RunTables, RunTables]
Key = tuple[object, ...]


def explain(
    a: Path, b: Path, *, engine_ids: tuple[int | None, int | None] = (None, None),
    epochs: tuple[int | None, int | None] = (None, None), tolerance_ns: int = 0,
    reacts: bool = False,
) -> Explanation:  # fmt: skip
    """Read two runs and attribute what run A earned more than run B. Raises JournalError for what
    cannot be read, ConfigError for runs that have nothing to compare, VerificationError when a
    journal does not replay to what it recorded."""
    tables = [
        read_run(path, engine_id=engine, epoch=epoch)
        for path, engine, epoch in zip((a, b), engine_ids, epochs, strict=True)
    ]
    return attribute((tables[A], tables[B]), tolerance_ns=tolerance_ns, reacts=reacts)


def attribute(runs: Runs, *, tolerance_ns: int = 0, reacts: bool = False) -> Explanation:
    """The same of two runs that were read. `tolerance_ns`: arrivals at the venue that differ by no
    more are taken as equal (0: only equal ones). `reacts`: the market of both runs answers to their
    orders (a generated market), so other market data are an effect and no cause."""
    check_comparable(*runs)
    names = list(dict.fromkeys([*runs[A].names, *runs[B].names]))
    axes = {
        name: axis_of(*(run.frames.get(name, Frames()) for run in runs)) for name in ("", *names)
    }
    pairs = pair_decisions(runs, axes)
    money = tuple(RunMoney(run, common_marks(runs, side)) for side, run in enumerate(runs))
    lives = Lives(runs, pairs, axes, tolerance_ns, reacts)
    orders = pairs.orders[A] | pairs.twins
    fees = [
        (x.posting.instrument, x.posting.n)
        for both, _ in (match_fills(money[A].of(a), money[B].of(b)) for a, b in orders.items())
        for x, y in both
        if x.fees_by(runs[A]) != y.fees_by(runs[B])
    ]
    judge = Judge(runs, pairs, axes, lives, fees, reacts)
    leaves = list(Leaves(runs, (money[A], money[B]), orders, judge).all())
    return _total(runs, (money[A], money[B]), leaves, _counts(runs, axes, pairs.partner[A]))


def common_marks(runs: Runs, side: int) -> list[int]:
    """Marks of a run's instruments that both runs are valued at: the last mid of run B, of run A
    where B has none, else 0 (at cost)."""
    mids: dict[str, int] = {}
    for run in runs:
        mids |= {n: m for n, m in zip(run.names, run.mids2, strict=True) if m}
    return [mids.get(name, 0) for name in runs[side].names]


@dataclass(frozen=True, slots=True)
class Paid:
    """A part of a posting, and where it stands."""

    posting: Posting
    part: Part

    @property
    def key(self) -> Key:
        """What is equal in equal fills."""
        fill = self.part.fill
        return () if fill is None else fill.content

    def by(self, run: RunTables) -> dict[str, int]:
        """Guard units by currency, those that are not 0."""
        return named(run, self.part.amounts)

    def fees_by(self, run: RunTables) -> dict[str, int]:
        return named(run, self.part.fees)


def named(run: RunTables, amounts: Guards) -> dict[str, int]:
    """Amounts by the name of their currency, those that are not 0."""
    rows = zip(run.config.currencies, amounts, strict=True)
    return {currency.name: amount for currency, amount in rows if amount}


@dataclass(slots=True)
class RunMoney:
    """What the inputs of a run did to its money at the common marks."""

    run: RunTables
    marks: list[int]
    orders: dict[int, list[Paid]] = field(default_factory=dict)
    others: list[Paid] = field(default_factory=list)

    def __post_init__(self) -> None:
        made = {d.order: d for d in self.run.decisions if d.order}
        for posting in self.run.postings:
            for part in parts_of(self.run, posting, self.marks, made):
                order = posting.order if part.fill is None else part.fill.order
                rows = self.orders.setdefault(order, []) if order else self.others
                rows.append(Paid(posting, part))

    def of(self, order: int) -> list[Paid]:
        return self.orders.get(order, [])

    def start(self) -> dict[str, int]:
        """Equity at the start, at the common marks."""
        return named(self.run, equity_guard(self.run.config, self.run.start, self.marks))

    def mark(self) -> dict[str, int]:
        """What the run's own last marks make of its last position more than the common ones."""
        config, end = self.run.config, self.run.end
        own = equity_guard(config, end, self.run.mids2)
        common = equity_guard(config, end, self.marks)
        return named(self.run, tuple(x - y for x, y in zip(own, common, strict=True)))


def match_fills(a: list[Paid], b: list[Paid]) -> tuple[list[tuple[Paid, Paid]], list[list[Paid]]]:
    """Equal fills beside each other, in order; and what is left of each."""
    left = list(b)
    both, alone = [], []
    for x in a:
        k = next((k for k, y in enumerate(left) if y.key == x.key), None)
        if k is None:
            alone.append(x)
        else:
            both.append((x, left.pop(k)))
    return both, [alone, left]


class Leaves:
    """Every posting of both runs as leaves, each with its one cause."""

    def __init__(
        self, runs: Runs, money: tuple[RunMoney, RunMoney], orders: dict[int, int], judge: Judge
    ) -> None:
        self._runs, self._money, self._orders, self._judge = runs, money, orders, judge

    def all(self) -> Iterator[Leaf]:
        """Matched orders, orders of one run, commands, and the last marks."""
        theirs = set(self._orders.values())
        for a, b in self._orders.items():
            yield from self._pair(a, b)
        for run, sign in ((A, 1), (B, -1)):
            for order, rows in self._money[run].orders.items():
                if order not in (self._orders, theirs)[run]:
                    for paid in rows:
                        yield from self._alone(run, sign, paid, order, self._ids(run, order))
        yield from self._commands()
        for run, sign in ((A, 1), (B, -1)):
            cause, why = self._judge.of_marks(), "the last position at another last mark"
            for currency, guard in self._money[run].mark().items():
                yield Leaf(cause, currency, "", self._runs[run].last_ns, (0, 0), sign * guard, why)

    def _ids(self, run: int, order: int) -> tuple[int, int]:
        return (order, 0) if run == A else (0, order)

    def _pair(self, a: int, b: int) -> Iterator[Leaf]:
        both, alone = match_fills(self._money[A].of(a), self._money[B].of(b))
        for x, y in both:
            yield from self._equal_fills(x, y, (a, b))
        for run, sign in ((A, 1), (B, -1)):
            for paid in alone[run]:
                yield from self._alone(run, sign, paid, (a, b)[run], (a, b))

    def _equal_fills(self, x: Paid, y: Paid, orders: tuple[int, int]) -> Iterator[Leaf]:
        """The fee, and what rounding made of another position before it."""
        fees = difference(x.fees_by(self._runs[A]), y.fees_by(self._runs[B]))
        moved = difference(x.by(self._runs[A]), y.by(self._runs[B]))
        name, t_ns = x.posting.instrument, x.posting.t_ns
        for currency in dict.fromkeys([*fees, *moved]):
            fee, rest = -fees.get(currency, 0), moved.get(currency, 0) + fees.get(currency, 0)
            if fee:
                yield Leaf(Cause.FEE, currency, name, t_ns, orders, fee, "an equal fill, other fee")
            if rest:
                found = self._judge.root(A, x.posting.n, name)
                found = found or Verdict(Cause.FEE, "an equal fill, other money")
                yield Leaf(found.cause, currency, name, t_ns, orders, rest, found.why)

    def _alone(
        self, run: int, sign: int, paid: Paid, order: int, orders: tuple[int, int]
    ) -> Iterator[Leaf]:
        """A fill of one run only."""
        cause, why = self._judge.of_order(run, order)
        for currency, guard in paid.by(self._runs[run]).items():
            yield Leaf(cause, currency, paid.posting.instrument, paid.posting.t_ns, orders,
                       sign * guard, why)  # fmt: skip

    def _commands(self) -> Iterator[Leaf]:
        """Funding and transfers: equal ones cancel each other, what differs is data."""
        left = Counter[tuple[str, str, int]]()
        times: dict[tuple[str, str, int], int] = {}
        for run, sign in ((A, 1), (B, -1)):
            for paid in self._money[run].others:
                for currency, guard in paid.by(self._runs[run]).items():
                    key = (paid.posting.command, currency, guard)
                    left[key] += sign
                    times.setdefault(key, paid.posting.t_ns)
        for (command, currency, guard), count in left.items():
            if count:
                why = f"command {command.partition(' ')[0]}"
                t_ns = times[command, currency, guard]
                yield Leaf(Cause.DATA, currency, "", t_ns, (0, 0), count * guard, why)


def difference(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    """a - b by currency, what is 0 left out."""
    found = {name: a.get(name, 0) - b.get(name, 0) for name in dict.fromkeys([*a, *b])}
    return {name: amount for name, amount in found.items() if amount}


def _counts(runs: Runs, axes: dict[str, Axis], partner: dict[int, int]) -> dict[str, int]:
    """How much of the runs was matched."""
    return {
        "frames_matched": sum(axis.length for axis in axes.values()),
        "frames_a_only": sum(len(axis.lonely[A]) for axis in axes.values()),
        "frames_b_only": sum(len(axis.lonely[B]) for axis in axes.values()),
        "decisions_matched": len(partner),
        "decisions_a_only": len(runs[A].decisions) - len(partner),
        "decisions_b_only": len(runs[B].decisions) - len(partner),
    }


def _total(
    runs: Runs, money: tuple[RunMoney, RunMoney], leaves: list[Leaf], counts: dict[str, int]
) -> Explanation:
    """Leaves in units, beside what the engines say of their equity."""
    equity = [
        {c.name: units for c, units in zip(r.config.currencies, r.equity_units, strict=True)}
        for r in runs
    ]
    opening = difference(money[A].start(), money[B].start())
    told = difference(equity[A], equity[B])
    made = Counter[str]()
    for leaf in leaves:
        made[leaf.currency] += leaf.guard
    differences, openings = {}, {}
    for currency in sorted({*equity[A], *equity[B]}):
        total = told.get(currency, 0)
        if currency in opening:
            openings[currency] = total - to_units(made[currency])
            total -= openings[currency]
        give_units([leaf for leaf in leaves if leaf.currency == currency], total)
        settled = any(
            currency == run.config.currencies[i.settle].name
            for run in runs
            for i in run.config.instruments
        )
        if settled or any(leaf.currency == currency for leaf in leaves):
            differences[currency] = total
    return Explanation(runs, equity, openings, differences, leaves, counts)
