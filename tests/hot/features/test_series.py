"""Every indicator has one value, whichever way it is asked for."""

import inspect
import math
import struct

import numpy as np
import pytest
from indicator_inputs import inputs_of, rows_of, settings

import tickpath as tp
from tickpath.core.errors import ConfigError, DataError
from tickpath.hot.features import catalogue, series

COUNT = 420
every = pytest.mark.parametrize("stem", catalogue.stems())


def bits(values):
    return struct.pack(f"<{len(values)}d", *values)


def streams(stem, params):
    """The native stream and the reference."""
    checked = series.bound(stem, (), params)
    return series.stream_class(stem)(**params), catalogue.step_of(stem, checked)


def run(stream, rows):
    return [
        stream.update(*numbers) for numbers in zip(*(row.tolist() for row in rows), strict=True)
    ]


def batch(stem, arrays, params, **more):
    named = {} if catalogue.indicator(stem).levels else params
    return series.batch(stem)(*arrays, **named, **more)


@every
def test_stream_reference_and_arrays_are_equal_to_the_bit(stem):
    spec = catalogue.indicator(stem)
    for k, params in enumerate(settings(stem)):
        arrays = inputs_of(spec, COUNT, seed=k)
        rows = rows_of(spec, arrays)
        native, reference = streams(stem, params)
        expected = run(reference, rows)
        assert bits(run(native, rows)) == bits(expected), params
        assert bits(batch(stem, arrays, params, exact=True)) == bits(expected), params
        found = batch(stem, arrays, params)
        if spec.reorders:
            size = np.nanmax(np.abs(expected), initial=1.0)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * size)
        else:
            assert bits(found) == bits(expected), params
        numbers = np.isfinite(expected)
        assert numbers.any(), params
        warm = int(np.argmax(numbers)) + 1
        assert warm >= native.warm if spec.varies else warm == native.warm, params
        assert numbers[warm - 1 :].all(), params


@every
def test_what_is_no_number_is_left_out(stem):
    """NaN, infinities and giants: NaN at their place, and the rest as if they were not there."""
    spec = catalogue.indicator(stem)
    params = settings(stem)[-1]
    arrays = inputs_of(spec, COUNT, seed=7)
    rng = np.random.default_rng(2)
    holes = rng.random(COUNT) < 0.1
    broken = [np.array(array) for array in arrays]
    for place in np.flatnonzero(holes):
        target = broken[rng.integers(len(broken))]
        target[..., place] = rng.choice([math.nan, math.inf, -math.inf, 1e70])
    expected = batch(stem, [np.array(a[..., ~holes]) for a in arrays], params, exact=True)
    for exact in (True, False):
        found = batch(stem, broken, params, exact=exact)
        assert np.isnan(found[holes]).all()
        assert bits(found[~holes]) == bits(expected)
    native, _ = streams(stem, params)
    assert bits(run(native, rows_of(spec, broken))) == bits(batch(stem, broken, params, exact=True))


@every
def test_a_reset_stream_starts_again(stem):
    spec = catalogue.indicator(stem)
    rows = [row[:150] for row in rows_of(spec, inputs_of(spec, COUNT))]
    native, _ = streams(stem, settings(stem)[0])
    first = run(native, rows)
    assert native.count == 150
    assert bits([native.value]) == bits(first[-1:])
    native.reset()
    assert native.count == 0
    assert math.isnan(native.value)
    assert bits(run(native, rows)) == bits(first)


@every
def test_what_an_indicator_says_of_itself(stem):
    spec = catalogue.indicator(stem)
    function, made = series.batch(stem), series.stream_class(stem)
    names = [p.name for p in spec.params]
    taken = [*spec.inputs, *names, "exact", "axis"]
    assert list(inspect.signature(function).parameters) == taken
    assert list(inspect.signature(made).parameters) == names
    assert spec.title in function.__doc__
    assert getattr(tp.indicators, made.__name__) is made
    assert getattr(tp.indicators, stem) is function
    assert eval(repr(made()), {made.__name__: made}).params.__dict__ == made().params.__dict__
    assert all(p.least <= p.default <= p.most for p in spec.params)


def test_symbols_are_rows():
    prices = np.stack([inputs_of(catalogue.indicator("sma"), 300, seed=k)[0] for k in range(5)])
    found = tp.indicators.ema(prices, 9)
    assert found.shape == (5, 300)
    for row, expected in zip(found, prices, strict=True):
        assert bits(row) == bits(tp.indicators.ema(expected, 9))
    assert bits(tp.indicators.sma(prices[:, ::2], 4)[2]) == bits(
        tp.indicators.sma(prices[2, ::2].tolist(), period=4)
    )


@every
def test_columns_are_symbols_along_axis_0(stem):
    """Also where a number is left out in one of them, and for each count of symbols."""
    spec = catalogue.indicator(stem)
    function = series.batch(stem)
    if spec.levels:
        with pytest.raises(DataError, match="leave axis out"):
            function(*inputs_of(spec, 9), axis=0)
        return
    sets = [inputs_of(spec, 130, seed=k) for k in range(11)]
    params = settings(stem)[-1 if stem == "vpin" else 0]
    for symbols in (1, 5, 11):
        arrays = [np.stack(column, 1) for column in zip(*sets[:symbols], strict=True)]
        for broken in (False, True):
            if broken:
                arrays[-1][60, symbols // 2] = math.nan
            found = function(*arrays, **params, axis=0)
            assert found.shape == (130, symbols)
            for k in range(symbols):
                alone = function(*(array[:, k] for array in arrays), **params, exact=True)
                assert bits(found[:, k]) == bits(alone), (k, broken)


ROWS = "ema ema_mean rma sma wma std variance zscore rsi atr bollinger_upper bollinger_lower macd"


@pytest.mark.parametrize("stem", ROWS.split())
def test_many_symbols_have_the_bits_of_each_over_long_arrays(stem):
    """Windows of one sample, of several, and longer than the array."""
    spec = catalogue.indicator(stem)
    sets = [inputs_of(spec, 700, seed=k) for k in range(6)]
    arrays = [np.stack(column, 1) for column in zip(*sets, strict=True)]
    for params in settings(stem):
        found = series.batch(stem)(*arrays, **params, axis=0)
        for k, alone in enumerate(sets):
            assert bits(found[:, k]) == bits(series.batch(stem)(*alone, **params, exact=True))
    if any(p.name == "period" for p in spec.params):
        assert np.isnan(series.batch(stem)(*arrays, period=800, axis=0)).all()
    assert series.batch(stem)(*(a[:0] for a in arrays), axis=0).shape == (0, 6)
    assert series.batch(stem)(*(a[:, :0] for a in arrays), axis=0).shape == (700, 0)
    turned = [np.asfortranarray(array) for array in arrays]
    assert (
        series.batch(stem)(*turned, axis=-2).tobytes()
        == series.batch(stem)(*arrays, axis=0).tobytes()
    )


CHUNKED = "sma ema ema_mean rma dema tema apo macd rsi atr bollinger_upper std"


@pytest.mark.parametrize("count", [0, 1, 2, 2047, 2048, 2049, 5000])
@pytest.mark.parametrize("stem", CHUNKED.split())
def test_chunks_of_the_faster_forms_join(stem, count):
    arrays = inputs_of(catalogue.indicator(stem), count + 60)
    arrays = [array[:count] for array in arrays]
    for period in (2, 30, 3000):
        named = {"slow" if stem in ("apo", "macd") else "period": period}
        if "slow" in named:
            named["fast"] = period // 2
        found = series.batch(stem)(*arrays, **named)
        native = series.stream_class(stem)(**named)
        np.testing.assert_allclose(found, run(native, arrays), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda i: i.SMA(0), ConfigError, ("sma", "period 0", "1 to 4096")),
        (lambda i: i.SMA(2.5), ConfigError, ("2.5", "whole")),
        (lambda i: i.SMA("x"), ConfigError, ("'x'", "not a number")),
        (lambda i: i.SMA(True), ConfigError, ("True", "not a number")),
        (lambda i: i.SMA(3, 4), ConfigError, ("2 parameters", "period")),
        (lambda i: i.SMA(3, period=4), ConfigError, ("'period'", "twice")),
        (lambda i: i.SMA(perod=4), ConfigError, ("'perod'", "did you mean 'period'")),
        (lambda i: i.EMA(3, math.nan), ConfigError, ("alpha nan",)),
        (lambda i: i.sma(), DataError, ("1 arrays", "price")),
        (lambda i: i.sma(["x"]), DataError, ("price", "numbers")),
        (lambda i: i.sma(np.zeros((2, 2, 2))), DataError, ("(2, 2, 2)", "(symbols, time)")),
        (lambda i: i.sma(1.0), DataError, ("(time,)",)),
        (lambda i: i.atr([1.0], [1.0], [1.0, 2.0]), DataError, ("one shape", "(2,)")),
        (lambda i: i.imbalance([1.0], [1.0]), DataError, ("(levels, time)",)),
        (lambda i: i.sma([1.0, 2.0], axis=1), DataError, ("axis 1", "(2,)", "0 or -1")),
        (lambda i: i.sma(np.zeros((3, 2)), axis=True), DataError, ("axis True",)),
        (lambda i: i.sma(np.zeros((3, 2)), axis="time"), DataError, ("axis 'time'",)),
        (
            lambda i: i.atr(*[np.zeros((3, 2))] * 2, np.zeros((2, 3)), axis=0),
            DataError,
            ("(2, 3)",),
        ),
        (lambda i: i.ATR().update(1.0), TypeError, ("3 numbers", "not 1")),
        (lambda i: i.smaa, AttributeError, ("'smaa'", "did you mean 'sma'")),
        (lambda i: i.info("smaa"), ConfigError, ("'smaa'", "did you mean 'sma'")),
    ],
)
def test_mistakes_are_named(call, error, words):
    with pytest.raises(error) as caught:
        call(tp.indicators)
    assert all(word in str(caught.value) for word in words), caught.value


def test_names_are_found_from_the_folder():
    assert tp.indicators.list() == catalogue.stems()
    assert tp.indicators.info("ema") is catalogue.indicator("ema")
    assert set(catalogue.stems()) < set(dir(tp.indicators))


@pytest.mark.parametrize("count", [0, 5, 5000])
def test_the_three_bands_at_once(count):
    (prices,) = inputs_of(catalogue.indicator("sma"), count + 60)
    prices = prices[:count]
    i = tp.indicators
    for values in (prices, np.where(np.arange(count) % 7 == 3, math.nan, prices)):
        upper, middle, lower = i.bollinger(values, 9, 1.5)
        assert bits(upper) == bits(i.bollinger_upper(values, 9, 1.5))
        assert bits(lower) == bits(i.bollinger_lower(values, 9, 1.5))
        np.testing.assert_allclose(middle, i.sma(values, 9), rtol=1e-12)
    rows = np.stack([prices, prices + 1.0])
    assert i.bollinger(rows, 9)[0].shape == rows.shape
    for one, other in zip(i.bollinger(rows, 9), i.bollinger(rows.T, 9, axis=0), strict=True):
        np.testing.assert_allclose(one, other.T, rtol=1e-12)
    with pytest.raises(ConfigError, match="period 1"):
        i.bollinger(prices, 1)
