"""A query over a store, by DuckDB.

  tickpath store sql ticks "SELECT symbol, date, count(*) FROM ticks GROUP BY ALL"
  tickpath store sql ticks "SELECT price_ticks * tick_size AS price FROM ticks
      JOIN instruments USING (venue, symbol, date) WHERE kind = 4 LIMIT 5"

Tables: `ticks` (the columns of the store and venue, symbol, date) and `instruments` (sizes a day).
"""

import argparse

from tickpath.cli.output import console, json_option, table, write_json

SHOWN = 100


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", metavar="STORE", help="folder or URI")
    parser.add_argument("query", metavar="QUERY", help="SQL")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.storage.store import open_store

    screen = console(args)
    found = open_store(args.store).sql(args.query)
    shown = found.slice(0, SHOWN)
    rows = list(zip(*(shown.column(k).to_pylist() for k in range(shown.num_columns)), strict=True))
    more = f", {SHOWN} of them shown" if found.num_rows > SHOWN else ""
    screen.print(table(f"{found.num_rows} rows{more}", found.column_names, rows))
    if args.json is not None:
        plain = [
            {k: v if isinstance(v, int | float | str | None) else str(v) for k, v in row.items()}
            for row in found.to_pylist()
        ]
        write_json(args, {"rows": plain})
    return 0
