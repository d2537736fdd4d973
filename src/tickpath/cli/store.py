"""Keep normalised market data as Parquet, and ask for it.

  tickpath store write ticks spot_btcusdt.gz            recordings, journals, tables of ticks
  tickpath store list ticks
  tickpath store read ticks binance-spot BTCUSDT --start 2024-08-08 --columns t_recv_ns,price_ticks
  tickpath store sql ticks "SELECT date, count(*) FROM ticks GROUP BY date"
  tickpath store compact ticks
  tickpath store retain ticks --days 30 --dry-run
  tickpath store verify ticks                           exit code 4 when something is wrong

A store is a folder, or a URI such as s3://bucket/path. docs/reference/tick-store.md has the layout.
Needs the extra `store`.
"""

import argparse
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent
PREFIX = "store_"


def verbs() -> list[str]:
    """Every `store_<verb>.py` beside this file."""
    return sorted(p.stem.removeprefix(PREFIX) for p in FOLDER.glob(f"{PREFIX}*.py"))


def arguments(parser: argparse.ArgumentParser) -> None:
    choices = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in verbs():
        module = import_module(f"tickpath.cli.{PREFIX}{verb}")
        sub = choices.add_parser(
            verb.replace("_", "-"),
            help=(module.__doc__ or "").strip().splitlines()[0],
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(sub)


def run(args: argparse.Namespace) -> int:
    module = import_module(f"tickpath.cli.{PREFIX}{args.verb.replace('-', '_')}")
    return int(module.run(args))
