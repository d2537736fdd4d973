"""Backtests with stages on the simulated board have the hashes of the native engine."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from board_support import needs_board, ready
from support import RECORDINGS, require

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.errors import ConfigError
from tickpath.devices.fpga.opened import opened
from tickpath.devices.fpga.sim_port import SimPort
from tickpath.venues.sim.generator import generate

pytestmark = needs_board
FABRIC = str(Path(__file__).parent / "fabric_bank.py")
SAME = ("decisions_hash", "state_hash", "orders", "pnl", "fees", "positions", "codes")


def figures(recording: Any, strategy: str, events: int, *stages: str) -> dict[str, Any]:
    config = replace(
        config_for(recording, strategy=strategy), backends=dict.fromkeys(stages, "fpga")
    )
    options = Options(engine="mixed" if stages else "native", max_events=events)
    data = Backtest(config, recording, options).run().to_json()
    return {key: data[key] for key in SAME}


def cycles() -> int:
    """Clocks that the board of this process has run."""
    ready("fpga")
    board = opened().board
    assert board is not None
    assert isinstance(board.port, SimPort)
    return board.port.cycles


@pytest.mark.parametrize("stages", [("strategy", "features", "risk"), ("strategy",)])
def test_a_generated_market_is_decided_alike(stages: tuple[str, ...]) -> None:
    recording = generate(seed=7, frames=1500, venue="binance-spot")
    native = figures(recording, FABRIC, 1500)
    assert native["orders"] > 0
    before = cycles()
    assert figures(recording, FABRIC, 1500, *stages) == native
    assert cycles() - before > 1000


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_no_other_engine_takes_a_board_for_granted(engine: str) -> None:
    recording = generate(seed=7, frames=50, venue="binance-spot")
    config = replace(config_for(recording, strategy=FABRIC), backends={"strategy": "fpga"})
    with pytest.raises(ConfigError, match="say backtest --engine mixed"):
        Backtest(config, recording, Options(engine=engine)).run()


@pytest.mark.recordings
@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "events", "stages"),
    [
        ("bank_example", 10_000, ("strategy",)),
        (FABRIC, 5_000, ("strategy", "features", "risk")),
        ("imbalance_maker", 5_000, ("risk",)),
    ],
)
def test_a_recording_is_decided_alike(strategy: str, events: int, stages: tuple[str, ...]) -> None:
    recording = read_recordings([require(RECORDINGS / "spot_btcusdt_20240808.gz")])
    native = figures(recording, strategy, events)
    assert native["orders"] > 0
    before = cycles()
    assert figures(recording, strategy, events, *stages) == native
    assert cycles() - before > 1000
