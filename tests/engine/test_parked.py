"""Orders that wait in the engine, and what control does to them, in both engines."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from support import btcusdt, btcusdt_linear, config_of
from test_commands import ENGINES, SNAPSHOT, busy, depth

from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec, BreakerSpec, StrategySpec
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
    REDUCE_ONLY_ALL,
    TRIGGER_MID,
    Intent,
    IntentKind,
    OrderState,
    OrderType,
    Request,
    Side,
)
from tickpath.engine.commands import Command

STOPS = str(Path(__file__).with_name("stops_wanted.py"))
TOUCHED = b'{"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"0.01","q":"1","T":1,"m":true,"M":true}'
FUTURES_SNAPSHOT = SNAPSHOT.replace(b".02", b".10")
FUTURES_DEPTH = b'{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSDT","U":%d,"u":%d,"pu":%d,"b":[],"a":[]}'
SPEC = StrategySpec(name="every_event", instruments=(0,), params={"order_lots": 12})


def parking(engine: Any, **changes: Any) -> Any:
    """An engine with one stop far above the market on each instrument."""
    made = busy(engine, events=0, instruments=2, **changes)
    for instrument in range(2):
        stop = Intent(
            kind=IntentKind.SUBMIT, strategy=0, instrument=instrument, side=Side.BUY,
            type=OrderType.STOP, quantity_lots=12, trigger_ticks=10**9,
        )  # fmt: skip
        assert made.stages.execute.park(stop, 1, made.now_ns) == Code.OK
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
        quantity_lots=12, trigger_ticks=1, flags=TRIGGER_MID,
    )  # fmt: skip
    execute = made.stages.execute
    assert execute.park(stop, 1, made.now_ns) == Code.OK
    execute.on_price(0, 0, 50_000, 0)
    (due,) = execute.due(0)
    execute.money.halt(0, Code.EXECUTE_BUST)
    assert execute.send_due(due, 9, 3000) == Code.EXECUTE_INSTRUMENT_HALTED
    execute.refuse(due, Code.EXECUTE_INSTRUMENT_HALTED)
    assert parked(made).count(0) == 2
    assert execute.money.resume(0) == Code.OK
    assert execute.send_due(due, 9, 3000) == Code.OK
    assert parked(made).count(0) == 1


@ENGINES
def test_what_is_due_waits_for_its_own_venue(engine: Any) -> None:
    """Another venue that trades the same is none for an order that stays on its instrument."""
    away = replace(SPEC, instruments=(1,))
    made = engine(config_of(btcusdt(), btcusdt(venue=1), strategies=(away,)))
    for source in range(2):
        assert made.on_market_frame(source, SNAPSHOT, 1000) == Code.OK
    stop = Intent(
        kind=IntentKind.SUBMIT, strategy=0, instrument=0, side=Side.BUY, type=OrderType.STOP,
        quantity_lots=12, trigger_ticks=1, flags=TRIGGER_MID,
    )  # fmt: skip
    assert made.stages.execute.park(stop, 1, made.now_ns) == Code.OK
    assert made.on_command(Command.VENUE_DOWN, 0, 2000) == Code.OK
    made.take_decisions()
    for k in range(2):
        assert made.on_market_frame(0, depth(11 + k), 3000 + k) == Code.OK
        assert parked(made) == [0]
    assert made.codes[Code.ROUTE_NO_VENUE] == 2
    assert made.on_command(Command.VENUE_UP, 0, 4000) == Code.OK
    assert made.on_market_frame(0, depth(13), 5000) == Code.OK
    assert parked(made) == []
    (sent,) = made.take_decisions()
    assert (sent["instrument"], sent["venue"], sent["type"]) == (0, 0, OrderType.MARKET)


@ENGINES
def test_an_order_at_its_end_is_cancelled_though_its_venue_is_down(engine: Any) -> None:
    made = engine(config_of(btcusdt(), strategies=(SPEC,)))
    assert made.on_market_frame(0, SNAPSHOT, 1000) == Code.OK
    request = Request(
        kind=IntentKind.SUBMIT, venue=0, instrument=0, strategy=0, side=Side.BUY,
        type=OrderType.LIMIT, time_in_force=0, flags=0, tag=0, price_ticks=4_000_000,
        quantity_lots=12, expire_ns=9_000,
    )  # fmt: skip
    assert made.stages.execute.send(request, 9, 2000) == Code.OK
    assert made.on_command(Command.VENUE_DOWN, 0, 2001) == Code.OK
    made.take_decisions()
    assert made.next_timer() == 9_000
    made.on_timer(9_000)
    (sent,) = made.take_decisions()
    assert (sent["kind"], sent["client_order_id"]) == (IntentKind.CANCEL, request.client_order_id)


@ENGINES
def test_a_stop_that_only_reduces_parks_while_nothing_else_may(engine: Any) -> None:
    """Wanted with an entry that has not filled yet, or after the first level of loss."""
    spec = StrategySpec(name=STOPS, instruments=(0,))
    made = engine(config_of(btcusdt(), strategies=(spec,)))
    made.stages.risk.set_gate(0, REDUCE_ONLY_ALL)
    made.on_market_frame(0, SNAPSHOT, 1000)
    assert made.codes.get(Code.RISK_DRAWDOWN_REDUCE, 0) == 0
    assert parked(made) == [0]
    made.on_market_frame(0, depth(11), 2000)
    assert made.codes[Code.RISK_DRAWDOWN_REDUCE] == 1
    assert parked(made) == [0]
    made.on_market_frame(0, TOUCHED, 3000)
    assert made.codes[Code.RISK_REDUCE_ONLY] == 1, "triggered, judged as what it is: no position"
    assert parked(made) == []


@ENGINES
def test_a_lost_book_leaves_what_closes_a_leg(engine: Any) -> None:
    """Stale policy `reduce`: on a hedging account the leg counts, whatever the net position."""
    hedged = AccountSpec(hedging=("binance-usdm",))
    spec = StrategySpec(name="ema_cross", instruments=(0,))
    made = engine(
        config_of(btcusdt_linear(), account=hedged, strategies=(spec,), stale_policy="reduce")
    )
    made.on_market_frame(0, FUTURES_SNAPSHOT, 1000)
    sent = {}
    for side, leg in product((Side.BUY, Side.SELL), (POSITION_LONG, POSITION_SHORT)):
        request = Request(
            kind=IntentKind.SUBMIT, venue=1, instrument=0, strategy=0, side=side, type=0,
            time_in_force=0, flags=leg, tag=0, price_ticks=500_000, quantity_lots=10,
        )  # fmt: skip
        assert made.stages.execute.send(request, 1, 1001) == Code.OK
        sent[request.client_order_id] = (side, leg)
    made.take_out()
    made.take_decisions()
    made.on_market_frame(0, FUTURES_DEPTH % (11, 11, 10), 2000)
    assert made.on_market_frame(0, FUTURES_DEPTH % (20, 20, 19), 3000) == Code.FEED_GAP
    cancelled = [sent[d["client_order_id"]] for d in made.take_decisions()]
    assert sorted(cancelled) == [(Side.BUY, POSITION_LONG), (Side.SELL, POSITION_SHORT)]
