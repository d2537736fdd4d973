"""From the rows of a sweep to what they are worth: the statistics of `backtest/studies`.

A plain sweep: the best set's deflated Sharpe ratio and the probability of overfitting, from the
equity series of all sets. A sweep over windows: the judgements of its splits.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tickpath.backtest.studies.overfitting import BLOCKS, Overfitting, overfitting_probability
from tickpath.backtest.studies.sharpe import (
    deflated_sharpe,
    expected_sharpe_max,
    moments,
    probabilistic_sharpe,
    track_record_length_min,
)
from tickpath.backtest.studies.splits import Split
from tickpath.backtest.studies.validation import (
    SCORES,
    Judgement,
    Series,
    cross_validate,
    judge,
    path_scores,
    series_of,
)
from tickpath.backtest.sweep.objective import Objective, best_rows
from tickpath.backtest.sweep.rows import Row
from tickpath.backtest.sweep.window import Window
from tickpath.core.errors import ConfigError

BLOCK_SAMPLES_MIN: Final = 4
YEAR_NS: Final = 365 * 24 * 3600 * 10**9


def selection(rows: Sequence[Row], objective: Objective) -> dict[str, Any]:
    """Figures about having chosen the best row; None where the equity series are too short, too few
    or do not vary. Ratios are per sample of `interval_s` seconds unless named annual."""
    found: dict[str, Any] = dict.fromkeys(
        (
            "trials", "interval_s", "sharpe", "sharpe_annual", "probabilistic_sharpe",
            "expected_sharpe_max", "deflated_sharpe", "track_record_samples_min",
            "samples", "overfitting_probability", "overfitting_blocks",
            "overfitting_loss_probability", "overfitting_slope",
        )
    )  # fmt: skip
    ranked = best_rows([r for r in rows if r.figures.get("equity_units")], objective)
    if not ranked:
        return found
    best, interval_ns = ranked[0], int(ranked[0].figures["equity_interval_ns"])
    kept = [
        r for r in ranked if len(r.figures["equity_units"]) == len(best.figures["equity_units"])
    ]
    kept.sort(key=lambda r: r.index)
    table = np.diff(np.array([r.figures["equity_units"] for r in kept], dtype=np.float64)).T
    ratios = [m.sharpe for k in range(len(kept)) if (m := moments(table[:, k])) is not None]
    found |= {"interval_s": interval_ns // 10**9, "trials": len(ratios), "samples": len(table)}
    of_best = moments(table[:, kept.index(best)])
    if of_best is not None and len(ratios) > 1:
        variance = float(np.var(ratios, ddof=1))
        length = track_record_length_min(of_best)
        found |= {
            "sharpe": of_best.sharpe,
            "sharpe_annual": of_best.sharpe * math.sqrt(YEAR_NS / interval_ns),
            "probabilistic_sharpe": probabilistic_sharpe(of_best),
            "expected_sharpe_max": expected_sharpe_max(len(ratios), variance),
            "deflated_sharpe": deflated_sharpe(of_best, len(ratios), variance),
            "track_record_samples_min": None if math.isinf(length) else math.ceil(length),
        }
    over = overfitting(table, objective)
    if over is not None:
        found |= {
            "overfitting_probability": over.probability,
            "overfitting_blocks": over.blocks,
            "overfitting_loss_probability": over.loss_probability,
            "overfitting_slope": over.slope,
        }
    return found


def overfitting(table: npt.NDArray[np.float64], objective: Objective) -> Overfitting | None:
    """CSCV with as many blocks as the samples allow, at most BLOCKS; None for too few."""
    blocks = min(BLOCKS, len(table) // BLOCK_SAMPLES_MIN // 2 * 2)
    if blocks < 4 or table.shape[1] < 2:
        return None
    statistic = "mean" if objective.text == "pnl" else "sharpe"
    return overfitting_probability(table, blocks, statistic=statistic)


@dataclass(frozen=True, slots=True)
class Plan:
    """A validation: `splits`, and the `windows` that are run for them. `kind` is "walk-forward" or
    "cv"; the windows of a cross-validation are its groups."""

    kind: str
    splits: tuple[Split, ...]
    windows: tuple[Window, ...]
    test_groups: int = 1


def plan_walk_forward(splits: Sequence[Split]) -> Plan:
    """Each span that some split uses is run once."""
    spans = dict.fromkeys(span for s in splits for span in (*s.train, *s.test))
    return Plan("walk-forward", tuple(splits), tuple(Window(*span) for span in sorted(spans)))


def plan_cross_validation(
    splits: Sequence[Split], groups: Sequence[tuple[int, int]], test_groups: int
) -> Plan:
    """Each group is run once."""
    return Plan("cv", tuple(splits), tuple(Window(*span) for span in groups), test_groups)


@dataclass(frozen=True, slots=True)
class Validated:
    """Judgements of the splits, the parameter sets they number, the scores of the backtest paths
    (cross-validation only)."""

    judgements: list[Judgement]
    sets: list[Mapping[str, Any]]
    paths: list[float]

    def figures(self) -> dict[str, Any]:
        """Means over the splits, for a table or JSON. `kept`: mean test over mean train score."""
        tests = [j.test for j in self.judgements if j.test is not None]
        ranks = [j.rank for j in self.judgements if j.rank is not None]
        train = mean([j.train for j in self.judgements])
        test = mean(tests)
        return {
            "splits": len(self.judgements),
            "train_mean": train,
            "test_mean": test,
            "test_sum": math.fsum(tests),
            "test_positive": sum(t > 0 for t in tests),
            "rank_mean": mean(ranks),
            "below_median": sum(r <= 0.5 for r in ranks) / len(ranks) if ranks else None,
            "kept": test / train if train and test is not None and train > 0 else None,
            "paths": len(self.paths),
            "path_mean": mean(self.paths),
            "path_min": min(self.paths, default=None),
            "path_max": max(self.paths, default=None),
        }


def mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def validate(rows: Sequence[Row], plan: Plan, objective: Objective) -> Validated:
    """Judge the rows of a sweep over the windows of a plan. Raises ConfigError for an objective
    that a cross-validation cannot cut into samples."""
    by_set: dict[int, dict[int, Row]] = {}
    count = len(plan.windows)
    for row in rows:
        by_set.setdefault(row.index // count, {})[row.window] = row
    numbers = sorted(by_set)
    sets = [next(iter(by_set[n].values())).params for n in numbers]
    table = [[by_set[n].get(w) for w in range(count)] for n in numbers]
    if plan.kind == "cv":
        check_score(objective)
        series = [[series_in(row, plan.windows[w]) for w, row in enumerate(t)] for t in table]
        judged = cross_validate(series, plan.splits, objective.text)
        groups = (series, judged, count, plan.test_groups)
        return Validated(judged, list(sets), path_scores(*groups, objective.text))
    place = {(w.begin_ns, w.end_ns): k for k, w in enumerate(plan.windows)}
    scores = np.array([[score(row, objective) for row in t] for t in table]).reshape(-1, count)
    train = scores[:, [place[s.train[0]] for s in plan.splits]].T
    test = scores[:, [place[s.test[0]] for s in plan.splits]].T
    return Validated(judge(train, test), list(sets), [])


def check_score(objective: Objective) -> None:
    """ConfigError for an objective that a cross-validation cannot cut into samples."""
    if objective.text not in SCORES:
        raise ConfigError(
            f"objective {objective.text!r}: a cross-validation judges samples of equity: choose "
            f"{' or '.join(SCORES)}"
        )


def score(row: Row | None, objective: Objective) -> float:
    value = None if row is None else objective(row)
    return math.nan if value is None else float(value)


def series_in(row: Row | None, window: Window) -> Series | None:
    """The equity changes of a row; None when it failed or kept no series."""
    if row is None or "equity_units" not in row.figures:
        return None
    f = row.figures
    begin_ns, interval_ns = int(f["equity_begin_ns"]), int(f["equity_interval_ns"])
    return series_of(begin_ns, interval_ns, f["equity_units"], window.end_ns)
