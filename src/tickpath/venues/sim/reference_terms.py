"""What a request asks for, or why the venue refuses it: the plain twin of `terms.pxd`."""

from dataclasses import dataclass
from typing import Any

from tickpath.core.config import Instrument
from tickpath.core.ids import from_text
from tickpath.core.records import BookStatus, InstrumentKind, OrderType, Side, TimeInForce
from tickpath.venues.sim import reference_text as text

ORDERS_MAX = 1024
ALGO_ORDERS_MAX = 5
"""Waiting stops of an instrument: filter MAX_NUM_ALGO_ORDERS."""

ICEBERG_PARTS_MAX = 10
GOOD_TILL_MS_MIN = 600_000
FORCES = {b"GTC": TimeInForce.GTC, b"IOC": TimeInForce.IOC, b"FOK": TimeInForce.FOK}


class Refusal(Exception):  # noqa: N818  an answer, not a fault
    """The venue says no: its code and its words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(slots=True)
class SimOrder:
    """An order of ours at the venue; `ahead` is the displayed quantity that trades before it. A
    stop `waits` until a trade reaches `stop_ticks`, then it is a market or limit order; an iceberg
    shows `clip_lots` of its leaves."""

    instrument: int
    client_order_id: int
    side: int = 0
    type: int = OrderType.LIMIT
    time_in_force: int = TimeInForce.GTC
    reduce_only: bool = False
    position_side: str = "BOTH"
    price_ticks: int = 0
    quantity_lots: int = 0
    filled_lots: int = 0
    quote_units: int = 0
    order_id: int = 0
    created_ns: int = 0
    updated_ns: int = 0
    stop_ticks: int = 0
    waits: bool = False
    display_lots: int = 0
    clip_lots: int = 0
    good_till_ms: int = 0
    beside: bool = False
    ahead_lots: int = 0
    shown_lots: int = 0
    traded_lots: int = 0
    arrival: int = 0

    @property
    def leaves_lots(self) -> int:
        return self.quantity_lots - self.filled_lots

    @property
    def offer_lots(self) -> int:
        """What others can hit."""
        return self.clip_lots if self.display_lots else self.leaves_lots

    def show_clip(self) -> None:
        self.clip_lots = min(self.display_lots, self.leaves_lots)

    def clip_filled(self, lots: int) -> bool:
        """A fill of what rests; whether the next clip of an iceberg follows."""
        if self.display_lots == 0:
            return False
        self.clip_lots -= lots
        if self.clip_lots > 0 or self.leaves_lots == 0:
            return False
        self.show_clip()
        return True

    @property
    def closes(self) -> bool:
        """Whether it takes from a leg of a hedging account."""
        return (self.position_side, self.side) in (("LONG", Side.SELL), ("SHORT", Side.BUY))

    def reached(self, ticks: int) -> bool:
        """Whether a trade at a price triggers a stop."""
        return ticks >= self.stop_ticks if self.side == Side.BUY else ticks <= self.stop_ticks


def missing(name: str) -> Refusal:
    return Refusal(-1102, f"Mandatory parameter '{name}' was not sent.")


def bad_date() -> Refusal:
    return Refusal(-1130, "Data sent for parameter 'goodTillDate' is not valid.")


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
        self.read_terms(order, sent, info)
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
        self.read_special(order, sent, info)
        if (
            order.quantity_lots % info.order_step_lots
            or not info.quantity_lots_min <= order.quantity_lots <= info.quantity_lots_max
        ):
            raise Refusal(-1013, "Filter failure: LOT_SIZE")
        if order.display_lots:
            self.check_display(order, info)
        crowd = self.venue.crowd
        limit = order.type != OrderType.MARKET
        if crowd is not None and limit and not crowd.holds(order.price_ticks):
            raise Refusal(-1013, "Filter failure: PERCENT_PRICE_BY_SIDE")
        self.check_notional(order, info)
        return order

    def read_special(self, order: SimOrder, sent: text.Sent, info: Instrument) -> None:
        """Trigger of a stop, displayed quantity of an iceberg: only where they belong."""
        params = sent.params
        if order.waits:
            if b"stopPrice" not in params:
                raise missing("stopPrice")
            order.stop_ticks = text.steps(
                params[b"stopPrice"], info.price_wire_decimals, info.price_step_units
            )
            if order.stop_ticks == 0:
                raise Refusal(-1013, "Filter failure: PRICE_FILTER")
        elif b"stopPrice" in params:
            raise not_required("stopPrice")
        if b"icebergQty" not in params:
            return
        rests = order.type != OrderType.MARKET and order.time_in_force == TimeInForce.GTC
        if info.kind != InstrumentKind.SPOT or order.waits or not rests:
            raise not_required("icebergQty")
        order.display_lots = text.steps(
            params[b"icebergQty"], info.quantity_wire_decimals, info.quantity_step_units
        )
        if order.display_lots == 0:
            raise Refusal(-1013, "Filter failure: LOT_SIZE")

    def check_display(self, order: SimOrder, info: Instrument) -> None:
        """The clips of an iceberg are whole steps, and not too many."""
        if order.display_lots % info.order_step_lots or order.display_lots > order.quantity_lots:
            raise Refusal(-1013, "Filter failure: LOT_SIZE")
        if (order.quantity_lots - 1) // order.display_lots >= ICEBERG_PARTS_MAX:
            raise Refusal(-1013, "Filter failure: ICEBERG_PARTS")

    def read_terms(self, order: SimOrder, sent: text.Sent, info: Instrument) -> None:
        """Side, type, time in force and reduce-only."""
        params, spot = sent.params, info.kind == InstrumentKind.SPOT
        if params.get(b"side") not in (b"BUY", b"SELL"):
            raise Refusal(-1117, "Invalid side.")
        order.side = Side[params[b"side"].decode()]
        self.read_position_side(order, sent, info)
        if b"reduceOnly" in params:
            order.reduce_only = params[b"reduceOnly"] == b"true"
            if spot or order.position_side != "BOTH":
                raise not_required("reduceOnly")
        kind = params.get(b"type")
        if kind is None:
            raise missing("type")
        if kind == b"LIMIT":
            self.read_force(order, sent, info)
        elif kind == b"STOP_LOSS_LIMIT" and spot:
            order.waits = True
            self.read_force(order, sent, info)
        elif kind == b"LIMIT_MAKER" and spot:
            order.type = OrderType.POST_ONLY
            if b"timeInForce" in params:
                raise not_required("timeInForce")
        elif kind == b"MARKET" or (kind == b"STOP_LOSS" and spot):
            order.waits = kind == b"STOP_LOSS"
            order.type, order.time_in_force = OrderType.MARKET, TimeInForce.IOC
            if b"price" in params or b"timeInForce" in params:
                raise not_required("price")
        else:
            raise Refusal(-1116, "Invalid orderType.")

    def read_position_side(self, order: SimOrder, sent: text.Sent, info: Instrument) -> None:
        """The leg that an order of the futures means, BOTH unless it says so."""
        named = sent.params.get(b"positionSide")
        if named is None:
            return
        if info.kind == InstrumentKind.SPOT:
            raise not_required("positionSide")
        if named not in (b"BOTH", b"LONG", b"SHORT"):
            raise Refusal(-1130, "Data sent for parameter 'positionSide' is not valid.")
        order.position_side = named.decode()

    def read_force(self, order: SimOrder, sent: text.Sent, info: Instrument) -> None:
        """Time in force of a LIMIT order; GTX is the futures form of post-only, GTD is USD-M's."""
        force, spot = sent.params.get(b"timeInForce"), info.kind == InstrumentKind.SPOT
        if force is None:
            raise missing("timeInForce")
        if force == b"GTX" and not spot:
            order.type = OrderType.POST_ONLY
        elif force == b"GTD" and info.kind == InstrumentKind.LINEAR:
            if b"goodTillDate" not in sent.params:
                raise missing("goodTillDate")
            order.good_till_ms = text.steps(sent.params[b"goodTillDate"], 0, 1)
            if order.good_till_ms == 0:
                raise bad_date()
        elif force in FORCES:
            order.time_in_force = FORCES[force]
        else:
            raise Refusal(-1115, "Invalid timeInForce.")

    def check_notional(self, order: SimOrder, info: Instrument) -> None:
        """A market order counts at the best opposite price; futures let reduce-only be small."""
        ticks = order.price_ticks or order.stop_ticks
        if ticks == 0:
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

    def check_date(self, order: SimOrder, t_ns: int) -> None:
        """A good-till date is far enough ahead when the request arrives."""
        if order.good_till_ms and order.good_till_ms - t_ns // 1_000_000 <= GOOD_TILL_MS_MIN:
            raise bad_date()

    def check_leg(self, order: SimOrder, place: Any) -> None:
        """A hedging account names the leg, and all that is open against one is at most the leg."""
        if place.hedging != (order.position_side != "BOTH"):
            raise Refusal(-4061, "Order's position side does not match user's setting.")
        if not order.closes:
            return
        open_lots = sum(
            o.leaves_lots
            for o in self.venue.orders
            if o.instrument == order.instrument
            and (o.position_side, o.side) == (order.position_side, order.side)
        )
        if order.quantity_lots + open_lots > abs(place.legs[order.position_side]):
            raise Refusal(-2022, "ReduceOnly Order is rejected.")

    def check_stop(self, order: SimOrder) -> None:
        """A stop waits, beside few others."""
        waiting = sum(o.instrument == order.instrument for o in self.venue.waiting)
        if waiting >= ALGO_ORDERS_MAX:
            raise Refusal(-1013, "Filter failure: MAX_NUM_ALGO_ORDERS")
        last = self.venue.places[order.instrument].last_ticks
        if last and order.reached(last):
            raise Refusal(-2010, "Stop price would trigger immediately.")

    def check_market(self, order: SimOrder) -> None:
        """What only the market's state can refuse: ids, halts, stops, reduce-only, post-only."""
        place = self.venue.places[order.instrument]
        if self.venue.find(order.client_order_id) is not None:
            raise Refusal(-2010, "Duplicate order sent.")
        if place.book.status != BookStatus.OK or not place.info.trading:
            raise Refusal(-2010, "Market is closed.")
        if len(self.venue.orders) + len(self.venue.waiting) >= ORDERS_MAX:
            raise Refusal(-1015, "Too many new orders.")
        if order.waits:
            self.check_stop(order)
        self.check_leg(order, place)
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
