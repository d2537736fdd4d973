"""What execute remembers, and the verbs on it that everything else shares."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tickpath.core import ids
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    POSITION_LONG,
    Committed,
    Order,
    OrderState,
    OrderType,
    OrderUpdate,
    Position,
    Side,
)
from tickpath.hot.execute import OrderCodec
from tickpath.hot.execute.hedge import leg_of
from tickpath.hot.execute.money import Money
from tickpath.hot.execute.order_table import Ended, Row, leaves_of, open_order, rests
from tickpath.hot.execute.schedule_plan import schedules_of


class State:
    """Tables and money; changed by `send`, `apply`, `fills`, `links`, `working`, `algorithm`."""

    def __init__(self, config: Config, codecs: Sequence[OrderCodec | None]) -> None:
        if len(codecs) != len(config.venues):
            raise ConfigError("execute: one codec (or None) for each venue of the configuration")
        self.config = config
        self.codecs = list(codecs)
        self.schedules = schedules_of(config)
        self.money = Money(config)
        self.made = [config.venue_orders(venue) for venue in range(len(config.venues))]
        self.buy_values = [0] * len(config.instruments)
        self.market_buy_lots = [0] * len(config.instruments)
        self.minted = 0
        self.rows: dict[int, Row] = {}
        self.own: dict[tuple[int, int], dict[int, Row]] = {}
        self.ended: dict[int, Ended] = {}
        self.fills: dict[tuple[int, int], None] = {}
        self.notices: list[OrderUpdate] = []
        self.notices_lost = 0
        self.out: list[tuple[int, int, bytes]] = []
        self.out_bytes = 0
        self.decisions: list[tuple[int, ...]] = []

    @property
    def positions(self) -> list[Position]:
        """Net positions by instrument."""
        return self.money.positions_held

    def leg_positions(self, instrument: int) -> list[Position]:
        """The long and the short leg as risk sees them: their lots and what is open on each. Fills
        of ended orders that are still awaited count on both. Empty unless the account hedges."""
        if not self.money.side_fits(instrument, POSITION_LONG):
            return []
        found = []
        for k, leg in enumerate(self.money.legs(instrument)):
            view = replace(self.positions[instrument], position_lots=leg.lots)
            for strategy in range(LIMITS["strategies_max"]):
                for row in self.own_rows(strategy, instrument):
                    order = row.order
                    if order.state == OrderState.PARKED or leg_of(True, order.flags) == k:
                        continue
                    if order.side == Side.BUY:
                        view.open_buy_lots -= leaves_of(order)
                    else:
                        view.open_sell_lots -= leaves_of(order)
            found.append(view)
        return found

    def next_id(self) -> int:
        """The client order id that the next new order gets."""
        return ids.client_order_id(self.config.engine_id, self.config.epoch, self.minted + 1)

    def own_rows(self, strategy: int, instrument: int) -> list[Row]:
        """Rows of a strategy on an instrument, oldest first."""
        return list(self.own.get((strategy, instrument), {}).values())

    def rows_of(self, instrument: int) -> Iterator[Row]:
        """Rows of an instrument by strategy, then age."""
        for strategy in range(LIMITS["strategies_max"]):
            if (strategy, instrument) in self.own:
                yield from self.own_rows(strategy, instrument)

    def add(self, row: Row) -> None:
        """A new row; room was checked by the caller."""
        order = row.order
        self.rows[order.client_order_id] = row
        self.own.setdefault((order.strategy, order.instrument), {})[order.client_order_id] = row

    def all_rows(self) -> Iterator[Row]:
        """Every row by strategy, then instrument, then age."""
        for strategy in range(LIMITS["strategies_max"]):
            for instrument in range(len(self.positions)):
                yield from self.own_rows(strategy, instrument)

    def reserve(self, order: Order, lots: int) -> None:
        """Add to the open lots of a side; negative gives back."""
        position = self.positions[order.instrument]
        if order.side == Side.BUY:
            position.open_buy_lots += lots
            self.promise(order, lots)
        else:
            position.open_sell_lots += lots

    def promise(self, order: Order, lots: int) -> None:
        """Add to what open buys have promised."""
        if order.side != Side.BUY:
            return
        if order.type in (OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP):
            self.market_buy_lots[order.instrument] += lots
        else:
            self.buy_values[order.instrument] += lots * order.price_ticks

    def committed(self, instrument: int) -> Committed:
        """What the open orders of an instrument have promised, and the best own prices."""
        found = Committed(self.buy_values[instrument], self.market_buy_lots[instrument])
        for strategy in range(LIMITS["strategies_max"]):
            for row in self.own_rows(strategy, instrument):
                order = row.order
                if order.state == OrderState.PARKED or not rests(order):
                    continue
                if order.side == Side.BUY:
                    found.best_buy = max(found.best_buy, order.price_ticks)
                else:
                    found.best_sell = min(found.best_sell, order.price_ticks)
        return found

    def remove(self, row: Row, state: OrderState, cumulative_lots: int) -> None:
        """The order leaves the table. Lots that the venue counts as filled, busted ones included,
        but whose fills were not seen stay reserved until they arrive."""
        order = row.order
        leaves = leaves_of(order)
        awaited = 0
        if order.state != OrderState.PARKED:
            known = min(2**63 - 1, order.filled_lots + row.work.busted_lots)
            awaited = max(0, min(cumulative_lots - known, leaves))
            self.reserve(order, awaited - leaves)
            self.positions[order.instrument].open_order_count -= 1
        order.state = state
        order.replaced_by = 0
        del self.rows[order.client_order_id]
        del self.own[order.strategy, order.instrument][order.client_order_id]
        work = row.work
        self.ended[order.client_order_id] = Ended(
            order, awaited, work.partner, work.link, work.role
        )
        if len(self.ended) > LIMITS["ended_orders_max"]:
            oldest = self.ended.pop(next(iter(self.ended)))
            self.reserve(oldest.order, -oldest.awaited_lots)

    def notice(self, order: Order, leaves_lots: int) -> None:
        """Tell the strategy of a change that no report brings; what does not fit is counted."""
        if len(self.notices) >= LIMITS["notices_max"]:
            self.notices_lost += 1
            return
        shown = open_order(order, leaves_lots)
        self.notices.append(OrderUpdate(0, order.strategy, order.instrument, 0, shown))
