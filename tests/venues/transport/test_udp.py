"""The UDP receiver on loopback: batches, stamps, groups, bounds, and the choice of a receiver."""

import os
import socket
import threading
import time

import pytest

from tickpath.core.errors import BackendError, ConfigError
from tickpath.venues.nasdaq.mold import END_OF_SESSION, HEADER, packet
from tickpath.venues.nasdaq.native_mold import MoldReceiver
from tickpath.venues.transport.datagrams import open_receiver
from tickpath.venues.transport.packet_box import HEAD, unpack_box
from tickpath.venues.transport.udp import STAMPS, UdpReceiver

LOCAL = "127.0.0.1"


def sender(to: tuple[str, int]) -> socket.socket:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(to)
    return s


@pytest.mark.parametrize("stamps", sorted(STAMPS))
@pytest.mark.parametrize("busy_poll_us", [0, 10])
def test_everything_arrives_in_order(stamps: str, busy_poll_us: int) -> None:
    r = UdpReceiver(LOCAL, 0, stamps=stamps, busy_poll_us=busy_poll_us)
    with sender(r.address) as s:
        before = time.time_ns()
        for k in range(200):
            s.send(b"%d" % k)
        found = r.receive(500, 1)
    assert [data for _, data in found] == [b"%d" % k for k in range(200)]
    assert all(before - 10**9 < t_ns <= time.time_ns() for t_ns, _ in found)
    assert r.statistics()["received"] == 200
    assert r.receive() == []
    r.close()
    r.close()
    assert r.fileno() == -1


def test_a_datagram_of_a_page_and_more_and_one_too_long() -> None:
    r = UdpReceiver(LOCAL, 0)
    with sender(r.address) as s:
        s.send(bytes(9216))
        s.send(bytes(9217))
        s.send(b"")
        assert [len(data) for _, data in r.receive(3, 100)] == [9216, 0]
    assert r.statistics()["truncated"] == 1
    r.close()


def test_a_multicast_group() -> None:
    r = UdpReceiver(LOCAL, 0, group="239.255.77.7", interface="lo")
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOCAL))
    s.sendto(b"to all", ("239.255.77.7", r.address[1]))
    assert [data for _, data in r.receive(1, 500)] == [b"to all"]
    s.close()
    r.close()


def test_what_the_kernel_drops_is_counted() -> None:
    r = UdpReceiver(LOCAL, 0, buffer_bytes=4096)
    with sender(r.address) as s:
        for _ in range(200):
            s.send(bytes(1000))
        kept = len(r.receive(200, 0))
        s.send(b"the count comes with the next one")
        r.receive(1, 100)
    assert kept + r.statistics()["dropped"] == 200
    assert r.statistics()["dropped"] > 0
    r.close()


def test_packets_go_to_a_stream_without_python() -> None:
    r, stream = UdpReceiver(LOCAL, 0), MoldReceiver()
    with pytest.raises(ConfigError):
        stream.sink(0)
    stream.attach()
    with sender(r.address) as s:
        for k in (1, 3, 2, 4):
            s.send(packet(b"0123456789", k, [b"x"]))
        s.send(HEADER.pack(b"0123456789", 5, END_OF_SESSION))
        assert r.run(stream.sink(1), 5, 500_000_000, spin=True) == 5
    assert stream.ended
    assert stream.lines[1] == {"packets": 5, "first": 3, "late": 0, "refused": 0}
    r.close()


@pytest.mark.parametrize("way", ["run", "receive"])
def test_closing_waits_for_the_thread_that_receives(way: str) -> None:
    r, stream = UdpReceiver(LOCAL, 0), MoldReceiver()
    stream.attach()
    found: list[object] = []

    def work() -> None:
        if way == "run":
            found.append(r.run(stream.sink(1), 1 << 40, 60_000_000_000, spin=True))
        else:
            found.append(r.receive(64, 60_000))

    thread = threading.Thread(target=work)
    thread.start()
    while r.statistics()["idle"] == 0:
        os.sched_yield()
    r.close()
    thread.join(30)
    assert found == [0 if way == "run" else []], "it left long before its time"
    for again in (lambda: r.run(stream.sink(1), 1, 0), r.receive):
        with pytest.raises(BackendError, match="closed"):
            again()


def test_an_address_that_is_none_is_said_in_the_systems_words() -> None:
    with pytest.raises(BackendError, match=r"udp 127\.0\.0\.1:0: .*illegal IP address"):
        UdpReceiver(LOCAL, 0, group="localhost")


def test_refused_values() -> None:
    for wrong in ({"stamps": "exact"}, {"host": "203.0.113.9"}, {"interface": "none0", "group":
                  "239.1.1.1"}):  # fmt: skip
        values = {"host": LOCAL, "port": 0} | wrong
        with pytest.raises((ConfigError, BackendError)):
            UdpReceiver(**values)


def test_the_choice_falls_back_and_says_why() -> None:
    opened = open_receiver("auto", LOCAL, 0)
    assert opened.kind == "udp"
    assert "interface" in opened.reason
    opened.receiver.close()
    opened = open_receiver("udp-busy", LOCAL, 0)
    assert opened.kind == "udp busy-polled"
    opened.receiver.close()
    with pytest.raises(BackendError):
        open_receiver("afxdp", LOCAL, 1)
    with pytest.raises(ConfigError):
        open_receiver("pigeon", LOCAL, 1)


def test_a_batch_for_python() -> None:
    packed = b"".join(HEAD.pack(t, len(d)) + d for t, d in ((1, b"a"), (2, b"")))
    assert unpack_box(packed) == [(1, b"a"), (2, b"")]
