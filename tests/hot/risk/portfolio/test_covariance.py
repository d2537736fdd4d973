"""The touched row: both backends bit for bit, any order of events, and against the definition."""

import math
import random
from typing import Any

import numpy as np
import pytest
from portfolio_support import BACKENDS, correlation, covariance_of, prices_of, weighted
from recorded_mids import NAMES, grid_of, mids_of

from tickpath.core.errors import ConfigError, DataError
from tickpath.hot.risk.portfolio import full
from tickpath.hot.risk.portfolio.covariance import FLOOR, power

BAR = 1e-10


@pytest.fixture(params=BACKENDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def feed(handle: Any, prices: np.ndarray, seed: int = 0) -> None:
    """Every asset once an interval, in an order that changes each time."""
    rng = random.Random(seed)
    order = list(range(prices.shape[1]))
    for interval, row in enumerate(prices):
        rng.shuffle(order)
        for asset in order:
            handle.update(asset, float(row[asset]), interval)


@pytest.mark.parametrize(("assets", "decay"), [(1, 0.94), (2, 0.97), (7, 0.99), (40, 0.9)])
def test_equals_the_definition_whatever_the_order(name: str, assets: int, decay: float) -> None:
    prices = prices_of(assets, 300, assets)
    want = weighted(prices, decay)
    for seed in range(3):
        handle = covariance_of(name, assets, decay)
        feed(handle, prices, seed)
        matrix = full.covariance_matrix(handle.image())
        np.testing.assert_allclose(matrix, want, rtol=BAR, atol=BAR * np.abs(want).max())
        np.testing.assert_allclose(full.correlations(matrix), correlation(want), atol=BAR)


def test_a_silent_asset_is_an_asset_that_did_not_move(name: str) -> None:
    """Samples left out: the definition with the last price carried on."""
    prices = prices_of(5, 200, 4)
    rng = random.Random(3)
    handle = covariance_of(name, 4, 0.97)
    carried = prices.copy()
    for interval in range(len(prices)):
        for asset in range(4):
            if interval > 0 and rng.random() < 0.4:
                carried[interval, asset] = carried[interval - 1, asset]
            else:
                handle.update(asset, float(prices[interval, asset]), interval)
    handle.update(0, float(carried[-1, 0]), len(prices) - 1)
    want = weighted(carried, 0.97)
    found = full.covariance_matrix(handle.image())
    np.testing.assert_allclose(found, want, rtol=1e-9, atol=BAR * np.abs(want).max())


def test_256_assets_bit_for_bit_on_every_kernel() -> None:
    prices = prices_of(11, 12, 256)
    plain = covariance_of("reference", 256, 0.94)
    feed(plain, prices)
    want = plain.export_state()
    used = []
    for kernel in ("base", "avx2", "avx512f"):
        native = covariance_of("native", 256, 0.94)
        if not native.use_kernel(kernel):
            continue
        used.append(native.kernel)
        feed(native, prices)
        assert native.export_state() == want
    assert used[0] == "base"
    assert not covariance_of("native", 1, 0.94).use_kernel("none")


def test_random_events_leave_the_same_bits() -> None:
    """Gaps, repeats, nonsense prices, intervals that go back; 20 000 events."""
    rng = random.Random(5)
    both = [covariance_of(n, 9, 0.85) for n in BACKENDS]
    interval = 0
    odd = [0.0, -1.0, math.nan, math.inf, -math.inf, 5e-324, 1.7e308]
    for _ in range(20_000):
        interval += rng.choice((0, 0, 0, 0, 0, 1, 1, 2, 900))
        price = rng.choice(odd) if rng.random() < 0.02 else rng.uniform(90, 110)
        at = (rng.randrange(9), price, interval - rng.choice((0, 0, 0, 0, 1)))
        assert both[0].update(*at) == both[1].update(*at)
    assert both[0].export_state() == both[1].export_state()
    assert np.isfinite(both[0].image().rows).all()


def test_nonsense_changes_nothing(name: str) -> None:
    handle = covariance_of(name, 2, 0.94)
    assert not handle.update(0, 100.0, 5), "a first price makes no return"
    assert handle.update(0, 101.0, 6)
    before = handle.export_state()
    for price in (0.0, -1.0, math.nan, math.inf, -math.inf):
        assert not handle.update(1, price, 7)
        assert not handle.update(0, price, 7)
    assert not handle.update(0, 50.0, 6), "one sample an interval"
    assert not handle.update(1, 50.0, 5), "time does not go back"
    assert not handle.update(1, 50.0, -1)
    assert handle.export_state() == before


def test_a_return_that_cannot_be_counts_as_none(name: str) -> None:
    handle = covariance_of(name, 1, 0.94)
    for interval, price in enumerate((1e-300, 1e300, 1e300)):
        handle.update(0, price, interval)
    assert handle.image().rows[0][0] == 0.0
    assert handle.image().prices[0] == 1e300


def test_what_decays_becomes_nothing_before_it_becomes_slow(name: str) -> None:
    handle = covariance_of(name, 2, 0.8)
    handle.update(0, 100.0, 0)
    for interval in range(1, 12_000):
        handle.update(0, 101.0, interval)
        entry = handle.image().rows[0][0]
        assert entry == 0.0 or entry >= FLOOR * 1e-100
    assert handle.image().rows[0][0] == 0.0


def test_power_is_exact_where_it_can_be() -> None:
    assert [power(0.5, n) for n in (1, 2, 3, 10)] == [0.5, 0.25, 0.125, 2.0**-10]
    assert power(0.94, 1000) == pytest.approx(0.94**1000, rel=1e-12)


@pytest.mark.parametrize(
    ("assets", "decay"), [(0, 0.94), (257, 0.94), (2, 0.79), (2, 1.0), (2, math.nan)]
)
def test_a_shape_that_cannot_be_kept_is_refused(name: str, assets: int, decay: float) -> None:
    with pytest.raises(ConfigError, match="covariance"):
        covariance_of(name, assets, decay)


def test_state_goes_from_either_to_either(name: str) -> None:
    prices = prices_of(2, 60, 5)
    for other in BACKENDS:
        whole, first = covariance_of(name, 5, 0.94), covariance_of(name, 5, 0.94)
        feed(first, prices[:30])
        second = covariance_of(other, 5, 0.94)
        second.import_state(first.export_state())
        feed(whole, prices[:30])
        for interval in range(30, 60):
            for asset in range(5):
                for handle in (whole, second):
                    handle.update(asset, float(prices[interval, asset]), interval)
        assert whole.export_state() == second.export_state()


def test_a_forged_state_is_refused(name: str) -> None:
    handle = covariance_of(name, 3, 0.94)
    feed(handle, prices_of(1, 20, 3))
    good = bytearray(handle.export_state())
    forged = [bytes(good[:-8]), b"", bytes(good[:24])]
    for at, value in ((0, b"\2"), (4, b"\4"), (8, b"\1" * 8), (16, b"\xff" * 8), (24, b"\xff" * 8)):
        changed = bytearray(good)
        changed[at : at + len(value)] = value
        forged.append(bytes(changed))
    for data in forged:
        with pytest.raises(DataError):
            handle.import_state(data)
    assert handle.export_state() == bytes(good)


@pytest.mark.recordings
def test_recorded_books_equal_the_definition(name: str) -> None:
    """Spot, USD-M and COIN-M BTC of one day, sampled once a second."""
    grids = [grid_of(mids_of(n)) for n in NAMES]
    start, end = max(min(g) for g in grids), min(max(g) for g in grids)
    assert end - start > 60
    handle = covariance_of(name, 3, 0.97)
    events = sorted((k, a, p) for a, g in enumerate(grids) for k, p in g.items())
    for interval, asset, price in events:
        if start <= interval <= end:
            handle.update(asset, price, interval)
    carried = np.empty((end - start + 1, 3))
    for asset, grid in enumerate(grids):
        last = grid[start]
        for interval in range(start, end + 1):
            last = grid.get(interval, last)
            carried[interval - start, asset] = last
    want = weighted(carried, 0.97)
    matrix = full.covariance_matrix(handle.image())
    found = full.correlations(matrix)
    np.testing.assert_allclose(found, correlation(want), atol=BAR)
    np.testing.assert_allclose(matrix, want, rtol=BAR)
    assert found[0][1] > 0.3, "one coin on three markets moves together"
