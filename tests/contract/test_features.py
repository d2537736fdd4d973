"""Every backend of the feature stage keeps one contract; native equals the reference bit by bit."""

import math
import random
import struct

import pytest
from board_support import FPGA, ready
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.backend import load, probe
from tickpath.core.config import FeatureSpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Bbo, BookStatus, BookTop, EventKind, Level, Trade
from tickpath.hot.features import catalogue, series
from tickpath.hot.features.sources import LOTS_MAX, TICKS_MAX

BACKENDS = ["reference", "native"]
both = pytest.mark.parametrize("backend", [*BACKENDS, FPGA])
SAMPLING = [EventKind.DEPTH, EventKind.SNAPSHOT, EventKind.BBO, EventKind.TRADE]


def features(backend, *specs):
    return load("features", ready(backend)).Features(specs)


def spec(indicator, source="mid", period=1, factor=0.0, **params):
    return FeatureSpec(
        name=indicator,
        indicator=indicator,
        source=source,
        period=period,
        factor=factor,
        params=params,
    )


def book(bid, ask, bid_lots=10, ask_lots=10, levels=3, status=BookStatus.OK):
    return BookTop(
        bid_ticks=bid,
        bid_lots=bid_lots,
        ask_ticks=ask,
        ask_lots=ask_lots,
        status=status,
        bids=[Level(bid - k, bid_lots + k) for k in range(levels)],
        asks=[Level(ask + k, ask_lots + 2 * k) for k in range(levels)],
    )


def all_specs(period):
    """One column of every indicator on every source it can read."""
    found = []
    for stem in catalogue.stems():
        facts = catalogue.indicator(stem)
        least, most = facts.period
        for source in facts.sources:
            factor = 3.0 if facts.reads_bars and source == facts.sources[0] else 0.0
            wanted = min(most, max(least, period))
            found.append(spec(stem, source.name.lower(), wanted, factor))
    return found


def stream(seed, count, scale=1):
    """Seeded events of every kind: a random walk with unusable records in between."""
    rng = random.Random(seed)
    bid = 5_000_000 * scale
    for k in range(count):
        bid = max(1, bid + rng.choice((-3, -1, 0, 0, 1, 3)) * scale)
        ask = bid + rng.choice((1, 1, 2, 7)) * scale
        status = BookStatus.OK if rng.random() < 0.97 else rng.choice(list(BookStatus))
        top = book(
            bid,
            ask,
            rng.randrange(1, 5_000 * scale),
            rng.randrange(1, 5_000 * scale),
            rng.randrange(0, 12),
            status,
        )
        if rng.random() < 0.02:
            top.bid_ticks = top.bid_lots = 0
        bbo = Bbo(k, k, bid, rng.randrange(0, 40), ask - rng.randrange(0, 3), 9)
        trade = Trade(k, rng.choice((bid, ask)), rng.randrange(0, 900), rng.randrange(2))
        kind = rng.choice((*SAMPLING, EventKind.DEPTH, EventKind.TIMER, EventKind.ORDER))
        yield kind, k, top, bbo, trade


def bits(row):
    return struct.pack(f"<{len(row)}d", *row)


def chunks(specs):
    size = LIMITS["features_max"]
    return [specs[k : k + size] for k in range(0, len(specs), size)]


@both
def test_probe_and_interface(backend):
    assert probe("features", ready(backend)).ok
    f = features(backend, spec("mid"), spec("imbalance", period=4))
    assert f.levels == 4
    assert [s.indicator for s in f.specs] == ["mid", "imbalance"]
    assert features(backend, spec("mid")).levels == 0
    assert features(backend).update(EventKind.DEPTH, 0, book(9, 11), Bbo(), Trade(0, 0, 0, 0)) == []


@pytest.mark.parametrize("period", [1, 2, 7, 40])
def test_native_equals_reference(period):
    for part in chunks(all_specs(period)):
        reference = features("reference", *part)
        native = features("native", *part)
        for k, event in enumerate(stream(period, 400)):
            assert bits(reference.update(*event)) == bits(native.update(*event)), k
            if k % 40 == 0:
                assert reference.export_state() == native.export_state()
        assert reference.export_state() == native.export_state()


def test_native_equals_reference_on_the_largest_numbers():
    """Up to the ceilings of price and quantity, where sums are no longer exact."""
    specs = [
        spec(stem, source, 64)
        for stem in ("sma", "std", "realised_volatility", "zscore", "atr", "rsi")
        for source in ("mid", "microprice")
    ] + [spec("vwap", "trade", 64), spec("ofi", "mid", 64), spec("trade_flow", "trade", 64)]
    reference, native = features("reference", *specs), features("native", *specs)
    rng = random.Random(5)
    for k in range(300):
        bid = rng.choice((1, TICKS_MAX - 1))
        top = book(bid, TICKS_MAX, rng.choice((1, LOTS_MAX)), rng.choice((1, LOTS_MAX)))
        trade = Trade(k, rng.choice((1, TICKS_MAX)), LOTS_MAX, k % 2)
        for kind in (EventKind.DEPTH, EventKind.TRADE):
            row = reference.update(kind, k, top, Bbo(), trade)
            assert bits(row) == bits(native.update(kind, k, top, Bbo(), trade))
    assert reference.export_state() == native.export_state()
    assert all(math.isfinite(value) for value in row)


def test_longest_window_of_the_largest_numbers():
    """The mean is right to rounding, and the deviation does not see how large the mean is."""
    size = LIMITS["window_max"]
    native = features(
        "native",
        spec("sma", "microprice", size),
        spec("std", "microprice", size),
        spec("vwap", "trade", size),
        spec("ofi", "mid", size),
    )
    top = book(TICKS_MAX - 1, TICKS_MAX, LOTS_MAX, LOTS_MAX)
    low = book(TICKS_MAX - 2, TICKS_MAX - 1, LOTS_MAX, LOTS_MAX)
    for k in range(size + 2):
        now = top if k % 2 else low
        native.update(EventKind.DEPTH, k, now, Bbo(), Trade(0, 0, 0, 0))
        row = native.update(EventKind.TRADE, k, now, Bbo(), Trade(k, TICKS_MAX, LOTS_MAX, 0))
    assert row == [pytest.approx(TICKS_MAX - 1.0, rel=1e-15), 0.5, float(TICKS_MAX), 0.0]


@both
@pytest.mark.parametrize("cut", [0, 1, 5, 61])
def test_state_moves_between_backends(backend, cut):
    other = "native" if backend == "reference" else "reference"
    for part in chunks(all_specs(5)):
        first, second = features(backend, *part), features(other, *part)
        events = list(stream(cut, 120))
        for event in events[:cut]:
            first.update(*event)
        second.import_state(first.export_state())
        assert second.export_state() == first.export_state()
        for event in events[cut:]:
            assert bits(first.update(*event)) == bits(second.update(*event))
        assert second.export_state() == first.export_state()


@both
def test_import_replaces_an_older_state(backend):
    """A used object that takes over a younger state forgets its own windows."""
    used, fresh = features(backend, spec("std", period=5)), features(backend, spec("std", period=5))
    events = [e for e in stream(3, 60) if e[0] == EventKind.DEPTH]
    for event in events:
        used.update(*event)
    fresh.update(*events[0])
    used.import_state(fresh.export_state())
    for event in events:
        assert bits(used.update(*event)) == bits(fresh.update(*event))


@both
def test_bad_states_are_refused_and_change_nothing(backend):
    f = features(backend, spec("sma", period=3), spec("ema", period=3))
    for event in stream(1, 30):
        f.update(*event)
    data = f.export_state()
    other = features(backend, spec("sma", period=4), spec("ema", period=3)).export_state()
    wrong = [b"", data[:-1], data + b"\0", struct.pack("<I", 2) + data[4:], other]
    wrong += [data[:16] + struct.pack("<q", -1) + data[24:]]
    places = 16 + 64
    for position, held in ((-1, 3), (3, 3), (0, 4), (0, -1)):
        wrong.append(data[:places] + struct.pack("<qq", position, held) + data[places + 16 :])
    for bad in wrong:
        with pytest.raises(DataError):
            f.import_state(bad)
    assert f.export_state() == data


@both
def test_layout_is_the_documented_one(backend):
    f = features(backend, spec("sma", period=3), spec("last", "trade"))
    for bid in (10, 20):
        f.update(EventKind.DEPTH, 0, book(bid, bid + 1), Bbo(), Trade(0, 0, 0, 0))
    data = f.export_state()
    assert struct.unpack_from("<II", data) == (4, 2)
    steps, value, mark, *bar = struct.unpack_from("<qdq5d", data, 16)
    assert (steps, mark, bar) == (2, 0, [0.0] * 5)
    assert math.isnan(value)
    assert struct.unpack_from("<qq2d3d", data, 80) == (2, 2, 31.0, 31.0, 10.5, 20.5, 0.0)
    assert struct.unpack_from("<q", data, 136)[0] == 0
    assert len(data) == 200


def test_a_damaged_count_is_stepped_inside_its_table():
    """How many changes rise is a place in a table: no state can leave the memory."""
    reference, native = (features(backend, spec("entropy", period=3)) for backend in BACKENDS)
    events = list(stream(2, 60))
    for event in events:
        reference.update(*event)
    data = reference.export_state()
    for ups in (-1.0, 4.0, 1e300, -1e300, math.inf, math.nan):
        damaged = data[:88] + struct.pack("<d", ups) + data[96:]
        for f in (reference, native):
            f.import_state(damaged)
        for event in events:
            assert bits(reference.update(*event)) == bits(native.update(*event))


@both
def test_nothing_is_sampled_unless_the_book_is_ok(backend):
    f = features(backend, spec("last"), spec("last", "bbo_mid"), spec("last", "trade"))
    bbo, trade = Bbo(1, 1, 7, 1, 9, 1), Trade(1, 5, 1, 0)
    for status in (BookStatus.EMPTY, BookStatus.CROSSED, BookStatus.STALE):
        for kind in SAMPLING:
            row = f.update(kind, 0, book(7, 9, status=status), bbo, trade)
            assert all(math.isnan(value) for value in row)
    for kind in SAMPLING:
        row = f.update(kind, 0, book(7, 11), bbo, trade)
    assert row == [9.0, 8.0, 5.0]
    row = f.update(EventKind.DEPTH, 0, book(1, 3, status=BookStatus.STALE), bbo, trade)
    assert row == [9.0, 8.0, 5.0]


@both
@pytest.mark.parametrize(
    ("kind", "sampled"),
    [
        (EventKind.DEPTH, {"mid", "microprice", "bid", "ask"}),
        (EventKind.SNAPSHOT, {"mid", "microprice", "bid", "ask"}),
        (EventKind.BBO, {"bbo_mid"}),
        (EventKind.TRADE, {"trade"}),
        (EventKind.ORDER, set()),
        (EventKind.TIMER, set()),
        (EventKind.STATUS, set()),
        (EventKind.NONE, set()),
    ],
)
def test_which_event_samples_which_source(backend, kind, sampled):
    names = ("mid", "microprice", "bid", "ask", "trade", "bbo_mid")
    f = features(backend, *(spec("last", name) for name in names))
    row = f.update(kind, 0, book(7, 9, 3, 1), Bbo(1, 1, 7, 1, 8, 1), Trade(1, 5, 1, 0))
    expected = {"mid": 8.0, "microprice": 8.5, "bid": 7.0, "ask": 9.0, "trade": 5.0, "bbo_mid": 7.5}
    for name, value in zip(names, row, strict=True):
        assert (value == expected[name]) if name in sampled else math.isnan(value)


@both
@pytest.mark.parametrize(
    ("bid", "ask", "bid_lots", "ask_lots"),
    [
        (0, 9, 0, 1),
        (7, 0, 1, 0),
        (7, 9, 0, 1),
        (7, 9, 1, 0),
        (7, TICKS_MAX + 1, 1, 1),
        (7, 9, LOTS_MAX + 1, 1),
        (-7, 9, 1, 1),
        (7, 9, 1, -1),
    ],
)
def test_unusable_records_are_not_sampled(backend, bid, ask, bid_lots, ask_lots):
    f = features(backend, spec("last"), spec("last", "bbo_mid"), spec("last", "trade"))
    bbo = Bbo(1, 1, bid, bid_lots, ask, ask_lots)
    row = f.update(EventKind.DEPTH, 0, book(bid, ask, bid_lots, ask_lots), bbo, Trade(0, 0, 0, 0))
    row += f.update(EventKind.BBO, 0, book(7, 9), bbo, Trade(0, 0, 0, 0))
    row += f.update(EventKind.TRADE, 0, book(7, 9), bbo, Trade(0, min(bid, ask), 1, 0)) * (
        min(bid, ask) <= 0
    )
    assert all(math.isnan(value) for value in row)


@both
@pytest.mark.parametrize(("bid", "ask"), [(9, 9), (10, 9)])
def test_locked_or_crossed_bbo_is_not_sampled(backend, bid, ask):
    f = features(backend, spec("last", "bbo_mid"))
    row = f.update(EventKind.BBO, 0, book(7, 9), Bbo(1, 1, bid, 1, ask, 1), Trade(0, 0, 0, 0))
    assert math.isnan(row[0])


@both
def test_warm_up_is_what_the_spec_says(backend):
    for part in chunks(all_specs(4)):
        f = features(backend, *part)
        checked = catalogue.parts_of(part)
        for count in range(1, 20):
            for kind in (EventKind.DEPTH, EventKind.BBO, EventKind.TRADE):
                row = f.update(kind, count, book(70, 90), Bbo(1, 1, 7, 1, 8, 1), Trade(1, 5, 1, 0))
            for entry, value in zip(checked, row, strict=True):
                if count < entry.warm or not entry.spec.varies:
                    assert math.isnan(value) == (count < entry.warm), (entry.stem, count)


@both
@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (spec("emaa"), ("features[1]", "'emaa'", "did you mean 'ema'")),
        (spec("ema", "midd"), ("features[1]", "'midd'", "did you mean 'mid'")),
        (spec("vwap"), ("vwap cannot read 'mid'", "trade")),
        (spec("ema", period=0), ("period 0", "1 to 4096")),
        (spec("std", period=4097), ("period 4097", "2 to 4096")),
        (spec("imbalance", period=11), ("period 11", "1 to 10")),
        (spec("ema", period=2.0), ("period 2.0", "whole")),
        (spec("ema", factor=1.5), ("factor 1.5", "0.0 to 1.0")),
        (spec("ema", factor=math.nan), ("factor nan",)),
        (spec("ema", factor="x"), ("factor 'x'", "number")),
        (spec("atr", factor=1.5), ("factor 1.5", "whole")),
        (spec("sma", factor=0.5), ("sma has no factor",)),
        (spec("macd", fast=0), ("fast 0 of macd", "1 to 4096")),
        (spec("macd", fsat=3), ("unknown parameter 'fsat'", "did you mean 'fast'")),
        (spec("macd", fast=30), ("fast 30 of macd must be below slow 26",)),
        (spec("macd", period=3), ("macd has no period",)),
        (spec("sma", period=3, bar=2), ("unknown parameter 'bar'",)),
        (spec("atr", bar=0), ("bar 0 of atr", "1 to 4096")),
        (spec("correlation"), ("no column", "tickpath.indicators")),
    ],
)
def test_wrong_columns_are_refused_with_the_place(backend, bad, words):
    with pytest.raises(ConfigError) as caught:
        features(backend, spec("mid"), bad)
    assert all(word in str(caught.value) for word in words), caught.value


@both
def test_parameters_by_name(backend):
    """`period`, `factor` and `params` say the same where they name the same parameter."""
    f = features(
        backend,
        spec("atr", period=2, factor=3.0),
        spec("atr", bar=3, period=2),
        spec("bollinger_upper", period=4, factor=1.5),
        spec("bollinger_upper", period=4, width=1.5),
        spec("macd_signal", fast=2, slow=4, signal=3),
        spec("hawkes_intensity", "trade", base=2.0, jump=1.0, decay=3.0),
    )
    for event in stream(11, 200):
        row = f.update(*event)
    assert bits(row[:1]) == bits(row[1:2])
    assert bits(row[2:3]) == bits(row[3:4])
    assert all(math.isfinite(value) for value in row)


@both
def test_a_column_is_its_indicator_over_what_it_samples(backend):
    """Bars of five trades with their lots, and trades beside the quote, as in Python."""
    f = features(
        backend,
        spec("mfi", "trade", 3, bar=5),
        spec("effective_spread", "trade", 4),
        spec("hawkes_intensity", "trade"),
    )
    flow, paid = series.stream_class("mfi")(3), series.stream_class("effective_spread")(4)
    rate = series.stream_class("hawkes_intensity")()
    rng = random.Random(3)
    bar, last = [], 0
    for k in range(60):
        bid, lots = rng.randrange(100, 130), rng.randrange(1, 9)
        price = rng.choice((bid, bid + 2, bid + 5))
        now = (k + 1) * rng.choice((1, 2)) * 250_000_000
        row = f.update(EventKind.TRADE, now, book(bid, bid + 2), Bbo(), Trade(k, price, lots, 0))
        bar.append((price, lots))
        if len(bar) == 5:
            prices = [p for p, _ in bar]
            flow.update(max(prices), min(prices), price, sum(q for _, q in bar))
            bar = []
        paid.update(price, bid, bid + 2)
        rate.update(float(now - last) * 1e-9 if k else 0.0)
        last = now
        assert bits(row) == bits([flow.value, paid.value, rate.value])
    assert f.update(EventKind.TRADE, now, book(0, 5, 0, 1), Bbo(), Trade(9, 7, 1, 0))[1] == row[1]


@both
def test_too_many_columns_are_refused(backend):
    count = LIMITS["features_max"]
    assert len(features(backend, *[spec("mid")] * count).specs) == count
    with pytest.raises(ConfigError, match="features_max"):
        features(backend, *[spec("mid")] * (count + 1))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    period=st.integers(2, 9),
    bids=st.lists(st.integers(1, 400), min_size=1, max_size=60),
    lots=st.lists(st.integers(1, 30), min_size=4, max_size=4),
)
def test_any_walk_is_equal_and_in_range(period, bids, lots):
    stems = ("rsi", "std", "bollinger_percent", "imbalance", "atr", "realised_volatility", "ofi")
    specs = [spec(stem, period=period) for stem in stems]
    reference, native = features("reference", *specs), features("native", *specs)
    for k, bid in enumerate(bids):
        top = book(bid, bid + 1 + k % 3, lots[k % 4], lots[(k + 1) % 4])
        row = reference.update(EventKind.DEPTH, k, top, Bbo(), Trade(0, 0, 0, 0))
        assert bits(row) == bits(native.update(EventKind.DEPTH, k, top, Bbo(), Trade(0, 0, 0, 0)))
        rsi, std, _, imbalance, atr, volatility, _ = row
        assert math.isnan(rsi) or 0.0 <= rsi <= 100.0
        assert -1.0 <= imbalance <= 1.0
        assert not any(value < 0.0 for value in (std, atr, volatility))
    assert reference.export_state() == native.export_state()
