"""The risk gate in RTL against its reference: streams, registers in mid-stream, latency."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from gate_rig import DONE, FILL, RESET, Log, Rig, Script, codes_of, compare
from gate_streams import Stream
from gate_worlds import JUDGED, World

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.devices.fpga.gate import GateRegisters

OPEN = GateRegisters(
    lots_max=1000, equity=10**12, position_ppm=20_000, collar_ppm=50_000,
    rate_step_ns=10**6, rate_room_ns=999 * 10**6,
)  # fmt: skip
"""20 000 lots at MID."""
MID = 1_000_000


@pytest.fixture
def rig(needs_verilator: None) -> Iterator[Rig]:
    made = Rig()
    yield made
    made.close()


def opened(settings: GateRegisters = OPEN) -> Script:
    """Reset, committed, armed, with a reference at MID."""
    script = Script()
    script.reset()
    script.pins(False)
    script.commit(settings)
    script.idle()
    script.pins(True)
    script.reference(MID - 1, MID + 1)
    return script


def pressed(rig: Rig, script: Script, seed: int) -> Log:
    """A run under a pattern of pauses that follows from the seed."""
    offer, verdict, order = ((256, 256, 256), (256, 90, 90), (60, 256, 256), (128, 200, 40))[
        seed % 4
    ]
    return rig.run(script, seed, offer, verdict, order)


@pytest.mark.parametrize("seed", range(8))
def test_streams_give_the_codes_of_the_reference(rig: Rig, seed: int) -> None:
    script = Stream(seed).write(4000)
    compare(script, pressed(rig, script, seed))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_many_streams_give_the_codes_of_the_reference(rig: Rig, seed: int) -> None:
    script = Stream(seed).write(10_000)
    compare(script, pressed(rig, script, seed))


def waits(script: Script, log: Log) -> list[int]:
    """Clocks from the edge that takes an order to the edge at which its verdict can be taken."""
    return [clock + 1 - log.steps[tag] for clock, _, tag in log.verdicts]


def test_a_verdict_takes_four_clocks(rig: Rig) -> None:
    script = opened()
    for side, price in ((0, MID), (1, MID), (0, MID + 500), (0, 2 * MID), (1, 0)):
        script.order(side, 1, price)
        script.wait(10)
    log = rig.run(script)
    assert codes_of(log) == [0, 0, 0, Code.RISK_COLLAR, Code.RISK_PRICE_GRID]
    assert waits(script, log) == [4] * 5


def test_every_order_takes_three_clocks(rig: Rig) -> None:
    script = opened()
    for _ in range(50):
        script.order(0, 1, 2 * MID)
    for _ in range(50):
        script.order(0, 1, MID)
    log = rig.run(script)
    clocks = [clock for clock, _, _ in log.verdicts]
    assert codes_of(log) == [Code.RISK_COLLAR] * 50 + [0] * 50
    assert clocks[99] - clocks[0] == 3 * 99


def test_an_order_near_the_ceiling_above_the_reference_is_divided_out(rig: Rig) -> None:
    script = opened(replace(OPEN, lots_max=20_000))
    script.order(0, 19_900, MID + 5000)
    script.wait(60)
    script.order(0, 19_901, MID + 5000)
    log = rig.run(script)
    assert codes_of(log) == [0, Code.RISK_POSITION]
    assert waits(script, log)[0] <= 34
    compare(script, log)


def test_bounds_hold_the_stream_for_less_than_stated(rig: Rig) -> None:
    script = opened()
    script.order(0, 1, MID)
    script.commit(OPEN)
    script.order(0, 1, MID)
    log = rig.run(script)
    assert log.steps[6] - log.steps[5] <= 100
    assert log.steps[8] - log.steps[7] <= 260
    assert codes_of(log) == [0, 0]


def test_a_commit_that_loads_a_position_holds_the_stream_no_longer(rig: Rig) -> None:
    script = opened()
    script.idle()
    script.pins(False)
    script.commit(OPEN)
    script.order(0, 1, MID)
    log = rig.run(script)
    assert codes_of(log) == [Code.RISK_KILLED]
    assert log.steps[-1] - log.steps[-2] <= 260


def test_nothing_passes_before_settings_a_reference_and_arming(rig: Rig) -> None:
    script = Script()
    script.reset()
    script.order(0, 1, MID)
    script.wait(10)
    script.pins(True)
    script.reference(MID - 1, MID + 1)
    script.order(0, 1, MID)
    script.commit(replace(OPEN, position_ppm=0))
    script.order(0, 1, MID)
    script.commit(replace(OPEN, equity=0))
    script.order(0, 1, MID)
    script.idle()
    script.wait(10)
    script.pins(False)
    script.commit(OPEN)
    script.order(0, 1, MID)
    script.wait(300)
    script.pins(True)
    script.order(0, 1, MID)
    log = rig.run(script)
    wanted = ["KILLED", "QUANTITY_MAX", "POSITION", "EQUITY", "KILLED"]
    assert codes_of(log) == [*(Code[f"RISK_{name}"] for name in wanted), 0]
    compare(script, log)


def test_arm_held_high_through_a_reset_arms_nothing(rig: Rig) -> None:
    script = opened()
    script.reset()
    script.commit(OPEN)
    script.reference(MID - 1, MID + 1)
    script.order(0, 1, MID)
    log = rig.run(script)
    assert codes_of(log) == [Code.RISK_KILLED]
    assert log.status["killed"] == 1


def test_a_kill_holds_until_disarmed_and_armed_again(rig: Rig) -> None:
    script = opened()
    script.order(0, 1, MID)
    for arm, kill in ((True, True), (True, False), (False, False), (True, False)):
        script.wait(10)
        script.pins(arm, kill)
        script.order(0, 1, MID)
    log = rig.run(script)
    killed = Code.RISK_KILLED
    assert codes_of(log) == [0, killed, killed, killed, 0]
    compare(script, log)


def test_a_kill_stops_the_orders_that_are_inside(rig: Rig) -> None:
    script = opened()
    for _ in range(3):
        script.order(0, 1, MID)
    script.pins(True, True)
    log = rig.run(script)
    assert codes_of(log)[-1] == Code.RISK_KILLED
    compare(script, log)


@pytest.mark.parametrize(
    ("kind", "side", "lots"), [(FILL, 0, 11), (DONE, 0, 11), (FILL, 1, 1), (FILL, 2, 1), (9, 0, 1)]
)
def test_a_report_that_fits_no_order_stops_and_stays(
    rig: Rig, kind: int, side: int, lots: int
) -> None:
    script = opened()
    script.order(0, 10, MID)
    script.message(kind, side, lots, 0)
    script.order(0, 1, MID)
    script.wait(10)
    script.pins(False)
    script.pins(True)
    script.order(0, 1, MID)
    log = rig.run(script)
    assert codes_of(log) == [0, Code.RISK_KILLED, 0]
    assert (log.status["errors"], log.status["open_buy"]) == (1, 11)
    compare(script, log)


def test_reports_move_open_lots_to_the_position(rig: Rig) -> None:
    script = opened()
    for side, lots in ((0, 100), (1, 70)):
        script.order(side, lots, MID)
    for kind, side, lots in ((FILL, 0, 40), (DONE, 0, 10), (FILL, 1, 70)):
        script.message(kind, side, lots, 0)
    log = rig.run(script)
    held = [log.status[name] for name in ("position_lots", "open_buy", "open_sell", "errors")]
    assert held == [-30, 50, 0, 0]
    compare(script, log)


def test_no_register_lets_more_through_than_the_compiled_rate(rig: Rig) -> None:
    loose = replace(OPEN, rate_step_ns=0, rate_room_ns=2**32 - 1, equity=2**62)
    script = opened(loose)
    for k in range(6000):
        script.order(k & 1, 1, MID, 10**9 + k * 200_000)
    log = rig.run(script)
    passed = [k for k, code in enumerate(codes_of(log)) if code == 0]
    most = LIMITS["order_rate_per_s_max"]
    for first in (0, 900, most):
        times = [k * 200_000 for k in passed[first:]]
        assert all(n <= most + (t - times[0]) * most // 10**9 for n, t in enumerate(times))
    assert len(passed) == most + 5999 * 200_000 * most // 10**9
    compare(script, log)


def test_no_register_widens_ceiling_or_collar(rig: Rig) -> None:
    wide = replace(OPEN, position_ppm=2**32 - 1, collar_ppm=2**32 - 1, lots_max=2**32 - 1)
    script = opened(wide)
    for lots, price in ((1, MID + 50_000), (1, MID + 50_001), (20_000, MID), (19_999, MID)):
        script.order(0, lots, price)
    log = rig.run(script)
    assert codes_of(log) == [0, Code.RISK_COLLAR, Code.RISK_POSITION, 0]
    compare(script, log)


def test_a_taker_that_never_takes_holds_everything(rig: Rig) -> None:
    script = opened()
    for _ in range(20):
        script.order(0, 1, MID)
    log = rig.run(script, take_order=0, clocks_max=5000)
    assert log.fault == 8, "the run must end by its limit"
    assert codes_of(log) == [0]
    assert log.status["orders_taken"] == 0


def test_a_position_is_loaded_while_disarmed_only(rig: Rig) -> None:
    held = replace(OPEN, position_lots=-50, open_buy_lots=7, open_sell_lots=9)
    script = opened(held)
    script.commit(replace(held, position_lots=123))
    script.order(0, 1, MID)
    log = rig.run(script)
    status = [log.status[name] for name in ("position_lots", "open_buy", "open_sell")]
    assert status == [-50, 8, 9]
    compare(script, log)


@pytest.mark.parametrize(
    "wide", [{"position_lots": 2**24}, {"position_lots": -(2**24) - 1}, {"open_sell_lots": 2**24}]
)
def test_a_position_too_wide_changes_nothing(rig: Rig, wide: dict[str, int]) -> None:
    script = opened()
    script.order(0, 1000, MID)
    script.idle()
    script.wait(10)
    script.pins(False)
    script.commit(replace(OPEN, lots_max=5, **wide))
    script.idle()
    script.pins(True)
    script.order(0, 1000, MID)
    log = rig.run(script)
    assert codes_of(log) == [0, 0]
    assert log.status["commit_error"] == 1
    assert log.status["open_buy"] == 2000
    compare(script, log)


def test_a_commit_counts_from_the_next_message_on(rig: Rig) -> None:
    script = opened()
    for lots_max in (5, 10, 5, 2**32 - 1):
        script.order(0, 7, MID)
        script.commit(replace(OPEN, lots_max=lots_max))
    script.order(0, 7, MID)
    log = rig.run(script, seed=3, take_order=40)
    assert codes_of(log) == [0, Code.RISK_QUANTITY_MAX, 0, Code.RISK_QUANTITY_MAX, 0]


def test_counters_tell_the_codes(rig: Rig) -> None:
    script = Stream(21).write(2000)
    cut = next((k for k, s in enumerate(script.steps) if s[0] == RESET), len(script.steps))
    script.steps = script.steps[:cut]
    log = rig.run(script)
    codes, status = Counter(codes_of(log)), log.status
    words = ("INTENT", "PRICE_GRID", "QUANTITY_MIN", "QUANTITY_MAX")
    ceiling = ("POSITION", "EQUITY", "OVERFLOW")
    assert status["orders"] == codes.total()
    assert status["allowed"] == status["orders_taken"] == codes[0]
    assert status["refused_state"] == codes[Code.RISK_KILLED]
    assert status["refused_order"] == sum(codes[Code[f"RISK_{name}"]] for name in words)
    assert status["refused_collar"] == codes[Code.RISK_COLLAR]
    assert status["refused_position"] == sum(codes[Code[f"RISK_{name}"]] for name in ceiling)
    assert status["refused_rate"] == codes[Code.RISK_RATE]
    assert status["errors"] == len(log.errors)


def against_native(rig: Rig, seed: int, orders: int) -> Counter[int]:
    """How often each code came, equal on both sides."""
    world = World(seed)
    log = pressed(rig, world.write(orders), seed)
    assert log.fault == 0
    found = codes_of(log)
    wrong = [(k, a, b) for k, (a, b) in enumerate(zip(world.codes, found, strict=True)) if a != b]
    assert not wrong, f"world {seed}: {len(wrong)} differ, first (order, native, gate) {wrong[0]}"
    return Counter(found)


def test_orders_get_the_codes_of_native_risk(rig: Rig) -> None:
    codes = sum((against_native(rig, seed, 1500) for seed in range(8)), Counter())
    assert set(codes) >= JUDGED


@pytest.mark.slow
def test_a_million_orders_get_the_codes_of_native_risk(rig: Rig) -> None:
    codes = sum((against_native(rig, seed, 4000) for seed in range(1000, 1252)), Counter())
    assert codes.total() >= 1_000_000
    assert set(codes) >= JUDGED
    print(f"{codes.total()} orders, 0 differences: {sorted(codes.items())}")
