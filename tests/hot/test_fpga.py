"""Stages on the simulated board: the bits of the CPU, and the CPU from the first failure on."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from board_support import a_board, needs_board
from hypothesis import given
from hypothesis import strategies as st
from risk_support import MID, buy, context, sell
from strategy_support import drive, spec_of
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.core.config import Config, FeatureSpec
from tickpath.core.records import Bbo, BookStatus, BookTop, EventKind, Position, Trade
from tickpath.devices.fpga.opened import Opened
from tickpath.hot.features import fpga as features
from tickpath.hot.features import reference as plain_features
from tickpath.hot.risk import fpga as risk
from tickpath.hot.risk import reference as plain_risk
from tickpath.hot.risk.values import PPM, part_of_equity
from tickpath.hot.strategy import fpga as strategy
from tickpath.hot.strategy import reference as plain_strategy

pytestmark = needs_board
LOST = "the board is gone: reset the overlay"
BANKS = (spec_of("threshold_bank"), spec_of("bank_example"))


# -- strategies -------------------------------------------------------------------------------


def strategies(config: Config, found: Opened | None, told: list[str]) -> Any:
    columns = plain_strategy.Strategies.required_features(config)
    if found is None:
        return plain_strategy.Strategies(config, columns)
    return strategy.Strategies(config, columns, found, tell=told.append)


def told_by(stage: Any, config: Config) -> tuple[list[Any], list[bytes]]:
    """Intents and states of a seeded market."""
    found = drive(stage, config, 3, 300)
    assert any(found.intents)
    return found.intents, found.states


@pytest.mark.parametrize("fail_at", [1, 2, 17, 10**9])
def test_banks_decide_alike_on_a_board_and_when_it_is_lost(fail_at: int) -> None:
    config = config_of(strategies=BANKS)
    told: list[str] = []
    on_board = strategies(config, a_board(fail_at), told)
    assert told_by(on_board, config) == told_by(strategies(config, None, told), config)
    figures = [bank.rows.figures() for bank in on_board.banks]
    asked = sum(f["device_batches"] for f in figures)
    assert asked == fail_at - 1 if fail_at < 10**9 else asked > 50
    assert told == [f"strategy: fpga -> native: {LOST}"] * (2 if fail_at < 10**9 else 0)


def test_without_a_board_banks_run_on_the_cpu() -> None:
    config = config_of(strategies=BANKS)
    told: list[str] = []
    alone = strategies(config, Opened(board=None, reason="no overlay"), told)
    assert told_by(alone, config) == told_by(strategies(config, None, []), config)
    assert told == ["strategy: fpga -> native: no overlay"] * 2


# -- features ---------------------------------------------------------------------------------


COLUMNS = [
    FeatureSpec(name=f"f{k}", indicator="fixed_point", source="mid", params={"column": k})
    for k in range(1, 9)
]
OTHERS = [
    FeatureSpec(name="spread", indicator="spread", source="mid"),
    FeatureSpec(name="other", indicator="fixed_point", source="mid", params={"shift_fast": 2}),
    FeatureSpec(name="bbo", indicator="fixed_point", source="bbo_mid", params={"column": 1}),
]


def tops(seed: int, count: int) -> Iterator[tuple[int, BookTop]]:
    """Events of a walking book, some not of the book, of a bad book, or past the fabric's width."""
    rng, bid = random.Random(seed), 6_000_000
    for _ in range(count):
        bid += rng.randint(-4, 4)
        top = BookTop(
            bid_ticks=bid, bid_lots=rng.randint(1, 2 ** rng.randint(1, 23)),
            ask_ticks=bid + rng.randint(1, 40), ask_lots=rng.randint(1, 2 ** rng.randint(1, 23)),
            status=BookStatus.OK if rng.random() < 0.9 else BookStatus.STALE,
        )  # fmt: skip
        if rng.random() < 0.05:
            top = replace(top, ask_lots=2**24)
        yield (EventKind.DEPTH if rng.random() < 0.8 else EventKind.TRADE), top


def rows(stage: Any, seed: int = 1, count: int = 400) -> list[str]:
    """Rows as text, so that NaN equals itself."""
    trade = Trade(0, 6_000_000, 1, 0)
    events = enumerate(tops(seed, count))
    return [repr(stage.update(kind, k, top, Bbo(), trade)) for k, (kind, top) in events]


@pytest.mark.parametrize("fail_at", [1, 500, 10**9])
def test_rows_are_alike_from_a_board_and_when_it_is_lost(fail_at: int) -> None:
    told: list[str] = []
    stage = features.Features([*COLUMNS, *OTHERS], a_board(fail_at, "read"), tell=told.append)
    plain = plain_features.Features([*COLUMNS, *OTHERS])
    assert [place for place, _ in stage.on_board] == list(range(8))
    assert rows(stage) == rows(plain)
    assert stage.export_state() == plain.export_state()
    lost = fail_at < 10**9
    assert told == ([f"features: fpga -> native: {LOST}"] if lost else [])
    assert (stage.rows.figures()["device_batches"] > 200) != lost


def test_a_fabric_that_differs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    found, told = a_board(), list[str]()
    stage = features.Features(COLUMNS, found, tell=told.append)
    assert found.board is not None
    right = found.board.features
    monkeypatch.setattr(found.board, "features", lambda *quote: right(*quote) ^ 1)
    assert rows(stage) == rows(plain_features.Features(COLUMNS))
    assert len(told) == 1
    assert told[0].startswith("features: fpga -> native: f1 was ")


def test_one_board_follows_one_book() -> None:
    found, told = a_board(), list[str]()
    first = features.Features(COLUMNS, found, tell=told.append)
    second = features.Features(COLUMNS, found, tell=told.append)
    assert told == ["features: fpga -> native: the board follows the book of another instrument"]
    assert rows(first) == rows(second)
    second.import_state(first.export_state())
    first.import_state(second.export_state())
    assert "a state was restored" in told[-1]
    assert rows(first, 2) == rows(second, 2)
    del first
    third = features.Features(COLUMNS, found, tell=told.append)
    assert third.rows.device is not None, "the first one let it go"
    assert rows(third) == rows(plain_features.Features(COLUMNS))
    assert third.rows.figures()["device_errors"] == 0


# -- risk -------------------------------------------------------------------------------------


def orders(stage: Any, config: Config, seed: int, count: int) -> list[int]:
    """Codes of a seeded stream of batches around all limits."""
    rng, found = random.Random(seed), list[int]()
    held = [[0, 0, 0] for _ in config.instruments]
    for step in range(count):
        batch = []
        for _ in range(rng.randint(1, 3)):
            make = buy if rng.random() < 0.5 else sell
            ticks = MID + rng.choice((0, 1, -1, 10, 249_998, 250_003, -250_001))
            lots = rng.choice((1, 10, 500, 2000, 4001))
            batch.append(make(lots, ticks, instrument=rng.randrange(len(config.instruments))))
        positions = [
            Position(position_lots=p, open_buy_lots=b, open_sell_lots=s) for p, b, s in held
        ]
        at = context(config, len(batch), now_ns=10**9 + step * 3_000_000, positions=positions)
        codes = [int(code) for code in stage.validate(batch, at)]
        for intent, code in zip(batch, codes, strict=True):
            if code == Code.OK:
                held[intent.instrument][1 + int(intent.side)] += intent.quantity_lots
        for state in held:
            bought, sold = rng.randint(0, state[1]), rng.randint(0, state[2])
            state[0] += bought - sold
            state[1] = rng.choice((0, state[1] - bought))
            state[2] = rng.choice((0, state[2] - sold))
        found += codes
    return found


@pytest.mark.parametrize("fail_at", [1, 100, 10**9])
def test_orders_get_the_same_codes_at_the_gate_and_when_it_is_lost(fail_at: int) -> None:
    config = config_of(btcusdt(), btcusdt(symbol="OTHER"))
    told: list[str] = []
    stage = risk.Risk(config, a_board(fail_at, "messages"), tell=told.append)
    codes = orders(stage, config, 5, 400)
    assert codes == orders(plain_risk.Risk(config), config, 5, 400)
    assert {Code.OK, Code.RISK_POSITION, Code.RISK_COLLAR} <= set(codes)
    assert stage.differences == 0
    lost = fail_at < 10**9
    assert told == ([f"risk: fpga -> native: {LOST}"] if lost else [])
    assert (stage.gate.figures()["device_batches"] > 150) != lost


def test_a_kill_reaches_the_gate_and_a_gate_that_is_tighter_decides() -> None:
    config, found = config_of(), a_board()
    stage = risk.Risk(config, found)
    assert found.board is not None
    assert stage.validate([buy(10)], context(config)) == [Code.OK]
    stage.kill()
    assert found.board.status().killed
    assert stage.validate([buy(10)], context(config)) == [Code.RISK_KILLED]
    stage.rearm()
    assert stage.validate([buy(10)], context(config)) == [Code.OK]
    found.board.kill()
    assert stage.validate([buy(10)], context(config)) == [Code.RISK_KILLED]
    assert stage.differences == 1


def test_the_gate_holds_what_is_held_and_what_the_batch_added() -> None:
    config, found = config_of(), a_board()
    assert found.board is not None
    stage = risk.Risk(config, found)
    held = [Position(position_lots=-7, open_buy_lots=3, open_sell_lots=4)]
    batch = [buy(10), sell(1000, MID + 1), buy(20)]
    assert stage.validate(batch, context(config, 3, positions=held)) == [Code.OK] * 3
    status = found.board.status()
    assert (status.position_lots, status.open_buy_lots, status.open_sell_lots) == (-7, 33, 1004)
    assert stage.validate([buy(10)], context(config)) == [Code.OK], "none of it was sent"
    status = found.board.status()
    assert (status.position_lots, status.open_buy_lots, status.open_sell_lots) == (0, 10, 0)


def test_the_gate_follows_the_mark() -> None:
    config, found = config_of(), a_board()
    stage = risk.Risk(config, found)
    for ticks in (MID, 2 * MID, MID // 2, MID):
        top = BookTop(ticks - 1, 9, ticks + 2, 9, status=BookStatus.OK)
        at = context(config, tops=[top], last_trade_ticks=[ticks])
        assert stage.validate([buy(100, ticks)], at) == [Code.OK]
    assert stage.differences == 0
    assert stage.gate.figures()["device_batches"] == 4


@given(st.integers(0, 2**62), st.integers(1, 20_000))
def test_the_gate_grants_the_notional_that_the_checks_grant(equity_units: int, ppm: int) -> None:
    config = config_of()
    stage = plain_risk.Risk(config)
    x = stage._input(buy(1), context(config), 0)
    x.equity_units, x.limits = equity_units, replace(x.limits, position_ceiling_ppm=ppm)
    num, den = x.value_ratio
    granted = risk.limits_of(x).equity * ppm // PPM
    assert granted == part_of_equity(x, ppm) * den // num
