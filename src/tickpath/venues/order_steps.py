"""What an order session says and is told: steps of a venue's scripts, actions, what was found.

A venue's part of a session is written as scripts: generators that yield a step (call, dial, say,
wait) and are sent what came of it. They do no I/O and know no clock but the one handed to them.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from tickpath.core.config import Instrument
from tickpath.core.records import InstrumentKind
from tickpath.venues.session_actions import Alert, Open, Shut

# -- steps ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One REST request, signed already; answered with a `Reply`. `repeat`: it may be sent again
    when nobody answered, because it changes nothing or doing it twice is doing it once."""

    method: str
    path: str
    target: str = field(repr=False)
    """Path and query as they are sent."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    weight: int = 1
    repeat: bool = True
    anew: "Callable[[], Call] | None" = field(default=None, repr=False)
    """Makes the same call with a new time stamp, for one that had to wait."""


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a line by its name; answered with None once it is open. The path may hold a key.
    `quiet_ns`: without any message for so long it is dead, 0: as the session's times say."""

    line: str
    path: str = field(default="", repr=False)
    quiet_ns: int = 0


@dataclass(frozen=True, slots=True)
class Say:
    """Send a message on an open line and wait for the reply with its number, a `Heard`."""

    line: str
    data: bytes = field(repr=False)
    number: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on after so long."""

    ns: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What became of a call. `status` 0: nobody answered; then `left` says whether it may have
    reached the venue. Stamps are wall-clock ns."""

    status: int = 0
    left: bool = True
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    retry_after_ns: int = 0
    sent_ns: int = 0
    received_ns: int = 0


Step = Call | Dial | Say | Wait
Script = Generator[Step, Any, Any]


# -- what a script is told and gives --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of a line as the dialect reads it.

    `number`: of the session's own request that it replies to, -1 for none; `fault`: what a refusal
    says; `value`: the reply's content. `frames` go to the engine, in order. `closing`: the venue
    ends the line soon, or the stream of events has ended already. `wait_ns`: the venue refuses
    requests for so long. `told`: what a person should know."""

    frames: tuple[bytes, ...] = ()
    number: int = -1
    fault: str = ""
    value: Any = field(default=None, repr=False)
    closing: str = ""
    wait_ns: int = 0
    told: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """An order as the engine knows it, for reconciliation. `ended`: it has left the table and fills
    of it may still be missing."""

    client_order_id: int
    instrument: int
    state: int
    quantity_lots: int
    filled_lots: int
    venue_order_id: int
    t_sent_ns: int
    ended: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Stray:
    """An open order at the venue that this engine does not know. `ours`: its client order id is
    one of this engine's."""

    symbol: str
    name: str
    ours: bool
    cancel: Call | None = field(default=None, repr=False)


@dataclass(kw_only=True, slots=True)
class Standing:
    """What a venue says of an account. `frames` bring the engine's orders up to date when they are
    fed in order; the rest is compared. Balances are totals, what orders lock included."""

    frames: list[bytes] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    balances: dict[str, Decimal] = field(default_factory=dict)
    positions: dict[str, Decimal] = field(default_factory=dict)
    """By symbol, with a sign; venues without positions name none."""
    costs: dict[str, Decimal] = field(default_factory=dict)
    """What open positions of derivatives cost, by the asset they settle in, as `open_cost` has
    it."""

    @property
    def money(self) -> dict[str, Decimal]:
        """Balances less what open positions cost. Unlike a balance it does not depend on the order
        in which fills were counted, which decides how much of a gain is realised."""
        assets = self.balances | self.costs
        nothing = Decimal(0)
        return {a: self.balances.get(a, nothing) - self.costs.get(a, nothing) for a in assets}


def open_cost(about: Instrument, quantity: Decimal, entry_price: Decimal) -> Decimal:
    """What an open position cost, in the asset it settles in: gain and cost together are what it
    is worth. `quantity` has a sign; short positions of linear contracts and long ones of inverse
    contracts cost less than nothing."""
    if not quantity or not entry_price:
        return Decimal(0)
    if about.kind == InstrumentKind.INVERSE:
        return -quantity * about.multiplier / entry_price
    return quantity * about.multiplier * entry_price


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of a check of an account: `ok`, what was looked at, what was found, and what to
    do about it."""

    ok: bool
    what: str
    found: str
    fix: str = ""


class Verdict(StrEnum):
    """What follows from what was found."""

    GO = "go"
    AGAIN = "again"
    STOP = "stop"


class ScriptError(Exception):
    """A script cannot go on. `lasting`: trying again soon is pointless (a refused key)."""

    def __init__(self, text: str, *, lasting: bool = False) -> None:
        super().__init__(text)
        self.lasting = lasting


@dataclass(frozen=True, slots=True)
class Beat:
    """A script that runs again and again while the session is ready. `vital`: the session cannot
    go on when it fails."""

    interval_ns: int
    script: Callable[[], Script]
    what: str
    vital: bool = False


# -- actions of the session -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SendLine:
    """Send one text message on an open line. When it does not leave, say so by `unsent`."""

    line: int
    data: bytes = field(repr=False)
    request: bytes = b""
    """The engine's request that it is made of, if any: unsigned, as it was journalled."""


@dataclass(frozen=True, slots=True)
class AskRest:
    """Carry out a REST request; report the outcome by `answered`."""

    number: int
    call: Call


@dataclass(frozen=True, slots=True)
class ToEngine:
    """Give a frame to the engine as one of this venue's orders."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """Reconciliation is done: compare, then `accept`, `again` or `stop`. `last`: what differs now
    has differed each time, so that it is no trade that came while the venue was asked."""

    standing: Standing
    last: bool = False


@dataclass(frozen=True, slots=True)
class Down:
    """The venue takes no orders now."""

    reason: str


@dataclass(frozen=True, slots=True)
class Up:
    """The venue takes orders."""


Action = Open | SendLine | Shut | AskRest | ToEngine | Found | Down | Up | Alert


class OrderDialect(Protocol):
    """What of an order session is a venue's own. `lines` are its names of lines, `windows` the
    limits of its REST requests: (interval_ns, weight)."""

    lines: tuple[str, ...]
    lifetime_ns: int
    windows: list[tuple[int, int]]

    def url(self, url: str, dial: Dial) -> str:
        """Where on an endpoint a line is."""

    def establish(self) -> Script:
        """From nothing to a session that is logged in and hears of orders. Raises ScriptError."""

    def reconcile(self, known: Sequence[Known]) -> Script:
        """Returns a `Standing`. Raises ScriptError."""

    def check(self) -> Script:
        """Returns a list of `Finding`: keys, permissions, clock. Changes nothing."""

    def cancel_all(self) -> Script:
        """Cancels every open order of this engine at the venue; returns how many. For the
        watchdog, which knows nothing of the engine. Raises ScriptError."""

    def beats(self) -> Sequence[Beat]:
        """What keeps the session alive while it is ready."""

    def heard(self, line: str, data: bytes) -> Heard:
        """The meaning of a message."""

    def outgoing(self, request: bytes) -> "tuple[str, bytes] | Script | None":
        """A request of the engine as (line, signed message), or as a script that returns frames
        for the engine; None when it cannot be said now and has to be asked again."""

    def unsent(self, request: bytes) -> bytes | None:
        """The frame that tells the engine that a request certainly did not leave; None where the
        engine asks again by itself."""

    def used(self, headers: Mapping[str, str]) -> list[tuple[int, int]]:
        """What an answer's headers (names in lower case) say is used: (interval_ns, weight)."""
