"""Say why two runs earned different amounts, to the last unit.

  tickpath explain runs/paper runs/backtest
  tickpath explain state --epoch-a 7 --again runs/again --recorded
  tickpath explain state/journal runs/backtest --epoch-a 7 --tolerance-us 200 --html why.html

A run is a folder of `tickpath backtest` or `tickpath run`, or its journal. Every fill of both goes
to one cause: latency, queue, fee, data or decision; docs/explanation/attribution.md says how.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from tickpath.cli.output import console, json_option, table, write_json
from tickpath.core.errors import ConfigError

if TYPE_CHECKING:
    from tickpath.backtest.explain import Explanation

NS_PER_US = 1000


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_a", metavar="RUN_A", help="run folder or journal, such as a paper run")
    parser.add_argument("run_b", metavar="RUN_B", nargs="?", help="what it is compared with")
    parser.add_argument(
        "--again",
        metavar="DIR",
        help="instead of RUN_B: backtest A over its own journal into DIR and compare with that",
    )
    parser.add_argument(
        "--recorded",
        action="store_true",
        help="with --again: every request and report takes what it took, instead of the medians",
    )
    for side in ("a", "b"):
        parser.add_argument(
            f"--epoch-{side}", type=int, metavar="N", help=f"which start of run {side.upper()}"
        )
        parser.add_argument(
            f"--engine-id-{side}", type=int, metavar="N", help=f"which engine of {side.upper()}"
        )
    parser.add_argument(
        "--tolerance-us",
        type=int,
        default=0,
        metavar="N",
        help="arrivals at the venue this near count as equal (default 0: only equal ones)",
    )
    parser.add_argument(
        "--market-reacts",
        action="store_true",
        help="runs in a generated market: other market data come of the runs' own orders",
    )
    parser.add_argument("--orders", type=int, default=10, metavar="N", help="how many to show")
    parser.add_argument("--html", metavar="FILE", help="write the explanation as a page")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.backtest.explain import explain
    from tickpath.backtest.explain.page import html

    if (args.run_b is None) == (args.again is None):
        raise ConfigError("name RUN_B, or --again DIR for a backtest of RUN_A over its own journal")
    if args.recorded and args.again is None:
        raise ConfigError("--recorded is for --again DIR: a run is given its own latencies")
    if args.tolerance_us < 0 or args.orders < 0:
        raise ConfigError("--tolerance-us and --orders: give 0 or more")
    if args.again is not None:
        from tickpath.backtest.journal_again import rerun

        rerun(
            Path(args.run_a),
            Path(args.again),
            engine_id=args.engine_id_a,
            epoch=args.epoch_a,
            recorded=args.recorded,
        )
    found = explain(
        Path(args.run_a),
        Path(args.run_b if args.again is None else args.again),
        engine_ids=(args.engine_id_a, args.engine_id_b),
        epochs=(args.epoch_a, args.epoch_b),
        tolerance_ns=args.tolerance_us * NS_PER_US,
        reacts=args.market_reacts,
    )
    show(found, console(args), args.orders)
    if args.html is not None:
        Path(args.html).write_text(html(found, args.orders))
    write_json(args, found.to_json(args.orders))
    return 0


def show(found: "Explanation", screen: Console, orders: int) -> None:
    """What a person reads in the terminal."""
    from tickpath.backtest.explain import page

    head = ("cause", "amount", "currency", "what it is")
    for note in found.notes:
        screen.print(f"[bold]{note}[/bold]", soft_wrap=True)
    screen.print(table("Runs", page.RUN_HEAD, page.run_rows(found)))
    screen.print(table("Run A earned more than run B by cause", head, page.cause_rows(found)))
    for title, parts in (("instrument", found.by_instrument()), ("hour", found.by_hour())):
        rows = page.part_rows(found, parts)
        screen.print(table(f"By {title}", (title, "amount", "currency"), rows))
    rows = page.order_rows(found, orders)
    screen.print(table("Orders with the largest parts", page.ORDER_HEAD, rows))
    counts = [(k.replace("_", " "), f"{v:,}") for k, v in found.counts.items()]
    screen.print(table("What was matched", ("what", "count"), counts))
    if found.equal:
        screen.print("the runs decided the same and earned the same")
