"""State and bytes from a journal: the same inputs again, the same outputs or where they differ.

A snapshot that comes before any input is where the engine begins; any later one is compared with
the replayed state, or is the beginning where that is asked.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tickpath.backtest.journal_setup import HEAD_BYTES, RESULT_NOTE
from tickpath.core.config_json import config_from_json
from tickpath.core.errors import JournalError
from tickpath.engine import native
from tickpath.engine.commands import command_parse, command_words
from tickpath.engine.mixed import mixed_engine
from tickpath.engine.reference import SLOT_ANSWERS, SLOT_SCORES
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.engine.state import digest
from tickpath.lanes.journal_format import JournalKind
from tickpath.lanes.journal_reader import JournalReader, JournalRecord
from tickpath.lanes.journal_snapshot import CONFIG_NOTE, Place, SnapshotParts, last_snapshot

ENGINES: dict[str, Callable[..., Any]] = {
    "native": native.Engine,
    "reference": ReferenceEngine,
    "mixed": mixed_engine,
}


class Replay:
    """Feeds journalled inputs to a fresh engine and checks every outgoing byte. `expected` are the
    (venue, client order id, bytes) of the last input that no record confirmed yet."""

    def __init__(self, engine_name: str) -> None:
        self.engine_name = engine_name
        self.engine: Any = None
        self.config_text = ""
        self.decisions = hashlib.blake2b(digest_size=8)
        self.expected: list[tuple[int, int, bytes]] = []
        self.records = 0
        self.inputs = 0
        self.snapshots = 0
        self.first_difference = ""
        self.noted: dict[str, str] = {}
        self._parts = SnapshotParts()

    def feed(self, kind: int, seq: int, t_ns: int, payload: bytes) -> None:
        """One record in order."""
        self.records += 1
        source = int.from_bytes(payload[:4], "little", signed=True)
        body = payload[HEAD_BYTES:]
        if kind != JournalKind.SNAPSHOT:
            self._parts.drop()
        if kind == JournalKind.NOTE:
            self._note(payload[:HEAD_BYTES], body)
            return
        if self.engine is None:
            raise JournalError("the journal does not begin with its configuration: cannot replay")
        if kind == JournalKind.OUT:
            self._compare(seq, source, body)
            return
        self._finish_input(seq)
        if kind == JournalKind.SNAPSHOT:
            state = self._parts.add(payload)
            if state is not None:
                self._snapshot(seq, state)
            return
        self.inputs += 1
        if kind == JournalKind.MARKET:
            self.engine.on_market_frame(source, body, t_ns)
        elif kind == JournalKind.ORDER:
            self.engine.on_order_frame(source, body, t_ns)
        elif kind == JournalKind.TIMER:
            self.engine.on_timer(t_ns)
        elif kind == JournalKind.COMMAND:
            command, argument, detail = command_parse(body)
            self.engine.on_command(command, argument, t_ns, detail, command_words(body))
        elif kind == JournalKind.SLOT:
            self._slot(source, body, t_ns)
        decisions = self.engine.take_decisions()
        if len(decisions):
            self.decisions.update(decisions.tobytes())
        self.expected = self.engine.take_out()

    def _snapshot(self, seq: int, state: bytes) -> None:
        """Before the first input it is the state to begin with, later one to arrive at."""
        self.snapshots += 1
        if self.inputs == 0:
            self.engine.import_state(state)
        elif self.engine.export_state() != state and not self.first_difference:
            self.first_difference = f"input {seq}: the snapshot behind it holds another state"

    def _slot(self, source: int, body: bytes, t_ns: int) -> None:
        if source == SLOT_ANSWERS:
            self.engine.on_answer(body, t_ns)
        elif source == SLOT_SCORES:
            self.engine.on_scores(body, t_ns)
        else:
            self.engine.on_limits(body, t_ns)

    def _note(self, name: bytes, body: bytes) -> None:
        if name == CONFIG_NOTE:
            self._configure(body.decode())
        elif name == RESULT_NOTE:
            self.noted = json.loads(body)

    def _configure(self, text: str) -> None:
        """The first note makes the engine; a snapshot repeats it."""
        if self.engine is None:
            self.config_text = text
            self.engine = ENGINES[self.engine_name](config_from_json(text))
        elif text != self.config_text:
            raise JournalError(
                f"record {self.records}: another configuration in the middle of a journal: "
                "it was not written by one run"
            )

    def _compare(self, seq: int, venue: int, data: bytes) -> None:
        if self.expected and self.expected[0][::2] == (venue, data):
            self.expected.pop(0)
        elif not self.first_difference:
            self.first_difference = f"input {seq}: recorded {data[:80]!r}"

    def _finish_input(self, seq: int) -> None:
        if self.expected and not self.first_difference:
            self.first_difference = f"before input {seq}: a request was made that is not recorded"
        self.expected = []

    def result(self, stopped: str, *, part: bool = False) -> dict[str, Any]:
        """Hashes and whether all is equal; a torn end is reported, not an error. Of a `part` the
        decisions are no whole run's, so that only the state is compared with what was noted."""
        if self.engine is None:
            raise JournalError(f"nothing to replay: {stopped or 'the journal is empty'}")
        hashes = {
            "state_hash": digest(self.engine.export_state()),
            "decisions_hash": self.decisions.hexdigest(),
        }
        compared = ("state_hash",) if part else tuple(hashes)
        equal = not self.first_difference and all(
            hashes[key] == value for key, value in self.noted.items() if key in compared
        )
        return {
            **hashes,
            "model": self.engine.config.model.label,
            "equal": equal,
            "records": self.records,
            "snapshots": self.snapshots,
            "complete": bool(self.noted),
            "stopped": stopped,
            "first_difference": self.first_difference,
        }


def replay(
    path: Path,
    engine: str = "native",
    progress: Callable[[int, int], None] | None = None,
    *,
    engine_id: int | None = None,
    epoch: int | None = None,
    from_last_snapshot: bool = False,
) -> dict[str, Any]:
    """Replay a journal folder. Raises JournalError when there is nothing that can be replayed."""
    reader = JournalReader(path, engine_id=engine_id, epoch=epoch)
    records: Iterable[JournalRecord] = reader
    if from_last_snapshot:
        reader, records = _from_last_snapshot(path, reader)
    elif reader.first_segment > 0:
        raise JournalError(
            f"{path}: the journal begins with segment {reader.first_segment}, older ones are gone: "
            "replay it from its last snapshot"
        )
    run = Replay(engine)
    for record in records:
        run.feed(record.kind, record.seq, record.t_recv_ns, record.payload)
        if progress is not None and run.records % 4096 == 0:
            progress(run.records, 0)
    stopped = "" if reader.end is None else str(reader.end)
    return run.result(stopped, part=from_last_snapshot)


def _from_last_snapshot(
    path: Path, reader: JournalReader
) -> tuple[JournalReader, Iterable[JournalRecord]]:
    """A reader and its records from the newest whole snapshot on."""
    folder = path if path.is_dir() else path.parent
    header = reader.header
    place: Place | None = last_snapshot(folder, header.engine_id, header.epoch)
    if place is None:
        raise JournalError(f"{path}: no whole snapshot in this journal: replay it from its start")
    begun = place.reader(folder, header.engine_id, header.epoch)
    return begun, place.records(begun)
