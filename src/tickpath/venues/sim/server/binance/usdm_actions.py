"""What USD-M can be asked to do, the same for REST and its WebSocket API.

No cancelReplace: `modify` changes an order under its id. Weights are those of the venue's pages.
"""

import json
from functools import partial
from typing import Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.binance import usdm_terms as terms
from tickpath.venues.sim.server.binance import usdm_texts as texts
from tickpath.venues.sim.server.binance.errors import (
    NO_ORDER,
    UNKNOWN_ORDER,
    USDM_REASONS,
    ApiError,
)
from tickpath.venues.sim.server.binance.listen_keys import ListenKeys
from tickpath.venues.sim.server.binance.params import Params
from tickpath.venues.sim.server.binance.public import PublicActions
from tickpath.venues.sim.server.orders import Force, Order, RefusedError
from tickpath.venues.sim.server.units import fixed

BATCH_MAX = 5
CANCEL_BATCH_MAX = 10
LEVERAGE_MAX = 125


class UsdmActions(PublicActions):
    """Orders, positions and the account."""

    listen_keys: ListenKeys

    def exchange_info(self, params: Params, account: Account | None) -> Any:
        assets = {a for m in self.exchange.markets.values() for a in (m.quote,)}
        return {
            "timezone": "UTC",
            "serverTime": self.venue.venue_ms(),
            "futuresType": "U_MARGINED",
            "rateLimits": [r for r in self.limits.published() if r["rateLimitType"][0] != "C"],
            "exchangeFilters": [],
            "assets": [
                {"asset": asset, "marginAvailable": True, "autoAssetExchange": "0"}
                for asset in sorted(assets)
            ],
            "symbols": [
                terms.symbol_info(m, m.symbol in self.exchange.halted)
                for m in self.exchange.markets.values()
            ],
        }

    def depth(self, params: Params, account: Account | None) -> Any:
        found, market = super().depth(params, account), self.market_of(params)
        now = self.venue.venue_ms()
        decimals = (market.price_decimals, market.quantity_decimals)
        head = {"lastUpdateId": found["lastUpdateId"], "E": now, "T": now}
        return head | {
            side: [
                [shortened(text, n) for text, n in zip(row, decimals, strict=True)]
                for row in found[side][:1000]
            ]
            for side in ("bids", "asks")
        }

    def premium(self, params: Params, account: Account | None) -> Any:
        """Mark and index are the last price; funding is not simulated."""

        def row(market: Any) -> dict[str, Any]:
            mark = fixed(self.exchange.mark(market))
            return {
                "symbol": market.symbol,
                "markPrice": mark,
                "indexPrice": mark,
                "estimatedSettlePrice": mark,
                "lastFundingRate": "0.00000000",
                "interestRate": "0.00010000",
                "nextFundingTime": (self.venue.venue_ms() // 28_800_000 + 1) * 28_800_000,
                "time": self.venue.venue_ms(),
            }

        return self.one_or_all(params, row)

    # -- orders ------------------------------------------------------------------------------------

    def prepare(self, params: Params, account: Account) -> tuple[Order, str]:
        """The order that parameters describe, filters passed; and how to answer."""
        market = self.market_of(params)
        order, response = terms.usdm_order(params, market, account, self.venue.venue_ms())
        order.client_id = params.client_id("newClientOrderId") or self.new_id()
        terms.check(self.exchange, order)
        return order, response

    def place(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        order, response = self.prepare(params, account)
        fok = order.force is Force.FOK
        if fok and not self.exchange.matching.covered(
            order, self.exchange.books[order.market.symbol]
        ):
            raise ApiError(
                -5021,
                "Due to the order could not be filled immediately, the FOK order has been "
                "rejected. The order will not be recorded in the order history.",
            )
        self.submit(order)
        answer = texts.standing(order)
        return answer if response == "RESULT" else answer | as_accepted(order)

    def submit(self, order: Order) -> None:
        """Hand an order to the exchange. Raises ApiError."""
        try:
            self.exchange.place(order)
        except RefusedError as refused:
            raise ApiError(*USDM_REASONS[refused.why]) from refused

    def test(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        order, _ = self.prepare(params, account)
        try:
            self.exchange.check(order)
        except RefusedError as refused:
            raise ApiError(*USDM_REASONS[refused.why]) from refused
        return {}

    def modify(self, params: Params, account: Account | None) -> Any:
        """Another price or quantity under the same id."""
        assert account is not None
        order = self.find(params, account)
        if order is None or not order.open:
            raise ApiError(*NO_ORDER)
        quantity, price = params.units("quantity", needed=True), params.units("price", needed=True)
        trial = Order(0, order.market, order.side, price, quantity, account)
        terms.check_size(trial)
        terms.check_price(trial, self.exchange.mark(order.market))
        if quantity <= order.filled:
            self.exchange.cancel(order)
            return texts.standing(order)
        try:
            self.exchange.amend(order, quantity, price)
        except RefusedError as refused:
            raise ApiError(*USDM_REASONS[refused.why]) from refused
        return texts.standing(order)

    def cancel(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        order = self.find(params, account)
        if order is None or not order.open:
            raise ApiError(*UNKNOWN_ORDER)
        self.exchange.cancel(order)
        return texts.standing(order)

    def status(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        order = self.find(params, account)
        if order is None:
            raise ApiError(*NO_ORDER)
        return texts.asked(order)

    def open_order(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        order = self.find(params, account)
        if order is None or not order.open:
            raise ApiError(*NO_ORDER)
        return texts.asked(order)

    def open_orders(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        symbols = {market.symbol for market in self.markets_of(params)}
        found = [o for o in account.open_orders.values() if o.market.symbol in symbols]
        return [texts.asked(order) for order in found]

    def cancel_all(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        self.exchange.cancel_all(account, self.market_of(params).symbol)
        return {"code": 200, "msg": "The operation of cancel all open order is done."}

    def batch(self, params: Params, account: Account | None) -> Any:
        """Up to five orders, each on its own."""
        found = []
        for entry in self.listed(params, "batchOrders", BATCH_MAX):
            if not isinstance(entry, dict):
                raise ApiError(-1130, "Data sent for parameter 'batchOrders' is not valid.")
            one = Params({name: str(value) for name, value in entry.items()})
            _, answer = self.attempt(partial(self.place, one, account))
            found.append(answer)
        return found

    def cancel_batch(self, params: Params, account: Account | None) -> Any:
        """Up to ten cancels, each on its own."""
        symbol, found = params.text("symbol"), []
        by_id = "orderIdList" in params
        name = "orderIdList" if by_id else "origClientOrderIdList"
        key = "orderId" if by_id else "origClientOrderId"
        for entry in self.listed(params, name, CANCEL_BATCH_MAX):
            one = Params({"symbol": symbol, key: str(entry)})
            _, answer = self.attempt(partial(self.cancel, one, account))
            found.append(answer)
        return found

    def listed(self, params: Params, name: str, limit: int) -> list[Any]:
        """A JSON list of a request, not too long."""
        try:
            found = json.loads(params.text(name))
        except ValueError as error:
            raise ApiError(-1130, f"Data sent for parameter '{name}' is not valid.") from error
        if not isinstance(found, list) or len(found) > limit:
            raise ApiError(-4082, "Invalid number of batch place orders.")
        return found

    def countdown(self, params: Params, account: Account | None) -> Any:
        """The dead man's switch: cancels a symbol's orders unless it is set again in time."""
        assert account is not None
        symbol, ms = self.market_of(params).symbol, params.integer("countdownTime")
        if ms < 0:
            raise ApiError(-1130, "Data sent for parameter 'countdownTime' is not valid.")
        switches = self.switches.setdefault(account.name, {})
        number = switches[symbol] = switches.get(symbol, 0) + 1

        def fire() -> None:
            if switches[symbol] == number:
                self.exchange.cancel_all(account, symbol)

        if ms:
            self.venue.timers.at(self.venue.t_ns + ms * 10**6, fire)
        return {"symbol": symbol, "countdownTime": str(ms)}

    # -- account -----------------------------------------------------------------------------------

    def account(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return texts.account_row(self.exchange, account)

    def balance(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return [texts.wallet_row(self.exchange, account, a) for a in sorted(account.balances)]

    def positions(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        symbols = {market.symbol for market in self.markets_of(params)}
        return [
            texts.position_row(self.exchange, account, position, side)
            for (symbol, side), position in account.positions.items()
            if symbol in symbols and position.quantity
        ]

    def all_orders(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return [texts.asked(order) for order in self.own_orders(params, account)]

    def user_trades(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return [texts.own_trade(fill) for fill in self.own_fills(params, account)]

    def leverage(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        market, leverage = self.market_of(params), params.integer("leverage")
        if not 1 <= leverage <= LEVERAGE_MAX:
            raise ApiError(-4028, f"Leverage {leverage} is not valid")
        account.leverage = leverage
        return {"leverage": leverage, "maxNotionalValue": "1000000", "symbol": market.symbol}

    def dual(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return {"dualSidePosition": account.hedging}

    def set_dual(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        wanted = params.flag("dualSidePosition")
        if wanted == account.hedging:
            raise ApiError(-4059, "No need to change position side.")
        if account.open_orders:
            raise ApiError(-4067, "Position side cannot be changed if there exists open orders.")
        if any(position.quantity for position in account.positions.values()):
            raise ApiError(-4068, "Position side cannot be changed if there exists position.")
        account.hedging = wanted
        return {"code": 200, "msg": "success"}

    def commission(self, params: Params, account: Account | None) -> Any:
        market = self.market_of(params)
        return {
            "symbol": market.symbol,
            "makerCommissionRate": texts.rate(market.maker_fee_ppm),
            "takerCommissionRate": texts.rate(market.taker_fee_ppm),
        }

    def order_limits(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return self.limits.order_rows(account.name, self.venue.venue_ns())

    # -- listen keys -------------------------------------------------------------------------------

    def start_stream(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return {"listenKey": self.listen_keys.start(account)}

    def keep_stream(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return {"listenKey": self.listen_keys.keep(account)}

    def close_stream(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        self.listen_keys.close(account)
        return {}


def as_accepted(order: Order) -> dict[str, Any]:
    """An ACK tells of the order as it was taken, not of what it did since."""
    zero = fixed(0, order.market.quantity_decimals)
    return {
        "status": "NEW",
        "avgPrice": fixed(0, 2),
        "executedQty": zero,
        "cumQty": zero,
        "cumQuote": "0",
    }


def shortened(text: str, decimals: int) -> str:
    """Eight decimals to those of the market."""
    return text[: len(text) - 8 + decimals] if decimals else text[:-9]
