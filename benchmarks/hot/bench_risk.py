"""What do all pre-trade checks of an order cost, and what does routing it cost?

Every order passes every check (a refusal would end early); positions and open orders stand on both
sides of every instrument, the batch, the clock and the newest event move on each time, so that the
instrument is valued again for each batch. The loop without the checks is timed beside it and
subtracted. Bars: all checks of one order at most 10 times the eight checks of the bare prototype,
alternating in this run; validate_batch from Python 500 ns at one order and 60 ns an order at 1 024;
20 ns a venue. Run: taskset -c 1 python benchmarks/hot/bench_risk.py
"""

import sys
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from loop_build import loop

from tickpath.core.config import VENUES, Config, Currency, Instrument, RiskSpec, Source
from tickpath.core.records import (
    INTENT_DTYPE,
    Bbo,
    BookStatus,
    BookTop,
    Committed,
    InstrumentKind,
    OrderType,
    Position,
)
from tickpath.hot.risk.context import RiskContext
from tickpath.hot.risk.native import Risk
from tickpath.hot.route.native import Route

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "path"))
from prototype import PLACE, build

MID, EQUITY, ORDERS, ROUNDS = 5_000_000, 10**16, 32_000, 15
BAR_NS, VENUE_BAR_NS, BAR_RATIO = 100.0, 20.0, 10.0
BATCH_BARS_NS = {1: 500.0, 1024: 60.0}
BURST = 1000
"""Order tokens at once: of 1 024 orders the last 24 pass every check but the rate."""
PAIRS = 9
PROTOTYPE = """

def risk_mean(Bench b, int64_t[:, ::1] orders, int rounds):
    cdef Sig s
    cdef uint64_t now = 1, t0, t1, t2, best = 1 << 62, bare = 1 << 62
    cdef int64_t total = 0
    cdef int k, r, n = orders.shape[0], bad = 0
    for r in range(rounds):
        t0 = tsc_raw()
        for k in range(n):
            now += 2000
            s.px, s.qty, s.side = orders[k, 0], orders[k, 1], <int>orders[k, 2]
            total += s.px + s.qty
        t1 = tsc_raw()
        for k in range(n):
            now += 2000
            s.px, s.qty, s.side = orders[k, 0], orders[k, 1], <int>orders[k, 2]
            total += s.px + s.qty
            bad += risk(&b.r, &s, now) != 0
        t2 = tsc_raw()
        bare = min(bare, t1 - t0)
        best = min(best, t2 - t1)
    return (best - bare) * b.ns_per_tick / n, bad, total
"""


def config_of(count: int, kind: InstrumentKind) -> Config:
    """`count` instruments that trade one thing, spread over eight venues."""
    base = Instrument(
        index=0, symbol="BTCUSDT", venue=0, kind=kind, base=0, quote=1, settle=1,
        settle_decimals=8, tick_size=Decimal("0.01"), lot_size=Decimal("0.00001"),
        quantity_min=Decimal("0.00001"), quantity_max=Decimal(9000), notional_min=Decimal(0),
        multiplier=Decimal(1), maker_fee_ppm=200, taker_fee_ppm=500,
    )  # fmt: skip
    if kind == InstrumentKind.INVERSE:
        base = replace(
            base, tick_size=Decimal("0.1"), lot_size=Decimal(1), quantity_min=Decimal(1),
            quantity_max=Decimal(10**6), multiplier=Decimal(100), settle=0,
        )  # fmt: skip
    venues = (*VENUES, *(f"venue{k}" for k in range(len(VENUES), 8)))
    instruments = tuple(
        replace(base, index=k, venue=k % 8, taker_fee_ppm=500 + k) for k in range(count)
    )
    return Config(
        currencies=(Currency(name="BTC"), Currency(name="USDT")),
        venues=venues,
        instruments=instruments,
        sources=(Source(name="one", venue=0, instruments=(0,)),),
        risk=RiskSpec(order_rate_per_s=1000, order_burst=1000),
    )


def orders(kind: OrderType) -> np.ndarray:
    """(price, quantity, side, type) near the touch."""
    rng = np.random.default_rng(7)
    table = np.empty((ORDERS, 4), np.int64)
    table[:, 1] = rng.integers(1, 200, ORDERS)
    table[:, 2] = rng.integers(0, 2, ORDERS)
    table[:, 0] = MID + rng.integers(1, 51, ORDERS) * (2 * table[:, 2] - 1)
    table[:, 3] = int(kind)
    return table


def beside_prototype(compiled: Any) -> int:
    """All checks of one order beside the prototype's eight, in turn; 1 when the bar is missed."""
    if not PLACE.is_dir():
        print(f"prototype absent at {PLACE}: set TICKPATH_PROTOTYPE")
        return 0
    table = orders(OrderType.LIMIT)
    bare = table[:, :3].copy()
    bare[:, 0] *= 1_000_000
    bare[:, 1] *= 1000
    with tempfile.TemporaryDirectory() as scratch:
        module = build(Path(scratch), PROTOTYPE)
        bench = module.Bench()
        bench.setup(MID, 1_000_000)
        pairs = []
        for _ in range(PAIRS):
            risk = Risk(config_of(1, InstrumentKind.LINEAR))
            spent, loop_ns, _, _ = compiled.validate_ns(risk, table, 1, 1, MID, EQUITY, 3)
            eight, bad, _ = module.risk_mean(bench, bare, 3)
            assert bad == 0, f"the prototype refused {bad} orders"
            pairs.append((spent - loop_ns, eight))
    ours, eight = np.median(np.array(pairs), axis=0)
    ratio = float(np.median([a / b for a, b in pairs]))
    print(f"risk, one order: {ours:.1f} ns, prototype's eight checks {eight:.1f} ns, {ratio:.1f} x")
    return int(ratio > BAR_RATIO)


def batches() -> int:
    """`validate_batch` from Python, ns an order; how many bars are missed."""
    missed = 0
    for size, bar in BATCH_BARS_NS.items():
        config = config_of(1, InstrumentKind.LINEAR)
        risk, table = Risk(config), orders(OrderType.LIMIT)[:size]
        intents, codes = np.zeros(size, INTENT_DTYPE), np.empty(size, np.int32)
        intents["kind"], intents["price_ticks"] = 1, table[:, 0]
        intents["quantity_lots"], intents["side"] = 1 + table[:, 1] % 3, table[:, 2]
        calls, best, now_ns, most = max(1, 900 // size), float("inf"), 10**9, min(size, BURST)
        for _ in range(20 * ROUNDS):
            now_ns += 10**9
            risk.load(held_context(config, now_ns))
            start = time.perf_counter_ns()
            for _ in range(calls):
                allowed = risk.validate_batch(intents, codes, now_ns)
            best = min(best, (time.perf_counter_ns() - start) / calls / size)
            assert allowed == most, f"{allowed} of {size} allowed: {set(codes.tolist())}"
        missed += best > bar
        print(f"risk, validate_batch of {size} from Python: {best:.1f} ns an order (bar {bar:.0f})")
    return missed


def held_context(config: Config, now_ns: int) -> RiskContext:
    """A position and open orders on both sides, around MID."""
    return RiskContext(
        now_ns=now_ns,
        positions=[Position(50, 300, 200, 5)],
        committed=[Committed(300 * (MID - 500), 0, MID - 500, MID + 500)],
        tops=[BookTop(MID - 1, 9, MID + 1, 9, status=BookStatus.OK)],
        bbos=[Bbo()],
        last_trade_ticks=[MID],
        last_market_ns=[now_ns],
        equity_units=[EQUITY] * len(config.currencies),
        cash_units=[EQUITY] * len(config.currencies),
        replaced_lots=[],
        replaced_ticks=[],
    )


def main() -> int:
    """Print the rows; 1 when a bar is missed."""
    compiled = loop("risk_loop")
    missed = beside_prototype(compiled) + batches()
    rows = [
        ("limit, batch of 1", 1, 1, InstrumentKind.LINEAR, OrderType.LIMIT),
        ("limit, batch of 8", 8, 1, InstrumentKind.LINEAR, OrderType.LIMIT),
        ("limit, batch of 8 over 16 instruments", 8, 16, InstrumentKind.LINEAR, OrderType.LIMIT),
        ("market, batch of 1", 1, 1, InstrumentKind.LINEAR, OrderType.MARKET),
        ("inverse limit, batch of 1", 1, 1, InstrumentKind.INVERSE, OrderType.LIMIT),
    ]
    for name, batch, count, kind, order_type in rows:
        risk = Risk(config_of(count, kind))
        table = orders(order_type)
        spent, bare, accepted, _ = compiled.validate_ns(
            risk, table, batch, count, MID, EQUITY, ROUNDS
        )
        assert accepted == ORDERS // batch * batch, f"{name}: {accepted} accepted"
        missed += spent - bare > BAR_NS
        print(f"risk, {name}: {spent - bare:.1f} ns an order (loop {bare:.1f} ns)")
    for venues in (1, 2, 8):
        route = Route(config_of(venues, InstrumentKind.LINEAR))
        spent, routed, _ = compiled.route_ns(route, orders(OrderType.LIMIT), venues, MID, ROUNDS)
        assert routed == ORDERS
        missed += spent > VENUE_BAR_NS * venues + VENUE_BAR_NS
        print(f"route, {venues} venues: {spent:.1f} ns an order")
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
