"""Stage route: an allowed intent -> a request for one venue.

In: the intent, the books of all instruments. Out: a request with venue, instrument, price and
quantity in that venue's own ticks and lots. Owns the venues' health. Budget: 20 ns a candidate.

A new order goes where touch price, fee (maker for post-only) and latency cost the least, computed
exactly, ties to the lower venue. Skipped: venues that are not healthy, books that are not OK, grids
that cannot express price and quantity exactly, quantities outside the venue's bounds. A one-sided
book is taken only when no other has a touch. A cancel or replace stays where its order is. When the
choice is another instrument than the one asked for, the engine asks risk again before anything
leaves. Candidates and costs are found at start: table.py.
"""

from collections.abc import Sequence
from typing import Protocol

from tickpath.core.records import BookTop, Intent, Request


class RouteStage(Protocol):
    """What every backend offers."""

    def route(self, intent: Intent, tops: Sequence[BookTop]) -> tuple[int, Request | None]:
        """(code, request); no request unless the code is OK."""

    def set_health(self, venue: int, ok: bool) -> None:
        """A venue that is not healthy gets no new orders; cancels still go there."""

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported."""
