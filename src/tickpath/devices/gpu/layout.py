"""The structs of `cuda/include/tickpath` as numpy dtypes, and a bank table as its kernel reads it.

Little endian, the alignment of C; twin.pyx compares the sizes with the compiler's.
"""

import numpy as np
import numpy.typing as npt

from tickpath.devices.bank_table import INPUTS_MAX, PARTS, STRATEGIES_MAX, read_bank

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


def bank_table(data: bytes) -> npt.NDArray[np.void]:
    """One BANK record from the bytes of `Bank.to_bytes`. Raises what `read_bank` raises."""
    bank = read_bank(data)
    table = np.zeros(1, BANK)
    table["strategy_count"], table["input_count"] = len(bank.weights), len(bank.inputs)
    table["hidden_count"], table["shift"] = len(bank.hidden_bias), bank.shift
    columns = {"offset": bank.inputs[:, 0], "scale": bank.inputs[:, 1]}
    columns |= {name: getattr(bank, name) for name, _ in PARTS[1:]}
    for name, values in columns.items():
        table[name][0, : values.size] = values.ravel()
    return table
