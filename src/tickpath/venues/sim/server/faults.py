"""Faults on command, each deterministic with the seed and the order of what happens.

A fault waits for a frame or a request that fits it (`channel`, `tag`, `symbol`, `account`), lets
`after` of them pass, strikes `count` of them, each with `probability_ppm`; or it acts at once, as a
cut does. KINDS says what each does. What struck stands in `struck`, with its time.
"""

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tickpath.core.errors import ConfigError
from tickpath.venues.sim.server.clock import MS

if TYPE_CHECKING:
    from tickpath.venues.sim.server.link import Link

FRAME_KINDS = ("drop", "delay", "duplicate", "reorder", "corrupt")
REFUSALS = ("error_before", "rate_limit")
BEFORE = ("lost_request", *REFUSALS)
AFTER = ("lost_ack", "error_after_accept", "fill_before_ack", "slow_ack")
KINDS = {
    "drop": "a frame to the client is lost",
    "delay": "a frame comes value ms late, later ones overtake it",
    "duplicate": "a frame comes twice",
    "reorder": "a frame comes after the next one, or value ms late when none follows",
    "corrupt": "one byte of a frame is another",
    "gap": "a message of a numbered sequence is left out, its number is used up",
    "bad_checksum": "a book message carries a wrong checksum (venues with checksums)",
    "stale_snapshot": "snapshots show the book as it was when the fault was set",
    "slow_reader": "the venue does not read from the client for value ms",
    "half_open": "the venue neither reads nor writes nor closes",
    "rate_limit": "a request is refused with 429; value is when to try again, in ms",
    "ban": "requests are refused with 418 for value ms",
    "error_after_accept": "an order request is carried out, then answered with a 5XX",
    "error_before": "a request is not carried out and answered with a 5XX",
    "lost_ack": "an order request is carried out and never answered",
    "lost_request": "an order request is neither carried out nor answered",
    "slow_ack": "an order request is answered value ms late",
    "fill_before_ack": "events of an order come before its answer, which is value ms late",
    "duplicate_fill": "the last fill is sent again when the account subscribes again",
    "cut": "connections are closed without notice",
    "shutdown": "a notice of shutdown, then connections are closed value ms later",
    "clock_skew": "the venue's clock is value ms off, until set again",
    "halt": "a symbol stops trading (all without symbol), for value ms or until resumed",
    "resume": "trading goes on",
    "maintenance": "every request is refused as under maintenance for value ms",
    "revoke_key": "the account's keys may no longer trade, its sessions end",
    "restore_key": "they may again",
    "inject": "a frame with `text` is sent to the links of a channel",
    "new_field": "a frame carries a field that no document names",
}
"""Every fault and what it does."""

Reply = TypeVar("Reply")
STRUCK_MAX = 10_000
FAULTS_MAX = 1000


@dataclass(kw_only=True, slots=True)
class Fault:
    """One fault. Empty texts fit anything; `value` is in ms."""

    kind: str
    count: int = 1
    after: int = 0
    probability_ppm: int = 10**6
    channel: str = ""
    tag: str = ""
    symbol: str = ""
    account: str = ""
    value: int = 0
    text: str = ""

    @property
    def value_ns(self) -> int:
        return self.value * MS

    def fits(self, channel: str, tag: str, symbol: str, account: str) -> bool:
        return (
            self.channel in ("", channel)
            and self.tag in ("", tag)
            and self.symbol in ("", symbol)
            and self.account in ("", account)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request as faults see it; those that are `trading` may be lost, or answered late or wrongly
    once they were carried out."""

    channel: str
    tag: str
    symbol: str = ""
    account: str = ""
    trading: bool = False


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that did something."""

    t_ns: int
    kind: str
    channel: str
    tag: str
    symbol: str
    account: str


class Faults:
    """The faults that wait, and those that struck."""

    def __init__(self, seed: int, known: frozenset[str], now_ns: Callable[[], int]) -> None:
        self.random = random.Random(f"faults:{seed}")
        self.known, self.now_ns = known, now_ns
        self.waiting: list[Fault] = []
        self.struck: deque[Struck] = deque(maxlen=STRUCK_MAX)
        self.watching_frames = False

    def check(self, fault: Fault) -> None:
        """Raises ConfigError for a fault that this venue cannot have."""
        if fault.kind not in self.known:
            raise ConfigError(
                f"fault {fault.kind!r} is not one of this venue: choose one of "
                f"{', '.join(sorted(self.known))}"
            )
        if len(self.waiting) >= FAULTS_MAX:
            raise ConfigError(f"{FAULTS_MAX} faults wait already: clear them first")

    def add(self, fault: Fault) -> None:
        """Let a fault wait for what it strikes."""
        self.check(fault)
        self.waiting.append(fault)
        self.watch()

    def clear(self) -> None:
        """Forget what waits."""
        self.waiting.clear()
        self.watch()

    def watch(self) -> None:
        self.watching_frames = any(fault.kind in FRAME_KINDS for fault in self.waiting)

    def note(
        self, kind: str, channel: str = "", tag: str = "", symbol: str = "", account: str = ""
    ) -> None:
        """Write down that a fault acted."""
        self.struck.append(Struck(self.now_ns(), kind, channel, tag, symbol, account))

    def strike(
        self, *kinds: str, channel: str = "", tag: str = "", symbol: str = "", account: str = ""
    ) -> Fault | None:
        """The first waiting fault of these kinds that strikes what happens now."""
        for fault in self.waiting:
            if fault.kind not in kinds or not fault.fits(channel, tag, symbol, account):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if self.random.randrange(10**6) >= fault.probability_ppm:
                continue
            fault.count -= 1
            if fault.count <= 0:
                self.waiting.remove(fault)
                self.watch()
            self.note(fault.kind, channel, tag, symbol, account)
            return fault
        return None

    def around(
        self, asked: Asked, carry_out: Callable[[], Reply], refused: Callable[[Fault], Reply]
    ) -> tuple[Reply | None, Fault | None]:
        """(the reply to a request, None when it gets none; what makes it late). `refused` makes the
        reply of error_before, rate_limit or error_after_accept."""
        if not self.waiting:
            return carry_out(), None
        where = {
            "channel": asked.channel,
            "tag": asked.tag,
            "symbol": asked.symbol,
            "account": asked.account,
        }
        fault = self.strike(*(BEFORE if asked.trading else REFUSALS), **where)
        if fault is not None:
            return (None if fault.kind == "lost_request" else refused(fault)), None
        reply = carry_out()
        fault = self.strike(*AFTER, **where) if asked.trading else None
        if fault is None or fault.kind in ("fill_before_ack", "slow_ack"):
            return reply, fault
        return (None if fault.kind == "lost_ack" else refused(fault)), None

    def frame(self, link: "Link", tag: str, symbol: str) -> Fault | None:
        """What strikes a frame to a client."""
        account = link.account.name if link.account is not None else ""
        return self.strike(
            *FRAME_KINDS, channel=link.channel, tag=tag, symbol=symbol, account=account
        )

    def corrupt(self, frame: str | bytes) -> str | bytes:
        """One byte is another; text stays text, so that the frame itself is valid."""
        data = bytearray(frame.encode() if isinstance(frame, str) else frame)
        if not data:
            return frame
        place = self.random.randrange(len(data))
        old = data[place]
        if isinstance(frame, str):
            data[place] = self.random.choice([c for c in range(32, 127) if c != old])
            return data.decode("utf-8", "replace")
        data[place] = old ^ self.random.randrange(1, 256)
        return bytes(data)
