"""A model that remembers rows, inside the walk: both engines, and states that go from one to the
other in the middle of a window."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
from recurrent_models import random_arrays, saved
from support import btcusdt, config_of
from test_commands import SNAPSHOT

from tickpath.core.codes import Code
from tickpath.core.config import Config, ModelSpec, StrategySpec
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.engine.state import split
from tickpath.hot.model.recurrent import GRU, LSTM

ENGINES = (ReferenceEngine, NativeEngine)
STEPS = 8
MID_TICKS = 5_000_001.0
FRAMES = 24


def config(folder: Path) -> Config:
    content = random_arrays((LSTM, GRU), (2, 5, 4), STEPS)
    content |= {"mean": np.full(2, MID_TICKS), "scale": np.full(2, 2.0)}
    path = saved(folder / "m.npz", content)
    strategy = StrategySpec(
        name="ema_cross", instruments=(0,), params={"fast_period": 2, "slow_period": 4}
    )
    model = ModelSpec(kind="recurrent", path=str(path))
    return config_of(btcusdt(), strategies=(strategy,), model=model)


def depth(k: int) -> bytes:
    """The best bid comes and goes."""
    return (
        f'{{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":{10 + k},"u":{10 + k},'
        f'"b":[["50000.01","{k * k % 3}.0"]],"a":[]}}'
    ).encode()


def scores(made: Any, first: int, last: int, catch_up: bool = False) -> list[float]:
    """What the model says behind each frame; NaN where it says nothing. Frame 0 is a snapshot."""
    found = []
    for k in range(first, last):
        code = made.on_market_frame(0, SNAPSHOT if k == 0 else depth(k), 1_000 + k)
        assert code == Code.OK
        if catch_up and k % 3:
            made.catch_up()
        found.append(split(made.export_state())[3][0].score)
    return found


def test_a_window_fills_and_survives_a_change_of_engine(tmp_path: Path) -> None:
    wanted = config(tmp_path)
    whole = {engine: engine(wanted) for engine in ENGINES}
    one, two = (scores(made, 0, FRAMES) for made in whole.values())
    assert repr(one) == repr(two)
    for engine in ENGINES:
        made = engine(wanted)
        assert repr(scores(made, 0, FRAMES, catch_up=True)) == repr(one)
        assert made.export_state() == whole[engine].export_state()
    warm = next(k for k, score in enumerate(one) if score == score)
    assert warm >= STEPS - 1
    assert len(set(one[warm:])) > 2
    for first, second in itertools.permutations(ENGINES, 2):
        start, rest = first(wanted), second(wanted)
        scores(start, 0, warm - 3)
        rest.import_state(start.export_state())
        assert rest.export_state() == start.export_state()
        assert repr(scores(rest, warm - 3, FRAMES)) == repr(one[warm - 3 :])
        assert rest.export_state() == whole[first].export_state()
