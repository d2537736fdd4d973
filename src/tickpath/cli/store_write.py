"""Write recordings, journals or tables of ticks into a store.

  tickpath store write ticks day1.gz day2.gz            one session of one instrument
  tickpath store write ticks state/journal --epoch 7    what an engine saw
  tickpath store write ticks trades.parquet --venue binance-spot --symbol BTCUSDT

What is stored already is left out, so an interrupted write is simply repeated; other rows at times
that are taken are refused.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

from tickpath.cli.output import console, json_option, progress_bar, table, write_json


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="folder or URI")
    parser.add_argument("paths", metavar="PATH", nargs="+", help="recordings, a journal, tables")
    parser.add_argument("--venue", help="of a table, or of a recording that does not tell")
    parser.add_argument("--symbol", help="of a table, or which of a recording is meant")
    parser.add_argument(
        "--epoch", type=int, help="which start of a journal, where there are several"
    )
    parser.add_argument("--engine-id", type=int, help="whose journal, where there are several")
    parser.add_argument("--instruments", metavar="FILE", help="instrument metadata (TOML)")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.storage.sources import Choice, write_paths
    from tickpath.storage.store import open_store

    screen = console(args)
    choice = Choice(
        venue=args.venue,
        symbol=args.symbol,
        instruments=None if args.instruments is None else Path(args.instruments),
        engine_id=args.engine_id,
        epoch=args.epoch,
    )
    store = open_store(args.store, instruments=choice.instruments)
    with progress_bar(screen, "rows") as progress:
        found = write_paths(
            store, [Path(p) for p in args.paths], choice, lambda rows: progress(rows, 0)
        )
    rows = [
        (
            f"{x.venue} {x.symbol}", x.written.rows, x.written.known_rows, x.written.parts,
            ratio(x.written.bytes, x.written.rows), x.lost_books, days_of(x.written.days),
        )
        for x in found
    ]  # fmt: skip
    head = ("symbol", "new rows", "known", "parts", "bytes a row", "books lost", "days")
    screen.print(table(f"Written to {args.store}", head, rows))
    for x in found:
        if x.unread:
            screen.print(
                f"{x.venue} {x.symbol}: {x.unread} depth messages waited for a snapshot to the end "
                "and are not stored; write the file that has the snapshot and those after it in "
                "one command",
                soft_wrap=True,
            )
    for end in sorted({x.journal_end for x in found if x.journal_end}):
        screen.print(f"the journal: {end}")
    write_json(args, {"written": [asdict(x) for x in found]})
    return 0


def ratio(size: int, rows: int) -> str:
    """Bytes a row for a person."""
    return f"{size / rows:.2f}" if rows else "-"


def days_of(days: list[str]) -> str:
    """The first and the last, or how many lie between."""
    return days[0] if len(days) == 1 else f"{days[0]} .. {days[-1]} ({len(days)})" if days else "-"
