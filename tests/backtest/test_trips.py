"""Round trips and splits of profit against a lot-by-lot queue, and the sums they must keep."""

from collections import deque
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import SECOND, fills_of, orders_of, run_of, samples_of
from support import btcusd_inverse, btcusdt, config_of

from tickpath.backtest.trips import profits_by, round_trips, trip_figures
from tickpath.core.config import Instrument
from tickpath.core.errors import ConfigError

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(90, 110), st.integers(1, 6), st.integers(-5, 30),
              st.integers(0, 1)),
    max_size=14,
)  # fmt: skip
SCALE = 10**8


def made(rows: list[tuple[int, int, int, int, int]]) -> list[dict[str, int]]:
    return [
        {"t_ns": n * SECOND, "side": side, "price_ticks": 1000 * price, "quantity_lots": lots,
         "fee_units": fee, "instrument": k, "client_order_id": 1 + n, "why": lots % 4,
         "maker": lots % 2}
        for n, (side, price, lots, fee, k) in enumerate(rows)
    ]  # fmt: skip


def exact(i: Instrument, entry: int, leave: int, long: bool) -> Fraction:
    """Profit of one lot in units, from the definition."""
    tick, lot = Fraction(i.tick_size), Fraction(i.lot_size)
    a, b = entry * tick, leave * tick
    if i.index == 1:
        gain = Fraction(i.multiplier) * lot * (1 / a - 1 / b)
    else:
        gain = Fraction(i.multiplier) * lot * (b - a)
    return gain * SCALE * (1 if long else -1)


@settings(max_examples=80)
@given(ROWS)
def test_trips_are_first_in_first_out_lot_by_lot(
    rows: list[tuple[int, int, int, int, int]],
) -> None:
    config = config_of(btcusdt(), btcusd_inverse())
    trips = round_trips(config, fills_of(*made(rows)))
    for i in config.instruments:
        queue: deque[tuple[int, bool]] = deque()
        profit, closed = Fraction(0), 0
        for side, price, lots, _, k in rows:
            if k != i.index:
                continue
            for _ in range(lots):
                if queue and queue[0][1] == (side == 1):
                    entry, long = queue.popleft()
                    profit += exact(i, entry, 1000 * price, long)
                    closed += 1
                else:
                    queue.append((1000 * price, side == 0))
        own = trips[trips["instrument"] == i.index]
        assert own["quantity_lots"].sum() == closed
        assert abs(int(own["profit_units"].sum()) - profit) <= 1
        assert (own["close_ns"] >= own["open_ns"]).all()


@settings(max_examples=80)
@given(ROWS)
def test_when_flat_trips_less_fees_are_the_profit_and_fees_are_shared_out_whole(
    rows: list[tuple[int, int, int, int, int]],
) -> None:
    rows = [(s, p, q, f, 0) for s, p, q, f, _ in rows]
    net = sum(q if s == 0 else -q for s, _, q, _, _ in rows)
    if net:
        rows.append((1 if net > 0 else 0, 100, abs(net), 7, 0))
    config, fills = config_of(btcusdt()), fills_of(*made(rows))
    trips = round_trips(config, fills)
    assert trips["fee_units"].sum() == fills["fee_units"].sum()
    profit = profits_by(config, fills, [0] * len(fills), [0]).get((0, 1), 0)
    assert trips["profit_units"].sum() - trips["fee_units"].sum() == profit


@settings(max_examples=60)
@given(ROWS, st.integers(150_000, 250_000))
def test_every_split_adds_up_to_the_whole(
    rows: list[tuple[int, int, int, int, int]], mid2: int
) -> None:
    config = config_of(btcusdt(), btcusd_inverse())
    fills = fills_of(*made(rows))
    orders = orders_of(
        *({"client_order_id": f["client_order_id"], "strategy": k % 2} for k, f in
          enumerate(made(rows)) if k % 3)
    )  # fmt: skip
    samples = samples_of(config, {0: [0], 1: [0]}, mid2=mid2)
    result = run_of(config, samples, fill_rows=fills, order_rows=orders)
    for name in result.settle_currencies():
        c = result.currency(name)
        for key in ("instrument", "strategy", "reason", "liquidity"):
            found = result.profit_by(key, name)
            assert abs(sum(found.values()) - result.pnl_units[c]) <= len(found)


def test_what_is_held_counts_at_the_last_mid() -> None:
    config = config_of(btcusdt())
    fills = fills_of({"price_ticks": 100, "quantity_lots": 4, "fee_units": 9})
    assert profits_by(config, fills, ["a"], [220]) == {("a", 1): 4 * 10 * 10 - 9}
    assert profits_by(config, fills, ["a"], [0]) == {("a", 1): -4 * 100 * 10 - 9}


def test_figures_of_trips() -> None:
    rows = [(0, 100, 2, 1, 0), (1, 101, 1, 1, 0), (1, 99, 1, 0, 0)]
    trips = round_trips(config_of(btcusdt()), fills_of(*made(rows)))
    figures = trip_figures(trips)
    assert (figures.count, figures.hits) == (2, 1)
    assert figures.profit_units == 0
    assert figures.fee_units == 2
    assert figures.hit_rate == 0.5
    assert figures.won_units + figures.lost_units == -2
    assert figures.profit_factor == figures.won_units / -figures.lost_units
    assert figures.held_ns_median == 1.5 * SECOND


def test_unknown_keys_and_currencies_are_named() -> None:
    result = run_of()
    with pytest.raises(ConfigError, match="instrument, strategy, reason, liquidity"):
        result.profit_by("moon")
    with pytest.raises(ConfigError, match="USDT"):
        result.equity("EUR")


def test_profit_by_time_sums_to_the_last_equity() -> None:
    config = config_of(btcusdt())
    samples = samples_of(config, {1: [0, 5, -3, 8, 2, 2, 40]})
    starts, profit = run_of(config, samples).profit_by_time(3 * SECOND)
    assert profit.tolist() == [-3, 5, 38]
    assert str(starts[1]) == "2024-08-09T00:00:03.000000000"
    assert run_of(config).profit_by_time(SECOND)[1].tolist() == []
