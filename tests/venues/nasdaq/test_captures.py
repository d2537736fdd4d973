"""Capture and message files: what is read, passed over and refused."""

import gzip
import struct
from pathlib import Path

import pytest
from support import FIXTURES, require

from tickpath.core.errors import DataError
from tickpath.venues.nasdaq.captures import (
    is_capture,
    read_binary_file,
    read_capture,
    udp_payload,
)


def frame(payload: bytes, port: int = 26477, *, tags: int = 0, protocol: int = 17) -> bytes:
    udp = struct.pack(">HHHH", 1, port, 8 + len(payload), 0) + payload
    ip = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 9, protocol, 0, bytes(4), bytes(4)
    )
    return bytes(12) + b"\x81\x00\x00\x8d" * tags + b"\x08\x00" + ip + udp


def capture(frames: list[bytes], order: str = "<", magic: int = 0xA1B23C4D) -> bytes:
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    records = [
        struct.pack(order + "IIII", 10, 7 + k, len(f), len(f)) + f for k, f in enumerate(frames)
    ]
    return head + b"".join(records)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "unit"), [(0xA1B23C4D, 1), (0xA1B2C3D4, 1000)])
def test_both_byte_orders_and_units(tmp_path: Path, order: str, magic: int, unit: int) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(capture([frame(b"one"), frame(b"two", tags=2)], order, magic))
    found = read_capture(path)
    assert found.packets == [(10 * 10**9 + 7 * unit, b"one"), (10 * 10**9 + 8 * unit, b"two")]
    assert is_capture(path)


def test_other_packets_are_passed_over(tmp_path: Path) -> None:
    fragment = bytearray(frame(b"x"))
    fragment[14 + 7] = 1
    frames = [b"", bytes(60), frame(b"x", protocol=6), bytes(fragment), frame(b"x")[:-1]]
    path = tmp_path / "a.pcap.gz"
    path.write_bytes(gzip.compress(capture([*frames, frame(b"y"), frame(b"z", 9)])))
    found = read_capture(path, port=26477)
    assert [data for _, data in found.packets] == [b"y"]
    assert found.skipped == 6


def test_damaged_captures_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    whole = capture([frame(b"abc")])
    for bad in (b"", whole[:10], b"x" * 40, whole[:30], whole[:-1]):
        path.write_bytes(bad)
        with pytest.raises(DataError):
            read_capture(path)
    path.write_bytes(whole[:20] + b"\x71" + whole[21:])
    with pytest.raises(DataError, match="Ethernet"):
        read_capture(path)
    with pytest.raises(DataError):
        read_capture(tmp_path / "absent.pcap")


def test_short_frames_have_no_payload() -> None:
    whole = frame(b"payload", tags=1)
    assert udp_payload(whole) == b"payload"
    assert [udp_payload(whole[:n]) for n in range(len(whole))] == [None] * len(whole)


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "day.bin"
    path.write_bytes(b"\x00\x03abc\x00\x01d\x00\x00rest")
    assert list(read_binary_file(path)) == [b"abc", b"d"]
    path.write_bytes(gzip.compress(b"\x00\x03abc"))
    assert list(read_binary_file(path)) == [b"abc"]
    for bad in (b"\x00", b"\x00\x03ab"):
        path.write_bytes(bad)
        with pytest.raises(DataError):
            list(read_binary_file(path))


@pytest.mark.recordings
def test_recorded_captures() -> None:
    found = read_capture(require(FIXTURES / "nasdaq/itch50/Multiple.Packets.pcap"))
    assert [len(data) for _, data in found.packets] == [41, 1472]
    assert found.skipped == 0
