"""The default WebSocket backend: picows, on uvloop where it is installed.

In: bytes of the loop's socket. Out: whole messages to the listener, or to a native hook without an
object made, in the callback of the read; send() writes to the socket before it returns. picows
itself drops what is sent after a close and reports success: here the link's own state is asked
first, and such a send raises. Needs picows of the version it was compiled against.
Worst case: messages in fragments are put together in a buffer of `message_bytes_max`.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset
from picows.picows cimport WSFrame, WSListener, WSMsgType, WSTransport
from tickpath.core.records cimport TP_FRAME_PADDING_BYTES
from tickpath.venues.transport.hook cimport (
    TP_HOOK_CAPSULE,
    TP_HOOK_TAKEN,
    TP_WIRE_BUSY,
    TP_WIRE_CAPSULE,
    TP_WIRE_CLOSED,
    TP_WIRE_OK,
    tp_frame_hook,
    tp_wire,
    wall_ns,
)

import asyncio
import logging
import socket
import ssl

import picows

from tickpath.core.backend import Available
from tickpath.core.errors import ConnectError, LinkBusyError, LinkClosedError
from tickpath.venues.transport import sockets
from tickpath.venues.transport.base import CloseKind, CloseReason, LinkCounters, close_text
from tickpath.venues.transport.reasons import reason_text

cdef extern from *:
    """
    #ifndef TICKPATH_PICOWS
    #define TICKPATH_PICOWS "?"
    #endif
    """
    const char* TICKPATH_PICOWS

cdef enum:
    HEAD_BYTES = 16                   # room for picows' frame header before the message
    GOING_AWAY = 1001                 # what picows sends when no pong came
    PROTOCOL_ERROR = 1002
    TOO_BIG = 1009
    INTERNAL_ERROR = 1011
    MS_NS = 1_000_000

cdef int64_t NEVER_NS = 0x7FFFFFFFFFFFFFFF
cdef int64_t WAIT_NS_MAX = 3_600_000_000_000    # then the hook is asked again

BUILT_FOR = TICKPATH_PICOWS.decode()
# Below WARNING picows writes handshakes, whose headers may be keys.
LOGGER = logging.getLogger("tickpath.venues.transport.picows")
LOGGER.setLevel(logging.WARNING)

ctypedef int32_t (*wire_send_fn)(void*, const char*, int64_t) noexcept nogil


def probe() -> Available:
    """Whether this module fits the installed picows."""
    found = picows.__version__
    if found.split(".")[:2] != BUILT_FOR.split(".")[:2]:
        return Available(ok=False, reason=f"built for picows {BUILT_FOR}, {found} is installed")
    return Available(ok=True, reason=f"picows {found}")


cdef int32_t wire_send(void* link, const char* data, int64_t size) noexcept:
    """The send of tp_wire. Only called inside a callback of the loop, where the GIL is held."""
    return (<PicowsLink>link).write(data, size)


cdef class PicowsLink(WSListener):
    """A `Link`; picows calls it as its listener."""

    cdef readonly object endpoint
    cdef object listener, on_frame, loop, reason, socket, hook_capsule
    cdef WSTransport transport
    cdef const tp_frame_hook* hook
    cdef tp_wire wire
    cdef char* out
    cdef char* parts
    cdef Py_ssize_t parts_bytes, message_bytes_max, outgoing_bytes_max
    cdef bint is_open, in_parts, paused, opened
    cdef int64_t frames_in, bytes_in, frames_out, bytes_out
    cdef int64_t refused_closed, refused_busy, pings_in
    cdef readonly str busy_poll_off
    cdef readonly int32_t hook_code   # what the hook said of the frame in on_frame; 0: no hook
    cdef object timer
    cdef int64_t due_ns

    def __cinit__(self, endpoint, listener, hook=None):
        self.message_bytes_max = endpoint.message_bytes_max
        self.outgoing_bytes_max = endpoint.outgoing_bytes_max
        self.out = <char*>malloc(HEAD_BYTES + self.outgoing_bytes_max + TP_FRAME_PADDING_BYTES)
        if self.out == NULL:
            raise MemoryError("outgoing message")

    def __init__(self, endpoint, listener, hook=None):
        self.endpoint = endpoint
        self.listener = listener
        self.on_frame = listener.on_frame
        self.busy_poll_off = ""
        self.hook_capsule = hook
        if hook is not None:
            self.hook = <const tp_frame_hook*>PyCapsule_GetPointer(hook, TP_HOOK_CAPSULE)
        self.due_ns = NEVER_NS
        self.wire.link = <void*>self
        self.wire.send = <wire_send_fn><void*>wire_send

    def __dealloc__(self):
        free(self.out)
        free(self.parts)

    @property
    def open(self):
        return self.is_open and not self.transport.is_close_frame_sent

    @property
    def counters(self):
        return LinkCounters(
            frames_in=self.frames_in, bytes_in=self.bytes_in, frames_out=self.frames_out,
            bytes_out=self.bytes_out, refused_closed=self.refused_closed,
            refused_busy=self.refused_busy, pings_in=self.pings_in)

    def wire_capsule(self):
        """The `tp_wire` of this link for a hook on another link; keep the link alive beside it."""
        return PyCapsule_New(&self.wire, TP_WIRE_CAPSULE, NULL)

    cdef int32_t write(self, const char* data, Py_ssize_t size):
        """One text message, or why not."""
        cdef WSTransport transport = self.transport
        if not self.is_open or transport.is_close_frame_sent or transport.is_disconnected:
            self.refused_closed += 1
            return TP_WIRE_CLOSED
        if self.paused or size > self.outgoing_bytes_max:
            self.refused_busy += 1
            return TP_WIRE_BUSY
        memcpy(self.out + HEAD_BYTES, data, size)
        transport.send_reuse_external_buffer(WSMsgType.TEXT, self.out + HEAD_BYTES, size)
        self.frames_out += 1
        self.bytes_out += size
        return TP_WIRE_OK

    def send(self, bytes data not None):
        """See `Link.send`."""
        cdef int32_t code = self.write(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))
        if code == TP_WIRE_CLOSED:
            raise LinkClosedError(f"link to {self.endpoint.host} is closed: nothing was sent")
        if code == TP_WIRE_BUSY:
            raise LinkBusyError(
                f"link to {self.endpoint.host}: above {self.outgoing_bytes_max} bytes unsent")

    def close(self, int code=1000, str text=""):
        """See `Link.close`."""
        if self.is_open:
            self.end(CloseReason(kind=CloseKind.LOCAL, code=code, text=text), code, text)

    cdef object end(self, reason, int code, str text):
        """Say goodbye, and cut the connection when the peer does not answer in time."""
        self.is_open = False
        if self.reason is None:
            self.reason = reason
        self.transport.send_close(<object>code, close_text(text))
        self.loop.call_later(
            self.endpoint.close_timeout_s, self.transport.underlying_transport.abort)

    cdef object deliver(self, char* data, Py_ssize_t size):
        """One whole message, to the hook first."""
        cdef char[TP_FRAME_PADDING_BYTES] behind
        cdef int32_t taken
        cdef int64_t t_ns
        if not self.is_open:
            return
        t_ns = wall_ns()
        self.frames_in += 1
        self.bytes_in += size
        if self.hook != NULL:
            memcpy(behind, data + size, TP_FRAME_PADDING_BYTES)
            memset(data + size, 0, TP_FRAME_PADDING_BYTES)
            taken = self.hook.on_frame(self.hook.context, &self.wire, data, size, t_ns)
            memcpy(data + size, behind, TP_FRAME_PADDING_BYTES)
            self.hook_code = taken
            self.schedule()
            if taken == TP_HOOK_TAKEN:
                return
        try:
            self.on_frame(self, PyBytes_FromStringAndSize(data, size), t_ns)
        except Exception as error:
            self.listener_raised(error)

    cdef object schedule(self):
        """One timer of the loop, for when the hook has something to do next."""
        cdef int64_t due_ns, wait_ns
        if self.hook == NULL or self.hook.due == NULL:
            return
        due_ns = self.hook.due(self.hook.context)
        if due_ns == self.due_ns:
            return
        self.due_ns = due_ns
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if due_ns != NEVER_NS and self.is_open:
            wait_ns = min(max(due_ns - wall_ns(), 0), WAIT_NS_MAX)
            self.timer = self.loop.call_later((wait_ns // MS_NS + 1) / 1000, self.idle)

    def idle(self):
        """The hook's timer; called by the loop."""
        self.timer = None
        self.due_ns = NEVER_NS
        if self.is_open:
            self.hook.on_idle(self.hook.context, wall_ns())
            self.schedule()

    cdef object listener_raised(self, error):
        name = type(error).__name__
        LOGGER.error("listener of %s raised %s: closing", self.endpoint.host, name)
        if self.is_open:
            self.end(CloseReason(kind=CloseKind.LISTENER, code=INTERNAL_ERROR, text=name),
                     INTERNAL_ERROR, "")

    cdef object broken(self, int code, str text):
        """The peer broke the protocol in a way that picows leaves to its user."""
        if self.is_open:
            self.end(CloseReason(kind=CloseKind.PROTOCOL, code=code, text=text), code, text)

    # -- what picows calls ----------------------------------------------------------------------

    cpdef on_ws_connected(self, WSTransport transport):
        self.transport = transport
        self.loop = asyncio.get_running_loop()
        transport.underlying_transport.set_write_buffer_limits(high=self.outgoing_bytes_max)
        self.is_open = self.opened = True
        try:
            self.listener.on_open(self)
        except Exception as error:
            self.listener_raised(error)
        self.schedule()

    cpdef on_ws_frame(self, WSTransport transport, WSFrame frame):
        if (frame.fin and not self.in_parts and not (frame.rsv1 | frame.rsv2 | frame.rsv3)
                and (frame.msg_type == WSMsgType.TEXT or frame.msg_type == WSMsgType.BINARY)):
            self.deliver(frame.payload_ptr, frame.payload_size)
        elif frame.rsv1 | frame.rsv2 | frame.rsv3:
            self.broken(PROTOCOL_ERROR, "reserved bits without an extension")
        elif frame.msg_type == WSMsgType.PING:
            self.pings_in += 1
            if self.is_open:
                transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            self.peer_closed(frame)
        elif frame.msg_type != WSMsgType.PONG:
            self.part(frame)

    cdef object peer_closed(self, WSFrame frame):
        cdef int code = <int>frame.get_close_code()
        if self.is_open:
            text = frame.get_close_reason() if frame.payload_size > 2 else ""
            self.end(CloseReason(kind=CloseKind.PEER, code=code or 1005, text=text or ""),
                     code or 1000, "")
        self.transport.disconnect()

    cdef object part(self, WSFrame frame):
        """A fragment of a message."""
        if (frame.msg_type == WSMsgType.CONTINUATION) != self.in_parts:
            self.broken(PROTOCOL_ERROR, "fragments out of order")
            return
        if self.parts == NULL:
            self.parts = <char*>malloc(self.message_bytes_max + TP_FRAME_PADDING_BYTES)
            if self.parts == NULL:
                raise MemoryError("message in fragments")
        if self.parts_bytes + frame.payload_size > self.message_bytes_max:
            self.broken(TOO_BIG, "message in fragments above the bound")
            return
        memcpy(self.parts + self.parts_bytes, frame.payload_ptr, frame.payload_size)
        self.parts_bytes += frame.payload_size
        self.in_parts = not frame.fin
        if frame.fin:
            size = self.parts_bytes
            self.parts_bytes = 0
            self.deliver(self.parts, size)

    cpdef on_ws_disconnected(self, WSTransport transport):
        self.is_open = False
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if not self.opened:
            return
        reason = self.reason
        if reason is None:
            reason = CloseReason(kind=CloseKind.LOST)
            sent = transport.close_handshake.sent if transport.close_handshake else None
            if sent is not None:
                kind = CloseKind.SILENT if sent.code == GOING_AWAY else CloseKind.PROTOCOL
                reason = CloseReason(kind=kind, code=int(sent.code), text=sent.reason or "")
        try:
            self.listener.on_close(self, reason)
        except Exception as error:
            LOGGER.error(
                "listener of %s raised %s at the end", self.endpoint.host, type(error).__name__)

    cpdef pause_writing(self):
        self.paused = True

    cpdef resume_writing(self):
        self.paused = False

    async def dial(self):
        """Connect, or raise ConnectError."""
        endpoint = self.endpoint
        try:
            async with asyncio.timeout(endpoint.connect_timeout_s):
                await picows.ws_connect(
                    lambda *_: self,
                    endpoint.url,
                    ssl_context=endpoint.tls.context() if endpoint.secure else None,
                    websocket_handshake_timeout=endpoint.connect_timeout_s,
                    logger_name=LOGGER,
                    enable_auto_ping=True,
                    auto_ping_idle_timeout=endpoint.ping_idle_s,
                    auto_ping_reply_timeout=endpoint.pong_timeout_s,
                    enable_auto_pong=False,
                    max_frame_size=endpoint.message_bytes_max,
                    extra_headers=dict(endpoint.headers),
                    max_redirects=0,
                    socket_factory=self.make_socket,
                    **({"server_hostname": endpoint.server_name} if endpoint.secure else {}),
                )
        except (OSError, TimeoutError, ssl.SSLError, picows.WSError, ValueError) as error:
            self.cut()
            raise ConnectError(reason_text(f"{endpoint.host}:{endpoint.port}", error)) from None
        except BaseException:
            self.cut()
            raise
        if not self.opened:             # picows returns as if all was well
            raise ConnectError(f"{endpoint.host}:{endpoint.port}: closed during the upgrade")

    async def make_socket(self, url):
        self.socket = await sockets.connected(self.endpoint)
        self.busy_poll_off = sockets.tune(self.socket, self.endpoint.busy_poll_us)
        return self.socket

    cdef object cut(self):
        """End a half-made connection; its owner in the loop notices and frees it."""
        if self.socket is not None:
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.socket.close()


async def connect(endpoint, listener, hook=None):
    """A link, after its listener's on_open. `hook` is a capsule of `tp_frame_hook`.

    Raises ConnectError, ConfigError (authorities).
    """
    answer = probe()
    if not answer.ok:
        raise ConnectError(f"{endpoint.host}: {answer.reason}: run `make build EXTRAS=live`")
    link = PicowsLink(endpoint, listener, hook)
    await link.dial()
    return link
