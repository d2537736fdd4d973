"""Journal: what was appended is read back, after any damage, without an exception."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.codes import Code
from tickpath.core.errors import CapacityError, JournalError
from tickpath.core.records import InputKind
from tickpath.lanes.journal import Journal
from tickpath.lanes.journal_format import (
    HEADER_BYTES,
    RECORD_BYTES,
    RESERVE_BYTES,
    JournalHeader,
    JournalKind,
    epoch_next,
    segment_name,
)
from tickpath.lanes.journal_reader import EndReason, JournalReader, JournalRecord

SEGMENT = 4096
HEADER = JournalHeader(
    config_hash="0123456789abcdef",
    build_hash="fedcba9876543210",
    limits_hash="00000000000000ff",
    engine_id=7,
    epoch=3,
    created_ns=1_700_000_000_000_000_000,
)


def payloads(count: int, seed: int = 1, longest: int = 300) -> list[bytes]:
    rng = random.Random(seed)
    return [rng.randbytes(rng.randrange(longest)) for _ in range(count)]


def write(folder: Path, items: list[bytes], close: bool = True) -> Journal:
    journal = Journal.create(folder, HEADER, segment_bytes=SEGMENT)
    for seq, payload in enumerate(items):
        assert journal.append(1 + seq % 8, seq, seq * 10, payload) == Code.OK
        journal.do_work()
    if close:
        journal.close()
    return journal


def read(path: Path) -> tuple[list[JournalRecord], JournalReader]:
    reader = JournalReader(path)
    return list(reader), reader


def test_what_was_appended_is_read_back_over_segments(tmp_path: Path) -> None:
    items = payloads(200)
    journal = write(tmp_path, items)
    records, reader = read(tmp_path)
    assert [r.payload for r in records] == items
    assert [(r.kind, r.seq, r.t_recv_ns) for r in records] == [
        (1 + k % 8, k, k * 10) for k in range(200)
    ]
    assert reader.header == HEADER
    assert reader.end is not None
    assert reader.end.reason is EndReason.CLOSED
    assert not reader.end.torn
    assert records[-1].segment > 5
    assert all(r.offset % 8 == 0 for r in records)
    assert journal.records == 200


def test_the_kinds_of_input_have_the_same_numbers() -> None:
    for kind in InputKind:
        assert JournalKind(kind).name == kind.name


def test_a_journal_that_is_still_open_can_be_read(tmp_path: Path) -> None:
    items = payloads(20)
    journal = write(tmp_path, items, close=False)
    records, reader = read(tmp_path)
    assert [r.payload for r in records] == items
    assert reader.end is not None
    assert reader.end.reason is EndReason.OPEN
    journal.append(JournalKind.NOTE, 99, 0, b"more")
    assert [r.payload for r in reader] == [*items, b"more"]
    journal.close()


def test_a_full_segment_is_used_to_its_last_byte(tmp_path: Path) -> None:
    room = SEGMENT - HEADER_BYTES - RESERVE_BYTES - RECORD_BYTES
    journal = Journal.create(tmp_path, HEADER, segment_bytes=SEGMENT, segments_max=2)
    assert journal.append(1, 1, 1, bytes(room)) == Code.OK
    assert journal.segment == 0
    assert journal.append(1, 2, 2, bytes(room)) == Code.OK
    assert journal.segment == 1
    assert journal.append(1, 3, 3, b"") == Code.ENGINE_JOURNAL_FULL
    journal.close()
    records, reader = read(tmp_path)
    assert [len(r.payload) for r in records] == [room, room]
    assert reader.end is not None
    assert reader.end.reason is EndReason.OPEN


def test_a_record_longer_than_a_segment_is_refused(tmp_path: Path) -> None:
    room = SEGMENT - HEADER_BYTES - RESERVE_BYTES - RECORD_BYTES
    journal = Journal.create(tmp_path, HEADER, segment_bytes=SEGMENT)
    assert journal.append(1, 1, 1, bytes(room + 1)) == Code.ENGINE_JOURNAL_FULL
    assert journal.full


def test_once_full_always_full(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, HEADER, segment_bytes=SEGMENT)
    items = payloads(100)
    codes = [journal.append(1, k, k, item) for k, item in enumerate(items)]
    fitted = codes.index(Code.ENGINE_JOURNAL_FULL)
    assert set(codes[fitted:]) == {Code.ENGINE_JOURNAL_FULL}
    assert journal.do_work() == 1
    assert journal.append(1, 1, 1, b"") == Code.ENGINE_JOURNAL_FULL
    assert journal.full
    records, _ = read(tmp_path)
    assert [r.payload for r in records] == items[:fitted]


def test_the_worker_says_why_it_cannot_prepare(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, HEADER, segment_bytes=SEGMENT, segments_max=1)
    assert not journal.ready
    assert "segments_max" in journal.error
    folder = tmp_path / "absent"
    journal = Journal.create(folder, HEADER, segment_bytes=SEGMENT)
    for seq in range(2):
        journal.append(1, seq, 0, bytes(3000))
    (folder / segment_name(7, 3, 2)).mkdir()
    assert journal.do_work() == 0
    assert "exists" in journal.error.lower()
    assert (folder / segment_name(7, 3, 2)).is_dir()
    (folder / segment_name(7, 3, 2)).rmdir()
    assert journal.do_work() == 1
    assert journal.error == ""


def test_no_room_at_the_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CapacityError, match="no journal segment"):
        Journal.create(tmp_path, HEADER, segment_bytes=1 << 61)
    assert list(tmp_path.iterdir()) == []


def test_only_the_newest_segments_are_kept(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, HEADER, segment_bytes=SEGMENT, segments_kept=2)
    for seq in range(100):
        assert journal.append(1, seq, 0, bytes(400)) == Code.OK
        journal.do_work()
    journal.close()
    left = sorted(tmp_path.iterdir())
    assert len(left) == 3
    records, reader = read(tmp_path)
    assert records[-1].seq == 99
    assert reader.end is not None
    assert reader.end.reason is EndReason.CLOSED


def test_an_existing_journal_is_not_touched(tmp_path: Path) -> None:
    write(tmp_path, [b"mine"])
    with pytest.raises(JournalError, match="already has a journal"):
        Journal.create(tmp_path, HEADER)
    assert epoch_next(tmp_path, 7) == 4
    assert epoch_next(tmp_path, 8) == 1
    assert epoch_next(tmp_path / "absent", 7) == 1


def test_several_epochs_in_a_folder_must_be_named(tmp_path: Path) -> None:
    write(tmp_path, [b"one"])
    second = JournalHeader(engine_id=7, epoch=4)
    with Journal.create(tmp_path, second, segment_bytes=SEGMENT) as journal:
        journal.append(1, 1, 1, b"two")
    with pytest.raises(JournalError, match="epoch 4"):
        JournalReader(tmp_path)
    assert [r.payload for r in JournalReader(tmp_path, epoch=4)] == [b"two"]
    assert [r.payload for r in JournalReader(tmp_path / segment_name(7, 3, 0))] == [b"one"]


def test_closing_twice_is_fine_and_a_closed_journal_refuses(tmp_path: Path) -> None:
    journal = write(tmp_path, [b"x"])
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.append(1, 1, 1, b"")
    with pytest.raises(JournalError, match="closed"):
        journal.do_work()


@pytest.mark.parametrize("size", [0, 100, 4095, 4097])
def test_segment_sizes_are_checked(tmp_path: Path, size: int) -> None:
    with pytest.raises(JournalError, match="multiple of 4096"):
        Journal.create(tmp_path, HEADER, segment_bytes=size)


def test_the_worker_thread_keeps_up_without_the_gil(tmp_path: Path) -> None:
    with Journal.create(tmp_path, HEADER, segment_bytes=1 << 20) as journal:
        journal.start()
        with pytest.raises(JournalError, match="leave it alone"):
            journal.do_work()
        for batch in range(20):
            while not journal.ready:
                pass
            assert journal.append_many(1, batch * 1000, 5, bytes(400), 1000) == 1000
        journal.sync()
    records, reader = read(tmp_path)
    assert [r.seq for r in records] == list(range(20_000))
    assert reader.end is not None
    assert reader.end.reason is EndReason.CLOSED


CHILD = """
import os, sys
from tickpath.lanes.journal import Journal
from tickpath.lanes.journal_format import JournalHeader
journal = Journal.create(sys.argv[1], JournalHeader(), segment_bytes=65536)
journal.start()
seq = 0
while True:
    while not journal.ready:
        pass
    done = journal.append_many(1, seq, seq, bytes(range(100)), 100)
    seq += done
    os.write(1, seq.to_bytes(8, "little"))
"""


def test_a_killed_process_loses_nothing_it_had_appended(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ":".join(p for p in sys.path if p)},
    )
    assert child.stdout is not None
    told = [child.stdout.read(8) for _ in range(50)]
    child.send_signal(signal.SIGKILL)
    told += list(iter(lambda: child.stdout.read(8), b""))
    child.wait(timeout=30)
    promised = int.from_bytes(told[-1], "little")
    records, reader = read(tmp_path)
    assert len(records) >= promised >= 5000
    assert [r.seq for r in records] == list(range(len(records)))
    assert {r.payload for r in records} == {bytes(range(100))}
    assert reader.end is not None
    assert reader.end.reason in (EndReason.OPEN, EndReason.UNFINISHED)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[bytes], list[bytes]]:
    """A closed journal of two segments, and its files' bytes."""
    folder = tmp_path_factory.mktemp("small")
    items = payloads(40, seed=2, longest=250)
    write(folder, items)
    files = sorted(folder.iterdir())
    assert len(files) == 2
    return folder, items, [f.read_bytes() for f in files]


def damaged(tmp: Path, segments: list[bytes]) -> Iterator[JournalRecord]:
    for number, data in enumerate(segments):
        (tmp / segment_name(7, 3, number)).write_bytes(data)
    try:
        reader = JournalReader(tmp)
    except JournalError:
        return
    yield from reader
    assert reader.end is not None
    assert reader.end.offset <= len(segments[min(reader.end.segment, len(segments) - 1)])
    assert str(reader.end)


@pytest.mark.slow
def test_cut_at_every_byte(small, tmp_path: Path) -> None:
    _, items, (first, second) = small
    last = -1
    for cut in range(len(second)):
        found = [r.payload for r in damaged(tmp_path, [first, second[:cut]])]
        assert found == items[: len(found)]
        assert len(found) >= last
        last = len(found)
    assert last == len(items)
    for cut in range(0, len(first), 3):
        found = [r.payload for r in damaged(tmp_path, [first[:cut], second])]
        assert found == items[: len(found)]


def test_zeroed_from_every_byte_as_after_a_power_loss(small, tmp_path: Path) -> None:
    _, items, (first, second) = small
    for cut in range(HEADER_BYTES, len(second), 5):
        zeroed = second[:cut] + bytes(len(second) - cut)
        found = [r.payload for r in damaged(tmp_path, [first, zeroed])]
        assert found == items[: len(found)]


@given(data=st.data())
@settings(derandomize=True, deadline=None, max_examples=300)
def test_a_flipped_bit_never_passes(small, data: st.DataObject) -> None:
    """A changed payload, length, kind, number or stamp ends the reading there."""
    folder, items, files = small
    segment = data.draw(st.integers(0, 1))
    place = data.draw(st.integers(0, len(files[segment]) - 1))
    bit = data.draw(st.integers(0, 7))
    changed = bytearray(files[segment])
    changed[place] ^= 1 << bit
    segments = [bytes(changed) if k == segment else f for k, f in enumerate(files)]
    scratch = folder.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    found = list(damaged(scratch, segments))
    assert [r.payload for r in found] == items[: len(found)]
    assert [(r.kind, r.seq, r.t_recv_ns) for r in found] == [
        (1 + k % 8, k, k * 10) for k in range(len(found))
    ]


@given(st.binary(max_size=600))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_any_bytes_behind_a_good_header_end_cleanly(small, noise: bytes) -> None:
    folder, _, (first, _) = small
    scratch = folder.parent / "noise"
    scratch.mkdir(exist_ok=True)
    assert list(damaged(scratch, [first[:HEADER_BYTES] + noise])) == []


def test_a_record_of_another_segment_is_refused(small, tmp_path: Path) -> None:
    _, _, (first, second) = small
    mixed = second[:HEADER_BYTES] + first[HEADER_BYTES:]
    found = list(damaged(tmp_path, [first, mixed]))
    assert all(r.segment == 0 for r in found)


def test_a_missing_segment_is_named(small, tmp_path: Path) -> None:
    _, _, (first, _) = small
    (tmp_path / segment_name(7, 3, 0)).write_bytes(first)
    _, reader = read(tmp_path)
    assert reader.end is not None
    assert reader.end.torn
    assert str(reader.end) == "segment 1, offset 0: next segment is missing"


def test_a_segment_of_another_journal_is_refused(small, tmp_path: Path) -> None:
    _, _, (first, _) = small
    other = tmp_path / "other"
    with Journal.create(other, JournalHeader(engine_id=7, epoch=3), segment_bytes=SEGMENT) as j:
        j.append(1, 1, 1, bytes(3000))
        j.append(1, 2, 2, bytes(3000))
    (other / segment_name(7, 3, 0)).write_bytes(first)
    records, reader = read(other)
    assert all(r.segment == 0 for r in records)
    assert reader.end is not None
    assert reader.end.reason is EndReason.HEADER


@pytest.mark.parametrize("content", [b"", b"x" * 50, b"x" * 500])
def test_what_is_no_journal_is_an_error_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="file: "):
        JournalReader(path)
    with pytest.raises(JournalError, match="no journal segment"):
        JournalReader(tmp_path)
    with pytest.raises(JournalError, match="no such file"):
        JournalReader(tmp_path / "absent")


def test_headers_are_checked() -> None:
    with pytest.raises(JournalError, match="16 hex digits"):
        JournalHeader(config_hash="xyz")
    with pytest.raises(JournalError, match="16 bits"):
        JournalHeader(epoch=65536)
