"""Coinbase Advanced Trade order codec in plain Python: REST requests out, answers and events in.

There is no order entry over WebSocket, so a request is text that the transport turns into one HTTP
request: `METHOD SP PATH SP TAG LF BODY`, the tag a letter (n new, c cancel, q query) and the 16
digits of the order. Cancels and queries name an order "@" and these digits: the session puts the
venue's own id there (`rest.py`), which it learned from an answer, the user channel or a list of
orders. While it does not know it, it holds a cancel back and answers a query with the list of
orders: one that ends (`has_next` false) without the order says that there is none.
An answer is `STATUS SP TAG LF BODY`, the status that of HTTP in three digits, 000 when none came;
the tag l is a list of orders that nobody's order asked for. A status of 200 is no acceptance:
`success` is. What is neither certainly refused nor accepted is UNKNOWN.
The user channel and orders in answers tell totals. What is new since the last total is a fill, at
most two: quantity and value are the venue's exactly, at the price or the two neighbouring prices
that make up its value; fees that no quantity came with are a fill of none. The totals seen so far
are the codec's state, those of ended orders too; none counts twice.
Sources: spec.toml. Worst case: linear in the frame, a pass over an order for each of its fields.
"""

import re
from datetime import UTC, datetime
from typing import Any

from tickpath.core import ids
from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    IntentKind,
    OrderType,
    Report,
    ReportKind,
    Request,
    Side,
    TimeInForce,
)
from tickpath.hot.execute import EncodeError
from tickpath.venues.abilities import GTD, venue_orders
from tickpath.venues.coinbase.order_totals import FEE_MAX, VALUE_END, Totals
from tickpath.venues.coinbase.wire import time_ns
from tickpath.venues.text.order_fields import (
    TEXT_BYTES_MAX,
    list_of,
    lots_of,
    object_of,
    own_id,
    price_text,
    quantity_text,
    string_of,
)
from tickpath.venues.text.rules import Refused, parse

ORDERS = "/api/v3/brokerage/orders"
ANSWER = re.compile(rb"([0-9]{3}) ([a-z])([0-9a-f]{16})\n")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DECIMAL = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")
SECOND_NS = 10**9
GOOD_TILL_NS_MIN = 2 * SECOND_NS
"""An end time must be ahead when the request arrives; a second for the way."""

REFUSED = (400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 429, 431)
"""Statuses after which nothing was done."""

NO_SUCH_ORDER = 404
REASON_BASE = 1000
REASONS = (
    "UNKNOWN_FAILURE_REASON",
    "INSUFFICIENT_FUND",
    "INSUFFICIENT_FUNDS",
    "INVALID_LIMIT_PRICE_POST_ONLY",
    "INVALID_LIMIT_PRICE",
    "INVALID_SIZE_PRECISION",
    "INVALID_PRICE_PRECISION",
    "INVALID_PRODUCT_ID",
    "INVALID_NO_LIQUIDITY",
    "ORDER_ENTRY_DISABLED",
    "UNKNOWN_CANCEL_ORDER",
    "DUPLICATE_CANCEL_REQUEST",
    "COMMANDER_REJECTED_CANCEL_ORDER",
    "CANCEL_ORDER_LIMIT_EXCEEDED",
)
"""Reasons of a refusal; code REASON_BASE and the place, 0 for those not listed."""

STANDINGS = {
    "PENDING": ReportKind.ACK,
    "OPEN": ReportKind.ACK,
    "QUEUED": ReportKind.ACK,
    "CANCEL_QUEUED": ReportKind.ACK,
    "EDIT_QUEUED": ReportKind.ACK,
    "FILLED": ReportKind.EXPIRE,
    "EXPIRED": ReportKind.EXPIRE,
    "CANCELLED": ReportKind.CANCEL_ACK,
    "FAILED": ReportKind.REJECT,
}
"""What a status says. An order that filled ends as the venue counted it."""

FINE = 12
"""Decimals to which the values and average prices of orders are read."""

TICKS_END = 2**62
FINE_END = 10**30

Object = dict[str, Any]


class OrderCodec:
    """Requests to bytes and frames to reports, for one venue of the configuration."""

    def __init__(self, config: Config, venue: int) -> None:
        self._venue = venue
        self._trades = config.venues[venue] == "coinbase"
        self._good_till = bool(venue_orders(config, venue) & GTD)
        self._instruments = config.instruments
        self._symbols = {i.symbol: i for i in reversed(config.instruments) if i.venue == venue}
        self._decimals = [c.decimals for c in config.currencies]
        self._totals = Totals()
        self._t_ns = 0

    @property
    def replaces(self) -> bool:
        """Whether the venue replaces an order in one request."""
        return False

    # -- requests -------------------------------------------------------------------------------

    def encode(self, request: Request, now_ns: int) -> bytes:
        """The request's bytes. Raises EncodeError with the code that says what is wrong."""
        if not 0 <= request.instrument < len(self._instruments):
            raise EncodeError(Code.RISK_INSTRUMENT, "no such instrument")
        instrument = self._instruments[request.instrument]
        if instrument.venue != self._venue:
            raise EncodeError(Code.RISK_INSTRUMENT, "instrument of another venue")
        if not self._trades:
            raise EncodeError(Code.RISK_VENUE, "this venue is a feed only")
        order = ids.to_text(request.client_order_id)
        if request.kind == IntentKind.CANCEL:
            body = f'{{"order_ids":["@{order}"]}}'
            return f"POST {ORDERS}/batch_cancel c{order}\n{body}".encode()
        if request.kind == IntentKind.QUERY:
            return f"GET {ORDERS}/historical/@{order} q{order}\n".encode()
        if request.kind == IntentKind.REPLACE:
            raise EncodeError(Code.EXECUTE_STATE, "this venue does not replace")
        if request.kind != IntentKind.SUBMIT:
            raise EncodeError(Code.RISK_INTENT, "no such kind of request")
        check(request)
        name = f'"client_order_id":"{order}","product_id":"{instrument.symbol}",'
        side = f'"side":"{Side(request.side).name}",'
        terms = self._terms(instrument, request, now_ns)
        body = f'{{{name}{side}"order_configuration":{{{terms}}}}}'
        return f"POST {ORDERS} n{order}\n{body}".encode()

    def _terms(self, instrument: Instrument, request: Request, now_ns: int) -> str:
        """The order configuration, with exactly the instrument's decimals."""
        size = f'"base_size":"{quantity_text(instrument, request.quantity_lots)}"'
        if request.type == OrderType.MARKET:
            return f'"market_market_ioc":{{{size}}}'
        if request.price_ticks <= 0:
            raise EncodeError(Code.RISK_PRICE_GRID, "price is not positive")
        both = f'{size},"limit_price":"{price_text(instrument, request.price_ticks)}"'
        if request.type == OrderType.STOP_LIMIT:
            way = "UP" if request.side == Side.BUY else "DOWN"
            trigger = price_text(instrument, request.trigger_ticks)
            stop = f'"stop_price":"{trigger}","stop_direction":"STOP_DIRECTION_STOP_{way}"'
            return f'"stop_limit_stop_limit_gtc":{{{both},{stop}}}'
        if request.type == OrderType.POST_ONLY:
            return f'"limit_limit_gtc":{{{both},"post_only":true}}'
        if request.time_in_force == TimeInForce.IOC:
            return f'"sor_limit_ioc":{{{both}}}'
        if request.time_in_force == TimeInForce.FOK:
            return f'"limit_limit_fok":{{{both}}}'
        if self._good_till and good_till(request, now_ns):
            end = datetime.fromtimestamp(request.expire_ns // SECOND_NS, UTC)
            till = f'"end_time":"{end:%Y-%m-%dT%H:%M:%SZ}"'
            return f'"limit_limit_gtd":{{{both},{till},"post_only":false}}'
        return f'"limit_limit_gtc":{{{both},"post_only":false}}'

    # -- frames ---------------------------------------------------------------------------------

    def decode(self, data: bytes) -> tuple[int, list[Report]]:
        """(code, reports). Frames that say nothing about orders give OK and no report."""
        if len(data) > LIMITS["frame_bytes_max"]:
            return Code.FEED_OVERSIZED, []
        self._totals.begin()
        self._t_ns = 0
        try:
            reports = self._answer(data) if data[:1].isdigit() else self._frame(data)
            if len(reports) > LIMITS["reports_per_frame_max"]:
                raise Refused(Code.EXECUTE_REPORT)
            self._totals.keep()
        except Refused as fault:
            return int(fault.code), []
        return Code.OK, reports

    def _answer(self, data: bytes) -> list[Report]:
        """An answer of REST: status, tag, body."""
        head = ANSWER.match(data)
        if head is None:
            raise Refused(Code.EXECUTE_REPORT)
        status, letter, own = int(head[1]), head[2].decode(), ids.from_text(head[3].decode())
        good = 200 <= status < 300
        if letter in ("n", "c") and own:
            if good:
                body = body_of(data[head.end() :])
                return self._placed(own, body) if letter == "n" else self._cancelled(own, body)
            kind = ReportKind.REJECT if letter == "n" else ReportKind.CANCEL_REJECT
            kind = kind if status in REFUSED else ReportKind.UNKNOWN
            return [Report(kind, client_order_id=own, code=status)]
        if letter == "q" and own and status == NO_SUCH_ORDER:
            return [Report(ReportKind.REJECT, client_order_id=own, code=status)]
        if not good or letter not in ("q", "l"):
            return []
        body = body_of(data[head.end() :])
        if letter == "q" and (body.get("order") is not None or body.get("orders") is None):
            return self._standing(object_of(body.get("order")), REST_NAMES)
        orders = list_of(body.get("orders"))
        reports = [r for f in orders for r in self._standing(f, REST_NAMES)]
        told = any(own_id(f.get("client_order_id")) == own for f in orders)
        if letter == "q" and own and not told and body.get("has_next") is False:
            reports.append(Report(ReportKind.REJECT, client_order_id=own, code=NO_SUCH_ORDER))
        return reports

    def _placed(self, own: int, body: Object) -> list[Report]:
        """The body of a new order's answer: taken only when it says so."""
        success = body.get("success")
        if success is True:
            answer = body.get("success_response")
            name = answer.get("order_id") if isinstance(answer, dict) else None
            return [Report(ReportKind.ACK, client_order_id=own, venue_order_id=venue_id(name))]
        if success is False:
            error = body.get("error_response")
            fields = error if isinstance(error, dict) else {}
            code = reason_of(fields.get("error"))
            if code <= REASON_BASE:
                code = reason_of(fields.get("preview_failure_reason")) or code
            return [Report(ReportKind.REJECT, client_order_id=own, code=code)]
        return [Report(ReportKind.UNKNOWN, client_order_id=own)]

    def _cancelled(self, own: int, body: Object) -> list[Report]:
        """The body of a cancel's answer. Taken is not done: the order's end is told by an event."""
        results = body.get("results")
        first = results[0] if isinstance(results, list) and results else None
        success = first.get("success") if isinstance(first, dict) else None
        if success is True:
            return []
        if success is False:
            assert isinstance(first, dict)
            code = reason_of(first.get("failure_reason"))
            return [Report(ReportKind.CANCEL_REJECT, client_order_id=own, code=code)]
        return [Report(ReportKind.UNKNOWN, client_order_id=own)]

    def _frame(self, data: bytes) -> list[Report]:
        """A frame of a connection: only the user channel tells of orders."""
        if data.lstrip(b" \t\n\r")[:1] not in (b"{", b"["):
            raise Refused(Code.EXECUTE_REPORT)
        frame = parse(data)
        frame = object_of(frame)
        if frame.get("channel") != "user" or type(frame["channel"]) is not str:
            return []
        self._t_ns = time_ns(frame.get("timestamp"))
        reports: list[Report] = []
        for event in list_of(frame.get("events")):
            orders = object_of(event).get("orders")
            for order in list_of(orders) if orders is not None else ():
                reports += self._standing(order, USER_NAMES)
        return reports

    # -- orders ---------------------------------------------------------------------------------

    def _standing(self, item: object, names: tuple[str, str]) -> list[Report]:
        """What the venue says of an order: what is new of its fills, then where it stands."""
        f = object_of(item)
        own = own_id(f.get("client_order_id"))
        if own == 0:
            return []
        instrument = self._symbols.get(string_of(f.get("product_id")))
        status = string_of(f.get("status"))
        if instrument is None:
            raise Refused(Code.EXECUTE_REPORT)
        cumulative = lots_of(instrument, f.get(names[0]))
        base = {
            "instrument": instrument.index,
            "client_order_id": own,
            "venue_order_id": venue_id(f.get("order_id")),
            "t_venue_ns": self._t_ns,
        }
        reports = self._fills(own, instrument, f, names, cumulative, base)
        kind = STANDINGS.get(status)
        if kind is None or (kind == ReportKind.ACK and reports):
            return reports
        if kind == ReportKind.REJECT and cumulative > 0:
            kind = ReportKind.EXPIRE
        if kind != ReportKind.ACK:
            self._totals.end(own)
        return [*reports, Report(kind, cumulative_lots=cumulative, **base)]

    def _fills(
        self,
        own: int,
        instrument: Instrument,
        f: Object,
        names: tuple[str, str],
        cumulative: int,
        base: dict[str, int],
    ) -> list[Report]:
        """The fills between the totals known and those told: none, one, or two at neighbouring
        prices; with the fees of all, or fees alone."""
        lots, value, fee = self._totals.known(own)
        if cumulative < lots or cumulative == 0:
            return []
        paid = fee
        if f.get("total_fees") is not None:
            paid = scaled(f["total_fees"], self._decimals[instrument.quote], FEE_MAX)
        base = {**base, "fee_currency": instrument.quote}
        if cumulative == lots:
            if paid == fee:
                return []
            self._totals.tell(own, (lots, value, paid))
            alone = {"cumulative_lots": lots, "fee_units": paid - fee}
            return [Report(ReportKind.FILL, **alone, **base)]
        price, above = self._priced(instrument, f, names[1], cumulative, lots, value)
        added = (cumulative - lots) * price + above
        if value + added >= VALUE_END:
            raise Refused(Code.EXECUTE_REPORT)
        self._totals.tell(own, (cumulative, value + added, paid))
        reports = []
        below = cumulative - lots - above
        for ticks, part in ((price, below), (price + 1, above)):
            if part == 0:
                continue
            lots += part
            reports.append(
                Report(
                    ReportKind.FILL,
                    last_ticks=ticks,
                    last_lots=part,
                    cumulative_lots=lots,
                    fee_units=paid - fee if lots == cumulative else 0,
                    **base,
                )
            )
        return reports

    def _priced(
        self,
        instrument: Instrument,
        f: Object,
        average: str,
        cumulative: int,
        lots: int,
        value: int,
    ) -> tuple[int, int]:
        """The price of what is new, and how many lots of it are at the price above. Where the venue
        rounded so far that what is known is worth more than all, it is the average of all; the next
        total makes up for it."""
        total = self._value(instrument, f, average, cumulative)
        fresh = cumulative - lots
        price, above = divmod(total - value, fresh)
        if price < 1:
            price, above = total // cumulative, 0
        if not 1 <= price < TICKS_END:
            raise Refused(Code.EXECUTE_REPORT)
        return price, above

    def _value(self, instrument: Instrument, f: Object, average: str, cumulative: int) -> int:
        """Ticks times lots of all fills, to the nearest whole one."""
        places = instrument.price_wire_decimals - FINE
        step = instrument.price_step_units
        if f.get("filled_value") is not None:
            units = scaled(f["filled_value"], FINE, FINE_END)
            places += instrument.quantity_wire_decimals
            step *= instrument.quantity_step_units
        else:
            units = scaled(f.get(average), FINE, FINE_END) * cumulative
        num, den = units * 10 ** max(places, 0), step * 10 ** max(-places, 0)
        if units < 0 or num >= VALUE_END or den >= VALUE_END:
            raise Refused(Code.EXECUTE_REPORT)
        return half_even(num, den)

    # -- state ----------------------------------------------------------------------------------

    def export_state(self) -> bytes:
        """Canonical bytes: those of `Totals.export_state`."""
        return self._totals.export_state()

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported. Raises DataError for anything else."""
        self._totals.import_state(data)


USER_NAMES = ("cumulative_quantity", "avg_price")
REST_NAMES = ("filled_size", "average_filled_price")


def check(request: Request) -> None:
    """What the venue cannot be told."""
    known = request.side in (Side.BUY, Side.SELL) and request.time_in_force in tuple(TimeInForce)
    stop = request.type == OrderType.STOP_LIMIT
    if not known or not (stop or OrderType.LIMIT <= request.type <= OrderType.POST_ONLY):
        raise EncodeError(Code.RISK_INTENT, "unknown side, type or time in force")
    if request.quantity_lots <= 0:
        raise EncodeError(Code.RISK_QUANTITY_MIN, "quantity is not positive")
    patient = request.trigger_ticks > 0 and request.time_in_force == TimeInForce.GTC
    if request.display_lots != 0 or not (patient if stop else request.trigger_ticks == 0):
        raise EncodeError(Code.EXECUTE_TRIGGER, "trigger or displayed quantity makes no sense")


def good_till(request: Request, now_ns: int) -> bool:
    """Whether an end time says the expiry exactly."""
    latest_ns = request.expire_ns - GOOD_TILL_NS_MIN
    return request.expire_ns % SECOND_NS == 0 and latest_ns >= max(now_ns, 0)


def half_even(num: int, den: int) -> int:
    """num / den, both not negative, to the nearest integer."""
    count, rest = divmod(num, den)
    return count + (2 * rest > den or (2 * rest == den and count % 2 == 1))


def scaled(value: object, decimals: int, most: int) -> int:
    """A plain decimal to the nearest of 10**-decimals, at most `most` of them on either side."""
    found = None
    if isinstance(value, str) and len(value) <= TEXT_BYTES_MAX:
        found = DECIMAL.fullmatch(value)
    if found is None:
        raise Refused(Code.EXECUTE_REPORT)
    fraction = found[3] or ""
    units = half_even(int(found[2] + fraction) * 10**decimals, 10 ** len(fraction))
    if units > most:
        raise Refused(Code.EXECUTE_REPORT)
    return -units if found[1] else units


def body_of(data: bytes) -> Object:
    """The body of an answer, empty when it is no JSON object."""
    if data.lstrip(b" \t\n\r")[:1] != b"{":
        return {}
    try:
        return object_of(parse(data))
    except Refused:
        return {}


def reason_of(value: object) -> int:
    """The code of a reason by name."""
    known = type(value) is str and value in REASONS
    return REASON_BASE + REASONS.index(str(value)) if known else 0


def venue_id(value: object) -> int:
    """The low 63 bits of the venue's order id, 0 when it is no UUID: for people to read."""
    if type(value) is not str or UUID.fullmatch(value) is None:
        return 0
    return int(value.replace("-", ""), 16) & 2**63 - 1
