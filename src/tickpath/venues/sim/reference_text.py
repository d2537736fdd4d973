"""Text of the simulated venue in plain Python: requests in, replies and execution reports out.

The slow twin of `request.h` and `text.h`: the same requests are refused, the same bytes written.
"""

import re
from dataclasses import dataclass, field

from tickpath.core.config import Instrument
from tickpath.core.ids import to_text
from tickpath.core.records import InstrumentKind, OrderType, Side, TimeInForce

PARAMS_MAX = 32
ID_BYTES_MAX = 36
TEXT_BYTES_MAX = 40
UNITS_MAX = 2**64 - 1

TOKEN = re.compile(
    rb"[ \t\n\r]*(?:(?P<mark>[{}:,])"
    rb'|"(?P<string>[^"\\\x00-\x1f]*)"'
    rb"|(?P<bare>true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?))"
)
INTEGER = re.compile(rb"-?[0-9]*")
NUMBER = re.compile(rb"([0-9]+)(?:\.([0-9]+))?")


class Malformed(Exception):  # noqa: N818  a signal inside this module
    """The text is no request."""


@dataclass(slots=True)
class Sent:
    """A request: `id` as written, `name` without its quotes."""

    id: bytes = b"null"
    name: bytes = b"null"
    method: bytes = b""
    params: dict[bytes, bytes] = field(default_factory=dict)


class Reader:
    """Tokens of a request, one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self) -> tuple[str, bytes]:
        """(kind, text) of the next token."""
        found = TOKEN.match(self.data, self.at)
        if found is None or found.lastgroup is None:
            raise Malformed
        self.at = found.end()
        return found.lastgroup, found[found.lastgroup]

    def string(self) -> bytes:
        kind, text = self.take()
        if kind != "string":
            raise Malformed
        return text

    def mark(self, wanted: bytes) -> None:
        if self.take() != ("mark", wanted):
            raise Malformed

    def more(self) -> bool:
        """After a member: a comma and more, or the end of the object."""
        kind, text = self.take()
        if kind != "mark" or text not in (b",", b"}"):
            raise Malformed
        return text == b","


def parse(data: bytes) -> Sent | None:
    """The request, or None when it is not exactly one flat object."""
    reader = Reader(data.split(b"\0", 1)[0])
    try:
        sent = members(reader)
    except Malformed:
        return None
    return sent if not reader.data[reader.at :].strip(b" \t\n\r") else None


def members(reader: Reader) -> Sent:
    sent = Sent()
    seen: set[bytes] = set()
    reader.mark(b"{")
    while True:
        key = reader.string()
        reader.mark(b":")
        if key in seen or key not in (b"id", b"method", b"params"):
            raise Malformed
        seen.add(key)
        if key == b"id":
            sent.id, sent.name = identity(*reader.take())
        elif key == b"method":
            sent.method = reader.string()
        else:
            sent.params = scalars(reader)
        if not reader.more():
            break
    if not {b"id", b"method"} <= seen:
        raise Malformed
    return sent


def identity(kind: str, text: bytes) -> tuple[bytes, bytes]:
    """At most 36 ASCII characters, an integer or null: (as written, without quotes)."""
    if kind == "mark" or len(text) > ID_BYTES_MAX or not text.isascii():
        raise Malformed
    if kind == "string":
        return b'"%b"' % text, text
    if text != b"null" and not INTEGER.fullmatch(text):
        raise Malformed
    return text, text


def scalars(reader: Reader) -> dict[bytes, bytes]:
    """An object of names and scalars, no name twice."""
    found: dict[bytes, bytes] = {}
    reader.mark(b"{")
    kind, key = reader.take()
    if (kind, key) == ("mark", b"}"):
        return found
    while True:
        if kind != "string" or key in found or len(found) == PARAMS_MAX:
            raise Malformed
        reader.mark(b":")
        kind, value = reader.take()
        if kind == "mark":
            raise Malformed
        found[key] = value
        if not reader.more():
            return found
        kind, key = reader.take()


def steps(text: bytes | None, decimals: int, step_units: int) -> int:
    """Decimal text as a positive count of steps, 0 when it is none."""
    found = NUMBER.fullmatch(text or b"")
    if text is None or found is None or len(text) > TEXT_BYTES_MAX:
        return 0
    fraction = found[2] or b""
    if len(fraction) > decimals:
        return 0
    units = int(found[1] + fraction) * 10 ** (decimals - len(fraction))
    count, rest = divmod(units, step_units)
    return count if units <= UNITS_MAX and rest == 0 and count < 2**63 else 0


def decimal(units: int, decimals: int) -> str:
    """units * 10**-decimals with all decimals."""
    digits = str(abs(units)).rjust(decimals + 1, "0")
    sign = "-" if units < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else sign + digits


@dataclass(slots=True, kw_only=True)
class Line:
    """An order as reports and replies show it."""

    instrument: Instrument
    settle: str
    kind: str
    status: str
    type: int
    time_in_force: int
    side: int
    reduce_only: bool
    position_side: str
    client_order_id: int
    order_id: int
    price_ticks: int
    quantity_lots: int
    filled_lots: int
    quote_units: int
    t_ms: int
    created_ms: int
    stop_ticks: int = 0
    waits: bool = False
    display_lots: int = 0
    good_till_ms: int = 0
    request: bytes = b""
    execution_id: int = 0
    maker: bool = False
    last_ticks: int = 0
    last_lots: int = 0
    last_quote_units: int = 0
    trade_id: int = -1
    fee_units: int = 0

    @property
    def spot(self) -> bool:
        return self.instrument.kind == InstrumentKind.SPOT

    @property
    def own_id(self) -> str:
        return to_text(self.client_order_id)

    @property
    def side_text(self) -> str:
        return Side(self.side).name

    @property
    def type_text(self) -> str:
        if self.stop_ticks:
            return "STOP_LOSS" if self.type == OrderType.MARKET else "STOP_LOSS_LIMIT"
        if self.type == OrderType.MARKET:
            return "MARKET"
        return "LIMIT_MAKER" if self.type == OrderType.POST_ONLY and self.spot else "LIMIT"

    @property
    def force_text(self) -> str:
        if self.type == OrderType.POST_ONLY and not self.spot:
            return "GTX"
        if self.good_till_ms:
            return "GTD"
        return "GTC" if self.type == OrderType.MARKET else TimeInForce(self.time_in_force).name

    def price(self, ticks: int) -> str:
        """Spot writes every wire decimal, futures those of the step."""
        i = self.instrument
        places = i.price_wire_decimals if self.spot else i.price_decimals
        return decimal(ticks * i.price_step_units // 10 ** (i.price_wire_decimals - places), places)

    def quantity(self, lots: int) -> str:
        i = self.instrument
        places = i.quantity_wire_decimals if self.spot else i.quantity_decimals
        scale = 10 ** (i.quantity_wire_decimals - places)
        return decimal(lots * i.quantity_step_units // scale, places)

    def money(self, units: int) -> str:
        return decimal(units, self.instrument.settle_decimals)


def flag(value: bool) -> str:
    return "true" if value else "false"


def report(r: Line) -> str:
    """An execution event."""
    return report_spot(r) if r.spot else report_futures(r)


def report_spot(r: Line) -> str:
    """executionReport; a cancel names itself in `c` and the order in `C`. A stop that waits is not
    on the book and has no working time."""
    fill = r.trade_id >= 0
    on_book = r.status in ("NEW", "PARTIALLY_FILLED") and not r.waits
    working = "" if r.waits else f'"W":{r.created_ms},'
    cancel = r.request.decode("latin-1")
    fee = f'"n":"{r.money(r.fee_units)}","N":"{r.settle}"' if fill else '"n":"0","N":null'
    return (
        f'{{"subscriptionId":0,"event":{{"e":"executionReport","E":{r.t_ms},'
        f'"s":"{r.instrument.symbol}","c":"{cancel or r.own_id}","S":"{r.side_text}",'
        f'"o":"{r.type_text}","f":"{r.force_text}","q":"{r.quantity(r.quantity_lots)}",'
        f'"p":"{r.price(r.price_ticks)}","P":"{r.price(r.stop_ticks)}",'
        f'"F":"{r.quantity(r.display_lots)}","g":-1,'
        f'"C":"{r.own_id if cancel else ""}","x":"{r.kind}","X":"{r.status}","r":"NONE",'
        f'"i":{r.order_id},"l":"{r.quantity(r.last_lots)}","z":"{r.quantity(r.filled_lots)}",'
        f'"L":"{r.price(r.last_ticks)}",{fee},"T":{r.t_ms},"t":{r.trade_id},'
        f'"I":{r.execution_id},"w":{flag(on_book)},'
        f'"m":{flag(r.maker)},"M":false,"O":{r.created_ms},"Z":"{r.money(r.quote_units)}",'
        f'"Y":"{r.money(r.last_quote_units)}","Q":"0.00000000",{working}"V":"NONE"}}}}'
    )


def report_futures(r: Line) -> str:
    """ORDER_TRADE_UPDATE; the commission stands there only when there is one."""
    fill = r.trade_id >= 0
    fee = f'"N":"{r.settle}","n":"{r.money(r.fee_units)}",' if fill else ""
    return (
        f'{{"e":"ORDER_TRADE_UPDATE","E":{r.t_ms},"T":{r.t_ms},"o":{{'
        f'"s":"{r.instrument.symbol}","c":"{r.own_id}","S":"{r.side_text}","o":"{r.type_text}",'
        f'"f":"{r.force_text}","q":"{r.quantity(r.quantity_lots)}",'
        f'"p":"{r.price(r.price_ticks)}","ap":"0","sp":"0","x":"{r.kind}","X":"{r.status}",'
        f'"i":{r.order_id},"l":"{r.quantity(r.last_lots)}","z":"{r.quantity(r.filled_lots)}",'
        f'"L":"{r.price(r.last_ticks)}",{fee}"T":{r.t_ms},"t":{max(0, r.trade_id)},"b":"0",'
        f'"a":"0","m":{flag(r.maker)},"R":{flag(r.reduce_only)},"wt":"CONTRACT_PRICE",'
        f'"ot":"{r.type_text}","ps":"{r.position_side}","cp":false,"rp":"0",'
        f'"pP":false,"si":0,"ss":0,'
        f'"V":"NONE","pm":"NONE","gtd":{r.good_till_ms}}}}}'
    )


def order_ack(r: Line) -> str:
    """A new spot order inside a reply."""
    return (
        f'{{"symbol":"{r.instrument.symbol}","orderId":{r.order_id},"orderListId":-1,'
        f'"clientOrderId":"{r.own_id}","transactTime":{r.t_ms}}}'
    )


def order_gone(r: Line) -> str:
    """A cancelled spot order inside a reply."""
    return (
        f'{{"symbol":"{r.instrument.symbol}","origClientOrderId":"{r.own_id}",'
        f'"orderId":{r.order_id},"orderListId":-1,"clientOrderId":"{r.request.decode("latin-1")}",'
        f'"transactTime":{r.t_ms},"price":"{r.price(r.price_ticks)}",'
        f'"origQty":"{r.quantity(r.quantity_lots)}","executedQty":"{r.quantity(r.filled_lots)}",'
        f'"origQuoteOrderQty":"0.000000","cummulativeQuoteQty":"{r.money(r.quote_units)}",'
        f'"status":"CANCELED","timeInForce":"{r.force_text}","type":"{r.type_text}",'
        f'"side":"{r.side_text}","selfTradePreventionMode":"NONE"}}'
    )


def order_spot(r: Line) -> str:
    """A spot order as a query shows it."""
    working = f'{flag(not r.waits)},"workingTime":{-1 if r.waits else r.created_ms}'
    return (
        f'{{"symbol":"{r.instrument.symbol}","orderId":{r.order_id},"orderListId":-1,'
        f'"clientOrderId":"{r.own_id}","price":"{r.price(r.price_ticks)}",'
        f'"origQty":"{r.quantity(r.quantity_lots)}","executedQty":"{r.quantity(r.filled_lots)}",'
        f'"cummulativeQuoteQty":"{r.money(r.quote_units)}","status":"{r.status}",'
        f'"timeInForce":"{r.force_text}","type":"{r.type_text}","side":"{r.side_text}",'
        f'"stopPrice":"{r.price(r.stop_ticks)}","icebergQty":"{r.quantity(r.display_lots)}",'
        f'"time":{r.created_ms},"updateTime":{r.t_ms},"isWorking":{working},'
        f'"origQuoteOrderQty":"0.00000000","selfTradePreventionMode":"NONE"}}'
    )


def order_futures(r: Line, asked: bool = False) -> str:
    """A futures order inside a reply: new, cancelled or asked after (then with its time)."""
    time = f'"time":{r.created_ms},' if asked else ""
    filled = r.quantity(r.filled_lots)
    return (
        f'{{"orderId":{r.order_id},"symbol":"{r.instrument.symbol}","status":"{r.status}",'
        f'"clientOrderId":"{r.own_id}","price":"{r.price(r.price_ticks)}","avgPrice":"0",'
        f'"origQty":"{r.quantity(r.quantity_lots)}","executedQty":"{filled}",'
        f'"cumQty":"{filled}","cumQuote":"0","timeInForce":"{r.force_text}",'
        f'"type":"{r.type_text}","reduceOnly":{flag(r.reduce_only)},"closePosition":false,'
        f'"side":"{r.side_text}","positionSide":"{r.position_side}","stopPrice":"0",'
        f'"workingType":"CONTRACT_PRICE","priceProtect":false,"origType":"{r.type_text}",'
        f'"priceMatch":"NONE","selfTradePreventionMode":"NONE","goodTillDate":{r.good_till_ms},'
        f'{time}"updateTime":{r.t_ms}}}'
    )


def reply_ok(name: str, result: str) -> str:
    return f'{{"id":{name},"status":200,"result":{result}}}'


def reply_error(name: str, code: int, message: str) -> str:
    return f'{{"id":{name},"status":400,"error":{{"code":{code},"msg":"{message}"}}}}'


def reply_limited(name: str, code: int, message: str, now_ms: int, until_ms: int) -> str:
    """A limit was reached: with the venue's time and when to try again."""
    return (
        f'{{"id":{name},"status":429,"error":{{"code":{code},"msg":"{message}",'
        f'"data":{{"serverTime":{now_ms},"retryAfter":{until_ms}}}}}}}'
    )


def reply_placed(name: str, r: Line) -> str:
    return reply_ok(name, order_ack(r) if r.spot else order_futures(r))


def reply_cancelled(name: str, r: Line) -> str:
    return reply_ok(name, order_gone(r) if r.spot else order_futures(r))


def reply_standing(name: str, r: Line) -> str:
    return reply_ok(name, order_spot(r) if r.spot else order_futures(r, True))


def reply_replaced(name: str, old: Line, new: Line) -> str:
    return reply_ok(
        name,
        '{"cancelResult":"SUCCESS","newOrderResult":"SUCCESS",'
        f'"cancelResponse":{order_gone(old)},"newOrderResponse":{order_ack(new)}}}',
    )


def replace_stopped(name: str) -> str:
    """STOP_ON_FAILURE and the cancel failed: the new order is not tried."""
    return (
        f'{{"id":{name},"status":400,"error":{{"code":-2022,"msg":"Order cancel-replace failed.",'
        '"data":{"cancelResult":"FAILURE","newOrderResult":"NOT_ATTEMPTED",'
        '"cancelResponse":{"code":-2011,"msg":"Unknown order sent."},"newOrderResponse":null}}}'
    )


def replace_half(name: str, old: Line, code: int, message: str) -> str:
    """The cancel succeeded, the new order failed."""
    return (
        f'{{"id":{name},"status":409,"error":{{"code":-2021,'
        '"msg":"Order cancel-replace partially failed.",'
        '"data":{"cancelResult":"SUCCESS","newOrderResult":"FAILURE",'
        f'"cancelResponse":{order_gone(old)},'
        f'"newOrderResponse":{{"code":{code},"msg":"{message}"}}}}}}}}'
    )
