"""ONNX files become native models that say what ONNX Runtime says, or are refused by name."""

import contextlib
import itertools

import numpy as np
import pytest
from onnx_models import DOUBLE, FLOAT, answers, forest, leaves, node, onnx, save, scores

from tickpath.core.backend import Backend, load
from tickpath.core.config import ModelSpec
from tickpath.core.errors import ConfigError
from tickpath.hot.model import compile as compiler
from tickpath.hot.model.compile_trees import last_left

ML = "ai.onnx.ml"


def pair(path, width):
    """Both twins."""
    spec = ModelSpec(kind="onnx", path=str(path))
    return [load("model", Backend(b)).Model(spec, width) for b in ("native", "reference")]


def same(path, width, column, rows, within=1e-5, name="y"):
    """Native equals ONNX Runtime within a bound on all rows, the reference to the bit on some."""
    native, reference = pair(path, width)
    found = scores(native, rows)
    expected = answers(path, rows, name)[:, column]
    assert np.abs(found - expected).max() <= within
    assert scores(reference, rows[:20]).tolist() == found[:20].tolist()
    return found, expected


def inputs(width, count=2000, seed=5):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def weights(*sizes):
    random = np.random.default_rng(sum(sizes))
    shapes = list(itertools.pairwise(sizes))
    made = {f"w{k}": random.normal(size=s) / np.sqrt(s[0]) for k, s in enumerate(shapes)}
    made |= {f"b{k}": random.normal(size=s[1]) for k, s in enumerate(shapes)}
    return {k: v.astype(np.float32) for k, v in made.items()}


@pytest.mark.parametrize("output", [0, 2])
@pytest.mark.parametrize("last", ["Softmax", "Sigmoid", "Tanh", "Identity"])
def test_a_network_equals_onnx_runtime(tmp_path, last, output):
    constants = weights(32, 64, 32, 3) | {"m": np.full(32, 0.5, np.float32)}
    constants["s"] = np.linspace(0.5, 2, 32, dtype=np.float32)
    constants["w1"] = constants["w1"].T.copy()
    nodes = [
        node("Sub", "x m", "a"), node("Div", "a s", "c"), node("MatMul", "c w0", "d"),
        node("Add", "b0 d", "e"), node("Relu", "e", "f"), node("Gemm", "f w1 b1", "g", transB=1),
        node("Tanh", "g", "h"), node("Gemm", "h w2 b2", "i", alpha=0.5, beta=2.0),
        node(last, "i", "y"),
    ]  # fmt: skip
    path = save(tmp_path / "m.onnx", nodes, 32, constants, output=output)
    same(path, 32, output, inputs(32))


def test_a_double_network_equals_onnx_runtime_more_closely(tmp_path):
    constants = {k: v.astype(np.float64) for k, v in weights(6, 9, 1).items()}
    nodes = [node("Gemm", "x w0 b0", "a"), node("Sigmoid", "a", "b"), node("Gemm", "b w1 b1", "y")]
    path = save(tmp_path / "m.onnx", nodes, 6, constants, kind=DOUBLE, outputs=(("y", DOUBLE),))
    same(path, 6, 0, inputs(6).astype(np.float64), within=2e-9)


def test_operations_fold_where_they_stand(tmp_path):
    """Constants before, behind and between layers, activations without a layer, a zero factor."""
    constants = weights(4, 5, 2) | {"z": np.array([1, 0, -2, 3], np.float32)}
    constants |= {"one": np.array(1.5, np.float32)}
    nodes = [
        node("Mul", "x z", "a"), node("Sub", "one a", "b"), node("Relu", "b", "c"),
        node("Tanh", "c", "d"), node("Add", "d z", "e"), node("MatMul", "e w0", "f"),
        node("Mul", "one f", "g"), node("Sub", "g b0", "h"), node("Sigmoid", "h", "i"),
        node("MatMul", "i w1", "j"), node("Flatten", "j", "y"),
    ]  # fmt: skip
    same(save(tmp_path / "m.onnx", nodes, 4, constants), 4, 1, inputs(4))


def test_scaler_and_linear_regressor(tmp_path):
    nodes = [
        node("Scaler", "x", "a", ML, offset=[1.0, 2.0, 3.0], scale=[0.5, 2.0, -1.0]),
        node(
            "LinearRegressor", "a", "y", ML,
            coefficients=[1.0, -2.0, 3.0, 0.5, 0.25, 4.0], intercepts=[0.5, -1.0], targets=2,
        ),
    ]  # fmt: skip
    for output in (0, 1):
        path = save(tmp_path / "m.onnx", nodes, 3, output=output)
        same(path, 3, output, inputs(3))


@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC", "SOFTMAX"])
@pytest.mark.parametrize("count", [2, 3])
def test_a_linear_classifier(tmp_path, transform, count):
    """With two classes of opposite sums, or a softmax, a Normalizer behind it changes nothing."""
    weight = np.random.default_rng(3).normal(size=(count, 4)).astype(np.float32)
    weight[1] = -weight[0]
    bias = [0.25, -0.25, 0.5][:count]
    sums_to_one = transform == "SOFTMAX" or (transform == "LOGISTIC" and count == 2)
    made = onnx.helper.make_node(
        "LinearClassifier", ["x"], ["label", "s"], name="linear", domain=ML,
        coefficients=weight.reshape(-1).tolist(), intercepts=bias, post_transform=transform,
        classlabels_ints=list(range(count)), multi_class=0,
    )  # fmt: skip
    last = node("Cast", "s", "p", to=FLOAT)
    if sums_to_one:
        last = node("Normalizer", "s", "p", ML, norm="L1")
    for output in range(count):
        path = save(tmp_path / "m.onnx", [made, last], 4, output=output, outputs=CLASSES)
        same(path, 4, output, inputs(4), name="p")


def test_a_normalizer_that_changes_something_is_refused(tmp_path):
    for norm, op in (("L1", "Sigmoid"), ("MAX", "Softmax")):
        nodes = [node("MatMul", "x w", "a"), node(op, "a", "b"),
                 node("Normalizer", "b", "y", ML, norm=norm)]  # fmt: skip
        path = save(tmp_path / "m.onnx", nodes, 3, {"w": W["two"]}, output=1)
        with pytest.raises(ConfigError, match=r"Normalizer.*only norm L1"):
            pair(path, 3)


MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GT", "BRANCH_GTE")


def beside(thresholds, width, count, seed=9):
    """Float64 rows on thresholds, beside them, and halfway to the neighbouring float32."""
    random = np.random.default_rng(seed)
    t = random.choice(thresholds, size=(count, width)).astype(np.float32)
    up = np.nextafter(t, np.float32(np.inf)).astype(np.float64)
    down = np.nextafter(t, np.float32(-np.inf)).astype(np.float64)
    near = np.stack([t, up, down, (t + up) / 2, (t + down) / 2, random.normal(size=t.shape)])
    found = np.take_along_axis(near, random.integers(0, 6, (1, count, width)), axis=0)[0]
    pick = random.integers(0, 3, found.shape)
    return np.choose(pick, [found, np.nextafter(found, np.inf), np.nextafter(found, -np.inf)])


def test_no_float64_takes_another_branch(tmp_path):
    """Leaves are whole numbers, so one wrong branch changes a sum by a whole number."""
    attributes, thresholds = forest(20, 5, 6, seed=3, modes=MODES)
    ends = leaves(attributes, "target", 4)
    ends["target_weights"] = [float(k) for k in range(len(ends["target_weights"]))]
    nodes = [node("TreeEnsembleRegressor", "x", "y", ML, n_targets=1, **attributes, **ends)]
    path = save(tmp_path / "m.onnx", nodes, 6)
    rows = beside(thresholds, 6, 20_000)
    found = scores(pair(path, 6)[0], rows)
    expected = answers(path, rows.astype(np.float32))[:, 0]
    assert (rows != rows.astype(np.float32)).mean() > 0.5
    assert np.array_equal(found, expected)
    plain = np.array([score for _, score in map(pair(path, 6)[1].score, rows[:50].tolist())])
    assert np.array_equal(plain, found[:50])


@pytest.mark.parametrize("below", [False, True])
def test_an_edge_is_where_rounding_turns(below):
    largest = float(np.finfo(np.float32).max)
    points = [0.0, -0.0, 1.0, -1.0, 0.1, 1e-45, -1e-45, 1e38, largest, -largest, 1.17549435e-38]
    for threshold in map(np.float32, points):
        edge = last_left(float(threshold), below, False)
        with np.errstate(over="ignore"):
            here, above = np.float32(edge), np.float32(np.nextafter(edge, np.inf))
        assert (here < threshold) if below else (here <= threshold)
        assert (above >= threshold) if below else (above > threshold)


@pytest.mark.parametrize("output", [0, 1])
def test_several_targets_average_and_base(tmp_path, output):
    attributes, _ = forest(7, 3, 4, seed=1)
    ends = leaves(attributes, "target", 2, ids=2)
    more = {"aggregate_function": "AVERAGE", "base_values": [0.25, -2.0], "n_targets": 2}
    nodes = [node("TreeEnsembleRegressor", "x", "y", ML, **attributes, **ends, **more)]
    same(save(tmp_path / "m.onnx", nodes, 4, output=output), 4, output, inputs(4))


def test_numbers_and_a_sigmoid_behind_trees(tmp_path):
    attributes, _ = forest(9, 3, 4, seed=1)
    ends = leaves(attributes, "target", 2)
    nodes = [
        node("Cast", "x", "f", to=FLOAT),
        node("TreeEnsembleRegressor", "f", "a", ML, n_targets=1, **attributes, **ends),
        node("Mul", "a c", "b"), node("Sub", "c b", "d"), node("Sigmoid", "d", "y"),
    ]  # fmt: skip
    path = save(tmp_path / "m.onnx", nodes, 4, {"c": np.array([0.5], np.float32)}, kind=DOUBLE)
    same(path, 4, 0, inputs(4).astype(np.float64))


@pytest.mark.parametrize("output", [0, 1])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC"])
@pytest.mark.parametrize("base", [[], [0.125]])
def test_a_classifier_of_one_class_id(tmp_path, transform, positive, output, base):
    attributes, _ = forest(5, 3, 4, seed=6)
    ends = leaves(attributes, "class", 7)
    if positive:
        ends["class_weights"] = [abs(w) / 20 for w in ends["class_weights"]]
    made = helper_classifier(attributes, ends, transform, [0, 1], base)
    path = save(tmp_path / "m.onnx", [made], 4, output=output, outputs=CLASSES)
    same(path, 4, output, inputs(4), name="p")


CLASSES = (("label", onnx.TensorProto.INT64), ("p", FLOAT))


def helper_classifier(attributes, ends, transform, labels, base=()):
    more = {"base_values": list(base)} if base else {}
    return onnx.helper.make_node(
        "TreeEnsembleClassifier", ["x"], ["label", "p"], name="trees", domain=ML,
        classlabels_int64s=labels, post_transform=transform, **attributes, **ends, **more,
    )  # fmt: skip


@pytest.mark.parametrize("count", [2, 3])
def test_a_classifier_of_a_class_a_leaf(tmp_path, count):
    attributes, _ = forest(5, 3, 4, seed=6)
    ends = leaves(attributes, "class", 7, ids=count)
    for output in range(count):
        made = helper_classifier(attributes, ends, "NONE", list(range(count)))
        path = save(tmp_path / "m.onnx", [made], 4, output=output, outputs=CLASSES)
        same(path, 4, output, inputs(4), name="p")


def tree(**changes):
    """One decision; attributes replaced."""
    base = {
        "nodes_treeids": [0, 0, 0], "nodes_nodeids": [0, 1, 2], "nodes_featureids": [1, 0, 0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "LEAF"], "nodes_values": [0.5, 0.0, 0.0],
        "nodes_truenodeids": [1, 0, 0], "nodes_falsenodeids": [2, 0, 0], "n_targets": 1,
        "target_treeids": [0, 0], "target_nodeids": [1, 2], "target_ids": [0, 0],
        "target_weights": [1.0, 2.0],
    }  # fmt: skip
    return [node("TreeEnsembleRegressor", "x", "y", ML, **{**base, **changes})]


W = {"w": np.ones((3, 1), np.float32), "n": np.full((3, 1), np.nan, np.float32)}
W |= {"h": np.ones((3, 600), np.float32), "v": np.ones(2, np.float32), "z": np.float32(0)}
W |= {"shape": np.array([-1, 1])}
W |= {"two": np.ones((3, 2), np.float32)}
W |= {"four": np.ones((3, 4), np.float32)}
GEMM = node("MatMul", "x w", "y")
TWO = [node("MatMul", "x w", "a"), node("Softmax", "a", "b"), node("Relu", "b", "y")]
REFUSED = {
    "unknown operation": ([node("Erf", "x", "y")], {}, r"'n_y' \(Erf, opset 17\): no native form"),
    "late opset": ([GEMM], {"opset": 27}, "opset 27 of 'ai.onnx'; 7 to 26"),
    "late ml opset": (tree(), {"ml": 5}, "opset 5 of 'ai.onnx.ml'; 1 to 4"),
    "dynamic columns": ([GEMM], {"width": "n"}, "dynamic number of columns"),
    "fixed rows": ([GEMM], {"rows": 8}, "rows free"),
    "other width": ([GEMM], {"width": 4}, "4 columns and the feature row 3"),
    "nan": ([node("MatMul", "x n", "y")], {}, "weight_0 holds a value that is not finite"),
    "wide": ([node("MatMul", "x h", "y")], {}, "600 outputs; limits.toml allows 512"),
    "which output": ([node("MatMul", "x four", "y")], {}, "4 columns and nothing says"),
    "no such output": ([GEMM], {"output": 3}, "output is 3, the output has 1"),
    "no layer": ([node("Identity", "x", "y")], {}, "no layer"),
    "softmax inside": (TWO, {}, "only the last"),
    "wrong constant": ([node("Add", "x v", "y")], {}, r"constant of shape \(2,\) beside 3"),
    "division": ([node("Div", "x z", "y")], {}, "divides by 0"),
    "no matrix": ([node("Gemm", "x z", "y")], {}, "weights of shape"),
    "no chain": ([node("Add", "x x", "y")], {}, "2 computed inputs"),
    "reshape": ([node("Reshape", "x shape", "y")], {}, r"only \(rows, 3\)"),
    "integers": ([GEMM], {"kind": onnx.TensorProto.INT64}, "not of floats"),
    "mode": (tree(nodes_modes=["BRANCH_EQ", "LEAF", "LEAF"]), {}, "BRANCH_EQ"),
    "aggregate": (tree(aggregate_function="MAX"), {}, "aggregate_function MAX"),
    "transform": (tree(post_transform="PROBIT"), {}, "post_transform PROBIT"),
    "cycle": (tree(nodes_truenodeids=[0, 0, 0]), {}, "no decision leads to"),
    "child": (tree(nodes_truenodeids=[7, 0, 0]), {}, "2 roots"),
    "feature": (tree(nodes_featureids=[3, 0, 0]), {}, "reads column 3, the row has 3"),
    "nan threshold": (tree(nodes_values=[float("nan"), 0.0, 0.0]), {}, "compares with nan"),
    "nan leaf": (tree(target_weights=[float("nan"), 0.0]), {}, "value holds a value"),
    "half lists": (tree(nodes_values=[0.5]), {}, "different lengths"),
    "scaled trees": (
        [node("Relu", "x", "a"), node("TreeEnsembleRegressor", "a", "y", ML, **{
            a.name: onnx.helper.get_attribute_value(a) for a in tree()[0].attribute
        })], {}, "before a tree ensemble",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compiled_is_refused_by_name(tmp_path, case):
    nodes, more, said = REFUSED[case]
    more = dict(more)
    path = save(tmp_path / "m.onnx", nodes, more.pop("width", 3), W, **more)
    with pytest.raises(ConfigError, match=said):
        pair(path, 3)


def test_files_that_are_no_models_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "m.onnx"
    spec = ModelSpec(kind="onnx", path=str(path))
    with pytest.raises(ConfigError, match="cannot be read"):
        load("model", Backend.NATIVE).Model(spec, 3)
    good = save(path, [GEMM], 3, W).read_bytes()
    random = np.random.default_rng(1)
    for cut in (0, 1, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:cut])
        with pytest.raises(ConfigError, match=r"m\.onnx"):
            pair(path, 3)
    forked = save(path, tree(), 3).read_bytes()
    for turn in range(300):
        bad = bytearray((good, forked)[turn % 2])
        bad[random.integers(len(bad))] ^= int(random.integers(1, 256))
        path.write_bytes(bytes(bad))
        with contextlib.suppress(ConfigError):
            pair(path, 3)
    monkeypatch.setattr(compiler, "FILE_BYTES_MAX", len(good) - 1)
    path.write_bytes(good)
    with pytest.raises(ConfigError, match="make it smaller"):
        pair(path, 3)


def test_features_are_compared_by_name_and_order(tmp_path):
    path = save(tmp_path / "m.onnx", [GEMM], 3, W)
    with pytest.raises(ConfigError, match="does not say its features"):
        compiler.check_features(str(path), ["a", "b", "c"])
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {compiler.FEATURES: '["a", "b", "c"]'})
    onnx.save(model, path)
    compiler.check_features(str(path), ["a", "b", "c"])
    with pytest.raises(ConfigError, match="in another order"):
        compiler.check_features(str(path), ["b", "a", "c"])
    with pytest.raises(ConfigError, match=r"only of the model: \['c'\], only of the strategies"):
        compiler.check_features(str(path), ["a", "b", "d"])
    onnx.helper.set_model_props(model, {compiler.FEATURES: '{"a": 1}'})
    onnx.save(model, path)
    with pytest.raises(ConfigError, match="not a JSON list"):
        compiler.check_features(str(path), ["a"])


def test_text_and_sizes_that_are_none_are_refused(tmp_path):
    """What other checks let pass: a branch that is no text, a constant without its numbers."""
    path = tmp_path / "m.onnx"
    save(path, tree(), 3)
    path.write_bytes(path.read_bytes().replace(b"BRANCH_LEQ", b"BRANCH_\xff\xfe\xfd"))
    with pytest.raises(ConfigError, match="node 0 of tree 0 is a 'BRANCH_"):
        pair(path, 3)
    model = onnx.load(save(path, [GEMM], 3, {"w": W["w"]}))
    model.graph.initializer[0].dims[:] = [3, 2]
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ConfigError, match=r"m\.onnx"):
        pair(path, 3)
