"""Money commands through both engines: effects, journal, refusals, and the ledger's alarm."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support import btcusdt, btcusdt_linear, config_of

from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec, StrategySpec
from tickpath.core.errors import ConfigError, DataError, GridError
from tickpath.core.records import FEE_NOT_REPORTED, Order, Report, ReportKind
from tickpath.engine import commands, money_commands
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.engine.statement import statement

ENGINES = (ReferenceEngine, NativeEngine)
SNAPSHOT = b'{"lastUpdateId":10,"bids":[["100.00","1.0"]],"asks":[["100.02","1.0"]]}'
GUARD = 10**9
USDT = 1


def config_here(**changes: Any) -> Any:
    account = AccountSpec(reporting="USDT", fx_stale_ns=10**6)
    return config_of(
        btcusdt(),
        btcusdt_linear(),
        strategies=(StrategySpec(name="every_event", instruments=(0,)),),
        account=account,
        **changes,
    )


def holding(engine: Any, lots: int = 5) -> Any:
    """An engine whose linear position was bought at 12 000.0."""
    made = engine(config_here())
    order = Order(7, 1, 0, 1, 0, 0, 0, 0, 120_000, lots, 0)
    report = Report(
        kind=ReportKind.FILL, client_order_id=7, trade_id=1, last_ticks=120_000, last_lots=lots,
        fee_units=FEE_NOT_REPORTED,
    )  # fmt: skip
    assert made.stages.execute.money.fill(order, report) == Code.OK
    return made


def tell(made: Any, words: money_commands.Words, t_ns: int = 100) -> int:
    command, argument, more = words
    return int(made.on_command(command, argument, t_ns, words=more))


def test_commands_do_the_same_in_both_engines() -> None:
    states = []
    for engine in ENGINES:
        made = holding(engine)
        config = made.config
        rate, mark = Decimal("0.0001"), Decimal("12000.12345678")
        assert tell(made, money_commands.funding(config, 1, rate, mark)) == Code.OK
        assert tell(made, money_commands.transfer(config, "USDT", Decimal("-12.5"))) == Code.OK
        assert tell(made, money_commands.fx_rate(config, "BTC", "USDT", Decimal("12000"))) == 0
        assert tell(made, (Command.LEDGER_CHECK, 0, ())) == Code.OK
        assert tell(made, (Command.INSTRUMENT_RESUME, 1, ())) == Code.OK
        money = made.stages.execute.money
        # 5 x 0.001 BTC x 12 000.12345678 USDT x 0.0001, to 10^-17 of a unit of 10^-8 USDT
        assert money.ledger(USDT)["funding"] == round(Decimal("600006.172839") * GUARD)
        assert money.funding_units(1) == 600_006
        assert money.ledger(USDT)["transfers"] == 12_50000000 * GUARD
        states.append(made.export_state())
    assert states[0] == states[1]


@pytest.mark.parametrize(
    "words",
    [
        (Command.FUNDING, 0, (1, 1, 1)),
        (Command.FUNDING, 1, (1, 1)),
        (Command.FUNDING, 2**40, (1, 1, 1)),
        (Command.FUNDING, 1, (2**62, 2**62, 1)),
        (Command.TRANSFER, 9, (1,)),
        (Command.TRANSFER, -1, (1,)),
        (Command.FX_RATE, 0, (2**40, 1, 1)),
        (Command.FX_RATE, 0, (1, -1, 1)),
        (Command.LEDGER_CHECK, 0, (1,)),
        (Command.INSTRUMENT_RESUME, 5, ()),
    ],
)
def test_a_command_that_makes_no_sense_is_a_code(words: Any) -> None:
    for engine in ENGINES:
        made = holding(engine)
        before = made.stages.execute.money.export_state()
        assert tell(made, words) == Code.EXECUTE_MONEY_COMMAND
        assert made.codes[Code.EXECUTE_MONEY_COMMAND] == 1
        assert made.stages.execute.money.export_state() == before


def test_what_does_not_fit_is_refused_before_it_is_a_command() -> None:
    config = config_here()
    with pytest.raises(GridError, match="12 decimals"):
        money_commands.funding(config, 1, Decimal("1e-13"), Decimal(1))
    with pytest.raises(GridError, match="positive"):
        money_commands.funding(config, 1, Decimal("0.1"), Decimal(0))
    with pytest.raises(GridError, match="64 bits"):
        money_commands.transfer(config, "USDT", Decimal("1e12"))
    with pytest.raises(ConfigError, match="known: BTC, USDT"):
        money_commands.transfer(config, "BNB", Decimal(1))
    with pytest.raises(GridError, match="positive"):
        money_commands.fx_rate(config, "BTC", "USDT", Decimal(-1))


def test_a_command_record_keeps_its_words() -> None:
    for words in ((), (1,), (-(2**63), 2**63 - 1, 0)):
        payload = commands.command_bytes(Command.TRANSFER, 3, 5, words)
        assert commands.command_parse(payload) == (Command.TRANSFER, 3, 5)
        assert commands.command_words(payload) == words
    with pytest.raises(DataError):
        commands.command_words(payload[:-1])


def test_a_journal_with_money_commands_replays(tmp_path: Path) -> None:
    from tickpath.backtest.replay import Replay
    from tickpath.core.config_json import config_to_json
    from tickpath.lanes.journal_format import JournalKind

    live, seen = NativeEngine(config_here()), Replay("reference")
    seen.feed(JournalKind.NOTE, 0, 0, b"config\0\0" + config_to_json(live.config).encode())
    for k, words in enumerate(
        [
            money_commands.transfer(live.config, "USD", Decimal("4.25")),
            money_commands.fx_rate(live.config, "USD", "USDT", Decimal("0.99")),
        ]
    ):
        tell(live, words, k)
        command, argument, more = words
        body = commands.command_bytes(command, argument, words=more)
        seen.feed(JournalKind.COMMAND, k + 1, k, bytes(8) + body)
    assert seen.engine.export_state() == live.export_state()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_ledger_that_does_not_balance_stops_everything(engine: Any) -> None:
    made = engine(config_here())
    assert made.on_market_frame(0, SNAPSHOT, 1_000) == Code.OK
    made.take_decisions()
    execute = made.stages.execute
    good = execute.export_state()
    at = good.rindex((100_000 * 10**8 * GUARD).to_bytes(16, "little"))
    execute.import_state(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    frame = b'{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":11,"u":11,"b":[["100.01","2.0"]],"a":[]}'
    made.on_market_frame(0, frame, 2_000)
    assert made.halted
    assert made.codes[Code.EXECUTE_LEDGER] == 1
    assert made.take_out() == []
    assert tell(made, (Command.REARM, 0, ()), 3_000) == Code.ENGINE_HALTED
    made.on_market_frame(0, frame.replace(b"11", b"12"), 4_000)
    assert made.take_out() == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_statement_says_it_in_decimals(engine: Any) -> None:
    made = holding(engine)
    found = statement(made)
    spot, linear = found.positions
    assert (spot.quantity, spot.entry_price) == (Decimal(0), None)
    assert (linear.side, linear.quantity, linear.entry_price) == ("net", Decimal("0.005"), 12_000)
    # taker fee 0.05 % of 60 USDT
    assert found.strategy_fees["every_event"]["USDT"] == Decimal("0.03")
    assert found.equity["USDT"] == Decimal("99999.97")
    assert found.total is None
    tell(made, money_commands.fx_rate(made.config, "BTC", "USDT", Decimal("12000.5")))
    assert statement(made).total == Decimal("111999.97") + Decimal("0.5")
    assert sum(found.ledger["USDT"].values()) == 0
    (total,) = [p for p in found.profits if p.strategy is None and p.unrealised is not None][1:]
    assert (total.realised, total.unrealised) == (0, 0)
