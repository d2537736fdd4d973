"""The receiver: both backends on the rules of the docstring and on seeded storms of two lines."""

from random import Random

import pytest

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.venues.nasdaq import mold, native_mold
from tickpath.venues.nasdaq.mold import END_OF_SESSION, HEADER, NEVER, Timing, packet

RECEIVERS = [mold.MoldReceiver, native_mold.MoldReceiver]
A, B = 0, 1
ONE, TWO = b"SESSION001", b"SESSION002"
TIMES = Timing(wait_ns=10, request_ns=100, give_up_ns=1000)


def part(sequence: int) -> bytes:
    return b"m%d" % sequence


def run(sequence: int, count: int, session: bytes = ONE) -> bytes:
    return packet(session, sequence, [part(k) for k in range(sequence, sequence + count)])


def control(sequence: int, count: int = 0, session: bytes = ONE) -> bytes:
    return HEADER.pack(session, sequence, count)


class Reader:
    """Follows what is delivered as the market decoder does: skips overlap, notes holes."""

    def __init__(self) -> None:
        self.next = 1
        self.messages: list[bytes] = []
        self.holes: list[tuple[int, int]] = []

    def take(self, packets: list[bytes]) -> None:
        for data in packets:
            _, sequence, count = HEADER.unpack_from(data)
            if sequence > self.next:
                self.holes.append((self.next, sequence))
                self.next = sequence
            parts = mold.messages(data) or []
            self.messages += parts[self.next - sequence :]
            self.next = max(self.next, sequence + count)


@pytest.mark.parametrize("make", RECEIVERS)
def test_in_order_overlap_and_duplicates(make: type) -> None:
    r = make(TIMES)
    assert r.on_packet(A, run(1, 3), 0) == Code.OK
    assert r.on_packet(B, run(1, 3), 1) == Code.FEED_STALE_ID
    assert r.on_packet(B, run(3, 2), 2) == Code.OK
    assert r.on_packet(A, run(4, 1), 3) == Code.FEED_STALE_ID
    reader = Reader()
    reader.take(r.take())
    assert reader.messages == [part(k) for k in range(1, 5)]
    assert (r.next, r.next_timer()) == (5, NEVER)
    assert r.lines[A] == {"packets": 2, "first": 3, "late": 1, "refused": 0}
    assert r.lines[B] == {"packets": 2, "first": 1, "late": 1, "refused": 0}


@pytest.mark.parametrize("make", RECEIVERS)
def test_a_gap_is_closed_by_the_other_line(make: type) -> None:
    r = make(TIMES)
    r.on_packet(A, run(1, 1), 0)
    assert r.on_packet(A, run(5, 2), 5) == Code.FEED_BUFFERED
    assert r.on_packet(B, run(5, 2), 6) == Code.FEED_STALE_ID
    assert r.next_timer() == 15
    assert r.on_packet(B, run(2, 3), 7) == Code.OK
    assert [HEADER.unpack_from(p)[1] for p in r.take()] == [1, 2, 5]
    assert (r.next, r.next_timer()) == (7, NEVER)
    assert r.counters["requests"] == 0


@pytest.mark.parametrize("make", RECEIVERS)
def test_a_gap_is_asked_for_until_it_is_closed(make: type) -> None:
    r = make(TIMES)
    r.on_packet(A, run(1, 1), 0)
    r.on_packet(A, run(8, 1), 5)
    r.on_timer(14)
    assert r.take_requests() == []
    r.on_timer(15)
    assert r.take_requests() == [HEADER.pack(ONE, 2, 6)]
    assert r.next_timer() == 115
    assert r.on_packet(2, run(2, 3), 20) == Code.OK, "the server sends fewer than asked"
    r.on_timer(115)
    assert r.take_requests() == [HEADER.pack(ONE, 5, 3)]
    assert r.on_packet(2, run(5, 3), 120) == Code.OK
    reader = Reader()
    reader.take(r.take())
    assert reader.messages == [part(k) for k in range(1, 9)]
    assert reader.holes == []


@pytest.mark.parametrize("make", RECEIVERS)
def test_a_hole_behind_one_that_was_filled_has_times_of_its_own(make: type) -> None:
    """Many holes at once: each is asked for when it is the first, not when the last one would have
    been asked for again, and is lost no sooner than another."""
    r = make(TIMES)
    for sequence in range(1, 400, 2):
        r.on_packet(A, run(sequence, 1), 0)
    t_ns, asked = 0, []
    while (due_ns := r.next_timer()) < NEVER:
        t_ns = max(t_ns, due_ns)
        r.on_timer(t_ns)
        for request in r.take_requests():
            _, first, count = HEADER.unpack(request)
            asked.append((first, count))
            t_ns += 1
            assert r.on_packet(2, run(first, count), t_ns) == Code.OK
    assert asked == [(sequence, 1) for sequence in range(2, 399, 2)]
    assert t_ns == 199 * 11, "wait_ns and the way of an answer each"
    assert (r.next, r.counters["lost"], r.counters["gaps"]) == (400, 0, 199)


@pytest.mark.parametrize("make", RECEIVERS)
def test_while_a_hole_fills_nothing_is_asked_for_and_its_age_counts_on(make: type) -> None:
    r = make(TIMES)
    r.on_packet(A, run(1, 1), 0)
    r.on_packet(A, run(200, 1), 5)
    r.on_timer(15)
    assert r.take_requests() == [HEADER.pack(ONE, 2, 198)]
    for k in range(9):
        r.on_packet(2, run(2 + k, 1), 16 + 9 * k)
        r.on_timer(16 + 9 * k + 8)
        assert r.take_requests() == []
    assert r.next_timer() == 16 + 9 * 8 + 10
    r.on_timer(98)
    assert r.take_requests() == [HEADER.pack(ONE, 11, 189)], "no more came: the rest is asked for"
    r.on_timer(1005)
    assert (r.counters["lost"], r.next) == (189, 201)


@pytest.mark.parametrize("make", RECEIVERS)
def test_a_gap_is_given_up_and_seen_by_the_reader(make: type) -> None:
    r = make(TIMES)
    r.on_packet(A, run(1, 1), 0)
    r.on_packet(A, run(4, 1), 5)
    r.on_packet(A, run(9, 1), 6)
    r.on_timer(1005)
    assert r.counters["lost"] == 2
    assert r.next == 5
    reader = Reader()
    reader.take(r.take())
    assert reader.holes == [(2, 4)]
    r.on_timer(2005)
    reader.take(r.take())
    assert reader.holes == [(2, 4), (5, 9)]
    assert (r.next, r.counters["lost"], r.next_timer()) == (10, 6, NEVER)


@pytest.mark.parametrize("make", RECEIVERS)
def test_heartbeats_and_the_end(make: type) -> None:
    r = make(TIMES)
    assert r.on_packet(A, control(1), 0) == Code.FEED_CONTROL
    assert r.on_packet(A, control(3), 1) == Code.FEED_GAP
    assert r.next_timer() == 11
    r.on_timer(11)
    assert r.take_requests() == [HEADER.pack(ONE, 1, 2)]
    assert r.on_packet(A, control(3, END_OF_SESSION), 12) == Code.FEED_GAP
    assert not r.ended
    assert r.on_packet(2, run(1, 2), 13) == Code.OK
    assert r.ended
    assert r.on_packet(B, control(3, END_OF_SESSION), 14) == Code.FEED_CONTROL


@pytest.mark.parametrize("make", RECEIVERS)
def test_another_session_begins_at_one(make: type) -> None:
    r = make(TIMES)
    r.on_packet(A, run(1, 2), 0)
    r.on_packet(A, run(6, 1), 1)
    assert r.on_packet(A, run(1, 1, TWO), 2) == Code.OK
    assert r.on_packet(B, run(3, 3), 3) == Code.FEED_STALE_ID, "late, of the session before"
    assert r.counters["lost"] == 4
    assert r.counters["dropped"] == 1
    assert (r.session, r.next, r.next_timer()) == (TWO, 2, NEVER)
    joined = make(TIMES, join=True)
    assert joined.on_packet(A, run(500, 2), 0) == Code.OK
    assert joined.on_packet(A, run(4, 1, TWO), 1) == Code.FEED_BUFFERED


@pytest.mark.parametrize("make", RECEIVERS)
def test_what_is_kept_has_a_bound(make: type) -> None:
    r = make(TIMES)
    bound = LIMITS["mold_packets_max"]
    for k in range(bound):
        assert r.on_packet(A, run(10 + k, 1), 0) == Code.FEED_BUFFERED
    assert r.on_packet(A, run(9, 1), 0) == Code.FEED_BUFFER_FULL
    long = packet(ONE, 8, [bytes(LIMITS["mold_packet_bytes_max"])])
    assert r.on_packet(A, long, 0) == Code.FEED_BUFFER_FULL
    assert r.counters["dropped"] == 2
    assert r.on_packet(A, run(1, 9), 0) == Code.OK
    assert (r.next, len(r.take())) == (10 + bound, 1 + bound)
    assert r.on_packet(A, run(3000, 2), 1) == Code.FEED_BUFFERED, "the room is free again"


@pytest.mark.parametrize("make", RECEIVERS)
def test_damaged_packets(make: type) -> None:
    r = make(TIMES)
    good = run(1, 2)
    assert r.on_packet(A, good[:-1], 0) == Code.FEED_TRUNCATED
    assert r.on_packet(A, good + b"x", 0) == Code.FEED_TRUNCATED
    assert r.on_packet(A, good[:19], 0) == Code.FEED_TRUNCATED
    assert r.on_packet(A, HEADER.pack(ONE, 0, 0), 0) == Code.FEED_RANGE
    assert r.on_packet(A, HEADER.pack(ONE, 2**63, 0), 0) == Code.FEED_RANGE
    assert r.on_packet(99, good, 0) == Code.FEED_UNKNOWN_SOURCE
    assert r.on_packet(A, bytes(LIMITS["frame_bytes_max"] + 1), 0) == Code.FEED_OVERSIZED
    assert (r.next, r.session, r.lines[A]["refused"]) == (1, b"", 6)


def storm(seed: int) -> list[tuple[int, bytes, int]]:
    """(line, packet, time) of two lines that lose, repeat and reorder, and of an answering server
    that is asked by nobody; some packets are damaged."""
    random = Random(seed)
    found: list[tuple[int, bytes, int]] = []
    for session, last in ((ONE, 400), (TWO, 200)):
        arrivals: list[tuple[float, int, bytes]] = []
        for line in (A, B, 2):
            sequence = 1
            while sequence < last:
                count = random.randrange(1, 6)
                data = run(sequence, count, session)
                if random.random() < 0.05:
                    data = data[: random.randrange(len(data))]
                for _ in range(random.choice((0, 1, 1, 1, 1, 2))):
                    at = sequence + random.expovariate(0.3)
                    arrivals.append((at + (30 if line == 2 else 0), line, data))
                sequence += count
            arrivals.append((last + 50.0, line, control(sequence, END_OF_SESSION, session)))
            arrivals += [(t, line, control(t + 1, 0, session)) for t in range(0, last, 40)]
        base = found[-1][2] if found else 0
        found += [(line, data, base + int(at)) for at, line, data in sorted(arrivals)]
    return found


@pytest.mark.parametrize("seed", range(30))
def test_backends_agree_in_storms_and_deliver_in_order(seed: int) -> None:
    pair = [make(Timing(wait_ns=2, request_ns=9, give_up_ns=60)) for make in RECEIVERS]
    reader = Reader()
    for line, data, t_ns in storm(seed):
        answers = [r.on_packet(line, data, t_ns) for r in pair]
        assert answers[0] == answers[1]
        for r in pair:
            r.on_timer(t_ns)
        taken = [r.take() for r in pair]
        assert taken[0] == taken[1]
        assert pair[0].take_requests() == pair[1].take_requests()
        assert pair[0].next_timer() == pair[1].next_timer()
        assert pair[0].counters == pair[1].counters
        assert (pair[0].next, pair[0].seen) == (pair[1].next, pair[1].seen)
        if pair[0].session == TWO:
            break
        reader.take(taken[0])
    assert pair[0].lines == pair[1].lines
    missing = {k for first, end in reader.holes for k in range(first, end)}
    whole = [part(k) for k in range(1, reader.next) if k not in missing]
    assert reader.messages == whole, "in order, nothing twice, nothing but the holes missing"


def test_packets_of_a_file() -> None:
    parts = [part(k) * 30 for k in range(1, 200)]
    made = list(mold.packets(iter(parts), size=500))
    assert max(map(len, made)) <= 500
    reader = Reader()
    reader.take(made)
    assert reader.messages == parts
    assert HEADER.unpack_from(made[-1])[1:] == (200, END_OF_SESSION)
