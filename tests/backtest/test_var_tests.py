"""Back-tests of VaR against published examples, scipy, and sequences that are right or wrong.

Sources: Kupiec (1995) table of non-rejection regions as in Jorion, Value at Risk (2nd ed.), table
6-2; Jorion's J.P. Morgan example (1998: 252 days, 20 exceptions at 95 %, 6 of them behind another)
and his exercise of 6 exceptions at 99 %, 4 behind another; MathWorks Risk Management Toolbox,
varbacktest pof, cci and cc on VaRBacktestData, Normal95.
"""

import random

import pytest
from scipy import stats

from tickpath.backtest import var_tests
from tickpath.core.errors import DataError

KUPIEC = {
    (255, 0.01): (None, 7), (255, 0.025): (2, 12), (255, 0.05): (6, 21), (255, 0.075): (11, 28),
    (255, 0.1): (16, 36), (510, 0.01): (1, 11), (510, 0.025): (6, 21), (510, 0.05): (16, 36),
    (510, 0.075): (27, 51), (510, 0.1): (38, 65), (1000, 0.01): (4, 17), (1000, 0.025): (15, 36),
    (1000, 0.05): (37, 65), (1000, 0.075): (59, 92), (1000, 0.1): (81, 120),
}  # fmt: skip
"""(days, tail): the model is kept at 95 % for more exceptions than the first, fewer than the
second."""


@pytest.mark.parametrize(("days", "tail"), KUPIEC)
def test_kupiec_regions(days: int, tail: float) -> None:
    low, high = KUPIEC[days, tail]
    kept = [
        n for n in range(1, days) if var_tests.proportion_of_failures(days, n, tail).p_value > 0.05
    ]
    assert kept == list(range(1 if low is None else low + 1, high))


def test_jorion_j_p_morgan() -> None:
    rate = var_tests.proportion_of_failures(252, 20, 0.05)
    alone = var_tests.independence(218, 14, 14, 6)
    assert rate.ratio == pytest.approx(3.91, abs=0.005)
    assert alone.ratio == pytest.approx(9.53, abs=0.005)
    assert rate.p_value < 0.05
    assert alone.p_value < 0.05


def test_jorion_exercise() -> None:
    assert var_tests.proportion_of_failures(252, 6, 0.01).ratio == pytest.approx(3.498, abs=0.001)
    assert var_tests.independence(244, 2, 2, 4).ratio == pytest.approx(25.837, abs=0.001)


def test_mathworks_normal95() -> None:
    rate = var_tests.proportion_of_failures(1043, 57, 0.05)
    alone = var_tests.independence(932, 53, 53, 4)
    assert rate.ratio == pytest.approx(0.46147, abs=5e-6)
    assert rate.p_value == pytest.approx(0.49694, abs=5e-6)
    assert alone.ratio == pytest.approx(0.25866, abs=5e-6)
    assert alone.p_value == pytest.approx(0.61104, abs=5e-6)
    hits = sequence(932, 53, 53, 4)
    assert var_tests.transitions(hits) == (932, 53, 53, 4)
    found = var_tests.coverage(hits, 0.05)
    assert (found.periods, found.exceptions) == (1043, 57)
    assert found.conditional.ratio == pytest.approx(0.72013, abs=5e-6)
    assert found.conditional.p_value == pytest.approx(0.69763, abs=5e-6)


def sequence(t00: int, t01: int, t10: int, t11: int) -> list[bool]:
    """Flags with these transitions, from none to none."""
    assert t01 == t10
    hits = [False] * (t00 + 1)
    for k in range(t01):
        hits += [True] * (1 + (t11 if k == 0 else 0)) + [False]
    return hits


@pytest.mark.parametrize("degrees", [1, 2])
def test_tails_equal_scipy(degrees: int) -> None:
    for x in (0.0, 1e-9, 0.1, 1.0, 3.841458820694124, 5.991464547107979, 30.0, 700.0):
        want = stats.chi2.sf(x, degrees)
        assert var_tests.chi_square_tail(x, degrees) == pytest.approx(want, rel=1e-12)
    with pytest.raises(DataError, match="degrees"):
        var_tests.chi_square_tail(1.0, 3)


def test_ratios_equal_scipy_likelihoods() -> None:
    for n, x, p in ((500, 10, 0.01), (250, 1, 0.01), (1000, 80, 0.05), (60, 59, 0.5)):
        free = stats.binom.logpmf(x, n, x / n)
        want = 2 * (free - stats.binom.logpmf(x, n, p))
        assert var_tests.proportion_of_failures(n, x, p).ratio == pytest.approx(want, rel=1e-9)


def test_no_exception_and_nothing_but_exceptions() -> None:
    none = var_tests.coverage([False] * 250, 0.01)
    assert none.proportion.ratio == pytest.approx(5.025, abs=0.001)
    assert none.independence.ratio == 0.0
    assert none.independence.p_value == 1.0
    every = var_tests.coverage([True] * 250, 0.01)
    assert every.proportion.p_value < 1e-100
    assert every.independence.ratio == 0.0


def test_a_right_figure_is_kept_and_a_wrong_one_is_not() -> None:
    """2 000 sequences of a right model: about one in twenty is refused."""
    rng = random.Random(1)
    refused = 0
    for _ in range(2000):
        hits = [rng.random() < 0.05 for _ in range(500)]
        refused += var_tests.coverage(hits, 0.05).proportion.p_value < 0.05
    assert 60 < refused < 140
    twice = [rng.random() < 0.1 for _ in range(1000)]
    assert var_tests.coverage(twice, 0.05).proportion.p_value < 1e-6
    bunched = [k % 100 < 5 for k in range(1000)]
    found = var_tests.coverage(bunched, 0.05)
    assert found.proportion.p_value == 1.0
    assert found.independence.p_value < 1e-10
    assert found.conditional.p_value < 1e-9


def test_exceptions_of_profits() -> None:
    profits, figures = [-3.0, -2.0, 5.0, -9.0], [2.0, 2.0, 2.0, None]
    assert var_tests.exceptions_of(profits, figures) == [True, False, False]


def test_nonsense_is_refused() -> None:
    for periods, exceptions, tail in ((0, 0, 0.01), (10, 11, 0.01), (10, -1, 0.01), (10, 1, 0.0),
                                      (10, 1, 1.0), (10, 1, float("nan"))):  # fmt: skip
        with pytest.raises(DataError, match="back-test"):
            var_tests.proportion_of_failures(periods, exceptions, tail)
    with pytest.raises(DataError, match="back-test"):
        var_tests.independence(0, 0, 0, 0)
    with pytest.raises(DataError, match="back-test"):
        var_tests.coverage([], 0.01)
