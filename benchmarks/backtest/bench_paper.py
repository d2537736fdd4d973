"""Does a backtest of a paper run decide as the run did? Over sockets, at the recording's own pace.

    TICKPATH_FIXTURES=... python benchmarks/backtest/bench_paper.py --runs 2 --requests 500

Each run is `tickpath run` at `tickpath venue-sim` with fills = "queue" on a recording; the backtest
is given its journal (`tickpath explain --again --recorded`). Ends with 1 when any decisions hash
differs. A market maker sends few requests: that one takes minutes.
"""

import argparse
import sys
import tempfile
from importlib import import_module
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "ops" / "live")]
RECORDINGS = {"binance-spot": "spot_btcusdt_20240808", "binance-usdm": "usdm_btcusdt_20240808"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2, help="of each venue")
    parser.add_argument("--requests", type=int, default=500, help="after which a run stops")
    parser.add_argument("--strategy", default="every_event")
    args = parser.parse_args()
    trade = import_module("backtest.paper_rig").trade
    rerun = import_module("tickpath.backtest.journal_again").rerun
    wrong = 0
    print("venue          requests  fills  decisions of the run  of the backtest")
    for venue in [name for name in RECORDINGS for _ in range(args.runs)]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            paper = trade(
                folder, venue, RECORDINGS[venue], args.strategy, requests=args.requests, times=1
            )
            again = rerun(folder / "state", folder / "again", recorded=True)
            wrong += again.decisions_hash != paper.decisions_hash
            print(f"{venue:14} {paper.requests:8} {paper.fills:6}  {paper.decisions_hash:20}  "
                  f"{again.decisions_hash}")  # fmt: skip
    print("all equal" if not wrong else f"{wrong} differ")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
