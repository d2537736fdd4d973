"""AF_XDP: packets really carried over a veth pair between two network namespaces, and exact reasons
where that cannot be done.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tickpath.core.errors import BackendError, ConfigError
from tickpath.venues.transport import afxdp, bpf

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
        afxdp.XdpReceiver("no-such-interface", 1)
    for wrong in ({"frames": 100}, {"frames": 1 << 20}, {"port": 0}, {"port": 70000},
                  {"queue": 64}, {"mode": "fast"}):  # fmt: skip
        values = {"interface": "lo", "port": 1, "frames": 64} | wrong
        with pytest.raises(ConfigError):
            afxdp.XdpReceiver(**values)


def test_modes_are_tried_best_first() -> None:
    assert [name for _, _, name in afxdp.plans("auto")] == ["zero-copy", "copy", "generic"]
    assert [flags for flags, _, _ in afxdp.plans("generic")] == [bpf.FLAG_GENERIC]


def test_loopback_by_the_kernels_own_path() -> None:
    """Any interface has the generic path; the port goes back to the kernel on close."""
    if not afxdp.probe().ok:
        pytest.skip(f"this host does not allow AF_XDP: {afxdp.probe().reason}")
    import socket

    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    plain.bind(("127.0.0.1", 0))
    port = plain.getsockname()[1]
    try:
        receiver = afxdp.XdpReceiver("lo", port, frames=64, mode="generic")
    except BackendError as error:
        pytest.skip(f"this host does not allow AF_XDP: {error}")
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
    plain.close()
    out.close()
