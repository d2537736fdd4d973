"""The order in which a run's requests arrive again."""

from collections import deque
from typing import Any

from tickpath.backtest.journal_arrivals import HELD
from tickpath.backtest.journal_inputs import Input
from tickpath.backtest.journal_loop import JournalLoop, Sent
from tickpath.backtest.journal_messages import Heard, Key
from tickpath.core.records import ReportKind
from tickpath.engine.commands import Command
from tickpath.lanes.journal_format import JournalKind


class Venue:
    """Notes what arrives, and when."""

    def __init__(self) -> None:
        self.arrived: list[tuple[bytes, int]] = []
        self.says: list[tuple[int, int, bytes]] = []
        self.restarted: list[int] = []

    def on_request(self, venue: int, data: bytes, t_ns: int) -> None:
        self.arrived.append((data, t_ns))

    def restart(self, source: int) -> None:
        self.restarted.append(source)

    def take_fills(self) -> list[Any]:
        return []

    def take_reports(self) -> list[tuple[int, int, bytes]]:
        says, self.says = self.says, []
        return says


def loop_with(*sent: Sent) -> tuple[JournalLoop, Venue]:
    """A loop without frames whose venue has lived until 100."""
    loop, venue = JournalLoop.__new__(JournalLoop), Venue()
    loop.venue, loop.sent, loop.venue_ns = venue, deque(sent), 100
    loop.order, loop.lived_ns, loop.venue_next = [], [], 0
    return loop, venue


def test_what_was_sent_before_an_answered_request_arrived_before_it() -> None:
    """At its own time, though the answer bears none and came first."""
    loop, venue = loop_with(
        Sent(120, (1, ""), 0, b"first"), Sent(HELD, (2, "q"), 0, b"asks"),
        Sent(HELD, (2, "q"), 0, b"asks again"), Sent(130, (3, ""), 0, b"last"),
    )  # fmt: skip
    loop.release((2, "q"))
    assert venue.arrived == [(b"first", 120), (b"asks", 120)]
    loop.release((2, "q"))
    assert venue.arrived[2:] == [(b"asks again", 120)]
    loop.live(140)
    assert venue.arrived[3:] == [(b"last", 130)]
    assert loop.venue_ns == 140


def test_nothing_arrives_for_an_answer_to_no_request() -> None:
    loop, venue = loop_with(Sent(HELD, (1, "c"), 0, b"cancel"))
    loop.release((1, ""))
    loop.release((2, "c"))
    assert venue.arrived == []


def test_a_request_without_a_time_comes_with_the_next_that_has_one() -> None:
    loop, venue = loop_with(Sent(HELD, (1, "c"), 0, b"cancel"), Sent(130, (2, ""), 0, b"new"))
    loop.live(129)
    assert venue.arrived == []
    loop.live(130)
    assert venue.arrived == [(b"cancel", 130), (b"new", 130)]


class Engine:
    """Notes what is delivered, and when."""

    def __init__(self) -> None:
        self.given: list[tuple[bytes, int]] = []

    def on_order_frame(self, venue: int, data: bytes, t_ns: int) -> None:
        self.given.append((data, t_ns))

    def on_command(self, *words: Any) -> None:
        self.given.append((b"command", words[2]))

    def take_out(self) -> list[Any]:
        return []


class Names:
    """A message is named by its number; what begins with m was missed by the run."""

    def name(self, venue: int, data: bytes) -> Heard:
        key = Key(int(data[1:]), "e", ReportKind.FILL, 0)
        return Heard(key, ((key.order, key.kind),), 0)

    def lost(self, heard: Heard, t_ns: int) -> bool:
        return heard.key.order >= 10


def loop_with_engine(*due: int) -> tuple[JournalLoop, Venue, Engine]:
    """One whose journal has fills of these orders, 50 by our clock."""
    loop, venue = loop_with()
    engine = Engine()
    loop.engine, loop.keys, loop.ways = engine, Names(), Names()  # type: ignore[assignment]
    loop.engine_ns, loop.usual_ns = 50, 7
    loop.due, loop.said, loop.extra = {fill(order) for order in due}, {}, deque()
    loop.inputs, loop.parts = deque(), []
    return loop, venue, engine


def fill(order: int) -> Key:
    return Key(order, "e", ReportKind.FILL, 0)


def test_what_the_run_does_not_have_is_new_unless_it_missed_it() -> None:
    """New: after the usual time. Missed: never. In the journal: it waits for its receipt."""
    loop, venue, engine = loop_with_engine(1)
    venue.says = [(0, 0, b"f1"), (0, 0, b"f2"), (0, 0, b"m10")]
    loop.listen()
    loop.late(56)
    assert engine.given == []
    loop.late(57)
    assert engine.given == [(b"f2", 57)]
    assert list(loop.said.values()) == [(0, b"f1")]
    loop.finish()
    assert len(engine.given) == 1


def test_what_is_said_after_its_receipt_comes_later() -> None:
    loop, venue, engine = loop_with_engine(1)
    received = Input(JournalKind.ORDER, 60, 0, b"f1")
    loop.report(received, fill(1), 100)
    assert engine.given == []
    venue.says = [(0, 0, b"f1")]
    loop.listen()
    loop.finish()
    assert engine.given == [(b"f1", 57)]


def test_a_source_begins_anew_at_the_venue_too() -> None:
    loop, venue, engine = loop_with_engine()
    loop.direct = False
    body = Command.RESTART_SOURCE.to_bytes(8, "little") + (3).to_bytes(8, "little")
    assert loop.give(Input(JournalKind.COMMAND, 60, 0, body), None) == 0
    assert venue.restarted == [3]
    assert engine.given == [(b"command", 60)]
