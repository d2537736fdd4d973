"""The risk stage on both backends: batches, tokens, kill state, doors that stay shut, equality."""

import struct
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import btcusd_inverse, btcusdt, config_of

from tickpath.core import limits as limits_module
from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument, RiskSpec
from tickpath.core.errors import CapacityError, ConfigError, DataError, LimitError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    Bbo,
    BookStatus,
    BookTop,
    InstrumentKind,
    Intent,
    IntentKind,
    OrderType,
    Position,
    Side,
    TimeInForce,
)
from tickpath.hot.risk import context as context_module
from tickpath.hot.risk.context import RiskContext, limits_of
from tickpath.hot.risk.spec import changed, passing_input

S = 1_000_000_000
BACKENDS = ["reference", "native"]
MID = 5_000_000
"""50 000.00; with 100 000 USDT of equity 2 % are 4 000 lots of 0.00001 there."""


@pytest.fixture(params=BACKENDS)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return load("risk", Backend(request.param))


def buy(lots: int, ticks: int = MID, **changes: Any) -> Intent:
    base = Intent(IntentKind.SUBMIT, 0, 0, price_ticks=ticks, quantity_lots=lots)
    return replace(base, **changes)


def sell(lots: int, ticks: int = MID, **changes: Any) -> Intent:
    return buy(lots, ticks, side=Side.SELL, **changes)


def context(config: Config, count: int = 1, **changes: Any) -> RiskContext:
    """A quiet market around MID with the configured balances as equity."""
    n = len(config.instruments)
    base = RiskContext(
        now_ns=S,
        positions=[Position() for _ in range(n)],
        tops=[BookTop(MID - 1, 9, MID + 1, 9, status=BookStatus.OK) for _ in range(n)],
        bbos=[Bbo() for _ in range(n)],
        last_trade_ticks=[MID] * n,
        last_market_ns=[S] * n,
        equity_units=[config.balance_units(c) for c in range(len(config.currencies))],
        replaced_lots=[0] * count,
    )
    return replace(base, **changes)


def one(risk: Any, config: Config, intent: Intent, **changes: Any) -> int:
    (code,) = risk.validate([intent], context(config, 1, **changes))
    return int(code)


# -- batches ----------------------------------------------------------------------------------


def test_what_the_batch_accepted_counts(module: ModuleType) -> None:
    config = config_of()
    risk = module.Risk(config)
    batch = [buy(3000), buy(1001), buy(1000), sell(4000), sell(1), buy(10)]
    codes = risk.validate(batch, context(config, len(batch)))
    assert codes == [0, Code.RISK_POSITION, 0, 0, Code.RISK_NOTIONAL_MIN, Code.RISK_POSITION]
    assert risk.validate([buy(4000)], context(config)) == [0], "a new batch starts from nothing"


def test_instruments_of_a_batch_are_apart(module: ModuleType) -> None:
    config = config_of(btcusdt(), btcusdt(symbol="OTHER"))
    risk = module.Risk(config)
    batch = [buy(4000), buy(4000, instrument=1), buy(100), buy(100, instrument=1)]
    codes = risk.validate(batch, context(config, 4))
    assert codes == [0, 0, Code.RISK_POSITION, Code.RISK_POSITION]


def test_a_replace_gives_back_what_it_replaces(module: ModuleType) -> None:
    config = config_of()
    risk = module.Risk(config)
    positions = [Position(open_buy_lots=4000)]
    swap = buy(4000, kind=IntentKind.REPLACE, client_order_id=7)
    given_back = context(config, positions=positions, replaced_lots=[4000])
    assert risk.validate([swap], given_back) == [0]
    assert risk.validate([swap], replace(given_back, replaced_lots=[3999])) == [Code.RISK_POSITION]
    wrong_side = replace(swap, side=Side.SELL, quantity_lots=4001)
    assert risk.validate([wrong_side], given_back) == [Code.RISK_NOTIONAL_MAX]
    short = replace(given_back, positions=[Position(position_lots=-1, open_buy_lots=4000)])
    wrong_side = replace(swap, side=Side.SELL, quantity_lots=4000)
    assert risk.validate([wrong_side], short) == [Code.RISK_POSITION]


@pytest.mark.parametrize("side", Side)
def test_a_replace_by_less_leaves_no_room_in_its_batch(module: ModuleType, side: Side) -> None:
    """The old order may fill before it is gone, so what it gives up is nobody else's yet."""
    config = config_of()
    risk = module.Risk(config)
    batch = [buy(1000, side=side, kind=IntentKind.REPLACE), buy(10, side=side)]
    positions = [Position(open_buy_lots=4000, open_sell_lots=4000)]
    at = context(config, positions=positions, replaced_lots=[4000, 0])
    assert risk.validate(batch, at) == [0, Code.RISK_POSITION]


@pytest.mark.parametrize("side", Side)
def test_a_replace_by_more_counts_what_it_adds(module: ModuleType, side: Side) -> None:
    config = config_of()
    risk = module.Risk(config)
    batch = [buy(2000, side=side, kind=IntentKind.REPLACE), buy(1501, side=side)]
    positions = [Position(open_buy_lots=1500, open_sell_lots=1500)]
    at = context(config, positions=positions, replaced_lots=[1500, 0, 0])
    assert risk.validate([*batch, buy(500, side=side)], at) == [0, 0, Code.RISK_POSITION]
    at = replace(at, replaced_lots=[1500, 0])
    batch[1] = buy(2001, side=side)
    assert risk.validate(batch, at) == [0, Code.RISK_POSITION]


def test_a_moved_order_stands_beside_the_batch(module: ModuleType) -> None:
    """Routing is no way around a limit: the target counts what the batch has pending there."""
    config = config_of(btcusdt(), btcusdt(symbol="OTHER", venue=1))
    risk = module.Risk(config)
    batch = [buy(2500), buy(2500, instrument=1), buy(1500)]
    at = context(config, 3)
    before = risk.export_state()
    assert risk.validate(batch, at) == [0, 0, 0]
    spent = risk.export_state()
    assert risk.validate_moved(batch[0], replace(batch[0], instrument=1), at) == Code.RISK_POSITION
    assert risk.validate_moved(batch[2], replace(batch[2], instrument=1), at) == 0
    assert tokens(before) - tokens(spent) == 3 * S
    assert tokens(risk.export_state()) - tokens(spent) == S, "only what was refused came back"


def test_moving_leaves_nothing_behind(module: ModuleType) -> None:
    config = config_of(btcusdt(), btcusdt(symbol="OTHER", venue=1))
    risk = module.Risk(config)
    at = context(config)
    assert risk.validate([buy(4000)], at) == [0]
    assert risk.validate_moved(buy(4000), buy(4000, instrument=1), at) == 0
    assert risk.validate_moved(buy(4000, instrument=1), buy(4000), at) == 0
    assert risk.validate([buy(4000, instrument=1)], at) == [0]


def test_nothing_moves_that_was_not_allowed(module: ModuleType) -> None:
    """No token and no room comes from orders that the batch never had."""
    config = config_of(btcusdt(), btcusdt(symbol="OTHER", venue=1))
    risk = module.Risk(config)
    at = context(config)
    there = buy(100, instrument=1)
    assert risk.validate_moved(buy(100), there, at) == Code.RISK_INTENT
    assert risk.validate([buy(4000)], at) == [0]
    state = risk.export_state()
    for wrong in (
        buy(4001), sell(10), buy(0), buy(-10), buy(10, side=2), buy(10, instrument=1),
        buy(10, instrument=2), buy(10, instrument=-1), buy(10, kind=IntentKind.REPLACE),
    ):  # fmt: skip
        assert risk.validate_moved(wrong, there, at) == Code.RISK_INTENT
    replaces = replace(there, kind=IntentKind.REPLACE)
    assert risk.validate_moved(buy(4000), replaces, at) == Code.RISK_INTENT
    assert risk.export_state() == state
    far = buy(4000, 1, instrument=1)
    assert risk.validate_moved(buy(4000), far, at) == Code.RISK_NOTIONAL_MIN
    assert risk.validate_moved(buy(4000), far, at) == Code.RISK_INTENT, "it is gone"


def test_a_batch_has_a_bound(module: ModuleType) -> None:
    config = config_of()
    risk = module.Risk(config)
    most = LIMITS["intents_max"]
    assert risk.validate([sell(10)] * most, context(config, most)) == [0] * most
    with pytest.raises(CapacityError):
        risk.validate([sell(10)] * (most + 1), context(config, most + 1))
    assert risk.validate([], context(config, 0)) == []


# -- cancels, kill, equity --------------------------------------------------------------------

CANCEL = Intent(IntentKind.CANCEL, 0, 0, client_order_id=1)


def test_a_cancel_always_passes(module: ModuleType) -> None:
    config = config_of(btcusdt(trading=False), risk=RiskSpec(order_burst=0, order_rate_per_s=0))
    risk = module.Risk(config)
    risk.kill()
    bad = {
        "tops": [BookTop()],
        "last_market_ns": [0],
        "equity_units": [-1, -1, -1],
        "now_ns": 2**62,
    }
    assert one(risk, config, CANCEL, **bad) == 0
    assert one(risk, config, replace(CANCEL, side=7, type=9, flags=-1, strategy=-3), **bad) == 0
    assert one(risk, config, replace(CANCEL, instrument=1)) == Code.RISK_INSTRUMENT
    assert one(risk, config, replace(CANCEL, instrument=-1)) == Code.RISK_INSTRUMENT


def test_kill_and_rearm(module: ModuleType) -> None:
    config = config_of()
    risk = module.Risk(config)
    assert not risk.killed
    risk.kill()
    assert risk.killed
    assert risk.validate([buy(100), CANCEL], context(config, 2)) == [Code.RISK_KILLED, 0]
    reducing = {"positions": [Position(position_lots=-100)]}
    assert one(risk, config, buy(100), **reducing) == Code.RISK_KILLED
    risk.rearm()
    assert not risk.killed
    assert one(risk, config, buy(100)) == 0


@pytest.mark.parametrize("equity", [0, -1, -(2**63)])
def test_without_equity_only_reducing_passes(module: ModuleType, equity: int) -> None:
    config = config_of()
    risk = module.Risk(config)
    lost = {"equity_units": [0, equity, 0], "positions": [Position(position_lots=-9000)]}
    assert one(risk, config, sell(100), **lost) == Code.RISK_EQUITY
    assert one(risk, config, buy(9000), **lost) == 0
    assert one(risk, config, buy(9001), **lost) == Code.RISK_EQUITY
    assert risk.validate([buy(9000), buy(10)], context(config, 2, **lost)) == [0, Code.RISK_EQUITY]
    assert one(risk, config, CANCEL, **lost) == 0


@pytest.mark.parametrize("index", [-(2**31), -1, 1, 64, 2**31 - 1])
def test_unknown_instruments(module: ModuleType, index: int) -> None:
    config = config_of()
    assert one(module.Risk(config), config, buy(100, instrument=index)) == Code.RISK_INSTRUMENT


def test_a_timer_is_no_order(module: ModuleType) -> None:
    config = config_of()
    assert one(module.Risk(config), config, buy(10, kind=IntentKind.SET_TIMER)) == Code.RISK_INTENT


# -- order rate -------------------------------------------------------------------------------


def tokens(state: bytes) -> int:
    credit: int = struct.unpack("<IIqq", state)[2]
    return credit


def test_tokens_come_back_to_the_nanosecond(module: ModuleType) -> None:
    config = config_of(risk=RiskSpec(order_rate_per_s=3, order_burst=2))
    risk = module.Risk(config)
    batch = [sell(10)] * 3

    def codes(now_ns: int) -> list[int]:
        at = context(config, 3, now_ns=now_ns, last_market_ns=[now_ns])
        return [int(c) for c in risk.validate(batch, at)]

    refused = Code.RISK_RATE
    assert codes(10 * S) == [0, 0, refused]
    third = S // 3
    assert codes(10 * S + third) == [refused] * 3, "a third of a second lacks one part in 10^9"
    assert codes(10 * S + third + 1) == [0, refused, refused]
    assert codes(10 * S + third) == [refused] * 3, "an earlier time gives nothing"
    assert codes(11 * S) == [0, 0, refused]
    assert codes(2**62) == [0, 0, refused], "never more than the burst"


def test_only_accepted_orders_cost_a_token(module: ModuleType) -> None:
    config = config_of(risk=RiskSpec(order_rate_per_s=0, order_burst=1))
    risk = module.Risk(config)
    for intent in (buy(5000), buy(100, 1), sell(9), CANCEL):
        one(risk, config, intent)
    assert one(risk, config, buy(100)) == 0
    assert one(risk, config, buy(100)) == Code.RISK_RATE
    assert one(risk, config, CANCEL) == 0


# -- state ------------------------------------------------------------------------------------


def other(module: ModuleType) -> ModuleType:
    name = module.__name__.rsplit(".", 1)[1]
    return load("risk", Backend("native" if name == "reference" else "reference"))


def test_state_moves_between_backends(module: ModuleType) -> None:
    config = config_of(risk=RiskSpec(order_rate_per_s=1, order_burst=5))
    left, right = module.Risk(config), other(module).Risk(config)
    left.validate([buy(10)] * 3, context(config, 3))
    left.kill()
    right.import_state(left.export_state())
    assert right.killed
    assert right.export_state() == left.export_state()
    for risk in (left, right):
        risk.rearm()
        assert risk.validate([buy(10)] * 4, context(config, 4)) == [0, 0, *[Code.RISK_RATE] * 2]
    assert right.export_state() == left.export_state()


def test_the_layout_of_the_state(module: ModuleType) -> None:
    config = config_of(risk=RiskSpec(order_burst=4))
    risk = module.Risk(config)
    assert risk.export_state() == struct.pack("<IIqq", 1, 0, 4 * S, 0)
    one(risk, config, buy(10))
    risk.kill()
    assert risk.export_state() == struct.pack("<IIqq", 1, 1, 3 * S, S)


@pytest.mark.parametrize(
    "state",
    [
        b"",
        struct.pack("<IIqq", 1, 0, 0, 0)[:-1],
        struct.pack("<IIqq", 1, 0, 0, 0) + b"\0",
        struct.pack("<IIqq", 2, 0, 0, 0),
        struct.pack("<IIqq", 1, 2, 0, 0),
        struct.pack("<IIqq", 1, 0, -1, 0),
        struct.pack("<IIqq", 1, 0, 4 * S + 1, 0),
        struct.pack("<IIqq", 1, 0, 2**63 - 1, 0),
    ],
)
def test_a_tampered_state_is_refused(module: ModuleType, state: bytes) -> None:
    risk = module.Risk(config_of(risk=RiskSpec(order_burst=4)))
    risk.kill()
    before = risk.export_state()
    with pytest.raises(DataError):
        risk.import_state(state)
    assert risk.export_state() == before


@pytest.mark.parametrize("refilled_ns", [-(2**63), 0, 2**63 - 1])
def test_no_state_loosens_a_limit(module: ModuleType, refilled_ns: int) -> None:
    config = config_of(risk=RiskSpec(order_rate_per_s=1000, order_burst=4))
    risk = module.Risk(config)
    risk.import_state(struct.pack("<IIqq", 1, 0, 4 * S, refilled_ns))
    codes = risk.validate([sell(10)] * 5, context(config, 5))
    assert codes == [0, 0, 0, 0, Code.RISK_RATE]
    assert one(risk, config, buy(4001)) == Code.RISK_NOTIONAL_MAX


# -- doors ------------------------------------------------------------------------------------

CEILINGS = ["position_ceiling_ppm", "price_collar_ppm", "order_rate_per_s", "order_burst"]


def forced(**values: Any) -> Config:
    """A configuration whose frozen risk table was written into from outside."""
    config = config_of(risk=RiskSpec())
    for name, value in values.items():
        object.__setattr__(config.risk, name, value)
    return config


@pytest.mark.parametrize("name", [*CEILINGS, "stale_ns"])
@pytest.mark.parametrize("value", [2**40, 2**63, -1, 1.5, True, None, "1"])
def test_a_forced_configuration_is_refused(module: ModuleType, name: str, value: Any) -> None:
    with pytest.raises((ConfigError, TypeError)):
        module.Risk(forced(**{name: value}))


@pytest.mark.parametrize("name", CEILINGS)
def test_a_configuration_looser_than_compiled_cannot_be_written(name: str) -> None:
    with pytest.raises(LimitError):
        RiskSpec(**{name: 2**40})


@pytest.mark.parametrize("value", [Decimal(-1), Decimal("NaN"), Decimal("Infinity"), 1.5, None])
@pytest.mark.parametrize("name", ["order_quantity_max", "order_notional_max"])
def test_maxima_are_numbers(module: ModuleType, name: str, value: Any) -> None:
    with pytest.raises(ConfigError):
        module.Risk(forced(**{name: value}))


def test_the_environment_is_not_read(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIMITS:
        for prefix in ("", "TP_", "TICKPATH_", "TICKPATH_RISK_"):
            monkeypatch.setenv(f"{prefix}{name}".upper(), "999999999")
    config = config_of()
    assert one(module.Risk(config), config, buy(4001)) == Code.RISK_NOTIONAL_MAX


def test_limits_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        LIMITS["position_ceiling_ppm"] = 1_000_000  # type: ignore[index]


def test_native_obeys_the_compiled_limits_whatever_python_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loose = dict.fromkeys(LIMITS, 2**62) | {"instruments_max": LIMITS["instruments_max"]}
    monkeypatch.setattr(context_module, "LIMITS", loose)
    monkeypatch.setattr(limits_module, "LIMITS", loose)
    config = forced(
        position_ceiling_ppm=10**6,
        price_collar_ppm=10**6,
        order_rate_per_s=10**9,
        order_burst=2**62 // S,
        stale_ns=2**62,
    )
    risk = load("risk", Backend.NATIVE).Risk(config)
    assert tokens(risk.export_state()) == 1000 * S
    assert one(risk, config, buy(4001)) == Code.RISK_NOTIONAL_MAX
    held = {"positions": [Position(position_lots=4000)]}
    assert one(risk, config, buy(10), **held) == Code.RISK_POSITION
    assert one(risk, config, buy(100, 5_250_001)) == Code.RISK_COLLAR
    late = {"now_ns": 7 * S, "last_market_ns": [2 * S - 1]}
    assert one(risk, config, buy(100), **late) == Code.RISK_STALE


def test_a_handle_has_no_limit_to_write() -> None:
    risk = load("risk", Backend.NATIVE).Risk(config_of())
    public = [name for name in dir(risk) if not name.startswith("_")]
    assert sorted(public) == [
        "export_state", "import_state", "kill", "killed", "rearm", "validate", "validate_moved",
    ]  # fmt: skip
    with pytest.raises(AttributeError):
        risk.killed = False
    with pytest.raises(AttributeError):
        risk.limits = None


def test_limits_can_be_tightened(module: ModuleType) -> None:
    spec = RiskSpec(
        position_ceiling_ppm=10_000, price_collar_ppm=1000, order_quantity_max=Decimal("0.015")
    )
    config = config_of(risk=spec)
    risk = module.Risk(config)
    assert one(risk, config, buy(1501)) == Code.RISK_QUANTITY_MAX
    assert one(risk, config, buy(1500)) == 0
    held = {"positions": [Position(position_lots=501)]}
    assert one(risk, config, buy(1500), **held) == Code.RISK_POSITION
    assert one(risk, config, buy(1500, MID + 5001)) == Code.RISK_COLLAR
    assert one(risk, config, buy(1500, MID + 5000, side=1)) == 0
    tight = config_of(risk=RiskSpec(order_notional_max=Decimal(750)))
    assert one(module.Risk(tight), tight, buy(1500)) == 0
    assert one(module.Risk(tight), tight, buy(1501)) == Code.RISK_NOTIONAL_MAX


def test_zero_closes_everything(module: ModuleType) -> None:
    for name in ("position_ceiling_ppm", "order_burst", "order_notional_max"):
        zero = Decimal(0) if name == "order_notional_max" else 0
        config = config_of(risk=RiskSpec(**{name: zero}))
        assert one(module.Risk(config), config, buy(100)) != 0


def test_tables_that_do_not_fit_are_refused(module: ModuleType) -> None:
    with pytest.raises(ConfigError):
        module.Risk(config_of(*[btcusdt()] * (LIMITS["instruments_max"] + 1)))
    with pytest.raises(ConfigError):
        module.Risk(config_of(btcusdt(settle=3)))
    with pytest.raises(ConfigError):
        module.Risk(config_of(btcusdt(settle=-1)))


def test_limits_in_an_instruments_own_integers() -> None:
    spec = RiskSpec(order_quantity_max=Decimal("0.0000299"), order_notional_max=Decimal("1E+30"))
    (limits,) = limits_of(config_of(risk=spec))
    assert limits.order_lots_max == 2
    assert limits.order_notional_units_max == 2**62


# -- both backends, many inputs ---------------------------------------------------------------

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
    "tokens": st.integers(-1, 2),
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
