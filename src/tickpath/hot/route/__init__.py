"""Stage route: an allowed intent -> a request for one venue.

In: the intent, the books of all instruments. Out: a request with venue, instrument, price and
quantity in that venue's own ticks and lots. Owns the venues' health. A cancel or replace stays
where its order is. When the choice is another instrument than the one asked for, the engine asks
risk again before anything leaves. Budget: 20 ns a candidate.
"""

from collections.abc import Sequence
from typing import Protocol

from tickpath.core.records import BookTop, Intent, Request


class RouteStage(Protocol):
    """What every backend offers."""

    def route(self, intent: Intent, tops: Sequence[BookTop]) -> tuple[int, Request | None]: ...

    def set_health(self, venue: int, ok: bool) -> None: ...

    def export_state(self) -> bytes: ...

    def import_state(self, data: bytes) -> None: ...
