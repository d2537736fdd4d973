"""Networks of PyTorch: the file says what they say, and a training repeats itself."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tickpath.core.backend import Backend
from tickpath.core.errors import ConfigError, DataError
from tickpath.hot.model.arrays import dense_of
from tickpath.hot.model.compile import metadata, read, tables
from tickpath.ml.export import exported
from tickpath.ml.fit import Recipe, fit
from tickpath.ml.parity import demand, has_native, native_scores, parity
from tickpath.ml.quantise import judged, quantise
from tickpath.ml.samples import Samples
from tickpath.ml.validate import held_back

for module in ("onnx", "onnxruntime"):
    pytest.importorskip(module, reason="extra `ml` is not installed")
S = 1_000_000_000


def samples(kind, count=900):
    """A bend that no straight line follows; a column that never changes, one of small numbers."""
    random = np.random.default_rng(4)
    rows = random.normal(size=(count, 3)) * [1.0, 1e-6, 0.0] + [60_000.0, 0.0, 7.0]
    wanted = 40.0 * np.abs(rows[:, 0] - 60_000.0) - 32.0 + 4.0 * random.normal(size=count)
    wanted = wanted if kind == "return" else (wanted > 0).astype(np.float64)
    return Samples(("a", "b", "c"), np.arange(count) * S, rows, wanted, kind, 5 * S, "bbo")


@pytest.mark.slow
@pytest.mark.parametrize("target", ["return", "up"])
def test_a_file_of_an_mlp_says_what_pytorch_says(tmp_path, target):
    torch = pytest.importorskip("torch", reason="no CPU build of PyTorch")
    made = samples(target)
    recipe = Recipe(kind="mlp", hidden=(16, 8))
    threads = torch.get_num_threads()
    model = fit(made, recipe)
    assert torch.get_num_threads() == threads
    data = exported(model, made)
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    expected = model.predict(made.rows)
    found = parity(path, made.rows, expected, 0.5 if target == "up" else 0.0)
    demand(found, path)
    assert max(entry.worst for entry in found) < 1e-8 * max(1.0, np.abs(expected).max())
    assert np.corrcoef(expected, made.target)[0, 1] > 0.7
    assert exported(fit(made, recipe), made) == data
    said = metadata(read(str(path), "m"))
    assert said["tickpath.kind"] == "mlp"
    assert json.loads(said["tickpath.libraries"])["torch"] == torch.__version__
    assert len(json.loads(said["tickpath.scaling"])["mean"]) == 3
    changed = made.rows.copy()
    changed[:, 2] += 1000.0
    assert np.array_equal(model.predict(changed), expected), "a column that taught nothing"


def windows(kind, window, count=600):
    """The sign of the oldest row decides what the newest one means."""
    plain = samples(kind, count + window - 1)
    rows = np.lib.stride_tricks.sliding_window_view(plain.rows, window, axis=0).transpose(0, 2, 1)
    wanted = 20.0 * (rows[:, -1, 0] - 60_000.0) * np.sign(rows[:, 0, 1])
    wanted = wanted if kind == "return" else (wanted > 0).astype(np.float64)
    return replace(
        plain, t_ns=plain.t_ns[window - 1 :], rows=np.ascontiguousarray(rows), target=wanted,
        oldest_ns=plain.t_ns[:count],
    )  # fmt: skip


FORMS = [("lstm", 5, (8,)), ("lstm", 4, (8, 4)), ("tcn", 4, (8,))]


@pytest.mark.slow
@pytest.mark.parametrize("target", ["return", "up"])
@pytest.mark.parametrize(("kind", "window", "hidden"), FORMS)
def test_a_file_of_windows_says_what_pytorch_says(tmp_path, kind, window, hidden, target):
    pytest.importorskip("torch", reason="no CPU build of PyTorch")
    made = windows(target, window)
    recipe = Recipe(kind=kind, hidden=hidden)
    model = fit(made, recipe)
    data = exported(model, made)
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    expected = model.predict(made.rows)
    native = has_native(path, 3)
    assert native == (kind != "tcn")
    found = parity(path, made.rows, expected, 0.5 if target == "up" else 0.0, native=native)
    others = ["onnxruntime", "library", "reference"]
    assert [p.other for p in found] == (others if native else others[:2])
    demand(found, path)
    if target == "up":
        assert exported(fit(made, recipe), made) == data
    said = metadata(read(str(path), "m"))
    assert (said["tickpath.kind"], said["tickpath.window"]) == (kind, str(window))
    turned = model.predict(made.rows[:, ::-1].copy())
    assert np.abs(turned - expected).max() > 1e-3 * np.abs(expected).max()
    changed = made.rows.copy()
    changed[:, :, 2] += 1000.0
    assert np.abs(model.predict(changed) - expected).max() == 0.0


@pytest.mark.slow
def test_a_tcn_finds_what_single_rows_do_not_say():
    pytest.importorskip("torch", reason="no CPU build of PyTorch")
    made = windows("return", 4, 3000)
    learn, stop = held_back(made, 0)
    found = fit(learn, Recipe(kind="tcn")).predict(stop.rows)
    assert np.corrcoef(found, stop.target)[0, 1] > 0.5


@pytest.mark.parametrize(
    ("kind", "window", "hidden", "words"),
    [
        ("tcn", 6, (8,), "a window of 2, 4, 8"),
        ("tcn", 4, (8, 8), "one number of channels"),
        ("tcn", 1, (8,), "a window of 2, 4, 8"),
        ("lstm", 4, (0,), "hidden layers"),
        ("mlp", 4, (8,), "windows are for lstm and tcn"),
        ("lstm", 0, (8,), "windows are for lstm and tcn"),
    ],
)
def test_windows_that_cannot_be_are_refused(kind, window, hidden, words):
    made = windows("return", window) if window else samples("return")
    with pytest.raises(ConfigError, match=words):
        fit(made, Recipe(kind=kind, hidden=hidden))


@pytest.mark.slow
def test_another_seed_is_another_network():
    pytest.importorskip("torch", reason="no CPU build of PyTorch")
    made = samples("return", 600)
    one, two = (fit(made, Recipe(kind="mlp", seed=s)).predict(made.rows) for s in (1, 2))
    assert np.abs(one - two).max() > 1e-3


def test_the_rows_that_stop_a_training_lie_behind_a_purge():
    made = samples("up", 1500)
    learn, stop = held_back(made, 3 * S)
    assert learn.t_ns[-1] + made.horizon_ns + 3 * S < stop.t_ns[0]
    assert stop.t_ns[-1] == made.t_ns[-1]
    assert len(learn.rows) > 4 * len(stop.rows) > 400
    with pytest.raises(DataError, match="rows to learn from, 50 are needed"):
        held_back(made, 1500 * S)
    with pytest.raises(DataError, match="to decide when to stop"):
        held_back(samples("up", 300), 0)


@pytest.mark.parametrize("hidden", [(), (0,), (513,), (4,) * 8])
def test_layers_that_cannot_be_are_refused(hidden):
    with pytest.raises(ConfigError, match="hidden layers"):
        fit(samples("up", 600), Recipe(kind="mlp", hidden=hidden))


@pytest.mark.slow
def test_values_beyond_all_measure_are_refused():
    pytest.importorskip("torch", reason="no CPU build of PyTorch")
    made = samples("return", 600)
    made.rows[:, 0] *= np.where(np.arange(600) % 2, 1e-300, 1e300)
    with pytest.raises(DataError, match="beyond all measure"):
        fit(made, Recipe(kind="mlp"))


@pytest.mark.slow
def test_an_mlp_of_one_hidden_layer_fits_a_bank(tmp_path):
    pytest.importorskip("torch", reason="no CPU build of PyTorch")
    made = samples("up")
    path = tmp_path / "m.onnx"
    path.write_bytes(exported(fit(made, Recipe(kind="mlp")), made))
    kind, arrays = tables(str(path), 3, "m")
    assert kind == "dense"
    learn, stop = held_back(made, 0)
    bank = quantise(dense_of(arrays, 3, "m"), learn.rows, 0.1, "m")
    report = judged(bank, native_scores(path, stop.rows, Backend.NATIVE), stop.rows, stop.t_ns, 0.1)
    assert report.error_max < 1e-4
    assert report.decided > 50 > report.flipped == 0
