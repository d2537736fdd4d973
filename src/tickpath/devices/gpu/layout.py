"""The structs of `cuda/include/tickpath` as numpy dtypes, and a bank table as its kernel reads it.

Little endian, the alignment of C; twin.pyx compares the sizes with the compiler's.
"""

import struct

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError
from tickpath.core.limits import LIMITS

INPUTS_MAX = LIMITS["features_max"]
STRATEGIES_MAX = LIMITS["bank_strategies_max"]

ROW = np.dtype(
    [
        (name, "<f8")
        for name in ("mean", "variance", "std", "zscore", "ema", "microprice", "imbalance")
    ]
)
"""tp_row: columns of one symbol and window."""

WINDOW = np.dtype([("alpha", "<f8"), ("period", "<i8")])
"""tp_row_window."""

BANK = np.dtype(
    [
        ("strategy_count", "<i4"),
        ("input_count", "<i4"),
        ("hidden_count", "<i4"),
        ("shift", "<i4"),
        ("offset", "<f8", INPUTS_MAX),
        ("scale", "<f8", INPUTS_MAX),
        ("hidden_weights", "<i4", INPUTS_MAX * INPUTS_MAX),
        ("hidden_bias", "<i8", INPUTS_MAX),
        ("weights", "<i4", STRATEGIES_MAX * INPUTS_MAX),
        ("bias", "<i8", STRATEGIES_MAX),
        ("sell", "<i8", STRATEGIES_MAX),
        ("buy", "<i8", STRATEGIES_MAX),
    ],
    align=True,
)
"""tp_bank."""

SWEEP_EVENT = np.dtype(
    [(n, "<i8") for n in ("t_ns", "seq", "bid_ticks", "ask_ticks", "mid2", "last_ticks")]
    + [("kind", "<i4"), ("votes", "<i4"), ("reserved", "<i8")]
)
"""tp_sweep_event: an input of the engine as the strategies of a sweep see it, or a sample."""

SWEEP_BOOK = np.dtype([("t_ns", "<i8"), ("good", "<i4"), ("count", "<i4", 2), ("reserved", "<i4")])
"""tp_sweep_book: the venue's book from a time on."""

SWEEP_LEVEL = np.dtype([("price_ticks", "<i8"), ("quantity_lots", "<i8")])
"""tp_sweep_level."""

SWEEP_BUCKETS = 4

SWEEP_PLAN = np.dtype(
    [
        (name, "<i8")
        for name in (
            "event_count", "book_count", "depth", "sample_count", "order_rows", "fill_rows",
            "last_ns", "last_mid2", "order_ns", "response_ns", "jitter_ns", "seed",
            "balance_units", "value_num", "maker_fee_ppm", "taker_fee_ppm", "lots_min",
            "lots_max", "step_lots", "notional_units_min", "notional_floor_units",
            "order_notional_units_max", "order_notional_ppm", "position_ppm", "collar_ppm",
            "fat_finger_ppm", "gross_units_max", "net_units_max", "leverage_ppm",
            "concentration_ppm", "margin_ppm", "open_orders_max", "move_count", "bid_prices",
            "ask_prices", "frame_count", "trade_count", "feed_ns", "queue", "queue_power",
            "whole_fills",
        )
    ]
    + [("step_ns", "<i8", SWEEP_BUCKETS), ("room_ns", "<i8", SWEEP_BUCKETS)]
)  # fmt: skip
"""tp_sweep_plan: what all sets of a sweep share."""

SIZES = [("order_lots", "<i8"), ("order_units", "<i8"), ("position_units", "<i8")]
"""tp_sweep_sizes."""

TAKER_SET = np.dtype(
    SIZES
    + [(n, "<i8") for n in ("kind", "slip_ppm", "tries_max", "slow_period", "votes_full")]
    + [(n, "<f8") for n in ("fast_alpha", "slow_alpha", "band")]
)
"""tp_taker_set: one parameter set."""

MAKER_SET = np.dtype(
    SIZES
    + [
        (n, "<i8")
        for n in ("half_spread_ppm", "shift_ppm", "lean_ppm", "replace_ppm", "imbalance_levels")
    ]
)
"""tp_maker_set."""

MAKER_LEVELS = 10

MAKER_QUOTE = np.dtype(
    [("micro2", "<i8"), ("bids", "<i8", MAKER_LEVELS), ("asks", "<i8", MAKER_LEVELS)]
)
"""tp_maker_quote: of an event, twice the microprice rounded down and lots of its best levels."""

MAKER_MOVE = np.dtype([(n, "<i8") for n in ("t_ns", "kind", "price_ticks", "lots")])
"""tp_maker_move: what the venue lived. kind 0 a trade that bought, 1 one that sold, 2 a book."""

MAKER_PRICE = np.dtype([("price_ticks", "<i8"), ("first", "<i8")])
"""tp_maker_price: a price that a side once had, and where its changes begin."""

MAKER_CHANGE = np.dtype([("book", "<i8"), ("lots", "<i8")])
"""tp_maker_change: what is displayed at the price from a book on."""

MAKER_TRADE = np.dtype([("t_ns", "<i8"), ("price_ticks", "<i8")])
"""tp_maker_trade: as the engine received it."""

SWEEP_RESULT = np.dtype(
    [
        (name, "<i8")
        for name in (
            "left", "left_ns", "orders", "fills", "rejects", "refusals", "reports",
            "position_lots", "cash_units", "fee_units", "equity_units", "end_ns",
        )
    ]
    + [("fills_hash", "<u8")]
)  # fmt: skip
"""tp_sweep_result."""

SWEEP_ORDER = np.dtype(
    [
        (n, "<i8")
        for n in ("seq", "t_ns", "price_ticks", "lots", "order", "replaced", "kind")
    ]
)  # fmt: skip
"""tp_sweep_order: a request; lots are negative where it sells, `kind` is an IntentKind."""

SWEEP_FILL = np.dtype([(n, "<i8") for n in ("t_ns", "order", "price_ticks", "lots", "fee_units")])
"""tp_sweep_fill: `order` is the number of its order, from 1; lots are negative where it sold."""

HEADER = struct.Struct("<6I")
MAGIC = int.from_bytes(b"TPBK", "little")
VERSION = 1
SHIFT_MAX = 47


def bank_table(data: bytes) -> npt.NDArray[np.void]:
    """One BANK record from the bytes of `Bank.to_bytes`.

    Raises DataError when they are torn, of another version or beyond limits.toml.
    """
    if len(data) < HEADER.size:
        raise DataError(f"bank table is torn: {len(data)} bytes, write it with Bank.to_bytes")
    magic, version, count, width, units, shift = HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise DataError(f"not a bank table of version {VERSION}: write it with Bank.to_bytes")
    if not (
        0 < count <= STRATEGIES_MAX
        and 0 < width <= INPUTS_MAX
        and units <= INPUTS_MAX
        and shift <= SHIFT_MAX
    ):
        raise DataError(f"bank table of {count} x {width} x {units}: beyond limits.toml")
    row = units or width
    parts: list[tuple[str, str, int]] = [("inputs", "<f8", 2 * width)]
    if units:
        parts += [("hidden_weights", "<i4", units * width), ("hidden_bias", "<i8", units)]
    parts.append(("weights", "<i4", count * row))
    parts += [(name, "<i8", count) for name in ("bias", "sell", "buy")]
    size = HEADER.size + sum(np.dtype(kind).itemsize * n for _, kind, n in parts)
    if len(data) != size:
        raise DataError(f"bank table is torn: {len(data)} bytes, its header asks for {size}")
    table = np.zeros(1, BANK)
    table["strategy_count"], table["input_count"] = count, width
    table["hidden_count"], table["shift"] = units, shift
    at = HEADER.size
    for name, kind, n in parts:
        values = np.frombuffer(data, kind, n, at)
        at += values.nbytes
        if name == "inputs":
            table["offset"][0, :width] = values[0::2]
            table["scale"][0, :width] = values[1::2]
        else:
            table[name][0, :n] = values
    return table
