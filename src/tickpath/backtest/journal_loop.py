"""A live or paper run once more as a backtest: its market data and its commands, a simulated venue.

    result = rerun(Path("state"), Path("runs/again"), epoch=7)

Frames come when the run received them, commands (the session opens a venue, a person pauses) when
they were given. Requests and reports take the medians of the journal, or with `recorded` each what
it took there: the k-th request arrives after the k-th latency, the k-th report is received when the
journal received it, and what the journal has no answer for never arrives. Plain Python: about 20 us
a frame. One source only, as a backtest has it.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.backtest.explain.reading import journal_of, read_run
from tickpath.backtest.journal_latency import (
    ABSENT,
    JournalLatency,
    Ns,
    journal_recording,
    latency_of,
)
from tickpath.backtest.journal_setup import HEAD_BYTES
from tickpath.backtest.result import Result
from tickpath.backtest.run import Backtest, Options
from tickpath.core.config import SimSpec
from tickpath.core.errors import ConfigError
from tickpath.engine.commands import Command, command_parse, command_words
from tickpath.lanes.journal_format import JournalKind
from tickpath.lanes.journal_reader import JournalReader
from tickpath.venues.sim import SimVenue
from tickpath.venues.sim.loop_reference import NEVER, ReferenceLoop


class JournalLoop(ReferenceLoop):
    """The replay loop of `venues/sim/loop_reference.py` with commands, (time, payload) in order,
    and with the ways of a journal, None: those of the configuration."""

    def __init__(
        self, engine: Any, venue: Any, recording: Any, commands: Sequence[tuple[int, bytes]],
        ways: JournalLatency | None = None,
    ) -> None:  # fmt: skip
        super().__init__(engine, venue, recording)
        self.commands = deque(commands)
        self.ways = ways
        self.there = iter([] if ways is None else ways.request_latency_ns.tolist())
        self.back = iter([] if ways is None else ways.report_received_ns.tolist())

    def step(self, *, frames: bool, until_ns: int = NEVER) -> int:
        """A command that is due before anything else, or what the plain loop does."""
        if self.commands and self.commands[0][0] <= self._next_ns(frames):
            t_ns, body = self.commands.popleft()
            command, argument, detail = command_parse(body)
            self.engine_ns = max(self.engine_ns, t_ns)
            if command == Command.RESTART_SOURCE:
                self.venue.restart(argument)
            self.engine.on_command(command, argument, t_ns, detail, command_words(body))
            self.collect(t_ns)
            return 1
        return super().step(frames=frames, until_ns=until_ns)

    def _next_ns(self, frames: bool) -> int:
        """When the next thing but a command happens."""
        ways = [queue[0][0] for queue in (self.requests, self.reports) if queue]
        if frames:
            ways += [self.arrival_time(), self.lived_time(), self.engine.next_timer()]
        return min(ways, default=NEVER)

    def stamp_reports(self) -> None:
        """What the venue has said gets its arrival at the engine."""
        if self.ways is None:
            super().stamp_reports()
            return
        for _, venue, data in self.venue.take_reports():
            self.report_last_ns = max(self.report_last_ns, next(self.back, NEVER))
            self.reports.append((self.report_last_ns, venue, data))

    def collect(self, t_ns: int) -> None:
        """The engine's requests of the input in hand go on their way."""
        if self.ways is None:
            super().collect(t_ns)
            return
        for venue, _, data in self.engine.take_out():
            latency = next(self.there, ABSENT)
            if latency != ABSENT:
                self.request_last_ns = max(self.request_last_ns, t_ns + latency)
                self.requests.append((self.request_last_ns, venue, data))


def rerun(
    path: Path, out: Path, *, engine_id: int | None = None, epoch: int | None = None,
    recorded: bool = False, response_ns: int | None = None,
) -> Result:  # fmt: skip
    """Backtest a run over its own journal, into `out`/journal. `response_ns` as `latency_of` has
    it. Raises JournalError, VerificationError as `read_run` does, ConfigError for a run of several
    sources."""
    run = read_run(path, engine_id=engine_id, epoch=epoch)
    if len(run.config.sources) != 1 or len(run.names) != 1:
        raise ConfigError(
            f"{path}: the run has {len(run.config.sources)} sources and {len(run.names)} "
            "instruments: a backtest is of one; give the backtest to compare with as RUN_B"
        )
    found = latency_of(run, response_ns=response_ns)
    sim = run.config.sim if recorded else median_sim(run.config.sim, found)
    config = replace(run.config, sim=replace(sim, feed_latency_ns=0))
    recording = journal_recording(path, run.names[0], engine_id=engine_id, epoch=epoch)
    options = Options(
        journal=out / "journal", measure=False, direct_orders=run.config.sim.direct_orders
    )
    backtest = Backtest(config, recording, options)
    backtest.loop = JournalLoop(
        backtest.engine,
        SimVenue(backtest.config),
        recording,
        commands_of(path, engine_id, epoch),
        found if recorded else None,
    )
    return backtest.run()


def commands_of(path: Path, engine_id: int | None, epoch: int | None) -> list[tuple[int, bytes]]:
    """Time and payload of the commands of a run, in order."""
    reader = JournalReader(journal_of(path), engine_id=engine_id, epoch=epoch)
    return [
        (record.t_recv_ns, record.payload[HEAD_BYTES:])
        for record in reader
        if record.kind == JournalKind.COMMAND
    ]


def median_sim(sim: SimSpec, found: JournalLatency) -> SimSpec:
    """The simulated venue with the medians of a journal where it tells them, without jitter."""
    return replace(
        sim,
        order_latency_ns=_median(found.request_latency_ns, sim.order_latency_ns),
        response_latency_ns=_median(found.report_latency_ns, sim.response_latency_ns),
        latency_jitter_ns=0,
    )


def _median(latencies: Ns, otherwise: int) -> int:
    known = latencies[latencies != ABSENT]
    return max(0, int(np.median(known))) if len(known) else otherwise
