"""Small self-contained SVG charts for reports: lines over time, bars, points with errors.

Own code because a report must open without a network and without a plotting library installed.
Colours are CSS variables (`--s0` .. `--s5`, `--up`, `--down`) with values of their own to fall back
on; a series that is not finite somewhere has a gap there.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

WIDE: Final = (1160, 250)
HALF: Final = (570, 220)
SMALL: Final = (370, 150)
LEFT, BOTTOM, TOP, RIGHT = 74, 26, 26, 14
COLOURS = ("#2563eb", "#d9480f", "#0f9d76", "#7c3aed", "#b45309", "#0e7490")
UP, DOWN = "var(--up,#0f9d76)", "var(--down,#d92d20)"
POINTS_MAX = 1200
DOTS_MAX = 400
GLYPH = 6.4
"""Width of a character of 11 px, for placing legends."""
MINUTE, HOUR, DAY = 60, 3600, 86_400
SECOND_STEPS = (
    *(1, 2, 5, 10, 15, 30),
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 7, 14, 30, 91, 365)),
)
"""Seconds between labels of a time axis."""
TIME_LABELS = 7
PAD = 0.04
"""Room above and below what is drawn, of its range."""

Numbers = Sequence[float] | npt.NDArray[Any]


def colour(k: int) -> str:
    """Of the k-th series."""
    k %= len(COLOURS)
    return f"var(--s{k},{COLOURS[k]})"


def thin(values: Numbers) -> list[int]:
    """Indices of at most POINTS_MAX values: the extremes of each slice, so peaks stay visible."""
    n = len(values)
    if n <= POINTS_MAX:
        return list(range(n))
    series = np.asarray(values, dtype=np.float64)
    kept = {0, n - 1}
    for piece in np.array_split(np.arange(n), POINTS_MAX // 2 - 1):
        own = series[piece]
        if not np.isfinite(own).any():
            kept.add(int(piece[0]))
            continue
        kept.add(int(piece[np.nanargmin(own)]))
        kept.add(int(piece[np.nanargmax(own)]))
    return sorted(kept)


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round tick positions covering [low, high]."""
    span = (high - low) or abs(high) or 1.0
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))
    first = math.floor(low / step)
    return [k * step for k in range(first, first + count + 4) if low - step / 9 <= k * step <= high]


def number(value: float) -> str:
    """Short label of an axis value."""
    if abs(value) >= 1e6:
        return f"{value:.4g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value + 0.0:.5g}"


def axis_labels(values: Sequence[float]) -> list[str]:
    """Labels of an axis, all with the decimals that tell neighbours apart."""
    if len(values) < 2:
        return [number(v) for v in values]
    step = min(b - a for a, b in pairwise(values))
    high = max(map(abs, values))
    if step <= 0 or high >= 1e9 or high < 1e-3:
        return [f"{v:.4g}" for v in values]
    decimals = min(10, max(0, -math.floor(math.log10(step) + 1e-9)))
    return [f"{v:,.{decimals}f}" if round(v, decimals) else "0" for v in values]


def time_labels(start_ns: int, end_ns: int, count: int = TIME_LABELS) -> list[tuple[float, str]]:
    """(seconds since `start_ns`, UTC text) at about `count` round times."""
    span_s = max(1, (end_ns - start_ns) // 10**9)
    step = next((s for s in SECOND_STEPS if span_s / s <= count), SECOND_STEPS[-1])
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86400 else "%m-%d"
    first = -(-start_ns // (step * 10**9)) * step
    last = end_ns // 10**9
    return [
        (t - start_ns / 1e9, np.datetime64(t, "s").astype(object).strftime(form))
        for t in range(first, min(last, first + 2 * count * step) + 1, step)
    ]


class Frame:
    """Maps data to the drawing area of a chart and draws its axes."""

    def __init__(
        self, x: tuple[float, float], y: tuple[float, float], size: tuple[int, int] = HALF
    ) -> None:
        self.width, self.height = size
        self.x0, x1 = x
        self.y0, y1 = y
        if y1 == self.y0:
            half = abs(y1) * 1e-3 or 1.0
            self.y0, y1 = self.y0 - half, y1 + half
        self.kx = (self.width - LEFT - RIGHT) / ((x1 - self.x0) or 1)
        self.ky = (self.height - BOTTOM - TOP) / (y1 - self.y0)
        self.y1 = y1

    def px(self, x: float) -> float:
        return LEFT + (x - self.x0) * self.kx

    def py(self, y: float) -> float:
        return self.height - BOTTOM - (y - self.y0) * self.ky

    def axes(self, x_labels: Sequence[tuple[float, str]]) -> list[str]:
        """Grid, labels of both axes, a stronger line at 0."""
        out = []
        ticks = nice_ticks(self.y0, self.y1, 5 if self.height > SMALL[1] else 3)
        for value, label in zip(ticks, axis_labels(ticks), strict=True):
            y = self.py(value)
            kind = "z" if abs(value) < 1e-12 else "g"
            out.append(
                f'<line class="{kind}" x1="{LEFT}" x2="{self.width - RIGHT}" '
                f'y1="{y:.1f}" y2="{y:.1f}"/>'
                f'<text x="{LEFT - 8}" y="{y + 4:.1f}" class="r">{label}</text>'
            )
        for x, label in x_labels:
            place = self.px(x)
            near = len(label) * GLYPH / 2
            anchor = "r" if place + near > self.width else "m" if place > LEFT - 4 else ""
            out.append(
                f'<text x="{place:.1f}" y="{self.height - 8}" class="{anchor}">'
                f"{escape(label)}</text>"
            )
        return out

    def path(self, xs: Numbers, ys: Numbers, step: bool) -> str:
        """An SVG path with gaps where a value is not finite; `step`: a value holds until the next
        one."""
        out: list[str] = []
        pen = False
        for i in thin(ys):
            y = float(ys[i])
            if not math.isfinite(y):
                pen = False
                continue
            x_text, y_text = f"{self.px(float(xs[i])):.1f}", f"{self.py(y):.1f}"
            if not pen:
                out.append(f"M{x_text} {y_text}")
            elif step:
                out.append(f"H{x_text}V{y_text}")
            else:
                out.append(f"L{x_text} {y_text}")
            pen = True
        return "".join(out)


def wrap(parts: list[str], title: str, size: tuple[int, int], unit: str = "") -> str:
    """The figure; its title says the unit."""
    head = f"{title}, {unit}" if unit else title
    return (
        f'<svg viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{escape(head)}">'
        f'<text x="0" y="12" class="t">{escape(head)}</text>{"".join(parts)}</svg>'
    )


def empty(title: str, why: str = "no samples") -> str:
    """What stands in place of a chart."""
    return f'<p class="none"><b>{escape(title)}</b>: {escape(why)}</p>'


def legend(names: Sequence[str], size: tuple[int, int], colours: Sequence[str]) -> str:
    """Names with their colours at the top right; nothing for a single series."""
    out, x = [], float(size[0] - RIGHT)
    if len(names) < 2:
        return ""
    for name, shade in reversed(list(zip(names, colours, strict=True))):
        x -= len(name) * GLYPH
        out.append(f'<text x="{x:.1f}" y="12">{escape(name)}</text>')
        x -= 16
        out.append(f'<rect x="{x:.1f}" y="5" width="10" height="7" rx="2" style="fill:{shade}"/>')
        x -= 10
    return "".join(out)


def finite_range(
    series: Sequence[Numbers], zero: bool, pad: float = PAD
) -> tuple[float, float] | None:
    """Lowest and highest finite value, 0 included if asked; None when there is none."""
    kept = [v[np.isfinite(v)] for v in (np.asarray(s, dtype=np.float64) for s in series)]
    values = np.concatenate(kept) if kept else np.zeros(0)
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = pad * (high - low)
    return low - (room if low != 0 else 0), high + (room if high != 0 else 0)


def line_chart(
    title: str,
    x: Numbers,
    series: Mapping[str, Numbers],
    *,
    unit: str = "",
    x_labels: Sequence[tuple[float, str]] | None = None,
    size: tuple[int, int] = HALF,
    zero: bool = False,
    area: bool = False,
    step: bool = False,
    dots: Mapping[str, tuple[Numbers, Numbers]] | None = None,
) -> str:
    """Lines over seconds since the start; one colour a series. `area` fills the first one to 0;
    `dots` are points by name, the first up, the second down in colour."""
    points = list((dots or {}).values())
    span = finite_range([*series.values(), *(p[1] for p in points)], zero or area)
    reach = finite_range([x, *(p[0] for p in points)], zero=False, pad=0.0)
    if not len(x) or span is None or reach is None:
        return empty(title)
    frame = Frame(reach, span, size)
    if x_labels is None:
        width = float(x[-1]) - float(x[0])
        x_labels = [(float(x[0]) + width * k / 5, f"{width * k / 5:.0f} s") for k in range(6)]
    parts = frame.axes(x_labels)
    for k, (name, ys) in enumerate(series.items()):
        path = frame.path(x, ys, step)
        if area and k == 0:
            base = frame.py(0.0)
            closed = f"{path}V{base:.1f}H{frame.px(float(x[0])):.1f}Z"
            parts.append(f'<path d="{closed}" class="a" style="fill:{colour(k)}"/>')
        parts.append(
            f'<path d="{path}" class="l" style="stroke:{colour(k)}">'
            f"<title>{escape(name)}</title></path>"
        )
    shades = [colour(k) for k in range(len(series))]
    for k, (dot_x, dot_y) in enumerate(points):
        every = max(1, -(-len(dot_x) // DOTS_MAX))
        shades.append(UP if k == 0 else DOWN)
        for a, b in zip(dot_x[::every], dot_y[::every], strict=True):
            parts.append(
                f'<circle cx="{frame.px(float(a)):.1f}" cy="{frame.py(float(b)):.1f}" r="2.2" '
                f'style="fill:{shades[-1]}"/>'
            )
    parts.append(legend([*series, *(dots or {})], size, shades))
    return wrap(parts, title, size, unit)


def bars(frame: Frame, values: Numbers, labels: Sequence[str], fill: str | None) -> list[str]:
    """A bar each; up and down in colour unless `fill` says one."""
    out = []
    width = max(0.6, min(frame.kx * 0.86, frame.kx - 0.3))
    for i, value in enumerate(np.asarray(values, dtype=np.float64).tolist()):
        top, foot = sorted((frame.py(value), frame.py(0.0)))
        shade = fill or (UP if value >= 0 else DOWN)
        out.append(
            f'<rect x="{frame.px(i) + (frame.kx - width) / 2:.1f}" y="{top:.1f}" '
            f'width="{width:.1f}" height="{foot - top:.1f}" style="fill:{shade}">'
            f"<title>{escape(labels[i])}: {number(value)}</title></rect>"
        )
    return out


def bar_chart(
    title: str,
    labels: Sequence[str],
    values: Numbers,
    *,
    unit: str = "",
    size: tuple[int, int] = HALF,
    fill: str | None = None,
) -> str:
    """Bars from 0, one a label; labels that do not fit are left out."""
    if not len(values):
        return empty(title)
    span = finite_range([values], zero=True)
    if span is None:
        return empty(title)
    frame = Frame((0, len(values)), span, size)
    room = max(1, int((size[0] - LEFT - RIGHT) / (GLYPH * (max(map(len, labels)) + 2))))
    every = -(-len(labels) // room)
    shown = [(i + 0.5, labels[i]) for i in range(0, len(labels), every)]
    return wrap([*frame.axes(shown), *bars(frame, values, labels, fill)], title, size, unit)


def histogram(
    title: str, floors: Sequence[float], counts: Sequence[int], *, size: tuple[int, int] = HALF
) -> str:
    """Bars over a logarithmic time axis; `floors` are bucket starts in ns, ascending."""
    labels = [f"{number(f)} ns" for f in floors]
    return bar_chart(title, labels, counts, unit="count", size=size, fill=colour(0))


def whiskers(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, tuple[Numbers, Numbers]],
    *,
    unit: str = "",
    size: tuple[int, int] = HALF,
) -> str:
    """Means with errors (mean, half width) at labels, joined; one colour a series."""
    ends = [np.asarray(m) + s * np.nan_to_num(np.asarray(e)) for m, e in series.values()
            for s in (-1, 1)]  # fmt: skip
    span = finite_range(ends, zero=True)
    if span is None:
        return empty(title)
    frame = Frame((0, len(labels)), span, size)
    parts = frame.axes([(k + 0.5, label) for k, label in enumerate(labels)])
    for k, (means, errors) in enumerate(series.values()):
        xs = [i + 0.5 + 0.06 * (k - (len(series) - 1) / 2) for i in range(len(labels))]
        parts.append(
            f'<path d="{frame.path(xs, means, step=False)}" class="l" style="stroke:{colour(k)}"/>'
        )
        for x, mean, error in zip(xs, means, errors, strict=True):
            if not math.isfinite(float(mean)):
                continue
            place, half = frame.px(x), float(np.nan_to_num(error))
            parts.append(
                f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{frame.py(float(mean) - half):.1f}" '
                f'y2="{frame.py(float(mean) + half):.1f}" style="stroke:{colour(k)}"/>'
                f'<circle cx="{place:.1f}" cy="{frame.py(float(mean)):.1f}" r="3" '
                f'style="fill:{colour(k)}"/>'
            )
    parts.append(legend(list(series), size, [colour(k) for k in range(len(series))]))
    return wrap(parts, title, size, unit)
