"""The reference model against plain numpy, and its tanh against libm."""

import math

import numpy as np

from tickpath.core.codes import Code
from tickpath.core.config import ModelSpec
from tickpath.hot.model.reference import Model, exp, sigmoid, softmax, tanh


def test_tanh_error_is_what_is_claimed():
    points = np.concatenate([np.linspace(-40, 40, 8001), np.geomspace(1e-300, 15, 2000)])
    worst = max(abs(tanh(float(x)) - math.tanh(float(x))) for x in points)
    assert worst < 1e-10


def test_tanh_is_odd_bounded_and_keeps_nan():
    for x in (0.0, 1e-9, 0.5, 3.0, 12.0, 100.0, math.inf):
        assert tanh(-x) == -tanh(x)
        assert 0.0 <= tanh(x) <= 1.0
    assert math.isnan(tanh(math.nan))


def test_exp_and_sigmoid_errors_are_what_is_claimed():
    points = np.concatenate([-np.geomspace(1e-300, 700, 4000), np.linspace(-700, 0, 4001)])
    assert max(abs(exp(float(x)) / math.exp(x) - 1.0) for x in points) < 1e-15
    assert 0.0 < exp(-1e300) < 1e-303
    points = np.linspace(-40, 40, 4001)
    assert max(abs(sigmoid(float(x)) - 1 / (1 + math.exp(-x))) for x in points) < 1e-10


def test_softmax_of_extremes():
    assert softmax([5.0], 0) == 1.0
    assert softmax([1e308, -1e308], 0) == 1.0
    assert softmax([0.0, 0.0, 0.0, 0.0], 3) == 0.25
    assert math.isnan(softmax([math.inf, 0.0], 1))
    assert math.isnan(softmax([0.0, math.nan], 0))


def test_dense_equals_numpy(tmp_path):
    rng = np.random.default_rng(3)
    shapes = [(6, 9), (9, 5), (5, 3)]
    content = {f"weight_{k}": rng.normal(size=s) for k, s in enumerate(shapes)}
    content |= {f"bias_{k}": rng.normal(size=s[1]) for k, s in enumerate(shapes)}
    content |= {"mean": rng.normal(size=6), "scale": rng.uniform(0.5, 2.0, size=6)}
    content |= {"activation": np.array([1, 2, 0]), "output": np.array(2)}
    np.savez(tmp_path / "m.npz", **content)
    model = Model(ModelSpec(kind="dense", path=str(tmp_path / "m.npz")), 6)
    for row in rng.normal(size=(40, 6)):
        x = (row - content["mean"]) * content["scale"]
        x = np.maximum(x @ content["weight_0"] + content["bias_0"], 0.0)
        x = np.tanh(x @ content["weight_1"] + content["bias_1"])
        x = x @ content["weight_2"] + content["bias_2"]
        code, score = model.score(row.tolist())
        assert code == Code.OK
        assert abs(score - x[2]) < 1e-9


def test_threshold_itself_goes_left(tmp_path):
    np.savez(
        tmp_path / "m.npz",
        feature=np.array([1, 0, 0]),
        threshold=np.array([0.5, 0.0, 0.0]),
        left=np.array([1, -1, -1]),
        right=np.array([2, -1, -1]),
        value=np.array([0.0, -3.0, 7.0]),
        root=np.array([0]),
    )
    model = Model(ModelSpec(kind="trees", path=str(tmp_path / "m.npz")), 2)
    assert model.score([9.0, 0.5]) == (Code.OK, -3.0)
    assert model.score([9.0, math.nextafter(0.5, 1.0)]) == (Code.OK, 7.0)
