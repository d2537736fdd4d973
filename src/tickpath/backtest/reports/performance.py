"""Sections of the report about money: equity, exposure, return and risk, profit by its sources."""

import numpy as np

from tickpath.backtest.plots import SMALL, WIDE, bar_chart, line_chart, time_labels
from tickpath.backtest.reports.page import card, grid, note, section, table
from tickpath.backtest.reports.words import (
    NS,
    TOO_SHORT,
    amount,
    annual_text,
    duration,
    percent_range,
    plain,
    ratio_text,
    share,
    span_ns,
    units,
)
from tickpath.backtest.result import KEYS, Result
from tickpath.backtest.returns import (
    RESAMPLES,
    RETURNS_MIN,
    annual_return,
    annual_sharpe,
    block_length,
    calmar_of,
    rolling,
    sortino_of,
)
from tickpath.backtest.values import money_scale

INSTRUMENTS_SHOWN = 12
BUCKETS_NS = (60 * NS, 300 * NS, 900 * NS, 3600 * NS, 6 * 3600 * NS, 86_400 * NS, 7 * 86_400 * NS)
BUCKETS_SHOWN = 72
NO_PROMISE = (
    "Annualised figures stretch this run over a year; they describe the past of a simulation and "
    "promise nothing about the future."
)


def seconds(result: Result) -> np.ndarray:
    """Samples in seconds since the first one."""
    t_ns = np.array(result.samples.t_ns, dtype=np.int64)
    return np.asarray((t_ns - t_ns[0]) / 1e9) if len(t_ns) else np.zeros(0)


def clock(result: Result) -> list[tuple[float, str]]:
    """Labels of the time axis of the samples."""
    t_ns = result.samples.t_ns
    return time_labels(t_ns[0], t_ns[-1]) if t_ns else []


def money_cards(result: Result, name: str) -> list[str]:
    """What the run earned in one currency, and what that says."""
    c = result.currency(name)
    start = units(result, c, result.config.balance_units(c))
    profit = units(result, c, result.pnl_units[c])
    fall = units(result, c, result.max_drawdown_units[c])
    returns = result.returns(name)
    yearly, sharpe = annual_return(returns), annual_sharpe(returns)
    of_start = f"{share(profit / start, 3)} of {amount(start)}" if start > 0 else ""
    fees = units(result, c, result.fee_units[c])
    return [
        card(f"Profit after fees, {name}", amount(profit), of_start, profit),
        card(f"Fees, {name}", amount(fees), "minus: rebates" if fees < 0 else ""),
        card(f"Drawdown, {name}", amount(fall),
             f"{share(fall / start, 3)} of the start" if start > 0 else ""),
        card("Return of a year", TOO_SHORT if yearly is None else share(yearly.value),
             f"{len(returns.values)} of {RETURNS_MIN} returns" if yearly is None
             else f"95 %: {percent_range(yearly)}"),
        card("Sharpe ratio of a year", TOO_SHORT if sharpe is None else plain(sharpe.value),
             "" if sharpe is None else f"standard error {plain(sharpe.error)}"),
    ]  # fmt: skip


def equity_section(result: Result) -> str:
    """Equity and drawdown of every settle currency."""
    figures = []
    x, labels = seconds(result), clock(result)
    for name in result.settle_currencies():
        for title, ys, area in (
            ("Equity at mid", result.equity(name), False),
            ("Drawdown", result.drawdown(name), True),
        ):
            figures.append(
                line_chart(title, x, {title: ys}, unit=f"{name}, UTC", x_labels=labels, size=WIDE,
                           area=area))  # fmt: skip
    return section("equity", "Equity", figures)


def exposure_section(result: Result) -> str:
    """Gross and net exposure, leverage, and each instrument's mid, fills and position."""
    x, labels = seconds(result), clock(result)
    figures = []
    for name in result.settle_currencies():
        series = result.exposure(name)
        both = {k: series[k] for k in ("gross", "net")}
        figures += [
            line_chart("Exposure at mid", x, both, unit=name, x_labels=labels, zero=True,
                       step=True),
            line_chart("Leverage, gross exposure over equity", x, {"leverage": series["leverage"]},
                       unit="times", x_labels=labels, zero=True, step=True),
        ]  # fmt: skip
    names = result.instrument_names()
    parts = [grid(figures)]
    for k, name in enumerate(names[:INSTRUMENTS_SHOWN]):
        parts.append(grid([fills_chart(result, k, name), line_chart(
            f"Position, {name}", x, {"position": result.position(k)}, x_labels=labels, zero=True,
            step=True)]))  # fmt: skip
    if len(names) > INSTRUMENTS_SHOWN:
        parts.append(note(f"The first {INSTRUMENTS_SHOWN} of {len(names)} instruments are drawn."))
    return section("exposure", "Exposure", parts)


def fills_chart(result: Result, k: int, name: str) -> str:
    """The mid of an instrument with our fills on it."""
    t_ns, mids2 = result.mids.changes(k)
    if len(t_ns):
        t_ns, mids2 = np.append(t_ns, result.end_ns), np.append(mids2, mids2[-1])
    start = result.samples.t_ns[0] if result.samples.t_ns else 0
    size = float(result.config.instruments[k].tick_size)
    price = np.where(mids2 > 0, mids2 * size / 2.0, np.nan)
    own = result.fill_rows[result.fill_rows["instrument"] == k]
    dots = {}
    for side, word in ((0, "buys"), (1, "sells")):
        rows = own[own["side"] == side]
        dots[word] = ((rows["t_ns"] - start) / 1e9, rows["price_ticks"] * size)
    x = (t_ns - start) / 1e9
    return line_chart(f"Mid and our fills, {name}", x, {"mid": price}, x_labels=clock(result),
                      step=True, dots=dots)  # fmt: skip


def risk_section(result: Result) -> str:
    """Return and risk with their uncertainty, and rolling ratios."""
    parts = [f"<p><b>{NO_PROMISE}</b></p>"]
    for name in result.settle_currencies():
        returns = result.returns(name)
        values, root = returns.values, np.sqrt(returns.per_year)
        rows: list[tuple[object, ...]] = [
            ("returns", f"{len(values)} of {returns.interval_s} s"),
            ("return of a year, mean, not compounded",
             annual_text(annual_return(returns))),
            ("Sharpe ratio of a year, ± standard error", ratio_text(annual_sharpe(returns))),
        ]  # fmt: skip
        if returns.enough:
            rows += [
                ("volatility of a year", share(float(np.std(values, ddof=1)) * root)),
                ("Sortino ratio of a year", plain(float(sortino_of(values)) * root)),
                ("Calmar ratio", plain(float(calmar_of(values, returns.per_year)))),
                ("share of intervals with a gain", share(float(np.mean(values > 0)))),
                ("worst interval", share(float(values.min()), 4)),
                ("best interval", share(float(values.max()), 4)),
            ]
        parts += [f"<h3>{name}</h3>", table(rows)]
        found = rolling(returns)
        if returns.enough:
            t_ns = returns.t_ns[RETURNS_MIN - 1 :]
            x, labels = (t_ns - t_ns[0]) / 1e9, time_labels(int(t_ns[0]), int(t_ns[-1]), 4)
            parts.append(grid([
                line_chart(f"Rolling {kind}", x, {kind: ys}, x_labels=labels, size=SMALL,
                           unit=f"{RETURNS_MIN} returns")
                for kind, ys in found.items()], "three"))  # fmt: skip
            parts.append(note(
                f"Interval of the return: {RESAMPLES} resamples of the stationary bootstrap "
                f"(Politis and Romano 1994), blocks of {block_length(len(values)):.1f} returns on "
                "average, fixed seed. Standard error of the Sharpe ratio: Lo 2002, for independent "
                "returns. Sortino: downside from 0. Risk-free rate 0."))  # fmt: skip
        else:
            parts.append(note(
                f"{TOO_SHORT}: annualised figures need {RETURNS_MIN} returns of "
                f"{returns.interval_s} s, this run has {len(values)} in "
                f"{duration(span_ns(result))}."))  # fmt: skip
    return section("risk", "Return and risk", parts)


def bucket_of(span: int) -> int:
    """The interval for profit by time: at most BUCKETS_SHOWN of them."""
    return next((b for b in BUCKETS_NS if span / b <= BUCKETS_SHOWN), BUCKETS_NS[-1])


def split_table(result: Result, key: str, name: str, c: int) -> str:
    """Profit by one thing, with what rounding leaves."""
    found = result.profit_by(key, name)
    if not found:
        return note(f"By {key}: no fills.")
    rows = [(k, amount(units(result, c, v))) for k, v in found.items()]
    rest = result.pnl_units[c] - sum(found.values())
    if rest:
        rows.append(("rounding in the ledger", amount(units(result, c, rest))))
    return table(rows, (f"by {key}", name))


def profit_section(result: Result) -> str:
    """Profit by instrument, strategy, reason, liquidity and time."""
    parts = []
    bucket_ns = bucket_of(span_ns(result))
    form = 16 if bucket_ns < 86_400 * NS else 10
    for name in result.settle_currencies():
        c = result.currency(name)
        starts, profit = result.profit_by_time(bucket_ns, name)
        labels = [str(s)[11 if form == 16 else 5 : form] for s in starts]
        parts.append(bar_chart(
            f"Profit after fees by {duration(bucket_ns)}, UTC", labels,
            profit / money_scale(result.config, c), unit=name, size=WIDE))  # fmt: skip
        parts.append(grid([split_table(result, key, name, c) for key in KEYS]))
    parts.append(note(
        "After fees; each table adds up to the whole profit. What is still held counts at the last "
        "mid."
    ))  # fmt: skip
    return section("profit", "Where the profit came from", parts)
