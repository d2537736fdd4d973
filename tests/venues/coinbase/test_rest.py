"""From the codec's text to HTTP and back, and the venue's order ids on the way."""

import pytest
from venues.coinbase.order_frames import UUID, answer, placed, refused, rest_order, user, user_order

from tickpath.core.ids import to_text
from tickpath.core.limits import LIMITS
from tickpath.venues.coinbase import rest

NAME, OTHER = "000100c7000000ff", "ffff0001abcdef01"
NEW = b'POST /api/v3/brokerage/orders n%b\n{"client_order_id":"%b"}' % ((NAME.encode(),) * 2)
CANCEL = b'POST /api/v3/brokerage/orders/batch_cancel c%b\n{"order_ids":["@%b"]}' % (
    (NAME.encode(),) * 2
)
QUERY = b"GET /api/v3/brokerage/orders/historical/@%b q%b\n" % ((NAME.encode(),) * 2)


def test_a_new_order_needs_no_id_of_the_venue() -> None:
    request = rest.named(NEW, rest.OrderIds())
    assert request == rest.HttpRequest(
        method="POST",
        path="/api/v3/brokerage/orders",
        tag=f"n{NAME}",
        body=b'{"client_order_id":"000100c7000000ff"}',
    )


@pytest.mark.parametrize(
    "told",
    [
        answer(200, f"n{NAME}", placed("somebody-else")),
        answer(200, f"q{NAME}", {"order": rest_order(NAME, "OPEN")}),
        answer(
            200, rest.LIST_TAG, {"orders": [rest_order(OTHER, "OPEN"), rest_order(NAME, "OPEN")]}
        ),
        user(user_order(NAME, "PENDING"), kind="snapshot"),
    ],
)
def test_what_the_venue_says_gives_its_id(told: bytes) -> None:
    known = rest.OrderIds()
    assert rest.named(CANCEL, known) is None
    assert known.learn(told) >= 1
    assert known.learn(told) == 0
    cancel, query = rest.named(CANCEL, known), rest.named(QUERY, known)
    assert cancel is not None
    assert query is not None
    assert (cancel.body, cancel.tag, cancel.order) == (
        b'{"order_ids":["%b"]}' % UUID.encode(), f"c{NAME}", NAME
    )  # fmt: skip
    assert (query.method, query.path, query.body) == (
        "GET", f"/api/v3/brokerage/orders/historical/{UUID}", b""
    )  # fmt: skip


@pytest.mark.parametrize(
    "told",
    [
        b"", b"{", b"[]", b"{}", b'{"events":5}', b'{"events":[5]}', b'{"orders":[[]]}',
        answer(200, f"n{NAME}", refused("INSUFFICIENT_FUND")), answer(500, f"n{NAME}"),
        user(user_order(NAME, "OPEN", order_id="../accounts")),
        user(user_order(NAME, "OPEN", order_id=7)),
        user(user_order("11111-000000-000001", "OPEN")),
    ],
)  # fmt: skip
def test_what_gives_no_id(told: bytes) -> None:
    known = rest.OrderIds()
    assert known.learn(told) == 0
    assert known.find(NAME) == ""


@pytest.mark.parametrize("data", [QUERY, CANCEL])
def test_an_order_whose_id_is_not_known_cannot_be_named(data: bytes) -> None:
    known = rest.OrderIds()
    assert rest.named(data, known) is None
    known.learn(answer(200, f"q{NAME}", {"orders": [rest_order(NAME, "OPEN")]}))
    assert rest.named(data, known) is not None


def test_the_oldest_ids_are_forgotten() -> None:
    known = rest.OrderIds()
    most = LIMITS["orders_max"] + LIMITS["ended_orders_max"]
    for start in range(1, most + 2, 4096):
        names = [to_text(k) for k in range(start, min(start + 4096, most + 2))]
        known.learn(user(*({"client_order_id": name, "order_id": name} for name in names)))
    assert len(known) == most
    assert known.find(to_text(1)) == ""
    assert known.find(to_text(most + 1)) == to_text(most + 1)


@pytest.mark.parametrize(
    "data", [b"", b"DELETE / n" + NAME.encode() + b"\n", b"GET / n1\n", b"GET  n" + NAME.encode()]
)
def test_what_the_codec_did_not_write(data: bytes) -> None:
    with pytest.raises(ValueError, match="no request"):
        rest.named(data, rest.OrderIds())


def test_an_answer_has_three_digits() -> None:
    assert rest.answer(rest.STATUS_NONE, f"n{NAME}", b"") == b"000 n000100c7000000ff\n"
    assert rest.answer(200, rest.LIST_TAG, b"{}") == b"200 l0000000000000000\n{}"
