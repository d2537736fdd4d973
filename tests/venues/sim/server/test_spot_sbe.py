"""The simulated spot venue on a connection that asked for SBE: what it says decodes to what it says
in JSON."""

import json
import struct
from importlib import import_module
from typing import Any

import pytest
from support import btcusdt, config_of
from venues.sim.server.rig import ApiClient, SpotRig

from tickpath.core.codes import Code
from tickpath.core.records import Report, ReportKind
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.orders import BUY
from tickpath.venues.sim.server.units import parse
from tickpath.venues.sim.server.venue import Answer, Call

QUERY = "responseFormat=sbe&sbeSchemaId=3&sbeSchemaVersion=5"
NAMES = [f"000100c7000000{k:02x}" for k in range(16)]
CODECS = [
    import_module(f"tickpath.venues.binance.{name}").OrderCodec(config_of(btcusdt()), 0)
    for name in ("orders", "native_orders")
]
LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "price": "59000",
    "quantity": "0.1",
}


@pytest.fixture
def rig() -> SpotRig:
    made = SpotRig()
    made.fill_book()
    return made


class SbeClient(ApiClient):
    """A client whose connection asked for SBE; what it gets are frames as they are."""

    def __init__(self, rig: SpotRig) -> None:
        self.rig = rig
        self.link, self.sink = rig.connect(rig.api_path, QUERY)
        self.name = "s-1"

    def ask(self, method: str, **params: Any) -> Any:
        """Everything that came with the reply to a request named `name`."""
        self.rig.venue.receive(
            self.link, json.dumps({"id": self.name, "method": method, "params": params})
        )
        return self.frames()

    def frames(self) -> list[bytes]:
        frames, self.sink.frames = self.sink.frames, []
        assert all(isinstance(frame, bytes) for frame in frames)
        return frames

    def say(self, name: str, method: str, **params: Any) -> list[Report]:
        """The reports of the reply to an order's request, those of events left out."""
        self.name = name
        frames = self.stamped(method, **params)
        replies = [frame for frame in frames if template(frame) == 50]
        assert len(replies) == 1
        return reports(replies[0])


def template(frame: bytes) -> int:
    """The number of a message, in an envelope that of what is in it."""
    return int(struct.unpack_from("<H", frame, 2)[0])


def inner(frame: bytes, name: str) -> int:
    """The number of the message in an envelope."""
    start = frame.index(bytes([len(name)]) + name.encode()) + 1 + len(name) + 4
    return template(frame[start:])


def reports(frame: bytes | str) -> list[Report]:
    """What both backends of the codec say."""
    data = frame if isinstance(frame, bytes) else frame.encode()
    found = [codec.decode(data) for codec in CODECS]
    assert found[0] == found[1]
    assert found[0][0] == Code.OK
    return list(found[0][1])


def client(rig: SpotRig) -> SbeClient:
    """Logged on and subscribed."""
    made = SbeClient(rig)
    assert [inner(frame, "s-1") for frame in made.log_on()] == [51]
    assert [inner(frame, "s-1") for frame in made.ask("userDataStream.subscribe")] == [503]
    return made


def watcher(rig: SpotRig) -> ApiClient:
    """The same account's events in JSON."""
    made = rig.api(log_on=True)
    assert made.ask("userDataStream.subscribe")["status"] == 200
    return made


@pytest.mark.parametrize(
    "query",
    [
        "responseFormat=sbe",
        "responseFormat=xml",
        "responseFormat=sbe&sbeSchemaId=3",
        "responseFormat=sbe&sbeSchemaId=1&sbeSchemaVersion=0",
        "responseFormat=sbe&sbeSchemaId=3&sbeSchemaVersion=x",
        "responseFormat=sbe&responseFormat=json&sbeSchemaId=3&sbeSchemaVersion=5",
    ],
)
def test_a_schema_that_is_not_spoken_is_refused(rig: SpotRig, query: str) -> None:
    call = Call(method="GET", path=rig.api_path, query=query)
    answer = rig.venue.connect(call, rig.connect(rig.api_path)[1])
    assert isinstance(answer, Answer)
    assert answer.status == 400
    assert "code" in json.loads(answer.body)


def test_json_stays_json(rig: SpotRig) -> None:
    _, sink = rig.connect(rig.api_path, "responseFormat=json")
    assert rig.api().ask("ping")["status"] == 200
    assert sink.frames == []


@pytest.mark.parametrize("response", ["ACK", "RESULT", "FULL"])
def test_orders_are_answered(rig: SpotRig, response: str) -> None:
    api = client(rig)
    more = {"newOrderRespType": response}
    placed = api.say(NAMES[0], "order.place", newClientOrderId=NAMES[0], **LIMIT, **more)
    assert [r.kind for r in placed] == [ReportKind.ACK]
    assert placed[0].cumulative_lots == (-1 if response == "ACK" else 0)
    taken = LIMIT | {"price": "60001", "quantity": "1.5"}
    filled = api.say(NAMES[1], "order.place", newClientOrderId=NAMES[1], **taken, **more)
    assert filled[0].cumulative_lots == (-1 if response == "ACK" else 150_000)
    refused = api.say(NAMES[2], "order.place", newClientOrderId=NAMES[0], **LIMIT, **more)
    assert [(r.kind, r.code) for r in refused] == [(ReportKind.REJECT, -2010)]


def test_queries_and_cancels_are_answered(rig: SpotRig) -> None:
    api = client(rig)
    api.say(NAMES[0], "order.place", newClientOrderId=NAMES[0], **LIMIT)
    named = {"symbol": "BTCUSDT", "origClientOrderId": NAMES[0]}
    assert [r.kind for r in api.say(f"q{NAMES[0]}", "order.status", **named)] == [ReportKind.ACK]
    gone = api.say(f"c{NAMES[0]}", "order.cancel", **named)
    assert [(r.kind, r.cumulative_lots) for r in gone] == [(ReportKind.CANCEL_ACK, 0)]
    again = api.say(f"c{NAMES[0]}", "order.cancel", **named)
    assert [(r.kind, r.code) for r in again] == [(ReportKind.CANCEL_REJECT, -2011)]
    asked = api.say(f"q{NAMES[0]}", "order.status", **named)
    assert [r.kind for r in asked] == [ReportKind.CANCEL_ACK]


def test_replacements_are_answered(rig: SpotRig) -> None:
    api = client(rig)
    api.say(NAMES[0], "order.place", newClientOrderId=NAMES[0], **LIMIT)

    def replace(old: str, new: str, **more: str) -> list[tuple[ReportKind, int]]:
        terms = LIMIT | {"cancelReplaceMode": "STOP_ON_FAILURE", "newOrderRespType": "ACK"} | more
        found = api.say(
            new, "order.cancelReplace", cancelOrigClientOrderId=old, newClientOrderId=new, **terms
        )
        return [(r.kind, r.client_order_id) for r in found]

    ids = [int(name, 16) for name in NAMES]
    assert replace(NAMES[0], NAMES[1]) == [
        (ReportKind.CANCEL_ACK, ids[0]),
        (ReportKind.ACK, ids[1]),
    ]
    assert replace(NAMES[0], NAMES[2]) == [
        (ReportKind.CANCEL_REJECT, 0),
        (ReportKind.REJECT, ids[2]),
    ]
    assert replace(NAMES[1], NAMES[3], quantity="8.9") == [
        (ReportKind.CANCEL_ACK, ids[1]),
        (ReportKind.REJECT, ids[3]),
    ]


def test_events_say_what_they_say_in_json(rig: SpotRig) -> None:
    api, other = client(rig), watcher(rig)
    frames = []
    orders = [
        LIMIT | {"price": "59000"},
        LIMIT | {"price": "60000.03", "quantity": "1.5"},
        LIMIT | {"side": "SELL", "price": "60100", "quantity": "2"},
        LIMIT | {"type": "STOP_LOSS_LIMIT", "side": "SELL", "price": "58000", "stopPrice": "59500"},
        LIMIT | {"timeInForce": "IOC", "price": "58000", "quantity": "0.01"},
    ]
    for name, terms in zip(NAMES, orders, strict=False):
        api.name = name
        frames += api.stamped("order.place", newClientOrderId=name, **terms)
    rig.exchange.crowd_take(rig.market, BUY, parse("30"))
    frames += api.stamped("order.cancel", symbol="BTCUSDT", origClientOrderId=NAMES[0])
    rig.venue.flush()
    frames += api.frames()
    events = [frame for frame in frames if template(frame) != 50]
    texts = list(other.sink.frames)
    assert [reports(frame) for frame in events] == [reports(text) for text in texts]
    kinds = {report.kind for text in texts for report in reports(text)}
    assert kinds == {ReportKind.ACK, ReportKind.FILL, ReportKind.CANCEL_ACK, ReportKind.EXPIRE}
    assert {template(frame) for frame in events} == {603, 607}


def test_what_is_not_there_is_told_as_not_representable(rig: SpotRig) -> None:
    api = client(rig)
    assert [inner(frame, "s-1") for frame in api.stamped("account.status")] == [999]
    assert [inner(frame, "s-1") for frame in api.ask("ping")] == [101]
    assert [inner(frame, "s-1") for frame in api.ask("time")] == [102]
    assert [inner(frame, "s-1") for frame in api.ask("nonsense")] == [100]


def test_ends_are_told(rig: SpotRig) -> None:
    api = client(rig)
    rig.protocol.shutdown_notice(api.link)
    rig.alice.can_trade = False
    rig.protocol.keys_changed(rig.alice)
    assert [template(frame) for frame in api.frames()] == [610, 602, 50]


def test_a_new_field_is_a_longer_block_of_a_later_version(rig: SpotRig) -> None:
    api = client(rig)
    rig.venue.fault(Fault(kind="new_field", channel="user", count=1))
    api.name = NAMES[0]
    frames = api.stamped("order.place", newClientOrderId=NAMES[0], **LIMIT)
    events = [frame for frame in frames if template(frame) == 603]
    assert [struct.unpack_from("<H", frame, 6)[0] for frame in events] == [6]
    assert [r.kind for frame in events for r in reports(frame)] == [ReportKind.ACK]
