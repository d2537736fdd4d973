"""The report of a run: one HTML file that opens anywhere, and what `load_run` reads beside it."""

import json
from html import escape
from pathlib import Path

from tickpath.backtest.plots import WIDE, line_chart
from tickpath.backtest.reports.machine import (
    health_section,
    identity_section,
    latency_rows,
    latency_section,
    untold_section,
)
from tickpath.backtest.reports.page import card, cards, document, fragment, links
from tickpath.backtest.reports.performance import (
    NO_PROMISE,
    clock,
    equity_section,
    exposure_section,
    money_cards,
    profit_section,
    risk_section,
    seconds,
)
from tickpath.backtest.reports.trading import (
    markout_section,
    quality_section,
    shortfall_section,
    trading_cards,
    trips_section,
)
from tickpath.backtest.reports.words import (
    annual_text,
    counts_text,
    duration,
    moment,
    ratio_text,
    span_ns,
)
from tickpath.backtest.result import Result
from tickpath.backtest.returns import annual_return, annual_sharpe
from tickpath.backtest.saved import save_run

__all__ = ["html", "latency_rows", "notebook", "summary_rows", "write_report"]

SECTIONS = (
    ("equity", "Equity", equity_section),
    ("exposure", "Exposure", exposure_section),
    ("risk", "Return and risk", risk_section),
    ("profit", "Profit", profit_section),
    ("quality", "Fill quality", quality_section),
    ("markouts", "Markouts", markout_section),
    ("shortfall", "Shortfall", shortfall_section),
    ("trips", "Round trips", trips_section),
    ("latency", "Latency", latency_section),
    ("health", "Book", health_section),
    ("run", "Run", identity_section),
    ("limits", "What it does not tell", untold_section),
)


def summary_rows(result: Result) -> list[tuple[object, ...]]:
    """Label and text of the figures a reader looks for first."""
    data = result.to_json()
    money = {k: ", ".join(f"{v} {c}" for c, v in data[k].items()) for k in ("pnl", "fees")}
    rate = f"{data['events_per_s']:,} /s"
    returns = result.returns()
    yearly, ratio = annual_return(returns), annual_sharpe(returns)
    label = result.config.model.label
    return [
        *([("model", label)] if label else []),
        ("events", f"{result.events:,}  ({rate})"),
        ("orders sent", f"{result.orders:,}"),
        ("fills", f"{result.fills:,}"),
        ("rejects", counts_text(result.rejects)),
        ("refused by the venue", counts_text(result.venue_rejects)),
        ("profit and loss after fees", money["pnl"]),
        ("fees", money["fees"]),
        ("position", ", ".join(f"{k} {v}" for k, v in data["positions"].items())),
        ("max drawdown", ", ".join(f"{v} {c}" for c, v in data["max_drawdown"].items())),
        (f"return of a year ({returns.interval_s} s returns)", annual_text(yearly)),
        (f"Sharpe ratio ({returns.interval_s} s, annualised)", ratio_text(ratio)),
        ("decisions hash", result.decisions_hash),
        ("state hash", result.state_hash),
        ("peak memory", f"{result.peak_rss_mib:.0f} MiB"),
        *([("model evaluated by", result.model)] if result.model else []),
    ]


def head(result: Result) -> list[str]:
    """The figures first: what, when, how much."""
    t_ns = result.samples.t_ns
    when = f"{moment(t_ns[0])} to {moment(t_ns[-1])} UTC, " if t_ns else ""
    speed = result.events / result.wall_s if result.wall_s > 0 else 0
    names = result.settle_currencies()
    blocks = [money_cards(result, name) + trading_cards(result, name) for name in names]
    if result.latency_ns:
        p50, p99 = (result.latency_ns.get(k, 0) for k in ("p50", "p99"))
        blocks[-1].append(card("Walk, p50", f"{p50:,.0f} ns", f"p99 {p99:,.0f} ns, in process"))
    warn = f'<p class="warn">{escape(result.message)}</p>' if result.message else ""
    return [
        f'<p class="sub">{when}{duration(span_ns(result))} of simulated time, '
        f"{result.events:,} events at {speed:,.0f} a second on the {escape(result.engine)} engine. "
        f"Fills are simulated. {NO_PROMISE}</p>",
        warn,
        *(cards(block) for block in blocks),
    ]


def html(result: Result, title: str) -> str:
    """The whole page."""
    return document(title, [
        f"<h1>{escape(title)}</h1>",
        links([(name, text) for name, text, _ in SECTIONS]),
        *head(result),
        *(make(result) for _, _, make in SECTIONS),
    ])  # fmt: skip


def notebook(result: Result) -> str:
    """What a notebook shows of a result: the figures first, and equity."""
    x, labels = seconds(result), clock(result)
    charts = [
        line_chart("Equity at mid", x, {"equity": result.equity(name)}, unit=name, x_labels=labels,
                   size=WIDE)
        for name in result.settle_currencies()
    ]  # fmt: skip
    return fragment([*head(result), *charts])


def write_report(result: Result, folder: Path, title: str) -> Path:
    """`report.html`, `result.json` and `series.npz` in `folder`; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(result.to_json(), indent=1) + "\n")
    save_run(result, folder)
    page = folder / "report.html"
    page.write_text(html(result, title))
    return page
