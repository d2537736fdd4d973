"""Charts: what is drawn stays inside, peaks survive thinning, labels are round and in UTC."""

import re
import xml.etree.ElementTree as Xml

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.backtest.plots import (
    POINTS_MAX,
    axis_labels,
    bar_chart,
    histogram,
    line_chart,
    nice_ticks,
    thin,
    time_labels,
    whiskers,
)

SECOND = 1_000_000_000
NUMBERS = st.floats(-1e9, 1e9) | st.just(float("nan"))


def numbers(svg: str, name: str) -> list[float]:
    return [float(v) for v in re.findall(rf'\b{name}="([-\d.]+)"', svg)]


def inside(svg: str) -> None:
    """Well-formed, and no coordinate outside the view box."""
    root = Xml.fromstring(svg)
    width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
    for names, limit in ((("x", "cx", "x1", "x2"), width), (("y", "cy", "y1", "y2"), height)):
        for name in names:
            assert all(-1 <= v <= limit + 1 for v in numbers(svg, name)), name
    for path in re.findall(r'd="([^"]*)"', svg):
        assert "nan" not in path
        for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path):
            assert -1 <= float(x) <= width + 1
            assert -1 <= float(y) <= height + 1


@settings(max_examples=50)
@given(st.lists(NUMBERS, min_size=1, max_size=40), st.booleans(), st.booleans())
def test_lines_stay_inside(values: list[float], step: bool, area: bool) -> None:
    dots = {"d": ([-3.0, len(values) + 2.0], [-2e9, 2e9])}
    x = range(len(values))
    inside(line_chart("a", x, {"b": values, "c": values[::-1]}, step=step, area=area, dots=dots))
    assert "no samples" in line_chart("a", x, {"b": [float("nan")] * len(values)})


@settings(max_examples=50)
@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=60))
def test_bars_start_at_zero_and_stay_inside(values: list[int]) -> None:
    svg = bar_chart("a", [str(k) for k in range(len(values))], values)
    inside(svg)
    assert len(re.findall("<rect", svg)) == len(values)


@settings(max_examples=30)
@given(st.lists(st.tuples(NUMBERS, st.floats(0, 1e9)), min_size=1, max_size=6))
def test_whiskers_stay_inside(rows: list[tuple[float, float]]) -> None:
    means, errors = ([r[k] for r in rows] for k in (0, 1))
    svg = whiskers("a", [str(k) for k in range(len(rows))], {"m": (means, errors)})
    if np.isfinite(means).any():
        inside(svg)


def test_a_gap_is_a_gap() -> None:
    svg = line_chart("a", range(5), {"b": [1, 2, float("nan"), 3, 4]})
    (path,) = re.findall(r'<path d="([^"]*)"', svg)
    assert path.count("M") == 2


def test_thinning_keeps_peaks_and_ends() -> None:
    values = np.zeros(100_000)
    values[34_567], values[80_001] = 9, -9
    values[5000:9000] = np.nan
    kept = thin(values)
    assert len(kept) <= POINTS_MAX
    assert {0, 34_567, 80_001, 99_999} <= set(kept)
    assert kept == sorted(kept)


@settings(max_examples=80)
@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_and_inside(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    assert 2 <= len(ticks) <= 8
    assert all(low - span / 5 <= t <= low + span * 1.2 for t in ticks)


def test_labels_of_neighbours_differ() -> None:
    assert axis_labels([60_000.0, 60_000.5, 60_001.0]) == ["60,000.0", "60,000.5", "60,001.0"]
    assert axis_labels([-20.0, 0.0, 20.0]) == ["-20", "0", "20"]
    assert axis_labels([0.002, 0.004]) == ["0.002", "0.004"]
    assert axis_labels([1.0, 1.0 + 2e-7]) == ["1.0000000", "1.0000002"]


@pytest.mark.parametrize(
    ("span_s", "expected"),
    [(5, "00:00:02"), (300, "00:01"), (7200, "00:30"), (86_400 * 5, "08-10")],
)
def test_times_are_round_and_utc(span_s: int, expected: str) -> None:
    start = 1_723_161_600 * SECOND
    labels = time_labels(start, start + span_s * SECOND)
    assert expected in [text for _, text in labels]
    assert 3 <= len(labels) <= 8
    assert all(0 <= x <= span_s for x, _ in labels)


def test_names_are_escaped() -> None:
    bad = '<script>"&'
    for svg in (
        line_chart(bad, [0, 1], {bad: [1, 2], "b": [2, 1]}, unit=bad, dots={bad: ([0], [1])}),
        bar_chart(bad, [bad], [1]),
        whiskers(bad, [bad], {bad: ([1], [1]), "b": ([1], [1])}),
        histogram(bad, [1.0, 2.0], [3, 4]),
        line_chart(bad, [], {}),
    ):
        assert "<script" not in svg
        assert "&lt;script&gt;" in svg
