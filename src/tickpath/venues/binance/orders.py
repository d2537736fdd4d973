"""Binance order codec in plain Python: WebSocket-API requests out, replies and user events in.

Out: unsigned requests (the transport signs a copy). Spot has order.place (LIMIT, LIMIT_MAKER,
MARKET, STOP_LOSS, STOP_LOSS_LIMIT, icebergQty), order.cancel and order.cancelReplace
(STOP_ON_FAILURE); futures have order.place (GTX for post-only, reduceOnly, USD-M also GTD) and
order.cancel; all have order.status. The request id is the new order's
client order id, "c" or "q" and the id of the order for a cancel or query: every reply names its
order.
In: replies of the WebSocket API, spot `executionReport` (bare or wrapped), futures
`ORDER_TRADE_UPDATE`; spot frames that are no text are SBE (order_sbe.py). A reply only
acknowledges, fills come from the events: none counts twice.
Sources: binance-spot-api-docs web-socket-api.md, user-data-stream.md, errors.md; the futures
pages of the same names. Worst case: linear in the frame.
"""

from tickpath.core import ids
from tickpath.core.codes import Code
from tickpath.core.config import Config, Instrument
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    FEE_NOT_REPORTED,
    POSITION_LONG,
    POSITION_SHORT,
    REDUCE_ONLY,
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
from tickpath.venues.binance.errors import NO_SUCH_ORDER
from tickpath.venues.binance.order_sbe import SbeOrders
from tickpath.venues.binance.outcomes import failed_cancel, refusal, request_of, take_step
from tickpath.venues.binance.sbe_message import is_sbe
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

GOOD_TILL_NS_MIN = 601 * 10**9
"""A good-till date must be more than 600 s ahead when the request arrives; a second for the way."""

SECOND_NS = 10**9
STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)

STEPS = {
    "NEW": ReportKind.ACK,
    "CANCELED": ReportKind.CANCEL_ACK,
    "REPLACED": ReportKind.REPLACE_ACK,
    "REJECTED": ReportKind.REJECT,
    "TRADE": ReportKind.FILL,
    "CALCULATED": ReportKind.FILL,
    "EXPIRED": ReportKind.EXPIRE,
    "TRADE_PREVENTION": ReportKind.EXPIRE,
}
"""Execution type of an event; TRADE_PREVENTION only when the order ends with it."""

STANDINGS = {
    "NEW": ReportKind.ACK,
    "PARTIALLY_FILLED": ReportKind.ACK,
    "FILLED": ReportKind.EXPIRE,
    "EXPIRED": ReportKind.EXPIRE,
    "EXPIRED_IN_MATCH": ReportKind.EXPIRE,
    "CANCELED": ReportKind.CANCEL_ACK,
    "REJECTED": ReportKind.REJECT,
}
"""What the status of an order in a reply to a query says (enums.md)."""

MILLISECONDS_END = 10**13
"""Stamps from here on are microseconds."""

Object = dict[str, object]


class OrderCodec:
    """Requests to bytes and frames to reports, for one venue of the configuration."""

    def __init__(self, config: Config, venue: int) -> None:
        self._venue = venue
        self._spot = config.venues[venue] == "binance-spot"
        self._good_till = bool(venue_orders(config, venue) & GTD)
        self._instruments = config.instruments
        self._symbols = {i.symbol: i for i in reversed(config.instruments) if i.venue == venue}
        self._currencies = {c.name: k for k, c in reversed(list(enumerate(config.currencies)))}
        self._decimals = [c.decimals for c in config.currencies]
        self._sbe = SbeOrders(self._symbols, self._currencies, self._decimals)

    @property
    def replaces(self) -> bool:
        """Whether the venue replaces an order in one request."""
        return self._spot

    # -- requests -------------------------------------------------------------------------------

    def encode(self, request: Request, now_ns: int) -> bytes:
        """The request's bytes. Raises EncodeError with the code that says what is wrong."""
        if not 0 <= request.instrument < len(self._instruments):
            raise EncodeError(Code.RISK_INSTRUMENT, "no such instrument")
        instrument = self._instruments[request.instrument]
        if instrument.venue != self._venue:
            raise EncodeError(Code.RISK_INSTRUMENT, "instrument of another venue")
        order = ids.to_text(request.client_order_id)
        symbol = f'"params":{{"symbol":"{instrument.symbol}",'
        stamp = f'"timestamp":{max(0, now_ns) // 1_000_000}}}}}'
        if request.kind in (IntentKind.CANCEL, IntentKind.QUERY):
            head = f'{{"id":"c{order}","method":"order.cancel",'
            if request.kind == IntentKind.QUERY:
                head = f'{{"id":"q{order}","method":"order.status",'
            return f'{head}{symbol}"origClientOrderId":"{order}",{stamp}'.encode()
        if request.kind not in (IntentKind.SUBMIT, IntentKind.REPLACE):
            raise EncodeError(Code.RISK_INTENT, "no such kind of request")
        method, replaced = "order.place", ""
        if request.kind == IntentKind.REPLACE:
            if not self._spot:
                raise EncodeError(Code.EXECUTE_STATE, "this venue does not replace")
            method = "order.cancelReplace"
            old = ids.to_text(request.orig_client_order_id)
            replaced = f'"cancelReplaceMode":"STOP_ON_FAILURE","cancelOrigClientOrderId":"{old}",'
        body = self._order_text(instrument, request, now_ns)
        tail = f'"newClientOrderId":"{order}",'
        if self._spot:
            tail += '"newOrderRespType":"ACK",'
        elif request.flags & (POSITION_LONG | POSITION_SHORT):
            side = "LONG" if request.flags & POSITION_LONG else "SHORT"
            tail += f'"positionSide":"{side}",'
        elif request.flags & REDUCE_ONLY:
            tail += '"reduceOnly":"true",'
        head = f'{{"id":"{order}","method":"{method}",'
        return f"{head}{symbol}{replaced}{body}{tail}{stamp}".encode()

    def _order_text(self, instrument: Instrument, request: Request, now_ns: int) -> str:
        """Side, type, price and quantity, with exactly the instrument's decimals."""
        stop = request.type in STOPS and self._spot
        if (
            request.side not in (Side.BUY, Side.SELL)
            or not (stop or OrderType.LIMIT <= request.type <= OrderType.POST_ONLY)
            or request.time_in_force not in (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)
        ):
            raise EncodeError(Code.RISK_INTENT, "unknown side, type or time in force")
        if request.quantity_lots <= 0:
            raise EncodeError(Code.RISK_QUANTITY_MIN, "quantity is not positive")
        check_special(request, self._spot)
        side = f'"side":"{Side(request.side).name}",'
        quantity = f'"quantity":"{quantity_text(instrument, request.quantity_lots)}",'
        if request.type in (OrderType.MARKET, OrderType.STOP):
            kind = '"type":"STOP_LOSS",' if stop else '"type":"MARKET",'
            return side + kind + quantity + special_text(instrument, request)
        if request.price_ticks <= 0:
            raise EncodeError(Code.RISK_PRICE_GRID, "price is not positive")
        price = f'"price":"{price_text(instrument, request.price_ticks)}",'
        kind = self._kind_text(request, now_ns)
        return side + kind + price + quantity + special_text(instrument, request)

    def _kind_text(self, request: Request, now_ns: int) -> str:
        """Type and time in force of an order with a price."""
        if request.type == OrderType.POST_ONLY:
            gtx = '"type":"LIMIT","timeInForce":"GTX",'
            return '"type":"LIMIT_MAKER",' if self._spot else gtx
        if request.type == OrderType.STOP_LIMIT:
            return '"type":"STOP_LOSS_LIMIT","timeInForce":"GTC",'
        if self._good_till and good_till(request, now_ns):
            till = request.expire_ns // 1_000_000
            return f'"type":"LIMIT","timeInForce":"GTD","goodTillDate":{till},'
        return f'"type":"LIMIT","timeInForce":"{TimeInForce(request.time_in_force).name}",'

    # -- frames ---------------------------------------------------------------------------------

    def decode(self, data: bytes) -> tuple[int, list[Report]]:
        """(code, reports). Frames that say nothing about orders give OK and no report."""
        if len(data) > LIMITS["frame_bytes_max"]:
            return Code.FEED_OVERSIZED, []
        if self._spot and is_sbe(data):
            try:
                return Code.OK, self._sbe.decode(data)
            except Refused as fault:
                return fault.code, []
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
        event = frame.get("event")
        if isinstance(event, dict):
            return self._event(event)
        if "e" in frame:
            return self._event(frame)
        if "status" in frame:
            return self._reply(frame)
        data = frame.get("data")
        if isinstance(data, dict):
            return self._event(data)
        return []

    def _event(self, event: Object) -> list[Report]:
        kind = string_of(event.get("e"))
        if kind == "executionReport":
            return self._execution(event)
        if kind == "ORDER_TRADE_UPDATE":
            return self._execution(object_of(event.get("o")))
        return []

    def _execution(self, f: Object) -> list[Report]:
        """One execution report: spot and futures have the same letters."""
        symbol, step = string_of(f.get("s")), string_of(f.get("x"))
        instrument = self._symbols.get(symbol)
        own, orig = own_id(f.get("c")), own_id(f.get("C"))
        report = Report(
            kind=ReportKind.NONE,
            instrument=-1 if instrument is None else instrument.index,
            client_order_id=own,
            venue_order_id=integer_of(f["i"]) if "i" in f else 0,
            t_venue_ns=_time_ns(f["T"]) if "T" in f else 0,
        )
        if instrument is not None and "z" in f:
            report.cumulative_lots = lots_of(instrument, f["z"])
        if step == "TRADE_PREVENTION":
            if string_of(f.get("X")) not in ("EXPIRED", "EXPIRED_IN_MATCH"):
                return []
        elif step == "AMENDMENT":
            return []
        elif step not in STEPS:
            raise Refused(Code.EXECUTE_REPORT)
        report.kind = STEPS[step]
        take_step(report, orig)
        if report.kind == ReportKind.FILL:
            if instrument is not None:
                self._fill(report, instrument, f)
            elif own:
                raise Refused(Code.EXECUTE_REPORT)
        return [report]

    def _fill(self, report: Report, instrument: Instrument, f: Object) -> None:
        report.last_lots = lots_of(instrument, f.get("l"))
        report.last_ticks = ticks_of(instrument, f.get("L"))
        if "t" in f:
            report.trade_id = signed_of(f["t"], 0)
        report.maker = int(_flag(f.get("m", False)))
        report.fee_units, report.fee_currency = self._fee(f)

    def _fee(self, f: Object) -> tuple[int, int]:
        """The fee in its currency's units, or FEE_NOT_REPORTED when it is not told exactly."""
        name = f.get("N")
        currency = -1
        if type(name) is str:
            currency = self._currencies.get(name, -1)
            if currency < 0:
                return FEE_NOT_REPORTED, -1
        if "n" not in f:
            return FEE_NOT_REPORTED, -1
        try:
            units = signed_of(f["n"], self._decimals[currency] if currency >= 0 else 18)
        except Refused as fault:
            if fault.code != Code.FEED_DIGITS:
                raise
            return FEE_NOT_REPORTED, -1
        if currency < 0 and units != 0:
            return FEE_NOT_REPORTED, -1
        return units, currency

    def _reply(self, frame: Object) -> list[Report]:
        """A reply of the WebSocket API; those to other requests than ours give no report."""
        status = integer_of(frame["status"])
        name = frame.get("id")
        if type(name) is not str:
            return []
        own, letter = request_of(name)
        if own == 0:
            return []
        if status == 200:
            result = object_of(frame.get("result"))
            if letter == "c":
                return [self._answer(ReportKind.CANCEL_ACK, own, result)]
            if letter == "q":
                return self._standing(own, result)
            if "cancelResult" in result:
                return self._replace(own, result)
            return [self._answer(ReportKind.ACK, own, result)]
        error = frame.get("error")
        fields = error if isinstance(error, dict) else {}
        code = _code(fields.get("code"))
        if letter == "q":
            gone = status < 500 and code == NO_SUCH_ORDER
            return [Report(ReportKind.REJECT, client_order_id=own, code=code)] if gone else []
        data = fields.get("data")
        if not letter and status < 500 and isinstance(data, dict) and "cancelResult" in data:
            return self._replace(own, data)
        kind = ReportKind.CANCEL_REJECT if letter else ReportKind.REJECT
        return [refusal(kind, own, code, status)]

    def _standing(self, own: int, result: Object) -> list[Report]:
        """The answer to a query. An order that filled ends as the venue counted it: fills that were
        not seen stay awaited. A standing that is no outcome yet is no report: it is asked again."""
        kind = STANDINGS.get(string_of(result.get("status")))
        return [] if kind is None else [self._answer(kind, own, result)]

    def _answer(self, kind: ReportKind, own: int, f: Object) -> Report:
        """What a venue says of an order in a reply."""
        symbol = f.get("symbol")
        instrument = self._symbols.get(symbol) if type(symbol) is str else None
        report = Report(
            kind=kind,
            client_order_id=own,
            instrument=-1 if instrument is None else instrument.index,
            venue_order_id=integer_of(f["orderId"]) if "orderId" in f else 0,
        )
        if instrument is not None and "executedQty" in f:
            report.cumulative_lots = lots_of(instrument, f["executedQty"])
        for key in ("transactTime", "updateTime"):
            if key in f:
                report.t_venue_ns = _time_ns(f[key])
                break
        return report

    def _replace(self, own: int, f: Object) -> list[Report]:
        """Both halves of a cancelReplace."""
        cancelled, placed = string_of(f.get("cancelResult")), string_of(f.get("newOrderResult"))
        old, new = f.get("cancelResponse"), f.get("newOrderResponse")
        reports = []
        code = 0
        if cancelled == "SUCCESS":
            answer = object_of(old)
            reports.append(
                self._answer(ReportKind.CANCEL_ACK, own_id(answer.get("origClientOrderId")), answer)
            )
        else:
            code = _code(old.get("code")) if isinstance(old, dict) else 0
            reports.append(failed_cancel(own, code))
            if reports[0].kind == ReportKind.UNKNOWN:
                return reports
        if placed == "SUCCESS":
            reports.append(self._answer(ReportKind.ACK, own, object_of(new)))
            return reports
        if isinstance(new, dict):
            code = _code(new.get("code"))
        return [*reports, refusal(ReportKind.REJECT, own, code)]


def check_special(request: Request, spot: bool) -> None:
    """Trigger and displayed quantity fit the type; none in the place of another order."""
    stop = request.type in STOPS
    iceberg = (
        spot
        and request.type in (OrderType.LIMIT, OrderType.POST_ONLY)
        and 0 < request.display_lots <= request.quantity_lots
    )
    fits = request.display_lots == 0 or iceberg
    fits = fits and (request.trigger_ticks > 0 if stop else request.trigger_ticks == 0)
    if stop or request.display_lots:
        patient = request.time_in_force == TimeInForce.GTC
        fits = fits and patient and request.kind == IntentKind.SUBMIT
    if not fits:
        raise EncodeError(Code.EXECUTE_TRIGGER, "trigger or displayed quantity makes no sense")


def good_till(request: Request, now_ns: int) -> bool:
    """Whether the venue's good-till date says the expiry exactly."""
    return (
        request.time_in_force == TimeInForce.GTC
        and request.expire_ns % SECOND_NS == 0
        and request.expire_ns - now_ns >= GOOD_TILL_NS_MIN
    )


def special_text(instrument: Instrument, request: Request) -> str:
    """What a stop or an iceberg has beside the rest."""
    if request.trigger_ticks:
        return f'"stopPrice":"{price_text(instrument, request.trigger_ticks)}",'
    if request.display_lots:
        return f'"icebergQty":"{quantity_text(instrument, request.display_lots)}",'
    return ""


def _code(value: object) -> int:
    """The venue's error code; 0 when there is none, or none that fits 32 bits."""
    if value is None:
        return 0
    code = signed_of(value, 0)
    return code if -(2**31) <= code < 2**31 else 0


def _time_ns(value: object) -> int:
    stamp = integer_of(value)
    time_ns = stamp * (1_000_000 if stamp < MILLISECONDS_END else 1000)
    if time_ns >= 2**63:
        raise Refused(Code.EXECUTE_REPORT)
    return time_ns


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refused(Code.EXECUTE_REPORT)
    return value
