"""Recorded frames of Kraken through decoders and engine: every checksum, on both backends, beside
an oracle of Decimal; and what a wrong one does."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from venues.kraken.kraken_frames import (
    START_NS,
    V1_PAIRS,
    Oracle,
    instrument,
    kraken_config,
    v1_frames,
    v1_wide_lines,
    v2_frames,
    wide_config,
)

from tickpath.backtest.recording import read_recordings, write_recording
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.codes import Code
from tickpath.core.config import Config, StrategySpec
from tickpath.core.records import BookStatus
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.venues.kraken import native, wire

pytestmark = pytest.mark.recordings

ENGINES = {"native": NativeEngine, "reference": ReferenceEngine}


def drive(name: str, config: Config, frames: list[bytes]) -> Any:
    engine = ENGINES[name](config)
    for k, frame in enumerate(frames):
        engine.on_market_frame(0, frame, START_NS + k * 1_000_000)
    return engine


def checks(engine: Any) -> tuple[int, int]:
    books = engine.stages.books
    return sum(b.checksum_ok for b in books), sum(b.checksum_bad for b in books)


def codes(engine: Any) -> dict[str, int]:
    return {Code(int(k)).name: int(v) for k, v in engine.codes.items() if v}


CASES = {
    "v2": (lambda: kraken_config(), v2_frames, 301, {"OK": 301}),
    "v1": (
        lambda: kraken_config(instrument("XBT/USD", "0.00001")), v1_frames, 979,
        {"OK": 980, "FEED_CONTROL": 170},
    ),
    "v1 ten pairs": (
        wide_config, lambda: [f for _, f in v1_wide_lines()], 4269,
        {"OK": 4279, "FEED_CONTROL": 42},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ["v2", "v1", pytest.param("v1 ten pairs", marks=pytest.mark.slow)])
def test_every_checksum_of_every_recording(case: str) -> None:
    make, frames_of, checked, counted = CASES[case]
    frames = frames_of()
    engines = [drive(name, make(), frames) for name in ENGINES]
    for engine in engines:
        assert codes(engine) == counted
        assert checks(engine) == (checked, 0)
        assert all(b.top(1).status == BookStatus.OK for b in engine.stages.books)
    assert engines[0].export_state() == engines[1].export_state()


@pytest.mark.parametrize("case", CASES)
def test_decoders_agree_on_every_frame(case: str) -> None:
    make, frames_of, _, _ = CASES[case]
    reference, decoder = wire.MarketDecoder(make(), 0), native.MarketDecoder(make(), 0)
    for frame in frames_of():
        wanted = reference.decode(frame)
        assert decoder.decode(frame) == wanted
        assert decoder.decode_general(frame) == wanted


def test_books_are_those_of_the_oracle() -> None:
    """Levels and checksums by text and Decimal, from the venue's page alone."""
    engine, oracle = ENGINES["native"](kraken_config()), Oracle(10, 1)
    for k, frame in enumerate(v2_frames()):
        engine.on_market_frame(0, frame, START_NS + k)
        (row,) = json.loads(frame, parse_float=str, parse_int=str)["data"]
        for side in ("bids", "asks"):
            for level in row[side]:
                oracle.change(side, level["price"], level["qty"])
        oracle.truncate()
        assert oracle.checksum() == int(row["checksum"])
        for number, side in enumerate(("bids", "asks")):
            found = engine.stages.books[0].depth(number, 99)
            wanted = [(int(p * 10), int(q * 10**8)) for p, q in oracle.best(side)]
            assert found == wanted


def test_books_are_cut_to_their_depth() -> None:
    for make, frames in ((CASES["v2"][0], v2_frames()), (CASES["v1"][0], v1_frames())):
        (book,) = drive("native", make(), frames).stages.books
        assert (book.level_count(0), book.level_count(1)) == (10, 10)


@pytest.mark.parametrize("name", ENGINES)
def test_a_lost_message_is_found_and_nothing_is_quoted_until_the_snapshot(name: str) -> None:
    """One update is missing: the next checksum differs, the book is stale, strategies are told, and
    a new snapshot heals it."""
    frames = v2_frames()
    strategy = StrategySpec(name="every_event", instruments=(0,), params={"order_lots": 5000})
    money = {"USDT": Decimal(10**6), "BTC": Decimal(1)}
    config = kraken_config(strategies=(strategy,), balances=money)
    engine = drive(name, config, frames[:50])
    engine.take_decisions()
    assert engine.on_market_frame(0, frames[51], START_NS + 10**9) == Code.BOOK_CHECKSUM
    assert engine.stages.books[0].top(1).status == BookStatus.STALE
    assert engine.stages.feed.waiting(0)
    engine.take_decisions()
    for k in range(52, 60):
        code = engine.on_market_frame(0, frames[k], START_NS + 10**9 + k)
        assert code == Code.FEED_UNSYNCED
    assert len(engine.take_decisions()) == 0
    assert engine.on_market_frame(0, frames[0], START_NS + 2 * 10**9) == Code.OK
    assert engine.on_market_frame(0, frames[1], START_NS + 2 * 10**9 + 1) == Code.OK
    assert checks(engine) == (52, 1)


# -- backtest --------------------------------------------------------------------------------------


def recording(path: Path, lines: list[tuple[int, bytes]]) -> Path:
    path.write_bytes(b"".join(b"%d %b\n" % line for line in lines))
    return path


def test_a_backtest_takes_a_kraken_recording(tmp_path: Path) -> None:
    lines = [(START_NS + k * 10**8, frame) for k, frame in enumerate(v2_frames())]
    found = read_recordings([recording(tmp_path / "btcusd.txt", lines)])
    assert (found.venue, found.symbol) == ("kraken-spot", "BTC/USD")
    config = config_for(found, strategy="imbalance_maker", params={"order_lots": 10_000})
    results = []
    for name in ("native", "reference", "mixed"):
        options = Options(engine=name, measure=False)
        result = Backtest(config, found, options).run().to_json()
        assert result["book"]["checksum_ok"] == 301
        assert result["book"]["checksum_bad"] == 0
        assert result["exit_code"] == 0
        assert result["codes"]["OK"] >= 301
        results.append((result["decisions_hash"], result["state_hash"], result["orders"]))
    assert results[0] == results[1] == results[2]
    assert results[0][2] > 0


def test_a_backtest_counts_what_does_not_check(tmp_path: Path) -> None:
    frames = v2_frames()
    lines = [(START_NS + k * 10**8, f) for k, f in enumerate([*frames[:9], *frames[10:20]])]
    found = read_recordings([recording(tmp_path / "lossy.txt", lines)])
    result = Backtest(config_for(found), found, Options(measure=False)).run().to_json()
    assert result["book"]["checksum_bad"] == 1
    assert result["codes"]["FEED_UNSYNCED"] == 9
    assert result["codes"]["BOOK_CHECKSUM"] == 1


def test_a_v1_recording_is_told_by_its_channel_names(tmp_path: Path) -> None:
    pair = "WAVES/EUR"
    lines = [(t, f) for t, f in v1_wide_lines() if f.endswith(b'"%b"]' % pair.encode())]
    sizes = tmp_path / "v1.toml"
    sizes.write_text(
        f'[kraken-spot."{pair}"]\nbase = "WAVES"\nquote = "EUR"\ntick_size = "{V1_PAIRS[pair]}"\n'
        'lot_size = "0.00000001"\nquantity_min = "1"\nquantity_max = "100000"\n'
        "maker_fee_ppm = 1600\ntaker_fee_ppm = 2600\n"
    )
    found = read_recordings([recording(tmp_path / "waves.txt", lines)])
    assert (found.venue, found.symbol) == ("kraken-spot", pair)
    config = config_for(found, instruments_path=sizes)
    result = Backtest(config, found, Options(measure=False)).run().to_json()
    assert result["book"]["checksum_ok"] == len(lines) - 1
    assert result["book"]["checksum_bad"] == 0
    write_recording(found, tmp_path / "again.gz")
    assert read_recordings([tmp_path / "again.gz"]).symbol == pair
