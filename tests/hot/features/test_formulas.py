"""Indicators that TA-Lib lacks, against their formula over each whole window in plain numpy."""

import math

import numpy as np
import pytest
from indicator_inputs import book, market

import tickpath as tp
from tickpath.hot.features import catalogue, series
from tickpath.hot.features.functions import own_atan, own_exp, own_log

COUNT = 300
M = market(COUNT, seed=3)
X, H, L, C, V = (M[name] for name in ("price", "high", "low", "close", "volume"))
FIRST, Q, SIGN = M["open"], M["quantity"], M["sign"]
MID = (M["bid"] + M["ask"]) / 2
CHANGES = np.diff(X)
FORMULAS = {}


def formula(*params):
    """Registers an oracle under its own name, with the parameters to try."""

    def keep(function):
        FORMULAS[function.__name__] = (function, params)
        return function

    return keep


def rolling(function, n, *arrays, lead=0):
    """function(window of each array) for every full window; NaN before and for `lead` more."""
    size = len(arrays[0])
    out = np.full(size + lead, math.nan)
    for k in range(n - 1, size):
        out[k + lead] = function(*(a[k + 1 - n : k + 1] for a in arrays))
    return out


def smoothed(values, n, alpha, lead=0):
    """From the mean of the first n on."""
    out = np.full(len(values) + lead, math.nan)
    held = float(np.mean(values[:n]))
    out[n - 1 + lead] = held
    for k in range(n, len(values)):
        held = (1 - alpha) * held + alpha * values[k]
        out[k + lead] = held
    return out


def weighted(n):
    weights = np.arange(1, n + 1)
    return lambda w: np.dot(w, weights) / weights.sum()


def ranges():
    return np.maximum.reduce([H[1:] - L[1:], np.abs(H[1:] - C[:-1]), np.abs(L[1:] - C[:-1])])


@formula(1, 14)
def rma(n):
    return smoothed(X, n, 1 / n)


@formula(2, 16, 30)
def hma(n):
    raw = 2 * rolling(weighted(n // 2), n // 2, X) - rolling(weighted(n), n, X)
    return rolling(weighted(math.isqrt(n)), math.isqrt(n), raw)


@formula(1, 20)
def vwma(n):
    return rolling(lambda c, v: np.dot(c, v) / v.sum(), n, C, V)


@formula((1, 0.5, 6.0), (9, 0.85, 6.0), (30, 0.2, 3.0))
def alma(n, offset, sigma):
    at = np.arange(n)
    weights = np.exp(-((at - offset * (n - 1)) ** 2) / (2 * (n / sigma) ** 2))
    return rolling(lambda w: np.dot(w, weights) / weights.sum(), n, X)


@formula(3, 14)
def zlema(n):
    lag = (n - 1) // 2
    values = 2 * X[lag:] - X[:-lag]
    out = np.full(COUNT, math.nan)
    held = values[0]
    for k, value in enumerate(values):
        held += 2 / (n + 1) * (value - held) if k else 0.0
        if k + lag >= n - 1:
            out[k + lag] = held
    return out


@formula((25, 13), (3, 1))
def tsi(long, short):
    def twice(values):
        once = smoothed(values, long, 2 / (long + 1))[long - 1 :]
        return smoothed(once, short, 2 / (short + 1), lead=long)

    return 100 * twice(CHANGES) / twice(np.abs(CHANGES))


def keltner(n, k):
    reach = smoothed(ranges(), n, 1 / n, lead=1)
    return smoothed(C, n, 2 / (n + 1)) + k * reach


@formula((20, 2.0))
def keltner_upper(n, k):
    return keltner(n, k)


@formula((20, 1.5))
def keltner_lower(n, k):
    return keltner(n, -k)


@formula(1, 20)
def donchian_upper(n):
    return rolling(np.max, n, H)


@formula(1, 20)
def donchian_lower(n):
    return rolling(np.min, n, L)


@formula(1, 20)
def realised_variance(n):
    return rolling(lambda w: np.sum(w * w), n, CHANGES, lead=1)


@formula(1, 20)
def bipower_variation(n):
    pairs = np.abs(CHANGES[1:] * CHANGES[:-1])
    return math.pi / 2 * rolling(np.sum, n, pairs, lead=2)


@formula(1, 20)
def parkinson(n):
    squares = np.log(H / L) ** 2
    return rolling(lambda w: math.sqrt(w.sum() / (4 * n * math.log(2))), n, squares)


@formula(5, 20)
def garman_klass(n):
    each = 0.5 * np.log(H / L) ** 2 - (2 * math.log(2) - 1) * np.log(C / FIRST) ** 2
    return rolling(lambda w: math.sqrt(max(w.mean(), 0.0)), n, each)


@formula(1, 20)
def cmf(n):
    flow = np.where(H > L, ((C - L) - (H - C)) / np.where(H > L, H - L, 1.0) * V, 0.0)
    return rolling(lambda f, v: f.sum() / v.sum(), n, flow, V)


@formula(1, 13)
def force_index(n):
    return smoothed(np.diff(C) * V[1:], n, 2 / (n + 1), lead=1)


@formula((3, 1.0), (10, 3.0))
def supertrend(n, k):
    reach = smoothed(ranges(), n, 1 / n, lead=1)
    upper, lower = (H + L) / 2 + k * reach, (H + L) / 2 - k * reach
    out = np.full(COUNT, math.nan)
    up = bool(C[n] > upper[n])
    out[n] = lower[n] if up else upper[n]
    for t in range(n + 1, COUNT):
        if C[t - 1] <= upper[t - 1]:
            upper[t] = min(upper[t], upper[t - 1])
        if C[t - 1] >= lower[t - 1]:
            lower[t] = max(lower[t], lower[t - 1])
        up = C[t] >= lower[t] if up else C[t] > upper[t]
        out[t] = lower[t] if up else upper[t]
    return out


@formula(1, 14)
def vortex_plus(n):
    moves = np.abs(H[1:] - L[:-1])
    return rolling(lambda m, r: m.sum() / r.sum(), n, moves, ranges(), lead=1)


@formula(1, 14)
def vortex_minus(n):
    moves = np.abs(L[1:] - H[:-1])
    return rolling(lambda m, r: m.sum() / r.sum(), n, moves, ranges(), lead=1)


def moment(power, shift):
    """Of the window, standardised; 0 when it does not move."""

    def of(w):
        far = w - w.mean()
        return 0.0 if np.ptp(w) == 0.0 else np.mean(far**power) / np.std(w) ** power - shift

    return of


@formula(3, 20)
def skew(n):
    return rolling(moment(3, 0.0), n, X)


@formula(4, 20)
def kurtosis(n):
    return rolling(moment(4, 3.0), n, X)


@formula(1, 20, 21)
def median(n):
    return rolling(np.median, n, X)


@formula((20, 0.9), (7, 0.0), (7, 1.0), (1, 0.3))
def quantile(n, q):
    return rolling(lambda w: np.quantile(w, q), n, X)


@formula(1, 50)
def entropy(n):
    def bits(w):
        shares = np.unique(w, return_counts=True)[1] / n
        return -np.sum(shares * np.log2(shares))

    return rolling(bits, n, np.sign(CHANGES), lead=1)


@formula((40, 4), (100, 8))
def hurst(n, lag):
    far = (X[lag:] - X[:-lag]) ** 2
    near = CHANGES[lag - 1 :] ** 2

    def exponent(a, b):
        there = a.sum() > 0.0 and b.sum() > 0.0
        return math.log(b.sum() / a.sum()) / (2 * math.log(lag)) if there else 0.5

    return rolling(exponent, n, near, far, lead=lag)


@formula((50, 1), (20, 5))
def autocorrelation(n, lag):
    def pearson(a, b):
        return 0.0 if np.ptp(a) == 0.0 or np.ptp(b) == 0.0 else np.corrcoef(a, b)[0, 1]

    return rolling(pearson, n, X[lag:], X[:-lag], lead=lag)


@formula((5, 4.0), (50, 0.7))
def vpin(n, bucket):
    """Every lot on one line, cut into buckets."""
    ends = np.cumsum(Q)
    bought = np.concatenate([[0.0], np.cumsum(Q * (SIGN > 0))])
    edges = np.arange(1, int(ends[-1] / bucket) + 1) * bucket
    at = np.interp(edges, np.concatenate([[0.0], ends]), bought)
    gaps = np.abs(2 * np.diff(np.concatenate([[0.0], at])) - bucket)
    out = np.full(COUNT, math.nan)
    for t in range(COUNT):
        done = int(ends[t] / bucket + 1e-12)
        if done >= n:
            out[t] = gaps[done - n : done].sum() / (n * bucket)
    return out


@formula(2, 100)
def kyle_lambda(n):
    flow = (Q * SIGN)[1:]
    return rolling(lambda f, c: np.polyfit(f, c, 1)[0], n, flow, CHANGES, lead=1)


@formula(5, 100)
def roll_spread(n):
    def spread(now, before):
        bounce = np.mean(now) * np.mean(before) - np.mean(now * before)
        return 2 * math.sqrt(max(bounce, 0.0))

    return rolling(spread, n, CHANGES[1:], CHANGES[:-1], lead=2)


@formula(1, 20)
def effective_spread(n):
    return rolling(np.mean, n, 2 * np.abs(X - MID))


@formula(())
def tick_rule():
    way = np.concatenate([[0.0], np.sign(CHANGES)])
    for t in range(1, COUNT):
        way[t] = way[t] or way[t - 1]
    return way


@formula(())
def trade_sign():
    return np.where(X == MID, tick_rule(), np.sign(X - MID))


@formula((0.1, 0.5, 1.0), (2.0, 3.0, 0.01))
def hawkes_intensity(base, jump, decay):
    at = np.cumsum(M["elapsed"])
    return np.array([base + np.sum(jump * np.exp(-decay * (t - at[: k + 1])))
                     for k, t in enumerate(at)])  # fmt: skip


@formula((1, 1), (50, 10))
def markout(n, horizon):
    gains = SIGN[:-horizon] * (MID[horizon:] - X[:-horizon])
    return rolling(np.mean, n, gains, lead=horizon)


TOLERANCE = {"skew": 1e-6, "kurtosis": 1e-6, "roll_spread": 1e-8}
"""Nearly flat windows: third and fourth powers lose digits, and so does a root of a rounding."""


@pytest.mark.parametrize("stem", sorted(FORMULAS))
def test_agrees_with_its_formula(stem):
    function, cases = FORMULAS[stem]
    arrays = [M[name] for name in catalogue.indicator(stem).inputs]
    for case in cases:
        params = case if isinstance(case, tuple) else (case,)
        found, expected = series.batch(stem)(*arrays, *params), function(*params)
        assert np.isfinite(found).sum() >= 5
        near = TOLERANCE.get(stem, 2e-9)
        np.testing.assert_allclose(found, expected, rtol=near, atol=near)


def test_order_flow_of_levels_is_the_sum_of_each():
    side = book(COUNT, 3, seed=5)
    found = tp.indicators.ofi_levels(
        side["bids"], side["bid_quantities"], side["asks"], side["ask_quantities"], window=7
    )
    expected = np.zeros(COUNT)
    for level in range(3):
        quantity = side["ask_quantities"][level]
        ask = np.where(quantity > 0, side["asks"][level], 1e9)
        columns = (side["bids"][level], side["bid_quantities"][level], ask, quantity)
        expected += tp.indicators.ofi(*columns, 7)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_book_slope_by_hand():
    """Two levels a side: v = log of what lies up to the level."""
    found = tp.indicators.book_slope([[99.0], [98.0]], [[3.0], [4.0]], [[101.0], [103.0]],
                                     [[5.0], [0.0]])  # fmt: skip
    v1, v2 = math.log(3.0), math.log(7.0)
    bid = (v1 / 0.01 + (v2 / v1 - 1) / (1 - 98.0 / 99.0)) / 2
    ask = math.log(5.0) / 0.01
    assert found == pytest.approx([(bid + ask) / 2], rel=1e-12)


def test_own_functions_are_right_to_the_last_places():
    rng = np.random.default_rng(1)
    for x in np.exp(rng.uniform(-500, 500, 300)).tolist() + rng.uniform(0.5, 2, 300).tolist():
        assert abs(own_log(x) - math.log(x)) <= 2 * math.ulp(math.log(x))
    for x in rng.uniform(-690, 690, 300).tolist() + rng.uniform(-1, 1, 300).tolist():
        assert abs(own_exp(x) - math.exp(x)) <= 2 * math.ulp(math.exp(x))
    for x in (rng.normal(0, 1, 300) * 10.0 ** rng.integers(-4, 5, 300)).tolist():
        assert abs(own_atan(x) - math.atan(x)) <= 2 * math.ulp(math.atan(x))
    assert (own_log(0.0), own_log(-1.0), own_log(math.inf), own_log(1.0)) == (0.0,) * 4
    assert (own_exp(-701.0), own_exp(701.0), own_exp(0.0)) == (0.0, math.inf, 1.0)
    assert own_atan(-0.0) == 0.0


def test_a_sum_does_not_drift():
    """A giant that has left the window leaves nothing behind after two windows."""
    values = np.full(400, 0.1)
    values[50] = 1e17
    for name in ("sma", "std", "wma", "vwma"):
        inputs = (values, np.ones(400)) if name == "vwma" else (values,)
        found = series.batch(name)(*inputs, 20)
        assert abs(found[-1] - (0.0 if name == "std" else 0.1)) < 1e-15, name


def test_every_indicator_has_an_oracle():
    """TA-Lib, a formula here, a column's formula in test_indicators.py, or test_fixed_point.py."""
    columns = {
        "atr", "bbo_imbalance", "bollinger_percent", "imbalance", "last", "microprice", "mid",
        "ofi", "realised_volatility", "spread", "trade_flow", "vwap", "zscore", "ofi_levels",
        "book_slope", "fixed_point",
    }  # fmt: skip
    compared = {stem for stem in catalogue.stems() if catalogue.indicator(stem).talib}
    assert set(catalogue.stems()) == columns | set(FORMULAS) | compared
