"""Orders that algorithms work, inside the walk: timers, trades, commands, control; both engines."""

import json
from pathlib import Path
from typing import Any

import pytest
from order_frames import execution_report
from support import btcusdt, config_of
from test_commands import ENGINES, SNAPSHOT, depth

from tickpath.backtest.journal_setup import new_journal
from tickpath.backtest.replay import replay
from tickpath.core.codes import Code
from tickpath.core.config import AlgorithmSpec, BreakerSpec, RiskSpec, StrategySpec
from tickpath.core.ids import to_text
from tickpath.core.records import (
    Intent,
    IntentKind,
    OrderState,
    OrderType,
    Side,
    TimeInForce,
    algorithm_flags,
)
from tickpath.engine.commands import Command, order_argument
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.engine.state import digest

TWAP, POV, REST = range(3)
ALGORITHMS = (
    AlgorithmSpec(name="twap", kind="twap", slices=4, price="cross"),
    AlgorithmSpec(name="pov", kind="pov", participation_ppm=100_000, price="cross"),
    AlgorithmSpec(name="rest", kind="twap", slices=4, price="rest"),
)
QUIET = StrategySpec(
    name="ema_cross", instruments=(0,), params={"fast_period": 100, "slow_period": 400}
)
START, END = 3_000, 7_000
NOTHING: list[Any] = []
STRATEGY = str(Path(__file__).parents[1] / "backtest/worked_orders.py")


def built(engine: Any, **changes: Any) -> Any:
    config = config_of(btcusdt(), strategies=(QUIET,), algorithms=ALGORITHMS, **changes)
    made = engine(config)
    assert made.on_market_frame(0, SNAPSHOT, 1_000) == Code.OK
    return made


def worked(made: Any, algorithm: int, lots: int = 48, **changes: Any) -> int:
    """A parent that buys at the market from START to END."""
    fields = {"at_ns": START, "expire_ns": END} | changes
    intent = Intent(
        kind=IntentKind.SUBMIT, strategy=0, instrument=0, side=Side.BUY, type=OrderType.MARKET,
        quantity_lots=lots, flags=algorithm_flags(algorithm), **fields,
    )  # fmt: skip
    assert made.stages.execute.park(intent, made.seq, made.now_ns) == Code.OK
    return int(made.stages.execute.orders()[-1].client_order_id)


def trade(quantity: str) -> bytes:
    return json.dumps(
        {"e": "trade", "E": 1, "s": "BTCUSDT", "t": 7, "p": "50000.01", "q": quantity, "T": 1,
         "m": True}
    ).encode()  # fmt: skip


def sent(made: Any) -> list[tuple[int, int, int]]:
    """(kind, lots, price) of what left."""
    return [
        (int(d["kind"]), int(d["quantity_lots"]), int(d["price_ticks"]))
        for d in made.take_decisions()
    ]


def parked(made: Any) -> list[int]:
    return [o.client_order_id for o in made.stages.execute.orders() if o.state == OrderState.PARKED]


def clip_of(made: Any) -> int:
    (found,) = [o for o in made.stages.execute.orders() if o.state != OrderState.PARKED]
    return int(found.client_order_id)


def report(made: Any, order: int, step: str, t_ns: int, **fields: Any) -> None:
    """The venue says something of an order."""
    frame = json.dumps(execution_report(to_text(order), step, **fields)).encode()
    assert made.on_order_frame(0, frame, t_ns) == Code.OK


BUY = int(IntentKind.SUBMIT)
CANCEL = int(IntentKind.CANCEL)


@ENGINES
def test_slices_go_out_with_the_timer_alone(engine: Any) -> None:
    made = built(engine)
    parent = worked(made, TWAP)
    for k in range(4):
        now_ns = START + k * 1_000
        assert made.next_timer() == now_ns
        made.on_timer(now_ns)
        assert sent(made) == [(BUY, 12, 5_000_002)]
        assert len(made.take_out()) == 1
        assert parked(made) == [parent]
        fill = {"l": "0.00012", "L": "50000.02", "X": "FILLED"}
        report(made, clip_of(made), "TRADE", now_ns + 1, t=k, **fill)
        assert sent(made) == NOTHING
    assert made.stages.execute.orders() == []
    assert made.stages.execute.positions[0].position_lots == 48


@ENGINES
def test_what_the_venue_gave_back_goes_out_in_the_same_input(engine: Any) -> None:
    made = built(engine)
    worked(made, TWAP)
    made.on_timer(START)
    report(made, clip_of(made), "EXPIRED", START + 1)
    assert sent(made) == [(BUY, 12, 5_000_002)] * 2


@ENGINES
def test_a_pov_answers_a_trade_in_the_same_input(engine: Any) -> None:
    made = built(engine)
    worked(made, POV, at_ns=0, expire_ns=0)
    made.on_market_frame(0, trade("0.00090"), 4_000)
    assert sent(made) == NOTHING
    made.on_market_frame(0, trade("0.00030"), 4_001)
    assert sent(made) == [(BUY, 12, 5_000_002)]
    made.on_market_frame(0, depth(11), 4_002)
    assert sent(made) == NOTHING
    assert made.codes[Code.RISK_NOTIONAL_MIN] > 0


@ENGINES
def test_a_command_pauses_and_resumes_an_order(engine: Any) -> None:
    made = built(engine, engine_id=2**16 - 1)
    parent = worked(made, REST)
    assert parent >= 2**63
    made.on_timer(START)
    assert sent(made) == [(BUY, 12, 5_000_000)]
    clip, argument = clip_of(made), order_argument(parent)
    assert made.on_command(Command.PAUSE_ORDER, argument, START + 10) == Code.OK
    assert [kind for kind, *_ in sent(made)] == [CANCEL]
    report(made, clip, "CANCELED", START + 11)
    made.on_timer(START + 1_000)
    made.on_market_frame(0, depth(11), START + 1_001)
    assert sent(made) == NOTHING
    assert parked(made) == [parent]
    assert made.on_command(Command.RESUME_ORDER, argument, START + 1_002) == Code.OK
    assert sent(made) == [(BUY, 24, 5_000_000)]


@ENGINES
def test_a_command_for_no_parent_says_so(engine: Any) -> None:
    made = built(engine)
    assert made.on_command(Command.PAUSE_ORDER, 99, 2_000) == Code.EXECUTE_UNKNOWN_ORDER
    worked(made, REST)
    made.on_timer(START)
    argument = order_argument(clip_of(made))
    assert made.on_command(Command.RESUME_ORDER, argument, START + 1) == Code.EXECUTE_STATE
    assert made.codes[Code.EXECUTE_STATE] == 1


@pytest.mark.parametrize(
    ("command", "argument"),
    [(Command.KILL, 0), (Command.PAUSE_STRATEGY, 0), (Command.PAUSE_INSTRUMENT, 0)],
)
@ENGINES
def test_kill_and_pauses_cancel_the_clip_and_end_the_parent(
    engine: Any, command: Command, argument: int
) -> None:
    made = built(engine)
    worked(made, REST)
    waiting = worked(made, REST)
    made.stages.execute.pause(waiting, True)
    made.on_timer(START)
    sent(made)
    clip = clip_of(made)
    assert made.on_command(command, argument, START + 1) == Code.OK
    assert [kind for kind, *_ in sent(made)] == [CANCEL]
    assert waiting not in parked(made)
    report(made, clip, "CANCELED", START + 2)
    assert parked(made) == []
    made.on_timer(START + 1_000)
    assert sent(made) == NOTHING


@ENGINES
def test_a_breaker_that_cancels_ends_a_parent(engine: Any) -> None:
    gap = BreakerSpec(rule="data_gap", limit=1_500, cancel=True, cooling_ns=10**9)
    made = built(engine, breakers=(gap,))
    worked(made, TWAP, at_ns=10**6, expire_ns=10**7)
    made.on_timer(2_501)
    assert parked(made) == []


@ENGINES
def test_a_clip_refused_for_a_while_goes_out_later(engine: Any) -> None:
    """Stale data: nothing leaves until the market speaks again."""
    made = built(engine, risk=RiskSpec(stale_ns=1_500))
    worked(made, TWAP)
    made.on_timer(START)
    assert sent(made) == NOTHING
    assert made.codes[Code.RISK_STALE] == 1
    made.on_market_frame(0, depth(11), START + 1)
    assert sent(made) == [(BUY, 12, 5_000_002)]


@ENGINES
def test_a_lost_book_waits_and_a_refused_clip_ends_its_parent(engine: Any) -> None:
    made = built(engine)
    parent = worked(made, TWAP)
    assert made.on_market_frame(0, depth(99), 2_000) == Code.FEED_GAP
    made.on_timer(START)
    assert sent(made) == NOTHING
    assert parked(made) == [parent]
    again = SNAPSHOT.replace(b'"lastUpdateId":10', b'"lastUpdateId":200')
    assert made.on_market_frame(0, again, START + 1) == Code.OK
    made.on_market_frame(0, depth(201), START + 2)
    assert sent(made) == [(BUY, 12, 5_000_002)]
    (row,) = [o for o in made.stages.execute.orders() if o.state != OrderState.PARKED]
    assert row.time_in_force == TimeInForce.IOC
    report(made, clip_of(made), "REJECTED", START + 3, X="REJECTED")
    assert parked(made) == []


def test_a_pause_is_in_the_journal_and_replays(tmp_path: Path) -> None:
    """A run of either engine with a pause and a resume gives the reference the same state."""
    strategy = StrategySpec(name=STRATEGY, instruments=(0,), params={"order_lots": 48})
    config = config_of(btcusdt(), strategies=(strategy,), algorithms=ALGORITHMS)
    for engine in (NativeEngine, ReferenceEngine):
        folder = tmp_path / engine.__module__
        journal = new_journal(folder, config)
        made = engine(config, journal)
        made.on_market_frame(0, SNAPSHOT, 1_000)
        (parent,) = parked(made)
        made.on_timer(made.next_timer())
        report(made, clip_of(made), "EXPIRED", made.now_ns + 1)
        for command in (Command.PAUSE_ORDER, Command.RESUME_ORDER):
            assert made.on_command(command, order_argument(parent), made.now_ns + 1) == Code.OK
        assert len(sent(made)) == 3
        journal.close()
        found = replay(folder, "reference")
        assert found["equal"], found
        assert found["state_hash"] == digest(made.export_state())
