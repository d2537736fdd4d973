"""One simulated venue without sockets: exchange, crowd, faults, links, time, and its protocol.

`advance` moves time: everything that is due happens in order of its time. `rest` and `connect`
take what a server or a test hands in; nothing here waits or opens a socket, so a seeded test can
run a whole venue by hand. A venue's own time may be skewed against `t_ns`.

Events that orders cause wait in the outbox until the answer was given (`flush`), as a venue's
other connection would be a moment later; faults turn that round.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

from tickpath.core.errors import ConfigError
from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.clock import MS, Clock, Timers
from tickpath.venues.sim.server.exchange import Exchange, Listener
from tickpath.venues.sim.server.faults import Asked, Fault, Faults, Reply
from tickpath.venues.sim.server.link import Link, Session, Sink
from tickpath.venues.sim.server.orders import Market
from tickpath.venues.sim.server.requests import RequestLog

OUTBOX_MAX = 1_000_000
LATE_NS = 200 * MS
"""A venue further behind its clock lets its market slip."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One HTTP request, or the handshake of a WebSocket. `query` is as sent, percent-encoded."""

    method: str
    path: str
    query: str = ""
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    remote: str = "127.0.0.1"

    def header(self, name: str) -> str:
        """A header by its name in lower case."""
        return self.headers.get(name, "")


@dataclass(kw_only=True, slots=True)
class Answer:
    """What goes back. `lost`: the connection ends without an answer."""

    status: int = 200
    body: str = "{}"
    headers: dict[str, str] = field(default_factory=dict)
    delay_ns: int = 0
    lost: bool = False


class Source(Protocol):
    """Who moves a market: the generated crowd or a recording."""

    next_ns: int | None

    def start(self, now_ns: int) -> None: ...

    def advance(self, now_ns: int) -> None: ...

    def slip(self, now_ns: int, late_ns: int) -> None: ...


class VenueProtocol(Listener, Protocol):
    """A venue's words. `kinds` are the faults it can have, `sockets` the paths of its WebSockets by
    what they are for; it pings every `ping_ms` (0: never) and waits `pong_ms` for the pong."""

    name: str
    kinds: frozenset[str]
    fee_in_quote: bool
    sockets: dict[str, str]
    ping_ms: int
    pong_ms: int

    def bind(self, venue: "Venue") -> None: ...

    def start(self) -> None: ...

    def rest(self, call: Call) -> Answer: ...

    def connect(self, call: Call, link: Link) -> Session | Answer: ...

    def channel(self, path: str) -> str: ...

    def shutdown_notice(self, link: Link) -> None: ...

    def keys_changed(self, account: Account) -> None: ...

    def snapshot_taken(self, symbol: str) -> None: ...


class Venue:
    """Everything of one venue."""

    def __init__(
        self,
        name: str,
        markets: list[Market],
        protocol: VenueProtocol,
        clock: Clock,
        *,
        seed: int = 1,
    ) -> None:
        self.name, self.protocol, self.clock, self.seed = name, protocol, clock, seed
        self.t_ns = clock.now_ns()
        self.skew_ns = self.slipped_ns = 0
        self.timers = Timers()
        self.faults = Faults(seed, protocol.kinds, lambda: self.t_ns)
        self.requests = RequestLog()
        self.links: dict[int, Link] = {}
        self.link_count = 0
        self.sources: list[Source] = []
        self.maintenance_ns = self.ban_ns = 0
        self.outbox: list[tuple[Link, str | bytes, str, str]] = []
        self.holding = False
        self.exchange = Exchange(
            markets, self.venue_ns, protocol, fee_in_quote=protocol.fee_in_quote
        )
        protocol.bind(self)

    # -- time --------------------------------------------------------------------------------------

    def venue_ns(self) -> int:
        """The venue's own time: skewed on command."""
        return self.t_ns + self.skew_ns

    def venue_ms(self) -> int:
        return self.venue_ns() // MS

    def start(self) -> None:
        """The protocol's streams, then the crowd."""
        self.t_ns = self.clock.now_ns()
        self.protocol.start()
        for source in self.sources:
            source.start(self.t_ns)

    def next_ns(self) -> int:
        """When something is due."""
        due = [source.next_ns for source in self.sources if source.next_ns is not None]
        return min([self.timers.due_ns, *due])

    def advance(self, now_ns: int | None = None) -> None:
        """Let everything happen that is due; then the time is `now_ns` (the clock's by default)."""
        now_ns = max(self.t_ns, self.clock.now_ns() if now_ns is None else now_ns)
        timers, sources = self.timers, self.sources
        while True:
            due, first = timers.due_ns, None
            for source in sources:
                if source.next_ns is not None and source.next_ns < due:
                    due, first = source.next_ns, source
            if due > now_ns:
                break
            if due > self.t_ns:
                self.t_ns = due
            if first is None:
                timers.run(self.t_ns)
            else:
                first.advance(self.t_ns)
        self.t_ns = now_ns
        self.exchange.expire(self.venue_ns())
        self.flush()

    def catch_up(self) -> None:
        """Far behind the clock, let the market slip instead of making up for it: the crowd leaves
        events out, a recording goes on later. `slipped_ns` sums what was given up."""
        now_ns = self.clock.now_ns()
        late_ns = now_ns - self.t_ns
        if late_ns <= LATE_NS:
            return
        self.slipped_ns += late_ns
        for source in self.sources:
            source.slip(now_ns, late_ns)

    def every(self, ns: int, call: Any) -> None:
        """Call again and again."""

        def again() -> None:
            self.timers.at(self.t_ns + ns, again)
            call()

        self.timers.at(self.t_ns + ns, again)

    # -- clients -----------------------------------------------------------------------------------

    def rest(self, call: Call) -> Answer:
        """Answer an HTTP request; what it caused waits for `flush`."""
        self.advance()
        self.holding = True
        try:
            return self.protocol.rest(call)
        finally:
            self.holding = False

    def connect(self, call: Call, sink: Sink) -> Link | Answer:
        """A client wants a WebSocket. An Answer refuses it."""
        self.advance()
        self.link_count += 1
        link = Link(self, self.link_count, self.protocol.channel(call.path), sink)
        link.remote = call.remote
        self.requests.add(
            t_ns=self.t_ns,
            channel=link.channel,
            method="CONNECT",
            path=call.path,
            params=dict(parse_qsl(call.query)),
            headers=call.headers,
            link=link.number,
        )
        session = self.protocol.connect(call, link)
        if isinstance(session, Answer):
            return session
        link.session = session
        self.links[link.number] = link
        return link

    def receive(self, link: Link, text: str) -> None:
        """A frame of a client; what it causes follows its answer."""
        self.advance()
        self.holding = True
        try:
            link.receive(text)
        finally:
            self.holding = False
        self.flush()

    def emit(self, link: Link, frame: str | bytes, tag: str, symbol: str = "") -> None:
        """Send an event, or keep it until the request in hand is answered."""
        if self.holding or self.outbox:
            if len(self.outbox) >= OUTBOX_MAX:
                link.close(1008, "too slow")
                return
            self.outbox.append((link, frame, tag, symbol))
        else:
            link.send(frame, tag, symbol)

    def flush(self) -> None:
        """Send the events that waited."""
        if self.outbox:
            outbox, self.outbox = self.outbox, []
            for link, frame, tag, symbol in outbox:
                link.send(frame, tag, symbol)

    # -- faults ------------------------------------------------------------------------------------

    def around(
        self, asked: Asked, carry_out: Callable[[], Reply], refused: Callable[[Fault], Reply]
    ) -> tuple[Reply | None, int]:
        """(the reply to a request as faults let it, None when it gets none; ns that it is late)."""
        reply, late = self.faults.around(asked, carry_out, refused)
        if late is not None and late.kind == "fill_before_ack":
            self.flush()
        return reply, late.value_ns if late is not None else 0

    def answer(
        self, asked: Asked, carry_out: Callable[[], Answer], refused: Callable[[Fault], Answer]
    ) -> Answer:
        """The same for HTTP, where no answer is the end of the connection."""
        answer, late_ns = self.around(asked, carry_out, refused)
        if answer is None:
            return Answer(lost=True)
        answer.delay_ns = late_ns
        return answer

    def owner(self, key: str) -> str:
        """Name of the account that a key belongs to, empty when there is none: what a fault may
        name before the key is checked."""
        accounts = self.exchange.accounts.values()
        return next((a.name for a in accounts if key in a.keys), "") if key else ""

    def check(self, fault: Fault) -> None:
        """Raises ConfigError for a fault that this venue cannot have."""
        self.faults.check(fault)
        for what, name, known in (
            ("account", fault.account, self.exchange.accounts),
            ("symbol", fault.symbol, self.exchange.markets),
        ):
            if name and name not in known:
                raise ConfigError(
                    f"fault {fault.kind!r}: no {what} {name!r} at {self.name}: choose one of "
                    f"{', '.join(known)}"
                )
        if fault.value < 0 and fault.kind != "clock_skew":
            raise ConfigError(f"fault {fault.kind!r}: value is {fault.value} ms: write 0 or more")

    def fault(self, fault: Fault) -> None:
        """Set a fault. Raises ConfigError when the venue cannot have it."""
        self.check(fault)
        act = getattr(self, f"_do_{fault.kind}", None)
        if act is None:
            self.faults.add(fault)
            return
        self.faults.note(fault.kind, fault.channel, fault.tag, fault.symbol, fault.account)
        act(fault)

    def fault_at(self, ns: int, fault: Fault) -> None:
        """Set a fault `ns` from now."""
        self.check(fault)
        self.timers.at(self.t_ns + ns, lambda: self.fault(fault))

    def links_of(self, fault: Fault) -> list[Link]:
        """Connections that a fault names."""
        return [
            link
            for link in list(self.links.values())
            if fault.fits(
                link.channel, fault.tag, fault.symbol, link.account.name if link.account else ""
            )
        ]

    def _do_cut(self, fault: Fault) -> None:
        for link in self.links_of(fault):
            link.close(1006 if fault.tag == "abort" else 1001)

    def _do_shutdown(self, fault: Fault) -> None:
        for link in self.links_of(fault):
            self.protocol.shutdown_notice(link)
            self.timers.at(self.t_ns + fault.value_ns, link.close)

    def _do_half_open(self, fault: Fault) -> None:
        for link in self.links_of(fault):
            link.go_half_open()

    def _do_slow_reader(self, fault: Fault) -> None:
        for link in self.links_of(fault):
            link.pause(fault.value_ns)

    def _do_clock_skew(self, fault: Fault) -> None:
        self.skew_ns = fault.value_ns

    def _do_ban(self, fault: Fault) -> None:
        self.ban_ns = self.t_ns + fault.value_ns

    def _do_maintenance(self, fault: Fault) -> None:
        self.maintenance_ns = self.t_ns + fault.value_ns

    def _do_stale_snapshot(self, fault: Fault) -> None:
        for symbol in [fault.symbol] if fault.symbol else list(self.exchange.markets):
            self.protocol.snapshot_taken(symbol)
        self.faults.add(fault)

    def _do_halt(self, fault: Fault) -> None:
        for symbol in [fault.symbol] if fault.symbol else list(self.exchange.markets):
            self.exchange.halt(symbol)
        if fault.value:
            self.timers.at(self.t_ns + fault.value_ns, lambda: self._do_resume(fault))

    def _do_resume(self, fault: Fault) -> None:
        for symbol in [fault.symbol] if fault.symbol else list(self.exchange.markets):
            self.exchange.halt(symbol, False)

    def _do_revoke_key(self, fault: Fault) -> None:
        for account in self.accounts_of(fault):
            account.can_trade = False
            self.protocol.keys_changed(account)

    def _do_restore_key(self, fault: Fault) -> None:
        for account in self.accounts_of(fault):
            account.can_trade = True
            self.protocol.keys_changed(account)

    def _do_inject(self, fault: Fault) -> None:
        for link in self.links_of(fault):
            link.write(fault.text)

    def accounts_of(self, fault: Fault) -> list[Account]:
        """Accounts that a fault names."""
        return [a for n, a in self.exchange.accounts.items() if fault.account in ("", n)]
