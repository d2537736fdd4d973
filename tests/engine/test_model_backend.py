"""A model that only ONNX Runtime can evaluate, inside the walk of both engines."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_models import DOUBLE, node, onnx, save
from support import btcusdt, config_of
from test_recurrent import ENGINES, FRAMES, scores

from tickpath.core.backend import Backend, probe
from tickpath.core.config import Config, ModelSpec, StrategySpec
from tickpath.core.errors import ConfigError
from tickpath.engine.native import Engine as NativeEngine
from tickpath.hot.model.compile import FEATURES

if not probe("model", Backend.ONNX).ok:
    pytest.skip(probe("model", Backend.ONNX).reason, allow_module_level=True)


def config(path: Path, nodes: list[Any], **changes: Any) -> Config:
    held = {"w": np.array([[1.0], [-1.0]]), "k": np.array([4.0])}
    model = onnx.load(save(path, nodes, 2, held, kind=DOUBLE, outputs=(("y", DOUBLE),)))
    strategy = StrategySpec(
        name="ema_cross", instruments=(0,), params={"fast_period": 2, "slow_period": 4}
    )
    bare = config_of(btcusdt(), strategies=(strategy,))
    names = [spec.name for spec in NativeEngine(bare).stages.columns[0]]
    onnx.helper.set_model_props(model, {FEATURES: str(names).replace("'", '"')})
    onnx.save(model, path)
    return config_of(
        btcusdt(), strategies=(strategy,), model=ModelSpec(kind="onnx", path=str(path)), **changes
    )


def test_a_graph_without_a_native_form_runs_in_both_engines(tmp_path: Path) -> None:
    wanted = config(tmp_path / "m.onnx", [node("MatMul", "x w", "d"), node("Sin", "d", "y")])
    engines = [engine(wanted) for engine in ENGINES]
    found = [scores(made, 0, FRAMES) for made in engines]
    assert repr(found[0]) == repr(found[1])
    assert len(set(found[0][-8:])) > 1
    assert engines[0].export_state() == engines[1].export_state()
    for made in engines:
        assert made.stages.backends["model"] == Backend.ONNX
        assert "'n_y' (Sin, opset 17): no native form" in made.stages.model_text()


@pytest.mark.parametrize("forced", [{}, {"model": "onnx"}])
def test_other_bytes_than_those_of_the_configuration_are_refused(
    tmp_path: Path, forced: dict[str, str]
) -> None:
    found = config(tmp_path / "m.onnx", [node("MatMul", "x w", "y")], backends=forced)
    other = replace(found, model=replace(found.model, hash="0" * 16))
    with pytest.raises(ConfigError, match=f"was read with {'0' * 16}"):
        NativeEngine(other)


def test_a_forced_backend_is_kept(tmp_path: Path) -> None:
    plain = [node("MatMul", "x w", "y")]
    forced = config(tmp_path / "m.onnx", plain, backends={"model": "onnx"})
    assert "forced by the configuration" in NativeEngine(forced).stages.model_text()
    free = config(tmp_path / "m.onnx", plain)
    assert NativeEngine(free).stages.model_text() == ""
    native = config(tmp_path / "n.onnx", [node("MatMul", "x w", "d"), node("Erf", "d", "y")],
                    backends={"model": "native"})  # fmt: skip
    with pytest.raises(ConfigError, match="no native form"):
        NativeEngine(native)


def test_failed_runs_are_said_at_the_end(tmp_path: Path) -> None:
    """An index beyond the table: no score, counted, and the walk goes on."""
    cast = node("Cast", "x", "i", to=onnx.TensorProto.INT64)
    engine = NativeEngine(config(tmp_path / "m.onnx", [cast, node("Gather", "k i", "y")]))
    found = scores(engine, 0, FRAMES)
    assert all(score != score for score in found)
    assert "runs failed, the last one: " in engine.stages.model_text()
