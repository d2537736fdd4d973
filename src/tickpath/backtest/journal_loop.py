"""A run once more against a simulated venue, each message as long on its way as its journal says.

The engine is given the journal's inputs in their order; of the reports of orders it has the times
alone, what they say is the simulated venue's. The venue lives frames and requests in the order of
its own stamps (`journal_ways.py`), so no clock of the engine's is compared with one of the venue's.
A report that the journal does not have takes as long as most, unless the run missed it: said twice
and heard once, of an order that it had to ask for, or in a silence. A request that nothing was
heard of never arrives. A refused order is refused again: Binance's refusals bear no time, so that
it was refused is all that is known of its arrival, and the reason may be one that no simulated
venue has (time stamps, limits, money). Doubts (5XX, time-outs) and what a reconciliation found are
given as they were too. Plain Python: about 30 us a frame.
"""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

from tickpath.backtest.journal_arrivals import HELD, NEVER
from tickpath.backtest.journal_inputs import Input
from tickpath.backtest.journal_messages import Key, Keys
from tickpath.backtest.journal_ways import AS_IT_WAS, Ways
from tickpath.core.config import Config
from tickpath.engine.commands import Command
from tickpath.lanes.journal_format import JournalKind
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.loop_reference import ReferenceLoop


class Sent(NamedTuple):
    """A request under way: its order and the letter of its answer."""

    arrival_ns: int
    about: tuple[int, str]
    venue: int
    data: bytes


class JournalLoop(ReferenceLoop):
    """See the module. `recording` has the frames among the inputs, `usual_ns` is how long a report
    is on its way."""

    def __init__(
        self, engine: Any, venue: Any, recording: Recording, inputs: Sequence[Input], ways: Ways,
        usual_ns: int,
    ) -> None:  # fmt: skip
        super().__init__(engine, venue, recording)
        config: Config = venue.config
        self.inputs = deque(zip(inputs, ways.messages, strict=True))
        self.direct = config.sim.direct_orders
        self.ways, self.lived_ns = ways, ways.lived_ns
        self.order = sorted(range(len(recording)), key=ways.lived_ns.__getitem__)
        self.arrivals = iter(ways.arrival_ns)
        self.due = {message[0] for message in ways.messages if message is not None}
        self.usual_ns = usual_ns
        self.venue_ns = 0
        self.keys = Keys(config)
        self.sent: deque[Sent] = deque()
        self.said: dict[Key, tuple[int, bytes]] = {}
        self.extra: deque[tuple[int, int, bytes]] = deque()

    def run(self, max_frames: int, until_ns: int = NEVER) -> int:
        """Up to so many frames and what was given between them."""
        done = 0
        while done < max_frames and self.inputs and self.inputs[0][0].t_ns < until_ns:
            given, message = self.inputs.popleft()
            done += self.give(given, message)
        self.parts.append(self.venue.take_fills())
        return done

    def finish(self) -> None:
        """What came after the last frame."""
        while self.inputs:
            self.give(*self.inputs.popleft())
        self.late(NEVER)
        self.parts.append(self.venue.take_fills())

    def give(self, given: Input, message: tuple[Key, int] | None) -> int:
        """One input; 1 for a frame."""
        self.late(given.t_ns)
        if message is not None:
            self.report(given, *message)
            return 0
        if given.kind == JournalKind.ORDER and self.direct:
            return 0
        frame = given.kind == JournalKind.MARKET
        if frame:
            self.live(self.lived_ns[self.engine_next])
            self.engine_next += 1
        elif given.kind == JournalKind.COMMAND:
            command = given.command()
            if command.command == Command.RESTART_SOURCE:
                self.venue.restart(command.argument)
        self.engine_ns = given.t_ns
        given.give(self.engine)
        self.collect(given.t_ns)
        return int(frame)

    def report(self, given: Input, key: Key, until_ns: int) -> None:
        """The venue's own message in the place of the journal's, if the venue says it."""
        if until_ns == AS_IT_WAS:
            self.deliver(given.t_ns, given.source, given.body)
            return
        self.live(until_ns)
        if key not in self.said:
            self.release((key.order, key.by))
        self.due.discard(key)
        found = self.said.pop(key, None)
        if found is not None:
            self.deliver(given.t_ns, *found)

    def deliver(self, t_ns: int, venue: int, data: bytes) -> None:
        self.engine_ns = max(self.engine_ns, t_ns)
        self.engine.on_order_frame(venue, data, self.engine_ns)
        self.collect(self.engine_ns)

    def late(self, until_ns: int) -> None:
        """What the venue said and the journal does not have."""
        while self.extra and self.extra[0][0] <= until_ns:
            t_ns, venue, data = self.extra.popleft()
            self.deliver(t_ns, venue, data)

    # -- the venue ---------------------------------------------------------------------------------

    def collect(self, t_ns: int) -> None:
        """The engine's requests of the input in hand get their arrival."""
        for venue, client_order_id, data in self.engine.take_out():
            self.tape_sent(t_ns, client_order_id)
            arrival_ns = next(self.arrivals, NEVER)
            if arrival_ns != NEVER:
                about = self.keys.about(venue, client_order_id, data)
                self.sent.append(Sent(arrival_ns, about, venue, data))

    def live(self, until_ns: int) -> None:
        """Frames and requests up to a time of the venue's clock, in its order."""
        while True:
            request_ns = self.request_ns()
            k = self.order[self.venue_next] if self.venue_next < len(self.order) else -1
            frame_ns = self.lived_ns[k] if k >= 0 else NEVER
            if min(frame_ns, request_ns) > until_ns:
                break
            if frame_ns <= request_ns:
                self.venue_next += 1
                self.venue_ns = max(self.venue_ns, frame_ns)
                self.venue.on_market(self.recording.source_of(k), self.frame(k), self.venue_ns)
                self.tape_mids(self.venue_ns)
            else:
                self.arrive(request_ns)
            self.listen()
        self.venue_ns = max(self.venue_ns, until_ns)

    def request_ns(self) -> int:
        """When the next request arrives; one whose answer bears no time comes with the next that
        does."""
        return next((sent.arrival_ns for sent in self.sent if sent.arrival_ns != HELD), NEVER)

    def arrive(self, t_ns: int) -> None:
        """The first of the requests under way."""
        self.venue_ns = max(self.venue_ns, t_ns)
        sent = self.sent.popleft()
        self.venue.on_request(sent.venue, sent.data, self.venue_ns)

    def release(self, about: tuple[int, str]) -> None:
        """The answer to a request is there: it has arrived, and what was sent before it."""
        for k, sent in enumerate(self.sent):
            if sent.about == about:
                before = [each.arrival_ns for each in islice(self.sent, k)]
                self.live(max(before, default=HELD))
                break
        while any(sent.about == about for sent in self.sent):
            ends = self.sent[0].about == about
            self.arrive(self.venue_ns)
            self.listen()
            if ends:
                break

    def listen(self) -> None:
        """What the venue has said waits for the time of its receipt."""
        for _, venue, data in self.venue.take_reports():
            heard = self.keys.name(venue, data)
            if heard is not None and heard.key in self.due:
                self.said[heard.key] = (venue, data)
            elif heard is None or not self.ways.lost(heard, self.engine_ns):
                self.extra.append((self.engine_ns + self.usual_ns, venue, data))
