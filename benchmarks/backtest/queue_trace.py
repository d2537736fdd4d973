"""When one resting order is filled, from the records alone, by our queue rule and by hftbacktest's.

Both follow the displayed quantity at the order's price and the trades there. They differ in what
stands behind us when a depth message shows a decrease: we count what is displayed less what traded
since the depth message before, hftbacktest all that was displayed; and we keep whole lots, rounded
down, where it keeps fractions. A fill that both rules place where each side reported it is
explained by that difference.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tickpath.core.config import Instrument
from tickpath.core.records import EventKind
from tickpath.core.ticks import Ticks
from tickpath.venues.sim.queue import queue_advance

NAMES = ("", "trade", "through", "depth", "cross")
HORIZON_NS = 30_000_000_000


@dataclass(kw_only=True)
class Resting:
    """One order: where it rests, from when, and its queue model."""

    instrument: Instrument
    queue: str
    power: int
    side: int
    price_ticks: int
    arrival_ns: int


class Records:
    """The ticks by time at the venue, with what happens at one price."""

    def __init__(self, ticks: Ticks, feed_ns: int) -> None:
        self.ticks = ticks
        self.t_ns = ticks["t_recv_ns"] - feed_ns

    def shown(self, side: int, price_ticks: int, row: int) -> int:
        """Displayed at a price before a row."""
        t = self.ticks
        at = (t["price_ticks"][:row] == price_ticks) & (t["side"][:row] == side)
        found = np.flatnonzero(at & (t["kind"][:row] != EventKind.TRADE))
        return int(t["quantity_lots"][found[-1]]) if len(found) else 0

    def events(self, order: Resting) -> Iterator[tuple[int, str, int]]:
        """(time, "trade" | "through" | "depth" | "cross", lots) that matter to an order, of the
        half minute after its arrival."""
        start, stop = np.searchsorted(
            self.t_ns, [order.arrival_ns + 1, order.arrival_ns + HORIZON_NS]
        )
        t = self.ticks.rows(int(start), int(stop))
        worse = (order.price_ticks - t["price_ticks"]) * (1 if order.side == 0 else -1)
        traded = t["kind"] == EventKind.TRADE
        other = t["side"] != order.side
        what = np.select(
            [
                traded & other & (worse == 0), traded & other & (worse > 0),
                ~traded & ~other & (worse == 0),
                ~traded & other & (worse >= 0) & (t["quantity_lots"] > 0),
            ],
            [1, 2, 3, 4],
        )  # fmt: skip
        for k in np.flatnonzero(what):
            yield int(self.t_ns[start + k]), NAMES[what[k]], int(t["quantity_lots"][k])


def ours(order: Resting, shown: int, events: Iterator[tuple[int, str, int]]) -> int:
    """Venue time of the fill by our rule, -1: none."""
    ahead, traded = shown, 0
    one = 10**order.instrument.quantity_wire_decimals
    for when, what, lots in events:
        if what in ("through", "cross"):
            return when
        if what == "trade":
            traded += lots
            if lots > ahead:
                return when
            ahead -= lots
            continue
        left = max(0, shown - traded)
        if left > lots:
            ahead -= queue_advance(
                order.queue, order.power, ahead, left, left - lots,
                order.instrument.quantity_step_units, one,
            )  # fmt: skip
        ahead, shown, traded = max(0, min(ahead, lots)), lots, 0
    return -1


def behind_share(order: Resting, ahead: float, behind: float) -> float:
    """The share of a decrease that is behind, as hftbacktest has it; quantities in lots."""
    n = order.power
    if order.queue in ("log", "log2"):
        lot = float(order.instrument.lot_size)
        if min(ahead, behind) * lot <= -1:
            return math.nan
        front, back, both = (math.log(1 + q * lot) for q in (ahead, behind, ahead + behind))
        whole = front + back if order.queue == "log" else both
    else:
        back = behind**n
        whole = ahead**n + back if order.queue == "power" else (ahead + behind) ** n
        if order.queue == "power3":
            back = whole - ahead**n
    return back / whole if whole else 1.0


def theirs(order: Resting, shown: int, events: Iterator[tuple[int, str, int]]) -> int:
    """Venue time of the fill by hftbacktest's rule, in real numbers, -1: none."""
    ahead, traded = float(shown), 0
    for when, what, lots in events:
        if what in ("through", "cross"):
            return when
        if what == "trade":
            traded += lots
            ahead -= lots
            if round(-ahead) > 0:
                return when
            continue
        change = shown - lots - traded
        if change >= 0 and order.queue != "pessimistic":
            behind = shown - ahead
            share = behind_share(order, ahead, behind)
            # a logarithm of nothing makes its estimate no number, and that the displayed quantity
            ahead += min(behind - share * change, 0) - (1 - share) * change
            ahead = lots if math.isnan(ahead) else ahead
        ahead, shown, traded = min(ahead, lots), lots, 0
    return -1
