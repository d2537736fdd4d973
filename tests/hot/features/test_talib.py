"""Every indicator that TA-Lib has agrees with it to 1e-10, where its stated convention is the same.

The data have no flat window: what a formula without a value gives is a convention of each side.
"""

import math
from fractions import Fraction

import numpy as np
import pytest
from indicator_inputs import market

from tickpath.hot.features import catalogue, series

talib = pytest.importorskip("talib", reason="TA-Lib is not installed")
COUNT = 1200


def data():
    """A walk without pauses."""
    found = market(COUNT, seed=4)
    rng = np.random.default_rng(9)
    close = 100.0 + np.cumsum(rng.normal(0, 0.5, COUNT))
    first = np.concatenate([close[:1], close[:-1]]) + rng.normal(0, 0.05, COUNT)
    found |= {
        "price": close,
        "open": first,
        "close": close,
        "high": np.maximum(first, close) + rng.random(COUNT) * 0.4,
        "low": np.minimum(first, close) - rng.random(COUNT) * 0.4,
    }
    return found


D = data()
X, FIRST, H, L, C, V = (D[name] for name in ("price", "open", "high", "low", "close", "volume"))
BARS = (H, L, C)


def first_sample_ema(n):
    """TA-Lib starts at the mean of n samples: here, of n copies of the first."""
    found = talib.EMA(np.concatenate([np.full(n - 1, X[0]), X]), n)[n - 1 :]
    found[: n - 1] = np.nan
    return found


CASES = {
    "sma": [(lambda n: talib.SMA(X, n), n) for n in (2, 14, 300)],
    "ema": [(first_sample_ema, n) for n in (2, 14)],
    "ema_mean": [(lambda n: talib.EMA(X, n), n) for n in (2, 14, 60)],
    "wma": [(lambda n: talib.WMA(X, n), n) for n in (2, 14, 101)],
    "dema": [(lambda n: talib.DEMA(X, n), n) for n in (2, 14)],
    "tema": [(lambda n: talib.TEMA(X, n), n) for n in (2, 14)],
    "trix": [(lambda n: talib.TRIX(X, n), n) for n in (2, 30)],
    "trima": [(lambda n: talib.TRIMA(X, n), n) for n in (2, 14, 15)],
    "kama": [(lambda n: talib.KAMA(X, n), n) for n in (2, 30)],
    "t3": [(lambda n, v: talib.T3(X, n, v), 5, 0.7), (lambda n, v: talib.T3(X, n, v), 9, 0.3)],
    "momentum": [(lambda n: talib.MOM(X, n), n) for n in (1, 10)],
    "roc": [(lambda n: talib.ROC(X, n), n) for n in (1, 10)],
    "rsi": [(lambda n: talib.RSI(X, n), n) for n in (2, 14)],
    "cmo": [(lambda n: talib.CMO(X, n), n) for n in (2, 14)],
    "stochf_k": [(lambda n: talib.STOCHF(*BARS, n, 3)[0], n) for n in (5, 21)],
    "stochf_d": [(lambda n, d: talib.STOCHF(*BARS, n, d)[1], 5, 3)],
    "stoch_k": [(lambda n, k: talib.STOCH(*BARS, n, k, 0, 3)[0], 9, 4)],
    "stoch_d": [(lambda n, k, d: talib.STOCH(*BARS, n, k, 0, d)[1], 9, 4, 5)],
    "stochrsi_k": [(lambda n, k: talib.STOCHRSI(X, n, k, 3)[0], 14, 5)],
    "stochrsi_d": [(lambda n, k, d: talib.STOCHRSI(X, n, k, d)[1], 14, 5, 3)],
    "macd": [(lambda f, s: talib.MACD(X, f, s, 9)[0], 12, 26)],
    "macd_signal": [(lambda *n: talib.MACD(X, *n)[1], 12, 26, 9)],
    "macd_histogram": [(lambda *n: talib.MACD(X, *n)[2], 5, 35, 5)],
    "apo": [(lambda f, s: talib.APO(X, f, s, 1), 12, 26)],
    "ppo": [(lambda f, s: talib.PPO(X, f, s, 1), 12, 26)],
    "cci": [(lambda n: talib.CCI(*BARS, n), n) for n in (2, 14)],
    "willr": [(lambda n: talib.WILLR(*BARS, n), n) for n in (3, 14)],
    "aroon_up": [(lambda n: talib.AROON(H, L, n)[1], n) for n in (2, 14)],
    "aroon_down": [(lambda n: talib.AROON(H, L, n)[0], n) for n in (2, 14)],
    "aroon_oscillator": [(lambda n: talib.AROONOSC(H, L, n), 14)],
    "ultimate_oscillator": [(lambda *n: talib.ULTOSC(*BARS, *n), 7, 14, 28)],
    "bop": [(lambda: talib.BOP(FIRST, *BARS),)],
    "atr": [(lambda n: talib.ATR(*BARS, n), n) for n in (2, 14)],
    "natr": [(lambda n: talib.NATR(*BARS, n), n) for n in (2, 14)],
    "true_range": [(lambda: talib.TRANGE(*BARS),)],
    "std": [(lambda n: talib.STDDEV(X, n), n) for n in (2, 20)],
    "variance": [(lambda n: talib.VAR(X, n), n) for n in (2, 20)],
    "bollinger_upper": [(lambda n, k: talib.BBANDS(X, n, k, k)[0], 20, 2.0)],
    "bollinger_lower": [(lambda n, k: talib.BBANDS(X, n, k, k)[2], 20, 1.5)],
    "obv": [(lambda: talib.OBV(C, V),)],
    "ad": [(lambda: talib.AD(*BARS, V),)],
    "adosc": [(lambda f, s: talib.ADOSC(*BARS, V, f, s), 3, 10)],
    "mfi": [(lambda n: talib.MFI(*BARS, V, n), n) for n in (2, 14)],
    "plus_di": [(lambda n: talib.PLUS_DI(*BARS, n), n) for n in (2, 14)],
    "minus_di": [(lambda n: talib.MINUS_DI(*BARS, n), n) for n in (2, 14)],
    "dx": [(lambda n: talib.DX(*BARS, n), n) for n in (2, 14)],
    "adx": [(lambda n: talib.ADX(*BARS, n), n) for n in (2, 14)],
    "adxr": [(lambda n: talib.ADXR(*BARS, n), n) for n in (2, 14)],
    "sar": [(lambda a, m: talib.SAR(H, L, a, m), 0.02, 0.2)],
    "linreg": [(lambda n: talib.LINEARREG(X, n), n) for n in (2, 14)],
    "linreg_slope": [(lambda n: talib.LINEARREG_SLOPE(X, n), n) for n in (2, 14)],
    "linreg_intercept": [(lambda n: talib.LINEARREG_INTERCEPT(X, n), n) for n in (2, 14)],
    "linreg_angle": [(lambda n: talib.LINEARREG_ANGLE(X, n), n) for n in (5, 14)],
    "midpoint": [(lambda n: talib.MIDPOINT(X, n), n) for n in (2, 14)],
    "midprice": [(lambda n: talib.MIDPRICE(H, L, n), n) for n in (2, 14)],
    "rolling_max": [(lambda n: talib.MAX(X, n), n) for n in (2, 30)],
    "rolling_min": [(lambda n: talib.MIN(X, n), n) for n in (2, 30)],
    "correlation": [(lambda n: talib.CORREL(D["x"], D["y"], n), n) for n in (9, 30)],
    "beta": [(lambda n: talib.BETA(D["x"], D["y"], n), n) for n in (9, 30)],
}


TOLERANCE = {"linreg_angle": 2e-9}
"""TA-Lib's n * sum(i x) - sum(i) * sum(x) cancels more than the sum about the middle of the window
does: see `test_the_angle_is_nearer_to_exact_arithmetic`."""


@pytest.mark.parametrize("stem", sorted(CASES))
def test_agrees(stem):
    arrays = [D[name] for name in catalogue.indicator(stem).inputs]
    for expected, *params in CASES[stem]:
        found, wanted = series.batch(stem)(*arrays, *params), expected(*params)
        there = np.isfinite(wanted)
        assert there.sum() > COUNT // 2
        assert np.isfinite(found[there]).all(), "warm before TA-Lib or with it"
        atol = TOLERANCE.get(stem, 1e-10)
        np.testing.assert_allclose(found[there], wanted[there], rtol=1e-10, atol=atol)


@pytest.mark.parametrize("n", [2, 5, 14])
def test_the_angle_is_nearer_to_exact_arithmetic(n):
    """The slope in fractions, rounded once: ours is within 2e-11 degrees, TA-Lib's farther."""
    samples = [Fraction(value) for value in X[:400].tolist()]
    exact = []
    for k in range(n, len(samples) + 1):
        across = sum((2 * i - n + 1) * x for i, x in enumerate(samples[k - n : k]))
        exact.append(math.degrees(math.atan(float(across * 6 / (n * (n * n - 1))))))
    ours = np.abs(series.batch("linreg_angle")(X[:400], n)[n - 1 :] - exact).max()
    theirs = np.abs(talib.LINEARREG_ANGLE(X[:400], n)[n - 1 :] - exact).max()
    assert ours < 2e-11
    assert ours < theirs < 2e-9


def test_every_indicator_that_names_talib_is_compared():
    named = {stem for stem in catalogue.stems() if catalogue.indicator(stem).talib}
    assert named == set(CASES)
