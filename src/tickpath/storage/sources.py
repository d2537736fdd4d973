"""What can be written to a store by its path: recordings, journals, tables of ticks.

    files(["spot_1.gz", "spot_2.gz"])    recordings of one instrument, one session
    a folder with *.tpj                  the journal of an engine
    *.parquet, *.arrow, *.feather        a table with the columns of core/ticks.py

One `Stored` a symbol comes back. Memory: one recording file, a journal record, a row group.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.setup import config_of_symbol
from tickpath.core.codes import Code
from tickpath.core.config import Instrument
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.ticks import TICK_COLUMNS, Ticks
from tickpath.lanes.journal_reader import JournalReader
from tickpath.storage.columns import GROUP_ROWS, check_schema, ticks_of_table
from tickpath.storage.decode import Decoder, source_of, ticks_of_journal, ticks_of_recording
from tickpath.storage.extras import need
from tickpath.storage.store import Store
from tickpath.storage.write import StreamWriter, Written, write_stream

TABLES = (".parquet", ".arrow", ".feather")
JOURNAL = "*.tpj"
Told = Callable[[int], None]
WAITED = (Code.FEED_BUFFERED, Code.FEED_BUFFER_FULL, Code.FEED_GAP, Code.FEED_UNSYNCED)


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written of one symbol, and what to know about it."""

    venue: str
    symbol: str
    written: Written
    lost_books: int = 0
    lifted_times: int = 0
    unread: int = 0
    """Depth messages behind the last book that was lost or never there: nothing of them is
    stored, because no book can be built of them."""
    journal_end: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What the files do not tell: venue and symbol of a table, or which of a recording is meant."""

    venue: str | None = None
    symbol: str | None = None
    instruments: Path | None = None
    engine_id: int | None = None
    epoch: int | None = None


def write_paths(
    store: Store, paths: Sequence[Path], choice: Choice, told: Told | None = None
) -> list[Stored]:
    """Write everything the paths hold. Raises ConfigError for paths of different kinds."""
    journals = [p for p in paths if p.is_dir()]
    tables = [p for p in paths if p.suffix in TABLES]
    if journals and len(journals) == len(paths):
        return [found for path in paths for found in _journal(store, path, choice)]
    if tables and len(tables) == len(paths):
        return [_table(store, path, choice, told) for path in paths]
    if journals or tables:
        raise ConfigError(
            f"{', '.join(str(p) for p in (journals or tables)[:3])} beside recordings: write "
            "journals, tables and recordings one kind at a time"
        )
    return [_recordings(store, paths, choice, told)]


def _recordings(store: Store, paths: Sequence[Path], choice: Choice, told: Told | None) -> Stored:
    """Recordings one behind the other, one file in memory at a time."""
    first = read_recordings(paths[:1], choice.venue, choice.symbol)
    config = config_of_symbol(first.venue, first.symbol, instruments_path=choice.instruments)
    decoder = Decoder(config)
    instrument = config.instruments[source_of(config, first.venue, first.symbol)[1]]
    writer = store.writer(first.venue, first.symbol, instrument=instrument, source=str(paths[0]))

    def stream() -> Iterator[Ticks]:
        for k, path in enumerate(paths):
            found = first if k == 0 else read_recordings([path], first.venue, choice.symbol)
            if found.symbol != first.symbol:
                raise ConfigError(
                    f"{path}: holds {found.symbol}, not {first.symbol}: write it apart"
                )
            yield from ticks_of_recording(found, config, decoder, continues=k > 0)

    written = write_stream(writer, stream(), told)
    return Stored(
        first.venue, first.symbol, written, decoder.lost, decoder.lifted,
        unread=unread_of(decoder, instrument.index),
    )  # fmt: skip


def unread_of(decoder: Decoder, instrument: int) -> int:
    """Depth messages that waited for a snapshot, which never came."""
    if not decoder.feed.waiting(instrument):
        return 0
    counted = decoder.feed.counters(0)
    return sum(counted.get(code, 0) for code in WAITED)


def _journal(store: Store, path: Path, choice: Choice) -> list[Stored]:
    """Every instrument of a journal."""
    if not any(path.glob(JOURNAL)):
        raise ConfigError(f"{path}: no journal segment ({JOURNAL}) in this folder")
    writers: dict[int, tuple[Instrument, str, StreamWriter]] = {}
    reader = JournalReader(path, engine_id=choice.engine_id, epoch=choice.epoch)
    with ExitStack() as stack:
        for chunk in ticks_of_journal(reader, str(path)):
            if chunk.instrument not in writers:
                instrument = chunk.config.instruments[chunk.instrument]
                venue = chunk.config.venues[instrument.venue]
                writer = store.writer(
                    venue, instrument.symbol, instrument=instrument, source=str(path)
                )
                writers[chunk.instrument] = (instrument, venue, stack.enter_context(writer))
            writers[chunk.instrument][2].add(chunk.ticks)
    end = str(reader.end)
    return [Stored(venue, i.symbol, w.written, journal_end=end) for i, venue, w in writers.values()]


def _table(store: Store, path: Path, choice: Choice, told: Told | None) -> Stored:
    """A table of ticks of one symbol."""
    venue, symbol = choice.venue, choice.symbol
    if venue is None or symbol is None:
        raise ConfigError(f"{path}: a table does not say whose it is: add --venue and --symbol")
    chosen = Store(store.place, choice.instruments) if choice.instruments else store
    writer = chosen.writer(venue, symbol, source=str(path))
    written = write_stream(writer, map(ticks_of_table, _batches(path, venue, symbol)), told)
    return Stored(venue, symbol, written)


def _batches(path: Path, venue: str, symbol: str) -> Iterator[Any]:
    """Tables of bounded size, of the columns in their order."""
    pa, parquet, ipc = need("pyarrow"), need("pyarrow.parquet"), need("pyarrow.ipc")
    try:
        if path.suffix == ".parquet":
            with parquet.ParquetFile(path) as file:
                check_schema(file.schema_arrow, str(path))
                for batch in file.iter_batches(GROUP_ROWS):
                    yield _plain(pa.Table.from_batches([batch]), path, venue, symbol)
            return
        with pa.memory_map(str(path)) as source, ipc.open_file(source) as reader:
            check_schema(reader.schema, str(path))
            for k in range(reader.num_record_batches):
                batch = reader.get_batch(k)
                yield _plain(pa.Table.from_batches([batch]), path, venue, symbol)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: damaged or truncated ({' '.join(str(error).split())[:200]})"
        ) from error


def _plain(table: Any, path: Path, venue: str, symbol: str) -> Any:
    """The columns of ticks; `venue` and `symbol` columns must say what was asked for."""
    for name, wanted in (("venue", venue), ("symbol", symbol)):
        if name in table.column_names:
            others = [x for x in table.column(name).unique().to_pylist() if x != wanted]
            if others:
                raise DataError(
                    f"{path}: mixed: {name} {others[0]!r} beside {wanted!r}: one symbol a write"
                )
    for name in TICK_COLUMNS:
        if table.column(name).null_count:
            raise DataError(f"{path}: column {name} has nulls: a count is always there")
    return table.select(list(TICK_COLUMNS))
