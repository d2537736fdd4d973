"""Import other people's market data: Binance dumps, Tardis, LOBSTER, Databento, hftbacktest, ITCH.

  tickpath store import --venue binance-usdm --symbol BTCUSDT --store ticks \\
      BTCUSDT-aggTrades-2024-08-08.zip BTCUSDT-bookTicker-2024-08-08.zip
  tickpath store import --format tardis --venue binance-usdm --symbol BTCUSDT --store ticks *.csv.gz
  tickpath store import --venue nasdaq --symbol AAPL --store ticks --drop-off-grid-trades \\
      AAPL_2012-06-21_34200000_57600000_message_10.csv

The format is told by the content where that is clear. Give all files of a day in one call: they
become one stream in order of time. A file is imported once, by its content; after an interruption
the same call goes on. Nothing is rounded: a price off the grid of the instruments file is refused
with file and row. docs/reference/import-formats.md says what each format becomes.
"""

import argparse
from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tickpath.cli.output import console, json_option, progress_bar, table, write_json
from tickpath.core.errors import ConfigError

NAMED_MAX = 6


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", help="plain, gz, zip or zst")
    parser.add_argument("--store", required=True, metavar="STORE", help="folder or URI")
    parser.add_argument("--venue", required=True, help="whose instrument it is")
    parser.add_argument("--symbol", required=True, help="as the venue writes it")
    parser.add_argument("--format", metavar="NAME", help="where the content does not tell it")
    parser.add_argument("--instruments", metavar="FILE", help="instrument metadata (TOML)")
    parser.add_argument("--date", metavar="DAY", help="day of files that count from midnight")
    parser.add_argument(
        "--zone", default="America/New_York", help="time zone of that midnight (America/New_York)"
    )
    parser.add_argument("--book", metavar="FILE", help="LOBSTER orderbook file that lies elsewhere")
    parser.add_argument("--instrument-id", type=int, help="Databento: number of the instrument")
    parser.add_argument(
        "--tolerance", default="0", metavar="STEPS", help="how far from the grid text may be (0)"
    )
    parser.add_argument(
        "--fall-ms", type=int, default=1000, help="how far a venue's times may fall (1000)"
    )
    parser.add_argument(
        "--skip-duplicates", action="store_true", help="leave out rows whose id is not new"
    )
    parser.add_argument(
        "--drop-off-grid-trades", action="store_true", help="leave out trades between two ticks"
    )
    parser.add_argument("--again", action="store_true", help="also files that are noted as done")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.storage.importers.importing import import_files
    from tickpath.storage.store import open_store

    screen = console(args)
    job = job_of(args)
    store = open_store(args.store, instruments=args.instruments)
    with progress_bar(screen, "rows") as progress:
        found = import_files(
            store,
            [Path(p) for p in args.files],
            job,
            name=args.format,
            again=args.again,
            told=lambda rows: progress(rows, 0),
        )
    screen.print(table(f"Imported into {args.store}", ("figure", "value"), rows_of(found)))
    write_json(args, asdict(found))
    return 0


def job_of(args: argparse.Namespace) -> Any:
    """The options checked, with the instrument's sizes. Raises ConfigError, MetadataError with the
    lines to add when the instrument is not known."""
    from tickpath.core.config import VENUES
    from tickpath.core.instruments_file import load_instruments
    from tickpath.storage.importers.base import Job, near

    if args.venue not in VENUES:
        hint = near(args.venue, VENUES)
        raise ConfigError(f"venue {args.venue!r}{hint}: there are {', '.join(VENUES)}")
    entry = load_instruments(args.instruments).find(args.venue, args.symbol)
    if args.fall_ms < 0:
        raise ConfigError(f"--fall-ms is {args.fall_ms}: write 0 or more")
    return Job(
        venue=args.venue,
        symbol=args.symbol,
        tick_size=entry.tick_size,
        lot_size=entry.lot_size,
        day=day_of(args.date),
        zone=args.zone,
        instrument_id=args.instrument_id,
        book=None if args.book is None else Path(args.book),
        tolerance=tolerance_of(args.tolerance),
        drop_off_grid_trades=args.drop_off_grid_trades,
        skip_duplicates=args.skip_duplicates,
        fall_ns_max=args.fall_ms * 1_000_000,
    )


def day_of(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--date is {text!r}: write YYYY-MM-DD") from error


def tolerance_of(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ConfigError(
            f"--tolerance is {text!r}: write a part of a step, such as 0.001"
        ) from error
    if not 0 <= value < Decimal("0.5"):
        raise ConfigError(f"--tolerance is {text}: from 0 to below half a step")
    return value


def rows_of(found: Any) -> list[tuple[str, object]]:
    """What a person wants to know."""
    missing = found.missing_days
    more = f" and {len(missing) - NAMED_MAX} more" if len(missing) > NAMED_MAX else ""
    span = f"{found.days[0]} .. {found.days[-1]} ({len(found.days)})" if found.days else "-"
    rate = found.rows / found.seconds if found.seconds else 0
    return [
        ("files read", len(found.files)),
        ("files known already", len(found.known)),
        *((name, what) for name, what in list(found.formats.items())[:NAMED_MAX]),
        ("rows", f"{found.rows:,} ({found.new_rows:,} new)"),
        ("events", f"{found.events:,}"),
        ("rows a second", f"{rate:,.0f}"),
        ("days", span),
        ("days without rows", (", ".join(missing[:NAMED_MAX]) + more) or "none"),
        *((f"passed over: {name}", f"{count:,}") for name, count in found.passed.items()),
        *(("note", note) for note in found.notes[:NAMED_MAX]),
    ]
