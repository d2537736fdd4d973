"""Where the packets of a live session come from, and its waits: plain records, cold.

A line is "HOST:PORT" or "GROUP:PORT", with "@INTERFACE" behind it where one is meant; addresses
are IPv4 numbers, because a name would be looked up on the thread that trades.
"""

from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address

from tickpath.core.limits import LIMITS
from tickpath.venues.nasdaq.mold import Timing
from tickpath.venues.session_actions import NS_PER_S
from tickpath.venues.spec import market_spec
from tickpath.venues.transport.datagrams import CHOICES

NAMES: tuple[str, ...] = tuple(market_spec("nasdaq")["lines"])
SERVERS_MAX = LIMITS["mold_lines_max"] - len(NAMES)
RECEIVERS = CHOICES
NS_PER_MS, NS_PER_US = 10**6, 10**3


@dataclass(frozen=True, slots=True)
class Address:
    """Where datagrams arrive, or where requests go."""

    host: str
    port: int
    interface: str = ""

    @property
    def group(self) -> bool:
        """Whether the host is a multicast group."""
        return IPv4Address(self.host).is_multicast

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" + (f"@{self.interface}" if self.interface else "")


def parse_address(text: str) -> Address:
    """Raises ValueError for what is none."""
    place, mark, interface = text.partition("@")
    host, _, port = place.rpartition(":")
    try:
        IPv4Address(host)
    except AddressValueError:
        raise ValueError(f"{host!r} is no IPv4 address") from None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 1 << 16):
        raise ValueError(f"{port!r} is no port")
    if mark and not interface:
        raise ValueError("no interface behind the @")
    return Address(host, int(port), interface)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waits:
    """`gaps`: of holes. `quiet_ns`: a line without any packet for so long is quiet."""

    gaps: Timing
    quiet_ns: int


def usual_waits() -> Waits:
    """As the venue's spec.toml has them."""
    spec = market_spec("nasdaq")
    gaps = Timing(
        wait_ns=spec["wait_us"] * NS_PER_US,
        request_ns=spec["request_ms"] * NS_PER_MS,
        give_up_ns=spec["give_up_ms"] * NS_PER_MS,
    )
    return Waits(gaps=gaps, quiet_ns=spec["heartbeat_s"] * spec["quiet_heartbeats"] * NS_PER_S)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """Everything of a live session's I/O. `frames` is the room of an AF_XDP receiver."""

    lines: tuple[Address, ...]
    servers: tuple[Address, ...] = ()
    receive: str = "udp"
    frames: int = 4096
    waits: Waits = field(default_factory=usual_waits)
