"""Does a backtest of a paper run decide as the run did? Over sockets, at the recording's own pace.

    TICKPATH_FIXTURES=... python benchmarks/backtest/bench_paper.py --runs 2 --requests 500

Each run is `tickpath run` at `tickpath venue-sim` with fills = "queue" on a recording; the backtest
is given its journal (`tickpath explain --again --recorded`). `--fault lost_ack,cut:api` adds runs
with each of these faults of the venue: a tenth of the requests has it, a line (`:api`) every 2.5 s.
Ends with 1 when any decisions hash differs; `--keep` is where the folders of those go. A market
maker sends few requests: that one takes minutes.
"""

import argparse
import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "ops" / "live")]
RECORDINGS = {"binance-spot": "spot_btcusdt_20240808", "binance-usdm": "usdm_btcusdt_20240808"}


LINE_MS = 2500
LONG_MS = 120_000


def faults_of(name: str) -> list[tuple[int, object]]:
    """What goes wrong, and when: a kind of fault, and the line it is of."""
    fault = import_module("tickpath.venues.sim.server.faults").Fault
    kind, _, channel = name.partition(":")
    if channel:
        return [
            (t_ms, fault(kind=kind, channel=channel, value=300))
            for t_ms in range(LINE_MS, LONG_MS, LINE_MS)
        ]
    return [(0, fault(kind=kind, count=10**6, probability_ppm=100_000, value=30))] if kind else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2, help="of each venue and fault")
    parser.add_argument("--requests", type=int, default=500, help="after which a run stops")
    parser.add_argument("--strategy", default="every_event")
    parser.add_argument("--fault", default="", help="kinds with commas; none is without")
    parser.add_argument("--times", type=int, default=1, help="faster than recorded")
    parser.add_argument("--keep", type=Path, help="folder for runs that differ")
    args = parser.parse_args()
    wanted = [
        (venue, fault, run)
        for fault in args.fault.split(",")
        for venue in RECORDINGS
        for run in range(args.runs)
    ]
    print(
        "venue         fault               requests  fills  decisions of the run  of the backtest"
    )
    wrong = sum(not one(args, *each) for each in wanted)
    print(f"all {len(wanted)} equal" if not wrong else f"{wrong} of {len(wanted)} differ")
    return int(wrong > 0)


def one(args: argparse.Namespace, venue: str, fault: str, run: int) -> bool:
    """One run and its backtest, and whether they are equal."""
    trade = import_module("backtest.paper_rig").trade
    rerun = import_module("tickpath.backtest.journal_again").rerun
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paper = trade(
            folder, venue, RECORDINGS[venue], args.strategy, requests=args.requests,
            times=args.times, faults=faults_of(fault),
        )  # fmt: skip
        again = rerun(folder / "state", folder / "again", recorded=True)
        equal = bool(again.decisions_hash == paper.decisions_hash)
        print(f"{venue:13} {fault:19} {paper.requests:8} {paper.fills:6}  "
              f"{paper.decisions_hash:20}  {again.decisions_hash}", flush=True)  # fmt: skip
        if args.keep and not equal:
            shutil.copytree(folder, args.keep / f"{venue}-{fault.replace(':', '-')}-{run}")
    return equal


if __name__ == "__main__":
    sys.exit(main())
