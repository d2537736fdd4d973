"""The live session in simulated time: holes, silence, sessions that change, and any loss."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from venues.nasdaq.mold_world import (
    MS,
    ONE,
    PATIENT,
    SERVER,
    THREE,
    TWO,
    WAITS,
    A,
    B,
    Reader,
    Venue,
    World,
    beat,
    data,
    end,
    part,
)

from tickpath.core.codes import Code
from tickpath.venues.nasdaq.mold import HEADER, NEVER
from tickpath.venues.nasdaq.session import HELD_MAX

QUIET_NS = 3000 * MS


def whole(last: int) -> list[bytes]:
    return [part(k) for k in range(1, last + 1)]


def test_copies_are_fed_once_and_in_order() -> None:
    world = World()
    world.give(A, data(1, 2))
    world.give(B, data(1, 2), data(3, 2))
    world.give(A, data(3, 2), data(4, 3))
    assert world.fed == [data(1, 2), data(3, 2), data(4, 3)]
    assert world.reader.messages == whole(6)
    assert world.alerts == ["session 'SESSION001' begins"]
    assert (world.restarts, world.session.counters.fed) == (0, 3)


def test_a_hole_is_asked_for_and_filled() -> None:
    venue = Venue(Random(1), 20, most=3)
    world = World(venue=venue)
    world.give(A, data(1, 1), data(8, 2))
    assert world.session.wake_ns() == MS
    world.pass_time(200 * MS)
    assert venue.asked == [(2, 6), (5, 3)]
    assert world.reader.messages == whole(9)
    assert world.reader.holes == []
    assert len(world.alerts) == 1


def test_a_hole_that_is_lost_is_told_and_seen_by_the_reader() -> None:
    world = World(venue=Venue(Random(1), 20, loss=1.0))
    world.give(A, data(1, 1), data(8, 2))
    world.pass_time(1999 * MS)
    assert world.fed == [data(1, 1)]
    world.pass_time(2 * MS)
    assert world.fed == [data(1, 1), data(8, 2)]
    assert world.reader.holes == [(2, 8)]
    assert world.told("holes that were lost, now 2..7 of 'SESSION001': its books are stale") == 1
    assert len(world.requests) == 40


def test_a_hole_with_nothing_behind_it_is_shown_by_a_heartbeat() -> None:
    world = World()
    world.give(A, data(1, 1), beat(5))
    world.pass_time(2001 * MS)
    assert world.fed == [data(1, 1), beat(5)]
    assert world.reader.holes == [(2, 5)]


def test_a_session_that_is_joined_late_is_a_hole_from_its_first_message_on() -> None:
    world = World()
    world.give(B, data(70_000, 3))
    world.pass_time(2500 * MS)
    assert world.reader.holes == [(1, 70_000)]
    assert HEADER.unpack(world.requests[0][1]) == (ONE, 1, 1024)
    assert world.told("now 1..69999") == 1


def test_requests_go_to_the_servers_by_turns_and_never_to_one_that_is_closed() -> None:
    world = World(servers=("10.0.0.3:1", "10.0.0.4:1"))
    world.give(A, data(4, 1))
    world.pass_time(100 * MS)
    assert [line for line, _ in world.requests] == [3, 2]
    world.refused_lines = {3}
    world.act(world.session.failed(3, "gone", world.now_ns))
    world.pass_time(200 * MS)
    assert {line for line, _ in world.requests[2:]} == {2}


def test_without_a_server_the_hole_waits_for_the_other_line() -> None:
    world = World(servers=())
    world.give(A, data(1, 1), data(3, 1))
    world.pass_time(10 * MS)
    world.give(B, data(1, 1), data(2, 1))
    assert world.reader.messages == whole(3)
    assert world.told("no server to ask") == 1
    assert world.session.counters.unasked == 1


def test_a_quiet_line_is_told_once_and_so_is_its_return() -> None:
    world = World()
    for k in range(1, 9):
        world.give(A, data(k, 1))
        world.pass_time(1000 * MS)
    assert world.told("line B is quiet") == 1
    assert not world.session.dark
    world.give(B, data(9, 1))
    assert world.told("line B brings packets") == 1
    assert world.told("line A") == 0
    assert world.restarts == 0


def test_when_every_line_is_quiet_the_books_are_stale() -> None:
    world = World()
    world.give(A, data(1, 1))
    world.give(B, data(1, 1))
    world.pass_time(QUIET_NS - 1)
    assert (world.restarts, world.session.dark) == (0, False)
    world.pass_time(1)
    assert (world.restarts, world.session.dark) == (1, True)
    assert world.told("no line brings packets: books are stale") == 1
    world.pass_time(10 * QUIET_NS)
    assert len(world.alerts) == 4, "nothing is told twice"
    world.give(B, data(2, 1))
    assert not world.session.dark
    world.pass_time(QUIET_NS)
    assert world.restarts == 2, "and again"


def test_silence_before_the_first_packet_is_told_and_restarts_nothing() -> None:
    world = World()
    world.pass_time(2 * QUIET_NS)
    assert world.told("no line brings packets") == 1
    assert world.restarts == 0


def test_packets_that_are_none_are_no_sign_of_life() -> None:
    world = World()
    world.give(A, data(1, 1))
    for _ in range(8):
        world.pass_time(500 * MS)
        world.give(A, data(2, 1)[:-1])
        world.give(B, b"", b"x" * 19)
    assert world.session.dark
    assert world.reader.messages == whole(1)
    name = Code.FEED_TRUNCATED.name
    assert [x for x in world.alerts if name in x and "line A" in x] == [
        f"packets of line A with {name}: {k}" for k in (1, 2, 4, 8)
    ]


def test_a_line_that_fails_is_opened_again_after_longer_and_longer_waits() -> None:
    world = World()
    world.give(A, data(1, 1))
    world.give(B, data(1, 1))
    world.refused_lines = {A, B}
    world.act(world.session.failed(A, "ENETDOWN", world.now_ns))
    assert world.restarts == 0
    world.act(world.session.failed(B, "ENETDOWN", world.now_ns))
    assert (world.restarts, world.session.dark) == (1, True)
    world.pass_time(600_000 * MS)
    tries = world.told("line A at 10.0.0.1:1: refused")
    assert 20 < tries < 120, "half a minute at most, half of that on average"
    world.refused_lines = set()
    world.pass_time(31_000 * MS)
    world.give(A, data(2, 1))
    assert world.reader.messages == whole(2)
    assert world.told("line A brings packets") == 1


def test_a_line_that_held_for_a_while_is_opened_again_at_once() -> None:
    world = World()
    world.refused_lines = {A}
    world.act(world.session.failed(A, "ENETDOWN", world.now_ns))
    world.pass_time(300_000 * MS)
    world.refused_lines = set()
    world.pass_time(31_000 * MS)
    assert world.session.lines[A].open
    world.pass_time(QUIET_NS)
    world.act(world.session.failed(A, "ENETDOWN", world.now_ns))
    assert world.session.lines[A].open_ns - world.now_ns <= 250 * MS


def test_a_line_that_was_opened_again_is_watched_and_counted_anew() -> None:
    world = World()
    world.give(B, data(1, 1))
    world.pass_time(QUIET_NS)
    assert len(world.session.drops(A, 5)) == 1
    world.act(world.session.failed(A, "ENETDOWN", world.now_ns))
    world.pass_time(1000 * MS + QUIET_NS)
    assert world.told("line A is quiet") == 2
    assert world.session.drops(A, 3) != [], "8 by now"


def test_the_end_of_a_session_makes_its_books_stale_and_silence_right() -> None:
    world = World(venue=Venue(Random(1), 4))
    world.give(A, data(1, 2), end(5))
    assert not world.session.over
    world.pass_time(20 * MS)
    assert world.session.over
    assert world.reader.messages == whole(4)
    assert world.told("session 'SESSION001' ended after 4 messages") == 1
    assert world.restarts == 1
    world.give(B, end(5))
    world.pass_time(100 * QUIET_NS)
    assert len(world.alerts) == 2
    world.give(A, data(1, 1, TWO))
    assert world.told("session 'SESSION002' begins") == 1
    assert (world.session.over, world.reader.messages) == (False, whole(1))
    assert world.told("goes on") == 0
    world.pass_time(QUIET_NS)
    assert world.told("line B is quiet") == 1, "lines are watched again"


def test_a_session_ends_too_when_its_last_hole_is_lost() -> None:
    world = World()
    world.give(A, data(1, 1), end(5))
    world.pass_time(2001 * MS)
    assert world.session.over
    assert world.fed == [data(1, 1), beat(5)]
    assert world.told("ended after 4 messages") == world.restarts == 1


def test_an_end_that_is_none_is_told_and_not_believed_again() -> None:
    world = World()
    world.give(A, data(1, 2), end(3), data(3, 1), data(4, 1), end(5))
    assert world.told("goes on after its end") == 1
    assert not world.session.over
    assert world.reader.messages == whole(4)
    world.pass_time(QUIET_NS)
    assert world.session.dark
    world.give(A, data(1, 1, TWO), data(2, 1, TWO), end(3, TWO))
    assert world.told("session 'SESSION002' ended after 2 messages") == 1, "another one is believed"


def test_a_stray_packet_of_another_session_changes_nothing() -> None:
    world = World()
    world.give(A, data(1, 1))
    world.give(B, data(1, 1), data(900, 2, TWO), data(2, 1))
    world.give(A, data(2, 1), data(3, 1))
    assert world.session.name == ONE
    assert world.reader.messages == whole(3)
    assert world.session.counters.foreign == 1
    assert len(world.alerts) == 1


def test_a_line_of_another_feed_is_told_and_never_followed() -> None:
    world = World()
    for k in range(1, HELD_MAX + 100):
        world.give(A, data(k, 1))
        world.give(B, data(k, 1, THREE))
    assert world.told("line B brings session 'SESSION003', not 'SESSION001'") == 1
    assert world.reader.messages == whole(HELD_MAX + 99)
    assert world.session.counters.foreign == 99, "what is held has a bound"
    world.give(B, data(HELD_MAX + 99, 1))
    assert world.session.counters.foreign == HELD_MAX + 99


def test_the_last_packets_that_are_held_begin_the_session() -> None:
    """What was dropped before them is a hole, which a server fills."""
    world = World()
    world.give(A, data(1, 1))
    world.give(B, data(1, 1), *[data(k, 1, THREE) for k in range(1, HELD_MAX + 50)])
    world.give(A, data(HELD_MAX + 48, 1, THREE), data(HELD_MAX + 49, 1, THREE))
    assert world.session.name == world.session.receiver.session == THREE
    assert world.session.counters.foreign == 51
    world.give(SERVER, data(1, 51, THREE))
    assert world.reader.messages == whole(HELD_MAX + 49)


def test_another_session_begins_when_no_line_stands_in_the_old_one() -> None:
    world = World()
    world.give(A, data(1, 2))
    world.give(B, data(1, 2))
    world.give(A, data(1, 2, TWO), data(3, 1, TWO))
    assert world.session.name == ONE
    world.give(B, data(3, 1), data(1, 2, TWO))
    assert world.session.name == ONE
    world.give(B, data(3, 1, TWO))
    assert (world.session.name, world.session.before) == (TWO, ONE)
    assert world.reader.messages == whole(3)
    world.give(B, data(4, 1))
    assert world.session.counters.late == 1
    assert world.told("packets of line B of the session before: 1") == 1
    assert world.session.name == TWO
    world.give(A, data(4, 1, TWO))
    world.pass_time(QUIET_NS - MS)
    world.give(B, data(5, 1))
    world.pass_time(MS)
    assert world.session.dark, "packets of the old session are no sign of life"


def test_a_line_that_lags_in_the_session_before_does_not_hold_this_one() -> None:
    world = World(lines=("10.0.0.1:1", "10.0.0.2:1"))
    world.give(A, data(1, 1))
    world.give(B, data(1, 1), data(1, 1, TWO), data(2, 1, TWO))
    world.give(A, data(1, 1, TWO), data(2, 1, TWO))
    assert world.session.name == TWO
    world.give(A, data(2, 1))
    world.give(B, data(1, 1, THREE), data(2, 1, THREE))
    assert world.session.name == THREE


def test_only_what_is_of_the_session_that_begins_is_given() -> None:
    world = World()
    world.give(A, data(1, 1))
    world.give(B, data(1, 1))
    world.give(A, data(1, 1, TWO), data(2, 1, TWO))
    world.give(B, data(1, 2, THREE), data(3, 1, THREE))
    assert world.session.name == world.session.receiver.session == THREE
    assert world.reader.messages == whole(3)
    assert world.session.counters.foreign == 2


def test_an_answer_is_no_sign_of_life_of_a_line() -> None:
    world = World()
    world.give(A, data(1, 1), data(3, 1))
    world.pass_time(QUIET_NS)
    told = len(world.alerts)
    world.give(SERVER, data(4, 1))
    assert world.session.dark
    assert len(world.alerts) == told


def test_a_quiet_line_does_not_hold_a_session() -> None:
    world = World()
    world.give(B, data(1, 2))
    world.give(A, data(1, 3), beat(9))
    for _ in range(4):
        world.pass_time(1000 * MS)
        world.give(A, data(3, 1))
    world.give(A, data(1, 1, TWO), data(2, 1, TWO))
    assert world.session.name == TWO
    assert world.reader.messages == whole(2)


def test_what_the_old_session_still_missed_is_told() -> None:
    world = World(lines=("10.0.0.1:1",))
    world.give(A, data(1, 1), data(5, 2), data(1, 1, TWO), data(2, 1, TWO))
    assert world.told("the last 5 messages of 'SESSION001' were not seen") == 1


def test_answers_never_begin_a_session() -> None:
    world = World()
    world.give(SERVER, data(1, 1, TWO))
    assert world.session.name == b""
    world.give(A, data(1, 1))
    world.give(SERVER, *[data(k, 1, TWO) for k in range(1, 9)])
    assert world.session.name == ONE
    assert world.told("answers of server 1 about another session") == 5, (
        "1, then 1, 2, 4, 8 of the session"
    )
    world.give(SERVER, data(2, 1))
    assert world.reader.messages == whole(2)


def test_what_may_come_often_is_told_at_doubling_counts() -> None:
    session = World().session
    found = [session.code(int(Code.FEED_UNKNOWN_ORDER)) for _ in range(100)]
    assert sum(map(len, found)) == 7
    assert session.code(int(Code.FEED_CONTROL)) == session.code(int(Code.FEED_UNSYNCED)) == []
    assert session.drops(A, 0) == []
    assert len(session.drops(A, 5)) == 1
    assert session.drops(A, 5) == session.drops(A, 7) == []
    assert len(session.drops(A, 8)) == 1
    assert len(session.unsent(SERVER, "ECONNREFUSED")) == 1


def test_a_full_merger_is_told_and_the_hole_is_filled_all_the_same() -> None:
    world = World(PATIENT, Venue(Random(1), 3000, most=1000))
    world.give(A, *[data(k, 1) for k in range(2, 2000)])
    assert world.told("found no room") > 0
    world.give(A, end(2000))
    world.pass_time(2000 * MS)
    assert world.reader.messages == whole(1999)
    assert world.session.over


def test_after_a_stop_nothing_is_wanted() -> None:
    world = World()
    world.give(A, data(1, 1), data(5, 1))
    assert len(world.session.stop()) == 3
    assert world.session.wake_ns() is None
    assert world.session.timer(10**12) == []
    assert world.session.receiver.next_timer() < NEVER


LAST = 120


@st.composite
def fates(draw: st.DrawFn) -> list[list[tuple[int, ...]]]:
    """For each of some packets and each line: the delays of its copies in ms; none: it is lost."""
    copies = st.lists(st.integers(0, 400), max_size=2).map(tuple)
    return draw(st.lists(st.lists(copies, min_size=2, max_size=2), min_size=1, max_size=60))


@given(fates(), st.integers(0, 2**32), st.integers(1, 50), st.sampled_from([0.0, 0.3, 0.8]))
def test_whatever_is_lost_a_working_server_makes_the_stream_whole(
    fates: list[list[tuple[int, ...]]], seed: int, most: int, loss: float
) -> None:
    """The ends of the lines come again and again, as the venue sends them."""
    random = Random(seed)
    sizes = [random.randrange(1, 4) for _ in fates]
    last = sum(sizes)
    waits = PATIENT if loss else WAITS
    world = World(waits, Venue(random, last, most=most, loss=loss))
    sequence = 1
    for k, (size, lines) in enumerate(zip(sizes, fates, strict=True)):
        for line, delays in enumerate(lines):
            for delay in delays:
                world.later(line, data(sequence, size), k * 10 * MS + delay * MS)
        sequence += size
    for k in range(60):
        world.later(k % 2, end(last + 1), (1000 + 1000 * k) * MS)
    world.pass_time(62_000 * MS)
    assert world.reader.messages == whole(last)
    assert world.reader.holes == []
    assert world.session.over
    assert world.session.receiver.counters["lost"] == 0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["data", "beat", "end", "cut", "noise", "time", "fail", "answer"]),
            st.integers(0, 2), st.sampled_from([ONE, TWO, THREE]), st.integers(1, 60),
            st.integers(1, 5),
        ),
        max_size=80,
    )
)  # fmt: skip
def test_nothing_that_may_come_breaks_the_session(
    steps: list[tuple[str, int, bytes, int, int]],
) -> None:
    """Fed packets are in order within a session, and what is missing is a hole that was lost."""
    world = World()
    for what, line, session, sequence, count in steps:
        if what == "data" or what == "answer":
            world.give(line if what == "data" else SERVER, data(sequence, count, session))
        elif what == "beat":
            world.give(line, beat(sequence, session))
        elif what == "end":
            world.give(line, end(sequence, session))
        elif what == "cut":
            world.give(line, data(sequence, count, session)[:-sequence])
        elif what == "noise":
            world.give(line, bytes([sequence]) * (count * 9))
        elif what == "time":
            world.pass_time(sequence * 40 * MS)
        else:
            world.act(world.session.failed(line, "broken", world.now_ns))
            world.pass_time(count * 100 * MS)
    again = Reader()
    for fed in world.fed:
        session, sequence, _ = HEADER.unpack_from(fed)
        if session == again.session:
            assert sequence <= again.next or world.told("holes that were lost")
        again.take(fed)
    world.pass_time(20_000 * MS)
    assert world.session.dark or world.session.over


@pytest.mark.parametrize("lines", [1, 2])
def test_both_lines_dead_for_good_end_stale(lines: int) -> None:
    world = World(lines=("10.0.0.1:1", "10.0.0.2:1")[:lines])
    world.give(0, data(1, 3), data(9, 1))
    world.refused_lines = {0, 1, 2}
    for k in range(lines):
        world.act(world.session.failed(k, "gone", world.now_ns))
    world.pass_time(100_000 * MS)
    assert world.session.dark
    assert world.restarts == 1
    assert world.reader.holes == [(4, 9)]
    assert world.told("no line brings packets") == 1
