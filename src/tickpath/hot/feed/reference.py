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
    """A venue's market decoder, one a source."""

    def decode(self, data: bytes) -> tuple[int, MarketEvent | None]:
        """(0, event), or (code, None or an event that names the instrument)."""


def probe() -> Available:
    """Always there."""
    return Available(ok=True, reason="plain Python")


def follow(last_id: int, fresh: bool, event: MarketEvent) -> int:
    """Whether a depth event continues from `last_id` (`fresh`: a snapshot's): a code."""
    if event.chained == Chain.NONE:
        return Code.OK
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
        self._rows = [FeedRow() for _ in range(self.instrument_count + 1)]

    def on_frame(self, source: int, data: bytes, t_recv_ns: int) -> tuple[int, list[MarketEvent]]:
        """One frame of a source: OK and the events to apply now, or a code and none."""
        code, event = self._decode(source, data)
        self.last_instrument = -1 if event is None else event.instrument
        events: list[MarketEvent] = []
        if code == Code.OK and event is not None:
            event.source, event.t_recv_ns = source, t_recv_ns
            code, events = self._pass(event)
        counters = self._rows[self.last_instrument].counters
        counters[code] = counters.get(code, 0) + 1
        return code, events

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

    def _decode(self, source: int, data: bytes) -> tuple[int, MarketEvent | None]:
        if not 0 <= source < len(self.decoders):
            return Code.FEED_UNKNOWN_SOURCE, None
        if len(data) > LIMITS["frame_bytes_max"]:
            return Code.FEED_OVERSIZED, None
        code, event = self.decoders[source].decode(data)
        if event is None or not 0 <= event.instrument < self.instrument_count:
            return code or Code.FEED_UNKNOWN_SYMBOL, None
        return code, event

    def _pass(self, event: MarketEvent) -> tuple[int, list[MarketEvent]]:
        row = self._rows[event.instrument]
        if event.kind == EventKind.DEPTH:
            code = self._depth(row, event)
            return code, [event] if code == Code.OK else []
        if event.kind == EventKind.SNAPSHOT:
            return self._snapshot(row, event)
        if event.kind == EventKind.BBO:
            if event.last_id < row.bbo_id:
                return Code.FEED_STALE_ID, []
            row.bbo_id = event.last_id
            return Code.OK, [event]
        if event.kind == EventKind.TRADE:
            return Code.OK, [event]
        return Code.FEED_UNKNOWN_KIND, []

    def _depth(self, row: FeedRow, event: MarketEvent) -> int:
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
        """Keep a depth event; a broken chain or a full buffer starts the buffer anew. What has no
        id is dropped: nothing would tell whether the snapshot has it."""
        if event.chained == Chain.NONE:
            return Code.FEED_UNSYNCED
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
        """Accept a snapshot newer than the book that reaches the first buffered event; one without
        an id is the newest."""
        if event.chained == Chain.NONE:
            row.events = []
        elif row.status == SYNCED and event.last_id <= row.last_id:
            return Code.FEED_SNAPSHOT_OLD, []
        kept = [e for e in row.events if follow(event.last_id, True, e) != Code.FEED_STALE_ID]
        if kept and follow(event.last_id, True, kept[0]) != Code.OK:
            return Code.FEED_SNAPSHOT_OLD, []
        row.status, row.fresh, row.last_id, row.events = SYNCED, 1, event.last_id, []
        if kept:
            row.fresh, row.last_id = 0, kept[-1].last_id
        return Code.OK, [event, *(replace(e, t_recv_ns=event.t_recv_ns) for e in kept)]

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""
        return pack(self.last_instrument, self._rows)

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported under the same configuration."""
        last_instrument, rows = unpack(data)
        if len(rows) != len(self._rows):
            raise DataError(
                f"feed state: {len(rows) - 1} instruments, this feed has {self.instrument_count}: "
                "import it under the configuration it was exported from"
            )
        self.last_instrument, self._rows = last_instrument, rows
