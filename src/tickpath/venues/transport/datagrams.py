"""Opens the receiver of a port: AF_XDP where it can be had, else the UDP socket, and says why."""

from dataclasses import dataclass
from typing import Protocol

from tickpath.core.errors import BackendError, ConfigError
from tickpath.venues.transport.afxdp import XdpReceiver
from tickpath.venues.transport.udp import UdpReceiver

CHOICES = ("auto", "afxdp", "udp", "udp-busy")
BUSY_POLL_US = 50


class Receiver(Protocol):
    """What every receiver of datagrams offers."""

    def run(self, sink: object, most: int, timeout_ns: int, *, spin: bool = False) -> int:
        """Hand payloads to a sink's capsule."""

    def receive(self, most: int = 64, timeout_ms: int = 0) -> list[tuple[int, bytes]]:
        """(time, payload) pairs, for Python."""

    def statistics(self) -> dict[str, int]:
        """What came and what was dropped."""

    def fileno(self) -> int:
        """The socket."""

    def close(self) -> None:
        """Stop receiving."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A receiver, what it is, and why it is not the first choice."""

    receiver: Receiver
    kind: str
    reason: str


def open_receiver(
    choice: str, host: str, port: int, *, interface: str = "", group: str = "", frames: int = 4096
) -> Opened:
    """`auto` takes AF_XDP when an interface is named and the kernel lets us, else UDP. A choice
    that is forced raises BackendError with the reason instead of falling back."""
    if choice not in CHOICES:
        raise ConfigError(f"receiver {choice!r}: choose one of {', '.join(CHOICES)}")
    reason = ""
    if choice in ("auto", "afxdp"):
        try:
            if not interface:
                raise BackendError("AF_XDP needs the name of an interface")
            receiver = XdpReceiver(interface, port, frames=frames, group=group)
            return Opened(receiver=receiver, kind=f"afxdp {receiver.mode}", reason="")
        except BackendError as error:
            if choice == "afxdp":
                raise
            reason = str(error)
    busy = BUSY_POLL_US if choice == "udp-busy" else 0
    udp = UdpReceiver(host, port, group=group, interface=interface, busy_poll_us=busy)
    return Opened(receiver=udp, kind="udp busy-polled" if busy else "udp", reason=reason)
