"""Covariance of a block of returns: the bits of the engine's covariance, and numpy's sum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.errors import ConfigError, DataError
from tickpath.devices.gpu.batch_covariance import (
    ASSETS_MAX,
    ROWS_A_THREAD,
    CovarianceRows,
    covariance_rows,
)
from tickpath.devices.gpu.selftest_risk import return_block
from tickpath.hot.risk.portfolio import full
from tickpath.hot.risk.portfolio.covariance import Covariance


def walked(
    generator: np.random.Generator, times: int, assets: int, silent: float
) -> tuple[Covariance, np.ndarray]:
    """An engine's covariance after prices from interval 0 on, and the returns that it saw."""
    engine = Covariance(assets, 0.9)
    held = np.full(assets, 100.0)
    returns = np.full((times, assets), np.nan)
    for i in range(assets):
        engine.update(i, held[i], 0)
    for t in range(times):
        for i in range(assets):
            if generator.random() < silent:
                continue
            price = held[i] * (1.0 + 0.01 * generator.normal())
            returns[t, i] = (price - held[i]) / held[i]
            held[i] = price
            engine.update(i, price, t + 1)
    return engine, returns


@pytest.mark.parametrize(("assets", "silent"), [(1, 0.0), (2, 0.3), (5, 0.0), (7, 0.6)])
def test_rows_have_the_bits_of_the_engine(assets: int, silent: float) -> None:
    engine, returns = walked(np.random.default_rng(assets), 60, assets, silent)
    image = engine.image()
    found = covariance_rows(returns, 0.9)
    assert found.rows.tobytes() == image.rows.tobytes()
    assert found.sampled.tolist() == image.sampled.tolist()
    image.rows, image.sampled = found
    np.testing.assert_array_equal(
        full.covariance_matrix(image), full.covariance_matrix(engine.image())
    )


def test_rows_are_swept_when_the_engine_sweeps_them() -> None:
    """Over interval 1024: two assets move once and then stand still until all has decayed."""
    engine, returns = Covariance(2, 0.8), np.zeros((2100, 2))
    returns[0] = 0.01, -0.02
    for i in range(2):
        engine.update(i, 1.0, 0)
    for t in range(2100):
        for i, price in enumerate((1.01, 0.98)):
            engine.update(i, price, t + 1)
    returns[0] = (1.01 - 1.0) / 1.0, (0.98 - 1.0) / 1.0
    found = covariance_rows(returns, 0.8).rows
    assert found.tobytes() == engine.image().rows.tobytes()
    assert not found.any()
    assert covariance_rows(returns[:2040], 0.8).rows.all(where=[[True, False], [True, True]])


def test_the_matrix_is_the_weighted_sum_of_products() -> None:
    generator = np.random.default_rng(3)
    returns = generator.normal(0.0, 0.01, (200, 6))
    rows = covariance_rows(returns, 0.97).rows
    weights = 0.03 * 0.97 ** np.arange(199, -1, -1)
    want = (returns * weights[:, None]).T @ returns
    np.testing.assert_allclose(rows, np.tril(want), rtol=1e-10, atol=1e-18)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 6), st.integers(1, 30), st.integers(1, 30), st.integers(0, 10**9))
def test_a_block_may_be_cut(assets: int, left: int, right: int, seed: int) -> None:
    block = return_block(np.random.default_rng(seed), left + right, assets)
    whole = covariance_rows(block, 0.9, 1000)
    first = covariance_rows(block[:left], 0.9, 1000)
    second = covariance_rows(block[left:], 0.9, 1000 + left, first)
    assert second.rows.tobytes() == whole.rows.tobytes()
    assert second.sampled.tolist() == whole.sampled.tolist()


def test_what_is_refused() -> None:
    good = np.zeros((3, 2))
    late = CovarianceRows(np.zeros((2, 2)), np.array([0, 5]))
    for faulty in (
        lambda: covariance_rows(np.zeros(3), 0.9),
        lambda: covariance_rows(np.zeros((1, ASSETS_MAX + 1)), 0.9),
        lambda: covariance_rows(good - 1.5, 0.9),
        lambda: covariance_rows(good, 0.9, -1),
        lambda: covariance_rows(good, 0.9, 5, late),
        lambda: covariance_rows(good, 0.9, 9, CovarianceRows(np.zeros((3, 3)), late.sampled)),
        lambda: covariance_rows(good, 0.9, 9, CovarianceRows(late.rows * np.nan, late.sampled)),
    ):
        with pytest.raises(DataError):
            faulty()
    with pytest.raises(ConfigError, match="decay"):
        covariance_rows(good, 0.5)
    assert ROWS_A_THREAD == 4
