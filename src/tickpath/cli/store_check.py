"""Check market data: gaps, duplicates, clocks, crossed books, outliers, missing days, checksums.

  tickpath store check ticks                                every symbol of a store
  tickpath store check ticks --symbol BTCUSDT --limit gaps=0 --limit crossed=0 --html report.html
  tickpath store check spot_btcusdt.gz                      a recording
  tickpath store check trades.csv.gz --venue binance-usdm --symbol BTCUSDT

Exit code 4 when a figure is above its `--limit NAME=NUMBER`; the names are those of the table, with
_ for blanks. docs/howto/import-data.md says what each figure means.
"""

import argparse
import math
from pathlib import Path
from typing import Any

from tickpath.cli.output import console, json_option, progress_bar, table, write_json
from tickpath.core.errors import ConfigError, DataError

EXIT_BEYOND = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("inputs", metavar="STORE|FILE", nargs="+", help="a store, or files")
    parser.add_argument("--venue", help="of a file; of a store only this")
    parser.add_argument("--symbol", help="of a file; of a store only this")
    parser.add_argument("--format", metavar="NAME", help="of a file whose content does not tell it")
    parser.add_argument("--instruments", metavar="FILE", help="instrument metadata (TOML)")
    parser.add_argument("--date", metavar="DAY", help="day of files that count from midnight")
    parser.add_argument("--time-gap-s", type=float, default=60.0, help="silence that counts (60)")
    parser.add_argument("--skew-jump-s", type=float, default=1.0, help="jump that counts (1)")
    parser.add_argument(
        "--jump-sigmas", type=float, default=500.0, help="price step that counts, sigmas (500)"
    )
    parser.add_argument(
        "--quantity-factor", type=float, default=1e5, help="quantity that counts, medians (100000)"
    )
    parser.add_argument("--quick", action="store_true", help="without replaying books")
    parser.add_argument(
        "--limit", action="append", default=[], metavar="NAME=N", help="exit 4 above it"
    )
    parser.add_argument("--html", metavar="FILE", help="write the report as one page")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.storage.quality.inputs import inputs
    from tickpath.storage.quality.report import check

    screen = console(args)
    limits, wanted = limits_of(args.limit), wanted_of(args)
    reports = []
    with progress_bar(screen, "inputs") as progress:
        for where in args.inputs:
            for one in inputs(where, wanted):
                rules = rules_of(args, one.venue)
                reports.append(
                    check(
                        one.chunks,
                        rules,
                        label=one.label,
                        venue=one.venue,
                        symbol=one.symbol,
                        counted=one.counted,
                    )
                )
                progress(len(reports), 0)
    beyond = [text for report in reports for text in report.beyond(limits)]
    show(screen, reports, beyond)
    write(args, reports, beyond)
    faults = [report.fault for report in reports if report.fault]
    if faults:
        raise DataError("; ".join(faults))
    return EXIT_BEYOND if beyond else 0


def show(screen: Any, reports: list[Any], beyond: list[str]) -> None:
    """Tables for a person."""
    from tickpath.storage.quality.report import figure_text, time_text

    for report in reports:
        head = [
            ("rows", f"{report.rows:,}"),
            ("events", f"{report.events:,}"),
            ("first, UTC", time_text(report.first_ns)),
            ("last, UTC", time_text(report.last_ns)),
        ]
        figures = [(k.replace("_", " "), figure_text(v)) for k, v in report.figures.items()]
        if report.rows:
            screen.print(table(report.label, ("figure", "value"), head + figures))
        if report.cases:
            cases = [(time_text(c.t_ns), c.check, c.text) for c in report.cases]
            screen.print(table("Cases", ("UTC", "check", "what"), cases))
    for text in beyond:
        screen.print(f"beyond its limit: {text}")


def write(args: argparse.Namespace, reports: list[Any], beyond: list[str]) -> None:
    """`--json` and `--html`."""
    write_json(args, {"reports": [r.to_json() for r in reports], "beyond": beyond})
    if args.html is not None:
        from tickpath.storage.quality.page import html

        Path(args.html).write_text(html(reports, beyond))


def limits_of(texts: list[str]) -> dict[str, float]:
    """`NAME=N` to numbers. Raises ConfigError."""
    found = {}
    for text in texts:
        name, mark, number = text.partition("=")
        try:
            found[name.strip().replace(" ", "_")] = float(number)
        except ValueError:
            mark = ""
        if not mark or math.isnan(found[name.strip().replace(" ", "_")]):
            raise ConfigError(f"--limit {text!r}: write NAME=NUMBER, such as gaps=0")
    return found


def rules_of(args: argparse.Namespace, venue: str) -> Any:
    from tickpath.storage.quality.view import Rules

    numbers = {
        name: getattr(args, name)
        for name in ("time_gap_s", "skew_jump_s", "jump_sigmas", "quantity_factor")
    }
    for name, value in numbers.items():
        if not 0 < value < 1e9:
            raise ConfigError(f"--{name.replace('_', '-')} is {value}: write a positive number")
    return Rules(books=not args.quick, venue=venue, **numbers)


def wanted_of(args: argparse.Namespace) -> Any:
    """What is to be checked; with venue and symbol also the sizes that foreign files need."""
    from tickpath.cli.store_import import day_of
    from tickpath.core.errors import MetadataError
    from tickpath.core.instruments_file import load_instruments
    from tickpath.storage.importers.base import Job
    from tickpath.storage.quality.inputs import Wanted

    job, no_job = None, ""
    if args.venue and args.symbol:
        try:
            entry = load_instruments(args.instruments).find(args.venue, args.symbol)
            job = Job(
                venue=args.venue,
                symbol=args.symbol,
                tick_size=entry.tick_size,
                lot_size=entry.lot_size,
                day=day_of(args.date),
                drop_off_grid_trades=True,
            )
        except MetadataError as error:
            no_job = str(error)
    return Wanted(
        venue=args.venue,
        symbol=args.symbol,
        instruments=args.instruments,
        format=args.format,
        job=job,
        no_job=no_job,
    )
