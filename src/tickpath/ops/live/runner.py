"""One live run from start to end: state folder, recovery, sessions, status, an orderly stop.

    code = asyncio.run(LiveRun(path, Mode.PAPER, tell=print).run())

The state folder belongs to one process at a time (a lock). What an earlier process left there is
recovered first; every book waits for a snapshot and every venue is closed until it is reconciled.
A stop (SIGINT, SIGTERM) pauses the strategies, which cancels their orders, waits until none is open
or `stop_s` is over, writes a snapshot and closes the journal.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tickpath.backtest.journal_setup import RESULT_NOTE
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.engine.commands import Command
from tickpath.engine.mixed import refuse_boards
from tickpath.engine.native import Engine
from tickpath.engine.state import digest
from tickpath.lanes.journal_format import JournalKind
from tickpath.ops.kill import KillFile, KillSignal, KillSource
from tickpath.ops.live.baseline import read_baseline, write_baseline
from tickpath.ops.live.config import LiveVenue
from tickpath.ops.live.host import Host
from tickpath.ops.live.journal import JournalOptions, open_journal, write_snapshot
from tickpath.ops.live.lane import LaneProcess, wanted
from tickpath.ops.live.parts import load_parts
from tickpath.ops.live.recover import Recovery, recover, recoverable, restored
from tickpath.ops.live.runlog import RunLog
from tickpath.ops.live.session import LiveSession, Mode, check_mode
from tickpath.ops.live.status import StatusLine
from tickpath.ops.live.watchdog import BEAT_S, Watchdog
from tickpath.venues.keys import Keys
from tickpath.venues.transport.base import wall_ns

LOOK_S = 0.05
"""How often the kill sources and the engine's health are looked at."""

EXIT_OK, EXIT_SAFETY = 0, 3


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOptions:
    """`rearm`: let an engine trade whose kill switch was set. `watchdog`: start the process that
    cancels when this one dies. `seconds`: stop by itself after so long, 0: never."""

    mode: Mode = Mode.PAPER
    rearm: bool = False
    watchdog: bool = True
    seconds: float = 0
    instruments: Path | None = None


class LiveRun:
    """See the module. Raises ConfigError, KeysError, JournalError before anything is opened."""

    def __init__(
        self, path: Path, options: RunOptions, *, tell: Callable[[str], None],
        keys: Callable[[LiveVenue], Keys] | None = None,
    ) -> None:  # fmt: skip
        self.started_ns = wall_ns()
        self.path, self.options = path, options
        config, self.spec, found = load_parts(path, options.instruments)
        check_mode(self.spec, options.mode)
        if options.mode is Mode.SHADOW:
            config = replace(config, sim=replace(config.sim, direct_orders=True))
        find = keys or found
        self._keys = {
            entry.name: find(entry)
            for entry in self.spec.venues
            if entry.keys and options.mode is not Mode.SHADOW
        }
        self._tell = tell
        self.spec.state.mkdir(parents=True, exist_ok=True)
        self._lock = lock(self.spec.state)
        self.log = RunLog(self.spec.state / "run.log")
        self.recovery: Recovery | None = None
        self.engine, self.journal, self.config = self._engine(config)
        if config.model.label:
            self.alert(f"model {config.model.label} decides")
        self.host = Host(
            self.engine,
            self.spec.policies,
            self.alert,
            read_baseline(self.spec.state),
            lambda found: write_baseline(self.spec.state, found),
        )
        self.live: LiveSession | None = None
        self.lane: LaneProcess | None = None
        self.ready_s: float | None = None
        self._stop = asyncio.Event()

    def _engine(self, config: Config) -> tuple[Any, Any, Config]:
        """An engine that goes on where the last one of this folder ended, or a new one."""
        refuse_boards(config)
        folder = self.spec.state / "journal"
        options = JournalOptions(segment_bytes=self.spec.segment_mib << 20)
        if not recoverable(folder, config):
            journal, config = open_journal(
                folder, config, state=None, now_ns=wall_ns(), options=options
            )
            return Engine(config, journal), journal, config
        found = self.recovery = recover(folder, config)
        self.alert(
            f"recovered epoch {found.epoch}: {found.records} records in {found.seconds:.3f} s, "
            f"{found.end}; {len(found.sent)} orders wait for an answer"
        )
        journal, config = open_journal(
            folder, config, state=found.state, now_ns=wall_ns(), options=options
        )
        return restored(config, journal, found), journal, config

    def _keys_of(self, entry: LiveVenue) -> Keys:
        """They were looked for before anything was opened."""
        return self._keys[entry.name]

    def alert(self, text: str) -> None:
        """What a person should know: to the screen and the log."""
        self.log.write(text)
        self._tell(text)

    # -- the run ----------------------------------------------------------------------------------

    async def run(self) -> int:
        """Until a stop; returns the exit code."""
        stop = self._stop
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if self.options.seconds:
            loop.call_later(self.options.seconds, stop.set)
        kill = KillSignal()
        kill.start()
        dog = self._watchdog()
        try:
            self._wake_engine()
            if wanted(self.config):
                self.lane = LaneProcess(self.config, self.engine, self.alert)
            async with LiveSession(
                self.host, self.spec, self.options.mode, keys=self._keys_of, alert=self.alert,
                seed=self.config.seed,
            ) as self.live:  # fmt: skip
                tasks = [
                    loop.create_task(work)
                    for work in (
                        self._look(kill),
                        self._say(),
                        self._snapshots(),
                        self._beat(dog),
                    )
                ]
                await stop.wait()
                await self._wind_down()
                await end_all(tasks)
        finally:
            kill.close()
            if dog is not None:
                dog.quit()
            self._close()
        return self._verdict()

    def _watchdog(self) -> Watchdog | None:
        asked = self.options.watchdog and self.spec.watchdog_s and self.options.mode != Mode.SHADOW
        return Watchdog(self.path, self.config.epoch, dict(os.environ)) if asked else None

    def _wake_engine(self) -> None:
        """No book of an earlier process is believed; strategies that a stop paused go on."""
        host = self.host
        if self.recovery is not None:
            for source in range(len(self.config.sources)):
                host.command(Command.RESTART_SOURCE, source)
            if self.options.mode is Mode.SHADOW:
                for venue in {i.venue for i in self.config.instruments}:
                    host.command(Command.VENUE_UP, venue)
        if self.engine.stages.risk.killed:
            if self.options.rearm:
                host.command(Command.REARM, 0)
                self.alert("the kill switch is released (--rearm)")
            else:
                self.alert("the kill switch is set: nothing is traded; start with --rearm to go on")
        if self.engine.stages.model_text():
            self.alert(f"model evaluated by {self.engine.stages.model_text()}")
        for strategy in range(len(self.config.strategies)):
            host.command(Command.RESUME_STRATEGY, strategy)

    def stop(self) -> None:
        """End in order, as on SIGTERM. On the loop's thread."""
        self._stop.set()

    async def _look(self, kill: KillSignal) -> None:
        """The kill sources, the engine's health, the first moment that everything is open."""
        sources: list[KillSource] = [kill]
        if self.spec.kill_file is not None:
            sources.append(KillFile(self.spec.kill_file))
        while True:
            if self.lane is not None:
                self.lane.look()
            asked = [source.asked() for source in sources]
            if any(asked) and not self.engine.stages.risk.killed:
                self.host.command(Command.KILL, 0)
                self.alert("killed: open orders are cancelled, nothing new is sent")
            if self.engine.halted:
                self.alert("halted: the journal is full or the ledger does not balance")
                self.stop()
            if self.ready_s is None and self.live is not None and self.live.open:
                self.ready_s = (wall_ns() - self.started_ns) / 1e9
                text = f"ready after {self.ready_s:.3f} s: every book good, every venue open"
                if self.live.awaited:
                    text += f"; {self.live.awaited} books come with their venue's session"
                self.alert(text)
            await asyncio.sleep(LOOK_S)

    async def _say(self) -> None:
        """A line of status now and then."""
        line = StatusLine(self)
        while True:
            await asyncio.sleep(self.spec.status_s)
            text = line.text()
            self.log.write(text, level="status")
            self._tell(text)

    async def _snapshots(self) -> None:
        """So that a recovery is short."""
        while True:
            await asyncio.sleep(self.spec.snapshot_s)
            if not write_snapshot(self.journal, self.engine):
                self.alert("no snapshot was written: the journal had no room in time")

    async def _beat(self, dog: Watchdog | None) -> None:
        """Tell the watchdog that this process lives."""
        told = False
        while dog is not None:
            dog.beat()
            if not dog.alive and not told:
                told = True
                self.alert("the watchdog has ended: nobody cancels when this process dies")
            await asyncio.sleep(BEAT_S)

    async def _wind_down(self) -> None:
        """Pause every strategy, which cancels its orders, and wait until none is open."""
        for strategy in range(len(self.config.strategies)):
            self.host.command(Command.PAUSE_STRATEGY, strategy)
        end = time.monotonic() + self.spec.stop_s
        while self.engine.stages.execute.orders() and time.monotonic() < end:
            await asyncio.sleep(LOOK_S)
        left = len(self.engine.stages.execute.orders())
        if left:
            self.alert(f"stopped with {left} orders open: the next start reconciles them")

    def _close(self) -> None:
        """Leave a journal that a replay can be compared with, and that the next start begins at."""
        if self.lane is not None:
            self.lane.close()
        if not self.engine.halted:
            write_snapshot(self.journal, self.engine)
            hashes = {
                "state_hash": digest(self.engine.export_state()),
                "decisions_hash": self.host.decisions_hash,
            }
            note = RESULT_NOTE + json.dumps(hashes).encode()
            self.journal.append(JournalKind.NOTE, self.engine.seq, 0, note)
            self.alert(f"epoch {self.config.epoch} ended: decisions {hashes['decisions_hash']}, "
                       f"state {hashes['state_hash']}")  # fmt: skip
        self.journal.close()
        self.log.close()
        os.close(self._lock)

    def _verdict(self) -> int:
        """0, or 3 when the run stopped itself for safety."""
        refused = self.live is not None and any(
            driver.refused for driver in self.live.orders.values()
        )
        unsafe = self.engine.halted or self.engine.stages.risk.killed or refused
        return EXIT_SAFETY if unsafe else EXIT_OK


async def end_all(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait for them; an exception of one is raised."""
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task


def lock(folder: Path) -> int:
    """The folder is this process's until it ends. Raises ConfigError when it is another's."""
    number = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(number)
        raise ConfigError(
            f"{folder}: another process runs with this state: stop it, or name another folder"
        ) from None
    return number
