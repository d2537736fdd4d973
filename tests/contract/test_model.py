"""Every backend of the model stage keeps one contract; native equals the reference bit by bit."""

import itertools
import math
import random
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.backend import Backend, load, probe
from tickpath.core.codes import Code
from tickpath.core.config import ModelSpec
from tickpath.core.errors import ConfigError, DataError

BACKENDS = ["reference", "native"]
both = pytest.mark.parametrize("backend", BACKENDS)


def model(backend, path, kind, width):
    return load("model", Backend(backend)).Model(ModelSpec(kind=kind, path=str(path)), width)


def dense_file(path, sizes, activations, seed=1, output=0):
    """A random network of these layer sizes."""
    rng = np.random.default_rng(seed)
    content = {"activation": np.array(activations), "output": np.array(output)}
    for k, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        content[f"weight_{k}"] = rng.normal(size=(inputs, outputs)) / math.sqrt(inputs)
        content[f"bias_{k}"] = rng.normal(size=outputs)
    content["mean"] = rng.normal(size=sizes[0])
    content["scale"] = rng.uniform(0.1, 3.0, size=sizes[0])
    np.savez(path, **content)
    return path


def trees_file(path, width, count, depth, seed=1, **more):
    """Random trees, each grown until `depth` or an early leaf; nodes of a tree depth first."""
    rng = random.Random(seed)
    nodes = []

    def grow(level):
        place = len(nodes)
        nodes.append([0, 0.0, -1, -1, rng.gauss(0, 1)])
        if level < depth and rng.random() < 0.9:
            left, right = grow(level + 1), grow(level + 1)
            nodes[place][:4] = [rng.randrange(width), rng.choice((-1, 0, 0.5, 1)), left, right]
        return place

    roots = [grow(0) for _ in range(count)]
    names = ("feature", "threshold", "left", "right", "value")
    columns = dict(zip(names, map(np.array, zip(*nodes, strict=True)), strict=True))
    np.savez(path, root=np.array(roots), **columns, **more)
    return path


def bits(answer):
    return answer[0], struct.pack("<d", answer[1])


def rows(seed, width, count):
    """Random rows, some on the thresholds exactly."""
    rng = random.Random(seed)
    for _ in range(count):
        yield [rng.choice((-1.0, 0.0, 0.5, rng.gauss(0, 2))) for _ in range(width)]


@both
def test_no_model(backend):
    assert probe("model", Backend(backend)).ok
    none = load("model", Backend(backend)).Model(ModelSpec(), 3)
    assert none.score([1.0, 2.0, 3.0]) == (Code.MODEL_NONE, 0.0)
    assert none.score([math.nan]) == (Code.MODEL_NONE, 0.0)


@pytest.mark.parametrize(
    ("sizes", "activations"),
    [
        ((1, 1), (0,)),
        ((3, 1), (2,)),
        ((5, 7, 2), (1, 0)),
        ((8, 8, 8, 8), (2, 1, 0)),
        ((6, 33, 40, 3), (1, 2, 2)),
        ((32, 64, 32, 3), (1, 1, 0)),
        ((4, 31, 65), (2, 1)),
        ((2, 3, 3, 3, 3, 3, 3, 3, 1), (1, 2, 1, 2, 1, 2, 1, 0)),
        ((5, 9, 3), (3, 4)),
        ((4, 17, 1), (3, 3)),
        ((4, 40), (4,)),
        ((3, 1), (4,)),
    ],
)
def test_native_dense_equals_reference(tmp_path, sizes, activations):
    for output in {0, sizes[-1] - 1}:
        path = dense_file(tmp_path / "m.npz", sizes, activations, sum(sizes), output)
        pair = [model(backend, path, "dense", sizes[0]) for backend in BACKENDS]
        for row in rows(1, sizes[0], 6):
            assert bits(pair[0].score(row)) == bits(pair[1].score(row))


@pytest.mark.parametrize("kernel", ["base", "avx2", "avx512f"])
def test_every_instruction_set_gives_the_same_bits(tmp_path, kernel):
    path = dense_file(tmp_path / "m.npz", (7, 70, 33, 3), (2, 3, 4))
    reference, native = (model(backend, path, "dense", 7) for backend in BACKENDS)
    assert not native.use_kernel("none")
    if not native.use_kernel(kernel):
        pytest.skip(f"this processor lacks {kernel}")
    assert native.kernel == kernel
    for row in rows(9, 7, 20):
        assert bits(reference.score(row)) == bits(native.score(row))


@pytest.mark.parametrize("count", [1, 7, 8, 9, 40])
@pytest.mark.parametrize(
    "more", [{}, {"average": np.array(1), "base": np.array(0.1)}, {"sigmoid": np.array(1)}]
)
def test_native_trees_equal_reference(tmp_path, count, more):
    for depth in (0, 1, 3, 6):
        path = trees_file(tmp_path / "m.npz", 5, count, depth, count + depth, **more)
        pair = [model(backend, path, "trees", 5) for backend in BACKENDS]
        for row in rows(depth, 5, 12):
            assert bits(pair[0].score(row)) == bits(pair[1].score(row))


@settings(derandomize=True, deadline=None, max_examples=25)
@given(
    row=st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), min_size=4, max_size=4)
)
def test_any_row_gives_the_same_answer(tmp_path_factory, row):
    folder = tmp_path_factory.mktemp("models")
    dense = dense_file(folder / "d.npz", (4, 9, 2), (1, 2))
    linear = dense_file(folder / "l.npz", (4, 2, 1), (1, 0))
    classes = dense_file(folder / "c.npz", (4, 6, 3), (3, 4))
    trees = trees_file(folder / "t.npz", 4, 9, 4)
    chance = trees_file(folder / "p.npz", 4, 9, 4, sigmoid=np.array(1))
    dense_files = ((dense, "dense"), (linear, "dense"), (classes, "dense"))
    for path, kind in (*dense_files, (trees, "trees"), (chance, "trees")):
        one, two = (model(backend, path, kind, 4).score(row) for backend in BACKENDS)
        assert bits(one) == bits(two)
        if not all(map(math.isfinite, row)):
            assert one == (Code.MODEL_NOT_FINITE, 0.0)


@both
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_no_score_from_a_row_that_is_not_finite(backend, tmp_path, bad):
    dense = dense_file(tmp_path / "d.npz", (5, 3, 1), (1, 0))
    trees = trees_file(tmp_path / "t.npz", 5, 3, 3)
    for path, kind in ((dense, "dense"), (trees, "trees")):
        m = model(backend, path, kind, 5)
        for place in range(5):
            row = [0.0] * 5
            assert m.score(row)[0] == Code.OK
            row[place] = bad
            assert m.score(row) == (Code.MODEL_NOT_FINITE, 0.0)


@both
def test_no_score_when_the_result_overflows(backend, tmp_path):
    np.savez(
        tmp_path / "d.npz",
        weight_0=np.full((2, 2), 1e300),
        bias_0=np.zeros(2),
        weight_1=np.array([[1.0], [-1.0]]),
        bias_1=np.zeros(1),
        activation=np.array([1, 0]),
    )
    m = model(backend, tmp_path / "d.npz", "dense", 2)
    assert m.score([1e10, 1.0]) == (Code.MODEL_NOT_FINITE, 0.0)
    assert m.score([1.0, 1.0]) == (Code.OK, 0.0)


@both
def test_another_width_has_no_score(backend, tmp_path):
    path = trees_file(tmp_path / "t.npz", 3, 2, 2)
    m = model(backend, path, "trees", 3)
    for row in ([], [1.0] * 2, [1.0] * 4, [1.0] * 100):
        assert m.score(row) == (Code.MODEL_SHAPE, 0.0)


@both
def test_wrong_files_are_refused(backend, tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        model(backend, tmp_path / "absent.npz", "dense", 3)
    with pytest.raises(ConfigError, match=r"model\.kind"):
        model(backend, "", "onyx", 3)


@both
def test_state_names_the_model(backend, tmp_path):
    other = BACKENDS[1 - BACKENDS.index(backend)]
    path = dense_file(tmp_path / "d.npz", (5, 3, 1), (1, 0))
    one, two = model(backend, path, "dense", 5), model(other, path, "dense", 5)
    data = one.export_state()
    assert len(data) == 12
    assert data[:4] == struct.pack("<I", 1)
    assert two.export_state() == data
    two.import_state(data)
    changed = model(other, dense_file(tmp_path / "e.npz", (5, 3, 1), (2, 0)), "dense", 5)
    for m, wrong in ((changed, data), (two, data[:-1]), (two, struct.pack("<I", 2) + data[4:])):
        with pytest.raises(DataError):
            m.import_state(wrong)
