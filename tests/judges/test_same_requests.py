"""What our client sends for an action is what a third-party client sends for it, or one of
DIFFERENCES, which says why. A difference that is not listed fails, and so does one that is listed
and no longer there.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from judges import test_binance_spot, test_binance_usdm, test_coinbase, test_kraken
from judges.facts import Row, facts
from judges.own_client import OwnClient
from judges.stand import Stand

from tickpath.venues.keys import KeyKind, Keys

ORDERS = ("limit", "post-only", "ioc", "market")
SIGNED = ("open orders", "balances")
PUBLIC = ("clock", "instruments")
Facts = dict[str, set[str]]
"""By action."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One venue. `starts`: what our session sends when it begins, by channel, method and path, for
    a subscription with its channel."""

    name: str
    symbol: str
    client: str
    judged: ModuleType
    keys: Callable[[Stand], Keys]
    starts: dict[str, str]
    more: dict[str, Any] = field(default_factory=dict)
    config: str = ""


@dataclass(frozen=True)
class Difference:
    """Facts that one side alone says in each of these actions, and why."""

    actions: tuple[str, ...]
    side: str
    facts: tuple[str, ...]
    reason: str


KRAKEN_KEY = f"""
[[venues.accounts.keys]]
name = "ours"
kind = "kraken"
secret = "{test_kraken.SECRET}"
"""
"""Nonces of a key rise: those of our client are below the judges'."""

SCENES = [
    Scene(
        name="binance-spot",
        symbol="BTCUSDT",
        client="same_binance_spot",
        judged=test_binance_spot,
        keys=lambda stand: Keys(
            id="judge-ed25519", secret=stand.private["ed25519_private"], kind=KeyKind.ED25519
        ),
        starts={
            "rest GET /api/v3/time": "clock",
            "rest GET /api/v3/exchangeInfo": "instruments",
            "rest GET /api/v3/openOrders": "open orders",
            "rest GET /api/v3/account": "balances",
            "api session.logon /ws-api/v3": "login",
            "api userDataStream.subscribe /ws-api/v3": "private stream",
        },
    ),
    Scene(
        name="binance-usdm",
        symbol="BTCUSDT",
        client="same_binance_usdm",
        judged=test_binance_usdm,
        keys=lambda stand: Keys(id="judge-hmac", secret="judge-secret", kind=KeyKind.HMAC),
        starts={
            "rest GET /fapi/v1/time": "clock",
            "rest GET /fapi/v1/exchangeInfo": "instruments",
            "rest GET /fapi/v1/openOrders": "open orders",
            "rest GET /fapi/v3/balance": "balances",
            "rest GET /fapi/v3/positionRisk": "positions",
            "rest POST /fapi/v1/listenKey": "private stream",
            "rest PUT /fapi/v1/listenKey": "listen key kept",
        },
    ),
    Scene(
        name="kraken-spot",
        symbol="BTC/USD",
        client="same_kraken",
        judged=test_kraken,
        keys=lambda stand: Keys(id="ours", secret=test_kraken.SECRET, kind=KeyKind.HMAC),
        config=KRAKEN_KEY,
        starts={
            "rest GET /0/public/AssetPairs": "instruments",
            "rest POST /0/private/OpenOrders": "open orders",
            "rest POST /0/private/Balance": "balances",
            "rest POST /0/private/GetWebSocketsToken": "token",
            "user subscribe /v2 executions": "private stream",
            "user subscribe /v2 balances": "balances stream",
        },
        more={"kraken_secret": test_kraken.SECRET},
    ),
    Scene(
        name="coinbase",
        symbol="BTC-USD",
        client="same_coinbase",
        judged=test_coinbase,
        keys=lambda stand: Keys(
            id="judge-es256", secret=stand.private["es256_private"], kind=KeyKind.ES256
        ),
        starts={
            "rest GET /api/v3/brokerage/time": "clock",
            "rest GET /api/v3/brokerage/products": "instruments",
            "rest GET /api/v3/brokerage/orders/historical/batch": "open orders",
            "rest GET /api/v3/brokerage/accounts": "balances",
            "user subscribe / heartbeats": "heartbeats",
            "user subscribe / user": "private stream",
        },
    ),
]
DIFFERENCES = {
    "binance-spot": [
        Difference(
            ORDERS, "ours", ("newOrderRespType = ACK",),
            "fills are counted by the events alone, and an ACK comes soonest",
        ),
        Difference(
            ("login", *SIGNED), "ours", ("recvWindow = 5000",),
            "the venue's default, said by name: what is absent is believed by it",
        ),
        Difference(PUBLIC, "theirs", ("header x-mbx-apikey",), "a public request needs no key"),
    ],
    "binance-usdm": [
        Difference(
            (*SIGNED, "positions"), "ours", ("recvWindow = 5000",),
            "as at spot; the judge says its own default of 10000",
        ),
        Difference(
            (*SIGNED, "positions"), "theirs", ("recvWindow = 10000",), "the judge's own default"
        ),
        Difference(PUBLIC, "theirs", ("header x-mbx-apikey",), "a public request needs no key"),
        Difference(
            (*PUBLIC, *SIGNED, "positions"), "theirs", ("content-type: application/json",),
            "a GET has no body that has a type",
        ),
        Difference(
            ("private stream", "listen key kept"), "theirs",
            ("content-type: application/x-www-form-urlencoded",),
            "ours have no body that has a type",
        ),
        Difference(
            ("listen key kept",), "theirs", ("listenKey = (hidden)",),
            "the venue takes no parameter here: an account has one key",
        ),
    ],
    "kraken-spot": [
        Difference(
            ORDERS, "ours", ("deadline = (own)",),
            "an order that comes late is refused and not made, so that it can be called absent",
        ),
        Difference(
            ("limit", "post-only"), "ours", ("time_in_force = gtc",),
            "the venue's default, said by name",
        ),
        Difference(
            ("cancel",), "ours", ("cl_ord_id[] = (own)",),
            "an order is named by our id: it is known before the venue's",
        ),
        Difference(("cancel",), "theirs", ("order_id[] = (own)",), "the judge waits for that id"),
        Difference(
            ("private stream",), "ours", ("order_status = True", "snap_trades = True"),
            "the first is the venue's default; fills since the last session are told by the second",
        ),
        Difference(
            ("open orders",), "ours", ("trades = true",), "JSON's spelling instead of Python's"
        ),
        Difference(("open orders",), "theirs", ("trades = True",), "Python's spelling"),
        Difference(
            ("query",), "ours",
            ("rest POST /0/private/OpenOrders", "cl_ord_id = (own)", "trades = true"),
            "asked for by our id, which QueryOrders does not take: that of the venue is not known "
            "while an order is in doubt",
        ),
        Difference(
            ("query",), "theirs",
            ("rest POST /0/private/QueryOrders", "txid = (own)", "trades = True",
             "consolidate_taker = True"),
            "the judge asks by the venue's id",
        ),
    ],
    "coinbase": [
        Difference(
            ("clock",), "theirs", ("header authorization",), "a public request needs no token"
        ),
        Difference(
            ("clock", "instruments", "query", *SIGNED), "theirs",
            ("content-type: application/json",), "a GET has no body that has a type",
        ),
        Difference(
            ("instruments",), "theirs",
            ("get_all_products = False", "get_tradability_status = False"), "the venue's defaults",
        ),
    ],
}  # fmt: skip


@pytest.fixture(params=SCENES, ids=lambda scene: scene.name)
def scene(request: pytest.FixtureRequest) -> Scene:
    found: Scene = request.param
    return found


@pytest.fixture
def environment(scene: Scene) -> str:
    name: str = scene.judged.ENVIRONMENT
    return name


@pytest.fixture
def config(scene: Scene) -> str:
    text: str = scene.judged.CONFIG + scene.config
    return text


def requests(stand: Stand, after: int = 0) -> list[Row]:
    """What the simulator recorded."""
    (name,) = stand.urls["venues"]
    rows: list[Row] = stand.ask(f"/venues/{name}/requests?after={after}")
    return rows


def lines_apart(actions: dict[str, list[Row]]) -> Facts:
    """Facts by action; that a line was opened is an action of its own, whenever it was."""
    found: Facts = {}
    for action, rows in actions.items():
        for row in rows:
            name = f"line {row['channel']}" if row["method"] == "CONNECT" else action
            found.setdefault(name, set()).update(facts([row]))
    return {name: told for name, told in found.items() if told}


def of_judge(stand: Stand, scene: Scene) -> Facts:
    """What the judge sent, by action."""
    (name,) = stand.urls["venues"]
    about = {"symbol": scene.symbol, "admin": stand.urls["admin"], "name": name}
    marks = stand.judge(scene.client, name, **about, **scene.more)
    sent = requests(stand)
    return lines_apart(
        {
            action: [row for row in sent if after < row["number"] <= upto]
            for action, (after, upto) in marks.items()
        }
    )


def of_ours(stand: Stand, scene: Scene, folder: Path) -> Facts:
    """What our client sent, by action."""
    last = requests(stand)[-1]["number"]

    def newest() -> list[Row]:
        nonlocal last
        rows = requests(stand, last)
        last = rows[-1]["number"] if rows else last
        return rows

    client = OwnClient(stand, folder, scene.name, scene.symbol, scene.keys(stand))
    actions: dict[str, list[Row]] = {}
    for marked, rows in asyncio.run(client.act(newest)).items():
        for row in rows:
            actions.setdefault(action_of(scene, marked, row), []).append(row)
    return lines_apart(actions)


def action_of(scene: Scene, marked: str, row: Row) -> str:
    """The action that a request of ours belongs to: what the session sends when it starts is told
    by what it is."""
    if marked != "start":
        return marked
    name = f"{row['channel']} {row['method']} {row['path']}"
    if row["method"] == "subscribe":
        name += f" {row['params']['channel']}"
    return scene.starts.get(name, name)


def differences(theirs: Facts, ours: Facts) -> set[tuple[str, str, str]]:
    """(action, who says it, fact) of every fact that only one side has."""
    found = set()
    for action in theirs.keys() | ours.keys():
        judge, own = theirs.get(action, set()), ours.get(action, set())
        found |= {(action, "theirs", fact) for fact in judge - own}
        found |= {(action, "ours", fact) for fact in own - judge}
    return found


def listed(venue: str) -> set[tuple[str, str, str]]:
    """The same of DIFFERENCES."""
    return {
        (action, about.side, fact)
        for about in DIFFERENCES[venue]
        for action in about.actions
        for fact in about.facts
    }


def test_our_requests_are_those_of_the_judge(stand: Stand, scene: Scene, tmp_path: Path) -> None:
    theirs, ours = of_judge(stand, scene), of_ours(stand, scene, tmp_path)
    assert theirs.keys() == ours.keys()
    assert theirs.keys() >= {*ORDERS, "query", "cancel", "open orders", "balances"}
    found, known = differences(theirs, ours), listed(scene.name)
    assert sorted(found - known) == [], "differences that DIFFERENCES does not list"
    assert sorted(known - found) == [], "DIFFERENCES that are there no longer"


ROW = {
    "channel": "rest",
    "method": "POST",
    "path": "/order",
    "params": {"price": "59000.0", "nonce": 1, "cl_ord_id": ["a"], "post": {"only": True}},
    "headers": {"api-key": "(hidden)", "user-agent": "x"},
}


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"method": "PUT"}, "rest PUT /order"),
        ({"path": "/orders"}, "rest POST /orders"),
        ({"channel": "api"}, "api POST /order"),
        ({"params": ROW["params"] | {"price": "59000.01"}}, "price = 59000.01"),
        ({"params": ROW["params"] | {"more": 1}}, "more = 1"),
        ({"params": ROW["params"] | {"cl_ord_id": "a"}}, "cl_ord_id = (own)"),
        ({"params": ROW["params"] | {"post": {"only": False}}}, "post.only = False"),
        ({"headers": {"content-type": "text/plain; a=b"}}, "content-type: text/plain"),
    ],
)
def test_what_a_request_says_otherwise_is_a_difference(change: Row, fact: str) -> None:
    found = differences({"act": facts([ROW])}, {"act": facts([ROW | change])})
    assert ("act", "ours", fact) in found


def test_ids_times_and_zeros_are_no_difference() -> None:
    params = ROW["params"] | {"price": 59000, "nonce": 2, "cl_ord_id": ["b"]}
    assert facts([ROW | {"params": params}]) == facts([ROW])
