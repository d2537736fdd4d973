"""Stage 2, book: price levels of one instrument, best bid and ask after every complete message.

In    snapshots and depth messages that the feed let pass, in order (`MarketEvent`).
Out   `BookTop`; ordered levels to any depth; a hash that does not depend on the order of changes.
State one `BookState` an instrument, written by the walk alone; canonical layout in state.py.
Cost  aim 20 ns a level change with hash and best kept, the same at 100 and at 10 000 levels.

A book is EMPTY before its first snapshot, OK, CROSSED (bid at or above ask after a complete
message: no quoting) or STALE. BOOK_PRICE, BOOK_FAR_FULL and BOOK_CROSSED (crossed for longer than
limits.toml allows) empty the book and leave it STALE: the caller invalidates the feed.

Venues that keep a bounded book name its `depth`: after each message the worst levels beyond it are
dropped, since none is deleted by the venue, and then the venue's checksum of the ten best levels of
both sides is compared, where the event has one. Another checksum is BOOK_CHECKSUM: nothing of the
book is kept, nobody sees it, the feed waits for a snapshot.
Files: ladder.pxd the tick window near the market, far.pxd the levels outside, native.pxd the verbs,
checksum.h, crc32.h and crc32_clmul.h the checksum.
"""

from typing import Protocol

from tickpath.core.records import BookTop, Level, MarketEvent


class BookProtocol(Protocol):
    """What every backend of the stage offers, one object an instrument."""

    def snapshot(self, event: MarketEvent) -> int:
        """Replace everything. Returns a code."""

    def apply(self, event: MarketEvent) -> int:
        """Apply one complete depth message. Returns a code; FEED_GAP before a snapshot."""

    def clear(self, status: int) -> None:
        """Forget all levels and ids; the status says why."""

    def top(self, levels: int) -> BookTop:
        """Best bid and ask and up to `levels` levels a side."""

    def depth(self, side: int, count: int) -> list[Level]:
        """Up to `count` levels of a side (0 bid, 1 ask), best first."""

    def level_count(self, side: int) -> int:
        """Levels of a side."""

    @property
    def hash(self) -> int:
        """Order-independent hash of all levels, 0 when empty."""

    @property
    def recentre_count(self) -> int:
        """How often the window moved, snapshots not counted."""

    @property
    def crossed_count(self) -> int:
        """Messages that left the book locked or crossed."""

    @property
    def checksum_ok(self) -> int:
        """Messages whose checksum was that of the book."""

    @property
    def checksum_bad(self) -> int:
        """Messages whose checksum was another."""

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported."""
