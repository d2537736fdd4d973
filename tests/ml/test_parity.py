"""A model without a native form is kept where ONNX Runtime evaluates it, and refused elsewhere."""

import numpy as np
import pytest
from onnx_models import node, save

from tickpath.core.backend import Available, Backend, probe
from tickpath.core.errors import ConfigError
from tickpath.hot.model import choose
from tickpath.ml.parity import checked

ERF = [node("Erf", "x", "e"), node("MatMul", "e w", "y")]


@pytest.fixture
def data(tmp_path):
    held = {"w": np.ones((3, 1), np.float32)}
    return save(tmp_path / "m.onnx", ERF, 3, held).read_bytes()


def test_what_evaluates_it_is_said(tmp_path, data):
    if not probe("model", Backend.ONNX).ok:
        pytest.skip(probe("model", Backend.ONNX).reason)
    assert checked(data, 3, "own").startswith("onnx: onnxruntime 1.")
    plain = save(tmp_path / "p.onnx", [node("Tanh", "x", "y")], 1).read_bytes()
    assert checked(plain, 1, "own") == ""
    nodes = [node("Erf", "x", "e"), node("Concat", "e e", "y", axis=0)]
    twice = save(tmp_path / "t.onnx", nodes, 3).read_bytes()
    with pytest.raises(ConfigError, match=r"^own: one row gives an answer of shape \(2, 3\)"):
        checked(twice, 3, "own")


def test_it_is_refused_without_the_library(data, monkeypatch):
    monkeypatch.setattr(choose, "probe", lambda *_: Available(ok=False, reason="it is absent"))
    with pytest.raises(ConfigError, match=r"^own: node 'n_e'.*ONNX Runtime, but it is absent"):
        checked(data, 3, "own")
