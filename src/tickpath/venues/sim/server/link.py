"""One connection of a client as the venue sees it: what goes out passes the faults first.

A `Sink` writes to a socket, or to a list in a test: nothing here waits. A half-open link swallows
what is sent and reads nothing, but stays connected. A paused link keeps what arrives until it is
released, so the client's own writes pile up.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tickpath.venues.sim.server.accounts import Account
    from tickpath.venues.sim.server.venue import Venue

GOING_AWAY, POLICY = 1001, 1008


class Sink(Protocol):
    """The way to one client. `write` never waits; a sink that is behind closes by itself."""

    def write(self, frame: str | bytes) -> None: ...

    def close(self, code: int, reason: str) -> None: ...

    def reading(self, on: bool) -> None: ...


class Session(Protocol):
    """The venue's side of the conversation on a link."""

    def on_text(self, text: str) -> None: ...

    def on_close(self) -> None: ...


class Link:
    """`channel` is market, user or api; `account` is known once the client has shown a key."""

    def __init__(self, venue: "Venue", number: int, channel: str, sink: Sink) -> None:
        self.venue, self.number, self.channel, self.sink = venue, number, channel, sink
        self.account: Account | None = None
        self.session: Session | None = None
        self.remote = "127.0.0.1"
        self.opened_ns = venue.t_ns
        self.paused_ns = 0
        self.half_open = self.paused = self.closed = False
        self.held: list[str] = []
        self.late: tuple[str | bytes, str] | None = None
        self.sent = 0

    def send(self, frame: str | bytes, tag: str = "", symbol: str = "") -> None:
        """Send a frame, as the faults let it pass. `tag` names its kind for them."""
        if self.closed or self.half_open:
            return
        faults = self.venue.faults
        fault = faults.frame(self, tag, symbol) if faults.watching_frames else None
        if fault is None:
            self.write(frame)
        elif fault.kind == "delay":
            self.after(fault.value_ns, lambda: self.write(frame))
        elif fault.kind == "duplicate":
            self.write(frame)
            self.write(frame)
        elif fault.kind == "reorder":
            self.release_late()
            self.late = (frame, tag)
            self.after(fault.value_ns, self.release_late)
        elif fault.kind == "corrupt":
            self.write(faults.corrupt(frame))

    def write(self, frame: str | bytes) -> None:
        """Straight to the client; a frame held to come late follows it."""
        if self.closed or self.half_open:
            return
        self.sent += 1
        self.sink.write(frame)
        if self.late is not None:
            self.release_late()

    def release_late(self) -> None:
        """Send the frame that was held so that another overtakes it."""
        if self.late is not None:
            frame, self.late = self.late[0], None
            self.write(frame)

    def after(self, ns: int, call: Callable[[], None]) -> None:
        self.venue.timers.at(self.venue.t_ns + ns, call)

    def receive(self, text: str) -> None:
        """A frame of the client."""
        if self.closed or self.half_open:
            return
        if self.paused:
            self.held.append(text)
        elif self.session is not None:
            self.session.on_text(text)

    def pause(self, ns: int) -> None:
        """Read nothing for a while."""
        self.paused = True
        self.paused_ns = max(self.paused_ns, self.venue.t_ns + ns)
        self.sink.reading(False)
        self.after(ns, self.resume)

    def resume(self) -> None:
        """Read again, first what was held, once the last pause is over."""
        if not self.paused or self.venue.t_ns < self.paused_ns:
            return
        while self.held and not self.closed:
            if self.session is not None and not self.half_open:
                self.session.on_text(self.held[0])
            del self.held[0]
        self.paused = False
        if not self.half_open:
            self.sink.reading(True)

    def go_half_open(self) -> None:
        """Neither read nor write any more, and do not close."""
        self.half_open = True
        self.sink.reading(False)

    def close(self, code: int = GOING_AWAY, reason: str = "") -> None:
        """The venue ends the connection."""
        if not self.closed:
            self.closed = True
            self.sink.close(code, reason)
            self.gone()

    def lost(self) -> None:
        """The client ended it, or the socket broke."""
        if not self.closed:
            self.closed = True
            self.gone()

    def gone(self) -> None:
        self.venue.links.pop(self.number, None)
        if self.session is not None:
            self.session.on_close()
