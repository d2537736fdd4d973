"""Ring: order, bounds, loss that is counted, two threads, two processes."""

import os
import subprocess
import sys
import threading

import pytest

from tickpath.core.errors import ConfigError, DataError
from tickpath.lanes.ring import Ring
from tickpath.lanes.shm import Mapping

COUNT = 50_000


def number(value: int) -> bytes:
    return value.to_bytes(8, "little")


def test_records_of_any_length_arrive_in_order() -> None:
    ring = Ring.create(slots=8, record_bytes=100)
    writer, reader = ring.writer(), ring.reader()
    for length in [0, 1, 7, 8, 9, 63, 64, 65, 99, 100] * 5:
        record = bytes(k % 251 for k in range(length))
        assert writer.push(record)
        assert reader.waiting == 1
        assert reader.pop() == record
    assert reader.pop() is None
    assert ring.dropped == 0


def test_a_full_ring_refuses_and_counts() -> None:
    ring = Ring.create(slots=4, record_bytes=8)
    writer, reader = ring.writer(), ring.reader()
    assert [writer.push(number(k)) for k in range(6)] == [True] * 4 + [False] * 2
    assert ring.dropped == 2
    assert reader.pop() == number(0)
    assert writer.push(number(9))
    assert [reader.pop() for _ in range(5)] == [number(k) for k in (1, 2, 3, 9)] + [None]


@pytest.mark.parametrize("lossy", [False, True])
def test_a_record_that_is_too_long_is_dropped(lossy: bool) -> None:
    ring = Ring.create(slots=4, record_bytes=8, lossy=lossy)
    writer, reader = ring.writer(), ring.reader()
    assert not writer.push(b"123456789")
    assert ring.dropped == 1
    assert reader.pop() is None


def test_a_slow_observer_loses_records_and_knows_how_many() -> None:
    ring = Ring.create(slots=8, record_bytes=8, lossy=True)
    writer, slow, quick = ring.writer(), ring.reader(), ring.reader()
    seen_slow, seen_quick = [], []
    for k in range(1000):
        assert writer.push(number(k))
        seen_quick.append(quick.pop())
        if k % 20 == 19:
            seen_slow.append(slow.pop())
    while (record := slow.pop()) is not None:
        seen_slow.append(record)
    assert seen_quick == [number(k) for k in range(1000)]
    assert quick.lost == 0
    assert slow.lost > 0
    assert slow.lost + len(seen_slow) == ring.written == 1000
    values = [int.from_bytes(r, "little") for r in seen_slow if r is not None]
    assert values == sorted(set(values))
    assert values[-1] == 999
    assert ring.dropped == 0


def test_an_observer_sees_what_comes_after_it_joined() -> None:
    ring = Ring.create(slots=8, record_bytes=8, lossy=True)
    writer = ring.writer()
    writer.push(number(1))
    reader = ring.reader()
    assert reader.pop() is None
    writer.push(number(2))
    assert reader.pop() == number(2)


@pytest.mark.parametrize(
    ("slots", "record_bytes"), [(0, 8), (1, 8), (3, 8), (2**21, 8), (8, 0), (8, 2**22)]
)
def test_sizes_out_of_bounds_are_refused(slots: int, record_bytes: int) -> None:
    with pytest.raises(ConfigError, match="take"):
        Ring.create(slots=slots, record_bytes=record_bytes)


def test_one_writer_and_one_consumer() -> None:
    ring = Ring.create(slots=8, record_bytes=8)
    ring.writer()
    ring.reader()
    with pytest.raises(ConfigError, match="writer already"):
        ring.writer()
    with pytest.raises(ConfigError, match="consumer already"):
        ring.reader()


def test_a_second_handle_goes_on_where_the_first_stopped(tmp_path) -> None:
    first = Ring.create(slots=8, record_bytes=8, path=tmp_path / "ring")
    writer = first.writer()
    for k in range(3):
        writer.push(number(k))
    reader = Ring.attach(tmp_path / "ring").reader()
    assert reader.pop() == number(0)
    second = Ring.attach(tmp_path / "ring")
    assert second.reader().pop() == number(1)
    assert second.writer().push(number(7))
    assert second.written == 4


def test_an_observer_may_map_for_reading_only(tmp_path) -> None:
    ring = Ring.create(slots=8, record_bytes=8, lossy=True, path=tmp_path / "ring")
    other = Ring.attach(tmp_path / "ring", writable=False)
    reader = other.reader()
    ring.writer().push(number(5))
    assert reader.pop() == number(5)
    with pytest.raises(ConfigError):
        other.writer()


def test_an_existing_file_is_not_overwritten(tmp_path) -> None:
    (tmp_path / "ring").write_bytes(b"mine")
    with pytest.raises(DataError, match="there already"):
        Ring.create(slots=8, record_bytes=8, path=tmp_path / "ring")
    assert (tmp_path / "ring").read_bytes() == b"mine"


@pytest.mark.parametrize("offset", range(0, 40, 8))
@pytest.mark.parametrize("value", [0, 3, 2**20, 2**40, 2**64 - 1])
def test_a_damaged_header_is_refused_or_harmless(tmp_path, offset: int, value: int) -> None:
    path = tmp_path / "ring"
    Ring.create(slots=8, record_bytes=8, path=path)
    data = bytearray(path.read_bytes())
    data[offset : offset + 8] = value.to_bytes(8, "little")
    path.write_bytes(data)
    if offset == 32 or (offset, value) == (24, 3):
        assert Ring.attach(path).reader().pop() is None
        return
    with pytest.raises(DataError, match="ring"):
        Ring.attach(path)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 255, 256, 700])
def test_a_short_file_is_refused(tmp_path, size: int) -> None:
    path = tmp_path / "ring"
    Ring.create(slots=8, record_bytes=8, path=path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataError):
        Ring.attach(path)


def test_wild_indices_and_lengths_do_no_harm(tmp_path) -> None:
    path = tmp_path / "ring"
    Ring.create(slots=8, record_bytes=8, path=path)
    data = bytearray(path.read_bytes())
    data[64:72] = (2**63 + 5).to_bytes(8, "little")
    data[256 + 8 : 256 + 16] = (2**40).to_bytes(8, "little")
    path.write_bytes(data)
    reader = Ring.attach(path).reader()
    assert all(len(reader.pop() or b"") <= 8 for _ in range(20))


@pytest.mark.parametrize("slots", [2, 8, 1024])
def test_two_threads_pass_every_record(slots: int) -> None:
    ring = Ring.create(slots=slots, record_bytes=64)
    writer, reader = ring.writer(), ring.reader()
    count = COUNT // 10 if slots == 2 else COUNT
    thread = threading.Thread(target=writer.push_sequence, args=(0, count, b"x" * 48))
    thread.start()
    assert reader.check_sequence(0, count - 1) == (count, 0)
    thread.join()
    assert ring.dropped == 0


@pytest.mark.parametrize(("slots", "padding"), [(2, 4000), (1024, 40)])
def test_two_threads_lossy_is_never_torn_and_sums_up(slots: int, padding: int) -> None:
    ring = Ring.create(slots=slots, record_bytes=4096, lossy=True)
    writer, reader = ring.writer(), ring.reader()
    results: list[tuple[int, int]] = []
    thread = threading.Thread(target=lambda: results.append(reader.check_sequence(0, COUNT - 1)))
    thread.start()
    writer.push_sequence(0, COUNT, b"x" * padding)
    thread.join()
    ((read, wrong),) = results
    assert wrong == 0
    assert read + reader.lost == COUNT


CHILD = """
import sys
from tickpath.lanes.ring import Ring
ring = Ring.attach(sys.argv[1])
print(*ring.reader().check_sequence(0, int(sys.argv[2]) - 1), flush=True)
"""


def test_two_processes_pass_every_record(tmp_path) -> None:
    ring = Ring.create(slots=256, record_bytes=64, path=tmp_path / "ring")
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path / "ring"), str(COUNT)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ":".join(p for p in sys.path if p)},
    )
    ring.writer().push_sequence(0, COUNT)
    out, _ = child.communicate(timeout=60)
    assert out.split() == [str(COUNT), "0"]


def test_a_descriptor_is_enough(tmp_path) -> None:
    path = tmp_path / "ring"
    ring = Ring.create(slots=8, record_bytes=8, path=path)
    with path.open("r+b") as file:
        ring.mapping.unlink()
        assert not path.exists()
        other = Ring.attach(file.fileno())
    ring.writer().push(number(3))
    assert other.reader().pop() == number(3)


def test_a_mapping_needs_a_file_with_something_in_it(tmp_path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(DataError, match="no ring or slot"):
        Mapping.attach(tmp_path / "empty")
    with pytest.raises(FileNotFoundError):
        Mapping.attach(tmp_path / "absent")
