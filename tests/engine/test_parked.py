"""Orders that wait in the engine, and what control does to them, in both engines."""

from typing import Any

import pytest
from test_commands import ENGINES, busy, depth

from tickpath.core.codes import Code
from tickpath.core.config import BreakerSpec
from tickpath.core.limits import LIMITS
from tickpath.core.records import Intent, IntentKind, OrderState, OrderType, Side
from tickpath.engine.commands import Command


def parking(engine: Any, **changes: Any) -> Any:
    """An engine with one stop far above the market on each instrument."""
    made = busy(engine, events=0, instruments=2, **changes)
    for instrument in range(2):
        stop = Intent(
            kind=IntentKind.SUBMIT, strategy=0, instrument=instrument, side=Side.BUY,
            type=OrderType.STOP, quantity_lots=12, trigger_ticks=10**9,
        )  # fmt: skip
        assert made.stages.execute.park(stop, made.now_ns) == Code.OK
    return made


def parked(made: Any) -> list[int]:
    """Instruments with an order that waits."""
    return [o.instrument for o in made.stages.execute.orders() if o.state == OrderState.PARKED]


@ENGINES
def test_a_pause_ends_what_waits_in_its_scope(engine: Any) -> None:
    made = parking(engine)
    assert parked(made) == [0, 1]
    assert made.on_command(Command.PAUSE_INSTRUMENT, 0, 3000) == Code.OK
    assert parked(made) == [1]
    assert made.on_command(Command.PAUSE_STRATEGY, 0, 3001) == Code.OK
    assert parked(made) == []


@ENGINES
def test_a_kill_ends_all_that_waits(engine: Any) -> None:
    made = parking(engine)
    assert made.on_command(Command.KILL, 0, 3000) == Code.OK
    assert parked(made) == []


@pytest.mark.parametrize("cancel", [False, True])
@ENGINES
def test_a_breaker_ends_what_waits_only_when_it_cancels(engine: Any, cancel: bool) -> None:
    gap = BreakerSpec(rule="data_gap", limit=1500, cancel=cancel, instruments=(0,))
    made = parking(engine, breakers=(gap,))
    made.on_timer(made.next_timer())
    assert parked(made) == ([1] if cancel else [0, 1])


@ENGINES
def test_a_lost_book_leaves_what_waits(engine: Any) -> None:
    made = parking(engine)
    assert made.on_market_frame(0, depth(99), 3000) == Code.FEED_GAP
    assert parked(made) == [0, 1]


@ENGINES
def test_a_halted_instrument_keeps_what_is_due_until_it_is_resumed(engine: Any) -> None:
    made = parking(engine)
    stop = Intent(
        kind=IntentKind.SUBMIT, strategy=0, instrument=0, side=Side.BUY, type=OrderType.STOP,
        quantity_lots=12, trigger_ticks=1, flags=2,
    )  # fmt: skip
    execute = made.stages.execute
    assert execute.park(stop, made.now_ns) == Code.OK
    execute.on_price(0, 0, 50_000, 0)
    (due,) = execute.due(0)
    execute.money.halt(0, Code.EXECUTE_BUST)
    assert execute.send_due(due, 9, 3000) == Code.EXECUTE_INSTRUMENT_HALTED
    execute.refuse(due, Code.EXECUTE_INSTRUMENT_HALTED)
    assert parked(made).count(0) == 2
    assert execute.money.resume(0) == Code.OK
    assert execute.send_due(due, 9, 3000) == Code.OK
    assert parked(made).count(0) == 1
    assert made.next_timer() <= 3000 + LIMITS["ack_ns_max"]
