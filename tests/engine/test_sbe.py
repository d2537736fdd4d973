"""A venue that answers in SBE: engines decide, send and hold exactly what they do on JSON."""

import pytest
from drive import drive
from sbe_frames import sbe_of
from support import btcusdt, config_of
from test_commands import market_frames

from tickpath.core.config import StrategySpec
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine

SPEC = StrategySpec(name="imbalance_maker", instruments=(0,), params={"replace_ppm": 1})


@pytest.mark.parametrize("engine", [ReferenceEngine, NativeEngine])
def test_an_engine_on_sbe_is_the_engine_on_json(engine: type) -> None:
    config = config_of(btcusdt(), strategies=(SPEC,))
    frames = list(market_frames(600))
    plain = drive(NativeEngine(config), config, frames)
    assert plain["orders"] > 50
    assert drive(engine(config), config, frames, wire=sbe_of) == plain
