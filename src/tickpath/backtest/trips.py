"""Who earned what: FIFO round trips, and profit by instrument, strategy, reason and time.

All money is integers of 10^-9 of the settle currency's unit until the last step, which rounds half
to even, as the ledger does. A strategy's share is what its own fills paid and what its own lots are
worth at the last mid.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.config import Config, Instrument
from tickpath.core.fixed import divide_half_even
from tickpath.core.records import InstrumentKind, Side

GUARD = 10**9
TRIP_DTYPE = np.dtype(
    [
        ("open_ns", "<i8"),
        ("close_ns", "<i8"),
        ("quantity_lots", "<i8"),
        ("entry_ticks", "<i8"),
        ("exit_ticks", "<i8"),
        ("profit_units", "<i8"),
        ("fee_units", "<i8"),
        ("instrument", "<i4"),
        ("side", "<i4"),
    ]
)
"""Lots that were opened by one fill and closed by another. `profit_units` is before fees,
`fee_units` the share of both fills' fees; `side` is the opening one."""


@dataclass(slots=True)
class Open:
    """Lots of one fill that are not closed yet."""

    t_ns: int
    price_ticks: int
    lots: int
    filled_lots: int
    fee_units: int

    def take(self, lots: int) -> int:
        """Take lots away; returns their share of the fee, shares of a whole fill sum to its fee."""
        left, self.lots = self.lots, self.lots - lots
        total = self.filled_lots
        return self.fee_units * left // total - self.fee_units * self.lots // total


def value_guard(i: Instrument, ticks2: int, lots: int) -> int:
    """Value of lots at half of `ticks2` in guard units; of an inverse contract it is what it costs
    in the settle currency."""
    num, den = i.value_ratio
    if i.kind == InstrumentKind.INVERSE:
        return divide_half_even(2 * lots * num * GUARD, ticks2 * den)
    return divide_half_even(ticks2 * lots * num * GUARD, 2 * den)


def flow_guard(i: Instrument, side: int, ticks: int, lots: int) -> int:
    """What a fill pays us: plus for a sell of spot or linear, for a buy of an inverse contract."""
    value = value_guard(i, 2 * ticks, lots)
    plus = (side == Side.SELL) != (i.kind == InstrumentKind.INVERSE)
    return value if plus else -value


def mark_guard(i: Instrument, mid2: int, lots: int) -> int:
    """What closing signed lots at mid would pay; 0 without a mid."""
    if lots == 0 or mid2 <= 0:
        return 0
    value = value_guard(i, mid2, abs(lots))
    return value if (lots > 0) != (i.kind == InstrumentKind.INVERSE) else -value


def round_trips(config: Config, fills: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """FIFO round trips (TRIP_DTYPE) of fills in order of time, positions netted by instrument. The
    profits of an instrument sum to its realised FIFO profit, rounded once."""
    rows: list[tuple[int, ...]] = []
    held: dict[int, deque[Open]] = defaultdict(deque)
    signed: dict[int, int] = defaultdict(int)
    exact: dict[int, int] = defaultdict(int)
    for f in fills.tolist():
        t_ns, _, ticks, lots, fee, _, k, side, _, _ = f
        i, lots_open = config.instruments[k], held[k]
        now = Open(t_ns, ticks, lots, lots, fee)
        sign = 1 if side == Side.BUY else -1
        while now.lots and signed[k] * sign < 0:
            first = lots_open[0]
            closed = min(now.lots, first.lots)
            fees = first.take(closed) + now.take(closed)
            before = divide_half_even(exact[k], GUARD)
            exact[k] += flow_guard(i, 1 - side, first.price_ticks, closed)
            exact[k] += flow_guard(i, side, ticks, closed)
            profit = divide_half_even(exact[k], GUARD) - before
            rows.append(
                (first.t_ns, t_ns, closed, first.price_ticks, ticks, profit, fees, k, 1 - side)
            )
            signed[k] += sign * closed
            if first.lots == 0:
                lots_open.popleft()
        if now.lots:
            lots_open.append(now)
            signed[k] += sign * now.lots
    return np.array(rows, dtype=TRIP_DTYPE)


def profits_by(
    config: Config,
    fills: npt.NDArray[Any],
    keys: Sequence[Hashable],
    last_mids2: Sequence[int],
) -> dict[tuple[Hashable, int], int]:
    """Profit after fees by (key of the fill, settle currency) in units; what a key still holds
    counts at the last mid (bid + ask ticks by instrument)."""
    exact: dict[tuple[Hashable, int], int] = defaultdict(int)
    lots_held: dict[tuple[Hashable, int], int] = defaultdict(int)
    for f, key in zip(fills.tolist(), keys, strict=True):
        _, _, ticks, lots, fee, _, k, side, _, _ = f
        i = config.instruments[k]
        exact[key, i.settle] += flow_guard(i, side, ticks, lots) - fee * GUARD
        lots_held[key, k] += lots if side == Side.BUY else -lots
    for (key, k), lots in lots_held.items():
        i = config.instruments[k]
        exact[key, i.settle] += mark_guard(i, last_mids2[k], lots)
    return {where: divide_half_even(value, GUARD) for where, value in exact.items()}


@dataclass(frozen=True, slots=True)
class TripFigures:
    """Round trips of one settle currency, money in its units. A hit is a trip with a profit after
    fees; the rates are NaN without trips."""

    count: int
    hits: int
    profit_units: int
    fee_units: int
    won_units: int
    lost_units: int
    held_ns_median: float

    @property
    def hit_rate(self) -> float:
        return self.hits / self.count if self.count else float("nan")

    @property
    def profit_factor(self) -> float:
        """Won over lost, after fees; infinite when nothing was lost."""
        if self.lost_units == 0:
            return float("inf") if self.won_units else float("nan")
        return self.won_units / -self.lost_units


def trip_figures(trips: npt.NDArray[Any]) -> TripFigures:
    """Figures of trips (TRIP_DTYPE) that settle in one currency."""
    net = trips["profit_units"] - trips["fee_units"]
    held = trips["close_ns"] - trips["open_ns"]
    return TripFigures(
        count=len(trips),
        hits=int(np.count_nonzero(net > 0)),
        profit_units=int(trips["profit_units"].sum()),
        fee_units=int(trips["fee_units"].sum()),
        won_units=int(net[net > 0].sum()),
        lost_units=int(net[net < 0].sum()),
        held_ns_median=float(np.median(held)) if len(trips) else float("nan"),
    )
