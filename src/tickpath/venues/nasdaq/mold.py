"""MoldUDP64: one ordered stream out of copies that lose, repeat and reorder packets. Plain Python.

In: packets of several lines (A, B, answers to requests) and the time. Out: packets that continue
the stream, in order (`take`), requests for what is missing (`take_requests`). Sans-I/O.

- Next expected: deliver. Below: drop, or deliver when its tail is new (the reader skips the
  overlap). Above: keep it, at most `mold_packets_max`, and ask for the first hole once nothing of
  it has come for `wait_ns`; ask again every `request_ns`, at most `mold_request_messages_max` each.
  A hole behind it is another hole, with times of its own once it is the first.
- The first line that brings a message wins; the others only confirm.
- After `give_up_ns` the gap is `lost`: what was kept is delivered, and the reader sees the hole.
- A heartbeat or end of session says what comes next, so it shows a gap too. The end counts once all
  before it is there.
- Another session starts at 1. A packet of the session before it is late and dropped. What was still
  missing of the old session is lost.
- `join`: begin where the stream is; what was before cannot be known. Else it begins at 1.

Verdicts: OK delivered, FEED_BUFFERED kept, FEED_STALE_ID nothing new, FEED_CONTROL heartbeat or
end, FEED_GAP a heartbeat that shows a hole, FEED_BUFFER_FULL dropped, FEED_UNKNOWN_SOURCE no such
line, FEED_OVERSIZED, FEED_TRUNCATED, FEED_RANGE a sequence that no session has.
Worst case: inserting among the packets kept.
"""

import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS

HEADER = struct.Struct(">10sQH")
BLOCK = struct.Struct(">H")
END_OF_SESSION = 0xFFFF
SEQUENCE_MAX = 2**40
"""Messages of one session; a day has less than 2**30."""

NEVER = 2**63 - 1

COUNTERS = ("gaps", "requests", "lost", "dropped", "heartbeats", "sessions")
LINE_COUNTERS = ("packets", "first", "late", "refused")
"""Of a line: packets, messages it brought first, packets with nothing new, packets refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """When a gap is asked for, asked for again, and given up; ns."""

    wait_ns: int = 1_000_000
    request_ns: int = 50_000_000
    give_up_ns: int = 2_000_000_000


def messages(packet: bytes) -> list[bytes] | None:
    """The messages of a packet, None when they do not fill it exactly."""
    _, _, count = HEADER.unpack_from(packet)
    if count == END_OF_SESSION:
        count = 0
    found, at = [], HEADER.size
    for _ in range(count):
        if at + BLOCK.size > len(packet):
            return None
        (size,) = BLOCK.unpack_from(packet, at)
        at += BLOCK.size
        if at + size > len(packet):
            return None
        found.append(packet[at : at + size])
        at += size
    return found if at == len(packet) else None


def parse(data: bytes) -> tuple[int, bytes, int, int]:
    """(code, session, sequence, messages; -1 messages: end of session)."""
    if len(data) > LIMITS["frame_bytes_max"]:
        return Code.FEED_OVERSIZED, b"", 0, 0
    if len(data) < HEADER.size:
        return Code.FEED_TRUNCATED, b"", 0, 0
    session, sequence, count = HEADER.unpack_from(data)
    if messages(data) is None:
        return Code.FEED_TRUNCATED, session, 0, 0
    if not 0 < sequence <= SEQUENCE_MAX:
        return Code.FEED_RANGE, session, 0, 0
    return Code.OK, session, sequence, -1 if count == END_OF_SESSION else count


def packet(session: bytes, sequence: int, parts: list[bytes]) -> bytes:
    """A downstream packet: for tests, simulations and files without packets."""
    blocks = [BLOCK.pack(len(part)) + part for part in parts]
    return HEADER.pack(session, sequence, len(parts)) + b"".join(blocks)


def packets(
    parts: Iterator[bytes], session: bytes = b"FILE      ", size: int = 1400
) -> Iterator[bytes]:
    """Messages of a file as one session of packets of up to `size` bytes."""
    batch: list[bytes] = []
    first, room = 1, HEADER.size
    for part in parts:
        if batch and room + BLOCK.size + len(part) > size:
            yield packet(session, first, batch)
            first, batch, room = first + len(batch), [], HEADER.size
        batch.append(part)
        room += BLOCK.size + len(part)
    if batch:
        yield packet(session, first, batch)
    yield HEADER.pack(session, first + len(batch), END_OF_SESSION)


class MoldReceiver:
    """The stream of one session after the other, merged from up to `mold_lines_max` lines."""

    def __init__(self, timing: Timing | None = None, *, join: bool = False) -> None:
        self.timing = timing or Timing()
        self.join = join
        self.session = b""
        self.old_session = b""
        self.next = 1
        self.end = 0
        """First sequence after the session, 0 while unknown."""
        self.seen = 1
        """One past the highest message that any line has shown."""
        self.gap_ns = self.ask_ns = NEVER
        self.gap_end = 0
        """End of the first hole when it was first seen."""
        self.gap_next = 0
        """Where it began at the last look."""
        self.kept: list[tuple[int, int, bytes]] = []
        self.lines = [dict.fromkeys(LINE_COUNTERS, 0) for _ in range(LIMITS["mold_lines_max"])]
        self.counters = dict.fromkeys(COUNTERS, 0)
        self._out: list[bytes] = []
        self._requests: list[bytes] = []

    def on_packet(self, line: int, data: bytes, t_ns: int) -> int:
        """One packet of a line. Returns what became of it."""
        code, session, sequence, count = parse(data)
        if not 0 <= line < len(self.lines):
            return int(Code.FEED_UNKNOWN_SOURCE)
        counters = self.lines[line]
        counters["packets"] += 1
        if code != Code.OK:
            counters["refused"] += 1
            return int(code)
        if session != self.session:
            if session == self.old_session:
                counters["late"] += 1
                return int(Code.FEED_STALE_ID)
            self._begin(session, sequence)
        if count <= 0:
            return self._control(sequence, ended=count < 0, t_ns=t_ns)
        before = self.next
        code = self._data(sequence, count, data)
        if code == Code.OK:
            counters["first"] += sequence + count - before
        counters["late"] += code == Code.FEED_STALE_ID
        self._watch(t_ns)
        return int(code)

    def on_timer(self, t_ns: int) -> None:
        """Ask for what is missing, or give it up, when its time has come."""
        if self.gap_ns == NEVER:
            return
        if t_ns - self.gap_ns >= self.timing.give_up_ns:
            self._give_up()
            self._watch(t_ns)
        elif t_ns >= self.ask_ns:
            self._ask()
            self.ask_ns = t_ns + self.timing.request_ns

    def next_timer(self) -> int:
        """When `on_timer` is wanted, 2**63 - 1 when never."""
        if self.gap_ns == NEVER:
            return NEVER
        return min(self.ask_ns, self.gap_ns + self.timing.give_up_ns)

    def take(self) -> list[bytes]:
        """Packets in order since the last call."""
        found, self._out = self._out, []
        return found

    def take_requests(self) -> list[bytes]:
        """Requests for the re-request server since the last call."""
        found, self._requests = self._requests, []
        return found

    @property
    def ended(self) -> bool:
        """The session is over and complete."""
        return self.end != 0 and self.next >= self.end

    def _begin(self, session: bytes, sequence: int) -> None:
        """Another session; what the old one still missed is lost."""
        if self.session:
            self.counters["sessions"] += 1
            self.counters["lost"] += max(0, self.seen - self.next)
            self.counters["dropped"] += len(self.kept)
        self.old_session = self.session
        self.session = session
        self.next = sequence if self.join and not self.old_session else 1
        self.seen, self.end = self.next, 0
        self.kept = []
        self.gap_ns = self.ask_ns = NEVER

    def _control(self, sequence: int, *, ended: bool, t_ns: int) -> int:
        self.counters["heartbeats"] += not ended
        if ended:
            self.end = sequence
        self.seen = max(self.seen, sequence)
        self._watch(t_ns)
        return int(Code.FEED_GAP if sequence > self.next else Code.FEED_CONTROL)

    def _data(self, sequence: int, count: int, data: bytes) -> int:
        self.seen = max(self.seen, sequence + count)
        if sequence + count <= self.next:
            return Code.FEED_STALE_ID
        if sequence > self.next:
            return self._keep(sequence, count, data)
        self._deliver(sequence, count, data)
        self._drain()
        return Code.OK

    def _deliver(self, sequence: int, count: int, data: bytes) -> None:
        self._out.append(data)
        self.next = sequence + count

    def _keep(self, sequence: int, count: int, data: bytes) -> int:
        """A packet ahead of a gap, unless one that was kept begins there and reaches as far."""
        at = bisect_left(self.kept, sequence, key=lambda row: row[0])
        same = at < len(self.kept) and self.kept[at][0] == sequence
        if same and self.kept[at][1] >= count:
            return Code.FEED_STALE_ID
        if len(data) > LIMITS["mold_packet_bytes_max"]:
            self.counters["dropped"] += 1
            return Code.FEED_BUFFER_FULL
        if same:
            self.kept[at] = (sequence, count, data)
            return Code.FEED_BUFFERED
        if len(self.kept) == LIMITS["mold_packets_max"]:
            self.counters["dropped"] += 1
            return Code.FEED_BUFFER_FULL
        self.kept.insert(at, (sequence, count, data))
        return Code.FEED_BUFFERED

    def _drain(self) -> None:
        """Deliver what was kept and now continues the stream."""
        used = 0
        for sequence, count, data in self.kept:
            if sequence > self.next:
                break
            used += 1
            if sequence + count > self.next:
                self._deliver(sequence, count, data)
        del self.kept[:used]

    def _hole(self) -> tuple[int, int]:
        """The first missing messages: [first, end)."""
        return self.next, self.kept[0][0] if self.kept else self.seen

    def _watch(self, t_ns: int) -> None:
        """The clock of a gap starts when a hole is first seen, or comes first, and stops when there
        is none; while it fills nothing is asked for."""
        first, end = self._hole()
        if end <= first:
            self.gap_ns = self.ask_ns = NEVER
        elif self.gap_ns == NEVER or first >= self.gap_end:
            self.counters["gaps"] += 1
            self.gap_ns, self.gap_end = t_ns, end
            self.ask_ns = t_ns + self.timing.wait_ns
        elif first > self.gap_next:
            self.ask_ns = t_ns + self.timing.wait_ns
        self.gap_next = first

    def _ask(self) -> None:
        first, end = self._hole()
        count = min(end - first, LIMITS["mold_request_messages_max"])
        self.counters["requests"] += 1
        self._requests.append(HEADER.pack(self.session, first, count))

    def _give_up(self) -> None:
        """The reader sees the hole: deliver what follows it, or go on from where the stream is."""
        first, end = self._hole()
        self.counters["lost"] += end - first
        self.next = end
        self.gap_ns = self.ask_ns = NEVER
        self._drain()
