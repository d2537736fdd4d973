"""The bank decides what the model decides, and the report finds every row where it does not."""

import math

import numpy as np
import pytest

from tickpath.core.errors import ConfigError, VerificationError
from tickpath.hot.model.arrays import IDENTITY, RELU, SIGMOID, TANH, DenseLayer, DenseModel
from tickpath.hot.model.reference import dense_score
from tickpath.hot.strategy.bank import INPUTS_MAX, WEIGHT_MAX, WIDE_MAX, Bank
from tickpath.ml.bank_file import Wanted, demand
from tickpath.ml.quantise import decisions_of, judged, quantise


def model(seed, activations=(SIGMOID,), units=8, size=1.0, columns=5):
    """Columns of very different sizes before random layers."""
    random = np.random.default_rng(seed)
    spread = 10.0 ** random.uniform(-6, 4, columns)
    mean, width, layers = random.normal(size=columns) * spread * 3, columns, []
    for k, activation in enumerate(activations):
        outputs = 1 if k == len(activations) - 1 else units
        weight = random.normal(size=(width, outputs)) * size / math.sqrt(width)
        bias = random.normal(size=outputs) * 0.3 * size
        layers.append(DenseLayer(weight=weight, bias=bias, activation=activation))
        width = outputs
    return DenseModel(mean=mean, scale=1 / spread, layers=tuple(layers), output=0)


def rows_of(found, seed, count=400):
    random = np.random.default_rng(seed + 100)
    return random.standard_t(4, size=(count, found.width)) / found.scale + found.mean


FORMS = [(SIGMOID,), (IDENTITY,), (RELU, SIGMOID), (RELU, IDENTITY)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_the_bank_says_what_the_model_says(form, size):
    made = model(3, form, size=size)
    chance = form[-1] == SIGMOID
    edge = 0.1 if chance else 0.3 * size ** len(form)
    found = quantise(made, rows_of(made, 1), edge, "m")
    rows = rows_of(made, 2)
    scores = np.array([dense_score(made, row) for row in rows.tolist()])
    report = judged(found, scores, rows, np.arange(len(rows)), edge)
    most = 1.0 if chance else np.abs(scores).max()
    assert report.rows == 400
    assert (
        0.0
        < report.error_mean
        <= report.error_max
        < 3e-5 * most * (max(size, 1e-3) if chance else 1)
    )
    near = np.abs(np.abs(scores - (0.5 if chance else 0.0)) - edge) < 2 * report.error_max
    assert report.flipped <= near.sum()
    assert [f.row for f in report.flips] == np.flatnonzero(
        found.decisions(rows) != decisions_of(scores, 0.5 if chance else 0.0, edge)
    ).tolist()
    again = Bank.from_bytes(found.bank.to_bytes())
    plain = [again.signals(row)[0] for row in rows[:50].tolist()]
    assert plain == found.decisions(rows[:50]).tolist()
    if size == 1.0:
        assert report.decided > 50


def test_a_flip_is_listed_and_too_many_are_refused():
    made = model(5)
    rows = rows_of(made, 1)
    scores = np.array([dense_score(made, row) for row in rows.tolist()])
    found = quantise(made, rows, 0.1, "m")
    wrong = scores.copy()
    (at,) = np.flatnonzero(scores >= 0.6)[:1]
    wrong[at] = 0.5
    report = judged(found, wrong, rows, np.arange(len(rows)) * 7, 0.1)
    (flip,) = report.flips
    assert (flip.row, flip.t_ns, flip.decision, flip.bank_decision) == (at, at * 7, 0, 1)
    assert flip.score == 0.5
    assert flip.bank_score == pytest.approx(scores[at], abs=1e-5)
    assert report.flips_ppm == 2500.0
    demand(report, Wanted(edge=0.1, flips_ppm_max=2500))
    demand(report, Wanted(edge=0.1, flips_ppm_max=None))
    with pytest.raises(VerificationError, match=r"1 of 400 rows \(2500 ppm\).*--allow-flips"):
        demand(report, Wanted(edge=0.1, flips_ppm_max=2499))


@pytest.mark.parametrize("form", FORMS)
def test_numbers_fit_their_bits_whatever_the_bias(form):
    made = model(1, form, size=1e-9)
    for layer in made.layers:
        layer.bias[:] = 1e6
    bank = quantise(made, rows_of(made, 1), 0.2, "m").bank
    assert max(abs(w) for row in bank.weights for w in row) <= WEIGHT_MAX
    assert abs(bank.bias[0]) <= WIDE_MAX
    assert bank.sell[0] < 0 < bank.buy[0]


@pytest.mark.parametrize(
    "made",
    [
        model(1, (TANH, SIGMOID)),
        model(1, (RELU, RELU, SIGMOID)),
        model(1, (RELU, SIGMOID), units=INPUTS_MAX + 1),
        model(1, columns=INPUTS_MAX + 1),
        model(1, (TANH,)),
    ],
)
def test_other_forms_are_refused(made):
    with pytest.raises(ConfigError, match="m: a bank holds one layer"):
        quantise(made, rows_of(made, 1), 0.1, "m")


@pytest.mark.parametrize("edge", [0.0, -0.1, 0.5, math.nan])
def test_an_edge_outside_its_range_is_refused(edge):
    made = model(1)
    with pytest.raises(ConfigError, match=r"edge .*: above 0, below 0.5"):
        quantise(made, rows_of(made, 1), edge, "m")
