"""Long lists of orders, cut: nothing is lost at the edge of what a frame's reports hold."""

import threading
from typing import Any

import pytest
from venues.coinbase.order_frames import answer, rest_order, user, user_order
from venues.coinbase.test_orders import EVERY, MODULES
from venues.coinbase.wire_frames import ADVANCED, frame

from tickpath.core.codes import Code
from tickpath.core.errors import DataError
from tickpath.core.ids import from_text, to_text
from tickpath.core.limits import LIMITS
from tickpath.core.records import Report, ReportKind
from tickpath.venues.coinbase.listing import ORDERS_MAX, cut
from tickpath.venues.coinbase.rest import LIST_TAG

MOST = LIMITS["reports_per_frame_max"]
STACK_BYTES = 256 * 1024
OURS = to_text(2**48 + 500)


def told(make: Any, name: str) -> Any:
    """Three reports: two fills and the end."""
    return make(name, "FILLED", "0.00000007", "100.0142857142857143", total_fees="0.5")


def listed(names: list[str], tag: str = LIST_TAG, **more: Any) -> bytes:
    return answer(200, tag, {"orders": [told(rest_order, n) for n in names], "bps": 1.50} | more)


def on_a_small_stack(call: Any) -> None:
    """The reports of a frame lie on the stack of whoever decodes it."""
    found: list[Any] = []
    before = threading.stack_size(STACK_BYTES)
    try:
        thread = threading.Thread(target=lambda: found.append(call()))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert found == [None]


@pytest.mark.parametrize("backend", MODULES)
@pytest.mark.parametrize("count", [1, ORDERS_MAX, ORDERS_MAX + 1, MOST - 1, MOST, MOST + 1])
@pytest.mark.parametrize("form", ["list", "user"])
def test_nothing_is_lost_at_the_edge(backend: str, count: int, form: str) -> None:
    names = [to_text(2**48 + k) for k in range(1, count + 1)]
    whole = listed(names) if form == "list" else user(*(told(user_order, n) for n in names))
    codec = MODULES[backend].OrderCodec(EVERY, ADVANCED)

    def check() -> None:
        reports: list[Report] = []
        for piece in cut(whole):
            code, found = codec.decode(piece)
            assert code == Code.OK
            reports += found
        assert [r.client_order_id for r in reports] == [from_text(n) for n in names for _ in "123"]
        assert sum(r.last_lots for r in reports if r.kind == ReportKind.FILL) == 7 * count
        assert sum(r.fee_units for r in reports if r.kind == ReportKind.FILL) == 50_000_000 * count

    on_a_small_stack(check)
    at_once = MODULES[backend].OrderCodec(EVERY, ADVANCED).decode(whole)[0]
    assert at_once == (Code.EXECUTE_REPORT if count > ORDERS_MAX else Code.OK)


@pytest.mark.parametrize("backend", MODULES)
@pytest.mark.parametrize("at", [0, ORDERS_MAX, 99, None])
def test_a_query_says_absent_only_where_no_piece_has_the_order(
    backend: str, at: int | None
) -> None:
    names = [to_text(2**49 + k) for k in range(100)]
    if at is not None:
        names[at] = OURS
    codec = MODULES[backend].OrderCodec(EVERY, ADVANCED)
    pieces = cut(listed(names, f"q{OURS}", has_next=False))
    assert len(pieces) == 3
    assert all(b'"bps":1.5' in piece for piece in pieces)
    reports = [report for piece in pieces for report in codec.decode(piece)[1]]
    absent = [r for r in reports if r.kind == ReportKind.REJECT]
    assert [r.client_order_id for r in absent] == ([from_text(OURS)] if at is None else [])
    assert len(reports) == 3 * len(names) + (at is None)


def test_events_are_cut_one_by_one() -> None:
    names = [to_text(k) for k in range(1, 61)]
    data = user(*(user_order(n, "OPEN") for n in names))
    doubled = data.replace(b'"events":[', b'"events":[{"type":"update"},')
    pieces = cut(doubled)
    codec = MODULES["native"].OrderCodec(EVERY, ADVANCED)
    found = [r.client_order_id for piece in pieces for r in codec.decode(piece)[1]]
    assert found == [from_text(n) for n in names]


def test_what_is_short_or_tells_no_orders_stays() -> None:
    for data in (
        frame("heartbeats"), user(user_order(OURS, "OPEN")), answer(503, f"q{OURS}", b"<html>"),
        answer(200, f"n{OURS}", {"success": True}), listed([OURS]), answer(200, LIST_TAG, {}),
    ):  # fmt: skip
        assert cut(data) == [data]
    for bad in (b"", b"[]", b"{", answer(200, LIST_TAG, b"[]"), b"[" * 100_000):
        with pytest.raises(DataError, match="close the connection"):
            cut(bad)
