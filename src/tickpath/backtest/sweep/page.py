"""The report of a sweep: one HTML file that opens anywhere.

Best sets, heat maps of the objective over pairs of parameters, what the choice is worth (deflated
Sharpe ratio, probability of overfitting, or the splits of a validation), and every failed set.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from tickpath.backtest.reports.page import document, table
from tickpath.backtest.sweep.heatmap import heat_map
from tickpath.backtest.sweep.objective import Objective, best_rows
from tickpath.backtest.sweep.rows import Row
from tickpath.backtest.sweep.run import SweepResult
from tickpath.backtest.sweep.verdict import Plan, Validated
from tickpath.backtest.sweep.worker import FUNCTION_NAME

BEST: Final = 20
FAILED: Final = 50
MAPS_MAX: Final = 6
NS: Final = 1_000_000_000
SHOWN: Final = ("orders", "fills", "rejects", "sharpe", FUNCTION_NAME)
MONEY: Final = ("pnl_", "fees_", "max_drawdown_")


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a page is made from. `unit`: what a score is divided by to be shown, 10 to the decimals
    of the currency for money."""

    title: str
    result: SweepResult
    objective: Objective
    selection: Mapping[str, Any] = field(default_factory=dict)
    plan: Plan | None = None
    validated: Validated | None = None
    unit: float = 1.0

    @property
    def head(self) -> str:
        """Name and currency of the objective."""
        first = next(iter(self.result.good), None)
        column = self.objective.text
        if first is not None:
            found = self.objective.column(first.figures)
            if "_units_" in found:
                column = f"{self.objective.text} {found.rpartition('_')[2]}"
        return column


def unit_of(rows: Sequence[Row], objective: Objective) -> float:
    """10 to the decimals of the currency that the objective is in, 1 for others."""
    for row in rows:
        column = objective.column(row.figures)
        text = row.figures.get(column.replace("_units_", "_")) if "_units_" in column else None
        if isinstance(text, str):
            return float(10 ** len(text.partition(".")[2]))
    return 1.0


def shown(value: Any) -> str:
    """A figure as text."""
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def names_of(rows: Sequence[Row]) -> list[str]:
    """Parameters that take more than one value, in order."""
    names = dict.fromkeys(n for r in rows for n in r.params)
    return [n for n in names if len({r.params.get(n) for r in rows}) > 1] or list(names)


def summary_rows(report: Report) -> list[tuple[str, str]]:
    r = report.result
    rows = [
        ("sets and windows", f"{len(r.rows):,} of {r.total:,}"),
        ("failed", f"{len(r.failed):,}"),
        ("result hash", r.hash),
        ("executor", f"{r.executor}, {r.workers} workers"),
        ("time", f"{r.wall_s:.1f} s, {r.work_s:.1f} s inside jobs"),
    ]
    if r.resumed:
        rows.append(("from an earlier run", f"{r.resumed:,} rows"))
    if r.lost:
        rows.append(("workers lost", str(r.lost)))
    return rows


def best_table(
    report: Report, rows: Sequence[Row]
) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """Head and lines of the best sets."""
    names = names_of(report.result.rows)
    first = rows[0].figures if rows else {}
    figures = [n for n in first if n in SHOWN or (n.startswith(MONEY) and "_units_" not in n)]
    parts = ("window",) if report.plan is not None else ()
    lines: list[tuple[object, ...]] = [
        (
            r.index,
            *(r.window for _ in parts),
            *(shown(r.params.get(n)) for n in names),
            *(shown(r.figures[n]) for n in figures),
        )
        for r in rows
    ]
    return ("row" if parts else "set", *parts, *names, *figures), lines


SELECTION_TEXT: Final[Sequence[tuple[str, str]]] = (
    ("trials", "sets with a Sharpe ratio (trials)"),
    ("interval_s", "seconds a sample"),
    ("sharpe_annual", "Sharpe ratio of the best, annualised"),
    ("probabilistic_sharpe", "probability that it is above 0, alone (PSR)"),
    ("deflated_sharpe", "the same, as the best of so many trials (deflated, DSR)"),
    ("track_record_samples_min", "samples needed for 95 % (least track record)"),
    ("samples", "samples there are"),
    ("overfitting_probability", "probability of backtest overfitting (PBO)"),
    ("overfitting_loss_probability", "probability that the choice loses elsewhere"),
    ("overfitting_slope", "slope of elsewhere over here"),
)


def selection_rows(selection: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(text, shown(selection.get(name))) for name, text in SELECTION_TEXT]


def judgement_rows(report: Report) -> list[tuple[object, ...]]:
    """One line a split: when, what was chosen, how it did."""
    validated, plan = report.validated, report.plan
    if validated is None or plan is None:
        return []
    begin = min(w.begin_ns for w in plan.windows)
    lines: list[tuple[object, ...]] = []
    for j in validated.judgements:
        split = plan.splits[j.split]
        times = ", ".join(f"{(a - begin) / NS:.0f}-{(b - begin) / NS:.0f}" for a, b in split.test)
        chosen = ", ".join(f"{k} {shown(v)}" for k, v in validated.sets[j.chosen].items())
        test = None if j.test is None else j.test / report.unit
        lines.append(
            (j.split, times, chosen, shown(j.train / report.unit), shown(test), shown(j.rank))
        )
    return lines


def validation_rows(report: Report) -> list[tuple[str, str]]:
    if report.validated is None:
        return []
    f = report.validated.figures()
    scored = {"train_mean", "test_mean", "test_sum", "path_mean", "path_min", "path_max"}
    found = {k: v / report.unit if k in scored and v is not None else v for k, v in f.items()}
    texts = [
        ("splits", "splits"),
        ("train_mean", "mean score where it was chosen"),
        ("test_mean", "mean score where it was judged"),
        ("test_sum", "sum where it was judged"),
        ("test_positive", "splits judged above 0"),
        ("kept", "judged over chosen"),
        ("rank_mean", "mean rank where it was judged, 0 worst, 1 best"),
        ("below_median", "share of splits at or below the median"),
    ]
    if found["paths"]:
        texts += [("paths", "backtest paths"), ("path_mean", "mean score of a path")]
        texts += [("path_min", "worst path"), ("path_max", "best path")]
    return [(text, shown(found[name])) for name, text in texts]


def maps(report: Report) -> list[str]:
    """Heat maps of the first pairs of parameters; one parameter alone makes a single line."""
    rows, names = report.result.good, names_of(report.result.rows)
    pairs = list(combinations(names, 2))[:MAPS_MAX] or [(n, "") for n in names[:1]]
    scored = [(r, s / report.unit) for r in rows if (s := report.objective(r)) is not None]
    found = []
    for x, y in pairs:
        points = [(r.params[x], r.params[y] if y else "", s) for r, s in scored]
        found.append(
            f"<h2>{escape(report.head)} by {escape(x)}{escape(' and ' + y if y else '')}</h2>"
        )
        found.append(heat_map(report.head, x, y, points))
    return found


def validation_parts(report: Report) -> list[str]:
    head = ("split", "judged, s", "chosen", "score there", "judged", "rank")
    return [
        "<h2>Chosen on one part, judged on another</h2>",
        table(list(validation_rows(report))),
        wide(table(judgement_rows(report), head)),
    ]


def wide(made: str) -> str:
    """A table that may be wider than the page."""
    return f'<div style="overflow-x:auto">{made}</div>'


def html(report: Report) -> str:
    """The whole page."""
    result = report.result
    best = best_rows(result.good, report.objective)[:BEST]
    head, lines = best_table(report, best)
    parts = [
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="sub">Objective: {escape(report.head)}, the larger the better. Simulated fills. '
        "The best of many sets looks better than it is: read what the choice is worth first.</p>",
        '<p class="warn">The sweep was interrupted: not all sets are here.</p>'
        if result.interrupted
        else "",
        table(list(summary_rows(report))),
    ]
    if report.validated is None:
        parts += [
            "<h2>What the choice is worth</h2>",
            table(list(selection_rows(report.selection))),
        ]
    else:
        parts += validation_parts(report)
    parts += maps(report)
    parts += [
        f"<h2>Best {'sets' if report.plan is None else 'runs'}</h2>",
        wide(table(lines, head)) if lines else "<p>none</p>",
    ]
    if result.failed:
        failed: list[tuple[object, ...]] = [
            (r.index, parameters(r), r.error) for r in result.failed[:FAILED]
        ]
        parts += [f"<h2>Failed sets ({len(result.failed)})</h2>"]
        parts += [table(failed, ("set", "parameters", "error"))]
    return document(report.title, parts)


def parameters(row: Row) -> str:
    return ", ".join(f"{k} {shown(v)}" for k, v in row.params.items())


def write_page(report: Report, folder: Path) -> Path:
    """`report.html` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "report.html"
    page.write_text(html(report))
    return page
