"""Money of the exchange: what orders hold, what fills move, and that nothing is made or lost.

Spot: buys hold quote, sells hold base, and no order takes more than it holds. The fee is in what
is received (half-even), or in quote: then a buy pays it on top, and like its cost what is beyond
10^-8 is dropped. Linear: no holds; new exposure needs margin of the asset that it settles in, and
fills move positions and the wallet.
"""

from typing import TYPE_CHECKING

from tickpath.venues.sim.server.accounts import Account, Position, held_asset, held_units
from tickpath.venues.sim.server.orders import (
    BUY,
    Fill,
    Happening,
    Market,
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
    """`fees` is what the venue earned, `outside` what the crowd has, from 0, `positions` what it
    holds of linear markets."""

    def __init__(self, exchange: "Exchange", fee_in_quote: bool) -> None:
        self.exchange = exchange
        self.fee_in_quote = fee_in_quote
        self.fees: dict[str, int] = {}
        self.outside: dict[str, int] = {}
        self.positions: dict[str, Position] = {}

    def totals(self) -> dict[str, int]:
        """Money of each asset over accounts, fees and the crowd, less what open positions cost:
        nothing but a deposit changes it."""
        found: dict[str, int] = {}
        parts = [self.fees, self.outside]
        positions = list(self.positions.values())
        for account in self.exchange.accounts.values():
            parts.append({asset: balance.total for asset, balance in account.balances.items()})
            positions += account.positions.values()
        parts += [{position.market.quote: -position.cost} for position in positions]
        for part in parts:
            for asset, units in part.items():
                found[asset] = found.get(asset, 0) + units
        return found

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
            return self.with_fee(order, order.spend)
        if order.side == BUY and order.unpriced:
            return self.with_fee(order, self.walk(order))
        if order.spend:
            return self.walk_back(order)
        return held_units(order.side, order.price, order.leaves, self.extra_ppm(order.market))

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

    def extra_ppm(self, market: Market) -> int:
        """Most that a buy pays on top of its cost."""
        return max(market.maker_fee_ppm, market.taker_fee_ppm) if self.fee_in_quote else 0

    def with_fee(self, order: Order, money: int) -> int:
        """The same with the fee on top, upwards."""
        return -(-money * (PPM + self.extra_ppm(order.market)) // PPM)

    def affordable(self, order: Order, price: int) -> int:
        """Most that an order without a price may take at a price, by what it holds."""
        if order.side != BUY:
            return order.locked
        money = ((order.locked + 1) * PPM - 1) // (PPM + self.extra_ppm(order.market))
        return ((money + 1) * UNIT - 1) // price // order.market.step * order.market.step

    def top_up(self, order: Order) -> None:
        """A market order that waited holds what the book asks now, as far as there is money."""
        account = order.account
        if account is not None and order.unpriced and order.side == BUY and not order.market.linear:
            asset = held_asset(order)
            most = order.locked + account.balance(asset).free
            account.hold(order, asset, min(self.needed(order), most))

    def walk(self, order: Order) -> int:
        """Money for taking a quantity from the book as it is; one that waits holds by its stop
        price."""
        if order.stop_price and not order.working_ns:
            return cost_of(order.stop_price, order.leaves) * 105 // 100
        left, money = order.leaves, 0
        ladder = self.exchange.books[order.market.symbol].sides[opposite(order.side)]
        for price in ladder.prices():
            there = min(left, sum(other.leaves for other in ladder.levels[price].values()))
            money += cost_of(price, there)
            left -= there
            if not left:
                break
        return money

    def reserve_change(self, order: Order, quantity: int, price: int) -> None:
        """Whether an amended order can be paid for. Raises RefusedError."""
        account = order.account
        assert account is not None
        if order.market.linear:
            more = cost_of(price, quantity - order.filled) - cost_of(order.price, order.leaves)
            free = self.available(account, order.market.quote)
            if more > 0 and not order.reduce_only and more // account.leverage > free:
                raise RefusedError(Why.MARGIN)
            return
        left, extra = quantity - order.filled, self.extra_ppm(order.market)
        units = held_units(order.side, price, left, extra)
        if units - order.locked > account.balance(held_asset(order)).free:
            raise RefusedError(Why.FUNDS)

    def settle_hold(self, order: Order) -> None:
        """Hold what an open spot order needs now."""
        if order.account is not None and not order.market.linear and not order.spend:
            if order.unpriced and order.side == BUY:
                return
            order.account.hold(order, held_asset(order), self.needed(order))

    def release(self, order: Order) -> None:
        """An order is over: it holds nothing."""
        if order.account is not None and order.locked:
            order.account.hold(order, held_asset(order), 0)

    # -- margin ------------------------------------------------------------------------------------

    def available(self, account: Account, asset: str) -> int:
        """Money of an asset that can back new exposure: wallet and gains, less margin of what is
        there."""
        free = account.balance(asset).free
        for position in account.positions.values():
            if position.quantity and position.market.quote == asset:
                mark = self.exchange.mark(position.market)
                margin = abs(cost_of(mark, position.quantity)) // account.leverage
                free += position.gain(mark) - margin
        for order in account.open_orders.values():
            if not order.reduce_only and order.market.quote == asset:
                free -= cost_of(self.price_of(order), order.leaves) // account.leverage
        return free

    def price_of(self, order: Order) -> int:
        """Price by which an order is margined."""
        return order.price or order.stop_price or self.exchange.mark(order.market)

    def check_margin(self, account: Account, order: Order) -> None:
        """Raises RefusedError when an order adds exposure without backing, or does not reduce."""
        closing = self.reducible(order)
        if order.reduce_only:
            if closing == 0:
                raise RefusedError(Why.REDUCE)
            return
        if order.position_side != "BOTH":
            opens = (order.position_side == "LONG") == (order.side == BUY)
            if not opens and order.quantity > closing:
                raise RefusedError(Why.REDUCE)
        adds, money = (
            max(0, order.quantity - closing),
            cost_of(self.price_of(order), order.quantity),
        )
        if order.unpriced:
            money = max(money, self.walk(order))
        free = self.available(account, order.market.quote)
        if money * adds // order.quantity // account.leverage > free:
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
        order.fill_count += 1
        order.filled_ns = trade.t_ns
        self.exchange.say(order, Happening.TRADE, fill)
        self.say_balance(order)

    def spot(self, order: Order, trade: Trade, money: int, maker: bool) -> tuple[int, str, int]:
        """(fee, its asset, 0): a buy pays from what it holds, a sell delivers."""
        account, market = order.account, order.market
        assert account is not None
        ppm = market.maker_fee_ppm if maker else market.taker_fee_ppm
        if order.side == BUY:
            got, asset, paid = trade.quantity, market.base, money
            fee = money * ppm // PPM if self.fee_in_quote else share(got, ppm)
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
        realised = position.change(signed, money)
        account.balance(market.quote).free += realised - fee
        return fee, market.quote, realised

    def crowd(self, order: Order, trade: Trade, money: int) -> None:
        """The crowd's side of a trade; it pays no fee."""
        market, outside = order.market, self.outside
        base, quote = market.base, market.quote
        quantity = trade.quantity if order.side == BUY else -trade.quantity
        if market.linear:
            position = self.positions.get(market.symbol)
            if position is None:
                position = self.positions[market.symbol] = Position(market)
            outside[quote] = outside.get(quote, 0) + position.change(quantity, money)
            return
        outside[base] = outside.get(base, 0) + quantity
        outside[quote] = outside.get(quote, 0) + (-money if quantity > 0 else money)

    def reducible(self, order: Order) -> int:
        """How much of its position a reduce-only order may still close."""
        account = order.account
        assert account is not None
        position = account.position(order.market, order.position_side).quantity
        return max(0, -position if order.side == BUY else position)

    def drop_idle_reducers(self, account: Account, market: Market) -> None:
        """Reduce-only orders without anything left to reduce end."""
        for order in list(account.open_orders.values()):
            if order.reduce_only and order.market is market and not self.reducible(order):
                self.exchange.take_out(order)
                self.exchange.end(order, Status.EXPIRED)

    def say_balance(self, order: Order) -> None:
        """Tell what an order's account has now."""
        account, market = order.account, order.market
        if account is not None:
            assets = (market.quote,) if market.linear else (market.base, market.quote)
            self.exchange.listener.on_balance(account, assets, self.exchange.now_ns())
