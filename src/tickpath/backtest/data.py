"""What a run reads: recordings of one or several instruments, or a range of a tick store.

`open_market` tells which by looking at the paths; `placed` puts each instrument's frames on the
source of the configuration that it belongs to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from tickpath.backtest.pieces import Pieces, event_pieces, merged_pieces, order_pieces
from tickpath.backtest.recording import read_recordings
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.core.records import EventKind
from tickpath.venues.sim.frames import Recording, merged

EVER_NS: Final = 2**63 - 1
DAY_NS: Final = 86_400_000_000_000
Instrument = tuple[str, str]
"""(venue, symbol)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """[start_ns, stop_ns) in receive time; books are warmed up before its start."""

    start_ns: int = 0
    stop_ns: int = EVER_NS


@dataclass(frozen=True, kw_only=True, slots=True)
class Market:
    """Data of some instruments, all in one form of frames. Recordings lie in memory; of a store
    `streams` gives the pieces of one instrument anew at each call."""

    instruments: tuple[Instrument, ...]
    wire: str
    recordings: tuple[Recording, ...] = ()
    store: Any = None
    span: Range = Range()

    def stream(self, instrument: Instrument, *, orders: bool = False) -> Iterator[Recording]:
        """The pieces of one instrument; of a store with the rows of its orders, if asked for."""
        if self.store is None:
            return iter([self.recordings[self.instruments.index(instrument)]])
        from tickpath.storage.levels import levels_of, orders_of

        begin_ns = snapshot_before(self.store, instrument, self.span.start_ns)
        chunks = self.store.events(*instrument, begin_ns, self.span.stop_ns)
        if orders:
            return order_pieces(*instrument, orders_of(chunks, ":".join(instrument)))
        return event_pieces(*instrument, levels_of(chunks))


def time_ns(text: str) -> int:
    """A time as whole nanoseconds, or ISO 8601 (UTC unless it says otherwise), else ConfigError."""
    if text.isdigit():
        return int(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"time {text!r}: write nanoseconds or ISO 8601, for example 2024-08-08T12:00"
        ) from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    whole = found.replace(microsecond=0)
    return int(whole.timestamp()) * 10**9 + found.microsecond * 1000


def is_store(path: str | Path) -> bool:
    """Whether it names a tick store rather than a recording."""
    return "://" in str(path) or (Path(path).is_dir() and any(Path(path).glob("venue=*/symbol=*")))


def open_market(
    paths: Sequence[str | Path],
    *,
    venue: str | None = None,
    symbol: str | None = None,
    span: Range | None = None,
    config: Config | None = None,
) -> Market:
    """The data of `--data`. `symbol` may name several, with commas. Without it a store gives the
    instruments of `config`, or the one that it holds. Raises ConfigError, DataError."""
    if any(is_store(path) for path in paths):
        if len(paths) != 1:
            raise ConfigError("--data: one tick store, or recordings: not several and not both")
        return store_market(str(paths[0]), venue, symbol, span or Range(), config)
    recordings = recorded(paths, venue, symbol)
    return Market(
        instruments=tuple((r.venue, r.symbol) for r in recordings),
        wire=recordings[0].wire,
        recordings=tuple(recordings),
        span=span or Range(),
    )


def recorded(paths: Sequence[str | Path], venue: str | None, symbol: str | None) -> list[Recording]:
    """Recordings by instrument, the files of each in the order given."""
    if symbol is not None and "," in symbol:
        return [read_recordings(paths, venue=venue, symbol=one) for one in symbol.split(",")]
    if len(paths) == 1:
        return [read_recordings(paths, venue=venue, symbol=symbol)]
    groups: dict[Instrument, list[str | Path]] = {}
    for path in paths:
        one = read_recordings([path], venue=venue, symbol=symbol)
        groups.setdefault((one.venue, one.symbol), []).append(path)
    return [read_recordings(group, venue=venue, symbol=symbol) for group in groups.values()]


def store_market(
    place: str, venue: str | None, symbol: str | None, span: Range, config: Config | None
) -> Market:
    """Instruments of a tick store."""
    from tickpath.storage.store import open_store

    store = open_store(place)
    held = sorted({(p.partition.venue, p.partition.symbol) for p in store.partitions()})
    wanted = held
    if symbol is not None:
        wanted = [
            (v, s)
            for name in symbol.split(",")
            for v, s in held
            if name in (s, f"{v}:{s}") and venue in (None, v)
        ]
    elif config is not None:
        named = [(config.venues[i.venue], i.symbol) for i in config.instruments]
        wanted = [i for i in named if i in held]
    elif venue is not None:
        wanted = [i for i in held if i[0] == venue]
    names = ", ".join(f"{v}:{s}" for v, s in held) or "nothing"
    if not wanted:
        raise ConfigError(f"--data {place}: holds {names}; name one of them with --symbol")
    if len(wanted) > 1 and symbol is None and config is None:
        raise ConfigError(f"--data {place}: holds {names}: add --symbol with one or several")
    return Market(instruments=tuple(wanted), wire="flat", store=store, span=span)


def snapshot_before(store: Any, instrument: Instrument, start_ns: int) -> int:
    """Where to begin so that the book is whole at `start_ns`: the last snapshot before, 0 when
    there is none."""
    days = sorted(
        (p.first_ns // DAY_NS for p in store.partitions(*instrument) if p.first_ns < start_ns),
        reverse=True,
    )
    for day in days:
        stop_ns = min(start_ns, (day + 1) * DAY_NS)
        table = store.read(*instrument, day * DAY_NS, stop_ns, ["t_recv_ns", "kind"])
        found = np.flatnonzero(table["kind"].to_numpy() == EventKind.SNAPSHOT)
        if len(found):
            return int(table["t_recv_ns"][int(found[-1])].as_py())
    return 0


def placed(market: Market, config: Config) -> Recording | Pieces:
    """The data with each instrument on its source. Raises ConfigError for a source without data,
    or for a tick size or lot size that is not the one of the data."""
    if market.store is None and len(config.sources) == len(market.recordings) == 1:
        return market.recordings[0]
    order = [instrument_of(config, k) for k in range(len(config.sources))]
    missing = [i for i in order if i not in market.instruments]
    if missing:
        raise ConfigError(
            f"no data of {missing[0][0]}:{missing[0][1]}, which the configuration has a source "
            "for: add its file to --data, or take the source out"
        )
    if market.store is not None:
        for k, instrument in enumerate(order):
            check_sizes(market.store, instrument, config, k)
        fifo = config.sim.queue == "fifo"
        streams = [market.stream(instrument, orders=fifo) for instrument in order]
        return Pieces(merged_pieces(streams) if len(streams) > 1 else streams[0])
    parts = [market.recordings[market.instruments.index(i)] for i in order]
    return merged(parts) if len(parts) > 1 else parts[0]


def instrument_of(config: Config, source: int) -> Instrument:
    """The one instrument of a source: what is replayed comes by instrument."""
    entry = config.sources[source]
    if len(entry.instruments) != 1:
        raise ConfigError(
            f"source {entry.name!r} has {len(entry.instruments)} symbols: a backtest takes one "
            "source for each, so write one [[sources]] a symbol"
        )
    return config.venues[entry.venue], config.instruments[entry.instruments[0]].symbol


def check_sizes(store: Any, instrument: Instrument, config: Config, source: int) -> None:
    """Counts of ticks and lots mean the same in the store and in the configuration."""
    from tickpath.storage.metadata import meta_of

    ours = meta_of(config.instruments[config.sources[source].instruments[0]])
    different = store.meta(*instrument).differences(ours)
    if different:
        raise ConfigError(
            f"{instrument[0]}:{instrument[1]}: the store was written with other sizes than the "
            f"instruments file says ({different}): give the file it was written with"
        )
