"""Trade live, on paper, or as a shadow that sends nothing.

  tickpath run trading.toml --check     keys, permissions, clock, instruments; trades nothing
  tickpath run trading.toml             paper: orders to test venues or to `tickpath venue-sim`
  tickpath run trading.toml --shadow    live market data, simulated fills in the process, no keys
  tickpath run trading.toml --live      real orders with real money

Ctrl-C cancels the open orders, closes the journal and ends; `kill -USR1` and the kill file stop all
trading at once. A start after a crash recovers from the journal and asks the venues before it
trades. docs/reference/run.md lists the keys of [live]. Needs the extra `live`.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from rich.console import Console

from tickpath.cli.loop import on_loop
from tickpath.cli.output import table
from tickpath.core.errors import BackendError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", metavar="CONFIG", help="TOML file of engine and venues")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--paper", action="store_true", help="the default: test venues")
    mode.add_argument("--shadow", action="store_true", help="send nothing, simulate fills")
    mode.add_argument("--live", action="store_true", help="real orders")
    parser.add_argument(
        "--check", action="store_true", help="look at everything, trade nothing; exit 2 on a fault"
    )
    parser.add_argument("--rearm", action="store_true", help="release a kill switch that is set")
    parser.add_argument(
        "--no-watchdog", action="store_true", help="no process that cancels when this one dies"
    )
    parser.add_argument("--seconds", type=float, default=0, help="stop by itself after so long")
    parser.add_argument("--instruments", metavar="FILE", help="instrument metadata (TOML)")


def run(args: argparse.Namespace) -> int:
    try:
        from tickpath.ops.live.runner import LiveRun, RunOptions
        from tickpath.ops.live.session import Mode
    except ImportError as error:
        raise BackendError(f"run needs {error.name}: pip install 'tickpath[live]'") from error
    mode = Mode.SHADOW if args.shadow else Mode.LIVE if args.live else Mode.PAPER
    path = Path(args.config)
    instruments = None if args.instruments is None else Path(args.instruments)
    screen = Console(highlight=False)
    if args.check:
        return on_loop(check(path, instruments, screen))
    options = RunOptions(
        mode=mode,
        rearm=args.rearm,
        watchdog=not args.no_watchdog,
        seconds=args.seconds,
        instruments=instruments,
    )
    return on_loop(LiveRun(path, options, tell=partial(print, flush=True)).run())


async def check(path: Path, instruments: Path | None, screen: Console) -> int:
    """The findings as a table; 2 when one is not in order."""
    from tickpath.ops.live.check import check_all

    rows, faults = [], 0
    for name, finding in await check_all(path, instruments):
        faults += not finding.ok
        fix = "" if finding.ok else finding.fix
        rows.append((name, finding.what, "ok" if finding.ok else "FAULT", finding.found, fix))
    screen.print(table("Check", ("venue", "what", "", "found", "what to do"), rows))
    if faults:
        print(f"tickpath: {faults} findings are not in order", file=sys.stderr)
    return 2 if faults else 0
