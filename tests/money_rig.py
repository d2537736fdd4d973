"""Drives both backends' money and the model with one stream of events and compares all three."""

import random
from fractions import Fraction
from typing import Any

from money_model import ModelFill, MoneyModel, value
from support import btcusd_inverse, btcusdt, btcusdt_linear, config_of

from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec, Config
from tickpath.core.records import (
    FEE_NOT_REPORTED,
    POSITION_LONG,
    POSITION_SHORT,
    Order,
    Report,
    ReportKind,
    Side,
)
from tickpath.hot.execute import money, money_native

GUARD = 10**9
BACKENDS = {"reference": money.Money, "native": money_native.Money}
MIDS = [2_400_000, 240_000, 240_000]
STRATEGIES = 3


def account_of(cost: str = "average", hedging: bool = False, **changes: Any) -> Config:
    """Spot, linear and inverse BTC, with fees that may come in USD as well."""
    venues = ("binance-usdm", "binance-coinm") if hedging else ()
    account = AccountSpec(cost=cost, hedging=venues, **changes)
    linear = btcusdt_linear(maker_fee_ppm=-100)
    return config_of(btcusdt(), linear, btcusd_inverse(), account=account)


class Rig:
    """Reference, native and model side by side."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.hands = [make(config) for make in BACKENDS.values()]
        self.model = MoneyModel(config)
        self.trades = 0
        self.events = 0
        self.busted = False
        self.merged: set[tuple[int, int]] = set()
        self.now_ns = 0

    def hedges(self, instrument: int) -> bool:
        return self.config.venues[self.config.instruments[instrument].venue] in (
            self.config.account.hedging
        )

    def all(self, verb: str, *args: Any) -> Any:
        """The same call on both; both answer the same."""
        found = [getattr(hand, verb)(*args) for hand in self.hands]
        assert found[0] == found[1], (verb, args)
        self.events += 1
        return found[0]

    def fill(
        self,
        instrument: int,
        lots: int,
        ticks: int,
        *,
        strategy: int = 0,
        leg: int = 0,
        maker: int = 0,
        fee: tuple[int, int] | None = None,
    ) -> int:
        """A fill of `lots`, negative sells; `fee` is (units, currency)."""
        self.trades += 1
        flags = (POSITION_LONG, POSITION_SHORT)[leg] if self.hedges(instrument) else 0
        order = Order(
            client_order_id=1000 + self.trades,
            instrument=instrument,
            strategy=strategy,
            venue=0,
            side=Side.BUY if lots > 0 else Side.SELL,
            type=0,
            time_in_force=0,
            tag=0,
            price_ticks=ticks,
            quantity_lots=abs(lots),
            t_sent_ns=0,
            flags=flags,
        )
        report = Report(
            kind=ReportKind.FILL,
            client_order_id=order.client_order_id,
            trade_id=self.trades,
            last_ticks=ticks,
            last_lots=abs(lots),
            maker=maker,
            fee_units=fee[0] if fee else FEE_NOT_REPORTED,
            fee_currency=fee[1] if fee else -1,
        )
        code = int(self.all("fill", order, report))
        if code == Code.OK:
            self._follow(order, report, lots, leg, fee)
            if any(lot.entry_ticks == 0 for lot in self.hands[0].lots(instrument, leg).lots):
                self.merged.add((instrument, leg))
        return code

    def _follow(self, order: Order, report: Report, lots: int, leg: int, fee: Any) -> None:
        about = self.config.instruments[order.instrument]
        rate = about.maker_fee_ppm if report.maker else about.taker_fee_ppm
        exact = value(about, Fraction(report.last_ticks), report.last_lots) * rate / 10**6
        currency = about.settle
        if fee is not None:
            exact, currency = Fraction(fee[0]), fee[1]
        self.model.fills.append(
            ModelFill(
                (order.client_order_id, report.trade_id),
                order.instrument,
                order.strategy,
                leg,
                lots,
                report.last_ticks,
                currency,
                exact,
            )
        )

    def bust(self, key: tuple[int, int]) -> int:
        code, lots = self.all("bust", *key)
        if code == Code.OK:
            (gone,) = (f for f in self.model.fills if f.key == key)
            assert lots == abs(gone.lots)
            self.model.fills.remove(gone)
            self.busted = True
        return int(code)

    def funding(self, instrument: int, rate_e12: int, mark_num: int, mark_den: int) -> int:
        code = int(self.all("funding", instrument, rate_e12, mark_num, mark_den))
        if code == Code.OK:
            rate, mark = Fraction(rate_e12, 10**12), Fraction(mark_num, mark_den)
            self.model.pay_funding(instrument, rate, mark)
        return code

    def transfer(self, currency: int, units: int) -> int:
        code = int(self.all("transfer", currency, units))
        if code == Code.OK:
            self.model.transfers[currency] += units
        return code

    def check(self) -> None:
        """Ledger against itself, stage against model, native against reference."""
        reference, native = self.hands
        assert reference.export_state() == native.export_state()
        assert reference.check() == native.check() == Code.OK
        assert reference.stopped == native.stopped == 0
        for currency in range(len(self.config.currencies)):
            self._check_currency(currency)
        for instrument in range(len(self.config.instruments)):
            self._check_instrument(instrument)

    def _check_currency(self, currency: int) -> None:
        accounts = self.hands[0].ledger(currency)
        assert sum(accounts.values()) == 0
        near = self.slack()
        assert abs(accounts["fees"] - self.model.fees(currency) * GUARD) <= near
        assert abs(accounts["funding"] - self.model.funding[currency] * GUARD) <= near
        assert accounts["transfers"] == -self.model.transfers[currency] * GUARD
        assert abs(accounts["rounding"]) <= 2 * (self.events + 1) * GUARD
        for strategy in range(STRATEGIES):
            paid = self.hands[0].strategy_fees(strategy)[currency]
            assert abs(paid - self.model.fees(currency, strategy) * GUARD) <= near

    def slack(self) -> int:
        """Guard units: each event rounds at most four amounts a lot it closes."""
        return 6 * (self.events + 1)

    def _check_instrument(self, instrument: int) -> None:
        hand, model = self.hands[0], self.model
        position, near = hand.position(instrument), self.slack()
        mid = Fraction(MIDS[instrument], 2)
        assert position.position_lots == model.lots(instrument)
        unrealised = hand.unrealised_guard(instrument, MIDS[instrument])
        shares = [
            (s, leg, hand.share(s, instrument, leg)) for s in range(STRATEGIES) for leg in range(2)
        ]
        assert sum(s.leg.lots for _, _, s in shares) == position.position_lots
        open_cost = sum(s.leg.value for _, _, s in shares)
        earned = sum(s.realised_guard for _, _, s in shares)
        open_gain = (unrealised + position.entry_value * model.sign(instrument)) - (
            open_cost * model.sign(instrument)
        )
        exact = model.profit(instrument, mid) * GUARD
        assert abs(earned + open_gain - exact) <= near * 2
        assert abs(position.realised_units * GUARD + unrealised - exact) <= near + (
            (self.events + 1) * GUARD // 2
        )
        for s, leg, share in shares:
            assert share.leg.lots == model.lots(instrument, leg, s)
            if not self.busted:
                right = model.realised_average(instrument, leg, s) * GUARD
                assert abs(share.realised_guard - right) <= near
        for leg in range(2):
            assert hand.legs(instrument)[leg].lots == model.lots(instrument, leg)
            if hand.cost and not self.busted and (instrument, leg) not in self.merged:
                right = model.realised_fifo(instrument, leg) * GUARD
                assert abs(hand.lots(instrument, leg).realised_guard - right) <= near


def random_event(rig: Rig, rng: random.Random, busts: bool) -> None:
    """One event of any kind; prices from a small range, so that prices repeat."""
    kind = rng.randrange(20)
    if kind < 15:
        random_fill(rig, rng)
    elif kind == 15:
        rig.funding(
            rng.randrange(3), rng.randrange(-(10**9), 10**9), rng.randrange(10**5, 10**8), 7
        )
    elif kind == 16:
        rig.transfer(rng.randrange(3), rng.randrange(-(10**10), 10**10))
    elif kind == 17:
        pair = rng.sample(range(3), 2)
        rig.all("fx_rate", *pair, rng.randrange(1, 10**9), rng.randrange(1, 10**6), rig.now_ns)
    elif kind == 18 and busts and rig.model.fills:
        back = 1 if rng.random() < 0.5 else rng.randrange(1, 1 + min(30, len(rig.model.fills)))
        rig.bust(rig.model.fills[-back].key)
    else:
        rig.now_ns += rng.randrange(40_000_000_000)
        rig.all("equity_in", rng.randrange(3), MIDS, rig.now_ns)
        rig.all("equity", rng.randrange(3), MIDS)


def random_fill(rig: Rig, rng: random.Random) -> None:
    instrument = rng.randrange(3)
    ticks = (1_200_000, 120_000, 120_000)[instrument] + rng.randrange(-4, 5) * 100
    lots = rng.randrange(1, 6) * rng.choice((-1, 1)) * rng.choice((1, 37))
    leg = rng.randrange(2) if rig.hedges(instrument) else 0
    if rig.hedges(instrument):
        held = rig.model.lots(instrument, leg)
        if (held + lots) * (1 - 2 * leg) < 0:
            lots = -held or lots * -1
    fee = None
    if rng.random() < 0.4:
        fee = (rng.randrange(-500, 5000), rng.randrange(3))
    strategy, maker = rng.randrange(STRATEGIES), rng.randrange(2)
    assert rig.fill(instrument, lots, ticks, strategy=strategy, leg=leg, maker=maker, fee=fee) in (
        Code.OK,
        Code.EXECUTE_POSITION_SIDE,
    )
