"""Fill quality and implementation shortfall against small computations by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import SECOND, fills_of, mids_of, orders_of, run_of
from support import btcusd_inverse, btcusdt, config_of

from tickpath.backtest.execution import OPPORTUNITY_NS, order_of
from tickpath.backtest.sampling import END_CANCEL

UNIT = 0.01 * 0.00001
"""A tick times a lot of the instrument, in USDT."""


def test_shortfall_of_an_order_filled_in_part() -> None:
    """Decided at mid 100, 6 of 10 bought at 101 and 102, cancelled at mid 105."""
    orders = orders_of(
        {"t_ns": SECOND, "client_order_id": 7, "price_ticks": 103, "quantity_lots": 10,
         "end_ns": 5 * SECOND, "end": END_CANCEL}
    )  # fmt: skip
    fills = fills_of(
        {"t_ns": 2 * SECOND, "client_order_id": 7, "price_ticks": 101, "quantity_lots": 4,
         "fee_units": 30},
        {"t_ns": 3 * SECOND, "client_order_id": 7, "price_ticks": 102, "quantity_lots": 2,
         "fee_units": 20},
    )  # fmt: skip
    mids = mids_of((0, 200, 0), (4 * SECOND, 210, 0), (6 * SECOND, 500, 0))
    result = run_of(order_rows=orders, fill_rows=fills, mid_rows=mids)
    cost = result.shortfall
    assert cost.paper[0] == pytest.approx(100 * 10 * UNIT)
    assert cost.slippage[0] == pytest.approx((1 * 4 + 2 * 2) * UNIT)
    assert cost.fees[0] == pytest.approx(50e-8)
    assert cost.opportunity[0] == pytest.approx(5 * 4 * UNIT)
    assert cost.total()[0] == pytest.approx((8 + 20) * UNIT + 50e-8)
    assert cost.slippage_ticks[0] == pytest.approx(8 / 6)
    assert cost.improvement_ticks[0] == pytest.approx((2 * 4 + 1 * 2) / 6)
    quality = result.fill_quality()
    assert (quality.orders, quality.orders_filled, quality.orders_part) == (1, 0, 1)
    assert quality.fill_ratio == pytest.approx(0.6)
    assert quality.first_fill_ns.tolist() == [SECOND]


ORDERS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(1, 9),
        st.lists(st.tuples(st.integers(1, 5), st.integers(95, 105)), max_size=3),
        st.integers(1, 200),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60)
@given(ORDERS, st.booleans())
def test_shortfall_is_the_paper_profit_minus_the_real_one(
    rows: list[tuple[int, int, list[tuple[int, int]], int]], inverse: bool
) -> None:
    """Both marked at the mid at which the order ended."""
    made = btcusd_inverse() if inverse else btcusdt()
    orders, fills = [], []
    for k, (side, more, parts, end_s) in enumerate(rows):
        total = more + sum(lots for lots, _ in parts)
        orders.append({"t_ns": k * SECOND, "client_order_id": 2 * k + 5, "side": side,
                       "quantity_lots": total, "price_ticks": 100,
                       "end_ns": (k + end_s) * SECOND, "end": END_CANCEL})  # fmt: skip
        fills += [{"t_ns": k * SECOND + 1, "client_order_id": 2 * k + 5, "side": side,
                   "price_ticks": price, "quantity_lots": lots, "fee_units": 3}
                  for lots, price in parts]  # fmt: skip
    mids = [(n * SECOND, 190 + (n * 7) % 23, 0) for n in range(300)]
    result = run_of(config_of(made), order_rows=orders_of(*orders), fill_rows=fills_of(*fills),
                    mid_rows=mids_of(*mids))  # fmt: skip

    def worth(ticks: float, lots: int) -> float:
        return -100 * lots / (ticks * 0.1) if inverse else ticks * lots * UNIT

    total = result.shortfall.total()
    for k, (side, more, parts, end_s) in enumerate(rows):
        sign = 1 if side == 0 else -1
        ended = min(k + end_s, k + OPPORTUNITY_NS // SECOND)
        start, end = mids[k][1] / 2, mids[ended][1] / 2
        lots = more + sum(q for q, _ in parts)
        paper = sign * (worth(end, lots) - worth(start, lots))
        real = sum(sign * (worth(end, q) - worth(p, q)) - 3e-8 for q, p in parts)
        assert total[k] == pytest.approx(paper - real, abs=1e-9)


def test_shares_are_of_notional_and_reasons_are_counted() -> None:
    fills = fills_of(
        {"price_ticks": 100, "quantity_lots": 3, "maker": 1, "why": 1},
        {"price_ticks": 100, "quantity_lots": 1, "why": 0},
        {"price_ticks": 100, "quantity_lots": 4, "maker": 1, "why": 1},
    )
    quality = run_of(fill_rows=fills).fill_quality()
    assert quality.maker_share == pytest.approx(7 / 8)
    assert quality.turnover == pytest.approx(800 * UNIT)
    assert {k: n for k, (n, _) in quality.by_reason.items()} == {"take": 1, "queue": 2}


def test_nothing_happened() -> None:
    quality = run_of().fill_quality()
    assert (quality.fills, quality.orders, quality.turnover) == (0, 0, 0.0)
    assert math.isnan(quality.maker_share)
    assert math.isnan(quality.fill_ratio)


def test_an_order_without_a_mid_at_its_decision_has_no_cost() -> None:
    orders = orders_of({"t_ns": 0, "client_order_id": 1, "quantity_lots": 5, "price_ticks": 9})
    cost = run_of(order_rows=orders, mid_rows=mids_of((SECOND, 200, 0))).shortfall
    assert math.isnan(cost.total()[0])


def test_fills_find_their_orders_whatever_their_order() -> None:
    orders = orders_of(*({"client_order_id": n} for n in (5, 3, 9)))
    fills = fills_of(*({"client_order_id": n} for n in (9, 4, 3, 5, 10, 1)))
    assert order_of(fills, orders).tolist() == [2, -1, 1, 0, -1, -1]
    assert order_of(fills, orders_of()).tolist() == [-1] * 6


def test_currencies_are_kept_apart() -> None:
    config = config_of(btcusdt(), btcusd_inverse())
    fills = fills_of(
        {"price_ticks": 6_000_000, "quantity_lots": 100, "instrument": 0, "maker": 1},
        {"price_ticks": 600_000, "quantity_lots": 6, "instrument": 1},
    )
    result = run_of(config, fill_rows=fills)
    assert result.settle_currencies() == ["BTC", "USDT"]
    assert result.fill_quality("USDT").turnover == pytest.approx(60.0)
    assert result.fill_quality("BTC").turnover == pytest.approx(0.01)
    assert result.fill_quality("BTC").maker_share == 0
    assert np.array_equal(result.settles_in(fills, "BTC"), [False, True])
