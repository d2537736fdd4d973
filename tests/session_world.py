"""A venue, its lines and its REST host in virtual time, for market-data sessions to live in.

The venue's own books are the truth. Faults are drawn by seed or switched by a test: frames lost,
lines cut, lines that fall silent, requests that fail, snapshots from the past. Between session and
truth stands a real engine.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from support import btcusdt, config_of

from tickpath.core.config import Source
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine
from tickpath.venues.binance.session import BinanceMarketDialect
from tickpath.venues.budget import Budget
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.session import MarketSession
from tickpath.venues.session_actions import (
    NS_PER_S,
    Action,
    Alert,
    Answer,
    Ask,
    Feed,
    Open,
    Restart,
    Send,
    Shut,
)

MS = 1_000_000
SYMBOLS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")
URLS = ["wss://a.test", "wss://b.test"]


def text(count: int, decimals: int) -> str:
    """A count of the last decimal as the venue writes it."""
    whole, part = divmod(count, 10**decimals)
    return f"{whole}.{part:0{decimals}d}"


class TruthBook:
    """One symbol at the venue: levels by price and side, ids of its updates."""

    def __init__(self, symbol: str, random: Random) -> None:
        self.symbol = symbol
        self.random = random
        self.last_id = 1000
        self.sides: list[dict[int, int]] = [
            {5_000_00 - k: 10 + k for k in range(1, 20)},
            {5_000_00 + k: 10 + k for k in range(1, 20)},
        ]

    def change(self) -> bytes:
        """One depth event of the raw stream; both sides stay apart at 5 000."""
        first = self.last_id + 1
        self.last_id += self.random.randint(1, 3)
        rows: list[list[list[str]]] = [[], []]
        for side, sign in ((0, -1), (1, 1)):
            for _ in range(self.random.randint(0, 3)):
                price = 5_000_00 + sign * self.random.randint(1, 60)
                lots = self.random.choice((0, self.random.randint(1, 10**6)))
                self.sides[side].pop(price, None)
                if lots:
                    self.sides[side][price] = lots
                rows[side].append([text(price, 2), text(lots, 5)])
        event = {"e": "depthUpdate", "E": 1_700_000_000_000 + first, "s": self.symbol,
                 "U": first, "u": self.last_id, "b": rows[0], "a": rows[1]}  # fmt: skip
        return json.dumps(event, separators=(",", ":")).encode()

    def snapshot(self) -> bytes:
        """The answer of the REST host."""
        bids, asks = (
            [[text(p, 2), text(q, 5)] for p, q in sorted(side.items(), reverse=flip)]
            for side, flip in zip(self.sides, (True, False), strict=True)
        )
        return json.dumps({"lastUpdateId": self.last_id, "bids": bids, "asks": asks}).encode()


@dataclass
class Wire:
    """A line as the venue sees it."""

    url: str
    open_at_ns: int
    open: bool = False
    silent: bool = False
    subscribed: set[str] = field(default_factory=set)
    replies: list[bytes] = field(default_factory=list)
    sent_ns: list[int] = field(default_factory=list)


@dataclass
class Faults:
    """Parts in 1000 by which things go wrong while `World.run` is on."""

    lose: int = 0
    cut: int = 0
    silence: int = 0
    fail: int = 0
    old: int = 0


class World:
    def __init__(self, seed: int, symbols: Sequence[str] = SYMBOLS, *, lines: int = 1) -> None:
        self.random = Random(seed)
        self.now_ns = 10**18
        instruments = [btcusdt(symbol=symbol) for symbol in symbols]
        source = Source(name="market", venue=0, instruments=tuple(range(len(symbols))))
        self.engine = Engine(config_of(*instruments, sources=(source,)))
        self.truth = {symbol: TruthBook(symbol, self.random) for symbol in symbols}
        self.old = {symbol: book.snapshot() for symbol, book in self.truth.items()}
        self.session = MarketSession(
            dict(enumerate(symbols)), BinanceMarketDialect("binance-spot"), Endpoints(URLS),
            Budget([(60 * NS_PER_S, 6000)]), self.waiting, Random(seed + 1),
            lines=lines)  # fmt: skip
        self.wires: dict[int, Wire] = {}
        self.answers: list[tuple[int, int, Answer]] = []
        self.alerts: list[str] = []
        self.asked: list[str] = []
        self.faults = Faults()
        self.connected_ns: list[int] = []
        self.lines_max = 0

    def waiting(self, instrument: int) -> bool:
        return bool(self.engine.stages.feed.waiting(instrument))

    def act(self, actions: list[Action]) -> None:
        """Carry out what the session wants."""
        for action in actions:
            if isinstance(action, Open):
                delay = self.random.randint(1, 300) * MS
                self.connected_ns.append(self.now_ns)
                self.wires[action.line] = Wire(action.url, self.now_ns + delay)
            elif isinstance(action, Shut):
                self.wires.pop(action.line, None)
            elif isinstance(action, Send):
                self.receive(self.wires[action.line], action.data)
            elif isinstance(action, Ask):
                self.answer(action)
            elif isinstance(action, Feed):
                self.give(-1, action.data)
            elif isinstance(action, Restart):
                assert self.engine.on_command(Command.RESTART_SOURCE, 0, self.now_ns) == 0
            else:
                assert isinstance(action, Alert)
                self.alerts.append(action.text)
        self.lines_max = max(self.lines_max, len(self.wires))

    def receive(self, wire: Wire, data: bytes) -> None:
        """The venue reads a message; too many a second would end the connection."""
        assert wire.open
        wire.sent_ns.append(self.now_ns)
        recent = [t for t in wire.sent_ns if t > self.now_ns - NS_PER_S]
        assert len(recent) <= self.session.dialect.messages_per_s_max
        message = json.loads(data)
        assert message["method"] == "SUBSCRIBE"
        wire.subscribed |= {name.partition("@")[0].upper() for name in message["params"]}
        wire.replies.append(json.dumps({"result": None, "id": message["id"]}).encode())

    def answer(self, ask: Ask) -> None:
        symbol = dict(part.split("=") for part in ask.query.split("&"))["symbol"]
        self.asked.append(symbol)
        answer = Answer(200, self.truth[symbol].snapshot())
        if self.random.randrange(1000) < self.faults.old:
            answer = Answer(200, self.old[symbol])
        if self.random.randrange(1000) < self.faults.fail:
            answer = self.random.choice(
                (Answer(0), Answer(503), Answer(429, retry_after_ns=2 * NS_PER_S))
            )
            if self.random.random() < 0.3:
                return
        at_ns = self.now_ns + self.random.randint(5, 400) * MS
        self.answers.append((at_ns, ask.number, answer))

    def give(self, line: int, data: bytes) -> None:
        """A frame to the engine; the session hears of what is not plain OK."""
        code = self.engine.on_market_frame(0, data, self.now_ns)
        if code != 0:
            instrument = self.engine.stages.feed.last_instrument
            self.act(self.session.code(line, code, instrument, data, self.now_ns))

    def bring(self, line: int, data: bytes) -> None:
        """A frame arrives: to the engine, or aside."""
        if self.session.frame(line, data, self.now_ns):
            self.give(line, data)
            return
        self.act(self.session.aside(line, data, self.now_ns))

    def step(self) -> None:
        """Fifty milliseconds: what has fallen due happens, the market moves."""
        self.now_ns += 50 * MS
        for number, wire in list(self.wires.items()):
            if not wire.open and wire.open_at_ns <= self.now_ns:
                wire.open = True
                self.act(self.session.opened(number, self.now_ns))
            if wire.open and self.random.randrange(1000) < self.faults.cut:
                del self.wires[number]
                self.act(self.session.closed(number, "cut", self.now_ns))
            elif wire.open and self.random.randrange(1000) < self.faults.silence:
                wire.silent = True
        for book in self.truth.values():
            if self.random.random() < 0.5:
                self.publish(book.symbol, book.change())
        self.reply()
        due = [a for a in self.answers if a[0] <= self.now_ns]
        self.answers = [a for a in self.answers if a[0] > self.now_ns]
        for _, number, answer in due:
            self.act(self.session.answered(number, answer, self.now_ns))
        wake_ns = self.session.wake_ns()
        if wake_ns is not None and wake_ns <= self.now_ns:
            self.act(self.session.timer(self.now_ns))

    def publish(self, symbol: str, frame: bytes) -> None:
        for number, wire in list(self.wires.items()):
            lost = self.random.randrange(1000) < self.faults.lose
            if wire.open and not wire.silent and symbol in wire.subscribed and not lost:
                self.bring(number, frame)

    def reply(self) -> None:
        for number, wire in list(self.wires.items()):
            while wire.replies and not wire.silent and number in self.wires:
                self.bring(number, wire.replies.pop(0))

    def run(self, seconds: float) -> None:
        for _ in range(int(seconds * 20)):
            self.step()

    def right(self, symbol: str) -> bool:
        """Whether the engine's book of a symbol is synced and equal to the venue's."""
        k = list(self.truth).index(symbol)
        if self.waiting(k):
            return False
        truth = self.truth[symbol].sides
        found = [
            {x.price_ticks: x.quantity_lots for x in self.engine.stages.books[k].depth(side, 200)}
            for side in (0, 1)
        ]
        return found == truth
