"""Orders over real sockets with a simulated Coinbase, and the faults that it can have.

The truth is the simulator's own account: position, money, open orders, and no order twice.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiohttp", reason="extra `live` is not installed")
pytest.importorskip("picows", reason="extra `live` is not installed")
from venues.coinbase.order_rig import ORDERS, Rig, play, rig_config

from tickpath.core.records import OrderState, Side
from tickpath.engine.native import Engine
from tickpath.ops.live.check import check_venue, run_script
from tickpath.venues.coinbase import order_session as dialects
from tickpath.venues.coinbase.order_session import CoinbaseOrderDialect
from tickpath.venues.order_steps import Known, Script
from tickpath.venues.sim.server.orders import SELL

LIVE = OrderState.LIVE
CANCELS = f"{ORDERS}/batch_cancel"


async def bought(rig: Rig, *quantities: str) -> None:
    """Orders to buy that rest."""
    for k, quantity in enumerate(quantities):
        rig.want(Side.BUY, "100", quantity)
        await rig.states(*[LIVE] * (k + 1))


def test_orders_rest_fill_and_are_cancelled(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await bought(rig, "3")
        rig.takes(SELL, "1")
        await rig.filled("1")
        rig.rests(SELL, "99", "0.5")
        await rig.filled("1.5")
        rig.cancel()
        await rig.states()
        rig.want(Side.SELL, "98", "1")
        await rig.filled("0.5")

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert rig.session.counters.lost == 0


@pytest.mark.parametrize(
    ("kind", "start"), [("lost_ack", b"000 n"), ("error_after_accept", b"504 n")]
)
@pytest.mark.parametrize("heard", [True, False])
def test_an_order_that_was_taken_without_an_answer_is_found(
    tmp_path: Path, kind: str, start: bytes, heard: bool
) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault(kind, tag=ORDERS)
        if not heard:
            rig.fault("drop", channel="user", tag="user")
        rig.want(Side.BUY, "100", "3")
        await rig.until(lambda: rig.answers(start) == 1)
        await rig.states(LIVE)
        rig.takes(SELL, "1")
        await rig.filled("1")

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert len(rig.account.orders) == 1


@pytest.mark.parametrize(
    "kind", ["lost_request", pytest.param("error_before", marks=pytest.mark.slow)]
)
def test_an_order_that_never_arrived_ends_when_that_is_certain(tmp_path: Path, kind: str) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault(kind, tag=ORDERS)
        rig.want(Side.BUY, "100", "3")
        await rig.states(OrderState.UNKNOWN)
        await rig.states()

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert (rig.account.orders, rig.answers(b"404 q")) == ([], 1)
    assert rig.asked() > 2


def test_an_order_that_the_venue_limits_is_refused(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("rate_limit", tag=ORDERS)
        rig.want(Side.BUY, "100", "3")
        await rig.until(lambda: rig.answers(b"429 n") == 1)

    rig = play(tmp_path, scene)
    assert (rig.differences(), rig.orders()) == ([], [])


@pytest.mark.slow
def test_under_maintenance_nothing_is_believed(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await bought(rig, "3")
        rig.fault("maintenance", value=1500)
        rig.want(Side.BUY, "100", "2")
        await rig.states(LIVE, OrderState.UNKNOWN)
        rig.takes(SELL, "1")
        await rig.states(LIVE)
        await rig.filled("1")

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert rig.answers(b"503 n") == 1


def test_a_fill_before_the_answer_counts_once(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("fill_before_ack", tag=ORDERS, value=100)
        rig.want(Side.BUY, "102", "3")
        await rig.filled("3")
        assert rig.answers(b"200 n") == 0
        await rig.until(lambda: rig.answers(b"200 n") == 1)

    rig = play(tmp_path, scene)
    assert (rig.differences(), rig.orders()) == ([], [])


def test_a_cancel_overtakes_the_answer_to_its_order(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("slow_ack", tag=ORDERS, value=200)
        rig.want(Side.BUY, "100", "3")
        rig.cancel()
        await rig.states()

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert [o.open for o in rig.account.orders] == [False]


@pytest.mark.parametrize(
    ("kind", "start"), [("lost_ack", b"000 c"), ("error_before", b"503 c"), ("slow_ack", b"200 c")]
)
def test_a_cancel_without_a_good_answer_is_settled(tmp_path: Path, kind: str, start: bytes) -> None:
    async def scene(rig: Rig) -> None:
        await bought(rig, "3")
        rig.fault(kind, tag=CANCELS, value=100)
        rig.cancel()
        await rig.until(lambda: rig.answers(start) == 1)
        if kind == "error_before":
            await rig.states(LIVE)
            rig.cancel()
        await rig.states()

    rig = play(tmp_path, scene)
    assert rig.differences() == []


# -- the user line --------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "value"), [("drop", 0), ("gap", 0), ("reorder", 50)])
def test_a_lost_event_ends_the_line_and_is_found(tmp_path: Path, kind: str, value: int) -> None:
    async def scene(rig: Rig) -> None:
        await bought(rig, "3")
        rig.fault(kind, channel="user", tag="user", value=value)
        rig.takes(SELL, "1")
        rig.takes(SELL, "0.5")
        await rig.up(times=2)
        await rig.filled("1.5")

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert any(" was due" in text for text in rig.told)


def test_an_event_told_twice_counts_once(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await bought(rig, "3")
        rig.fault("duplicate", channel="user", tag="user", count=3)
        for _ in range(3):
            rig.takes(SELL, "0.5")
        await rig.filled("1.5")

    rig = play(tmp_path, scene)
    assert (rig.differences(), rig.session.counters.lost) == ([], 0)


async def outage(rig: Rig) -> None:
    """While the line is cut one order fills and ends, another fills in part, a third is cancelled
    by the venue."""
    await bought(rig, "3", "2", "1")
    rig.takes(SELL, "1")
    await rig.filled("1")
    rig.fault("cut", channel="user")
    rig.takes(SELL, "2.5")
    rig.venue.exchange.cancel(rig.account.orders[2], reason="by the venue")
    await rig.up(times=2)


def test_what_happens_while_the_line_is_cut_is_found(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await outage(rig)
        await rig.filled("3.5")
        await rig.states(LIVE)

    assert play(tmp_path, scene).differences() == []


class Deaf(CoinbaseOrderDialect):
    """Reconciles with nothing."""

    def reconcile(self, known: Sequence[Known]) -> Script:
        standing = yield from super().reconcile(known)
        standing.frames.clear()
        return standing


def test_without_reconciliation_it_stays_lost(tmp_path: Path) -> None:
    rig = play(tmp_path, outage, Deaf)
    assert [text.partition(":")[0] for text in rig.differences()] == ["BTC", "USD", "open"]


def test_a_fill_told_again_after_a_reconnect_counts_once(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await bought(rig, "3")
        rig.takes(SELL, "1")
        await rig.filled("1")
        rig.fault("duplicate_fill", account="a")
        rig.fault("cut", channel="user")
        await rig.up(times=2)
        rig.takes(SELL, "1")
        await rig.filled("2")

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert rig.venue.faults.waiting == []


def test_a_line_that_falls_silent_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialects, "QUIET_BEATS", 2)

    async def scene(rig: Rig) -> None:
        await bought(rig, "3")
        rig.fault("half_open", channel="user")
        rig.takes(SELL, "1")
        await rig.up(times=2)
        await rig.filled("1")

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert any("is quiet" in text for text in rig.told)


def test_a_revoked_key_closes_the_venue_until_it_is_restored(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await bought(rig, "3")
        rig.fault("revoke_key")
        await rig.until(lambda: any("authentication" in text for text in rig.told))
        await rig.until(lambda: sum("establish" in text for text in rig.told) > 1)
        assert not rig.session.ready
        rig.want(Side.BUY, "100", "2")
        rig.takes(SELL, "1")
        rig.fault("restore_key")
        await rig.up(times=2)
        await rig.filled("1")

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert len(rig.placed()) == 1


def test_a_watchdog_cancels_and_a_check_looks(tmp_path: Path) -> None:
    found = []

    async def scene(rig: Rig) -> None:
        await bought(rig, "3", "2")
        for expected in (2, 0):
            assert await run_script(rig.session.dialect.cancel_all(), rig.rest) == expected
            await rig.states()
        found.extend(await check_venue("coinbase", rig.session.dialect, rig.rest))

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert [f.what for f in found if not f.ok] == []
    assert "trading" in [f.what for f in found]


# -- another process ------------------------------------------------------------------------------


async def restarted(rig: Rig, engine: Any) -> None:
    """The process ends and another begins."""
    await rig.driver.close()
    rig.host.close()
    rig.begin(engine)
    rig.driver.start()


def continued(rig: Rig) -> Any:
    """An engine that goes on from what the last one knew."""
    engine = Engine(rig_config())
    engine.import_state(rig.engine.export_state())
    return engine


def test_a_new_process_finds_what_it_missed(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await bought(rig, "3", "2")
        rig.takes(SELL, "1")
        await rig.filled("1")
        rig.fault("lost_ack", tag=ORDERS)
        rig.want(Side.BUY, "100", "5")
        await rig.until(lambda: rig.answers(b"000 n") == 1)
        engine = continued(rig)
        await rig.driver.close()
        rig.takes(SELL, "3")
        await restarted(rig, engine)
        await rig.up()
        await rig.filled("4")
        await rig.states(LIVE, LIVE)
        rig.cancel()
        await rig.states()

    assert play(tmp_path, scene).differences() == []


def test_orders_that_nobody_knows_are_cancelled_when_they_are_its_own(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        await bought(rig, "3", "2")
        await restarted(rig, Engine(rig_config()))
        await rig.up()
        await rig.until(lambda: rig.account.open_orders == {})

    rig = play(tmp_path, scene)
    assert rig.differences() == []
    assert sum("is unknown here" in text for text in rig.told) == 2
