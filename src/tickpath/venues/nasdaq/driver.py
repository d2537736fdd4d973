"""Carries out what a live MoldUDP64 session wants: receivers, requests and a timer on a loop.

    driver = MoldDriver(session, sink, lines, source=0, alert=print)
    driver.start()  ...  await driver.close()

Each line has a receiver of `transport/datagrams.py`, each re-request server a socket that is
connected to it, so that only its answers come in. Packets go to the engine on the loop's thread as
they are read, with the time at which they came. Nothing here decides. A late loop is no silence:
the timer reads what waits before it tells the time.
Worst case: a storm of packets; every READ_BATCH of a line the others have their turn.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tickpath.core.errors import BackendError
from tickpath.venues.market_driver import MarketSink
from tickpath.venues.nasdaq.lines import Address, Lines
from tickpath.venues.nasdaq.session import MoldSession
from tickpath.venues.session_actions import Action, Alert, Feed, Open, Restart, Send, Shut
from tickpath.venues.transport.base import wall_ns
from tickpath.venues.transport.datagrams import Opened, Receiver, open_receiver
from tickpath.venues.wake import Wake

READ_BATCH = 64
ANSWER_BYTES_MAX = 65_536
LATE_NS = 100_000_000
LATE_BATCHES_MAX = 64
"""Batches of a line that a timer reads at most which is later than LATE_NS; else one."""


@dataclass(slots=True)
class Server:
    """A socket that is connected to a re-request server, as a receiver."""

    link: socket.socket

    def receive(self, most: int = READ_BATCH) -> list[tuple[int, bytes]]:
        """(time, payload) pairs that wait. Raises OSError when the host says that nobody is
        there."""
        found: list[tuple[int, bytes]] = []
        while len(found) < most:
            try:
                found.append((wall_ns(), self.link.recv(ANSWER_BYTES_MAX)))
            except BlockingIOError:
                break
        return found

    def statistics(self) -> dict[str, int]:
        """Nothing is counted."""
        return {}

    def fileno(self) -> int:
        return self.link.fileno()

    def close(self) -> None:
        self.link.close()


def open_server(to: Address) -> Server:
    """Raises OSError."""
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        link.setblocking(False)
        link.connect((to.host, to.port))
    except OSError:
        link.close()
        raise
    return Server(link)


def open_line(at: Address, lines: Lines) -> Opened:
    """The receiver of a line. Raises BackendError, ConfigError."""
    host, group = ("0.0.0.0", at.host) if at.group else (at.host, "")
    return open_receiver(
        lines.receive, host, at.port, interface=at.interface, group=group, frames=lines.frames
    )


class MoldDriver:
    """One source on the running loop."""

    def __init__(
        self, session: MoldSession, sink: MarketSink, lines: Lines, *, source: int,
        alert: Callable[[str], None],
    ) -> None:  # fmt: skip
        """`session` has as many lines and servers as `lines`, in this order."""
        self.session = session
        self.source = source
        self.receivers: dict[int, Server | Receiver] = {}
        self.kinds: dict[int, str] = {}
        """How each line that was opened is received."""
        self._sink = sink
        self._lines = lines
        self._alert = alert
        self._wake = Wake()

    def start(self) -> None:
        """Begin. Call it on the running loop."""
        self._act(self.session.start(time.monotonic_ns()), 0)
        self._schedule()

    async def close(self) -> None:
        """End: every socket closed, no timer left."""
        self._act(self.session.stop(), 0)
        self._wake.cancel()

    def _act(self, actions: list[Action], t_ns: int) -> None:
        """Carry actions out, those that follow from them included. `t_ns`: of the packet in
        hand."""
        for action in actions:
            if isinstance(action, Feed):
                code = self._sink.on_market_frame(self.source, action.data, t_ns)
                if code != 0:
                    self._act(self.session.code(code), t_ns)
            elif isinstance(action, Send):
                self._send(action.line, action.data)
            elif isinstance(action, Open):
                self._open(action.line)
            elif isinstance(action, Shut):
                self._shut(action.line)
            elif isinstance(action, Restart):
                self._sink.restart(self.source, wall_ns())
            elif isinstance(action, Alert):
                self._alert(action.text)

    # -- sockets -----------------------------------------------------------------------------------

    def _open(self, line: int) -> None:
        places = self._lines.lines
        try:
            if line < len(places):
                opened = open_line(places[line], self._lines)
                if opened.reason:
                    self._alert(f"{self.session.lines[line].name}: {opened.kind}: {opened.reason}")
                self.receivers[line], self.kinds[line] = opened.receiver, opened.kind
            else:
                self.receivers[line] = open_server(self._lines.servers[line - len(places)])
        except (BackendError, OSError) as error:
            self._act(self.session.failed(line, str(error), time.monotonic_ns()), wall_ns())
            return
        loop = asyncio.get_running_loop()
        loop.add_reader(self.receivers[line].fileno(), partial(self._readable, line))
        self._act(self.session.opened(line, time.monotonic_ns()), wall_ns())

    def _shut(self, line: int) -> None:
        receiver = self.receivers.pop(line, None)
        if receiver is not None:
            asyncio.get_running_loop().remove_reader(receiver.fileno())
            receiver.close()

    def _broken(self, line: int, error: BackendError) -> None:
        """A receiver is of no use any more."""
        self._shut(line)
        self._act(self.session.failed(line, str(error), time.monotonic_ns()), wall_ns())

    def _send(self, line: int, data: bytes) -> None:
        """A request is small, and another follows: one that does not leave is only told."""
        found = self.receivers[line]
        assert isinstance(found, Server)
        try:
            found.link.send(data)
        except OSError as error:
            self._act(self.session.unsent(line, error.strerror or str(error)), wall_ns())

    # -- packets -----------------------------------------------------------------------------------

    def _readable(self, line: int) -> None:
        self._read(line)
        self._schedule()

    def _read(self, line: int) -> int:
        """A batch of what waits; how many datagrams it was."""
        if line not in self.receivers:
            return 0
        try:
            found = self.receivers[line].receive(READ_BATCH)
        except OSError as error:
            self._act(self.session.unsent(line, error.strerror or str(error)), wall_ns())
            return 0
        except BackendError as error:
            self._broken(line, error)
            return 0
        for t_ns, data in found:
            self._act(self.session.packet(line, data, time.monotonic_ns()), t_ns)
        return len(found)

    def _timer(self) -> None:
        """Read what waits, then let the session see the time."""
        now_ns = time.monotonic_ns()
        late = now_ns - (self.session.wake_ns() or now_ns) > LATE_NS
        for line in list(self.receivers):
            for _ in range(LATE_BATCHES_MAX if late else 1):
                if self._read(line) < READ_BATCH:
                    break
            self._look(line)
        self._act(self.session.timer(time.monotonic_ns()), wall_ns())
        self._schedule()

    def _look(self, line: int) -> None:
        """What the kernel or the receiver had to drop."""
        if line not in self.receivers:
            return
        try:
            said = self.receivers[line].statistics()
        except BackendError as error:
            self._broken(line, error)
            return
        total = said.get("dropped", 0) + said.get("truncated", 0)
        self._act(self.session.drops(line, total), wall_ns())

    def _schedule(self) -> None:
        self._wake.schedule(self.session.wake_ns(), self._timer)
