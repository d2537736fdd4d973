"""The worker's answers against the figures computed by hand, and what it leaves out."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from portfolio_support import correlation, prices_of, weighted
from scipy import stats
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.config import Config, Instrument, PortfolioSpec
from tickpath.core.errors import ConfigError
from tickpath.hot.risk.portfolio import state
from tickpath.hot.risk.portfolio.native import Portfolio
from tickpath.hot.risk.portfolio.worker import PortfolioWorker, exposure, loss_units, near_units
from tickpath.lanes.slot import Slot

GRID = 10**9
SPEC = PortfolioSpec(
    grid_ns=GRID, decay_ppm=940_000, confidence_ppm=990_000, horizon=4, paths=50_000
)


def config_with(*instruments: Instrument, **changes: Any) -> Config:
    traded = instruments or (btcusdt(), btcusdt_linear())
    return config_of(*traded, portfolio=replace(SPEC, **changes))


def fed(config: Config, prices: np.ndarray) -> Portfolio:
    """A portfolio that saw these mids, twice, in ticks."""
    made = Portfolio(config, load("risk", Backend.NATIVE).Risk(config))
    for k, row in enumerate(prices):
        made.grid(k * GRID)
        for asset, price in enumerate(row):
            made.market(asset, int(price))
    return made


def slots(count: int) -> tuple[Slot, Slot]:
    return Slot.create(state.snapshot_size(count)), Slot.create(state.ANSWER.size)


def asked(config: Config, made: Portfolio, lots: list[int]) -> tuple[int, ...]:
    """The words of the answer to a snapshot."""
    snapshots, answers = slots(len(lots))
    worker = PortfolioWorker(config, snapshots, answers)
    worker.start()
    snapshots.write(made.snapshot(lots, 9, 77), seq=9, t_ns=77)
    assert worker.do_work() == 1
    found = answers.read()
    assert found is not None
    assert (found.seq, found.t_ns) == (9, 77)
    return state.ANSWER.unpack(found.value)


def two_prices() -> np.ndarray:
    return np.round(prices_of(3, 150, 2) * 10**5)


def test_figures_are_those_of_the_matrix_and_the_exposures() -> None:
    config, prices, lots = config_with(), two_prices(), [1_200_000, -900]
    version, seq, from_ns, var, simulated, beyond, simulated_beyond, *along = asked(
        config, fed(config, prices), lots
    )
    assert (version, seq, from_ns) == (9, 9, 77)
    pairs = zip(config.instruments, lots, prices[-1], strict=True)
    w = np.array([float(i.value_ratio[0]) * n * p / (2 * i.value_ratio[1]) for i, n, p in pairs])
    matrix = weighted(prices, 0.94)
    deviation = math.sqrt(w @ matrix @ w * 4)
    z = stats.norm.ppf(0.99)
    assert var == pytest.approx(z * deviation, rel=1e-9, abs=1)
    assert var >= z * deviation * (1 - 1e-9), "a loss is rounded up"
    assert beyond == pytest.approx(stats.norm.pdf(z) / 0.01 * deviation, rel=1e-9, abs=1)
    assert simulated == pytest.approx(var, rel=0.05)
    assert simulated_beyond == pytest.approx(beyond, rel=0.05)
    rho = correlation(matrix)[0, 1]
    assert along[0] == pytest.approx(rho * w[1], rel=1e-9)
    assert along[1] == pytest.approx(rho * w[0], rel=1e-9)
    assert set(along[2:]) == {state.ABSENT}


def test_the_same_snapshot_gives_the_same_answer() -> None:
    config, made = config_with(), fed(config_with(), two_prices())
    assert asked(config, made, [500, 7]) == asked(config, made, [500, 7])
    other = replace(config, seed=2)
    assert asked(other, made, [500, 7])[4] != asked(config, made, [500, 7])[4]


def test_an_inverse_exposure_is_money_of_its_base() -> None:
    """100 contracts of 100 USD at 50 000.0 are 0.2 BTC."""
    contract = btcusd_inverse()
    assert exposure(contract, 100, 2 * 500_000) == pytest.approx(0.2 * 10**8)
    assert exposure(contract, -100, 2 * 250_000) == pytest.approx(-0.4 * 10**8)
    config = config_with(contract)
    words = asked(config, fed(config, two_prices()[:, :1]), [1000])
    assert words[4] != words[3], "1 / (1 + r) is in the simulated figure alone"
    assert words[4] == pytest.approx(words[3], rel=0.1)


@pytest.mark.parametrize("seen", [0, 1])
def test_what_is_held_and_was_not_seen_has_no_figure(seen: int) -> None:
    config, prices = config_with(), two_prices()
    made = Portfolio(config, load("risk", Backend.NATIVE).Risk(config))
    for k, row in enumerate(prices):
        made.grid(k * GRID)
        made.market(0, int(row[0]))
    if seen:
        made.market(1, 1000)
    held = asked(config, made, [100, 1])
    assert set(held[3:7]) == {state.ABSENT}
    assert held[7] == state.ABSENT
    alone = asked(config, made, [100, 0])
    assert min(alone[3:7]) > 0
    assert alone[7] == 0


def test_nothing_held_risks_nothing() -> None:
    config = config_with()
    assert set(asked(config, fed(config, two_prices()), [0, 0])[3:9]) == {0}


def test_losses_are_rounded_up_and_bounded() -> None:
    assert [loss_units(x) for x in (0.0, 1e-9, 1.0, -0.5, -1.5)] == [0, 1, 1, 0, -1]
    assert loss_units(1e30) == 2**62
    assert near_units(-1e30) == -(2**62)
    for value in (math.nan, math.inf, -math.inf):
        assert loss_units(value) == near_units(value) == state.ABSENT


def test_a_worker_answers_a_snapshot_once_until_it_is_closed() -> None:
    config, made = config_with(), fed(config_with(), two_prices())
    snapshots, answers = slots(2)
    worker = PortfolioWorker(config, snapshots, answers)
    worker.start()
    assert worker.do_work() == 0, "nothing there yet"
    snapshots.write(made.snapshot([1, 1], 5, 6), seq=5)
    assert [worker.do_work(), worker.do_work()] == [1, 0]
    first = answers.read()
    worker.close()
    snapshots.write(made.snapshot([1, 2], 8, 9), seq=8)
    assert worker.do_work() == 0
    worker.start()
    assert [worker.do_work(), worker.do_work()] == [1, 0]
    second = answers.read()
    assert first is not None
    assert second is not None
    versions = [state.ANSWER.unpack(found.value)[0] for found in (first, second)]
    assert versions == [5, 8]


def test_a_snapshot_of_something_else_is_counted() -> None:
    config = config_with()
    snapshots, answers = slots(2)
    worker = PortfolioWorker(config, snapshots, answers)
    worker.start()
    snapshots.write(bytes(state.snapshot_size(2)), seq=3)
    assert worker.do_work() == 0
    assert worker.refused == 1
    assert answers.read() is None


def test_what_it_cannot_work_with_is_refused() -> None:
    snapshots, answers = slots(2)
    with pytest.raises(ConfigError, match="grid_ns"):
        PortfolioWorker(config_with(grid_ns=0), snapshots, answers)
    with pytest.raises(ConfigError, match="snapshots slot"):
        PortfolioWorker(config_with(), answers, answers)
    with pytest.raises(ConfigError, match="answers slot"):
        PortfolioWorker(config_with(), snapshots, snapshots)
    with pytest.raises(ConfigError, match="one currency"):
        PortfolioWorker(config_with(btcusdt(), btcusd_inverse()), snapshots, answers)
