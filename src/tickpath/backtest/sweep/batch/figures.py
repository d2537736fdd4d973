"""Figures of a set of a batch, as the engine's own run of it has them."""

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from tickpath.backtest.result import Result
from tickpath.backtest.stats import SHARPE_INTERVAL_S, max_drawdown, on_grid, sharpe
from tickpath.backtest.sweep.batch.cover import makes
from tickpath.backtest.sweep.batch.stream import Tape
from tickpath.core.config import Config
from tickpath.core.ids import client_order_id
from tickpath.core.records import DECISION_DTYPE, OrderType, Side, TimeInForce
from tickpath.devices.gpu.sweep import Figures

ENGINE = "batch"
"""`engine` of a row whose figures come from a batch. It has no `state_hash`: no engine, no state.
"""


def equity_of(tape: Tape, figures: Figures, k: int) -> tuple[list[int], list[int]]:
    """(times, equity in settle units) of the samples of set k, that at the end included."""
    times, equity = tape.sample_ns, figures.equity[:, k].tolist()
    end_ns = int(figures.results["end_ns"][k])
    if not times or end_ns > times[-1]:
        return [*times, end_ns], [*equity, int(figures.results["equity_units"][k])]
    return times, equity


def decisions_of(config: Config, orders: Any) -> Any:
    """DECISION_DTYPE records of SWEEP_ORDER records, in order."""
    found = np.zeros(len(orders), DECISION_DTYPE)
    found["seq"] = orders["seq"]
    first = np.uint64(client_order_id(config.engine_id, config.epoch, 1) - 1)
    found["client_order_id"] = orders["order"].astype(np.uint64) + first
    replaced = orders["replaced"].astype(np.uint64)
    found["orig_client_order_id"] = np.where(replaced > 0, replaced + first, 0)
    found["price_ticks"] = orders["price_ticks"]
    found["quantity_lots"] = np.abs(orders["lots"])
    found["venue"] = config.instruments[0].venue
    found["kind"] = orders["kind"]
    found["side"] = np.where(orders["lots"] > 0, Side.BUY, Side.SELL)
    rests = makes(config)
    found["type"] = OrderType.POST_ONLY if rests else OrderType.LIMIT
    found["time_in_force"] = TimeInForce.GTC if rests else TimeInForce.IOC
    return found


def result_of(config: Config, tape: Tape, figures: Figures, k: int) -> Result:
    """What a run of set k has to tell: of one that has not left, with rows for its orders."""
    row = figures.results[k]
    settle = config.instruments[0].settle
    times, equity = equity_of(tape, figures, k)
    made = decisions_of(config, figures.orders[k][: row["orders"]])
    return replace(
        tape.result,
        config=config,
        engine=ENGINE,
        orders=int(row["orders"]),
        fills=int(row["fills"]),
        rejects={"RISK": int(row["rejects"])},
        decisions_hash=hashlib.blake2b(made.tobytes(), digest_size=8).hexdigest(),
        state_hash="",
        pnl_units={settle: int(row["equity_units"]) - config.balance_units(settle)},
        fee_units={settle: int(row["fee_units"])},
        position_lots=[int(row["position_lots"])],
        max_drawdown_units={settle: max_drawdown(equity)},
        sharpe=sharpe(on_grid(times, equity, SHARPE_INTERVAL_S * 1_000_000_000)),
        end_ns=int(row["end_ns"]),
    )
