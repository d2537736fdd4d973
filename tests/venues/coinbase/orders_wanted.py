"""A strategy that does what the trades of its market tell it: order at a trade's price and quantity
on its aggressor's side; at a trade of one lot cancel everything."""

from tickpath.core.records import OrderState
from tickpath.hot.strategy.declare import Intents, State, Strategy, View, strategy


@strategy(name="orders_wanted", levels=1, params={}, events=("trade",))
class OrdersWanted(Strategy):
    """Obeys."""

    __slots__ = ()

    def on_trade(self, view: View, state: State, out: Intents) -> None:
        trade = view.trade
        if trade.quantity_lots > 1:
            out.submit(trade.aggressor, trade.price_ticks, trade.quantity_lots)
            return
        for order in view.orders:
            if order.state != OrderState.PENDING_CANCEL:
                out.cancel(order.client_order_id)
