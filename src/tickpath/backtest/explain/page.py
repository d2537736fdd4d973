"""An explanation as one HTML file that opens anywhere."""

from html import escape
from pathlib import Path

from tickpath.backtest.explain.overlap import span
from tickpath.backtest.explain.result import (
    ORDERS_SHOWN,
    Explanation,
    order_text,
)
from tickpath.backtest.explain.tables import Cause
from tickpath.backtest.reports.page import document, table
from tickpath.core.ids import to_text

MEANING = {
    Cause.LATENCY: "something came or arrived at another time",
    Cause.QUEUE: "the same order at the same time, another fill",
    Cause.FEE: "the same fill, another fee",
    Cause.DATA: "market data, funding or connections of one run only",
    Cause.DECISION: "the same inputs, another decision",
}
ORDER_HEAD = ("order A", "order B", "strategy", "order", "cause", "amount", "first difference")


def cause_rows(found: Explanation) -> list[tuple[object, ...]]:
    """A row a currency and cause, and the sum with the rest that must be 0."""
    rows: list[tuple[object, ...]] = []
    for currency, causes in found.by_cause().items():
        for cause in Cause:
            rows.append((cause, found.text(currency, causes[cause]), currency, MEANING[cause]))
        rest = found.text(currency, found.residual()[currency])
        total = found.text(currency, found.difference[currency])
        rows.append(("residual", rest, currency, "always 0"))
        rows.append(("A earned more", total, currency, "the sum"))
    return rows


def part_rows(found: Explanation, parts: dict[str, dict[str, int]]) -> list[tuple[object, ...]]:
    """Rows of parts by instrument or hour."""
    return [
        (name or "no instrument", found.text(currency, units), currency)
        for currency, rows in parts.items()
        for name, units in rows.items()
    ]


def order_rows(found: Explanation, count: int = ORDERS_SHOWN) -> list[tuple[object, ...]]:
    """Rows of the orders with the largest parts."""
    return [
        (
            *(to_text(order) if order else "none" for order in row.orders),
            "" if row.decision is None else Path(row.decision.strategy).stem,
            "" if row.decision is None else order_text(row.decision),
            row.cause,
            f"{found.text(row.currency, row.units)} {row.currency}",
            row.why,
        )
        for row in found.top_orders(count)
    ]


def run_rows(found: Explanation) -> list[tuple[object, ...]]:
    """The two runs: where, when, what they ended with."""
    return [
        (
            "AB"[k],
            run.path,
            span(run),
            len(run.decisions),
            sum(len(p.fills) for p in run.postings),
            ", ".join(
                f"{found.text(c, u)} {c}" for c, u in found.equity[k].items() if u
            ),
        )
        for k, run in enumerate(found.runs)
    ]  # fmt: skip


RUN_HEAD = ("run", "journal", "time (UTC)", "requests", "fills", "last equity")


def html(found: Explanation, count: int = ORDERS_SHOWN) -> str:
    """The whole page."""
    warn = "".join(f'<p class="warn">{escape(note)}</p>' for note in found.notes)
    parts = [
        "<h1>Why the runs earned different amounts</h1>",
        '<p class="sub">Positive amounts are what run A earned more than run B. Every fill has one '
        "cause; amounts are exact and add up.</p>",
        warn,
        table(run_rows(found), RUN_HEAD),
        "<h2>By cause</h2>",
        table(cause_rows(found), ("cause", "amount", "currency", "what it is")),
        "<h2>By instrument</h2>",
        table(part_rows(found, found.by_instrument()), ("instrument", "amount", "currency")),
        "<h2>By hour</h2>",
        table(part_rows(found, found.by_hour()), ("hour (UTC)", "amount", "currency")),
        "<h2>Orders with the largest parts</h2>",
        table(order_rows(found, count), ORDER_HEAD),
        "<h2>What was matched</h2>",
        table([(k.replace("_", " "), f"{v:,}") for k, v in found.counts.items()]),
    ]
    return document("tickpath explain", parts)
