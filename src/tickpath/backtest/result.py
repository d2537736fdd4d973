"""What a run produced: the figures of the command-line contract and the series to plot."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tickpath.core.config import Config
from tickpath.core.fixed import money_text


@dataclass(kw_only=True, slots=True)
class Samples:
    """Once every `interval_ns` of simulated time: integers in settle units and lots."""

    interval_ns: int
    t_ns: list[int] = field(default_factory=list)
    equity_units: list[list[int]] = field(default_factory=list)
    position_lots: list[list[int]] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class Result:
    """A finished run. Money is kept in integer units of each currency."""

    config: Config
    engine: str
    events: int
    orders: int
    fills: int
    rejects: dict[str, int]
    codes: dict[str, int]
    decisions_hash: str
    state_hash: str
    checkpoints: list[str]
    pnl_units: dict[int, int]
    fee_units: dict[int, int]
    position_lots: list[int]
    max_drawdown_units: dict[int, int]
    sharpe: float | None
    sharpe_interval_s: int
    wall_s: float
    latency_ns: dict[str, float]
    stages_ns: dict[str, dict[str, float]]
    book: dict[str, int]
    peak_rss_mib: float
    exit_code: int
    message: str
    samples: Samples
    fill_rows: np.ndarray
    histograms: dict[str, tuple[list[float], list[int]]]

    def money(self, units: dict[int, int]) -> dict[str, str]:
        """Decimal strings keyed by currency."""
        table = self.config.currencies
        return {table[c].name: money_text(v, table[c].decimals) for c, v in sorted(units.items())}

    def positions(self) -> dict[str, str]:
        """Net position of each instrument in its own quantity, as text."""
        names = [f"{self.config.venues[i.venue]}:{i.symbol}" for i in self.config.instruments]
        sizes = [self.position_lots[i.index] * i.lot_size for i in self.config.instruments]
        return {name: f"{size:f}" for name, size in zip(names, sizes, strict=True)}

    def to_json(self) -> dict[str, Any]:
        """The stable contract of `--json`."""
        return {
            "engine": self.engine,
            "events": self.events,
            "orders": self.orders,
            "fills": self.fills,
            "rejects": self.rejects,
            "decisions_hash": self.decisions_hash,
            "state_hash": self.state_hash,
            "pnl": self.money(self.pnl_units),
            "positions": self.positions(),
            "fees": self.money(self.fee_units),
            "max_drawdown": self.money(self.max_drawdown_units),
            "sharpe": self.sharpe,
            "sharpe_interval_s": self.sharpe_interval_s,
            "events_per_s": round(self.events / self.wall_s) if self.wall_s > 0 else 0,
            "latency_ns": self.latency_ns,
            "stages_ns": self.stages_ns,
            "book": self.book,
            "codes": self.codes,
            "checkpoints": self.checkpoints,
            "peak_rss_mib": round(self.peak_rss_mib, 1),
            "exit_code": self.exit_code,
            "message": self.message,
        }
