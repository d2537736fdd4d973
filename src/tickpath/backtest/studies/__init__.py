"""How far the best of many tries is to be believed: splits of time, deflated Sharpe ratio, PBO.

Returns are float64 arrays of equally spaced samples; Sharpe ratios are per sample unless a name
says annual. No trading happens here: the inputs are the rows of a sweep or any returns.
"""

from tickpath.backtest.studies.overfitting import Overfitting, overfitting_probability
from tickpath.backtest.studies.sharpe import (
    deflated_sharpe,
    expected_sharpe_max,
    probabilistic_sharpe,
    sharpe_ratio,
    track_record_length_min,
)
from tickpath.backtest.studies.splits import Split, combinatorial, purged_folds, walk_forward

__all__ = [
    "Overfitting",
    "Split",
    "combinatorial",
    "deflated_sharpe",
    "expected_sharpe_max",
    "overfitting_probability",
    "probabilistic_sharpe",
    "purged_folds",
    "sharpe_ratio",
    "track_record_length_min",
    "walk_forward",
]
