"""How long does the native NASDAQ decoder take a message, book order by order included?

    python benchmarks/venues/nasdaq/bench_wire.py [--messages 400000] [--repeats 5]

A seeded stream of adds, deletes, executions, cancels and replaces over four stocks in packets of 20
messages, some ten thousand orders live: decode, L3 book and the L2 levels as events; the engine's
own book is not in it. Each repeat has a decoder of its own, so first touches of its memory are in
the figure. Two clocks: the process's own time, and that of the wall, which also counts what else
the core does. Also packets of one message, and stocks that nobody asked for.
"""

import argparse
import tempfile
import time
from pathlib import Path
from random import Random

from tickpath.core.config import Config
from tickpath.core.config_load import load_config
from tickpath.venues.nasdaq.itch import Message, encode
from tickpath.venues.nasdaq.mold import packet
from tickpath.venues.nasdaq.native import MarketDecoder
from tickpath.venues.nasdaq.timing import time_packets

OURS = ("AAPL", "MSFT", "QQQ", "ZVZZT")
SESSION = b"BENCHMARK0"
LIVE = 10_000


def configuration() -> Config:
    """One source of four stocks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "engine.toml"
        names = ", ".join(f'"{name}"' for name in OURS)
        path.write_text(f'[[sources]]\nvenue = "nasdaq"\nsymbols = [{names}]\n')
        return load_config(path)


def directory(stock: int, name: str) -> bytes:
    fields: dict[str, int | str] = {
        "stock": name, "category": "Q", "financial": "N", "round_lot": 100, "round_lots_only": "N",
        "classification": "C", "subtype": "Z", "authenticity": "P", "short_threshold": "N",
        "ipo": "N", "luld_tier": "1", "etp": "N", "etp_leverage": 0, "inverse": "N",
    }  # fmt: skip
    return encode(Message("R", stock, 0, 0, fields))


def stream(count: int, first_stock: int) -> list[bytes]:
    """Messages of the stocks `first_stock` and on; ours are 1 to 4."""
    random = Random(1)
    rows: list[list[int]] = []
    found: list[bytes] = []
    reference = 0
    for _ in range(count):
        pick = random.random() if len(rows) > LIVE else 0.0
        if pick < 0.45:
            reference += 1
            stock, shares = random.randrange(4), random.randrange(1, 500)
            price = (10_000 + random.randrange(-300, 300)) * 100
            rows.append([reference, stock, shares])
            kind, row = "A", rows[-1]
            fields: dict[str, int | str] = {
                "reference": reference, "side": "BS"[price > 1_000_000], "shares": shares,
                "stock": OURS[stock], "price": price,
            }  # fmt: skip
        else:
            at = random.randrange(len(rows))
            row = rows[at]
            fields = {"reference": row[0]}
            if pick < 0.8 or row[2] < 2:
                kind = "D"
                rows[at] = rows[-1]
                rows.pop()
            elif pick < 0.9:
                reference += 1
                kind, row[2] = "U", random.randrange(1, 500)
                fields |= {"reference_new": reference, "shares": row[2],
                           "price": (10_000 + random.randrange(-300, 300)) * 100}  # fmt: skip
                row[0] = reference
            else:
                taken = random.randrange(1, row[2])
                kind, row[2] = ("E" if pick < 0.96 else "X"), row[2] - taken
                fields |= {"shares": taken} | ({"match": reference} if kind == "E" else {})
        found.append(encode(Message(kind, first_stock + row[1], 0, 34_200 * 10**9, fields)))
    return found


def packets(messages: list[bytes], size: int) -> list[bytes]:
    return [
        packet(SESSION, at + 1, messages[at : at + size]) for at in range(0, len(messages), size)
    ]


def measure(
    config: Config, messages: list[bytes], size: int, repeats: int
) -> tuple[float, float, int]:
    """(best ns a message of the process and of the wall, events)."""
    start = [directory(k + 1, name) for k, name in enumerate(OURS)]
    sent = packets([*start, *messages], size)
    own_ns, wall_ns, events = float("inf"), float("inf"), 0
    for _ in range(repeats):
        decoder = MarketDecoder(config, 0)
        begin = time.process_time_ns()
        spent_ns, events, _ = time_packets(decoder, sent)
        own_ns = min(own_ns, (time.process_time_ns() - begin) / len(messages))
        wall_ns = min(wall_ns, spent_ns / len(messages))
    return own_ns, wall_ns, events


def main() -> None:
    parser = argparse.ArgumentParser(description="NASDAQ decoder, ns a message.")
    parser.add_argument("--messages", type=int, default=400_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    config = configuration()
    ours = stream(options.messages, 1)
    others = stream(options.messages // 4, 100)
    for name, messages, size in (
        ("followed, 20 a packet", ours, 20),
        ("followed, 1 a packet", ours, 1),
        ("not followed, 20 a packet", others, 20),
    ):
        own_ns, wall_ns, events = measure(config, messages, size, options.repeats)
        print(f"{name:<28}{own_ns:8.1f} ns of the process a message{wall_ns:8.1f} ns of the wall"
              f"{events:10} events")  # fmt: skip


if __name__ == "__main__":
    main()
