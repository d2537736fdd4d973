"""Limits of the portfolio in the walk: the native engine keeps sums, the plain one takes them anew
for every batch; a sum that was not touched would part them."""

import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from drive import Frame, ToyVenue, drive
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec, Config, RiskSpec, StrategySpec
from tickpath.core.errors import DataError
from tickpath.engine.commands import Command, LimitName, limit_detail
from tickpath.engine.mixed import mixed_engine
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.hot import STAGES

SYMBOLS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")
TIGHT = RiskSpec(
    gross_exposure_max=Decimal(2500), net_exposure_max=Decimal(900), concentration_ppm=14_000,
    order_rate_per_s=1000, order_burst=1000, venue_order_rate_per_s=60, venue_order_burst=12,
    message_rate_per_s=150, message_burst=40, duplicate_ns=3 * 10**7, open_orders_max=9,
)  # fmt: skip


SMALL = replace(
    TIGHT, gross_exposure_max=Decimal(600), net_exposure_max=Decimal(9000), concentration_ppm=4000
)


@pytest.fixture(autouse=True)
def many_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy venue answers with the symbol it was asked for."""
    place = ToyVenue.place

    def of_symbol(self: ToyVenue, params: dict[str, Any]) -> list[bytes]:
        self.symbol = params["symbol"]
        return place(self, params)

    monkeypatch.setattr(ToyVenue, "place", of_symbol)


def config_with(risk: RiskSpec, **changes: Any) -> Config:
    every = tuple(range(len(SYMBOLS)))
    strategies = (
        StrategySpec(name="imbalance_maker", instruments=every),
        StrategySpec(name="every_event", instruments=every, params={"order_lots": 500}),
    )
    table = [btcusdt(symbol=name, base=(0, 2, 0)[k]) for k, name in enumerate(SYMBOLS)]
    return config_of(*table, strategies=strategies, risk=risk, **changes)


def frames(count: int, seed: int = 8) -> Iterator[Frame]:
    """Three books that drift apart; some are crossed for a while."""
    draw, t_ns = random.Random(seed), 10**9
    mids, numbers, old = [5_000_000] * 3, [10] * 3, [(0, 0)] * 3
    for k in range(count):
        t_ns += draw.choice([10**5, 10**6, 10**7])
        source = k if k < 3 else draw.randrange(3)
        numbers[source] += 1
        mids[source] += draw.randrange(-60, 61)
        half = 1 if draw.random() > 0.03 else -1
        touch = mids[source] - half, mids[source] + half
        text = [f"{x // 100}.{x % 100:02}" for x in (*touch, *old[source])]
        if k < 3:
            sides = [f'[["{x}","2.0"]]' for x in text[:2]]
            number = numbers[source]
            yield (
                source,
                t_ns,
                (f'{{"lastUpdateId":{number},"bids":{sides[0]},"asks":{sides[1]}}}'.encode()),
            )
        else:
            gone = [f'["{x}","0.0"],' if x not in text[:2] else "" for x in text[2:]]
            yield (
                source,
                t_ns,
                (
                    f'{{"e":"depthUpdate","E":1,"s":"{SYMBOLS[source]}","U":{numbers[source]},'
                    f'"u":{numbers[source]},"b":[{gone[0]}["{text[0]}","{k}.0"]],'
                    f'"a":[{gone[1]}["{text[1]}","{k}.5"]]}}'
                ).encode(),
            )
        old[source] = touch


@pytest.mark.parametrize(
    ("account", "risk", "wanted"),
    [
        (AccountSpec(), SMALL, {Code.RISK_GROSS, Code.RISK_CONCENTRATION, Code.RISK_SELF_TRADE}),
        (AccountSpec(cash=("binance-spot",)), TIGHT, {Code.RISK_BUYING_POWER, Code.RISK_NET}),
        (AccountSpec(margin_ppm=1_000_000), TIGHT, {Code.RISK_VENUE_RATE, Code.RISK_DUPLICATE}),
    ],
)
def test_engines_agree_at_the_limits_of_the_portfolio(
    account: AccountSpec, risk: RiskSpec, wanted: set[Code]
) -> None:
    config = config_with(risk, account=account)
    config = replace(config, balances={"USDT": Decimal(100_000), "BTC": Decimal("0.012")})
    market = list(frames(900))
    native = drive(NativeEngine(config), config, market)
    assert drive(ReferenceEngine(config), config, market) == native
    assert native["orders"] > 100
    assert wanted <= set(native["codes"]), native["codes"]
    one_native = dict.fromkeys(STAGES, "reference") | {"risk": "native"}
    assert drive(mixed_engine(replace(config, backends=one_native)), config, market) == native


@pytest.mark.parametrize("cut", [200, 501])
def test_a_restart_knows_what_is_open(cut: int) -> None:
    """What open orders promised and the own best prices follow from the imported orders."""
    config = config_with(TIGHT, account=AccountSpec(cash=("binance-spot",)))
    market = list(frames(700))
    whole, start, rest = NativeEngine(config), NativeEngine(config), ReferenceEngine(config)
    again = NativeEngine(config)
    for engine in (whole, start):
        drive(engine, config, market[:cut])
    for engine in (rest, again):
        engine.import_state(start.export_state())
    for k in range(len(SYMBOLS)):
        kept = start.stages.execute.committed(k)
        assert rest.stages.execute.committed(k) == kept == again.stages.execute.committed(k)
    results = [drive(engine, config, market[cut:]) for engine in (whole, rest, again)]
    assert results[0]["decisions"] == results[1]["decisions"] == results[2]["decisions"]
    assert results[0]["state"] == results[1]["state"] == results[2]["state"]


@pytest.mark.parametrize("engine", [NativeEngine, ReferenceEngine])
def test_a_reference_price_is_a_command_and_part_of_the_state(engine: Any) -> None:
    config = config_with(RiskSpec())
    made = engine(config)
    for detail, ticks in ((-1, 5), (3, 5), (0, -1), (0, 2**62)):
        assert made.on_command(Command.SET_REFERENCE, ticks, 1, detail) == Code.ENGINE_COMMAND
    assert made.on_command(Command.SET_REFERENCE, 6_000_000, 1, 0) == Code.OK
    other = engine(config)
    other.import_state(made.export_state())
    for source, t_ns, data in frames(9):
        other.on_market_frame(source, data, t_ns)
    assert other.codes[Code.RISK_COLLAR_REFERENCE] > 0
    assert {int(r["instrument"]) for r in other.take_decisions()} == {1, 2}
    detail = limit_detail(LimitName.REFERENCE_COLLAR_PPM)
    assert other.on_command(Command.SET_LIMIT, 50_001, 10**10, detail) == Code.ENGINE_LIMIT
    with pytest.raises(DataError):
        other.stages.risk.import_state(b"")
