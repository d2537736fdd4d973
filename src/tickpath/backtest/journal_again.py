"""A live or paper run once more as a backtest, out of its journal.

    result = rerun(Path("state"), Path("runs/again"), epoch=7)
    result = rerun(Path("state"), Path("runs/again"), epoch=7, recorded=True)

Its market data come when the run received them, its commands (the session opens a venue, a person
pauses) when they were given, and a simulated venue with the queue model of its [sim] answers. By
default requests and reports take the medians of the journal; with `recorded` each takes what it
took there, see journal_loop.py: where the venue fills as the simulated one does, as `tickpath
venue-sim` with `fills = "queue"`, the decisions are the same to the byte.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from tickpath.backtest.explain.reading import read_run
from tickpath.backtest.explain.tables import RunTables
from tickpath.backtest.journal_inputs import read_inputs, recording_of
from tickpath.backtest.journal_latency import ABSENT, JournalLatency, Ns, latency_of
from tickpath.backtest.journal_loop import JournalLoop
from tickpath.backtest.journal_ways import median_response_ns, ways_of
from tickpath.backtest.result import Result
from tickpath.backtest.run import Backtest, Options
from tickpath.core.config import SimSpec
from tickpath.lanes.journal_format import JournalKind


def rerun(
    path: Path, out: Path, *, engine_id: int | None = None, epoch: int | None = None,
    recorded: bool = False, response_ns: int | None = None,
) -> Result:  # fmt: skip
    """Backtest a run over its own journal, into `out`/journal. `response_ns`: how long every report
    took, for a run whose venue was in the process. Raises JournalError, VerificationError as
    `read_run` does."""
    run = read_run(path, engine_id=engine_id, epoch=epoch)
    inputs, state = read_inputs(path, engine_id=engine_id, epoch=epoch)
    found = latency_of(run, response_ns=response_ns)
    sim = replace(
        median_sim(run.config.sim, found), feed="constant", feed_latency_ns=0, latency="constant",
        latency_file="", latency_digest="",
    )  # fmt: skip
    recording = recording_of(inputs, run.config)
    commands = [each.command() for each in inputs if each.kind == JournalKind.COMMAND]
    options = Options(
        journal=out / "journal",
        measure=False,
        direct_orders=run.config.sim.direct_orders,
        commands=() if recorded else tuple(commands),
    )
    backtest = Backtest(replace(run.config, sim=sim), recording, options)
    if state is not None:
        backtest.engine.import_state(state)
    if recorded:
        backtest.workers.close()
        backtest.loop = JournalLoop(
            backtest.engine, backtest.venue, recording, inputs, ways_of(run, inputs, response_ns),
            usual_ns(run, response_ns),
        )  # fmt: skip
    return backtest.run()


def usual_ns(run: RunTables, response_ns: int | None) -> int:
    """How long reports usually took."""
    if response_ns is not None:
        return response_ns
    return median_response_ns(run, run.config.sim.response_latency_ns)


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
