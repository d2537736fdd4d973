"""Money of the exchange: what orders hold, what fills move, and that nothing is made or lost.

Spot: buys hold quote, sells hold base. The fee is in what is received, or in quote. Linear: no
holds; new exposure needs margin, and fills move positions and the wallet.
"""

from typing import TYPE_CHECKING

from tickpath.venues.sim.server.accounts import Account, held_asset, held_units
from tickpath.venues.sim.server.orders import (
    BUY,
    Fill,
    Happening,
    Kind,
    Order,
    RefusedError,
    Status,
    Trade,
    Why,
    opposite,
)
from tickpath.venues.sim.server.units import PPM, UNIT, cost_of, share

if TYPE_CHECKING:
    from tickpath.venues.sim.server.exchange import Exchange


class Settlement:
    """`fees` is what the venue earned; `outside` what the crowd has, from 0."""

    def __init__(self, exchange: "Exchange", fee_in_quote: bool) -> None:
        self.exchange = exchange
        self.fee_in_quote = fee_in_quote
        self.fees: dict[str, int] = {}
        self.outside: dict[str, int] = {}

    # -- before an order works ---------------------------------------------------------------------

    def reserve(self, order: Order) -> None:
        """Hold what a new order needs. Raises RefusedError."""
        account = order.account
        assert account is not None
        if order.market.linear:
            self.check_margin(account, order)
            return
        asset, units = held_asset(order), self.needed(order)
        if units > account.balance(asset).free:
            raise RefusedError(Why.FUNDS)
        account.hold(order, asset, units)

    def needed(self, order: Order) -> int:
        """What a spot order must hold for what is left of it."""
        if order.side == BUY and order.spend:
            return order.spend
        if order.side == BUY and order.kind in (Kind.MARKET, Kind.STOP, Kind.PROFIT):
            return self.walk(order)
        if order.spend:
            return self.walk_back(order)
        return held_units(order, self.extra_ppm(order))

    def walk_back(self, order: Order) -> int:
        """Quantity that a sell must deliver to earn its money from the book as it is."""
        left, quantity = order.spend, 0
        ladder = self.exchange.books[order.market.symbol].sides[opposite(order.side)]
        for price in ladder.prices():
            there = sum(other.leaves for other in ladder.levels[price].values())
            part = min(there, left * UNIT // price)
            quantity += part
            left -= cost_of(price, part)
            if part < there:
                break
        return quantity

    def extra_ppm(self, order: Order) -> int:
        """Fee that a buy pays on top of its cost."""
        return order.market.taker_fee_ppm if self.fee_in_quote else 0

    def walk(self, order: Order) -> int:
        """Money for taking a quantity from the book as it is, fee on top included; a waiting market
        order holds by its stop price."""
        if order.stop_price:
            return cost_of(order.stop_price, order.leaves) * 105 // 100
        left, money = order.leaves, 0
        ladder = self.exchange.books[order.market.symbol].sides[opposite(order.side)]
        for price in ladder.prices():
            there = min(left, sum(other.leaves for other in ladder.levels[price].values()))
            money += cost_of(price, there)
            left -= there
            if not left:
                break
        return money + share(money, self.extra_ppm(order)) + (self.extra_ppm(order) > 0)

    def reserve_change(self, order: Order, quantity: int, price: int) -> None:
        """Whether an amended order can be paid for. Raises RefusedError."""
        account = order.account
        assert account is not None
        if order.market.linear:
            more = cost_of(price, quantity - order.filled) - cost_of(order.price, order.leaves)
            if more > 0 and more // account.leverage > self.available(account):
                raise RefusedError(Why.MARGIN)
            return
        units = quantity - order.filled
        if order.side == BUY:
            units = -(-price * (PPM + self.extra_ppm(order)) * units // (UNIT * PPM))
        if units - order.locked > account.balance(held_asset(order)).free:
            raise RefusedError(Why.FUNDS)

    def settle_hold(self, order: Order) -> None:
        """Hold what an open spot order needs now."""
        if order.account is not None and not order.market.linear and not order.spend:
            if order.kind in (Kind.MARKET, Kind.STOP, Kind.PROFIT) and order.side == BUY:
                return
            order.account.hold(order, held_asset(order), self.needed(order))

    def release(self, order: Order) -> None:
        """An order is over: it holds nothing."""
        if order.account is not None and order.locked:
            order.account.hold(order, held_asset(order), 0)

    # -- margin ------------------------------------------------------------------------------------

    def available(self, account: Account) -> int:
        """Money that can back new exposure: wallet and gains, less margin of what is there."""
        exchange, free = self.exchange, 0
        quotes = {position.market.quote for position in account.positions.values()}
        quotes |= {order.market.quote for order in account.open_orders.values()}
        for asset in quotes or set(account.balances):
            free += account.balance(asset).free
        for position in account.positions.values():
            mark = exchange.mark(position.market)
            free += position.gain(mark) - abs(cost_of(mark, position.quantity)) // account.leverage
        for order in account.open_orders.values():
            if not order.reduce_only:
                free -= cost_of(self.price_of(order), order.leaves) // account.leverage
        return free

    def price_of(self, order: Order) -> int:
        """Price by which an order is margined."""
        return order.price or order.stop_price or self.exchange.mark(order.market)

    def check_margin(self, account: Account, order: Order) -> None:
        """Raises RefusedError when an order adds exposure without backing, or does not reduce."""
        position = account.position(order.market, order.position_side).quantity
        against = -position if order.side == BUY else position
        closing = max(0, against)
        if order.reduce_only:
            if closing == 0:
                raise RefusedError(Why.REDUCE)
            return
        if order.position_side != "BOTH":
            opens = (order.position_side == "LONG") == (order.side == BUY)
            if not opens and order.quantity > closing:
                raise RefusedError(Why.REDUCE)
        adds = max(0, order.quantity - closing)
        if cost_of(self.price_of(order), adds) // account.leverage > self.available(account):
            raise RefusedError(Why.MARGIN)

    # -- fills -------------------------------------------------------------------------------------

    def fill(self, order: Order, trade: Trade, maker: bool) -> None:
        """Move money of one side of a trade, and say so."""
        money = cost_of(trade.price, trade.quantity)
        if order.account is None:
            self.crowd(order, trade, money)
            return
        move = self.linear if order.market.linear else self.spot
        fee, asset, realised = move(order, trade, money, maker)
        order.fee += fee
        self.fees[asset] = self.fees.get(asset, 0) + fee
        fill = Fill(
            trade.id,
            order,
            trade.price,
            trade.quantity,
            money,
            fee,
            asset,
            maker,
            trade.t_ns,
            realised,
        )
        order.account.fills.append(fill)
        self.exchange.say(order, Happening.TRADE, fill)
        self.say_balance(order)
        if order.market.linear:
            self.drop_idle_reducers(order)

    def spot(self, order: Order, trade: Trade, money: int, maker: bool) -> tuple[int, str, int]:
        """(fee, its asset, 0): a buy pays from what it holds, a sell delivers."""
        account, market = order.account, order.market
        assert account is not None
        ppm = market.maker_fee_ppm if maker else market.taker_fee_ppm
        if order.side == BUY:
            got, asset, paid = trade.quantity, market.base, money
            fee = share(money if self.fee_in_quote else got, ppm)
            paid += fee if self.fee_in_quote else 0
            account.pay_held(order, market.quote, paid)
            account.balance(asset).free += got - (0 if self.fee_in_quote else fee)
        else:
            fee = share(money, ppm)
            account.pay_held(order, market.base, trade.quantity)
            account.balance(market.quote).free += money - fee
        self.settle_hold(order)
        fee_in_quote = self.fee_in_quote or order.side != BUY
        return fee, market.quote if fee_in_quote else market.base, 0

    def linear(self, order: Order, trade: Trade, money: int, maker: bool) -> tuple[int, str, int]:
        """(fee, its asset, realised): the position changes, the wallet pays."""
        account, market = order.account, order.market
        assert account is not None
        fee = share(money, market.maker_fee_ppm if maker else market.taker_fee_ppm)
        signed = trade.quantity if order.side == BUY else -trade.quantity
        position = account.position(market, order.position_side)
        realised = position.change(signed, trade.price)
        account.balance(market.quote).free += realised - fee
        self.outside[market.quote] = self.outside.get(market.quote, 0) - realised
        return fee, market.quote, realised

    def crowd(self, order: Order, trade: Trade, money: int) -> None:
        """The crowd's side of a spot trade."""
        market = order.market
        if market.linear:
            return
        sign = 1 if order.side == BUY else -1
        for asset, units in ((market.base, sign * trade.quantity), (market.quote, -sign * money)):
            self.outside[asset] = self.outside.get(asset, 0) + units

    def drop_idle_reducers(self, order: Order) -> None:
        """Reduce-only orders without anything left to reduce end."""
        account = order.account
        assert account is not None
        for other in list(account.open_orders.values()):
            if other is order or not other.reduce_only or other.market is not order.market:
                continue
            position = account.position(other.market, other.position_side).quantity
            if (position >= 0) if other.side == BUY else (position <= 0):
                self.exchange.take_out(other)
                self.exchange.end(other, Status.EXPIRED)

    def say_balance(self, order: Order) -> None:
        """Tell what an order's account has now."""
        account, market = order.account, order.market
        if account is not None:
            assets = (market.quote,) if market.linear else (market.base, market.quote)
            self.exchange.listener.on_balance(account, assets, self.exchange.now_ns())
