"""The report as one HTML file that opens anywhere."""

from collections.abc import Sequence
from html import escape

from tickpath.backtest.reports.page import document, table
from tickpath.storage.quality.report import Report, figure_text, time_text

TITLE = "Quality of market data"


def html(reports: Sequence[Report], beyond: Sequence[str]) -> str:
    """The whole page. `beyond`: limits that were exceeded."""
    warn = "".join(f'<p class="warn">{escape(text)}</p>' for text in beyond)
    parts = [f"<h1>{TITLE}</h1>", warn, summary(reports)]
    for report in reports:
        parts += section(report)
    return document(TITLE, parts)


def summary(reports: Sequence[Report]) -> str:
    head = ("data", "rows", "events", "gaps", "lost books", "crossed", "price jumps")
    rows: list[tuple[object, ...]] = [
        (
            report.label,
            f"{report.rows:,}",
            f"{report.events:,}",
            *(
                figure_text(sum(report.figures.get(n, 0) for n in names))
                for names in (
                    ("gaps", "trade_gaps", "time_gaps"),
                    ("lost_books",),
                    ("crossed", "crossed_bbo"),
                    ("price_jumps",),
                )
            ),
        )
        for report in reports
    ]
    return table(rows, head)


def section(report: Report) -> list[str]:
    span = f"{time_text(report.first_ns)} to {time_text(report.last_ns)} UTC"
    fault = f'<p class="warn">{escape(report.fault)}</p>' if report.fault else ""
    figures: list[tuple[object, ...]] = [
        (k.replace("_", " "), figure_text(v)) for k, v in report.figures.items()
    ]
    cases: list[tuple[object, ...]] = [
        (time_text(c.t_ns) or "-", c.check, c.text) for c in report.cases
    ]
    return [
        f"<h2>{escape(report.label)}</h2>",
        f'<p class="sub">{escape(span)}</p>' if report.rows else "",
        fault,
        table(figures, ("figure", "value")),
        "<h2>Cases</h2>",
        table(cases, ("time", "check", "what")) if cases else "<p>none</p>",
    ]
