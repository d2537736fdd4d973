"""Recorded bytes to `Ticks`: recordings and journals through the engine's own feed and books.

What the walk takes is what is stored: a frame goes through the venue's decoder, the sequencing of
`hot/feed` and the book of `hot/book`, in the same order as in the walk. Three things that only the
walk would know are said in rows:

- a book that is lost (gap, checksum, crossed for too long, another connection) is an event CLEAR;
- where a venue keeps a bounded book, levels that fall out of it are changes to 0 of the same event;
- events that a snapshot lets out of the buffer carry the time of that snapshot, as in the walk.

The event that loses a book is left out itself. Receive times that go back are lifted to the last.
In: one frame at a time. Worst case: plain Python, about 1 us a level; a venue that bounds its books
costs that for every level of both sides an event.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tickpath.core.backend import choose, load
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.config_json import config_from_json
from tickpath.core.errors import ConfigError, DataError, JournalError
from tickpath.core.records import BookStatus, EventKind, MarketEvent
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, TICK_COLUMNS, OrderRow, Ticks
from tickpath.storage.columns import GROUP_ROWS
from tickpath.venues.abilities import counts_frames
from tickpath.venues.base import market_module

HEAD_BYTES = 8
"""Of a journal record's payload: source and reserved."""

DEPTHS = (EventKind.DEPTH, EventKind.SNAPSHOT)
Row = tuple[int, int, int, int, int, int, int, int, int, int, int]


class Decoder:
    """Frames of all sources of a configuration to rows by instrument."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.now_ns = 0
        self.lifted = 0
        self.lost = 0
        feed, book = choose("feed", None), choose("book", None)
        venues = [config.venues[source.venue] for source in config.sources]
        self.feed = load("feed", feed).Feed(
            config, [market_module(v, feed).MarketDecoder(config, k) for k, v in enumerate(venues)]
        )
        make = load("book", book).Book
        self.books = [make(config, i.index) for i in config.instruments]
        self._rows: list[list[Row]] = [[] for _ in config.instruments]

    def frame(self, source: int, data: bytes, t_ns: int) -> int:
        """One frame. Returns the code that the walk would: OK, or of the event that was not."""
        if t_ns < self.now_ns:
            self.lifted += 1
        self.now_ns = max(self.now_ns, t_ns)
        code, events = self.feed.on_frame(source, data, self.now_ns)
        code = self._take(code, events)
        while (found := self.feed.on_next()) is not None:
            further = self._take(*found)
            code = code if code != Code.OK else further
        return code

    def recorded(self, source: int, data: bytes, t_ns: int, anew: bool, continues: bool) -> None:
        """One frame of a recording. `anew`: a connection begins with it. `continues`: it is the
        first of a file that goes on with a session, unless its number says otherwise."""
        if anew:
            self.restart(source)
        code = self.frame(source, data, t_ns)
        numbered = continues and counts_frames(
            self.config.venues[self.config.sources[source].venue]
        )
        if numbered and code == Code.FEED_STALE_ID:
            self.restart(source)
            self.frame(source, data, t_ns)

    def restart(self, source: int) -> int:
        """The connection of a source begins anew."""
        code = int(self.feed.restart(source))
        self._lose(self.feed.lost)
        return code

    def rows(self, instrument: int) -> int:
        """Rows that `take` would give."""
        return len(self._rows[instrument])

    def take(self, instrument: int) -> Ticks:
        """The rows since the last call, of whole events."""
        rows, self._rows[instrument] = self._rows[instrument], []
        table = np.array(rows, dtype=np.int64).reshape(-1, len(TICK_COLUMNS))
        names = enumerate(TICK_COLUMNS.items())
        return Ticks({name: table[:, k].astype(dtype) for k, (name, dtype) in names})

    def _take(self, code: int, events: Sequence[MarketEvent]) -> int:
        """What the walk does with an answer of the feed, as far as the books go."""
        if code != Code.OK:
            self._lose(self.feed.lost)
            return code
        for event in events:
            code = self._event(event)
            if code != Code.OK:
                return code
        return Code.OK

    def _event(self, event: MarketEvent) -> int:
        if event.kind not in DEPTHS:
            self._emit(event, event.bids, event.asks)
            return Code.OK
        book = self.books[event.instrument]
        bids: Sequence[tuple[int, int]] = event.bids
        asks: Sequence[tuple[int, int]] = event.asks
        bounded = event.depth and event.kind == EventKind.DEPTH
        before = (_levels(book, 0), _levels(book, 1)) if bounded else ({}, {})
        code = int(book.snapshot(event) if event.kind == EventKind.SNAPSHOT else book.apply(event))
        if code != Code.OK:
            self.feed.invalidate(event.instrument)
            self._lose([event.instrument])
            return code
        if bounded:
            bids = _with_dropped(bids, before[0], _levels(book, 0))
            asks = _with_dropped(asks, before[1], _levels(book, 1))
        self._emit(event, bids, asks)
        return Code.OK

    def _lose(self, instruments: Iterable[int]) -> None:
        """Books that can no longer be trusted."""
        for instrument in instruments:
            self.lost += 1
            self.books[instrument].clear(BookStatus.STALE)
            row = (self.now_ns, 0, 0, 0, 0, 0, 0, 0, int(OrderRow.CLEAR), NO_SIDE, LAST)
            self._rows[instrument].append(row)

    def _emit(self, e: MarketEvent, bids: Sequence[Any], asks: Sequence[Any]) -> None:
        """The rows of one event."""
        rows = self._rows[e.instrument]
        chain, t, venue_ns, kind = e.chained << CHAIN_SHIFT, e.t_recv_ns, e.t_venue_ns, int(e.kind)
        if kind == EventKind.TRADE:
            for number, price, quantity, aggressor in e.trades:
                rows.append((t, venue_ns, 0, number, 0, 0, price, quantity, kind, aggressor, chain))
        else:
            first, prev = (e.first_id, e.prev_id) if kind == EventKind.DEPTH else (0, 0)
            head = (t, venue_ns, first, e.last_id, prev, 0)
            rows += [(*head, p, q, kind, 0, chain) for p, q in bids]
            rows += [(*head, p, q, kind, 1, chain) for p, q in asks]
            if not bids and not asks:
                rows.append((*head, 0, 0, kind, NO_SIDE, chain))
        if rows:
            rows[-1] = (*rows[-1][:-1], rows[-1][-1] | LAST)


def _levels(book: Any, side: int) -> dict[int, int]:
    """A side of a bounded book."""
    return dict(book.depth(side, book.level_count(side)))


def _with_dropped(
    levels: Sequence[Any], before: dict[int, int], after: dict[int, int]
) -> list[tuple[int, int]]:
    """The changes of an event with the levels that fell out of the book by it."""
    told = dict(levels)
    kept = [(p, q) for p, q in levels if q == 0 or p in after]
    gone = [(p, 0) for p in before if p not in after and told.get(p, 1) != 0]
    return kept + gone


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
    for t_ns, data, anew in frames_of(recording):
        going.recorded(source, data, t_ns, anew, continues)
        continues = False
        if going.rows(instrument) >= rows:
            yield going.take(instrument)
    if going.rows(instrument):
        yield going.take(instrument)


def frames_of(recording: Any) -> Iterator[tuple[int, bytes, bool]]:
    """(receive ns, frame, whether a connection whose frames are numbered begins with it)."""
    blob = memoryview(recording.blob)
    starts = set(recording.starts)
    spans = zip(
        recording.t_ns.tolist(), recording.offsets.tolist(), recording.sizes.tolist(), strict=True
    )
    for k, (t_ns, offset, size) in enumerate(spans):
        yield t_ns, bytes(blob[offset : offset + size]), k in starts


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
    for k in range(len(decoder.config.instruments)):
        if decoder.rows(k) >= rows:
            yield JournalChunk(decoder.config, k, decoder.take(k))


def _config_of(text: bytes, where: str) -> Config:
    try:
        return config_from_json(text.decode())
    except (ValueError, ConfigError) as error:
        raise DataError(f"{where}: its configuration cannot be read: {error}") from error
