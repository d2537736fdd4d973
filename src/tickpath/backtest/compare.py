"""Runs side by side: figures with their differences from the first run, and equity over each other.

In: results, finished or read back by `load_run`. Out: rows of figures, JSON, a page, a notebook
view. Runs may differ in everything; where they do, the comparison says in what.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from tickpath.backtest.markouts import horizon_text
from tickpath.backtest.plots import WIDE, line_chart, time_labels
from tickpath.backtest.reports.page import bullets, document, fragment, note, section, table
from tickpath.backtest.reports.performance import NO_PROMISE
from tickpath.backtest.reports.words import TOO_SHORT, amount, duration, plain, share, span_ns
from tickpath.backtest.result import Result
from tickpath.backtest.returns import annual_return, annual_sharpe, bootstrap
from tickpath.backtest.values import money_scale
from tickpath.core.errors import ConfigError

RUNS_MAX = 6
"""More lines than this cannot be told apart."""
FORMS = {
    "money": amount,
    "share": share,
    "count": lambda v: f"{v:,.0f}" if math.isfinite(v) else "-",
    "plain": plain,
    "time": duration,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: a value a run, NaN where a run has none; `form` is a key of FORMS."""

    key: str
    label: str
    form: str
    values: tuple[float, ...]

    def text(self, k: int) -> str:
        return str(FORMS[self.form](self.values[k]))

    def difference(self, k: int) -> float:
        """Value of run k minus that of the first."""
        return self.values[k] - self.values[0]

    def difference_text(self, k: int) -> str:
        found = self.difference(k)
        if not math.isfinite(found):
            return "-"
        return "0" if found == 0 else f"{'+' if found > 0 else ''}{FORMS[self.form](found)}"


def run_figures(result: Result, currency: str) -> dict[str, tuple[str, str, float]]:
    """(label, form, value) of one run in a currency by key."""
    c = result.currency(currency)
    scale = money_scale(result.config, c)
    returns, quality = result.returns(currency), result.fill_quality(currency)
    trips, cost, marks = result.trip_figures(currency), result.shortfall, result.markouts()
    yearly, ratio = annual_return(returns), annual_sharpe(returns)
    mine = result.settles_in(result.order_rows, currency)
    fills = result.settles_in(result.fill_rows, currency)
    nan = float("nan")
    latency = result.latency_ns
    gross = result.exposure(currency)["leverage"]
    found = {
        "profit": ("profit after fees", "money", result.pnl_units[c] / scale),
        "fees": ("fees", "money", result.fee_units[c] / scale),
        "max_drawdown": ("largest drawdown", "money", result.max_drawdown_units[c] / scale),
        "annual_return": ("return of a year", "share", yearly.value if yearly else nan),
        "annual_return_low": ("  95 % from", "share", yearly.low if yearly else nan),
        "annual_return_high": ("  to", "share", yearly.high if yearly else nan),
        "sharpe": ("Sharpe ratio of a year", "plain", ratio.value if ratio else nan),
        "sharpe_error": ("  standard error", "plain", ratio.error if ratio else nan),
        "leverage_max": ("largest leverage", "plain", largest(gross)),
        "turnover": ("turnover", "money", quality.turnover),
        "orders": ("orders sent", "count", float(result.orders)),
        "fills": ("fills", "count", float(quality.fills)),
        "maker_share": ("maker, of turnover", "share", quality.maker_share),
        "fill_ratio": ("quantity filled of asked for", "share", quality.fill_ratio),
        "first_fill_ns": ("decision to first fill, median", "time",
                          float(np.median(quality.first_fill_ns))
                          if len(quality.first_fill_ns) else nan),
        "hit_rate": ("round trips with a profit", "share", trips.hit_rate),
        "shortfall": ("implementation shortfall", "money",
                      float(np.nansum(cost.total()[mine])) if mine.any() else nan),
        "slippage": ("  slippage", "money",
                     float(np.nansum(cost.slippage[mine])) if mine.any() else nan),
        "missed": ("  missed by what was not filled", "money",
                   float(np.nansum(cost.opportunity[mine])) if mine.any() else nan),
    }  # fmt: skip
    for k, horizon_ns in enumerate(marks.horizons_ns):
        name = horizon_text(horizon_ns)
        found[f"markout_{horizon_ns}_ns"] = (
            f"markout {name}, ticks", "plain", marks.mean_ticks(fills)[k])  # fmt: skip
    found["events"] = ("events", "count", float(result.events))
    found["walk_p50_ns"] = ("walk, p50", "time", float(latency.get("p50", nan)))
    found["walk_p99_ns"] = ("walk, p99", "time", float(latency.get("p99", nan)))
    return found


def largest(values: np.ndarray) -> float:
    kept = values[np.isfinite(values)]
    return float(kept.max()) if len(kept) else float("nan")


class Comparison:
    """Named results side by side; differences are from the first. Raises ConfigError for fewer than
    two or more than RUNS_MAX runs, or runs that settle in no currency of the first."""

    def __init__(self, runs: Mapping[str, Result]) -> None:
        if not 2 <= len(runs) <= RUNS_MAX:
            raise ConfigError(f"compare: {len(runs)} runs: give 2 to {RUNS_MAX}")
        self.names = list(runs)
        self.results = list(runs.values())
        shared = [
            name
            for name in self.results[0].settle_currencies()
            if all(name in r.settle_currencies() for r in self.results)
        ]
        if not shared:
            settled = "; ".join(f"{n}: {', '.join(r.settle_currencies())}" for n, r in runs.items())
            raise ConfigError(f"compare: no currency that all runs settle in ({settled})")
        self.currencies = shared

    def figures(self, currency: str | None = None) -> list[Figure]:
        """Rows of figures in a currency (the first shared one unless named)."""
        name = self.currencies[0] if currency is None else currency
        each = [run_figures(r, name) for r in self.results]
        return [
            Figure(key, label, form, tuple(run[key][2] for run in each))
            for key, (label, form, _) in each[0].items()
        ]

    def differences(self) -> list[str]:
        """What the runs do not have in common, in sentences; empty: decisions and state are the
        same."""
        found = []
        for label, read in (
            ("configuration", lambda r: r.config.hash()),
            ("seed", lambda r: str(r.config.seed)),
            ("model", lambda r: r.config.model.label),
            ("strategies", lambda r: ", ".join(strategy_text(s) for s in r.config.strategies)),
            ("instruments", lambda r: ", ".join(r.instrument_names())),
            ("events", lambda r: f"{r.events:,}"),
            ("simulated time", lambda r: duration(span_ns(r))),
            ("decisions hash", lambda r: r.decisions_hash),
            ("state hash", lambda r: r.state_hash),
        ):
            texts = [read(r) or "none" for r in self.results]
            if len(set(texts)) > 1:
                pairs = zip(self.names, texts, strict=True)
                found.append(f"{label}: " + "; ".join(f"{n}: {t}" for n, t in pairs))
        return found

    def paired(self, k: int, currency: str | None = None) -> tuple[float, float, float] | None:
        """(difference, low, high) of the return of a year, run k minus the first, from the
        differences of returns of the same minutes (stationary bootstrap, 95 %). None: fewer than
        30 minutes in common."""
        name = self.currencies[0] if currency is None else currency
        first, other = (self.results[i].returns(name) for i in (0, k))
        if first.interval_s != other.interval_s:
            return None
        width_ns = first.interval_s * 10**9
        _, at, also = np.intersect1d(
            first.t_ns // width_ns, other.t_ns // width_ns, return_indices=True
        )
        gaps = other.values[also] - first.values[at]
        if len(gaps) < 30:
            return None
        found = bootstrap(gaps, lambda rows: np.mean(rows, axis=-1) * first.per_year)
        return found.value, found.low, found.high

    def to_json(self) -> dict[str, Any]:
        """Runs, what differs, figures by currency with differences; null where a run has none."""
        return {
            "runs": self.names,
            "differences": self.differences(),
            "figures": {
                name: {
                    f.key: {
                        "values": [finite(v) for v in f.values],
                        "differences": [finite(f.difference(k)) for k in range(len(f.values))],
                    }
                    for f in self.figures(name)
                }
                for name in self.currencies
            },
        }

    def rows(self, currency: str) -> list[tuple[str, ...]]:
        """Label, each run's value, each later run's difference, as text."""
        count = range(len(self.results))
        return [
            (f.label, *(f.text(k) for k in count), *(f.difference_text(k) for k in count if k))
            for f in self.figures(currency)
        ]

    def head(self) -> tuple[str, ...]:
        """Titles of the columns of `rows`."""
        return (*self.names, *(f"{n} - {self.names[0]}" for n in self.names[1:]))

    def _parts(self) -> list[str]:
        parts = []
        for name in self.currencies:
            parts += [
                table(self.rows(name), (name, *self.head())),
                *self._equity(name),
                note(self._paired_text(name)),
            ]
        told = self.differences() or ["Decisions and state are the same."]
        parts.append(section("differences", "What the runs do not have in common", [bullets(told)]))
        parts.append(note(
            f"{NO_PROMISE} Choosing the best of several runs flatters it: the more were tried, the "
            "more."))  # fmt: skip
        return parts

    def _equity(self, currency: str) -> list[str]:
        """Profit since the start over each other, each on its own clock."""
        span = max(span_ns(r) for r in self.results)
        grid_s = np.linspace(0.0, span / 1e9, 1200)
        series, falls = {}, {}
        for name, result in zip(self.names, self.results, strict=True):
            t_ns = np.array(result.samples.t_ns, dtype=np.int64)
            if not len(t_ns):
                continue
            start = result.config.balance_units(result.currency(currency))
            gained = result.equity(currency) - start / money_scale(
                result.config, result.currency(currency)
            )
            at = np.searchsorted((t_ns - t_ns[0]) / 1e9, grid_s, side="right") - 1
            past = grid_s > (t_ns[-1] - t_ns[0]) / 1e9 + 1
            series[name] = np.where(past, np.nan, gained[at])
            falls[name] = np.where(past, np.nan, result.drawdown(currency)[at])
        look: dict[str, Any] = {
            "unit": f"{currency}, time since the start",
            "x_labels": time_labels(0, max(span, 1)),
            "size": WIDE,
            "zero": True,
        }
        return [
            line_chart("Profit after fees", grid_s, series, **look),
            line_chart("Drawdown", grid_s, falls, **look),
        ]

    def _paired_text(self, currency: str) -> str:
        sentences = []
        for k in range(1, len(self.results)):
            found = self.paired(k, currency)
            pair = f"{self.names[k]} - {self.names[0]}"
            if found is None:
                sentences.append(f"{pair}: {TOO_SHORT} for an interval of the difference.")
                continue
            value, low, high = found
            told = "the interval holds 0: no difference is shown" if low <= 0 <= high else (
                "the interval does not hold 0")  # fmt: skip
            sentences.append(
                f"{pair}: return of a year {share(value)} (95 %: {share(low)} to {share(high)}, "
                f"paired by minute; {told}).")  # fmt: skip
        return " ".join(sentences)

    def html(self, title: str = "Runs side by side") -> str:
        """The whole page."""
        return document(title, [f"<h1>{escape(title)}</h1>", *self._parts()])

    def _repr_html_(self) -> str:
        return fragment(self._parts())


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def strategy_text(spec: Any) -> str:
    """Name and parameters of a configured strategy."""
    params = ", ".join(f"{k}={v}" for k, v in sorted(spec.params.items()))
    return f"{spec.name}({params})"


def unique_names(names: Sequence[str]) -> list[str]:
    """Names with a number behind those that come twice."""
    found: list[str] = []
    for name in names:
        k, wanted = 2, name
        while wanted in found:
            wanted, k = f"{name} ({k})", k + 1
        found.append(wanted)
    return found
