"""Live sessions whose venue refuses, hangs, drops events or goes away: equal in the end."""

from pathlib import Path

import pytest
from ops.live.live_rig import VENUES, Rig, play

from tickpath.venues.sim.server.faults import Fault


@pytest.mark.slow
def test_a_line_that_hangs(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("half_open", channel="api")
        rig.fault("half_open", channel="user")
        await rig.until(lambda: not rig.session.open, "a line is given up")
        await rig.open()
        await rig.traded(5)

    play(tmp_path, scene)


@pytest.mark.slow
def test_requests_that_never_arrive(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("lost_request", count=4)
        await rig.until(
            lambda: all(rig.struck(name, "lost_request") >= 4 for name in VENUES), "faults"
        )
        await rig.traded(5)

    play(tmp_path, scene)


@pytest.mark.parametrize("count", [1, pytest.param(6, marks=pytest.mark.slow)])
def test_events_that_are_lost(tmp_path: Path, count: int) -> None:
    async def scene(rig: Rig) -> None:
        rig.venues["binance-spot"].fault(Fault(kind="drop", count=count, channel="api"))
        rig.venues["binance-usdm"].fault(Fault(kind="drop", count=count, channel="user"))
        await rig.until(lambda: all(rig.struck(name, "drop") >= count for name in VENUES), "faults")
        await rig.traded(5)

    rig = play(tmp_path, scene)
    if count > 1:
        assert any(d.session.counters.audits for d in rig.session.orders.values())


@pytest.mark.parametrize("kind", ["ban", pytest.param("rate_limit", marks=pytest.mark.slow)])
def test_a_venue_that_refuses_for_a_time(tmp_path: Path, kind: str) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault(kind, value=3000)
        await rig.until(
            lambda: all(f"{name}: the venue refuses" in " ".join(rig.alerts) for name in VENUES),
            "told",
        )
        await rig.traded(5)

    play(tmp_path, scene)


@pytest.mark.slow
def test_a_venue_under_maintenance(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("maintenance", value=3000)
        venues = list(rig.venues.values())
        await rig.until(lambda: all(v.t_ns > v.maintenance_ns for v in venues), "over")
        await rig.traded(5)

    play(tmp_path, scene)


def test_a_notice_of_shutdown(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("shutdown", value=2000)
        await rig.until(lambda: not rig.session.open, "closed")
        await rig.open()
        await rig.traded(5)

    play(tmp_path, scene)


@pytest.mark.slow
@pytest.mark.parametrize("value", [-3000, 3000])
def test_a_clock_that_is_off(tmp_path: Path, value: int) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("clock_skew", value=value)
        rig.fault("cut")
        await rig.until(lambda: not rig.session.open, "closed")
        await rig.open()
        await rig.traded(5)

    play(tmp_path, scene)


@pytest.mark.parametrize("kind", ["hmac", pytest.param("ed25519", marks=pytest.mark.slow)])
def test_a_key_that_is_revoked_and_given_back(tmp_path: Path, kind: str) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("revoke_key")
        await rig.until(
            lambda: not any(d.session.ready for d in rig.session.orders.values()), "closed"
        )
        rig.fault("restore_key")
        await rig.open()
        await rig.traded(5)

    play(tmp_path, scene, kind)


@pytest.mark.slow
def test_a_fill_that_is_told_again(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.fault("duplicate_fill")
        rig.fault("cut")
        await rig.until(
            lambda: all(rig.struck(name, "duplicate_fill") for name in VENUES), "told again"
        )
        await rig.open()
        await rig.traded(5)

    play(tmp_path, scene)
