"""What the trend follower does, on both backends."""

import math
from typing import Any

import pytest
from strategy_support import BACKENDS, spec_of, stage_with, top_of, view_of
from support import config_of

from tickpath.core.errors import ConfigError
from tickpath.core.records import Intent, OpenOrder, Side
from tickpath.hot.strategy.reference import Strategies

backends = pytest.mark.parametrize("backend", BACKENDS)
UP, DOWN, FLAT = [101.0, 100.0], [99.0, 100.0], [100.0, 100.0]


def step(stage: Any, row: list[float], position: int = 0, own: Any = ()) -> list[Intent]:
    return list(stage.evaluate(view_of(top=top_of(), position_lots=position), row, [list(own)])[1])


@backends
def test_nothing_before_the_averages_are_warm_nor_on_the_first_side(backend: str) -> None:
    stage = stage_with(backend, spec_of("ema_cross"))
    assert step(stage, [math.nan, math.nan]) == []
    assert step(stage, UP) == []
    assert step(stage, FLAT) == []
    assert [i.side for i in step(stage, DOWN)] == [Side.SELL]


@backends
def test_it_moves_to_the_other_side_one_order_at_a_time(backend: str) -> None:
    stage = stage_with(backend, spec_of("ema_cross", slip_ppm=100))
    step(stage, DOWN)
    (first,) = step(stage, UP)
    assert (first.side, first.price_ticks, first.quantity_lots) == (0, 6_200_002 + 620, 202)
    assert step(stage, UP, own=[OpenOrder(1, 1, 1, 0, 2, 0)]) == []
    assert len(step(stage, FLAT, position=202)) == 1
    assert step(stage, UP, position=1500) == []
    (back,) = step(stage, DOWN, position=1500)
    assert (back.side, back.price_ticks) == (Side.SELL, 6_200_000 - 620)


@backends
def test_tries_are_bounded(backend: str) -> None:
    stage = stage_with(backend, spec_of("ema_cross", tries_max=3))
    step(stage, DOWN)
    assert sum(len(step(stage, UP)) for _ in range(10)) == 3


@backends
def test_a_band_hides_small_crosses(backend: str) -> None:
    stage = stage_with(backend, spec_of("ema_cross", band_ppm=20_000))
    step(stage, [90.0, 100.0])
    assert step(stage, [101.9, 100.0]) == []
    assert len(step(stage, [102.1, 100.0])) == 1


def test_the_fast_average_must_be_the_faster() -> None:
    config = config_of(strategies=(spec_of("ema_cross", fast_period=9, slow_period=9),))
    with pytest.raises(ConfigError, match="fast_period 9 must be below slow_period 9"):
        Strategies.required_features(config)
