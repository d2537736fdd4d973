"""Sets a run up, drives it in chunks, and gathers its result. Plain Python: nothing here is hot."""

import hashlib
import json
import resource
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tickpath.backtest.journal_setup import RESULT_NOTE, new_journal
from tickpath.backtest.pieces import Pieces, check_orders
from tickpath.backtest.result import Result, Samples
from tickpath.backtest.sampling import OrderLog
from tickpath.backtest.stats import SHARPE_INTERVAL_S, max_drawdown, on_grid, percentiles, sharpe
from tickpath.backtest.timed import Timed, in_order
from tickpath.core.clock import calibrate
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.core.records import BookStatus
from tickpath.engine import native
from tickpath.engine.commands import Command
from tickpath.engine.mixed import mixed_engine, refuse_boards
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.engine.reference import mid_twice
from tickpath.engine.state import digest
from tickpath.engine.workers import Workers
from tickpath.lanes.journal_format import JournalKind
from tickpath.ops.kill import KillFile, KillSignal, KillSource, KillSwitch
from tickpath.venues.sim import GeneratedMarket, NativeLoop, ReferenceLoop, SimVenue
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.reference import SimVenue as ReferenceVenue

ENGINES = ("native", "reference", "mixed")
CHUNK_EVENTS = 64
CHECKPOINT_INPUTS = 65_536
SAMPLE_NS = 1_000_000_000
REFUSALS = (
    *range(Code.STRATEGY_OVERFLOW, Code.EXECUTE_TABLE_FULL + 1),
    Code.EXECUTE_OUT_FULL,
    Code.EXECUTE_IDS,
)
SPOKEN = ("binance",)
"""Venue folders whose order text the simulated venue reads and writes."""

EXIT_OK, EXIT_SAFETY, EXIT_VERIFY = 0, 3, 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How to run. `direct_orders` skips writing and reading the venue's order text; the bytes of
    orders in a journal are then records. What is received before `start_ns` warms books, features
    and strategies up, which are paused until then; what is received from `stop_ns` on is left out.
    The figures are those between. `commands` and these times apart, nothing here changes a
    decision."""

    engine: str = "native"
    start_ns: int = 0
    stop_ns: int = 2**63 - 1
    journal: Path | None = None
    measure: bool = True
    direct_orders: bool = False
    max_events: int = 2**62
    kill_file: Path | None = None
    commands: tuple[Timed, ...] = ()
    """Given to the engine at their times, see timed.py."""


def speaks(config: Config) -> bool:
    """Whether the simulated venue speaks the order text of every venue that is traded; else orders
    and reports pass as records."""
    names = {config.venues[i.venue] for i in config.instruments}
    return all(name.partition("-")[0] in SPOKEN for name in names)


def starts_of(recording: Recording, base: int) -> dict[int, int]:
    """Source by the frame with which one of its connections begins; `base` frames came before."""
    return {base + k: recording.source_of(k) for k in recording.starts}


class Backtest:
    """One run of a configuration over a recording, or in a `GeneratedMarket`, where our orders have
    impact, against the simulated venue. With engine "reference" the venue and the market are the
    plain Python ones too. What is computed off the path (scores of a lane, figures of the
    portfolio) is answered after every CHUNK_EVENTS frames, in the same thread, so that a run can be
    repeated.

    `Pieces` instead of a recording are read as the run goes on. Frames of several sources are those
    of the configuration's sources, in its order.

    `run` may be called once; `progress(done, total)` is called about every 4 096 events.
    """

    def __init__(self, config: Config, recording: Any, options: Options | None = None) -> None:
        self.options = options or Options()
        self.direct = self.options.direct_orders or not speaks(config)
        sim = replace(config.sim, direct_orders=self.direct)
        self.config = replace(config, sim=sim)
        self.pieces = recording if isinstance(recording, Pieces) else None
        self.recording: Any = recording if self.pieces is None else self.pieces.take()
        if self.config.sim.queue == "fifo" and getattr(self.recording, "wire", "") == "flat":
            check_orders(self.recording)
        self.frames = len(self.recording)
        """Frames of the pieces so far, and of those the delivered ones, and those for warm-up."""
        self.done = self.warm = 0
        self.sampling = True
        self.commands = deque(in_order(self.options.commands))
        made = isinstance(recording, GeneratedMarket)
        self.starts: dict[int, int] = {} if made else starts_of(self.recording, 0)
        self.journal = self._open_journal()
        self.engine = self._engine()
        self.venue: Any = SimVenue(self.config)
        self.loop = self._loop()
        self.kill_signal = KillSignal()
        sources: list[KillSource] = [self.kill_signal]
        if self.options.kill_file is not None:
            sources.append(KillFile(self.options.kill_file))
        self.kill = KillSwitch(self.engine, sources)
        self.workers = Workers(self.config, self.engine)
        self.hash = hashlib.blake2b(digest_size=8)
        self.orders = 0
        self.samples = Samples(interval_ns=SAMPLE_NS)
        self.order_log = OrderLog()
        self.checkpoints: list[str] = []

    def _engine(self) -> Any:
        if self.options.engine not in ENGINES:
            raise ConfigError(f"engine {self.options.engine!r}: choose {', '.join(ENGINES)}")
        if self.options.engine != "mixed":
            refuse_boards(self.config)
        if self.options.engine == "native":
            engine = native.Engine(self.config, self.journal)
            engine.measure(self.options.measure)
            return engine
        if self.options.engine == "mixed":
            return mixed_engine(self.config, self.journal)
        return ReferenceEngine(self.config, self.journal)

    def _loop(self) -> Any:
        more = self.pieces is not None and self.pieces.more
        if self.options.engine == "native":
            return NativeLoop(self.engine.capsule(), self.venue, self.recording, more)
        if self.options.engine == "mixed" or self.direct:
            return ReferenceLoop(self.engine, self.venue, self.recording, more)
        made = isinstance(self.recording, GeneratedMarket)
        market = self.recording.twin() if made else self.recording
        self.venue = ReferenceVenue(self.config)
        return ReferenceLoop(self.engine, self.venue, market, more)

    def _open_journal(self) -> Any:
        if self.options.journal is None:
            return None
        return new_journal(self.options.journal, self.config)

    def run(self, progress: Callable[[int, int], None] | None = None) -> Result:
        """Drive every event; returns the figures. Ends early, cleanly, on Ctrl-C. SIGUSR1 and the
        kill file stop trading; the market goes on to its end."""
        interrupted, start = False, time.perf_counter()
        if threading.current_thread() is threading.main_thread():
            self.kill_signal.start()
        try:
            if self.options.start_ns > self._first_ns():
                self._warm_up(progress)
            self._drive(self.options.stop_ns, progress)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            self.kill_signal.close()
        wall_s = time.perf_counter() - start
        self.loop.finish()
        self._drain()
        if progress is not None:
            progress(self.done, self._total())
        return self._result(self.done - self.warm, wall_s, interrupted)

    def _warm_up(self, progress: Callable[[int, int], None] | None) -> None:
        """What was received before the start: strategies see it, but are paused."""
        self._command(Command.PAUSE_STRATEGY)
        self.sampling = False
        self._drive(self.options.start_ns, progress)
        self.sampling = True
        self.warm = self.done
        self._command(Command.RESUME_STRATEGY)
        self._sample()

    def _first_ns(self) -> int:
        """When the first frame is received; 0 of a market that is not recorded."""
        made = isinstance(self.recording, GeneratedMarket) or not len(self.recording)
        return 0 if made else int(self.recording.t_ns[0])

    def _command(self, command: Command) -> None:
        """A command for every strategy, and what the engine makes of it goes on its way."""
        for strategy in range(len(self.config.strategies)):
            self.engine.on_command(command, strategy, self.engine.now_ns)
        self.loop.collect(self.engine.now_ns)

    def _drive(self, until_ns: int, progress: Callable[[int, int], None] | None) -> None:
        """Deliver what the engine receives before a time, commands at theirs."""
        while self.commands and self.commands[0].t_ns < until_ns:
            self._deliver(self.commands[0].t_ns, progress)
            if self._ended():
                return
            timed = self.commands.popleft()
            if timed.command == Command.RESTART_SOURCE:
                self.venue.restart(timed.argument)
            timed.apply(self.engine)
            self.loop.collect(timed.t_ns)
        self._deliver(until_ns, progress)

    def _deliver(self, until_ns: int, progress: Callable[[int, int], None] | None) -> None:
        """Deliver what is due before a time."""
        while (self.done < self._total() or self._load()) and not self.engine.halted:
            if self.done in self.starts:
                self._begin_connection(self.starts.pop(self.done))
            step = self.loop.run(self._stop() - self.done, until_ns)
            if step == 0:
                if self._load():
                    continue
                break
            self.done += step
            self._drain()
            if self.kill.do_work():
                self.loop.collect(self.engine.now_ns)
            if self.done % CHUNK_EVENTS == 0:
                self.workers.do_work()
            if self.sampling:
                self._sample()
            if progress is not None and self.done % 4096 < CHUNK_EVENTS:
                progress(self.done, self._total())

    def _total(self) -> int:
        """Frames to deliver, as far as they are known."""
        return min(self.frames, self.options.max_events)

    def _ended(self) -> bool:
        """Whether the last frame was delivered: time ends with it."""
        return self.done >= self._total() and (self.pieces is None or not self.pieces.more)

    def _load(self) -> bool:
        """The next piece, when there is one and the loop asks for it."""
        if self.pieces is None or not self.pieces.more or not self.loop.starved:
            return False
        if self.frames >= self.options.max_events:
            return False
        piece = self.pieces.take()
        self.starts |= starts_of(piece, self.frames)
        self.loop.load(piece, self.pieces.more)
        self.frames += len(piece)
        return True

    def _stop(self) -> int:
        """The frame before which the loop returns at the latest."""
        chunk = self.done - self.done % CHUNK_EVENTS + CHUNK_EVENTS
        return min((self._total(), chunk, *(k for k in self.starts if k > self.done)))

    def _begin_connection(self, source: int) -> None:
        """The next frame is the first of a recorded connection whose frames are numbered."""
        self.engine.on_command(Command.RESTART_SOURCE, source, self.engine.now_ns)
        self.loop.collect(self.engine.now_ns)

    def _drain(self) -> None:
        decisions = self.engine.take_decisions()
        if len(decisions):
            self.hash.update(decisions.tobytes())
            self.orders += len(decisions)
            self.order_log.add(decisions, self.loop.tape)
        while self.engine.seq >= CHECKPOINT_INPUTS * (len(self.checkpoints) + 1):
            self.checkpoints.append(f"{self.engine.seq}:{digest(self.engine.export_state())}")

    def _sample(self, spacing_ns: int = SAMPLE_NS) -> None:
        now = self.engine.now_ns
        if now == 0 or (self.samples.t_ns and now - self.samples.t_ns[-1] < spacing_ns):
            return
        execute = self.engine.stages.execute
        self.samples.t_ns.append(now)
        mids2 = self._mids2()
        self.samples.equity_units.append(self._equity(mids2))
        self.samples.position_lots.append([p.position_lots for p in execute.positions])
        self.samples.mids2.append(mids2)

    def _mids2(self) -> list[int]:
        """Bid + ask ticks of every instrument as the engine sees them, 0: no good book."""
        return [mid_twice(book.top(1)) for book in self.engine.stages.books]

    def _equity(self, mids2: list[int]) -> list[int]:
        """Equity of every currency, marked at mid; an instrument without a book keeps its cost."""
        execute = self.engine.stages.execute
        return [execute.equity_units(c, mids2) for c in range(len(self.config.currencies))]

    def _latency(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        if self.options.engine != "native" or not self.options.measure:
            return {}, {}, {}
        ratio = calibrate().to_ns(1)
        figures, bars = {}, {}
        for name, (count, top, floors, counts) in self.engine.latency_ticks().items():
            if count:
                figures[name] = percentiles(count, top, floors, counts, ratio)
                bars[name] = ([round(f * ratio, 1) for f in floors], counts)
        total = figures.pop("total", {})
        return total, figures, {f"Latency, {name}": bar for name, bar in bars.items()}

    def _result(self, events: int, wall_s: float, interrupted: bool) -> Result:
        self._sample(spacing_ns=1)
        state_hash = digest(self.engine.export_state())
        codes = {int(k): int(v) for k, v in self.engine.codes.items() if v}
        exit_code, message = self._verdict(events, interrupted)
        settle = sorted({i.settle for i in self.config.instruments})
        equity = self._equity(self._mids2())
        first = [row[settle[0]] for row in self.samples.equity_units]
        spaced = on_grid(self.samples.t_ns, first, SHARPE_INTERVAL_S * 1_000_000_000)
        latency, stages, bars = self._latency()
        fees = dict.fromkeys(settle, 0)
        for i in self.config.instruments:
            fees[i.settle] += self.engine.stages.execute.positions[i.index].fee_units
        result = Result(
            config=self.config, engine=self.options.engine, events=events, orders=self.orders,
            fills=len(self.loop.fills),
            rejects={Code(k).name: v for k, v in sorted(codes.items()) if k in REFUSALS},
            codes={Code(k).name: v for k, v in sorted(codes.items())},
            venue_rejects={str(k): n for k, n in sorted(self.loop.refusals().items())},
            decisions_hash=self.hash.hexdigest(), state_hash=state_hash,
            checkpoints=self.checkpoints,
            pnl_units={c: equity[c] - self.config.balance_units(c) for c in settle},
            fee_units=fees,
            position_lots=[p.position_lots for p in self.engine.stages.execute.positions],
            max_drawdown_units={
                c: max_drawdown([row[c] for row in self.samples.equity_units]) for c in settle
            },
            sharpe=sharpe(spaced), sharpe_interval_s=SHARPE_INTERVAL_S, wall_s=wall_s,
            latency_ns=latency, stages_ns=stages, book=self.loop.book_counters(),
            peak_rss_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            exit_code=exit_code, message=message, samples=self.samples,
            fill_rows=self.loop.fills, histograms=bars,
            order_rows=self.order_log.finish(self.loop.tape),
            order_stride=self.order_log.stride, mid_rows=self.loop.tape.mids,
            mid_spacing_ns=self.loop.tape.spacing_ns, end_ns=self.engine.now_ns,
            model=self.engine.stages.model_text(),
            off_path=self.workers.figures(),
        )  # fmt: skip
        self._close_journal(result)
        return result

    def _verdict(self, events: int, interrupted: bool) -> tuple[int, str]:
        statuses = [book.top(1).status for book in self.engine.stages.books]
        if self.engine.stages.execute.money.stopped:
            return EXIT_SAFETY, "the ledger does not balance: trading halted; keep the journal"
        if self.engine.halted:
            return EXIT_SAFETY, "the journal is full: trading halted; give it more room"
        if self.engine.stages.risk.killed:
            return EXIT_SAFETY, "the kill switch was set: open orders cancelled, nothing new sent"
        if interrupted:
            return EXIT_OK, f"interrupted after {events} events"
        for instrument, status in zip(self.config.instruments, statuses, strict=True):
            if status == BookStatus.EMPTY:
                return EXIT_VERIFY, (
                    f"{instrument.symbol}: the recording holds no depth snapshot, so the book was "
                    "never built and nothing traded; put the file with the snapshot before it"
                )
        return EXIT_OK, ""

    def _close_journal(self, result: Result) -> None:
        if self.journal is None:
            return
        hashes = {"state_hash": result.state_hash, "decisions_hash": result.decisions_hash}
        text = json.dumps(hashes)
        self.journal.append(JournalKind.NOTE, self.engine.seq, 0, RESULT_NOTE + text.encode())
        self.journal.close()
