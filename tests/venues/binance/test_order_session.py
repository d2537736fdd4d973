"""What Binance's order sessions say and understand: scripts fed with answers, step by step."""

import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from importlib import import_module
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_frames import error_reply, execution_report, frame, place_reply, trade_update
from support import btcusdt, btcusdt_linear, config_of
from venues.live import live

from tickpath.core import ids
from tickpath.core.codes import Code
from tickpath.core.records import OrderState, Report, ReportKind
from tickpath.venues.binance.order_session import BAN_NS_MAX, BinanceOrderDialect
from tickpath.venues.binance.sign import Signer
from tickpath.venues.keys import Keys
from tickpath.venues.order_steps import (
    Call,
    Dial,
    Heard,
    Known,
    Reply,
    Say,
    Script,
    ScriptError,
    Standing,
    Step,
    Wait,
)

NS_PER_S, NS_PER_MS = 10**9, 10**6
NOW_NS = 1_700_000_000 * NS_PER_S
CONFIG = config_of(btcusdt(), btcusdt_linear())
ED = live("cryptography.hazmat.primitives.asymmetric.ed25519").Ed25519PrivateKey
FORM = live("cryptography.hazmat.primitives.serialization")
PEM = (
    ED.from_private_bytes(bytes(range(32)))
    .private_bytes(FORM.Encoding.PEM, FORM.PrivateFormat.PKCS8, FORM.NoEncryption())
    .decode()
)
SECRET = "never-shown"
HMAC = Keys(id="key-id", secret=SECRET, kind="hmac")
OWN = CONFIG.engine_id << 48 | 0xC7_0000_00FF
NAME = ids.to_text(OWN)
MINTED = ids.client_order_id(CONFIG.engine_id, CONFIG.epoch, 77)
Answers = Callable[[Step], Any]


class Time:
    def __init__(self) -> None:
        self.now_ns = NOW_NS

    def __call__(self) -> int:
        return self.now_ns


def dialect_of(venue: int = 0, keys: Keys = HMAC, **more: Any) -> BinanceOrderDialect:
    return BinanceOrderDialect(CONFIG, venue, Signer(keys), more.pop("time", Time()), **more)


def reply(content: Any, status: int = 200) -> Reply:
    body = content if isinstance(content, bytes) else frame(content)
    return Reply(status=status, body=body, sent_ns=NOW_NS, received_ns=NOW_NS)


def run(script: Script, answers: Answers) -> tuple[list[Step], Any]:
    """Every step, each answered, and what the script returns."""
    steps: list[Step] = []
    value = None
    for _ in range(100):
        try:
            step = script.send(value)
        except StopIteration as end:
            return steps, end.value
        steps.append(step)
        value = answers(step)
    raise AssertionError("a script without an end")


def venue_says(**by_path: Any) -> Answers:
    """Answers by the last part of the path; unnamed ones as a venue without orders gives them."""
    usual = {
        "time": {"serverTime": NOW_NS // NS_PER_MS},
        "exchangeInfo": {"symbols": [{"symbol": "BTCUSDT", "status": "TRADING", "filters": []}]},
        "listenKey": {"listenKey": "pqia91ma19a5s61c"},
        "openOrders": [],
        "account": {"balances": [{"asset": "BTC", "free": "1.5", "locked": "0.25"}]},
        "balance": [{"asset": "USDT", "balance": "7.5"}],
        "positionRisk": [],
    }

    def answer(step: Step) -> Any:
        if isinstance(step, Say):
            return Heard(number=step.number)
        if isinstance(step, Call):
            name = step.path.rpartition("/")[2]
            found = (usual | by_path)[name]
            found = found(step) if callable(found) else found
            return found if isinstance(found, Reply) else reply(found)
        return None

    return answer


# -- login ----------------------------------------------------------------------------------------


def shape(steps: list[Step]) -> list[str]:
    found = []
    for step in steps:
        if isinstance(step, Call):
            found.append(f"{step.method} {step.path}")
        elif isinstance(step, Say):
            found.append(json.loads(step.data)["method"])
        else:
            found.append(f"{step!r}")
    return found


def test_spot_subscribes_with_a_signature() -> None:
    steps, _ = run(dialect_of().establish(), venue_says())
    assert shape(steps) == [
        "GET /api/v3/time", "GET /api/v3/exchangeInfo",
        "Dial(line='orders', quiet_ns=0)", "userDataStream.subscribe.signature"
    ]  # fmt: skip
    params = json.loads(steps[-1].data)["params"]  # type: ignore[union-attr]
    assert set(params) == {"apiKey", "signature", "timestamp"}


def test_spot_logs_on_where_the_key_can() -> None:
    keys = Keys(id="key-id", secret=PEM, kind="ed25519")
    dialect = dialect_of(keys=keys)
    steps, _ = run(dialect.establish(), venue_says())
    assert shape(steps)[3:] == ["session.logon", "userDataStream.subscribe"]
    request = b'{"id":"%s","method":"order.place","params":{"timestamp":1}}' % NAME.encode()
    assert dialect.outgoing(request) == ("orders", request), "unsigned after the login"


@pytest.mark.parametrize(
    ("venue", "api", "events"), [(1, "fapi", "/private/ws?listenKey="), (2, "dapi", "/ws/")]
)
def test_futures_listen_by_a_key_that_is_never_shown(venue: int, api: str, events: str) -> None:
    dialect = dialect_of(venue)
    steps, _ = run(dialect.establish(), venue_says())
    assert shape(steps) == [
        f"GET /{api}/v1/time", f"GET /{api}/v1/exchangeInfo", f"POST /{api}/v1/listenKey",
        "Dial(line='events', quiet_ns=0)",
        "Dial(line='orders', quiet_ns=0)",
    ]  # fmt: skip
    dial = next(step for step in steps if isinstance(step, Dial))
    assert dialect.url("wss://host", dial) == f"wss://host{events}pqia91ma19a5s61c"
    shown = repr(steps) + repr(dialect.beats())
    assert "pqia91" not in shown
    assert SECRET not in shown


@pytest.mark.parametrize("key", [None, 3, "", "a/b", "a?b", "x" * 129, ["a"], "a b", "../up", "é"])
def test_a_listen_key_that_is_none_is_refused(key: object) -> None:
    with pytest.raises(ScriptError, match="no listen key"):
        run(dialect_of(1).establish(), venue_says(listenKey={"listenKey": key}))


@pytest.mark.parametrize(
    ("status", "code", "lasting"),
    [(400, -2015, True), (401, -2015, True), (401, -1, True), (400, -1022, True),
     (400, -2014, True), (400, -1021, False), (403, None, False)],
)  # fmt: skip
def test_refused_keys_last(status: int, code: int | None, lasting: bool) -> None:
    answers = venue_says(listenKey=reply({"code": code, "msg": "no"}, status))
    with pytest.raises(ScriptError) as caught:
        run(dialect_of(1).establish(), answers)
    assert caught.value.lasting is lasting


@pytest.mark.parametrize(("code", "lasting"), [(-2015, True), (-1022, True), (-1000, False)])
def test_a_refused_login_lasts_by_its_code(code: int, lasting: bool) -> None:
    dialect = dialect_of()
    usual = venue_says()

    def answers(step: Step) -> Any:
        if isinstance(step, Say):
            return dialect.heard("orders", error_reply(f"s-{step.number}", 401, code))
        return usual(step)

    with pytest.raises(ScriptError, match=str(code)) as caught:
        run(dialect.establish(), answers)
    assert caught.value.lasting is lasting


BROKEN = [b"", b"{", b"[]", b"null", b"3", b'"x"', b"{}", b"\xff\xfe", b"[" * 100_000,
          b'{"serverTime":"x","listenKey":3,"balances":{}}', b'[{"symbol":1}]', b"[3]"]  # fmt: skip
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, ScriptError)


@pytest.mark.parametrize("venue", [0, 1])
@pytest.mark.parametrize("body", BROKEN)
@pytest.mark.parametrize(
    "path",
    ["time", "listenKey", "openOrders", "order", "userTrades", "myTrades", "account", "balance",
     "positionRisk"],
)  # fmt: skip
def test_answers_of_another_form_end_a_script_and_nothing_else(
    venue: int, body: bytes, path: str
) -> None:
    dialect = dialect_of(venue)
    answers = venue_says(**{"order": order_row(executedQty="1"), "myTrades": [], "userTrades": [],
                            path: body})  # fmt: skip
    for script in (dialect.establish(), dialect.reconcile([known()]), dialect.cancel_all(),
                   dialect.check()):  # fmt: skip
        with suppress(*UNREADABLE):
            run(script, answers)


# -- reconciliation -------------------------------------------------------------------------------


def known(**more: Any) -> Known:
    base: dict[str, Any] = {
        "client_order_id": OWN, "instrument": 0, "state": OrderState.LIVE,
        "quantity_lots": 1000, "filled_lots": 0, "venue_order_id": 7,
        "t_sent_ns": NOW_NS - 60 * NS_PER_S,
    }  # fmt: skip
    return Known(**(base | more))


def order_row(**more: Any) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "orderId": 7, "clientOrderId": NAME, "executedQty": "0",
        "status": "NEW", "updateTime": NOW_NS // NS_PER_MS,
    } | more  # fmt: skip


def trade_row(number: int, spot: bool = True, quantity: str = "0.001") -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "id": number, "orderId": 7, "price": "60000.0", "qty": quantity,
        "commission": "0.06", "commissionAsset": "USDT", "time": NOW_NS // NS_PER_MS,
        "isMaker" if spot else "maker": True,
    }  # fmt: skip


def reports(frames: list[bytes], venue: int = 0) -> list[Report]:
    """What both codecs make of frames: the same."""
    found = []
    for module in ("orders", "native_orders"):
        codec = import_module(f"tickpath.venues.binance.{module}").OrderCodec(CONFIG, venue)
        of_this: list[Report] = []
        for data in frames:
            code, some = codec.decode(data)
            assert code == Code.OK, data
            of_this += some
        found.append(of_this)
    assert found[0] == found[1]
    return found[0]


def found_of(dialect: BinanceOrderDialect, orders: list[Known], **says: Any) -> Standing:
    standing = run(dialect.reconcile(orders), venue_says(**says))[1]
    assert isinstance(standing, Standing)
    return standing


def test_balances_are_totals_and_positions_are_sums() -> None:
    assert found_of(dialect_of(), []).balances == {"BTC": Decimal("1.75")}
    rows = [{"symbol": "BTCUSDT", "positionAmt": "-0.5", "entryPrice": "60000.5"},
            {"symbol": "X", "positionAmt": "0", "entryPrice": "0.0"}]  # fmt: skip
    standing = found_of(dialect_of(1), [], positionRisk=rows)
    assert standing.balances == {"USDT": Decimal("7.5")}
    assert standing.positions == {"BTCUSDT": Decimal("-0.5"), "X": 0}
    assert standing.money == {"USDT": Decimal("7.5") + Decimal("30000.25")}


def test_an_open_order_stands_as_the_venue_says() -> None:
    standing = found_of(dialect_of(), [known()], openOrders=[order_row()])
    assert [r.kind for r in reports(standing.frames)] == [ReportKind.ACK]
    assert standing.strays == []


@pytest.mark.parametrize(
    "state", [OrderState.PENDING_NEW, OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE]
)
def test_a_request_that_was_under_way_is_doubted_first(state: OrderState) -> None:
    standing = found_of(dialect_of(), [known(state=state)], openOrders=[order_row()])
    kinds = [r.kind for r in reports(standing.frames)]
    assert kinds == [ReportKind.UNKNOWN, ReportKind.ACK]


@pytest.mark.parametrize("venue", [0, 1])
def test_fills_that_were_missed_are_told_before_the_end(venue: int) -> None:
    name = "myTrades" if venue == 0 else "userTrades"
    trades = [trade_row(12, venue == 0), trade_row(11, venue == 0)]
    about = known(instrument=venue)
    row = order_row(executedQty="0.002", status="FILLED")
    standing = found_of(dialect_of(venue), [about], order=row, **{name: trades})
    found = reports(standing.frames, venue)
    assert [r.kind for r in found[:2]] == [ReportKind.FILL] * 2
    assert [r.trade_id for r in found[:2]] == [11, 12]
    assert found[0].last_lots == (100 if venue == 0 else 1)
    assert len(found) == 3
    event = execution_report if venue == 0 else trade_update
    heard = reports([frame(event(NAME, "TRADE", i=7, t=n, l="0.001")) for n in (11, 12)], venue)
    assert [r.trade_id for r in heard] == [r.trade_id for r in found[:2]], "the same trade"
    assert [r.client_order_id for r in heard] == [r.client_order_id for r in found[:2]]


def test_fills_of_an_ended_order_are_told_without_an_end() -> None:
    row = order_row(executedQty="0.001", status="FILLED")
    standing = found_of(dialect_of(), [known(ended=True)], order=row, myTrades=[trade_row(11)])
    assert [r.kind for r in reports(standing.frames)] == [ReportKind.FILL]


def test_an_order_is_absent_only_after_its_window() -> None:
    time = Time()
    dialect = dialect_of(time=time, recv_window_ms=4000)
    usual = venue_says(order=reply({"code": -2013, "msg": "Order does not exist."}, 400))

    def answers(step: Step) -> Any:
        if isinstance(step, Wait):
            time.now_ns += step.ns
        return usual(step)

    steps, standing = run(dialect.reconcile([known(t_sent_ns=NOW_NS - NS_PER_S)]), answers)
    assert [step for step in steps if isinstance(step, Wait)] == [Wait(3 * NS_PER_S)]
    assert [s.path for s in steps if isinstance(s, Call)].count("/api/v3/order") == 2
    assert [r.kind for r in reports(standing.frames)] == [ReportKind.REJECT]
    steps, _ = run(dialect_of().reconcile([known()]), usual)
    assert not any(isinstance(step, Wait) for step in steps)


def test_an_order_that_arrives_within_the_window_is_found() -> None:
    seen = iter([reply({"code": -2013}, 400), reply(order_row())])
    standing = found_of(dialect_of(), [known(t_sent_ns=NOW_NS)], order=lambda _: next(seen))
    assert [r.kind for r in reports(standing.frames)] == [ReportKind.ACK]


def test_a_venue_that_does_not_say_is_not_believed_to_have_none() -> None:
    for status, content in ((400, {"code": -1000}), (404, {}), (500, []), (200, [])):
        with pytest.raises(UNREADABLE):
            found_of(dialect_of(), [known()], order=reply(content, status))


def test_strays_are_told_apart_and_only_ours_can_be_cancelled() -> None:
    rows = [order_row(clientOrderId=ids.to_text(MINTED)), order_row(clientOrderId="web_abc")]
    standing = found_of(dialect_of(), [known()], openOrders=[order_row(), *rows])
    assert [stray.ours for stray in standing.strays] == [True, False]
    cancel = standing.strays[0].cancel
    assert cancel is not None
    assert (cancel.method, cancel.path) == ("DELETE", "/api/v3/order")
    assert f"origClientOrderId={ids.to_text(MINTED)}" in cancel.target
    assert "signature" not in repr(standing.strays)
    steps, count = run(dialect_of().cancel_all(), venue_says(openOrders=rows, order={}))
    assert count == 1
    assert [s.method for s in steps if isinstance(s, Call)] == ["GET", "DELETE"]


# -- requests -------------------------------------------------------------------------------------


def request(kind: str = "", **params: Any) -> bytes:
    whole = {"symbol": "BTCUSDT", **params, "timestamp": NOW_NS // NS_PER_MS}
    return frame({"id": kind + NAME, "method": "order.x", "params": whole})


def test_stamps_are_the_venues_time_once_it_is_far_off() -> None:
    for offset_ms, moves in ((0, 0), (150, 0), (-150, 0), (900, 900), (-3000, -3000)):
        dialect = dialect_of()
        dialect.clock.add(NOW_NS, NOW_NS + offset_ms * NS_PER_MS, NOW_NS)
        line, data = dialect.outgoing(request())  # type: ignore[misc]
        params = json.loads(data)["params"]
        assert line == "orders"
        assert params["timestamp"] == NOW_NS // NS_PER_MS + moves
        assert "recvWindow" not in params
        assert SECRET not in data.decode()


def test_a_window_of_ones_own_is_said_and_signed() -> None:
    dialect = dialect_of(recv_window_ms=1500)
    _, data = dialect.outgoing(request())  # type: ignore[misc]
    params = json.loads(data)["params"]
    assert params["recvWindow"] == 1500
    text = "&".join(f"{k}={params[k]}" for k in sorted(params) if k != "signature")
    assert params["signature"] == Signer(HMAC).signature(text.encode())


def test_a_call_made_anew_has_a_new_stamp() -> None:
    time = Time()
    call = dialect_of(time=time).signed("GET", "order", "symbol=X")
    time.now_ns += 30 * NS_PER_S
    assert call.anew is not None
    again = call.anew()
    assert f"timestamp={time.now_ns // NS_PER_MS}" in again.target
    assert (again.path, again.weight, again.repeat) == (call.path, call.weight, call.repeat)
    assert "timestamp" not in repr(call)


@pytest.mark.parametrize("venue", [0, 1])
def test_what_did_not_leave_is_a_refusal_of_ours(venue: int) -> None:
    dialect = dialect_of(venue)
    placed, cancelled = (dialect.unsent(request(kind)) for kind in ("", "c"))
    assert placed is not None
    assert cancelled is not None
    found = reports([placed, cancelled], venue)
    assert [r.kind for r in found] == [ReportKind.REJECT, ReportKind.CANCEL_REJECT]
    assert [(r.client_order_id, r.code) for r in found] == [(OWN, 0)] * 2
    assert dialect.unsent(request("q")) is None, "the engine asks again by itself"
    assert dialect.unsent(b"{}") is None


def test_beats_keep_what_would_end() -> None:
    assert [b.what for b in dialect_of(cancel_after_s=30).beats()] == ["clock"]
    beats = {b.what: b for b in dialect_of(1, cancel_after_s=30).beats()}
    assert beats["listen key"].vital
    assert beats["countdown"].interval_ns == 10 * NS_PER_S
    steps, _ = run(beats["countdown"].script(), venue_says(countdownCancelAll={}))
    assert shape(steps) == ["POST /fapi/v1/countdownCancelAll"]
    steps, _ = run(beats["listen key"].script(), venue_says(listenKey={}))
    assert shape(steps) == ["PUT /fapi/v1/listenKey"]
    assert list({b.what for b in dialect_of(1).beats()} & {"countdown"}) == []


# -- messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["serverShutdown", "eventStreamTerminated", "listenKeyExpired"])
def test_ends_are_heard(word: str) -> None:
    data = frame({"subscriptionId": 0, "event": {"e": word, "E": 1}})
    heard = dialect_of().heard("orders", data)
    assert (heard.frames, bool(heard.closing)) == ((data,), True)


@pytest.mark.parametrize(
    ("status", "code", "data", "wait_ns"),
    [
        (429, -1003, {"retryAfter": NOW_NS // NS_PER_MS + 7000}, 7 * NS_PER_S),
        (418, -1003, {"retryAfter": NOW_NS // NS_PER_MS - 7000}, NS_PER_S),
        (418, -1003, {"retryAfter": 10**30}, BAN_NS_MAX),
        (418, -1003, None, 60 * NS_PER_S),
        (429, -1003, {}, 60 * NS_PER_S),
        (429, -1015, {"retryAfter": NOW_NS // NS_PER_MS + 7000}, 0),
        (400, -2010, {"retryAfter": NOW_NS // NS_PER_MS + 7000}, 0),
        (418, -1003, {"retryAfter": "soon"}, 0),
        (418, -1003, {"retryAfter": float("inf")}, 0),
        (418, -1003, [3], 0),
    ],
)
def test_refusals_for_a_time(status: int, code: int, data: Any, wait_ns: int) -> None:
    heard = dialect_of().heard("orders", error_reply(NAME, status, code, data))
    assert heard.wait_ns == wait_ns
    assert len(heard.frames) == 1


def test_own_replies_stay_here_and_the_engines_go_on() -> None:
    dialect = dialect_of()
    assert dialect.heard("orders", b'{"id":"s-4","status":200,"result":{}}') == Heard(
        number=4, value={}
    )
    assert dialect.heard("orders", error_reply("s-4", 400, -1)).fault == "-1: text"
    assert dialect.heard("orders", place_reply(NAME)).frames == (place_reply(NAME),)


SEEN = [
    error_reply("s-1", 400, -1100), error_reply(NAME, 418, -1003, {"retryAfter": 3}),
    place_reply(NAME), place_reply("s-1"), frame(execution_report(NAME, "TRADE")),
    b'{"id":"s-2","status":200,"result":null}', frame(trade_update(NAME, "TRADE")),
    frame({"event": {"e": "eventStreamTerminated"}}),
]  # fmt: skip


@given(st.sampled_from(SEEN), st.integers(0, 2**32), st.integers(1, 6))
def test_mutated_frames_never_raise(data: bytes, seed: int, count: int) -> None:
    random, found = Random(seed), bytearray(data)
    for _ in range(count):
        at = random.randrange(len(found))
        found[at : at + random.randrange(3)] = bytes(random.choices(b'{}[]",:0e-sI\xff9\\', k=2))
    dialect = dialect_of()
    heard = dialect.heard("orders", bytes(found))
    assert heard.wait_ns >= 0
    assert heard.frames in ((), (bytes(found),))


@given(st.binary(max_size=60))
def test_random_bytes_never_raise(data: bytes) -> None:
    for head in (b"", b'{"id":"s-', b'{"status":418', b'{"status":4', b'{"id":"s-1","status":4'):
        dialect_of().heard("orders", head + data)
        dialect_of().unsent(head + data)
