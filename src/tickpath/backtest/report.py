"""The report of a run: one HTML file that opens anywhere, and one JSON file beside it."""

import json
from html import escape
from pathlib import Path

from tickpath.backtest.plots import histogram, line_chart
from tickpath.backtest.result import Result
from tickpath.venues.sim.fills import WHY

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#111827;margin:2rem auto;max-width:900px}
body{padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.1rem;margin:2rem 0 .4rem}
p.sub{color:#6b7280;margin-top:.2rem}
svg{width:100%;height:auto}svg text{font-size:11px;fill:#6b7280}
svg .r{text-anchor:end}svg .m{text-anchor:middle}svg .g{stroke:#e5e7eb}polyline{stroke-width:1.4}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
td,th{padding:.25rem .6rem;border-bottom:1px solid #e5e7eb;text-align:right}
td:first-child,th:first-child{text-align:left}code{font-size:.9em}
.warn{background:#fef2f2;border-left:4px solid #dc2626;padding:.6rem 1rem}
@media (prefers-color-scheme:dark){body{background:#0b0f19;color:#e5e7eb}svg .g{stroke:#1f2937}
td,th{border-color:#1f2937}.warn{background:#2a1215}}
"""
NS = 1_000_000_000


def table(rows: list[tuple[object, ...]], head: tuple[str, ...] = ()) -> str:
    top = "<tr>" + "".join(f"<th>{escape(h)}</th>" for h in head) + "</tr>" if head else ""
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table>{top}{body}</table>"


def summary_rows(result: Result) -> list[tuple[object, ...]]:
    """Label and text of the figures a reader looks for first."""
    data = result.to_json()
    money = {k: ", ".join(f"{v} {c}" for c, v in data[k].items()) for k in ("pnl", "fees")}
    rate = f"{data['events_per_s']:,} /s"
    return [
        ("events", f"{result.events:,}  ({rate})"),
        ("orders sent", f"{result.orders:,}"),
        ("fills", f"{result.fills:,}"),
        ("rejects", ", ".join(f"{k} {v:,}" for k, v in result.rejects.items()) or "none"),
        ("profit and loss after fees", money["pnl"]),
        ("fees", money["fees"]),
        ("position", ", ".join(f"{k} {v}" for k, v in data["positions"].items())),
        ("max drawdown", ", ".join(f"{v} {c}" for c, v in data["max_drawdown"].items())),
        (
            f"Sharpe ratio ({result.sharpe_interval_s} s, annualised)",
            "run too short" if result.sharpe is None else f"{result.sharpe:.2f}",
        ),
        ("decisions hash", result.decisions_hash),
        ("state hash", result.state_hash),
        ("peak memory", f"{result.peak_rss_mib:.0f} MiB"),
    ]


def latency_rows(result: Result) -> list[tuple[object, ...]]:
    order = ("p50", "p99", "p99_9", "max")
    stages = {"whole input": result.latency_ns, **result.stages_ns}
    return [(name, *(f"{v.get(k, 0):,.0f}" for k in order)) for name, v in stages.items() if v]


def equity_section(result: Result) -> list[str]:
    samples = result.samples
    if not samples.t_ns:
        return ["<p>no samples: the run was shorter than one interval</p>"]
    seconds = [(t - samples.t_ns[0]) / NS for t in samples.t_ns]
    out = []
    for c in sorted(result.pnl_units):
        currency = result.config.currencies[c]
        scale = 10**currency.decimals
        units = [row[c] for row in samples.equity_units]
        equity = [u / scale for u in units]
        peak, fall = units[0], []
        for u in units:
            peak = max(peak, u)
            fall.append((u - peak) / scale)
        out += [f"<h2>Equity, {currency.name}</h2>", line_chart("equity", seconds, {"": equity})]
        out += [f"<h2>Drawdown, {currency.name}</h2>", line_chart("drawdown", seconds, {"": fall})]
    series = {
        i.symbol: [float(row[i.index] * i.lot_size) for row in samples.position_lots]
        for i in result.config.instruments
    }
    return [*out, "<h2>Position</h2>", line_chart("position", seconds, series)]


def html(result: Result, title: str) -> str:
    """The whole page."""
    warn = f'<p class="warn">{escape(result.message)}</p>' if result.message else ""
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="sub">engine {escape(result.engine)}, configuration '
        f"<code>{result.config.hash()}</code>, seed {result.config.seed}. Simulated fills; "
        "latency is in process, from the frame's bytes to the order's bytes, stamps included.</p>",
        warn,
        table(summary_rows(result)),
        *equity_section(result),
        "<h2>Latency by stage, ns</h2>",
        table(latency_rows(result), ("stage", "p50", "p99", "p99.9", "max")),
    ]
    for name, (floors, counts) in result.histograms.items():
        parts += [f"<h2>{escape(name)}</h2>", histogram(name, floors, counts)]
    why = [WHY[k] for k in sorted(result.fill_rows["why"].tolist())]
    parts += [
        "<h2>Book health</h2>",
        table(list(result.book.items())),
        "<h2>Fills by reason</h2>",
        table([(w, why.count(w)) for w in dict.fromkeys(why)] or [("none", 0)]),
        "<h2>Inputs, intents and reports by code</h2>",
        table(list(result.codes.items())),
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
        f"<body>{''.join(parts)}</body></html>"
    )


def write_report(result: Result, folder: Path, title: str) -> Path:
    """`report.html` and `result.json` in `folder`; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(result.to_json(), indent=1) + "\n")
    page = folder / "report.html"
    page.write_text(html(result, title))
    return page
