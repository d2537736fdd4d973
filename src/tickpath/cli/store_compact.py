"""Merge the small parts of each day into large ones; remove what killed writers left behind.

tickpath store compact ticks
tickpath store compact ticks --journal state/journal --epoch 7    write a journal first
"""

import argparse
from dataclasses import asdict
from pathlib import Path

from tickpath.cli.output import console, json_option, table, write_json


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="folder or URI")
    parser.add_argument("--venue")
    parser.add_argument("--symbol")
    parser.add_argument("--journal", metavar="FOLDER", help="a journal to write before")
    parser.add_argument("--epoch", type=int, help="which start of it, where there are several")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.storage.sources import Choice, write_paths
    from tickpath.storage.store import open_store

    screen = console(args)
    store = open_store(args.store)
    written = []
    if args.journal is not None:
        written = write_paths(store, [Path(args.journal)], Choice(epoch=args.epoch))
        for found in written:
            screen.print(f"{found.venue} {found.symbol}: {found.written.rows} new rows")
    done = store.compact(args.venue, args.symbol)
    screen.print(table("Compacted", ("figure", "value"), list(asdict(done).items())))
    write_json(args, asdict(done) | {"written": [asdict(x) for x in written]})
    return 0
