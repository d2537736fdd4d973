"""Both backends of risk on random inputs and streams; what passes keeps the ceilings."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from risk_support import BACKENDS, MID, S, context
from support import btcusd_inverse, btcusdt, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import Instrument, RiskSpec
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    BookStatus,
    InstrumentKind,
    Intent,
    IntentKind,
    OrderType,
    Position,
    Side,
    TimeInForce,
)
from tickpath.hot.risk.context import RiskContext
from tickpath.hot.risk.spec import changed, passing_input

WORD = st.integers(-(2**63), 2**63 - 1)
NEAR = st.sampled_from([-1, 0, 1, MID - 1, MID, MID + 1, 2**31, 2**62, 2**63 - 1, -(2**63)])
SMALL = st.integers(-5000, 5000)
LOTS = SMALL | NEAR | WORD
TICKS = st.integers(4_700_000, 5_300_000) | NEAR | WORD
NATURAL = st.integers(0, 2**62) | st.integers(0, 5000)

PATHS: dict[str, st.SearchStrategy[Any]] = {
    "intent.kind": st.sampled_from([1, 3, 3, 3, 0]),
    "intent.side": st.integers(0, 1),
    "intent.type": st.integers(0, 2),
    "intent.flags": st.integers(0, 1),
    "intent.price_ticks": TICKS,
    "intent.quantity_lots": LOTS,
    "position.position_lots": LOTS,
    "position.open_buy_lots": LOTS,
    "position.open_sell_lots": LOTS,
    "limits.order_lots_max": NATURAL,
    "limits.order_notional_units_max": NATURAL,
    "limits.position_ceiling_ppm": st.integers(0, 1_000_000),
    "limits.price_collar_ppm": st.integers(0, 1_000_000),
    "top.bid_ticks": TICKS,
    "top.ask_ticks": TICKS,
    "last_trade_ticks": TICKS,
    "equity_units": WORD | st.integers(-5, 10**13),
    "limits.reference_collar_ppm": st.integers(0, 1_000_000),
    "limits.fat_finger_ppm": st.integers(0, 1_000_000),
    "limits.gross_units_max": NATURAL,
    "limits.net_units_max": NATURAL,
    "limits.leverage_ppm": st.integers(0, 10**7),
    "limits.concentration_ppm": st.integers(0, 10**7),
    "reference_ticks": TICKS,
    "gross_units": WORD | st.integers(0, 10**13),
    "net_units": WORD | st.integers(0, 10**13),
    "group_units": WORD | st.integers(0, 10**13),
    "power_needed": WORD | st.integers(0, 10**13),
    "power_free": WORD | st.integers(0, 10**13),
    "cash_account": st.booleans(),
    "pending_buy_lots": NATURAL,
    "pending_sell_lots": NATURAL,
    "replaced_lots": LOTS,
    "instrument.kind": st.just(InstrumentKind.INVERSE),
    "instrument.notional_min": st.just(Decimal(0)),
    "instrument.multiplier": st.sampled_from([Decimal(100), Decimal("1E9")]),
    "instrument.quantity_max": st.just(Decimal("9E13")),
}
GATES: dict[str, st.SearchStrategy[Any]] = {
    "limits.stale_ns": NATURAL,
    "now_ns": WORD | st.integers(0, 10**5),
    "last_market_ns": WORD | st.integers(0, 10**5),
    "top.status": st.integers(0, 3),
    "order_room_ns": st.integers(-1, 2),
    "venue_order_room_ns": st.integers(-1, 2),
    "message_room_ns": st.integers(-1, 2),
    "venue_message_room_ns": st.integers(-1, 2),
    "duplicate_age_ns": st.integers(-1, 2000),
    "own_opposite_ticks": TICKS,
    "open_orders": st.integers(0, 2000),
    "exposure_unknown": st.integers(0, 2),
    "flags": st.sampled_from([0, 1, 2, 4, 640 << 16]),
    "intent.time_in_force": st.integers(-1, 3),
}


@st.composite
def inputs(draw: st.DrawFn) -> dict[str, Any]:
    """A few fields off the passing input, at most one of those that decide alone."""
    few = draw(st.lists(st.sampled_from(sorted(PATHS)), max_size=8, unique=True))
    gate = [draw(st.sampled_from(sorted(GATES)))] if draw(st.integers(0, 3)) == 3 else []
    return {path: draw({**PATHS, **GATES}[path]) for path in [*few, *gate]}


@settings(max_examples=700, derandomize=True, deadline=None)
@given(inputs())
def test_every_input_gets_the_same_verdict(changes: dict[str, Any]) -> None:
    x = changed(passing_input(), changes)
    reference, native = (load("risk", Backend(name)).verdict(x) for name in BACKENDS)
    assert native == reference, changes
    if native == Code.OK:
        assert_within(x)


def assert_within(x: Any) -> None:
    """By fractions, from the definitions: what was allowed keeps the compiled ceilings."""
    i, p = x.intent, x.position
    sign = 1 if i.side == Side.BUY else -1
    open_lots = p.open_buy_lots if sign > 0 else p.open_sell_lots
    pending = x.pending_buy_lots if sign > 0 else x.pending_sell_lots
    back = min(max(0, x.replaced_lots), i.quantity_lots) if i.kind == IntentKind.REPLACE else 0
    worst = sign * p.position_lots + open_lots + pending + i.quantity_lots - back
    assert not x.flags
    assert x.top.status == BookStatus.OK
    assert 0 <= x.now_ns - x.last_market_ns <= LIMITS["stale_ns_max"]
    if worst <= 0:
        return
    price = i.price_ticks
    if i.type == OrderType.MARKET:
        price = x.top.ask_ticks if sign > 0 else x.top.bid_ticks
    ceiling = Fraction(x.equity_units) * LIMITS["position_ceiling_ppm"] / 1_000_000
    assert value_of(x.instrument, worst, price) <= ceiling
    assert value_of(x.instrument, i.quantity_lots, price) <= ceiling


def value_of(instrument: Instrument, lots: int, ticks: int) -> Fraction:
    """Settle units of a position, from the sizes."""
    contracts = lots * Fraction(instrument.lot_size) * Fraction(instrument.multiplier)
    price = ticks * Fraction(instrument.tick_size)
    scale = 10**instrument.settle_decimals
    return scale * (contracts / price if instrument.kind == InstrumentKind.INVERSE
                    else contracts * price)  # fmt: skip


EQUITY = st.sampled_from([-1, 0, 1, 10**12]) | st.integers(5 * 10**12, 2 * 10**13)

INTENT = st.builds(
    Intent,
    kind=st.sampled_from([1, 1, 1, 1, 2, 3]),
    strategy=st.integers(0, 1),
    instrument=st.sampled_from([0, 0, 0, 1, 1, 1, 2]),
    side=st.integers(0, 1),
    type=st.integers(0, 2),
    time_in_force=st.sampled_from([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC]),
    flags=st.sampled_from([0, 0, 0, 0, 0, 1]),
    price_ticks=st.integers(4_900_000, 5_100_000),
    quantity_lots=st.integers(1, 2000),
)


@st.composite
def streams(draw: st.DrawFn) -> list[tuple[list[Intent], RiskContext, str]]:
    """Batches over two instruments of a book each, time going on, a person now and then."""
    config = config_of(btcusdt(), btcusd_inverse())
    now_ns, found = S, []
    for _ in range(draw(st.integers(1, 6))):
        now_ns += draw(st.sampled_from([0, 1, 10**6, 10**8, 6 * S]))
        batch = draw(st.lists(INTENT, max_size=6))
        lots = st.integers(-5000, 5000)
        at = context(
            config,
            now_ns=now_ns,
            positions=[
                Position(draw(lots), abs(draw(lots)) // 2, abs(draw(lots)) // 2) for _ in range(2)
            ],
            last_market_ns=[
                now_ns - draw(st.sampled_from([0, 0, 0, 10, S, 6 * S])) for _ in range(2)
            ],
            equity_units=[draw(EQUITY), draw(EQUITY), 0],
            replaced_lots=[draw(st.integers(0, 3000)) for _ in batch],
        )
        found.append((batch, at, draw(st.sampled_from(["", "", "", "kill", "rearm"]))))
    return found


@settings(max_examples=100, derandomize=True, deadline=None)
@given(streams(), st.integers(0, 5))
def test_streams_agree_across_backends(
    stream: list[tuple[list[Intent], RiskContext, str]], move_at: int
) -> None:
    spec = RiskSpec(order_rate_per_s=10, order_burst=8)
    config = config_of(btcusdt(), btcusd_inverse(), risk=spec)
    left, right = (load("risk", Backend(name)).Risk(config) for name in BACKENDS)
    for step, (batch, at, command) in enumerate(stream):
        if command:
            getattr(left, command)()
            getattr(right, command)()
        codes = left.validate(batch, at)
        assert codes == right.validate(batch, at)
        for intent, code in zip(batch, codes, strict=True):
            if code == 0 and intent.kind == IntentKind.SUBMIT and step == move_at:
                moved = replace(intent, instrument=1 - intent.instrument)
                assert left.validate_moved(intent, moved, at) == right.validate_moved(
                    intent, moved, at
                )
        assert left.export_state() == right.export_state()
        if step == move_at:
            state = left.export_state()
            left.import_state(right.export_state())
            right.import_state(state)
