"""Replay recordings through the engine against the simulated venue.

  tickpath backtest --data btcusdt_20240808.gz --strategy imbalance_maker
  tickpath backtest --data day1.gz day2.gz --strategy ema_cross --param order_lots=100 --json -
  tickpath backtest --data ticks --symbol BTCUSDT --from 2024-08-08T12:00 --strategy ema_cross

Several files of one instrument continue one session in the order given; files of several
instruments run on one clock. The venue is inferred from the frames unless --venue says it. A tick
store (see `tickpath store`) is read piece by piece, however long the range. Writes report.html and
result.json under runs/ or --out DIR.
"""

import argparse
from pathlib import Path

from rich.console import Console

from tickpath.backtest.report import latency_rows, summary_rows, write_report
from tickpath.backtest.result import Result
from tickpath.cli.output import console, json_option, progress_bar, run_folder, table, write_json
from tickpath.core.config import VENUES
from tickpath.core.errors import ConfigError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        nargs="+",
        action="extend",
        required=True,
        metavar="PATH",
        help="recordings, or a tick store",
    )
    parser.add_argument("--strategy", help="shipped name or path of a .py file")
    parser.add_argument("--venue", help=", ".join(VENUES))
    parser.add_argument("--symbol", help="which instruments, where the data hold several")
    parser.add_argument("--from", dest="start", metavar="TIME", help="trade from here on (UTC)")
    parser.add_argument("--to", dest="stop", metavar="TIME", help="end before this time")
    parser.add_argument(
        "--funding", metavar="FILE", help="funding payments: CSV of time,instrument,rate,mark"
    )
    parser.add_argument("--config", metavar="FILE", help="engine configuration (TOML)")
    parser.add_argument("--instruments", metavar="FILE", help="instrument metadata (TOML)")
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="strategy parameter"
    )
    parser.add_argument("--seed", type=int, help="seed of the simulated venue and strategies")
    parser.add_argument("--out", metavar="DIR", help="folder of the report (default: under runs/)")
    parser.add_argument("--engine", default="native", choices=["native", "reference", "mixed"])
    parser.add_argument(
        "--no-journal", action="store_true", help="do not keep a journal of the run"
    )
    parser.add_argument(
        "--direct-orders",
        action="store_true",
        help="orders and reports as records instead of the venue's text: faster, same decisions",
    )
    parser.add_argument("--max-events", type=int, default=2**62, help="stop after so many inputs")
    parser.add_argument(
        "--kill-file", metavar="PATH", help="trading stops while this path exists (as on SIGUSR1)"
    )
    json_option(parser)


def parse_params(items: list[str]) -> dict[str, int | float]:
    """NAME=VALUE texts to numbers. Raises ConfigError naming the bad one."""
    found: dict[str, int | float] = {}
    for item in items:
        name, equals, text = item.partition("=")
        try:
            found[name] = int(text)
        except ValueError:
            try:
                found[name] = float(text)
            except ValueError:
                equals = ""
        if not equals:
            raise ConfigError(f"--param {item}: write NAME=NUMBER, for example order_lots=100")
    return found


def show(result: Result, screen: Console, page: Path) -> None:
    """The report a person reads in the terminal."""
    screen.print(table("Run", ("figure", "value"), summary_rows(result)))
    if result.latency_ns:
        head = ("stage", "p50 ns", "p99 ns", "p99.9 ns", "max ns")
        screen.print(table("Latency in process, stamps included", head, latency_rows(result)))
    screen.print(table("Book", ("check", "count"), list(result.book.items())))
    for stage, figures in result.off_path.items():
        rows = [(name.replace("_", " "), figure) for name, figure in figures.items()]
        screen.print(table(f"Off the path: {stage}", ("figure", "value"), rows))
    if result.message:
        screen.print(f"[bold]{result.message}[/bold]")
    screen.print(f"report: {page}", soft_wrap=True)


def run(args: argparse.Namespace) -> int:
    from tickpath.backtest.data import EVER_NS, Range, open_market, placed, time_ns
    from tickpath.backtest.run import Backtest, Options
    from tickpath.backtest.setup import config_of_instruments
    from tickpath.backtest.timed import read_funding
    from tickpath.core.config_load import load_config

    span = Range(
        start_ns=0 if args.start is None else time_ns(args.start),
        stop_ns=EVER_NS if args.stop is None else time_ns(args.stop),
    )
    given = None if args.config is None else load_config(args.config, args.instruments)
    market = open_market(args.data, venue=args.venue, symbol=args.symbol, span=span, config=given)
    config = config_of_instruments(
        market.instruments,
        market.wire,
        strategy=args.strategy,
        params=parse_params(args.param),
        config_path=args.config,
        instruments_path=args.instruments,
        seed=args.seed,
    )
    screen = console(args)
    folder = run_folder("backtest", args.out)
    options = Options(
        engine=args.engine,
        journal=None if args.no_journal else folder / "journal",
        max_events=args.max_events,
        direct_orders=args.direct_orders,
        kill_file=None if args.kill_file is None else Path(args.kill_file),
        start_ns=span.start_ns,
        stop_ns=span.stop_ns,
        commands=() if args.funding is None else tuple(read_funding(args.funding, config)),
    )
    data = placed(market, config)
    backtest = Backtest(config, data, options)
    for text in backtest.workers.told:
        screen.print(text, soft_wrap=True)
    with progress_bar(screen, "backtest") as progress:
        result = backtest.run(progress)
    page = write_report(result, folder, f"Backtest of {', '.join(Path(p).name for p in args.data)}")
    show(result, screen, page)
    write_json(args, result.to_json())
    return result.exit_code
