"""One engine under measurement on one set of frames: the fused walk, or the plain Python one.

Every frame leads to one IOC order, answered outside the stamps, so that no ceiling, rate or table
fills up. Both engines are stamped at the same two places: frame in the buffer, order complete.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.cli.bench_frames import FrameSet
from tickpath.core.config import Config
from tickpath.core.errors import VerificationError
from tickpath.engine.stages import Stages

STEP_NS = 2_000_000
CHUNK = 1024
ANSWER = (
    b'{"e":"executionReport","E":1760000000000,"s":"BTCUSDT","c":"%s","S":"BUY","o":"LIMIT",'
    b'"f":"IOC","q":"0.00200000","p":"43250.00000000","P":"0.00000000","F":"0.00000000","g":-1,'
    b'"C":"","x":"EXPIRED","X":"EXPIRED","r":"NONE","i":7,"l":"0.00000000","z":"0.00000000",'
    b'"L":"0.00000000","n":"0","N":null,"T":1760000000000,"t":-1,"w":false,"m":false}'
)
ID_AT = ANSWER.index(b"%s")
STAGE_NAMES = ("feed", "book", "features", "model", "strategy", "risk", "route_execute", "journal")


def bench_config() -> Config:
    """Spot BTCUSDT with a strategy that answers every event with one IOC order."""
    from tickpath.backtest.setup import config_of_symbol

    config = config_of_symbol(
        "binance-spot", "BTCUSDT", strategy="every_event", params={"order_lots": 2000}
    )
    risk = replace(config.risk, order_rate_per_s=1000, order_burst=1000)
    return replace(config, risk=risk, balances={"USDT": Decimal(100_000)})


class PathBench:
    """The fused walk; `run` returns the stamp ticks of every frame."""

    def __init__(self, frames: FrameSet, journal: Path | None, stages: bool = False) -> None:
        from tickpath.backtest.journal_setup import new_journal
        from tickpath.engine.measure import TickToOrder
        from tickpath.engine.native import Engine

        config = bench_config()
        self.journal = None if journal is None else new_journal(journal, config)
        self.engine = Engine(config, self.journal)
        self.frames = frames
        self.t_ns = begin(self.engine, frames)
        self.door = TickToOrder(self.engine, 0, ANSWER % (b"0" * 16), ID_AT)
        self.engine.measure(stages)

    def run(self) -> np.ndarray:
        """Drive all frames. Raises VerificationError when one was refused or led to no order."""
        count = len(self.frames.offsets) - 1
        ticks = np.zeros(count, dtype=np.int64)
        for at in range(0, count, CHUNK):
            end = min(count, at + CHUNK)
            offsets = np.ascontiguousarray(self.frames.offsets[at : end + 1])
            self.t_ns = self.door.run(self.frames.blob, offsets, self.t_ns, STEP_NS, ticks[at:end])
            self.engine.take_decisions()
        verify(self.engine, self.frames, self.door.orders, count)
        return ticks

    def run_first(self, count: int) -> None:
        """Drive the first `count` frames only, without checks: for counting instructions."""
        ticks = np.zeros(count, dtype=np.int64)
        offsets = np.ascontiguousarray(self.frames.offsets[: count + 1])
        self.door.run(self.frames.blob, offsets, self.t_ns, STEP_NS, ticks)

    def stage_ticks(self) -> dict[str, tuple[int, int, list[int], list[int]]]:
        """Stage to (count, max, floors, counts) in stamp ticks."""
        found = self.engine.latency_ticks()
        return {name: found[name] for name in STAGE_NAMES if found[name][0]}

    def close(self) -> None:
        if self.journal is not None:
            self.journal.close()


class ReferencePath:
    """The plain Python walk, stage by stage the same work; `run` returns ns of every frame."""

    def __init__(self, frames: FrameSet, journal: Path | None, stages: bool = False) -> None:
        from tickpath.backtest.journal_setup import new_journal
        from tickpath.engine.reference import Engine

        config = bench_config()
        self.journal = None if journal is None else new_journal(journal, config)
        self.engine = Engine(config, self.journal)
        self.frames = frames
        self.spent: dict[str, list[int]] = {}
        self.t_ns = begin(self.engine, frames)
        if stages:
            self.spent = time_stages(self.engine.stages)

    def run(self) -> np.ndarray:
        """Drive all frames. Raises VerificationError when one was refused or led to no order."""
        count, orders = len(self.frames.offsets) - 1, 0
        taken = np.zeros(count, dtype=np.int64)
        for k in range(count):
            data = self.frames.blob[self.frames.offsets[k] : self.frames.offsets[k + 1]].tobytes()
            start = time.perf_counter_ns()
            self.engine.on_market_frame(0, data, self.t_ns)
            out = self.engine.take_out()
            taken[k] = time.perf_counter_ns() - start
            orders += len(out)
            for venue, own, _ in out:
                self.engine.on_order_frame(venue, ANSWER % b"%016x" % own, self.t_ns)
            self.t_ns += STEP_NS
            self.engine.take_decisions()
        verify(self.engine, self.frames, orders, count)
        return taken

    def stage_ticks(self) -> dict[str, tuple[int, int, list[int], list[int]]]:
        """Stage to (count, max, floors, counts) in ns."""
        found = {}
        for name, spent in self.spent.items():
            floors, counts = np.unique(spent, return_counts=True)
            if len(floors):
                found[name] = (len(spent), max(spent), floors.tolist(), counts.tolist())
        return found

    def close(self) -> None:
        if self.journal is not None:
            self.journal.close()


class Timed:
    """A stage handle whose every call is timed into `spent`; attributes pass through."""

    def __init__(self, handle: Any, spent: list[int]) -> None:
        self._handle, self._spent = handle, spent

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._handle, name)
        return self._timed(found) if callable(found) else found

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any) -> Any:
            start = time.perf_counter_ns()
            try:
                return call(*args)
            finally:
                self._spent.append(time.perf_counter_ns() - start)

        return timed


def time_stages(stages: Stages) -> dict[str, list[int]]:
    """Put a clock on every stage handle; returns the lists that fill up, by stage."""
    spent: dict[str, list[int]] = {name: [] for name in STAGE_NAMES}
    stages.feed = Timed(stages.feed, spent["feed"])
    stages.books = [Timed(book, spent["book"]) for book in stages.books]
    stages.features = [Timed(row, spent["features"]) for row in stages.features]
    stages.models = [Timed(model, spent["model"]) for model in stages.models]
    stages.strategy = Timed(stages.strategy, spent["strategy"])
    stages.risk = Timed(stages.risk, spent["risk"])
    stages.route = Timed(stages.route, spent["route_execute"])
    stages.execute = Timed(stages.execute, spent["route_execute"])
    return spent


def begin(engine: Any, frames: FrameSet) -> int:
    """Give the snapshot; returns the time of the first frame."""
    code = engine.on_market_frame(0, frames.snapshot, 1)
    if code:
        raise VerificationError(f"the benchmark's snapshot was refused with code {code}")
    return 1_000_000_000


def verify(engine: Any, frames: FrameSet, orders: int, count: int) -> None:
    """Every frame led to one order and nothing was refused, or VerificationError."""
    refused = {int(k): v for k, v in engine.codes.items() if k and v}
    if orders != count or refused:
        raise VerificationError(
            f"{frames.name}: {orders} orders for {count} frames, codes {refused}"
        )


PATHS: dict[str, type[PathBench] | type[ReferencePath]] = {
    "native": PathBench,
    "reference": ReferencePath,
}
