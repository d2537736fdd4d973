"""Stage route: an allowed intent -> a request for one venue, or children for several.

In: the intent, the books of all instruments. Out: requests with venue, instrument, price and
quantity in each venue's own ticks and lots. Owns the venues' health and order tokens, the recently
traded quantity, and where every child of a split order stands. Budget: 20 ns a candidate for one
venue, 2 us for children over three venues of ten levels.

`route`: a new order goes where touch price, fee (maker for post-only) and latency cost the least,
computed exactly, ties to the lower venue. Skipped: venues that are not healthy, books that are not
OK, grids that cannot express price and quantity exactly, quantities outside the venue's bounds. A
one-sided book is taken only when no other has a touch. A cancel or replace stays where its order
is. When the choice is another instrument than the one asked for, the engine asks risk again before
anything leaves. Candidates and costs are found at start: table.py.

`plan` ([route] split = true): the same order as children that sum exactly to it, at the least cost:
legs.py says what a venue offers, search.py finds the best split, parents.py follows the children.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tickpath.core.records import BookTop, Intent, OrderUpdate, Request


@dataclass(slots=True)
class Plan:
    """Children of one intent; `units` is each one's quantity in the units of the group. `cost` is
    what the search made least, in rates times units (see legs.py); expected cost * 10^6 for an
    order that rests."""

    total_units: int
    cost: int
    exact: bool
    children: list[Request]
    units: list[int]


class RouteStage(Protocol):
    """What every backend offers."""

    def route(self, intent: Intent, tops: Sequence[BookTop]) -> tuple[int, Request | None]:
        """(code, request); no request unless the code is OK."""

    def usable(self, instrument: int, tops: Sequence[BookTop]) -> bool:
        """Whether new orders may go to an instrument: its venue is healthy and its book good."""

    def splits(self, intent: Intent) -> bool:
        """Whether `plan` routes this intent, not `route`."""

    def plan(
        self,
        intent: Intent,
        tops: Sequence[BookTop],
        now_ns: int,
        excluded: int = 0,
        units: int = 0,
    ) -> tuple[int, Plan | None]:
        """(code, children). `excluded` is a bit for each venue that may not take part; `units`
        above 0 asks for one child of that quantity instead of the whole order."""

    def open_parent(self, intent: Intent, plan: Plan, verdicts: Sequence[int]) -> int:
        """The row that follows these children, those with a verdict dropped; -1: table full."""

    def sent(self, row: int, k: int, client_order_id: int) -> None:
        """Child k left under this id; 0: it did not leave."""

    def on_update(self, update: OrderUpdate) -> tuple[int, int] | None:
        """Follow an order report. (row, child) of a child that was certainly refused and may move:
        call `move_intent`, then `moved` or `drop`."""

    def move_intent(self, row: int, k: int) -> tuple[Intent, int, int]:
        """(the parent as an intent, units to move, venues that refused) of a refused child."""

    def moved(self, row: int, k: int, plan: Plan, client_order_id: int) -> None:
        """Child k is now the only child of `plan`, under this id."""

    def drop(self, row: int, k: int) -> None:
        """Nobody works on what is open of child k any more."""

    def end(self, client_order_id: int) -> None:
        """A child was replaced: its order is gone, the new one is no child."""

    def on_trade(self, instrument: int, aggressor: int, lots: int, now_ns: int) -> None:
        """Count a trade of an instrument."""

    def set_health(self, venue: int, ok: bool) -> None:
        """A venue that is not healthy gets no new orders; cancels still go there."""

    def set_tokens(self, venue: int, tokens: int) -> None:
        """Orders that the venue still takes; below 0: no limit known."""

    def parents(self) -> list[tuple[int, int, int, int, int]]:
        """(number, total, filled, open, dropped) of every parent in the table."""

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported."""
