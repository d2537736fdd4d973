"""The worker that scores rows: what it takes, leaves out, counts and answers."""

import struct
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import btcusdt, config_of
from twin_port import TwinPort

from tickpath.core.config import Config, LaneSpec, ModelSpec
from tickpath.core.errors import BackendError, ConfigError
from tickpath.devices.gpu.batch import bank_rows
from tickpath.devices.gpu.selftest import bank_bytes
from tickpath.devices.gpu.slots import held_by
from tickpath.hot.model.lane import ROW_HEAD, answer_dtype, answer_size, row_dtype
from tickpath.hot.model.native import Model
from tickpath.hot.model.worker import ScoreWorker, bank_votes, device_votes
from tickpath.lanes.batches import Device
from tickpath.lanes.ring import Ring
from tickpath.lanes.slot import Slot

COUNT, WIDTH = 3, 2


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    path = tmp_path_factory.mktemp("model") / "sum.npz"
    np.savez(path, weight_0=np.array([[1.0], [10.0]]), bias_0=np.zeros(1), activation=[0])
    instruments = [btcusdt(symbol=f"S{k}") for k in range(COUNT)]
    model, lane = ModelSpec(kind="dense", path=str(path)), LaneSpec(scores=True, rows=16)
    return config_of(*instruments, model=model, lane=lane)


class Rig:
    """A worker and both of its doors."""

    def __init__(self, config: Config, **more: Any) -> None:
        size = row_dtype(WIDTH).itemsize
        self.ring = Ring.create(slots=config.lane.rows, record_bytes=size, lossy=True)
        self.slot = Slot.create(answer_size(COUNT))
        self.worker = ScoreWorker(config, [WIDTH] * COUNT, self.ring, self.slot, **more)
        self.writer = self.ring.writer()
        self.seq = 0

    def leave(self, instrument: int, *values: float, width: int = WIDTH) -> None:
        self.seq += 1
        head = ROW_HEAD.pack(self.seq, self.seq * 10, instrument, width)
        self.writer.push(head + struct.pack(f"<{len(values)}d", *values))

    def answer(self) -> Any:
        found = self.slot.read()
        assert found is not None
        (value,) = np.frombuffer(found.value, answer_dtype(COUNT))
        assert (value["version"], value["count"]) == (found.seq, COUNT)
        return value

    def scores(self) -> list[float]:
        found: list[float] = self.answer()["scores"]["score"].tolist()
        return found


def test_the_newest_row_of_each_instrument_is_scored(config: Config) -> None:
    rig = Rig(config)
    assert rig.worker.do_work() == 0
    assert rig.slot.read() is None
    for instrument, first in ((0, 1.0), (2, 3.0), (0, 2.0)):
        rig.leave(instrument, first, 0.5)
    assert rig.worker.do_work() == 3
    answer = rig.answer()
    assert answer["version"] == 3
    assert answer["scores"]["seq"].tolist() == [3, 0, 2]
    assert answer["scores"]["t_ns"].tolist() == [30, 0, 20]
    assert rig.scores()[::2] == [7.0, 8.0]
    assert np.isnan(rig.scores()[1])
    rig.leave(1, 1.0, 1.0)
    rig.worker.do_work()
    assert rig.scores() == [7.0, 11.0, 8.0], "scores of earlier batches stay in the answer"
    figures = rig.worker.figures()
    assert (figures["rows"], figures["rows_superseded"], figures["answers"]) == (4, 1, 2)
    assert (figures["batches"], figures["backend"], figures["newest_ns"]) == (2, "native", 40)


def test_a_graph_without_a_native_form_is_scored_by_its_library(
    config: Config, tmp_path: Path
) -> None:
    pytest.importorskip("onnxruntime", reason="extra `ml` is not installed")
    from onnx_models import answers, node, save

    weight = np.array([[1.0], [10.0]], np.float32)
    nodes = [node("Erf", "x", "e"), node("MatMul", "e w", "y")]
    path = save(tmp_path / "m.onnx", nodes, WIDTH, {"w": weight})
    model = ModelSpec(kind="onnx", path=str(path))
    for forced in ({}, {"model": "onnx"}, {"model": "gpu"}):
        rig = Rig(replace(config, model=model, backends=forced))
        rig.leave(1, 0.5, -0.25)
        rig.worker.do_work()
        wanted = answers(path, np.array([[0.5, -0.25]], np.float32))
        assert rig.scores()[1] == pytest.approx(float(wanted[0, 0]), abs=1e-6)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_a_row_that_is_not_finite_takes_the_score_away(config: Config, bad: float) -> None:
    seen: list[np.ndarray] = []

    def device(rows: np.ndarray) -> np.ndarray:
        seen.append(rows)
        return rows.sum(axis=1)

    rig = Rig(config, device=Device(function=device, reason="card"))
    rig.leave(0, 1.0, 2.0)
    rig.leave(1, 1.0, 2.0)
    rig.worker.do_work()
    rig.leave(0, 1.0, bad)
    rig.leave(2, 5.0, 2.0)
    rig.worker.do_work()
    assert np.isnan(rig.scores()[0])
    assert rig.scores()[1:] == [3.0, 7.0]
    assert rig.answer()["scores"]["seq"].tolist() == [3, 2, 4]
    assert rig.worker.figures()["rows_not_finite"] == 1
    assert all(np.isfinite(rows).all() for rows in seen), "a device never sees one"
    rig.leave(1, bad, bad)
    rig.worker.do_work()
    assert len(seen) == 2, "nor an empty batch"


def test_what_is_no_row_of_ours_is_left_out(config: Config) -> None:
    rig = Rig(config)
    for instrument, width in ((-1, WIDTH), (COUNT, WIDTH), (2**31 - 1, WIDTH), (0, 1), (0, -7)):
        rig.leave(instrument, 1.0, 1.0, width=width)
    assert rig.worker.do_work() == 5
    assert rig.worker.figures()["rows_refused"] == 5
    assert rig.slot.read() is None


def test_a_full_ring_loses_the_oldest(config: Config) -> None:
    rig = Rig(config)
    for k in range(100):
        rig.leave(0, float(k), 0.0)
    taken = rig.worker.do_work()
    assert 1 <= taken <= config.lane.rows
    assert rig.worker.figures()["rows_lost"] == 100 - taken
    assert rig.scores()[0] == 99.0


@pytest.mark.parametrize("result", [np.zeros(7), np.zeros((1, 1)), None, "no"])
def test_an_answer_of_another_shape_is_a_fault_of_the_device(config: Config, result: Any) -> None:
    told: list[str] = []
    device = Device(function=lambda rows: result, reason="card")
    rig = Rig(config, device=device, tell=told.append)
    rig.leave(0, 1.0, 2.0)
    rig.worker.do_work()
    assert rig.scores()[0] == 21.0
    assert told[0].startswith("model: gpu -> native: scores of shape")


def test_a_lost_device_is_left_and_the_answer_is_whole(config: Config) -> None:
    def lost(rows: np.ndarray) -> np.ndarray:
        raise BackendError("a kernel failed (device lost): ask tickpath doctor")

    told: list[str] = []
    rig = Rig(config, device=Device(function=lost, reason="card"), tell=told.append)
    for instrument in range(COUNT):
        rig.leave(instrument, 1.0, float(instrument))
    rig.worker.do_work()
    assert rig.scores() == [1.0, 11.0, 21.0]
    assert told == ["model: gpu -> native: a kernel failed (device lost): ask tickpath doctor"]
    figures = rig.worker.figures()
    assert (figures["device_errors"], figures["batches_failed"]) == (1, 0)


def test_a_cpu_that_fails_too_leaves_the_last_answer(config: Config) -> None:
    rig = Rig(config)
    rig.leave(0, 1.0, 2.0)
    rig.worker.do_work()
    rig.worker.batch.cpu = lambda rows: 1 // 0
    rig.leave(0, 5.0, 2.0)
    assert rig.worker.do_work() == 1
    assert rig.scores()[0] == 21.0
    assert rig.answer()["scores"]["seq"][0] == 1
    assert rig.worker.figures()["batches_failed"] == 1


def test_a_closed_worker_answers_nothing(config: Config) -> None:
    rig = Rig(config)
    rig.leave(0, 1.0, 2.0)
    rig.worker.close()
    assert rig.worker.do_work() == 0
    rig.worker.start()
    assert rig.worker.do_work() == 1


def test_instruments_of_different_widths_are_refused(config: Config) -> None:
    ring = Ring.create(slots=2, record_bytes=row_dtype(2).itemsize, lossy=True)
    with pytest.raises(ConfigError, match="rows of \\[1, 2\\] columns"):
        ScoreWorker(config, [1, 2, 2], ring, Slot.create(answer_size(3)))
    off = replace(config, lane=LaneSpec())
    with pytest.raises(ConfigError, match="nothing to attach to"):
        ScoreWorker(off, [2] * 3, ring, Slot.create(answer_size(3)))


def bank_of(folder: Path, inputs: int = WIDTH) -> tuple[Path, bytes]:
    """Four strategies of so many inputs."""
    path, table = folder / "votes.bank", bank_bytes(np.random.default_rng(3), (4, inputs, 0), 0)
    path.write_bytes(table)
    return path, table


@pytest.mark.parametrize("fail_at", [2**31, 7, 3, 0])
def test_scores_of_a_bank_are_its_votes(config: Config, tmp_path: Path, fail_at: int) -> None:
    path, table = bank_of(tmp_path)
    lane = replace(config.lane, bank=str(path))
    port, told = TwinPort(fail_at), list[str]()
    device = Device(function=partial(bank_rows, port=port), reason="card")
    rig = Rig(replace(config, model=ModelSpec(), lane=lane), device=device, tell=told.append)
    random = np.random.default_rng(4)
    for _ in range(5):
        rows = random.normal(0.0, 100.0, (COUNT, WIDTH))
        for instrument, row in enumerate(rows):
            rig.leave(instrument, *row)
        rig.worker.do_work()
        expected = bank_rows(table, np.ascontiguousarray(rows.T)).votes
        assert rig.scores() == expected.tolist()
    assert rig.worker.stage == "strategy"
    assert rig.worker.figures()["device_errors"] == len(told) == int(fail_at < 2**31)


def test_a_device_sees_few_shapes(tmp_path: Path) -> None:
    """Any count of rows has its votes, and the device keeps memory for powers of two of them."""
    _, table = bank_of(tmp_path)
    port, rows = TwinPort(), np.random.default_rng(5).normal(0.0, 100.0, (40, WIDTH))
    for count in range(1, 41):
        given = rows[:count]
        found = device_votes(partial(bank_rows, port=port), table, given)
        assert found.tolist() == bank_votes(bank_rows, table, given).tolist()
    assert len(held_by(port).pairs) == len((1, 2, 4, 8, 16, 32, 64))


def test_a_bank_that_does_not_fit_is_refused(config: Config, tmp_path: Path) -> None:
    path, table = bank_of(tmp_path, inputs=3)
    off = replace(config, model=ModelSpec(), lane=replace(config.lane, bank=str(path)))
    with pytest.raises(ConfigError, match="3 inputs for rows of 2 columns"):
        Rig(off)
    path.write_bytes(table[:-1])
    with pytest.raises(ConfigError, match=r"cannot be read .*torn"):
        Rig(off)
    path.unlink()
    with pytest.raises(ConfigError, match=r"cannot be read .*No such file"):
        Rig(off)


VALUE = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([float("nan"), float("inf")]))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, COUNT - 1), VALUE, VALUE, st.booleans()), max_size=40))
def test_answers_are_what_each_newest_row_scores(config: Config, rows: list[Any]) -> None:
    """Whatever the batches: each instrument's answer is that of its newest row, to the bit."""
    rig, model = Rig(config), Model(config.model, WIDTH)
    expected = [float("nan")] * COUNT
    for instrument, one, two, works in rows:
        rig.leave(instrument, one, two)
        code, score = model.score([one, two])
        expected[instrument] = score if code == 0 else float("nan")
        if works:
            rig.worker.do_work()
            assert np.float64(rig.scores()).tobytes() == np.float64(expected).tobytes()
