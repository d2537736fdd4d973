"""One suite for both Coinbase order codecs, and one against the other."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import FIXTURES, require
from venues.coinbase.order_frames import (
    UUID,
    UUID_LOW,
    answer,
    cancelled,
    placed,
    refused,
    rest_order,
    user,
    user_order,
)
from venues.coinbase.wire_frames import ADVANCED, EXCHANGE, TIME_NS, config_for, frame, text

from tickpath.core.codes import Code
from tickpath.core.config import Config, Currency, ExecuteSpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.ids import to_text
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    IntentKind,
    OrderType,
    Report,
    ReportKind,
    Request,
    Side,
    TimeInForce,
)
from tickpath.hot.execute import EncodeError
from tickpath.venues.coinbase import native_orders, orders

ID, OTHER = 0x0001_00C7_0000_00FF, 0xFFFF_0001_ABCD_EF01
NAME, OTHER_NAME = to_text(ID), to_text(OTHER)
NOW_NS = 1_775_572_200_431_999_999
SECOND_NS = 10**9
USD = 1


def config_of(venue: int = ADVANCED, *made: str) -> Config:
    base = config_for(venue)
    money = (Currency(name="BTC"), Currency(name="USD"), Currency(name="ETH"))
    return replace(base, currencies=money, execute=ExecuteSpec(venue_orders=tuple(made)))


CONFIG = config_of()
EVERY = config_of(ADVANCED, "coinbase:gtd", "coinbase:stop_limit")
MODULES: dict[str, Any] = {"reference": orders, "native": native_orders}


@pytest.fixture(params=MODULES)
def codec(request: pytest.FixtureRequest) -> Any:
    return MODULES[request.param].OrderCodec(EVERY, ADVANCED)


def pair(config: Config = EVERY) -> list[Any]:
    return [module.OrderCodec(config, ADVANCED) for module in MODULES.values()]


def request_of(**changes: Any) -> Request:
    base = Request(
        kind=IntentKind.SUBMIT,
        venue=ADVANCED,
        instrument=0,
        strategy=0,
        side=Side.BUY,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        flags=0,
        tag=0,
        price_ticks=1_000_000,
        quantity_lots=100_000,
        client_order_id=ID,
    )
    return replace(base, **changes)


def said(codec: Any, request: Request, now_ns: int = NOW_NS) -> tuple[str, dict[str, Any]]:
    """The first line and the body."""
    head, _, body = codec.encode(request, now_ns).partition(b"\n")
    return head.decode(), json.loads(body) if body else {}


def one(codec: Any, data: bytes) -> Report:
    code, reports = codec.decode(data)
    assert (code, len(reports)) == (Code.OK, 1)
    report: Report = reports[0]
    return report


# -- requests -------------------------------------------------------------------------------------


def test_a_limit_order_says_exact_decimals(codec: Any) -> None:
    assert said(codec, request_of()) == (
        "POST /api/v3/brokerage/orders n000100c7000000ff",
        {
            "client_order_id": "000100c7000000ff",
            "product_id": "BTC-USD",
            "side": "BUY",
            "order_configuration": {
                "limit_limit_gtc": {
                    "base_size": "0.00100000",
                    "limit_price": "10000.00",
                    "post_only": False,
                }
            },
        },
    )


@pytest.mark.parametrize(
    ("changes", "name", "more"),
    [
        ({"type": OrderType.POST_ONLY}, "limit_limit_gtc", {"post_only": True}),
        ({"time_in_force": TimeInForce.IOC}, "sor_limit_ioc", {}),
        ({"time_in_force": TimeInForce.FOK}, "limit_limit_fok", {}),
        ({"type": OrderType.MARKET, "time_in_force": TimeInForce.IOC}, "market_market_ioc", None),
        ({"type": OrderType.MARKET}, "market_market_ioc", None),
        (
            {"type": OrderType.STOP_LIMIT, "trigger_ticks": 999_950},
            "stop_limit_stop_limit_gtc",
            {"stop_price": "9999.50", "stop_direction": "STOP_DIRECTION_STOP_{}"},
        ),
    ],
)
def test_configurations(codec: Any, changes: Any, name: str, more: dict[str, Any] | None) -> None:
    for side, way in ((Side.BUY, "UP"), (Side.SELL, "DOWN")):
        _, body = said(codec, request_of(side=side, **changes))
        size = {"base_size": "0.00100000"}
        wanted = size if more is None else size | {"limit_price": "10000.00"} | more
        if "stop_direction" in wanted:
            wanted["stop_direction"] = f"STOP_DIRECTION_STOP_{way}"
        assert body["order_configuration"] == {name: wanted}
        assert body["side"] == side.name


@pytest.mark.parametrize("seconds", [2, 3, 86_400 * 400, 86_400 * 80_000])
def test_an_end_time_is_said_when_it_is_exact(codec: Any, seconds: int) -> None:
    expire_ns = (NOW_NS // SECOND_NS + 1 + seconds) * SECOND_NS
    _, body = said(codec, request_of(expire_ns=expire_ns))
    (found,) = body["order_configuration"].items()
    assert found[0] == "limit_limit_gtd"
    end = datetime.fromisoformat(found[1]["end_time"])
    assert end == datetime.fromtimestamp(expire_ns // SECOND_NS, UTC)
    for other in (expire_ns + 1, NOW_NS // SECOND_NS * SECOND_NS + SECOND_NS, 0):
        _, body = said(codec, request_of(expire_ns=other))
        assert list(body["order_configuration"]) == ["limit_limit_gtc"]


def test_what_the_configuration_leaves_to_the_venue() -> None:
    for module in MODULES.values():
        plain = module.OrderCodec(CONFIG, ADVANCED)
        late = request_of(expire_ns=NOW_NS // SECOND_NS * SECOND_NS + 10 * SECOND_NS)
        assert list(said(plain, late)[1]["order_configuration"]) == ["limit_limit_gtc"]
        with pytest.raises(ConfigError, match="does not make"):
            module.OrderCodec(config_of(ADVANCED, "coinbase:iceberg"), ADVANCED)


def test_cancels_and_queries_name_the_order_by_our_id(codec: Any) -> None:
    assert said(codec, request_of(kind=IntentKind.CANCEL)) == (
        f"POST /api/v3/brokerage/orders/batch_cancel c{NAME}", {"order_ids": [f"@{NAME}"]}
    )  # fmt: skip
    assert said(codec, request_of(kind=IntentKind.QUERY)) == (
        f"GET /api/v3/brokerage/orders/historical/@{NAME} q{NAME}", {}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"instrument": 4}, Code.RISK_INSTRUMENT),
        ({"instrument": -1}, Code.RISK_INSTRUMENT),
        ({"kind": 9}, Code.RISK_INTENT),
        ({"kind": IntentKind.REPLACE}, Code.EXECUTE_STATE),
        ({"side": 2}, Code.RISK_INTENT),
        ({"type": OrderType.STOP, "trigger_ticks": 5}, Code.RISK_INTENT),
        ({"type": OrderType.TRAILING_STOP}, Code.RISK_INTENT),
        ({"time_in_force": 3}, Code.RISK_INTENT),
        ({"quantity_lots": 0}, Code.RISK_QUANTITY_MIN),
        ({"price_ticks": 0}, Code.RISK_PRICE_GRID),
        ({"trigger_ticks": 5}, Code.EXECUTE_TRIGGER),
        ({"display_lots": 5}, Code.EXECUTE_TRIGGER),
        ({"type": OrderType.STOP_LIMIT}, Code.EXECUTE_TRIGGER),
        ({"price_ticks": 2**62, "instrument": 1}, Code.RISK_OVERFLOW),
    ],
)
def test_what_cannot_be_said_is_refused(codec: Any, changes: Any, code: Code) -> None:
    with pytest.raises(EncodeError) as caught:
        codec.encode(request_of(**changes), NOW_NS)
    assert caught.value.code == code
    assert not codec.replaces


def test_the_exchange_is_a_feed_only() -> None:
    for module in MODULES.values():
        codec = module.OrderCodec(config_of(EXCHANGE), EXCHANGE)
        with pytest.raises(EncodeError) as caught:
            codec.encode(request_of(venue=EXCHANGE), NOW_NS)
        assert caught.value.code == Code.RISK_VENUE


def test_requests_are_equal_byte_for_byte_and_fit() -> None:
    rng = random.Random(7)
    longest = 0
    for _ in range(3000):
        kind = rng.choice((OrderType.STOP_LIMIT, *range(3)))
        request = request_of(
            kind=rng.choice((IntentKind.SUBMIT, IntentKind.CANCEL, IntentKind.QUERY)),
            instrument=rng.randrange(4),
            side=rng.randrange(2),
            type=kind,
            time_in_force=0 if kind == OrderType.STOP_LIMIT else rng.randrange(3),
            price_ticks=rng.randrange(1, 10 ** rng.randrange(1, 17)),
            quantity_lots=rng.randrange(1, 10 ** rng.randrange(1, 17)),
            trigger_ticks=rng.randrange(1, 10**16) if kind == OrderType.STOP_LIMIT else 0,
            client_order_id=rng.getrandbits(64),
            expire_ns=rng.choice((0, rng.randrange(9 * 10**9) * SECOND_NS, rng.randrange(2**63))),
        )
        now_ns = rng.choice((-5, NOW_NS, rng.randrange(2**63)))
        texts = [codec.encode(request, now_ns) for codec in PAIR]
        assert texts[0] == texts[1]
        longest = max(longest, len(texts[0]))
    assert longest < LIMITS["order_bytes_max"] - 124


PAIR = pair()


# -- answers --------------------------------------------------------------------------------------


def test_success_is_an_acknowledgement(codec: Any) -> None:
    report = one(codec, answer(200, f"n{NAME}", placed(NAME)))
    assert (report.kind, report.client_order_id) == (ReportKind.ACK, ID)
    assert report.venue_order_id == UUID_LOW


@pytest.mark.parametrize(
    ("error", "preview", "code"),
    [
        ("INSUFFICIENT_FUND", "UNKNOWN_PREVIEW_FAILURE_REASON", 1001),
        ("UNKNOWN_FAILURE_REASON", "INVALID_LIMIT_PRICE_POST_ONLY", 1003),
        ("UNKNOWN_FAILURE_REASON", "UNKNOWN_PREVIEW_FAILURE_REASON", 1000),
        ("SOMETHING_NEW", "ELSE", 0),
    ],
)
def test_a_status_of_200_is_no_acceptance(codec: Any, error: str, preview: str, code: int) -> None:
    report = one(codec, answer(200, f"n{NAME}", refused(error, preview)))
    assert (report.kind, report.client_order_id, report.code) == (ReportKind.REJECT, ID, code)


@pytest.mark.parametrize("letter", ["n", "c"])
@pytest.mark.parametrize("status", [0, 302, 400, 401, 404, 408, 409, 425, 429, 499, 500, 502, 504])
def test_what_a_status_leaves_open_is_unknown(codec: Any, letter: str, status: int) -> None:
    report = one(codec, answer(status, letter + NAME, {"error": "text"}))
    refusal = ReportKind.REJECT if letter == "n" else ReportKind.CANCEL_REJECT
    wanted = refusal if status in (400, 401, 404, 429) else ReportKind.UNKNOWN
    assert (report.kind, report.client_order_id, report.code) == (wanted, ID, status)


@pytest.mark.parametrize("letter", ["n", "c"])
@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"[]", b"{", b"{}", b'{"success":1}', b'{"success":"true"}',
        b'{"results":[]}', b'{"results":[{"success":null}]}', b'{"results":{}}',
    ],
)  # fmt: skip
def test_a_body_that_says_nothing_leaves_it_open(codec: Any, letter: str, body: bytes) -> None:
    assert one(codec, answer(200, letter + NAME, body)).kind == ReportKind.UNKNOWN


def test_a_cancel_that_was_taken_is_not_done(codec: Any) -> None:
    assert codec.decode(answer(200, f"c{NAME}", cancelled(True))) == (Code.OK, [])
    report = one(codec, answer(200, f"c{NAME}", cancelled(False, "UNKNOWN_CANCEL_ORDER")))
    assert (report.kind, report.code) == (ReportKind.CANCEL_REJECT, 1010)


STANDINGS = [
    ("OPEN", ReportKind.ACK), ("PENDING", ReportKind.ACK), ("CANCEL_QUEUED", ReportKind.ACK),
    ("FILLED", ReportKind.EXPIRE), ("CANCELLED", ReportKind.CANCEL_ACK),
    ("EXPIRED", ReportKind.EXPIRE), ("FAILED", ReportKind.REJECT),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), STANDINGS)
def test_where_an_order_stands(codec: Any, status: str, kind: ReportKind) -> None:
    told = [
        answer(200, f"q{NAME}", {"order": rest_order(NAME, status)}),
        answer(
            200, "l" + "0" * 16, {"orders": [rest_order(NAME, status), rest_order("x", "OPEN")]}
        ),
        user(user_order(NAME, status)),
        user(user_order(NAME, status), kind="snapshot"),
    ]
    for k, data in enumerate(told):
        report = one(codec, data)
        assert (report.kind, report.client_order_id, report.cumulative_lots) == (kind, ID, 0)
        assert (report.venue_order_id, report.instrument) == (UUID_LOW, 0)
        assert report.t_venue_ns == (TIME_NS if k >= 2 else 0)


def test_a_query_that_fails_says_nothing_unless_there_is_no_such_order(codec: Any) -> None:
    gone = one(codec, answer(404, f"q{NAME}", {"error": "NOT_FOUND"}))
    assert (gone.kind, gone.code) == (ReportKind.REJECT, 404)
    for status in (0, 401, 429, 500, 503):
        assert codec.decode(answer(status, f"q{NAME}")) == (Code.OK, [])
    for body in (b"", b"{}", {"order": 5}, {"order": rest_order(NAME, "OPEN", "x")}):
        assert codec.decode(answer(200, f"q{NAME}", body)) == (Code.EXECUTE_REPORT, [])
    unknown = {"order": rest_order(NAME, "UNKNOWN_ORDER_STATUS")}
    assert codec.decode(answer(200, f"q{NAME}", unknown)) == (Code.OK, [])


def test_a_list_that_ends_without_the_order_says_that_there_is_none(codec: Any) -> None:
    others = [rest_order(OTHER_NAME, "OPEN"), rest_order("11111-000000-000001", "OPEN")]
    code, reports = codec.decode(answer(200, f"q{NAME}", {"orders": others, "has_next": False}))
    assert code == Code.OK
    assert [(r.kind, r.client_order_id, r.code) for r in reports] == [
        (ReportKind.ACK, OTHER, 0), (ReportKind.REJECT, ID, 404)
    ]  # fmt: skip
    told = {"orders": [*others, rest_order(NAME, "FILLED", "0.0004", "5")], "has_next": False}
    kinds = [r.kind for r in codec.decode(answer(200, f"q{NAME}", told))[1]]
    assert kinds == [ReportKind.ACK, ReportKind.FILL, ReportKind.EXPIRE]
    for end in ({"has_next": True}, {}, {"has_next": "false"}, {"has_next": 0}):
        body = {"orders": others} | end
        assert one(codec, answer(200, f"q{NAME}", body)).kind == ReportKind.ACK
        assert one(codec, answer(200, "l" + "0" * 16, body | {"has_next": False})).client_order_id
    for bad in ([5], {}, 5):
        refused = answer(200, f"q{NAME}", {"orders": bad, "has_next": False})
        assert codec.decode(refused) == (Code.EXECUTE_REPORT, [])


@pytest.mark.parametrize(
    "data",
    [
        b"", b"2", b"200", b"200 n" + b"0" * 15 + b"\n", b"2x0 n" + b"0" * 16 + b"\n",
        b"200 N000100c7000000ff\n{}", b"200 n000100C7000000ff\n{}",
        b"200 n000100c7000000ff {}", b"hello", b"[]",
    ],
)  # fmt: skip
def test_what_is_no_frame(codec: Any, data: bytes) -> None:
    assert codec.decode(data) == (Code.EXECUTE_REPORT, [])


def test_frames_that_are_not_about_orders(codec: Any) -> None:
    frames = [
        frame("heartbeats"), frame("subscriptions"), text({"type": "error"}), user(),
        answer(200, "x" + NAME, {}), answer(200, "n" + "0" * 16, {}), answer(500, "l" + NAME),
        user(user_order("11111-000000-000001", "OPEN")), text({"channel": "user", "events": [{}]}),
        text({"channel": "user", "events": [{"type": "snapshot", "orders": None}]}),
    ]  # fmt: skip
    for data in frames:
        assert codec.decode(data) == (Code.OK, [])


# -- fills ----------------------------------------------------------------------------------------


def test_totals_become_fills_once(codec: Any) -> None:
    first = user_order(NAME, "OPEN", "0.0004", "10000.00", total_fees="0.02")
    report = one(codec, user(first))
    assert report == Report(
        kind=ReportKind.FILL,
        instrument=0,
        client_order_id=ID,
        venue_order_id=UUID_LOW,
        last_ticks=1_000_000,
        last_lots=40_000,
        cumulative_lots=40_000,
        fee_units=2_000_000,
        fee_currency=USD,
        t_venue_ns=TIME_NS,
    )
    for again in (user(first), user(first, kind="snapshot")):
        assert one(codec, again).kind == ReportKind.ACK
    older = user_order(NAME, "OPEN", "0.0001", "10000.00")
    assert one(codec, user(older)).kind == ReportKind.ACK
    done = user_order(NAME, "FILLED", "0.001", "9999.94", total_fees="0.05000000")
    code, (fill, end) = codec.decode(user(done))
    assert (code, end.kind, end.cumulative_lots) == (Code.OK, ReportKind.EXPIRE, 100_000)
    # (999994 * 100000 - 1000000 * 40000) / 60000
    assert (fill.last_ticks, fill.last_lots, fill.fee_units) == (999_990, 60_000, 3_000_000)
    assert fill.cumulative_lots == 100_000


def test_a_value_between_two_prices_is_two_fills_of_that_value(codec: Any) -> None:
    told = user_order(NAME, "OPEN", "0.00000007", "100.0142857142857143", total_fees="0.5")
    code, (below, above) = codec.decode(user(told))
    assert code == Code.OK
    assert [(r.last_ticks, r.last_lots, r.cumulative_lots) for r in (below, above)] == [
        (10001, 4, 4), (10002, 3, 7)
    ]  # fmt: skip
    assert (below.fee_units, above.fee_units) == (0, 50_000_000)


def test_the_value_itself_is_more_exact_than_the_average(codec: Any) -> None:
    told = user_order(NAME, "OPEN", "0.00000003", "100.01", filled_value="0.0000030005")
    code, reports = codec.decode(user(told))
    assert code == Code.OK
    assert sum(r.last_ticks * r.last_lots for r in reports) == 30005


def test_answers_and_events_share_what_was_told(codec: Any) -> None:
    one(codec, user(user_order(NAME, "OPEN", "0.0004", "10000.00")))
    listed = answer(200, f"q{NAME}", {"order": rest_order(NAME, "CANCELLED", "0.0005", "10000.00")})
    code, (fill, end) = codec.decode(listed)
    assert (code, fill.last_lots, end.kind) == (Code.OK, 10_000, ReportKind.CANCEL_ACK)
    assert end.cumulative_lots == 50_000


def fills_of(codec: Any, *told: Any) -> list[Report]:
    """The fills of user frames with one order each."""
    found: list[Report] = []
    for order in told:
        code, reports = codec.decode(user(order))
        assert code == Code.OK
        found += [r for r in reports if r.kind == ReportKind.FILL]
    return found


def test_what_comes_after_the_end_counts_once(codec: Any) -> None:
    done = user_order(NAME, "CANCELLED", "0.0004", "10000.00", total_fees="0.02")
    more = user_order(NAME, "FILLED", "0.0010", "10006.00", total_fees="0.05")
    fills = fills_of(codec, done, done, more, done, more, user_order(NAME, "OPEN"), more)
    assert [(r.last_lots, r.last_ticks, r.cumulative_lots, r.fee_units) for r in fills] == [
        (40_000, 1_000_000, 40_000, 2_000_000), (60_000, 1_001_000, 100_000, 3_000_000)
    ]  # fmt: skip


@pytest.mark.parametrize("ends", [True, False])
def test_the_orders_remembered_are_bounded(ends: bool) -> None:
    """Orders that end, and orders whose end nobody tells: the newest are known, the rest forgotten;
    the oldest of too many open ones count as ended."""
    made = pair()
    most = LIMITS["orders_max"] * (not ends) + LIMITS["ended_orders_max"]
    status = "CANCELLED" if ends else "OPEN"
    for first in range(1, most + 41, 40):
        names = [to_text(k) for k in range(first, first + 40)]
        frame_of = user(*(user_order(name, status, "0.0001", "10000.00") for name in names))
        codes = [codec.decode(frame_of)[0] for codec in made]
        assert codes == [Code.OK] * 2
    states = [codec.export_state() for codec in made]
    assert states[0] == states[1]
    total = (most + 40) // 40 * 40
    for codec in made:
        again = [user_order(to_text(k), status, "0.0001", "10000.00") for k in (total, 1)]
        assert [r.client_order_id for r in fills_of(codec, *again)] == [1]
        assert len(codec.export_state()) == 8 + 48 * most
    assert made[0].export_state() == made[1].export_state()


def test_fees_are_the_venues_total_whenever_they_are_told(codec: Any) -> None:
    told = user_order(NAME, "OPEN", "0.0004", "10000.00")
    untold = {key: value for key, value in told.items() if key != "total_fees"}
    first = fills_of(codec, untold)
    assert [(r.fee_units, r.fee_currency) for r in first] == [(0, USD)]
    late = fills_of(codec, {**told, "total_fees": "0.02"}, {**told, "total_fees": "0.02"})
    assert [(r.last_lots, r.last_ticks, r.cumulative_lots, r.fee_units) for r in late] == [
        (0, 0, 40_000, 2_000_000)
    ]
    done = user_order(NAME, "FILLED", "0.0005", "10000.00", total_fees="0.025")
    end = fills_of(codec, done, {**done, "total_fees": "0.024"}, {**done, "total_fees": None})
    assert [r.fee_units for r in end] == [500_000, -100_000]


def test_an_average_that_was_rounded_never_blocks_an_order(codec: Any) -> None:
    """One price told for lots at two: what was known is worth more than all that is told next."""
    rounded = [
        user_order(NAME, "OPEN", "1.00000000", "10000.05"),
        user_order(NAME, "OPEN", "1.00000002", "10000.03"),
        user_order(NAME, "FILLED", "2.00000002", "10000.02"),
    ]
    fills = fills_of(codec, *rounded)
    assert sum(r.last_lots for r in fills) == 200_000_002
    assert [(r.last_lots, r.last_ticks) for r in fills[:2]] == [
        (100_000_000, 1_000_005), (2, 1_000_003)
    ]  # fmt: skip
    assert sum(r.last_lots * r.last_ticks for r in fills) == 200_000_002 * 1_000_002


def test_a_rebate_and_fees_beyond_the_decimals(codec: Any) -> None:
    told = user_order(NAME, "OPEN", "0.0004", "10000.00", total_fees="-0.000000015")
    assert one(codec, user(told)).fee_units == -2
    told = user_order(NAME, "OPEN", "0.0005", "10000.00", total_fees="-0.000000025")
    assert one(codec, user(told)).fee_units == 0


def test_a_frame_that_is_refused_changes_nothing(codec: Any) -> None:
    before = codec.export_state()
    good = user_order(NAME, "OPEN", "0.0004", "10000.00")
    for bad in (
        user_order(OTHER_NAME, "OPEN", "0.000000001", "1"),
        user_order(OTHER_NAME, "OPEN", "1", "0"),
        user_order(OTHER_NAME, "OPEN", "1", "-5"), user_order(OTHER_NAME, "OPEN", "1", "x"),
        user_order(OTHER_NAME, "OPEN", "1", "1" * 41), user_order(OTHER_NAME, "OPEN", "1", "1e2"),
        user_order(OTHER_NAME, "OPEN", product_id="NO-NE"), user_order(OTHER_NAME, 5), 5,
        user_order(OTHER_NAME, "OPEN", "0.0004", "0.00001"),
        user_order(OTHER_NAME, "OPEN", "1", "10", total_fees="9" * 30),
    ):  # fmt: skip
        assert codec.decode(user(good, bad)) == (Code.EXECUTE_REPORT, []), bad
        assert codec.export_state() == before
    assert one(codec, user(good)).kind == ReportKind.FILL


def test_more_reports_than_a_frame_holds(codec: Any) -> None:
    most = LIMITS["reports_per_frame_max"]
    orders_told = [user_order(to_text(k), "OPEN") for k in range(1, most + 2)]
    code, reports = codec.decode(user(*orders_told[:most]))
    assert (code, len(reports)) == (Code.OK, most)
    assert codec.decode(user(*orders_told)) == (Code.EXECUTE_REPORT, [])


def test_state_goes_round_and_over() -> None:
    made = pair()
    frames = [
        user(*(user_order(to_text(k), "OPEN", f"0.{k:04}", "12345.67", total_fees=f"{k}.5")
               for k in range(1, 9))),
        user(user_order(to_text(3), "CANCELLED", "0.0003", "12345.67")),
    ]  # fmt: skip
    for data in frames:
        assert made[0].decode(data) == made[1].decode(data)
    state = made[0].export_state()
    assert made[1].export_state() == state
    others = pair()
    for other in others:
        other.import_state(state)
        assert other.export_state() == state
        told = user_order(to_text(8), "OPEN", "0.0008", "12345.67", total_fees="8.5")
        assert one(other, user(told)).kind == ReportKind.ACK
        row = len(state) - 48
        for damage in (
            state[:-1], b"", state + b"x", b"\1" + state[1:], state[:-8] + b"\2" + bytes(7),
            state[: row + 16] + b"\xff" * 16 + state[row + 32 :], state[:row] + state[8:56],
        ):  # fmt: skip
            with pytest.raises(DataError, match="export"):
                other.import_state(damage)


def test_a_random_life_of_orders_adds_up() -> None:
    """Fills of random prices, told by totals with repeats and losses: quantity, value and fees come
    out exactly, on both codecs alike."""
    rng = random.Random(3)
    made = pair()
    told: dict[int, tuple[int, int, int]] = {}
    found: dict[int, list[int]] = {}
    ids = [rng.getrandbits(64) | 1 for _ in range(40)]
    for step in range(3000):
        order = rng.choice(ids)
        lots, value, fees = told.get(order, (0, 0, 0))
        for _ in range(rng.randrange(3)):
            part = rng.randrange(1, 10**5)
            lots, value = lots + part, value + part * rng.randrange(999_000, 1_001_000)
            fees += rng.randrange(10**6)
        told[order] = (lots, value, fees)
        average = Fraction(value, lots * 100) if lots else Fraction(0)
        fields = {"total_fees": f"{fees / 10**8:.8f}"}
        if rng.random() < 0.5:
            fields["filled_value"] = f"{value * 10**2 // 10**12}.{value * 10**2 % 10**12:012}"
        price = f"{int(average)}.{int(average % 1 * 10**16):016}"
        data = user(user_order(to_text(order), "OPEN", f"0.{lots:08}", price, **fields))
        if lots >= 10**8 or rng.random() < 0.1:
            continue
        answers = [codec.decode(data) for codec in made]
        assert answers[0] == answers[1]
        assert answers[0][0] == Code.OK
        sums = found.setdefault(order, [0, 0, 0])
        for report in answers[0][1]:
            if report.kind == ReportKind.FILL:
                sums[0] += report.last_lots
                sums[1] += report.last_lots * report.last_ticks
                sums[2] += report.fee_units
        assert sums == list(told[order]), step
    assert made[0].export_state() == made[1].export_state()


# -- any bytes ------------------------------------------------------------------------------------


def corpus() -> list[bytes]:
    partly = user_order(
        NAME, "OPEN", "0.0004", "10000.015", total_fees="0.125", filled_value="4.00"
    )
    return [
        answer(200, f"n{NAME}", placed(NAME)),
        answer(200, f"n{NAME}", refused("INSUFFICIENT_FUND")),
        answer(200, f"c{NAME}", cancelled(False, "UNKNOWN_CANCEL_ORDER")),
        answer(503, f"n{NAME}", {"error": "unavailable"}),
        answer(200, f"q{NAME}", {"order": rest_order(NAME, "OPEN", "0.0003", "9999.99")}),
        answer(200, "l" + "0" * 16, {"orders": [rest_order(NAME, "FILLED", "1", "5"), {}]}),
        answer(200, f"q{NAME}", {"orders": [rest_order(OTHER_NAME, "OPEN")], "has_next": False}),
        user(partly, user_order(OTHER_NAME, "CANCELLED")),
        user(user_order(NAME, "FILLED", "0.001", "10000.00"), kind="snapshot"),
    ]


def test_mutated_frames_decode_the_same() -> None:
    rng = random.Random(11)
    made = pair()
    frames = corpus()
    alphabet = b'{}[]",:0123456789.-eEtfn \\u\x00\xff'
    for _ in range(6000):
        data = bytearray(rng.choice(frames))
        for _ in range(rng.randrange(4)):
            at = rng.randrange(len(data) + 1)
            match rng.randrange(4):
                case 0:
                    data[at : at + 1] = bytes([rng.choice(alphabet)])
                case 1:
                    del data[at : at + rng.randrange(1, 9)]
                case 2:
                    data[at:at] = bytes(rng.choices(alphabet, k=rng.randrange(1, 4)))
                case _:
                    del data[at:]
        answers = [codec.decode(bytes(data)) for codec in made]
        assert answers[0] == answers[1], bytes(data)
        if rng.random() < 0.05:
            made = pair()
    assert made[0].export_state() == made[1].export_state()


NUMBER = st.one_of(
    st.from_regex(r"\A-?[0-9]{1,22}(\.[0-9]{1,20})?\Z"),
    st.integers(-5, 2**70),
    st.sampled_from(["", "-", ".5", "1.", "01", "0x1", "1e5", "٣", None, True, [], {}, "1" * 41]),
)


@given(quantity=NUMBER, average=NUMBER, fees=NUMBER, value=NUMBER, more=NUMBER)
def test_any_numbers_decode_the_same(**told: Any) -> None:
    made = pair()
    fields = {"total_fees": told["fees"], "filled_value": told["value"]}
    for quantity in (told["quantity"], told["more"]):
        order = user_order(NAME, "OPEN", quantity, told["average"], **fields)
        answers = [codec.decode(user(order)) for codec in made]
        assert answers[0] == answers[1]
    assert made[0].export_state() == made[1].export_state()


# -- published samples ----------------------------------------------------------------------------


@pytest.mark.recordings
def test_published_answers(codec: Any) -> None:
    folder = require(FIXTURES / "coinbase/jkorf_rest_trading")
    bodies = {
        name: (folder / f"{name}.txt").read_text().split("\n", 3)[3].encode()
        for name in ("PlaceOrder", "CancelOrders", "GetOrder", "GetOrders")
    }
    assert one(codec, answer(200, f"n{NAME}", bodies["PlaceOrder"])).kind == ReportKind.ACK
    assert codec.decode(answer(200, f"c{NAME}", bodies["CancelOrders"])) == (Code.OK, [])
    other = b"11111-000000-000000"
    assert codec.decode(answer(200, f"q{NAME}", bodies["GetOrder"])) == (Code.OK, [])
    assert codec.decode(answer(200, f"l{NAME}", bodies["GetOrders"])) == (Code.OK, [])
    ours = bodies["GetOrder"].replace(other, NAME.encode())
    fill = one(codec, answer(200, f"q{NAME}", ours))
    assert (fill.last_lots, fill.last_ticks, fill.fee_units) == (100_000, 10**9, 500_000_000)


@pytest.mark.recordings
def test_published_orders_of_the_user_channel(codec: Any) -> None:
    folder = require(FIXTURES / "coinbase/nautilus")
    data = (folder / "ws_user.json").read_bytes()
    assert codec.decode(data) == (Code.OK, [])
    report = one(codec, data.replace(b"11111-000000-000001", NAME.encode()))
    assert (report.kind, report.cumulative_lots, report.venue_order_id) == (
        ReportKind.ACK,
        0,
        UUID_LOW,
    )
    listed = (folder / "http_orders_list.json").read_bytes()
    assert codec.decode(answer(200, f"l{NAME}", listed)) == (Code.OK, [])
    assert UUID in data.decode()
