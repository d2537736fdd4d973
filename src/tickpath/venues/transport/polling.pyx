"""The native polling backend: a thread that spins over sockets and never takes the GIL.

For people who own a core. Frames go to a native hook on that thread, which can answer on the same
socket before anything else happens; what the hook passes on, and everything without a hook, goes
through a ring to the Python listener on the event loop. TLS by the system's OpenSSL.
Worst case: the core is busy all the time; on a shared core it is slower than waiting.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from tickpath.core.clock cimport monotonic_ns
from tickpath.venues.transport.hook cimport (
    TP_HOOK_CAPSULE, TP_WIRE_CAPSULE, tp_frame_hook, tp_wire,
)

import asyncio
import logging
import os

from tickpath.core.backend import Available
from tickpath.core.errors import (
    BackendError,
    CapacityError,
    ConfigError,
    ConnectError,
    LinkBusyError,
    LinkClosedError,
)
from tickpath.core.limits import LIMITS
from tickpath.venues.transport import sockets
from tickpath.venues.transport.base import CloseKind, CloseReason, LinkCounters, close_text
from tickpath.venues.transport.reasons import reason_text
from tickpath.venues.transport.upgrade import check_upgrade, upgrade_request

cdef extern from "sched.h" nogil:
    int sched_yield()

cdef extern from "../venues/transport/poll_setup.h" nogil:
    enum:
        TP_POLL_OPEN
        TP_POLL_ENDED
        TP_POLL_TAG_CLOSE
        TP_TLS_TEXT_BYTES
    ctypedef struct SSL:
        pass
    ctypedef struct tp_byte_ring_head:
        uint64_t tag
        uint32_t note
        uint32_t bytes
    ctypedef struct tp_byte_ring:
        uint64_t head
        uint64_t tail
    ctypedef struct tp_poll_link:
        tp_wire wire
        const tp_frame_hook* hook
        SSL* ssl
        int64_t ping_idle_ns
        int64_t pong_timeout_ns
        int64_t close_timeout_ns
        uint8_t* in_ "in"
        int fd
        int wake_fd
        int32_t reason
        int32_t code
        int32_t text_bytes
        char* text
        uint64_t state
        uint64_t frames_in
        uint64_t bytes_in
        uint64_t frames_out
        uint64_t bytes_out
        uint64_t refused_closed
        uint64_t refused_busy
        uint64_t pings_in
        uint64_t passed
        uint64_t abandoned
        tp_byte_ring inbox
        tp_byte_ring outbox
    ctypedef struct tp_poller:
        uint64_t turns
        int32_t running
        int32_t core
        int32_t yields
        int32_t owners
    tp_poll_link* tp_poll_new(int64_t, int64_t, uint64_t, int)
    void tp_poll_free(tp_poll_link*)
    SSL* tp_tls_connect(int, const char*, const char*, int64_t, char*)
    int64_t tp_poll_exchange(tp_poll_link*, const char*, int64_t, int64_t, char*)
    int tp_poller_start(tp_poller*)
    void tp_poller_stop(tp_poller*)
    int tp_poller_give(tp_poller*, tp_poll_link*)
    void tp_poller_dismiss(tp_poll_link*)
    int tp_poller_holds(const tp_poller*, const tp_poll_link*)
    int tp_byte_ring_push(tp_byte_ring*, uint64_t, uint32_t, const void*, uint32_t)
    int tp_byte_ring_front(const tp_byte_ring*, tp_byte_ring_head*)
    void tp_byte_ring_take(tp_byte_ring*, void*, uint32_t)
    int tp_byte_ring_waits(const tp_byte_ring*)
    void tp_byte_ring_arm(tp_byte_ring*)
    uint64_t load_acquire "tp_load_acquire" (const uint64_t*)
    uint64_t load_relaxed "tp_load_relaxed" (const uint64_t*)
    void store_release "tp_store_release" (uint64_t*, uint64_t)

DRAIN_MAX = 256
"""Frames given to Python in one turn of its loop."""
KINDS = (CloseKind.LOST, CloseKind.LOCAL, CloseKind.PEER, CloseKind.LOST, CloseKind.SILENT,
         CloseKind.PROTOCOL, CloseKind.INBOX)
LOGGER = logging.getLogger("tickpath.venues.transport.polling")


def probe() -> Available:
    """Whether a thread can spin here: built against OpenSSL, and eventfd there."""
    if not hasattr(os, "eventfd"):
        return Available(ok=False, reason="no eventfd on this system")
    cores = len(os.sched_getaffinity(0))
    if cores < 2:
        return Available(ok=True, reason="one core only: spinning is slower than waiting here")
    return Available(ok=True, reason=f"{cores} cores; takes one of them whole")


cdef class Poller:
    """A polling thread and its links. `core` pins it; start() before the first connect().

    `yields` gives the core away on every look that found nothing: for cores that are shared.
    """

    cdef tp_poller* state
    cdef readonly object core
    cdef set links
    cdef bint stopping

    def __cinit__(self, core=None, bint yields=False):
        self.state = <tp_poller*>calloc(1, sizeof(tp_poller))
        if self.state == NULL:
            raise MemoryError("polling thread")
        self.state.owners = 1
        self.state.yields = yields

    def __init__(self, core=None, bint yields=False):
        if core is not None and core not in os.sched_getaffinity(0):
            may = sorted(os.sched_getaffinity(0))
            raise ConfigError(f"polling core {core}: this process may use {may}")
        self.core = core
        self.state.core = -1 if core is None else core
        self.links = set()

    def __dealloc__(self):
        if self.state == NULL:
            return
        self.halt()
        leave(self.state)

    @property
    def running(self):
        return bool(self.state.running)

    @property
    def turns(self):
        """How often the thread has looked at its links."""
        return load_relaxed(&self.state.turns)

    def start(self):
        """Start the thread. Raises BackendError with the system's reason."""
        cdef int error
        if self.state.running:
            return
        if self.stopping:
            raise BackendError("polling thread: it is being stopped; start it again afterwards")
        error = tp_poller_start(self.state)
        if error:
            raise BackendError(f"polling thread: {os.strerror(error)}")

    def stop(self):
        """End all links and the thread; their on_close follows on the loop. A connect() that is
        under way raises ConnectError. While another thread stops it, this returns at once."""
        self.halt()

    cdef object halt(self):
        if not self.state.running:
            return
        self.state.running = 0          # from here on no link is given to the thread
        self.stopping = True
        with nogil:
            tp_poller_stop(self.state)
        self.stopping = False

    async def connect(self, endpoint, listener, hook=None):
        """A link, after its listener's on_open. `hook` is a capsule of `tp_frame_hook`.

        Raises ConnectError, ConfigError (authorities), CapacityError (too many links).
        """
        if not self.state.running:
            raise BackendError("polling thread: call start() first")
        link = PolledLink(self, endpoint, listener, hook)
        await link.dial()
        return link


cdef void leave(tp_poller* state):
    """Forget one owner of the thread's state."""
    state.owners -= 1
    if state.owners == 0:
        free(state)


cdef class PolledLink:
    """A `Link` whose socket belongs to a polling thread."""

    cdef readonly object endpoint
    cdef readonly int32_t hook_code   # what the hook said of the frame in on_frame; 0: no hook
    cdef Poller poller
    cdef tp_poller* thread
    cdef tp_poll_link* state
    cdef object listener, hook_capsule, loop, reason
    cdef bint is_open
    cdef int64_t refused_closed, refused_busy

    def __cinit__(self, Poller poller not None, endpoint, listener, hook=None):
        self.state = tp_poll_new(
            endpoint.message_bytes_max, endpoint.outgoing_bytes_max,
            LIMITS["poll_inbox_bytes_max"], -1)
        if self.state == NULL:
            raise MemoryError("polled link")
        self.thread = poller.state
        self.thread.owners += 1

    def __init__(self, Poller poller, endpoint, listener, hook=None):
        self.poller = poller
        self.endpoint = endpoint
        self.listener = listener
        self.hook_capsule = hook
        if hook is not None:
            self.state.hook = <const tp_frame_hook*>PyCapsule_GetPointer(hook, TP_HOOK_CAPSULE)
        self.state.wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.state.ping_idle_ns = int(endpoint.ping_idle_s * 1e9)
        self.state.pong_timeout_ns = int(endpoint.pong_timeout_s * 1e9)
        self.state.close_timeout_ns = int(endpoint.close_timeout_s * 1e9)

    def __dealloc__(self):
        if self.state == NULL:
            return
        store_release(&self.state.abandoned, 1)
        with nogil:
            while tp_poller_holds(self.thread, self.state):
                sched_yield()
        tp_poll_free(self.state)
        leave(self.thread)

    @property
    def open(self):
        return self.is_open and load_acquire(&self.state.state) <= TP_POLL_OPEN

    @property
    def counters(self):
        cdef tp_poll_link* s = self.state
        return LinkCounters(
            frames_in=load_relaxed(&s.frames_in), bytes_in=load_relaxed(&s.bytes_in),
            frames_out=load_relaxed(&s.frames_out), bytes_out=load_relaxed(&s.bytes_out),
            refused_closed=load_relaxed(&s.refused_closed) + self.refused_closed,
            refused_busy=load_relaxed(&s.refused_busy) + self.refused_busy,
            pings_in=load_relaxed(&s.pings_in))

    @property
    def wake_fd(self):
        """The eventfd that the thread writes when Python has something to take."""
        return self.state.wake_fd

    @property
    def passed(self):
        """Frames that went to Python: with a hook, those it did not take."""
        return load_relaxed(&self.state.passed)

    def wire_capsule(self):
        """The `tp_wire` of this link for a hook on the same thread; keep the link alive."""
        return PyCapsule_New(&self.state.wire, TP_WIRE_CAPSULE, NULL)

    def send(self, bytes data not None):
        """See `Link.send`. Goes to the thread through a ring; the thread sends it."""
        cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
        cdef tp_byte_ring* box = &self.state.outbox
        if not self.open:
            self.refused_closed += 1
            raise LinkClosedError(f"link to {self.endpoint.host} is closed: nothing was sent")
        if (size > self.endpoint.outgoing_bytes_max
                or box.head - load_acquire(&box.tail) > <uint64_t>self.endpoint.outgoing_bytes_max
                or not tp_byte_ring_push(box, 0, 0, PyBytes_AS_STRING(data), size)):
            self.refused_busy += 1
            raise LinkBusyError(
                f"link to {self.endpoint.host}: above {self.endpoint.outgoing_bytes_max} "
                "bytes unsent")

    def close(self, int code=1000, str text=""):
        """See `Link.close`."""
        if self.open:
            self.end(CloseReason(kind=CloseKind.LOCAL, code=code, text=text), code, text)

    cdef object end(self, reason, int code, str text):
        cdef bytes short = close_text(text)
        self.is_open = False
        if self.reason is None:
            self.reason = reason
        if not tp_byte_ring_push(&self.state.outbox, TP_POLL_TAG_CLOSE, code,
                                 PyBytes_AS_STRING(short), PyBytes_GET_SIZE(short)):
            store_release(&self.state.abandoned, 1)

    # -- connecting -----------------------------------------------------------------------------

    async def dial(self):
        """Connect and give the socket to the thread, or raise."""
        endpoint = self.endpoint
        self.loop = asyncio.get_running_loop()
        if endpoint.secure:
            endpoint.tls.context()      # unreadable authorities are a ConfigError on any backend
        deadline_ns = monotonic_ns() + int(endpoint.connect_timeout_s * 1e9)
        try:
            async with asyncio.timeout(endpoint.connect_timeout_s):
                sock = await sockets.connected(endpoint)
        except (OSError, TimeoutError) as error:
            raise ConnectError(reason_text(f"{endpoint.host}:{endpoint.port}", error)) from None
        self.state.fd = sock.detach()
        await self.loop.run_in_executor(None, self.upgrade, deadline_ns)
        if not self.thread.running:
            raise ConnectError(f"{endpoint.host}:{endpoint.port}: the polling thread was stopped")
        if tp_poller_holds(self.thread, NULL) == 0:
            raise CapacityError(f"polling thread: more than {LIMITS['poll_links_max']} links")
        self.poller.links.add(self)
        self.is_open = True
        self.loop.add_reader(self.state.wake_fd, self.drain)
        self.call(self.listener.on_open, self)
        if not tp_poller_give(self.thread, self.state):     # on_open stopped the thread
            tp_poller_dismiss(self.state)
        self.drain()

    def upgrade(self, int64_t deadline_ns):
        """TLS and the HTTP upgrade, blocking, on a thread of the executor."""
        cdef char[TP_TLS_TEXT_BYTES] why
        cdef bytes request, key, head, name
        cdef bytes authorities = b""
        cdef const char* file = NULL
        cdef const char* host
        cdef const char* text
        cdef int64_t size, length
        endpoint = self.endpoint
        if endpoint.secure:
            name = endpoint.server_name.encode()
            host = name
            if endpoint.tls.authorities is not None:
                authorities = os.fsencode(endpoint.tls.authorities)
                file = authorities
            with nogil:
                self.state.ssl = tp_tls_connect(self.state.fd, file, host, deadline_ns, why)
            if self.state.ssl == NULL:
                raise ConnectError(f"{endpoint.host}:{endpoint.port}: {why.decode()}")
        request, key = upgrade_request(endpoint)
        text, length = request, len(request)
        with nogil:
            size = tp_poll_exchange(self.state, text, length, deadline_ns, why)
        if size < 0:
            raise ConnectError(f"{endpoint.host}:{endpoint.port}: {why.decode()}")
        head = PyBytes_FromStringAndSize(<char*>self.state.in_, size)
        check_upgrade(f"{endpoint.host}:{endpoint.port}", head, key)

    # -- from the thread ------------------------------------------------------------------------

    def drain(self):
        """Give the listener what the thread passed on; called by the loop."""
        cdef tp_byte_ring_head head
        cdef bytes data
        cdef bint ended
        if self.listener is None:
            return
        try:
            os.eventfd_read(self.state.wake_fd)
        except BlockingIOError:
            pass
        ended = load_acquire(&self.state.state) == TP_POLL_ENDED
        for _ in range(DRAIN_MAX):
            if not tp_byte_ring_front(&self.state.inbox, &head):
                break
            data = PyBytes_FromStringAndSize(NULL, head.bytes)
            tp_byte_ring_take(&self.state.inbox, PyBytes_AS_STRING(data), head.bytes)
            self.hook_code = head.note
            if self.is_open:
                self.call(self.listener.on_frame, self, data, head.tag)
        else:
            self.loop.call_soon(self.drain)
            return
        if ended:
            self.finish()
            return
        tp_byte_ring_arm(&self.state.inbox)
        if (tp_byte_ring_waits(&self.state.inbox)
                or load_acquire(&self.state.state) == TP_POLL_ENDED):
            self.loop.call_soon(self.drain)

    cdef object call(self, method, link, data=None, tag=None):
        """Call the listener; what it raises closes the link."""
        try:
            if data is None:
                method(link)
            else:
                method(link, data, tag)
        except Exception as error:
            name = type(error).__name__
            LOGGER.error("listener of %s raised %s: closing", self.endpoint.host, name)
            if self.is_open:
                self.end(CloseReason(kind=CloseKind.LISTENER, code=1011, text=name), 1011, "")

    cdef object finish(self):
        """The thread has let go: tell the listener why."""
        cdef tp_poll_link* s = self.state
        self.is_open = False
        self.loop.remove_reader(s.wake_fd)
        self.poller.links.discard(self)
        reason = self.reason
        if reason is None:
            text = (<bytes>s.text[:s.text_bytes]).decode(errors="replace")
            reason = CloseReason(kind=KINDS[s.reason], code=s.code, text=text)
        listener, self.listener = self.listener, None
        try:
            listener.on_close(self, reason)
        except Exception as error:
            LOGGER.error(
                "listener of %s raised %s at the end", self.endpoint.host, type(error).__name__)
