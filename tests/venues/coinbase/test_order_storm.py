"""A storm over sockets: orders, cancels and fills while faults strike by seed. After it the engine
holds what the venue holds."""

import asyncio
from pathlib import Path
from random import Random

import pytest

pytest.importorskip("aiohttp", reason="extra `live` is not installed")
pytest.importorskip("picows", reason="extra `live` is not installed")
from venues.coinbase.order_rig import ORDERS, Rig, play

from tickpath.core.records import OrderState, Side
from tickpath.ops.live import host
from tickpath.venues.sim.server.orders import BUY, SELL

STEPS = 300
TURNS_MAX = 40
TRADING = ("lost_ack", "lost_request", "error_before", "error_after_accept")
FRAMES = ("drop", "gap", "duplicate", "reorder", "delay")


def strike(rig: Rig, random: Random) -> None:
    """One fault."""
    draw = random.random()
    if draw < 0.4:
        rig.fault(random.choice(FRAMES), channel="user", value=random.randrange(1, 30))
    elif draw < 0.8:
        tag = random.choice((ORDERS, f"{ORDERS}/batch_cancel"))
        rig.fault(random.choice(TRADING), tag=tag)
    elif draw < 0.9:
        kind = random.choice(("slow_ack", "fill_before_ack"))
        rig.fault(kind, tag=ORDERS, value=random.randrange(1, 50))
    elif draw < 0.95:
        rig.fault("duplicate_fill", account="a")
    else:
        rig.fault("cut", channel="user")


def step(rig: Rig, random: Random) -> None:
    """Something of a market's life."""
    draw, quantity = random.random(), f"{random.randrange(1, 40)}.{random.randrange(1, 99):02}"
    if draw < 0.4:
        price = f"{random.randrange(98, 103)}.{random.randrange(0, 99):02}"
        rig.want(random.choice((Side.BUY, Side.SELL)), price, quantity)
    elif draw < 0.5:
        rig.cancel()
    elif draw < 0.8:
        rig.takes(random.choice((BUY, SELL)), quantity)
    elif draw < 0.9:
        side = random.choice((BUY, SELL))
        rig.rests(side, f"{random.randrange(98, 100) if side == BUY else 102}", "20")
    else:
        strike(rig, random)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_a_storm_the_engine_holds_what_the_venue_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(host, "OVERDUE_NS", 0)

    async def scene(rig: Rig) -> None:
        random = Random(seed)
        for _ in range(STEPS):
            step(rig, random)
            if not rig.session.ready and random.random() < 0.3:
                await rig.up()
            for _ in range(random.randrange(TURNS_MAX)):
                await asyncio.sleep(0)
        rig.venue.faults.clear()
        reconciled = rig.session.counters.reconciled
        rig.fault("cut", channel="user")
        await rig.up(times=reconciled + 1)
        await rig.until(lambda: all(o.state == OrderState.LIVE for o in rig.orders()))

    rig = play(tmp_path, scene, free=True)
    assert rig.differences() == []
    assert rig.session.counters.reconciled > 5
    assert len(rig.account.fills) > 20
    assert len(rig.venue.faults.struck) > 5
