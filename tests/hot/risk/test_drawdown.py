"""Drawdown monitor: levels, days, resets, profit by strategy; both backends through control."""

import random
import struct
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from control_support import control_of, refusal
from risk_support import BACKENDS, MID, context, sell
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.codes import Code
from tickpath.core.config import Config, DrawdownSpec, Instrument, StrategySpec
from tickpath.core.records import InstrumentKind, Position
from tickpath.hot.risk.control import state
from tickpath.hot.risk.control.plan import plans_of

DAY = 86_400 * 10**9
OPENING = 100_000 * 10**8
TWO = tuple(StrategySpec(name="ema_cross", instruments=(0,)) for _ in range(2))


@pytest.fixture(params=BACKENDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def made(name: str, *instruments: Instrument, **levels: int) -> tuple[Any, Config]:
    traded = instruments or (btcusdt(), btcusdt(symbol="OTHER"))
    config = config_of(*traded, strategies=TWO, drawdown=DrawdownSpec(**levels))
    return control_of(name, config), config


def down(ppm: int) -> int:
    """The opening equity less so many millionths."""
    return OPENING - OPENING * ppm // 10**6


def held(control: Any, config: Config, intent: Any, lots: int) -> int:
    at = context(config, last_market_ns=[10**9] * 2, positions=[Position(lots), Position()])
    return int(control.risk.validate([intent], at)[0])


def test_first_reduce_then_halt(name: str) -> None:
    control, config = made(name, reduce_only_ppm=10_000, halt_ppm=20_000)
    control.total(0, down(10_000), 1)
    assert refusal(control, config) == 0
    control.total(0, down(10_000) - 1, 2)
    assert [refusal(control, config, i) for i in (0, 1)] == [Code.RISK_DRAWDOWN_REDUCE] * 2
    assert held(control, config, sell(200), 200) == 0, "it reduces"
    assert held(control, config, sell(201), 200) == Code.RISK_DRAWDOWN_REDUCE
    control.total(0, down(9_000), 3)
    assert refusal(control, config) == 0, "the first level ends by itself"
    control.total(0, down(20_000) - 1, 4)
    assert held(control, config, sell(200), 200) == Code.RISK_DRAWDOWN_HALT
    control.total(0, down(0), 5)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_HALT, "the second does not"
    assert control.reset(-1) == 0
    assert refusal(control, config) == 0


def test_a_reset_begins_from_here(name: str) -> None:
    control, config = made(name, halt_ppm=20_000)
    control.total(0, OPENING // 2, 1)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_HALT
    control.reset(-1)
    control.total(0, OPENING // 2 - OPENING // 100, 2)
    assert refusal(control, config) == 0
    control.total(0, OPENING // 2 - OPENING // 100 - 1, 3)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_HALT
    for strategy in (-2, 2, 2**40):
        assert control.reset(strategy) == Code.ENGINE_COMMAND


def test_the_peak_goes_up_and_survives_a_restart(name: str) -> None:
    control, config = made(name, halt_ppm=20_000)
    control.total(0, 2 * OPENING, 1)
    other = control_of(name, config)
    other.import_state(control.export_state())
    for each in (control, other):
        each.total(0, 2 * OPENING - OPENING // 25, 2)
        assert refusal(each, config) == 0
        each.total(0, 2 * OPENING - OPENING // 25 - 1, 3)
        assert refusal(each, config) == Code.RISK_DRAWDOWN_HALT
        again = control_of(name, config)
        again.import_state(each.export_state())
        assert refusal(again, config) == Code.RISK_DRAWDOWN_HALT


@pytest.mark.parametrize("start", [0, 8 * 3600 * 10**9])
def test_a_day_ends_its_halt_and_opens_with_what_is_left(name: str, start: int) -> None:
    control, config = made(
        name, daily_reduce_only_ppm=5_000, daily_halt_ppm=10_000, day_start_ns=start
    )
    control.tick(DAY + start)
    control.total(0, down(5_001), DAY + start + 1)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_REDUCE
    control.total(0, down(10_001), DAY + start + 2)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_HALT
    control.total(0, down(0), DAY + start + 3)
    control.total(0, down(10_001), DAY + start + 4)
    assert control.tick_ns == 2 * DAY + start
    control.tick(2 * DAY + start - 1)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_HALT
    control.tick(2 * DAY + start)
    assert refusal(control, config) == 0
    control.total(0, down(14_950), 2 * DAY + start + 1)
    assert refusal(control, config) == 0, "1 % of what the day opened with is a little less"
    control.total(0, down(19_900), 2 * DAY + start + 2)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_REDUCE
    control.total(0, down(19_901), 2 * DAY + start + 2)
    assert refusal(control, config) == Code.RISK_DRAWDOWN_HALT


def test_currencies_are_apart(name: str) -> None:
    control, config = made(name, btcusdt_linear(), btcusd_inverse(), halt_ppm=10_000)
    control.total(1, 98 * 10**6, 1)
    assert refusal(control, config) != Code.RISK_DRAWDOWN_HALT
    assert refusal(control, config, 1) == Code.RISK_DRAWDOWN_HALT


# -- by strategy ------------------------------------------------------------------------------


def profits(control: Any, config: Config) -> list[list[tuple[int, int, int, int, int]]]:
    """(lots, fees, profit before fees, broken, cost) of each strategy and instrument."""
    n = len(config.instruments)
    image = state.unpack(
        control.export_state(), n, len(config.strategies), len(config.currencies),
        plans_of(config),
    )  # fmt: skip
    return [image.cells[s * n : s * n + n] for s in range(len(config.strategies))]


def test_a_strategy_is_judged_by_its_own_fills(name: str) -> None:
    control, config = made(name, strategy_reduce_only_ppm=100, strategy_halt_ppm=200)
    control.filled(0, 0, 4000, MID, 2 * 10**8, 2 * MID, 1)
    assert refusal(control, config) == 0, "2 USDT of fees are 20 ppm"
    control.marked(0, 2 * (MID - 20_000), 2)
    assert refusal(control, config, 0, 0) == 0, "and 8 more 100"
    control.marked(0, 2 * (MID - 20_000) - 1, 3)
    assert refusal(control, config, 0, 0) == Code.RISK_DRAWDOWN_REDUCE
    assert refusal(control, config, 1, 0) == Code.RISK_DRAWDOWN_REDUCE
    assert refusal(control, config, 0, 1) == 0, "the other one did nothing"
    control.filled(0, 0, -4000, MID - 46_000, 0, 0, 4)
    assert refusal(control, config, 0, 0) == Code.RISK_DRAWDOWN_HALT
    assert control.reset(1) == 0
    assert refusal(control, config, 0, 0) == Code.RISK_DRAWDOWN_HALT
    assert control.reset(0) == 0
    assert refusal(control, config, 0, 0) == 0


@pytest.mark.parametrize("instrument", [btcusdt(), btcusdt_linear(), btcusd_inverse()])
def test_profit_is_what_fractions_say(name: str, instrument: Instrument) -> None:
    """Spot and linear exactly; inverse within half a unit a fill."""
    control, config = made(name, instrument, strategy_halt_ppm=1_000_000)
    draw, value, lots = random.Random(5), Fraction(0), 0
    scale = 10**8 * Fraction(instrument.multiplier) * Fraction(instrument.lot_size)
    inverse = instrument.kind == InstrumentKind.INVERSE

    def worth(count: int, ticks: Fraction) -> Fraction:
        price = ticks * Fraction(instrument.tick_size)
        return -scale * count / price if inverse else scale * count * price

    for k in range(1, 60):
        ticks, count = 500_000 + draw.randrange(-9000, 9000), draw.randrange(-9, 10) or 5
        mid2 = 2 * ticks + draw.randrange(-50, 50)
        control.filled(1, 0, count, ticks, 3, mid2, k)
        value -= worth(count, Fraction(ticks))
        lots += count
        found = profits(control, config)[1][0]
        exact = value + worth(lots, Fraction(mid2, 2))
        assert (found[0], found[1], found[3]) == (lots, 3 * k, 0)
        assert abs(found[2] - exact) <= (Fraction(k + 1, 2) if inverse else Fraction(1, 2))


@pytest.mark.parametrize("instrument", [btcusdt(), btcusd_inverse()])
def test_a_sum_that_does_not_fit_is_ruin(name: str, instrument: Instrument) -> None:
    control, config = made(name, instrument, strategy_halt_ppm=999_999)
    word = 2**63 - 1
    control.filled(0, 0, word, word if instrument.kind == InstrumentKind.SPOT else 1, 0, 2, 1)
    assert profits(control, config)[0][0][3] == 1
    assert refusal(control, config) == Code.RISK_DRAWDOWN_HALT
    control.filled(0, 0, 5, 5, 5, 5, 2)
    assert profits(control, config)[0][0][2] == -(2**62), "and stays"
    control.filled(5, 0, 1, 1, 1, 1, 3)
    control.filled(-1, 0, 1, 1, 1, 1, 3)


def test_backends_agree_at_the_ends_of_words() -> None:
    draw = random.Random(3)
    ends = [1, 2, 3, 2**31, 2**62, 2**63 - 1, 10**6, 5 * 10**6]
    big = btcusdt(multiplier=Decimal(10**6))
    for instrument in (btcusdt(), btcusdt_linear(), btcusd_inverse(), big):
        for _ in range(60):
            pair = [
                made(name, instrument, strategy_halt_ppm=5, reduce_only_ppm=7, daily_halt_ppm=9)
                for name in BACKENDS
            ]
            for k in range(4):
                lots = draw.choice(ends) * draw.choice([1, -1])
                fill = (draw.randrange(2), 0, lots, draw.choice(ends), draw.choice([0, *ends]))
                mid2 = draw.choice([0, *ends])
                equity = draw.choice([*ends, -5, -(2**63), 0])
                for control, _ in pair:
                    control.filled(*fill, mid2, k)
                    control.total(0, equity, k)
                states = [control.export_state() for control, _ in pair]
                assert states[0] == states[1], (instrument.symbol, fill, mid2)


def test_a_forged_cost_is_refused(name: str) -> None:
    """Twice a cost that fills its word would not fit the sum of a mark."""
    control, _ = made(name)
    data = control.export_state()
    forged = data[:-16] + struct.pack("<qq", 0, 2**62)
    with pytest.raises(Exception, match="cost"):
        control.import_state(forged)
