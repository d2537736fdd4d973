"""From `Ticks` back to what the walk samples: the book, the BBO record, trades, feature rows.

The same book and the same features as in the walk take the same events in the same order, so a
feature row computed here has the bits of the one that a strategy saw. A row comes of every event
that the walk thinks about: a depth event, a snapshot (with the events it let out of the buffer: the
depth rows behind it that carry its time), a BBO, each trade of an event. CLEAR gives none.
Rows of an L3 feed are refused: their levels have to be built first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.backend import Backend, choose, load
from tickpath.core.codes import Code
from tickpath.core.config import VENUES, Config, Currency, FeatureSpec, Instrument, Source
from tickpath.core.errors import DataError
from tickpath.core.records import (
    Bbo,
    BookStatus,
    EventKind,
    InstrumentKind,
    Level,
    MarketEvent,
    Trade,
)
from tickpath.core.ticks import CHAIN_SHIFT, LAST, NO_SIDE, OrderRow, Ticks
from tickpath.storage.metadata import InstrumentMeta

NOTHING = Trade(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Feature rows of a stretch of events: receive time (ns), `EventKind`, `BookStatus` (strategies
    are shown rows of OK books only), values (rows x columns, float64, NaN until warm)."""

    t_recv_ns: npt.NDArray[np.int64]
    kind: npt.NDArray[np.uint8]
    book: npt.NDArray[np.uint8]
    values: npt.NDArray[np.float64]


def config_of_meta(venue: str, symbol: str, meta: InstrumentMeta) -> Config:
    """A configuration of one instrument, as far as a book needs it."""
    kind = InstrumentKind[meta.kind.upper()]
    at = VENUES.index(venue) if venue in VENUES else 0
    instrument = Instrument(
        index=0,
        symbol=symbol,
        venue=at,
        kind=kind,
        base=0,
        quote=1,
        settle=0 if kind is InstrumentKind.INVERSE else 1,
        settle_decimals=8,
        tick_size=meta.tick_size,
        lot_size=meta.lot_size,
        quantity_min=meta.lot_size,
        quantity_max=meta.lot_size * 10**9,
        notional_min=Decimal(0),
        multiplier=meta.multiplier,
        maker_fee_ppm=0,
        taker_fee_ppm=0,
    )
    return Config(
        currencies=(Currency(name="BASE"), Currency(name="QUOTE")),
        venues=VENUES,
        instruments=(instrument,),
        sources=(Source(name="stored", venue=at, instruments=(0,)),),
    )


def market_events(ticks: Ticks) -> Iterator[MarketEvent]:
    """The events of whole rows, one by one; CLEAR as kind `OrderRow.CLEAR`. Raises DataError for
    rows of an L3 feed."""
    columns = ("t_recv_ns", "t_venue_ns", "first_id", "last_id", "prev_id")
    heads = [ticks[name].tolist() for name in columns]
    prices, lots = ticks["price_ticks"].tolist(), ticks["quantity_lots"].tolist()
    sides, kinds, flags = (ticks[name].tolist() for name in ("side", "kind", "flags"))
    ids = heads[3]
    start = 0
    for last in np.flatnonzero(ticks["flags"] & LAST).tolist():
        kind = kinds[last]
        if kind > OrderRow.ADD - 1 and kind != OrderRow.CLEAR:
            raise DataError(
                f"row {start}: {OrderRow(kind).name}: rows of an L3 feed have no levels: build "
                "them first"
            )
        event = MarketEvent(kind, 0, 0, *(head[last] for head in heads))
        event.chained = flags[last] >> CHAIN_SHIFT & 3
        for k in range(start, last + 1):
            if kind == EventKind.TRADE:
                event.trades.append(Trade(ids[k], prices[k], lots[k], sides[k]))
            elif sides[k] != NO_SIDE:
                side = event.asks if sides[k] else event.bids
                side.append(Level(prices[k], lots[k]))
        start = last + 1
        yield event


class Rebuilder:
    """One instrument: takes `Ticks` of whole events, gives feature rows. `specs` as a strategy
    declares them. Raises ConfigError for a wrong column."""

    def __init__(
        self,
        config: Config,
        specs: Sequence[FeatureSpec],
        instrument: int = 0,
        backend: Backend | None = None,
    ) -> None:
        self.book: Any = load("book", choose("book", backend)).Book(config, instrument)
        self.features: Any = load("features", choose("features", backend)).Features(specs)
        self.width = len(specs)
        self._bbo = Bbo()
        self._trade = NOTHING
        self._snapshot_ns = -1
        self._kind = 0
        self._times: list[int] = []
        self._kinds: list[int] = []
        self._statuses: list[int] = []
        self._values: list[list[float]] = []

    def take(self, ticks: Ticks) -> FeatureRows:
        """The rows that are certain after these events: that of a snapshot comes with the event
        behind it."""
        for event in market_events(ticks):
            self._event(event)
        return self._rows()

    def finish(self) -> FeatureRows:
        """The row of a snapshot that was the last event."""
        self._flush()
        return self._rows()

    def _rows(self) -> FeatureRows:
        found = FeatureRows(
            np.array(self._times, dtype=np.int64),
            np.array(self._kinds, dtype=np.uint8),
            np.array(self._statuses, dtype=np.uint8),
            np.array(self._values, dtype=np.float64).reshape(-1, self.width)
            if self.width
            else np.zeros((len(self._times), 0)),
        )
        self._times, self._kinds, self._statuses, self._values = [], [], [], []
        return found

    def _event(self, event: MarketEvent) -> None:
        if self._snapshot_ns >= 0 and not (
            event.kind == EventKind.DEPTH and event.t_recv_ns == self._snapshot_ns
        ):
            self._flush()
        if event.kind == OrderRow.CLEAR:
            self.book.clear(BookStatus.STALE)
        elif event.kind in (EventKind.DEPTH, EventKind.SNAPSHOT):
            self._levels(event)
        elif event.kind == EventKind.BBO:
            self._bbo = Bbo(event.last_id, event.t_recv_ns, *event.bids[0], *event.asks[0])
            self._think(event.kind, event.t_recv_ns)
        else:
            for self._trade in event.trades:
                self._think(event.kind, event.t_recv_ns)

    def _levels(self, event: MarketEvent) -> None:
        """A change of the book; a snapshot is thought about when what belongs to it is in."""
        snapshot = event.kind == EventKind.SNAPSHOT
        code = self.book.snapshot(event) if snapshot else self.book.apply(event)
        if code != Code.OK:
            self.book.clear(BookStatus.STALE)
            self._snapshot_ns = -1
        elif snapshot or self._snapshot_ns >= 0:
            self._snapshot_ns, self._kind = event.t_recv_ns, event.kind
        else:
            self._think(event.kind, event.t_recv_ns)

    def _flush(self) -> None:
        if self._snapshot_ns >= 0:
            at, self._snapshot_ns = self._snapshot_ns, -1
            self._think(self._kind, at)

    def _think(self, kind: int, now_ns: int) -> None:
        top = self.book.top(max(1, self.features.levels))
        self._values.append(self.features.update(kind, now_ns, top, self._bbo, self._trade))
        self._times.append(now_ns)
        self._kinds.append(int(kind))
        self._statuses.append(int(top.status))
