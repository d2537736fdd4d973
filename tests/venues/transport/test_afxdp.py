"""AF_XDP: packets really carried over a veth pair between two network namespaces, and exact reasons
where that cannot be done.
"""

import ctypes
import errno
import fcntl
import gc
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tickpath.core.errors import BackendError, ConfigError
from tickpath.venues.nasdaq.native_mold import MoldReceiver
from tickpath.venues.transport import afxdp, bpf
from tickpath.venues.transport.afxdp import XdpReceiver

ROOT = Path(__file__).resolve().parents[3]
BENCH = ROOT / "benchmarks/wire/bench_afxdp.py"
PACKETS = 5_000


def require_namespaces() -> None:
    """A skip that says what is missing."""
    if os.geteuid() != 0:
        pytest.skip("this host does not allow network namespaces: not root")
    if shutil.which("ip") is None:
        pytest.skip("iproute2 is not installed")
    answer = afxdp.probe()
    if not answer.ok:
        pytest.skip(f"this host does not allow AF_XDP: {answer.reason}")
    name = f"tp-try-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True, text=True)
    subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)
    if made.returncode:
        pytest.skip(f"this host does not allow namespaces: {made.stderr.strip()}")


@pytest.mark.parametrize("receiver", ["afxdp", "udp"])
def test_packets_are_carried_between_namespaces(receiver: str) -> None:
    require_namespaces()
    command = [
        sys.executable, str(BENCH), "--packets", str(PACKETS), "--rate", "20000", "--receiver",
        receiver, "--frames", "8192", "--json",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    got = found["receiver"]
    assert got["receiver"].startswith(receiver)
    assert (got["packets"], got["messages"]) == (PACKETS, 3 * PACKETS)
    assert (got["gaps"], got["missing_messages"], got["refused"], got["ended"]) == (0, 0, 0, True)
    statistics = got["statistics"]
    assert statistics["received"] == PACKETS + 1
    assert statistics["dropped"] == 0
    if receiver == "afxdp":
        assert got["receiver"] == "afxdp copy", "veth has no zero-copy"
        assert statistics["ring_full"] == statistics["refused"] == 0


def test_reasons_say_what_to_do() -> None:
    reason = afxdp.reason_of("socket(AF_XDP)", errno.EAFNOSUPPORT)
    assert "EAFNOSUPPORT" in reason
    assert "CONFIG_XDP_SOCKETS" in reason
    assert "CAP_BPF" in afxdp.reason_of("bpf(PROG_LOAD)", errno.EPERM)
    assert "ulimit -l" in afxdp.reason_of("mmap(rings)", errno.ENOBUFS)
    assert "EBUSY" in afxdp.reason_of("bind(AF_XDP)", errno.EBUSY)
    assert "copy" in afxdp.reason_of("bind(AF_XDP)", errno.EOPNOTSUPP)
    assert "ENODEV" in afxdp.reason_of("bind(AF_XDP)", errno.ENODEV)


def test_a_process_without_rights_is_told_so() -> None:
    """The probe in a child that gave its rights away, as an ordinary user has none."""
    if os.geteuid() != 0:
        answer = afxdp.probe()
        assert answer.ok or "use udp" in answer.reason
        return
    code = (
        "import os; from tickpath.venues.transport.afxdp import probe; "
        "os.setgid(65534); os.setuid(65534); a = probe(); print(a.ok, a.reason)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, env=environment
    )
    assert done.stdout.startswith("False"), done.stdout + done.stderr
    assert "EPERM" in done.stdout
    assert "CAP_NET_RAW" in done.stdout


def test_probe_and_values() -> None:
    answer = afxdp.probe("no-such-interface")
    assert not answer.ok
    if afxdp.probe().ok:
        assert "no interface 'no-such-interface'" in answer.reason
    with pytest.raises(BackendError, match="no interface"):
        XdpReceiver("no-such-interface", 1)
    for wrong in ({"frames": 100}, {"frames": 1 << 20}, {"port": 0}, {"port": 70000},
                  {"queue": 64}, {"mode": "fast"}):  # fmt: skip
        values = {"interface": "lo", "port": 1, "frames": 64} | wrong
        with pytest.raises(ConfigError):
            XdpReceiver(**values)


def test_modes_are_tried_best_first() -> None:
    assert [name for _, _, name in afxdp.plans("auto")] == ["zero-copy", "copy", "generic"]
    assert [flags for flags, _, _ in afxdp.plans("generic")] == [bpf.FLAG_GENERIC]


CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


@pytest.fixture
def plain() -> Iterator[socket.socket]:
    """An ordinary socket in a network namespace of this test's own: nobody else has its loopback,
    whose one queue the kernel gives back a moment after it was closed."""
    answer = afxdp.probe()
    if not answer.ok:
        pytest.skip(f"this host does not allow AF_XDP: {answer.reason}")
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as home:
        if libc.unshare(CLONE_NEWNET) != 0:
            pytest.skip(f"no network namespace here: {os.strerror(ctypes.get_errno())}")
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
                fcntl.ioctl(bound, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
                bound.bind(("", 0))
                yield bound
        finally:
            assert libc.setns(home.fileno(), CLONE_NEWNET) == 0


def on_loopback(
    plain: socket.socket, kind: type[XdpReceiver] = XdpReceiver, **options: Any
) -> XdpReceiver:
    """A receiver of the port of `plain` by the generic path, which any interface has."""
    return kind("lo", plain.getsockname()[1], frames=64, mode="generic", **options)


def test_loopback_by_the_kernels_own_path(plain: socket.socket) -> None:
    """The port goes back to the kernel on close."""
    receiver = on_loopback(plain)
    port = receiver.port
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.connect(("127.0.0.1", port))
    for k in range(200):
        out.send(b"frame %d" % k)
        ((_, data),) = receiver.receive(1, 1000)
        assert data == b"frame %d" % k, "frames are given back: more pass than there are"
    receiver.close()
    receiver.close()
    with pytest.raises(BackendError, match="closed"):
        receiver.receive()
    out.send(b"to the socket")
    plain.settimeout(5)
    assert plain.recv(64) == b"to the socket"
    out.close()


@pytest.mark.parametrize("way", ["run", "receive"])
def test_closing_waits_for_the_thread_that_receives(plain: socket.socket, way: str) -> None:
    receiver, stream = on_loopback(plain), MoldReceiver()
    stream.attach()
    found: list[object] = []

    def work() -> None:
        if way == "run":
            found.append(receiver.run(stream.sink(1), 1 << 40, 60_000_000_000, spin=True))
        else:
            found.append(receiver.receive(64, 60_000))

    thread = threading.Thread(target=work)
    thread.start()
    while receiver.statistics()["idle"] == 0:
        os.sched_yield()
    receiver.close()
    thread.join(30)
    assert found == [0 if way == "run" else []], "it left long before its time"
    with pytest.raises(BackendError, match="closed"):
        receiver.run(stream.sink(1), 1, 0)


def descriptors() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


class Cyclic(XdpReceiver):
    """One that only the garbage collector ends."""

    def __init__(self, *_: object, **__: object) -> None:
        self.myself = self


def test_a_collected_receiver_keeps_no_descriptor(plain: socket.socket) -> None:
    before = descriptors()
    on_loopback(plain, Cyclic)
    assert descriptors() == before
    plain.settimeout(5)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(b"to the socket", ("127.0.0.1", plain.getsockname()[1]))
    assert plain.recv(64) == b"to the socket", "the program went with it"


def test_arguments_of_a_wrong_type_close_nothing_of_others() -> None:
    for wrong in ((), ("lo", "port"), (7, 1)):
        with pytest.raises(TypeError):
            XdpReceiver(*wrong)  # type: ignore[arg-type]
        os.fstat(0)


def test_a_queue_that_the_interface_lacks_is_refused(plain: socket.socket) -> None:
    before = descriptors()
    with pytest.raises(BackendError, match=r"bind\(AF_XDP\): EINVAL"):
        on_loopback(plain, queue=1)
    assert descriptors() == before
    receiver = on_loopback(plain, queue=0)
    assert receiver.queue == 0
    receiver.close()


def test_a_group_is_joined_and_left(plain: socket.socket) -> None:
    group = "239.255.77.9"

    def joined() -> bool:
        listed = Path("/proc/thread-self/net/igmp").read_text()
        return socket.inet_aton(group)[::-1].hex().upper() in listed

    receiver = on_loopback(plain, group=group)
    assert joined()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        local = socket.inet_aton("127.0.0.1")
        out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, local)
        out.sendto(b"to all", (group, receiver.port))
    assert [data for _, data in receiver.receive(1, 5_000)] == [b"to all"]
    receiver.close()
    assert not joined()


def test_a_group_that_is_none_or_is_refused(plain: socket.socket) -> None:
    for text in ("group", "10.0.0.1", "239.1.1", "::1", "239.1.1.1\0"):
        with pytest.raises(ConfigError, match="multicast"):
            on_loopback(plain, group=text)
    before = descriptors()
    Path("/proc/sys/net/ipv4/igmp_max_memberships").write_text("0")
    with pytest.raises(BackendError, match=r"IP_ADD_MEMBERSHIP 239\.1\.1\.1\): ENOBUFS"):
        on_loopback(plain, group="239.1.1.1")
    assert descriptors() == before
