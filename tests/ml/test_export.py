"""What is written is what was fitted: natively, in ONNX Runtime, and in the metadata."""

import json

import numpy as np
import pytest

from tickpath.core.backend import Backend
from tickpath.core.errors import ConfigError, VerificationError
from tickpath.hot.model.compile import check_features, metadata, read, tables
from tickpath.ml.export import exported
from tickpath.ml.fit import Recipe, fit
from tickpath.ml.parity import Parity, checked, demand, native_scores, parity
from tickpath.ml.samples import Samples

for module in ("onnx", "onnxruntime", "sklearn", "xgboost", "lightgbm"):
    pytest.importorskip(module, reason="extra `ml` is not installed")


def samples(kind):
    """Columns of very different sizes, one constant, one of few values."""
    random = np.random.default_rng(4)
    rows = random.normal(size=(1200, 4)) * [1.0, 1e-6, 1.0, 1.0] + [60_000.0, 0.0, 7.0, 0.0]
    rows[:, 2] = 7.0
    rows[:, 3] = np.round(rows[:, 3])
    wanted = rows[:, 0] - 60_000 + 1e6 * rows[:, 1] * rows[:, 3] + random.normal(size=1200)
    wanted = wanted if kind == "return" else (wanted > 0).astype(np.float64)
    return Samples(("a", "b", "c", "d"), np.arange(1200), rows, wanted, kind, 5, "bbo")


@pytest.mark.parametrize("target", ["return", "up"])
@pytest.mark.parametrize("kind", ["linear", "trees", "lightgbm"])
def test_the_file_says_what_the_model_says(tmp_path, kind, target):
    made = samples(target)
    model = fit(made, Recipe(kind=kind))
    data = exported(model, made)
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    expected = model.predict(made.rows)
    found = parity(path, made.rows, expected, 0.5 if target == "up" else 0.0)
    demand(found, path)
    assert [entry.rows for entry in found] == [1200, 1200, 200]
    assert np.corrcoef(expected, made.target)[0, 1] > 0.4
    again = fit(made, Recipe(kind=kind))
    assert exported(again, made) == data
    said = metadata(read(str(path), "m"))
    assert json.loads(said["tickpath.features"]) == ["a", "b", "c", "d"]
    assert said["tickpath.data_hash"] == made.hash()
    assert (said["tickpath.target"], said["tickpath.horizon_ns"]) == (target, "5")
    check_features(str(path), ["a", "b", "c", "d"])
    checked(data, 4, "m")
    with pytest.raises(ConfigError, match=r"^m: input 'x' has 4 columns"):
        checked(data, 5, "m")


def test_parity_finds_another_model(tmp_path):
    made = samples("return")
    model = fit(made, Recipe())
    path = tmp_path / "m.onnx"
    path.write_bytes(exported(model, made))
    wrong = parity(path, made.rows, model.predict(made.rows) + 1e-3, 0.0)
    assert [entry.differ for entry in wrong] == [0, 1200, 0]
    with pytest.raises(VerificationError, match="1200 of 1200 scores differ from library"):
        demand(wrong, path)
    with pytest.raises(VerificationError, match="from reference"):
        demand([Parity("reference", 200, 1e-16, 0, 0)], path)


def test_an_unknown_kind_is_refused():
    made = samples("return")
    with pytest.raises(ConfigError, match="choose one of linear, trees, lightgbm"):
        fit(made, Recipe(kind="magic"))


@pytest.mark.parametrize("kind", ["trees", "lightgbm"])
def test_values_on_the_thresholds_go_where_the_library_sends_them(tmp_path, kind):
    """XGBoost compares float32, LightGBM float64: each value is one that a split compares with, or
    the float64 or float32 beside it."""
    made = samples("return")
    model = fit(made, Recipe(kind=kind))
    path = tmp_path / "m.onnx"
    path.write_bytes(exported(model, made))
    _, arrays = tables(str(path), 4, "m")
    random = np.random.default_rng(7)
    rows = made.rows[random.integers(0, len(made.rows), 3000)]
    inner = arrays["left"] >= 0
    feature, threshold = arrays["feature"][inner], arrays["threshold"][inner]
    for row, k in enumerate(random.integers(0, len(feature), len(rows))):
        edge = threshold[k]
        single = np.float64(np.nextafter(np.float32(edge), np.float32([-np.inf, np.inf])[row % 2]))
        beside = np.nextafter(edge, [-np.inf, np.inf][row % 2])
        zero = (0.0, 9e-36, -9e-36)[row % 3]
        values = (edge, beside, np.float64(np.float32(edge)), single, zero)
        rows[row, feature[k]] = values[row % 5]
    found = native_scores(path, rows, Backend.NATIVE)
    expected = model.predict(rows)
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    assert len(np.unique(expected)) > 100
    assert kind == "trees" or np.abs(found - expected).max() < 1e-9
