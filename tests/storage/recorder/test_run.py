"""The recorder against a simulated venue on loopback: kills, catch-up, what the files then hold."""

import asyncio
import gzip
import json
import os
import signal
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason="extra `live` is not installed")
pytest.importorskip("pyarrow", reason="extra `store` is not installed")

from store_frames import walk
from store_rows import same
from support import btcusdt, config_of

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.setup import config_for
from tickpath.core.config import VENUES as VENUE_NAMES
from tickpath.core.config import Source
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.ticks import joined
from tickpath.storage import open_store
from tickpath.storage.decode import ticks_of_recording
from tickpath.storage.rebuild import Rebuilder
from tickpath.storage.recorder.files import runs_of
from tickpath.storage.recorder.host import series_of
from tickpath.storage.recorder.run import RecordOptions, RecordRun
from tickpath.storage.recorder.writer import WriterOptions
from tickpath.venues.sim.server.config import load_host
from tickpath.venues.sim.server.host import VenueHost

VENUES = """
[[venues]]
protocol = "binance-spot"
[[venues.markets]]
symbol = "BTCUSDT"
mid = "60000"
events_per_s = 120
[[venues]]
protocol = "kraken-spot"
[[venues.markets]]
symbol = "BTC/USD"
mid = "60000"
events_per_s = 120
"""
SOURCES = """
[[sources]]
venue = "binance-spot"
symbols = ["BTCUSDT"]
[[sources]]
venue = "kraken-spot"
symbols = ["BTC/USD"]
[live]
state = "state"
"""
SERIES = {"binance-spot/BTCUSDT": "BTCUSDT", "kraken-spot/BTC%2FUSD": "BTC/USD"}
QUICK = WriterOptions(sync_ns=20_000_000, rotate_bytes=4_000, store_ns=300_000_000)


def write_config(folder: Path, host: VenueHost) -> Path:
    text = SOURCES
    for name, urls in host.urls()["venues"].items():
        text += f'[[live.venues]]\nname = "{name}"\nkeys = "nobody"\nrest = "{urls["rest"]}"\n'
        text += f'market = ["{urls["market"]}"]\n'
    path = folder / "record.toml"
    path.write_text(text)
    return path


async def killed(path: Path, folder: Path, acks: Path, wanted: int) -> None:
    """A recorder that is killed once so many acknowledgements are out."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tickpath.cli.main", "record", str(path), "--out",
        str(folder / "raw"), "--store", str(folder / "store"), "--sync-ms", "20", "--store-s", "1",
        "--acks", str(acks), env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    while not acks.exists() or acks.read_bytes().count(b"\n") < wanted:
        assert process.returncode is None
        await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    await process.wait()


def text_of(paths: list[Path]) -> list[bytes]:
    """Frames as lines."""
    lines = b"".join(gzip.decompress(p.read_bytes()) for p in paths).splitlines(keepends=True)
    return [line for line in lines if line[:1].isdigit()]


@pytest.mark.slow
def test_killed_at_random_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Two kills, then a run that ends in order: every frame of every acknowledgement is in the
    files, and the store has the rows of all the frames."""
    random, told = Random(4), list[str]()

    async def scene() -> None:
        (tmp_path / "venues.toml").write_text(VENUES)
        async with VenueHost(load_host(tmp_path / "venues.toml")) as host:
            path = write_config(tmp_path, host)
            for k in range(2):
                await killed(path, tmp_path, tmp_path / f"acks{k}", random.randrange(10, 50))
            options = RecordOptions(
                out=tmp_path / "raw", store=str(tmp_path / "store"), writer=QUICK,
            )  # fmt: skip
            run = RecordRun(path, options, tell=told.append)
            task = asyncio.create_task(run.run())
            while sum(run.acknowledged.values()) < 120:
                await asyncio.sleep(0.01)
            run.stop()
            assert await task == 0

    asyncio.run(scene())
    assert [line for line in told if line.startswith("repaired")]
    store = open_store(tmp_path / "store")
    for name, symbol in SERIES.items():
        runs = list(runs_of(tmp_path / "raw" / name).values())
        assert len(runs) == 3
        for k, paths in enumerate(runs[:2]):
            acks = [json.loads(line) for line in (tmp_path / f"acks{k}").read_text().splitlines()]
            lines = text_of(paths)
            said = [a for a in acks if a["series"] == name.replace("%2F", "/")]
            assert said
            for ack in said:
                crc = zlib.crc32(b"".join(lines[: ack["frames"]]))
                assert f"{crc:08x}" == ack["crc32"]
        rows = []
        for paths in runs:
            recording = read_recordings(paths, venue=name.partition("/")[0], symbol=symbol)
            mine = joined(list(ticks_of_recording(recording, config_for(recording))))
            rebuilt = Rebuilder(config_for(recording), [])
            rebuilt.take(mine)
            assert rebuilt.book.hash == walk(recording).stages.books[0].hash
            rows.append(mine)
        assert rebuilt.book.hash != 0
        stored = joined(list(store.events(recording.venue, symbol)))
        assert same(stored, joined(rows))
        assert (np.diff(stored["t_recv_ns"]) >= 0).all()
    assert not list((tmp_path / "raw").rglob("*.part"))
    assert store.verify().faults == []


def test_a_store_that_refuses_stops_the_rows_and_not_the_frames(tmp_path: Path) -> None:
    told = list[str]()

    async def scene() -> None:
        (tmp_path / "venues.toml").write_text(VENUES)
        async with VenueHost(load_host(tmp_path / "venues.toml")) as host:
            path = write_config(tmp_path, host)
            options = RecordOptions(out=tmp_path / "raw", store=str(tmp_path / "s"), writer=QUICK)
            run = RecordRun(path, options, tell=told.append)

            def broken(*args: object, **named: object) -> None:
                raise OSError(28, "No space left on device")

            assert run.store is not None
            run.store.place.sink = broken  # type: ignore[method-assign]
            task = asyncio.create_task(run.run())
            while sum(run.acknowledged.values()) < 100 or run.writer.store_error is None:
                await asyncio.sleep(0.01)
            with pytest.raises(ConfigError, match="another process runs with this state"):
                RecordRun(path, options, tell=told.append)
            run.stop()
            with pytest.raises(DataError, match=r"No space left.*all frames are safe"):
                await task
            after = RecordRun(path, options, tell=told.append)
            after.stop()
            assert await after.run() == 0

    asyncio.run(scene())
    assert any("rows of an earlier run brought to the store" in line for line in told)
    assert open_store(tmp_path / "s").verify().rows > 100


def test_a_series_is_what_one_reader_needs() -> None:
    spot, coinbase = VENUE_NAMES.index("binance-spot"), VENUE_NAMES.index("coinbase")
    names = ((spot, "BTCUSDT"), (spot, "ETHUSDT"), (coinbase, "BTC-USD"), (coinbase, "ETH-USD"))
    table = [btcusdt(venue=venue, symbol=symbol) for venue, symbol in names]
    config = config_of(*table)
    sources = (
        Source(name="a", venue=spot, instruments=(0, 1)),
        Source(name="b", venue=coinbase, instruments=(2, 3)),
    )
    found = series_of(replace(config, sources=sources))
    assert [(s.name, s.source, s.instruments) for s in found] == [
        ("binance-spot/BTCUSDT", 0, (0,)),
        ("binance-spot/ETHUSDT", 0, (1,)),
        ("coinbase/BTC-USD+ETH-USD", 1, (2, 3)),
    ]
    with pytest.raises(ConfigError, match="two sources record binance-spot/BTCUSDT"):
        series_of(replace(config, sources=(sources[0], replace(sources[0], name="c"))))


def test_what_cannot_be_recorded_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.toml"
    path.write_text(
        '[[sources]]\nvenue = "nasdaq"\nsymbols = ["AAPL"]\n[live]\nstate = "s"\n'
        '[[live.venues]]\nname = "nasdaq"\nlines = ["233.54.12.1:20000"]\n'
    )
    (tmp_path / "i.toml").write_text(
        '[nasdaq.AAPL]\nkind = "spot"\nbase = "AAPL"\nquote = "USD"\nsettle = "USD"\n'
        'tick_size = "0.01"\nlot_size = "1"\nquantity_min = "1"\nquantity_max = "10000"\n'
        'notional_min = "0"\nmaker_fee_ppm = 0\ntaker_fee_ppm = 0\n'
    )
    options = RecordOptions(out=tmp_path / "raw", instruments=tmp_path / "i.toml")
    with pytest.raises(ConfigError, match="packet capture"):
        RecordRun(path, options, tell=print)
    assert not (tmp_path / "raw").exists()
