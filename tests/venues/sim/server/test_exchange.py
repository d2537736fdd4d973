"""The exchange against a slow model, and what must hold whatever happens."""

import random
from dataclasses import replace
from typing import Any

import pytest
from venues.sim.server.rig import BTCUSDT, MONEY

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.exchange import Exchange
from tickpath.venues.sim.server.orders import (
    BUY,
    SELL,
    Force,
    Happening,
    Kind,
    Market,
    Order,
    RefusedError,
    Status,
    Why,
)
from tickpath.venues.sim.server.units import UNIT, parse

COARSE = replace(BTCUSDT, tick=parse("1"), step=parse("0.1"), notional_min=0)
FUTURE = replace(COARSE, linear=True)


class Ear:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.said: list[tuple[Any, ...]] = []
        self.trades: list[tuple[int, int, int, int]] = []
        self.tops = 0
        self.forgotten: list[int] = []

    def on_execution(self, execution: Any) -> None:
        self.said.append((execution.what, execution.order.id, execution.status))

    def on_balance(self, account: Account, assets: tuple[str, ...], t_ns: int) -> None: ...

    def on_forgotten(self, order: Order) -> None:
        self.forgotten.append(order.id)

    def on_trade(self, trade: Any) -> None:
        self.trades.append(
            (trade.price, trade.quantity, trade.maker_order_id, trade.taker_order_id)
        )

    def on_top(self, market: Market) -> None:
        self.tops += 1


def desk(market: Market = COARSE, fee_in_quote: bool = False) -> tuple[Exchange, Ear]:
    ear = Ear()
    exchange = Exchange([market], lambda: 1000, ear, fee_in_quote=fee_in_quote)
    for name in ("alice", "bob"):
        exchange.open_account(name, dict(MONEY))
    return exchange, ear


def limit(
    exchange: Exchange, name: str, side: int, price: str, quantity: str, **more: Any
) -> Order:
    market = next(iter(exchange.markets.values()))
    order = Order(0, market, side, parse(price), parse(quantity), exchange.accounts[name], **more)
    exchange.place(order)
    return order


def total(exchange: Exchange) -> dict[str, int]:
    """All money there is, less what open positions cost."""
    found: dict[str, int] = {}
    parts = [exchange.settlement.fees, exchange.settlement.outside]
    positions = list(exchange.settlement.positions.values())
    for account in exchange.accounts.values():
        parts.append({asset: balance.total for asset, balance in account.balances.items()})
        positions += account.positions.values()
    parts += [{position.market.quote: -position.cost} for position in positions]
    for part in parts:
        for asset, units in part.items():
            found[asset] = found.get(asset, 0) + units
    return found


class SlowBook:
    """Price-time by searching a list of all orders."""

    def __init__(self) -> None:
        self.orders: list[list[int]] = []
        self.trades: list[tuple[int, int, int, int]] = []

    def add(self, number: int, side: int, price: int, quantity: int, rests: bool) -> None:
        while quantity:
            others = [o for o in self.orders if o[1] != side]
            there = [o for o in others if (o[2] <= price if side == BUY else o[2] >= price)]
            if not there:
                break
            best = min(there, key=lambda o: (o[2] if side == BUY else -o[2], self.orders.index(o)))
            part = min(quantity, best[3])
            self.trades.append((best[2], part, best[0], number))
            quantity -= part
            best[3] -= part
            if not best[3]:
                self.orders.remove(best)
        if quantity and rests:
            self.orders.append([number, side, price, quantity])

    def drop(self, number: int) -> None:
        self.orders = [o for o in self.orders if o[0] != number]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("fee_in_quote", [False, True])
def test_trades_are_those_of_the_slow_book_and_no_money_is_made(
    seed: int, fee_in_quote: bool
) -> None:
    chance = random.Random(seed)
    exchange, ear = desk(fee_in_quote=fee_in_quote)
    slow, before = SlowBook(), total(exchange)
    for _ in range(600):
        who = chance.choice(["alice", "bob", ""])
        side, price = chance.choice((BUY, SELL)), chance.randrange(90, 111) * UNIT
        quantity = chance.randrange(1, 30) * COARSE.step
        account = exchange.accounts.get(who)
        if account and chance.random() < 0.3 and account.open_orders:
            order = chance.choice(list(account.open_orders.values()))
            exchange.cancel(order)
            slow.drop(order.id)
        elif account:
            force = chance.choice((Force.GTC, Force.GTC, Force.IOC))
            order = Order(0, COARSE, side, price, quantity, account, force=force)
            if not placed(exchange, order):
                continue
            slow.add(order.id, side, price, quantity, force is Force.GTC)
        else:
            rested = exchange.crowd_rest(COARSE, side, price, quantity)
            number = rested.id if rested else ear.trades[-1][3]
            slow.add(number, side, price, quantity, True)
        check(exchange)
    assert len(ear.trades) > 100
    assert ear.trades == slow.trades
    assert total(exchange) == before


def placed(exchange: Exchange, order: Order) -> bool:
    """Whether the exchange took an order; money is the only reason not to."""
    try:
        exchange.place(order)
    except RefusedError as refused:
        if refused.why is not Why.FUNDS:
            raise
        return False
    return True


def check(exchange: Exchange) -> None:
    """What holds after every step."""
    book = exchange.books[COARSE.symbol]
    bid, _, ask, _ = book.top()
    assert not bid or not ask or bid < ask
    for ladder in book.sides:
        assert ladder.keys == sorted(ladder.levels[p] and p * ladder.sign for p in ladder.levels)
        for price, level in ladder.levels.items():
            assert ladder.totals[price] == sum(o.shown for o in level.values()) > 0
    for account in exchange.accounts.values():
        held: dict[str, int] = {}
        for order in account.open_orders.values():
            asset = "USDT" if order.side == BUY else "BTC"
            held[asset] = held.get(asset, 0) + order.locked
        for asset, balance in account.balances.items():
            assert balance.locked == held.get(asset, 0)
            assert balance.free >= 0


def test_an_order_keeps_its_place_when_only_its_quantity_falls() -> None:
    exchange, ear = desk()
    first = limit(exchange, "alice", BUY, "100", "2")
    second = limit(exchange, "bob", BUY, "100", "2")
    exchange.amend(first, parse("1"))
    exchange.crowd_take(COARSE, SELL, parse("1"))
    assert first.status is Status.FILLED
    assert second.filled == 0
    third = limit(exchange, "alice", BUY, "100", "1")
    exchange.amend(second, parse("3"))
    exchange.crowd_take(COARSE, SELL, parse("1"))
    assert (third.status, second.filled) == (Status.FILLED, 0)
    assert (Happening.AMENDED, second.id, Status.NEW) in ear.said
    assert exchange.accounts["bob"].balance("USDT").locked == parse("300")


def test_an_amendment_may_trade_at_its_new_price() -> None:
    exchange, _ = desk()
    exchange.crowd_rest(COARSE, SELL, parse("101"), parse("1"))
    order = limit(exchange, "alice", BUY, "100", "2")
    exchange.amend(order, parse("2"), parse("101"))
    assert (order.filled, order.status) == (parse("1"), Status.PARTIALLY_FILLED)
    with pytest.raises(RefusedError, match="quantity"):
        exchange.amend(order, parse("1"))


def test_forces() -> None:
    exchange, _ = desk()
    exchange.crowd_rest(COARSE, SELL, parse("101"), parse("1"))
    fok = limit(exchange, "alice", BUY, "101", "2", force=Force.FOK)
    assert (fok.status, fok.filled) == (Status.EXPIRED, 0)
    ioc = limit(exchange, "alice", BUY, "101", "2", force=Force.IOC)
    assert (ioc.status, ioc.filled) == (Status.EXPIRED, parse("1"))
    exchange.crowd_rest(COARSE, SELL, parse("101"), parse("1"))
    with pytest.raises(RefusedError, match="crosses"):
        limit(exchange, "alice", BUY, "101", "1", post_only=True)
    dated = limit(exchange, "alice", BUY, "90", "1", force=Force.GTD, expire_ns=5000)
    exchange.expire(4999)
    assert dated.open
    exchange.expire(5000)
    assert dated.status is Status.EXPIRED
    assert exchange.accounts["alice"].balance("USDT").locked == 0


def test_a_market_order_may_spend_money() -> None:
    """Its last trade is told as the one that filled it."""
    exchange, ear = desk()
    exchange.crowd_rest(COARSE, SELL, parse("100"), parse("1"))
    exchange.crowd_rest(COARSE, SELL, parse("110"), parse("9"))
    order = limit(exchange, "alice", BUY, "0", "1000000", kind=Kind.MARKET, spend=parse("215"))
    assert (order.filled, order.paid, order.status) == (parse("2"), parse("210"), Status.FILLED)
    told = [said[2] for said in ear.said if said[:2] == (Happening.TRADE, order.id)]
    assert told == [Status.PARTIALLY_FILLED, Status.FILLED]
    assert exchange.accounts["alice"].balance("USDT").free == parse("99790")
    exchange.crowd_rest(COARSE, BUY, parse("100"), parse("5"))
    sell = limit(exchange, "bob", SELL, "0", "1000000", kind=Kind.MARKET, spend=parse("120"))
    assert (sell.filled, sell.paid) == (parse("1.2"), parse("120"))


def test_a_stop_waits_for_a_trade() -> None:
    exchange, ear = desk()
    exchange.crowd_rest(COARSE, SELL, parse("105"), parse("5"))
    exchange.crowd_rest(COARSE, SELL, parse("106"), parse("5"))
    stop = limit(exchange, "alice", BUY, "0", "1", kind=Kind.STOP, stop_price=parse("105"))
    assert (stop.waiting, stop.filled) == (True, 0)
    assert exchange.accounts["alice"].balance("USDT").locked > 0
    exchange.crowd_take(COARSE, BUY, parse("1"))
    assert (stop.status, stop.filled) == (Status.FILLED, parse("1"))
    assert (Happening.TRIGGERED, stop.id, Status.NEW) in ear.said
    with pytest.raises(RefusedError, match="triggers"):
        limit(exchange, "alice", BUY, "0", "1", kind=Kind.STOP, stop_price=parse("105"))


def test_an_iceberg_shows_a_clip_and_queues_again() -> None:
    exchange, _ = desk()
    berg = limit(exchange, "alice", SELL, "101", "3", clip=parse("1"))
    other = limit(exchange, "bob", SELL, "101", "1")
    assert exchange.books["BTCUSDT"].top()[3] == parse("2")
    exchange.crowd_take(COARSE, BUY, parse("2"))
    assert (berg.filled, other.filled) == (parse("1"), parse("1"))
    exchange.crowd_take(COARSE, BUY, parse("2"))
    assert berg.status is Status.FILLED


def test_refusals() -> None:
    exchange, _ = desk()
    with pytest.raises(RefusedError, match="funds"):
        limit(exchange, "alice", BUY, "100", "5000")
    first = limit(exchange, "alice", BUY, "100", "1", client_id="a")
    with pytest.raises(RefusedError, match="duplicate"):
        limit(exchange, "alice", BUY, "100", "1", client_id="a")
    exchange.cancel(first)
    with pytest.raises(RefusedError, match="unknown"):
        exchange.cancel(first)
    exchange.halt("BTCUSDT")
    with pytest.raises(RefusedError, match="closed"):
        limit(exchange, "alice", BUY, "100", "1")
    exchange.halt("BTCUSDT", False)
    assert limit(exchange, "alice", BUY, "100", "1", client_id="a").open


def test_a_linear_market_moves_positions_and_the_wallet() -> None:
    exchange, _ = desk(FUTURE)
    before = total(exchange)
    limit(exchange, "bob", SELL, "100", "2")
    limit(exchange, "alice", BUY, "100", "2")
    alice, bob = exchange.accounts.values()
    position = alice.position(FUTURE)
    assert (position.quantity, position.entry) == (parse("2"), parse("100"))
    assert bob.position(FUTURE).quantity == -parse("2")
    limit(exchange, "bob", BUY, "110", "1")
    reduce = limit(exchange, "alice", SELL, "110", "5", reduce_only=True)
    assert (reduce.filled, position.quantity) == (parse("1"), parse("1"))
    assert alice.fills[-1].realised == parse("10")
    assert (
        alice.balance("USDT").free
        == parse("100000") + parse("10") - alice.orders[0].fee - reduce.fee
    )
    limit(exchange, "bob", BUY, "110", "1")
    assert position.quantity == 0
    with pytest.raises(RefusedError, match="reduce"):
        limit(exchange, "alice", SELL, "110", "1", reduce_only=True)
    with pytest.raises(RefusedError, match="margin"):
        limit(exchange, "alice", BUY, "100", "90000")
    assert total(exchange) == before


def test_old_orders_and_fills_are_forgotten_but_none_that_is_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tickpath.venues.sim.server.exchange.CLOSED_KEPT", 5)
    monkeypatch.setattr("tickpath.venues.sim.server.exchange.FILLS_KEPT", 3)
    exchange, ear = desk()
    alice = exchange.accounts["alice"]
    rests = limit(exchange, "alice", BUY, "90", "1", client_id="rests")
    exchange.crowd_rest(COARSE, SELL, parse("100"), parse("9"))
    placed = [limit(exchange, "alice", BUY, "100", "0.1", client_id=f"c{k}") for k in range(40)]
    assert rests in alice.orders
    assert alice.client_ids["rests"] is rests
    assert len(alice.orders) <= 2 * 5 + 1
    assert len(alice.fills) <= 2 * 3
    assert placed[-1] is alice.orders[-1]
    kept = {order.id for order in alice.orders}
    assert set(exchange.orders) == kept
    assert {order.id for order in alice.client_ids.values()} == kept
    assert set(ear.forgotten) == {order.id for order in placed} - kept


def test_figures_of_a_day_are_those_of_its_trades() -> None:
    now = [86_400 * 10**9 * 5 + 7]
    ear = Ear()
    exchange = Exchange([COARSE], lambda: now[0], ear)
    assert (exchange.day(COARSE).count, exchange.day(COARSE).average) == (0, 0)
    chance = random.Random(5)
    for days in range(2):
        first = len(ear.trades)
        for _ in range(200):
            price = chance.randrange(95, 106) * UNIT
            exchange.crowd_rest(COARSE, chance.randrange(2), price, chance.randrange(1, 9) * UNIT)
        trades = [(price, quantity) for price, quantity, _, _ in ear.trades[first:]]
        prices, day = [price for price, _ in trades], exchange.day(COARSE)
        assert (day.open, day.high, day.low) == (prices[0], max(prices), min(prices)), days
        assert (day.last, day.last_quantity, day.count) == (*trades[-1], len(trades))
        assert day.volume == sum(quantity for _, quantity in trades)
        assert day.money == sum(price * quantity // UNIT for price, quantity in trades)
        assert day.average == day.money * UNIT // day.volume
        now[0] += 86_400 * 10**9
        assert (exchange.day(COARSE).count, exchange.day(COARSE).open) == (0, prices[-1])
