"""A venue, its lines and its REST host in virtual time, for market-data sessions to live in.

The venue's own books are the truth. Faults are drawn by seed or switched by a test: frames lost,
lines cut, lines that fall silent, requests that fail, snapshots from the past. Between session and
truth stands a real engine.
"""

import json
import re
from dataclasses import dataclass
from random import Random

from session_venues import SPEECHES, TruthBook, Wire, dialect_of, world_config

from tickpath.engine.commands import Command
from tickpath.engine.native import Engine
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
SYMBOLS = SPEECHES["binance-spot"]().symbols
TRADE_ID = re.compile(rb'"(?:t|trade_id)":"?(\d+)')
URLS = ["wss://a.test", "wss://b.test"]


@dataclass
class Faults:
    """Parts in 1000 by which things go wrong while `World.run` is on."""

    lose: int = 0
    cut: int = 0
    silence: int = 0
    fail: int = 0
    old: int = 0
    spoil: int = 0


class World:
    def __init__(self, seed: int, venue: str = "binance-spot", *, lines: int = 1) -> None:
        self.random = Random(seed)
        self.now_ns = 10**18
        self.speech = SPEECHES[venue]()
        self.engine = Engine(world_config(self.speech))
        symbols = self.speech.symbols
        self.truth = {symbol: TruthBook(symbol, self.random) for symbol in symbols}
        self.old = {symbol: (book.levels(), book.last_id) for symbol, book in self.truth.items()}
        self.session = MarketSession(
            dict(enumerate(symbols)), dialect_of(self.speech), Endpoints(URLS),
            Budget([(60 * NS_PER_S, 6000)]), self.waiting, Random(seed + 1),
            lines=lines)  # fmt: skip
        self.wires: dict[int, Wire] = {}
        self.answers: list[tuple[int, int, Answer]] = []
        self.alerts: list[str] = []
        self.asked: list[str] = []
        self.faults = Faults()
        self.connected_ns: list[int] = []
        self.traded: dict[str, list[int]] = {symbol: [] for symbol in symbols}
        self.restarts = 0
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
                self.restarts += 1
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
        wire.requests.append(data)

    def answer(self, ask: Ask) -> None:
        symbol = dict(part.split("=") for part in ask.query.split("&"))["symbol"]
        self.asked.append(symbol)
        answer = Answer(200, self.speech.book(Wire("", 0), symbol, *self.seen(symbol)))
        if self.random.randrange(1000) < self.faults.fail:
            answer = self.random.choice(
                (Answer(0), Answer(503), Answer(429, retry_after_ns=2 * NS_PER_S))
            )
            if self.random.random() < 0.3:
                return
        at_ns = self.now_ns + self.random.randint(5, 400) * MS
        self.answers.append((at_ns, ask.number, answer))

    def seen(self, symbol: str) -> tuple[tuple[list[tuple[int, int]], ...], int]:
        """The book as the venue shows it: now, or as it was."""
        if self.random.randrange(1000) < self.faults.old:
            return self.old[symbol]
        book = self.truth[symbol]
        return book.levels(), book.last_id

    def give(self, line: int, data: bytes) -> None:
        """A frame to the engine; the session hears of what is not plain OK."""
        code = self.engine.on_market_frame(0, data, self.now_ns)
        instrument = self.engine.stages.feed.last_instrument
        trade = TRADE_ID.search(data)
        if code == 0 and trade:
            self.traded[self.speech.symbols[instrument]].append(int(trade[1]))
        if code != 0:
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
            self.arrive(number, wire)
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
                self.publish(book)
        self.reply()
        due = [a for a in self.answers if a[0] <= self.now_ns]
        self.answers = [a for a in self.answers if a[0] > self.now_ns]
        for _, number, answer in due:
            self.act(self.session.answered(number, answer, self.now_ns))
        wake_ns = self.session.wake_ns()
        if wake_ns is not None and wake_ns <= self.now_ns:
            self.act(self.session.timer(self.now_ns))

    def publish(self, book: TruthBook) -> None:
        """A change and a trade, to every wire that follows the symbol."""
        change = book.change()
        book.trade_id += 1
        spoilt = self.random.randrange(1000) < self.faults.spoil
        for number, wire in list(self.wires.items()):
            if wire.open and book.symbol in wire.subscribed:
                self.send(number, self.speech.change(wire, book, change, spoilt))
                self.send(number, self.speech.trade(wire, book))

    def send(self, number: int, frame: bytes) -> None:
        """Market data on a wire, as the faults let it pass."""
        lost = self.random.randrange(1000) < self.faults.lose
        if not lost:
            self.fly(number, frame)

    def fly(self, number: int, frame: bytes) -> None:
        """A frame leaves the venue on a wire that may be slow."""
        wire = self.wires.get(number)
        if wire is not None and not wire.silent:
            wire.flying.append((self.now_ns + wire.late_ns, frame))
            self.arrive(number, wire)

    def arrive(self, number: int, wire: Wire) -> None:
        """What has been long enough on the way, in order."""
        while wire.flying and wire.flying[0][0] <= self.now_ns and number in self.wires:
            self.bring(number, wire.flying.pop(0)[1])

    def reply(self) -> None:
        """Requests are answered, in the order in which they came."""
        for number, wire in list(self.wires.items()):
            while wire.requests and not wire.silent and number in self.wires:
                for frame in self.speech.answer(wire, json.loads(wire.requests.pop(0))):
                    if isinstance(frame, bytes):
                        self.fly(number, frame)
                    else:
                        levels, last_id = self.seen(frame)
                        self.send(number, self.speech.book(wire, frame, levels, last_id))

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
