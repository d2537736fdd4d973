"""Commands at their times: funding is paid on what is held then, bad files are named."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support import btcusdt_linear, config_of

from tickpath.backtest.result import Result
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.timed import Timed, in_order, read_funding
from tickpath.core.config import Config, StrategySpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.engine.commands import Command
from tickpath.engine.money_commands import funding
from tickpath.venues.sim.generator import generate

MARKET = generate(3, 1500, venue="binance-usdm")
RATE, MARK = Decimal("0.0001"), Decimal("60000.5")


def config() -> Config:
    spec = StrategySpec(name="every_event", instruments=(0,))
    return config_of(btcusdt_linear(), strategies=(spec,))


def run(engine: str = "native", **options: Any) -> Result:
    made = Options(engine=engine, measure=False, direct_orders=True, **options)
    return Backtest(config(), MARKET, made).run()


def payment(t_ns: int) -> Timed:
    command, argument, words = funding(config(), 0, RATE, MARK)
    return Timed(t_ns=t_ns, command=command, argument=argument, words=words)


@pytest.mark.parametrize("engine", ["native", pytest.param("reference", marks=pytest.mark.slow)])
def test_funding_is_paid_on_what_is_held_at_its_time(engine: str) -> None:
    held = run(max_events=1)
    frame = 0
    while held.position_lots == [0]:
        frame += 101
        held = run(stop_ns=int(MARKET.t_ns[frame]))
    t_ns = int(MARKET.t_ns[frame])
    plain, paid = run(engine), run(engine, commands=(payment(t_ns),))
    lots = held.position_lots[0] * config().instruments[0].lot_size
    units = lots * MARK * RATE * 10 ** config().currencies[1].decimals
    (with_it,), (without,) = paid.pnl_units.values(), plain.pnl_units.values()
    assert abs(without - with_it - units) <= 1
    assert paid.orders == plain.orders


def test_a_command_stands_at_its_time_in_both_loops() -> None:
    times = [int(MARKET.t_ns[k]) + shift for k, shift in ((5, 0), (700, 1), (700, 1), (901, -1))]
    commands = tuple(payment(t) for t in times)
    native, plain = (run(engine, commands=commands) for engine in ("native", "reference"))
    assert native.state_hash == plain.state_hash
    assert native.decisions_hash == plain.decisions_hash
    assert native.state_hash != run(commands=commands[:3]).state_hash


def test_a_kill_ends_trading_then_and_not_before() -> None:
    at = int(MARKET.t_ns[800])
    killed = run(commands=(Timed(t_ns=at, command=Command.KILL),))
    early = run(stop_ns=at)
    assert 0 < early.orders <= killed.orders < run().orders
    assert killed.fill_rows["t_ns"].max() < at + 10**9


def test_time_ends_with_the_last_frame() -> None:
    late = payment(int(MARKET.t_ns[-1]) + 1)
    assert run(commands=(late,)).pnl_units == run().pnl_units
    with pytest.raises(ConfigError, match="before 1970"):
        in_order([replace(late, t_ns=-1)])
    assert in_order([late, payment(5)])[0].t_ns == 5


FILE = """time,instrument,rate,mark
2024-08-08T08:00,binance-usdm:BTCUSDT,0.0001,60000.5
2024-08-08T08:00,binance-usdm:ETHUSDT,0.0002,2500
1723132800000000000,binance-usdm:BTCUSDT,-0.00005,61000
"""


def test_a_file_of_funding(tmp_path: Path) -> None:
    path = tmp_path / "funding.csv"
    path.write_text(FILE)
    found = read_funding(path, config())
    assert [timed.t_ns for timed in found] == [1723104000000000000, 1723132800000000000]
    assert found[0] == payment(1723104000000000000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("0.0001,", "abc,"), "row 2 "),
        (("rate,mark", "rate"), "has no mark"),
        (("-0.00005,61000", "-0.00005,0"), "row 4 .*not positive"),
        (("1723132800000000000", "1"), "row 4 .*sort the file"),
        (("2024-08-08T08:00,binance-usdm:BTC", "noon,binance-usdm:BTC"), "row 2 .*ISO 8601"),
    ],
)
def test_a_bad_file_is_named(change: tuple[str, str], message: str, tmp_path: Path) -> None:
    path = tmp_path / "funding.csv"
    path.write_text(FILE.replace(*change))
    with pytest.raises(DataError, match=message):
        read_funding(path, config())
    with pytest.raises(DataError, match="No such file"):
        read_funding(tmp_path / "none.csv", config())
