"""Recorded bytes to `Ticks`: recordings and journals through the front of the walk (engine/rows).

In: a recording, whole, or one journal record at a time. Out: chunks of whole events.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from tickpath.core.config import Config
from tickpath.core.config_json import config_from_json
from tickpath.core.errors import ConfigError, DataError, JournalError
from tickpath.core.ticks import Ticks
from tickpath.engine.rows import Decoder
from tickpath.storage.columns import GROUP_ROWS

__all__ = ["Decoder", "chunks_of", "full", "source_of", "ticks_of_journal", "ticks_of_recording"]

HEAD_BYTES = 8
"""Of a journal record's payload: source and reserved."""


def source_of(config: Config, venue: str, symbol: str) -> tuple[int, int]:
    """(source, instrument) of a recording. Raises ConfigError where the configuration has none."""
    for k, source in enumerate(config.sources):
        for index in source.instruments:
            if config.venues[source.venue] == venue and config.instruments[index].symbol == symbol:
                return k, index
    raise ConfigError(f"the configuration has no source of {venue}:{symbol}: add one")


def ticks_of_recording(
    recording: Any,
    config: Config,
    decoder: Decoder | None = None,
    *,
    continues: bool = False,
    rows: int = GROUP_ROWS,
) -> Iterator[Ticks]:
    """The rows of a recording's own instrument, in chunks of about `rows`, whole events each.

    `decoder`: what to read with, by default a new one. `continues`: it has read the recording
    before this one, and the session goes on; where the venue counts frames and these begin anew, so
    does the connection. Raises ConfigError.
    """
    source, instrument = source_of(config, recording.venue, recording.symbol)
    going = decoder or Decoder(config)
    parts = chunks_of(going, source, recording, rows, continues)
    for index, ticks in chain(parts, full(going, 1)):
        if index == instrument:
            yield ticks


def chunks_of(
    decoder: Decoder, source: int, recording: Any, rows: int, continues: bool
) -> Iterator[tuple[int, Ticks]]:
    """(instrument, its rows) while a recording is read, in chunks of `rows` or a little more; what
    is left at its end stays in the decoder."""
    at = 0
    while at < len(recording):
        at = decoder.read(source, recording, at, rows, continues)
        yield from full(decoder, rows)


def full(decoder: Decoder, rows: int) -> Iterator[tuple[int, Ticks]]:
    """(instrument, its rows) of those that have `rows` or more."""
    for k in range(len(decoder.config.instruments)):
        if decoder.rows(k) >= rows:
            yield k, decoder.take(k)


@dataclass(frozen=True, slots=True)
class JournalChunk:
    """Rows of one instrument of a journal's configuration."""

    config: Config
    instrument: int
    ticks: Ticks


def ticks_of_journal(
    records: Iterable[Any], where: str, *, rows: int = GROUP_ROWS
) -> Iterator[JournalChunk]:
    """The market data of a journal (`lanes.journal_reader.JournalReader` iterates the records).

    A journal that does not begin with its configuration is refused with JournalError. Books wait
    for a snapshot at its beginning, whatever the engine knew before.
    """
    from tickpath.engine.commands import Command, command_parse
    from tickpath.lanes.journal_format import JournalKind
    from tickpath.lanes.journal_snapshot import CONFIG_NOTE

    decoder: Decoder | None = None
    for record in records:
        payload = record.payload
        if record.kind == JournalKind.NOTE and payload[:HEAD_BYTES] == CONFIG_NOTE:
            if decoder is None:
                decoder = Decoder(_config_of(payload[HEAD_BYTES:], where))
            continue
        if record.kind not in (JournalKind.MARKET, JournalKind.COMMAND):
            continue
        if decoder is None:
            raise JournalError(f"{where}: does not begin with its configuration: nothing is read")
        if record.kind == JournalKind.MARKET:
            source = int.from_bytes(payload[:4], "little", signed=True)
            decoder.frame(source, bytes(payload[HEAD_BYTES:]), record.t_recv_ns)
        else:
            command, argument, _ = command_parse(payload[HEAD_BYTES:])
            if command == Command.RESTART_SOURCE:
                decoder.restart(argument)
        yield from _full(decoder, rows)
    if decoder is not None:
        yield from _full(decoder, 1)


def _full(decoder: Decoder, rows: int) -> Iterator[JournalChunk]:
    for k, ticks in full(decoder, rows):
        yield JournalChunk(decoder.config, k, ticks)


def _config_of(text: bytes, where: str) -> Config:
    try:
        return config_from_json(text.decode())
    except (ValueError, ConfigError) as error:
        raise DataError(f"{where}: its configuration cannot be read: {error}") from error
