"""Rows of one symbol: counted and shown, or written to a Parquet, Arrow or CSV file.

  tickpath store read ticks binance-spot BTCUSDT --start 2024-08-08T12:00 --stop 2024-08-08T13:00
  tickpath store read ticks binance-spot BTCUSDT --columns t_recv_ns,price_ticks --to hour.parquet
  tickpath store read ticks binance-spot BTCUSDT --start 2024-08-01 --stop 2024-09-01 --strict

Memory is bounded whatever the range. `--strict` refuses a range in which whole days are missing.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tickpath.cli.output import console, json_option, table, write_json

SHOWN = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="folder or URI")
    parser.add_argument("venue", metavar="VENUE")
    parser.add_argument("symbol", metavar="SYMBOL")
    parser.add_argument("--start", metavar="TIME", help="YYYY-MM-DD[THH:MM:SS] (UTC) or ns")
    parser.add_argument("--stop", metavar="TIME", help="the first time that is left out")
    parser.add_argument("--columns", help="names with commas between; all by default")
    parser.add_argument("--strict", action="store_true", help="refuse missing days by name")
    parser.add_argument("--to", metavar="FILE", help=".parquet, .arrow or .csv to write")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.storage.layout import parse_time
    from tickpath.storage.store import EVER_NS, open_store

    store = open_store(args.store)
    start = 0 if args.start is None else parse_time(args.start)
    stop = EVER_NS if args.stop is None else parse_time(args.stop)
    columns = None if args.columns is None else args.columns.split(",")
    found = store.tables(args.venue, args.symbol, start, stop, columns, strict=args.strict)
    screen = console(args)
    meta = store.meta(args.venue, args.symbol)
    seen = Seen(found)
    if args.to is not None:
        save(seen, Path(args.to))
    else:
        for _ in seen:
            pass
    if seen.head is not None and args.to is None:
        names = seen.head.column_names
        rows = list(zip(*(seen.head.column(n).to_pylist() for n in names), strict=True))
        title = f"{args.venue} {args.symbol}: the first of {seen.rows} rows"
        screen.print(table(title, names, rows))
    screen.print(f"{seen.rows} rows, tick {meta.tick_size}, lot {meta.lot_size}")
    write_json(
        args,
        {"rows": seen.rows, "tick_size": str(meta.tick_size), "lot_size": str(meta.lot_size)},
    )
    return 0


class Seen:
    """Tables that pass by: counted, the first rows kept."""

    def __init__(self, tables: Iterator[Any]) -> None:
        self._tables = tables
        self.rows = 0
        self.head: Any = None

    def __iter__(self) -> Iterator[Any]:
        for found in self._tables:
            self.rows += found.num_rows
            if self.head is None:
                self.head = found.slice(0, SHOWN)
            yield found


def save(found: Seen, path: Path) -> None:
    """One file, by its suffix. Raises ConfigError for another, CapacityError when the disk is
    full."""
    from tickpath.core.errors import CapacityError, ConfigError
    from tickpath.storage.extras import need

    pa = need("pyarrow")
    kinds = {".parquet": parquet_writer, ".arrow": arrow_writer, ".csv": csv_writer}
    if path.suffix not in kinds:
        raise ConfigError(f"--to {path}: name a file that ends in {', '.join(kinds)}")
    writer = None
    try:
        for part in found:
            plain = part.replace_schema_metadata(None)
            writer = writer or kinds[path.suffix](pa, path, plain.schema)
            writer.write_table(plain)
    except OSError as error:
        raise CapacityError(f"{path}: {error.strerror or error}: make room") from error
    finally:
        if writer is not None:
            writer.close()


def parquet_writer(pa: Any, path: Path, schema: Any) -> Any:
    from tickpath.storage.extras import need

    return need("pyarrow.parquet").ParquetWriter(path, schema, compression="zstd")


def arrow_writer(pa: Any, path: Path, schema: Any) -> Any:
    return pa.ipc.new_file(str(path), schema)


def csv_writer(pa: Any, path: Path, schema: Any) -> Any:
    from tickpath.storage.extras import need

    return need("pyarrow.csv").CSVWriter(str(path), schema)
