"""The risk stage on every backend: batches, kill state, tokens, state."""

import struct
from dataclasses import replace
from types import ModuleType

import pytest
from board_support import FPGA, ready
from risk_support import BACKENDS, MID, S, buy, context, debt_ns, one, sell
from support import btcusdt, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import RiskSpec
from tickpath.core.errors import CapacityError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    BookTop,
    Intent,
    IntentKind,
    Position,
    Side,
)


@pytest.fixture(params=[*BACKENDS, FPGA])
def module(request: pytest.FixtureRequest) -> ModuleType:
    return load("risk", ready(request.param))


# -- batches ----------------------------------------------------------------------------------


def test_what_the_batch_accepted_counts(module: ModuleType) -> None:
    config = config_of()
    risk = module.Risk(config)
    batch = [buy(3000), buy(1001), buy(1000), sell(3999, MID + 1), sell(1, MID + 1), buy(10)]
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
    assert risk.validate(batch, at) == [0, 0, 0]
    spent = debt_ns(risk.export_state())
    assert risk.validate_moved(batch[0], replace(batch[0], instrument=1), at) == Code.RISK_POSITION
    assert risk.validate_moved(batch[2], replace(batch[2], instrument=1), at) == 0
    step_ns = S // config.risk.order_rate_per_s
    assert spent - S == 3 * step_ns
    left = debt_ns(risk.export_state())
    assert spent - left == step_ns, "only what was refused came back"


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
    assert codes(11 * S) == [0, refused, refused], "a step is rounded up: 2 ns are missing"
    assert codes(11 * S + third + 3) == [0, 0, refused]
    assert codes(2**62) == [0, 0, refused], "never more than the burst"


def test_only_accepted_orders_cost_a_token(module: ModuleType) -> None:
    config = config_of(risk=RiskSpec(order_rate_per_s=1, order_burst=1))
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
    config = config_of(risk=RiskSpec(order_rate_per_s=4, duplicate_ns=S))
    risk = module.Risk(config)
    assert risk.export_state() == blank(0)
    assert risk.set_reference(0, 5_100_000) == 0
    risk.set_venue(3, False)
    one(risk, config, buy(10, strategy=2, type=2))
    risk.kill()
    quarter, whole = S + S // 4, S // LIMITS["order_rate_per_s_max"]
    message = S + S // LIMITS["message_rate_per_s_max"]
    venues = [S + whole, *[0] * 7]
    assert risk.export_state() == b"".join(
        (
            struct.pack("<IIqQII", 2, 1, S, 8, 1, 0),
            struct.pack("<18q", quarter, *venues, message, message, *[0] * 7),
            struct.pack("<qII", 5_100_000, 1, 0),
            struct.pack("<qqqQ", S, 5_000_000, 10, 2 << 1 | 2 << 8),
        )
    )


def blank(full_ns: int, killed: int = 0, version: int = 2, count: int = 0) -> bytes:
    """The state of one instrument that accepted nothing."""
    head = struct.pack("<IIqQII", version, killed, 0, 0, 1, 0)
    return head + struct.pack("<18q", full_ns, *[0] * 17) + struct.pack("<qII", 0, count, 0)


@pytest.mark.parametrize(
    "state",
    [
        b"",
        blank(0)[:-1],
        blank(0) + b"\0",
        blank(0, version=1),
        blank(0, killed=2),
        blank(-1),
        blank(2**62),
        blank(0, count=1),
        blank(0, count=17) + bytes(17 * 32),
        blank(0)[:24] + struct.pack("<I", 2) + blank(0)[28:],
        blank(0)[:16] + struct.pack("<Q", 256) + blank(0)[24:],
        blank(0)[:8] + struct.pack("<q", -1) + blank(0)[16:],
        blank(0)[:-16] + struct.pack("<qII", 2**62, 0, 0),
    ],
)
def test_a_tampered_state_is_refused(module: ModuleType, state: bytes) -> None:
    risk = module.Risk(config_of(risk=RiskSpec(order_burst=4)))
    risk.kill()
    before = risk.export_state()
    with pytest.raises(DataError):
        risk.import_state(state)
    assert risk.export_state() == before


@pytest.mark.parametrize("full_ns", [0, 1, S])
def test_no_state_loosens_a_limit(module: ModuleType, full_ns: int) -> None:
    config = config_of(risk=RiskSpec(order_rate_per_s=1000, order_burst=4))
    risk = module.Risk(config)
    risk.import_state(blank(full_ns))
    codes = risk.validate([sell(10)] * 5, context(config, 5))
    assert codes == [0, 0, 0, 0, Code.RISK_RATE]
    assert one(risk, config, buy(4001)) == Code.RISK_NOTIONAL_MAX
