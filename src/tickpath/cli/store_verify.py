"""Read every row of a store: checksums, order, names, sizes. Exit code 4 when something is wrong.

tickpath store verify ticks
"""

import argparse
from dataclasses import asdict

from tickpath.cli.output import console, json_option, write_json
from tickpath.core.errors import VerificationError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="folder or URI")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.storage.store import open_store

    screen = console(args)
    found = open_store(args.store).verify()
    screen.print(f"{found.parts} parts, {found.rows} rows, {found.bytes} bytes")
    for line in (*found.notes, *found.faults):
        screen.print(line, soft_wrap=True)
    write_json(args, asdict(found))
    if found.faults:
        raise VerificationError(
            f"{args.store}: {len(found.faults)} faults; first: {found.faults[0]}"
        )
    return 0
