"""Sessions of venues whose subscriptions bring the books, over sockets: Kraken and Coinbase."""

from dataclasses import replace
from pathlib import Path

import pytest

aiohttp = pytest.importorskip("aiohttp", reason="extra `live` is not installed")
from market_rig import BINANCE, COINBASE, KRAKEN, Rig, Setting, play  # noqa: E402

from tickpath.venues.sim.server.faults import Fault  # noqa: E402
from tickpath.venues.transport import aiohttp_client  # noqa: E402

BOOK = {"kraken-spot": "book", "coinbase": "l2_data"}


async def nothing(rig: Rig) -> None:
    """Only the start."""


@pytest.mark.parametrize("setting", [KRAKEN, COINBASE], ids=lambda s: s.venue)
def test_books_are_the_venues_after_the_start(tmp_path: Path, setting: Setting) -> None:
    rig = play(setting, tmp_path, nothing, aiohttp_client.connect)
    assert rig.told == []
    assert rig.restarts == 1
    assert rig.session.counters.refused == 0


@pytest.mark.parametrize(
    ("setting", "kind"),
    [
        *((KRAKEN, kind) for kind in ("drop", "gap", "bad_checksum", "reorder")),
        *((COINBASE, kind) for kind in ("drop", "gap", "reorder", "duplicate")),
    ],
    ids=lambda x: x if isinstance(x, str) else x.venue,
)
def test_books_are_right_again_after_frames_went_wrong(
    tmp_path: Path, setting: Setting, kind: str
) -> None:
    tag, symbol = BOOK[setting.venue], setting.symbols[0]

    async def scene(rig: Rig) -> None:
        for _ in range(3):
            rig.venue.fault(Fault(kind=kind, tag=tag, symbol=symbol, count=2))
            while any(f.kind == kind for f in rig.venue.faults.waiting):
                await rig.settle()
            await rig.settle()

    rig = play(setting, tmp_path, scene)
    assert rig.struck(kind) == 6
    assert rig.session.counters.opened == 1
    methods = [entry.method for entry in rig.venue.requests.since()]
    if kind in ("gap", "bad_checksum"):
        assert "unsubscribe" in methods


def test_a_snapshot_of_the_past_is_found_out_by_its_checksum(tmp_path: Path) -> None:
    symbol = KRAKEN.symbols[0]

    async def scene(rig: Rig) -> None:
        rig.venue.fault(Fault(kind="stale_snapshot", symbol=symbol))
        for _ in range(5):
            await rig.settle()
        rig.venue.fault(Fault(kind="bad_checksum", tag="book", symbol=symbol))
        while rig.struck("stale_snapshot") < 2:
            await rig.settle()
        await rig.settle()

    rig = play(KRAKEN, tmp_path, scene)
    assert rig.session.counters.opened == 1


@pytest.mark.parametrize("kind", ["cut", pytest.param("half_open", marks=pytest.mark.slow)])
@pytest.mark.parametrize("setting", [KRAKEN, COINBASE], ids=lambda s: s.venue)
def test_a_line_that_ends_or_falls_silent_is_replaced(
    tmp_path: Path, setting: Setting, kind: str
) -> None:
    async def scene(rig: Rig) -> None:
        rig.venue.fault(Fault(kind=kind))
        while rig.session.counters.opened < 2:
            await rig.settle()
        await rig.settle()

    rig = play(setting, tmp_path, scene)
    assert rig.restarts == 2
    assert (rig.session.counters.closed, rig.session.counters.quiet) in ((1, 0), (0, 1))
    assert len(rig.told) == 1
    assert "127.0.0.1" in rig.told[0]
    assert "ws://" not in rig.told[0]


def test_a_status_other_than_online_is_told(tmp_path: Path) -> None:
    text = '{"channel":"status","type":"update","data":[{"system":"cancel_only"}]}'

    async def scene(rig: Rig) -> None:
        rig.venue.fault(Fault(kind="inject", text=text))
        while not rig.told:
            await rig.settle()

    rig = play(KRAKEN, tmp_path, scene)
    assert "cancel_only" in rig.told[0]
    assert rig.session.counters.opened == 1


def test_the_loss_of_one_of_two_lines_costs_no_book(tmp_path: Path) -> None:
    async def scene(rig: Rig) -> None:
        while rig.session.counters.copies == 0:
            await rig.settle()
        assert len(rig.session.lines) == 2
        await rig.settle()
        asked = rig.session.counters.snapshots
        line = next(iter(rig.venue.links.values()))
        line.close()
        while rig.session.counters.opened < 3:
            await rig.settle()
        await rig.settle()
        assert rig.session.counters.snapshots == asked

    rig = play(replace(BINANCE, lines=2), tmp_path, scene)
    assert rig.session.counters.closed == 1
