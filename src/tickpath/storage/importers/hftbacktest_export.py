"""`Ticks` to hftbacktest's event array, so that its engine can read what ours does.

Every row becomes an exchange event at the venue's time and a local event at the receive time, one
row where both orders agree, two where they do not, as its `correct_event_order` does; both orders
rise. A row without a venue time takes the receive time. Prices are float64 of ticks x tick size,
correctly rounded. A SNAPSHOT is a clear of both sides and snapshot rows; L3 EXECUTE is TRADE, FILL
and the CANCEL or MODIFY behind it, as its Databento converter writes them.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError
from tickpath.core.records import EventKind
from tickpath.core.ticks import LAST, NO_SIDE, OrderRow, Ticks
from tickpath.storage.importers.exact import Longs
from tickpath.storage.importers.hftbacktest import (
    ADD,
    BBO,
    BUY,
    CANCEL,
    CLEAR,
    DEPTH,
    EVENT,
    EXCH,
    FILL,
    LOCAL,
    MODIFY,
    SELL,
    SNAPSHOT,
    TRADE,
)

Events = npt.NDArray[Any]
KINDS: Final = {
    int(EventKind.DEPTH): DEPTH,
    int(EventKind.SNAPSHOT): SNAPSHOT,
    int(EventKind.BBO): BBO,
    int(EventKind.TRADE): TRADE,
}
FLOAT_INTEGER_MAX: Final = 2**53


def to_hftbacktest(chunks: Iterable[Ticks], tick_size: Decimal, lot_size: Decimal) -> Events:
    """All rows as one structured array (`ev`, `exch_ts`, `local_ts`, `px`, `qty`, `order_id`,
    `ival`, `fval`), 64 bytes a row and up to two rows a row of ours. Times in ns. Raises DataError
    for a count beyond 2**53, which float64 cannot hold."""
    resting: dict[int, tuple[int, int, int]] = {}
    parts = [one_sided(chunk, resting, tick_size, lot_size) for chunk in chunks if len(chunk)]
    if not parts:
        return np.zeros(0, EVENT)
    return both_orders(np.concatenate(parts))


def export_hftbacktest(
    ticks: Ticks | Iterable[Ticks], path: Path, tick_size: Decimal, lot_size: Decimal
) -> int:
    """The array as `data` of a compressed npz; returns its rows. Raises DataError when the file
    cannot be written."""
    chunks = [ticks] if isinstance(ticks, Ticks) else ticks
    events = to_hftbacktest(chunks, tick_size, lot_size)
    try:
        with path.open("wb") as file:
            np.savez_compressed(file, data=events)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise DataError(f"{path}: {error.strerror or error}: nothing was written") from error
    return len(events)


def floats_of(counts: Longs, step: Decimal) -> npt.NDArray[np.float64]:
    """counts x step, correctly rounded while both parts are below 2**53: one division."""
    ratio = Fraction(step)
    whole = counts.astype(object) * ratio.numerator if ratio.numerator > 1 else counts
    if len(counts) and max(abs(int(whole.max())), abs(int(whole.min()))) > FLOAT_INTEGER_MAX:
        raise DataError(f"a count of {step} is beyond 2**53: no binary float holds it exactly")
    return np.asarray(whole, np.float64) / float(ratio.denominator)


def one_sided(
    ticks: Ticks, resting: dict[int, tuple[int, int, int]], tick_size: Decimal, lot_size: Decimal
) -> Events:
    """Rows in the order received, without EXCH and LOCAL."""
    kinds = ticks["kind"]
    if np.any(kinds >= OrderRow.ADD):
        return of_orders(ticks, resting, tick_size, lot_size)
    side = ticks["side"]
    snapshot = kinds == EventKind.SNAPSHOT
    ends = (ticks["flags"] & LAST) != 0
    first = np.concatenate([[True], ends[:-1]])
    clears = np.flatnonzero(snapshot & first)
    rows = np.flatnonzero(side != NO_SIDE)
    made = np.zeros(len(clears) + len(rows), EVENT)
    source = np.concatenate([clears, rows])
    code = np.zeros(256, np.uint64)
    for ours, theirs in KINDS.items():
        code[ours] = theirs
    flag = np.where(side == 0, BUY, SELL).astype(np.uint64)
    made["ev"][: len(clears)] = CLEAR
    made["ev"][len(clears) :] = code[kinds[rows]] | flag[rows]
    made["px"][len(clears) :] = floats_of(ticks["price_ticks"][rows], tick_size)
    made["qty"][len(clears) :] = floats_of(ticks["quantity_lots"][rows], lot_size)
    made["local_ts"] = ticks["t_recv_ns"][source]
    venue = ticks["t_venue_ns"][source]
    made["exch_ts"] = np.where(venue > 0, venue, made["local_ts"])
    return made[np.argsort(source, kind="stable")]


def of_orders(
    ticks: Ticks, resting: dict[int, tuple[int, int, int]], tick_size: Decimal, lot_size: Decimal
) -> Events:
    """L3 rows; `resting` is (side, price, quantity) by order, kept from chunk to chunk."""
    names = ("kind", "order_id", "prev_id", "side", "price_ticks", "quantity_lots")
    out: list[tuple[int, int, int, int, int]] = []
    for row, values in enumerate(zip(*(ticks[n].tolist() for n in names), strict=True)):
        _order(out, resting, row, *values)
    table = np.array(out, np.int64).reshape(-1, 5)
    made = np.zeros(len(table), EVENT)
    source = table[:, 0]
    made["ev"], made["order_id"] = table[:, 1], table[:, 2]
    made["px"], made["qty"] = (
        floats_of(table[:, 3], tick_size),
        floats_of(table[:, 4], lot_size),
    )
    made["local_ts"] = ticks["t_recv_ns"][source]
    venue = ticks["t_venue_ns"][source]
    made["exch_ts"] = np.where(venue > 0, venue, made["local_ts"])
    return made


def _order(
    out: list[tuple[int, int, int, int, int]],
    resting: dict[int, tuple[int, int, int]],
    row: int,
    kind: int,
    order: int,
    old: int,
    side: int,
    price: int,
    lots: int,
) -> None:
    """The rows of one row."""
    flag, taker = (BUY, SELL) if side == 0 else (SELL, BUY)
    if kind == OrderRow.ADD:
        resting[order] = (side, price, lots)
        out.append((row, ADD | flag, order, price, lots))
    elif kind == OrderRow.CLEAR:
        resting.clear()
        out.append((row, CLEAR, 0, 0, 0))
    elif kind == EventKind.TRADE:
        out.append((row, TRADE | flag, 0, price, lots))
    elif kind == OrderRow.REPLACE:
        resting.pop(old, None)
        resting[order] = (side, price, lots)
        if old != order:
            out.append((row, CANCEL | flag, old, price, lots))
            out.append((row, ADD | flag, order, price, lots))
        else:
            out.append((row, MODIFY | flag, order, price, lots))
    elif kind in (OrderRow.EXECUTE, OrderRow.REDUCE, OrderRow.DELETE):
        _, at_price, quantity = resting.pop(order, (side, price, lots))
        if kind == OrderRow.EXECUTE:
            out.append((row, TRADE | taker, 0, price, lots))
            out.append((row, FILL | flag, order, price, lots))
        left = 0 if kind == OrderRow.DELETE else quantity - lots
        if left > 0:
            resting[order] = (side, at_price, left)
            out.append((row, MODIFY | flag, order, at_price, left))
        else:
            out.append((row, CANCEL | flag, order, at_price, lots))
    else:
        raise DataError(f"a row of kind {kind} among orders: L2 and L3 in one export")


def both_orders(events: Events) -> Events:
    """Rows for both sides: where the venue's order is another than ours, a row of each."""
    venue = np.argsort(events["exch_ts"], kind="stable")
    if np.array_equal(venue, np.arange(len(events))):
        events["ev"] |= np.uint64(EXCH | LOCAL)
        return events
    local_place = np.arange(len(events))
    exch_place = np.empty(len(events), np.int64)
    exch_place[venue] = local_place
    behind = np.maximum.accumulate(exch_place)
    ahead = np.minimum.accumulate(exch_place[::-1])[::-1]
    agree = (behind == exch_place) & (ahead == exch_place)
    exch, local = events[~agree].copy(), events.copy()
    exch["ev"] |= np.uint64(EXCH)
    local["ev"] |= np.where(agree, EXCH | LOCAL, LOCAL).astype(np.uint64)
    key = np.concatenate([local_place * 2 + 1, placed_before(exch_place, agree) * 2])
    order = np.lexsort((np.concatenate([local_place * 0, exch_place[~agree]]), key))
    return np.concatenate([local, exch])[order]


def placed_before(exch_place: Longs, agree: npt.NDArray[np.bool_]) -> Longs:
    """For every exchange row the local row it must stand before: the next that keeps both orders
    and comes later at the venue."""
    anchors = np.flatnonzero(agree)
    places = exch_place[anchors]
    found = np.searchsorted(places, exch_place[~agree])
    padded = np.append(anchors, len(exch_place))
    return padded[found]
