"""The book in plain Python: a dict of levels a side and its sorted prices.

In: snapshots and complete depth messages of one instrument. Out: best bid and ask, ordered levels,
status, hash. It knows the native book's window only as a number, `base_ticks`: how many levels may
lie outside the window is a limit, so where the window stands is part of the state.
Worst case: a change costs O(levels) for the sorted insert.
"""

import zlib
from bisect import bisect_left, insort

from tickpath.core.backend import Available
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.core.records import BookStatus, BookTop, Checksum, Level, MarketEvent
from tickpath.hot.book.state import BookRecord, pack, text_units, unpack

WINDOW = LIMITS["ladder_window_ticks"]
PRICE_TICKS_MAX = 2**62
MASK = 2**64 - 1
CHECKSUM_LEVELS = 10


def probe() -> Available:
    """Always there."""
    return Available(ok=True, reason="plain Python")


def level_hash(side: int, price_ticks: int, quantity_lots: int) -> int:
    """A level's share of the hash: (mix(key) | 1) * quantity mod 2**64, key = price of a bid,
    ~price of an ask; mix is the finalizer of splitmix64 (Steele, Lea, Flood, 2014). The factor is
    odd, so a change of one quantity always changes the sum."""
    z = ((~price_ticks if side else price_ticks) + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return ((z ^ (z >> 31)) | 1) * quantity_lots & MASK


class BookSide:
    """Levels of one side: quantity by price, prices ascending."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.quantities: dict[int, int] = {}
        self.prices: list[int] = []

    def change(self, price_ticks: int, quantity_lots: int) -> None:
        """Set the quantity of a price, 0 deletes."""
        if price_ticks in self.quantities and quantity_lots == 0:
            del self.quantities[price_ticks]
            del self.prices[bisect_left(self.prices, price_ticks)]
        elif quantity_lots:
            if price_ticks not in self.quantities:
                insort(self.prices, price_ticks)
            self.quantities[price_ticks] = quantity_lots

    def outside(self, base_ticks: int) -> int:
        """Levels outside the window that starts at `base_ticks`."""
        low = bisect_left(self.prices, base_ticks)
        high = bisect_left(self.prices, base_ticks + WINDOW)
        return len(self.prices) - (high - low)

    def best(self) -> int | None:
        """Best price, None for an empty side."""
        if not self.prices:
            return None
        return self.prices[0] if self.side else self.prices[-1]

    def levels(self, count: int) -> list[Level]:
        """Up to `count` levels, best first."""
        count = max(0, count)
        prices = self.prices[:count] if self.side else self.prices[: -count - 1 : -1]
        quantities = self.quantities
        return [Level(price, quantities[price]) for price in prices]


def mid_of(bid: int | None, ask: int | None) -> int | None:
    """Half of bid + ask rounded down, or the one side's best; None for an empty book."""
    if bid is None or ask is None:
        return ask if bid is None else bid
    return (bid + ask) // 2


def window_base(mid: int | None) -> int:
    """Lowest price of a window centred on mid, a multiple of 64."""
    return 0 if mid is None else (mid - WINDOW // 2) // 64 * 64


class Book:
    """The levels of one instrument."""

    def __init__(self, config: Config, instrument: int) -> None:
        if not 0 <= instrument < len(config.instruments):
            raise ConfigError(
                f"book: instrument {instrument} is not one of the "
                f"{len(config.instruments)} configured"
            )
        self.instrument = instrument
        self.crossed_count = 0
        self.recentre_count = 0
        self.checksum_ok = 0
        self.checksum_bad = 0
        self._text_units = text_units(config.instruments[instrument])
        self.clear(BookStatus.EMPTY)

    def clear(self, status: int) -> None:
        """Forget all levels and ids; the status says why. Lifetime counters stay."""
        self.sides = (BookSide(0), BookSide(1))
        self.status = status
        self.last_id = 0
        self.t_recv_ns = 0
        self.base_ticks = 0
        self.crossed_since_ns = 0
        self.crossed_messages = 0

    def snapshot(self, event: MarketEvent) -> int:
        """Replace everything by a snapshot, window centred on its mid. Returns a code."""
        self.clear(BookStatus.STALE)
        bid = max((p for p, q in event.bids if q > 0), default=None)
        ask = min((p for p, q in event.asks if q > 0), default=None)
        self.base_ticks = window_base(mid_of(bid, ask))
        return self._message(event)

    def apply(self, event: MarketEvent) -> int:
        """Apply one complete depth message. FEED_GAP and no change when there is no snapshot."""
        if self.status not in (BookStatus.OK, BookStatus.CROSSED):
            return Code.FEED_GAP
        return self._message(event)

    def _message(self, event: MarketEvent) -> int:
        code = self._change(0, event.bids) or self._change(1, event.asks)
        if code == Code.OK and event.depth:
            self._truncate(event.depth)
        code = code or self._settle(event)
        if code == Code.OK and event.depth and event.checksum_kind == Checksum.CRC32_TEN:
            code = self._check(event.checksum)
        if code != Code.OK:
            self.clear(BookStatus.STALE)
        return code

    def _change(self, side: int, levels: list[Level]) -> int:
        """Absolute quantities in order; a level too many outside the window is an error."""
        for price, quantity in levels:
            if not 0 < price <= PRICE_TICKS_MAX or quantity < 0:
                return Code.BOOK_PRICE
            self.sides[side].change(price, quantity)
            if self._too_far(side):
                return Code.BOOK_FAR_FULL
        return Code.OK

    def _truncate(self, depth: int) -> None:
        """Drop the worst levels of a side beyond `depth`: the venue keeps no more."""
        for side in self.sides:
            for level in side.levels(len(side.prices))[depth:]:
                side.change(level.price_ticks, 0)

    def _check(self, checksum: int) -> int:
        """The venue's checksum of the best levels against this book's."""
        if checksum == self.checksum():
            self.checksum_ok += 1
            return Code.OK
        self.checksum_bad += 1
        return Code.BOOK_CHECKSUM

    def checksum(self) -> int:
        """CRC32 of the digits of price and quantity of the ten best asks, then of the ten best
        bids: the venue's text without points and leading zeros. What passes 64 bits wraps."""
        price, quantity = self._text_units
        text = "".join(
            f"{level.price_ticks * price & MASK}{level.quantity_lots * quantity & MASK}"
            for side in reversed(self.sides)
            for level in side.levels(CHECKSUM_LEVELS)
        )
        return zlib.crc32(text.encode())

    def _too_far(self, side: int) -> bool:
        return self.sides[side].outside(self.base_ticks) > LIMITS["far_levels_max"]

    def _settle(self, event: MarketEvent) -> int:
        """What a complete message leaves: ids, window, status by the crossed policy."""
        self.last_id, self.t_recv_ns = event.last_id, event.t_recv_ns
        bid, ask = self.sides[0].best(), self.sides[1].best()
        mid = mid_of(bid, ask)
        middle = range(self.base_ticks + WINDOW // 4, self.base_ticks + WINDOW // 4 * 3)
        if mid is not None and mid not in middle:
            self.base_ticks = window_base(mid)
            if self._too_far(0) or self._too_far(1):
                return Code.BOOK_FAR_FULL
            self.recentre_count += 1
        if bid is None or ask is None or bid < ask:
            self.status = BookStatus.OK
            self.crossed_messages = self.crossed_since_ns = 0
            return Code.OK
        return self._crossed(event.t_recv_ns)

    def _crossed(self, now_ns: int) -> int:
        """Bid at or above ask: tolerated for a while, then the book must be loaded again."""
        if self.status != BookStatus.CROSSED:
            self.crossed_since_ns = now_ns
        self.status = BookStatus.CROSSED
        self.crossed_messages += 1
        self.crossed_count += 1
        if self.crossed_messages > LIMITS["crossed_messages_max"]:
            return Code.BOOK_CROSSED
        if now_ns - self.crossed_since_ns > LIMITS["crossed_ns_max"]:
            return Code.BOOK_CROSSED
        return Code.OK

    def top(self, levels: int) -> BookTop:
        """Best bid and ask and up to `levels` (at most VIEW_LEVELS) levels a side."""
        count = min(levels, LIMITS["view_levels"])
        bid, ask = ((*side.levels(1), Level(0, 0))[0] for side in self.sides)
        return BookTop(
            bid_ticks=bid.price_ticks,
            bid_lots=bid.quantity_lots,
            ask_ticks=ask.price_ticks,
            ask_lots=ask.quantity_lots,
            last_id=self.last_id,
            t_recv_ns=self.t_recv_ns,
            status=self.status,
            bids=self.sides[0].levels(count),
            asks=self.sides[1].levels(count),
        )

    def depth(self, side: int, count: int) -> list[Level]:
        """Up to `count` levels of a side (0 bid, 1 ask), best first."""
        return self.sides[side].levels(count)

    def level_count(self, side: int) -> int:
        """Levels of a side."""
        return len(self.sides[side].prices)

    @property
    def hash(self) -> int:
        """Order-independent hash of all levels, 0 when empty."""
        return (
            sum(level_hash(s.side, p, q) for s in self.sides for p, q in s.quantities.items())
            & MASK
        )

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""
        return pack(
            BookRecord(
                status=self.status,
                last_id=self.last_id,
                t_recv_ns=self.t_recv_ns,
                base_ticks=self.base_ticks,
                crossed_since_ns=self.crossed_since_ns,
                crossed_messages=self.crossed_messages,
                crossed_count=self.crossed_count,
                recentre_count=self.recentre_count,
                checksum_ok=self.checksum_ok,
                checksum_bad=self.checksum_bad,
                bids=self.depth(0, self.level_count(0)),
                asks=self.depth(1, self.level_count(1)),
            )
        )

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported."""
        record = unpack(data)
        self.clear(record.status)
        self.base_ticks = record.base_ticks
        code = self._change(0, record.bids) or self._change(1, record.asks)
        if code != Code.OK:
            self.clear(BookStatus.EMPTY)
            raise DataError(f"book state: levels refused with code {code}; export it again")
        self.last_id, self.t_recv_ns = record.last_id, record.t_recv_ns
        self.crossed_since_ns = record.crossed_since_ns
        self.crossed_messages = record.crossed_messages
        self.crossed_count, self.recentre_count = record.crossed_count, record.recentre_count
        self.checksum_ok, self.checksum_bad = record.checksum_ok, record.checksum_bad
