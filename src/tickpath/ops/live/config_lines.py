"""[[live.venues]] of a venue whose market data are datagrams: lines, servers, receiver, waits.

Such a venue takes no orders: it has no keys, no endpoints and no REST host.
"""

from tickpath.core.errors import ConfigError
from tickpath.core.toml_table import TomlTable
from tickpath.venues.nasdaq.lines import (
    NAMES,
    NS_PER_MS,
    NS_PER_US,
    RECEIVERS,
    SERVERS_MAX,
    Address,
    Lines,
    Waits,
    parse_address,
    usual_waits,
)
from tickpath.venues.nasdaq.mold import Timing
from tickpath.venues.transport.afxdp import FRAMES_MAX, FRAMES_MIN

PAST_THE_STACK = ("auto", "afxdp")
GIVE_UP_MS_MAX = 10_000
"""While a hole is filled the books are as old as what is fetched."""


def read_lines(table: TomlTable) -> Lines:
    """Every key but the name. Raises ConfigError with the place."""
    lines = Lines(
        lines=_addresses(table, "lines", 1, len(NAMES)),
        servers=_addresses(table, "servers", 0, SERVERS_MAX),
        receive=table.text("receive", "udp", RECEIVERS),
        frames=table.integer("frames", 4096, FRAMES_MIN, FRAMES_MAX),
        waits=_waits(table),
    )
    table.done()
    if lines.frames & (lines.frames - 1):
        raise ConfigError(f"{table.place('frames')} is {lines.frames}: write a power of two")
    for server in lines.servers:
        if server.group or server.interface:
            raise ConfigError(f"{table.place('servers')} is '{server}': write HOST:PORT of a host")
    interfaces = [line.interface for line in lines.lines]
    if lines.receive in PAST_THE_STACK and (
        "" in interfaces or len(set(interfaces)) < len(interfaces)
    ):
        raise ConfigError(
            f"{table.place('receive')} is {lines.receive!r}: AF_XDP takes every datagram of a port "
            "of an interface: write another @INTERFACE behind each of the lines"
        )
    return lines


def _addresses(table: TomlTable, key: str, least: int, most: int) -> tuple[Address, ...]:
    texts = table.texts(key, None if least else ())
    if not least <= len(texts) <= most:
        raise ConfigError(f"{table.place(key)} names {len(texts)}: name {least} to {most}")
    found = []
    for text in texts:
        try:
            found.append(parse_address(text))
        except ValueError as error:
            raise ConfigError(
                f"{table.place(key)} holds {text!r} ({error}): write ADDRESS:PORT or "
                "ADDRESS:PORT@INTERFACE"
            ) from None
    return tuple(found)


def _waits(table: TomlTable) -> Waits:
    usual = usual_waits()
    gaps = usual.gaps
    return Waits(
        gaps=Timing(
            wait_ns=table.integer("wait_us", gaps.wait_ns // NS_PER_US, 0, 10**6) * NS_PER_US,
            request_ns=table.integer("request_ms", gaps.request_ns // NS_PER_MS, 1, GIVE_UP_MS_MAX)
            * NS_PER_MS,
            give_up_ns=table.integer("give_up_ms", gaps.give_up_ns // NS_PER_MS, 1, GIVE_UP_MS_MAX)
            * NS_PER_MS,
        ),
        quiet_ns=table.integer("quiet_ms", usual.quiet_ns // NS_PER_MS, 10, 600_000) * NS_PER_MS,
    )
