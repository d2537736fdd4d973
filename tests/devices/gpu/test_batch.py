"""Feature rows and bank rows of the CPU twin: the bits of the indicators and of the bank."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath import indicators
from tickpath.core.errors import ConfigError, DataError
from tickpath.devices.gpu.batch import Window, bank_rows, feature_rows, grid_of
from tickpath.devices.gpu.selftest import (
    BANKS,
    bank_bytes,
    feature_columns,
    price_series,
    quote_columns,
)
from tickpath.hot.strategy.bank import Bank
from tickpath.hot.strategy.bank_native import BankTableHandle

PRICE_COLUMNS = {"mean": "sma", "variance": "variance", "std": "std", "zscore": "zscore"}
SAMPLE = st.one_of(
    st.floats(-1e9, 1e9),
    st.sampled_from([0.0, -0.0, 100.0, 2.0**200, -(2.0**201), float("inf"), float("nan")]),
)


def newest(stem: str, *columns: np.ndarray, **params: float) -> bytes:
    """Bits of the newest value of an indicator over the columns of one symbol."""
    function = getattr(indicators, stem)
    return np.float64(function(*columns, exact=True, **params)[-1]).tobytes()


@given(st.lists(SAMPLE, min_size=1, max_size=60), st.integers(2, 25), st.sampled_from([0.0, 0.3]))
def test_a_row_has_the_bits_of_the_indicators(
    samples: list[float], period: int, alpha: float
) -> None:
    series = np.array(samples)
    (row,) = feature_rows(series[:, None], np.ones((4, 1)), [Window(period, alpha)])[0]
    for column, stem in PRICE_COLUMNS.items():
        assert row[column].tobytes() == newest(stem, series, period=period), column
    assert row["ema"].tobytes() == newest("ema", series, period=period, alpha=alpha)


@pytest.mark.parametrize("symbols", [1, 40])
def test_every_symbol_and_window_has_its_own_row(symbols: int) -> None:
    generator = np.random.default_rng(symbols)
    prices, quotes = price_series(generator, symbols), quote_columns(generator, symbols)
    windows = [Window(3), Window(50, 0.5), Window(151)]
    rows = feature_rows(prices, quotes, windows)
    assert rows.shape == (3, symbols)
    for s in range(symbols):
        quote = [np.ascontiguousarray(part) for part in quotes[:, s : s + 1]]
        for w, window in enumerate(windows):
            row, series = rows[w, s], np.ascontiguousarray(prices[:, s])
            for column, stem in PRICE_COLUMNS.items():
                assert row[column].tobytes() == newest(stem, series, period=window.period)
            ema = newest("ema", series, period=window.period, alpha=window.alpha)
            assert row["ema"].tobytes() == ema
            assert row["microprice"].tobytes() == newest("microprice", *quote)
            assert row["imbalance"].tobytes() == newest("bbo_imbalance", *quote)


@pytest.mark.parametrize(("shape", "shift"), BANKS)
def test_bank_rows_have_the_bits_of_the_bank(shape: tuple[int, int, int], shift: int) -> None:
    generator = np.random.default_rng(shift)
    data = bank_bytes(generator, shape, shift)
    features = feature_columns(generator, shape[1], 200)
    features[:, 0] = 0.5
    features[0, 1] = np.nan
    found, bank = bank_rows(data, features), Bank.from_bytes(data)
    native = BankTableHandle(bank)
    for r in range(200):
        row = features[:, r].tolist()
        scores = bank.scores(row)
        assert scores == native.scores(row)
        assert found.scores[:, r].tolist() == (scores or [0] * shape[0])
        assert found.signals[:, r].tolist() == bank.signals(row) == native.signals(row)
        assert found.votes[r] == sum(bank.signals(row))
    assert not found.scores[:, 1].any()


def test_a_grid_covers_its_threads_within_bounds() -> None:
    assert grid_of(1) == (1, 1, 1)
    assert grid_of(128, 5) == (1, 5, 1)
    assert grid_of(129) == (2, 1, 1)
    assert grid_of(2**30, 2**20) == (65535, 65535, 1)


PRICES, QUOTES = np.ones((5, 3)), np.ones((4, 3))


@pytest.mark.parametrize(
    ("prices", "quotes", "windows", "kind", "words"),
    [
        (np.ones(5), QUOTES, [Window(2)], DataError, "two dimensions"),
        (np.ones((0, 3)), QUOTES, [Window(2)], DataError, "two dimensions"),
        ([["a"]], QUOTES, [Window(2)], DataError, "are no numbers"),
        (PRICES, np.ones((4, 2)), [Window(2)], DataError, "(4, 3) is needed"),
        (PRICES, QUOTES, [], ConfigError, "no windows"),
        (PRICES, QUOTES, [Window(1)], ConfigError, "period 1 outside 2 to"),
        (PRICES, QUOTES, [Window(10**9)], ConfigError, "outside 2 to"),
        (PRICES, QUOTES, [Window(2, float("nan"))], ConfigError, "alpha nan outside"),
    ],
)
def test_feature_rows_refuse(
    prices: Any, quotes: Any, windows: list[Window], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as caught:
        feature_rows(prices, quotes, windows)
    assert words in str(caught.value)


def test_bank_rows_refuse() -> None:
    data = bank_bytes(np.random.default_rng(0), (3, 2, 4), 5)
    features = np.ones((2, 6))
    bank_rows(data, features)
    for size in (0, 10, 24, len(data) - 1):
        with pytest.raises(DataError, match="torn"):
            bank_rows(data[:size], features)
    with pytest.raises(DataError, match="torn"):
        bank_rows(data + b"\0", features)
    with pytest.raises(DataError, match="version"):
        bank_rows(b"x" + data[1:], features)
    with pytest.raises(DataError, match="beyond"):
        bank_rows(data[:8] + b"\xff\xff\xff\xff" + data[12:], features)
    with pytest.raises(DataError, match="3 features for 2 inputs"):
        bank_rows(data, np.ones((3, 6)))
