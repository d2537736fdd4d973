"""A market maker: quotes both sides around the microprice, leaning with the book and its position.

    centre = microprice + shift - lean            in half ticks, floor at each division
    shift  = mid * imbalance_shift_ppm * (bid lots - ask lots) / (bid lots + ask lots)
    lean   = mid * lean_ppm * position / largest position
    bid    = floor(centre) - half, ask = ceil(centre) + half, never through the other side

One post-only order a side. A quote is replaced only when the wanted price is `replace_ppm` away,
a side whose worst case would pass the largest position is cancelled, and while an order is in
flight its side waits. After a fill it quotes again at once. When the book is not OK it cancels.
Integers only; imbalance_maker_native.pyx is the twin.
Worst case: fees. At 10 bps a side no quote of this kind earns its fee; it is an example.
"""

from tickpath.core.records import BookStatus, OpenOrder, OrderState
from tickpath.hot.strategy.declare import (
    Intents,
    OrderType,
    Param,
    Side,
    State,
    Strategy,
    View,
    strategy,
)
from tickpath.hot.strategy.sizing import (
    SIZING_DERIVED,
    SIZING_PARAMS,
    order_lots_at,
    position_lots_at,
)

PPM = 1_000_000
CANCELLABLE = (OrderState.LIVE, OrderState.PENDING_NEW)


@strategy(
    name="imbalance_maker",
    params={
        **SIZING_PARAMS,
        "half_spread_ppm": Param(int, 20, 1, 50_000, "quote distance from the centre"),
        "imbalance_shift_ppm": Param(int, 10, 0, 50_000, "shift of the centre at full imbalance"),
        "lean_ppm": Param(int, 20, 0, 50_000, "shift of the centre at the largest position"),
        "replace_ppm": Param(int, 5, 0, 50_000, "smallest move of a quote"),
        "imbalance_levels": Param(int, 5, 1, 10, "levels a side that count as imbalance"),
    },
    derived=SIZING_DERIVED,
    events=("book", "order", "status"),
)
class ImbalanceMaker(Strategy):
    """Two-sided post-only quotes around the microprice."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        self.quote(view, out)

    def on_order(self, view: View, state: State, out: Intents) -> None:
        if view.fill_lots > 0 and view.top.status == BookStatus.OK:
            self.quote(view, out)

    def on_status(self, view: View, state: State, out: Intents) -> None:
        if view.top.status != BookStatus.OK:
            for order in view.orders:
                if order.state in CANCELLABLE:
                    out.cancel(order.client_order_id)

    def quote(self, view: View, out: Intents) -> None:
        """Bring both sides to where they should be."""
        top = view.top
        if not 0 < top.bid_ticks < top.ask_ticks or top.bid_lots <= 0 or top.ask_lots <= 0:
            return
        mid2 = top.bid_ticks + top.ask_ticks
        lots = order_lots_at(self.params, top.ask_ticks)
        most = position_lots_at(self.params, top.ask_ticks)
        centre2 = self.centre2(view, mid2, most)
        half = max(mid2 * self.params.half_spread_ppm // (2 * PPM), 1)
        threshold = max(mid2 * self.params.replace_ppm // (2 * PPM), 1)
        bid = min(centre2 // 2 - half, top.ask_ticks - 1)
        ask = max(-(-centre2 // 2) + half, top.bid_ticks + 1)
        bid_wanted = bid > 0 and view.position_lots + lots <= most
        ask_wanted = view.position_lots - lots >= -most
        self.side(view, out, Side.BUY, bid if bid_wanted else 0, lots, threshold)
        self.side(view, out, Side.SELL, ask if ask_wanted else 0, lots, threshold)

    def centre2(self, view: View, mid2: int, most: int) -> int:
        """Twice the price the quotes stand around."""
        top = view.top
        levels = self.params.imbalance_levels
        bids = sum(level.quantity_lots for level in top.bids[:levels])
        asks = sum(level.quantity_lots for level in top.asks[:levels])
        weight = top.bid_lots + top.ask_lots
        micro2 = 2 * (top.bid_ticks * top.ask_lots + top.ask_ticks * top.bid_lots) // weight
        shift2 = 0
        if bids + asks > 0:
            part = mid2 * self.params.imbalance_shift_ppm * (bids - asks)
            shift2 = part // (PPM * (bids + asks))
        lean2 = 0
        if most > 0:
            held = min(max(view.position_lots, -most), most)
            lean2 = mid2 * self.params.lean_ppm * held // (PPM * most)
        return micro2 + shift2 - lean2

    def side(
        self, view: View, out: Intents, side: Side, price_ticks: int, lots: int, threshold: int
    ) -> None:
        """One side: price 0 means no quote. An order in flight is waited for."""
        mine = [order for order in view.orders if order.side == side]
        if any(order.state != OrderState.LIVE for order in mine):
            return
        for extra in mine[1:]:
            out.cancel(extra.client_order_id)
        if not mine:
            if price_ticks > 0:
                out.submit(side, price_ticks, lots, type=OrderType.POST_ONLY)
        elif price_ticks == 0:
            out.cancel(mine[0].client_order_id)
        elif self.moved(mine[0], price_ticks, threshold):
            out.replace(mine[0].client_order_id, side, price_ticks, lots, type=OrderType.POST_ONLY)

    @staticmethod
    def moved(order: OpenOrder, price_ticks: int, threshold: int) -> bool:
        """Whether the wanted price is far enough from the quote."""
        return abs(order.price_ticks - price_ticks) >= threshold
