"""States of a breaker, scopes, pauses, the exported state, and both backends on one storm."""

import os
import random
from dataclasses import replace
from typing import Any

import pytest
from control_support import config_with, control_of, market, refusal, report
from risk_support import BACKENDS, MID

from tickpath.core.codes import Code
from tickpath.core.config import BreakerSpec, Config, DrawdownSpec
from tickpath.core.errors import DataError
from tickpath.core.records import REDUCE_ONLY_ALL, ReportKind
from tickpath.hot.risk.control.spec import ControlEvent, On
from tickpath.hot.risk.control.state import SWEEP_CANCEL, SWEEP_HELD, SWEEP_NONE
from tickpath.hot.risk.limits import LIMIT_FIELDS

STORM_N = int(os.environ.get("TICKPATH_STORM_N", "3000"))
NEVER = 2**63 - 1
LIMITS_BYTES = 8 * len(LIMIT_FIELDS)
SPREAD = BreakerSpec(rule="spread", limit=1000, cooling_ns=500)
REJECTS = BreakerSpec(rule="reject_rate", limit=0, count=4, cooling_ns=500, scope="engine")
GAP = BreakerSpec(rule="data_gap", limit=100, cooling_ns=50)
WIDE = {"bid": MID - 50_000, "ask": MID + 50_000}


@pytest.fixture(params=BACKENDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def made(name: str, *breakers: BreakerSpec, **changes: Any) -> tuple[Any, Config]:
    config = config_with(*breakers, **changes)
    return control_of(name, config), config


def test_tripped_while_the_limit_is_passed_then_cooling_then_armed(name: str) -> None:
    control, config = made(name, SPREAD)
    control.event(market(1000, **WIDE))
    assert refusal(control, config) == Code.RISK_BREAKER_SPREAD
    control.tick(9000)
    assert refusal(control, config) == Code.RISK_BREAKER_SPREAD, "still too wide"
    control.event(market(9000))
    control.tick(9499)
    assert refusal(control, config) == Code.RISK_BREAKER_SPREAD, "cools"
    control.tick(9500)
    assert refusal(control, config) == Code.OK


def test_a_trip_while_it_cools_begins_anew(name: str) -> None:
    control, config = made(name, SPREAD)
    control.event(market(1000, **WIDE))
    control.event(market(1100))
    control.event(market(1200, **WIDE))
    control.event(market(1300))
    control.tick(1700)
    assert refusal(control, config) == Code.RISK_BREAKER_SPREAD
    control.tick(1800)
    assert refusal(control, config) == Code.OK


def test_what_only_reports_can_end_cools_by_itself(name: str) -> None:
    """Nothing is sent while it is tripped, so no report would ever come."""
    control, config = made(name, REJECTS)
    control.event(report(1000, ReportKind.REJECT))
    assert refusal(control, config) == Code.RISK_BREAKER_REJECT_RATE
    control.tick(1001)
    control.tick(1500)
    assert refusal(control, config) == Code.RISK_BREAKER_REJECT_RATE
    control.tick(1501)
    assert refusal(control, config) == Code.OK


def test_by_hand_it_stays_until_a_person_comes(name: str) -> None:
    control, config = made(name, SPREAD, replace(SPREAD, limit=900, manual=True))
    control.event(market(1000, **WIDE))
    control.event(market(1100))
    control.tick(10**6)
    assert refusal(control, config) == Code.RISK_BREAKER_SPREAD
    assert control.rearm(0, 10**6) == Code.OK, "another one: nothing to do"
    control.tick(2 * 10**6)
    assert refusal(control, config) == Code.RISK_BREAKER_SPREAD
    assert control.rearm(1, 2 * 10**6) == Code.OK
    control.tick(2 * 10**6 + 499)
    assert refusal(control, config) == Code.RISK_BREAKER_SPREAD, "it still cools"
    control.tick(2 * 10**6 + 500)
    assert refusal(control, config) == Code.OK
    for plan in (2, -2, 2**40):
        assert control.rearm(plan, 0) == Code.ENGINE_COMMAND


def test_scopes(name: str) -> None:
    control, config = made(name, SPREAD)
    control.event(market(1000, **WIDE))
    assert [refusal(control, config, i) for i in (0, 1)] == [Code.RISK_BREAKER_SPREAD, Code.OK]
    control, config = made(name, replace(SPREAD, scope="engine"))
    control.event(market(1000, **WIDE))
    control.event(market(1100, instrument=1))
    assert refusal(control, config, 1) == Code.RISK_BREAKER_SPREAD, "instrument 0 is still wide"
    control, config = made(name, replace(SPREAD, instruments=(1,)))
    control.event(market(1000, **WIDE))
    assert [refusal(control, config, i) for i in (0, 1)] == [Code.OK, Code.OK]
    control.event(market(1000, instrument=1, **WIDE))
    assert [refusal(control, config, i) for i in (0, 1)] == [Code.OK, Code.RISK_BREAKER_SPREAD]


def test_the_first_configured_breaker_gives_its_code(name: str) -> None:
    rate = BreakerSpec(rule="fill_rate", limit=0, window_ns=1)
    control, config = made(name, rate, SPREAD)
    control.event(market(1000, **WIDE))
    control.event(report(1000, ReportKind.FILL, fill_lots=1))
    assert refusal(control, config) == Code.RISK_BREAKER_FILL_RATE


def test_silence_is_seen_in_silence(name: str) -> None:
    control, config = made(name, GAP)
    assert control.next_timer() == NEVER
    control.event(market(1000))
    control.event(market(1030, instrument=1))
    assert control.next_timer() == 1101
    control.tick(1100)
    assert refusal(control, config) == Code.OK
    control.tick(1101)
    assert refusal(control, config) == Code.RISK_BREAKER_DATA_GAP
    assert control.next_timer() == 1131
    control.tick(1131)
    assert control.next_timer() == NEVER, "all said"
    control.event(market(2000))
    control.tick(2049)
    assert refusal(control, config) == Code.RISK_BREAKER_DATA_GAP
    control.tick(2050)
    assert [refusal(control, config, i) for i in (0, 1)] == [0, Code.RISK_BREAKER_DATA_GAP]


def test_a_person_cannot_rearm_silence_for_long(name: str) -> None:
    control, config = made(name, replace(GAP, manual=True, cooling_ns=0))
    control.event(market(1000))
    control.tick(1101)
    control.rearm(-1, 1200)
    assert control.tick_ns <= control.next_timer() <= 1200, "a timer is due, and finds work"
    control.tick(1200)
    assert refusal(control, config) == Code.RISK_BREAKER_DATA_GAP
    assert control.next_timer() == NEVER


def test_what_the_walk_is_asked_to_cancel(name: str) -> None:
    control, _ = made(name, SPREAD, replace(SPREAD, limit=10**5, cancel=True, scope="engine"))
    assert control.sweeps() == ([SWEEP_NONE] * 2, [SWEEP_NONE] * 2)
    control.event(market(1000, bid=MID - 5000, ask=MID + 5000))
    assert control.sweeps() == ([SWEEP_HELD, SWEEP_NONE], [SWEEP_NONE] * 2)
    control.event(market(1000, bid=MID - 500_000, ask=MID + 500_000))
    assert control.sweeps() == ([SWEEP_CANCEL] * 2, [SWEEP_NONE] * 2)
    control.swept(0, -1)
    assert control.pending
    control.swept(1, -1)
    assert not control.pending
    assert control.pause(True, 1, True) == 0
    assert control.sweeps() == ([SWEEP_NONE] * 2, [SWEEP_NONE, SWEEP_CANCEL])


def test_pauses(name: str) -> None:
    control, config = made(name)
    control.pause(False, 1, True)
    control.pause(True, 0, True)
    found = [refusal(control, config, i, s) for i in (0, 1) for s in (0, 1)]
    assert found == [Code.RISK_PAUSED, 0, Code.RISK_PAUSED, Code.RISK_PAUSED]
    control.pause(True, 0, False)
    control.pause(False, 1, False)
    assert refusal(control, config, 1, 0) == 0
    for strategies in (True, False):
        for index in (-1, 2, 2**40):
            assert control.pause(strategies, index, True) == Code.ENGINE_COMMAND


def test_gates_of_instrument_and_strategy_do_not_mix(name: str) -> None:
    control, config = made(name)
    spread, halt = Code.RISK_BREAKER_SPREAD << 16, Code.RISK_DRAWDOWN_HALT << 16
    control.risk.set_gate(0, spread)
    control.risk.set_strategy_gate(0, halt)
    assert refusal(control, config) == Code.RISK_BREAKER_SPREAD
    control.risk.set_gate(0, REDUCE_ONLY_ALL)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_HALT
    control.risk.set_strategy_gate(0, 0)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_REDUCE
    control.risk.set_gate(0, 0)
    control.risk.set_strategy_gate(0, REDUCE_ONLY_ALL)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_REDUCE
    control.risk.kill()
    assert refusal(control, config) == Code.RISK_KILLED


def test_a_foreign_or_forged_state_is_refused(name: str) -> None:
    control, _ = made(name, SPREAD, REJECTS, replace(GAP, rule="fill_rate", window_ns=9))
    data = control.export_state()
    control.import_state(data)
    other, _ = made(name, SPREAD)
    words = {36: 6, 36 + 16: 20_001, 36 + LIMITS_BYTES: 2, 36 + LIMITS_BYTES + 4: 3}
    for bad in (b"", data[:-1], data + b"\0", b"\1" + data[1:], other.export_state()):
        with pytest.raises(DataError):
            control.import_state(bad)
    for at, value in words.items():
        forged = bytearray(data)
        forged[at : at + 4] = value.to_bytes(4, "little")
        if at == 36:
            forged[at : at + 8] = (-1).to_bytes(8, "little", signed=True)
        with pytest.raises(DataError):
            control.import_state(bytes(forged))


def test_a_ring_that_points_outside_is_refused(name: str) -> None:
    """Native memory: a forged place in a ring would be a write outside it."""
    control, _ = made(name, REJECTS)
    data = bytearray(control.export_state())
    at = 36 + 2 * (LIMITS_BYTES + 8) + 2 * 8 + 36
    for forged in (4, 2**40, -1):
        data[at : at + 8] = forged.to_bytes(8, "little", signed=True)
        with pytest.raises(DataError, match="reject_rate"):
            control.import_state(bytes(data))


ALL = (
    BreakerSpec(rule="volatility", limit=3000, window_ns=1600, cooling_ns=300),
    BreakerSpec(rule="spread", limit=900, cooling_ns=0, scope="engine"),
    BreakerSpec(rule="drawdown", limit=9000, scope="engine", cooling_ns=100),
    BreakerSpec(rule="reject_rate", limit=3, count=9, cooling_ns=200, cancel=True),
    BreakerSpec(rule="latency", limit=90, count=2, scope="engine", manual=True),
    BreakerSpec(rule="data_gap", limit=150, cooling_ns=20),
    BreakerSpec(rule="sequence_gap", limit=2, window_ns=500, manual=True),
    BreakerSpec(rule="fill_rate", limit=4, window_ns=300, scope="engine", instruments=(1,)),
)
LOSS = DrawdownSpec(
    reduce_only_ppm=2000, halt_ppm=9900, daily_reduce_only_ppm=1500, daily_halt_ppm=9800,
    strategy_reduce_only_ppm=100, strategy_halt_ppm=3000, day_start_ns=5000,
)  # fmt: skip


def step(draw: random.Random, now_ns: int) -> tuple[str, tuple[Any, ...]]:
    """One call with its arguments."""
    instrument, lots = draw.randrange(2), draw.randrange(-50, 51)
    mid = MID + draw.randrange(-9000, 9000)
    kind = draw.randrange(16)
    if kind < 5:
        half = draw.choice([1, 1, 1, 2300])
        return "event", (market(now_ns, mid - half, mid + half, instrument),)
    if kind < 9:
        more = {"latency_ns": draw.randrange(-1, 99), "fill_lots": draw.choice([0, 0, 3])}
        return "event", (report(now_ns, draw.choice([1, 1, 1, 2, 5]), instrument, **more),)
    if kind == 9:
        return "event", (ControlEvent(On.GAP, instrument, now_ns),)
    if kind == 10:
        return "total", (instrument, 10**13 - draw.randrange(10**11), now_ns)
    if kind == 11:
        return "marked", (instrument, 2 * mid, now_ns)
    if kind == 12:
        mid2 = draw.choice([0, 2 * mid])
        return "filled", (draw.randrange(-1, 3), instrument, lots, mid, lots * 7, mid2, now_ns)
    if kind == 13:
        return "rearm", (draw.randrange(-2, 9), now_ns)
    if kind == 14:
        return "reset", (draw.randrange(-2, 3),)
    return "pause", (draw.random() < 0.5, draw.randrange(-1, 3), draw.random() < 0.3)


def test_backends_agree_on_a_storm() -> None:
    config = config_with(*ALL, drawdown=LOSS)
    left, right = (control_of(backend, config) for backend in BACKENDS)
    draw, now_ns, seen = random.Random(7), 1000, set()
    for count in range(STORM_N):
        now_ns += draw.choice([0, 1, 1, 7, 60]) if count % 997 else 86_400 * 10**9
        assert left.tick_ns == right.tick_ns
        if now_ns >= left.tick_ns:
            left.tick(now_ns)
            right.tick(now_ns)
        call, arguments = step(draw, now_ns)
        assert getattr(left, call)(*arguments) == getattr(right, call)(*arguments)
        assert left.sweeps() == right.sweeps()
        if draw.random() < 0.2:
            for k in (0, 1):
                left.swept(k, k)
                right.swept(k, k)
        codes = [refusal(left, config, i, s) for i in (0, 1) for s in (0, 1)]
        assert codes == [refusal(right, config, i, s) for i in (0, 1) for s in (0, 1)]
        seen.update(codes)
        state = left.export_state()
        assert state == right.export_state(), (count, call, arguments)
        assert left.next_timer() == right.next_timer()
        if count % 50 == 0:
            left.import_state(state)
            right.import_state(state)
            assert right.export_state() == state == left.export_state()
    assert len(seen) >= 9 or STORM_N < 3000, "the storm reached too little"
