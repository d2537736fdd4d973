"""What a sweep is worth, from its rows; and the page and heat maps that show it."""

import math
import re
from typing import Any

import numpy as np
import pytest

from tickpath.backtest.studies.sharpe import deflated_sharpe, moments
from tickpath.backtest.sweep.heatmap import axis_of, colour, heat_map, means
from tickpath.backtest.sweep.objective import Objective, best_rows
from tickpath.backtest.sweep.page import Report, html, judgement_rows, unit_of, validation_rows
from tickpath.backtest.sweep.plans import parse_cross_validation, parse_walk_forward
from tickpath.backtest.sweep.rows import Row
from tickpath.backtest.sweep.run import SweepResult
from tickpath.backtest.sweep.verdict import Plan, selection, validate
from tickpath.core.errors import ConfigError

S = 10**9
PNL = Objective("pnl")


def figures(changes: Any, begin_ns: int = 0, step_ns: int = S) -> dict[str, Any]:
    """Figures of a run with these equity changes, in units of 1e-8."""
    equity = np.concatenate([[10**13], 10**13 + np.cumsum(np.rint(changes)).astype(np.int64)])
    units = int(equity[-1] - equity[0])
    return {
        "orders": 5, "pnl_USDT": f"{units / 1e8:.8f}", "pnl_units_USDT": units,
        "max_drawdown_units_USDT": 7, "sharpe": None, "equity_begin_ns": begin_ns,
        "equity_interval_ns": step_ns, "equity_units": equity.tolist(),
    }  # fmt: skip


def drawn(sets: int, edge: float = 0.0) -> list[Row]:
    """Noise, with an edge in set 3."""
    changes = np.random.default_rng(9).normal(scale=1e6, size=(sets, 160))
    changes[3] += edge
    return [Row(k, {"x": k % 3, "y": k // 3 * 0.5}, -1, figures(c)) for k, c in enumerate(changes)]


def test_the_choice_is_weighed_with_all_its_trials() -> None:
    rows = drawn(12, edge=3e5)
    found = selection(rows, PNL)
    (best, *_) = best_rows(rows, PNL)
    assert best.index == 3
    changes = [np.diff(np.array(r.figures["equity_units"], dtype=float)) for r in rows]
    ratios = [c.mean() / c.std(ddof=1) for c in changes]
    of_best = moments(changes[3])
    assert of_best is not None
    assert found["trials"] == 12
    assert found["sharpe"] == pytest.approx(ratios[3])
    assert found["deflated_sharpe"] == pytest.approx(
        deflated_sharpe(of_best, 12, float(np.var(ratios, ddof=1)))
    )
    assert found["deflated_sharpe"] < found["probabilistic_sharpe"]
    assert found["sharpe_annual"] == pytest.approx(ratios[3] * math.sqrt(365 * 86400))
    assert (found["samples"], found["interval_s"], found["overfitting_blocks"]) == (160, 1, 16)
    assert found["overfitting_probability"] < selection(drawn(12), PNL)["overfitting_probability"]


def test_what_cannot_be_weighed_is_none() -> None:
    assert set(selection([], PNL).values()) == {None}
    flat = [Row(k, {"x": k}, -1, figures(np.zeros(160))) for k in range(3)]
    found = selection(flat, PNL)
    assert (found["trials"], found["deflated_sharpe"]) == (0, None)
    short = [Row(k, {"x": k}, -1, figures(np.arange(6) * k)) for k in range(3)]
    assert selection(short, PNL)["overfitting_probability"] is None


def test_objectives() -> None:
    row = Row(0, {}, -1, figures([1, 2]))
    assert PNL(row) == 3
    assert Objective("-max_drawdown")(row) == -7
    assert Objective("orders")(row) == 5
    for none in ("sharpe", "pnl_USDT", "nothing"):
        assert Objective(none)(row) is None
    assert PNL(Row(0, {}, error="failed")) is None
    Objective("sharpe").check([row])
    with pytest.raises(ConfigError, match=r"choose pnl, or one of .*orders"):
        Objective("sharp").check([row])
    assert unit_of([row], PNL) == 1e8
    assert unit_of([row], Objective("orders")) == 1.0


def windowed(plan: Plan, sets: int, best: int) -> list[Row]:
    """Rows where one set wins in every window."""
    rows = []
    for k in range(sets):
        for w, window in enumerate(plan.windows):
            count = window.span_ns // S
            changes = np.full(count, 1e6 if k == best else -1e5) + np.arange(count) * 10.0 * k
            row = figures(changes, window.begin_ns)
            rows.append(Row(k * len(plan.windows) + w, {"x": k}, w, row))
    return rows


@pytest.mark.parametrize("kind", ["walk-forward", "cv"])
def test_splits_are_judged(kind: str) -> None:
    if kind == "cv":
        plan = parse_cross_validation("combinatorial,groups=4,test=2,embargo=1s", 0, 80 * S)
    else:
        plan = parse_walk_forward("train=20s,test=10s", 0, 80 * S)
    rows = windowed(plan, 4, 2)
    rows[1] = Row(1, rows[1].params, 1, error="failed")
    found = validate(rows, plan, PNL)
    assert len(found.judgements) == len(plan.splits) == 6
    assert {j.chosen for j in found.judgements} == {2}
    assert {j.rank for j in found.judgements} == {1.0}
    data = found.figures()
    assert data["test_positive"] == 6
    assert data["below_median"] == 0
    assert data["kept"] > 0
    assert (data["paths"], len(found.paths)) == ((3, 3) if kind == "cv" else (0, 0))
    result = SweepResult(rows=rows, total=len(rows), executor="thread", workers=1, wall_s=1.0)
    report = Report(title="t", result=result, objective=PNL, plan=plan, validated=found, unit=1e8)
    assert len(judgement_rows(report)) == 6
    assert ("splits", "6") in validation_rows(report)
    page = html(report)
    assert "Chosen on one part" in page
    assert "Failed sets (1)" in page
    if kind == "cv":
        with pytest.raises(ConfigError, match="pnl or sharpe"):
            validate(rows, plan, Objective("orders"))


def test_the_page_opens_without_a_network_and_hides_nothing() -> None:
    rows = drawn(12)
    rows[4] = Row(4, {"x": 1, "y": 0.5}, error="<b>raised</b> & more")
    result = SweepResult(
        rows=rows, total=20, executor="process", workers=2, wall_s=1.0, interrupted=True, lost=1
    )
    report = Report(
        title="<Sweep>", result=result, objective=PNL, selection=selection(result.good, PNL),
        unit=1e8,
    )  # fmt: skip
    page = html(report)
    assert "http" not in page
    assert "&lt;b&gt;raised&lt;/b&gt; &amp; more" in page
    assert "<Sweep>" not in page
    assert "interrupted" in page
    assert page.count("<svg") == 1
    assert "pnl USDT by x and y" in page


def test_axes_and_cells() -> None:
    x = axis_of([3, 1, 2, 1])
    assert (x.labels, x.place) == (["1", "2", "3"], {1: 0, 2: 1, 3: 2})
    binned = axis_of([k / 10 for k in range(100)])
    assert len(binned.labels) == 12
    assert set(binned.place.values()) == set(range(12))
    y = axis_of(["b", "a"])
    cells = means(x, y, [(1, "a", 2.0), (1, "a", 4.0), (3, "b", -1.0)])
    assert cells[0][0] == 3.0
    assert cells[1][2] == -1.0
    assert math.isnan(cells[0][1])


def test_colours_follow_the_value() -> None:
    assert colour(0.0, -1.0, 2.0) == "#ffffff"
    assert colour(2.0, -1.0, 2.0) == "#2563eb"
    assert colour(-2.0, -2.0, 1.0) == "#dc2626"
    assert colour(5.0, 5.0, 9.0) == "#ffffff"
    assert colour(math.nan, 0.0, 1.0) == "#e5e7eb"
    assert re.fullmatch("#[0-9a-f]{6}", colour(3.0, 3.0, 3.0))


def test_heat_maps() -> None:
    made = heat_map("pnl", "x<", "y", [(1, 2, 0.5), (2, 2, -0.5), (1, 3, math.nan)])
    assert made.count("<title>") == 2
    assert "x&lt;" in made
    assert "no set has" in heat_map("pnl", "x", "y", [])
    alone = heat_map("pnl", "x", "", [(k, "", float(k)) for k in range(200)])
    assert alone.count("<title>") == 12
