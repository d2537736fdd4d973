"""Finished runs made by hand: their figures are known without any engine."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from support import config_of

from tickpath.backtest.result import Result, Samples
from tickpath.backtest.sampling import END_NONE, ORDER_DTYPE
from tickpath.backtest.stats import max_drawdown
from tickpath.backtest.trips import profits_by
from tickpath.core.config import Config
from tickpath.core.records import IntentKind
from tickpath.venues.sim.fills import FILL_DTYPE
from tickpath.venues.sim.tape import MID_DTYPE

SECOND = 1_000_000_000
START = 1_723_161_600 * SECOND
"""2024-08-09 00:00:00 UTC."""


def fills_of(*rows: dict[str, int]) -> np.ndarray:
    """Fills (FILL_DTYPE) from the fields that matter; `t_ns` is since START."""
    made = np.zeros(len(rows), dtype=FILL_DTYPE)
    for k, row in enumerate(rows):
        for name, value in row.items():
            made[name][k] = value + (START if name == "t_ns" else 0)
        made["trade_id"][k] = k + 1
    return made


def orders_of(*rows: dict[str, int]) -> np.ndarray:
    """Orders (ORDER_DTYPE); times are since START, `end_ns` 0 stays 0."""
    made = np.zeros(len(rows), dtype=ORDER_DTYPE)
    made["kind"], made["end"] = IntentKind.SUBMIT, END_NONE
    for k, row in enumerate(rows):
        for name, value in row.items():
            shift = START if name == "t_ns" or (name == "end_ns" and value) else 0
            made[name][k] = value + shift
    return made


def mids_of(*rows: tuple[int, int, int]) -> np.ndarray:
    """Changes (MID_DTYPE) from (time since START, bid + ask ticks, instrument)."""
    return np.array([(START + t, m, k, 0) for t, m, k in rows], dtype=MID_DTYPE)


def samples_of(
    config: Config,
    equity: dict[int, Sequence[int]],
    lots: Sequence[Sequence[int]] = (),
    mid2: int = 0,
) -> Samples:
    """A sample a second: profit in units by currency, lots and one mid for all instruments."""
    count = max((len(series) for series in equity.values()), default=0)
    width = len(config.instruments)
    made = Samples(interval_ns=SECOND)
    for n in range(count):
        made.t_ns.append(START + n * SECOND)
        made.equity_units.append([
            config.balance_units(c) + (equity[c][n] if c in equity else 0)
            for c in range(len(config.currencies))
        ])  # fmt: skip
        made.position_lots.append(list(lots[n]) if lots else [0] * width)
        made.mids2.append([mid2] * width)
    return made


def run_of(config: Config | None = None, samples: Samples | None = None, **given: Any) -> Result:
    """A result; what is not given is empty, profit and fees follow from fills and samples."""
    config = config or config_of()
    samples = samples or Samples(interval_ns=SECOND)
    fills = given.pop("fill_rows", fills_of())
    settle = sorted({i.settle for i in config.instruments})
    last2 = samples.mids2[-1] if samples.mids2 else [0] * len(config.instruments)
    profit = profits_by(config, fills, [0] * len(fills), last2)
    fees = {
        c: int(
            sum(f["fee_units"] for f in fills if config.instruments[f["instrument"]].settle == c)
        )
        for c in settle
    }
    base: dict[str, Any] = {
        "config": config, "engine": "native", "events": 10, "orders": len(fills),
        "fills": len(fills), "rejects": {}, "codes": {"OK": 10}, "decisions_hash": "d" * 16,
        "state_hash": "s" * 16, "checkpoints": [],
        "pnl_units": {c: profit.get((0, c), 0) for c in settle}, "fee_units": fees,
        "position_lots": [0] * len(config.instruments),
        "max_drawdown_units": {
            c: max_drawdown([row[c] for row in samples.equity_units]) for c in settle},
        "sharpe": None, "sharpe_interval_s": 60, "wall_s": 0.5, "latency_ns": {}, "stages_ns": {},
        "book": {"gaps": 0}, "peak_rss_mib": 1.0, "exit_code": 0, "message": "",
        "samples": samples, "fill_rows": fills, "histograms": {},
        "end_ns": samples.t_ns[-1] if samples.t_ns else START + 3600 * SECOND,
    }  # fmt: skip
    return Result(**(base | given))
