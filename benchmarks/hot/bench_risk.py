"""What do all pre-trade checks of an order cost, and what does routing it cost?

Every order passes every check (a refusal would end early); the batch, the clock and the newest
event move on each time. The loop without the checks is timed beside it and subtracted. Bar: 100 ns
an order, aim 40; 20 ns a venue. Run: taskset -c 1 python benchmarks/hot/bench_risk.py
"""

from dataclasses import replace
from decimal import Decimal

import numpy as np
from loop_build import loop

from tickpath.core.config import VENUES, Config, Currency, Instrument, RiskSpec, Source
from tickpath.core.records import InstrumentKind, OrderType
from tickpath.hot.risk.native import Risk
from tickpath.hot.route.native import Route

MID, EQUITY, ORDERS, ROUNDS = 5_000_000, 10**16, 32_000, 15
BAR_NS, VENUE_BAR_NS = 100.0, 20.0


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


def main() -> int:
    """Print the rows; 1 when a bar is missed."""
    compiled = loop("risk_loop")
    missed = 0
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
