"""Rebuild state and bytes from a journal and compare them with what the run recorded.

tickpath replay runs/backtest-20240808T000000/journal
tickpath replay live/journal --epoch 7 --from-last-snapshot
"""

import argparse
from pathlib import Path

from tickpath.cli.output import console, json_option, progress_bar, table, write_json


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journal", metavar="JOURNAL", help="folder of journal segments")
    parser.add_argument("--engine", default="native", choices=["native", "reference", "mixed"])
    parser.add_argument("--engine-id", type=int, help="whose journal, where there are several")
    parser.add_argument("--epoch", type=int, help="which start of it, where there are several")
    parser.add_argument(
        "--from-last-snapshot",
        action="store_true",
        help="begin at the last snapshot instead of comparing it",
    )
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.backtest.replay import replay

    screen = console(args)
    with progress_bar(screen, "replay") as progress:
        found = replay(
            Path(args.journal),
            args.engine,
            progress,
            engine_id=args.engine_id,
            epoch=args.epoch,
            from_last_snapshot=args.from_last_snapshot,
        )
    rows = [(key, value) for key, value in found.items() if value != ""]
    screen.print(table("Replay", ("figure", "value"), rows))
    write_json(args, found)
    return 0 if found["equal"] else 4
