"""Stage 1, feed: venue bytes to events that may be applied now, in order, or to a code.

In    (source, frame, stamp); one decoder of the venue a source.
Out   OK and a depth, snapshot, BBO or trade event; after a snapshot also the buffered depth events
      that it does not contain yet. Any other code: nothing to apply.
State one `FeedState` an engine, written by the walk alone; canonical layout in state.py.
Cost  a few comparisons a frame beside the decoder's own.

An instrument is WAITING for a snapshot or SYNCED. Ids are the venue's (Binance: web-socket-streams
"How to manage a local order book correctly", and the same page of the futures documents):

  WAITING  a depth event is buffered (BUFFERED). One that does not follow the buffered ones starts
           the buffer anew (GAP), as does a full buffer (BUFFER_FULL).
  snapshot with last id L: buffered events that end before it are dropped (spot u <= L, chained
           u < L). The first one left must reach back to it (spot U <= L + 1, chained pu <= L),
           else SNAPSHOT_OLD: keep buffering, ask for a newer one. While SYNCED a snapshot newer
           than the book replaces it, any other is SNAPSHOT_OLD and changes nothing.
  SYNCED   spot: u <= last id is STALE_ID, U > last id + 1 a GAP. Chained (futures): pu must be the
           last id; the first event after a snapshot may straddle it (pu <= L <= u).
  GAP      back to WAITING; the event itself is the first one buffered.
  ids      of some venues are none (`chained` is TP_CHAIN_NONE): their order is that of the connec-
           tion. SYNCED, every depth event of the snapshot's source passes; WAITING, or of another
           source, it is dropped (UNSYNCED). A snapshot always passes. What is missing shows in the
           book's checksum, see hot/book, or in the numbers of the connection. Only such events
           carry a depth and a checksum; what is buffered keeps neither.
  BBO      passes unless its id is lower than the last one's (STALE_ID). Trades always pass. Of such
           venues a BBO always passes, a trade unless its id is not above the last one's
           (STALE_ID): they repeat the last trade to a new subscriber.

Where the venue counts the frames of a connection (`Decoder.sequence`), a number not above the last
drops the frame (STALE_ID); one that skips some drops the frame and loses every book that the source
feeds (GAP). A refused event marked `lost` loses the book of its instrument, without one all of the
source: nothing later would show what is missing. `FeedProtocol.lost` names them, `restart` begins a
connection anew.

The futures documents ask U <= L <= u of the first event. Chained events leave holes between u and
the next U, and a snapshot may fall into one; pu <= L <= u says the same without refusing those.
"""

from typing import Protocol

from tickpath.core.records import MarketEvent


class FeedProtocol(Protocol):
    """What every backend of the stage offers, one object an engine."""

    @property
    def last_instrument(self) -> int:
        """Whose the last frame was, -1 when that could not be told."""

    def on_frame(self, source: int, data: bytes, t_recv_ns: int) -> tuple[int, list[MarketEvent]]:
        """One frame of a source: OK and the events to apply now, or a code and none."""

    @property
    def lost(self) -> list[int]:
        """Instruments whose book the last event or restart made wait for a snapshot."""

    def on_next(self) -> tuple[int, list[MarketEvent]] | None:
        """The next event of the frame in hand, as `on_frame` gave the first; None: no more."""

    def restart(self, source: int) -> int:
        """The connection of a source begins anew: its numbers, and its books wait (`lost`)."""

    def invalidate(self, instrument: int) -> None:
        """The book was thrown away: wait for a snapshot."""

    def waiting(self, instrument: int) -> bool:
        """Whether the instrument needs a snapshot."""

    def counters(self, instrument: int) -> dict[int, int]:
        """Frames by code, -1 for those whose instrument could not be told."""

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported under the same configuration."""
