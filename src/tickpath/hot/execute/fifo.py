"""First in, first out: the open lots of a leg, oldest first, and what a fill does to them.

A fill closes the oldest lots first; each closed lot's profit is exact and rounded to the guard (a
lot of one price by the exact formula, a merged one at its average). Fills at the newest lot's price
join it. When fifo_lots_max lots are open the two oldest become one at their exact total cost.
`fifo.pxd` does the same in place; this one makes the lots after the fill and changes nothing.
"""

from dataclasses import dataclass, field, replace

from tickpath.core.config import Instrument
from tickpath.core.fixed import divide_half_even
from tickpath.core.limits import LIMITS
from tickpath.hot.execute.position import (
    GUARD,
    FillMoney,
    Leg,
    close,
    guarded,
    money,
    value_guard,
)


@dataclass(slots=True)
class LotQueue:
    """Open lots of a leg, oldest first, and what they have earned since the start."""

    lots: list[Leg] = field(default_factory=list)
    realised_guard: int = 0


def close_lots(instrument: Instrument, lots: list[Leg], ticks: int, closed: int) -> FillMoney:
    """Take `closed` lots (signed like the leg) off the oldest; the result holds the changes."""
    total = FillMoney(-closed, 0, 0)
    units: list[int] = []
    left = closed
    while left:
        lot = lots.pop(0)
        part = lot.lots if abs(lot.lots) <= abs(left) else left
        one = FillMoney(lot.lots, lot.entry_ticks, lot.value)
        close(instrument, one, ticks, part)
        left -= part
        units.append(one.realised_units)
        total.realised_guard += one.realised_guard
        total.entry_value -= lot.value - one.entry_value
        if one.position_lots:
            lots.insert(0, Leg(one.position_lots, one.entry_ticks, one.entry_value))
    guarded(total.realised_guard)
    total.realised_units = units[0]
    if len(units) > 1:
        total.realised_units = money(divide_half_even(total.realised_guard, GUARD))
    return total


def open_lots(instrument: Instrument, lots: list[Leg], ticks: int, opened: int) -> int:
    """Add a lot behind the others, or to the newest of the same price. Returns the value added."""
    if lots and lots[-1].entry_ticks == ticks:
        newest = lots.pop()
        value = guarded(value_guard(instrument, ticks, newest.lots + opened))
        lots.append(Leg(newest.lots + opened, ticks, value))
        return value - newest.value
    value = guarded(value_guard(instrument, ticks, opened))
    if len(lots) == LIMITS["fifo_lots_max"]:
        oldest, second = lots.pop(0), lots.pop(0)
        lots.insert(0, Leg(oldest.lots + second.lots, 0, oldest.value + second.value))
    lots.append(Leg(opened, ticks, value))
    return value


def fill_fifo(
    instrument: Instrument, queue: LotQueue, leg: Leg, ticks: int, signed: int
) -> tuple[FillMoney, LotQueue]:
    """The leg and its lots after a fill (buys positive). Raises WideOverflowError."""
    after = money(leg.lots + signed)
    lots = [replace(lot) for lot in queue.lots]
    m = FillMoney(after, 0, leg.value)
    flips = leg.lots != 0 and after != 0 and (after > 0) != (leg.lots > 0)
    opened = after if flips else signed
    if leg.lots and (leg.lots > 0) != (signed > 0):
        change = close_lots(instrument, lots, ticks, leg.lots if flips else -signed)
        m.entry_value = guarded(m.entry_value + change.entry_value)
        m.realised_units, m.realised_guard = change.realised_units, change.realised_guard
        opened = after if flips else 0
    if opened:
        m.entry_value = guarded(m.entry_value + open_lots(instrument, lots, ticks, opened))
    m.entry_ticks = lots[0].entry_ticks if len(lots) == 1 else 0
    return m, LotQueue(lots, queue.realised_guard + m.realised_guard)


def reset_lots(queue: LotQueue, leg: Leg) -> None:
    """One lot that is the whole leg: after a bust, which names no lots."""
    queue.lots = [replace(leg)] if leg.lots else []
