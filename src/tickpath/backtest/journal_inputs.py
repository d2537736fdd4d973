"""What a run was given, out of its journal, in order: to give it once more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.backtest.explain.reading import INPUTS, journal_of
from tickpath.backtest.journal_setup import HEAD_BYTES
from tickpath.backtest.timed import Timed
from tickpath.core.config import Config
from tickpath.core.config_json import config_from_json
from tickpath.core.errors import ConfigError
from tickpath.engine.commands import Command, command_parse, command_words
from tickpath.engine.reference import SLOT_ANSWERS, SLOT_SCORES
from tickpath.lanes.journal_format import JournalKind
from tickpath.lanes.journal_reader import JournalReader
from tickpath.lanes.journal_snapshot import CONFIG_NOTE, NAME_BYTES, SnapshotParts, is_note
from tickpath.venues.sim.frames import Builder, Recording


@dataclass(frozen=True, slots=True)
class Input:
    """One input. `source`: source of market data, venue of reports, slot."""

    kind: int
    t_ns: int
    source: int
    body: bytes

    def give(self, engine: Any) -> None:
        """To an engine, as it was."""
        if self.kind == JournalKind.MARKET:
            engine.on_market_frame(self.source, self.body, self.t_ns)
        elif self.kind == JournalKind.ORDER:
            engine.on_order_frame(self.source, self.body, self.t_ns)
        elif self.kind == JournalKind.TIMER:
            engine.on_timer(self.t_ns)
        elif self.kind == JournalKind.COMMAND:
            command, argument, detail = command_parse(self.body)
            engine.on_command(command, argument, self.t_ns, detail, command_words(self.body))
        elif self.source == SLOT_ANSWERS:
            engine.on_answer(self.body, self.t_ns)
        elif self.source == SLOT_SCORES:
            engine.on_scores(self.body, self.t_ns)
        else:
            engine.on_limits(self.body, self.t_ns)

    def command(self) -> Timed:
        """The same as a command at its time."""
        command, argument, detail = command_parse(self.body)
        words = command_words(self.body)
        return Timed(
            t_ns=self.t_ns, command=Command(command), argument=argument, words=words, detail=detail
        )


def read_inputs(
    path: Path, *, engine_id: int | None = None, epoch: int | None = None
) -> tuple[list[Input], bytes | None]:
    """The inputs of a run, and the state it began with, None: an empty one. Raises JournalError."""
    inputs: list[Input] = []
    state: bytes | None = None
    parts = SnapshotParts()
    kinds = (*INPUTS, JournalKind.SLOT)
    for record in JournalReader(journal_of(path), engine_id=engine_id, epoch=epoch):
        if record.kind == JournalKind.SNAPSHOT and not inputs:
            state = parts.add(record.payload) or state
        if record.kind in kinds:
            source = int.from_bytes(record.payload[:4], "little", signed=True)
            body = record.payload[HEAD_BYTES:]
            inputs.append(Input(record.kind, record.t_recv_ns, source, body))
    return inputs, state


def journal_recording(
    path: Path, instrument: str, *, engine_id: int | None = None, epoch: int | None = None
) -> Recording:
    """The frames of the sources of an instrument ("venue:symbol") as a run received them, books
    that were asked for by REST included. Raises JournalError, ConfigError."""
    reader = JournalReader(journal_of(path), engine_id=engine_id, epoch=epoch)
    builder, sources = Builder(), set[int]()
    for record in reader:
        if is_note(record, CONFIG_NOTE):
            config = config_from_json(record.payload[NAME_BYTES:].decode())
            sources = _sources_of(config, instrument, path)
        if record.kind != JournalKind.MARKET:
            continue
        if int.from_bytes(record.payload[:4], "little", signed=True) in sources:
            builder.add(record.t_recv_ns, record.payload[HEAD_BYTES:])
    venue, _, symbol = instrument.partition(":")
    return builder.build(venue, symbol)


def _sources_of(config: Config, instrument: str, path: Path) -> set[int]:
    """Places of the sources that bring an instrument."""
    names = {f"{config.venues[i.venue]}:{i.symbol}": i.index for i in config.instruments}
    if instrument not in names:
        raise ConfigError(f"{path}: no {instrument} in it: it has {', '.join(sorted(names))}")
    return {k for k, s in enumerate(config.sources) if names[instrument] in s.instruments}


def recording_of(inputs: Sequence[Input], config: Config) -> Recording:
    """The market data among inputs, of all sources, as they were received."""
    builder, sources = Builder(), []
    for each in inputs:
        if each.kind == JournalKind.MARKET:
            builder.add(each.t_ns, each.body)
            sources.append(each.source)
    first = config.instruments[config.sources[0].instruments[0]]
    recording = builder.build(config.venues[first.venue], first.symbol)
    return replace(recording, sources=np.array(sources, dtype=np.int32), starts=())
