"""Recorded days of the venue as packets with times: pcap captures and BinaryFILE. Cold.

A capture keeps its own times. A BinaryFILE has none: each packet made of it is stamped with its
first message's time, which counts from midnight of the venue's day.
"""

from pathlib import Path

from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError
from tickpath.venues.nasdaq import itch, mold
from tickpath.venues.nasdaq.captures import is_capture, read_binary_file, read_capture

NAMED_MAX = 8
"""How many stocks an error message names."""


def read_packets(path: Path) -> list[tuple[int, bytes]]:
    """(receive time in ns, MoldUDP64 packet) of a recording, in order. Raises DataError."""
    if is_capture(path):
        return read_capture(path).packets
    found = []
    t_ns = 0
    for packet in mold.packets(read_binary_file(path)):
        first = (mold.messages(packet) or [b""])[0:1]
        if first and len(first[0]) >= itch.HEAD_BYTES:
            t_ns = max(t_ns, int.from_bytes(first[0][5:11], "big"))
        found.append((t_ns, packet))
    return found


def stocks(packets: list[tuple[int, bytes]]) -> list[str]:
    """The stocks whose orders a recording names, sorted."""
    found = set()
    for _, packet in packets:
        if mold.parse(packet)[0] != Code.OK:
            continue
        for data in mold.messages(packet) or []:
            if data[:1] in (b"A", b"F") and itch.check(data) == Code.OK:
                found.add(str(itch.read(data).fields["stock"]))
    return sorted(found)


def chosen(path: Path, packets: list[tuple[int, bytes]], symbol: str | None) -> str:
    """The stock to follow: the one asked for, else the only one. Raises ConfigError."""
    if symbol:
        return symbol
    names = stocks(packets)
    if len(names) == 1:
        return names[0]
    some = ", ".join(names[:NAMED_MAX]) + (", ..." if len(names) > NAMED_MAX else "")
    raise ConfigError(
        f"{path}: orders of {len(names)} stocks ({some or 'none'}): choose one with --symbol"
    )
