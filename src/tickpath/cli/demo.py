"""A simulated market and venue in the process: real wire frames, a strategy, a report.

Our orders queue among the others by price and time there, and move the price.

  tickpath demo
  tickpath demo --events 1000000 --seed 7 --json -

The same seed gives the same decisions, bytes and report on every machine.
"""

import argparse

from tickpath.backtest.report import write_report
from tickpath.cli.backtest import show
from tickpath.cli.output import console, json_option, progress_bar, run_folder, write_json


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=250_000, help="market frames to generate")
    parser.add_argument("--seed", type=int, default=1, help="seed of market, venue and strategies")
    parser.add_argument("--strategy", default="imbalance_maker")
    parser.add_argument("--out", metavar="DIR", help="folder of the report (default: under runs/)")
    parser.add_argument("--engine", default="native", choices=["native", "reference", "mixed"])
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.backtest.run import Backtest, Options
    from tickpath.backtest.setup import config_for
    from tickpath.venues.sim import GeneratedMarket

    screen = console(args)
    screen.print(f"a generated market of {args.events:,} frames, seed {args.seed}")
    market = GeneratedMarket(args.seed, args.events)
    config = config_for(market, strategy=args.strategy, seed=args.seed)
    folder = run_folder("demo", args.out)
    options = Options(engine=args.engine, journal=folder / "journal")
    with progress_bar(screen, "demo") as progress:
        result = Backtest(config, market, options).run(progress)
    page = write_report(result, folder, "Demo: a simulated market")
    show(result, screen, page)
    write_json(args, result.to_json())
    return result.exit_code
