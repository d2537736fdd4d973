"""Money of a comparison in exact integers, and its rounding to units that add up.

An input's amount is what it changed of the equity at one fixed mark: guard units (10^-9 of a
currency's unit), so that the amounts of a run add up to the change of its equity. Only at the end
are amounts rounded to units, by largest remainder, to the difference of the equities that the
engines themselves state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tickpath.backtest.explain.tables import (
    Cause,
    Decision,
    Holdings,
    Posting,
    ReportRow,
    RunTables,
)
from tickpath.core.config import Config, Instrument
from tickpath.core.errors import VerificationError
from tickpath.core.fixed import divide_half_even
from tickpath.core.records import InstrumentKind, Side
from tickpath.hot.execute.position import GUARD, Leg, mark_guard, value_guard

Guards = tuple[int, ...]
"""Guard units by currency of the configuration."""


@dataclass(slots=True)
class Leaf:
    """One piece of the difference: one cause, one currency, one fill or pair of fills. `orders` are
    the client order ids in run A and B, 0 for none."""

    cause: Cause
    currency: str
    instrument: str
    t_ns: int
    orders: tuple[int, int]
    guard: int
    why: str
    units: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A fill of a posting with its share of the money and of the fees."""

    fill: ReportRow | None
    amounts: Guards
    fees: Guards


def equity_guard(config: Config, held: Holdings, mids2: Sequence[int]) -> Guards:
    """Cash plus open positions at the marks (bid plus ask in ticks by instrument, 0: at cost), as
    the engine values them."""
    totals = list(held.cash)
    for about, (lots, cost) in zip(config.instruments, held.legs, strict=True):
        if not (lots or cost):
            continue
        gain = mark_guard(about, Leg(lots, 0, cost), mids2[about.index]) - cost
        if about.kind == InstrumentKind.INVERSE:
            gain = -gain
        totals[about.settle] += gain + (cost if about.kind == InstrumentKind.SPOT else 0)
    return tuple(totals)


def to_units(guard: int) -> int:
    """Guard units to units, half to even, as the engine rounds equity."""
    return divide_half_even(guard, GUARD)


def parts_of(
    run: RunTables, posting: Posting, mids2: Sequence[int], made: Mapping[int, Decision]
) -> list[Part]:
    """The fills of a posting with their money. Where a frame brought several, each gets what it is
    worth at the mark and its part of the fees by quantity; the last gets what is left, so that
    nothing is lost. `made` are the decisions of the run by the order they made."""
    after, before = (equity_guard(run.config, h, mids2) for h in (posting.after, posting.before))
    left = [a - b for a, b in zip(after, before, strict=True)]
    fees = [a - b for a, b in zip(posting.after.fees, posting.before.fees, strict=True)]
    parts, fills = [], posting.fills
    for k, fill in enumerate(fills[:-1]):
        total = sum(f.quantity for f in fills[k:])
        paid = [int(fee * fill.quantity / total) if total else 0 for fee in fees]
        share = [-p for p in paid]
        decision = made.get(fill.order)
        if decision is not None:
            about = run.config.instruments[run.names.index(decision.instrument)]
            share[about.settle] += _worth(about, fill, decision.side, mids2[about.index])
        left = [a - b for a, b in zip(left, share, strict=True)]
        fees = [a - b for a, b in zip(fees, paid, strict=True)]
        parts.append(Part(fill, tuple(share), tuple(paid)))
    return [*parts, Part(fills[-1] if fills else None, tuple(left), tuple(fees))]


def _worth(about: Instrument, fill: ReportRow, side: int, mid2: int) -> int:
    """What a fill earns when its lots are closed at the mark, 0 without a mark."""
    ticks, lots = int(fill.price / about.tick_size), int(fill.quantity / about.lot_size)
    if mid2 == 0 or ticks == 0:
        return 0
    signed = lots if side == Side.BUY else -lots
    gain = mark_guard(about, Leg(signed, 0, 0), mid2) - value_guard(about, ticks, signed)
    return -gain if about.kind == InstrumentKind.INVERSE else gain


def give_units(leaves: Sequence[Leaf], total: int) -> None:
    """Round the leaves of one currency to units that add up to `total`, the difference of two
    equities. What half-to-even rounding leaves over goes, one unit each, to the leaves that were
    rounded farthest the other way; one without money gets none. Raises VerificationError when the
    money does not add up: then amounts are missing."""
    exact = sum(leaf.guard for leaf in leaves)
    if abs(exact - total * GUARD) > GUARD:
        raise VerificationError(
            f"the amounts found come to {exact} guard units, the equities differ by {total} units: "
            "please report this with both journals"
        )
    for leaf in leaves:
        leaf.units = to_units(leaf.guard)
    rest = total - sum(leaf.units for leaf in leaves)
    step = 1 if rest > 0 else -1
    moved = sorted(
        (leaf for leaf in leaves if leaf.guard),
        key=lambda leaf: (step * (leaf.units * GUARD - leaf.guard), -abs(leaf.guard)),
    )
    for k in range(abs(rest)):
        moved[k % len(moved)].units += step
