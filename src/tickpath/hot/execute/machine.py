"""The order state machine as a table: state x report -> next state and what to do.

`machine.pxd` holds the same table for the native code; a test compares them. Ended orders are no
row of the table: they only take late fills and busts, every other report for them is a duplicate.
Parked orders are no row either: no venue knows them, a report for one makes no sense.
"""

from enum import IntEnum
from typing import NamedTuple

from tickpath.core.records import OrderState, ReportKind


class Do(IntEnum):
    """What a report does to its order."""

    DUPLICATE = 0
    """Nothing: the report was known."""
    STATE = 1
    """Nothing: the report makes no sense in this state."""
    ACK = 2
    """The venue has the order."""
    FILL = 3
    """Count the fill, then `next`, or filled when complete."""
    END = 4
    """The order ends as `next`."""
    REFUSE = 5
    """Ends as `next`, unless the venue had acknowledged it."""
    RESUME = 6
    """The cancel failed: live again, or pending new when it was not acknowledged."""
    DOUBT = 7
    """Outcome unknown: stays reserved until a report says more."""
    BUST = 8
    """Take a counted fill back."""


class Cell(NamedTuple):
    next: OrderState
    do: Do


def _row(state: OrderState, **changes: tuple[OrderState, Do]) -> dict[ReportKind, Cell]:
    """A state's row: what is not named makes no sense there; the ends are the same everywhere."""
    row = {kind: Cell(state, Do.STATE) for kind in ReportKind}
    row[ReportKind.CANCEL_ACK] = Cell(OrderState.CANCELLED, Do.END)
    row[ReportKind.EXPIRE] = Cell(OrderState.EXPIRED, Do.END)
    row[ReportKind.REJECT] = Cell(OrderState.REJECTED, Do.REFUSE)
    row[ReportKind.BUST] = Cell(state, Do.BUST)
    for name, (following, action) in changes.items():
        row[ReportKind[name]] = Cell(following, action)
    row[ReportKind.REPLACE_ACK] = row[ReportKind.ACK]
    return row


_LIVE, _UNKNOWN = OrderState.LIVE, OrderState.UNKNOWN
_CANCEL, _REPLACE = OrderState.PENDING_CANCEL, OrderState.PENDING_REPLACE

TABLE: dict[OrderState, dict[ReportKind, Cell]] = {
    OrderState.PENDING_NEW: _row(
        OrderState.PENDING_NEW,
        ACK=(_LIVE, Do.ACK),
        FILL=(_LIVE, Do.FILL),
        UNKNOWN=(_UNKNOWN, Do.DOUBT),
    ),
    OrderState.LIVE: _row(_LIVE, ACK=(_LIVE, Do.ACK), FILL=(_LIVE, Do.FILL)),
    OrderState.PENDING_CANCEL: _row(
        _CANCEL,
        ACK=(_CANCEL, Do.ACK),
        FILL=(_CANCEL, Do.FILL),
        CANCEL_REJECT=(_LIVE, Do.RESUME),
        UNKNOWN=(_UNKNOWN, Do.DOUBT),
    ),
    OrderState.PENDING_REPLACE: _row(
        _REPLACE,
        ACK=(_REPLACE, Do.ACK),
        FILL=(_REPLACE, Do.FILL),
        CANCEL_REJECT=(_LIVE, Do.RESUME),
        UNKNOWN=(_UNKNOWN, Do.DOUBT),
    ),
    OrderState.UNKNOWN: _row(
        _UNKNOWN,
        ACK=(_LIVE, Do.ACK),
        FILL=(_LIVE, Do.FILL),
        UNKNOWN=(_UNKNOWN, Do.DUPLICATE),
    ),
}
