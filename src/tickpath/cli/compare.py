"""Put finished runs side by side: figures, differences from the first, equity over each other.

  tickpath compare runs/backtest-20240808T000000 runs/backtest-20240808T001500
  tickpath compare runs/a runs/b runs/c --html compare.html --json -

Reads result.json and series.npz of each run's folder, 2 to 6 of them; a `-` in a row stands for a
figure that a run is too short for.
"""

import argparse
from pathlib import Path

from tickpath.cli.output import console, json_option, table, write_json


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="folder of a run")
    parser.add_argument("--html", metavar="FILE", help="write the comparison as one HTML page")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.backtest.compare import Comparison, unique_names
    from tickpath.backtest.saved import load_run

    paths = [Path(p) for p in args.runs]
    names = unique_names([p.resolve().name for p in paths])
    comparison = Comparison({n: load_run(p) for n, p in zip(names, paths, strict=True)})
    screen = console(args)
    for currency in comparison.currencies:
        head = ("figure", *comparison.head())
        screen.print(table(f"Runs, {currency}", head, comparison.rows(currency)))
    for line in comparison.differences() or ["decisions and state are the same"]:
        screen.print(line, soft_wrap=True)
    if args.html is not None:
        page = Path(args.html)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(comparison.html())
        screen.print(f"page: {page}", soft_wrap=True)
    write_json(args, comparison.to_json())
    return 0
