"""The door of the sweep kernels: what does not fit is refused, threads change nothing."""

import numpy as np
import pytest

from tickpath.core.errors import ConfigError, DataError
from tickpath.devices.gpu import layout
from tickpath.devices.gpu.sweep import Market, Stream, makers, takers
from tickpath.devices.gpu.sweep_cases import (
    maker_plan,
    maker_records,
    same,
    sweep_books,
    sweep_market,
    sweep_plan,
    taker_records,
)


@pytest.fixture
def stream() -> Stream:
    return sweep_books(np.random.default_rng(1), 60)


@pytest.fixture
def market(stream: Stream) -> Market:
    return sweep_market(np.random.default_rng(2), stream)


def test_threads_and_lanes_change_nothing(stream: Stream, market: Market) -> None:
    rng = np.random.default_rng(3)
    plan, sets = sweep_plan(rng, stream), taker_records(rng, 50)
    whole = takers(stream, plan, sets)
    assert same(whole, takers(stream, plan, sets, threads=3))
    for k in (0, 17, 49):
        alone = takers(stream, plan, sets[k : k + 1])
        assert alone.results[0] == whole.results[k]
        assert (alone.fills[0] == whole.fills[k]).all()
    plan, quoted = maker_plan(rng, stream, 1), maker_records(rng, 40)
    whole = makers(stream, market, plan, quoted)
    assert same(whole, makers(stream, market, plan, quoted, threads=2))
    assert makers(stream, market, plan, quoted[7:8]).results[0] == whole.results[7]


def test_rows_that_are_not_kept_change_no_figure(stream: Stream) -> None:
    rng = np.random.default_rng(4)
    plan, sets = sweep_plan(rng, stream), taker_records(rng, 40)
    plan["order_rows"], plan["fill_rows"] = 300, 300
    kept = takers(stream, plan, sets)
    plan["order_rows"] = plan["fill_rows"] = 0
    bare = takers(stream, plan, sets)
    assert (bare.results == kept.results).all()
    assert bare.fills.shape == (40, 0)


def test_what_does_not_fit_is_refused(stream: Stream, market: Market) -> None:
    rng = np.random.default_rng(5)
    plan, sets = sweep_plan(rng, stream), taker_records(rng, 3)
    with pytest.raises(ConfigError, match="0 threads: write 1 to"):
        takers(stream, plan, sets, threads=0)
    with pytest.raises(DataError, match="contiguous ones"):
        takers(stream, plan, maker_records(rng, 3))
    with pytest.raises(DataError, match="0 sets"):
        takers(stream, plan, sets[:0])
    with pytest.raises(DataError, match="levels have shape"):
        takers(stream._replace(levels=stream.levels[:-1].copy()), plan, sets)
    deep = np.zeros((len(stream.books), 2, 11), layout.SWEEP_LEVEL)
    with pytest.raises(DataError, match="11 levels a side"):
        takers(stream._replace(levels=deep), plan, sets)
    plan, quoted = maker_plan(rng, stream, 1), maker_records(rng, 3)
    with pytest.raises(DataError, match="one price more"):
        makers(stream, market._replace(prices=market.prices[:-1].copy()), plan, quoted)
    short = Stream(stream.events, stream.books[:-1].copy(), stream.levels[:-1].copy())
    with pytest.raises(DataError, match="name more books"):
        makers(short, market, plan, quoted)
    quoted["imbalance_levels"] = 11
    with pytest.raises(DataError, match="imbalance_levels outside 1 to 10"):
        makers(stream, market, plan, quoted)
