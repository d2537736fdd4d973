"""Order frames of Binance spot in SBE, for tests: the twins of JSON frames, and single bytes put
elsewhere."""

import json
import struct
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tickpath.venues.sim.server.binance import sbe

EVENT = {"O": -1, "P": "0", "Q": "0", "Y": "0", "Z": "0", "I": 0, "M": False, "V": "NONE"}
RESULT = {
    "orderId": 0,
    "orderListId": -1,
    "transactTime": 0,
    "price": "0",
    "origQty": "0",
    "executedQty": "0",
    "cummulativeQuoteQty": "0",
    "status": "NEW",
    "timeInForce": "GTC",
    "type": "LIMIT",
    "side": "BUY",
    "time": 0,
    "updateTime": 0,
    "isWorking": True,
    "origQuoteOrderQty": "0",
    "selfTradePreventionMode": "NONE",
}
"""Members that tests about JSON leave out, though the venue says them."""

HEADER_BYTES = 8
PLACES = {
    "time": (8, "<q"),
    "price_exponent": (16, "<b"),
    "quantity_exponent": (17, "<b"),
    "commission_exponent": (18, "<b"),
    "order_id": (35, "<q"),
    "step": (94, "<B"),
    "status": (95, "<B"),
    "trade_id": (96, "<q"),
    "executed": (112, "<q"),
    "last_quantity": (128, "<q"),
    "last_price": (136, "<q"),
    "commission": (152, "<q"),
    "maker": (161, "<B"),
}
"""Where an execution report has what tests change."""


def sbe_of(data: bytes) -> bytes:
    """The same frame in SBE."""
    found = json.loads(data)
    if "status" in found:
        return reply(found)
    event = found.get("event", found)
    return execution(event) if event["e"] == "executionReport" else sbe.event(event, 0)


def execution(event: dict[str, Any]) -> bytes:
    """An execution report. The fee may have any sign and number of digits."""
    fee = Decimal(event["n"]).as_tuple()
    assert isinstance(fee.exponent, int)
    mantissa = int("".join(map(str, fee.digits))) * (-1 if fee.sign else 1)
    step = event["x"]
    status = {"TRADE": "FILLED", "TRADE_PREVENTION": "NEW", "REPLACED": "NEW"}
    known = EVENT | event | {"n": "0", "X": status.get(event["X"], event["X"]), "x": step}
    return put(sbe.event(known, 0), commission=mantissa, commission_exponent=fee.exponent)


def reply(found: dict[str, Any]) -> bytes:
    """A reply of the WebSocket API."""
    result = found.get("result")
    if result is not None:
        found = found | {"result": completed(result, str(found["id"]))}
    elif "data" in found["error"] and "cancelResult" in found["error"]["data"]:
        data = completed(found["error"]["data"], str(found["id"]))
        found = found | {"error": found["error"] | {"data": data}}
    limits = [{"limit": 0, **row} for row in found.get("rateLimits", [])]
    return sbe.reply(found | {"rateLimits": limits}, method_of(found))


def method_of(found: dict[str, Any]) -> str:
    """What a reply answers, by the id of its request."""
    name = str(found["id"])
    if len(name) == 17:
        return "order.cancel" if name[0] == "c" else "order.status"
    halves = "cancelResult" in (found.get("result") or {})
    return "order.cancelReplace" if halves else "order.place"


def completed(result: dict[str, Any], name: str) -> dict[str, Any]:
    """A result with what the venue says beside what a test says."""
    if "cancelResult" in result:
        halves = {}
        for key in ("cancelResponse", "newOrderResponse"):
            half = result[key]
            halves[key] = half if half is None or "code" in half else completed(half, name)
        return result | halves
    if len(name) != 17 and "status" not in result and "executedQty" not in result:
        return {k: RESULT[k] for k in ("orderId", "transactTime")} | result
    found = RESULT | result
    if "fills" in found:
        found["fills"] = [{"tradeId": -1, **fill} for fill in found["fills"]]
    return found


def put(frame: bytes, **values: int) -> bytes:
    """An execution report with other values in its block."""
    data = bytearray(frame)
    for name, value in values.items():
        place, form = PLACES[name]
        struct.pack_into(form, data, HEADER_BYTES + place, value)
    return bytes(data)


def headed(frame: bytes, **fields: int) -> bytes:
    """A frame with another header: block_bytes, template, schema, version."""
    names = ("block_bytes", "template", "schema", "version")
    old = dict(zip(names, struct.unpack_from("<HHHH", frame), strict=True))
    return struct.pack("<HHHH", *(old | fields).values()) + frame[HEADER_BYTES:]


def block_of(frame: bytes) -> int:
    """Length of a frame's block."""
    return int(struct.unpack_from("<H", frame)[0])


def resized(frame: bytes, block_bytes: int, filling: int = 0x5A) -> bytes:
    """A frame with a shorter or longer block."""
    end = HEADER_BYTES + block_of(frame)
    block = frame[HEADER_BYTES:end][:block_bytes].ljust(block_bytes, bytes([filling]))
    return headed(frame[:HEADER_BYTES] + block + frame[end:], block_bytes=block_bytes)


def mutations(rng: Any, frames: Sequence[bytes], count: int) -> list[bytes]:
    """Frames with bytes changed, taken out, put in; lengths and counts that are huge among them."""
    found = []
    for _ in range(count):
        data = bytearray(rng.choice(frames))
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data))
            match rng.randrange(6):
                case 0:
                    data[at] = rng.randrange(256)
                case 1:
                    del data[at : at + rng.randrange(1, 9)]
                case 2:
                    data[at:at] = rng.randbytes(rng.randrange(1, 9))
                case 3:
                    width = rng.choice((1, 2, 4, 8))
                    data[at : at + width] = rng.choice((b"\xff", b"\x7f", b"\0")) * width
                case 4:
                    place = rng.choice((0, 1, 2, 3, 4, 6))
                    data[place % len(data)] = rng.choice((0, 1, 2, 3, 5, 50, 91, 100, 123, 255))
                case _:
                    del data[at:]
            if not data:
                break
        found.append(bytes(data))
    return found
