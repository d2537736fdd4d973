"""How well orders were executed: fill quality, slippage, implementation shortfall.

The decision price of an order is the mid at the venue when its request left the engine. Slippage is
side x (fill price - decision mid), plus is a cost. Implementation shortfall is A. Perold's ("The
implementation shortfall", 1988): the paper portfolio trades all of every order at its decision mid
at once; the real one pays slippage and fees on what was filled, and on what was not it misses side
x (mid at the end - decision mid). The end of an order is when we asked to cancel or replace it, at
most OPPORTUNITY_NS after the decision; a replaced order goes on as a new one from a new mid.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.backtest.mids import Mids
from tickpath.backtest.values import Floats, gain, signs, value
from tickpath.core.config import Config

OPPORTUNITY_NS = 60_000_000_000
Ints = npt.NDArray[np.int64]


def order_of(fills: npt.NDArray[Any], orders: npt.NDArray[Any]) -> Ints:
    """Row of each fill's order, -1 when it is not kept. Ids of orders rise."""
    if not len(orders):
        return np.full(len(fills), -1, dtype=np.int64)
    ids = orders["client_order_id"]
    ranks = np.argsort(ids, kind="stable")
    at = np.minimum(np.searchsorted(ids[ranks], fills["client_order_id"]), len(ids) - 1)
    row = ranks[at]
    return np.where(ids[row] == fills["client_order_id"], row, -1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class FillQuality:
    """Counts and quantities of one settle currency's instruments; money float64 in it. Shares are
    of notional; times are ns from the decision to the first fill."""

    fills: int
    maker_share: float
    maker_notional: float
    taker_notional: float
    by_reason: dict[str, tuple[int, float]]
    orders: int
    orders_filled: int
    orders_part: int
    fill_ratio: float
    first_fill_ns: Ints

    @property
    def turnover(self) -> float:
        """Notional of all fills."""
        return self.maker_notional + self.taker_notional


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One row an order, float64 money of the order's settle currency, costs plus. NaN: no mid at
    the decision. `paper` is the notional of the whole order at its decision mid; `filled_lots` what
    was filled; `slippage_ticks` the mean of its fills (NaN: none)."""

    decision_mid2: Ints
    end_mid2: Ints
    filled_lots: Ints
    paper: Floats
    slippage: Floats
    fees: Floats
    opportunity: Floats
    slippage_ticks: Floats
    improvement_ticks: Floats

    def total(self) -> Floats:
        """Implementation shortfall of each order."""
        return self.slippage + self.fees + self.opportunity


def notionals(config: Config, fills: npt.NDArray[Any]) -> Floats:
    """Value of each fill in its settle currency."""
    found = np.zeros(len(fills))
    for i in config.instruments:
        mine = fills["instrument"] == i.index
        found[mine] = value(i, fills["price_ticks"][mine], fills["quantity_lots"][mine])
    return found


def fill_quality(
    config: Config, fills: npt.NDArray[Any], orders: npt.NDArray[Any], reasons: tuple[str, ...]
) -> FillQuality:
    """Figures of fills (FILL_DTYPE) and kept orders (ORDER_DTYPE)."""
    worth, maker = notionals(config, fills), fills["maker"] != 0
    made, took = float(worth[maker].sum()), float(worth[~maker].sum())
    by_reason = {
        name: (int(chosen.sum()), float(worth[chosen].sum()))
        for k, name in enumerate(reasons)
        if (chosen := fills["why"] == k).any()
    }
    filled, first = _filled(fills, orders)
    whole = filled >= orders["quantity_lots"]
    asked = float(orders["quantity_lots"].sum())
    return FillQuality(
        fills=len(fills),
        maker_share=made / (made + took) if made + took > 0 else float("nan"),
        maker_notional=made,
        taker_notional=took,
        by_reason=by_reason,
        orders=len(orders),
        orders_filled=int(np.count_nonzero(whole)),
        orders_part=int(np.count_nonzero((filled > 0) & ~whole)),
        fill_ratio=float(filled.sum()) / asked if asked > 0 else float("nan"),
        first_fill_ns=(first - orders["t_ns"])[filled > 0].astype(np.int64),
    )


def _filled(fills: npt.NDArray[Any], orders: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """Lots filled of each order and the time of its first fill."""
    row = order_of(fills, orders)
    known = row >= 0
    filled = np.zeros(len(orders), dtype=np.int64)
    first = np.full(len(orders), np.iinfo(np.int64).max)
    np.add.at(filled, row[known], fills["quantity_lots"][known])
    np.minimum.at(first, row[known], fills["t_ns"][known])
    return filled, first


def order_ends(orders: npt.NDArray[Any], end_ns: int) -> Ints:
    """When an order that was not filled stops to count: see the head of this file."""
    asked = np.where(orders["end_ns"] > 0, orders["end_ns"], end_ns)
    latest = np.minimum(orders["t_ns"] + OPPORTUNITY_NS, end_ns)
    ends: Ints = np.minimum(asked, latest)
    return ends


def shortfall(
    config: Config, fills: npt.NDArray[Any], orders: npt.NDArray[Any], mids: Mids
) -> Shortfall:
    """Implementation shortfall of each kept order (ORDER_DTYPE)."""
    row = order_of(fills, orders)
    fills, row = fills[row >= 0], row[row >= 0]
    n = len(orders)
    decision2 = mids.at(orders["instrument"], orders["t_ns"])
    end2 = mids.at(orders["instrument"], order_ends(orders, mids.end_ns))
    sign, fill_sign = signs(orders["side"]), signs(fills["side"])
    filled = np.zeros(n, dtype=np.int64)
    np.add.at(filled, row, fills["quantity_lots"])
    left = np.maximum(orders["quantity_lots"] - filled, 0)
    paper, slippage, fees, missed = (np.zeros(n) for _ in range(4))
    for i in config.instruments:
        mine, own = orders["instrument"] == i.index, fills["instrument"] == i.index
        mid = decision2[mine] / 2.0
        paper[mine] = value(i, mid, orders["quantity_lots"][mine])
        missed[mine] = gain(i, mid, end2[mine] / 2.0, sign[mine] * left[mine])
        lots = fill_sign[own] * fills["quantity_lots"][own]
        cost = gain(i, decision2[row[own]] / 2.0, fills["price_ticks"][own], lots)
        np.add.at(slippage, row[own], cost)
        np.add.at(fees, row[own], fills["fee_units"][own] / 10.0**i.settle_decimals)
    missed[left == 0] = 0.0
    lots = fills["quantity_lots"].astype(np.float64)
    ticks, better = np.zeros(n), np.zeros(n)
    np.add.at(ticks, row, fill_sign * (fills["price_ticks"] - decision2[row] / 2.0) * lots)
    limit = orders["price_ticks"][row]
    gained = fill_sign * (limit - fills["price_ticks"]) * lots
    np.add.at(better, row, np.where(limit > 0, gained, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        known = decision2 > 0
        ticks = np.where(known & (filled > 0), ticks / filled, np.nan)
        better = np.where(filled > 0, better / filled, np.nan)
    return Shortfall(decision2, end2, filled, paper, slippage, fees, missed, ticks, better)
