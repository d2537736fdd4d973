"""Special types that a venue makes itself, as the codecs say them: one suite for both backends."""

import json
import random
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.codes import Code
from tickpath.core.config import ExecuteSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
    REDUCE_ONLY,
    IntentKind,
    OrderType,
    Request,
    Side,
    TimeInForce,
)
from tickpath.hot.execute import EncodeError
from tickpath.venues.abilities import abilities

MODULES = {"reference": "orders", "native": "native_orders"}
NOW_NS = 1_660_801_715_431_999_999
SECOND = 10**9
LATER = 1_660_803_000 * SECOND
MADE = ExecuteSpec(venue_orders=("binance-spot:stop", "binance-usdm:gtd"))
CONFIG = config_of(btcusdt(), btcusdt_linear(), btcusd_inverse(), execute=MADE)


def codec_of(backend: str, venue: int = 0, config: Any = CONFIG) -> Any:
    return import_module(f"tickpath.venues.binance.{MODULES[backend]}").OrderCodec(config, venue)


@pytest.fixture(params=["reference", "native"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def order(venue: int = 0, **changes: Any) -> Request:
    base = Request(
        kind=IntentKind.SUBMIT, venue=venue, instrument=venue, strategy=0, side=Side.SELL,
        type=OrderType.LIMIT, time_in_force=TimeInForce.GTC, flags=0, tag=0,
        price_ticks=2_341_610, quantity_lots=847, client_order_id=0x0001_00C7_0000_00FF,
    )  # fmt: skip
    return replace(base, **changes)


def params(codec: Any, request: Request) -> dict[str, Any]:
    found = json.loads(codec.encode(request, NOW_NS))["params"]
    for name in ("symbol", "side", "newClientOrderId", "newOrderRespType", "timestamp"):
        found.pop(name, None)
    assert isinstance(found, dict)
    return found


def test_a_stop(backend: str) -> None:
    stop = order(type=OrderType.STOP, price_ticks=0, trigger_ticks=2_300_001)
    assert params(codec_of(backend), stop) == {
        "type": "STOP_LOSS", "quantity": "0.00847", "stopPrice": "23000.01"
    }  # fmt: skip


def test_a_stop_limit(backend: str) -> None:
    stop = order(type=OrderType.STOP_LIMIT, trigger_ticks=2_300_001)
    assert params(codec_of(backend), stop) == {
        "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC", "price": "23416.10",
        "quantity": "0.00847", "stopPrice": "23000.01",
    }  # fmt: skip


@pytest.mark.parametrize("kind", [OrderType.LIMIT, OrderType.POST_ONLY])
def test_an_iceberg(backend: str, kind: OrderType) -> None:
    found = params(codec_of(backend), order(type=kind, display_lots=100))
    assert found.pop("type") == ("LIMIT" if kind == OrderType.LIMIT else "LIMIT_MAKER")
    found.pop("timeInForce", None)
    assert found == {"price": "23416.10", "quantity": "0.00847", "icebergQty": "0.00100"}


def test_good_till_a_date(backend: str) -> None:
    dated = order(venue=1, expire_ns=LATER)
    assert params(codec_of(backend, 1), dated) == {
        "type": "LIMIT", "timeInForce": "GTD", "goodTillDate": LATER // 10**6,
        "price": "234161.0", "quantity": "0.847",
    }  # fmt: skip


def test_a_position_side(backend: str) -> None:
    """The futures of a hedging account say the leg and take no reduceOnly; spot has no legs."""
    for venue, symbol in ((1, "BTCUSDT"), (2, "BTCUSD_PERP")):
        codec = codec_of(backend, venue)
        for flag, name in ((POSITION_LONG, "LONG"), (POSITION_SHORT, "SHORT")):
            for more in (0, REDUCE_ONLY):
                text = codec.encode(order(venue=venue, flags=flag | more), NOW_NS)
                said = json.loads(text)["params"]
                assert (said["symbol"], said["positionSide"]) == (symbol, name)
                assert "reduceOnly" not in said
        assert "positionSide" not in params(codec, order(venue=venue, flags=REDUCE_ONLY))
    assert "positionSide" not in params(codec_of(backend), order(flags=POSITION_LONG))


@pytest.mark.parametrize(
    ("venue", "changes"),
    [
        (1, {"expire_ns": LATER + 1}),
        (1, {"expire_ns": (NOW_NS // SECOND + 601) * SECOND}),
        (1, {"expire_ns": LATER, "time_in_force": TimeInForce.IOC}),
        (1, {"expire_ns": LATER, "type": OrderType.POST_ONLY}),
        (1, {"expire_ns": LATER, "type": OrderType.MARKET}),
        (0, {"expire_ns": LATER}),
        (2, {"expire_ns": LATER}),
    ],
)
def test_a_date_that_cannot_be_said_exactly_is_left_to_the_engine(
    backend: str, venue: int, changes: dict[str, int]
) -> None:
    found = params(codec_of(backend, venue), order(venue=venue, **changes))
    assert "goodTillDate" not in found
    assert found.get("timeInForce") != "GTD"


def test_nothing_is_left_to_the_venue_unless_it_is_asked_for(backend: str) -> None:
    plain = replace(CONFIG, execute=ExecuteSpec())
    found = params(codec_of(backend, 1, plain), order(venue=1, expire_ns=LATER))
    assert found["timeInForce"] == "GTC"


STOP = {"type": OrderType.STOP, "price_ticks": 0, "trigger_ticks": 5}


@pytest.mark.parametrize(
    ("venue", "changes", "code"),
    [
        (0, STOP | {"trigger_ticks": 0}, Code.EXECUTE_TRIGGER),
        (0, STOP | {"trigger_ticks": -5}, Code.EXECUTE_TRIGGER),
        (0, STOP | {"time_in_force": TimeInForce.FOK}, Code.EXECUTE_TRIGGER),
        (0, STOP | {"kind": IntentKind.REPLACE}, Code.EXECUTE_TRIGGER),
        (0, STOP | {"display_lots": 5}, Code.EXECUTE_TRIGGER),
        (0, STOP | {"type": OrderType.STOP_LIMIT}, Code.RISK_PRICE_GRID),
        (0, STOP | {"type": OrderType.TRAILING_STOP}, Code.RISK_INTENT),
        (0, {"trigger_ticks": 5}, Code.EXECUTE_TRIGGER),
        (0, {"display_lots": 848}, Code.EXECUTE_TRIGGER),
        (0, {"display_lots": -1}, Code.EXECUTE_TRIGGER),
        (0, {"display_lots": 5, "type": OrderType.MARKET}, Code.EXECUTE_TRIGGER),
        (0, {"display_lots": 5, "time_in_force": TimeInForce.IOC}, Code.EXECUTE_TRIGGER),
        (1, STOP, Code.RISK_INTENT),
        (2, STOP | {"type": OrderType.STOP_LIMIT}, Code.RISK_INTENT),
        (1, {"display_lots": 5}, Code.EXECUTE_TRIGGER),
    ],
)
def test_what_makes_no_sense_is_refused(
    backend: str, venue: int, changes: dict[str, int], code: Code
) -> None:
    with pytest.raises(EncodeError) as caught:
        codec_of(backend, venue).encode(order(venue=venue, **changes), NOW_NS)
    assert caught.value.code == code


def outcome(codec: Any, request: Request, now_ns: int) -> Any:
    try:
        return codec.encode(request, now_ns)
    except EncodeError as error:
        return int(error.code)


def test_both_backends_say_or_refuse_the_same() -> None:
    rng = random.Random(17)
    pairs = [(codec_of("reference", v), codec_of("native", v)) for v in range(3)]
    said, longest = 0, 0
    for _ in range(6000):
        venue = rng.randrange(3)
        lots = rng.randrange(0, 10 ** rng.randrange(1, 19))
        now_ns = rng.randrange(0, 2**61)
        request = order(
            venue=venue, kind=rng.choice((1, 1, 1, 3)), side=rng.randrange(2),
            type=rng.randrange(7), time_in_force=rng.choice((0, 0, 0, 1, 2)),
            flags=rng.choice((0, 1, 256, 512)), quantity_lots=lots,
            price_ticks=rng.randrange(0, 10 ** rng.randrange(1, 19)),
            trigger_ticks=rng.choice((0, 0, rng.randrange(10 ** rng.randrange(1, 19)))),
            display_lots=rng.choice((0, 0, rng.randrange(lots + 2))),
            expire_ns=rng.choice((0, (now_ns // SECOND + rng.randrange(1300)) * SECOND, now_ns)),
        )  # fmt: skip
        found = [outcome(codec, request, now_ns) for codec in pairs[venue]]
        assert found[0] == found[1], request
        if isinstance(found[0], bytes):
            json.loads(found[0])
            said, longest = said + 1, max(longest, len(found[0]))
    assert said > 1000
    assert longest < LIMITS["order_bytes_max"]


def test_abilities_are_facts_and_hold_the_configuration(backend: str) -> None:
    assert abilities("binance") == {
        "binance-spot": ("stop", "stop_limit", "iceberg"),
        "binance-usdm": ("gtd",),
        "binance-coinm": (),
    }
    spec = ExecuteSpec(venue_orders=("binance-usdm:stop",))
    with pytest.raises(ConfigError, match="does not make as the engine does"):
        codec_of(backend, 1, replace(CONFIG, execute=spec))
