"""Raw files: what was acknowledged is there after a kill at any byte, and a torn tail is cut."""

import gzip
import os
import signal
import subprocess
import sys
import zlib
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pyarrow", reason="extra `store` is not installed")

from recorder_rig import T0_NS, frame_of

from tickpath.backtest.recording import read_recordings
from tickpath.core.errors import DataError
from tickpath.storage.recorder.files import (
    RESTART,
    Ack,
    RawSeries,
    repair,
    repair_all,
    run_name,
    runs_of,
)
from tickpath.storage.recorder.writer import RawWriter, WriterOptions

RIG = Path(__file__).resolve().parents[2] / "recorder_rig.py"


def lines_of(folder: Path) -> bytes:
    """Everything the files of a run hold, in order."""
    found = b""
    for paths in runs_of(folder).values():
        for path in paths:
            data = path.read_bytes()
            found += gzip.decompress(data) if path.suffix == ".gz" else data
    return found


def crc_of(text: bytes, frames: int) -> int:
    """CRC-32 of the first frames."""
    return zlib.crc32(b"".join(text.splitlines(keepends=True)[:frames]))


@pytest.mark.parametrize("kind", ["gz", "plain"])
@pytest.mark.parametrize("seed", range(2))
def test_a_kill_at_random_loses_nothing_acknowledged(tmp_path: Path, kind: str, seed: int) -> None:
    """SIGKILL after a random number of acknowledgements, wherever the writer then is."""
    random = Random(f"{kind}{seed}")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, str(RIG), str(tmp_path / "a"), str(seed), kind],
        stdout=subprocess.PIPE, text=True, env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(random.randrange(1, 40))]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
    acks = [line.split() for line in said if line.endswith("\n")]
    repaired = repair_all(tmp_path)
    text = lines_of(tmp_path / "a")
    assert acks
    assert len(repaired) <= 1
    for frames, crc in acks:
        assert crc_of(text, int(frames)) == int(crc)
    files = [p for paths in runs_of(tmp_path / "a").values() for p in paths]
    recording = read_recordings(files, "binance-spot")
    assert len(recording) == text.count(b"\n") >= int(acks[-1][0])
    assert not list(tmp_path.rglob("*.part"))


def written(folder: Path, *, zipped: bool, syncs: int = 6) -> tuple[Path, list[tuple[int, Ack]]]:
    """An open file and (bytes on the disk, what was acknowledged) after each sync."""
    series, random = RawSeries(folder, "a", "run", zipped=zipped), Random(3)
    acks = []
    for k in range(syncs):
        for number in range(5 * k, 5 * k + 5):
            series.add(T0_NS + number, frame_of(random, number))
        if k == 3:
            series.restart()
        ack = series.sync(1)
        acks.append((series.size, ack))
    series.abandon()
    (path,) = folder.glob("*.part")
    return path, acks


@settings(max_examples=25)
@given(st.floats(0, 1), st.booleans(), st.binary(max_size=30))
def test_a_file_cut_anywhere_keeps_what_was_acknowledged_before(
    tmp_path_factory: pytest.TempPathFactory, share: float, zipped: bool, garbage: bytes
) -> None:
    """A power loss may leave any length, and garbage behind it."""
    folder = tmp_path_factory.mktemp("cut") / "a"
    path, acks = written(folder, zipped=zipped)
    whole = path.read_bytes()
    cut = int(share * len(whole))
    path.write_bytes(whole[:cut] + garbage.replace(b"\n", b"."))
    safe = [ack for size, ack in acks if size <= cut]
    found = repair(path)
    text = lines_of(folder).replace(RESTART, b"")
    if found.path is None:
        assert not safe
        return
    assert found.frames == text.count(b"\n") >= (safe[-1].frames if safe else 0)
    for ack in safe:
        assert crc_of(text, ack.frames) == ack.crc32
    assert len(read_recordings([found.path], "binance-spot")) == found.frames


def test_repair_says_what_it_did(tmp_path: Path) -> None:
    path, _ = written(tmp_path / "a", zipped=True)
    with path.open("ab") as file:
        file.write(b"\x1f\x8b\x08 torn")
    found = repair(path)
    assert str(found) == "run-0000.gz.part: 8 bytes of a torn tail cut, 30 frames kept"
    with pytest.raises(DataError, match="closed in order"):
        repair(tmp_path / "a/run-0000.gz")
    left = tmp_path / "a/run-0001.txt.part"
    left.write_bytes(b"17230752 {")
    assert str(repair(left)).endswith("10 bytes of a torn tail cut, nothing left, removed")
    assert repair_all(tmp_path) == []


def test_files_rotate_and_read_as_one_session(tmp_path: Path) -> None:
    random, acks = Random(1), []
    series = RawSeries(tmp_path / "b", "b", run_name(T0_NS + 7), zipped=True)
    options = WriterOptions(sync_ns=1_000_000, rotate_bytes=2_000)
    writer = RawWriter([series], options, acks.append)
    writer.start()
    for number in range(3000):
        writer.add(0, T0_NS + number, frame_of(random, number))
    writer.close()
    ((run, paths),) = runs_of(tmp_path / "b").items()
    assert run == "20240808T000000.000000007"
    assert len(paths) == writer.rotated >= 1
    assert acks[-1].frames == 3000
    assert len(read_recordings(paths, "binance-spot")) == 3000


def test_a_full_disk_stops_and_keeps_what_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, room, acks = os.write, 3_000, list[Ack]()

    def write(number: int, data: bytes) -> int:
        nonlocal room
        if room <= 0:
            raise OSError(28, "No space left on device")
        count = real(number, data[:700])
        room -= count
        return count

    monkeypatch.setattr("tickpath.storage.recorder.files.os.write", write)
    series = RawSeries(tmp_path / "a", "a", "run", zipped=False)
    writer = RawWriter([series], WriterOptions(zipped=False, sync_ns=100_000), acks.append,
                       pending_bytes_max=500)  # fmt: skip
    writer.start()
    random = Random(5)
    for number in range(200):
        writer.add(0, T0_NS + number, frame_of(random, number))
    writer.close()
    monkeypatch.undo()
    assert "No space left" in str(writer.error)
    assert 0 < acks[-1].frames < 200
    repair_all(tmp_path)
    text = lines_of(tmp_path / "a")
    assert crc_of(text, acks[-1].frames) == acks[-1].crc32
