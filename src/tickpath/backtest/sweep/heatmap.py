"""A heat map of a figure over two parameters, as self-contained SVG.

A cell is the mean over all sets with its two values; a parameter with many values is put into bins.
Colours run from red below zero over white to blue above it, or from white to blue when no value is
below zero; the lightness follows the value, so it reads in print too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from tickpath.backtest.plots import number
from tickpath.backtest.sweep.space import Value

VALUES_MAX: Final = 24
BINS: Final = 12
WIDTH: Final = 860
LEFT, TOP, BOTTOM, RIGHT = 110, 10, 46, 96
CELL_HEIGHT_MIN, CELL_HEIGHT_MAX = 22, 44
TEXT_WIDTH_MIN: Final = 46
"""Narrower cells carry no number."""
HIGH, LOW = (37, 99, 235), (220, 38, 38)


@dataclass(frozen=True, slots=True)
class Axis:
    """Labels of the cells along a parameter, and the cell of every value."""

    labels: list[str]
    place: dict[Value, int]


def axis_of(values: Sequence[Value]) -> Axis:
    """One cell a value, in order; equal bins, labelled with their lower end, where there are more
    than VALUES_MAX values."""
    distinct = sorted(set(values), key=lambda v: (isinstance(v, str), v))
    if len(distinct) <= VALUES_MAX or any(isinstance(v, str) for v in distinct):
        labels = [v if isinstance(v, str) else number(v) for v in distinct]
        return Axis(labels, {v: k for k, v in enumerate(distinct)})
    low, high = float(distinct[0]), float(distinct[-1])
    width = (high - low) / BINS
    place = {v: min(int((float(v) - low) / width), BINS - 1) for v in distinct}
    return Axis([number(low + k * width) for k in range(BINS)], place)


def means(x: Axis, y: Axis, points: Sequence[tuple[Value, Value, float]]) -> list[list[float]]:
    """`[row][column]`: mean of the points of each cell, NaN where there is none."""
    sums = [[0.0] * len(x.labels) for _ in y.labels]
    counts = [[0] * len(x.labels) for _ in y.labels]
    for at_x, at_y, value in points:
        sums[y.place[at_y]][x.place[at_x]] += value
        counts[y.place[at_y]][x.place[at_x]] += 1
    return [
        [s / n if n else math.nan for s, n in zip(srow, nrow, strict=True)]
        for srow, nrow in zip(sums, counts, strict=True)
    ]


def colour(value: float, low: float, high: float) -> str:
    """Of a value between the least and the largest; grey where there is none."""
    if math.isnan(value):
        return "#e5e7eb"
    if low < 0:
        reach = max(-low, high)
        share = value / reach
        base = HIGH if share >= 0 else LOW
        share = abs(share)
    else:
        base, share = HIGH, (value - low) / (high - low) if high > low else 0.5
    mixed = [round(255 + (c - 255) * share) for c in base]
    return f"#{mixed[0]:02x}{mixed[1]:02x}{mixed[2]:02x}"


def dark(fill: str) -> bool:
    """Whether white text reads better on it."""
    red, green, blue = (int(fill[k : k + 2], 16) for k in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140


def heat_map(
    title: str, x_name: str, y_name: str, points: Sequence[tuple[Value, Value, float]]
) -> str:
    """The SVG for (x, y, value) points; a sentence when there are none."""
    finite = [p for p in points if math.isfinite(p[2])]
    if not finite:
        return "<p>no set has this figure</p>"
    x, y = axis_of([p[0] for p in finite]), axis_of([p[1] for p in finite])
    cells = means(x, y, finite)
    known = [v for row in cells for v in row if not math.isnan(v)]
    low, high = min(known), max(known)
    wide = (WIDTH - LEFT - RIGHT) / len(x.labels)
    tall = min(max(360 / len(y.labels), CELL_HEIGHT_MIN), CELL_HEIGHT_MAX)
    height = TOP + tall * len(y.labels) + BOTTOM
    parts = []
    for row, line in enumerate(cells):
        top = TOP + tall * (len(y.labels) - 1 - row)
        parts.append(
            f'<text x="{LEFT - 8}" y="{top + tall / 2 + 4:.1f}" class="r">'
            f"{escape(y.labels[row])}</text>"
        )
        for column, value in enumerate(line):
            parts += cell(LEFT + wide * column, top, wide, tall, value, colour(value, low, high))
    every = max(1, math.ceil(TEXT_WIDTH_MIN / wide))
    bottom = TOP + tall * len(y.labels)
    for column, label in enumerate(x.labels):
        if column % every == 0:
            place = f'x="{LEFT + wide * (column + 0.5):.1f}" y="{bottom + 16:.1f}" class="m"'
            parts.append(f"<text {place}>{escape(label)}</text>")
    middle = LEFT + wide * len(x.labels) / 2
    parts.append(f'<text x="{middle:.1f}" y="{bottom + 36:.1f}" class="m">{escape(x_name)}</text>')
    parts.append(
        f'<text transform="translate(14 {TOP + (bottom - TOP) / 2:.1f}) rotate(-90)" class="m">'
        f"{escape(y_name)}</text>"
    )
    parts += scale(low, high, bottom)
    label = escape(f"{title} by {x_name} and {y_name}")
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def cell(x: float, y: float, wide: float, tall: float, value: float, fill: str) -> list[str]:
    """A rectangle, with its number where it fits."""
    text = "no set" if math.isnan(value) else number(value)
    found = [
        f'<rect x="{x + 0.5:.1f}" y="{y + 0.5:.1f}" width="{wide - 1:.1f}" '
        f'height="{tall - 1:.1f}" fill="{fill}"><title>{text}</title></rect>'
    ]
    if wide >= TEXT_WIDTH_MIN and not math.isnan(value):
        ink = "#ffffff" if dark(fill) else "#111827"
        place = f'x="{x + wide / 2:.1f}" y="{y + tall / 2 + 4:.1f}" class="m"'
        found.append(f'<text {place} style="fill:{ink}">{text}</text>')
    return found


def scale(low: float, high: float, bottom: float) -> list[str]:
    """The colours and their ends, at the right."""
    left, steps = WIDTH - RIGHT + 18, 24
    tall = (bottom - TOP) / steps
    found = []
    for k in range(steps):
        value = high - (high - low) * k / (steps - 1)
        found.append(
            f'<rect x="{left}" y="{TOP + k * tall:.1f}" width="12" height="{tall + 0.5:.1f}" '
            f'fill="{colour(value, low, high)}"/>'
        )
    for value, y in ((high, TOP + 10), (low, bottom)):
        found.append(f'<text x="{left + 17}" y="{y:.1f}">{escape(number(value))}</text>')
    return found
