"""Accounts of a simulated venue: balances, holds, positions, keys. All money in 10^-8 units.

Spot orders hold what they may spend. On linear markets orders and positions need margin: the
notional over the leverage, of the wallet plus what the positions have gained.
"""

from dataclasses import dataclass, field

from tickpath.venues.sim.server.orders import BUY, Fill, Market, Order
from tickpath.venues.sim.server.units import PPM, UNIT


@dataclass(slots=True)
class Balance:
    """Money of one asset: free to use, and held by open orders."""

    free: int = 0
    locked: int = 0

    @property
    def total(self) -> int:
        return self.free + self.locked


@dataclass(slots=True)
class Position:
    """Net quantity of a linear market (below 0: short) and what it cost."""

    market: Market
    quantity: int = 0
    cost: int = 0

    @property
    def entry(self) -> int:
        """Average price, 0 without a position."""
        return self.cost * UNIT // self.quantity if self.quantity else 0

    def gain(self, price: int) -> int:
        """Money gained at a price, not yet realised."""
        return price * self.quantity // UNIT - self.cost

    def change(self, quantity: int, money: int) -> int:
        """Add a signed quantity for money above 0; returns the money realised. Realised less cost
        changes by exactly that money, so that both sides of a trade sum to nothing."""
        realised = 0
        if self.quantity * quantity < 0:
            closing = min(abs(quantity), abs(self.quantity))
            part, got = self.cost * closing // abs(self.quantity), money * closing // abs(quantity)
            sign = 1 if self.quantity > 0 else -1
            realised = sign * got - part
            self.cost -= part
            self.quantity -= sign * closing
            quantity += sign * closing
            money -= got
        self.cost += money if quantity > 0 else -money
        self.quantity += quantity
        return realised


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of an account. `kind` is hmac, ed25519, es256 or kraken; `secret` is the shared
    secret, or the public key in PEM: it is never printed."""

    name: str
    kind: str
    secret: str = field(repr=False)


@dataclass(slots=True, eq=False)
class Account:
    """Everything that belongs to one trader."""

    name: str
    number: int
    balances: dict[str, Balance] = field(default_factory=dict)
    positions: dict[tuple[str, str], Position] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    leverage: int = 20
    hedging: bool = False
    can_trade: bool = True
    can_withdraw: bool = False
    open_orders: dict[int, Order] = field(default_factory=dict)
    client_ids: dict[str, Order] = field(default_factory=dict)
    """Newest order of each client order id."""
    orders: list[Order] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)

    def balance(self, asset: str) -> Balance:
        return self.balances.setdefault(asset, Balance())

    def position(self, market: Market, side: str = "BOTH") -> Position:
        return self.positions.setdefault((market.symbol, side), Position(market))

    def hold(self, order: Order, asset: str, units: int) -> None:
        """Make the order hold exactly `units` of an asset."""
        balance, more = self.balance(asset), units - order.locked
        balance.free -= more
        balance.locked += more
        order.locked = units

    def pay_held(self, order: Order, asset: str, units: int) -> None:
        """Spend from what the order holds."""
        self.balance(asset).locked -= units
        order.locked -= units


def held_asset(order: Order) -> str:
    """What a spot order holds."""
    return order.market.quote if order.side == BUY else order.market.base


def held_units(side: int, price: int, quantity: int, fee_ppm: int) -> int:
    """What a priced spot order must hold for a quantity; `fee_ppm` is paid on top."""
    if side != BUY:
        return quantity
    return -(-price * (PPM + fee_ppm) * quantity // (UNIT * PPM))
