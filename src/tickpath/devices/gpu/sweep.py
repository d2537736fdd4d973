"""Many parameter sets of a strategy over one stream: on a port, or on the CPU where none is given.

Both ways give the same figures. What a stream is made of and which strategies, venues and limits
it can stand for is the affair of `tickpath.backtest.sweep.batch`, which makes all the records.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import ConfigError, DataError
from tickpath.devices.gpu import layout, sweep_twin
from tickpath.devices.gpu.batch import BLOCK, COUNT_MAX, grid_of
from tickpath.devices.gpu.port import Port

LEVELS_MAX = 10
"""TP_TAKER_LEVELS_MAX."""
THREADS_MAX = 1024
LEFT = {
    1: "the book was lost while an order was open",
    2: "it wanted to trade on a book with an empty side",
    3: "an order took more levels than are kept of a book",
    4: "it made more orders or fills than there is room for",
    5: "a position had to be valued without a good book",
    6: "more orders were under way than there is room for",
}
"""Why a set left what the kernels cover, by `left` of its result."""

Records = npt.NDArray[np.void]


class Stream(NamedTuple):
    """SWEEP_EVENT records in order; SWEEP_BOOK records by rising time, and their SWEEP_LEVEL
    [book][side][depth]."""

    events: Records
    books: Records
    levels: Records


class Market(NamedTuple):
    """What resting orders meet beside the stream. MAKER_QUOTE of every event; MAKER_MOVE by rising
    time, a book among them for each book of the stream; MAKER_PRICE of bids by price, of asks by
    price, and one more that ends the last; MAKER_CHANGE of each price by rising book; when the
    engine received frames, int64, and MAKER_TRADE records, both rising."""

    quotes: Records
    moves: Records
    prices: Records
    changes: Records
    frames: npt.NDArray[np.int64]
    trades: Records


class Figures(NamedTuple):
    """SWEEP_RESULT [set]; SWEEP_ORDER and SWEEP_FILL [set][row], of which a result says how many
    are there; equity in settle units, int64 [sample][set]. A set with `left` has no figures."""

    results: Records
    orders: Records
    fills: Records
    equity: npt.NDArray[np.int64]


def checked(stream: Stream, plan: Records, sets: Records, kind: np.dtype[Any]) -> Records:
    """The plan with the counts of the stream. Raises DataError where the parts do not fit."""
    events, books, levels = stream
    kinds = (
        (events, layout.SWEEP_EVENT), (books, layout.SWEEP_BOOK), (levels, layout.SWEEP_LEVEL),
        (plan, layout.SWEEP_PLAN), (sets, kind),
    )  # fmt: skip
    for array, wanted in kinds:
        refuse_other(array, wanted)
    if plan.shape != (1,) or events.ndim != 1 or books.ndim != 1 or sets.ndim != 1:
        raise DataError("a plan of one record, and events, books and sets in a row are needed")
    if not 1 <= len(sets) <= COUNT_MAX or max(len(events), len(books)) > COUNT_MAX:
        raise DataError(f"{len(sets)} sets, {len(events)} events: 1 to 2**30 of each")
    if levels.ndim != 3 or levels.shape[:2] != (len(books), 2):
        raise DataError(f"levels have shape {levels.shape}: ({len(books)}, 2, depth) is needed")
    if not 1 <= levels.shape[2] <= LEVELS_MAX:
        raise DataError(f"{levels.shape[2]} levels a side: 1 to {LEVELS_MAX}")
    found = plan.copy()
    found["event_count"], found["book_count"] = len(events), len(books)
    found["depth"] = levels.shape[2]
    found["sample_count"] = int((events["kind"] == 1).sum())
    if (found["order_rows"] < 0).any() or (found["fill_rows"] < 0).any():
        raise DataError("room for less than no rows: write 0 for none")
    return found


def refuse_other(array: npt.NDArray[Any], kind: Any) -> None:
    """DataError for records of another kind, or with gaps between them."""
    if array.dtype != kind or not array.flags.c_contiguous:
        raise DataError(f"records of {array.dtype}: contiguous ones of {kind} are needed")


def takers(
    stream: Stream, plan: Records, sets: Records, port: Port | None = None, threads: int = 1
) -> Figures:
    """TAKER_SET records of `ema_cross` or of a bank over a stream, under one SWEEP_PLAN.

    `order_rows` and `fill_rows` of the plan are the room for rows of a set; 0 keeps none, and
    then `fills_hash` alone says what the fills were. Without a port `threads` of the CPU run,
    none of them with the GIL. Raises DataError for records that do not fit, ConfigError for
    threads, BackendError from the port.
    """
    shared = checked(stream, plan, sets, layout.TAKER_SET)
    if port is not None:
        return on_port("takers", stream, shared, sets, port)

    def part(first: int, count: int, found: Figures) -> None:
        sweep_twin.takers(shared, stream, sets, first, count, found)

    return on_threads(part, shared, len(sets), threads)


def makers(
    stream: Stream,
    market: Market,
    plan: Records,
    sets: Records,
    port: Port | None = None,
    threads: int = 1,
) -> Figures:
    """MAKER_SET records of `imbalance_maker` over a stream and its market; else as `takers`."""
    shared = checked(stream, plan, sets, layout.MAKER_SET)
    kinds = (
        (market.quotes, layout.MAKER_QUOTE), (market.moves, layout.MAKER_MOVE),
        (market.prices, layout.MAKER_PRICE), (market.changes, layout.MAKER_CHANGE),
        (market.frames, np.dtype(np.int64)), (market.trades, layout.MAKER_TRADE),
    )  # fmt: skip
    for array, kind in kinds:
        refuse_other(array, kind)
    counts = shared["bid_prices"][0] + shared["ask_prices"][0]
    books = int((market.moves["kind"] == 2).sum())
    if len(market.quotes) != len(stream.events) or len(market.prices) != counts + 1:
        raise DataError("a quote of every event and one price more than there are is needed")
    if books > len(stream.books) or market.prices["first"][-1] != len(market.changes):
        raise DataError("moves name more books, or prices more changes, than there are")
    if not ((sets["imbalance_levels"] >= 1) & (sets["imbalance_levels"] <= LEVELS_MAX)).all():
        raise DataError(f"imbalance_levels outside 1 to {LEVELS_MAX}")
    shared["move_count"], shared["frame_count"] = len(market.moves), len(market.frames)
    shared["trade_count"] = len(market.trades)
    parts = *stream, *market
    if port is not None:
        return on_port("makers", parts, shared, sets, port)

    def part(first: int, count: int, found: Figures) -> None:
        sweep_twin.makers(shared, parts, sets, first, count, found)

    return on_threads(part, shared, len(sets), threads)


def shapes_of(plan: Records, sets: int) -> list[tuple[tuple[int, ...], Any]]:
    """Shape and kind of the figures."""
    return [
        ((sets,), layout.SWEEP_RESULT),
        ((sets, int(plan["order_rows"][0])), layout.SWEEP_ORDER),
        ((sets, int(plan["fill_rows"][0])), layout.SWEEP_FILL),
        ((int(plan["sample_count"][0]), sets), np.int64),
    ]


def on_threads(
    part: Callable[[int, int, Figures], None], plan: Records, sets: int, threads: int
) -> Figures:
    """The twin: each thread has whole lanes of sets."""
    if not 1 <= threads <= THREADS_MAX:
        raise ConfigError(f"{threads} threads: write 1 to {THREADS_MAX}")
    found = Figures(*(np.zeros(shape, kind) for shape, kind in shapes_of(plan, sets)))
    lanes = sweep_twin.LANES
    blocks = (sets + lanes - 1) // lanes
    share = (blocks + threads - 1) // threads * lanes
    firsts = range(0, sets, share)
    if len(firsts) == 1:
        part(0, sets, found)
        return found
    with ThreadPoolExecutor(len(firsts)) as pool:
        list(pool.map(lambda first: part(first, min(share, sets - first), found), firsts))
    return found


def on_port(
    kernel: str, stream: Sequence[Any], plan: Records, sets: Records, port: Port
) -> Figures:
    """The kernel. Rows that no set has written are zeros, whatever the device's memory held."""
    outs = [port.empty(shape, kind) for shape, kind in shapes_of(plan, len(sets))]
    port.launch(
        kernel, grid_of(len(sets)), BLOCK,
        port.upload(plan), *(port.upload(part) for part in stream), port.upload(sets),
        np.int32(len(sets)), *outs,
    )  # fmt: skip
    port.sync()
    results, orders, fills, equity = (port.download(out) for out in outs)
    for rows, name in ((orders, "orders"), (fills, "fills")):
        rows[np.arange(rows.shape[1]) >= results[name][:, None]] = 0
    return Figures(results, orders, fills, equity)
