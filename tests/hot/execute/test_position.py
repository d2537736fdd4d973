"""Money of fills against exact fractions: the formulas, the rounding, the two backends."""

import random
from fractions import Fraction
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import Instrument
from tickpath.core.records import (
    FEE_NOT_REPORTED,
    InstrumentKind,
    IntentKind,
    Report,
    ReportKind,
    Request,
)

GUARD = 10**9
FINE = btcusdt(tick_size=btcusdt().tick_size / 10**6, lot_size=btcusdt().lot_size / 10**3)
KINDS = {"spot": btcusdt(), "linear": btcusdt_linear(), "inverse": btcusd_inverse(), "fine": FINE}


def half_even(value: Fraction) -> int:
    return round(value)


def value(instrument: Instrument, ticks: Fraction, lots: Fraction) -> Fraction:
    """Value of lots at a price in settle units."""
    scale = Fraction(10**instrument.settle_decimals) * Fraction(instrument.multiplier)
    quantity = lots * Fraction(instrument.lot_size)
    price = ticks * Fraction(instrument.tick_size)
    if instrument.kind == InstrumentKind.INVERSE:
        return quantity * scale / price
    return quantity * price * scale


class Rig:
    """One instrument, both backends, and an independent book-keeper in fractions."""

    def __init__(self, instrument: Instrument, backends: tuple[str, ...]) -> None:
        config = config_of(instrument)
        self.instrument = config.instruments[0]
        self.stages = []
        for backend in backends:
            name = {"reference": "orders", "native": "native_orders"}[backend]
            codec = import_module(f"tickpath.venues.binance.{name}").OrderCodec(
                config, instrument.venue
            )
            codecs = [codec if v == instrument.venue else None for v in range(len(config.venues))]
            self.stages.append(load("execute", Backend(backend)).Execute(config, codecs))
        self.trades = 0
        self.lots = 0
        self.cost = Fraction(0)
        self.profit = Fraction(0)
        self.cash = Fraction(config.balance_units(instrument.settle))
        self.fees = Fraction(0)

    def fill(self, side: int, ticks: int, lots: int, maker: int = 0) -> None:
        """Send an order, fill it, follow it in fractions."""
        self.trades += 1
        for stage in self.stages:
            request = Request(
                kind=IntentKind.SUBMIT,
                venue=self.instrument.venue,
                instrument=0,
                strategy=0,
                side=side,
                type=0,
                time_in_force=0,
                flags=0,
                tag=0,
                price_ticks=ticks,
                quantity_lots=lots,
            )
            assert stage.send(request, 1, 1) == Code.OK
            stage.take_out()
            stage.take_decisions()
            update = stage.apply(
                Report(
                    kind=ReportKind.FILL,
                    client_order_id=request.client_order_id,
                    trade_id=self.trades,
                    last_ticks=ticks,
                    last_lots=lots,
                    maker=maker,
                    fee_units=FEE_NOT_REPORTED,
                ),
                1,
                1,
            )
            assert update.code == Code.OK
        self.follow(1 if side == 0 else -1, Fraction(ticks), lots, maker)

    def follow(self, sign: int, ticks: Fraction, lots: int, maker: int) -> None:
        instrument = self.instrument
        notional = value(instrument, ticks, Fraction(lots))
        rate = instrument.maker_fee_ppm if maker else instrument.taker_fee_ppm
        fee = notional * rate / 10**6
        self.fees += fee
        self.cash -= half_even(fee)
        closed = min(lots, abs(self.lots)) if self.lots * sign < 0 else 0
        if closed:
            side = 1 if self.lots > 0 else -1
            released = self.cost * closed / abs(self.lots)
            gone = value(instrument, ticks, Fraction(closed)) * side
            inverse = instrument.kind == InstrumentKind.INVERSE
            self.profit += released - gone if inverse else gone - released
            self.cost -= released
        self.cost += value(instrument, ticks, Fraction(lots - closed)) * sign
        self.lots += sign * lots
        if instrument.kind == InstrumentKind.SPOT:
            self.cash -= half_even(notional) * sign

    def check(self, mid2: int) -> None:
        """Stage against book-keeper, ledger against itself, stage against stage."""
        closes = self.trades
        for stage in self.stages:
            (position,) = stage.positions
            ledger = stage.ledger(self.instrument.settle)
            assert sum(ledger.values()) == 0
            assert position.position_lots == self.lots
            assert abs(position.entry_value - self.cost * GUARD) <= closes + 1
            assert abs(position.realised_units - self.profit) <= Fraction(closes, 2) + 1
            assert abs(-ledger["realised"] - self.profit * GUARD) <= 2 * closes + 2
            assert abs(ledger["fees"] - self.fees * GUARD) <= closes
            cash = self.cash
            if self.instrument.kind != InstrumentKind.SPOT:
                cash += position.realised_units
            assert ledger["cash"] == cash * GUARD
            assert abs(ledger["rounding"]) <= 2 * closes * GUARD
            assert abs(stage.equity_units(self.instrument.settle, [mid2]) - self.equity(mid2)) <= (
                closes + 1
            )
        states = {stage.export_state() for stage in self.stages}
        assert len(states) == 1

    def equity(self, mid2: int) -> Fraction:
        """Cash paid exactly and the position at mid, in fractions."""
        mark = value(self.instrument, Fraction(mid2, 2), Fraction(self.lots)) if self.lots else 0
        if self.instrument.kind == InstrumentKind.SPOT:
            return self.cash + mark
        gain = (
            self.cost - mark if self.instrument.kind == InstrumentKind.INVERSE else mark - self.cost
        )
        return self.cash + self.profit + gain


@pytest.mark.parametrize("backend", ["reference", "native"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", [0, 1])
def test_one_open_and_one_close_is_the_formula(backend: str, kind: str, side: int) -> None:
    rng = random.Random(f"{kind}{side}")
    for _ in range(60):
        rig = Rig(KINDS[kind], (backend,))
        lots, entry = rng.randrange(1, 10**6), rng.randrange(1, 10**7)
        leave = rng.randrange(1, 10**7)
        rig.fill(side, entry, lots)
        rig.fill(1 - side, leave, lots)
        (position,) = rig.stages[0].positions
        assert position.realised_units == half_even(rig.profit)
        assert (position.position_lots, position.entry_value) == (0, 0)


@pytest.mark.parametrize("backend", ["reference", "native"])
def test_inverse_by_hand(backend: str) -> None:
    """100 contracts of 100 USD from 50 000 to 40 000, short: 10 000 (1/40 000 - 1/50 000) BTC."""
    rig = Rig(KINDS["inverse"], (backend,))
    rig.fill(1, 500_000, 100)
    rig.fill(0, 400_000, 100)
    assert rig.stages[0].positions[0].realised_units == 5_000_000
    assert rig.stages[0].positions[0].fee_units == 10_000 + 12_500


@pytest.mark.parametrize("backend", ["reference", "native"])
def test_one_entry_price_is_not_rounded_on_the_way(backend: str) -> None:
    """9 x 10^11 (1/3584 - 1/28672) = 219 726 562.5, a tie; the entry value alone is no whole number
    of guard units, so a profit taken from it would fall on the wrong side."""
    rig = Rig(KINDS["inverse"], (backend,))
    rig.fill(0, 3584, 9)
    rig.fill(1, 28672, 9)
    assert rig.profit == Fraction(439_453_125, 2)
    assert rig.stages[0].positions[0].realised_units == 219_726_562


@pytest.mark.parametrize("backend", ["reference", "native"])
def test_half_ticks_are_marked_exactly_and_ties_go_to_even(backend: str) -> None:
    config = btcusdt(tick_size=btcusdt().tick_size / 10, lot_size=btcusdt().lot_size)
    rig = Rig(config, (backend,))
    rig.fill(0, 1000, 1)
    start = rig.cash
    assert rig.stages[0].equity_units(1, [2001]) == half_even(start + Fraction(2001, 2))
    assert rig.stages[0].equity_units(1, [2003]) == half_even(start + Fraction(2003, 2))
    assert rig.stages[0].equity_units(1, [0]) == start + 1000


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(
        st.tuples(
            st.integers(0, 1),
            st.integers(1, 10**7),
            st.sampled_from([1, 2, 3, 5, 10, 999, 10**5]),
            st.integers(0, 1),
        ),
        min_size=1,
        max_size=25,
    ),
)
def test_any_sequence_of_fills(kind: str, fills: list[tuple[int, int, int, int]]) -> None:
    rig = Rig(KINDS[kind], ("reference", "native"))
    for side, ticks, lots, maker in fills:
        rig.fill(side, ticks, lots, maker)
        rig.check(mid2=2 * ticks + 1)


def test_amounts_at_the_edge_are_refused_alike() -> None:
    rng = random.Random(5)
    codes: dict[int, int] = {}
    for kind, instrument in KINDS.items():
        config = config_of(instrument)
        stages: list[Any] = []
        for backend in ("reference", "native"):
            name = {"reference": "orders", "native": "native_orders"}[backend]
            codec = import_module(f"tickpath.venues.binance.{name}").OrderCodec(
                config, instrument.venue
            )
            codecs = [codec if v == instrument.venue else None for v in range(len(config.venues))]
            stages.append(load("execute", Backend(backend)).Execute(config, codecs))
        for trade in range(250):
            side, maker = rng.randrange(2), rng.randrange(2)
            ticks, lots = (rng.randrange(1, 2 ** rng.randrange(1, 64)) for _ in range(2))
            mids = [rng.randrange(0, 2**62)]
            found = []
            for stage in stages:
                request = Request(IntentKind.SUBMIT, instrument.venue, 0, 0, side, 0, 0, 0, 0, 1, 1)
                assert stage.send(request, 1, 1) == Code.OK, kind
                stage.take_out()
                stage.take_decisions()
                report = Report(
                    kind=ReportKind.FILL,
                    client_order_id=request.client_order_id,
                    trade_id=trade,
                    last_ticks=ticks,
                    last_lots=lots,
                    maker=maker,
                )
                code = stage.apply(report, 1, 1).code
                end = Report(kind=ReportKind.EXPIRE, client_order_id=request.client_order_id)
                stage.apply(end, 1, 1)
                equity = stage.equity_units(instrument.settle, mids)
                found.append((code, equity, stage.export_state()))
                stage.money.resume(0)
            assert found[0] == found[1], (kind, trade)
            codes[found[0][0]] = codes.get(found[0][0], 0) + 1
    assert codes[Code.RISK_OVERFLOW] > 50
    assert codes[Code.EXECUTE_OVERFILL] > 50
