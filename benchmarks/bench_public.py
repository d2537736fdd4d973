"""Micro figures of the Python faces, on populated structures: what one call costs from Python.

Run by `make bench` through pytest-benchmark. These include the crossing of the Python border; the
walk itself calls none of them (see `tickpath bench` and the loops under benchmarks/hot).
"""

from typing import Any

import pytest

from tickpath.backtest.setup import config_of_symbol
from tickpath.cli.bench_frames import frame_set
from tickpath.core.config import Config, FeatureSpec
from tickpath.core.records import Bbo, Committed, EventKind, Intent, IntentKind, MarketEvent, Trade
from tickpath.engine.native import Engine
from tickpath.hot.book.native import Book
from tickpath.hot.features.native import Features
from tickpath.hot.risk.context import RiskContext
from tickpath.hot.risk.native import Risk
from tickpath.venues.binance.native import MarketDecoder

FRAMES = frame_set("depth9_json", 64)
TICKERS = frame_set("ticker_json", 4)


@pytest.fixture(scope="module")
def config() -> Config:
    return config_of_symbol("binance-spot", "BTCUSDT", strategy="imbalance_maker")


def frame(k: int) -> bytes:
    start, end = FRAMES.offsets[k], FRAMES.offsets[k + 1]
    return bytes(FRAMES.blob[start:end])


@pytest.fixture(scope="module")
def events(config: Config) -> list[MarketEvent]:
    """The snapshot and one depth message, decoded."""
    decoder = MarketDecoder(config, 0)
    found = [decoder.decode(data)[1] for data in (FRAMES.snapshot, frame(0))]
    return [event for event in found if event is not None]


def test_decode_depth(benchmark: Any, config: Config) -> None:
    decoder, data = MarketDecoder(config, 0), frame(0)
    code, _ = benchmark(decoder.decode, data)
    assert code == 0


def test_book_apply(benchmark: Any, config: Config, events: list[MarketEvent]) -> None:
    book = Book(config, 0)
    assert book.snapshot(events[0]) == 0
    assert benchmark(book.apply, events[1]) == 0


def test_book_top_ten(benchmark: Any, config: Config, events: list[MarketEvent]) -> None:
    book = Book(config, 0)
    book.snapshot(events[0])
    assert len(benchmark(book.top, 10).bids) == 10


def test_features_of_six(benchmark: Any, config: Config, events: list[MarketEvent]) -> None:
    periods = {"mid": 1, "microprice": 1, "spread": 1, "imbalance": 5, "ema": 20, "std": 20}
    features = Features([FeatureSpec(name=n, indicator=n, period=p) for n, p in periods.items()])
    book = Book(config, 0)
    book.snapshot(events[0])
    row = benchmark(features.update, EventKind.DEPTH, 1, book.top(10), Bbo(), Trade(0, 0, 0, 0))
    assert len(row) == 6


def test_risk_batch_of_eight(benchmark: Any, config: Config, events: list[MarketEvent]) -> None:
    book = Book(config, 0)
    book.snapshot(events[0])
    top = book.top(10)
    engine = Engine(config)
    intents = [
        Intent(kind=IntentKind.SUBMIT, strategy=0, instrument=0, price_ticks=top.bid_ticks,
               quantity_lots=2000)
        for _ in range(8)
    ]  # fmt: skip
    context = RiskContext(
        now_ns=10, positions=engine.stages.execute.positions, committed=[Committed()],
        tops=[top], bbos=[Bbo()], last_trade_ticks=[0], last_market_ns=[10],
        equity_units=[10**13] * 2, cash_units=[10**13] * 2, replaced_lots=[0] * 8,
        replaced_ticks=[0] * 8,
    )  # fmt: skip
    risk = Risk(config)
    assert len(benchmark(risk.validate, intents, context)) == 8


def test_engine_frame_from_python(benchmark: Any, config: Config) -> None:
    engine = Engine(config)
    engine.on_market_frame(0, FRAMES.snapshot, 1)
    ticker = bytes(TICKERS.blob[TICKERS.offsets[0] : TICKERS.offsets[1]])
    assert benchmark(engine.on_market_frame, 0, ticker, 2) == 0
