"""What spot can be asked to do, the same for REST and the WebSocket API.

A method takes parameters and the account and returns what becomes the result; ApiError refuses.
Weights are those of the venue's pages. Sources: rest-api.md, web-socket-api.md.
"""

from typing import Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.binance import rules, texts
from tickpath.venues.sim.server.binance.errors import (
    NO_ORDER,
    SPOT_REASONS,
    UNKNOWN_ORDER,
    ApiError,
)
from tickpath.venues.sim.server.binance.params import Params
from tickpath.venues.sim.server.binance.public import PublicActions
from tickpath.venues.sim.server.binance.terms import spot_order
from tickpath.venues.sim.server.orders import Fill, Order, RefusedError
from tickpath.venues.sim.server.units import fixed

PRICED = frozenset({"symbol", "symbols", "symbolStatus", "type"})
BY_ID = frozenset(
    {"symbol", "orderId", "origClientOrderId", "newClientOrderId", "cancelRestrictions"}
)
HISTORY = frozenset({"symbol", "orderId", "startTime", "endTime", "fromId", "limit"})


class SpotActions(PublicActions):
    """Orders and the account of spot."""

    # -- orders ------------------------------------------------------------------------------------

    def prepare(self, params: Params, account: Account) -> tuple[Order, str]:
        """The order that parameters describe, filters passed; and how to answer."""
        market = self.market_of(params)
        order, response = spot_order(params, market, account)
        order.client_id = params.client_id("newClientOrderId") or self.new_id()
        rules.check(self.exchange, order)
        return order, response

    def submit(self, order: Order, response: str) -> dict[str, Any]:
        """Hand a prepared order to the exchange."""
        account = order.account
        assert account is not None
        try:
            self.exchange.place(order)
        except RefusedError as refused:
            raise ApiError(*SPOT_REASONS[refused.why]) from refused
        first = max(0, len(account.fills) - 2 * order.fill_count)
        fills: list[Fill] = [fill for fill in account.fills[first:] if fill.order is order]
        return texts.placed(order, response, fills)

    def place(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return self.submit(*self.prepare(params, account))

    def test(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        order, _ = self.prepare(params, account)
        try:
            self.exchange.check(order)
        except RefusedError as refused:
            raise ApiError(*SPOT_REASONS[refused.why]) from refused
        return {}

    def take_out(self, params: Params, account: Account, prefix: str = "") -> dict[str, Any]:
        """Cancel the order that a request names."""
        order = self.find(params, account, prefix)
        if order is None or not order.open:
            raise ApiError(*UNKNOWN_ORDER)
        only = params.text("cancelRestrictions", "")
        if only not in ("", "ONLY_NEW", "ONLY_PARTIALLY_FILLED"):
            raise ApiError(-1100, "Invalid cancelRestrictions.")
        if only and only != f"ONLY_{order.status.value}":
            raise ApiError(-2011, "Order was not canceled due to cancel restrictions.")
        name = "cancelNewClientOrderId" if prefix else "newClientOrderId"
        self.exchange.cancel(order, params.client_id(name) or self.new_id())
        return texts.cancelled(order)

    def cancel(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return self.take_out(params, account)

    def status(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        order = self.find(params, account)
        if order is None:
            raise ApiError(*NO_ORDER)
        return texts.standing(order)

    def cancel_replace(self, params: Params, account: Account | None) -> Any:
        """Cancel, then a new order; how far it goes after a failure depends on the mode."""
        assert account is not None
        mode = params.text("cancelReplaceMode")
        if mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
            raise ApiError(-1100, "Invalid cancelReplaceMode.")
        order, response = self.prepare(params, account)
        cancelled, cancel_answer = self.attempt(lambda: self.take_out(params, account, "cancel"))
        if not cancelled and mode == "STOP_ON_FAILURE":
            placed, place_answer = "NOT_ATTEMPTED", None
        else:
            done, place_answer = self.attempt(lambda: self.submit(order, response))
            placed = "SUCCESS" if done else "FAILURE"
        data: dict[str, object] = {
            "cancelResult": "SUCCESS" if cancelled else "FAILURE",
            "newOrderResult": placed,
            "cancelResponse": cancel_answer,
            "newOrderResponse": place_answer,
        }
        if cancelled and placed == "SUCCESS":
            return data
        half = cancelled or placed == "SUCCESS"
        error = ApiError(
            -2021 if half else -2022,
            "Order cancel-replace partially failed." if half else "Order cancel-replace failed.",
            409 if half else 400,
        )
        error.data = data
        raise error

    def amend(self, params: Params, account: Account | None) -> Any:
        """Less quantity under the same order id, the place in the queue kept."""
        assert account is not None
        order = self.find(params, account)
        if order is None or not order.open:
            raise ApiError(*NO_ORDER)
        quantity = params.units("newQty", needed=True)
        if quantity >= order.quantity:
            raise ApiError(-2038, "The new quantity must be lower than the current one.")
        if quantity % order.market.step or quantity < order.market.quantity_min:
            raise ApiError(-1013, "Filter failure: LOT_SIZE")
        old = order.client_id
        client_id = params.client_id("newClientOrderId") or old
        try:
            self.exchange.amend(order, quantity, client_id="" if client_id == old else client_id)
        except RefusedError as refused:
            raise ApiError(*SPOT_REASONS[refused.why]) from refused
        return texts.amended(order, old, self.execution_id)

    def open_orders(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        symbols = {market.symbol for market in self.markets_of(params)}
        found = [o for o in account.open_orders.values() if o.market.symbol in symbols]
        return [texts.standing(order) for order in found]

    def cancel_all(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        market = self.market_of(params)
        found = [o for o in account.open_orders.values() if o.market is market]
        if not found:
            raise ApiError(*UNKNOWN_ORDER)
        for order in found:
            self.exchange.cancel(order, self.new_id())
        return [texts.cancelled(order) for order in found]

    # -- account -----------------------------------------------------------------------------------

    def account(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        first = next(iter(self.exchange.markets.values()))
        found = texts.account(
            account, first.maker_fee_ppm, first.taker_fee_ppm, self.venue.venue_ns()
        )
        if params.flag("omitZeroBalances"):
            found["balances"] = [
                b for b in found["balances"] if (b["free"], b["locked"]) != (texts.ZERO, texts.ZERO)
            ]
        return found

    def all_orders(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return [texts.standing(order) for order in self.own_orders(params, account)]

    def my_trades(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return [texts.own_trade(fill) for fill in self.own_fills(params, account)]

    def order_limits(self, params: Params, account: Account | None) -> Any:
        assert account is not None
        return self.limits.order_rows(account.name, self.venue.venue_ns())

    def commission(self, params: Params, account: Account | None) -> Any:
        market = self.market_of(params)
        zero = dict.fromkeys(("maker", "taker", "buyer", "seller"), texts.ZERO)
        fees = {"maker": market.maker_fee_ppm, "taker": market.taker_fee_ppm}
        return {
            "symbol": market.symbol,
            "standardCommission": zero | {k: fixed(v * 100) for k, v in fees.items()},
            "specialCommission": zero,
            "taxCommission": zero,
            "discount": {
                "enabledForAccount": False,
                "enabledForSymbol": False,
                "discountAsset": "BNB",
                "discount": texts.ZERO,
            },
        }
