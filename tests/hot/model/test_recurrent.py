"""Recurrent networks: the formulas, native beside reference to the bit, the window, the state."""

import math
import struct
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent_models import plain, random_arrays, saved

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import ModelSpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.hot.model.recurrent import GRU, GRU_EARLY, LSTM, fma, sigmoid, tanh

BACKENDS = ("reference", "native")
both = pytest.mark.parametrize("backend", BACKENDS)
SHAPES = [
    ((LSTM,), (8, 32), 6),
    ((GRU,), (5, 20), 4),
    ((GRU_EARLY,), (5, 20), 4),
    ((LSTM,), (1, 1), 1),
    ((GRU, GRU_EARLY, LSTM), (3, 17, 16, 5), 5),
    ((LSTM, LSTM), (2, 33, 48), 3),
]


def model(backend, path, width):
    spec = ModelSpec(kind="recurrent", path=str(path))
    return load("model", Backend(backend)).Model(spec, width)


def bits(answer):
    return answer[0], struct.pack("<d", answer[1])


def rows_of(count, width, seed=3):
    return np.random.default_rng(seed).normal(size=(count, width))


def test_fma_rounds_once():
    """Beside exact arithmetic: products of 24 bits each, sums that cancel, ties, tiny results."""
    rng = np.random.default_rng(4)
    size = 20_000
    a, b = (
        (rng.normal(size=size) * 2.0 ** rng.integers(-30, 30, size)).astype(np.float32)
        for _ in range(2)
    )
    near = -(a.astype(np.float64) * b)
    c = (near * rng.choice([0.0, 1.0, 1 + 2**-23, 2.0**24, 2.0**-25], size)).astype(np.float32)
    found = fma(a, b, c)
    for k in range(0, size, 7):
        exact = fraction(a[k], b[k], c[k])
        away = abs(exact - fraction(found[k]))
        for side in (np.inf, -np.inf):
            beside = fraction(np.nextafter(found[k], np.float32(side)))
            assert away < abs(exact - beside) or (
                away == abs(exact - beside) and int(found[k].view(np.int32)) % 2 == 0
            )


def fraction(a, b=1.0, c=0.0):
    return Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))


def test_activation_errors_are_what_is_claimed():
    points = np.concatenate([np.linspace(-20, 20, 40_001), np.geomspace(1e-30, 9, 5000)])
    x = points.astype(np.float32)
    wide = x.astype(np.float64)
    assert np.abs(tanh(x) - np.tanh(wide)).max() < 3e-7
    assert np.abs(sigmoid(x) - 1 / (1 + np.exp(-wide))).max() < 2e-7
    assert np.array_equal(tanh(-x), -tanh(x))
    assert np.isnan(tanh(np.array([np.nan], dtype=np.float32))).all()


@pytest.mark.parametrize(("cells", "sizes", "steps"), SHAPES)
def test_backends_agree_and_follow_the_formulas(tmp_path, cells, sizes, steps):
    content = random_arrays(cells, sizes, steps)
    path = saved(tmp_path / "m.npz", content)
    pair = [model(backend, path, sizes[0]) for backend in BACKENDS]
    slow = model("native", path, sizes[0])
    assert slow.use_kernel("base")
    assert slow.kernel == "base"
    assert not slow.use_kernel("none")
    rows = rows_of(2 * steps + 3, sizes[0])
    for k, row in enumerate(rows.tolist()):
        one, two, three = pair[0].score(row), pair[1].score(row), slow.score(row)
        assert bits(one) == bits(two) == bits(three)
        if k < steps - 1:
            assert one == (Code.MODEL_COLD, 0.0)
        else:
            assert one[0] == Code.OK
            assert abs(one[1] - plain(content, rows[k - steps + 1 : k + 1])) < 5e-6


@both
@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e300])
def test_a_row_that_is_not_finite_empties_the_window(tmp_path, backend, bad):
    path = saved(tmp_path / "m.npz", random_arrays((GRU,), (2, 3), 3))
    m = model(backend, path, 2)
    assert m.steps == 3
    rows = rows_of(7, 2).tolist()
    codes = [m.score(row)[0] for row in rows[:3]]
    assert codes == [Code.MODEL_COLD, Code.MODEL_COLD, Code.OK]
    assert m.score([1.0, bad]) == (Code.MODEL_NOT_FINITE, 0.0)
    assert m.score([1.0]) == (Code.MODEL_SHAPE, 0.0)
    found = [m.score(row) for row in rows[3:]]
    assert [code for code, _ in found] == [*[Code.MODEL_COLD] * 2, *[Code.OK] * 2]
    fresh = model(backend, path, 2)
    assert [fresh.score(row) for row in rows[4:]][-1] == found[-1]


ANY = st.floats(allow_nan=True, allow_infinity=True, width=64)


@settings(derandomize=True, deadline=None, max_examples=10)
@given(rows=st.lists(st.lists(ANY, min_size=2, max_size=2), min_size=1, max_size=6))
def test_any_rows_give_the_same_answers(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("models")
    for cells in ((LSTM, GRU), (GRU_EARLY, LSTM)):
        content = random_arrays(cells, (2, 3, 2), 2)
        content["weight_0"] = content["weight_0"] * 1e30
        path = saved(folder / "m.npz", content)
        pair = [model(backend, path, 2) for backend in BACKENDS]
        for row in rows:
            one, two = (m.score(row) for m in pair)
            assert bits(one) == bits(two)
        assert pair[0].export_state() == pair[1].export_state()


def test_state_carries_the_window(tmp_path):
    path = saved(tmp_path / "m.npz", random_arrays((LSTM,), (3, 4), 4))
    pair = [model(backend, path, 3) for backend in BACKENDS]
    rows = rows_of(9, 3).tolist()
    for row in rows[:6]:
        scores = [m.score(row) for m in pair]
    states = [m.export_state() for m in pair]
    assert states[0] == states[1]
    assert len(states[0]) == 12 + 4 * 3 * 4
    swapped = [model(backend, path, 3) for backend in BACKENDS]
    for m, data in zip(swapped, states[::-1], strict=True):
        m.import_state(data)
    for row in rows[6:]:
        scores = [bits(m.score(row)) for m in (*pair, *swapped)]
        assert len(set(scores)) == 1
    empty = model("native", path, 3)
    empty.import_state(states[0][:12])
    assert empty.score(rows[0])[0] == Code.MODEL_COLD
    for wrong in (states[0][:-1], states[0] + bytes(12), states[0][:-4] + b"\xff" * 4):
        for m in swapped:
            with pytest.raises(DataError):
                m.import_state(wrong)


@pytest.mark.parametrize(("cells", "sizes", "steps"), SHAPES)
def test_what_is_left_for_later_changes_no_answer(tmp_path, cells, sizes, steps):
    """Done at once, never, or now and then; across a row that empties the window and a state."""
    path = saved(tmp_path / "m.npz", random_arrays(cells, sizes, steps))
    at_once, never, now_and_then = (model("native", path, sizes[0]) for _ in range(3))
    rows = rows_of(6 * steps + 6, sizes[0])
    rows[2 * steps + 1, 0] = math.nan
    random = np.random.default_rng(5)
    for k, row in enumerate(rows.tolist()):
        found = [bits(m.score(row)) for m in (at_once, never, now_and_then)]
        assert found[0] == found[1] == found[2]
        at_once.catch_up()
        for _ in range(int(random.integers(0, 3))):
            now_and_then.catch_up()
        if k == 4 * steps:
            now_and_then.import_state(never.export_state())
            now_and_then.use_kernel("base")
    assert found[0][0] == Code.OK
    assert at_once.export_state() == never.export_state() == now_and_then.export_state()


def test_weights_that_overflow_give_no_score(tmp_path):
    """Infinity from the row meets minus infinity from the units before."""
    content = random_arrays((GRU,), (1, 3), 1)
    content |= {"scale": np.ones(1), "mean": np.zeros(1), "hidden_0": np.ones(3)}
    content["weight_0"] = np.repeat([0.0, 3e38], [6, 3]).reshape(1, 9)
    content["recur_0"] = np.tile(np.repeat([0.0, -3e38], [6, 3]), (3, 1))
    path = saved(tmp_path / "m.npz", content)
    for backend in BACKENDS:
        assert model(backend, path, 1).score([3e38]) == (Code.MODEL_NOT_FINITE, 0.0)
        assert model(backend, path, 1).score([0.0])[0] == Code.OK


W = random_arrays((LSTM,), (3, 4), 5)
REFUSED = {
    "no steps": ({"steps": None}, "'steps' is missing"),
    "steps": ({"steps": np.array(LIMITS["model_steps_max"] + 1)}, "model_steps_max"),
    "none": ({"steps": np.array(0)}, "0 rows of the window"),
    "no cell": ({"cell": np.array([], dtype=int)}, "0 recurrent layers"),
    "cell": ({"cell": np.array([3])}, r"cell\[0\] is 3; 0 LSTM, 1 and 2 GRU"),
    "weight": ({"weight_0": np.ones((2, 16))}, r"weight_0 has shape \(2, 16\), \(3, 16\)"),
    "recur": ({"recur_0": np.ones((4, 12))}, r"recur_0 has shape \(4, 12\), \(4, 16\)"),
    "bias": ({"bias_0": np.ones(4)}, r"bias_0 has shape \(4,\), \(16,\)"),
    "hidden": ({"hidden_0": np.ones(5)}, r"hidden_0 has shape \(5,\), \(4,\)"),
    "infinite": ({"weight_0": np.full((3, 16), 1e39)}, "beyond the largest float32"),
    "nan": ({"bias_0": np.full(16, np.nan)}, "bias_0 holds a value"),
    "unknown": ({"wieght_0": np.ones(1)}, "did you mean"),
    "head": ({"head_weight_0": np.ones((5, 2))}, r"weight_0 has shape \(5, 2\), \(4, any\)"),
    "units": ({"recur_0": np.ones((600, 2400))}, "600 units of layer 0; limits.toml allows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_arrays_are_refused(tmp_path, case):
    changes, said = REFUSED[case]
    path = saved(tmp_path / "m.npz", {**W, **changes})
    with pytest.raises(ConfigError, match=said):
        model("native", path, 3)


def test_too_many_weights_are_refused(tmp_path):
    content = random_arrays((LSTM,), (3, 300), 2)
    with pytest.raises(ConfigError, match="model_weights_max"):
        model("native", saved(tmp_path / "m.npz", content), 3)
