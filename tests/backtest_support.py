"""Shared by the tests that hold every engine to one outcome of a backtest."""

from typing import Any

import numpy as np

from tickpath.backtest.run import Backtest, Options
from tickpath.core.config import Config

FRAMES = 6_000
SAME = ("decisions_hash", "state_hash", "orders", "pnl", "fees", "positions", "codes", "book")


def outcome(
    config: Config, recording: Any, engine: str, **options: Any
) -> tuple[dict[str, Any], Backtest]:
    """What a run of `FRAMES` events ends with on one engine, and the run."""
    backtest = Backtest(config, recording, Options(engine=engine, max_events=FRAMES, **options))
    result = backtest.run()
    data = result.to_json()
    return {k: data[k] for k in SAME} | {"fills": result.fill_rows.tolist()}, backtest


def counters(engine: Any) -> Any:
    """The block of the first strategy, which is the last thing in the state of its stage."""
    dtype = engine.stages.strategy.configured[0].declaration.state
    state = engine.stages.strategy.export_state()
    return np.frombuffer(state[-4 - dtype.itemsize : -4], dtype)[0]
