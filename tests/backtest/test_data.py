"""What `--data` may be: recordings, several instruments, a range of a tick store."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import btcusdt
from venues.sim.test_loop_models import flat

from tickpath.backtest.data import (
    Market,
    Range,
    is_store,
    open_market,
    placed,
    snapshot_before,
    time_ns,
)
from tickpath.backtest.pieces import Pieces, whole
from tickpath.backtest.recording import write_recording
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_of_instruments
from tickpath.core.backend import Backend
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.core.records import EventKind
from tickpath.core.ticks import LAST, ticks_of
from tickpath.venues.base import source_module
from tickpath.venues.flat.frames import ticks_of_recording
from tickpath.venues.sim.generator import generate

SPOT, ETHER = ("binance-spot", "BTCUSDT"), ("binance-spot", "ETHUSDT")


ETHER_FILE = """
[binance-spot.ETHUSDT]
base = "ETH"
quote = "USDT"
settle = "USDT"
tick_size = "0.01"
lot_size = "0.000001"
order_step = "0.00001"
quantity_min = "0.00001"
quantity_max = "9000"
notional_min = "5"
maker_fee_ppm = 1000
taker_fee_ppm = 1000
"""
"""The generator makes markets in the steps of BTCUSDT only."""


@pytest.fixture(autouse=True)
def own_instruments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.toml").write_text(ETHER_FILE)
    monkeypatch.chdir(tmp_path)


def config(*instruments: tuple[str, str], wire: str = "") -> Config:
    return config_of_instruments(
        instruments, wire, strategy="imbalance_maker", instruments_path="own.toml"
    )


def decisions(market: Market, made: Config, **options: Any) -> tuple[Any, ...]:
    run = Backtest(
        made, placed(market, made), Options(measure=False, direct_orders=True, **options)
    )
    found = run.run()
    return found.orders, found.fills, found.pnl_units, found.events


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "btc.txt", tmp_path / "eth.txt"]
    write_recording(generate(3, 800), paths[0])
    write_recording(generate(4, 600, "ETHUSDT"), paths[1])
    return paths


@pytest.fixture
def store(tmp_path: Path) -> Path:
    from tickpath.storage.store import open_store

    place = tmp_path / "ticks"
    opened = open_store(place, instruments="own.toml")
    for seed, symbol in ((3, "BTCUSDT"), (4, "ETHUSDT")):
        recording = generate(seed, 800, symbol)
        made = config(("binance-spot", symbol))
        decoder = source_module(made, 0, Backend.NATIVE).MarketDecoder(made, 0)
        opened.write("binance-spot", symbol, ticks_of_recording(recording, made, decoder)[0])
    return place


def test_times_are_nanoseconds_or_iso() -> None:
    assert time_ns("1723075200000000000") == 1723075200000000000
    assert time_ns("2024-08-08") == 1723075200000000000
    assert time_ns("2024-08-08T00:00:00.000001+01:00") == 1723071600000001000
    with pytest.raises(ConfigError, match="ISO 8601"):
        time_ns("yesterday")


def test_files_of_two_instruments_run_on_one_clock(files: list[Path]) -> None:
    market = open_market(files)
    assert market.instruments == (SPOT, ETHER)
    both = config(ETHER, SPOT)
    assert decisions(market, both)[3] == sum(map(len, market.recordings))
    assert placed(market, config(SPOT, ETHER)).source_of(0) in (0, 1)  # type: ignore[union-attr]
    with pytest.raises(ConfigError, match="no data of binance-usdm:BTCUSDT"):
        placed(market, config(SPOT, ("binance-usdm", "BTCUSDT")))


def test_one_file_is_as_it_always_was(files: list[Path]) -> None:
    market = open_market(files[:1])
    made = config(SPOT)
    assert placed(market, made) is market.recordings[0]
    assert decisions(market, made)[3] == 800


def test_a_store_gives_what_the_frames_give(store: Path) -> None:
    assert is_store(store)
    made = config(SPOT, wire="flat")
    stored = open_market([store], symbol="BTCUSDT")
    assert isinstance(placed(stored, made), Pieces)
    frames = Market(instruments=(SPOT,), wire="flat", recordings=(flat(3, 800),))
    assert decisions(stored, made) == decisions(frames, made)
    assert decisions(stored, made)[0] > 10


def test_two_instruments_of_a_store(store: Path) -> None:
    made = config(SPOT, ETHER, wire="flat")
    market = open_market([store], symbol="BTCUSDT,ETHUSDT")
    frames = Market(
        instruments=(SPOT, ETHER), wire="flat", recordings=(flat(3, 800), flat(4, 800, "ETHUSDT"))
    )
    assert decisions(market, made) == decisions(frames, made)
    assert open_market([store], config=made).instruments == (SPOT, ETHER)


def test_a_range_begins_at_the_snapshot_before(store: Path) -> None:
    made, recording = config(SPOT, wire="flat"), flat(3, 800)
    span = Range(start_ns=int(recording.t_ns[400]), stop_ns=int(recording.t_ns[600]))
    market = open_market([store], symbol="BTCUSDT", span=span)
    assert snapshot_before(market.store, SPOT, span.start_ns) == 1700000000300000000
    assert snapshot_before(market.store, SPOT, 5) == 0
    again = ticks_of(
        t_recv_ns=1700000999000000000, last_id=10**12, price_ticks=[100, 101], quantity_lots=5,
        side=[0, 1], kind=EventKind.SNAPSHOT, flags=[0, LAST],
    )  # fmt: skip
    market.store.write(*SPOT, again)
    assert snapshot_before(market.store, SPOT, 2 * 10**18) == 1700000999000000000
    orders, _, _, events = decisions(market, made, start_ns=span.start_ns, stop_ns=span.stop_ns)
    assert events == 200
    assert orders > 0


def test_a_symbol_may_have_its_venue(store: Path) -> None:
    named = open_market([store], symbol="binance-spot:ETHUSDT,BTCUSDT")
    assert named.instruments == (("binance-spot", "ETHUSDT"), ("binance-spot", "BTCUSDT"))
    with pytest.raises(ConfigError, match="name one of them with --symbol"):
        open_market([store], symbol="binance-usdm:ETHUSDT")


def test_what_is_asked_for_must_be_there(store: Path, files: list[Path], tmp_path: Path) -> None:
    for asked, message in (
        ({"symbol": "XRPUSDT"}, "holds binance-spot:BTCUSDT, binance-spot:ETHUSDT; name one"),
        ({}, "add --symbol"),
        ({"venue": "binance-spot"}, "add --symbol"),
    ):
        with pytest.raises(ConfigError, match=message):
            open_market([store], **asked)
    with pytest.raises(ConfigError, match="not several and not both"):
        open_market([store, files[0]])
    assert not is_store(tmp_path)


def test_other_sizes_than_the_store_has_are_refused(store: Path) -> None:
    made = config(SPOT, wire="flat")
    other = replace(
        made, instruments=(replace(made.instruments[0], tick_size=btcusdt().tick_size * 2),)
    )
    market = open_market([store], symbol="BTCUSDT")
    with pytest.raises(ConfigError, match="other sizes"):
        placed(market, other)


def test_a_sweep_reads_a_store_and_several_instruments(store: Path, tmp_path: Path) -> None:
    from tickpath.backtest.sweep.backtests import Subject, sweep_backtests

    subject = Subject(
        paths=[store], strategy="imbalance_maker", symbol="BTCUSDT,ETHUSDT",
        instruments_path="own.toml",
    )  # fmt: skip
    space = {"half_spread_ppm": [10, 20]}
    one = sweep_backtests(subject, space, executor="thread", workers=1)
    two = sweep_backtests(subject, space, executor="process", workers=2, folder=tmp_path / "s")
    assert one.hash == two.hash
    made = config(SPOT, ETHER, wire="flat")
    params = {**made.strategies[0].params, "half_spread_ppm": 10}
    made = replace(made, strategies=(replace(made.strategies[0], params=params),))
    market = open_market([store], symbol="BTCUSDT,ETHUSDT")
    assert one.rows[0].figures["orders"] == decisions(market, made)[0] > 10


def test_pieces_become_one_recording(store: Path) -> None:
    made = config(SPOT, ETHER, wire="flat")
    market = open_market([store], symbol="BTCUSDT,ETHUSDT")
    joined = whole(placed(market, made))
    options = Options(measure=False, direct_orders=True)
    runs = [Backtest(made, data, options).run() for data in (joined, placed(market, made))]
    assert runs[0].state_hash == runs[1].state_hash
    assert whole(joined) is joined
