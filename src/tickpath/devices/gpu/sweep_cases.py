"""Seeded streams for the self-test of the sweep kernels, with everything that makes a set leave.

No engine is asked here: both sides compile the same formulas, and what is compared is that a device
computes them as the CPU does.
"""

from collections.abc import Collection, Iterator

import numpy as np
import numpy.typing as npt

from tickpath.devices.gpu import layout
from tickpath.devices.gpu.port import Port
from tickpath.devices.gpu.sweep import Figures, Market, Stream, makers, takers

QUEUES = 4
QUEUED_SEED = 0
BOOKS = ((1, 1), (200, 1), (120, 10**9 + 1))
"""Books of a stream, and settle units in one of the first."""
FEED_NS = 500_000
PRICES = 80


def sweep_books(generator: np.random.Generator, count: int) -> Stream:
    """A stream of `count` books and of what lies between them: samples, lost and odd books. The
    venue has them a little earlier, some without levels, some closed."""
    books = np.zeros(count, layout.SWEEP_BOOK)
    books["t_ns"] = 100_000 * np.cumsum(generator.integers(1, 30, count))
    books["good"] = generator.random(count) > 0.1
    books["count"] = generator.integers(0, 9, (count, 2))
    levels = np.zeros((count, 2, 4), layout.SWEEP_LEVEL)
    bid = 10_000 + np.cumsum(generator.integers(-3, 4, count))
    away = np.cumsum(generator.integers(1, 4, (count, 2, 4)), axis=2)
    levels["price_ticks"][:, 0] = bid[:, None] - away[:, 0] + 1
    levels["price_ticks"][:, 1] = bid[:, None] + away[:, 1]
    levels["quantity_lots"] = generator.integers(1, 40, levels.shape)
    events = np.zeros(count, layout.SWEEP_EVENT)
    events["t_ns"] = books["t_ns"] + 500_000
    events["seq"] = np.cumsum(generator.integers(1, 5, count))
    events["bid_ticks"] = levels["price_ticks"][:, 0, 0]
    events["ask_ticks"] = levels["price_ticks"][:, 1, 0]
    events["mid2"] = events["bid_ticks"] + events["ask_ticks"]
    events["last_ticks"] = np.where(generator.random(count) < 0.9, bid, 0)
    events["votes"] = generator.integers(-4, 5, count)
    events["kind"] = generator.choice(4, count, p=[0.875, 0.12, 0.003, 0.002])
    events["mid2"][(events["kind"] == 1) & (generator.random(count) < 0.03)] = 0
    return Stream(events, books, levels)


def sweep_plan(
    generator: np.random.Generator, stream: Stream, scale: int = 1
) -> npt.NDArray[np.void]:
    """Limits that some orders pass and some do not. `scale`: settle units in one of scale 1."""
    plan = np.zeros(1, layout.SWEEP_PLAN)
    money = {
        "balance_units": 2_500_000, "notional_units_min": 60_000, "notional_floor_units": 62_000,
        "order_notional_units_max": 2_000_000, "gross_units_max": 2_900_000,
        "net_units_max": 2_850_000,
    }  # fmt: skip
    values = {
        "order_rows": 30, "fill_rows": 14, "last_ns": int(stream.events["t_ns"].max()),
        "last_mid2": int(stream.events["mid2"][-1]), "order_ns": 1_000_000,
        "response_ns": 900_000, "jitter_ns": 200_000, "seed": int(generator.integers(2**62)),
        "value_num": 3 * scale + scale // 2, "taker_fee_ppm": 1000, "lots_min": 1, "lots_max": 60,
        "step_lots": 2, "order_notional_ppm": 800_000, "position_ppm": 1_500_000,
        "collar_ppm": 1_000, "fat_finger_ppm": 900, "leverage_ppm": 1_250_000,
        "concentration_ppm": 1_200_000, "margin_ppm": 950_000, "open_orders_max": 4,
        "step_ns": (20_000_000, 9_000_000, 1, 1), "room_ns": (60_000_000, 20_000_000, 9, 9),
    }  # fmt: skip
    for name, value in (values | {name: units * scale for name, units in money.items()}).items():
        plan[name] = value
    return plan


def taker_records(
    generator: np.random.Generator, count: int, scale: int = 1
) -> npt.NDArray[np.void]:
    """Sets of both kinds, small and large."""
    sets = np.zeros(count, layout.TAKER_SET)
    fast = generator.integers(2, 12, count)
    slow = fast + generator.integers(1, 30, count)
    sets["kind"] = generator.integers(0, 2, count)
    sets["order_lots"] = generator.choice([0, 3, 8, 20, 70], count)
    sets["order_units"] = generator.choice([0, 100_000, 300_000], count) * scale
    sets["position_units"] = generator.choice([0, 900_000, 5_000_000], count) * scale
    sets["slip_ppm"] = generator.choice([0, 100, 400, 950], count)
    sets["tries_max"] = generator.integers(1, 20, count)
    sets["slow_period"] = slow
    sets["votes_full"] = generator.integers(1, 4, count)
    sets["fast_alpha"], sets["slow_alpha"] = 2.0 / (fast + 1.0), 2.0 / (slow + 1.0)
    sets["band"] = generator.choice([0.0, 1e-6, 2e-5], count)
    return sets


def sweep_market(generator: np.random.Generator, stream: Stream) -> Market:
    """Trades between the books, and what prices around them show."""
    books = stream.books["t_ns"]
    count = 6 * len(books)
    moves = np.zeros(len(books) + count, layout.MAKER_MOVE)
    at = np.sort(100_000 * generator.integers(0, books[-1] // 100_000 + 1, count))
    near = np.minimum(np.searchsorted(books, at), len(books) - 1)
    middle = stream.events["mid2"][near] // 2
    middle = np.where(middle > 0, middle, 10_000)
    moves["t_ns"] = np.concatenate([books, at])
    moves["kind"] = np.concatenate([np.full(len(books), 2), generator.integers(0, 2, count)])
    moves["price_ticks"][len(books) :] = middle + generator.integers(-3, 4, count)
    moves["lots"][len(books) :] = generator.choice([1, 2, 5, 29], count)
    moves = moves[np.argsort(moves["t_ns"], kind="stable")]
    traded = moves[moves["kind"] != 2]
    trades = np.zeros(len(traded), layout.MAKER_TRADE)
    trades["t_ns"], trades["price_ticks"] = traded["t_ns"] + FEED_NS, traded["price_ticks"]
    quotes = np.zeros(len(stream.events), layout.MAKER_QUOTE)
    quotes["micro2"] = stream.events["mid2"] + generator.integers(-3, 4, len(quotes))
    for name in ("bids", "asks"):
        quotes[name] = np.cumsum(generator.integers(0, 50, quotes[name].shape), axis=1)
    least = int(stream.events["bid_ticks"].min())
    each = generator.integers(0, 60, 2 * PRICES)
    prices = np.zeros(2 * PRICES + 1, layout.MAKER_PRICE)
    prices["price_ticks"][:-1] = least - 10 + np.tile(np.arange(PRICES), 2)
    prices["first"][1:] = np.cumsum(each)
    changes = np.zeros(int(each.sum()), layout.MAKER_CHANGE)
    changes["lots"] = generator.integers(0, 60, len(changes))
    for first, end in zip(prices["first"][:-1], prices["first"][1:], strict=True):
        changes["book"][first:end] = np.sort(generator.integers(0, len(books), end - first))
    frames = np.sort(np.concatenate([books + FEED_NS, trades["t_ns"]]))
    return Market(quotes, moves, prices, changes, frames, trades)


def maker_records(
    generator: np.random.Generator, count: int, scale: int = 1
) -> npt.NDArray[np.void]:
    """Sets that quote near and far."""
    sets = np.zeros(count, layout.MAKER_SET)
    sets["order_lots"] = generator.choice([0, 3, 8, 20], count)
    sets["order_units"] = generator.choice([0, 100_000, 300_000], count) * scale
    sets["position_units"] = generator.choice([0, 900_000, 5_000_000], count) * scale
    sets["half_spread_ppm"] = generator.choice([1, 100, 200, 400], count)
    sets["shift_ppm"] = generator.choice([0, 50, 300], count)
    sets["lean_ppm"] = generator.choice([0, 100, 400], count)
    sets["replace_ppm"] = generator.choice([0, 100, 300], count)
    sets["imbalance_levels"] = generator.integers(1, 11, count)
    return sets


def maker_plan(generator: np.random.Generator, stream: Stream, scale: int) -> npt.NDArray[np.void]:
    """As `sweep_plan`, with more room to quote."""
    plan = sweep_plan(generator, stream, scale)
    plan["bid_prices"] = plan["ask_prices"] = PRICES
    plan["feed_ns"], plan["maker_fee_ppm"] = FEED_NS, -100
    plan["order_rows"], plan["fill_rows"], plan["step_lots"] = 150, 50, 1
    plan["step_ns"], plan["room_ns"] = (2_000_000, 1_500_000, 700_000, 1), (30_000_000,) * 4
    plan["queue_power"] = generator.integers(1, 4)
    plan["whole_fills"] = generator.integers(0, 2)
    plan["jitter_ns"], plan["open_orders_max"] = 0, generator.integers(1, 5)
    return plan


def same(ours: Figures, theirs: Figures) -> bool:
    return [a.tobytes() for a in ours] == [b.tobytes() for b in theirs]


def sweep_differences(
    port: Port, generator: np.random.Generator, size: int, names: Collection[str]
) -> Iterator[str]:
    """Where the sweep kernels among `names` differ from their twins for `size` sets."""
    for k, (books, scale) in enumerate(BOOKS):
        stream = sweep_books(generator, books)
        plan = sweep_plan(generator, stream, scale)
        sets = taker_records(generator, size, scale)
        if "takers" in names and not same(
            takers(stream, plan, sets), takers(stream, plan, sets, port)
        ):
            yield f"kernel takers differs from the CPU for {size} sets over {books} books"
        market, plan = sweep_market(generator, stream), maker_plan(generator, stream, scale)
        plan["queue"] = (size + k) % QUEUES
        sets = maker_records(generator, size, scale)
        if "makers" in names and not same(
            makers(stream, market, plan, sets), makers(stream, market, plan, sets, port)
        ):
            yield f"kernel makers differs from the CPU for {size} sets over {books} books"


def queue_differences(port: Port) -> Iterator[str]:
    """The same of makers with each queue model, in a market where what trades at an order's price
    takes from its queue."""
    for queue in range(QUEUES):
        generator = np.random.default_rng(QUEUED_SEED)
        stream = sweep_books(generator, 120)
        market, plan = sweep_market(generator, stream), maker_plan(generator, stream, 1)
        plan["queue"] = queue
        sets = maker_records(generator, 60)
        if not same(makers(stream, market, plan, sets), makers(stream, market, plan, sets, port)):
            yield f"kernel makers differs from the CPU with queue model {queue}"
