"""Writing intents from a plain Python strategy: the same verbs as intents.pxd."""

from tickpath.core.limits import LIMITS
from tickpath.core.records import Intent, IntentKind, OrderType, TimeInForce, View

INTENTS_MAX = LIMITS["intents_max"]


class Intents:
    """The buffer of one input. A further intent than fits sets `overflow` and is not kept.

    `dropped` is the stage's: the input has lost its intents.
    """

    __slots__ = ("dropped", "items", "overflow", "view")

    def __init__(self, view: View, items: list[Intent] | None = None) -> None:
        self.view = view
        self.items: list[Intent] = [] if items is None else items
        self.overflow = False
        self.dropped = False

    def add(self, intent: Intent) -> None:
        """Append any intent; the verbs below are easier."""
        if len(self.items) >= INTENTS_MAX:
            self.overflow = True
        else:
            self.items.append(intent)

    def submit(
        self,
        side: int,
        price_ticks: int,
        quantity_lots: int,
        *,
        type: int = OrderType.LIMIT,
        time_in_force: int = TimeInForce.GTC,
        flags: int = 0,
        tag: int = 0,
    ) -> None:
        """A new order on the instrument of the view."""
        self.add(
            Intent(
                kind=IntentKind.SUBMIT,
                strategy=self.view.strategy,
                instrument=self.view.instrument,
                side=int(side),
                type=int(type),
                time_in_force=int(time_in_force),
                flags=flags,
                tag=tag,
                price_ticks=price_ticks,
                quantity_lots=quantity_lots,
            )
        )

    def cancel(self, client_order_id: int) -> None:
        """Cancel one own order."""
        self.add(
            Intent(
                kind=IntentKind.CANCEL,
                strategy=self.view.strategy,
                instrument=self.view.instrument,
                client_order_id=client_order_id,
            )
        )

    def replace(
        self,
        client_order_id: int,
        side: int,
        price_ticks: int,
        quantity_lots: int,
        *,
        type: int = OrderType.LIMIT,
        time_in_force: int = TimeInForce.GTC,
        tag: int = 0,
    ) -> None:
        """Cancel an own order and send a new one in its place."""
        self.add(
            Intent(
                kind=IntentKind.REPLACE,
                strategy=self.view.strategy,
                instrument=self.view.instrument,
                side=int(side),
                type=int(type),
                time_in_force=int(time_in_force),
                tag=tag,
                price_ticks=price_ticks,
                quantity_lots=quantity_lots,
                client_order_id=client_order_id,
            )
        )

    def set_timer(self, at_ns: int, tag: int = 0) -> None:
        """Call on_timer at `at_ns`; the timer of the same tag moves, at 2**63 - 1 it is removed."""
        self.add(
            Intent(
                kind=IntentKind.SET_TIMER,
                strategy=self.view.strategy,
                instrument=self.view.instrument,
                tag=tag,
                at_ns=at_ns,
            )
        )
