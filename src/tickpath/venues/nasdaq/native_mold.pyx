"""Python handle of the native receiver: same interface as `mold.MoldReceiver`. No logic."""

from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.records cimport (
    TP_FRAME_BYTES_MAX,
    TP_MOLD_LINES_MAX,
    TP_MOLD_PACKET_BYTES_MAX,
    TP_MOLD_PACKETS_MAX,
    tp_engine_api,
)
from tickpath.venues.nasdaq.mold cimport (
    MoldState,
    mold_init,
    mold_next_timer,
    mold_on_packet,
    mold_on_timer,
)

from tickpath.core.errors import ConfigError
from tickpath.venues.nasdaq.mold import COUNTERS, HEADER, LINE_COUNTERS, Timing


cdef void _collect(
        void* context, const char* data, int64_t size, int64_t t_ns) noexcept nogil:
    cdef Outbox* o = <Outbox*>context
    cdef int32_t head = <int32_t>size
    memcpy(o.bytes + o.used, &head, sizeof(int32_t))
    memcpy(o.bytes + o.used + sizeof(int32_t), data, size)
    o.used += sizeof(int32_t) + size


cdef void _to_engine(
        void* context, const char* data, int64_t size, int64_t t_ns) noexcept nogil:
    cdef EngineDoor* door = <EngineDoor*>context
    if door.api != NULL:
        door.api.on_market_frame(door.api.engine, door.source, data, size, t_ns)


cdef void _from_line(
        void* context, const char* data, int64_t size, int64_t t_ns) noexcept nogil:
    cdef LineSink* s = <LineSink*>context
    mold_on_packet(s.state, s.line, data, size, t_ns)


cdef class MoldReceiver:
    """The stream of one session after the other, merged from up to `mold_lines_max` lines."""

    def __cinit__(self, timing=None, *, bint join=False):
        cdef size_t slots = <size_t>TP_MOLD_PACKETS_MAX * TP_MOLD_PACKET_BYTES_MAX
        cdef size_t room = (
            slots + TP_MOLD_PACKETS_MAX * sizeof(int32_t) + TP_FRAME_BYTES_MAX + sizeof(int32_t))
        cdef size_t sinks = TP_MOLD_LINES_MAX * sizeof(LineSink)
        timing = timing or Timing()
        if not arena_init(
                &self.arena, sizeof(MoldState) + sizeof(Outbox) + sizeof(EngineDoor) + slots + room
                + sinks + 6 * 64):
            raise MemoryError()
        self.state = <MoldState*>arena_take(&self.arena, sizeof(MoldState))
        self.outbox = <Outbox*>arena_take(&self.arena, sizeof(Outbox))
        self.state.slots = <char*>arena_take(&self.arena, slots)
        self.outbox.bytes = <char*>arena_take(&self.arena, room)
        self.door = <EngineDoor*>arena_take(&self.arena, sizeof(EngineDoor))
        self.sinks = <LineSink*>arena_take(&self.arena, sinks)
        self.state.wait_ns = timing.wait_ns
        self.state.request_ns = timing.request_ns
        self.state.give_up_ns = timing.give_up_ns
        self.state.join = join
        self.state.deliver = _collect
        self.state.context = self.outbox
        mold_init(self.state)
        for k in range(TP_MOLD_LINES_MAX):
            self.sinks[k].sink.take = _from_line
            self.sinks[k].sink.context = &self.sinks[k]
            self.sinks[k].state = self.state
            self.sinks[k].line = k
        self.out = []
        self.asked = []

    def __dealloc__(self):
        arena_free(&self.arena)

    cdef void empty(self):
        """Take what the last call delivered out of the outbox."""
        cdef int64_t at = 0
        cdef int32_t size
        while at < self.outbox.used:
            memcpy(&size, self.outbox.bytes + at, sizeof(int32_t))
            at += sizeof(int32_t)
            self.out.append(self.outbox.bytes[at:at + size])
            at += size
        self.outbox.used = 0

    def on_packet(self, int32_t line, bytes data, int64_t t_ns):
        """One packet of a line. Returns what became of it."""
        cdef int32_t code = mold_on_packet(self.state, line, data, len(data), t_ns)
        self.empty()
        return code

    def attach(self, engine=None, int32_t source=0):
        """From now on packets go to a source of an engine, or nowhere, instead of to `take`. The
        engine's answers are its driver's to collect."""
        self.engine = None if engine is None else engine.capsule()
        self.door.source = source
        self.door.api = NULL
        if engine is not None:
            self.door.api = <tp_engine_api*>PyCapsule_GetPointer(
                self.engine, "tickpath.engine_api")
        self.state.deliver = _to_engine
        self.state.context = self.door

    def sink(self, int line):
        """Capsule of a line for a receiver of datagrams, borrowed: valid while this object lives
        and packets go to an engine or nowhere (`attach`)."""
        if not 0 <= line < TP_MOLD_LINES_MAX or self.state.deliver != _to_engine:
            raise ConfigError(f"line {line}: 0..{TP_MOLD_LINES_MAX - 1}, after `attach`")
        return PyCapsule_New(&self.sinks[line].sink, "tickpath.packet_sink", NULL)

    def on_timer(self, int64_t t_ns):
        """Ask for what is missing, or give it up, when its time has come."""
        if mold_on_timer(self.state, t_ns):
            self.asked.append(HEADER.pack(
                self.session, self.state.request_first, self.state.request_count))
        self.empty()

    def next_timer(self):
        """When `on_timer` is wanted, 2**63 - 1 when never."""
        return mold_next_timer(self.state)

    def take(self):
        """Packets in order since the last call."""
        found, self.out = self.out, []
        return found

    def take_requests(self):
        """Requests for the re-request server since the last call."""
        found, self.asked = self.asked, []
        return found

    @property
    def session(self):
        """10 bytes, none before the first packet."""
        return self.state.session[:10] if self.state.begun else b""

    @property
    def next(self):
        """Sequence of the next message."""
        return self.state.next

    @property
    def seen(self):
        """One past the highest message that any line has shown."""
        return self.state.seen

    @property
    def ended(self):
        """The session is over and complete."""
        return self.state.end != 0 and self.state.next >= self.state.end

    @property
    def counters(self):
        """Of the stream."""
        m = self.state
        values = (m.gaps, m.requests, m.lost, m.dropped, m.heartbeats, m.sessions)
        return dict(zip(COUNTERS, values, strict=True))

    @property
    def lines(self):
        """Counters of each line."""
        found = []
        for k in range(TP_MOLD_LINES_MAX):
            l = self.state.lines[k]
            values = (l.packets, l.first, l.late, l.refused)
            found.append(dict(zip(LINE_COUNTERS, values, strict=True)))
        return found
