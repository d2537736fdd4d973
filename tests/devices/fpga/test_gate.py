"""The gate's reference against the engine's native risk stage, and its own edges."""

from collections import Counter

import pytest
from gate_rig import ORDER, Log, Replay
from gate_worlds import JUDGED, World

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.devices.fpga.gate import LOTS_MAX, PRICE_MAX, STEP_NS_MIN, Gate, GateRegisters


def codes_of_world(seed: int) -> list[int]:
    """What native risk and, asserted, the reference say of one world."""
    world = World(seed)
    script = world.write(1500)
    clocks = list(range(len(script.steps)))
    verdicts = [(k, 0, 0) for k, s in enumerate(script.steps) if s[0] == 0 and s[1] & 255 == ORDER]
    found = [code for _, code in Replay(script, Log(0, verdicts, [], clocks, {}, 0)).run()]
    pairs = enumerate(zip(found, world.codes, strict=True))
    wrong = [(k, a, b) for k, (a, b) in pairs if a != b]
    assert not wrong, f"world {seed}: {len(wrong)} differ, first (order, gate, native) {wrong[0]}"
    return found


def test_codes_are_those_of_native_risk() -> None:
    codes = Counter(code for seed in range(10) for code in codes_of_world(seed))
    assert set(codes) >= JUDGED


def opened(**changes: int) -> Gate:
    """Armed, with a reference at 1000 and room for 20 lots there."""
    settings = {
        "lots_max": 100, "equity": 10**6, "position_ppm": 20_000, "collar_ppm": 50_000,
        "rate_room_ns": 10**9,
    } | changes  # fmt: skip
    gate = Gate()
    gate.commit(GateRegisters(**settings))
    gate.pins(True, False)
    gate.reference(999, 1001)
    return gate


def test_a_new_gate_allows_nothing() -> None:
    gate = Gate()
    assert gate.order(0, 1, 1) == Code.RISK_KILLED
    gate.pins(True, False)
    assert gate.order(0, 1, 1) == Code.RISK_QUANTITY_MAX


def test_edges_of_words() -> None:
    gate = opened(lots_max=2**32 - 1, equity=2**63)
    assert gate.judge(2, 1, 1000) == Code.RISK_INTENT
    assert gate.judge(0, 1, 1000, words=1) == Code.RISK_INTENT
    assert gate.judge(0, 1, 0) == Code.RISK_PRICE_GRID
    assert gate.judge(0, 0, 1000) == Code.RISK_QUANTITY_MIN
    assert gate.judge(0, LOTS_MAX, 1000) == Code.OK
    assert gate.judge(0, LOTS_MAX + 1, 1000) == Code.RISK_QUANTITY_MAX
    gate.open_lots[0] = 1
    assert gate.judge(0, LOTS_MAX, 1000) == Code.RISK_OVERFLOW


def test_a_price_past_the_gate_is_refused_inside_the_collar_too() -> None:
    gate = opened(equity=2**63)
    gate.reference(PRICE_MAX - 1, PRICE_MAX)
    assert gate.judge(0, 1, PRICE_MAX) == Code.OK
    assert gate.judge(0, 1, PRICE_MAX + 1) == Code.RISK_OVERFLOW
    assert gate.judge(0, 1, 2**25) == Code.RISK_COLLAR


def test_the_worst_case_counts_at_the_higher_price() -> None:
    gate = opened()
    assert gate.judge(0, 20, 1000) == Code.OK
    assert gate.judge(0, 20, 1001) == Code.RISK_POSITION
    assert gate.judge(1, 20, 999) == Code.OK
    gate.position_lots = -5
    assert gate.judge(0, 25, 1000) == Code.OK
    assert gate.judge(1, 16, 1000) == Code.RISK_POSITION


def test_without_equity_orders_only_reduce() -> None:
    gate = opened(equity=0)
    gate.position_lots = 5
    assert gate.judge(1, 5, 1000) == Code.OK
    assert gate.judge(1, 6, 1000) == Code.RISK_EQUITY


def test_registers_do_not_loosen_compiled_limits() -> None:
    wide = opened(position_ppm=2**32 - 1, collar_ppm=2**32 - 1)
    assert wide.judge(0, 21, 1000) == Code.RISK_POSITION
    assert wide.judge(0, 1, 1051) == Code.RISK_COLLAR
    wide = opened(equity=2**40, rate_room_ns=2**32 - 1)
    passed = sum(wide.order(k & 1, 1, 1000) == Code.OK for k in range(5000))
    assert passed == LIMITS["order_rate_per_s_max"]
    wide.pass_time(STEP_NS_MIN)
    assert [wide.order(0, 1, 1000), wide.order(0, 1, 1000)] == [Code.OK, Code.RISK_RATE]


def test_time_that_steps_back_pays_nothing() -> None:
    gate = opened(rate_room_ns=0)
    gate.pass_time(10**9)
    assert gate.order(0, 1, 1000) == Code.OK
    gate.pass_time(0)
    assert (gate.order(0, 1, 1000), gate.latest_ns) == (Code.RISK_RATE, 10**9)


def test_a_wrong_report_stops_until_armed_again() -> None:
    gate = opened()
    assert gate.order(0, 3, 1000) == Code.OK
    assert not gate.fill(0, 4)
    assert (gate.open_lots, gate.position_lots, gate.errors) == ([3, 0], 0, 1)
    assert gate.order(0, 1, 1000) == Code.RISK_KILLED
    gate.pins(False, False)
    gate.pins(True, False)
    assert gate.order(0, 1, 1000) == Code.OK


@pytest.mark.parametrize(("bid", "ask"), [(0, 1), (1, 0), (PRICE_MAX + 1, 1), (1, 2**32 - 1)])
def test_a_reference_that_is_none_refuses_every_price(bid: int, ask: int) -> None:
    gate = opened()
    gate.reference(bid, ask)
    assert (gate.judge(0, 1, 1000), gate.errors) == (Code.RISK_COLLAR, 1)


def test_the_position_is_loaded_while_disarmed_only() -> None:
    gate = opened()
    held = GateRegisters(position_lots=-7, open_buy_lots=2, open_sell_lots=3)
    assert gate.commit(held)
    assert gate.position_lots == 0
    gate.pins(False, False)
    assert gate.commit(held)
    assert (gate.position_lots, gate.open_lots) == (-7, [2, 3])
    assert not gate.commit(GateRegisters(position_lots=2**24))
    assert gate.settings == held
