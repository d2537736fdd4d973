"""What an explanation says: differences, their parts by cause, instrument, hour and order."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tickpath.backtest.explain.amounts import Leaf
from tickpath.backtest.explain.overlap import utc
from tickpath.backtest.explain.tables import Cause, Decision, RunTables
from tickpath.core.fixed import money_text
from tickpath.core.ids import to_text
from tickpath.core.records import OrderType, Side

HOUR_NS = 3600 * 10**9
ORDERS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What one order, or two matched ones, gave to the difference. `cause` is the one of its
    largest part."""

    orders: tuple[int, int]
    decision: Decision | None
    currency: str
    units: int
    cause: Cause
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The comparison of run A with run B. Amounts are integers of the currencies' units; positive
    ones are what A earned more. `opening` is what A began with more, and no part of `difference`.
    """

    runs: tuple[RunTables, RunTables]
    equity: Sequence[dict[str, int]]
    opening: dict[str, int]
    difference: dict[str, int]
    leaves: list[Leaf]
    counts: dict[str, int]

    def _by(self, key: Callable[[Leaf], str]) -> dict[str, dict[str, int]]:
        found: dict[str, Counter[str]] = {currency: Counter() for currency in self.difference}
        for leaf in self.leaves:
            found[leaf.currency][key(leaf)] += leaf.units
        return {currency: dict(rows) for currency, rows in found.items()}

    def by_cause(self) -> dict[str, dict[str, int]]:
        """Units by currency and cause; every cause is there."""
        found = self._by(lambda leaf: leaf.cause)
        return {c: {cause: rows.get(cause, 0) for cause in Cause} for c, rows in found.items()}

    def by_instrument(self) -> dict[str, dict[str, int]]:
        """Units by currency and instrument; "" is what belongs to none."""
        return self._by(lambda leaf: leaf.instrument)

    def by_hour(self) -> dict[str, dict[str, int]]:
        """Units by currency and the hour (UTC) of the fill."""
        found = self._by(lambda leaf: utc(leaf.t_ns // HOUR_NS * HOUR_NS)[:16])
        return {currency: dict(sorted(rows.items())) for currency, rows in found.items()}

    def residual(self) -> dict[str, int]:
        """Differences less their causes: 0, or the explanation would have been refused."""
        causes = self.by_cause()
        return {c: self.difference[c] - sum(causes[c].values()) for c in self.difference}

    @property
    def equal(self) -> bool:
        """Whether the runs decided the same and earned the same."""
        alone = self.counts["decisions_a_only"] + self.counts["decisions_b_only"]
        return not alone and not any(leaf.units for leaf in self.leaves)

    def top_orders(self, count: int = ORDERS_SHOWN) -> list[OrderRow]:
        """The orders with the largest parts of either sign."""
        sums: Counter[tuple[tuple[int, int], str]] = Counter()
        largest: dict[tuple[tuple[int, int], str], Leaf] = {}
        for leaf in self.leaves:
            key = (leaf.orders, leaf.currency)
            if leaf.orders == (0, 0):
                continue
            sums[key] += leaf.units
            if key not in largest or abs(leaf.units) > abs(largest[key].units):
                largest[key] = leaf
        made = [{d.order: d for d in run.decisions if d.order} for run in self.runs]
        rows = sorted(sums.items(), key=lambda row: (-abs(row[1]), row[0]))
        return [
            OrderRow(
                orders, made[0].get(orders[0]) or made[1].get(orders[1]), currency, units,
                largest[orders, currency].cause, largest[orders, currency].why,
            )
            for (orders, currency), units in rows[:count]
            if units
        ]  # fmt: skip

    def text(self, currency: str, units: int) -> str:
        """An amount as a decimal."""
        for run in self.runs:
            for entry in run.config.currencies:
                if entry.name == currency:
                    return money_text(units, entry.decimals)
        return str(units)

    @property
    def notes(self) -> list[str]:
        """What a reader must know: torn journals, models, other starting equity."""
        begun = [
            f"run A began with {self.text(c, u)} {c} more than run B: not part of the difference"
            for c, u in self.opening.items()
        ]
        models = [
            f"run {'AB'[k]} decided by model {run.config.model.label}"
            for k, run in enumerate(self.runs)
            if run.config.model.label
        ]
        return [note for run in self.runs for note in run.notes] + models + begun

    def to_json(self, orders: int = ORDERS_SHOWN) -> dict[str, Any]:
        """The stable contract of `--json`: integers of units, and the difference as text too."""
        return {
            "runs": [str(run.path) for run in self.runs],
            "models": [run.config.model.label for run in self.runs],
            "equal": self.equal,
            "equity_units": [dict(rows) for rows in self.equity],
            "opening_units": self.opening,
            "difference_units": self.difference,
            "difference": {c: self.text(c, u) for c, u in self.difference.items()},
            "causes_units": {c: {str(k): v for k, v in r.items()}
                             for c, r in self.by_cause().items()},
            "residual_units": self.residual(),
            "instruments_units": self.by_instrument(),
            "hours_units": self.by_hour(),
            "orders": [order_json(row) for row in self.top_orders(orders)],
            "counts": self.counts,
            "notes": self.notes,
        }  # fmt: skip


def order_json(row: OrderRow) -> dict[str, Any]:
    """An order row with its decision spelled out."""
    d = row.decision
    return {
        "a": to_text(row.orders[0]) if row.orders[0] else "",
        "b": to_text(row.orders[1]) if row.orders[1] else "",
        "time": "" if d is None else utc(d.t_ns),
        "instrument": "" if d is None else d.instrument,
        "strategy": "" if d is None else d.strategy,
        "order": "" if d is None else order_text(d),
        "currency": row.currency,
        "units": row.units,
        "cause": str(row.cause),
        "why": row.why,
    }


def order_text(decision: Decision) -> str:
    """Side, quantity and price of an order."""
    price = "market"
    if decision.terms.type != OrderType.MARKET:
        price = f"{decision.terms.price:f}"
    return f"{Side(decision.side).name.lower()} {decision.terms.quantity:f} at {price}"
