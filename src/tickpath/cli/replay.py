"""Rebuild state and bytes from a journal and compare them with what the run recorded.

tickpath replay runs/backtest-20240808T000000/journal
"""

import argparse
from pathlib import Path

from tickpath.cli.output import console, json_option, progress_bar, table, write_json


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journal", metavar="JOURNAL", help="folder of journal segments")
    parser.add_argument("--engine", default="native", choices=["native", "reference", "mixed"])
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.backtest.replay import replay

    screen = console(args)
    with progress_bar(screen, "replay") as progress:
        found = replay(Path(args.journal), args.engine, progress)
    rows = [(key, value) for key, value in found.items() if value != ""]
    screen.print(table("Replay", ("figure", "value"), rows))
    write_json(args, found)
    return 0 if found["equal"] else 4
