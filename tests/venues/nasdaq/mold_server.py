"""A MoldUDP64 venue on loopback: lines A and B as unicast datagrams, and a re-request server.

It sends what a test says, line by line, and answers requests by its `answers`; nothing of the code
under test is in it. `Sink` is an engine's door that lets a test wait for a condition.
"""

import asyncio
import socket
from collections.abc import Callable
from random import Random

from tickpath.venues.nasdaq.lines import Address
from tickpath.venues.nasdaq.mold import END_OF_SESSION, HEADER, messages, packet

LOCAL = "127.0.0.1"
LIMIT_S = 30


def reserved() -> tuple[socket.socket, Address]:
    """A port of this host that nobody else gets. Datagrams go to whoever binds it later."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((LOCAL, 0))
    return holder, Address(LOCAL, holder.getsockname()[1])


class MoldServer:
    """See the module. Use it as a context manager on a running loop."""

    def __init__(self, parts: list[bytes], session: bytes, *, size: int = 3, most: int = 40,
                 mute: bool = False) -> None:  # fmt: skip
        """`size` messages a packet; an answer holds `most`, none when the server is `mute`."""
        self.parts, self.session, self.most, self.mute = parts, session, most, mute
        self.sent = [
            packet(session, k + 1, parts[k : k + size]) for k in range(0, len(parts), size)
        ]
        self.asked: list[tuple[int, int]] = []
        self.holders: list[socket.socket] = []
        self.lines: list[Address] = []
        for _ in range(2):
            holder, address = reserved()
            self.holders.append(holder)
            self.lines.append(address)
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.door.setblocking(False)
        self.door.bind((LOCAL, 0))
        self.server = Address(LOCAL, self.door.getsockname()[1])

    def __enter__(self) -> "MoldServer":
        asyncio.get_running_loop().add_reader(self.door.fileno(), self._asked)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self.door.fileno())
        for each in (*self.holders, self.out, self.door):
            each.close()

    @property
    def end(self) -> bytes:
        return HEADER.pack(self.session, len(self.parts) + 1, END_OF_SESSION)

    def send(self, line: int, *datagrams: bytes) -> None:
        """Datagrams of a line, as they are."""
        for datagram in datagrams:
            self.out.sendto(datagram, (LOCAL, self.lines[line].port))

    def _asked(self) -> None:
        while True:
            try:
                request, peer = self.door.recvfrom(2048)
            except BlockingIOError:
                return
            session, first, count = HEADER.unpack(request)
            self.asked.append((first, count))
            found = self.parts[first - 1 : first - 1 + min(count, self.most)]
            if found and not self.mute and session == self.session:
                self.door.sendto(packet(session, first, found), peer)


def storm(server: MoldServer, seed: int) -> list[tuple[int, bytes]]:
    """(line, datagram): each line loses, repeats and reorders packets of its own, B is late, and
    damaged, foreign and oversize datagrams are between them."""
    random = Random(seed)
    rows: list[tuple[float, int, bytes]] = []
    for line in range(2):
        for k, data in enumerate(server.sent):
            for _ in range(random.choice((0, 1, 1, 1, 2))):
                at = k + random.expovariate(0.5) + 5 * line
                rows.append((at, line, data))
            if random.random() < 0.05:
                rows.append((k + 0.5, line, data[: random.randrange(len(data))]))
            if random.random() < 0.02:
                rows.append((k + 0.5, line, b"ELSEWHERE0" + data[10:]))
            if random.random() < 0.02:
                rows.append((k + 0.5, line, data + bytes(9217)))
    return [(line, data) for _, line, data in sorted(rows)]


class Sink:
    """Takes what an engine would, and lets a test wait for a condition after each input."""

    def __init__(self, code: int = 0) -> None:
        self.frames: list[tuple[int, bytes, int]] = []
        self.restarts: list[int] = []
        self.alerts: list[str] = []
        self.code = code
        self._waits: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        self.frames.append((source, data, t_ns))
        self.look()
        return self.code

    def last_instrument(self) -> int:
        return -1

    def restart(self, source: int, t_ns: int) -> int:
        self.restarts.append(source)
        self.look()
        return 0

    def alert(self, text: str) -> None:
        self.alerts.append(text)
        self.look()

    def look(self) -> None:
        for condition, future in self._waits:
            if not future.done() and condition():
                future.set_result(None)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Until it holds after an input."""
        if condition():
            return
        future = asyncio.get_running_loop().create_future()
        self._waits.append((condition, future))
        try:
            await asyncio.wait_for(future, LIMIT_S)
        except TimeoutError:
            raise AssertionError(f"not within {LIMIT_S} s; told: {self.alerts[-9:]}") from None

    def told(self, words: str) -> int:
        return sum(words in text for text in self.alerts)

    @property
    def messages(self) -> list[bytes]:
        """What a reader makes of the frames: overlap skipped."""
        following, found = 1, list[bytes]()
        for _, data, _ in self.frames:
            _, sequence, count = HEADER.unpack_from(data)
            assert sequence <= following, "no hole was fed"
            found += (messages(data) or [])[following - sequence :]
            following = max(following, sequence + count)
        return found
