"""Many parameter sets of a strategy over one stream: on a port, or on the CPU where none is given.

Both ways give the same figures. What a stream is made of and which strategies, venues and limits
it can stand for is the affair of `tickpath.backtest.sweep.batch`, which makes all the records.
"""

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
}
"""Why a set left what the kernels cover, by `left` of its result."""

Records = npt.NDArray[np.void]


class Stream(NamedTuple):
    """SWEEP_EVENT records in order; SWEEP_BOOK records by rising time, and their SWEEP_LEVEL
    [book][side][depth]."""

    events: Records
    books: Records
    levels: Records


class Figures(NamedTuple):
    """SWEEP_RESULT [set]; SWEEP_ORDER and SWEEP_FILL [set][row], of which a result says how many
    are there; equity in settle units, int64 [sample][set]. A set with `left` has no figures."""

    results: Records
    orders: Records
    fills: Records
    equity: npt.NDArray[np.int64]


def checked(stream: Stream, plan: Records, sets: Records) -> Records:
    """The plan with the counts of the stream. Raises DataError where the parts do not fit."""
    events, books, levels = stream
    kinds = (
        (events, layout.SWEEP_EVENT), (books, layout.SWEEP_BOOK), (levels, layout.SWEEP_LEVEL),
        (plan, layout.SWEEP_PLAN), (sets, layout.TAKER_SET),
    )  # fmt: skip
    for array, kind in kinds:
        if array.dtype != kind or not array.flags.c_contiguous:
            raise DataError(f"records of {array.dtype}: contiguous ones of {kind} are needed")
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


def takers(
    stream: Stream, plan: Records, sets: Records, port: Port | None = None, threads: int = 1
) -> Figures:
    """TAKER_SET records of `ema_cross` or of a bank over a stream, under one SWEEP_PLAN.

    `order_rows` and `fill_rows` of the plan are the room for rows of a set; 0 keeps none, and
    then `fills_hash` alone says what the fills were. Without a port `threads` of the CPU run,
    none of them with the GIL. Raises DataError for records that do not fit, ConfigError for
    threads, BackendError from the port.
    """
    shared = checked(stream, plan, sets)
    if not 1 <= threads <= THREADS_MAX:
        raise ConfigError(f"{threads} threads: write 1 to {THREADS_MAX}")
    shapes = {
        name: (len(sets), int(shared[f"{name}_rows"][0])) for name in ("order", "fill")
    }
    samples = int(shared["sample_count"][0]), len(sets)
    if port is not None:
        return on_port(stream, shared, sets, shapes, samples, port)
    found = Figures(
        np.zeros(len(sets), layout.SWEEP_RESULT),
        np.zeros(shapes["order"], layout.SWEEP_ORDER),
        np.zeros(shapes["fill"], layout.SWEEP_FILL),
        np.zeros(samples, np.int64),
    )
    blocks = -(-len(sets) // sweep_twin.LANES)
    share = -(-blocks // threads) * sweep_twin.LANES

    def part(first: int) -> None:
        count = min(share, len(sets) - first)
        sweep_twin.takers(shared, *stream, sets, first, count, *found)

    firsts = range(0, len(sets), share)
    if len(firsts) == 1:
        part(0)
        return found
    with ThreadPoolExecutor(len(firsts)) as pool:
        list(pool.map(part, firsts))
    return found


def on_port(
    stream: Stream,
    plan: Records,
    sets: Records,
    shapes: dict[str, tuple[int, int]],
    samples: tuple[int, int],
    port: Port,
) -> Figures:
    """The kernel. Rows that no set has written are zeros here, whatever the device's memory held."""
    outs: list[Any] = [
        port.empty((len(sets),), layout.SWEEP_RESULT),
        port.empty(shapes["order"], layout.SWEEP_ORDER),
        port.empty(shapes["fill"], layout.SWEEP_FILL),
        port.empty(samples, np.int64),
    ]
    port.launch(
        "takers", grid_of(len(sets)), BLOCK,
        port.upload(plan), *(port.upload(part) for part in stream), port.upload(sets),
        np.int32(len(sets)), *outs,
    )  # fmt: skip
    port.sync()
    results, orders, fills, equity = (port.download(out) for out in outs)
    for rows, name in ((orders, "orders"), (fills, "fills")):
        written = np.arange(rows.shape[1]) < results[name][:, None]
        rows[~written] = 0
    return Figures(results, orders, fills, equity)
