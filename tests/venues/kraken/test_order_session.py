"""The scripts of a Kraken session, played by hand: login, questions, reconciliation, check."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from venues.kraken import rest_answers as r
from venues.kraken.order_frames import accepted, codec_of, execution, refused, reply, trade
from venues.kraken.rest_answers import Clock, Played, answer, dialect_of, known, order_row, refusal

from tickpath.core.config import VENUES
from tickpath.core.errors import ConfigError
from tickpath.core.ids import to_text
from tickpath.core.limits import LIMITS
from tickpath.core.records import IntentKind, OrderState, Report, ReportKind, Request, Side
from tickpath.venues.budget import Budget
from tickpath.venues.keys import KeyKind, Keys
from tickpath.venues.kraken.order_session import make_orders, sliding
from tickpath.venues.kraken.private_calls import TRIES_MAX, TURN_NS
from tickpath.venues.kraken.request_ids import ADD, CANCEL, QUERY, SESSION_FIRST, request_id
from tickpath.venues.order_dialects import OrderOptions, order_dialect
from tickpath.venues.order_steps import Call, Heard, Reply, ScriptError

NS_PER_S = 10**9
EMPTY: dict[str, Any] = {
    "OpenOrders": [answer({"open": {}})],
    "ClosedOrders": [answer({"closed": {}, "count": 0})],
    "Balance": [answer({"XXBT": "1.5000000000", "ZUSD": "100.2500", "ETH.F": "2"})],
}
PAIRS = {"AssetPairs": [r.pairs()]}


def reports(frames: list[bytes]) -> list[Report]:
    """What both codecs read, which must be the same."""
    found = []
    for frame in frames:
        (code, told), native = (
            codec_of(backend, r.CONFIG).decode(frame) for backend in ("reference", "native")
        )
        assert code == 0
        assert native == (code, told)
        found += told
    return found


def reconciled(orders: list[Any], clock: Clock | None = None, **answers: Any) -> Played:
    wall = clock or Clock()
    return Played(dialect_of(wall).reconcile(orders), {**EMPTY, **answers}, wall)


def kinds(played: Played) -> list[ReportKind]:
    return [ReportKind(report.kind) for report in reports(played.result.frames)]


# -- login -----------------------------------------------------------------------------------------


def pong(frame: dict[str, Any]) -> Heard:
    """Every request is accepted; a ping tells the venue's time, 3 s before ours."""
    value = {**frame, "time_in": "2026-09-21T14:13:17.000000Z"}
    return Heard(number=frame["req_id"], value=value)


def test_a_session_begins_with_token_line_clock_and_channels() -> None:
    dialect = dialect_of()
    answers = {**PAIRS, "GetWebSocketsToken": [answer({"token": r.TOKEN, "expires": 900})]}
    played = Played(dialect.establish(), answers, say=pong)
    assert played.names() == ["AssetPairs", "GetWebSocketsToken"]
    assert played.dialled == ["orders"]
    ping, *wanted = played.said
    assert ping["method"] == "ping"
    assert [frame["params"]["channel"] for frame in wanted] == ["executions", "balances"]
    assert all(frame["params"]["token"] == r.TOKEN for frame in wanted)
    assert wanted[0]["params"]["snap_orders"] is wanted[0]["params"]["snap_trades"] is True
    assert all(frame["req_id"] >= SESSION_FIRST for frame in played.said)
    sample = dialect.clock.estimate()
    assert sample is not None
    assert abs(sample.offset_ns + 3 * NS_PER_S) < 2000
    assert r.TOKEN not in repr(dialect.__dict__.get("calls"))


@pytest.mark.parametrize(
    ("first", "lasting"),
    [
        (refusal("EAPI:Invalid key"), True),
        (refusal("EAPI:Invalid signature"), True),
        (refusal("EGeneral:Permission denied"), True),
        (refusal("EGeneral:Temporary lockout"), True),
        (refusal("EService:Unavailable"), False),
        (answer({"token": 'a"b'}), False),
        (answer({"token": ""}), False),
        (Reply(status=200, body=b"<html>"), False),
        (Reply(status=200, body=b"[]"), False),
        (Reply(status=200, body=b'{"error":"EAPI:Invalid key"}'), False),
        (Reply(status=200, body=b'{"error":[]}'), False),
        (Reply(status=403, body=b"{}"), False),
    ],
)
def test_what_keeps_a_session_from_beginning(first: Reply, lasting: bool) -> None:
    with pytest.raises(ScriptError) as caught:
        Played(dialect_of().establish(), {**PAIRS, "GetWebSocketsToken": [first]})
    assert caught.value.lasting is lasting
    assert r.SECRET not in str(caught.value)


def test_a_refused_subscription_ends_the_beginning() -> None:
    def say(frame: dict[str, Any]) -> Heard:
        fault = "EGeneral:Permission denied" if frame["method"] == "subscribe" else ""
        return Heard(number=frame["req_id"], fault=fault, value=fault or frame)

    answers = {**PAIRS, "GetWebSocketsToken": [answer({"token": r.TOKEN})]}
    with pytest.raises(ScriptError, match="Permission denied") as caught:
        Played(dialect_of().establish(), answers, say=say)
    assert caught.value.lasting


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (r.pairs(tick_size="0.01"), ""),
        (r.pairs(status="cancel_only"), ""),
        (r.pairs(tick_size="0.5"), "tick 0.1, the venue's is 0.5"),
        (r.pairs(tick_size="0"), "tick"),
        (r.pairs(lot_decimals=5), "lot"),
        (r.pairs(ordermin="0.001"), "smallest quantity 0.00005"),
        (r.pairs(costmin="5"), "smallest notional 0.5"),
        (answer({}), "not known to the venue"),
        (refusal("EQuery:Unknown asset pair"), "Unknown asset pair"),
    ],
)
def test_instruments_that_are_not_the_venues_keep_a_session_from_beginning(
    pairs: Reply, said: str
) -> None:
    answers = {"AssetPairs": [pairs], "GetWebSocketsToken": [answer({"token": r.TOKEN})]}
    if not said:
        assert Played(dialect_of().establish(), answers, say=pong).said
        return
    with pytest.raises(ScriptError, match=re.escape(said)) as caught:
        Played(dialect_of().establish(), answers, say=pong)
    assert caught.value.lasting


# -- private calls ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        Reply(),
        Reply(status=503),
        Reply(status=429),
        refusal("EAPI:Invalid nonce"),
        refusal("EAPI:Rate limit exceeded"),
        refusal("EService:Busy"),
    ],
)
def test_a_call_that_may_be_asked_again_is_signed_anew(bad: Reply) -> None:
    script = dialect_of().calls.ask("balances")
    played = Played(script, {"Balance": [bad, bad, answer({"ZUSD": "1"})]})
    assert played.result == {"ZUSD": "1"}
    nonces = [int(fields["nonce"]) for _, fields in played.calls]
    assert nonces == sorted(set(nonces))
    assert played.waits[1] == 2 * played.waits[0] > 0


def test_a_call_is_given_up_after_its_tries() -> None:
    played: list[Any] = []

    def busy(fields: dict[str, Any]) -> Reply:
        played.append(fields)
        return refusal("EService:Busy")

    with pytest.raises(ScriptError, match="Busy"):
        Played(dialect_of().calls.ask("balances"), {"Balance": busy})
    assert len(played) == TRIES_MAX


def test_calls_go_one_at_a_time_so_that_no_nonce_overtakes_another() -> None:
    calls = dialect_of().calls
    first, second = calls.ask("balances"), calls.ask("open_orders")
    one = first.send(None)
    assert isinstance(one, Call)
    assert second.send(None).ns == TURN_NS
    assert second.send(None).ns == TURN_NS
    with pytest.raises(StopIteration):
        first.send(answer({}))
    two = second.send(None)
    assert isinstance(two, Call)
    nonces = [int(r.fields_of(call.body or b"")["nonce"]) for call in (one, two)]
    assert nonces[0] < nonces[1]


def test_a_call_that_is_dropped_gives_its_turn_up() -> None:
    calls = dialect_of().calls
    dropped = calls.ask("balances")
    dropped.send(None)
    dropped.close()
    assert isinstance(calls.ask("balances").send(None), Call)


def test_a_warning_is_no_error() -> None:
    body = b'{"error":["WGeneral:Something"],"result":{"ZUSD":"1"}}'
    played = Played(dialect_of().calls.ask("balances"), {"Balance": [Reply(status=200, body=body)]})
    assert played.result == {"ZUSD": "1"}


@pytest.mark.parametrize("tier", ["starter", "intermediate", "pro"])
def test_the_window_never_passes_the_counter_of_the_venue(tier: str) -> None:
    dialect = dialect_of(tier=tier)
    rate = dialect.spec["rest_rate"][tier]
    budget = Budget(dialect.windows, reserve_ppm=0)
    decay = Decimal(rate["decay_per_s"])
    count, last_ns, taken = Decimal(0), 0, 0
    for now_ns in range(0, 300 * NS_PER_S, NS_PER_S // 10):
        while budget.take(1, now_ns):
            count = max(Decimal(0), count - decay * (now_ns - last_ns) / NS_PER_S) + 1
            last_ns, taken = now_ns, taken + 1
            assert count <= rate["counter_max"]
    assert taken >= rate["counter_max"] + 4 * int(decay * 60)
    assert sliding(20, "0.5") == (40 * NS_PER_S, 20)


# -- messages --------------------------------------------------------------------------------------


def test_who_hears_what() -> None:
    dialect = dialect_of()
    for frame in (accepted(), refused("EOrder:Insufficient funds"), execution("new")):
        assert dialect.heard("orders", frame) == Heard((frame,))
    for nobody in (b'{"channel":"heartbeat"}', b'{"channel":"balances","data":[]}'):
        assert dialect.heard("orders", nobody) == Heard()
    number = SESSION_FIRST + 3
    mine = dialect.heard("orders", b'{"method":"pong","req_id":%d}' % number)
    assert (mine.number, mine.fault, mine.frames) == (number, "", ())
    bad = dialect.heard(
        "orders", b'{"method":"subscribe","req_id":%d,"success":false,"error":"EX"}' % number
    )
    assert (bad.number, bad.fault) == (number, "EX")


@pytest.mark.parametrize("data", [b"", b"{", b'{"channel":"executions"', b"\xff{}", b"[" * 100_000])
def test_a_message_that_is_no_text_ends_the_line(data: bytes) -> None:
    heard = dialect_of().heard("orders", data)
    assert heard.closing
    assert heard.frames == (data,)


def test_other_json_goes_to_the_engine_which_refuses_it() -> None:
    assert dialect_of().heard("orders", b"[1]") == Heard((b"[1]",))


def test_states_of_the_system() -> None:
    def status(system: Any) -> Heard:
        frame = {"channel": "status", "type": "update", "data": [{"system": system}]}
        return dialect_of().heard("orders", json.dumps(frame).encode())

    assert status("online") == Heard()
    assert "maintenance" in status("maintenance").closing
    assert "cancel_only" in status("cancel_only").told
    assert not status("cancel_only").closing
    assert dialect_of().heard("orders", b'{"channel":"status","data":5}') == Heard()


def test_a_lost_message_of_executions_ends_the_line() -> None:
    dialect = dialect_of()

    def told(sequence: int) -> Heard:
        frame = {"channel": "executions", "type": "update", "data": [], "sequence": sequence}
        return dialect.heard("orders", json.dumps(frame).encode())

    assert [told(k).closing for k in (1, 2, 2, 3)] == [""] * 4
    assert told(5).closing
    assert told(4).closing


def test_a_long_snapshot_is_cut() -> None:
    most = LIMITS["reports_per_frame_max"]
    row = json.loads(execution("new"))["data"][0]
    frame = {"channel": "executions", "type": "snapshot", "data": [row] * (most + 1), "sequence": 1}
    heard = dialect_of().heard("orders", json.dumps(frame).encode())
    assert [len(json.loads(part)["data"]) for part in heard.frames] == [most, 1]


def test_a_token_that_is_refused_ends_the_line_and_the_engine_hears() -> None:
    frame = refused("ESession:Invalid session")
    heard = dialect_of().heard("orders", frame)
    assert heard.frames == (frame,)
    assert "token" in heard.closing
    assert not dialect_of().heard("orders", refused("EOrder:Rate limit exceeded")).closing


# -- requests --------------------------------------------------------------------------------------


def encoded(kind: IntentKind) -> bytes:
    request = Request(
        kind=kind, venue=VENUES.index("kraken-spot"), instrument=0, strategy=0, side=Side.BUY,
        type=0, time_in_force=0, flags=0, tag=0, price_ticks=600_001, quantity_lots=1_000_000,
        client_order_id=r.OWN,
    )  # fmt: skip
    data: bytes = codec_of("native", r.CONFIG).encode(request, r.START_NS)
    return data


def established(clock: Clock | None = None, **more: Any) -> Any:
    dialect = dialect_of(clock, **more)
    answers = {**PAIRS, "GetWebSocketsToken": [answer({"token": r.TOKEN})]}
    Played(dialect.establish(), answers, say=pong)
    return dialect


def test_an_order_leaves_with_token_and_a_deadline_on_the_venues_clock() -> None:
    line, data = established(recv_window_ms=2000).outgoing(encoded(IntentKind.SUBMIT))
    params = json.loads(data)["params"]
    assert (line, params.pop("token"), params.pop("deadline")) == (
        "orders", r.TOKEN, "2026-09-21T14:13:19.000Z",
    )  # fmt: skip
    assert params == {
        k: v for k, v in json.loads(encoded(IntentKind.SUBMIT))["params"].items() if k != "token"
    }
    _, cancel = established().outgoing(encoded(IntentKind.CANCEL))
    assert json.loads(cancel)["params"] == {"token": r.TOKEN, "cl_ord_id": [to_text(r.OWN)]}


@pytest.mark.parametrize("ms", [499, 60_001])
def test_a_window_that_is_no_deadline_is_refused(ms: int) -> None:
    with pytest.raises(ConfigError, match="recv_window_ms"):
        dialect_of(recv_window_ms=ms)
    with pytest.raises(ConfigError, match="cancel_all_orders_after"):
        dialect_of(cancel_after_s=-1)


def test_what_did_not_leave_is_a_refusal_with_a_code_of_our_own() -> None:
    dialect = dialect_of()
    (add,) = reports([dialect.unsent(encoded(IntentKind.SUBMIT))])
    assert (add.kind, add.client_order_id, add.code) == (ReportKind.REJECT, r.OWN, 0)
    (cancel,) = reports([dialect.unsent(encoded(IntentKind.CANCEL))])
    assert (cancel.kind, cancel.client_order_id, cancel.code) == (
        ReportKind.CANCEL_REJECT, r.OWN, 0,
    )  # fmt: skip
    assert dialect.unsent(encoded(IntentKind.QUERY)) is None


def test_a_question_is_asked_by_rest_and_not_twice_at_once() -> None:
    dialect = established()
    request = encoded(IntentKind.QUERY)
    row = order_row(vol_exec="0.00400000", trades=[r.TRADE], status="canceled")
    script = dialect.outgoing(request)
    first = script.send(None)
    assert isinstance(first, Call)
    assert dialect.outgoing(request) is None
    script.close()
    answers = {
        **EMPTY,
        "ClosedOrders": [answer({"closed": {r.TXID: row}})],
        "QueryTrades": [answer({r.TRADE: r.trade_row()})],
    }
    played = Played(dialect.outgoing(request), answers)
    assert played.names() == ["OpenOrders", "ClosedOrders", "QueryTrades"]
    assert played.calls[0][1]["cl_ord_id"] == to_text(r.OWN)
    assert played.calls[1][1]["consolidate_taker"] == "false"
    fill, end = reports(played.result)
    assert (fill.kind, fill.trade_id, fill.last_lots) == (ReportKind.FILL, 77, 400_000)
    assert (end.kind, end.cumulative_lots) == (ReportKind.CANCEL_ACK, 400_000)


def test_absence_is_believed_when_the_request_can_no_longer_arrive() -> None:
    clock = Clock()
    dialect = established(clock, recv_window_ms=2000)
    played = Played(dialect.outgoing(encoded(IntentKind.QUERY)), EMPTY, clock)
    assert played.waits == [3 * NS_PER_S]
    assert played.names() == ["OpenOrders", "ClosedOrders"] * 2
    (report,) = reports(played.result)
    assert report.kind == ReportKind.REJECT
    late = {**EMPTY, "OpenOrders": [answer({"open": {}}), answer({"open": {r.TXID: order_row()}})]}
    played = Played(dialect.outgoing(encoded(IntentKind.QUERY)), late, clock)
    (report,) = reports(played.result)
    assert report.kind == ReportKind.ACK


# -- beats -----------------------------------------------------------------------------------------


def test_beats_ping_within_the_silence_and_hold_the_switch() -> None:
    (ping,) = established().beats()
    assert ping.vital
    assert ping.interval_ns <= 5 * NS_PER_S
    dialect = established(cancel_after_s=30)
    ping, switch = dialect.beats()
    assert switch.interval_ns == 10 * NS_PER_S
    (said,) = Played(switch.script(), {}).said
    assert (said["method"], said["params"]) == (
        "cancel_all_orders_after", {"token": r.TOKEN, "timeout": 30},
    )  # fmt: skip
    assert [frame["method"] for frame in Played(ping.script(), {}).said] == ["ping"]


# -- reconciliation --------------------------------------------------------------------------------


def test_nothing_known_and_nothing_there() -> None:
    played = reconciled([])
    assert played.names() == ["OpenOrders", "Balance"]
    assert played.result.balances == {
        "BTC": Decimal("1.5"), "USD": Decimal("100.25"), "ETH.F": Decimal(2),
    }  # fmt: skip
    assert (played.result.frames, played.result.strays) == ([], [])


def test_an_open_order_whose_request_was_not_answered() -> None:
    played = reconciled(
        [known(state=OrderState.PENDING_NEW)], OpenOrders=[answer({"open": {r.TXID: order_row()}})]
    )
    assert kinds(played) == [ReportKind.UNKNOWN, ReportKind.ACK]
    assert played.names() == ["OpenOrders", "Balance"]


def test_an_order_that_ended_with_fills_that_were_not_heard() -> None:
    names = [f"T{k:05d}-BBBBB-CCCCCC" for k in range(25)]
    trades = {
        name: r.trade_row(trade_id=100 + k, time=1_790_000_000 + k, vol="0.00040000", fee="0.1")
        for k, name in enumerate(names)
    }
    row = order_row(status="closed", vol_exec="0.01000000", trades=names)

    def told(fields: dict[str, Any]) -> Reply:
        return answer({name: trades[name] for name in fields["txid"].split(",")})

    played = reconciled(
        [known(filled_lots=40_000)],
        ClosedOrders=[answer({"closed": {r.TXID: row}})],
        QueryTrades=told,
    )
    assert played.names() == [
        "OpenOrders", "ClosedOrders", "QueryTrades", "QueryTrades", "Balance",
    ]  # fmt: skip
    *fills, end = reports(played.result.frames)
    assert [fill.trade_id for fill in fills] == list(range(100, 125))
    assert sum(fill.last_lots for fill in fills) == 1_000_000
    assert (end.kind, end.cumulative_lots) == (ReportKind.EXPIRE, 1_000_000)
    assert {fill.venue_order_id for fill in fills} == {end.venue_order_id}


def test_a_missed_fill_reads_as_the_channel_would_have_told_it() -> None:
    row = order_row(vol_exec="0.00400000", trades=[r.TRADE])
    played = reconciled(
        [known()],
        OpenOrders=[answer({"open": {r.TXID: row}})],
        QueryTrades=[answer({r.TRADE: r.trade_row()})],
    )
    fill, standing = reports(played.result.frames)
    frame = trade(
        trade_id=77, exec_id=r.TRADE, last_qty=0.004, last_price=60000.1, liquidity_ind="m",
        fees=[{"asset": "USD", "qty": 0.600001}], timestamp="2026-09-21T14:13:20.123400Z",
        cl_ord_id=to_text(r.OWN), order_id=r.TXID, cum_qty=...,
    )  # fmt: skip
    (heard,) = reports([frame])
    assert fill == heard
    assert standing.kind == ReportKind.ACK


def test_a_fee_in_the_base_asset_is_not_told_as_one_in_quote() -> None:
    row = order_row(vol_exec="0.00400000", trades=[r.TRADE], oflags="fcib")
    played = reconciled(
        [known()],
        OpenOrders=[answer({"open": {r.TXID: row}})],
        QueryTrades=[answer({r.TRADE: r.trade_row()})],
    )
    assert "fees" not in played.frames()[0]["data"][0]


def test_fills_of_an_order_that_has_left_the_engine() -> None:
    row = order_row(status="canceled", vol_exec="0.00400000", trades=[r.TRADE])
    played = reconciled(
        [known(ended=True, state=OrderState.CANCELLED)],
        ClosedOrders=[answer({"closed": {r.TXID: row}})],
        QueryTrades=[answer({r.TRADE: r.trade_row()})],
    )
    assert kinds(played) == [ReportKind.FILL]


def test_pages_of_closed_orders_are_read_until_all_are_found() -> None:
    pages = [
        {f"O{k}-{page}": order_row(own=r.OWN + 1000 * page + k + 1) for k in range(50)}
        for page in range(3)
    ]
    pages[2] = {r.TXID: order_row(status="canceled")}

    def told(fields: dict[str, Any]) -> Reply:
        return answer({"closed": pages[int(fields["ofs"]) // 50]})

    played = reconciled([known()], ClosedOrders=told)
    assert [fields["ofs"] for name, fields in played.calls if name == "ClosedOrders"] == [
        "0", "50", "100",
    ]  # fmt: skip
    assert kinds(played) == [ReportKind.CANCEL_ACK]


def test_beyond_the_pages_an_order_is_asked_for_by_its_name() -> None:
    full = {f"O{k}": order_row(own=r.OWN + k + 1) for k in range(50)}

    def told(fields: dict[str, Any]) -> Reply:
        named = {r.TXID: order_row(status="canceled")}
        return answer({"closed": named if "cl_ord_id" in fields else full})

    played = reconciled([known()], ClosedOrders=told)
    assert played.names() == ["OpenOrders", *["ClosedOrders"] * 4, "OpenOrders", "ClosedOrders",
                              "Balance"]  # fmt: skip
    assert kinds(played) == [ReportKind.CANCEL_ACK]


@pytest.mark.parametrize("arrives", [False, True])
def test_an_order_just_sent_is_not_absent_before_its_deadline(arrives: bool) -> None:
    clock = Clock()
    lists = [answer({"open": {}}), answer({"open": {r.TXID: order_row()} if arrives else {}})]
    played = reconciled(
        [known(state=OrderState.PENDING_NEW, t_sent_ns=r.START_NS - NS_PER_S)],
        clock,
        OpenOrders=lists,
    )
    assert played.waits == [5 * NS_PER_S]
    last = ReportKind.ACK if arrives else ReportKind.REJECT
    assert kinds(played) == [ReportKind.UNKNOWN, last]


def test_strays_are_cancelled_by_one_call() -> None:
    rows = {
        "OA": order_row(own=r.OWN + 1),
        "OB": order_row(own=r.OWN + 2),
        "OC": order_row(cl_ord_id="somebody", descr={"pair": "XDGEUR"}),
        "OD": order_row(cl_ord_id=None),
        "OE": order_row(own=2 << 48 | 1 << 32 | 5),
    }
    played = reconciled([], OpenOrders=[answer({"open": rows})])
    strays = played.result.strays
    assert [(s.name, s.symbol, s.ours) for s in strays] == [
        (to_text(r.OWN + 1), "BTC/USD", True),
        (to_text(r.OWN + 2), "BTC/USD", True),
        ("somebody", "XDGEUR", False),
        ("OD", "BTC/USD", False),
        (to_text(2 << 48 | 1 << 32 | 5), "BTC/USD", False),
    ]
    call, *others = [s.cancel for s in strays]
    assert others == [None] * 4
    assert call.path == "/0/private/CancelOrderBatch"
    told = r.fields_of(call.body)
    assert told["orders"] == ["OA", "OB"]
    assert told["nonce"] > max(int(fields["nonce"]) for _, fields in played.calls)
    one = reconciled([], OpenOrders=[answer({"open": {"OA": rows["OA"]}})]).result.strays[0].cancel
    assert (one.path, r.fields_of(one.body)["txid"]) == ("/0/private/CancelOrder", "OA")


FILLED = order_row(vol_exec="0.00400000", trades=[r.TRADE])


@pytest.mark.parametrize(
    "answers",
    [
        {"OpenOrders": [answer({"open": []})]},
        {"OpenOrders": [answer([])]},
        {"OpenOrders": [answer({"open": {r.TXID: 5}})]},
        {"OpenOrders": [answer({"open": {r.TXID: order_row(vol_exec="many")}})]},
        {"OpenOrders": [answer({"open": {r.TXID: order_row(vol_exec="NaN")}})]},
        {"OpenOrders": [answer({"open": {r.TXID: order_row(vol_exec="0.000000001")}})]},
        {"OpenOrders": [answer({"open": {r.TXID: {**FILLED, "trades": None}}})]},
        {"OpenOrders": [answer({"open": {r.TXID: {**FILLED, "trades": []}}})]},
        {"OpenOrders": [answer({"open": {r.TXID: {**FILLED, "trades": [5]}}})]},
        {"QueryTrades": [answer({})]},
        {"QueryTrades": [answer([])]},
        {"QueryTrades": [answer({r.TRADE: 5})]},
        {"QueryTrades": [refusal("EQuery:Unknown trade")]},
        *(
            {"QueryTrades": [answer({r.TRADE: r.trade_row(**change)})]}
            for change in (
                {"vol": "0.00300000"}, {"vol": "-0.00400000"}, {"price": "60000.15"},
                {"price": "Infinity"}, {"trade_id": 0}, {"trade_id": None}, {"trade_id": "77"},
                {"trade_id": True}, {"fee": "little"}, {"ordertxid": "OTHER"}, {"time": "soon"},
            )
        ),
        {"Balance": [answer([])]},
        {"Balance": [answer({"ZUSD": "much"})]},
        {"Balance": [refusal("EGeneral:Permission denied")]},
    ],
)  # fmt: skip
def test_an_answer_of_another_form_ends_reconciliation(answers: dict[str, Any]) -> None:
    """Nothing of it reaches the engine."""
    good = {
        "OpenOrders": [answer({"open": {r.TXID: FILLED}})],
        "QueryTrades": [answer({r.TRADE: r.trade_row()})],
    }
    assert len(reconciled([known()], **good).result.frames) == 2
    with pytest.raises(ScriptError):
        reconciled([known()], **{**good, **answers})


@pytest.mark.parametrize("gone", ["vol_exec"])
def test_a_row_without_its_figures_is_unreadable(gone: str) -> None:
    row = {key: value for key, value in order_row().items() if key != gone}
    with pytest.raises(KeyError):
        reconciled([known()], OpenOrders=[answer({"open": {r.TXID: row}})])


# -- check and cancel ------------------------------------------------------------------------------

INVALID = refusal("EGeneral:Invalid arguments:volume")
ALLOWED: dict[str, Any] = {
    **EMPTY,
    **PAIRS,
    "Time": [replace(answer({"unixtime": r.START_NS // NS_PER_S}),
                     sent_ns=r.START_NS, received_ns=r.START_NS + 1000)],
    "GetWebSocketsToken": [answer({"token": r.TOKEN})],
    "AddOrder": [INVALID],
    "CancelOrder": [refusal("EOrder:Unknown order")],
    "WithdrawAddresses": [refusal("EGeneral:Permission denied")],
}  # fmt: skip


def test_a_key_that_may_trade_and_not_withdraw_is_as_it_should_be() -> None:
    played = Played(dialect_of().check(), ALLOWED)
    assert all(finding.ok for finding in played.result)
    (validated,) = [fields for name, fields in played.calls if name == "AddOrder"]
    assert validated["validate"] == "true"
    assert "volume" not in validated
    assert "price" not in validated


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("Balance", "balances"),
        ("OpenOrders", "open orders"),
        ("ClosedOrders", "closed orders"),
        ("GetWebSocketsToken", "events"),
        ("AddOrder", "trading"),
        ("CancelOrder", "cancels"),
    ],
)
def test_a_permission_that_a_key_lacks_is_named(name: str, what: str) -> None:
    denied = {**ALLOWED, name: [refusal("EGeneral:Permission denied")]}
    wrong = [f for f in Played(dialect_of().check(), denied).result if not f.ok]
    assert [finding.what for finding in wrong] == [what]
    assert wrong[0].fix


def test_other_findings() -> None:
    def wrong(**answers: Any) -> list[str]:
        found = Played(dialect_of().check(), {**ALLOWED, **answers}).result
        return [finding.what for finding in found if not finding.ok]

    late = replace(ALLOWED["Time"][0], sent_ns=r.START_NS + 5 * NS_PER_S,
                   received_ns=r.START_NS + 5 * NS_PER_S)  # fmt: skip
    assert wrong(Time=[late]) == ["clock"]
    assert wrong(WithdrawAddresses=[answer([])]) == ["withdrawal"]
    assert wrong(WithdrawAddresses=[refusal("EGeneral:Unknown method")]) == []
    assert wrong(Balance=[refusal("EAPI:Invalid key")]) == ["keys"]
    assert wrong(AddOrder=[refusal("EService:Unavailable")]) == ["trading"]
    assert wrong(AssetPairs=[r.pairs(status="cancel_only")]) == ["BTC/USD"]
    assert wrong(AssetPairs=[r.pairs(tick_size="0.5")]) == ["BTC/USD"]
    assert wrong(AssetPairs=[answer({})]) == ["BTC/USD"]


def test_cancel_all_is_of_this_engine_only() -> None:
    own = {f"O{k}": order_row(own=r.OWN + k) for k in range(51)}
    others = {
        "OX": order_row(own=2 << 48 | 1 << 32 | 1),
        "OY": order_row(cl_ord_id="x"),
        "OZ": order_row(own=r.OWN + (1 << 32)),
    }
    answers = {
        "OpenOrders": [answer({"open": {**own, **others}})],
        "CancelOrderBatch": [answer({"count": 49})],
        "CancelOrder": [answer({"count": 1})],
    }
    played = Played(dialect_of().cancel_all(), answers)
    assert played.result == 51
    named = [
        n for _, fields in played.calls[1:] for n in fields.get("orders", [fields.get("txid")])
    ]
    assert sorted(named) == sorted(own)
    assert Played(dialect_of().cancel_all(), {"OpenOrders": [answer({"open": {}})]}).result == 0


def test_the_dialect_is_found_by_the_name_of_its_venue() -> None:
    keys = Keys(id="key", secret=r.SECRET, kind=KeyKind.HMAC)
    options = OrderOptions(config=r.CONFIG, venue=VENUES.index("kraken-spot"), keys=keys,
                           wall_ns=Clock(), cancel_after_s=30)  # fmt: skip
    found = order_dialect(options)
    assert type(found) is type(make_orders(options))
    assert found.lines == ("orders",)
    assert r.SECRET not in repr(options)


def test_replies_about_orders_have_their_own_numbers() -> None:
    for kind in (ADD, CANCEL, QUERY):
        assert request_id(r.OWN, kind) < SESSION_FIRST
    cancel = reply("cancel_order", CANCEL, r.OWN, success=True, result={})
    assert dialect_of().heard("orders", cancel) == Heard((cancel,))
