"""What a request asks for, or why the venue refuses it: the plain twin of `terms.pxd`."""

from dataclasses import dataclass
from typing import Any

from tickpath.core.config import Instrument
from tickpath.core.ids import from_text
from tickpath.core.records import BookStatus, InstrumentKind, OrderType, Side, TimeInForce
from tickpath.venues.sim import reference_text as text

ORDERS_MAX = 1024
FORCES = {b"GTC": TimeInForce.GTC, b"IOC": TimeInForce.IOC, b"FOK": TimeInForce.FOK}


class Refusal(Exception):  # noqa: N818  an answer, not a fault
    """The venue says no: its code and its words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(slots=True)
class SimOrder:
    """An order of ours at the venue; `ahead` is the displayed quantity that trades before it."""

    instrument: int
    client_order_id: int
    side: int = 0
    type: int = OrderType.LIMIT
    time_in_force: int = TimeInForce.GTC
    reduce_only: bool = False
    price_ticks: int = 0
    quantity_lots: int = 0
    filled_lots: int = 0
    quote_units: int = 0
    order_id: int = 0
    created_ns: int = 0
    updated_ns: int = 0
    beside: bool = False
    ahead_lots: int = 0
    shown_lots: int = 0
    traded_lots: int = 0

    @property
    def leaves_lots(self) -> int:
        return self.quantity_lots - self.filled_lots


def missing(name: str) -> Refusal:
    return Refusal(-1102, f"Mandatory parameter '{name}' was not sent.")


def not_required(name: str) -> Refusal:
    return Refusal(-1106, f"Parameter '{name}' sent when not required.")


class Terms:
    """Reads requests against the venue's instruments and its state."""

    def __init__(self, venue: Any) -> None:
        self.venue = venue

    def instrument(self, venue: int, sent: text.Sent) -> int:
        """Index of the venue's instrument that the request names."""
        symbol = sent.params.get(b"symbol")
        if symbol is None:
            raise missing("symbol")
        for place in self.venue.places:
            if place.info.venue == venue and place.info.symbol.encode() == symbol:
                return int(place.info.index)
        raise Refusal(-1121, "Invalid symbol.")

    def own_id(self, sent: text.Sent, key: bytes) -> int:
        """A client order id of ours, 0 when absent or another form."""
        return from_text(sent.params.get(key, b"").decode("latin-1"))

    def order(self, venue: int, sent: text.Sent) -> SimOrder:
        """A new order out of a request: fields and filters, in the venue's order."""
        index = self.instrument(venue, sent)
        info: Instrument = self.venue.places[index].info
        order = SimOrder(index, self.own_id(sent, b"newClientOrderId"))
        if order.client_order_id == 0:
            raise missing("newClientOrderId")
        self.read_terms(order, sent, info.kind == InstrumentKind.SPOT)
        order.quantity_lots = text.steps(
            sent.params.get(b"quantity"), info.quantity_wire_decimals, info.quantity_step_units
        )
        if order.quantity_lots == 0:
            raise Refusal(-1013, "Filter failure: LOT_SIZE")
        if order.type != OrderType.MARKET:
            order.price_ticks = text.steps(
                sent.params.get(b"price"), info.price_wire_decimals, info.price_step_units
            )
            if order.price_ticks == 0:
                raise Refusal(-1013, "Filter failure: PRICE_FILTER")
        if (
            order.quantity_lots % info.order_step_lots
            or not info.quantity_lots_min <= order.quantity_lots <= info.quantity_lots_max
        ):
            raise Refusal(-1013, "Filter failure: LOT_SIZE")
        crowd = self.venue.crowd
        limit = order.type != OrderType.MARKET
        if crowd is not None and limit and not crowd.holds(order.price_ticks):
            raise Refusal(-1013, "Filter failure: PERCENT_PRICE_BY_SIDE")
        self.check_notional(order, info)
        return order

    def read_terms(self, order: SimOrder, sent: text.Sent, spot: bool) -> None:
        """Side, type, time in force and reduce-only."""
        params = sent.params
        if params.get(b"side") not in (b"BUY", b"SELL"):
            raise Refusal(-1117, "Invalid side.")
        order.side = Side[params[b"side"].decode()]
        if b"reduceOnly" in params:
            order.reduce_only = params[b"reduceOnly"] == b"true"
            if spot:
                raise not_required("reduceOnly")
        kind = params.get(b"type")
        if kind is None:
            raise missing("type")
        if kind == b"LIMIT":
            self.read_force(order, sent, spot)
        elif kind == b"LIMIT_MAKER" and spot:
            order.type = OrderType.POST_ONLY
            if b"timeInForce" in params:
                raise not_required("timeInForce")
        elif kind == b"MARKET":
            order.type, order.time_in_force = OrderType.MARKET, TimeInForce.IOC
            if b"price" in params or b"timeInForce" in params:
                raise not_required("price")
        else:
            raise Refusal(-1116, "Invalid orderType.")

    def read_force(self, order: SimOrder, sent: text.Sent, spot: bool) -> None:
        """Time in force of a LIMIT order; GTX is the futures form of post-only."""
        force = sent.params.get(b"timeInForce")
        if force is None:
            raise missing("timeInForce")
        if force == b"GTX" and not spot:
            order.type = OrderType.POST_ONLY
        elif force in FORCES:
            order.time_in_force = FORCES[force]
        else:
            raise Refusal(-1115, "Invalid timeInForce.")

    def check_notional(self, order: SimOrder, info: Instrument) -> None:
        """A market order counts at the best opposite price; futures let reduce-only be small."""
        ticks = order.price_ticks
        if order.type == OrderType.MARKET:
            ticks = self.venue.best(order.instrument, 1 - order.side)
        num, den = info.value_ratio
        notional, least = ticks * order.quantity_lots * num, info.notional_units_min * den
        if info.kind == InstrumentKind.INVERSE:
            notional, least = order.quantity_lots * num, ticks * least
        if ticks == 0 or notional >= least:
            return
        if info.kind == InstrumentKind.SPOT:
            raise Refusal(-1013, "Filter failure: NOTIONAL")
        if not order.reduce_only:
            raise Refusal(-4164, "Order's notional must be no smaller than the minimum.")

    def replacement(self, venue: int, sent: text.Sent) -> SimOrder:
        """The new order of a cancelReplace; only spot replaces."""
        mode = sent.params.get(b"cancelReplaceMode")
        if mode is None:
            raise missing("cancelReplaceMode")
        if mode != b"STOP_ON_FAILURE":
            raise Refusal(-1130, "Data sent for parameter 'cancelReplaceMode' is not valid.")
        order = self.order(venue, sent)
        if self.venue.places[order.instrument].info.kind != InstrumentKind.SPOT:
            raise Refusal(-1100, "Unknown method.")
        return order

    def check_market(self, order: SimOrder) -> None:
        """What only the market's state can refuse: ids, halts, reduce-only, post-only."""
        place = self.venue.places[order.instrument]
        if self.venue.find(order.client_order_id) is not None:
            raise Refusal(-2010, "Duplicate order sent.")
        if place.book.status != BookStatus.OK or not place.info.trading:
            raise Refusal(-2010, "Market is closed.")
        if len(self.venue.orders) >= ORDERS_MAX:
            raise Refusal(-1015, "Too many new orders.")
        if order.reduce_only:
            closing = -place.position_lots if order.side == Side.BUY else place.position_lots
            if order.quantity_lots > closing:
                raise Refusal(-2022, "ReduceOnly Order is rejected.")
        bid, ask = (self.venue.best(order.instrument, side) for side in (0, 1))
        crosses = 0 < ask <= order.price_ticks
        if order.side == Side.SELL:
            crosses = bid > 0 and order.price_ticks <= bid
        if order.type == OrderType.POST_ONLY and crosses:
            if place.info.kind == InstrumentKind.SPOT:
                raise Refusal(-2010, "Order would immediately match and take.")
            raise Refusal(-5022, "Post Only order will be rejected.")
