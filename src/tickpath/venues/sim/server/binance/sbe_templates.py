"""Layouts of the SBE messages that the simulated spot venue writes: schema 3:5, field by field.

A field is `key:kind`: which member of the venue's JSON it holds, and how; a kind ending in "?" may
be absent. The order is that of the schema. Source: the venue's `spot_3_5` schema.
"""

import struct
from typing import NamedTuple

SCHEMA_ID, SCHEMA_VERSION = 3, 5
EXPONENT = -8
"""Of every number: the venue's texts have 8 decimals."""

NULLS = {"B": 2**8 - 1, "H": 2**16 - 1, "h": -(2**15), "i": -(2**31), "q": -(2**63), "Q": 2**64 - 1}
"""What an absent value is written as."""

ENUMS: dict[str, dict[object, int]] = {
    "type": {"MARKET": 0, "LIMIT": 1, "STOP_LOSS": 2, "STOP_LOSS_LIMIT": 3, "TAKE_PROFIT": 4,
             "TAKE_PROFIT_LIMIT": 5, "LIMIT_MAKER": 6},
    "side": {"BUY": 0, "SELL": 1},
    "force": {"GTC": 0, "IOC": 1, "FOK": 2},
    "step": {"NEW": 0, "CANCELED": 1, "REPLACED": 2, "REJECTED": 3, "TRADE": 4, "EXPIRED": 5,
             "TRADE_PREVENTION": 8},
    "status": {"NEW": 0, "PARTIALLY_FILLED": 1, "FILLED": 2, "CANCELED": 3, "PENDING_CANCEL": 4,
               "REJECTED": 5, "EXPIRED": 6, "EXPIRED_IN_MATCH": 9, "PENDING_NEW": 11},
    "stp": {"NONE": 1},
    "half": {"SUCCESS": 0, "FAILURE": 1, "NOT_ATTEMPTED": 2},
    "limit": {"RAW_REQUESTS": 0, "CONNECTIONS": 1, "REQUEST_WEIGHT": 2, "ORDERS": 3},
    "interval": {"SECOND": 0, "MINUTE": 1, "HOUR": 2, "DAY": 3},
}  # fmt: skip

FORMS = {
    "ms": "q", "long": "q", "number": "q", "int": "i", "short": "h", "word": "H", "byte": "B",
    "exp": "b", "bool": "B", "unsigned": "Q", "zero": "q", "no": "B", "one": "B",
    **dict.fromkeys(ENUMS, "B"),
}  # fmt: skip
"""How a kind is packed. `ms`: milliseconds, as microseconds; `number`: a text's mantissa; `zero`,
`no` and `one`: always that."""


class Template(NamedTuple):
    """Number, block, texts (`key:width` of the length)."""

    number: int
    block: tuple[str, ...]
    texts: tuple[str, ...] = ()


def fields(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LIMIT = fields("rateLimitType:limit interval:interval intervalNum:byte limit:long count:long")
ENVELOPE = Template(50, fields(":no status:word"), fields("id:1"))
ERROR = Template(100, fields("code:short serverTime:ms? retryAfter:ms?"), fields("msg:2"))
STATUS = fields(
    "authorizedSince:ms? connectedSince:ms returnRateLimits:bool serverTime:ms userDataStream:bool?"
)
PEGGED = ":byte? :byte? :byte? :long?"
SIZES = "price:number origQty:number executedQty:number cummulativeQuoteQty:number"
TERMS = "status:status timeInForce:force type:type side:side stopPrice:number? :long? :ms?"
FLAGS = ":one :one selfTradePreventionMode:stp"
NAMES = fields("symbol:1 clientOrderId:1")
RESULT = fields(
    f":exp :exp orderId:long orderListId:long? transactTime:ms {SIZES} {TERMS} workingTime:ms? "
    f"icebergQty:number? strategyId:long? strategyType:int? {FLAGS} :long? :zero :no "
    f"origQuoteOrderQty:number {PEGGED} :byte?"
)
FILL = fields(":exp :one price:number qty:number commission:number tradeId:long? :long?")
PREVENTED_BYTES = 40
PLACED = Template(300, fields("orderId:long orderListId:long? transactTime:ms"), NAMES)
PLACED_RESULT, PLACED_FULL = Template(301, RESULT, NAMES), Template(302, RESULT, NAMES)
STANDING = Template(
    304,
    fields(
        f":exp :exp orderId:long orderListId:long? {SIZES} {TERMS} icebergQty:number? time:ms "
        "updateTime:ms isWorking:bool workingTime:ms? origQuoteOrderQty:number strategyId:long? "
        f"strategyType:int? {FLAGS} :long? :zero :no {PEGGED} :byte?"
    ),
    NAMES,
)
CANCELLED = Template(
    305,
    fields(
        f":exp :exp orderId:long orderListId:long? transactTime:ms {SIZES} {TERMS} "
        f"icebergQty:number? strategyId:long? strategyType:int? {FLAGS} :zero :no "
        f"origQuoteOrderQty:number {PEGGED}"
    ),
    fields("symbol:1 origClientOrderId:1 clientOrderId:1"),
)
REPLACED = Template(307, fields("cancelResult:half newOrderResult:half"))
EXECUTION = Template(
    603,
    fields(
        "E:ms T:ms :exp :exp :exp O:ms? W:ms? i:long g:long? q:number p:number Q:number F:number "
        "P:number o:type S:side f:force x:step X:status t:long? I:long z:number Z:number l:number "
        "L:number Y:number n:number w:bool m:bool M:bool :one V:stp :one :one :no :long? "
        f":unsigned? :ms? :long? :zero :number? :long? :number? :number? :number? :int? :long? "
        f":long? subscriptionId:word? {PEGGED} :byte?"
    ),
    fields("s:1 c:1 C:1 N:1 r:1 Cs:1"),
)
POSITION = Template(607, fields("E:ms u:ms subscriptionId:word?"))
BALANCE = fields(":exp f:number l:number")
TERMINATED = Template(602, fields("E:ms subscriptionId:word?"))
SHUTDOWN = Template(610, fields("E:ms"))
NOT_REPRESENTABLE = Template(999, ())

ANSWERS = {
    "ping": Template(101, ()),
    "time": Template(102, fields("serverTime:ms")),
    "order.test": Template(303, ()),
    "order.cancel": CANCELLED,
    "order.status": STANDING,
    "session.logon": Template(51, STATUS, fields("apiKey:2")),
    "session.status": Template(52, STATUS, fields("apiKey:2")),
    "session.logout": Template(53, STATUS, fields("apiKey:2")),
    "userDataStream.subscribe": Template(503, fields("subscriptionId:word?")),
    "userDataStream.subscribe.signature": Template(503, fields("subscriptionId:word?")),
    "userDataStream.unsubscribe": Template(504, ()),
}
"""Answers of one message without groups, by method."""


def block_bytes(block: tuple[str, ...]) -> int:
    """Length of a block or a group's entry."""
    return sum(struct.calcsize(FORMS[field.partition(":")[2].rstrip("?")]) for field in block)
