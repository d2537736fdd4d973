"""Numbers that are hard to believe: price steps, and quantities of zero or beyond all others.

A step is the change of price from one trade to the next, or of the mid of one BBO to the next. Its
robust sigma is 1.4826 times the median of the steps that are not zero (the MAD of a distribution
around zero; Rousseeuw and Croux, 1993), so a few wild prices do not widen it. Steps are counted
exactly up to `STEP_MAX` ticks (mids: half ticks), larger ones together.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tickpath.core.ticks import NO_SIDE
from tickpath.storage.quality.sample import LogCounts, Sample
from tickpath.storage.quality.view import BBO, DETAILS_MAX, TRADE, Case, Longs, Rules, View

STEP_MAX: Final = 1 << 16
MAD: Final = 1.4826


@dataclass(slots=True)
class Steps:
    """Steps of one series of prices."""

    name: str
    last: int | None = None
    counts: Longs = field(default_factory=lambda: np.zeros(STEP_MAX + 1, np.int64))
    largest: list[tuple[int, int]] = field(default_factory=list)

    def take(self, prices: Longs, t_ns: Longs) -> None:
        if not len(prices):
            return
        first = int(prices[0]) if self.last is None else self.last
        before = np.concatenate([[first], prices[:-1]])
        self.last = int(prices[-1])
        steps = np.abs(prices - before)
        self.counts += np.bincount(np.minimum(steps, STEP_MAX), minlength=STEP_MAX + 1)
        least = self.largest[-1][0] if len(self.largest) == DETAILS_MAX else 0
        places = np.flatnonzero(steps > least)
        top = places[np.argsort(-steps[places], kind="stable")[:DETAILS_MAX]]
        found = [*self.largest, *((int(steps[k]), int(t_ns[k])) for k in top)]
        self.largest = sorted(found, key=lambda case: -case[0])[:DETAILS_MAX]

    def sigma(self) -> float:
        """Robust sigma of the steps that are not zero, at least one."""
        moved = self.counts.copy()
        moved[0] = 0
        total = int(moved.sum())
        if total == 0:
            return 1.0
        return max(1.0, MAD * int(np.searchsorted(np.cumsum(moved), (total + 1) // 2)))

    def above(self, bound: float) -> int:
        return int(self.counts[min(int(bound) + 1, STEP_MAX) :].sum())


@dataclass(slots=True)
class Outliers:
    """Trades and BBOs."""

    rules: Rules
    trades: Steps = field(default_factory=lambda: Steps("trade"))
    mids: Steps = field(default_factory=lambda: Steps("mid"))
    lots: Sample = field(default_factory=Sample)
    sizes: LogCounts = field(default_factory=LogCounts)
    zero: int = 0
    priceless: int = 0
    biggest: tuple[int, int] = (0, 0)

    def take(self, view: View) -> None:
        ticks = view.ticks
        kind, price, lots = ticks["kind"], ticks["price_ticks"], ticks["quantity_lots"]
        is_trade = kind == TRADE
        self.zero += int(np.count_nonzero(is_trade & (lots < 1)))
        self.zero += int(np.count_nonzero(lots < 0))
        self.priceless += int(
            np.count_nonzero((price < 1) & (ticks["side"] != NO_SIDE) & (kind <= TRADE))
        )
        self.trades.take(price[is_trade], ticks["t_recv_ns"][is_trade])
        self._quotes(view)
        shown = lots[lots > 0]
        if len(shown):
            self.lots.take(shown)
            self.sizes.take(shown)
            top = int(np.argmax(lots))
            if lots[top] > self.biggest[0]:
                self.biggest = (int(lots[top]), int(ticks["t_recv_ns"][top]))

    def _quotes(self, view: View) -> None:
        """Twice the mid of BBOs that have both sides."""
        pairs = (view.kind == BBO) & (view.last - view.first == 1)
        rows = view.first[pairs]
        price = view.ticks["price_ticks"]
        self.mids.take(price[rows] + price[rows + 1], view.ticks["t_recv_ns"][rows])

    def _quantity_bound(self) -> float:
        return self.rules.quantity_factor * max(1.0, self.lots.quantile(0.5))

    def figures(self) -> dict[str, float]:
        series = (self.trades, self.mids)
        jumps = sum(s.above(self.rules.jump_sigmas * s.sigma()) for s in series)
        return {
            "price_jumps": jumps,
            "trade_step_sigma_ticks": self.trades.sigma(),
            "absurd_quantities": self.sizes.above(self._quantity_bound()),
            "zero_quantities": self.zero,
            "without_price": self.priceless,
        }

    def cases(self) -> list[Case]:
        found = []
        for series, unit in ((self.trades, "ticks"), (self.mids, "half ticks")):
            sigma = series.sigma()
            for step, t_ns in series.largest:
                if step > self.rules.jump_sigmas * sigma:
                    text = f"{series.name} steps {step} {unit}, {step / sigma:.0f} sigmas"
                    found.append(Case("price jump", t_ns, text))
        if self.biggest[0] > self._quantity_bound():
            found.append(
                Case("quantity", self.biggest[1], f"the largest quantity is {self.biggest[0]} lots")
            )
        return found[:DETAILS_MAX]
