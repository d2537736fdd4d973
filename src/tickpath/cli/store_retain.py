"""Remove old days, by age or until the store fits a size; or one day by name.

tickpath store retain ticks --days 30 --dry-run
tickpath store retain ticks --gib 200
tickpath store retain ticks --remove 2024-08-08 --venue binance-spot --symbol BTCUSDT
"""

import argparse

from tickpath.cli.output import console, json_option, table, write_json
from tickpath.core.errors import ConfigError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="folder or URI")
    parser.add_argument("--days", type=int, help="keep so many full days before today (UTC)")
    parser.add_argument("--gib", type=float, help="then remove the oldest until so much is kept")
    parser.add_argument("--remove", metavar="DATE", help="remove this day of a symbol")
    parser.add_argument("--venue")
    parser.add_argument("--symbol")
    parser.add_argument("--dry-run", action="store_true", help="say what would go, remove nothing")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.storage.layout import day_start_ns
    from tickpath.storage.store import open_store
    from tickpath.storage.tidy import Removal

    store, screen = open_store(args.store), console(args)
    gone: list[Removal] = []
    if args.remove is not None:
        if args.venue is None or args.symbol is None:
            raise ConfigError(
                "--remove needs --venue and --symbol: it removes one day of one symbol"
            )
        day_start_ns(args.remove)
        gone = [
            Removal(x.partition, x.parts, x.bytes, "asked for")
            for x in store.partitions(args.venue, args.symbol)
            if x.partition.date == args.remove
        ]
        if not args.dry_run:
            for found in gone:
                store.remove(args.venue, args.symbol, found.partition.date)
    elif args.days is None and args.gib is None:
        raise ConfigError("retain: say what goes: --days N, --gib N or --remove DATE")
    else:
        size = None if args.gib is None else int(args.gib * 2**30)
        gone = store.retain(days=args.days, bytes_max=size, dry_run=args.dry_run)
    title = "Would be removed" if args.dry_run else "Removed"
    rows = [(str(x.partition), x.parts, x.bytes, x.why) for x in gone]
    screen.print(table(title, ("day", "parts", "bytes", "why"), rows))
    write_json(
        args,
        {
            "dry_run": args.dry_run,
            "removed": [
                {
                    "venue": x.partition.venue,
                    "symbol": x.partition.symbol,
                    "date": x.partition.date,
                    "bytes": x.bytes,
                    "why": x.why,
                }
                for x in gone
            ],
        },
    )
    return 0
