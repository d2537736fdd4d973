"""The order session's scripts against answers by hand, good and bad. No socket, no clock."""

import base64
import json
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from venues.coinbase.order_frames import answer, placed, user, user_order
from venues.coinbase.order_world import (
    FOREIGN,
    HOST,
    KEYS,
    LATER,
    NAME,
    NOW_NS,
    OTHER,
    PRIVATE,
    PRODUCTS,
    World,
    json_reply,
    known,
    order_id,
    told,
)
from venues.coinbase.wire_frames import ADVANCED, EXCHANGE, config_for

from tickpath.core.errors import ConfigError
from tickpath.core.records import OrderState, ReportKind
from tickpath.venues.budget import Budget
from tickpath.venues.coinbase.native_orders import OrderCodec
from tickpath.venues.coinbase.order_session import CoinbaseOrderDialect, make_orders
from tickpath.venues.endpoints import Endpoints
from tickpath.venues.order_dialects import OrderOptions
from tickpath.venues.order_session import OrderSession, OrderTimes
from tickpath.venues.order_steps import AskRest, Call, Open, Reply, ScriptError, Standing
from tickpath.venues.session_actions import Alert

S = 10**9
NEW = b'POST /api/v3/brokerage/orders n%b\n{"client_order_id":"%b"}' % ((NAME.encode(),) * 2)
CANCEL = b'POST /api/v3/brokerage/orders/batch_cancel c%b\n{"order_ids":["@%b"]}' % (
    (NAME.encode(),) * 2
)
QUERY = b"GET /api/v3/brokerage/orders/historical/@%b q%b\n" % ((NAME.encode(),) * 2)
IN_FLIGHT_NS = 7 * S
LIST, BY_ID = "GET orders/historical/batch", f"GET orders/historical/{order_id(NAME)}"
PLACE, END = "POST orders", "POST orders/batch_cancel"


@pytest.fixture
def world() -> World:
    return World()


def claims(call: Call) -> dict[str, Any]:
    """What the token of a request says."""
    part = call.headers["Authorization"].removeprefix("Bearer ").split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def reports(*frames: bytes) -> list[tuple[ReportKind, int, int]]:
    """Kind, lots and fee of what the codec makes of frames."""
    codec, found = OrderCodec(config_for(products=PRODUCTS), ADVANCED), []
    for frame in frames:
        code, told_now = codec.decode(frame)
        assert code == 0
        found += [(ReportKind(r.kind), r.last_lots, r.fee_units) for r in told_now]
    return found


def kinds(*frames: bytes) -> list[ReportKind]:
    """What the codec makes of frames."""
    return [kind for kind, *_ in reports(*frames)]


def reconciled(world: World, *orders: Any) -> Standing:
    standing = world.run(world.dialect.reconcile(orders))
    assert isinstance(standing, Standing)
    return standing


# -- from nothing to a session --------------------------------------------------------------------


def test_a_session_begins_with_the_clock_heartbeats_and_orders(world: World) -> None:
    world.run(world.dialect.establish())
    assert [(d.line, d.quiet_ns) for d in world.dials] == [("events", 10 * S)]
    assert [(s["channel"], s.get("product_ids")) for s in world.said] == [
        ("heartbeats", None), ("user", ["BTC-USD"]),
    ]  # fmt: skip
    assert all(s["type"] == "subscribe" and s["jwt"].count(".") == 2 for s in world.said)
    assert len({s["jwt"] for s in world.said}) == 2
    assert world.dialect.clock.estimate() is not None


@pytest.mark.parametrize(
    ("reason", "lasting"), [("authentication failure", True), ("rate limit exceeded", False)]
)
def test_a_refused_subscription_ends_it(world: World, reason: str, lasting: bool) -> None:
    world.refuses["user"] = reason
    with pytest.raises(ScriptError, match=f"user: {reason}") as fault:
        world.run(world.dialect.establish())
    assert fault.value.lasting is lasting


@pytest.mark.parametrize("body", [{}, {"epochMillis": "soon"}, {"epochMillis": None}, b"[]", b"{"])
def test_a_clock_that_cannot_be_read_ends_it(world: World, body: Any) -> None:
    world.answers["time"] = lambda _: json_reply(200, body)
    with pytest.raises((ScriptError, KeyError)):
        world.run(world.dialect.establish())
    assert world.dials == []


def test_a_refused_key_is_a_lasting_fault(world: World) -> None:
    world.answers["batch"] = lambda _: json_reply(401, {"error": "x", "message": "Unauthorized"})
    with pytest.raises(ScriptError, match="HTTP 401") as fault:
        world.run(world.dialect.reconcile([]))
    assert fault.value.lasting
    assert PRIVATE not in str(fault.value)


def test_a_question_that_had_to_wait_gets_a_fresh_token(world: World) -> None:
    call = world.dialect.reconcile([]).send(None)
    assert isinstance(call, Call)
    world.now_ns += 30 * S
    assert call.anew is not None
    again = call.anew()
    assert again.target == call.target
    assert claims(again)["nbf"] == claims(call)["nbf"] + 30


def test_an_exchange_feed_takes_no_orders() -> None:
    config = config_for(venue=EXCHANGE, products=PRODUCTS)
    with pytest.raises(ConfigError, match="no user line"):
        CoinbaseOrderDialect(config, EXCHANGE, KEYS, lambda: 0, HOST)
    with pytest.raises(ConfigError, match="no host"):
        make_orders(OrderOptions(config=config_for(), venue=ADVANCED, keys=KEYS, wall_ns=lambda: 0))


def test_a_line_without_heartbeats_is_dead_after_ten_of_them(world: World) -> None:
    endpoints = {"events": Endpoints(["wss://user.test"])}
    budget = Budget(world.dialect.windows)
    times = OrderTimes(answer_ns=100 * S)
    session = OrderSession(world.dialect, endpoints, budget, lambda: (), Random(1), times)
    (ask,) = session.start(0)
    assert isinstance(ask, AskRest)
    (products,) = session.answered(ask.number, world.step(ask.call), 0)
    assert isinstance(products, AskRest)
    (opening,) = session.answered(products.number, world.step(products.call), 0)
    assert isinstance(opening, Open)
    session.opened(opening.line, 0)
    for number, at_s in enumerate((3, 12)):
        session.frame(opening.line, message(number), at_s * S)
        assert session.timer(at_s * S) == []
    assert session.wake_ns() == 22 * S
    shut = session.timer(22 * S)
    assert "quiet" in "".join(action.text for action in shut if isinstance(action, Alert))


# -- messages -------------------------------------------------------------------------------------


def message(number: Any, channel: str = "heartbeats", **fields: Any) -> bytes:
    return json.dumps({"channel": channel, "sequence_num": number, "events": []} | fields).encode()


def test_orders_reach_the_engine_and_teach_the_venues_ids(world: World) -> None:
    world.run(world.dialect.establish())
    data = user(user_order(NAME, "OPEN", order_id=order_id(NAME)), sequence_num=2)
    assert world.dialect.heard("events", data).frames == (data,)
    assert world.dialect.ids.find(NAME) == order_id(NAME)
    assert world.dialect.heard("events", message(3)).frames == ()


def test_a_long_list_is_cut_to_what_the_engine_takes(world: World) -> None:
    world.run(world.dialect.establish())
    orders = [user_order(f"0001{k:012x}", "OPEN") for k in range(1, 301)]
    frames = world.dialect.heard("events", user(*orders, sequence_num=2)).frames
    assert len(frames) == 8
    assert len(reports(*frames)) == 300


@pytest.mark.parametrize(("number", "closes"), [(2, ""), (3, "message 3 where 2"), (9, "where 2")])
def test_a_missing_message_ends_the_line(world: World, number: int, closes: str) -> None:
    world.run(world.dialect.establish())
    heard = world.dialect.heard("events", message(number))
    assert closes in heard.closing
    assert bool(heard.closing) is bool(closes)


def test_a_message_told_before_is_dropped(world: World) -> None:
    world.run(world.dialect.establish())
    again = user(user_order(NAME, "FILLED", "1", "2"), sequence_num=1)
    assert world.dialect.heard("events", again).frames == ()
    assert world.dialect.heard("events", message(2)).closing == ""


def test_numbers_begin_anew_with_a_connection(world: World) -> None:
    for _ in range(2):
        world.said.clear()
        world.run(world.dialect.establish())
        assert world.dialect.heard("events", message(2)).closing == ""


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"5", b"\xff", b"null", message(-1, "user"), message("1" * 40, "user"),
     message(None, "user"), message("2", "user"), message(2.5, "user"),
     b'{"type":"error","message":"authentication failure"}', b'{"type":"error"}'],
)  # fmt: skip
def test_a_message_of_no_use_ends_the_line(world: World, data: bytes) -> None:
    world.run(world.dialect.establish())
    assert world.dialect.heard("events", data).closing.startswith("line events: ")


@pytest.mark.parametrize(
    "data",
    [b"{}", message(None), message(2, "new_kind"), message(2, "subscriptions", events=[5, {}]),
     message(2, "subscriptions", events={}),
     b'{"channel":[1],"sequence_num":2}'],
)  # fmt: skip
def test_messages_of_other_kinds_are_left_alone(world: World, data: bytes) -> None:
    world.run(world.dialect.establish())
    heard = world.dialect.heard("events", data)
    assert (heard.frames, heard.number, heard.closing) == ((), -1, "")


# -- requests of the engine -----------------------------------------------------------------------


def test_an_order_is_said_once_with_a_token_that_dies_early(world: World) -> None:
    world.answers["orders"] = lambda _: json_reply(200, placed(NAME))
    (frame,) = world.run(world.dialect.outgoing(NEW))
    (call,) = world.calls
    assert (call.method, call.target, call.repeat) == ("POST", "/api/v3/brokerage/orders", False)
    assert call.body == NEW.partition(b"\n")[2]
    said = claims(call)
    assert said["uri"] == f"POST {HOST}/api/v3/brokerage/orders"
    assert said["exp"] - said["nbf"] == 5
    assert kinds(frame) == [ReportKind.ACK]
    assert world.dialect.ids.find(NAME)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (json_reply(200, {"success": False, "error_response": {"error": "x"}}), ReportKind.REJECT),
        (json_reply(401, b""), ReportKind.REJECT), (json_reply(429, b"{"), ReportKind.REJECT),
        (Reply(left=False), ReportKind.REJECT), (Reply(left=True), ReportKind.UNKNOWN),
        (json_reply(504, b"{}"), ReportKind.UNKNOWN), (json_reply(200, b"{"), ReportKind.UNKNOWN),
        (json_reply(200, b"[1]"), ReportKind.UNKNOWN), (json_reply(302, b""), ReportKind.UNKNOWN),
        (json_reply(200, b"\xff\x00"), ReportKind.UNKNOWN),
    ],
)  # fmt: skip
def test_what_becomes_of_an_order_is_what_is_certain(
    world: World, reply: Reply, kind: ReportKind
) -> None:
    world.answers["orders"] = lambda _: reply
    frames = world.run(world.dialect.outgoing(NEW))
    assert kinds(*frames) == [kind]
    assert len(world.calls) == 1


@pytest.mark.parametrize(("request_", "kind"), [(NEW, "REJECT"), (CANCEL, "CANCEL_REJECT")])
def test_what_did_not_leave_is_refused(world: World, request_: bytes, kind: str) -> None:
    frame = world.dialect.unsent(request_)
    assert frame is not None
    assert kinds(frame) == [ReportKind[kind]]
    assert world.dialect.unsent(QUERY) is None


def test_a_cancel_waits_for_the_answer_to_its_order(world: World) -> None:
    world.answers["orders"] = lambda _: json_reply(200, placed(NAME, order_id="v"))
    order = world.dialect.outgoing(NEW)
    sent = order.send(None)
    cancel = world.dialect.outgoing(CANCEL)
    for _ in range(3):
        world.step(cancel.send(None))
    assert world.calls == []
    with pytest.raises(StopIteration):
        order.send(world.step(sent))
    assert world.run(cancel) == [answer(200, f"c{NAME}", world_results(world))]
    assert world.paths() == [PLACE, END]


def world_results(world: World) -> bytes:
    names = json.loads(world.calls[-1].body or b"")["order_ids"]
    assert names == [world.dialect.ids.find(NAME)]
    return json.dumps({"results": [{"success": True, "order_id": names[0]}]}).encode()


def test_a_cancel_whose_order_is_not_known_looks_for_it(world: World) -> None:
    world.orders = [told(OTHER), told(NAME)]
    world.page = 1
    world.run(world.dialect.outgoing(CANCEL))
    assert world.paths() == [LIST, LIST, END]
    assert json.loads(world.calls[-1].body or b"") == {"order_ids": [order_id(NAME)]}


def lost(world: World) -> None:
    """An order whose answer was lost."""
    world.answers["orders"] = lambda _: Reply()
    world.run(world.dialect.outgoing(NEW))
    world.calls.clear()


def test_an_order_is_absent_only_when_it_can_no_longer_arrive(world: World) -> None:
    lost(world)
    assert world.run(world.dialect.outgoing(QUERY)) == []
    world.now_ns = NOW_NS + IN_FLIGHT_NS - 1
    assert world.run(world.dialect.outgoing(QUERY)) == []
    world.now_ns += 1
    frames = world.run(world.dialect.outgoing(QUERY))
    assert kinds(*frames) == [ReportKind.REJECT]
    assert world.paths() == [LIST] * 6
    assert "start_date=2026-04-07T14" in world.calls[0].target
    assert "end_date=2026-04-07T14" in world.calls[0].target


def test_a_cancel_of_a_lost_order_waits_until_it_is_certain(world: World) -> None:
    lost(world)
    frames = world.run(world.dialect.outgoing(CANCEL))
    assert frames == [answer(404, f"q{NAME}")]
    assert (world.waits, world.paths()) == ([IN_FLIGHT_NS], [LIST] * 4)


def test_a_cancel_finds_an_order_that_arrived_late(world: World) -> None:
    lost(world)
    script = world.dialect.outgoing(CANCEL)
    world.to_wait(script)
    world.orders = [told(NAME)]
    world.run(script)
    assert world.paths() == [*[LIST] * 3, END]


def test_an_open_order_is_found_where_the_list_of_all_has_it_not(world: World) -> None:
    lost(world)
    world.now_ns += 60 * S
    world.orders, world.apart = [told(NAME)], True
    assert kinds(*world.run(world.dialect.outgoing(QUERY))) == [ReportKind.ACK]


@pytest.mark.parametrize(
    "reply",
    [json_reply(503, {}), json_reply(200, b"{"), json_reply(200, {}), Reply(), Reply(left=False),
     json_reply(200, {"orders": 5}), json_reply(200, {"orders": [5]}), json_reply(401, {}),
     json_reply(200, {"orders": [], "has_next": True, "cursor": ""}),
     json_reply(200, {"orders": [], "has_next": True})],
)  # fmt: skip
def test_a_list_that_says_nothing_is_no_absence(world: World, reply: Reply) -> None:
    lost(world)
    world.now_ns += 60 * S
    world.answers["batch"] = lambda _: reply
    assert world.run(world.dialect.outgoing(QUERY)) == []
    assert world.run(world.dialect.outgoing(CANCEL)) == [answer(410, f"c{NAME}")]


def test_a_list_without_end_is_no_absence(world: World) -> None:
    lost(world)
    world.now_ns += 60 * S
    world.orders, world.page = [told(f"0001{k:012x}") for k in range(1, 101)], 1
    assert world.run(world.dialect.outgoing(QUERY)) == []
    assert world.paths() == [LIST] * 64


def test_a_list_of_open_orders_without_end_is_no_absence(world: World) -> None:
    lost(world)
    world.now_ns += 60 * S
    world.orders, world.page = [told(f"0001{k:012x}") for k in range(1, 101)], 1
    world.apart = True
    assert world.run(world.dialect.outgoing(QUERY)) == []
    assert world.paths() == [LIST] * 65


def test_a_question_is_asked_by_the_venues_id(world: World) -> None:
    world.orders = [told(NAME, "FILLED", "0.5", "100")]
    world.dialect.ids.learn(answer(200, "l" + "0" * 16, {"orders": world.orders}))
    frames = world.run(world.dialect.outgoing(QUERY))
    assert world.paths() == [BY_ID]
    assert [found[:2] for found in reports(*frames)] == [
        (ReportKind.FILL, 50_000_000), (ReportKind.EXPIRE, 0),
    ]  # fmt: skip


def test_an_id_that_the_venue_no_longer_knows_is_not_believed_at_once(world: World) -> None:
    world.dialect.ids.learn(answer(200, "l" + "0" * 16, {"orders": [told(NAME)]}))
    world.dialect._sent_ns[NAME] = NOW_NS
    assert world.run(world.dialect.outgoing(QUERY)) == []
    assert world.paths() == [BY_ID, LIST, LIST]
    world.answers[order_id(NAME)] = lambda _: json_reply(500, {})
    assert world.run(world.dialect.outgoing(QUERY)) == []


def test_a_question_waits_for_the_answer_to_its_order(world: World) -> None:
    order = world.dialect.outgoing(NEW)
    order.send(None)
    assert world.run(world.dialect.outgoing(QUERY)) == []
    assert world.calls == []
    order.close()
    world.now_ns += 60 * S
    assert len(world.run(world.dialect.outgoing(QUERY))) == 1


# -- reconciliation -------------------------------------------------------------------------------


def test_open_orders_are_told_and_strays_found(world: World) -> None:
    world.orders = [told(NAME), told(OTHER), told(FOREIGN), told("by hand")]
    world.page = 3
    standing = reconciled(world, known(NAME))
    assert kinds(*standing.frames) == [ReportKind.ACK]
    assert [(s.name, s.ours) for s in standing.strays] == [
        (OTHER, True), (FOREIGN, False), ("by hand", False),
    ]  # fmt: skip
    stray = standing.strays[0].cancel
    assert stray is not None
    assert json.loads(stray.body or b"") == {"order_ids": [order_id(OTHER)]}
    assert standing.balances == {"USD": Decimal(1000), "BTC": Decimal("1.5")}
    assert world.paths() == [LIST, LIST, "GET accounts"]


def test_orders_without_a_name_are_all_strays(world: World) -> None:
    world.orders = [told(""), told("") | {"client_order_id": None}]
    assert len(reconciled(world).strays) == 2


def test_an_order_that_ended_is_told_with_its_fills_and_fees(world: World) -> None:
    world.orders = [told(NAME, "CANCELLED", "0.3", "100", total_fees="1.25")]
    standing = reconciled(world, known(NAME))
    assert world.paths()[:2] == [LIST, LIST]
    found = reports(*standing.frames, *standing.frames)
    fills = [f for f in found if f[0] == ReportKind.FILL]
    assert fills == [(ReportKind.FILL, 30_000_000, 125 * 10**6)]
    assert found[1][0] == ReportKind.CANCEL_ACK


def test_nothing_counts_twice_with_the_user_line(world: World) -> None:
    """The line told a part, the answer tells all of it, the line tells it once more."""
    part = user(user_order(NAME, "OPEN", "0.1", "100", total_fees="0.4"))
    whole = user(user_order(NAME, "FILLED", "0.3", "110", total_fees="1.2"))
    world.orders = [told(NAME, "FILLED", "0.3", "110", total_fees="1.2")]
    standing = reconciled(world, known(NAME, filled_lots=10_000_000))
    fills = [f for f in reports(part, *standing.frames, whole) if f[0] == ReportKind.FILL]
    assert sum(lots for _, lots, _ in fills) == 30_000_000
    assert sum(fee for *_, fee in fills) == 120 * 10**6


@pytest.mark.parametrize(
    "state", [OrderState.PENDING_NEW, OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE]
)
def test_a_request_that_died_with_the_line_is_doubted_first(world: World, state: int) -> None:
    world.orders = [told(NAME)]
    standing = reconciled(world, known(NAME, OrderState(state)))
    assert kinds(*standing.frames) == [ReportKind.UNKNOWN, ReportKind.ACK]


def test_an_ended_order_is_not_doubted_and_open_it_is_a_stray(world: World) -> None:
    world.orders = [told(NAME)]
    standing = reconciled(world, known(NAME, OrderState.PENDING_NEW, ended=True))
    assert kinds(*standing.frames) == [ReportKind.ACK]
    assert [s.name for s in standing.strays] == [NAME]


def test_an_order_that_never_arrived_is_rejected_after_the_last_moment(world: World) -> None:
    world.now_ns += 2 * S
    standing = reconciled(world, known(NAME, OrderState.PENDING_NEW))
    assert world.waits == [IN_FLIGHT_NS - 2 * S]
    assert world.paths() == [*[LIST] * 5, "GET accounts"]
    assert kinds(*standing.frames) == [ReportKind.UNKNOWN, ReportKind.REJECT]


def test_an_order_that_arrives_late_is_found(world: World) -> None:
    script = world.dialect.reconcile([known(NAME, OrderState.PENDING_NEW)])
    world.to_wait(script)
    world.orders = [told(NAME)]
    standing = world.run(script)
    assert kinds(*standing.frames)[-1] == ReportKind.ACK


def test_a_list_too_long_to_look_through_ends_it(world: World) -> None:
    world.orders = [told(f"0001{k:012x}", "FILLED", "1", "2") for k in range(1, 101)]
    world.page, world.now_ns = 1, NOW_NS + 60 * S
    with pytest.raises(ScriptError, match="too long"):
        world.run(world.dialect.reconcile([known(NAME, OrderState.PENDING_NEW)]))


def test_known_ids_are_asked_for_by_them(world: World) -> None:
    world.orders = [told(NAME, "FILLED", "1", "100")]
    world.dialect.ids.learn(answer(200, "l" + "0" * 16, {"orders": world.orders}))
    reconciled(world, known(NAME))
    assert world.paths() == [LIST, BY_ID, "GET accounts"]


@pytest.mark.parametrize(
    "body", [{}, {"order": 5}, {"order": told(OTHER)}, {"order": None}, b"[]", b"{"]
)
def test_an_answer_about_something_else_ends_it(world: World, body: Any) -> None:
    world.dialect.ids.learn(answer(200, "l" + "0" * 16, {"orders": [told(NAME)]}))
    world.answers[order_id(NAME)] = lambda _: json_reply(200, body)
    with pytest.raises(ScriptError):
        world.run(world.dialect.reconcile([known(NAME)]))


@pytest.mark.parametrize("text", ["x", "", "NaN", "Infinity", None, [1]])
def test_a_balance_that_is_no_number_ends_it(world: World, text: Any) -> None:
    world.wallets[0]["hold"]["value"] = text
    with pytest.raises(ScriptError):
        world.run(world.dialect.reconcile([]))


def test_numbers_of_an_answer_keep_their_digits(world: World) -> None:
    row = json.dumps(told(NAME, "OPEN", "0", "0")).replace('"0"', "0.12345678", 1)
    body = b'{"orders":[%b],"has_next":false}' % row.encode()
    world.answers["batch"] = lambda _: json_reply(200, body)
    standing = reconciled(world, known(NAME))
    assert b'"0.12345678"' in standing.frames[0]


# -- the account ----------------------------------------------------------------------------------


def test_a_check_tells_what_the_key_may_do(world: World) -> None:
    rights = {"can_view": True, "can_trade": False, "can_transfer": True}
    world.answers["key_permissions"] = lambda _: json_reply(200, rights)
    found = {f.what: f.ok for f in world.run(world.dialect.check())}
    assert found == {
        "clock": True, "keys": True, "reading": True, "trading": False, "transfers": False,
        "cancel on disconnect": True, "BTC-USD": True,
    }  # fmt: skip
    assert all(call.method == "GET" for call in world.calls)


def test_only_orders_of_this_engine_are_cancelled(world: World) -> None:
    own = [f"000100c7{k:08x}" for k in range(1, 151)]
    world.orders = [told(name) for name in (*own, FOREIGN, LATER, "by hand", "")]
    assert world.run(world.dialect.cancel_all()) == 150
    first, second = (
        json.loads(c.body or b"")["order_ids"] for c in world.calls if c.method == "POST"
    )
    assert (len(first), len(second)) == (100, 50)
    assert first + second == [order_id(name) for name in own]


@pytest.mark.parametrize("body", [{}, {"results": 5}, b"{"])
def test_an_answer_to_cancels_that_says_nothing_is_a_fault(world: World, body: Any) -> None:
    world.orders = [told(NAME)]
    world.answers["batch_cancel"] = lambda _: json_reply(200, body)
    with pytest.raises(ScriptError):
        world.run(world.dialect.cancel_all())


def test_the_venues_count_of_requests_is_read(world: World) -> None:
    head = {"x-ratelimit-limit": "30", "x-ratelimit-remaining": "12"}
    assert world.dialect.windows == [(S, 30)]
    assert world.dialect.used(head) == [(S, 18)]
    for wrong in ({}, head | {"x-ratelimit-limit": "10"}, head | {"x-ratelimit-remaining": "-1"}):
        assert world.dialect.used(wrong) == []
    assert world.dialect.public_weight == 3
    (beat,) = world.dialect.beats()
    world.run(beat.script())
    assert [call.weight for call in world.calls] == [3]
