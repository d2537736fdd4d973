"""Why two runs earned different amounts: `explain` reads both journals and attributes each unit."""

from tickpath.backtest.explain.attribution import attribute, explain
from tickpath.backtest.explain.reading import read_run
from tickpath.backtest.explain.result import Explanation
from tickpath.backtest.explain.tables import Cause

__all__ = ["Cause", "Explanation", "attribute", "explain", "read_run"]
