"""How much does splitting save on recorded books, against the best single venue?

A recording is one venue; a second and a third are built from it: the same frames later by a stated
time, with their own fees and order steps. At every sample the same order is planned over the three
and for the best single one, on both sides, for a ladder of quantities; both plans are then priced
by walking the displayed levels (price and taker fee). Orders that no single venue displays the
depth for are counted apart. A split that costs more than the best single venue is an error.

Run: python benchmarks/hot/route_recorded.py --data RECORDING.gz [--samples 400] [--steps equal]
"""

import argparse
import gzip
import heapq
import statistics
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from tickpath.backtest.recording import read_recordings
from tickpath.core.config import Config, Instrument, RouteSpec, Source
from tickpath.core.config_load import config_from
from tickpath.core.records import (
    BookStatus,
    BookTop,
    Intent,
    IntentKind,
    OrderType,
    Side,
    TimeInForce,
)
from tickpath.engine.native import Engine
from tickpath.hot.route.native import Route

LAGS_NS = (0, 100_000_000, 250_000_000)
FEES_PPM = (500, 495, 505)
STEPS = {"equal": (1, 1, 1), "unlike": (1, 10, 100)}
LADDER = ("0.05", "0.2", "1", "3", "10", "30")
WARM_NS = 5_000_000_000


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """(receive time, frame) of a recording."""
    with gzip.open(path, "rb") as file:
        for line in file:
            t_ns, _, text = line.rstrip(b"\n").partition(b" ")
            yield int(t_ns), text


def late(path: Path, source: int, lag_ns: int) -> Iterator[tuple[int, int, bytes]]:
    """The recording as another venue: later."""
    for t_ns, text in lines(path):
        yield t_ns + lag_ns, source, text


def three_venues(path: Path, steps: tuple[int, ...]) -> Config:
    """The recording's instrument on three venues."""
    told = read_recordings([path])
    base = config_from(told.venue, [told.symbol])
    one: Instrument = base.instruments[0]
    first = one.order_step or one.lot_size
    instruments = tuple(
        replace(
            one, index=k, venue=k, taker_fee_ppm=FEES_PPM[k], order_step=first * steps[k],
            quantity_min=first * steps[k],
        )
        for k in range(3)
    )  # fmt: skip
    return replace(
        base,
        venues=(told.venue,) * 3,
        instruments=instruments,
        sources=tuple(Source(name=f"s{k}", venue=k, instruments=(k,)) for k in range(3)),
        route=RouteSpec(split=True),
    )


def price_of(
    config: Config, tops: list[BookTop], side: Side, children: list[tuple[int, int]]
) -> tuple[Fraction, int]:
    """(paid, or received with its sign, fees in; lots beyond the displayed depth)."""
    paid, beyond = Fraction(0), 0
    for index, lots in children:
        i = config.instruments[index]
        sign = 1 if side == Side.BUY else -1
        factor = sign + Fraction(i.taker_fee_ppm, 10**6)
        for ticks, shown in tops[index].asks if side == Side.BUY else tops[index].bids:
            taken = min(shown, lots)
            paid += taken * ticks * factor
            lots -= taken
        beyond += lots
    return paid, beyond


class Ladder:
    """What was found for one quantity."""

    def __init__(self, lots: int) -> None:
        self.lots = lots
        self.saved_bps: list[float] = []
        self.single_short = 0
        self.split_short = 0
        self.children = 0
        self.plans = 0

    def take(self, config: Config, route: Route, tops: list[BookTop], side: Side) -> None:
        """Plan both ways and price both."""
        intent = Intent(
            IntentKind.SUBMIT, 0, 0, side=side, type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC, quantity_lots=self.lots,
        )  # fmt: skip
        (_, split), (_, single) = (route.plan(intent, tops, 0, 0, n) for n in (0, self.lots))
        if split is None or single is None:
            return
        found = [
            price_of(config, tops, side, [(c.instrument, c.quantity_lots) for c in plan.children])
            for plan in (split, single)
        ]
        self.plans += 1
        self.children += len(split.children)
        self.split_short += found[0][1] > 0
        self.single_short += found[1][1] > 0
        if found[0][1] == found[1][1] == 0:
            saved = found[1][0] - found[0][0]
            assert saved >= 0, f"the split costs more: {intent} {tops}"
            self.saved_bps.append(float(saved / abs(found[1][0]) * 10_000))

    def row(self, quantity: str) -> str:
        """A row of the table in docs/reference/router.md."""
        saved = self.saved_bps or [0.0]
        better = sum(s > 0 for s in saved) / len(saved)
        return (
            f"| {quantity} | {self.plans} | {self.children / max(1, self.plans):.2f} "
            f"| {statistics.mean(saved):.3f} | {statistics.median(saved):.3f} | {max(saved):.2f} "
            f"| {better:.0%} | {self.single_short / max(1, self.plans):.0%} "
            f"| {self.split_short / max(1, self.plans):.0%} |"
        )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=400)
    parser.add_argument("--every-ms", type=int, default=500)
    parser.add_argument("--steps", choices=tuple(STEPS), default="unlike")
    given = parser.parse_args()
    config = three_venues(given.data, STEPS[given.steps])
    engine, route = Engine(config), Route(config)
    lot = config.instruments[0].lot_size
    ladder = {q: Ladder(int(Decimal(q) / lot)) for q in LADDER}
    left, due = given.samples, 0
    feeds = [late(given.data, k, lag) for k, lag in enumerate(LAGS_NS)]
    for t_ns, source, text in heapq.merge(*feeds, key=lambda f: f[0]):
        due = due or t_ns + WARM_NS
        engine.on_market_frame(source, text, t_ns)
        if t_ns < due or not left:
            if not left:
                break
            continue
        due += given.every_ms * 1_000_000
        tops = [book.top(10) for book in engine.stages.books]
        if any(top.status != BookStatus.OK for top in tops):
            continue
        left -= 1
        for rung in ladder.values():
            for side in Side:
                rung.take(config, route, tops, side)
    print("| quantity | plans | children | mean bps | median bps | most bps | better | one short "
          "| split short |")  # fmt: skip
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for quantity, rung in ladder.items():
        print(rung.row(quantity))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
