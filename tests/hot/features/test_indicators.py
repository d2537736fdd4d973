"""The reference of each indicator against its textbook formula in plain numpy, to 1e-10."""

import math
import random

import numpy as np
import pytest

from tickpath.core.config import FeatureSpec
from tickpath.core.records import Bbo, BookStatus, BookTop, EventKind, Level, Trade
from tickpath.hot.features.reference import Features

COUNT = 300


def walk(seed=1):
    """(bid, ask, bid lots, ask lots, trade price, lots, aggressor) by event, as int64 columns."""
    rng = random.Random(seed)
    bid = 4_300_000
    rows = []
    for _ in range(COUNT):
        bid += rng.choice((-9, -2, 0, 0, 1, 2, 8))
        ask = bid + rng.choice((1, 1, 3))
        rows.append(
            (
                bid,
                ask,
                rng.randrange(1, 900),
                rng.randrange(1, 900),
                rng.choice((bid, ask)),
                rng.randrange(1, 50),
                rng.randrange(2),
            )
        )
    return np.array(rows, dtype=np.int64)


ROWS = walk()
BID, ASK, BID_LOTS, ASK_LOTS, PRICE, LOTS, AGGRESSOR = ROWS.T
MID = (BID + ASK) / 2.0


def series(indicator, source="mid", period=1, factor=0.0):
    """The column's values over the walk."""
    spec = FeatureSpec(name="x", indicator=indicator, source=source, period=period, factor=factor)
    features = Features([spec])
    kind = {"trade": EventKind.TRADE, "bbo_mid": EventKind.BBO}.get(source, EventKind.DEPTH)
    out = []
    for k, (bid, ask, bid_lots, ask_lots, price, lots, aggressor) in enumerate(ROWS.tolist()):
        top = BookTop(
            bid_ticks=bid,
            bid_lots=bid_lots,
            ask_ticks=ask,
            ask_lots=ask_lots,
            status=BookStatus.OK,
            bids=[Level(bid - j, bid_lots + j) for j in range(4)],
            asks=[Level(ask + j, ask_lots + 3 * j) for j in range(4)],
        )
        bbo = Bbo(k, k, bid, bid_lots, ask, ask_lots)
        out += features.update(kind, k, top, bbo, Trade(k, price, lots, aggressor))
    return np.array(out)


def rolling(values, period, function):
    """NaN until the window is full, then function(window)."""
    full = [function(values[k + 1 - period : k + 1]) for k in range(period - 1, len(values))]
    return np.array([math.nan] * (period - 1) + full)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)


def test_sources_in_ticks():
    close(series("last", "mid"), MID)
    close(series("last", "bbo_mid"), MID)
    close(series("last", "bid"), BID)
    close(series("last", "ask"), ASK)
    close(series("last", "trade"), PRICE)
    micro = (BID * ASK_LOTS + ASK * BID_LOTS) / (BID_LOTS + ASK_LOTS)
    np.testing.assert_allclose(series("last", "microprice"), micro, rtol=0, atol=0.5 / 16384 + 1e-9)


@pytest.mark.parametrize("source", ["mid", "bbo_mid"])
def test_quote_indicators(source):
    close(series("mid", source), MID)
    close(series("spread", source), ASK - BID)
    micro = (BID * ASK_LOTS + ASK * BID_LOTS) / (BID_LOTS + ASK_LOTS)
    close(series("microprice", source), micro)


def test_imbalances():
    close(series("bbo_imbalance", "bbo_mid"), (BID_LOTS - ASK_LOTS) / (BID_LOTS + ASK_LOTS))
    for levels in (1, 3, 4, 9):
        n = min(levels, 4)
        bid = n * BID_LOTS + sum(range(n))
        ask = n * ASK_LOTS + 3 * sum(range(n))
        close(series("imbalance", period=levels), (bid - ask) / (bid + ask))


def test_order_flow_imbalance():
    """Cont, Kukanov, Stoikov 2014 by cases: price up, same, down on each side."""
    bid = np.where(
        BID[1:] > BID[:-1],
        BID_LOTS[1:],
        np.where(BID[1:] == BID[:-1], BID_LOTS[1:] - BID_LOTS[:-1], -BID_LOTS[:-1]),
    )
    ask = np.where(
        ASK[1:] < ASK[:-1],
        ASK_LOTS[1:],
        np.where(ASK[1:] == ASK[:-1], ASK_LOTS[1:] - ASK_LOTS[:-1], -ASK_LOTS[:-1]),
    )
    flow = bid - ask
    for source in ("mid", "bbo_mid"):
        found = series("ofi", source, period=6)
        assert math.isnan(found[0])
        close(found[1:], rolling(flow, 6, np.sum))


@pytest.mark.parametrize(("period", "factor"), [(1, 0.0), (20, 0.0), (9, 0.05)])
def test_ema(period, factor):
    alpha = factor or 2.0 / (period + 1)
    weights = (1 - alpha) ** np.arange(COUNT)
    expected = np.empty(COUNT)
    for t in range(COUNT):
        w = alpha * weights[: t + 1]
        w[-1] = weights[t]
        expected[t] = np.dot(w, MID[t::-1])
    expected[: period - 1] = math.nan
    close(series("ema", period=period, factor=factor), expected)


@pytest.mark.parametrize("period", [2, 14, 100])
def test_rolling_moments(period):
    mean = rolling(MID, period, np.mean)
    near = MID - MID[0]  # the oracle's floats are exact enough only without the offset
    centred = rolling(near, period, np.std)
    close(series("sma", period=period), mean)
    close(series("std", period=period), centred)
    close(series("bollinger_upper", period=period), mean + 2 * centred)
    close(series("bollinger_lower", period=period, factor=1.5), mean - 1.5 * centred)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (near - rolling(near, period, np.mean)) / centred
    flat = centred == 0.0
    close(series("zscore", period=period), np.where(flat, 0.0, score))
    percent = np.where(flat, 0.5, 0.5 + score / 4)
    close(series("bollinger_percent", period=period), percent)


def test_std_is_exact_where_floats_fail():
    """2**36 half ticks plus or minus one: a float sum of squares would lose the difference."""
    features = Features([FeatureSpec(name="x", indicator="std", period=4)])
    for k in range(8):
        bid = 2**35 + k % 2
        top = BookTop(
            bid_ticks=bid, bid_lots=1, ask_ticks=bid + 1, ask_lots=1, status=BookStatus.OK
        )
        row = features.update(EventKind.DEPTH, k, top, Bbo(), Trade(0, 0, 0, 0))
    assert row == [0.5]


@pytest.mark.parametrize("period", [1, 10])
def test_momentum_and_realised_volatility(period):
    momentum = np.full(COUNT, math.nan)
    momentum[period:] = MID[period:] - MID[:-period]
    close(series("momentum", period=period), momentum)
    changes = np.diff(MID)
    found = series("realised_volatility", period=period)
    close(found[1:], rolling(changes, period, lambda w: math.sqrt(np.sum(w * w))))


def wilder(values, period):
    """Mean of the first n, then (previous * (n - 1) + value) / n."""
    out = np.full(len(values), math.nan)
    out[period - 1] = np.mean(values[:period])
    for k in range(period, len(values)):
        out[k] = (out[k - 1] * (period - 1) + values[k]) / period
    return out


@pytest.mark.parametrize("period", [2, 14])
def test_rsi(period):
    changes = np.diff(MID)
    gain = wilder(np.maximum(changes, 0), period)
    loss = wilder(np.maximum(-changes, 0), period)
    found = series("rsi", period=period)
    assert math.isnan(found[0])
    close(found[1:], 100 - 100 / (1 + gain / loss))


def test_rsi_at_the_ends():
    features = Features([FeatureSpec(name="x", indicator="rsi", source="trade", period=2)])
    top = BookTop(bid_ticks=1, bid_lots=1, ask_ticks=2, ask_lots=1, status=BookStatus.OK)

    def last(*prices):
        for price in prices:
            row = features.update(EventKind.TRADE, 0, top, Bbo(), Trade(0, price, 1, 0))
        return row[0]

    assert last(5, 5, 5) == 50.0
    assert last(6) == 100.0
    features = Features([FeatureSpec(name="x", indicator="rsi", source="trade", period=2)])
    assert last(9, 8, 7) == 0.0


@pytest.mark.parametrize(("period", "bar"), [(5, 1), (3, 7), (14, 4)])
def test_atr(period, bar):
    bars = COUNT // bar
    blocks = MID[: bars * bar].reshape(bars, bar)
    high, low, final = blocks.max(axis=1), blocks.min(axis=1), blocks[:, -1]
    ranges = np.maximum.reduce(
        [
            high[1:] - low[1:],
            np.abs(high[1:] - final[:-1]),
            np.abs(low[1:] - final[:-1]),
        ]
    )
    expected = wilder(ranges, period)
    found = series("atr", period=period, factor=float(bar) if bar > 1 else 0.0)
    close(found[2 * bar - 1 :: bar][: len(expected)], expected)
    warm = (period + 1) * bar - 1
    assert np.isnan(found[:warm]).all()
    assert not np.isnan(found[warm:]).any()


def test_trade_indicators():
    signed = np.where(AGGRESSOR == 0, LOTS, -LOTS)
    close(series("trade_flow", "trade", period=20), rolling(signed, 20, np.sum))
    notional = rolling(PRICE * LOTS, 20, np.sum)
    close(series("vwap", "trade", period=20), notional / rolling(LOTS, 20, np.sum))
