"""Positions and money in plain Python: the definition of correct for `money.pxd` and `bust.pxd`.

In: a counted fill of an order, funding, transfers, exchange rates, busts. Out: net positions, legs
at cost, the share of every strategy, balanced accounts. A verb computes everything before it
changes anything: it happens as a whole or, with a code, not at all. A fill whose money does not fit
halts its instrument, a posting that does not balance stops trading (`stopped`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.fixed import divide_half_even
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    FEE_NOT_REPORTED,
    InstrumentKind,
    Order,
    Position,
    Report,
    Side,
)
from tickpath.hot.execute import fx, ledger, money_layout
from tickpath.hot.execute.account import (
    COST_AVERAGE,
    COST_BESIDE,
    COST_FIFO,
    cost_of,
    hedging_of,
)
from tickpath.hot.execute.fifo import LotQueue, fill_fifo, reset_lots
from tickpath.hot.execute.funding import funding_payment, funding_value
from tickpath.hot.execute.hedge import LEGS, fits_leg, leg_of
from tickpath.hot.execute.money_layout import FillRecord, Share
from tickpath.hot.execute.position import (
    GUARD,
    FillMoney,
    Leg,
    WideOverflowError,
    fill_average,
    fill_notional,
    guarded,
    mark_guard,
    money,
    value_guard,
    wide,
)

SPAN = LIMITS["instruments_max"] * LEGS


@dataclass(slots=True)
class Undone:
    """A leg after a bust, and the profit of cost that fits no position."""

    leg: Leg
    gain_guard: int = 0


class Money:
    """Positions, shares and ledger of one engine."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._instruments = config.instruments
        count = len(config.instruments)
        self.cost = cost_of(config)
        self._hedging = hedging_of(config)
        self.positions_held = [Position() for _ in config.instruments]
        self._legs = [Leg() for _ in range(count * LEGS)]
        self._leg_fills = [0] * (count * LEGS)
        self._funding_units = [0] * count
        self._halted = [0] * count
        self._queues = [LotQueue() for _ in range(count * LEGS if self.cost else 0)]
        self._accounts = [
            ledger.open_accounts(config.balance_units(k)) for k in range(len(config.currencies))
        ]
        self._fees = [0] * (LIMITS["strategies_max"] * len(config.currencies))
        self._shares: dict[int, Share] = {}
        self._records: list[FillRecord] = []
        self._rates: list[fx.FxRate] = []
        self.fees_estimated = 0
        self.stopped = 0

    # -- may it be sent -------------------------------------------------------------------------

    def may_send(self, instrument: int) -> bool:
        """New orders may go out: the instrument's money is trusted."""
        return not self._halted[instrument] and not self.stopped

    def side_fits(self, instrument: int, flags: int) -> bool:
        """The position side that an order names fits its account."""
        return leg_of(bool(self._hedging[instrument]), flags) >= 0

    def halt(self, instrument: int, code: int) -> int:
        """From here on only cancels pass for the instrument."""
        self._halted[instrument] = int(code)
        return code

    def resume(self, instrument: int) -> int:
        """A person has compared the instrument with the venue: orders pass again."""
        if not 0 <= instrument < len(self._halted):
            return Code.EXECUTE_MONEY_COMMAND
        self._halted[instrument] = 0
        return Code.OK

    def _prove(self, balanced: bool) -> None:
        if not balanced:
            self.stopped = int(Code.EXECUTE_LEDGER)

    def _share(self, strategy: int, instrument: int, leg: int) -> Share:
        return self._shares.setdefault(strategy * SPAN + instrument * LEGS + leg, Share())

    # -- fills ----------------------------------------------------------------------------------

    def fill(self, order: Order, report: Report) -> int:
        """Position, share, totals and ledger of one fill: all of it or, with a code, nothing and
        the instrument halts."""
        hedging = bool(self._hedging[order.instrument])
        leg = leg_of(hedging, order.flags)
        signed = report.last_lots * (1 if order.side == Side.BUY else -1)
        at = order.instrument * LEGS + leg
        if leg < 0 or not fits_leg(hedging, leg, self._legs[at].lots + signed):
            return self.halt(order.instrument, Code.EXECUTE_POSITION_SIDE)
        try:
            self._fill(order, report, leg, signed)
        except WideOverflowError:
            return self.halt(order.instrument, Code.RISK_OVERFLOW)
        return Code.OK

    def _move(
        self, at: int, ticks: int, signed: int
    ) -> tuple[FillMoney, tuple[FillMoney, LotQueue] | None]:
        """The leg after a fill, and the lots where they are kept."""
        instrument, leg = self._instruments[at // LEGS], self._legs[at]
        beside = None
        if self.cost != COST_AVERAGE:
            beside = fill_fifo(instrument, self._queues[at], leg, ticks, signed)
        if self.cost == COST_FIFO:
            assert beside is not None
            return replace(beside[0]), beside
        return fill_average(instrument, leg, ticks, signed), beside

    def _fill(self, order: Order, report: Report, leg: int, signed: int) -> None:
        instrument = self._instruments[order.instrument]
        at = order.instrument * LEGS + leg
        before, share = self._legs[at], self._share(order.strategy, order.instrument, leg)
        notional, fee_units, fee_guard = fill_notional(
            instrument, report.last_ticks, report.last_lots, report.maker
        )
        m, lots = self._move(at, report.last_ticks, signed)
        own = fill_average(instrument, share.leg, report.last_ticks, signed)
        m.notional_units = notional
        currency = instrument.settle
        if report.fee_units != FEE_NOT_REPORTED and (
            report.fee_units == 0 or 0 <= report.fee_currency < len(self._accounts)
        ):
            currency = report.fee_currency if report.fee_units else -1
            fee_units, fee_guard = report.fee_units, report.fee_units * GUARD
        m.fee_units, m.fee_guard = fee_units, fee_guard
        position = self.positions_held[order.instrument]
        bought = report.last_lots if order.side == Side.BUY else 0
        after = replace(
            position,
            position_lots=position.position_lots + m.position_lots - before.lots,
            entry_value=position.entry_value + m.entry_value - before.value,
            realised_units=money(position.realised_units + m.realised_units),
            fee_units=money(
                position.fee_units + (fee_units if currency == instrument.settle else 0)
            ),
            bought_lots=money(position.bought_lots + bought),
            sold_lots=money(position.sold_lots + report.last_lots - bought),
        )
        self._leg_fills[at] += 1
        if report.trade_id >= 0:
            self._record(order, report, leg, currency, m, own, lots)
        balanced = ledger.post_trade(
            self._accounts[instrument.settle], instrument, order.side, before.value, m
        )
        if currency >= 0:
            balanced &= ledger.post_fee(self._accounts[currency], fee_units, fee_guard)
            self._fees[order.strategy * len(self._accounts) + currency] += fee_guard
        self.fees_estimated += report.fee_units == FEE_NOT_REPORTED
        self.positions_held[order.instrument] = after
        self._legs[at] = Leg(m.position_lots, m.entry_ticks, m.entry_value)
        share.leg = Leg(own.position_lots, own.entry_ticks, own.entry_value)
        share.realised_guard += own.realised_guard
        if lots is not None:
            self._queues[at] = lots[1]
        self._prove(balanced)

    def _record(
        self,
        order: Order,
        report: Report,
        leg: int,
        currency: int,
        m: FillMoney,
        own: FillMoney,
        lots: tuple[FillMoney, LotQueue] | None,
    ) -> None:
        """Remember what is about to be posted; legs and shares are as before."""
        at = order.instrument * LEGS + leg
        before, share = self._legs[at], self._share(order.strategy, order.instrument, leg).leg
        instrument = self._instruments[order.instrument]
        self._records.append(
            FillRecord(
                value_change=m.entry_value - before.value,
                realised_guard=m.realised_guard,
                fee_guard=m.fee_guard,
                share_value_change=own.entry_value - share.value,
                share_realised_guard=own.realised_guard,
                lots_value_change=lots[0].entry_value - before.value if lots else 0,
                lots_realised_guard=lots[0].realised_guard if lots else 0,
                client_order_id=order.client_order_id,
                trade_id=report.trade_id,
                ticks=report.last_ticks,
                lots=report.last_lots,
                cash_units=ledger.trade_cash(instrument, order.side, m),
                realised_units=m.realised_units,
                fee_units=m.fee_units,
                sequence=self._leg_fills[at],
                entry_ticks=before.entry_ticks,
                share_entry_ticks=share.entry_ticks,
                instrument=order.instrument,
                strategy=order.strategy,
                side=int(order.side),
                leg=leg,
                fee_currency=currency,
            )
        )
        del self._records[: -LIMITS["bust_fills_max"]]

    def fee(self, order: Order, report: Report) -> int:
        """Fees that came with no quantity: more of those of earlier fills, or less."""
        if report.fee_units in (0, FEE_NOT_REPORTED):
            return Code.EXECUTE_REPORT
        if not 0 <= report.fee_currency < len(self._accounts):
            return Code.EXECUTE_REPORT
        position, units = self.positions_held[order.instrument], report.fee_units
        own = report.fee_currency == self._instruments[order.instrument].settle
        try:
            fees = money(position.fee_units + (units if own else 0))
        except WideOverflowError:
            return self.halt(order.instrument, Code.RISK_OVERFLOW)
        self.positions_held[order.instrument] = replace(position, fee_units=fees)
        accounts = self._accounts[report.fee_currency]
        self._fees[order.strategy * len(self._accounts) + report.fee_currency] += units * GUARD
        self._prove(ledger.post_fee(accounts, units, units * GUARD))
        return Code.OK

    # -- busts ----------------------------------------------------------------------------------

    def bust(self, client_order_id: int, trade_id: int, said_lots: int = 0) -> tuple[int, int]:
        """Undo a fill, of `said_lots` unless that is 0: (code, lots the order loses). All of it or,
        with a code, nothing."""
        for f in reversed(self._records):
            if (f.client_order_id, f.trade_id) == (client_order_id, trade_id):
                break
        else:
            return Code.EXECUTE_BUST, 0
        if f.lots == 0:
            return Code.EXECUTE_DUPLICATE, 0
        if said_lots not in (0, f.lots):
            return Code.EXECUTE_REPORT, 0
        lots, at = f.lots, f.instrument * LEGS + f.leg
        signed = lots if f.side == Side.BUY else -lots
        if not fits_leg(bool(self._hedging[f.instrument]), f.leg, self._legs[at].lots - signed):
            return self.halt(f.instrument, Code.EXECUTE_POSITION_SIDE), 0
        try:
            self._bust(f, at, signed)
        except WideOverflowError:
            return self.halt(f.instrument, Code.RISK_OVERFLOW), 0
        return Code.OK, lots

    def _undo(
        self, f: FillRecord, leg: Leg, change: int, signed: int, entry_ticks: int, latest: bool
    ) -> Undone:
        """Take lots and cost of the fill off a leg; what is left must be a position."""
        instrument = self._instruments[f.instrument]
        lots, value = money(leg.lots - signed), guarded(leg.value - change)
        if lots and value and (lots > 0) == (value > 0):
            return Undone(Leg(lots, entry_ticks if latest else 0, value))
        if not lots and not value:
            return Undone(Leg())
        base = guarded(value_guard(instrument, f.ticks, lots)) if lots else 0
        gain = value - base if instrument.kind == InstrumentKind.INVERSE else base - value
        return Undone(Leg(lots, f.ticks if lots else 0, base), gain)

    def _bust(self, f: FillRecord, at: int, signed: int) -> None:
        instrument, p = self._instruments[f.instrument], self.positions_held[f.instrument]
        share = self._share(f.strategy, f.instrument, f.leg)
        latest = self._leg_fills[at] == f.sequence
        account = self._undo(f, self._legs[at], f.value_change, signed, f.entry_ticks, latest)
        own = self._undo(f, share.leg, f.share_value_change, signed, f.share_entry_ticks, latest)
        kept = Undone(Leg())
        if self.cost != COST_AVERAGE:
            lots = self._queues[at].lots
            whole = Leg(sum(lot.lots for lot in lots), 0, sum(lot.value for lot in lots))
            kept = self._undo(f, whole, f.lots_value_change, signed, f.entry_ticks, latest)
        gain_units = money(divide_half_even(account.gain_guard, GUARD))
        bought = f.lots if f.side == Side.BUY else 0
        after = replace(
            p,
            position_lots=p.position_lots - signed,
            entry_value=p.entry_value + account.leg.value - self._legs[at].value,
            realised_units=money(p.realised_units - f.realised_units + gain_units),
            fee_units=money(
                p.fee_units - (f.fee_units if f.fee_currency == instrument.settle else 0)
            ),
            bought_lots=money(p.bought_lots - bought),
            sold_lots=money(p.sold_lots - f.lots + bought),
        )
        self._post_bust(f, account.gain_guard, gain_units)
        self.positions_held[f.instrument] = after
        self._legs[at] = account.leg
        share.leg = own.leg
        share.realised_guard += own.gain_guard - f.share_realised_guard
        if self.cost != COST_AVERAGE:
            reset_lots(self._queues[at], kept.leg)
            self._queues[at].realised_guard += kept.gain_guard - f.lots_realised_guard
        # as before the fill when it was the latest: the one before it can be undone as exactly
        self._leg_fills[at] += -1 if latest else 1
        f.lots = 0

    def _post_bust(self, f: FillRecord, gain_guard: int, gain_units: int) -> None:
        """The fill's postings reversed, then the profit of cost that fits no position."""
        instrument = self._instruments[f.instrument]
        accounts = self._accounts[instrument.settle]
        spot = instrument.kind == InstrumentKind.SPOT
        cost = -f.value_change if spot else 0
        balanced = ledger.post(accounts, -f.cash_units, "realised", f.realised_guard, cost)
        if gain_guard:
            cash, cost = (0, gain_guard) if spot else (gain_units, 0)
            balanced &= ledger.post(accounts, cash, "realised", -gain_guard, cost)
        if f.fee_currency >= 0:
            balanced &= ledger.post_fee(self._accounts[f.fee_currency], -f.fee_units, -f.fee_guard)
            self._fees[f.strategy * len(self._accounts) + f.fee_currency] -= f.fee_guard
        self._prove(balanced)

    # -- commands -------------------------------------------------------------------------------

    def transfer(self, currency: int, units: int) -> int:
        """A deposit, or a withdrawal when negative."""
        if not 0 <= currency < len(self._accounts):
            return Code.EXECUTE_MONEY_COMMAND
        self._prove(ledger.post(self._accounts[currency], units, "transfers", -units * GUARD))
        return Code.OK

    def funding(self, instrument: int, rate_e12: int, mark_num: int, mark_den: int) -> int:
        """Pay or receive funding on every leg at the mark price (a fraction of ticks), wholly or
        not. The rate counts 10^-12."""
        if not 0 <= instrument < len(self._instruments) or mark_num <= 0 or mark_den <= 0:
            return Code.EXECUTE_MONEY_COMMAND
        about = self._instruments[instrument]
        if about.kind == InstrumentKind.SPOT:
            return Code.EXECUTE_MONEY_COMMAND
        shares = [s for k, s in self._shares.items() if k % SPAN // LEGS == instrument]
        total = self._funding_units[instrument]
        payments = []
        try:
            for leg in self._legs[instrument * LEGS : instrument * LEGS + LEGS]:
                value = funding_value(about, leg.lots, mark_num, mark_den)
                payments.append(funding_payment(value, rate_e12))
                total = money(total + payments[-1][0])
            parts = [
                funding_payment(funding_value(about, s.leg.lots, mark_num, mark_den), rate_e12)
                for s in shares
            ]
        except WideOverflowError:
            return Code.EXECUTE_MONEY_COMMAND
        for units, exact in payments:
            self._prove(ledger.post(self._accounts[about.settle], -units, "funding", exact))
        for share, (_, exact) in zip(shares, parts, strict=True):
            share.funding_guard += exact
        self._funding_units[instrument] = total
        return Code.OK

    def fx_rate(self, first: int, second: int, num: int, den: int, now_ns: int) -> int:
        """One unit of `first` is num / den units of `second` from now on."""
        known = range(len(self._accounts))
        if first not in known or second not in known or first == second or num <= 0 or den <= 0:
            return Code.EXECUTE_MONEY_COMMAND
        entered = fx.enter(self._rates, fx.FxRate(first, second, num, den, now_ns))
        return Code.OK if entered else Code.EXECUTE_FX

    def check(self) -> int:
        """Prove the whole: every currency sums to zero, inventory stands at what the spot positions
        cost, positions agree. A difference stops trading."""
        right = all(self._legs_agree(i.index) for i in self._instruments)
        for k, accounts in enumerate(self._accounts):
            cost = sum(
                self.positions_held[i.index].entry_value
                for i in self._instruments
                if i.kind == InstrumentKind.SPOT and i.settle == k
            )
            right &= ledger.balanced(accounts) and accounts["cost"] == cost
        self._prove(right)
        return Code.OK if right else Code.EXECUTE_LEDGER

    def _legs_agree(self, instrument: int) -> bool:
        p, legs = self.positions_held[instrument], self.legs(instrument)
        net = sum(leg.lots for leg in legs)
        for k, leg in enumerate(legs):
            if leg.lots != sum(
                s.leg.lots for at, s in self._shares.items() if at % SPAN == instrument * LEGS + k
            ):
                return False
            if self.cost == COST_AVERAGE:
                continue
            lots = self._queues[instrument * LEGS + k].lots
            if leg.lots != sum(lot.lots for lot in lots):
                return False
            if self.cost == COST_FIFO and leg.value != sum(lot.value for lot in lots):
                return False
        costs = sum(leg.value for leg in legs)
        moved = p.bought_lots - p.sold_lots
        return (net, costs, moved) == (p.position_lots, p.entry_value, net)

    # -- what others read -----------------------------------------------------------------------

    def position(self, instrument: int) -> Position:
        return replace(self.positions_held[instrument])

    def legs(self, instrument: int) -> list[Leg]:
        """Long (or net) and short."""
        return [replace(self._legs[instrument * LEGS + k]) for k in range(LEGS)]

    def lots(self, instrument: int, leg: int) -> LotQueue:
        """Open lots, oldest first, and what they earned; none at average cost alone."""
        if self.cost == COST_AVERAGE:
            return LotQueue()
        queue = self._queues[instrument * LEGS + leg]
        return LotQueue([replace(lot) for lot in queue.lots], queue.realised_guard)

    def share(self, strategy: int, instrument: int, leg: int = 0) -> Share:
        found = self._shares.get(strategy * SPAN + instrument * LEGS + leg, Share())
        return replace(found, leg=replace(found.leg))

    def strategy_fees(self, strategy: int) -> list[int]:
        """Fees by currency, guard units."""
        count = len(self._accounts)
        return self._fees[strategy * count : strategy * count + count]

    def funding_units(self, instrument: int) -> int:
        return self._funding_units[instrument]

    def halted(self, instrument: int) -> int:
        """0, or the code that lets only cancels pass."""
        return self._halted[instrument]

    def unrealised_guard(self, instrument: int, mid2: int) -> int | None:
        """What closing all at mid would earn; mid2 = bid + ask ticks, 0: at cost. None: does not
        fit."""
        p = self.positions_held[instrument]
        return self._unrealised(instrument, Leg(p.position_lots, 0, p.entry_value), mid2)

    def _unrealised(self, instrument: int, leg: Leg, mid2: int) -> int | None:
        about = self._instruments[instrument]
        try:
            gain = guarded(mark_guard(about, leg, mid2)) - leg.value
        except WideOverflowError:
            return None
        return -gain if about.kind == InstrumentKind.INVERSE else gain

    def share_profit(
        self, strategy: int, instrument: int, mid2: int
    ) -> tuple[int, int | None, int]:
        """Realised, unrealised (None: does not fit) and funding of a strategy, guard units."""
        long, short = (self.share(strategy, instrument, leg) for leg in range(LEGS))
        both = Leg(long.leg.lots + short.leg.lots, 0, long.leg.value + short.leg.value)
        gain = None
        if -(2**63) <= both.lots < 2**63:
            gain = self._unrealised(instrument, both, mid2)
        realised = long.realised_guard + short.realised_guard
        return realised, gain, long.funding_guard + short.funding_guard

    def _equity_guard(self, currency: int, mids2: Sequence[int]) -> int:
        """Cash plus open positions marked at mid. Raises WideOverflowError."""
        total = self._accounts[currency]["cash"]
        for about, p in zip(self._instruments, self.positions_held, strict=True):
            if not (p.position_lots or p.entry_value) or about.settle != currency:
                continue
            gain = self.unrealised_guard(about.index, mids2[about.index])
            if gain is None:
                raise WideOverflowError
            total += gain + (p.entry_value if about.kind == InstrumentKind.SPOT else 0)
        return total

    def equity(self, currency: int, mids2: Sequence[int]) -> int:
        """Equity of a currency in its units, rounded half to even. 0 on overflow: an equity of
        nothing allows nothing."""
        if not 0 <= currency < len(self._accounts):
            return 0
        try:
            return money(divide_half_even(wide(self._equity_guard(currency, mids2)), GUARD))
        except WideOverflowError:
            return 0

    def equity_in(self, currency: int, mids2: Sequence[int], now_ns: int) -> tuple[int, int]:
        """(code, units): equity of all currencies in one. Each is rounded to the guard of that one,
        half to even, the sum once to its units. EXECUTE_FX: a currency that holds something has no
        fresh rate."""
        if not 0 <= currency < len(self._accounts):
            return Code.EXECUTE_MONEY_COMMAND, 0
        total, stale_ns = 0, self._config.account.fx_stale_ns
        for k in range(len(self._accounts)):
            try:
                part = self._equity_guard(k, mids2)
            except WideOverflowError:
                return Code.RISK_OVERFLOW, 0
            try:
                found = fx.convert(self._rates, k, currency, part, now_ns, stale_ns)
            except WideOverflowError:
                found = None
            if found is None:
                return Code.EXECUTE_FX, 0
            total += found
        try:
            return Code.OK, money(divide_half_even(wide(total), GUARD))
        except WideOverflowError:
            return Code.RISK_OVERFLOW, 0

    def ledger(self, currency: int) -> dict[str, int]:
        """Balances by account, in 10^-9 of the currency's unit; they sum to zero."""
        if not 0 <= currency < len(self._accounts):
            raise IndexError("no such currency")
        return dict(self._accounts[currency])

    # -- state ----------------------------------------------------------------------------------

    def export_state(self) -> bytes:
        """The canonical layout of money_layout.py."""
        return money_layout.pack(
            money_layout.Image(
                self.cost,
                self.stopped,
                self.fees_estimated,
                self.positions_held,
                self._halted,
                self._hedging,
                self._funding_units,
                self._leg_fills,
                self._legs,
                self._queues,
                self._accounts,
                self._fees,
                self._shares,
                self._records,
                self._rates,
            )
        )

    def import_state(self, data: bytes) -> None:
        """Take over an exported state; one whose books do not balance stops trading."""
        image = money_layout.unpack(data, len(self._accounts), self.cost, self._hedging)
        self.stopped, self.fees_estimated = image.stopped, image.fees_estimated
        self.positions_held, self._halted = image.positions, image.halted
        self._funding_units, self._leg_fills = image.funding_units, image.leg_fills
        self._legs, self._queues = image.legs, image.queues
        self._accounts, self._fees, self._shares = image.accounts, image.fees, image.shares
        self._records, self._rates = image.fills, image.rates
        self.check()


__all__ = ["COST_AVERAGE", "COST_BESIDE", "COST_FIFO", "Money"]
