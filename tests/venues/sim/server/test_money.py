"""No account spends what it lacks, no money is made: every kind of order, odd sizes and fees."""

import random
from dataclasses import replace
from typing import Any

import pytest
from venues.sim.server.rig import BTCUSDT
from venues.sim.server.test_exchange import FUTURE, desk, limit, total

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
)
from tickpath.venues.sim.server.units import UNIT, parse

ODD = replace(BTCUSDT, tick=1, step=1, notional_min=0, maker_fee_ppm=1777, taker_fee_ppm=1333)
KINDS = (*(Kind.LIMIT,) * 6, *Kind)


def any_order(chance: random.Random, exchange: Exchange, market: Market) -> Order:
    account = exchange.accounts[chance.choice(("alice", "bob"))]
    side, kind = chance.choice((BUY, SELL)), chance.choice(KINDS)
    price, last = chance.randrange(90 * UNIT, 111 * UNIT), exchange.last[market.symbol]
    quantity = chance.randrange(1, 10 ** chance.randrange(2, 11))
    order = Order(0, market, side, price, quantity, account, kind=kind)
    order.force = chance.choice((Force.GTC, Force.GTC, Force.IOC, Force.FOK))
    if kind is Kind.MARKET and not market.linear and chance.random() < 0.5:
        order.spend, order.quantity = chance.randrange(1, 3 * 10**11), 10**20
    if kind not in (Kind.LIMIT, Kind.MARKET):
        up = (side == BUY) == (kind in (Kind.STOP, Kind.STOP_LIMIT))
        order.stop_price = max(1, (last or price) + (1 if up else -1) * chance.randrange(5 * UNIT))
    if kind is Kind.LIMIT and order.force is Force.GTC and chance.random() < 0.2:
        order.clip = max(1, quantity // 3)
    order.reduce_only = market.linear and chance.random() < 0.3
    return order


def step(chance: random.Random, exchange: Exchange, market: Market) -> None:
    """Something happens; a refusal changes nothing."""
    account = exchange.accounts[chance.choice(("alice", "bob"))]
    what, quantity = chance.random(), chance.randrange(1, 3 * UNIT)
    side, price = chance.choice((BUY, SELL)), chance.randrange(90 * UNIT, 111 * UNIT)
    try:
        if what < 0.45:
            exchange.place(any_order(chance, exchange, market))
        elif what < 0.75:
            exchange.crowd_rest(market, side, price, quantity)
        elif what < 0.85:
            exchange.crowd_take(market, side, quantity)
        elif account.open_orders:
            order = chance.choice(list(account.open_orders.values()))
            if chance.random() < 0.5:
                exchange.cancel(order)
            else:
                exchange.amend(order, chance.randrange(1, 2 * order.quantity + 2), price)
    except RefusedError:
        return


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("fee_in_quote", [False, True])
def test_no_account_spends_what_it_lacks(seed: int, fee_in_quote: bool) -> None:
    chance = random.Random(seed)
    exchange, _ = desk(ODD, fee_in_quote)
    for account in exchange.accounts.values():
        exchange.deposit(account, "USDT", parse("1500") - account.balance("USDT").free)
        exchange.deposit(account, "BTC", parse("12") - account.balance("BTC").free)
    before = total(exchange)
    for _ in range(1500):
        step(chance, exchange, ODD)
        for account in exchange.accounts.values():
            held = {"USDT": 0, "BTC": 0}
            for order in account.open_orders.values():
                assert order.locked >= 0
                held["USDT" if order.side == BUY else "BTC"] += order.locked
            for asset, units in held.items():
                assert account.balance(asset).locked == units
                assert account.balance(asset).free >= 0
        assert total(exchange) == before
    kinds = {f.order.kind for a in exchange.accounts.values() for f in a.fills}
    assert kinds == set(Kind)


@pytest.mark.parametrize("seed", range(6))
def test_linear_money_is_conserved_and_reducers_only_reduce(seed: int) -> None:
    market = replace(ODD, linear=True)
    chance = random.Random(seed)
    exchange, _ = desk(market)
    before, fills = total(exchange), 0
    for _ in range(1500):
        was = {name: a.position(market).quantity for name, a in exchange.accounts.items()}
        seen = {name: len(a.fills) for name, a in exchange.accounts.items()}
        step(chance, exchange, market)
        assert total(exchange) == before
        held = exchange.settlement.positions.get(market.symbol)
        positions = [a.position(market).quantity for a in exchange.accounts.values()]
        assert sum(positions) + (held.quantity if held else 0) == 0
        for name, account in exchange.accounts.items():
            quantity = was[name]
            for fill in account.fills[seen[name] :]:
                signed = fill.quantity if fill.order.side == BUY else -fill.quantity
                if fill.order.reduce_only:
                    fills += 1
                    assert quantity * signed < 0
                    assert abs(signed) <= abs(quantity)
                quantity += signed
            assert quantity == account.position(market).quantity
    assert fills > 10


def test_a_stop_that_triggers_above_its_hold_takes_more_money_or_less_quantity() -> None:
    exchange, _ = desk()
    market = next(iter(exchange.markets.values()))
    alice = exchange.accounts["alice"]
    for price in ("105", "200"):
        exchange.crowd_rest(market, SELL, parse(price), parse("1"))
    stop = limit(exchange, "alice", BUY, "0", "1", kind=Kind.STOP, stop_price=parse("105"))
    exchange.crowd_take(market, BUY, parse("1"))
    assert (stop.status, stop.paid) == (Status.FILLED, parse("200"))
    assert (alice.balance("USDT").free, alice.balance("USDT").locked) == (parse("99800"), 0)
    exchange.deposit(alice, "USDT", parse("120") - alice.balance("USDT").free)
    exchange.crowd_rest(market, SELL, parse("105"), parse("1"))
    exchange.crowd_rest(market, SELL, parse("240"), parse("1"))
    exchange.crowd_take(market, BUY, parse("0.1"))
    poor = limit(exchange, "alice", BUY, "0", "1", kind=Kind.STOP, stop_price=parse("110"))
    exchange.crowd_take(market, BUY, parse("1"))
    assert (poor.status, poor.filled) == (Status.EXPIRED, parse("0.5"))
    assert (alice.balance("USDT").free, alice.balance("USDT").locked) == (0, 0)


def test_money_to_spend_is_held_with_its_fee() -> None:
    exchange, _ = desk(replace(BTCUSDT, notional_min=0), fee_in_quote=True)
    market, alice = next(iter(exchange.markets.values())), exchange.accounts["alice"]
    exchange.crowd_rest(market, SELL, parse("100"), parse("5000"))
    spend: dict[str, Any] = {"kind": Kind.MARKET, "spend": parse("100000")}
    with pytest.raises(RefusedError, match="funds"):
        limit(exchange, "alice", BUY, "0", "1000000", **spend)
    spend["spend"] = parse("99900")
    order = limit(exchange, "alice", BUY, "0", "1000000", **spend)
    assert (order.paid, order.fee) == (parse("99900"), parse("99.9"))
    assert (alice.balance("USDT").free, alice.balance("USDT").locked) == (parse("0.1"), 0)


@pytest.mark.parametrize("side", [BUY, SELL])
@pytest.mark.parametrize("there", ["1", "9"])
def test_the_last_trade_of_an_order_by_money_says_filled(side: int, there: str) -> None:
    exchange, ear = desk()
    market = next(iter(exchange.markets.values()))
    exchange.crowd_rest(market, BUY + SELL - side, parse("100"), parse("1"))
    exchange.crowd_rest(market, BUY + SELL - side, parse("100"), parse(there))
    order = limit(exchange, "alice", side, "0", "1000000", kind=Kind.MARKET, spend=parse("250"))
    done = min(parse("2.5"), parse("1") + parse(there))
    assert (order.status, order.filled, order.quantity) == (Status.FILLED, done, done)
    said = [(what, status) for what, _, status in ear.said]
    assert said == [
        (Happening.NEW, Status.NEW),
        (Happening.TRADE, Status.PARTIALLY_FILLED),
        (Happening.TRADE, Status.FILLED),
    ]


def test_a_fill_or_kill_order_by_money() -> None:
    exchange, _ = desk()
    market = next(iter(exchange.markets.values()))
    exchange.crowd_rest(market, SELL, parse("100"), parse("2"))
    terms: dict[str, Any] = {"kind": Kind.MARKET, "force": Force.FOK}
    over = limit(exchange, "alice", BUY, "0", "1000000", spend=parse("250"), **terms)
    assert (over.status, over.filled) == (Status.EXPIRED, 0)
    fits = limit(exchange, "alice", BUY, "0", "1000000", spend=parse("150"), **terms)
    assert (fits.status, fits.filled) == (Status.FILLED, parse("1.5"))


def test_a_resting_reducer_ends_where_its_position_does() -> None:
    exchange, _ = desk(FUTURE)
    exchange.crowd_rest(FUTURE, SELL, parse("100"), parse("1"))
    limit(exchange, "alice", BUY, "100", "1")
    rests = limit(exchange, "alice", SELL, "110", "5", reduce_only=True)
    exchange.crowd_take(FUTURE, BUY, parse("5"))
    assert (rests.filled, rests.status) == (parse("1"), Status.EXPIRED)
    assert exchange.accounts["alice"].position(FUTURE).quantity == 0
    assert exchange.books["BTCUSDT"].best(SELL) == 0


def test_margin_is_of_the_asset_that_a_market_settles_in() -> None:
    other = replace(FUTURE, symbol="BTCUSDC", quote="USDC")
    exchange, _ = desk(FUTURE)
    exchange.markets["BTCUSDC"] = other
    exchange.deposit(exchange.accounts["alice"], "USDC", parse("7"))
    available = exchange.settlement.available
    alice = exchange.accounts["alice"]
    assert available(alice, "USDC") == parse("7")
    limit(exchange, "alice", BUY, "100", "2")
    assert (available(alice, "USDC"), available(alice, "USDT")) == (parse("7"), parse("99990"))


def test_a_halt_stops_everything_but_cancels() -> None:
    exchange, ear = desk()
    market = next(iter(exchange.markets.values()))
    exchange.crowd_rest(market, SELL, parse("101"), parse("1"))
    mine = limit(exchange, "alice", BUY, "100", "1")
    exchange.halt("BTCUSDT")
    for terms in ({}, {"kind": Kind.MARKET}):
        with pytest.raises(RefusedError, match="closed"):
            limit(exchange, "bob", BUY, "101", "1", **terms)
    with pytest.raises(RefusedError, match="closed"):
        exchange.amend(mine, parse("1"), parse("101"))
    assert exchange.crowd_take(market, SELL, parse("1")) == 0
    assert exchange.crowd_rest(market, SELL, parse("100"), parse("1")) is None
    assert ear.trades == []
    exchange.cancel(mine)
    assert mine.status is Status.CANCELED
    exchange.halt("BTCUSDT", False)
    assert exchange.crowd_take(market, BUY, parse("1")) == parse("1")


@pytest.mark.parametrize("parts", [1, 7, 100])
def test_fills_in_any_parts_cost_no_more_than_was_held(parts: int) -> None:
    """With every unit of money held, a fill that rounds up would be paid from nothing."""
    exchange, _ = desk(ODD, fee_in_quote=True)
    alice = exchange.accounts["alice"]
    exchange.deposit(alice, "USDT", 100_178 - alice.balance("USDT").free)
    order = limit(exchange, "alice", BUY, "1000", "0.000001")
    assert (alice.balance("USDT").free, order.locked) == (0, 100_178)
    while order.open:
        exchange.crowd_take(ODD, SELL, parts)
        assert alice.balance("USDT").free >= 0
        assert order.locked >= 0
    assert order.status is Status.FILLED
    assert order.paid + order.fee <= 100_178
