"""What Kraken can be asked to do with orders, the same for the WebSocket and REST.

Each method takes parameters in the WebSocket's words and the account, and returns the result or
raises KrakenError. Every action counts at the pair's counter first.
"""

from typing import Any

from tickpath.venues.sim.server.accounts import Account
from tickpath.venues.sim.server.clock import SECOND
from tickpath.venues.sim.server.kraken.rates import AMEND, CANCEL, EDIT, Rates, by_age
from tickpath.venues.sim.server.kraken.terms import (
    REASONS,
    KrakenError,
    check_deadline,
    check_sizes,
    entries_of,
    flag,
    invalid,
    new_order,
    units,
    whole,
)
from tickpath.venues.sim.server.kraken.texts import stamp, txid
from tickpath.venues.sim.server.orders import Market, Order, RefusedError
from tickpath.venues.sim.server.units import plain
from tickpath.venues.sim.server.venue import Venue

BATCH = (2, 15)
CANCEL_BATCH_MAX = 50
RATE_LIMIT = "EOrder:Rate limit exceeded"


class KrakenActions:
    """The methods over one venue."""

    def __init__(self, venue: Venue, rates: Rates) -> None:
        self.venue, self.exchange, self.rates = venue, venue.exchange, rates
        self.orders: dict[str, Order] = {}
        self.switches: dict[str, int] = {}
        self.amends = 0

    # -- helpers -----------------------------------------------------------------------------------

    def market(self, name: Any) -> Market:
        found = self.exchange.markets.get(str(name))
        if found is None:
            raise KrakenError("EGeneral:Invalid arguments:Unknown symbol")
        return found

    def find(self, account: Account, params: dict[str, Any]) -> Order:
        """An open order by its id or the client's. Raises KrakenError."""
        found = None
        if params.get("order_id"):
            found = self.orders.get(str(params["order_id"]))
        elif params.get("cl_ord_id"):
            found = account.client_ids.get(str(params["cl_ord_id"]))
        else:
            raise invalid("order_id")
        if found is None or found.account is not account or not found.open:
            raise KrakenError("EOrder:Unknown order")
        return found

    def spend(self, account: Account, market: Market, cost: int) -> None:
        """Count an action. Raises KrakenError over the threshold."""
        if not self.rates.trade(account.name, market.symbol, cost, self.venue.t_ns):
            raise KrakenError(RATE_LIMIT)

    def age_ns(self, order: Order) -> int:
        """Since it was made or last amended."""
        return self.venue.venue_ns() - int(order.tags.get("touched_ns", order.created_ns))

    def submit(self, order: Order) -> dict[str, Any]:
        """Hand an order to the exchange; its ids."""
        account = order.account
        assert account is not None
        limit = self.rates.limits.open_orders_max
        if limit and len(account.open_orders) >= limit:
            raise KrakenError("EOrder:Orders limit exceeded")
        try:
            self.exchange.place(order)
        except RefusedError as refused:
            raise KrakenError(REASONS[refused.why]) from refused
        return self.ids(order)

    def ids(self, order: Order) -> dict[str, Any]:
        found: dict[str, Any] = {"order_id": txid("O", order.id)}
        if order.client_id:
            found["cl_ord_id"] = order.client_id
        if order.tags.get("userref"):
            found["order_userref"] = order.tags["userref"]
        return found

    # -- methods -----------------------------------------------------------------------------------

    def add_order(self, params: dict[str, Any], account: Account) -> dict[str, Any]:
        market = self.market(params.get("symbol"))
        order = new_order(params, market, account, self.venue.venue_ns())
        if flag(params, "validate"):
            return {}
        self.spend(account, market, 1)
        return self.submit(order)

    def amend_order(self, params: dict[str, Any], account: Account) -> dict[str, Any]:
        """Quantity or price under the same id; the place is kept when only quantity falls."""
        order = self.find(account, params)
        check_deadline(params, self.venue.venue_ns())
        self.spend(account, order.market, 1 + by_age(AMEND, self.age_ns(order)))
        quantity = units(params, "order_qty") or order.quantity
        price = units(params, "limit_price") or order.price
        trial = Order(0, order.market, order.side, price, quantity, account, kind=order.kind)
        check_sizes(trial)
        was = order.post_only
        order.post_only = flag(params, "post_only") or was
        try:
            self.exchange.amend(order, quantity, price)
        except RefusedError as refused:
            raise KrakenError(REASONS[refused.why]) from refused
        finally:
            order.post_only = was
        order.tags["touched_ns"] = self.venue.venue_ns()
        self.amends += 1
        return {"amend_id": txid("T", self.amends)} | self.ids(order)

    def edit_order(self, params: dict[str, Any], account: Account) -> dict[str, Any]:
        """Cancel, and a new order with another id."""
        old = self.find(account, params)
        self.spend(account, old.market, 1 + by_age(EDIT, self.age_ns(old)))
        terms = {
            "order_type": old.tags["order_type"],
            "side": "buy" if old.side == 0 else "sell",
            "order_qty": params.get("order_qty") or plain(old.leaves),
            "limit_price": params.get("limit_price") or plain(old.price),
            "post_only": params.get("post_only", old.post_only),
            "time_in_force": old.force.value,
            "display_qty": params.get("display_qty") or (plain(old.clip) if old.clip else None),
            "expire_time": stamp(old.expire_ns) if old.expire_ns else None,
            "order_userref": params.get("order_userref") or old.tags.get("userref"),
        }
        order = new_order(terms, old.market, account, self.venue.venue_ns())
        self.exchange.cancel(old, reason="Order replaced")
        found = self.submit(order)
        return found | {"original_order_id": txid("O", old.id)}

    def cancel_order(self, params: dict[str, Any], account: Account) -> dict[str, Any]:
        order = self.find(account, params)
        self.spend(account, order.market, by_age(CANCEL, self.age_ns(order)))
        self.exchange.cancel(order, reason="User requested")
        return self.ids(order)

    def cancel_all(self, params: dict[str, Any], account: Account) -> dict[str, Any]:
        return {"count": len(self.exchange.cancel_all(account, reason="User requested"))}

    def cancel_all_after(self, params: dict[str, Any], account: Account) -> dict[str, Any]:
        """The dead man's switch: cancels everything unless it is set again in time."""
        timeout = whole(params, "timeout", -1, 0, 86_400)
        if timeout < 0:
            raise invalid("timeout")
        number = self.switches[account.name] = self.switches.get(account.name, 0) + 1
        now = self.venue.venue_ns()

        def fire() -> None:
            if self.switches[account.name] == number:
                self.exchange.cancel_all(account, reason="Dead man's switch")

        if timeout:
            self.venue.timers.at(self.venue.t_ns + timeout * SECOND, fire)
        end = stamp(now + timeout * SECOND) if timeout else "0"
        return {"currentTime": stamp(now), "triggerTime": end}

    def batch_add(self, params: dict[str, Any], account: Account) -> list[dict[str, Any]]:
        """Orders of one pair; each may be refused by itself once all are well formed."""
        market, entries = self.market(params.get("symbol")), entries_of(params.get("orders"))
        if not BATCH[0] <= len(entries) <= BATCH[1]:
            raise invalid("orders")
        now = self.venue.venue_ns()
        orders = [new_order(entry, market, account, now) for entry in entries]
        check_deadline(params, now)
        if flag(params, "validate"):
            return [{} for _ in orders]
        self.spend(account, market, len(orders) + len(orders) // 2)
        found = []
        for order in orders:
            own = {"cl_ord_id": order.client_id} if order.client_id else {}
            try:
                found.append(self.submit(order) | {"success": True})
            except KrakenError as error:
                found.append(own | {"success": False, "error": str(error)})
        return found

    def batch_cancel(self, params: dict[str, Any], account: Account) -> dict[str, Any]:
        names: list[Any] = []
        for key in ("orders", "cl_ord_id"):
            part = params.get(key) or []
            names += part if isinstance(part, list) else [part]
        if not 1 <= len(names) <= CANCEL_BATCH_MAX:
            raise invalid("orders")
        count = 0
        for name in names:
            key = "order_id" if str(name) in self.orders else "cl_ord_id"
            try:
                self.cancel_order({key: name}, account)
                count += 1
            except KrakenError as error:
                if str(error) == RATE_LIMIT:
                    raise
        return {"count": count}
