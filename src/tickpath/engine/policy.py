"""What happens to open orders when a book can no longer be trusted, or the engine is killed.

`keep` leaves them, `cancel` cancels all, `reduce` keeps only those that reduce the position, `kill`
cancels all, also those whose state nobody knows and those that wait in the engine.
"""

from collections.abc import Sequence, Set

from tickpath.core.records import Intent, IntentKind, OpenOrder, OrderState, Side

CANCELLABLE = (OrderState.PENDING_NEW, OrderState.LIVE)


def stale_intents(
    policy: str,
    strategy: int,
    instrument: int,
    position_lots: int,
    own: Sequence[OpenOrder],
    closing: Set[int] | None = None,
) -> list[Intent]:
    """Cancels for the open orders of one strategy on one instrument, oldest first. `closing` has
    the orders that close a leg of a hedging account, None where there are no legs."""
    if policy == "keep":
        return []
    intents = []
    for order in own:
        reduces = position_lots * (1 if order.side == Side.SELL else -1) > 0
        if closing is not None:
            reduces = order.client_order_id in closing
        killed = policy == "kill" and order.state in (OrderState.UNKNOWN, OrderState.PARKED)
        if order.state not in CANCELLABLE and not killed:
            continue
        if policy == "reduce" and reduces:
            continue
        intents.append(
            Intent(
                kind=IntentKind.CANCEL,
                strategy=strategy,
                instrument=instrument,
                client_order_id=order.client_order_id,
            )
        )
    return intents
