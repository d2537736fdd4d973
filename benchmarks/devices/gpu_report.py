"""Times of batches as a table, the sizes from which a GPU is faster, and one page of plots."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from tickpath.backtest.plots import line_chart

NOT_MEASURED = "not yet measured on a GPU"
STYLE = """
body { font: 13px system-ui, sans-serif; margin: 24px; color: #1f2937; }
main { display: grid; grid-template-columns: repeat(2, 1fr); gap: 24px; max-width: 1200px; }
h2 { font-size: 13px; margin: 0 0 4px; }
svg text { font-size: 11px; fill: #4b5563; } svg .t { font-weight: 600; fill: #111827; }
svg .r { text-anchor: end; } svg .m { text-anchor: middle; }
svg .g { stroke: #e5e7eb; } svg .z { stroke: #9ca3af; } svg .l { fill: none; stroke-width: 2; }
"""


@dataclass(frozen=True, kw_only=True)
class Timed:
    """Seconds of a batch by column, by size; NaN where a column does not have it."""

    name: str
    items: str
    sizes: Sequence[int]
    columns: dict[str, list[float]] = field(default_factory=dict)


def text_of(seconds: float) -> str:
    """Three digits with a unit."""
    if not math.isfinite(seconds):
        return "-"
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale or unit == "us":
            return f"{seconds / scale:.3g} {unit}"
    raise AssertionError("unreachable")


def table(timed: Timed) -> str:
    """One row a size, one column a backend, and what an item costs by the best of them."""
    heads = [timed.items, *timed.columns, f"best, ns of one of {timed.items}"]
    lines = [heads]
    for k, size in enumerate(timed.sizes):
        own = [times[k] for times in timed.columns.values()]
        best = min(t for t in own if math.isfinite(t))
        lines.append([f"{size}", *map(text_of, own), f"{best / size * 1e9:.3g}"])
    widths = [max(len(line[c]) for line in lines) for c in range(len(heads))]
    rows = [
        "  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines
    ]
    return "\n".join([timed.name, *rows])


def crossover(sizes: Sequence[int], cpu: Sequence[float], gpu: Sequence[float]) -> int | None:
    """The smallest size from which on the GPU is faster at every size; None when it never is. A
    line of the logarithms between two sizes says where they meet."""
    gains = [math.log(g / c) for c, g in zip(cpu, gpu, strict=True)]
    if not gains or not all(map(math.isfinite, gains)) or gains[-1] >= 0.0:
        return None
    k = len(gains) - 1
    while k > 0 and gains[k - 1] < 0.0:
        k -= 1
    if k == 0:
        return sizes[0]
    share = gains[k - 1] / (gains[k - 1] - gains[k])
    low, high = math.log(sizes[k - 1]), math.log(sizes[k])
    return round(math.exp(low + share * (high - low)))


def crossover_text(timed: Timed, cpu: str, gpu: str) -> str:
    """A cell of crossover_table."""
    own = timed.columns[cpu], timed.columns[gpu]
    if not all(math.isfinite(t) for times in own for t in times):
        return "-"
    at = crossover(timed.sizes, *own)
    return "never here" if at is None else f"{at} {timed.items}"


def crossover_table(found: Sequence[Timed], cpus: Sequence[str], gpus: Sequence[str]) -> str:
    """From which size on each GPU column beats each CPU column."""
    lines = [["pays from", *(f"{gpu} against {cpu}" for gpu in gpus for cpu in cpus)]]
    for timed in found:
        cells = []
        for gpu in gpus:
            for cpu in cpus:
                cells.append(crossover_text(timed, cpu, gpu))
        lines.append([timed.name, *cells])
    widths = [max(len(line[c]) for line in lines) for c in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def chart(timed: Timed) -> str:
    """Seconds of a batch over its size, both as powers of ten."""
    places = [math.log10(size) for size in timed.sizes]
    labels = [(x, f"{size:,}") for x, size in zip(places, timed.sizes, strict=True)]
    lines = {
        name: [math.log10(t * 1e6) if math.isfinite(t) else math.nan for t in times]
        for name, times in timed.columns.items()
        if any(map(math.isfinite, times))
    }
    head = escape(f"{timed.name}, by {timed.items}")
    return f"<h2>{head}</h2>{line_chart('log10 of us', places, lines, x_labels=labels)}"


def page(found: Sequence[Timed], head: Sequence[str]) -> str:
    """All charts under the lines of the head."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in head)
    charts = "".join(f"<div>{chart(timed)}</div>" for timed in found)
    return (
        f'<!doctype html><meta charset="utf-8"><title>Batches</title><style>{STYLE}</style>'
        f"<h1>Batches on the CPU and the GPU</h1>{lines}<main>{charts}</main>"
    )


def write_page(path: Path, found: Sequence[Timed], head: Sequence[str]) -> None:
    path.write_text(page(found, head))
