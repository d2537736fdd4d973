"""Model files are checked before anything runs: each mistake is refused with its place."""

import numpy as np
import pytest

from tickpath.core.config import ModelSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.model import arrays


def dense(**changes):
    """A 3-4-2 network, with arrays replaced or (None) left out."""
    base = {
        "weight_0": np.ones((3, 4)),
        "bias_0": np.zeros(4, dtype=np.float32),
        "weight_1": np.ones((4, 2)),
        "bias_1": np.zeros(2),
        "activation": np.array([1, 0], dtype=np.int8),
    }
    return {k: v for k, v in {**base, **changes}.items() if v is not None}


def trees(**changes):
    """Two trees over three columns: one decision, and a single leaf."""
    base = {
        "feature": np.array([2, 0, 0, 0]),
        "threshold": np.array([0.5, 0.0, 0.0, 0.0]),
        "left": np.array([1, -1, -1, -1]),
        "right": np.array([2, -1, -1, -1]),
        "value": np.array([0.0, 1.0, 2.0, 4.0]),
        "root": np.array([0, 3]),
    }
    return {k: v for k, v in {**base, **changes}.items() if v is not None}


def load(tmp_path, kind, content, width=3):
    path = tmp_path / "model.npz"
    np.savez(path, **content)
    return arrays.load(ModelSpec(kind=kind, path=str(path)), width)


def test_good_files_load(tmp_path):
    model = load(tmp_path, "dense", dense(output=np.array(1), mean=np.array([1.0, 2, 3])))
    assert isinstance(model, arrays.DenseModel)
    assert (model.width, model.output, len(model.layers)) == (3, 1, 2)
    assert model.mean.tolist() == [1.0, 2.0, 3.0]
    assert model.scale.tolist() == [1.0, 1.0, 1.0]
    forest = load(tmp_path, "trees", trees(base=np.float64(0.25), average=np.array(1)))
    assert isinstance(forest, arrays.TreesModel)
    assert (forest.depth, forest.base, forest.average) == ((1, 0), 0.25, True)
    assert arrays.load(ModelSpec(), 3) is None


WIDE = LIMITS["model_width_max"] + 1
LAYERS = LIMITS["model_layers_max"] + 1
DEPTH = LIMITS["tree_depth_max"] + 1


def chain(depth):
    """A tree that only grows to the right."""
    nodes = 2 * depth + 1
    inner = np.arange(nodes) % 2 == 0
    inner[-1] = False
    place = np.arange(nodes)
    return trees(
        feature=np.zeros(nodes, dtype=int),
        threshold=np.zeros(nodes),
        value=np.zeros(nodes),
        left=np.where(inner, place + 1, -1),
        right=np.where(inner, place + 2, -1),
        root=np.array([0]),
    )


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("dense", dense(bias_1=None), ("'bias_1' is missing",)),
        ("dense", dense(weigth_2=np.ones(1)), ("'weigth_2'", "did you mean")),
        ("dense", dense(weight_1=np.ones((3, 2))), ("weight_1", "(3, 2)", "(4, any)")),
        ("dense", dense(bias_0=np.zeros(3)), ("bias_0", "(4,)")),
        ("dense", dense(bias_0=np.zeros((4, 1))), ("bias_0", "(4, 1)")),
        ("dense", dense(bias_0=np.array([0, 0, np.nan, 0])), ("bias_0", "not finite")),
        ("dense", dense(bias_0=np.zeros(4, dtype=int)), ("bias_0", "float32 or float64")),
        ("dense", dense(activation=np.array([4, 0])), ("activation[0] is 4", "2 tanh")),
        ("dense", dense(activation=np.array([1.0, 0.0])), ("activation", "int32")),
        ("dense", dense(output=np.array(2)), ("output is 2", "0 to 1")),
        ("dense", dense(mean=np.zeros(2)), ("mean", "(3,)")),
        ("dense", dense(scale=np.array([1, np.inf, 1])), ("scale", "not finite")),
        ("dense", {"activation": np.array([0])}, ("0 layers", "model_layers_max")),
        (
            "dense",
            {f"weight_{k}": np.ones((3, 3)) for k in range(LAYERS)}
            | {f"bias_{k}": np.ones(3) for k in range(LAYERS)}
            | {"activation": np.zeros(LAYERS, dtype=int)},
            ("9 layers", "model_layers_max"),
        ),
        (
            "dense",
            dense(weight_0=np.ones((3, WIDE)), bias_0=np.ones(WIDE)),
            (f"{WIDE} outputs of layer 0", "model_width_max"),
        ),
        ("trees", trees(left=np.array([0, -1, -1, -1])), ("left[0] is 0", "behind")),
        ("trees", trees(right=np.array([4, -1, -1, -1])), ("right[0] is 4", "before 4")),
        ("trees", trees(right=np.array([2, 3, -1, -1])), ("left[1] is -1",)),
        ("trees", trees(feature=np.array([3, 0, 0, 0])), ("feature[0] is 3", "0 to 2")),
        ("trees", trees(feature=np.array([-1, 0, 0, 0])), ("feature[0] is -1",)),
        ("trees", trees(feature=np.zeros(4)), ("feature", "int32")),
        ("trees", trees(root=np.array([0, 4])), ("root points outside",)),
        ("trees", trees(root=np.array([0, 0])), ("node 0", "2 times")),
        ("trees", trees(root=np.array([0])), ("node 3", "0 times")),
        ("trees", trees(right=np.array([1, -1, -1, -1])), ("node 1", "2 times")),
        ("trees", trees(threshold=np.full(4, np.inf)), ("threshold", "not finite")),
        ("trees", trees(value=np.zeros(3)), ("value", "(4,)")),
        ("trees", trees(average=np.array(2)), ("average is 2",)),
        ("trees", trees(base=np.array([1.0])), ("base", "()")),
        ("trees", trees(leaf=np.zeros(4)), ("'leaf'",)),
        ("trees", trees(root=None), ("'root' is missing",)),
        ("trees", chain(DEPTH), (f"{DEPTH} decisions", "tree_depth_max")),
    ],
)
def test_mistakes_are_refused_with_their_place(tmp_path, kind, content, words):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, kind, content)
    assert all(word in str(caught.value) for word in (*words, "model.npz")), caught.value


def test_ceilings_themselves_are_allowed(tmp_path):
    assert load(tmp_path, "trees", chain(DEPTH - 1)).depth == (DEPTH - 1,)
    wide = dense(
        weight_0=np.ones((3, WIDE - 1)),
        bias_0=np.ones(WIDE - 1),
        weight_1=np.ones((WIDE - 1, 2)),
    )
    assert load(tmp_path, "dense", wide).layers[0].bias.size == WIDE - 1


def test_more_weights_than_allowed(tmp_path):
    side = LIMITS["model_width_max"]
    content = {"weight_0": np.zeros((side, side)), "bias_0": np.zeros(side)}
    content |= {"activation": np.array([0])}
    with pytest.raises(ConfigError, match="model_weights_max"):
        load(tmp_path, "dense", content, width=side)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match=r"model\.path"):
        arrays.load(ModelSpec(kind="dense", path=str(tmp_path / "absent.npz")), 3)
    (tmp_path / "text.npz").write_text("not an archive")
    with pytest.raises(ConfigError, match=r"model\.path"):
        arrays.load(ModelSpec(kind="trees", path=str(tmp_path / "text.npz")), 3)
    np.save(tmp_path / "single.npy", np.zeros(3))
    with pytest.raises(ConfigError, match=r"model\.path"):
        arrays.load(ModelSpec(kind="trees", path=str(tmp_path / "single.npy")), 3)
    np.savez(tmp_path / "objects.npz", weight_0=np.array([{}], dtype=object))
    with pytest.raises(ConfigError, match=r"model\.path"):
        arrays.load(ModelSpec(kind="dense", path=str(tmp_path / "objects.npz")), 3)


def test_unknown_kind_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'trees'"):
        arrays.load(ModelSpec(kind="tree"), 3)


def test_width_of_the_row_is_checked_at_start(tmp_path):
    with pytest.raises(ConfigError, match="weight_0"):
        load(tmp_path, "dense", dense(), width=4)
    with pytest.raises(ConfigError, match=r"feature\[0\]"):
        load(tmp_path, "trees", trees(), width=2)


def test_fingerprint_covers_what_decides(tmp_path):
    marks = {
        arrays.fingerprint(load(tmp_path, "dense", content))
        for content in (
            dense(),
            dense(output=np.array(1)),
            dense(activation=np.array([2, 0])),
            dense(bias_1=np.ones(2)),
            dense(mean=np.ones(3)),
        )
    }
    marks |= {
        arrays.fingerprint(load(tmp_path, "trees", content))
        for content in (trees(), trees(base=np.array(1.0)), trees(average=np.array(1)))
    }
    assert len(marks) == 8
    assert arrays.fingerprint(None) == 0


def test_a_file_other_than_the_one_that_was_configured_is_refused(tmp_path):
    path = tmp_path / "m.npz"
    path.write_bytes(b"other")
    spec = ModelSpec(kind="dense", path=str(path), hash="0" * 16)
    with pytest.raises(ConfigError, match=r"its hash is [0-9a-f]{16}, the configuration was read"):
        arrays.load(spec, 3)
    path.unlink()
    with pytest.raises(ConfigError, match="unknown, it is not there"):
        arrays.load(spec, 3)
