"""What does it cost to split one order over venues, and what does an order of one venue pay?

Immediate orders of random size against books of ten levels a side; the orders take from a part of
the first level to all that is shown. Rows: pass-through to the only venue, the choice of one of
three, the split over three with one order step, with fees, and with unlike steps, the split over
eight. Run: taskset -c 1 python benchmarks/hot/bench_route.py
"""

from dataclasses import replace
from decimal import Decimal

import numpy as np
from loop_build import loop

from tickpath.core.config import Config, Currency, Instrument, RouteSpec, Source
from tickpath.core.records import InstrumentKind
from tickpath.hot.route.native import Route

MID, ORDERS, ROUNDS, LEVELS = 5_000_000, 4_000, 15, 10
PASS_BAR_NS, SPLIT_BAR_NS = 40.0, 2_000.0


def config_of(steps: tuple[str, ...], split: bool, fee_step_ppm: int = 50) -> Config:
    """A thing on as many venues as there are order steps."""
    base = Instrument(
        index=0, symbol="BTCUSDT", venue=0, kind=InstrumentKind.SPOT, base=0, quote=1, settle=1,
        settle_decimals=8, tick_size=Decimal("0.01"), lot_size=Decimal("0.00001"),
        quantity_min=Decimal("0.00001"), quantity_max=Decimal(9000), notional_min=Decimal(5),
        multiplier=Decimal(1), maker_fee_ppm=200, taker_fee_ppm=500,
    )  # fmt: skip
    instruments = tuple(
        replace(base, index=k, venue=k, order_step=Decimal(s), taker_fee_ppm=500 + fee_step_ppm * k)
        for k, s in enumerate(steps)
    )
    return Config(
        currencies=(Currency(name="BTC"), Currency(name="USDT")),
        venues=tuple(f"venue{k}" for k in range(len(steps))),
        instruments=instruments,
        sources=(Source(name="one", venue=0, instruments=(0,)),),
        route=RouteSpec(split=split),
    )


def books(venues: int) -> np.ndarray:
    """Asks of every venue: ten levels a tick or a few apart."""
    rng = np.random.default_rng(3)
    table = np.empty((venues, LEVELS, 2), np.int64)
    for k in range(venues):
        table[k, :, 0] = MID + rng.integers(0, 4) + np.cumsum(rng.integers(1, 40, LEVELS))
        table[k, :, 1] = rng.integers(100, 60_000, LEVELS)
    return table


def orders(depth_lots: int) -> np.ndarray:
    """(limit, quantity): from a part of one level to the whole depth."""
    rng = np.random.default_rng(7)
    table = np.empty((ORDERS, 2), np.int64)
    table[:, 0] = MID + 1000
    table[:, 1] = (depth_lots * rng.random(ORDERS) ** 2).astype(np.int64) // 100 * 100 + 100
    return table


def main() -> int:
    """Print the rows; 1 when a bar is missed."""
    compiled = loop("route_loop")
    one, same, unlike = "0.00001", ("0.00001",) * 3, ("0.00001", "0.0001", "0.001")
    missed = 0
    steps: tuple[str, ...]
    for name, steps, bar in (("only venue", (one,), PASS_BAR_NS), ("one of 3", same, 80.0)):
        spent, routed = compiled.pick_ns(
            Route(config_of(steps, False)), books(len(steps)), orders(400_000), ROUNDS
        )
        assert routed == ORDERS
        missed += spent > bar
        print(f"route, {name}: {spent:.1f} ns an order")
    rows = [
        ("3 venues, one order step, equal fees", same, 0),
        ("3 venues, one order step", same, 50),
        ("3 venues, unlike order steps", unlike, 50),
        ("8 venues, one order step", (one,) * 8, 50),
    ]
    for name, steps, fee in rows:
        table = books(len(steps))
        spent, children, nodes = compiled.plan_ns(
            Route(config_of(steps, True, fee)), table, orders(int(table[:, :, 1].sum())), ROUNDS
        )
        missed += len(steps) == 3 and spent > SPLIT_BAR_NS
        print(
            f"split, {name} x {LEVELS} levels: {spent:.0f} ns an order "
            f"({children / ORDERS:.2f} children, {nodes / ORDERS:.1f} nodes)"
        )
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
