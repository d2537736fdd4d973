"""Sections of the report about orders: fill quality, markouts, shortfall, round trips."""

import numpy as np
import numpy.typing as npt

from tickpath.backtest.execution import OPPORTUNITY_NS, FillQuality
from tickpath.backtest.markouts import Markouts, groups, horizon_text
from tickpath.backtest.plots import bar_chart, colour, number, whiskers
from tickpath.backtest.reports.page import card, grid, note, section, table
from tickpath.backtest.reports.words import amount, duration, plain, share, units
from tickpath.backtest.result import Result
from tickpath.backtest.sampling import ENDS

BINS = 40
WHY_TEXT = {
    "take": "we took displayed depth",
    "queue": "trades at our price reached us in the queue",
    "through": "a trade passed our price",
    "cross": "the other side of the book crossed our price",
}


def trading_cards(result: Result, name: str) -> list[str]:
    """Orders and fills in one currency."""
    q, trips = result.fill_quality(name), result.trip_figures(name)
    start = units(result, result.currency(name), result.config.balance_units(result.currency(name)))
    times = f"{plain(q.turnover / start)} x the start" if start > 0 else ""
    return [
        card(f"Turnover, {name}", amount(q.turnover), times),
        card("Maker share", share(q.maker_share), f"{q.fills:,} fills"),
        card("Fill ratio", share(q.fill_ratio), f"{q.orders * result.order_stride:,} orders"),
        card("Hit rate", share(trips.hit_rate), f"{trips.count:,} round trips, after fees"),
    ]


def value_bars(title: str, values: npt.NDArray[np.float64], unit: str) -> str:
    """How values are spread, the outer half percent of each end gathered in the last bars."""
    if not len(values):
        return bar_chart(title, [], [])
    low, high = np.quantile(values, (0.005, 0.995))
    counts, edges = np.histogram(np.clip(values, low, high), bins=min(BINS, 4 + len(values) // 4))
    labels = [number(float(f"{e:.3g}")) for e in edges[:-1]]
    return bar_chart(title, labels, counts, unit=unit, fill=colour(0))


def quality_rows(q: FillQuality) -> list[tuple[object, ...]]:
    times = q.first_fill_ns
    marks = [float(np.quantile(times, m)) if len(times) else float("nan") for m in (0.5, 0.9)]
    return [
        ("turnover", amount(q.turnover)),
        ("maker, of turnover", share(q.maker_share)),
        ("orders with a new price or quantity", f"{q.orders:,}"),
        ("filled whole", f"{q.orders_filled:,}"),
        ("filled in part", f"{q.orders_part:,}"),
        ("quantity filled of quantity asked for", share(q.fill_ratio)),
        ("decision to first fill, median", duration(marks[0])),
        ("decision to first fill, 90 %", duration(marks[1])),
    ]


def quality_section(result: Result) -> str:
    """Shares, ratios, times and reasons."""
    parts = []
    for name in result.settle_currencies():
        q = result.fill_quality(name)
        ms = q.first_fill_ns / 1e6
        reasons = [(f"{why}: {WHY_TEXT[why]}", f"{n:,}", amount(worth), share(worth / q.turnover))
                   for why, (n, worth) in q.by_reason.items()]  # fmt: skip
        parts.append(grid([
            table(quality_rows(q), ("fill quality", name)),
            value_bars("Decision to first fill, orders that were filled", ms, "ms, count"),
        ]))  # fmt: skip
        head = ("reason of a fill", "fills", f"turnover {name}", "share")
        parts.append(table(reasons, head) if reasons else note("No fills."))
    if result.order_stride > 1:
        parts.append(note(f"Orders: every {result.order_stride}th client order id was kept."))
    parts.append(note(
        "An order counts once with each new price: what was replaced asks anew, so a quoting "
        "strategy has a low fill ratio."))  # fmt: skip
    return section("quality", "Fill quality", parts)


def markout_charts(
    found: Markouts, chosen: dict[str, npt.NDArray[np.bool_]], names: tuple[str, ...], title: str
) -> str:
    labels = [horizon_text(h) for h in found.horizons_ns]
    series = {
        name: (found.mean_ticks(chosen[name]), 2 * np.array(found.error_ticks(chosen[name])))
        for name in names
        if name in chosen
    }
    return whiskers(title, labels, series, unit="ticks")


def markout_section(result: Result) -> str:
    """Mid after each fill, in ticks and money, by liquidity, reason and side."""
    found = result.markouts()
    parts = []
    labels = tuple(horizon_text(h) for h in found.horizons_ns)
    for name in result.settle_currencies():
        mine = result.settles_in(result.fill_rows, name)
        chosen = {k: g & mine for k, g in groups(result.fill_rows).items() if (g & mine).any()}
        if not chosen:
            parts.append(note(f"{name}: no fills."))
            continue
        parts.append(grid([
            markout_charts(found, chosen, ("maker", "taker"), "Markout by liquidity"),
            markout_charts(found, chosen, ("queue", "through", "cross", "take"),
                           "Markout by reason"),
        ]))  # fmt: skip
        rows = [(k, f"{int(g.sum()):,}", *(plain(v) for v in found.mean_ticks(g)))
                for k, g in chosen.items()]  # fmt: skip
        parts.append(table(rows, ("mean, ticks", "fills", *labels)))
        rows = [(k, f"{int(g.sum()):,}", *(amount(v) for v in found.total_money(g)))
                for k, g in chosen.items()]  # fmt: skip
        parts.append(table(rows, (f"sum, {name}", "fills", *labels)))
    parts.append(note(
        "Mid of the venue at the time of the fill plus the horizon, minus the fill price, plus is "
        "good for us; fees are not in it. At the fill a maker shows the half spread it earned, a "
        "taker the one it paid. Means are weighted by lots, bars are two standard errors as if "
        "fills were independent. A horizon past the end of the run counts for no "
        "fill."))  # fmt: skip
    if result.mid_spacing_ns:
        parts.append(note(
            f"The mid is known to {duration(result.mid_spacing_ns)} here: the run had more changes "
            "than are kept."))  # fmt: skip
    return section("markouts", "Markouts", parts)


def shortfall_section(result: Result) -> str:
    """Implementation shortfall by part, and how orders ended."""
    cost, parts = result.shortfall, []
    for name in result.settle_currencies():
        mine = result.settles_in(result.order_rows, name)
        use = mine & np.isfinite(cost.total())
        paper = float(cost.paper[use].sum())
        rows: list[tuple[object, ...]] = []
        for label, part in (
            ("slippage of what was filled", cost.slippage),
            ("fees", cost.fees),
            ("missed by what was not filled", cost.opportunity),
            ("implementation shortfall", cost.total()),
        ):
            total = float(part[use].sum())
            bps = total / paper * 1e4 if paper > 0 else float("nan")
            rows.append((label, amount(total), plain(bps, 3)))
        filled = use & (cost.filled_lots > 0)
        ends = [(ENDS[k], f"{int((result.order_rows['end'][mine] == k).sum()):,}")
                for k in range(len(ENDS))]  # fmt: skip
        ticks = [
            ("orders with a mid at the decision", f"{int(use.sum()):,} of {int(mine.sum()):,}"),
            (f"notional at the decision, {name}", amount(paper)),
            ("slippage of a filled order, mean ticks", mean_text(cost.slippage_ticks[filled])),
            ("better than the own limit, mean ticks", mean_text(cost.improvement_ticks[filled])),
            *ends,
        ]
        parts.append(grid([
            table(rows, (f"cost, {name}", name, "bps of notional")), table(ticks, ("orders", "")),
        ]))  # fmt: skip
        shares = [float(c[use].sum()) for c in (cost.slippage, cost.fees, cost.opportunity)]
        parts.append(grid([
            value_bars("Slippage of filled orders", cost.slippage_ticks[filled], "ticks, count"),
            bar_chart("Shortfall by part, plus is a cost", ["slippage", "fees", "missed"], shares,
                      unit=name, fill=colour(1)) if use.any() else "",
        ]))  # fmt: skip
    parts.append(note(
        "Perold 1988: against a paper portfolio that trades every order whole, at once, at the mid "
        "of its decision. Plus is a cost; a maker's slippage is minus where the spread was earned. "
        "What was not filled is valued when we asked to cancel or replace it, at most "
        f"{duration(OPPORTUNITY_NS)} after the decision."))  # fmt: skip
    return section("shortfall", "Slippage and implementation shortfall", parts)


def mean_text(values: npt.NDArray[np.float64]) -> str:
    known = values[np.isfinite(values)]
    return plain(float(known.mean()), 3) if len(known) else "-"


def trips_section(result: Result) -> str:
    """FIFO round trips and how their profits are spread."""
    parts = []
    for name in result.settle_currencies():
        c, f = result.currency(name), result.trip_figures(name)
        rows: list[tuple[object, ...]] = [
            ("round trips", f"{f.count:,}"),
            ("with a profit after fees", share(f.hit_rate)),
            ("profit before fees", amount(units(result, c, f.profit_units))),
            ("fees of both fills", amount(units(result, c, f.fee_units))),
            ("won over lost, after fees", plain(f.profit_factor)),
            ("held, median", duration(f.held_ns_median)),
        ]
        trips = result.trips[result.settles_in(result.trips, name)]
        net = (trips["profit_units"] - trips["fee_units"]) / 10.0 ** result.config.currencies[
            c
        ].decimals
        parts.append(grid([
            table(rows, ("first in, first out", name)),
            value_bars("Profit of a round trip after fees", net, f"{name}, count"),
        ]))  # fmt: skip
    return section("trips", "Round trips", parts)
