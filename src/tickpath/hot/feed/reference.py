"""The feed in plain Python: decode a frame, then let it pass or not by its ids.

In: (source, frame, stamp). Out: a code and the events to apply now, in order. The rules stand in
the docstring of the package. Worst case: a snapshot gives back every buffered event.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import Chain, EventKind, MarketEvent
from tickpath.hot.feed.state import SYNCED, WAITING, FeedRow, pack, unpack


class Decoder(Protocol):
    """A venue's market decoder, one a source. Where a frame may hold several events it also has
    `decode_next()`: (code, event or None), or None when there is no more. Where the venue counts
    the frames of a connection it has `sequence`: of the frame decoded last, -1: it carries none."""

    def decode(self, data: bytes) -> tuple[int, MarketEvent | None]:
        """(0, event), or (code, None or an event that names the instrument)."""


def probe() -> Available:
    """Always there."""
    return Available(ok=True, reason="plain Python")


def follow(last_id: int, fresh: bool, event: MarketEvent) -> int:
    """Whether a depth event continues from `last_id` (`fresh`: a snapshot's): a code."""
    if event.last_id < last_id or (event.last_id == last_id and not (event.chained and fresh)):
        return Code.FEED_STALE_ID
    if event.chained:
        joined = event.prev_id <= last_id if fresh else event.prev_id == last_id
    else:
        joined = event.first_id <= last_id + 1
    return Code.OK if joined else Code.FEED_GAP


class Feed:
    """Sequencing of every instrument of an engine."""

    def __init__(self, config: Config, decoders: Sequence[Decoder]) -> None:
        if len(decoders) != len(config.sources):
            raise ConfigError(
                f"feed: {len(decoders)} decoders for {len(config.sources)} sources: one each"
            )
        self.decoders = list(decoders)
        self.last_instrument = -1
        self.instrument_count = len(config.instruments)
        self.lost: list[int] = []
        self._rows = [FeedRow() for _ in range(self.instrument_count + 1)]
        self._sequences = [-1] * len(decoders)
        self._place = (-1, 0)

    def on_frame(self, source: int, data: bytes, t_recv_ns: int) -> tuple[int, list[MarketEvent]]:
        """One frame of a source: OK and the events to apply now, or a code and none."""
        self.lost = []
        self._place = (-1, 0)
        if not 0 <= source < len(self.decoders):
            return self._take(source, Code.FEED_UNKNOWN_SOURCE, None, t_recv_ns)
        if len(data) > LIMITS["frame_bytes_max"]:
            return self._take(source, Code.FEED_OVERSIZED, None, t_recv_ns)
        code, event = self.decoders[source].decode(data)
        order = self._order(source)
        if order == Code.OK:
            self._place = (source, t_recv_ns)
            return self._take(source, code, event, t_recv_ns)
        if order == Code.FEED_GAP:
            self._lose(source, -1)
        return self._count(order, self._instrument(event)), []

    def on_next(self) -> tuple[int, list[MarketEvent]] | None:
        """The next event of the frame in hand, as `on_frame` gave the first; None: no more."""
        source, t_recv_ns = self._place
        decode_next = getattr(self.decoders[source], "decode_next", None) if source >= 0 else None
        found = None if decode_next is None else decode_next()
        if found is None:
            self._place = (-1, 0)
            return None
        self.lost = []
        code, event = found
        return self._take(source, code, event, t_recv_ns)

    def _take(
        self, source: int, code: int, event: MarketEvent | None, t_recv_ns: int
    ) -> tuple[int, list[MarketEvent]]:
        """One event of a frame in its place."""
        instrument = self._instrument(event)
        events: list[MarketEvent] = []
        if instrument < 0:
            code = code or Code.FEED_UNKNOWN_SYMBOL
        if code != Code.OK:
            if event is not None and event.lost:
                self._lose(source, instrument)
        elif event is not None:
            event.source, event.t_recv_ns = source, t_recv_ns
            code, events = self._pass(event)
            if code == Code.FEED_GAP:
                self.lost.append(instrument)
        return self._count(code, instrument), events

    def _instrument(self, event: MarketEvent | None) -> int:
        """Whose event it is, -1 when that could not be told."""
        known = event is not None and 0 <= event.instrument < self.instrument_count
        self.last_instrument = event.instrument if event is not None and known else -1
        return self.last_instrument

    def _count(self, code: int, instrument: int) -> int:
        counters = self._rows[instrument].counters
        counters[code] = counters.get(code, 0) + 1
        return code

    def _order(self, source: int) -> int:
        """Whether the frame follows the last one of its connection: OK, STALE_ID or GAP."""
        sequence = getattr(self.decoders[source], "sequence", -1)
        last = self._sequences[source]
        if sequence < 0:
            return Code.OK
        if sequence <= last:
            return Code.FEED_STALE_ID
        self._sequences[source] = sequence
        return Code.OK if last < 0 or sequence == last + 1 else Code.FEED_GAP

    def _lose(self, source: int, instrument: int) -> None:
        """Books that the source feeds wait for a snapshot: the instrument's, -1: all of them."""
        for k in range(self.instrument_count) if instrument < 0 else (instrument,):
            row = self._rows[k]
            if row.status == SYNCED and row.source == source:
                self.invalidate(k)
                self.lost.append(k)

    def restart(self, source: int) -> int:
        """The connection of a source begins anew: its numbers do, and its books (`lost`) wait for a
        snapshot. FEED_UNKNOWN_SOURCE: there is none."""
        self.lost = []
        self._place = (-1, 0)
        if not 0 <= source < len(self.decoders):
            return int(Code.FEED_UNKNOWN_SOURCE)
        self._sequences[source] = -1
        self._lose(source, -1)
        return int(Code.OK)

    def invalidate(self, instrument: int) -> None:
        """The book was thrown away: wait for a snapshot, buffer from the next depth event on."""
        row = self._rows[instrument]
        row.status, row.fresh, row.last_id, row.events = WAITING, 0, 0, []

    def waiting(self, instrument: int) -> bool:
        """Whether the instrument needs a snapshot."""
        return self._rows[instrument].status == WAITING

    def counters(self, instrument: int) -> dict[int, int]:
        """Frames by code, -1 for those whose instrument could not be told."""
        return dict(sorted(self._rows[instrument].counters.items()))

    def _pass(self, event: MarketEvent) -> tuple[int, list[MarketEvent]]:
        row = self._rows[event.instrument]
        if event.kind == EventKind.DEPTH:
            code = self._depth(row, event)
            return code, [event] if code == Code.OK else []
        if event.kind == EventKind.SNAPSHOT:
            return self._snapshot(row, event)
        if event.kind == EventKind.BBO:
            if event.last_id < row.bbo_id and event.chained != Chain.NONE:
                return Code.FEED_STALE_ID, []
            row.bbo_id = event.last_id
            return Code.OK, [event]
        if event.kind == EventKind.TRADE:
            if event.chained == Chain.NONE:
                if event.last_id <= row.trade_id:
                    return Code.FEED_STALE_ID, []
                row.trade_id = event.last_id
            return Code.OK, [event]
        return Code.FEED_UNKNOWN_KIND, []

    def _depth(self, row: FeedRow, event: MarketEvent) -> int:
        if event.chained == Chain.NONE:
            if row.status == WAITING or row.source != event.source:
                return Code.FEED_UNSYNCED  # nothing would tell whether the snapshot has it
            row.last_id, row.fresh = event.last_id, 0
            return Code.OK
        if row.status == WAITING:
            return self._buffer(row, event)
        code = follow(row.last_id, bool(row.fresh), event)
        if code == Code.OK:
            row.last_id, row.fresh = event.last_id, 0
        elif code == Code.FEED_GAP:
            self.invalidate(event.instrument)
            self._buffer(row, event)
        return code

    def _buffer(self, row: FeedRow, event: MarketEvent) -> int:
        """Keep a depth event; a broken chain or a full buffer starts the buffer anew."""
        code: int = Code.FEED_BUFFERED
        if row.events:
            code = follow(row.events[-1].last_id, False, event) or Code.FEED_BUFFERED
        if code == Code.FEED_STALE_ID:
            return code
        levels = sum(len(e.bids) + len(e.asks) for e in (*row.events, event))
        if code == Code.FEED_BUFFERED and (
            len(row.events) == LIMITS["presnapshot_events_max"]
            or levels > LIMITS["presnapshot_levels_max"]
        ):
            code = Code.FEED_BUFFER_FULL
        if code != Code.FEED_BUFFERED:
            row.events = []
        row.events.append(replace(event, depth=0, checksum=0, checksum_kind=0))
        return code

    def _snapshot(self, row: FeedRow, event: MarketEvent) -> tuple[int, list[MarketEvent]]:
        """Accept a snapshot newer than the book that reaches the first buffered event."""
        if event.chained == Chain.NONE:
            row.status, row.fresh, row.last_id, row.events = SYNCED, 1, event.last_id, []
            row.source = event.source
            return Code.OK, [event]
        if row.status == SYNCED and event.last_id <= row.last_id:
            return Code.FEED_SNAPSHOT_OLD, []
        kept = [e for e in row.events if follow(event.last_id, True, e) != Code.FEED_STALE_ID]
        if kept and follow(event.last_id, True, kept[0]) != Code.OK:
            return Code.FEED_SNAPSHOT_OLD, []
        row.status, row.fresh, row.last_id, row.events = SYNCED, 1, event.last_id, []
        row.source = event.source
        if kept:
            row.fresh, row.last_id = 0, kept[-1].last_id
        return Code.OK, [event, *(replace(e, t_recv_ns=event.t_recv_ns) for e in kept)]

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""
        return pack(self.last_instrument, self._sequences, self._rows)

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported under the same configuration."""
        last_instrument, sequences, rows = unpack(data)
        if (len(rows), len(sequences)) != (len(self._rows), len(self._sequences)):
            raise DataError(
                f"feed state: {len(rows) - 1} instruments on {len(sequences)} sources, this feed "
                f"has {self.instrument_count} on {len(self._sequences)}: import it under the "
                "configuration it was exported from"
            )
        self.last_instrument, self._sequences, self._rows = last_instrument, sequences, rows
        self.lost, self._place = [], (-1, 0)
