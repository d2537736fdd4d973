"""What does a live packet cost from the socket to the engine, with two lines?

    python benchmarks/wire/bench_lines.py [--packets 20000] [--repeats 5]

Orders of one stock come and go, some LIVE at once, over loopback on the lines A and B; the driver
receives, merges and gives them to a native engine on an asyncio loop: each packet arrives twice and
counts once. Sending is outside the clock, which is the process's own. Beside it the same with a
sink that takes nothing, so the difference is the engine.
"""

import argparse
import asyncio
import socket
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from tickpath.core.config import Config
from tickpath.core.config_load import load_config
from tickpath.engine.native import Engine
from tickpath.venues.market_driver import EngineSink, Nobody
from tickpath.venues.nasdaq.driver import MoldDriver
from tickpath.venues.nasdaq.itch import Message, encode
from tickpath.venues.nasdaq.lines import Address, Lines
from tickpath.venues.nasdaq.mold import packet
from tickpath.venues.nasdaq.session import MoldSession
from tickpath.venues.transport.udp import UdpReceiver

LOCAL = "127.0.0.1"
SESSION = b"BENCHMARK0"
LIVE = 2000
CHUNK = 50
"""Packets of each line that wait when the loop has its turn."""


def configuration() -> Config:
    """One source of one stock."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "engine.toml"
        path.write_text('[[sources]]\nvenue = "nasdaq"\nsymbols = ["AAPL"]\n')
        return load_config(path)


def stream(packets: int, size: int) -> list[bytes]:
    """Packets of `size` messages: the directory, then orders that come and go."""
    random, rows = Random(1), list[int]()
    fields: dict[str, int | str] = {
        "stock": "AAPL", "category": "Q", "financial": "N", "round_lot": 100,
        "round_lots_only": "N", "classification": "C", "subtype": "Z", "authenticity": "P",
        "short_threshold": "N", "ipo": "N", "luld_tier": "1", "etp": "N", "etp_leverage": 0,
        "inverse": "N",
    }  # fmt: skip
    found = [encode(Message("R", 1, 0, 0, fields))]
    for reference in range(1, packets * size):
        if len(rows) < LIVE or random.random() < 0.5:
            sell = random.randrange(2)
            price = (20_000 + (1 if sell else -1) * random.randrange(1, 300)) * 100
            kind, fields = "A", {
                "reference": reference, "side": "BS"[sell], "shares": random.randrange(1, 500),
                "stock": "AAPL", "price": price,
            }  # fmt: skip
            rows.append(reference)
        else:
            at = random.randrange(len(rows))
            kind, fields = "D", {"reference": rows[at]}
            rows[at] = rows[-1]
            rows.pop()
        found.append(encode(Message(kind, 1, 0, 34_200 * 10**9, fields)))
    return [packet(SESSION, at + 1, found[at : at + size]) for at in range(0, len(found), size)]


def free_port() -> int:
    """A port that is free now."""
    receiver = UdpReceiver(LOCAL, 0)
    port = receiver.address[1]
    receiver.close()
    return port


async def carry(sent: list[bytes], sink: Any) -> float:
    """Process time a packet, ns."""
    lines = Lines(lines=(Address(LOCAL, free_port()), Address(LOCAL, free_port())))
    session = MoldSession([str(line) for line in lines.lines], [], Random(1))
    driver = MoldDriver(session, sink, lines, source=0, alert=lambda _: None)
    driver.start()
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    spent_ns = 0
    for at in range(0, len(sent), CHUNK):
        chunk = sent[at : at + CHUNK]
        for line in lines.lines:
            for data in chunk:
                out.sendto(data, (LOCAL, line.port))
        wanted = 2 * (at + len(chunk))
        begin = time.process_time_ns()
        while sum(line["packets"] for line in session.receiver.lines) < wanted:
            await asyncio.sleep(0)
        spent_ns += time.process_time_ns() - begin
    await driver.close()
    out.close()
    if session.counters.fed != len(sent):
        raise SystemExit(f"{session.counters.fed} packets of {len(sent)} came through")
    return spent_ns / len(sent)


def main() -> None:
    parser = argparse.ArgumentParser(description="Live MoldUDP64 packets, ns a packet.")
    parser.add_argument("--packets", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    config = configuration()
    for size in (1, 20):
        sent = stream(options.packets, size)
        bare = [asyncio.run(carry(sent, Nobody())) for _ in range(options.repeats)]
        whole = [
            asyncio.run(carry(sent, EngineSink(Engine(config)))) for _ in range(options.repeats)
        ]
        print(
            f"{size:3} messages a packet: {min(bare):8.0f} ns a packet to the door, "
            f"{min(whole):8.0f} with the engine"
        )


if __name__ == "__main__":
    main()
