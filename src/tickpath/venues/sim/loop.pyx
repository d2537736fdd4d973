"""The native replay loop: recorded frames, our requests, the venue's reports, in time order.

The venue lives a frame before the engine receives it (timing.py); requests reach the venue after
the order latency, reports the engine after the response latency (delays.py), and none overtakes
another. A generated market moves at its own times and its frames reach the engine after the feed
latency and jitter. A recording may come in pieces: where the venue has lived the last frame of one,
`run` returns until `load` gives the next. At equal times the venue goes first; at the engine the
order is report, market frame, timer. Where a recorded connection begins whose frames are numbered,
the venue's source begins anew with its first frame; whoever drives the loop tells the engine (a
command, after the frame before it has been delivered). No GIL and no allocation while it runs.
`loop_reference.py` is the same in Python.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport INT64_MAX, int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from tickpath.core.records cimport TP_ORDER_BYTES_MAX, tp_engine_api, tp_out_header
from tickpath.venues.sim.crowd cimport FRAMES_MAX, CrowdState, Frame, crowd_advance, crowd_next
from tickpath.venues.sim.delays cimport DelayTable, delay, draw
from tickpath.venues.sim.generated cimport GeneratedMarket
from tickpath.venues.sim.market cimport venue_market, venue_restart
from tickpath.venues.sim.matcher cimport SIM_FILLS_MAX
from tickpath.venues.sim.native cimport SimVenue
from tickpath.venues.sim.requests cimport venue_request
from tickpath.venues.sim.tape cimport (
    TAPE_ROWS_MAX,
    MidRow,
    SentRow,
    TapeState,
    tape_full,
    tape_mids,
    tape_sent,
)
from tickpath.venues.sim.venue cimport MAIL_MAX, Mail, MailRing, VenueState

import numpy as np

from tickpath.venues.sim.delays import read_delays
from tickpath.venues.sim.fills import FILL_DTYPE
from tickpath.venues.sim.frames import followed
from tickpath.venues.sim.tape import MID_DTYPE, SENT_DTYPE, Tape, joined
from tickpath.venues.sim.timing import FeedClock, Lived

cdef enum:
    FINISH_STEPS_MAX = 100000
    LOSS_SEED = 0x6C6F7373
    PPM = 1000000

cdef struct LoopState:
    tp_engine_api* api
    VenueState* venue
    const unsigned char* blob
    const int64_t* offsets
    const int64_t* sizes
    const int64_t* times
    const int32_t* sources            # of the frames, NULL: all of source 0
    const int64_t* lived_ns           # in the order in which the venue lives the frames
    const int64_t* lived_order        # which frame that is
    int64_t more                      # 1: another piece follows this one
    const int64_t* starts             # frames with which a numbered connection begins, rising
    int64_t start_count
    CrowdState* crowd                 # a generated market instead of a recording, or NULL
    int64_t frame_count               # frames to deliver
    int64_t feed_last_ns
    int64_t venue_next                # next frame the venue lives
    int64_t engine_next               # next frame the engine receives
    int64_t feed_ns
    int64_t order_ns
    int64_t response_ns
    DelayTable request_delays
    DelayTable report_delays
    uint64_t jitter_ns
    uint64_t random
    uint64_t loss_random
    uint64_t request_loss_ppm
    uint64_t report_loss_ppm
    int64_t request_last_ns           # arrival of the newest request: none overtakes it
    int64_t report_last_ns
    int64_t engine_ns                 # time of the engine's last input
    MailRing requests
    TapeState tape


cdef inline uint64_t jitter(LoopState* s) noexcept nogil:
    """0 .. jitter_ns."""
    return draw(&s.random) % (s.jitter_ns + 1)


cdef inline bint lost(LoopState* s, uint64_t ppm) noexcept nogil:
    """Whether a message never arrives; nothing is drawn while nothing is lost."""
    return ppm > 0 and draw(&s.loss_random) % PPM < ppm


cdef inline int64_t later(int64_t last_ns, int64_t t_ns) noexcept nogil:
    return t_ns if t_ns > last_ns else last_ns


cdef inline void collect(LoopState* s, int64_t t_ns) noexcept nogil:
    """The engine's requests of the input in hand go on their way."""
    cdef int64_t size = 0, at = 0
    cdef const char* out = s.api.out(s.api.engine, &size)
    cdef tp_out_header head
    cdef Mail* mail
    while at < size:
        memcpy(&head, out + at, sizeof(tp_out_header))
        at += sizeof(tp_out_header)
        tape_sent(&s.tape, head.client_order_id, t_ns)
        if lost(s, s.request_loss_ppm):
            at += head.bytes
            continue
        if s.requests.head - s.requests.tail >= MAIL_MAX or head.bytes > TP_ORDER_BYTES_MAX:
            s.venue.overflow = 1
            return
        mail = &s.requests.items[s.requests.head & (MAIL_MAX - 1)]
        s.requests.head += 1
        s.request_last_ns = later(
            s.request_last_ns,
            t_ns + delay(&s.request_delays, t_ns, s.order_ns, s.jitter_ns, &s.random))
        mail.t_ns = s.request_last_ns
        mail.venue = head.venue
        mail.bytes = head.bytes
        memcpy(mail.text, out + at, head.bytes)
        mail.text[head.bytes] = 0
        at += head.bytes


cdef inline int64_t arrival_time(const LoopState* s) noexcept nogil:
    """When the engine receives its next frame."""
    if s.engine_next >= s.frame_count:
        return INT64_MAX
    if s.crowd == NULL:
        return s.times[s.engine_next]
    if s.crowd.frames.tail == s.crowd.frames.head:
        return INT64_MAX
    return s.crowd.frames.items[s.crowd.frames.tail & (FRAMES_MAX - 1)].t_ns


cdef inline int64_t lived_time(const LoopState* s) noexcept nogil:
    """When the market moves next at the venue."""
    if s.crowd != NULL:
        return crowd_next(s.crowd) if s.engine_next < s.frame_count else INT64_MAX
    return s.lived_ns[s.venue_next] if s.venue_next < s.frame_count else INT64_MAX


cdef inline int32_t source_of(const LoopState* s, int64_t k) noexcept nogil:
    return s.sources[k] if s.sources != NULL else 0


cdef inline bint begins(const LoopState* s, int64_t k) noexcept nogil:
    """Whether a numbered connection begins with frame k."""
    cdef int64_t low = 0, high = s.start_count, middle
    while low < high:
        middle = (low + high) >> 1
        if s.starts[middle] < k:
            low = middle + 1
        else:
            high = middle
    return low < s.start_count and s.starts[low] == k


cdef inline int64_t mail_time(const MailRing* ring) noexcept nogil:
    return ring.items[ring.tail & (MAIL_MAX - 1)].t_ns if ring.tail < ring.head else INT64_MAX


cdef inline void stamp_reports(LoopState* s, uint64_t first) noexcept nogil:
    """Reports written since `first` get their arrival at the engine; what is lost makes room."""
    cdef Mail* mail
    cdef uint64_t kept = first
    for first in range(kept, s.venue.reports.head):
        if lost(s, s.report_loss_ppm):
            continue
        mail = &s.venue.reports.items[kept & (MAIL_MAX - 1)]
        if kept != first:
            mail[0] = s.venue.reports.items[first & (MAIL_MAX - 1)]
        s.report_last_ns = later(
            s.report_last_ns,
            mail.t_ns + delay(
                &s.report_delays, mail.t_ns, s.response_ns, s.jitter_ns, &s.random))
        mail.t_ns = s.report_last_ns
        kept += 1
    s.venue.reports.head = kept


cdef inline void stamp_frames(LoopState* s, uint64_t first) noexcept nogil:
    """Frames published since `first`: the venue's check, then their arrival at the engine."""
    cdef Frame* f
    while first < s.crowd.frames.head:
        f = &s.crowd.frames.items[first & (FRAMES_MAX - 1)]
        venue_market(s.venue, 0, s.crowd.frames.room + f.offset, f.bytes, f.t_ns)
        tape_mids(&s.tape, s.venue, f.t_ns)
        s.feed_last_ns = later(s.feed_last_ns, f.t_ns + s.feed_ns + <int64_t>jitter(s))
        f.t_ns = s.feed_last_ns
        first += 1


cdef inline void venue_step(LoopState* s, int64_t frame_ns, int64_t request_ns) noexcept nogil:
    """A frame or a request at the venue; the frame first at equal times."""
    cdef uint64_t first = s.venue.reports.head
    cdef uint64_t first_frame = s.crowd.frames.head if s.crowd != NULL else 0
    cdef int64_t k
    cdef int32_t source
    cdef Mail* mail
    if frame_ns <= request_ns and s.crowd != NULL:
        crowd_advance(s.crowd, s.venue)
    elif frame_ns <= request_ns:
        k = s.lived_order[s.venue_next]
        source = source_of(s, k)
        s.venue_next += 1
        if begins(s, k):
            venue_restart(s.venue, source)
        venue_market(s.venue, source, <const char*>s.blob + s.offsets[k], s.sizes[k], frame_ns)
        tape_mids(&s.tape, s.venue, frame_ns)
    else:
        mail = &s.requests.items[s.requests.tail & (MAIL_MAX - 1)]
        s.requests.tail += 1
        venue_request(s.venue, mail.venue, mail.text, request_ns)
    stamp_reports(s, first)
    if s.crowd != NULL:
        first = s.venue.reports.head
        stamp_frames(s, first_frame)
        stamp_reports(s, first)


cdef inline void deliver(LoopState* s, int64_t frame_ns) noexcept nogil:
    """The next market frame reaches the engine."""
    cdef int64_t k = s.engine_next
    cdef Frame* f
    s.engine_next += 1
    s.engine_ns = frame_ns
    if s.crowd == NULL:
        s.api.on_market_frame(
            s.api.engine, source_of(s, k), <const char*>s.blob + s.offsets[k], s.sizes[k],
            frame_ns)
    else:
        f = &s.crowd.frames.items[s.crowd.frames.tail & (FRAMES_MAX - 1)]
        s.api.on_market_frame(
            s.api.engine, 0, s.crowd.frames.room + f.offset, f.bytes, frame_ns)
        s.crowd.frames.tail += 1
    collect(s, frame_ns)


cdef inline int32_t loop_step(LoopState* s, bint frames, int64_t until_ns) noexcept nogil:
    """The earliest thing that is due: 0 nothing before `until_ns`, 1 something, 2 a market frame
    delivered."""
    cdef int64_t frame_ns = arrival_time(s) if frames else INT64_MAX
    cdef int64_t lived_ns = lived_time(s) if frames else INT64_MAX
    cdef int64_t request_ns = mail_time(&s.requests)
    cdef int64_t report_ns = mail_time(&s.venue.reports)
    cdef int64_t timer_ns = s.api.next_timer(s.api.engine) if frames else INT64_MAX
    cdef int64_t at_venue = lived_ns if lived_ns < request_ns else request_ns
    cdef Mail* mail
    if frames and s.more and s.venue_next == s.frame_count:
        return 0                      # what the venue lives next is in the piece that follows
    if at_venue == INT64_MAX and report_ns == INT64_MAX and frame_ns == INT64_MAX:
        return 0
    if at_venue >= until_ns and report_ns >= until_ns and frame_ns >= until_ns and (
            timer_ns >= until_ns):
        return 0
    if at_venue <= report_ns and at_venue <= frame_ns and at_venue <= timer_ns:
        venue_step(s, lived_ns, request_ns)
        return 1
    if report_ns <= frame_ns and report_ns <= timer_ns:
        mail = &s.venue.reports.items[s.venue.reports.tail & (MAIL_MAX - 1)]
        s.venue.reports.tail += 1
        s.engine_ns = report_ns
        s.api.on_order_frame(s.api.engine, mail.venue, mail.text, mail.bytes, report_ns)
        collect(s, report_ns)
        return 1
    if timer_ns < frame_ns:
        timer_ns = later(s.engine_ns, timer_ns)
        s.engine_ns = timer_ns
        s.api.on_timer(s.api.engine, timer_ns)
        collect(s, timer_ns)
        return 1
    deliver(s, frame_ns)
    return 2


cdef int delays_fill(DelayTable* table, delays) except -1:
    """Borrow the arrays of a latency model."""
    cdef const int64_t[::1] column
    table.mode = delays.mode
    table.count = len(delays.t_ns)
    if table.count:
        column = delays.t_ns
        table.t_ns = &column[0]
        column = delays.latency_ns
        table.latency_ns = &column[0]
    return 0


cdef class NativeLoop:
    """Drives an engine's `tp_engine_api` capsule over a recording or a generated market; keep the
    engine alive. A generated market is used up by one run."""

    cdef LoopState state
    cdef SimVenue venue
    cdef object recording, door, parts, clock, delays
    cdef readonly object tape
    cdef const unsigned char[::1] blob
    cdef const int64_t[::1] offsets, sizes, times, starts, lived_ns, lived_order
    cdef const int32_t[::1] sources

    def __cinit__(self, door, SimVenue venue, recording, more=False):
        sim = venue.config.sim
        self.clock = FeedClock(sim)
        self.delays = read_delays(sim)
        self.door = door
        self.venue = venue
        self.parts = []
        self.tape = Tape()
        self.state.api = <tp_engine_api*>PyCapsule_GetPointer(door, "tickpath.engine_api")
        self.state.venue = venue.state
        if isinstance(recording, GeneratedMarket):
            self.recording = recording
            self.state.frame_count = len(recording)
            recording.attach(venue)
            self.state.crowd = (<GeneratedMarket>recording).state
        else:
            self.load(recording, more)
        delays_fill(&self.state.request_delays, self.delays[0])
        delays_fill(&self.state.report_delays, self.delays[1])
        self.state.feed_ns = sim.feed_latency_ns
        self.state.order_ns = sim.order_latency_ns
        self.state.response_ns = sim.response_latency_ns
        self.state.jitter_ns = sim.latency_jitter_ns
        self.state.random = venue.config.seed
        self.state.loss_random = <uint64_t>venue.config.seed ^ <uint64_t>LOSS_SEED
        self.state.request_loss_ppm = sim.request_loss_ppm
        self.state.report_loss_ppm = sim.report_loss_ppm
        self.state.requests.items = <Mail*>calloc(MAIL_MAX, sizeof(Mail))
        self.state.tape.mids = <MidRow*>calloc(TAPE_ROWS_MAX, sizeof(MidRow))
        self.state.tape.sent = <SentRow*>calloc(TAPE_ROWS_MAX, sizeof(SentRow))
        if (self.state.requests.items == NULL or self.state.tape.mids == NULL
                or self.state.tape.sent == NULL):
            raise MemoryError

    def __dealloc__(self):
        free(self.state.requests.items)
        free(self.state.tape.mids)
        free(self.state.tape.sent)

    def load(self, recording, more) -> None:
        """The next piece of the recording, behind what of this one the engine has not received;
        `more` says whether another follows. Only when the venue has lived the whole of this one.
        """
        cdef int64_t left = 0
        if self.recording is not None and self.state.venue_next != self.state.frame_count:
            raise ValueError("the venue has not lived the whole of the piece before")
        lived = self.clock.lived(recording)
        if self.state.frame_count:
            left = self.state.frame_count - self.state.engine_next
            recording = followed(self.recording, self.state.engine_next, recording)
            head = np.zeros(left, np.int64)
            lived = Lived(
                np.concatenate([head, lived.t_ns]), np.concatenate([head, lived.order + left]))
        self.recording = recording
        self.state.venue_next = left
        self.state.engine_next = 0
        self.state.more = more
        self.borrow(recording, lived)

    cdef int borrow(self, recording, lived) except -1:
        """The arrays of a recording."""
        self.blob, self.offsets = recording.blob, recording.offsets
        self.sizes, self.times = recording.sizes, recording.t_ns
        self.lived_ns, self.lived_order = lived.t_ns, lived.order
        self.starts = np.array(recording.starts, dtype=np.int64)
        self.state.frame_count = len(recording)
        self.state.start_count = len(recording.starts)
        self.state.sources = NULL
        if self.state.start_count > 0:
            self.state.starts = &self.starts[0]
        if self.state.frame_count > 0:
            self.state.blob = &self.blob[0]
            self.state.offsets = &self.offsets[0]
            self.state.sizes = &self.sizes[0]
            self.state.times = &self.times[0]
            self.state.lived_ns = &self.lived_ns[0]
            self.state.lived_order = &self.lived_order[0]
            if recording.sources is not None:
                self.sources = recording.sources
                self.state.sources = &self.sources[0]
        return 0

    @property
    def starved(self) -> bool:
        """Whether the next piece of the recording is needed to go on."""
        return self.state.more and self.state.venue_next == self.state.frame_count

    def run(self, int64_t max_frames, int64_t until_ns=INT64_MAX) -> int:
        """Deliver up to `max_frames` market frames and everything due before them, nothing that
        is due at `until_ns` or later."""
        cdef int64_t done = 0
        cdef int32_t found = 1
        while done < max_frames and found != 0:
            with nogil:
                while done < max_frames and found != 0 and not self.state.venue.overflow:
                    found = loop_step(&self.state, 1, until_ns)
                    done += found == 2
                    if (self.state.venue.fill_count > SIM_FILLS_MAX // 2
                            or tape_full(&self.state.tape)):
                        break
            self.keep_fills()
            if tape_full(&self.state.tape):
                self.keep_tape()
        return done

    def collect(self, int64_t t_ns) -> None:
        """Requests of an input that did not come from this loop go on their way."""
        collect(&self.state, t_ns)

    def finish(self) -> None:
        """Deliver what is on its way once the frames have ended; timers no longer fire."""
        cdef int32_t k
        for k in range(FINISH_STEPS_MAX):
            if loop_step(&self.state, 0, INT64_MAX) == 0:
                break
        self.keep_fills()
        self.keep_tape()

    cdef int keep_fills(self) except -1:
        self.venue.check()
        if self.venue.state.fill_count:
            self.parts.append(self.venue.take_fills())
        return 0

    cdef int keep_tape(self) except -1:
        """Rows of the tape leave their buffers."""
        cdef TapeState* t = &self.state.tape
        if t.mid_count > 0:
            text = <bytes>(<char*>t.mids)[:t.mid_count * sizeof(MidRow)]
            self.tape.add_mids(np.frombuffer(text, MID_DTYPE))
        if t.sent_count > 0:
            text = <bytes>(<char*>t.sent)[:t.sent_count * sizeof(SentRow)]
            self.tape.add_sent(np.frombuffer(text, SENT_DTYPE))
        t.mid_count = t.sent_count = 0
        return 0

    @property
    def fills(self):
        """All fills so far: an array of FILL_DTYPE."""
        return joined(self.parts, FILL_DTYPE)

    def refusals(self) -> dict:
        """Requests that the venue refused, by its code."""
        return self.venue.refusals()

    def book_counters(self) -> dict:
        """Book health, see SimVenue."""
        return self.venue.book_counters()
