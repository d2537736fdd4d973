"""Sweeps: a function, or a backtest, over many sets of parameters, on all processors or a cluster.

Public names: `sweep` for any function, `sweep_backtests` for recordings, the spaces `Choice` and
`Range`, the samplers `Grid`, `Random` and `Optuna`, `SweepResult`.
"""

from tickpath.backtest.sweep.run import SweepResult, sweep
from tickpath.backtest.sweep.samplers import Grid, Optuna, Random
from tickpath.backtest.sweep.space import Choice, Range

__all__ = ["Choice", "Grid", "Optuna", "Random", "Range", "SweepResult", "sweep"]
