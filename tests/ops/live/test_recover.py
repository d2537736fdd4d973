"""Wherever a journal ends, the engine recovered is one that lived through the inputs so far."""

import os
import random
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent_models import random_arrays, saved
from restarts import desk_config, desk_frames, live_through, settle

from tickpath.backtest.replay import ENGINES
from tickpath.core.config import ModelSpec, StrategySpec
from tickpath.core.errors import JournalError
from tickpath.core.records import InputKind
from tickpath.engine.commands import command_parse, command_words
from tickpath.hot.model.recurrent import LSTM
from tickpath.lanes.journal_format import HEADER_BYTES, RECORD_BYTES, JournalKind, runs_of
from tickpath.lanes.journal_reader import EndReason, JournalReader, JournalRecord
from tickpath.ops.live import JournalOptions, open_journal, recover, restored, write_snapshot

BACKENDS = ("native", "reference")
SEGMENT = 32 * 1024
FRAMES = 420
HEAD = 8


def feed(engine: Any, record: JournalRecord) -> None:
    """One journalled input to an engine, by its own entry."""
    source = int.from_bytes(record.payload[:4], "little", signed=True)
    body, t_ns = record.payload[HEAD:], record.t_recv_ns
    if record.kind == InputKind.MARKET:
        engine.on_market_frame(source, body, t_ns)
    elif record.kind == InputKind.ORDER:
        engine.on_order_frame(source, body, t_ns)
    elif record.kind == InputKind.TIMER:
        engine.on_timer(t_ns)
    else:
        assert record.kind == InputKind.COMMAND
        command, argument, detail = command_parse(body)
        engine.on_command(command, argument, t_ns, detail, command_words(body))


@dataclass
class Lived:
    """A journal as it lies on the disk of a living process, and the state after each input."""

    files: list[bytes]
    records: list[JournalRecord]
    states: list[bytes]
    name: Any

    def whole(self, segment: int, offset: int) -> list[JournalRecord]:
        """Records that end at or before a byte."""
        return [
            r for r in self.records
            if (r.segment, r.offset + RECORD_BYTES + len(r.payload)) <= (segment, offset)
        ]  # fmt: skip

    def state_after(self, records: list[JournalRecord]) -> bytes:
        return self.states[sum(r.kind in tuple(InputKind) for r in records)]


@pytest.fixture(scope="module", params=BACKENDS)
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """A journal with two snapshots; the states are those of the other backend."""
    folder = tmp_path_factory.mktemp("lived")
    options = JournalOptions(segment_bytes=SEGMENT)
    journal, config = open_journal(folder, desk_config(), state=None, now_ns=1, options=options)
    engine = ENGINES[request.param](config, journal)
    for count in live_through(engine, 3, desk_frames(5, FRAMES)):
        while not journal.ready:
            os.sched_yield()
        if count in (120, 280):
            assert write_snapshot(journal, engine)
    names = sorted(folder.iterdir())
    files = [path.read_bytes() for path in names]
    records = list(JournalReader(folder))
    assert len({r.segment for r in records}) > 4
    assert sum(r.kind == JournalKind.OUT for r in records) > 20
    twin = ENGINES["reference" if request.param == "native" else "native"](config)
    states = [twin.export_state()]
    for record in records:
        if record.kind in tuple(InputKind):
            feed(twin, record)
            states.append(twin.export_state())
    assert states[-1] == engine.export_state()
    journal.close()
    return Lived(files, records, states, request.param)


def lay(folder: Path, lived: Lived, segment: int, last: bytes) -> None:
    """The segments before one, and what is left of that one."""
    for number, data in enumerate([*lived.files[:segment], last]):
        (folder / f"0001-0001-{number:08d}.tpj").write_bytes(data)


@st.composite
def places(draw: st.DrawFn, lived: Lived) -> tuple[int, int]:
    """(segment, offset): a random byte, a record's edge, in a record's head, in or at the end of a
    segment's header, at the edge of a file."""
    record = draw(st.sampled_from(lived.records))
    segment = record.segment
    size = len(lived.files[segment])
    end = record.offset + RECORD_BYTES + len(record.payload)
    offsets = {
        "byte": st.integers(0, size),
        "edge": st.sampled_from([record.offset, end, (end + 7) & ~7, end - 1, end + 1]),
        "head": st.integers(record.offset, record.offset + RECORD_BYTES),
        "header": st.integers(0, HEADER_BYTES),
        "file": st.sampled_from([0, HEADER_BYTES, size - 1, size]),
    }
    return segment, draw(offsets[draw(st.sampled_from(sorted(offsets)))])


@given(data=st.data())
@settings(max_examples=8)
def test_a_journal_cut_at_some_bytes(lived: Lived, data: st.DataObject) -> None:
    cut_and_recover(lived, data)


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=80)
def test_a_journal_cut_at_any_byte(lived: Lived, data: st.DataObject) -> None:
    cut_and_recover(lived, data)


def cut_and_recover(lived: Lived, data: st.DataObject) -> None:
    """Cut off, filled up with zeros (as a dead process leaves it), or with a record whose length
    was not stored yet: the state is that of an engine that lived up to there, and it goes on so."""
    segment, offset = data.draw(places(lived))
    how = data.draw(st.sampled_from(["short", "zeros", "unpublished"]))
    whole = lived.whole(segment, offset)
    last = lived.files[segment][:offset]
    if how != "short":
        last += bytes(len(lived.files[segment]) - offset)
    begun = [r for r in lived.records if r.segment == segment and r.offset <= offset]
    if how == "unpublished" and begun and begun[-1] not in whole:
        at = begun[-1].offset
        last = last[:at] + bytes(4) + last[at + 4 :]
    with tempfile.TemporaryDirectory() as name:
        lay(Path(name), lived, segment, last)
        inputs = sum(r.kind in tuple(InputKind) for r in whole)
        if inputs == 0 and len(whole) < 2:
            with pytest.raises(JournalError, match="without a state"):
                recover(name, desk_config(), lived.name)
            return
        found = recover(name, desk_config(), lived.name)
    assert found.state == lived.state_after(whole)
    assert (found.epoch, found.skipped, found.halted) == (1, (), False)
    snapshots = [r for r in whole if r.kind == JournalKind.SNAPSHOT]
    assert found.place.snapshot == bool(snapshots) or 0 < len(snapshots) < 12
    out = [r for r in whole if r.kind == JournalKind.OUT]
    later = [r for r in lived.records if r.kind == JournalKind.OUT][len(out) :]
    lost = [r for r in later if whole and r.seq == found.seq]
    assert len(found.unsent) == len(lost)
    assert set(found.unsent) <= {o.client_order_id for o in found.sent} | {0}
    if data.draw(st.integers(0, 3)) == 0:
        engine = ENGINES[lived.name](found.config)
        engine.import_state(found.state)
        for record in lived.records[len(whole) :]:
            if record.kind in tuple(InputKind):
                feed(engine, record)
        assert engine.export_state() == lived.states[-1]


def test_both_backends_go_on_alike_from_a_recovered_state(lived: Lived, tmp_path: Path) -> None:
    """In the next epoch too: the same requests with the new epoch's ids, the same state."""
    segment = len(lived.files) // 2
    ends = []
    for name in BACKENDS:
        folder = tmp_path / name
        folder.mkdir()
        lay(folder, lived, segment, lived.files[segment][: SEGMENT // 2])
        found = recover(folder, desk_config(), name)
        journal, config = open_journal(folder, desk_config(), state=found.state, now_ns=2)
        engine = restored(config, journal, found, name)
        assert config.epoch == 2
        settle(engine)
        frames = desk_frames(5, FRAMES)[200:]
        assert list(live_through(engine, 4, frames))[-1] == FRAMES - 200
        journal.close()
        out = [r.payload for r in JournalReader(folder, epoch=2) if r.kind == JournalKind.OUT]
        assert any(b"00010002" in payload for payload in out)
        ends.append((engine.export_state(), out))
        again = recover(folder, desk_config(), name)
        assert (again.epoch, again.state) == (2, ends[-1][0])
        assert again.end.reason is EndReason.CLOSED
    assert ends[0] == ends[1]


@pytest.mark.parametrize("seed", range(6))
def test_a_changed_byte_in_the_middle_is_refused(lived: Lived, tmp_path: Path, seed: int) -> None:
    """Something whole stands behind it: what was decided in between cannot be known."""
    draw = random.Random(seed)
    later = [r for r in lived.records if r.kind == JournalKind.SNAPSHOT][-1]
    place = lived.records.index(later) + 1
    record = draw.choice(lived.records[place : len(lived.records) - 2])
    at = record.offset + draw.randrange(RECORD_BYTES + len(record.payload) - 4)
    data = bytearray(lived.files[record.segment])
    data[at] ^= 1 << draw.randrange(8)
    for number, old in enumerate(lived.files):
        path = tmp_path / f"0001-0001-{number:08d}.tpj"
        path.write_bytes(bytes(data) if number == record.segment else old)
    with pytest.raises(JournalError, match=r"damaged .*copy") as caught:
        recover(tmp_path, desk_config(), lived.name)
    assert "without a state" in str(caught.value)


def test_a_lost_header_or_segment_in_the_middle_is_refused(lived: Lived, tmp_path: Path) -> None:
    names = []
    for number, data in enumerate(lived.files):
        names.append(tmp_path / f"0001-0001-{number:08d}.tpj")
        names[-1].write_bytes(data)
    snapshot = [r for r in lived.records if r.kind == JournalKind.SNAPSHOT][-1]
    last = max(r.segment for r in lived.records)
    middle = snapshot.segment + 1
    assert middle <= last
    names[last].write_bytes(bytes(HEADER_BYTES) + lived.files[last][HEADER_BYTES:])
    with pytest.raises(JournalError, match="header that cannot be read"):
        recover(tmp_path, desk_config(), lived.name)
    names[last].write_bytes(lived.files[last])
    assert recover(tmp_path, desk_config(), lived.name).state == lived.states[-1]
    if middle < last:
        names[middle].unlink()
        with pytest.raises(JournalError, match="whole record"):
            recover(tmp_path, desk_config(), lived.name)
    assert runs_of(tmp_path)


def models(folder: Path) -> dict[str, ModelSpec]:
    """Of two columns: none, one that sees a row, two that see several."""
    random = np.random.default_rng(3)
    dense = {
        "weight_0": random.normal(size=(2, 1)), "bias_0": np.zeros(1), "activation": np.array([0])
    }  # fmt: skip
    np.savez(folder / "dense.npz", **dense)
    saved(folder / "one.npz", random_arrays((LSTM,), (2, 3), 4, seed=1))
    saved(folder / "two.npz", random_arrays((LSTM,), (2, 3), 6, seed=2))
    recurrent = {n: ModelSpec(kind="recurrent", path=str(folder / f"{n}.npz")) for n in RECURRENT}
    dense_spec = ModelSpec(kind="dense", path=str(folder / "dense.npz"))
    return {"none": ModelSpec(), "dense": dense_spec, **recurrent}


RECURRENT = ("one", "two")


@pytest.mark.parametrize("name", ["native", pytest.param("reference", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("before", "after"),
    [("dense", "one"), ("one", "dense"), ("one", "two"), ("one", "none"), ("one", "one")],
)
def test_a_restart_may_take_another_model(
    tmp_path: Path, name: str, before: str, after: str
) -> None:
    """It begins without rows; the same one goes on with its own."""
    there = models(tmp_path)
    params = {"fast_period": 2, "slow_period": 4}
    spec = StrategySpec(name="ema_cross", instruments=(0,), params=params)
    base = replace(desk_config(), strategies=(spec,), model=there[before])
    folder = tmp_path / "journal"
    journal, config = open_journal(folder, base, state=None, now_ns=1)
    engine = ENGINES[name](config, journal)
    frames = desk_frames(5, 50)
    for _ in live_through(engine, 3, frames):
        pass
    state = engine.export_state()
    journal.close()
    wanted = replace(base, model=there[after])
    found = recover(folder, wanted, name)
    journal, config = open_journal(folder, wanted, state=found.state, now_ns=found.now_ns)
    again = restored(config, journal, found, name)
    rows = [len(model.export_state()) for model in again.stages.models]
    assert (found.state == state) == (before == after)
    assert (rows[0] > 12) == (before == after == "one")
    for _ in live_through(again, 3, desk_frames(5, 70)[50:]):
        pass
    ended = again.export_state()
    journal.close()
    assert recover(folder, wanted, name).state == ended
