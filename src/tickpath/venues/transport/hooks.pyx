"""Native hooks: frames into an engine and its orders out, or a fixed reply.

In: frames of a link, on the link's own thread, through `tp_frame_hook`. Out: the engine's requests
on the wires of their venues, in the same call. The engine comes as its `tp_engine_api` capsule, so
nothing here knows it. While a polling thread runs a hook, the engine belongs to that thread:
nothing else may call it. Its timers fall due while a link is open, see hook.h. For sessions that
are logged on: a request is sent as it was journalled, or with fixed members (a token) in its
params. Worst case: many orders of one frame, one write each.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport (
    TP_ORDER_BYTES_MAX, TP_VENUES_MAX, tp_engine_api, tp_out_header,
)
from tickpath.lanes.atomics cimport load_relaxed, store_relaxed
from tickpath.venues.transport.hook cimport (
    TP_HOOK_CAPSULE, TP_HOOK_TAKEN, TP_WIRE_CAPSULE, TP_WIRE_OK, tp_frame_hook, tp_wire,
)

from tickpath.core.errors import ConfigError

cdef extern from "../venues/splice.h" nogil:
    int64_t tp_splice(const char*, int64_t, const char*, int64_t, char*, int64_t)

cdef enum:
    MEMBERS_BYTES_MAX = 512
    TIMERS_A_FRAME_MAX = 64

cdef struct Door:                     # where the requests of one venue go
    const tp_wire* wire
    int32_t member_bytes
    int32_t reserved
    char members[MEMBERS_BYTES_MAX]

cdef struct EngineContext:
    tp_engine_api* api
    int32_t source
    int32_t orders                    # 1: frames of an order connection, `source` is the venue
    uint64_t frames
    uint64_t requests
    uint64_t unsent
    uint64_t timers
    Door doors[TP_VENUES_MAX]

cdef struct ReplyContext:
    const char* data
    int64_t bytes
    uint64_t frames
    uint64_t unsent


cdef inline void count(uint64_t* counter) noexcept nogil:
    store_relaxed(counter, load_relaxed(counter) + 1)


cdef int32_t send_request(const Door* door, const char* data, int32_t size) noexcept nogil:
    """One request, with the door's members in front of its params."""
    cdef char[TP_ORDER_BYTES_MAX + MEMBERS_BYTES_MAX] text
    cdef int64_t found
    if door.member_bytes == 0:
        return door.wire.send(door.wire.link, data, size)
    found = tp_splice(data, size, door.members, door.member_bytes, text, sizeof(text))
    if found < 0:
        return -1
    return door.wire.send(door.wire.link, text, found)


cdef void send_out(EngineContext* c) noexcept nogil:
    """All requests of the engine's last input."""
    cdef tp_out_header head
    cdef int64_t size = 0, at = 0
    cdef const char* out = c.api.out(c.api.engine, &size)
    while at < size:
        memcpy(&head, out + at, sizeof(tp_out_header))
        at += sizeof(tp_out_header)
        count(&c.requests)
        if (head.venue < 0 or head.venue >= TP_VENUES_MAX or c.doors[head.venue].wire == NULL
                or send_request(&c.doors[head.venue], out + at, head.bytes) != TP_WIRE_OK):
            count(&c.unsent)
        at += head.bytes


cdef void run_timers(EngineContext* c, int64_t t_ns) noexcept nogil:
    """Timers that are due before an input at `t_ns`."""
    cdef int64_t due
    cdef int32_t k
    for k in range(TIMERS_A_FRAME_MAX):
        due = c.api.next_timer(c.api.engine)
        if due >= t_ns:
            return
        c.api.on_timer(c.api.engine, due)
        count(&c.timers)
        send_out(c)


cdef int32_t engine_frame(void* context, const tp_wire* wire, const char* data, int64_t size,
                          int64_t t_ns) noexcept nogil:
    cdef EngineContext* c = <EngineContext*>context
    cdef int32_t code
    run_timers(c, t_ns)
    count(&c.frames)
    if c.orders:
        code = c.api.on_order_frame(c.api.engine, c.source, data, size, t_ns)
    else:
        code = c.api.on_market_frame(c.api.engine, c.source, data, size, t_ns)
    send_out(c)
    c.api.catch_up(c.api.engine)
    return TP_HOOK_TAKEN if code == TP_OK else code


cdef void engine_idle(void* context, int64_t t_ns) noexcept nogil:
    run_timers(<EngineContext*>context, t_ns)


cdef int64_t engine_due(void* context) noexcept nogil:
    cdef EngineContext* c = <EngineContext*>context
    return c.api.next_timer(c.api.engine)


cdef int32_t reply_frame(void* context, const tp_wire* wire, const char* data, int64_t size,
                         int64_t t_ns) noexcept nogil:
    cdef ReplyContext* c = <ReplyContext*>context
    count(&c.frames)
    if wire.send(wire.link, c.data, c.bytes) != TP_WIRE_OK:
        count(&c.unsent)
    return TP_HOOK_TAKEN


def spliced(bytes frame not None, bytes members not None):
    """What a request becomes before it leaves, None when it cannot: see splice.py."""
    cdef char[TP_ORDER_BYTES_MAX + MEMBERS_BYTES_MAX] text
    cdef int64_t found = tp_splice(
        frame, len(frame), members, len(members), text, sizeof(text))
    return None if found < 0 else text[:found]


cdef class EngineHook:
    """Frames of one link into an engine. Keep it alive as long as the link.

    What the engine did not take as plain data, whatever its code, goes on to the listener; there
    `link.hook_code` is the code. The engine's timers fall due while the link is open."""

    cdef EngineContext context
    cdef tp_frame_hook hook
    cdef object engine
    cdef list kept

    def __init__(self, engine, int source, bint orders=False):
        """`engine` is the capsule "tickpath.engine_api"; `source` a market source, or the venue
        of an order connection."""
        self.engine = engine
        self.kept = []
        self.context.api = <tp_engine_api*>PyCapsule_GetPointer(engine, "tickpath.engine_api")
        self.context.source = source
        self.context.orders = orders
        self.hook.context = &self.context
        self.hook.on_frame = engine_frame
        self.hook.on_idle = engine_idle
        self.hook.due = engine_due

    def attach(self, int venue, link, bytes members=b""):
        """Send the requests of `venue` on `link`; `members` go in front of their params.

        Before the first frame, or while no frame can come. Raises ConfigError.
        """
        cdef Door* door
        if not 0 <= venue < TP_VENUES_MAX or len(members) >= MEMBERS_BYTES_MAX:
            raise ConfigError(f"venue {venue}, members of {len(members)} bytes: out of bounds")
        door = &self.context.doors[venue]
        capsule = link.wire_capsule()
        door.member_bytes = len(members)
        memcpy(door.members, <const char*>members, len(members))
        door.wire = <const tp_wire*>PyCapsule_GetPointer(capsule, TP_WIRE_CAPSULE)
        self.kept.append((link, capsule))

    def capsule(self):
        """The `tp_frame_hook` for a backend's connect()."""
        return PyCapsule_New(&self.hook, TP_HOOK_CAPSULE, NULL)

    @property
    def counters(self):
        """(frames, requests, unsent, timers). An unsent request is known not to have left; the
        engine hears of it when its answer is overdue."""
        cdef EngineContext* c = &self.context
        return (load_relaxed(&c.frames), load_relaxed(&c.requests), load_relaxed(&c.unsent),
                load_relaxed(&c.timers))


cdef class ReplyHook:
    """Answers every frame with the same bytes: measures a transport alone."""

    cdef ReplyContext context
    cdef tp_frame_hook hook
    cdef bytes data

    def __init__(self, bytes data not None):
        self.data = data
        self.context.data = data
        self.context.bytes = len(data)
        self.hook.context = &self.context
        self.hook.on_frame = reply_frame

    def capsule(self):
        """The `tp_frame_hook` for a backend's connect()."""
        return PyCapsule_New(&self.hook, TP_HOOK_CAPSULE, NULL)

    @property
    def counters(self):
        """(frames, unsent)."""
        return load_relaxed(&self.context.frames), load_relaxed(&self.context.unsent)
