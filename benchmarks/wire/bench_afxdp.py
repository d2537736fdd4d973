"""MoldUDP64 packets carried between two network namespaces over a veth pair: how many arrive?

    python benchmarks/wire/bench_afxdp.py [--packets 1000000] [--rate 50000] [--receiver afxdp]

A sender in one namespace paces its packets, each of three ITCH messages, over an ordinary socket. A
receiver in the other takes them by AF_XDP (or udp, udp-busy) into the native MoldUDP64 receiver,
which counts every sequence number that is missing; nothing is asked for again. Needs root, iproute2
and a kernel with veth and XDP; says which is missing. Exit 1 when a packet was lost.
"""

import argparse
import json
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tickpath.venues.nasdaq.itch import Message, encode
from tickpath.venues.nasdaq.mold import END_OF_SESSION, HEADER, Timing, packet
from tickpath.venues.nasdaq.native_mold import MoldReceiver
from tickpath.venues.transport.datagrams import CHOICES, open_receiver

PORT = 26477
SESSION = b"BENCHMARK0"
SENDER_ADDRESS, RECEIVER_ADDRESS = "10.99.0.1", "10.99.0.2"
BATCH = 32
MESSAGES = 3
QUIET_S = 5.0
CHUNK = 4096
SLICE_NS = 20_000_000
NO_REQUESTS = Timing(wait_ns=2**60, request_ns=2**60, give_up_ns=2**60)


def ip(*words: str) -> None:
    """One `ip` command. Raises CalledProcessError with what it said."""
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@contextmanager
def namespaces() -> Iterator[tuple[str, str]]:
    """Two namespaces joined by a veth pair, `wire-a` in the first, `wire-b` in the second."""
    first, second = f"tp-tx-{os.getpid()}", f"tp-rx-{os.getpid()}"
    try:
        ip("netns", "add", first)
        ip("netns", "add", second)
        ends = ("wire-a", "netns", first, "type", "veth", "peer", "name", "wire-b", "netns", second)
        ip("link", "add", *ends)
        for space, name, address in (
            (first, "wire-a", SENDER_ADDRESS),
            (second, "wire-b", RECEIVER_ADDRESS),
        ):
            ip("-n", space, "address", "add", f"{address}/24", "dev", name)
            ip("-n", space, "link", "set", name, "up")
        yield first, second
    finally:
        for space in (first, second):
            subprocess.run(["ip", "netns", "delete", space], check=False, capture_output=True)


def in_namespace(space: str, options: argparse.Namespace, role: str) -> subprocess.Popen[str]:
    """This program again, in a namespace."""
    words = [
        "ip", "netns", "exec", space, sys.executable, str(Path(__file__).resolve()),
        "--role", role, "--packets", str(options.packets), "--rate", str(options.rate),
        "--receiver", options.receiver, "--frames", str(options.frames),
    ]  # fmt: skip
    if options.spin:
        words.append("--spin")
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def receive(options: argparse.Namespace) -> dict[str, Any]:
    """Take packets until the session is over or the line is silent."""
    opened = open_receiver(
        options.receiver, RECEIVER_ADDRESS, PORT, interface="wire-b", frames=options.frames
    )
    stream = MoldReceiver(NO_REQUESTS)
    stream.attach()
    sink = stream.sink(0)
    print("ready", flush=True)
    started, last = 0.0, time.monotonic() + QUIET_S
    while not stream.ended and time.monotonic() - last < QUIET_S:
        if opened.receiver.run(sink, CHUNK, SLICE_NS, spin=options.spin):
            last = time.monotonic()
            started = started or last
    seconds = last - started
    statistics = opened.receiver.statistics()
    opened.receiver.close()
    line = stream.lines[0]
    data = line["packets"] - 1 if stream.ended else line["packets"]
    return {
        "receiver": opened.kind, "packets": data, "messages": stream.next - 1, "refused":
        line["refused"], "missing_messages": stream.seen - stream.next, "gaps":
        stream.counters["gaps"], "ended": stream.ended, "per_s": round(data / max(seconds, 1e-9)),
        "statistics": statistics,
    }  # fmt: skip


def send(options: argparse.Namespace) -> dict[str, Any]:
    """Packets at a steady pace: a batch, then sleep until the next one is due."""
    add = Message(
        "A", 1, 0, 34_200 * 10**9,
        {"reference": 1, "side": "B", "shares": 100, "stock": "ZVZZT", "price": 100_000},
    )  # fmt: skip
    data = bytearray(packet(SESSION, 1, [encode(add)] * MESSAGES))
    outgoing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    outgoing.connect((RECEIVER_ADDRESS, PORT))
    start = time.monotonic()
    late_s = 0.0
    for k in range(options.packets):
        if k % BATCH == 0:
            wait_s = start + k / options.rate - time.monotonic()
            if wait_s > 0:
                time.sleep(wait_s)
            late_s = max(late_s, -wait_s)
        struct.pack_into(">Q", data, 10, 1 + k * MESSAGES)
        outgoing.send(data)
    seconds = time.monotonic() - start
    time.sleep(0.05)
    outgoing.send(HEADER.pack(SESSION, 1 + options.packets * MESSAGES, END_OF_SESSION))
    return {"sent": options.packets, "seconds": round(seconds, 3), "late_ms_max":
            round(late_s * 1000, 1), "per_s": round(options.packets / seconds)}  # fmt: skip


def carry(options: argparse.Namespace) -> dict[str, Any]:
    """Both roles in namespaces of their own; what each says."""
    with namespaces() as (first, second):
        receiver = in_namespace(second, options, "receive")
        assert receiver.stdout is not None
        if receiver.stdout.readline().strip() != "ready":
            receiver.wait()
            raise SystemExit("the receiver did not open: see above")
        sender = in_namespace(first, options, "send")
        sent, _ = sender.communicate()
        received, _ = receiver.communicate()
    return {"sender": json.loads(sent), "receiver": json.loads(received)}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="MoldUDP64 over a veth pair.")
    parser.add_argument("--packets", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=50_000, help="packets a second")
    parser.add_argument("--receiver", default="afxdp", choices=CHOICES)
    parser.add_argument("--frames", type=int, default=65_536, help="packets that may wait")
    parser.add_argument("--spin", action="store_true", help="the receiver owns its core")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON only")
    parser.add_argument("--role", choices=["both", "send", "receive"], default="both",
                        help=argparse.SUPPRESS)  # fmt: skip
    return parser


def main() -> int:
    options = arguments().parse_args()
    if options.role != "both":
        print(json.dumps(send(options) if options.role == "send" else receive(options)))
        return 0
    try:
        found = carry(options)
    except (OSError, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", "") or str(error)
        print(f"namespaces cannot be made here: {detail.strip()}", file=sys.stderr)
        return 2
    sender, receiver = found["sender"], found["receiver"]
    lost = sender["sent"] - receiver["packets"]
    found |= {"lost_packets": lost, "lost_messages": receiver["missing_messages"]}
    if options.json:
        print(json.dumps(found))
    else:
        print(f"{receiver['receiver']}: {receiver['packets']} of {sender['sent']} packets, "
              f"{receiver['messages']} messages, {lost} packets lost")  # fmt: skip
        print(f"sent at {sender['per_s']} packets/s (asked {options.rate}, at most "
              f"{sender['late_ms_max']} ms late), received at {receiver['per_s']}/s")  # fmt: skip
        print(f"receiver: {receiver['statistics']}")
    return 1 if lost or receiver["missing_messages"] or not receiver["ended"] else 0


if __name__ == "__main__":
    sys.exit(main())
