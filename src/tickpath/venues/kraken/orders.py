"""Kraken spot order codec in plain Python: WebSocket v2 requests out, replies and executions in.

Out: unsigned requests with an empty token (token.py says who fills it): add_order (limit with GTC
or IOC, post-only, market) and cancel_order. There is no replace in one request (an amend keeps the
order's id, the engine's replace is another order): cancel, then new. Prices and quantities are JSON
numbers with exactly the instrument's decimals. `cl_ord_id` is the client order id's 16 hex digits.
The venue has no query of an order on its WebSocket: `query_order` is no request of the venue. The
session asks by REST and answers in the form of a reply, see queries.py.

In: replies by their `req_id` (request_ids.py) and the channel `executions`. An add's reply
acknowledges, a cancel's says nothing that the channel does not say better, with what was filled.
exec_type new is an ACK, trade a FILL, canceled a CANCEL_ACK, filled and expired an EXPIRE: only
`trade` ever counts quantity, `filled` ends what trades have not ended. status is read by its
order_status. pending_new, iceberg_refill, amended and restated say nothing.
Updates may name no symbol: a quantity in one is read when all pairs have one lot size. Rows without
a client order id of ours are skipped and counted.
Sources: docs.kraken.com spot-websocket-v2 add_order, cancel_order, executions, amend_order.
Worst case: linear in the frame.
"""

from tickpath.core import ids
from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    FEE_NOT_REPORTED,
    IntentKind,
    OrderType,
    Report,
    ReportKind,
    Request,
    Side,
    TimeInForce,
)
from tickpath.hot.execute import EncodeError
from tickpath.venues.abilities import venue_orders
from tickpath.venues.kraken.errors import UNKNOWN_ORDER, code_of, outcome_unknown
from tickpath.venues.kraken.request_ids import ADD, CANCEL, QUERY, order_of, request_id
from tickpath.venues.text.order_fields import (
    integer_of,
    lots_of,
    object_of,
    own_id,
    price_text,
    quantity_text,
    signed_of,
    string_of,
    ticks_of,
)
from tickpath.venues.text.rules import Refused, parse
from tickpath.venues.text.stamps import time_ns

Object = dict[str, object]

STEPS = {
    "new": ReportKind.ACK,
    "trade": ReportKind.FILL,
    "filled": ReportKind.EXPIRE,
    "canceled": ReportKind.CANCEL_ACK,
    "expired": ReportKind.EXPIRE,
    "pending_new": ReportKind.NONE,
    "iceberg_refill": ReportKind.NONE,
    "amended": ReportKind.NONE,
    "restated": ReportKind.NONE,
}
STATES = {
    "new": ReportKind.ACK,
    "partially_filled": ReportKind.ACK,
    "triggered": ReportKind.ACK,
    "filled": ReportKind.EXPIRE,
    "canceled": ReportKind.CANCEL_ACK,
    "expired": ReportKind.EXPIRE,
    "pending_new": ReportKind.NONE,
}
STANDINGS = {
    "open": ReportKind.ACK,
    "closed": ReportKind.EXPIRE,
    "canceled": ReportKind.CANCEL_ACK,
    "expired": ReportKind.EXPIRE,
}
"""Of an order by REST: `pending` is no outcome yet."""

ABSENT = "absent"
"""The status of an order that neither the open nor the closed ones hold."""

METHODS = {"add_order": ADD, "cancel_order": CANCEL, "query_order": QUERY}


class OrderCodec:
    """Requests to bytes and frames to reports, for one venue of the configuration."""

    replaces = False
    """The venue does not replace an order by another in one request."""

    def __init__(self, config: Config, venue: int) -> None:
        venue_orders(config, venue)
        own = [i for i in config.instruments if i.venue == venue]
        self._venue = venue
        self._engine_id = config.engine_id
        self._instruments = config.instruments
        self._symbols = {i.symbol: i for i in reversed(own)}
        self._lot = own[0] if len({i.lot_size for i in own}) == 1 else None
        self._currencies = {c.name: k for k, c in reversed(list(enumerate(config.currencies)))}
        self._decimals = [c.decimals for c in config.currencies]
        self.strangers = 0
        """Rows of the channel about orders that are not ours: skipped, whatever they say."""

    # -- requests -------------------------------------------------------------------------------

    def encode(self, request: Request, now_ns: int) -> bytes:
        """The request's bytes. Raises EncodeError with the code that says what is wrong."""
        if not 0 <= request.instrument < len(self._instruments):
            raise EncodeError(Code.RISK_INSTRUMENT, "no such instrument")
        instrument = self._instruments[request.instrument]
        if instrument.venue != self._venue:
            raise EncodeError(Code.RISK_INSTRUMENT, "instrument of another venue")
        if request.client_order_id >> 48 != self._engine_id:
            raise EncodeError(Code.EXECUTE_UNKNOWN_ORDER, "order of another engine")
        order = ids.to_text(request.client_order_id)
        if request.kind == IntentKind.CANCEL:
            number = request_id(request.client_order_id, CANCEL)
            head = f'{{"method":"cancel_order","params":{{"token":"","cl_ord_id":["{order}"]'
            return f'{head}}},"req_id":{number}}}'.encode()
        if request.kind == IntentKind.QUERY:
            number = request_id(request.client_order_id, QUERY)
            head = f'{{"method":"query_order","params":{{"symbol":"{instrument.symbol}"'
            return f'{head},"cl_ord_id":"{order}"}},"req_id":{number}}}'.encode()
        if request.kind == IntentKind.REPLACE:
            raise EncodeError(Code.EXECUTE_STATE, "this venue does not replace")
        if request.kind != IntentKind.SUBMIT:
            raise EncodeError(Code.RISK_INTENT, "no such kind of request")
        number = request_id(request.client_order_id, ADD)
        head = f'{{"method":"add_order","params":{{"token":"","symbol":"{instrument.symbol}",'
        body = order_text(instrument, request)
        return f'{head}{body},"cl_ord_id":"{order}"}},"req_id":{number}}}'.encode()

    # -- frames ---------------------------------------------------------------------------------

    def decode(self, data: bytes) -> tuple[int, list[Report]]:
        """(code, reports). Frames that say nothing about orders give OK and no report."""
        if len(data) > LIMITS["frame_bytes_max"]:
            return Code.FEED_OVERSIZED, []
        if data.lstrip(b" \t\n\r")[:1] not in (b"{", b"["):
            return Code.EXECUTE_REPORT, []
        try:
            frame = parse(data)
        except Refused as fault:
            return fault.code, []
        try:
            return Code.OK, self._frame(object_of(frame))
        except Refused:
            return Code.EXECUTE_REPORT, []

    def _frame(self, frame: Object) -> list[Report]:
        if "channel" in frame:
            if string_of(frame["channel"]) != "executions":
                return []
            rows = frame.get("data")
            if not isinstance(rows, list):
                raise Refused(Code.EXECUTE_REPORT)
            own = [row for row in rows if isinstance(row, dict) and own_id(row.get("cl_ord_id"))]
            reports = [self._execution(row) for row in own]
            told = [report for report in reports if report.kind != ReportKind.NONE]
            if len(told) > LIMITS["reports_per_frame_max"]:
                raise Refused(Code.EXECUTE_REPORT)
            self.strangers += len(rows) - len(own)
            return told
        if "method" in frame:
            return self._reply(frame)
        return []

    def _execution(self, f: Object) -> Report:
        """One row of the channel; of kind NONE when it says nothing."""
        step = string_of(f.get("exec_type"))
        kind = STEPS.get(step)
        if step == "status":
            kind = STATES.get(string_of(f.get("order_status")))
        if kind is None:
            raise Refused(Code.EXECUTE_REPORT)
        symbol = f.get("symbol")
        instrument = self._symbols.get(string_of(symbol)) if symbol is not None else None
        report = Report(
            kind=kind,
            instrument=-1 if instrument is None else instrument.index,
            client_order_id=own_id(f.get("cl_ord_id")),
        )
        if "order_id" in f:
            report.venue_order_id = venue_order_id(string_of(f["order_id"]))
        report.t_venue_ns = _time_ns(f.get("timestamp"))
        lot = instrument if symbol is not None else self._lot
        if lot is not None and "cum_qty" in f:
            report.cumulative_lots = lots_of(lot, f["cum_qty"])
        if kind == ReportKind.FILL:
            if instrument is None:
                raise Refused(Code.EXECUTE_REPORT)
            self._fill(report, instrument, f)
        return report

    def _fill(self, report: Report, instrument: Instrument, f: Object) -> None:
        report.last_lots = lots_of(instrument, f.get("last_qty"))
        report.last_ticks = ticks_of(instrument, f.get("last_price"))
        if "trade_id" in f:
            report.trade_id = integer_of(f["trade_id"])
        if "liquidity_ind" in f:
            report.maker = int(string_of(f["liquidity_ind"]) == "m")
        report.fee_units, report.fee_currency = self._fee(f.get("fees"))

    def _fee(self, fees: object) -> tuple[int, int]:
        """The one fee in its currency's units, FEE_NOT_REPORTED when it is not told exactly."""
        if fees is None:
            return FEE_NOT_REPORTED, -1
        if not isinstance(fees, list):
            raise Refused(Code.EXECUTE_REPORT)
        if len(fees) != 1:
            return FEE_NOT_REPORTED, -1
        fee = object_of(fees[0])
        currency = self._currencies.get(string_of(fee.get("asset")), -1)
        if currency < 0:
            return FEE_NOT_REPORTED, -1
        try:
            return signed_of(fee.get("qty"), self._decimals[currency]), currency
        except Refused as fault:
            if fault.code != Code.FEED_DIGITS:
                raise
            return FEE_NOT_REPORTED, -1

    def _reply(self, frame: Object) -> list[Report]:
        """A reply to one of our requests; those to others give no report."""
        kind = METHODS.get(string_of(frame["method"]))
        try:
            number = integer_of(frame.get("req_id"))
        except Refused:
            return []
        own, asked = order_of(number, self._engine_id)
        if own == 0 or asked != kind:
            return []
        success = frame.get("success")
        if not isinstance(success, bool):
            raise Refused(Code.EXECUTE_REPORT)
        if success and asked == CANCEL:
            return []
        if success and asked == QUERY:
            return self._standing(own, frame)
        if success:
            report = Report(kind=ReportKind.ACK, client_order_id=own)
            result = object_of(frame.get("result"))
            if "order_id" in result:
                report.venue_order_id = venue_order_id(string_of(result["order_id"]))
            report.t_venue_ns = _time_ns(frame.get("time_out"))
            return [report]
        if asked == QUERY:
            return []
        error = string_of(frame.get("error"))
        report_kind = ReportKind.CANCEL_REJECT if asked == CANCEL else ReportKind.REJECT
        if outcome_unknown(error):
            report_kind = ReportKind.UNKNOWN
        return [Report(kind=report_kind, client_order_id=own, code=code_of(error))]

    def _standing(self, own: int, frame: Object) -> list[Report]:
        """What the session found of an order. One that filled ends as the venue counted it: fills
        that were not seen stay awaited."""
        result = object_of(frame.get("result"))
        status = string_of(result.get("status"))
        if status == ABSENT:
            return [Report(kind=ReportKind.REJECT, client_order_id=own, code=UNKNOWN_ORDER)]
        kind = STANDINGS.get(status)
        if kind is None:
            return []
        symbol = frame.get("symbol")
        instrument = self._symbols.get(string_of(symbol)) if symbol is not None else None
        report = Report(
            kind=kind,
            client_order_id=own,
            instrument=-1 if instrument is None else instrument.index,
        )
        if "order_id" in result:
            report.venue_order_id = venue_order_id(string_of(result["order_id"]))
        if instrument is not None and "vol_exec" in result:
            report.cumulative_lots = lots_of(instrument, result["vol_exec"])
        return [report]


def order_text(instrument: Instrument, request: Request) -> str:
    """Type, side, price and quantity of a new order, with exactly the instrument's decimals."""
    if (
        request.side not in (Side.BUY, Side.SELL)
        or not OrderType.LIMIT <= request.type <= OrderType.POST_ONLY
        or request.time_in_force not in (TimeInForce.GTC, TimeInForce.IOC)
    ):
        raise EncodeError(Code.RISK_INTENT, "unknown side, type or time in force")
    if request.quantity_lots <= 0:
        raise EncodeError(Code.RISK_QUANTITY_MIN, "quantity is not positive")
    if request.trigger_ticks or request.display_lots:
        raise EncodeError(Code.EXECUTE_TRIGGER, "special orders are the engine's here")
    side = Side(request.side).name.lower()
    quantity = f'"order_qty":{quantity_text(instrument, request.quantity_lots)}'
    if request.type == OrderType.MARKET:
        return f'"order_type":"market","side":"{side}",{quantity}'
    if request.price_ticks <= 0:
        raise EncodeError(Code.RISK_PRICE_GRID, "price is not positive")
    price = f'"limit_price":{price_text(instrument, request.price_ticks)}'
    kind = '"post_only":true,"time_in_force":"gtc"'
    if request.type == OrderType.LIMIT:
        kind = f'"time_in_force":"{TimeInForce(request.time_in_force).name.lower()}"'
    return f'"order_type":"limit","side":"{side}",{kind},{price},{quantity}'


def venue_order_id(text: str) -> int:
    """The venue's order id, a text, as 63 bits: FNV-1a (Fowler, Noll, Vo) of its UTF-8, halved."""
    value = 0xCBF29CE484222325
    for byte in text.encode("utf-8", "surrogatepass"):
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value >> 1


def _time_ns(value: object) -> int:
    """0 for what is no time: it must not cost the report."""
    return max(time_ns(value), 0) if type(value) is str else 0
