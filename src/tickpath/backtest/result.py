"""What a run produced: the figures of the command-line contract and the series to plot.

A `Result` of a finished run and one read back by `load_run` are the same thing. Money and prices
are integers inside; methods that hand out series give float64 in whole currency, quote price or
base quantity, and times as datetime64[ns] (UTC).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.backtest.execution import FillQuality, Shortfall, fill_quality, order_of, shortfall
from tickpath.backtest.markouts import HORIZONS_NS, Markouts, markouts
from tickpath.backtest.mids import Mids
from tickpath.backtest.returns import Returns, returns_of
from tickpath.backtest.sampling import ORDER_DTYPE
from tickpath.backtest.stats import SHARPE_INTERVAL_S
from tickpath.backtest.trips import TripFigures, profits_by, round_trips, trip_figures
from tickpath.backtest.values import Floats, money_scale, value
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.core.fixed import money_text
from tickpath.venues.sim.fills import WHY
from tickpath.venues.sim.tape import MID_DTYPE

KEYS = ("instrument", "strategy", "reason", "liquidity")
"""What profit can be split by, see `Result.profit_by`."""


@dataclass(kw_only=True, slots=True)
class Samples:
    """Once every `interval_ns` of simulated time: integers in settle units, lots and twice ticks
    (bid + ask, 0: no good book), a row a sample, a column a currency or an instrument."""

    interval_ns: int
    t_ns: list[int] = field(default_factory=list)
    equity_units: list[list[int]] = field(default_factory=list)
    position_lots: list[list[int]] = field(default_factory=list)
    mids2: list[list[int]] = field(default_factory=list)


@dataclass(kw_only=True)
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
    fill_rows: npt.NDArray[Any]
    """FILL_DTYPE, in order of time."""
    histograms: dict[str, tuple[list[float], list[int]]]
    order_rows: npt.NDArray[Any] = field(default_factory=lambda: np.zeros(0, dtype=ORDER_DTYPE))
    """ORDER_DTYPE, in the order in which they were sent."""
    order_stride: int = 1
    """1: all orders are kept; n: every n-th client order id."""
    mid_rows: npt.NDArray[Any] = field(default_factory=lambda: np.zeros(0, dtype=MID_DTYPE))
    """MID_DTYPE, in order of time."""
    mid_spacing_ns: int = 0
    """0: every change of a mid is kept; else the last one of intervals of so long."""
    end_ns: int = 0
    venue_rejects: dict[str, int] = field(default_factory=dict)
    """Requests that the venue refused, by its code."""
    model: str = ""
    """Who evaluated the model, and why, where that is not native code."""
    off_path: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Counters of the workers off the path, by stage: where their batches ran, and why."""

    # -- figures --------------------------------------------------------------------------------

    def money(self, units: dict[int, int]) -> dict[str, str]:
        """Decimal strings keyed by currency."""
        table = self.config.currencies
        return {table[c].name: money_text(v, table[c].decimals) for c, v in sorted(units.items())}

    def instrument_names(self) -> list[str]:
        """`venue:symbol` of every instrument."""
        return [f"{self.config.venues[i.venue]}:{i.symbol}" for i in self.config.instruments]

    def positions(self) -> dict[str, str]:
        """Net position of each instrument in its own quantity, as text."""
        sizes = [self.position_lots[i.index] * i.lot_size for i in self.config.instruments]
        return {n: f"{s:f}" for n, s in zip(self.instrument_names(), sizes, strict=True)}

    def to_json(self) -> dict[str, Any]:
        """The stable contract of `--json`."""
        return {
            "engine": self.engine,
            "events": self.events,
            "orders": self.orders,
            "fills": self.fills,
            "rejects": self.rejects,
            "venue_rejects": self.venue_rejects,
            "decisions_hash": self.decisions_hash,
            "state_hash": self.state_hash,
            "model": self.config.model.label,
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
            "model_backend": self.model,
            "codes": self.codes,
            "off_path": self.off_path,
            "checkpoints": self.checkpoints,
            "peak_rss_mib": round(self.peak_rss_mib, 1),
            "exit_code": self.exit_code,
            "message": self.message,
        }

    # -- series ---------------------------------------------------------------------------------

    def settle_currencies(self) -> list[str]:
        """Names of the currencies that profit is made in."""
        return [self.config.currencies[c].name for c in sorted(self.pnl_units)]

    def currency(self, name: str | None = None) -> int:
        """Index of a settle currency; the first one unless named. Raises ConfigError."""
        settle = sorted(self.pnl_units)
        for c in settle:
            if name is None or self.config.currencies[c].name == name:
                return c
        raise ConfigError(
            f"currency {name!r}: this run settles in {', '.join(self.settle_currencies()) or '-'}"
        )

    def times(self) -> npt.NDArray[np.datetime64]:
        """Times of the samples."""
        return np.array(self.samples.t_ns, dtype="datetime64[ns]")

    def equity(self, currency: str | None = None) -> Floats:
        """Equity at the samples, marked at mid."""
        c = self.currency(currency)
        units = [row[c] for row in self.samples.equity_units]
        return np.array(units, dtype=np.float64) / money_scale(self.config, c)

    def drawdown(self, currency: str | None = None) -> Floats:
        """Equity below its earlier peak at the samples: 0 or less."""
        c = self.currency(currency)
        units = np.array([row[c] for row in self.samples.equity_units], dtype=np.int64)
        below = units - np.maximum.accumulate(units) if len(units) else units
        return below / money_scale(self.config, c)

    def returns(self, currency: str | None = None, interval_s: int = SHARPE_INTERVAL_S) -> Returns:
        """Simple returns of equity on a grid, see `returns_of`."""
        c = self.currency(currency)
        equity = [row[c] for row in self.samples.equity_units]
        return returns_of(self.samples.t_ns, equity, interval_s)

    def position(self, instrument: int = 0) -> Floats:
        """Net position of an instrument at the samples, in its base quantity or contracts."""
        lots = [row[instrument] for row in self.samples.position_lots]
        size = float(self.config.instruments[instrument].lot_size)
        return np.array(lots, dtype=np.float64) * size

    def exposure(self, currency: str | None = None) -> dict[str, Floats]:
        """ "gross" and "net" value of the positions that settle in a currency at the samples, at
        mid, and "leverage", gross over equity. A position without a mid counts as 0."""
        c = self.currency(currency)
        gross, net = np.zeros(len(self.samples.t_ns)), np.zeros(len(self.samples.t_ns))
        for i in self.config.instruments:
            if i.settle != c or not self.samples.t_ns:
                continue
            lots = np.array([row[i.index] for row in self.samples.position_lots])
            mids2 = np.array([row[i.index] for row in self.samples.mids2])
            worth = np.nan_to_num(value(i, mids2 / 2.0, lots))
            gross, net = gross + np.abs(worth), net + worth
        equity = self.equity(currency)
        with np.errstate(divide="ignore", invalid="ignore"):
            leverage = np.where(equity > 0, gross / equity, np.nan)
        return {"gross": gross, "net": net, "leverage": leverage}

    def mid_prices(self, instrument: int = 0) -> tuple[npt.NDArray[np.datetime64], Floats]:
        """(times, mid) at every kept change of the venue's mid, NaN where it had no good book."""
        t_ns, mids2 = self.mids.changes(instrument)
        size = float(self.config.instruments[instrument].tick_size)
        price = np.where(mids2 > 0, mids2 * size / 2.0, np.nan)
        return t_ns.astype("datetime64[ns]"), price

    # -- what the report shows of fills and orders ----------------------------------------------

    @cached_property
    def mids(self) -> Mids:
        """The venue's mid at any moment of the run."""
        return Mids(self.mid_rows, self.end_ns)

    @cached_property
    def trips(self) -> npt.NDArray[Any]:
        """FIFO round trips (TRIP_DTYPE), integers."""
        return round_trips(self.config, self.fill_rows)

    @cached_property
    def shortfall(self) -> Shortfall:
        """Slippage and implementation shortfall of every kept order."""
        return shortfall(self.config, self.fill_rows, self.order_rows, self.mids)

    def markouts(self, horizons_ns: tuple[int, ...] = HORIZONS_NS) -> Markouts:
        """Markouts of every fill at horizons in ns."""
        return markouts(self.config, self.fill_rows, self.mids, horizons_ns)

    def settles_in(self, rows: npt.NDArray[Any], currency: str | None) -> npt.NDArray[np.bool_]:
        """Which rows (with a field `instrument`) settle in a currency."""
        settle = np.array([i.settle for i in self.config.instruments], dtype=np.int64)
        return np.asarray(settle[rows["instrument"]] == self.currency(currency))

    def fill_quality(self, currency: str | None = None) -> FillQuality:
        """Fills and orders of the instruments that settle in a currency."""
        fills = self.fill_rows[self.settles_in(self.fill_rows, currency)]
        orders = self.order_rows[self.settles_in(self.order_rows, currency)]
        return fill_quality(self.config, fills, orders, WHY)

    def trip_figures(self, currency: str | None = None) -> TripFigures:
        """Hit rate and the like of the round trips that settle in a currency."""
        return trip_figures(self.trips[self.settles_in(self.trips, currency)])

    def profit_by(self, what: str, currency: str | None = None) -> dict[str, int]:
        """Profit after fees in units by one of KEYS; the parts sum to the run's profit up to a unit
        of rounding each. What fills of orders that are not kept earned is under "not known"."""
        c = self.currency(currency)
        names, keys = self._keys(what)
        found: dict[str, int] = {}
        parts = profits_by(self.config, self.fill_rows, keys, self.last_mids2())
        for (key, where), units in sorted(parts.items(), key=str):
            if where == c:
                found[names[key]] = found.get(names[key], 0) + units
        return found

    def last_mids2(self) -> list[int]:
        """Bid + ask ticks of every instrument at the end, as the engine saw them."""
        return self.samples.mids2[-1] if self.samples.mids2 else [0] * len(self.position_lots)

    def profit_by_time(
        self, bucket_ns: int, currency: str | None = None
    ) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.int64]]:
        """(starts, profit in units) of every UTC interval of `bucket_ns` that has a sample; they
        sum to the profit at the last sample."""
        c = self.currency(currency)
        equity = np.array([row[c] for row in self.samples.equity_units], dtype=np.int64)
        if not len(equity):
            return np.zeros(0, dtype="datetime64[ns]"), equity
        buckets = np.array(self.samples.t_ns, dtype=np.int64) // bucket_ns
        last = np.flatnonzero(np.append(buckets[1:] != buckets[:-1], True))
        profit = np.diff(equity[last], prepend=self.config.balance_units(c))
        return (buckets[last] * bucket_ns).astype("datetime64[ns]"), profit

    def _keys(self, what: str) -> tuple[dict[Hashable, str], Sequence[Hashable]]:
        """Names by key, and the key of every fill."""
        names: dict[Hashable, str]
        if what == "instrument":
            names = dict(enumerate(self.instrument_names()))
            return names, self.fill_rows["instrument"].tolist()
        if what == "reason":
            return dict(enumerate(WHY)), self.fill_rows["why"].tolist()
        if what == "liquidity":
            return {0: "taker", 1: "maker"}, (self.fill_rows["maker"] != 0).astype(int).tolist()
        if what != "strategy":
            raise ConfigError(f"profit by {what!r}: choose {', '.join(KEYS)}")
        names = {k: f"{k}: {s.name}" for k, s in enumerate(self.config.strategies)}
        row = order_of(self.fill_rows, self.order_rows)
        keys = [int(self.order_rows["strategy"][r]) if r >= 0 else -1 for r in row.tolist()]
        return {k: "not known" for k in keys if k not in names} | names, keys

    # -- notebooks ------------------------------------------------------------------------------

    def frame(self, name: str = "equity") -> Any:
        """A pandas DataFrame: "equity", "fills", "orders", "trips", "mids" or "markouts". Raises
        ConfigError without pandas, or for another name."""
        from tickpath.backtest.frames import frame

        return frame(self, name)

    def _repr_html_(self) -> str:
        from tickpath.backtest.report import notebook

        return notebook(self)
