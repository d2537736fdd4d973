"""Recordings: what is read, what is inferred, and one line for everything that is wrong."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import RECORDINGS, require

from tickpath.backtest.recording import read_recordings, write_recording
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.venues.sim.generator import generate

DEPTH = b'{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":1,"u":2,%b"b":[["1.0","2"]],"a":[]}'
SPOT = DEPTH % b""
USDM = DEPTH % b'"pu":0,'
COINM = (DEPTH % b'"ps":"BTCUSD","pu":0,').replace(b"BTCUSDT", b"BTCUSD_PERP")
TICKER = b'{"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1"}'


def write(path: Path, *frames: bytes, start: int = 1000) -> Path:
    lines = b"".join(b"%d %b\n" % (start + k, frame) for k, frame in enumerate(frames))
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    return path


def frames_of(recording: Any) -> list[bytes]:
    blob = bytes(recording.blob)
    spans = zip(recording.offsets, recording.sizes, strict=True)
    return [blob[o : o + n] for o, n in spans]


@pytest.mark.parametrize("name", ["r.txt", "r.gz", "gzip-by-content"])
def test_plain_and_gzip_are_read_alike(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, SPOT, TICKER)
    if name == "gzip-by-content":
        path.write_bytes(gzip.compress(path.read_bytes()))
    recording = read_recordings([path])
    assert frames_of(recording) == [SPOT, TICKER]
    assert recording.t_ns.tolist() == [1000, 1001]
    assert (recording.venue, recording.symbol) == ("binance-spot", "BTCUSDT")
    padding = LIMITS["frame_padding_bytes"]
    for offset, size in zip(recording.offsets, recording.sizes, strict=True):
        assert not recording.blob[offset + size : offset + size + padding].any()
    assert recording.blob.dtype == np.uint8


@pytest.mark.parametrize(
    ("frame", "venue", "symbol"),
    [
        (SPOT, "binance-spot", "BTCUSDT"), (USDM, "binance-usdm", "BTCUSDT"),
        (COINM, "binance-coinm", "BTCUSD_PERP"),
        (b'{"stream":"btcusdt@depth","data":%b}' % USDM, "binance-usdm", "BTCUSDT"),
        (DEPTH.replace(b"%b", b"").replace(b"}", b',"pu":7}'), "binance-usdm", "BTCUSDT"),
    ],
)  # fmt: skip
def test_the_venue_is_told_by_the_depth_frames(
    frame: bytes, venue: str, symbol: str, tmp_path: Path
) -> None:
    recording = read_recordings(
        [write(tmp_path / "r", TICKER.replace(b'"s":"BTCUSDT",', b""), frame)]
    )
    assert (recording.venue, recording.symbol) == (venue, symbol)
    told = read_recordings([tmp_path / "r"], venue="binance-spot")
    assert told.venue == "binance-spot"


def test_a_symbol_may_stand_in_the_stream_name_alone(tmp_path: Path) -> None:
    partial = b'{"stream":"ethusdt@depth20","data":{"lastUpdateId":1,"bids":[],"asks":[]}}'
    recording = read_recordings([write(tmp_path / "r", partial)], venue="binance-spot")
    assert recording.symbol == "ETHUSDT"


def test_what_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "r", TICKER)
    with pytest.raises(ConfigError, match=r"--venue binance-spot \| binance-usdm"):
        read_recordings([path])
    assert read_recordings([path], venue="binance-usdm").venue == "binance-usdm"
    with pytest.raises(ConfigError, match="choose one of"):
        read_recordings([path], venue="nowhere")
    nameless = write(tmp_path / "n", SPOT.replace(b'"s":"BTCUSDT",', b""))
    with pytest.raises(ConfigError, match="no frame names a symbol"):
        read_recordings([nameless])


def test_files_continue_one_session(tmp_path: Path) -> None:
    one = write(tmp_path / "1", SPOT, SPOT, start=5000)
    two = write(tmp_path / "2.gz", SPOT, TICKER, start=4000)
    recording = read_recordings([one, two])
    assert len(recording) == 4
    assert recording.t_ns.tolist() == [5000, 5001, 5001, 5001]  # never backwards
    other = write(tmp_path / "3", USDM)
    with pytest.raises(ConfigError, match="one instrument"):
        read_recordings([one, other])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "no frames"), (b"\n", "line 1"), (b"1000\n", "line 1"), (b"x {}\n", "line 1"),
        (b"1000 {}\n-5 {}\n", "line 2"), (b"99999999999999999999 {}\n", "line 1"),
        (b"1 " + b"x" * (LIMITS["frame_bytes_max"] + 1) + b"\n", "frame_bytes_max"),
    ],
    ids=range(7),
)  # fmt: skip
def test_bad_lines_are_named(text: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "bad"
    path.write_bytes(text)
    with pytest.raises(DataError) as caught:
        read_recordings([path])
    message = str(caught.value)
    assert str(path) in message
    assert words in message
    assert "\n" not in message


def test_files_that_overlap_are_named(tmp_path: Path) -> None:
    """In any order, and a file given twice."""
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_bytes(b"1000000000 " + SPOT + b"\n4000000000 " + SPOT + b"\n")
    second.write_bytes(b"2500000000 " + SPOT + b"\n5000000000 " + SPOT + b"\n")
    with pytest.raises(DataError, match=r"b.txt: begins 1.500 s before .*a.txt ends"):
        read_recordings([first, second])
    with pytest.raises(DataError, match=r"a.txt: begins 4.000 s before .*b.txt ends"):
        read_recordings([second, first])
    with pytest.raises(DataError, match=r"begins 3.000 s before"):
        read_recordings([first, first])


def test_lines_that_are_not_sorted_are_named(tmp_path: Path) -> None:
    """A clock may be set back a little."""
    path = tmp_path / "a.txt"
    lines = [b"%d %b\n" % (t_ns, SPOT) for t_ns in (5 * 10**9, 4 * 10**9, 6 * 10**9)]
    path.write_bytes(b"".join(lines))
    assert read_recordings([path]).t_ns.tolist() == [5 * 10**9, 5 * 10**9, 6 * 10**9]
    path.write_bytes(b"".join(lines) + b"%d %b\n" % (5 * 10**9 - 1, SPOT))
    with pytest.raises(DataError, match=r"a.txt: line 4 is 1.000 s older than one before it"):
        read_recordings([path])


def test_damaged_and_missing_files(tmp_path: Path) -> None:
    path = write(tmp_path / "r.gz", *[SPOT] * 50)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(DataError, match="damaged gzip"):
        read_recordings([path])
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(DataError, match=str(missing)):
            read_recordings([missing])


@pytest.mark.parametrize("name", ["made.gz", "made.txt"])
@pytest.mark.parametrize("venue", ["binance-spot", "binance-usdm"])
def test_what_is_written_is_read(name: str, venue: str, tmp_path: Path) -> None:
    made = generate(4, 500, venue=venue)
    write_recording(made, tmp_path / name)
    read = read_recordings([tmp_path / name])
    assert (read.venue, read.symbol) == (venue, "BTCUSDT")
    assert frames_of(read) == frames_of(made)
    assert read.t_ns.tolist() == made.t_ns.tolist()


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("name", "venue", "frames"),
    [
        ("spot_btcusdt_20240809", "binance-spot", 61_000),
        ("cm_btcusd_perp_20240808", "binance-coinm", 48_000),
    ],
)
def test_recorded_days(name: str, venue: str, frames: int) -> None:
    recording = read_recordings([require(RECORDINGS / f"{name}.gz")])
    assert recording.venue == venue
    assert len(recording) > frames * 9 // 10
    assert (np.diff(recording.t_ns) >= 0).all()
