"""A real session over real sockets: driver, session, engine, against a simulated Binance."""

from pathlib import Path
from typing import Any

import pytest

from tickpath.venues.market_driver import answer_of
from tickpath.venues.session_actions import NS_PER_S, Answer
from tickpath.venues.transport.rest import Outcome, OutcomeKind

aiohttp = pytest.importorskip("aiohttp", reason="extra `live` is not installed")
from market_rig import BINANCE, Rig, play  # noqa: E402

from tickpath.venues.sim.server.faults import Fault  # noqa: E402
from tickpath.venues.transport import aiohttp_client, picows_client  # noqa: E402


async def nothing(rig: Rig) -> None:
    """Only the start."""


@pytest.mark.parametrize("client", [picows_client, aiohttp_client])
def test_books_are_the_venues_after_the_start(tmp_path: Path, client: Any) -> None:
    rig = play(BINANCE, tmp_path, nothing, client.connect)
    assert rig.session.counters.snapshots == len(BINANCE.symbols)
    assert rig.told == []
    assert not rig.session.live


@pytest.mark.parametrize("kind", ["drop", "reorder", "duplicate", "corrupt"])
def test_books_are_right_again_after_frames_went_wrong(tmp_path: Path, kind: str) -> None:
    async def scene(rig: Rig) -> None:
        for _ in range(3):
            rig.venue.fault(Fault(kind=kind, symbol="BTCUSDT", count=3))
            while any(f.kind == kind for f in rig.venue.faults.waiting):
                await rig.settle()
            await rig.settle()

    rig = play(BINANCE, tmp_path, scene)
    assert rig.session.counters.opened == 1
    assert len([s for s in rig.venue.faults.struck if s.kind == kind]) == 9


def test_a_cut_is_answered_by_another_line(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.venue.fault(Fault(kind="cut"))
        while rig.session.counters.opened < 2:
            await rig.settle()
        await rig.settle()

    rig = play(BINANCE, tmp_path, scene)
    assert rig.session.counters.closed == 1
    assert any("closed" in alert for alert in rig.told)


def test_a_notice_of_shutdown_is_answered_before_the_line_ends(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        rig.venue.fault(Fault(kind="shutdown", value=30_000))
        while rig.session.counters.opened < 2:
            await rig.settle()
        await rig.settle()

    rig = play(BINANCE, tmp_path, scene)
    assert (rig.session.counters.renewed, rig.session.counters.closed) == (1, 0)


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        (Outcome(kind=OutcomeKind.ANSWERED, status=200, body=b"{}"), Answer(200, b"{}")),
        (Outcome(kind=OutcomeKind.UNKNOWN, status=200, body=b"{"), Answer(0)),
        (Outcome(kind=OutcomeKind.NOT_SENT), Answer(0)),
        (
            Outcome(kind=OutcomeKind.ANSWERED, status=429, headers={"retry-after": "7"}),
            Answer(429, b"", 7 * NS_PER_S),
        ),
        (
            Outcome(kind=OutcomeKind.ANSWERED, status=418, headers={"retry-after": "soon"}),
            Answer(418),
        ),
    ],
)
def test_what_was_not_answered_has_no_status(outcome: Outcome, answer: Answer) -> None:
    assert answer_of(outcome) == answer
