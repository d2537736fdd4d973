"""Orders, fills and money the slow way: what must be true from the events alone.

The model knows nothing of states, links, tables or cost methods: an order that went out takes each
trade once, a bust takes one back, a leg is the sum of what is left, no id is ever given twice. Its
money are the cash flows of what is left: realised profit is entry value minus flow, whatever the
method, within what rounding each posting to the guard may lose.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any

from tickpath.core.config import Config
from tickpath.core.records import FEE_NOT_REPORTED, InstrumentKind, Report

GUARD = 10**9
FINE = 2**64
"""Cash flows are kept in this part of a guard unit: nothing of them is lost in a run."""

ROUNDINGS = 4
"""Guard units that one fill or bust may round away: leg and profit, at most two lots of each."""


class SlowOrder:
    """One that went out: what its fills mean."""

    __slots__ = ("filled", "instrument", "leg", "sign")

    def __init__(self, instrument: int, sign: int, leg: int) -> None:
        self.instrument, self.sign, self.leg = instrument, sign, leg
        self.filled = 0


class SlowModel:
    """What went out, what filled, what was taken back, what was paid."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.hedged = [config.venues[i.venue] in config.account.hedging for i in config.instruments]
        self.unit = [
            Fraction(10**i.settle_decimals)
            * Fraction(i.multiplier)
            * Fraction(i.lot_size)
            * (
                1 / Fraction(i.tick_size)
                if i.kind == InstrumentKind.INVERSE
                else Fraction(i.tick_size)
            )
            for i in config.instruments
        ]
        self.ids: set[int] = set()
        self.orders: dict[int, SlowOrder] = {}
        self.fills: dict[tuple[int, int], tuple[int, int, int, int]] = {}
        self.position = [0] * len(config.instruments)
        self.legs = [[0, 0] for _ in config.instruments]
        self.flow = [0] * len(config.instruments)
        self.fees = [0] * len(config.currencies)
        self.moved = [0] * len(config.currencies)
        self.funded = [0] * len(config.currencies)
        self.postings = 0

    def sent(self, order: int, instrument: int, sign: int, leg: int) -> None:
        assert order not in self.ids, "an id was given twice"
        self.ids.add(order)
        self.orders[order] = SlowOrder(instrument, sign, leg)

    def value(self, instrument: int, ticks: Fraction | int, lots: int) -> Fraction:
        """Value of lots at a price, settle units."""
        if self.config.instruments[instrument].kind == InstrumentKind.INVERSE:
            return self.unit[instrument] * lots / ticks
        return self.unit[instrument] * lots * ticks

    def fits(self, instrument: int, leg: int, change: int) -> bool:
        """No fill and no bust takes a leg of a hedging account through zero."""
        after = self.legs[instrument][leg] + change
        return not self.hedged[instrument] or (after <= 0 if leg else after >= 0)

    def known(self, report: Report) -> bool:
        """Whether a fill was counted before, by its trade or else by the filled total it names."""
        order = self.orders[report.client_order_id]
        if report.trade_id >= 0:
            return (report.client_order_id, report.trade_id) in self.fills
        return 0 <= report.cumulative_lots <= order.filled

    def fill(self, report: Report) -> tuple[bool, bool]:
        """Whether this fill counts (once, for an order that went out) and whether its leg would
        not take it."""
        order = self.orders.get(report.client_order_id)
        if order is None or report.last_lots <= 0 or self.known(report):
            return False, False
        if report.trade_id < 0 <= report.cumulative_lots:
            if report.cumulative_lots < report.last_lots:
                return False, False
            report = self.unseen(report, order.filled)
        if not self.fits(order.instrument, order.leg, order.sign * report.last_lots):
            return False, True
        currency, fee = self.fee_of(order.instrument, report)
        if report.trade_id >= 0:
            key = (report.client_order_id, report.trade_id)
            self.fills[key] = (report.last_lots, report.last_ticks, currency, fee)
        self.move(order, report.last_lots, report.last_ticks, currency, fee)
        return True, False

    def unseen(self, report: Report, filled: int) -> Report:
        """A step of a total without what the total known holds of it, lot by lot of one fee."""
        lots = min(report.last_lots, report.cumulative_lots - filled)
        fee = report.fee_units
        if fee != FEE_NOT_REPORTED:
            fee = round(Fraction(fee * lots, report.last_lots))
        return replace(report, last_lots=lots, fee_units=fee)

    def fees_alone(self, report: Report) -> bool:
        """Whether fees that came with no quantity count."""
        if report.client_order_id not in self.orders or report.fee_units == 0:
            return False
        if not 0 <= report.fee_currency < len(self.fees):
            return False
        self.fees[report.fee_currency] += report.fee_units * GUARD
        self.postings += 1
        return True

    def fee_of(self, instrument: int, report: Report) -> tuple[int, int]:
        """(currency, guard units): as reported, else by the instrument's rate."""
        about = self.config.instruments[instrument]
        named = report.fee_units == 0 or 0 <= report.fee_currency < len(self.fees)
        if report.fee_units != FEE_NOT_REPORTED and named:
            return max(report.fee_currency, 0), report.fee_units * GUARD
        ppm = about.maker_fee_ppm if report.maker else about.taker_fee_ppm
        value = self.value(instrument, report.last_ticks, report.last_lots)
        return about.settle, round(value * ppm * 1000)

    def move(self, order: SlowOrder, lots: int, ticks: int, currency: int, fee: int) -> None:
        at, signed = order.instrument, order.sign * lots
        unit = self.unit[at] * GUARD * FINE
        if self.config.instruments[at].kind == InstrumentKind.INVERSE:
            self.flow[at] += signed * unit.numerator // (unit.denominator * ticks)
        else:
            self.flow[at] += signed * ticks * unit.numerator // unit.denominator
        self.position[at] += signed
        self.legs[at][order.leg] += signed
        self.fees[currency] += fee
        order.filled += lots
        self.postings += 1

    def bust(self, order_id: int, trade: int) -> tuple[bool, bool]:
        """Whether this bust counts (once, for a fill that was counted), whether its leg would not
        give it."""
        lots, ticks, currency, fee = self.fills.get((order_id, trade), (0, 0, 0, 0))
        if lots == 0:
            return False, False
        order = self.orders[order_id]
        if not self.fits(order.instrument, order.leg, -order.sign * lots):
            return False, True
        self.fills[order_id, trade] = (0, 0, 0, 0)
        self.move(order, -lots, ticks, currency, -fee)
        return True, False

    def fund(self, instrument: int, rate_e12: int, mark_num: int, mark_den: int) -> None:
        about, mark = self.config.instruments[instrument], Fraction(mark_num, mark_den)
        for lots in self.legs[instrument]:
            worth = round(self.value(instrument, mark, lots) * GUARD)
            self.funded[about.settle] += round(Fraction(worth * rate_e12, 10**12))
            self.postings += 1

    def forget(self, keep: int) -> None:
        """Drop what no event draws any more; ids are kept for good."""
        for table in (self.orders, self.fills):
            for key in list(table)[:-keep]:
                del table[key]  # type: ignore[arg-type]

    def check_money(self, stage: Any) -> None:
        """Legs to the lot; fees, transfers and funding to the guard; profit within its rounding;
        every currency sums to zero."""
        earned = [0] * len(self.fees)
        for k, about in enumerate(self.config.instruments):
            assert [leg.lots for leg in stage.money.legs(k)] == self.legs[k]
            change = stage.positions[k].entry_value * FINE - self.flow[k]
            earned[about.settle] += -change if about.kind == InstrumentKind.INVERSE else change
        for c in range(len(self.fees)):
            accounts = stage.ledger(c)
            assert sum(accounts.values()) == 0
            assert accounts["fees"] == self.fees[c]
            assert accounts["transfers"] == -self.moved[c] * GUARD
            assert accounts["funding"] == self.funded[c]
            assert abs(accounts["rounding"]) <= 3 * self.postings * GUARD
            off = abs(accounts["realised"] * FINE + earned[c])
            assert off <= ROUNDINGS * self.postings * FINE, (c, off / FINE, self.postings)
