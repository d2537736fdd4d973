"""Recorded days of the venue as packets with times: pcap captures and BinaryFILE. Cold.

A capture keeps its own times; lines A and B in it are merged. A BinaryFILE has none: each packet
made of it is stamped with its first message's time, which counts from midnight of the venue's day.
"""

from pathlib import Path

from tickpath.core.codes import Code
from tickpath.core.errors import ConfigError
from tickpath.venues.nasdaq import itch, mold
from tickpath.venues.nasdaq.captures import is_capture, read_binary_file, read_capture

REFUSED = (Code.FEED_OVERSIZED, Code.FEED_TRUNCATED, Code.FEED_RANGE)
NAMED_MAX = 8
"""How many stocks an error message names."""


def read_packets(path: Path) -> list[tuple[int, bytes]]:
    """(receive time in ns, MoldUDP64 packet) of a recording, in order. Raises DataError."""
    if is_capture(path):
        return merged(read_capture(path).packets)
    found = []
    t_ns = 0
    for packet in mold.packets(read_binary_file(path)):
        first = (mold.messages(packet) or [b""])[0:1]
        if first and len(first[0]) >= itch.HEAD_BYTES:
            t_ns = max(t_ns, int.from_bytes(first[0][5:11], "big"))
        found.append((t_ns, packet))
    return found


def merged(packets: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Packets of both lines, as they were captured, in the order of the stream: one copy of each,
    holes closed by the other line for as long as a live session waits for it. What is no packet of
    the protocol stays where it is, for the reader to refuse."""
    receiver, found = mold.MoldReceiver(join=not begins(packets)), list[tuple[int, bytes]]()
    for t_ns, packet in packets:
        while (due_ns := receiver.next_timer()) <= t_ns:
            receiver.on_timer(due_ns)
            found += [(due_ns, kept) for kept in receiver.take()]
        code = receiver.on_packet(0, packet, t_ns)
        found += [(t_ns, kept) for kept in receiver.take()]
        if code in REFUSED:
            found.append((t_ns, packet))
        receiver.take_requests()
    while (due_ns := receiver.next_timer()) < mold.NEVER:
        receiver.on_timer(due_ns)
        found += [(packets[-1][0], kept) for kept in receiver.take()]
    return found


def begins(packets: list[tuple[int, bytes]]) -> bool:
    """Whether the first session is there from its first message on, whichever packet was first."""
    parsed = (mold.parse(packet) for _, packet in packets)
    whole = [(session, sequence) for code, session, sequence, _ in parsed if code == Code.OK]
    return any(found == (whole[0][0], 1) for found in whole)


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
    """The stock to follow: the one asked for, else the only one. Raises ConfigError, also for a
    stock without orders where others have some."""
    names = stocks(packets)
    if symbol and (symbol in names or not names):
        return symbol
    if len(names) == 1 and not symbol:
        return names[0]
    some = ", ".join(names[:NAMED_MAX]) + (", ..." if len(names) > NAMED_MAX else "")
    raise ConfigError(
        f"{path}: orders of {len(names)} stocks ({some or 'none'}), not {symbol}: choose one with "
        "--symbol"
        if symbol
        else f"{path}: orders of {len(names)} stocks ({some or 'none'}): choose one with --symbol"
    )
