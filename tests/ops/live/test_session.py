"""Live sessions over sockets, through faults: in the end the engine holds what the venues hold."""

from pathlib import Path

import pytest
from ops.live.live_rig import VENUES, Rig, play

from tickpath.venues.sim.server.binance.api import ApiSession
from tickpath.venues.sim.server.faults import Fault


async def nothing(rig: Rig) -> None:
    """Only trading."""


@pytest.mark.parametrize("kind", ["hmac", "ed25519"])
def test_what_is_held_is_what_the_venues_hold(tmp_path: Path, kind: str) -> None:
    rig = play(tmp_path, nothing, kind)
    for name in VENUES:
        assert len(rig.truth(name)["fills"]) >= 15
        assert rig.driver(name).session.counters.established == 1


@pytest.mark.parametrize("kind", [pytest.param("hmac", marks=pytest.mark.slow), "ed25519"])
def test_spot_says_it_all_in_sbe(tmp_path: Path, kind: str) -> None:
    """Trading, reconciliation after lost lines, duplicates and layouts nobody knows yet."""
    spoken = []

    async def scene(rig: Rig) -> None:
        spot = rig.venues["binance-spot"]
        sessions = [link.session for link in spot.links.values() if link.channel == "api"]
        spoken.extend(session.binary for session in sessions if isinstance(session, ApiSession))
        spot.fault(Fault(kind="duplicate", count=10, channel="api"))
        spot.fault(Fault(kind="new_field", count=10, channel="user"))
        spot.fault(Fault(kind="lost_ack", count=3))
        await rig.until(lambda: rig.struck("binance-spot", "new_field") >= 10, "new fields")
        spot.fault(Fault(kind="cut", channel="api"))
        await rig.open()
        await rig.traded(5)

    rig = play(tmp_path, scene, kind, spot="sbe = true")
    assert spoken == [True]
    assert not any("frames of orders" in alert for alert in rig.alerts), rig.alerts
    assert rig.driver("binance-spot").session.counters.lost >= 1


FAULTS = {
    "lost_ack": {"count": 5},
    "error_after_accept": {"count": 5},
    "error_before": {"count": 5, "channel": "api"},
    "slow_ack": {"count": 10, "value": 300},
    "fill_before_ack": {"count": 10, "value": 200},
    "duplicate": {"count": 20, "channel": "user"},
    "delay": {"count": 20, "value": 200, "channel": "user"},
    "reorder": {"count": 20, "value": 100, "channel": "user"},
}


@pytest.mark.parametrize("kind", FAULTS)
def test_frames_and_requests_gone_wrong(tmp_path: Path, kind: str) -> None:
    more = FAULTS[kind]

    async def scene(rig: Rig) -> None:
        for name, venue in rig.venues.items():
            channels = {"binance-spot": "api", "binance-usdm": "user"}
            found = dict(more)
            if found.get("channel") == "user":
                found["channel"] = channels[name]
            venue.fault(Fault(kind=kind, **found))
        await rig.until(
            lambda: all(rig.struck(name, kind) >= more["count"] for name in VENUES), "faults"
        )
        await rig.traded(5)

    rig = play(tmp_path, scene)
    assert all(rig.driver(name).session.counters.established == 1 for name in VENUES)


@pytest.mark.parametrize(
    ("channel", "kind"),
    [
        pytest.param("api", "hmac", marks=pytest.mark.slow),
        pytest.param("api", "ed25519", marks=pytest.mark.slow),
        pytest.param("user", "hmac", marks=pytest.mark.slow),
        pytest.param("", "ed25519", marks=pytest.mark.slow),
    ],
)
def test_cut_lines(tmp_path: Path, channel: str, kind: str) -> None:
    async def scene(rig: Rig) -> None:
        for tag in ("", "abort", ""):
            rig.fault("cut", channel=channel, tag=tag)
            await rig.open()
            await rig.traded(5)

    rig = play(tmp_path, scene, kind)
    lost = rig.driver("binance-usdm").session.counters.lost
    assert lost >= 2
    assert any("closed for orders" in alert for alert in rig.alerts)
