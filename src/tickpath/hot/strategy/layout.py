"""abi 2 for Python: tp_view and tp_intents as numpy dtypes, to and from the plain records.

Offsets are those of records.h; a test compares them. numba, ctypes and files use these.
"""

import math
from typing import Any

import numpy as np

from tickpath.core.limits import LIMITS
from tickpath.core.records import ABI, INTENT_DTYPE, LEVEL_DTYPE, TRADE_DTYPE, Intent, View

LEVELS = LIMITS["view_levels"]
ORDERS = LIMITS["view_orders"]
PARAMS = LIMITS["params_max"]

TOP_DTYPE = np.dtype(
    [
        ("bid_ticks", "<i8"),
        ("bid_lots", "<i8"),
        ("ask_ticks", "<i8"),
        ("ask_lots", "<i8"),
        ("last_id", "<i8"),
        ("t_recv_ns", "<i8"),
        ("status", "<i4"),
        ("bid_count", "<i4"),
        ("ask_count", "<i4"),
        ("reserved", "<i4"),
        ("bids", LEVEL_DTYPE, (LEVELS,)),
        ("asks", LEVEL_DTYPE, (LEVELS,)),
    ]
)

BBO_DTYPE = np.dtype(
    [
        ("update_id", "<i8"),
        ("t_recv_ns", "<i8"),
        ("bid_ticks", "<i8"),
        ("bid_lots", "<i8"),
        ("ask_ticks", "<i8"),
        ("ask_lots", "<i8"),
    ]
)

OPEN_ORDER_DTYPE = np.dtype(
    [
        ("client_order_id", "<u8"),
        ("price_ticks", "<i8"),
        ("leaves_lots", "<i8"),
        ("side", "<i4"),
        ("state", "<i4"),
        ("tag", "<i4"),
        ("reserved", "<i4"),
    ]
)

VIEW_DTYPE = np.dtype(
    [
        ("abi", "<u4"),
        ("strategy", "<i4"),
        ("instrument", "<i4"),
        ("event", "<i4"),
        ("now_ns", "<i8"),
        ("seq", "<u8"),
        ("top", TOP_DTYPE),
        ("bbo", BBO_DTYPE),
        ("trade", TRADE_DTYPE),
        ("position_lots", "<i8"),
        ("open_buy_lots", "<i8"),
        ("open_sell_lots", "<i8"),
        ("order_count", "<i4"),
        ("feature_count", "<i4"),
        ("score_valid", "<i4"),
        ("timer_tag", "<i4"),
        ("score", "<f8"),
        ("features", "<f8", (LIMITS["features_max"],)),
        ("orders", OPEN_ORDER_DTYPE, (ORDERS,)),
        ("order", OPEN_ORDER_DTYPE),
        ("fill_ticks", "<i8"),
        ("fill_lots", "<i8"),
        ("params_i", "<i8", (PARAMS,)),
        ("params_f", "<f8", (PARAMS,)),
        ("random", "<u8"),
    ]
)

INTENTS_DTYPE = np.dtype(
    [
        ("count", "<i4"),
        ("overflow", "<i4"),
        ("items", INTENT_DTYPE, (LIMITS["intents_max"],)),
    ]
)

BARE = ("top", "bbo", "trade", "orders", "order", "features", "score", "params_i", "params_f")
PLAIN = tuple(
    name
    for name in VIEW_DTYPE.names or ()
    if name not in (*BARE, "abi", "order_count", "feature_count", "score_valid")
)


def fill(record: Any, values: Any, names: tuple[str, ...]) -> None:
    """Copy the named fields of an object into a record."""
    for name in names:
        record[name] = getattr(values, name)


ORDER_FIELDS = ("client_order_id", "price_ticks", "leaves_lots", "side", "state", "tag")
TOP_FIELDS = ("bid_ticks", "bid_lots", "ask_ticks", "ask_lots", "last_id", "t_recv_ns", "status")
BBO_FIELDS = tuple(BBO_DTYPE.names or ())


def pack_view(view: View, out: Any) -> None:
    """Write a view into a zeroed record of VIEW_DTYPE."""
    out["abi"] = ABI
    fill(out, view, PLAIN)
    top = out["top"]
    fill(top, view.top, TOP_FIELDS)
    top["bid_count"], top["ask_count"] = len(view.top.bids), len(view.top.asks)
    for name, levels in (("bids", view.top.bids), ("asks", view.top.asks)):
        for k, level in enumerate(levels):
            top[name][k] = tuple(level)
    fill(out["bbo"], view.bbo, BBO_FIELDS)
    out["trade"] = (*view.trade, 0)
    out["order_count"] = len(view.orders)
    for k, order in enumerate(view.orders):
        fill(out["orders"][k], order, ORDER_FIELDS)
    if view.order is not None:
        fill(out["order"], view.order, ORDER_FIELDS)
    out["feature_count"] = len(view.features)
    out["features"][: len(view.features)] = view.features
    out["score_valid"] = view.score is not None
    out["score"] = math.nan if view.score is None else view.score
    out["params_i"][: len(view.params_i)] = view.params_i
    out["params_f"][: len(view.params_f)] = view.params_f


def unpack_intents(record: Any, start: int = 0) -> list[Intent]:
    """Intents of a record of INTENTS_DTYPE from position `start`."""
    names = INTENT_DTYPE.names or ()
    return [
        Intent(**dict(zip(names, record["items"][k].item(), strict=True)))
        for k in range(start, int(record["count"]))
    ]
