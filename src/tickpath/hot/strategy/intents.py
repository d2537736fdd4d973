"""Writing intents from a plain Python strategy: the same verbs as intents.pxd."""

from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    REDUCE_ONLY,
    Intent,
    IntentKind,
    LinkRole,
    OrderType,
    Side,
    TimeInForce,
    View,
    algorithm_flags,
)

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
        trigger_ticks: int = 0,
        expire_ns: int = 0,
        display_lots: int = 0,
        link: int = 0,
        role: int = LinkRole.OCO,
    ) -> None:
        """A new order on the instrument of the view; docs/reference/order-types.md has them all."""
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
                trigger_ticks=trigger_ticks,
                expire_ns=expire_ns,
                display_lots=display_lots,
                link=link,
                role=int(role),
            )
        )

    def bracket(
        self,
        side: int,
        price_ticks: int,
        quantity_lots: int,
        *,
        take_ticks: int,
        stop_ticks: int,
        link: int,
        tag: int = 0,
        expire_ns: int = 0,
    ) -> None:
        """An entry at a limit, and for what of it fills a limit order that takes the profit and a
        stop: one of the two cancels the other. `link` is unused on the instrument until then."""
        away = Side.SELL if side == Side.BUY else Side.BUY
        child = {"flags": REDUCE_ONLY, "tag": tag, "link": link, "role": LinkRole.CHILD}
        self.submit(
            side, price_ticks, quantity_lots, tag=tag, link=link, role=LinkRole.ENTRY,
            expire_ns=expire_ns,
        )  # fmt: skip
        self.submit(away, 0, quantity_lots, type=OrderType.STOP, trigger_ticks=stop_ticks, **child)
        self.submit(away, take_ticks, quantity_lots, **child)

    def algorithm(
        self,
        side: int,
        quantity_lots: int,
        *,
        algorithm: int,
        limit_ticks: int = 0,
        start_ns: int = 0,
        end_ns: int = 0,
        flags: int = 0,
        tag: int = 0,
        link: int = 0,
        role: int = LinkRole.OCO,
        client_order_id: int = 0,
    ) -> None:
        """An order that an algorithm of the configuration works, named by its place there; a
        `client_order_id` changes such an order where it stands. No limit, start or end: 0."""
        self.add(
            Intent(
                kind=IntentKind.REPLACE if client_order_id else IntentKind.SUBMIT,
                strategy=self.view.strategy,
                instrument=self.view.instrument,
                side=int(side),
                type=OrderType.LIMIT if limit_ticks else OrderType.MARKET,
                flags=flags | algorithm_flags(algorithm),
                tag=tag,
                price_ticks=limit_ticks,
                quantity_lots=quantity_lots,
                client_order_id=client_order_id,
                at_ns=start_ns,
                expire_ns=end_ns,
                link=link,
                role=int(role),
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
        flags: int = 0,
        tag: int = 0,
        trigger_ticks: int = 0,
        expire_ns: int = 0,
        display_lots: int = 0,
    ) -> None:
        """Cancel an own order and send a new one in its place; a parked order is changed where it
        waits and keeps its id. The link stays the old order's."""
        self.add(
            Intent(
                kind=IntentKind.REPLACE,
                strategy=self.view.strategy,
                instrument=self.view.instrument,
                side=int(side),
                type=int(type),
                time_in_force=int(time_in_force),
                flags=flags,
                tag=tag,
                price_ticks=price_ticks,
                quantity_lots=quantity_lots,
                client_order_id=client_order_id,
                trigger_ticks=trigger_ticks,
                expire_ns=expire_ns,
                display_lots=display_lots,
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
