"""The store as a program uses it: one object on a folder or URI.

store = open_store("ticks")
store.write("binance-spot", "BTCUSDT", ticks)
table = store.read("binance-spot", "BTCUSDT", start_ns, stop_ns, ["t_recv_ns", "price_ticks"])
for chunk in store.events("binance-spot", "BTCUSDT"): ...      bounded memory
store.sql("SELECT date, count(*) FROM ticks GROUP BY date")
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tickpath.core.config import Instrument
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.ticks import Ticks
from tickpath.storage import sql, tidy
from tickpath.storage.columns import GROUP_ROWS, check_columns
from tickpath.storage.extras import need
from tickpath.storage.layout import (
    Part,
    Partition,
    check_name,
    date_of,
    missing_days,
    parse,
    visible,
)
from tickpath.storage.metadata import InstrumentMeta, find_meta, meta_of
from tickpath.storage.place import Place, place_of
from tickpath.storage.read import events, read_table, stored_meta, tables
from tickpath.storage.write import PART_ROWS, StreamWriter, Written, write_stream

EVER_NS = 2**63 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class PartitionInfo:
    """One day of one symbol: what its parts hold together."""

    partition: Partition
    first_ns: int
    last_ns: int
    rows: int
    bytes: int
    parts: int


class Store:
    """See the module; `open_store` makes one. Nothing is kept between calls but the place, so
    several processes may use one store on a local disk. On an object store one process at a time
    may write a symbol: there is no lock between the comparison of a write and its publication."""

    def __init__(self, place: Place, instruments: Path | str | None = None) -> None:
        self.place = place
        self._instruments = instruments

    # -- writing ----------------------------------------------------------------------------------

    def write(
        self,
        venue: str,
        symbol: str,
        ticks: Ticks | Iterable[Ticks],
        *,
        instrument: Instrument | InstrumentMeta | None = None,
        source: str = "",
        told: Callable[[int], None] | None = None,
    ) -> Written:
        """Store rows of one symbol, in order of t_recv_ns, as one `Ticks` or a stream of them.

        Days become durable one by one. Rows that are stored already are left out; other rows at
        times that are taken are refused. `instrument` says the sizes of the counts, by default the
        instruments file does. `source` names the origin in messages. Raises DataError (rows,
        overlap, other sizes), CapacityError (disk full), MetadataError (unknown instrument).
        """
        writer = self.writer(venue, symbol, instrument=instrument, source=source)
        return write_stream(writer, (ticks,) if isinstance(ticks, Ticks) else ticks, told)

    def writer(
        self,
        venue: str,
        symbol: str,
        *,
        instrument: Instrument | InstrumentMeta | None = None,
        source: str = "",
    ) -> StreamWriter:
        """`write` chunk by chunk, for callers that have several symbols at a time."""
        check_name(venue, "venue")
        check_name(symbol, "symbol")
        meta = (
            find_meta(venue, symbol, self._instruments)
            if instrument is None
            else meta_of(instrument)
        )
        return StreamWriter(self.place, venue, symbol, meta, source)

    # -- reading ----------------------------------------------------------------------------------

    def read(
        self,
        venue: str,
        symbol: str,
        start_ns: int = 0,
        stop_ns: int = EVER_NS,
        columns: Sequence[str] | None = None,
        *,
        strict: bool = False,
    ) -> Any:
        """`pyarrow.Table` of the rows with start_ns <= t_recv_ns < stop_ns, in order. Prices and
        quantities are counts of `meta(...)`. `strict`: a day of the range without rows is refused
        by name. Raises DataError, ConfigError for an unknown column."""
        names = check_columns(columns)
        parts = self._range(venue, symbol, start_ns, stop_ns, strict)
        return read_table(self.place, parts, start_ns, stop_ns, names)

    def tables(
        self,
        venue: str,
        symbol: str,
        start_ns: int = 0,
        stop_ns: int = EVER_NS,
        columns: Sequence[str] | None = None,
        *,
        strict: bool = False,
    ) -> Iterator[Any]:
        """As `read`, in tables of at most 262 144 rows: bounded memory whatever the range."""
        names = check_columns(columns)
        parts = self._range(venue, symbol, start_ns, stop_ns, strict)
        return tables(self.place, parts, start_ns, stop_ns, names)

    def events(
        self,
        venue: str,
        symbol: str,
        start_ns: int = 0,
        stop_ns: int = EVER_NS,
        *,
        rows: int = GROUP_ROWS,
        strict: bool = False,
    ) -> Iterator[Ticks]:
        """`Ticks` of whole events, about `rows` rows each: bounded memory whatever the range."""
        parts = self._range(venue, symbol, start_ns, stop_ns, strict)
        return events(self.place, parts, start_ns, stop_ns, rows)

    def polars(self, *args: Any, **options: Any) -> Any:
        """`read` as a polars DataFrame on the same memory."""
        return need("polars").from_arrow(self.read(*args, **options), rechunk=False)

    def pandas(self, *args: Any, **options: Any) -> Any:
        """`read` as a pandas DataFrame of Arrow-backed columns on the same memory."""
        pandas = need("pandas")
        return self.read(*args, **options).to_pandas(types_mapper=pandas.ArrowDtype)

    def sql(self, query: str) -> Any:
        """`pyarrow.Table` of a DuckDB query on the tables `ticks` and `instruments`. Raises
        ConfigError for wrong SQL."""
        return sql.query(self.place, tidy.all_parts(self.place), query)

    # -- what is there ----------------------------------------------------------------------------

    def partitions(
        self, venue: str | None = None, symbol: str | None = None
    ) -> list[PartitionInfo]:
        """Every day of every symbol, or of the ones asked for, sorted. Opens no file."""
        found = []
        for partition, parts in tidy.all_parts(self.place).items():
            if venue not in (None, partition.venue) or symbol not in (None, partition.symbol):
                continue
            there, _ = visible(parts)
            found.append(
                PartitionInfo(
                    partition=partition,
                    first_ns=there[0].first_ns,
                    last_ns=max(p.last_ns for p in there),
                    rows=sum(p.rows for p in there),
                    bytes=sum(p.size for p in there),
                    parts=len(there),
                )
            )
        return found

    def meta(self, venue: str, symbol: str, date: str | None = None) -> InstrumentMeta:
        """Sizes that the counts of a day (by default the last) were written with."""
        parts = self._parts(venue, symbol)
        of_day = [p for p in parts if date in (None, p.partition.date)]
        if not of_day:
            raise DataError(f"{self.place.uri}: no rows of {venue} {symbol} {date or ''}".rstrip())
        return stored_meta(self.place, of_day[-1])

    def files(
        self, venue: str, symbol: str, start_ns: int = 0, stop_ns: int = EVER_NS
    ) -> list[Part]:
        """The parts that hold rows of a range, in order."""
        return [
            part
            for part in self._parts(venue, symbol)
            if part.last_ns >= start_ns and part.first_ns < stop_ns
        ]

    # -- order ------------------------------------------------------------------------------------

    def compact(
        self,
        venue: str | None = None,
        symbol: str | None = None,
        rows_max: int = PART_ROWS,
        workers: int | None = None,
    ) -> tidy.Compacted:
        """Merge the small parts of each day, `workers` days at a time (by default one a processor);
        removes what killed writers left. Readers that began
        before see the same rows, or a DataError for a file that is gone: they read again."""
        wanted = [info.partition for info in self.partitions(venue, symbol)]
        return tidy.compact(self.place, wanted, rows_max, workers)

    def retain(
        self,
        *,
        days: int | None = None,
        bytes_max: int | None = None,
        dry_run: bool = False,
        now_ns: int | None = None,
    ) -> list[tidy.Removal]:
        """Remove days older than `days` full days, then the oldest until `bytes_max` is kept.
        Returns what is, or with `dry_run` would be, removed."""
        for name, given in (("days", days), ("bytes_max", bytes_max)):
            if given is not None and given < 0:
                raise ConfigError(f"{name} is {given}: write 0 or more")
        found = tidy.all_parts(self.place)
        now = time.time_ns() if now_ns is None else now_ns
        gone = tidy.retention(found, days=days, bytes_max=bytes_max, now_ns=now)
        if not dry_run:
            for removal in gone:
                tidy.remove_day(self.place, removal.partition)
        return gone

    def remove(self, venue: str, symbol: str, date: str) -> int:
        """Remove one day of one symbol; returns its parts."""
        return tidy.remove_day(self.place, Partition(venue, symbol, date))

    def verify(self) -> tidy.Verified:
        """Read every row and compare it with what the store promises."""
        return tidy.verify(self.place)

    # -- parts ------------------------------------------------------------------------------------

    def _parts(self, venue: str, symbol: str) -> list[Part]:
        """Visible parts of a symbol, in order."""
        check_name(venue, "venue")
        check_name(symbol, "symbol")
        folder = Partition(venue, symbol, "").folder.rpartition("/")[0]
        days: dict[Partition, list[Part]] = {}
        for path, size in self.place.files(folder):
            part = parse(path, size)
            if part is not None:
                days.setdefault(part.partition, []).append(part)
        return [part for day in sorted(days) for part in visible(days[day])[0]]

    def _range(
        self, venue: str, symbol: str, start_ns: int, stop_ns: int, strict: bool
    ) -> list[Part]:
        """Parts of a range, whose sizes must be the same."""
        if start_ns > stop_ns:
            raise ConfigError(f"the range begins at {start_ns}, after its end {stop_ns}")
        parts = self._parts(venue, symbol)
        if not parts:
            raise DataError(
                f"{self.place.uri}: no rows of {venue} {symbol}: `tickpath store list` shows "
                "what is there"
            )
        found = [p for p in parts if p.last_ns >= start_ns and p.first_ns < stop_ns]
        if strict:
            self._complete(parts, found, start_ns, stop_ns)
        one_of_day = {part.partition.date: part for part in found}
        sizes = [(day, stored_meta(self.place, part)) for day, part in one_of_day.items()]
        for day, meta in sizes[1:]:
            if meta != sizes[0][1]:
                raise DataError(
                    f"{venue} {symbol}: the sizes of {sizes[0][0]} and {day} differ: "
                    f"{sizes[0][1].differences(meta)}: read the days apart"
                )
        return found

    def _complete(self, parts: list[Part], found: list[Part], start_ns: int, stop_ns: int) -> None:
        """Raises DataError naming the days of the range that have no rows."""
        days = [part.partition.date for part in found]
        first = date_of(start_ns) if start_ns > 0 else parts[0].partition.date
        last = date_of(stop_ns - 1) if stop_ns < EVER_NS else parts[-1].partition.date
        gone = missing_days(days, first, last)
        if gone:
            name = f"{parts[0].partition.venue} {parts[0].partition.symbol}"
            shown = ", ".join(gone[:31]) + (f" and {len(gone) - 31} more" if gone[31:] else "")
            raise DataError(
                f"{self.place.uri}: {name} has no rows of {shown}: import them, or read without "
                "strict"
            )


def open_store(
    where: Path | str, *, filesystem: Any = None, instruments: Path | str | None = None
) -> Store:
    """The store at a folder, or a URI of a file system that pyarrow knows (`s3://bucket/path`); it
    begins with the first write. `filesystem`: one of pyarrow, of which `where` is a path.
    `instruments`: a file of instrument metadata beside the shipped one. Raises ConfigError."""
    return Store(place_of(where, filesystem), instruments)
