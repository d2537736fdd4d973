"""Small self-contained SVG charts for reports: lines over time, and histograms.

Own code because a report must open without a network and without a plotting library installed.
"""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 860, 230, 84, 30, 14, 16
COLOURS = ("#2563eb", "#dc2626", "#059669", "#d97706")
POINTS_MAX = 1200


def thin(values: Sequence[float]) -> list[int]:
    """Indices of at most POINTS_MAX values: the extremes of each slice, so peaks stay visible."""
    n = len(values)
    if n <= POINTS_MAX:
        return list(range(n))
    step = 2 * n / POINTS_MAX
    kept = {0, n - 1}
    for k in range(POINTS_MAX // 2):
        piece = range(int(k * step), min(n, int((k + 1) * step)))
        if piece:
            kept.add(min(piece, key=values.__getitem__))
            kept.add(max(piece, key=values.__getitem__))
    return sorted(kept)


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round tick positions covering [low, high]."""
    span = (high - low) or abs(high) or 1.0
    raw = span / count
    power = 10.0 ** len(str(int(raw))) / 10 if raw >= 1 else 1.0
    while power > raw:
        power /= 10
    step = next((m * power for m in (1, 2, 5, 10) if m * power >= raw), 10 * power)
    first = int(low // step)
    return [k * step for k in range(first, first + count + 4) if low - step / 9 <= k * step <= high]


def number(value: float) -> str:
    """Short label of an axis value."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.6g}"


class Frame:
    """Maps data to the drawing area of a chart and draws its axes."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.x0, x1 = x
        self.y0, y1 = y
        if y1 == self.y0:
            self.y0, y1 = self.y0 - 1, y1 + 1
        self.kx = (WIDTH - LEFT - RIGHT) / ((x1 - self.x0) or 1)
        self.ky = (HEIGHT - BOTTOM - TOP) / (y1 - self.y0)
        self.y1 = y1

    def px(self, x: float) -> float:
        return LEFT + (x - self.x0) * self.kx

    def py(self, y: float) -> float:
        return HEIGHT - BOTTOM - (y - self.y0) * self.ky

    def axes(self, x_labels: Sequence[tuple[float, str]]) -> list[str]:
        out = []
        for value in nice_ticks(self.y0, self.y1):
            y = self.py(value)
            out.append(
                f'<line class="g" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" class="r">{number(value)}</text>')
        for x, label in x_labels:
            out.append(
                f'<text x="{self.px(x):.1f}" y="{HEIGHT - 8}" class="m">{escape(label)}</text>'
            )
        return out


def wrap(parts: list[str], title: str) -> str:
    body = "".join(parts)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{body}</svg>'
    )


def line_chart(title: str, x: Sequence[float], series: Mapping[str, Sequence[float]]) -> str:
    """Lines over seconds since the start; one colour a series."""
    values = [v for s in series.values() for v in s]
    if not x or not values:
        return "<p>no samples</p>"
    frame = Frame((x[0], x[-1]), (min(values), max(values)))
    span = x[-1] - x[0]
    labels = [(x[0] + span * k / 5, f"{span * k / 5:.0f} s") for k in range(6)]
    parts = frame.axes(labels)
    for k, (name, ys) in enumerate(series.items()):
        points = " ".join(f"{frame.px(x[i]):.1f},{frame.py(ys[i]):.1f}" for i in thin(ys))
        colour = COLOURS[k % len(COLOURS)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        if len(series) > 1:
            place = f'x="{LEFT + 8 + 130 * k}" y="{TOP + 8}" fill="{colour}"'
            parts.append(f"<text {place}>{escape(name)}</text>")
    return wrap(parts, title)


def histogram(title: str, floors: Sequence[float], counts: Sequence[int]) -> str:
    """Bars over a logarithmic time axis; `floors` are bucket starts in ns, ascending."""
    if not counts:
        return "<p>no samples</p>"
    positions = list(range(len(counts)))
    frame = Frame((0, len(counts)), (0, max(counts)))
    step = max(1, len(counts) // 8)
    labels = [(i + 0.5, f"{number(floors[i])} ns") for i in range(0, len(counts), step)]
    parts = frame.axes(labels)
    for i in positions:
        x, y = frame.px(i), frame.py(counts[i])
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.6, frame.kx - 0.4):.1f}" '
            f'height="{frame.py(0) - y:.1f}" fill="{COLOURS[0]}"/>'
        )
    return wrap(parts, title)
