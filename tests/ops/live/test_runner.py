"""Whole live runs against simulated venues: start, trade, stop, start again."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="extra `live` is not installed")

from live_stand import SPOT, USDM, find_keys, totals, truth_of, with_venues, write_config

from tickpath.cli.main import main
from tickpath.core.errors import ConfigError, KeysError
from tickpath.ops.live.compare import balances_differ, positions_differ
from tickpath.ops.live.host import DRAIN_DECISIONS
from tickpath.ops.live.runner import LiveRun, RunOptions
from tickpath.ops.live.session import Mode
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.host import VenueHost

LIMIT_S = 60


def make(path: Path, told: list[str], mode: Mode = Mode.PAPER, rearm: bool = False) -> LiveRun:
    options = RunOptions(mode=mode, rearm=rearm, watchdog=False)
    return LiveRun(path, options, tell=told.append, keys=find_keys)


async def until(what: Callable[[], bool]) -> None:
    """Let the loop go on until something is so."""

    async def wait() -> None:
        while not what():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), LIMIT_S)


async def trade(run: LiveRun, requests: int) -> int:
    """From the start until so many requests have left, then an orderly stop; the exit code."""
    task = asyncio.create_task(run.run())
    await until(lambda: task.done() or run.host.counters.requests >= requests)
    if not task.done():
        os.kill(os.getpid(), signal.SIGTERM)
    return await task


def agree(run: LiveRun, host: VenueHost) -> list[str]:
    """What of the engine is not as the venues have it."""
    wrong = []
    for name in (SPOT, USDM):
        truth, venue = truth_of(host, name), run.config.venues.index(name)
        first = run.host.baseline[name]
        held = {p["symbol"]: Decimal(p["quantity"]) for p in truth["positions"]}
        wrong += positions_differ(run.engine, venue, held)
        wrong += balances_differ(run.engine, venue, totals(truth), first)
        wrong += truth["open_orders"]
        names = [row["client_id"] for row in truth["orders"]]
        wrong += [name for name in names if names.count(name) > 1]
    return [str(x) for x in wrong]


def test_a_run_trades_stops_and_goes_on_where_it_ended(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        path = write_config(tmp_path, host, "every_event")
        for epoch in (1, 2, 3):
            told: list[str] = []
            run = make(path, told)
            assert run.config.epoch == epoch
            assert (run.recovery is not None) == (epoch > 1)
            assert await trade(run, 60) == 0
            assert agree(run, host) == []
            assert any(text.startswith("ready after") for text in told)
            journal = str(tmp_path / "state/journal")
            assert main(["replay", journal, "--epoch", str(epoch)]) == 0
        assert len(truth_of(host, SPOT)["fills"]) > 0

    with_venues(tmp_path, scene)
    lines = [json.loads(x) for x in (tmp_path / "state/run.log").read_text().splitlines()]
    assert {"alert", "status"} >= {line["level"] for line in lines}


def test_faults_during_a_run_lose_and_double_nothing(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        run = make(write_config(tmp_path, host, "every_event"), told := [])
        task = asyncio.create_task(run.run())
        await until(lambda: run.ready_s is not None)
        for kind in ("cut", "lost_ack", "drop", "duplicate"):
            for venue in host.venues.values():
                venue.fault(Fault(kind=kind, channel="user" if kind == "drop" else ""))
            before = run.host.counters.requests
            await until(lambda before=before: run.host.counters.requests > before + 40)
            assert run.live is not None
            await until(lambda: run.live.open)
        assert run.host.counters.requests > 2 * DRAIN_DECISIONS
        assert len(run.engine.take_decisions()) < DRAIN_DECISIONS
        os.kill(os.getpid(), signal.SIGTERM)
        assert await task == 0
        assert agree(run, host) == []
        assert any("closed for orders" in text for text in told)

    with_venues(tmp_path, scene)


def test_a_kill_holds_over_a_restart_until_it_is_released(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        more = 'kill_file = "stop"\n'
        path = write_config(tmp_path, host, "every_event", more)
        run = make(path, [])
        task = asyncio.create_task(run.run())
        await until(lambda: run.host.counters.requests > 20)
        (tmp_path / "stop").touch()
        await until(lambda: run.engine.stages.risk.killed)
        await until(lambda: not run.engine.stages.execute.orders())
        os.kill(os.getpid(), signal.SIGTERM)
        assert await task == 3
        (tmp_path / "stop").unlink()
        again = make(path, told := [])
        task = asyncio.create_task(again.run())
        await until(lambda: again.ready_s is not None)
        assert again.host.counters.requests == 0
        os.kill(os.getpid(), signal.SIGTERM)
        assert await task == 3
        assert any("--rearm" in text for text in told)
        released = make(path, [], rearm=True)
        assert await trade(released, 20) == 0
        assert agree(released, host) == []

    with_venues(tmp_path, scene)


def test_a_shadow_sends_nothing_and_fills_in_the_process(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        run = make(write_config(tmp_path, host, "every_event"), [], Mode.SHADOW)
        task = asyncio.create_task(run.run())
        await until(lambda: run.live is not None and run.live.shadow.fills > 5)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await task == 0
        assert any(p.position_lots or p.bought_lots for p in run.engine.stages.execute.positions)
        for name in (SPOT, USDM):
            assert truth_of(host, name)["orders"] == []
            assert host.venues[name].requests.count == 0 or not truth_of(host, name)["fills"]

    with_venues(tmp_path, scene)


def test_one_state_folder_is_one_process(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        path = write_config(tmp_path, host)
        run = make(path, [])
        with pytest.raises(ConfigError, match="another process"):
            make(path, [])
        assert await trade(run, 1) == 0

    with_venues(tmp_path, scene)


def test_paper_refuses_a_venues_own_hosts(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        path = write_config(tmp_path, host)
        text = path.read_text().replace(
            host.urls()["venues"][SPOT]["rest"], "https://api.binance.com"
        )
        path.write_text(text)
        with pytest.raises(ConfigError, match="paper mode"):
            make(path, [])
        assert not (tmp_path / "state").exists()

    with_venues(tmp_path, scene)


def test_a_board_is_not_taken_for_granted(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        path = write_config(tmp_path, host)
        path.write_text(path.read_text() + '\n[backends]\nstrategy = "fpga"\n')
        with pytest.raises(ConfigError, match="only the mixed engine asks a board"):
            make(path, [])

    with_venues(tmp_path, scene)


def test_missing_keys_are_told_before_anything_is_opened(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        path = write_config(tmp_path, host)
        options = RunOptions(watchdog=False)
        with pytest.raises(KeysError, match="TICKPATH_TRADER_KEY_ID"):
            LiveRun(path, options, tell=print)
        assert not (tmp_path / "state").exists()

    with_venues(tmp_path, scene)


def test_a_venue_without_keys_is_closed_for_orders(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        path = write_config(tmp_path, host, "every_event")
        path.write_text(path.read_text().replace('keys = "trader"\n', ""))
        run = make(path, [])
        task = asyncio.create_task(run.run())
        await until(lambda: run.ready_s is not None)
        before = run.host.counters.frames
        await until(lambda: run.host.counters.frames > before + 100)
        assert run.engine.stages.execute.orders() == []
        assert (run.host.counters.requests, run.host.counters.undelivered) == (0, 0)
        run.stop()
        assert await task == 0

    with_venues(tmp_path, scene, (SPOT,))


def test_options_of_a_venue_reach_its_sessions(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        path = write_config(tmp_path, host, more="audit_s = 7\n")
        spot = f'name = "{SPOT}"\nkeys'
        more = f'name = "{SPOT}"\nlines = 2\nrest_windows = [1, 900]\nkeys'
        path.write_text(path.read_text().replace(spot, more, 1))
        run = make(path, [])
        task = asyncio.create_task(run.run())
        await until(lambda: run.ready_s is not None)
        assert run.live is not None
        venue = run.config.venues.index(SPOT)
        orders = run.live.orders[venue].session
        (market,) = [m.session for m in run.live.markets if m.source == 0]
        assert [(w.interval_ns, w.weight_max) for w in orders.budget.windows] == [(10**9, 900)]
        assert market.budget is orders.budget
        assert (market.lines_wanted, orders.times.audit_ns) == (2, 7 * 10**9)
        run.stop()
        assert await task == 0

    with_venues(tmp_path, scene)
