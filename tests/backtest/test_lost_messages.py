"""Requests and reports that never arrive: every engine asks the same, and no order is lost."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.config import SimSpec
from tickpath.core.records import IntentKind, OrderState
from tickpath.engine.state import digest
from tickpath.venues.sim import GeneratedMarket

STRATEGY = str(Path(__file__).with_name("special_orders.py"))
FRAMES = 6_000
LOTS = {"binance-spot": 4000, "binance-usdm": 6}
CHUNK = 64
AT_VENUE = (OrderState.LIVE, OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE)


@cache
def drive(engine: str, venue: str, direct: bool = False, **loss: int) -> tuple[Any, np.ndarray]:
    """A run to its end, and every decision of it. The tests only look at it: one serves them."""
    market = GeneratedMarket(21, FRAMES, venue)
    config = config_for(market, strategy=STRATEGY, params={"order_lots": LOTS[venue]})
    config = replace(config, sim=SimSpec(**loss))
    run = Backtest(config, market, Options(engine=engine, direct_orders=direct, measure=False))
    decisions = []
    while run.loop.run(CHUNK):
        decisions.append(run.engine.take_decisions())
    run.loop.finish()
    decisions.append(run.engine.take_decisions())
    return run, np.concatenate(decisions)


def kinds(decisions: np.ndarray) -> dict[int, int]:
    """How many cancels, queries and so on were sent, by kind."""
    return {kind: int((decisions["kind"] == kind).sum()) for kind in IntentKind}


@pytest.mark.parametrize(
    "venue", ["binance-spot", pytest.param("binance-usdm", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "loss", [{"request_loss_ppm": 150_000}, {"report_loss_ppm": 150_000}], ids=["request", "report"]
)
def test_engines_ask_alike(venue: str, loss: dict[str, int]) -> None:
    found = []
    for engine, how in (("native", {}), ("native", {"direct": True}), ("reference", {})):
        run, decisions = drive(engine, venue, **how, **loss)
        found.append(
            (digest(run.engine.export_state()), decisions.tobytes(), run.loop.fills.tolist())
        )
        assert kinds(decisions)[IntentKind.QUERY] > 1
    assert found[0] == found[1]
    assert found[0] == found[2]


@pytest.mark.parametrize("venue", ["binance-spot", "binance-usdm"])
def test_a_lost_request_is_found_out_and_nothing_else_differs(venue: str) -> None:
    """Every fill is counted; what the engine calls live is open at the venue."""
    run, _ = drive("reference", venue, request_loss_ppm=150_000)
    (position,) = run.engine.stages.execute.positions
    assert position.position_lots == run.loop.venue.places[0].position_lots
    orders = {o.client_order_id: o.state for o in run.engine.stages.execute.orders()}
    there = {o.client_order_id for o in run.loop.venue.orders}
    assert {order for order, state in orders.items() if state in AT_VENUE} <= there
    assert there <= orders.keys()


@pytest.mark.parametrize("venue", ["binance-spot", "binance-usdm"])
def test_what_was_not_heard_stays_reserved(venue: str) -> None:
    """Fills that never arrive leave a position that is wrong, within what stays reserved."""
    run, _ = drive("reference", venue, report_loss_ppm=150_000)
    (position,) = run.engine.stages.execute.positions
    true = run.loop.venue.places[0].position_lots
    assert true != position.position_lots, "no fill was lost: the run shows nothing"
    assert true <= position.position_lots + position.open_buy_lots
    assert true >= position.position_lots - position.open_sell_lots
