"""Files that the usual converters write, beside ONNX Runtime. Skipped where they are absent."""

import warnings

import numpy as np
import pytest
from onnx_models import answers, onnx, scores

from tickpath.core.backend import Backend, load
from tickpath.core.config import ModelSpec
from tickpath.hot.model.compile import OUTPUT, OUTPUT_NAME

skl2onnx = pytest.importorskip("skl2onnx", reason="the converter is not installed")
pytest.importorskip("sklearn", reason="extra `ml` is not installed")

WIDTH = 6


def data():
    random = np.random.default_rng(2)
    rows = random.normal(size=(1500, WIDTH)).astype(np.float32)
    wanted = rows[:, 0] * rows[:, 1] + np.sin(rows[:, 2]) + 0.1 * random.normal(size=1500)
    return rows, wanted, (wanted > 0).astype(int)


def made(kind):
    """(fitted model, whether it classifies)."""
    from sklearn import ensemble, linear_model, neural_network, pipeline, preprocessing, tree

    models = {
        "ridge": linear_model.Ridge(),
        "scaled": pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.Ridge()),
        "tree": tree.DecisionTreeRegressor(max_depth=5, random_state=1),
        "forest": ensemble.RandomForestRegressor(20, max_depth=5, random_state=1),
        "boosting": ensemble.GradientBoostingRegressor(random_state=1, n_estimators=30),
        "forest classes": ensemble.RandomForestClassifier(20, max_depth=5, random_state=1),
        "boosting classes": ensemble.GradientBoostingClassifier(random_state=1, n_estimators=30),
        "logistic classes": pipeline.make_pipeline(
            preprocessing.StandardScaler(), linear_model.LogisticRegression()
        ),
        "mlp": neural_network.MLPRegressor(hidden_layer_sizes=(16, 8), max_iter=20, random_state=1),
    }
    rows, wanted, sign = data()
    classes = kind.endswith("classes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return models[kind].fit(rows, sign if classes else wanted), classes


def compare(model, path, name, column):
    onnx.helper.set_model_props(model, {OUTPUT: str(column), OUTPUT_NAME: name})
    onnx.save(model, path)
    native = load("model", Backend.NATIVE).Model(ModelSpec(kind="onnx", path=str(path)), WIDTH)
    rows = np.random.default_rng(8).normal(size=(2000, WIDTH)).astype(np.float32)
    found, expected = scores(native, rows), answers(path, rows, name)[:, column]
    assert np.abs(found - expected).max() < 1e-5
    assert len(np.unique(found)) > 10


KINDS = ("ridge", "scaled", "tree", "forest", "boosting", "mlp")


@pytest.mark.parametrize("kind", [*KINDS, "forest classes", "boosting classes", "logistic classes"])
def test_scikit_learn(tmp_path, kind):
    fitted, classes = made(kind)
    from skl2onnx.common.data_types import FloatTensorType

    options = {id(fitted): {"zipmap": False}} if classes else None
    model = skl2onnx.to_onnx(
        fitted, initial_types=[("x", FloatTensorType([None, WIDTH]))], options=options,
        target_opset={"": 17, "ai.onnx.ml": 3},
    )  # fmt: skip
    name = "probabilities" if classes else "variable"
    compare(model, tmp_path / "m.onnx", name, int(classes))


@pytest.mark.parametrize("classes", [False, True])
@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_boosting_libraries(tmp_path, library, classes):
    module = pytest.importorskip(library, reason="not installed")
    onnxmltools = pytest.importorskip("onnxmltools", reason="the converter is not installed")
    from onnxmltools.convert.common.data_types import FloatTensorType

    rows, wanted, sign = data()
    stem = "LGBM" if library == "lightgbm" else "XGB"
    kind = getattr(module, f"{stem}{'Classifier' if classes else 'Regressor'}")
    quiet = {"verbose": -1} if library == "lightgbm" else {}
    fitted = kind(n_estimators=30, max_depth=4, n_jobs=1, **quiet).fit(
        rows, sign if classes else wanted
    )
    more = {"zipmap": False} if classes and library == "lightgbm" else {}
    model = getattr(onnxmltools, f"convert_{library}")(
        fitted, initial_types=[("x", FloatTensorType([None, WIDTH]))], target_opset=15, **more
    )
    name = "probabilities" if classes else "variable"
    compare(model, tmp_path / "m.onnx", name, int(classes))
