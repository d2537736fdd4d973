"""A Kraken order session over real sockets, through faults: in the end the engine's account is the
simulator's, exactly. No test waits for a time, only for what has to come."""

import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from venues.live import live

live("aiohttp")
from venues.kraken.live_rig import Deaf, Rig, play  # noqa: E402

from tickpath.core.codes import Code  # noqa: E402
from tickpath.core.ids import to_text  # noqa: E402
from tickpath.core.records import OrderState, Side, TimeInForce  # noqa: E402
from tickpath.venues.order_session import Phase  # noqa: E402

IOC = TimeInForce.IOC
STRAY = 0x0001_0001_0000_0FF0
"""An order of this engine and epoch that it does not know."""


async def trade(rig: Rig) -> None:
    """A maker fill in parts, a taker fill, a cancel; one order stays."""
    bid = rig.place(Side.BUY, "50000", "0.02")
    away = rig.place(Side.BUY, "49000", "0.01")
    await rig.live(bid)
    await rig.live(away)
    rig.take(Side.SELL, "0.005")
    rig.take(Side.SELL, "0.005")
    rig.rest(Side.SELL, "51000", "1")
    rig.place(Side.BUY, "51000", "0.03", time_in_force=IOC)
    rig.cancel(away)
    await rig.settled()


def test_an_engine_trades_and_its_account_is_the_venues(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await trade(rig)
        assert rig.position() == Decimal("0.04")
        assert len(rig.account.open_orders) == 1

    rig = play(tmp_path, scene)
    rig.check()
    assert len(rig.account.fills) == 3
    methods = [request.method for request in rig.venue.requests.since()]
    assert "cancel_all_orders_after" in methods
    assert "ping" in methods


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("lost_ack", {"tag": "add_order"}),
        ("lost_ack", {"tag": "cancel_order"}),
        ("error_after_accept", {"tag": "add_order"}),
        ("error_after_accept", {"tag": "cancel_order"}),
        ("fill_before_ack", {"tag": "add_order", "value": 20}),
        ("slow_ack", {"tag": "add_order", "value": 20}),
        ("duplicate", {"channel": "user", "count": 8}),
        ("delay", {"channel": "user", "tag": "reply", "value": 20, "count": 3}),
        ("reorder", {"channel": "user", "tag": "trade", "value": 20}),
        ("drop", {"channel": "user", "tag": "trade"}),
        ("drop", {"channel": "user", "tag": "new"}),
        ("gap", {"channel": "user", "tag": "trade"}),
        ("new_field", {"channel": "user", "count": 5}),
        ("clock_skew", {"value": 30_000}),
    ],
)
def test_faults_of_the_line(tmp_path: Path, kind: str, more: dict[str, object]) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault(kind, **more)
        if kind == "clock_skew":
            rig.fault("cut")
            await rig.again()
        await trade(rig)
        assert any(struck.kind == kind for struck in rig.venue.faults.struck)

    play(tmp_path, scene).check()


async def cut_and_lose(rig: Rig) -> None:
    """While the line is cut, one order fills, one is cancelled by the venue, one request is lost,
    one order is made without a word; what the line tells of itself at first is lost too."""
    filled = rig.place(Side.BUY, "50000", "0.02")
    gone = rig.place(Side.BUY, "49000", "0.01")
    stays = rig.place(Side.BUY, "48000", "0.01")
    for order in (filled, gone, stays):
        await rig.live(order)
    rig.fault("lost_request", tag="add_order")
    lost = rig.place(Side.BUY, "47000", "0.01")
    await rig.until(lambda: bool(rig.venue.faults.struck))
    rig.fault("lost_ack", tag="add_order")
    rig.fault("drop", channel="user", tag="new")
    rig.fault("drop", channel="user", tag="executions")
    quiet = rig.place(Side.BUY, "46000", "0.01")
    await rig.until(lambda: rig.at_venue(quiet) is not None)
    rig.fault("cut")
    rig.take(Side.SELL, "0.015")
    rig.exchange.cancel(rig.at_venue(gone), reason="by a person")
    await rig.again()
    assert rig.at_venue(lost) is None
    assert rig.state(lost) in (None, OrderState.PENDING_NEW)


def test_what_a_cut_hid_is_found_by_reconciliation(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await cut_and_lose(rig)
        assert rig.differences() == []
        assert rig.position() == Decimal("0.015")
        await trade(rig)

    rig = play(tmp_path, scene)
    rig.check()
    assert rig.session.counters.reconciled == 2


def test_without_reconciliation_the_same_leaves_differences(tmp_path: Path) -> None:
    """So the test above can fail."""

    async def scene(rig: Rig) -> None:
        await cut_and_lose(rig)
        left = rig.differences()
        assert [what.split()[0] for what in left if what.startswith("open")] == ["open"]
        assert any(what.startswith("USD") for what in left)
        assert any(what.startswith("BTC") for what in left)

    play(tmp_path, scene, Deaf)


def test_more_fills_than_a_subscription_tells(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        order = rig.place(Side.BUY, "50000", "0.1")
        await rig.live(order)
        rig.fault("cut")
        for _ in range(70):
            rig.take(Side.SELL, "0.001")
        await rig.again()
        assert rig.differences() == []
        assert rig.position() == Decimal("0.07")
        rig.fault("cut")
        for _ in range(30):
            rig.take(Side.SELL, "0.001")
        await rig.again()
        assert rig.state(order) is None

    play(tmp_path, scene).check()


def test_a_fill_after_which_nothing_comes_is_found_by_an_audit(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        order = rig.place(Side.BUY, "50000", "0.02")
        await rig.live(order)
        rig.session.times = replace(rig.session.times, audit_ns=200_000_000)
        rig.fault("cut")
        await rig.again()
        rig.fault("drop", channel="user", tag="trade")
        rig.take(Side.SELL, "0.005")
        assert rig.differences()
        await rig.settled()
        assert rig.state(order) == OrderState.LIVE

    rig = play(tmp_path, scene)
    rig.check()
    assert rig.session.counters.lost == 1


def test_a_fill_that_is_told_again_after_a_reconnect_counts_once(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await rig.live(rig.place(Side.BUY, "50000", "0.02"))
        rig.take(Side.SELL, "0.005")
        await rig.settled()
        rig.fault("duplicate_fill")
        rig.fault("cut")
        await rig.again()
        assert [struck.kind for struck in rig.venue.faults.struck] == ["cut", "duplicate_fill"]
        assert rig.position() == Decimal("0.005")

    rig = play(tmp_path, scene)
    rig.check()
    assert rig.engine.codes.get(Code.EXECUTE_OVERFILL, 0) == 0


def test_rest_that_fails_now_and_then_does_not_stop_reconciliation(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await rig.live(rig.place(Side.BUY, "50000", "0.02"))
        for name in ("GetWebSocketsToken", "OpenOrders", "Balance"):
            rig.fault("error_before", channel="rest", tag=f"POST /0/private/{name}")
        rig.fault("rate_limit", channel="rest", tag="POST /0/private/ClosedOrders")
        rig.fault("cut")
        rig.take(Side.SELL, "0.02")
        await rig.again()
        assert len(rig.venue.faults.struck) >= 4

    rig = play(tmp_path, scene)
    rig.check()
    assert rig.session.counters.lost == 1


@pytest.mark.slow
def test_a_line_that_is_half_open_ends_by_its_ping(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await rig.live(rig.place(Side.BUY, "50000", "0.02"))
        rig.fault("half_open", channel="user")
        rig.take(Side.SELL, "0.02")
        await rig.again()

    rig = play(tmp_path, scene)
    rig.check()
    assert any("ping: no answer" in text for text in rig.told)


def test_orders_of_nobody_here_are_cancelled_or_left(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        actions = rig.venue.protocol.actions
        own, more, other = to_text(STRAY), to_text(STRAY + 1), "somebody"
        for name in (own, other, more):
            actions.add_order(
                {"symbol": "BTC/USD", "side": "buy", "order_type": "limit", "order_qty": "0.1",
                 "limit_price": "40000", "cl_ord_id": name}, rig.account)  # fmt: skip
        rig.fault("cut")
        await rig.again()
        await rig.until(lambda: len(rig.account.open_orders) == 1)
        assert rig.account.client_ids[other].open

    rig = play(tmp_path, scene)
    assert any("not this engine's" in text for text in rig.told)


def test_a_revoked_key_is_lasting_until_it_is_restored(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await trade(rig)
        rig.session.times = replace(rig.session.times, lasting_ns=2_000_000_000)
        rig.fault("revoke_key")
        await rig.until(lambda: any("EAPI:Invalid key" in text for text in rig.told))
        wake_ns = rig.session.wake_ns()
        assert rig.session.phase is Phase.WAITING
        assert wake_ns is not None
        assert wake_ns - time.monotonic_ns() > 1_000_000_000
        rig.fault("restore_key")
        await rig.ready()

    rig = play(tmp_path, scene)
    rig.check()
    assert not any("secret" in text for text in rig.told)


def test_maintenance_leaves_an_outcome_open_until_it_is_over(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        stays = rig.place(Side.BUY, "50000", "0.02")
        await rig.live(stays)
        rig.fault("maintenance", value=500)
        order = rig.place(Side.BUY, "49000", "0.01")
        await rig.until(lambda: rig.state(order) == OrderState.UNKNOWN)
        await rig.settled()
        assert rig.at_venue(order) is None
        assert rig.state(stays) == OrderState.LIVE

    play(tmp_path, scene).check()


def test_a_request_while_the_session_is_down_is_refused_at_once(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("cut")
        await rig.down()
        order = rig.place(Side.BUY, "50000", "0.02")
        assert rig.state(order) is None
        await rig.ready()

    play(tmp_path, scene).check()


def test_the_watchdogs_cancel_and_the_check_of_the_key(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        for price in ("50000", "49000", "48000"):
            await rig.live(rig.place(Side.BUY, price, "0.01"))
        assert await rig.run(rig.dialect.cancel_all()) == 3
        await rig.settled()
        assert not rig.account.open_orders
        findings = await rig.run(rig.dialect.check())
        assert [finding.what for finding in findings if not finding.ok] == []
        rig.account.can_withdraw = True
        findings = await rig.run(rig.dialect.check())
        assert [finding.what for finding in findings if not finding.ok] == ["withdrawal"]
        assert not rig.account.open_orders

    play(tmp_path, scene).check()
