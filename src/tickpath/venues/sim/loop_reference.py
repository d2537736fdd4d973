"""The replay loop in plain Python: the slow twin of loop.pyx, over any engine object.

Same order of inputs, same jitter, same latencies; a test compares the two input by input.
"""

from collections import deque
from typing import Any

import numpy as np

from tickpath.core.records import BookStatus
from tickpath.venues.sim.delays import MODES, Delays, interpolated, read_delays
from tickpath.venues.sim.fills import FILL_DTYPE
from tickpath.venues.sim.frames import Recording, followed
from tickpath.venues.sim.tape import MID_DTYPE, SENT_DTYPE, Tape, joined
from tickpath.venues.sim.timing import FeedClock, Lived

NEVER = 2**63 - 1
MASK = 2**64 - 1
FINISH_STEPS_MAX = 100_000
LOSS_SEED = 0x6C6F7373
PPM = 1_000_000


class Jitter:
    """0 .. limit from splitmix64 (S. Vigna)."""

    def __init__(self, seed: int, limit: int) -> None:
        self.state, self.limit = seed & MASK, limit

    def next(self) -> int:
        return self.word() % (self.limit + 1)

    def word(self) -> int:
        """64 random bits."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)


class Loss:
    """Which messages never arrive: seeded, and nothing is drawn while nothing is lost."""

    def __init__(self, seed: int) -> None:
        self.draw = Jitter(seed ^ LOSS_SEED, PPM - 1)

    def takes(self, ppm: int) -> bool:
        return ppm > 0 and self.draw.next() < ppm


class Delayed:
    """What each message of one direction needs, by the models of delays.py."""

    def __init__(self, delays: Delays, constant_ns: int, jitter: Jitter) -> None:
        self.delays, self.constant_ns, self.jitter = delays, constant_ns, jitter
        self.count = 0

    def next(self, t_ns: int) -> int:
        """Of the next message, sent at `t_ns`."""
        mode, latencies = self.delays.mode, self.delays.latency_ns
        if mode == MODES["constant"]:
            return self.constant_ns + self.jitter.next()
        if mode == MODES["distribution"]:
            return int(latencies[self.jitter.word() % len(latencies)])
        if mode == MODES["interpolated"]:
            return interpolated(self.delays, t_ns)
        self.count += 1
        return int(latencies[min(self.count, len(latencies)) - 1])


class ReferenceLoop:
    """Drives an engine object over a recording against a simulated venue."""

    def __init__(self, engine: Any, venue: Any, recording: Any, more: bool = False) -> None:
        self.engine, self.venue, self.recording = engine, venue, recording
        self.sim = venue.config.sim
        self.jitter = Jitter(venue.config.seed, self.sim.latency_jitter_ns)
        requests, reports = read_delays(self.sim)
        self.request_delay = Delayed(requests, self.sim.order_latency_ns, self.jitter)
        self.report_delay = Delayed(reports, self.sim.response_latency_ns, self.jitter)
        self.loss = Loss(venue.config.seed)
        self.requests: deque[tuple[int, int, bytes]] = deque()
        self.reports: deque[tuple[int, int, bytes]] = deque()
        self.request_last_ns = self.report_last_ns = self.engine_ns = 0
        self.venue_next = self.engine_next = 0
        self.market: Any = recording if hasattr(recording, "advance") else None
        self.frames: deque[tuple[int, bytes]] = deque()
        self.feed_last_ns = 0
        self.more = more
        self.clock = FeedClock(self.sim)
        if self.market is not None:
            self.market.attach(venue)
        else:
            self.lived = self.clock.lived(recording)
        self.parts: list[np.ndarray] = []
        self.tape = Tape()
        self.mids2 = [0] * len(venue.config.instruments)

    def load(self, recording: Recording, more: bool) -> None:
        """The next piece of the recording, behind what the engine has not received of this one."""
        if self.venue_next != len(self.recording):
            raise ValueError("the venue has not lived the whole of the piece before")
        left = len(self.recording) - self.engine_next
        lived = self.clock.lived(recording)
        head = np.zeros(left, np.int64)
        self.lived = Lived(
            np.concatenate([head, lived.t_ns]), np.concatenate([head, lived.order + left])
        )
        self.recording = followed(self.recording, self.engine_next, recording)
        self.venue_next, self.engine_next, self.more = left, 0, more

    @property
    def starved(self) -> bool:
        """Whether the next piece of the recording is needed to go on."""
        return self.more and self.venue_next == len(self.recording)

    def frame(self, k: int) -> bytes:
        start, size = int(self.recording.offsets[k]), int(self.recording.sizes[k])
        return bytes(self.recording.blob[start : start + size])

    def arrival_time(self) -> int:
        """When the engine receives its next frame."""
        if self.engine_next >= len(self.recording):
            return NEVER
        if self.market is None:
            return int(self.recording.t_ns[self.engine_next])
        return self.frames[0][0] if self.frames else NEVER

    def lived_time(self) -> int:
        """When the market moves next at the venue."""
        if self.market is not None and self.engine_next < len(self.recording):
            return int(self.market.next_ns())
        if self.market is not None or self.venue_next >= len(self.recording):
            return NEVER
        return int(self.lived.t_ns[self.venue_next])

    def run(self, max_frames: int, until_ns: int = NEVER) -> int:
        """Deliver up to `max_frames` market frames and everything due before them, nothing that
        is due at `until_ns` or later."""
        done = 0
        while done < max_frames:
            found = self.step(frames=True, until_ns=until_ns)
            if found == 0:
                break
            done += found == 2
        self.parts.append(self.venue.take_fills())
        return done

    def finish(self) -> None:
        """Deliver what is on its way once the frames have ended; timers no longer fire."""
        for _ in range(FINISH_STEPS_MAX):
            if self.step(frames=False) == 0:
                break
        self.parts.append(self.venue.take_fills())

    def step(self, *, frames: bool, until_ns: int = NEVER) -> int:
        """The earliest thing that is due: 0 nothing before `until_ns`, 1 something, 2 a market
        frame."""
        frame_ns = self.arrival_time() if frames else NEVER
        lived_ns = self.lived_time() if frames else NEVER
        request_ns = self.requests[0][0] if self.requests else NEVER
        report_ns = self.reports[0][0] if self.reports else NEVER
        timer_ns = self.engine.next_timer() if frames else NEVER
        at_venue = min(lived_ns, request_ns)
        if frames and self.starved:
            return 0
        if at_venue == NEVER and report_ns == NEVER and frame_ns == NEVER:
            return 0
        if min(at_venue, report_ns, frame_ns, timer_ns) >= until_ns:
            return 0
        if at_venue <= min(report_ns, frame_ns, timer_ns):
            self.venue_step(lived_ns, request_ns)
            return 1
        if report_ns <= min(frame_ns, timer_ns):
            _, venue, data = self.reports.popleft()
            self.engine_ns = report_ns
            self.engine.on_order_frame(venue, data, report_ns)
            self.collect(report_ns)
            return 1
        if timer_ns < frame_ns:
            timer_ns = self.engine_ns = max(self.engine_ns, timer_ns)
            self.engine.on_timer(timer_ns)
            self.collect(timer_ns)
            return 1
        source, k = 0, self.engine_next
        if self.market is None:
            source, data = self.recording.source_of(k), self.frame(k)
        else:
            data = self.frames.popleft()[1]
        self.engine_next += 1
        self.engine_ns = frame_ns
        self.engine.on_market_frame(source, data, frame_ns)
        self.collect(frame_ns)
        return 2

    def venue_step(self, lived_ns: int, request_ns: int) -> None:
        """A frame or a request at the venue; the frame first at equal times."""
        if lived_ns <= request_ns and self.market is not None:
            self.market.advance(self.venue)
        elif lived_ns <= request_ns:
            k = int(self.lived.order[self.venue_next])
            source = self.recording.source_of(k)
            self.venue_next += 1
            if k in self.recording.starts:
                self.venue.restart(source)
            self.venue.on_market(source, self.frame(k), lived_ns)
            self.tape_mids(lived_ns)
        else:
            _, venue, data = self.requests.popleft()
            self.venue.on_request(venue, data, request_ns)
        self.stamp_reports()
        if self.market is not None:
            self.stamp_frames()
            self.stamp_reports()

    def stamp_reports(self) -> None:
        """What the venue has said gets its arrival at the engine."""
        for t_ns, venue, data in self.venue.take_reports():
            if self.loss.takes(self.sim.report_loss_ppm):
                continue
            arrival = t_ns + self.report_delay.next(t_ns)
            self.report_last_ns = max(self.report_last_ns, arrival)
            self.reports.append((self.report_last_ns, venue, data))

    def stamp_frames(self) -> None:
        """What the market has published: the venue sees it, stops may go and publish more."""
        while frames := self.market.take_frames():
            for t_ns, data in frames:
                self.venue.on_market(0, data, t_ns)
                self.tape_mids(t_ns)
                arrival = t_ns + self.sim.feed_latency_ns + self.jitter.next()
                self.feed_last_ns = max(self.feed_last_ns, arrival)
                self.frames.append((self.feed_last_ns, data))

    def collect(self, t_ns: int) -> None:
        """The engine's requests of the input in hand go on their way."""
        for venue, client_order_id, data in self.engine.take_out():
            self.tape_sent(t_ns, client_order_id)
            if self.loss.takes(self.sim.request_loss_ppm):
                continue
            arrival = t_ns + self.request_delay.next(t_ns)
            self.request_last_ns = max(self.request_last_ns, arrival)
            self.requests.append((self.request_last_ns, venue, data))

    def tape_sent(self, t_ns: int, client_order_id: int) -> None:
        """A request left the engine."""
        self.tape.add_sent(np.array([(t_ns, client_order_id)], dtype=SENT_DTYPE))

    def tape_mids(self, t_ns: int) -> None:
        """Mids that a frame has moved at the venue."""
        for k, book in enumerate(self.venue.books):
            top = book.top(1)
            both = top.status == BookStatus.OK and top.bid_ticks > 0 and top.ask_ticks > 0
            mid2 = top.bid_ticks + top.ask_ticks if both else 0
            if mid2 != self.mids2[k]:
                self.mids2[k] = mid2
                self.tape.add_mids(np.array([(t_ns, mid2, k, 0)], dtype=MID_DTYPE))

    @property
    def fills(self) -> np.ndarray:
        """All fills so far: an array of FILL_DTYPE."""
        return joined(self.parts, FILL_DTYPE)

    def refusals(self) -> dict[int, int]:
        """Requests that the venue refused, by its code."""
        found: dict[int, int] = self.venue.refusals()
        return found

    def book_counters(self) -> dict[str, int]:
        """Book health, see SimVenue."""
        counters: dict[str, int] = self.venue.book_counters()
        return counters
