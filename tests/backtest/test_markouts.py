"""Markouts against loops over plain Python lists, and the conventions they state."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import SECOND, START, fills_of, mids_of, run_of
from support import btcusd_inverse, btcusdt, config_of

from tickpath.backtest.markouts import HORIZONS_NS, groups, horizon_text, markouts
from tickpath.backtest.mids import Mids

MS = 1_000_000
END = 100 * SECOND
CHANGES = st.lists(
    st.tuples(st.integers(0, 90 * SECOND), st.sampled_from([0, 200, 201, 215]), st.integers(0, 1)),
    max_size=12,
)
FILLS = st.lists(
    st.tuples(
        st.integers(0, 95 * SECOND), st.integers(90, 110), st.integers(1, 9), st.integers(0, 1),
        st.integers(0, 1),
    ),
    max_size=8,
)  # fmt: skip


def mid2_at(changes: list[tuple[int, int, int]], instrument: int, t_ns: int) -> int:
    """The slow way."""
    seen = [m for t, m, k in changes if k == instrument and t <= t_ns]
    return seen[-1] if seen and t_ns <= END else 0


@settings(max_examples=60)
@given(CHANGES, FILLS)
def test_markouts_are_side_times_later_mid_minus_price(
    changes: list[tuple[int, int, int]], rows: list[tuple[int, int, int, int, int]]
) -> None:
    changes.sort(key=lambda row: row[0])
    rows.sort(key=lambda row: row[0])
    config = config_of(btcusdt(), btcusdt(symbol="OTHER"))
    fills = fills_of(
        *(
            {"t_ns": t, "price_ticks": p, "quantity_lots": q, "side": s, "instrument": k}
            for t, p, q, s, k in rows
        )
    )
    found = markouts(config, fills, Mids(mids_of(*changes), START + END))
    for n, (t, price, lots, side, instrument) in enumerate(rows):
        for h, horizon in enumerate(HORIZONS_NS):
            mid2 = mid2_at(changes, instrument, t + horizon)
            assert found.known[n, h] == (mid2 > 0)
            if mid2 == 0:
                assert math.isnan(found.money[n, h])
                continue
            moved = (mid2 / 2 - price) * (1 if side == 0 else -1)
            assert found.ticks2[n, h] == 2 * moved
            assert found.money[n, h] == pytest.approx(moved * 0.01 * lots * 0.00001, abs=1e-12)


def test_at_the_fill_a_maker_earned_the_half_spread_and_a_taker_paid_it() -> None:
    """Bid 99, ask 101: both buy, one at the bid, one at the ask."""
    fills = fills_of(
        {"t_ns": SECOND, "price_ticks": 99, "quantity_lots": 5, "maker": 1, "why": 1},
        {"t_ns": SECOND, "price_ticks": 101, "quantity_lots": 5, "why": 0},
    )
    result = run_of(fill_rows=fills, mid_rows=mids_of((0, 200, 0)))
    assert result.markouts().ticks()[:, 0].tolist() == [1.0, -1.0]


def test_a_change_at_the_very_nanosecond_counts() -> None:
    fills = fills_of({"t_ns": SECOND, "price_ticks": 100, "quantity_lots": 1})
    rows = mids_of((0, 200, 0), (SECOND, 204, 0), (SECOND + 100 * MS, 206, 0), (3 * SECOND, 100, 0))
    assert run_of(fill_rows=fills, mid_rows=rows).markouts().ticks()[0].tolist()[:3] == [2, 3, 3]


def test_an_inverse_contract_gains_in_its_base_currency() -> None:
    fills = fills_of({"t_ns": 0, "price_ticks": 500_000, "quantity_lots": 10, "side": 1})
    found = run_of(
        config_of(btcusd_inverse()), fill_rows=fills, mid_rows=mids_of((0, 990_000, 0))
    ).markouts()
    assert found.money[0, 0] == pytest.approx(-10 * 100 * (1 / 50_000 - 1 / 49_500), rel=1e-9)


def test_means_are_weighted_by_lots_and_totals_are_sums() -> None:
    fills = fills_of(
        {"t_ns": 0, "price_ticks": 98, "quantity_lots": 1, "maker": 1, "why": 1},
        {"t_ns": 0, "price_ticks": 104, "quantity_lots": 3, "maker": 1, "why": 2, "side": 1},
        {"t_ns": 0, "price_ticks": 110, "quantity_lots": 7},
    )
    result = run_of(fill_rows=fills, mid_rows=mids_of((0, 200, 0)))
    found, chosen = result.markouts(), groups(fills)
    assert list(chosen) == ["all", "maker", "taker", "take", "queue", "through", "buys", "sells"]
    assert found.mean_ticks(chosen["maker"])[0] == pytest.approx((2 * 1 + 4 * 3) / 4)
    assert found.mean_ticks(chosen["taker"])[0] == -10
    total = (2 * 1 + 4 * 3 - 10 * 7) * 0.01 * 0.00001
    assert found.total_money(chosen["all"])[0] == pytest.approx(total)
    ticks = np.array([2.0, 4.0])
    weight = np.array([0.25, 0.75])
    error = math.sqrt((weight**2 * (ticks - 3.5) ** 2).sum())
    assert found.error_ticks(chosen["maker"])[0] == pytest.approx(error)
    assert math.isnan(found.error_ticks(chosen["taker"])[0])


def test_no_fills_no_markouts() -> None:
    found = run_of().markouts()
    assert found.ticks().shape == (0, len(HORIZONS_NS))
    assert math.isnan(found.mean_ticks(np.zeros(0, dtype=bool))[0])


def test_horizons_read_as_people_say_them() -> None:
    assert [horizon_text(h) for h in HORIZONS_NS] == ["at fill", "100 ms", "1 s", "10 s", "60 s"]
