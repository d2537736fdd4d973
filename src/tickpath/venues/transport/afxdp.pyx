"""AF_XDP: datagrams of one UDP port straight from the driver's receive queue, past the kernel's
network stack. Raw system calls, no libbpf.

In: an interface, a port, a queue. Out: payloads to a sink, without the GIL. Copy mode works on any
interface with a queue, zero-copy where the driver has it. Closing gives the port back to the
kernel, as does the death of the process. A loop that continues past a deadline by one look.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset
from tickpath.core.clock cimport monotonic_ns
from tickpath.venues.transport.packets cimport (
    packet_box_take,
    tp_packet_box,
    tp_packet_sink,
)

import errno
import ipaddress
import os
import socket

from tickpath.core.backend import Available
from tickpath.core.errors import BackendError, ConfigError
from tickpath.venues.transport import bpf
from tickpath.venues.transport.bpf import BpfError
from tickpath.venues.transport.packet_box import unpack_box

cdef extern from "afxdp.h" nogil:
    enum:
        TP_XDP_FRAME_BYTES
    struct xdp_statistics:
        uint64_t rx_dropped
        uint64_t rx_invalid_descs
        uint64_t rx_ring_full
        uint64_t rx_fill_ring_empty_descs
    ctypedef struct tp_xdp:
        int fd
        int64_t received
        int64_t refused
        int64_t polls
        int stop
    int tp_xdp_open(tp_xdp* x, uint32_t frames, const char** step)
    int tp_xdp_bind(tp_xdp* x, uint32_t interface, uint32_t queue, uint16_t flags)
    int tp_xdp_busy_poll(tp_xdp* x, int microseconds)
    void tp_xdp_close(tp_xdp* x)
    int64_t tp_xdp_run(
        tp_xdp* x, const tp_packet_sink* sink, int64_t most, int64_t deadline_ns, int spin)
    int SOL_XDP
    int XDP_STATISTICS
    int XDP_COPY
    int XDP_ZEROCOPY
    int XDP_USE_NEED_WAKEUP

cdef extern from "sys/socket.h" nogil:
    int getsockopt(int fd, int level, int name, void* value, uint32_t* size)

cdef extern from "unistd.h" nogil:
    int c_close "close" (int fd)
    int usleep(unsigned int microseconds)

FRAMES_MIN, FRAMES_MAX = 64, 1 << 16
MODES = ("auto", "zero-copy", "copy", "generic")
PORT_MAX = 65535
MS = 1_000_000

cdef enum:
    LEAVE_WAIT_US = 100               # between two looks whether the receiving thread has left


def reason_of(str call, int number):
    """What to do about a system call that was refused."""
    name = errno.errorcode.get(number, str(number))
    text = f"{call}: {name} {os.strerror(number)}"
    if number == errno.EAFNOSUPPORT:
        return f"{text}: this kernel has no AF_XDP (CONFIG_XDP_SOCKETS): use udp"
    if number in (errno.EPERM, errno.EACCES):
        return f"{text}: give the process CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF, or use udp"
    if number == errno.ENOSYS:
        return f"{text}: this kernel or machine has no bpf(2) known here: use udp"
    if number == errno.ENOBUFS or number == errno.ENOMEM:
        return f"{text}: raise ulimit -l, or use fewer frames"
    if number == errno.EBUSY:
        return f"{text}: the queue or the interface has another XDP program or socket"
    if number in (errno.EOPNOTSUPP, errno.ENOTSUP):
        return f"{text}: the driver cannot do this: choose mode copy or generic"
    return text


def probe(interface=""):
    """Whether a receiver can be opened here, and exactly why not; `interface` is looked at too when
    it is named. Nothing stays open and nothing is attached."""
    cdef tp_xdp x
    cdef const char* step = b""
    cdef int code
    memset(&x, 0, sizeof(tp_xdp))
    code = tp_xdp_open(&x, FRAMES_MIN, &step)
    tp_xdp_close(&x)
    if code != 0:
        return Available(ok=False, reason=reason_of(step.decode(), code))
    try:
        map_fd = bpf.create_map()
        try:
            os.close(bpf.load_program(bpf.program(1, map_fd)))
        finally:
            os.close(map_fd)
    except BpfError as error:
        return Available(ok=False, reason=reason_of(str(error).split(":")[0], error.errno))
    if interface and interface not in [name for _, name in socket.if_nameindex()]:
        return Available(ok=False, reason=f"no interface {interface!r} in this namespace")
    return Available(ok=True, reason="AF_XDP sockets and XDP programs can be made")


def plans(str mode):
    """(attach flags, bind flags, what it is) to try, best first."""
    zero = (bpf.FLAG_DRIVER, XDP_ZEROCOPY | XDP_USE_NEED_WAKEUP, "zero-copy")
    copy = (bpf.FLAG_DRIVER, XDP_COPY | XDP_USE_NEED_WAKEUP, "copy")
    generic = (bpf.FLAG_GENERIC, XDP_COPY | XDP_USE_NEED_WAKEUP, "generic")
    chosen = {"auto": (zero, copy, generic), "zero-copy": (zero,), "copy": (copy,),
              "generic": (generic,)}
    if mode not in chosen:
        raise ConfigError(f"AF_XDP mode {mode!r}: choose one of {', '.join(MODES)}")
    return chosen[mode]


def is_group(str text):
    """Whether a text is an IPv4 multicast address."""
    try:
        return ipaddress.IPv4Address(text).is_multicast
    except ValueError:
        return False


cdef class XdpReceiver:
    """Receives one UDP port of one receive queue. Raises BackendError with the refused call.

    `frames` packets (a power of two) may wait before the kernel drops; `group` is a multicast group
    to join; `busy_poll_us` lets the kernel poll the driver on our own calls."""

    cdef tp_xdp x
    cdef bint begun                   # the descriptors below are ours or -1
    cdef int link, map_fd
    cdef int receiving                # threads in run() or receive(); the GIL guards it
    cdef object member
    cdef readonly str mode
    cdef readonly str interface
    cdef readonly int port
    cdef readonly int queue

    def __cinit__(self, str interface, int port, *, int queue=0, int frames=4096,
                  str mode="auto", str group="", int busy_poll_us=0):
        self.x.fd = self.link = self.map_fd = -1
        self.begun = True
        self.interface, self.port, self.queue = interface, port, queue
        if not FRAMES_MIN <= frames <= FRAMES_MAX or frames & (frames - 1):
            raise ConfigError(f"AF_XDP frames {frames}: a power of two, {FRAMES_MIN}..{FRAMES_MAX}")
        if not 0 < port <= PORT_MAX or not 0 <= queue < bpf.QUEUES_MAX:
            raise ConfigError(f"AF_XDP port {port}, queue {queue}: not a port or queue")
        if group and not is_group(group):
            raise ConfigError(f"AF_XDP group {group[:64]!r}: no IPv4 multicast address")
        try:
            index = socket.if_nametoindex(interface)
        except OSError as error:
            raise BackendError(f"no interface {interface!r} in this namespace") from error
        refused = []
        for attach_flags, bind_flags, name in plans(mode):
            try:
                self._open(index, frames, attach_flags, bind_flags)
            except BackendError as error:
                self._release()
                refused.append(f"{name}: {error}")
                continue
            self.mode = name
            break
        else:
            raise BackendError("AF_XDP on " + interface + ": " + "; ".join(refused))
        try:
            if group:
                self._join(group, index)
            if busy_poll_us:
                self._call("setsockopt(SO_BUSY_POLL)", tp_xdp_busy_poll(&self.x, busy_poll_us))
        except BackendError:
            self.close()
            raise

    def _call(self, str call, int code):
        if code != 0:
            raise BackendError(reason_of(call, code))

    def _open(self, uint32_t index, uint32_t frames, int attach_flags, uint16_t bind_flags):
        cdef const char* step = b""
        cdef int code = tp_xdp_open(&self.x, frames, &step)
        self._call(step.decode(), code)
        self._call("bind(AF_XDP)", tp_xdp_bind(&self.x, index, self.queue, bind_flags))
        self.map_fd = bpf.create_map()
        bpf.put_socket(self.map_fd, self.queue, self.x.fd)
        program = bpf.load_program(bpf.program(self.port, self.map_fd))
        try:
            self.link = bpf.attach(program, index, attach_flags)
        finally:
            os.close(program)

    def _join(self, str group, int index):
        """Membership of a group is the interface's: an ordinary socket holds it."""
        self.member = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        request = socket.inet_aton(group) + bytes(4) + index.to_bytes(4, "little")
        try:
            self.member.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        except OSError as error:
            call = f"setsockopt(IP_ADD_MEMBERSHIP {group})"
            raise BackendError(reason_of(call, error.errno)) from None

    def __dealloc__(self):
        if self.begun:                  # else the arguments were none, and nothing was set
            self._release()

    cdef void _release(self) noexcept:
        """Descriptors and memory; no Python object, which may be gone when we are collected."""
        if self.link >= 0:
            c_close(self.link)
        if self.map_fd >= 0:
            c_close(self.map_fd)
        self.link = self.map_fd = -1
        tp_xdp_close(&self.x)

    def close(self):
        """Give the port back to the kernel. Safe to call twice and from any thread: one that
        receives leaves first."""
        self.x.stop = 1
        while self.receiving > 0:
            with nogil:
                usleep(LEAVE_WAIT_US)
        if self.member is not None:
            self.member.close()
        self.member = None
        self._release()

    def fileno(self):
        """The socket, for poll and select; -1 once closed."""
        return self.x.fd

    def run(self, sink, int64_t most, int64_t timeout_ns, *, bint spin=False):
        """Hand up to `most` payloads to a sink's capsule, for at most `timeout_ns`; frames taken.
        `spin` never sleeps: for a thread that owns its core."""
        cdef tp_packet_sink* to = <tp_packet_sink*>PyCapsule_GetPointer(
            sink, "tickpath.packet_sink")
        cdef int64_t deadline_ns = monotonic_ns() + timeout_ns
        cdef int64_t taken
        self._opened()
        self.receiving += 1
        with nogil:
            taken = tp_xdp_run(&self.x, to, most, deadline_ns, spin)
        self.receiving -= 1
        return taken

    def receive(self, int most=64, int timeout_ms=0):
        """Up to `most` (time, payload) pairs, for Python."""
        cdef tp_packet_box box
        cdef tp_packet_sink to
        cdef int64_t deadline_ns = monotonic_ns() + <int64_t>timeout_ms * MS
        self._opened()
        box.used = 0
        box.room = <int64_t>most * (TP_XDP_FRAME_BYTES + 12)
        box.bytes = <char*>malloc(box.room)
        if box.bytes == NULL:
            raise MemoryError()
        to.take, to.context = packet_box_take, &box
        self.receiving += 1
        with nogil:
            tp_xdp_run(&self.x, &to, most, deadline_ns, 0)
        self.receiving -= 1
        try:
            return unpack_box(box.bytes[:box.used])
        finally:
            free(box.bytes)

    def _opened(self):
        if self.x.fd < 0 or self.x.stop:
            raise BackendError(f"AF_XDP on {self.interface}: closed")

    def statistics(self):
        """Frames handed on, frames that were no whole datagram, and what the kernel dropped."""
        cdef xdp_statistics s
        cdef uint32_t size = sizeof(xdp_statistics)
        self._opened()
        memset(&s, 0, sizeof(s))
        if getsockopt(self.x.fd, SOL_XDP, XDP_STATISTICS, &s, &size) < 0:
            raise BackendError(f"AF_XDP on {self.interface}: statistics cannot be read")
        return {
            "received": self.x.received, "refused": self.x.refused, "idle": self.x.polls,
            "dropped": s.rx_dropped, "invalid": s.rx_invalid_descs, "ring_full": s.rx_ring_full,
            "fill_empty": s.rx_fill_ring_empty_descs,
        }
