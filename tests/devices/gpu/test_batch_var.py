"""Paths of a portfolio: the generator's published answers, the deviates, profits against numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from tickpath.core.errors import DataError
from tickpath.devices.gpu import twin_risk
from tickpath.devices.gpu.batch_tail import BINS, tail_bins
from tickpath.devices.gpu.batch_var import (
    ASSETS_MAX,
    monte_carlo_var,
    path_profits,
    path_tail,
)
from tickpath.devices.gpu.selftest_risk import book
from tickpath.hot.risk.portfolio import monte_carlo

FULL = 0xFFFFFFFF
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((FULL,) * 4, (FULL,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
"""philox4x32 10 of kat_vectors, Random123 (Salmon et al. 2011)."""


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_gives_the_published_words(
    counter: tuple[int, ...], key: tuple[int, ...], words: tuple[int, ...]
) -> None:
    assert tuple(twin_risk.philox(counter, key)) == words


def bits_of(places: np.ndarray) -> np.ndarray:
    """Random bits whose 52 are the given ones."""
    return np.asarray(places, np.uint64) << np.uint64(12)


def test_a_deviate_is_that_of_its_probability() -> None:
    """Over the middle, both edges, the joints at 0.075 and e^-25, and the ends."""
    joint = int(0.075 * 2**52)
    generator = np.random.default_rng(1)
    places = np.unique(
        np.concatenate(
            [
                generator.integers(0, 2**51, 20_000),
                np.logspace(0, 51 * np.log10(2), 5000).astype(np.int64),
                np.arange(joint - 50, joint + 50),
                np.arange(int(np.exp(-25) * 2**52) - 50, int(np.exp(-25) * 2**52) + 50),
                np.arange(100),
            ]
        )
    )
    found = twin_risk.normal_of(bits_of(places))
    want = special.ndtri((places + 0.5) / 2.0**52)
    centre = places > 2**51 - 2**40
    np.testing.assert_allclose(found[~centre], want[~centre], rtol=2e-15)
    np.testing.assert_allclose(found[centre], want[centre], rtol=1e-12)
    mirrored = twin_risk.normal_of(bits_of(2**52 - 1 - places))
    assert (mirrored == -found).all()
    assert -8.3 < found.min() < -8.2


def test_random_bits_below_the_52_do_not_count() -> None:
    low = np.array([5, 5 | 4095 << 0], np.uint64)
    assert len(set(twin_risk.normal_of(low).tolist())) == 1


def test_the_deviates_are_normal_and_independent() -> None:
    z = twin_risk.normals(20250101, 3, 0, 50_000, 4)
    n = z.size
    for power, mean, spread in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((z**power).mean() - mean) < 4 * np.sqrt(spread / n), power
    assert stats.kstest(z.ravel(), "norm").pvalue > 0.001
    rho = np.corrcoef(z.T)[np.triu_indices(8, 1)]
    assert np.abs(rho).max() < 4.5 / np.sqrt(len(z))
    assert abs(np.corrcoef(z[:-1, 0], z[1:, 0])[0, 1]) < 4 / np.sqrt(len(z))


@pytest.mark.parametrize("assets", [1, 2, 3, 4, 5, 64, ASSETS_MAX])
def test_profits_are_those_of_numpy(assets: int) -> None:
    generator = np.random.default_rng(assets)
    factor, exposures, inverse = book(generator, assets)
    z = twin_risk.normals(7, 9, 100, 500, (assets + 1) // 2)[:, :assets]
    change = np.maximum(z @ factor.T, -0.999999)
    want = np.where(inverse, change / (1 + change), change) @ exposures
    found = path_profits(factor, exposures, inverse, 500, (7, 9), 100)
    scale = np.abs(np.where(inverse, change / (1 + change), change)) @ np.abs(exposures)
    assert (np.abs(found - want) <= 1e-10 * scale).all()


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 9), st.integers(0, 40), st.integers(0, 40), st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
)  # fmt: skip
def test_paths_may_be_shared_out(assets: int, left: int, right: int, seed: int, run: int) -> None:
    given = book(np.random.default_rng(assets), assets)
    whole = path_profits(*given, left + right, (seed, run), 5)
    parts = (path_profits(*given, left, (seed, run), 5),
             path_profits(*given, right, (seed, run), 5 + left))  # fmt: skip
    assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_every_form_of_the_processor_gives_the_same_bits() -> None:
    found = set()
    for form in ("base", "avx2", "avx512", None):
        try:
            profits = twin_risk.paths(
                np.linspace(-1, 1, 16), np.ones(4), np.array([0, 1, 0, 1], np.int32),
                4, 1, 2, 3, 1001, form,
            )  # fmt: skip
        except ValueError:
            continue
        found.add(profits.tobytes())
    assert len(found) == 1


def test_streams_differ_by_seed_run_and_path() -> None:
    words = {}
    for seed, run, path in ((1, 0, 0), (2**32, 0, 0), (0, 1, 0), (0, 2**32, 0), (0, 0, 1)):
        words[seed, run, path] = twin_risk.normals(seed, run, path, 1, 2).tobytes()
    assert len(set(words.values())) == 5
    factor, one = [[0.01]], [1.0]
    assert (
        path_profits(factor, one, None, 9, 4) == path_profits(factor, one, None, 9, (4, 0))
    ).all()


def test_the_figures_are_those_of_the_risk_stage() -> None:
    matrix = np.array([[4e-4, 1e-4], [1e-4, 2e-4]])
    exposures, inverse = np.array([1e6, -3e5]), np.array([False, True])
    want = monte_carlo.simulate(matrix, exposures, inverse, 990_000, 1, 5000, (3, 4))
    found = monte_carlo_var(exposures, np.linalg.cholesky(matrix), 5000, (3, 4), 990_000, inverse)
    assert want is not None
    assert found == (want.at_risk, want.shortfall)
    assert found[1] > found[0] > 0


def test_the_tail_is_the_smallest_of_the_profits() -> None:
    given = book(np.random.default_rng(6), 3)
    profits = np.sort(path_profits(*given, 1001, 5))
    for count in (1, 10, 1001):
        assert path_tail(*given, 1001, 5, count).tobytes() == profits[:count].tobytes()


@settings(max_examples=100, deadline=None)
@given(st.floats(), st.floats())
def test_bins_are_in_the_order_of_the_numbers(left: float, right: float) -> None:
    one, two = tail_bins(np.array([left, right]))
    assert min(one, two) >= 0
    assert max(one, two) < BINS
    if left < right:
        assert one <= two
    if np.isnan(left):
        assert one == BINS - 1


def test_what_is_refused() -> None:
    factor, money = np.eye(2), np.ones(2)
    for faulty in (
        lambda: path_profits(np.eye(3), money, None, 1, 1),
        lambda: path_profits(np.ones((2, 2)), money, None, 1, 1),
        lambda: path_profits(factor * np.nan, money, None, 1, 1),
        lambda: path_profits(factor, [1.0, np.inf], None, 1, 1),
        lambda: path_profits(factor, [], None, 1, 1),
        lambda: path_profits(factor, money, [True], 1, 1),
        lambda: path_profits(factor, money, None, -1, 1),
        lambda: path_profits(factor, money, None, 2**30, 1, 1),
        lambda: path_profits(factor, money, None, 1, -1),
        lambda: path_profits(factor, money, None, 1, (1, 2, 3)),
        lambda: path_profits(factor, money, None, 1, (1, 2**64)),
        lambda: path_profits(np.eye(257), np.ones(257), None, 1, 1),
        lambda: monte_carlo_var(money, factor, 0, 1, 990_000),
        lambda: path_tail(factor, money, None, 5, 1, 6),
        lambda: path_tail(factor, money, None, 5, 1, 0),
        lambda: monte_carlo_var(money, factor, 10, 1, 10**6),
    ):
        with pytest.raises(DataError):
            faulty()
