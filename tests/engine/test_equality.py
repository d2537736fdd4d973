"""Reference, native and mixed engines give the same decisions, bytes, codes and state."""

import itertools
from typing import Any

import pytest
from drive import drive, recording_frames
from support import (
    RECORDINGS,
    btcusd_inverse,
    btcusdt,
    btcusdt_linear,
    config_of,
    require,
)

from tickpath.core.config import Config, StrategySpec
from tickpath.engine.mixed import mixed_engine
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.hot import STAGES

RECORDED = {
    "spot_btcusdt_20240808": btcusdt,
    "usdm_btcusdt_20240808": btcusdt_linear,
    "cm_btcusd_perp_20240808": btcusd_inverse,
}


def config_for(name: str, **changes: Any) -> Config:
    strategies = (
        StrategySpec(name="imbalance_maker", instruments=(0,)),
        StrategySpec(name="ema_cross", instruments=(0,)),
    )
    return config_of(RECORDED[name](), strategies=strategies, **changes)


@pytest.mark.recordings
@pytest.mark.parametrize("name", RECORDED)
def test_native_equals_reference_on_a_recording(name: str) -> None:
    path = require(RECORDINGS / f"{name}.gz")
    config = config_for(name)
    found = [
        drive(engine(config), config, recording_frames(path, 3000))
        for engine in (ReferenceEngine, NativeEngine)
    ]
    assert found[0] == found[1]
    assert found[0]["orders"] > 0


@pytest.mark.recordings
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("others", ["reference", "native"])
def test_one_stage_of_another_backend_changes_nothing(stage: str, others: str) -> None:
    name = "spot_btcusdt_20240808"
    path = require(RECORDINGS / f"{name}.gz")
    one = "native" if others == "reference" else "reference"
    backends = dict.fromkeys(STAGES, others) | {stage: one}
    config = config_for(name, backends=backends)
    mixed = drive(mixed_engine(config), config, recording_frames(path, 700))
    fused = drive(NativeEngine(config), config, recording_frames(path, 700))
    assert mixed == fused


@pytest.mark.recordings
def test_a_run_continues_on_the_other_engine_from_an_exported_state() -> None:
    name = "spot_btcusdt_20240808"
    path = require(RECORDINGS / f"{name}.gz")
    config = config_for(name)
    frames = list(recording_frames(path, 2000))
    for first, second in itertools.permutations((ReferenceEngine, NativeEngine), 2):
        whole, start, rest = first(config), first(config), second(config)
        drive(whole, config, frames[:1000])
        drive(start, config, frames[:1000])
        rest.import_state(start.export_state())
        assert rest.export_state() == start.export_state()
        left = drive(whole, config, frames[1000:])
        right = drive(rest, config, frames[1000:])
        assert (left["decisions"], left["state"]) == (right["decisions"], right["state"])


def test_the_same_inputs_give_the_same_outputs_twice() -> None:
    config = config_of(strategies=(StrategySpec(name="imbalance_maker", instruments=(0,)),))
    frames = [(0, k, b'{"lastUpdateId":1,"bids":[["10.00","1"]],"asks":[["10.01","1"]]}')
              for k in range(5)]  # fmt: skip
    found = [drive(NativeEngine(config), config, frames) for _ in range(2)]
    assert found[0] == found[1]
