"""Scores from off the path inside the walk: both engines, mixed, the worker's doors, and replay."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drive import drive
from support import btcusdt, config_of

from tickpath.backtest.journal_setup import new_journal
from tickpath.backtest.replay import replay
from tickpath.core.codes import Code
from tickpath.core.config import Config, LaneSpec, ModelSpec, StrategySpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.engine.mixed import mixed_engine
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.engine.state import digest
from tickpath.hot import STAGES
from tickpath.hot.model.lane import ANSWER_HEAD, SCORE, answer_size, row_dtype
from tickpath.hot.model.worker import ScoreWorker, attached_scores
from tickpath.lanes.ring import Ring
from tickpath.lanes.slot import Slot

ENGINES = pytest.mark.parametrize("engine", [ReferenceEngine, NativeEngine])
LANE = LaneSpec(scores=True, age_ns_max=30_000_000, rows=64)
BUSY, IDLE = 0.3, 0.0


@pytest.fixture
def model(tmp_path: Path) -> ModelSpec:
    """The fast average less the slow one: its sign is the side."""
    path = tmp_path / "side.npz"
    np.savez(path, weight_0=np.array([[1.0], [-1.0]]), bias_0=np.zeros(1), activation=[0])
    return ModelSpec(kind="dense", path=str(path))


def config_with(model: ModelSpec, lane: LaneSpec = LANE, **changes: Any) -> Config:
    side = StrategySpec(name=str(Path(__file__).with_name("score_side.py")), instruments=(0, 1))
    other = StrategySpec(name="imbalance_maker", instruments=(0,))
    two = (btcusdt(), btcusdt(symbol="OTHER"))
    return config_of(*two, strategies=(side, other), model=model, lane=lane, **changes)


def market(count: int, seed: int = 5) -> Iterator[tuple[int, int, bytes]]:
    """Two books whose touch moves; times stand still now and then."""
    draw, t_ns = random.Random(seed), 10**9
    mids = [5_000_000, 4_000_000]
    for source in (0, 1):
        low, high = mids[source] - 1, mids[source] + 1
        text = f'"bids":[["{low / 100:.2f}","2.0"]],"asks":[["{high / 100:.2f}","2.0"]]'
        yield source, t_ns, f'{{"lastUpdateId":10,{text}}}'.encode()
    for number in range(11, 11 + count):
        t_ns += draw.choice([0, 10**5, 10**7, 4 * 10**7])
        source = draw.randrange(2)
        old = mids[source]
        mids[source] += draw.randrange(-30, 31)
        sides = [
            f'[["{(old + d) / 100:.2f}","0.0"],["{(mids[source] + d) / 100:.2f}","2.0"]]'
            for d in (-1, 1)
        ]
        yield (
            source,
            t_ns,
            (
                f'{{"e":"depthUpdate","E":1,"s":"{("BTCUSDT", "OTHER")[source]}","U":11,'
                f'"u":{number},"b":{sides[0]},"a":{sides[1]}}}'
            ).encode(),
        )


class Answered:
    """An engine beside which a worker scores now and then."""

    def __init__(self, engine: Any, config: Config, often: float = BUSY) -> None:
        self.engine, self.draw, self.often = engine, random.Random(1), often
        found = attached_scores(config, engine)
        assert found is not None
        self.worker: ScoreWorker = found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        if self.draw.random() < self.often:
            self.worker.do_work()
        return int(self.engine.on_market_frame(source, data, t_ns))


def answer(version: int, *scores: tuple[int, int, float]) -> bytes:
    return ANSWER_HEAD.pack(version, len(scores)) + b"".join(SCORE.pack(*s) for s in scores)


def made(engine: Any, model: ModelSpec, lane: LaneSpec = LANE) -> Any:
    """An engine of this kind with both books good, its clock at 1 s."""
    found = engine(config_with(model, lane))
    for source, t_ns, data in market(0):
        found.on_market_frame(source, data, t_ns)
    return found


# -- equality -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [120, pytest.param(500, marks=pytest.mark.slow)])
def test_engines_agree_and_a_replay_needs_no_worker(
    model: ModelSpec, tmp_path: Path, count: int
) -> None:
    config = config_with(model)
    frames = list(market(count))
    journal = new_journal(tmp_path / "journal", config)
    watched = Answered(NativeEngine(config, journal), config)
    native = drive(watched, config, frames)
    journal.close()
    figures = watched.engine.stages.lane.figures()
    assert watched.worker.answered > count // 10
    assert figures["answers"] == watched.worker.answered
    assert figures["scores_stale"] > count // 30
    assert native["orders"] > 50
    assert Code.STRATEGY_RAISED not in native["codes"]
    journal = new_journal(tmp_path / "plain", config)
    reference = Answered(ReferenceEngine(config, journal), config)
    assert drive(reference, config, frames) == native
    journal.close()
    assert reference.engine.stages.lane.figures() == figures
    for one in ("reference", "native"):
        other = "native" if one == "reference" else "reference"
        backends = dict.fromkeys(STAGES, other) | {"model": one}
        mixed = mixed_engine(replace(config, backends=backends))
        assert drive(Answered(mixed, config), config, frames) == native
    kept = [("journal", "native"), ("journal", "reference"), ("plain", "mixed")]
    for folder, engine in kept:
        found = replay(tmp_path / folder, engine)
        assert found["equal"], found
        assert found["state_hash"] == digest(native["state"])
        assert found["decisions_hash"] == native["decisions"]


def test_a_gpu_stage_is_walked_by_its_usual_backend(model: ModelSpec) -> None:
    config = config_with(model)
    frames = list(market(60))
    native = drive(Answered(NativeEngine(config), config), config, frames)
    asked = replace(config, backends={"model": "gpu"})
    assert asked.hash() == config.hash()
    mixed = mixed_engine(asked)
    assert mixed.stages.backends["model"] == "native"
    assert drive(Answered(mixed, asked), asked, frames) == native


def test_a_run_continues_from_an_exported_state(model: ModelSpec) -> None:
    config = config_with(model)
    frames = list(market(120))
    for first, second in ((NativeEngine, ReferenceEngine), (ReferenceEngine, NativeEngine)):
        whole, start = (Answered(first(config), config) for _ in range(2))
        for engine in (whole, start):
            drive(engine, config, frames[:60])
        rest = second(config)
        rest.import_state(start.export_state())
        assert rest.export_state() == start.export_state()
        whole.worker.close()
        left, right = (drive(engine, config, frames[60:]) for engine in (whole, rest))
        assert (left["decisions"], left["state"]) == (right["decisions"], right["state"])


def test_without_a_lane_the_walk_scores_itself(model: ModelSpec) -> None:
    config = config_with(model, LaneSpec())
    frames = list(market(60))
    native, reference = NativeEngine(config), ReferenceEngine(config)
    left, right = (drive(e, config, frames) for e in (native, reference))
    assert left == right
    assert left["orders"] > 20
    assert attached_scores(config, native) is None
    for engine in (native, reference):
        rows = Ring.create(slots=2, record_bytes=row_dtype(2).itemsize, lossy=True).writer()
        with pytest.raises(ConfigError, match="nothing to attach to"):
            engine.attach_scores(rows, Slot.create(answer_size(2)))
        with pytest.raises(DataError, match="no \\[lane\\] scores"):
            engine.on_scores(bytes(answer_size(2)), 10**9)


# -- rows and scores ----------------------------------------------------------------------------


@ENGINES
def test_a_row_is_what_the_event_left(engine: Any, model: ModelSpec) -> None:
    config = config_with(model)
    found = engine(config)
    ring = Ring.create(slots=64, record_bytes=row_dtype(2).itemsize, lossy=True)
    found.attach_scores(ring.writer(), Slot.create(answer_size(2)))
    reader = ring.reader()
    for source, t_ns, data in market(20):
        found.on_market_frame(source, data, t_ns)
        data = reader.pop()
        assert data is not None
        (row,) = np.frombuffer(data, row_dtype(2))
        assert (row["seq"], row["t_ns"]) == (found.seq, found.now_ns)
        assert (row["instrument"], row["width"]) == (source, 2)
    assert reader.pop() is None
    assert np.isfinite(row["values"]).all()


@ENGINES
def test_a_full_ring_keeps_the_newest_and_never_refuses(engine: Any, model: ModelSpec) -> None:
    config = config_with(model, replace(LANE, rows=8))
    watched = Answered(engine(config), config, IDLE)
    drive(watched, config, market(100))
    taken = watched.worker.do_work()
    figures = watched.worker.figures()
    assert taken <= 8
    assert figures["rows_lost"] == 102 - taken
    assert figures["newest_ns"] == watched.now_ns


@ENGINES
def test_a_score_is_absent_when_it_is_too_old(engine: Any, model: ModelSpec) -> None:
    """In time and in inputs, to the nanosecond and to the input, each limit by itself."""
    found = made(engine, model, replace(LANE, age_inputs_max=3))
    lane, start = found.stages.lane, 10**9
    assert lane.score(0, 2, start) is None
    assert lane.figures()["scores_absent"] == 3, "two snapshots and this"
    found.on_scores(answer(1, (2, start, 0.5), (0, 0, float("nan"))), start)
    assert lane.score(0, 5, start + LANE.age_ns_max) == 0.5
    assert lane.score(0, 5, start + LANE.age_ns_max + 1) is None
    assert lane.score(0, 6, start) is None
    assert lane.score(1, 2, start) is None
    assert (lane.figures()["scores_stale"], lane.figures()["scores_absent"]) == (2, 6)
    unbounded = made(engine, model)
    unbounded.on_scores(answer(1, (2, start, 0.5), (0, 0, 0.0)), start)
    assert unbounded.stages.lane.score(0, 2**40, start) == 0.5


@ENGINES
def test_an_answer_from_what_has_not_been_is_refused(engine: Any, model: ModelSpec) -> None:
    found = made(engine, model)
    lane, now = found.stages.lane, 10**9
    good = answer(7, (2, now, 1.5), (1, now, -2.0))
    assert found.on_scores(good, now) == Code.OK
    seq = found.seq
    bad = (
        answer(8, (seq + 1, now, 9.0), (1, now, 9.0)),
        answer(9, (seq, now + 1, 9.0), (1, now, 9.0)),
        answer(10, (seq, -1, 9.0), (1, now, 9.0)),
        ANSWER_HEAD.pack(11, 3) + good[ANSWER_HEAD.size :],
    )
    for count, value in enumerate(bad, 1):
        found.on_scores(value, now)
        assert found.codes[Code.ENGINE_ANSWER] == count == lane.figures()["answers_refused"]
    assert lane.version == 11
    assert [s[2] for s in lane.scores] == [1.5, -2.0]
    for size in (0, len(good) - 1, len(good) + 1):
        with pytest.raises(DataError, match="are of another configuration"):
            found.on_scores(bytes(size), now)


@ENGINES
def test_an_older_score_does_not_replace_a_newer_one(engine: Any, model: ModelSpec) -> None:
    found = made(engine, model)
    now = 10**9
    found.on_scores(answer(2, (2, now, 1.5), (1, now, -2.0)), now)
    found.on_scores(answer(1, (1, now, 7.0), (2, now, float("inf"))), now)
    scores = found.stages.lane.scores
    assert scores[0] == (2, now, 1.5)
    assert scores[1][:2] == (2, now)
    assert scores[1][2] != scores[1][2], "what is not finite is none"


def test_what_is_kept_has_one_state(model: ModelSpec) -> None:
    """The same bytes on both sides, also of odd NaNs."""
    odd = np.frombuffer(np.uint64(0xFFF8000000000123).tobytes())[0]
    engines = [made(e, model) for e in (NativeEngine, ReferenceEngine)]
    for engine in engines:
        engine.on_scores(answer(3, (2, 10**9, odd), (1, 10**9, -2.0)), 10**9)
    assert engines[0].export_state() == engines[1].export_state()
    for engine in engines:
        with pytest.raises(DataError, match="of another run"):
            engine.stages.lane.import_state(b"x")


@pytest.mark.parametrize(
    ("ring", "size", "words"),
    [
        ({"lossy": False}, answer_size(2), "must be lossy"),
        ({"record_bytes": 39}, answer_size(2), "records 40 bytes"),
        ({}, answer_size(3), "the answers slot holds"),
    ],
)
@ENGINES
def test_doors_must_fit(
    engine: Any, model: ModelSpec, ring: dict[str, Any], size: int, words: str
) -> None:
    rows = Ring.create(**({"slots": 8, "record_bytes": 40, "lossy": True} | ring))
    with pytest.raises(ConfigError, match=words):
        engine(config_with(model)).attach_scores(rows.writer(), Slot.create(size))
