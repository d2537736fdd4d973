"""UDP datagrams of a port or a multicast group: the ordinary socket, and the same one busy-polled.

In: an address, a port, an interface. Out: payloads to a sink in batches (recvmmsg), without the
GIL, stamped by the network card or the kernel where they do, else when the batch was read. With
`busy_poll_us` the kernel polls the driver within the call (SO_BUSY_POLL); `run(spin=True)` never
sleeps. Datagrams longer than a jumbo frame are counted and dropped.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport calloc, free, malloc
from tickpath.core.clock cimport monotonic_ns
from tickpath.venues.transport.packets cimport (
    packet_box_take,
    tp_packet_box,
    tp_packet_sink,
)

import errno
import os
import socket

from tickpath.core.errors import BackendError, ConfigError
from tickpath.venues.transport.packet_box import unpack_box

cdef extern from "udp.h" nogil:
    enum:
        TP_UDP_BYTES_MAX
        TP_STAMPS_NONE
        TP_STAMPS_SOFTWARE
        TP_STAMPS_HARDWARE
    ctypedef struct tp_udp:
        int fd
        int64_t received
        int64_t truncated
        int64_t polls
        uint32_t dropped
        int stop
    void tp_udp_begin(tp_udp* u, int fd)
    int tp_udp_stamps(tp_udp* u, int kind)
    int tp_udp_busy_poll(tp_udp* u, int microseconds)
    int64_t tp_udp_run(
        tp_udp* u, const tp_packet_sink* sink, int64_t most, int64_t deadline_ns, int spin)

cdef extern from "unistd.h" nogil:
    int usleep(unsigned int microseconds)

cdef enum:
    LEAVE_WAIT_US = 100               # between two looks whether the receiving thread has left

STAMPS = {"none": TP_STAMPS_NONE, "software": TP_STAMPS_SOFTWARE, "hardware": TP_STAMPS_HARDWARE}
MS = 1_000_000


cdef class UdpReceiver:
    """Receives the datagrams of one port. Raises BackendError with the refused call, ConfigError
    for values that are none.

    `host` is the address to bind, of a multicast group when `group` is given; port 0 lets the
    kernel choose. `buffer_bytes` may wait before the kernel drops."""

    cdef tp_udp* u
    cdef object socket
    cdef int receiving                # threads in run() or receive(); the GIL guards it
    cdef readonly str stamps
    cdef readonly bint busy_poll

    def __cinit__(self, str host, int port, *, str group="", str interface="",
                  int buffer_bytes=8 << 20, str stamps="software", int busy_poll_us=0):
        if stamps not in STAMPS:
            raise ConfigError(f"udp stamps {stamps!r}: choose one of {', '.join(STAMPS)}")
        self.u = <tp_udp*>calloc(1, sizeof(tp_udp))
        if self.u == NULL:
            raise MemoryError()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tp_udp_begin(self.u, self.socket.fileno())
        try:
            self._set_up(host, port, group, interface, buffer_bytes)
            self._call("setsockopt(SO_TIMESTAMPING)", tp_udp_stamps(self.u, STAMPS[stamps]))
            if busy_poll_us:
                self._call("setsockopt(SO_BUSY_POLL)", tp_udp_busy_poll(self.u, busy_poll_us))
        except OSError as error:
            self.close()
            raise BackendError(
                f"udp {host}:{port}: {error.strerror or error}: check address, port and "
                "interface") from error
        except BackendError:
            self.close()
            raise
        self.stamps = stamps
        self.busy_poll = busy_poll_us > 0

    def _set_up(self, str host, int port, str group, str interface, int buffer_bytes):
        s = self.socket
        s.setblocking(False)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUFFORCE, buffer_bytes)
        except (AttributeError, PermissionError):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        s.bind((group or host, port))
        if group:
            index = socket.if_nametoindex(interface) if interface else 0
            own = bytes(4) if index else socket.inet_aton(host)
            request = socket.inet_aton(group) + own + index.to_bytes(4, "little")
            s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)

    def _call(self, str call, int code):
        if code != 0:
            name = errno.errorcode.get(code, str(code))
            raise BackendError(f"udp: {call}: {name} {os.strerror(code)}")

    def __dealloc__(self):
        free(self.u)

    @property
    def address(self):
        """(host, port) that is bound."""
        return self.socket.getsockname()

    @property
    def buffer_bytes(self):
        """What the kernel gave; it counts its own overhead in."""
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def fileno(self):
        """The socket, for poll and select; -1 once closed."""
        return self.socket.fileno()

    def close(self):
        """Safe to call twice and from any thread: one that receives leaves first, so that it never
        reads what another socket of the same number got."""
        self.u.stop = 1
        while self.receiving > 0:
            with nogil:
                usleep(LEAVE_WAIT_US)
        self.socket.close()

    def run(self, sink, int64_t most, int64_t timeout_ns, *, bint spin=False):
        """Hand up to `most` payloads to a sink's capsule, for at most `timeout_ns`; datagrams
        taken. `spin` never sleeps: for a thread that owns its core."""
        cdef tp_packet_sink* to = <tp_packet_sink*>PyCapsule_GetPointer(
            sink, "tickpath.packet_sink")
        cdef int64_t deadline_ns = monotonic_ns() + timeout_ns
        cdef int64_t taken
        self._opened()
        self.receiving += 1
        with nogil:
            taken = tp_udp_run(self.u, to, most, deadline_ns, spin)
        self.receiving -= 1
        return self._taken(taken)

    def receive(self, int most=64, int timeout_ms=0):
        """Up to `most` (time, payload) pairs, for Python."""
        cdef tp_packet_box box
        cdef tp_packet_sink to
        cdef int64_t deadline_ns = monotonic_ns() + <int64_t>timeout_ms * MS
        cdef int64_t taken
        self._opened()
        box.used = 0
        box.room = <int64_t>most * (TP_UDP_BYTES_MAX + 12)
        box.bytes = <char*>malloc(box.room)
        if box.bytes == NULL:
            raise MemoryError()
        to.take, to.context = packet_box_take, &box
        self.receiving += 1
        with nogil:
            taken = tp_udp_run(self.u, &to, most, deadline_ns, 0)
        self.receiving -= 1
        try:
            self._taken(taken)
            return unpack_box(box.bytes[:box.used])
        finally:
            free(box.bytes)

    def _opened(self):
        if self.u.stop:
            raise BackendError("udp: closed")

    def _taken(self, int64_t taken):
        if taken < 0:
            self._call("recvmmsg", <int>-taken)
        return taken

    def statistics(self):
        """Datagrams handed on, those too long, idle turns, and the kernel's drops as last told."""
        return {"received": self.u.received, "truncated": self.u.truncated, "idle": self.u.polls,
                "dropped": self.u.dropped}
