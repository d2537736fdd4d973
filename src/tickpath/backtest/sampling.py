"""What a run keeps for its report: every order that was sent, in bounded memory.

Decision records and the times at which the requests left arrive in the same order and are joined
here. Beyond ORDERS_MAX orders only every 2nd, 4th, 8th ... client order id is kept, with what ended
it, so that shares and averages stay those of the whole run (`stride` says which).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.records import DECISION_DTYPE, IntentKind, OrderType, TimeInForce
from tickpath.venues.sim.tape import SENT_DTYPE, Tape, joined

ORDERS_MAX = 2**17
PENDING_MAX = 2**15
END_NONE, END_CANCEL, END_REPLACE, END_AT_ONCE = 0, 1, 2, 3
ENDS = ("filled or open at the end", "cancelled", "replaced", "not to rest")

ORDER_DTYPE = np.dtype(
    [
        ("t_ns", "<i8"),
        ("end_ns", "<i8"),
        ("client_order_id", "<u8"),
        ("price_ticks", "<i8"),
        ("quantity_lots", "<i8"),
        ("instrument", "<i4"),
        ("strategy", "<i4"),
        ("kind", "<i2"),
        ("side", "<i2"),
        ("type", "<i2"),
        ("time_in_force", "<i2"),
        ("end", "<i4"),
        ("reserved", "<i4"),
    ]
)
"""An order as it was decided. `kind` is `IntentKind` SUBMIT or REPLACE; `end_ns` is when we asked
to cancel or replace it, 0: never; `end` is an index of ENDS."""

END_DTYPE = np.dtype(
    [("t_ns", "<i8"), ("client_order_id", "<u8"), ("end", "<i4"), ("reserved", "<i4")]
)
COPIED = ("client_order_id", "price_ticks", "quantity_lots", "instrument", "strategy", "kind",
          "side", "type", "time_in_force")  # fmt: skip

Rows = npt.NDArray[Any]


def order_rows(decisions: Rows, t_ns: npt.NDArray[np.int64]) -> Rows:
    """Orders among decisions (DECISION_DTYPE) that left at `t_ns`."""
    new = decisions["kind"] != IntentKind.CANCEL
    picked = decisions[new]
    rows = np.zeros(len(picked), dtype=ORDER_DTYPE)
    for name in COPIED:
        rows[name] = picked[name]
    rows["t_ns"] = t_ns[new]
    passing = (rows["type"] == OrderType.MARKET) | (rows["time_in_force"] != TimeInForce.GTC)
    rows["end"] = np.where(passing, END_AT_ONCE, END_NONE)
    return rows


def end_rows(decisions: Rows, t_ns: npt.NDArray[np.int64]) -> Rows:
    """What cancels and replaces among decisions ended. A cancel names its order in
    `orig_client_order_id`, where it has an id of its own, else in `client_order_id`."""
    ending = np.isin(decisions["kind"], (IntentKind.CANCEL, IntentKind.REPLACE))
    picked = decisions[ending]
    rows = np.zeros(len(picked), dtype=END_DTYPE)
    original = picked["orig_client_order_id"]
    rows["client_order_id"] = np.where(original != 0, original, picked["client_order_id"])
    rows["t_ns"] = t_ns[ending]
    cancels = picked["kind"] == IntentKind.CANCEL
    rows["end"] = np.where(cancels, END_CANCEL, END_REPLACE)
    return rows


def with_ends(orders: Rows, ends: Rows) -> Rows:
    """Orders with the first request that ended each."""
    ids, first = np.unique(ends["client_order_id"], return_index=True)
    if not len(ids) or not len(orders):
        return orders
    at = np.minimum(np.searchsorted(ids, orders["client_order_id"]), len(ids) - 1)
    hit = ids[at] == orders["client_order_id"]
    found = ends[first[at]]
    orders = orders.copy()
    orders["end_ns"] = np.where(hit, found["t_ns"], orders["end_ns"])
    orders["end"] = np.where(hit, found["end"], orders["end"])
    return orders


class OrderLog:
    """Collects decisions; `finish` gives the orders. `stride` is 1 while all are kept."""

    def __init__(self, orders_max: int = ORDERS_MAX) -> None:
        self.orders_max = orders_max
        self.stride = 1
        self._decisions: list[Rows] = []
        self._pending = 0
        self._sent: Rows = np.zeros(0, dtype=SENT_DTYPE)
        self._orders: list[Rows] = []
        self._ends: list[Rows] = []

    def add(self, decisions: Rows, tape: Tape) -> None:
        """Decision records (DECISION_DTYPE) in the order in which they were taken."""
        self._decisions.append(decisions)
        self._pending += len(decisions)
        if self._pending > PENDING_MAX:
            self._join(tape)

    def finish(self, tape: Tape) -> Rows:
        """All kept orders (ORDER_DTYPE) in order; the tape must be complete."""
        self._join(tape)
        orders = self._orders[0] if self._orders else np.zeros(0, dtype=ORDER_DTYPE)
        return with_ends(orders, self._ends[0]) if self._ends else orders

    def _join(self, tape: Tape) -> None:
        """Decisions whose times the tape has become orders and ends."""
        decisions = joined(self._decisions, DECISION_DTYPE)
        sent = joined((self._sent, tape.take_sent()), SENT_DTYPE)
        n = min(len(decisions), len(sent))
        self._decisions, self._sent = [decisions[n:]], sent[n:]
        self._pending = len(decisions) - n
        self._keep(order_rows(decisions[:n], sent["t_ns"][:n]),
                   end_rows(decisions[:n], sent["t_ns"][:n]))  # fmt: skip

    def _keep(self, orders: Rows, ends: Rows) -> None:
        self._orders = [joined([*self._orders, self._thin(orders)], ORDER_DTYPE)]
        self._ends = [joined([*self._ends, self._thin(ends)], END_DTYPE)]
        while len(self._orders[0]) > self.orders_max:
            self.stride *= 2
            self._orders = [self._thin(self._orders[0])]
            self._ends = [self._thin(self._ends[0])]

    def _thin(self, rows: Rows) -> Rows:
        kept: Rows = rows[rows["client_order_id"] % np.uint64(self.stride) == 0]
        return kept
