"""Order frames as Binance sends them, for tests: replies and user events about one order."""

import json
from typing import Any

SYMBOLS = {"spot": "BTCUSDT", "usdm": "BTCUSDT", "coinm": "BTCUSD_PERP"}


def frame(value: Any) -> bytes:
    """Compact JSON, as on the wire."""
    return json.dumps(value, separators=(",", ":")).encode()


def place_reply(order: str, **result: Any) -> bytes:
    """Status 200 for order.place."""
    fields = {
        "symbol": "BTCUSDT",
        "orderId": 12569099453,
        "orderListId": -1,
        "clientOrderId": order,
        "transactTime": 1660801715639,
    }
    limits = [{"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "count": 1}]
    return frame({"id": order, "status": 200, "result": fields | result, "rateLimits": limits})


def cancel_reply(order: str, executed: str = "0.00000000", symbol: str = "BTCUSDT") -> bytes:
    """Status 200 for order.cancel."""
    result = {
        "symbol": symbol,
        "origClientOrderId": order,
        "orderId": 12569099453,
        "clientOrderId": "91fe37ce9e69c90d6358c0",
        "transactTime": 1684804350068,
        "executedQty": executed,
        "status": "CANCELED",
    }
    return frame({"id": "c" + order, "status": 200, "result": result})


def error_reply(request: Any, status: int, code: int, data: Any = None) -> bytes:
    """An error of the WebSocket API."""
    error = {"code": code, "msg": "text"} | ({} if data is None else {"data": data})
    return frame({"id": request, "status": status, "error": error})


def replace_halves(
    old: str, new: str, cancelled: bool, placed: str, code: int = -2010
) -> dict[str, Any]:
    """Result or error data of order.cancelReplace; `placed`: SUCCESS, FAILURE or NOT_ATTEMPTED."""
    success = {"symbol": "BTCUSDT", "origClientOrderId": old, "executedQty": "0.00001000"}
    answers = {
        "SUCCESS": {"symbol": "BTCUSDT", "orderId": 7, "clientOrderId": new},
        "FAILURE": {"code": code, "msg": "Order would immediately match and take."},
        "NOT_ATTEMPTED": None,
    }
    return {
        "cancelResult": "SUCCESS" if cancelled else "FAILURE",
        "newOrderResult": placed,
        "cancelResponse": success if cancelled else {"code": -2011, "msg": "Unknown order sent."},
        "newOrderResponse": answers[placed],
    }


def execution_report(order: str, step: str, **changes: Any) -> dict[str, Any]:
    """A spot executionReport."""
    return {
        "e": "executionReport",
        "E": 1709654401000,
        "s": "BTCUSDT",
        "c": order,
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "1.00000000",
        "p": "2500.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": "",
        "x": step,
        "X": step,
        "r": "NONE",
        "i": 4293153,
        "l": "0.00000000",
        "z": "0.00000000",
        "L": "0.00000000",
        "n": "0",
        "N": None,
        "T": 1709654401000,
        "t": -1,
        "I": 8641984,
        "w": True,
        "m": False,
        "M": False,
        "Z": "0.00000000",
        "W": 1499405658657,
        "V": "NONE",
    } | changes


def trade_update(order: str, step: str, **changes: Any) -> dict[str, Any]:
    """A futures ORDER_TRADE_UPDATE."""
    fields = {
        "s": "BTCUSDT",
        "c": order,
        "S": "SELL",
        "o": "LIMIT",
        "f": "GTX",
        "q": "0.001",
        "p": "9910",
        "ap": "0",
        "sp": "0",
        "x": step,
        "X": step,
        "i": 8886774,
        "l": "0",
        "z": "0",
        "L": "0",
        "T": 1568879465650,
        "t": 0,
        "b": "0",
        "a": "9.91",
        "m": False,
        "R": False,
        "ps": "BOTH",
        "rp": "0",
        "V": "EXPIRE_TAKER",
    } | changes
    return {"e": "ORDER_TRADE_UPDATE", "E": 1568879465651, "T": 1568879465650, "o": fields}
