"""What a store holds: a line a day of a symbol.

tickpath store list ticks --venue binance-spot
"""

import argparse
from datetime import UTC, datetime

from tickpath.cli.output import console, json_option, table, write_json


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="folder or URI")
    parser.add_argument("--venue")
    parser.add_argument("--symbol")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.storage.store import open_store

    screen = console(args)
    found = open_store(args.store).partitions(args.venue, args.symbol)
    rows = [
        (
            str(x.partition), f"{clock(x.first_ns)}-{clock(x.last_ns)}", x.rows, x.parts, x.bytes,
            f"{x.bytes / max(x.rows, 1):.2f}",
        )
        for x in found
    ]  # fmt: skip
    head = ("day", "UTC", "rows", "parts", "bytes", "a row")
    screen.print(table(args.store, head, rows))
    write_json(
        args,
        {
            "partitions": [
                {
                    "venue": x.partition.venue,
                    "symbol": x.partition.symbol,
                    "date": x.partition.date,
                    "first_ns": x.first_ns,
                    "last_ns": x.last_ns,
                    "rows": x.rows,
                    "parts": x.parts,
                    "bytes": x.bytes,
                }
                for x in found
            ]
        },
    )
    return 0


def clock(t_ns: int) -> str:
    """Time of day of a time."""
    return f"{datetime.fromtimestamp(t_ns // 10**9, UTC):%H:%M:%S}"
