"""What can be checked: a store, a table of ticks, a recording, a file of a format that imports."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tickpath.core.errors import ConfigError, DataError, MetadataError
from tickpath.core.ticks import TICK_COLUMNS, Ticks
from tickpath.storage.importers.base import CHUNK_ROWS, Job, arrow, check_columns
from tickpath.storage.importers.find import importer_of, read_ticks

TABLES: Final = (".parquet", ".arrow", ".feather")


@dataclass(kw_only=True, slots=True)
class Input:
    """One stream to check. `counted`: what its reader counts while it is read."""

    label: str
    venue: str
    symbol: str
    chunks: Iterator[Ticks]
    counted: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What the command line says of the inputs; `job` for files that import, or why there is
    none."""

    venue: str | None = None
    symbol: str | None = None
    instruments: str | None = None
    format: str | None = None
    job: Job | None = None
    no_job: str = ""


def inputs(where: str, wanted: Wanted) -> Iterator[Input]:
    """The streams of one store or file. Raises ConfigError for what is neither."""
    path = Path(where)
    if "://" in where or path.is_dir():
        yield from of_store(where, wanted)
    elif not path.exists():
        raise ConfigError(f"{where}: no such file or store")
    elif path.suffix in TABLES:
        yield one_file(path, wanted, tables(path))
    else:
        yield of_file(path, wanted)


def of_store(where: str, wanted: Wanted) -> Iterator[Input]:
    """Every symbol of a store, or the one asked for."""
    from tickpath.storage.store import open_store

    store = open_store(where)
    names = dict.fromkeys(
        (info.partition.venue, info.partition.symbol)
        for info in store.partitions(wanted.venue, wanted.symbol)
    )
    if not names:
        raise DataError(f"{where}: holds nothing of it: `tickpath store list` shows what is there")
    for venue, symbol in names:
        yield Input(
            label=f"{venue} {symbol}",
            venue=venue,
            symbol=symbol,
            chunks=iter(store.events(venue, symbol)),
        )


def one_file(path: Path, wanted: Wanted, chunks: Iterator[Ticks]) -> Input:
    return Input(
        label=path.name, venue=wanted.venue or "", symbol=wanted.symbol or "", chunks=chunks
    )


def tables(path: Path) -> Iterator[Ticks]:
    """Chunks of whole events of a Parquet or Arrow file with the columns of core/ticks.py."""
    from tickpath.core.ticks import joined

    held: Ticks | None = None
    for columns in batches(path):
        chunk = Ticks(columns)
        whole = chunk if held is None or not len(held) else joined([held, chunk])
        cut = whole.whole_rows()
        held = whole.rows(cut, len(whole))
        if cut:
            yield whole.rows(0, cut)
    if held is not None and len(held):
        raise DataError(f"{path}: its last event has no end: {len(held)} rows are left over")


def batches(path: Path) -> Iterator[dict[str, Any]]:
    """Columns of pieces of a table. Raises DataError for one that is damaged or of other
    columns."""
    pa = arrow()
    try:
        if path.suffix == ".parquet":
            with arrow("pyarrow.parquet").ParquetFile(path) as file:
                check_columns(
                    path, file.schema_arrow.names, tuple(TICK_COLUMNS), "a table of ticks"
                )
                for batch in file.iter_batches(CHUNK_ROWS, columns=list(TICK_COLUMNS)):
                    yield plain(batch, path)
            return
        with pa.memory_map(str(path)) as source, arrow("pyarrow.ipc").open_file(source) as reader:
            check_columns(path, reader.schema.names, tuple(TICK_COLUMNS), "a table of ticks")
            for k in range(reader.num_record_batches):
                yield plain(reader.get_batch(k), path)
    except (OSError, pa.ArrowException) as error:
        text = " ".join(str(error).split())[:200]
        raise DataError(f"{path}: damaged or cut short ({text}): write it again") from error


def plain(batch: Any, path: Path) -> dict[str, Any]:
    """numpy columns of a batch. Raises DataError for empty values or another type."""
    found = {}
    for name, dtype in TICK_COLUMNS.items():
        column = batch.column(batch.schema.get_field_index(name))
        if hasattr(column.type, "value_type"):
            column = column.dictionary_decode()
        values = column.to_numpy(zero_copy_only=False)
        if column.null_count or values.dtype.kind not in "iu":
            raise DataError(
                f"{path}: column {name} is {column.type} with empty values or no integer"
            )
        found[name] = values.astype(dtype)
    return found


def of_file(path: Path, wanted: Wanted) -> Input:
    """A file that imports, else a recording."""
    try:
        name = wanted.format or importer_of(path)[0].name
    except ConfigError:
        return of_recording(path, wanted)
    if wanted.job is None and wanted.no_job:
        raise MetadataError(wanted.no_job)
    if wanted.job is None:
        raise ConfigError(f"{path}: a file of {name}: say whose it is, --venue and --symbol")
    return one_file(path, wanted, read_ticks(path, wanted.job, name))


def of_recording(path: Path, wanted: Wanted) -> Input:
    """Recorded bytes through the venue's decoder and the engine's own feed and book, which count
    checksums where the venue has them."""
    from tickpath.backtest.recording import read_recordings
    from tickpath.backtest.setup import config_of_symbol
    from tickpath.storage.decode import Decoder, source_of, ticks_of_recording

    found = read_recordings([path], wanted.venue, wanted.symbol)
    instruments = None if wanted.instruments is None else Path(wanted.instruments)
    config = config_of_symbol(found.venue, found.symbol, instruments_path=instruments)
    decoder = Decoder(config)
    book = decoder.books[source_of(config, found.venue, found.symbol)[1]]
    made = Input(label=path.name, venue=found.venue, symbol=found.symbol, chunks=iter(()))

    def chunks() -> Iterator[Ticks]:
        try:
            yield from ticks_of_recording(found, config, decoder)
        finally:
            made.counted["checksums_right"] = int(book.checksum_ok)
            made.counted["checksum_failures"] = int(book.checksum_bad)
            made.counted["lifted_times"] = decoder.lifted

    made.chunks = chunks()
    return made
