"""Files of recorded packets and messages: pcap captures and BinaryFILE. Cold, plain Python.

A pcap is the classic libpcap format, either byte order, micro- or nanosecond stamps, link type
Ethernet (VLAN tags skipped), IPv4, UDP; other packets are passed over and counted by `skipped`.
Source of the layouts: the libpcap file format page, RFC 791, RFC 768, IEEE 802.1Q.
A BinaryFILE is u16 big-endian length and message, repeated; length 0 ends it. Plain or gzip.
"""

import gzip
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from tickpath.core.errors import DataError

MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""First bytes of a capture to its byte order and the ns of a sub-second count."""

ETHERNET = 1
CAPTURE_BYTES_MAX = 1 << 18
VLAN_TYPES = (0x8100, 0x88A8)
IPV4_TYPE = 0x0800
UDP_PROTOCOL = 17
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)


def is_capture(path: Path) -> bool:
    """Whether a file begins as a pcap does."""
    with open_file(path) as file:
        try:
            return file.read(4) in MAGICS
        except DAMAGED:
            return False


def open_file(path: Path) -> BinaryIO:
    """A plain or gzip file for reading."""
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        return cast(BinaryIO, gzip.open(path, "rb")) if zipped else path.open("rb")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error


@dataclass(slots=True)
class Capture:
    """UDP payloads of one pcap in order, with their times."""

    path: Path
    skipped: int = 0
    packets: list[tuple[int, bytes]] = field(default_factory=list)
    """(ns since the epoch, payload)."""


def read_capture(path: Path, port: int | None = None) -> Capture:
    """The payloads, of one destination port when it is given. Raises DataError for a file that is
    no capture or ends within a packet."""
    found = Capture(path)
    try:
        fill_capture(found, port)
    except DAMAGED as error:
        raise DataError(f"{path}: damaged gzip data ({error}): fetch the file again") from error
    return found


def fill_capture(found: Capture, port: int | None) -> None:
    """Every packet of the file. Raises DataError as `read_capture`."""
    path = found.path
    with open_file(path) as file:
        head = file.read(24)
        if len(head) < 24 or head[:4] not in MAGICS:
            raise DataError(f"{path}: not a pcap capture: save it with tcpdump -w")
        order, unit = MAGICS[head[:4]]
        (link,) = struct.unpack(order + "I", head[20:])
        if link & 0xFFFF != ETHERNET:
            raise DataError(f"{path}: link type {link & 0xFFFF}: only Ethernet captures are read")
        record = struct.Struct(order + "IIII")
        while head := file.read(record.size):
            if len(head) < record.size:
                raise DataError(f"{path}: ends within a packet's header: cut it there")
            seconds, fraction, size, _ = record.unpack(head)
            frame = file.read(size) if size <= CAPTURE_BYTES_MAX else b""
            if len(frame) < size or size > CAPTURE_BYTES_MAX:
                raise DataError(f"{path}: packet {len(found.packets)} has {size} bytes: damaged")
            payload = udp_payload(frame, port)
            if payload is None:
                found.skipped += 1
            else:
                found.packets.append((seconds * 10**9 + fraction * unit, payload))


def udp_payload(frame: bytes, port: int | None = None) -> bytes | None:
    """The UDP payload of an Ethernet frame; None for what is none, for fragments, for frames cut
    short and for other ports."""
    at, kind = 14, int.from_bytes(frame[12:14], "big")
    while kind in VLAN_TYPES:
        kind = int.from_bytes(frame[at + 2 : at + 4], "big")
        at += 4
    if kind != IPV4_TYPE or len(frame) < at + 20 or frame[at] >> 4 != 4:
        return None
    header = (frame[at] & 15) * 4
    fragment = int.from_bytes(frame[at + 6 : at + 8], "big") & 0x3FFF
    if header < 20 or fragment or frame[at + 9] != UDP_PROTOCOL:
        return None
    at += header
    if len(frame) < at + 8:
        return None
    to, size = struct.unpack_from(">HH", frame, at + 2)
    if size < 8 or len(frame) < at + size or (port is not None and to != port):
        return None
    return frame[at + 8 : at + size]


def read_binary_file(path: Path) -> Iterator[bytes]:
    """The messages of a BinaryFILE. Raises DataError when it ends within one."""
    with open_file(path) as file:
        try:
            while head := file.read(2):
                size = int.from_bytes(head, "big")
                if len(head) == 2 and size == 0:
                    return
                message = file.read(size)
                if len(head) < 2 or len(message) < size:
                    raise DataError(f"{path}: ends within a message: fetch the file again")
                yield message
        except DAMAGED as error:
            raise DataError(f"{path}: damaged gzip data ({error}): fetch the file again") from error
