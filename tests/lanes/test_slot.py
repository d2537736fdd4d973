"""Slot: last value only, never torn, absent when a write does not end."""

import os
import subprocess
import sys
import threading

import pytest

from tickpath.core.errors import ConfigError, DataError
from tickpath.lanes.slot import Slot, SlotValue

COUNT = 20_000


def test_empty_then_the_last_value_with_its_stamp() -> None:
    slot = Slot.create(11)
    assert slot.read() is None
    slot.write(b"hello world", seq=7, t_ns=-5, model_hash=2**64 - 1, config_epoch=3)
    slot.write(b"HELLO WORLD", seq=8, t_ns=6, model_hash=9, config_epoch=4)
    wanted = SlotValue(b"HELLO WORLD", 8, 6, 9, 4)
    assert slot.read() == wanted
    assert slot.read() == wanted


@pytest.mark.parametrize("size", [1, 7, 8, 9, 64, 4096, 65536])
def test_values_of_any_size(size: int) -> None:
    slot = Slot.create(size)
    value = bytes(k * 7 % 256 for k in range(size))
    slot.write(value)
    assert slot.read() == SlotValue(value, 0, 0, 0, 0)


@pytest.mark.parametrize("size", [0, -1, 65537])
def test_sizes_out_of_bounds_are_refused(size: int) -> None:
    with pytest.raises(ConfigError, match="take"):
        Slot.create(size)


def test_a_value_of_another_size_is_refused() -> None:
    slot = Slot.create(8)
    with pytest.raises(DataError, match="holds 8"):
        slot.write(b"1234567")


def test_a_writer_that_died_half_way_leaves_no_value_until_the_next(tmp_path) -> None:
    path = tmp_path / "slot"
    writer = Slot.create(8, path=path)
    writer.write(b"12345678", seq=1)
    data = bytearray(path.read_bytes())
    data[64] |= 1
    path.write_bytes(data)
    reader = Slot.attach(path)
    assert reader.read() is None
    Slot.attach(path, writable=True).write(b"abcdefgh", seq=2)
    assert reader.read() == SlotValue(b"abcdefgh", 2, 0, 0, 0)


def test_a_reader_maps_for_reading_only(tmp_path) -> None:
    Slot.create(8, path=tmp_path / "slot")
    with pytest.raises(DataError, match="reading only"):
        Slot.attach(tmp_path / "slot").write(b"12345678")


@pytest.mark.parametrize("offset", [0, 8])
@pytest.mark.parametrize("value", [0, 10**6, 2**63])
def test_a_damaged_header_is_refused(tmp_path, offset: int, value: int) -> None:
    path = tmp_path / "slot"
    Slot.create(8, path=path)
    data = bytearray(path.read_bytes())
    data[offset : offset + 8] = value.to_bytes(8, "little")
    path.write_bytes(data)
    with pytest.raises(DataError, match="slot"):
        Slot.attach(path)


@pytest.mark.parametrize("size", [16, 1024])
def test_two_threads_never_see_a_torn_value(size: int) -> None:
    slot = Slot.create(size)
    thread = threading.Thread(target=slot.write_sequence, args=(COUNT,))
    thread.start()
    count, wrong, _ = slot.check_sequence(COUNT)
    thread.join()
    assert count > 0
    assert wrong == 0


CHILD = """
import sys
from tickpath.lanes.slot import Slot
print(*Slot.attach(sys.argv[1]).check_sequence(int(sys.argv[2])))
"""


def test_two_processes_never_see_a_torn_value(tmp_path) -> None:
    slot = Slot.create(256, path=tmp_path / "slot")
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path / "slot"), str(COUNT)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ":".join(p for p in sys.path if p)},
    )
    slot.write_sequence(COUNT)
    out, _ = child.communicate(timeout=60)
    count, wrong, _ = map(int, out.split())
    assert count > 0
    assert wrong == 0
