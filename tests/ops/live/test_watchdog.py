"""A process that cancels when the engine's heartbeat stops, against simulated venues."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="extra `live` is not installed")

from live_stand import SPOT, USDM, environment, find_keys, truth_of, with_venues, write_config

from tickpath.core import ids
from tickpath.ops.live.parts import dialect_of, load_parts, rest_of
from tickpath.ops.live.watchdog import BEAT, QUIT
from tickpath.venues.sim.server.host import VenueHost

OWN_OLD, OWN, LATER, OTHER = (
    ids.to_text(ids.client_order_id(engine, epoch, 7))
    for engine, epoch in ((1, 3), (1, 4), (1, 5), (2, 4))
)


async def place(path: Path, name: str, order: str) -> None:
    """An order far from the market, as the venue takes it by REST."""
    config, spec, _ = load_parts(path)
    entry = spec.venue(name)
    assert entry is not None
    dialect = dialect_of(config, entry, find_keys(entry))
    query = (
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000.00"
        f"&newClientOrderId={order}"
    )
    call = dialect.signed("POST", "order", query, repeat=False)
    async with rest_of(entry) as rest:
        outcome = await rest.request(call.method, call.target, headers=call.headers)
    assert outcome.status == 200, outcome.body


def open_names(host: VenueHost, name: str) -> set[str]:
    """Client order ids that are open at a venue."""
    return {row["client_id"] for row in truth_of(host, name)["open_orders"]}


async def start(path: Path) -> asyncio.subprocess.Process:
    """The watchdog of epoch 4."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tickpath.ops.live.watchdog", str(path), "4",
        stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment()},
    )  # fmt: skip


@pytest.mark.parametrize("end", ["closed", "silent"])
def test_orders_of_a_dead_engine_are_cancelled(tmp_path: Path, end: str) -> None:
    async def scene(host: VenueHost) -> None:
        path = write_config(tmp_path, host, more="watchdog_s = 1\n")
        for name in (SPOT, USDM):
            for order in (OWN_OLD, OWN, LATER, OTHER):
                await place(path, name, order)
        dog = await start(path)
        assert dog.stdin is not None
        dog.stdin.write(BEAT)
        if end == "closed":
            dog.stdin.close()
        _, said = await dog.communicate() if end == "closed" else (b"", await read(dog))
        assert dog.returncode == 3, said
        for name in (SPOT, USDM):
            assert open_names(host, name) == {LATER, OTHER}
        assert b"2 orders cancelled" in said

    with_venues(tmp_path, scene)


async def read(dog: asyncio.subprocess.Process) -> bytes:
    """What a process says until its end, while its input stays open."""
    assert dog.stderr is not None
    said = await dog.stderr.read()
    await dog.wait()
    return said


def test_an_orderly_end_cancels_nothing(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        path = write_config(tmp_path, host)
        await place(path, SPOT, OWN)
        dog = await start(path)
        _, said = await dog.communicate(BEAT + QUIT)
        assert (dog.returncode, said) == (0, b"")
        assert open_names(host, SPOT) == {OWN}

    with_venues(tmp_path, scene)


def test_wrong_keys_are_told_and_nothing_of_them_is_shown(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        path = write_config(tmp_path, host)
        dog = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tickpath.ops.live.watchdog", str(path), "4",
            stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=dict(os.environ),
        )  # fmt: skip
        _, said = await dog.communicate(BEAT)
        assert dog.returncode == 2
        assert b"TICKPATH_TRADER_KEY_ID" in said

    with_venues(tmp_path, scene)
