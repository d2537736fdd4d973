"""An order that shows itself open after a kill is cancelled, whatever it was at the kill."""

import json
from typing import Any

import pytest
from drive import ToyVenue
from order_frames import error_reply
from support import btcusdt, config_of
from test_commands import SNAPSHOT

from tickpath.core.config import StrategySpec
from tickpath.core.records import IntentKind
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine

ENGINES = pytest.mark.parametrize("engine", [ReferenceEngine, NativeEngine])


def sent(made: Any) -> list[dict[str, Any]]:
    """The requests of the last input."""
    return [json.loads(data) for _, _, data in made.take_out()]


def one_order(engine: Any) -> tuple[Any, dict[str, Any]]:
    """An engine with one unanswered order, and the order's parameters."""
    spec = StrategySpec(name="every_event", instruments=(0,), params={"order_lots": 12})
    made = engine(config_of(btcusdt(), strategies=(spec,)))
    made.on_market_frame(0, SNAPSHOT, 1000)
    (request,) = sent(made)
    made.take_decisions()
    return made, request["params"]


def acked(params: dict[str, Any]) -> bytes:
    order = {
        "id": params["newClientOrderId"], "side": params["side"], "venue_id": 7,
        "quantity": params["quantity"], "price": params["price"],
    }  # fmt: skip
    return ToyVenue(1, "BTCUSDT").report(order, "NEW")


def kinds(made: Any) -> list[int]:
    return [int(kind) for kind in made.take_decisions()["kind"]]


@ENGINES
def test_a_cancel_that_overtook_its_order_is_sent_again_after_the_ack(engine: Any) -> None:
    made, params = one_order(engine)
    made.on_command(Command.KILL, 0, 3000)
    (cancel,) = sent(made)
    made.on_order_frame(0, error_reply(cancel["id"], 400, -2011), 4000)
    assert sent(made) == [], "a refused cancel alone is not sent again"
    made.take_decisions()
    made.on_order_frame(0, acked(params), 5000)
    assert kinds(made) == [IntentKind.CANCEL]
    made.on_order_frame(0, acked(params), 6000)
    assert kinds(made) == [], "one cancel is under way"


@ENGINES
def test_nothing_is_sent_again_without_a_kill(engine: Any) -> None:
    made, params = one_order(engine)
    made.on_order_frame(0, acked(params), 3000)
    assert IntentKind.CANCEL not in kinds(made)
