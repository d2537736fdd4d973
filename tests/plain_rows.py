"""The rows of frames in plain Python, over the reference feed and book: the slow twin of
`engine/rows`, which says what is meant by a row of each event."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.records import BookStatus, EventKind, MarketEvent
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, TICK_COLUMNS, OrderRow, Ticks
from tickpath.hot.book.reference import Book
from tickpath.hot.feed.reference import Feed
from tickpath.venues.abilities import counts_frames
from tickpath.venues.base import market_module
from tickpath.venues.sim.frames import Recording

DEPTHS = (EventKind.DEPTH, EventKind.SNAPSHOT)
Row = tuple[int, int, int, int, int, int, int, int, int, int, int]


def frames_of(recording: Recording) -> Iterator[tuple[int, bytes]]:
    """(receive ns, frame)."""
    blob = recording.blob.tobytes()
    spans = zip(recording.t_ns.tolist(), recording.offsets, recording.sizes, strict=True)
    for t_ns, offset, size in spans:
        yield t_ns, blob[offset : offset + size]


class PlainDecoder:
    """Frames to rows by instrument, as `engine/rows.Decoder`."""

    def __init__(self, config: Config, decoders: Sequence[Any] | None = None) -> None:
        self.config = config
        self.now_ns = 0
        self.lifted = 0
        self.lost = 0
        venues = [config.venues[source.venue] for source in config.sources]
        self.feed = Feed(
            config,
            decoders
            or [
                market_module(v, Backend.REFERENCE).MarketDecoder(config, k)
                for k, v in enumerate(venues)
            ],
        )
        self.books = [Book(config, i.index) for i in config.instruments]
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

    def read(self, source: int, recording: Recording, continues: bool = False) -> None:
        """A whole recording. `continues`: it goes on with the session that was read before, unless
        the number of its first frame says otherwise."""
        numbered = continues and counts_frames(
            self.config.venues[self.config.sources[source].venue]
        )
        for k, (t_ns, data) in enumerate(frames_of(recording)):
            if k in recording.starts:
                self.restart(source)
            code = self.frame(source, data, t_ns)
            if k == 0 and numbered and code == Code.FEED_STALE_ID:
                self.restart(source)
                self.frame(source, data, t_ns)

    def restart(self, source: int) -> int:
        """The connection of a source begins anew."""
        code = int(self.feed.restart(source))
        self._lose(self.feed.lost)
        return code

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
