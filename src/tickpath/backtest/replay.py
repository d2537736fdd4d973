"""State and bytes from a journal: the same inputs again, the same outputs or where they differ."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tickpath.backtest.journal_setup import CONFIG_NOTE, HEAD_BYTES, RESULT_NOTE
from tickpath.core.config_json import config_from_json
from tickpath.core.errors import JournalError
from tickpath.engine import native
from tickpath.engine.commands import command_parse, command_words
from tickpath.engine.mixed import mixed_engine
from tickpath.engine.reference import SLOT_ANSWERS
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.engine.state import digest
from tickpath.lanes.journal_format import JournalKind
from tickpath.lanes.journal_reader import JournalReader

ENGINES: dict[str, Callable[..., Any]] = {
    "native": native.Engine,
    "reference": ReferenceEngine,
    "mixed": mixed_engine,
}


class Replay:
    """Feeds journalled inputs to a fresh engine and checks every outgoing byte."""

    def __init__(self, engine_name: str) -> None:
        self.engine_name = engine_name
        self.engine: Any = None
        self.decisions = hashlib.blake2b(digest_size=8)
        self.expected: list[tuple[int, bytes]] = []
        self.records = 0
        self.first_difference = ""
        self.noted: dict[str, str] = {}

    def feed(self, kind: int, seq: int, t_ns: int, payload: bytes) -> None:
        """One record in order."""
        self.records += 1
        source = int.from_bytes(payload[:4], "little", signed=True)
        body = payload[HEAD_BYTES:]
        if kind == JournalKind.NOTE:
            self._note(payload[:HEAD_BYTES], body)
            return
        if self.engine is None:
            raise JournalError("the journal does not begin with its configuration: cannot replay")
        if kind == JournalKind.OUT:
            self._compare(seq, source, body)
            return
        self._finish_input(seq)
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
        self.expected = [(venue, data) for venue, _, data in self.engine.take_out()]

    def _slot(self, source: int, body: bytes, t_ns: int) -> None:
        if source == SLOT_ANSWERS:
            self.engine.on_answer(body, t_ns)
        else:
            self.engine.on_limits(body, t_ns)

    def _note(self, name: bytes, body: bytes) -> None:
        if name == CONFIG_NOTE:
            self.engine = ENGINES[self.engine_name](config_from_json(body.decode()))
        elif name == RESULT_NOTE:
            self.noted = json.loads(body)

    def _compare(self, seq: int, venue: int, data: bytes) -> None:
        if self.expected and self.expected[0] == (venue, data):
            self.expected.pop(0)
        elif not self.first_difference:
            self.first_difference = f"input {seq}: recorded {data[:80]!r}"

    def _finish_input(self, seq: int) -> None:
        if self.expected and not self.first_difference:
            self.first_difference = f"before input {seq}: a request was made that is not recorded"
        self.expected = []

    def result(self, stopped: str) -> dict[str, Any]:
        """Hashes and whether all is equal; a torn end is reported, not an error."""
        if self.engine is None:
            raise JournalError(f"nothing to replay: {stopped or 'the journal is empty'}")
        hashes = {
            "state_hash": digest(self.engine.export_state()),
            "decisions_hash": self.decisions.hexdigest(),
        }
        equal = not self.first_difference and all(
            hashes[key] == value for key, value in self.noted.items()
        )
        return {
            **hashes,
            "equal": equal,
            "records": self.records,
            "complete": bool(self.noted),
            "stopped": stopped,
            "first_difference": self.first_difference,
        }


def replay(
    path: Path, engine: str = "native", progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Replay a journal folder. Raises JournalError when there is nothing that can be replayed."""
    reader = JournalReader(path)
    run = Replay(engine)
    for record in reader:
        run.feed(record.kind, record.seq, record.t_recv_ns, record.payload)
        if progress is not None and run.records % 4096 == 0:
            progress(run.records, 0)
    return run.result("" if reader.end is None else str(reader.end))
