"""What the simulated spot venue says in JSON, as SBE messages of schema 3:5.

In: a reply or an event as the venue's JSON has it. Out: one binary frame. Layouts are in
sbe_templates.py. Answers that are not there (accounts, lists of orders, market data) are said as
the schema's NonRepresentableMessage, which is what a client gets for more than its schema has.
Worst case: linear in the answer.
"""

import struct
from collections.abc import Mapping
from typing import Any

from tickpath.venues.sim.server.binance.sbe_templates import (
    ANSWERS,
    BALANCE,
    CANCELLED,
    ENUMS,
    ENVELOPE,
    ERROR,
    EXECUTION,
    EXPONENT,
    FILL,
    FORMS,
    LIMIT,
    NOT_REPRESENTABLE,
    NULLS,
    PLACED,
    PLACED_FULL,
    PLACED_RESULT,
    POSITION,
    PREVENTED_BYTES,
    REPLACED,
    SCHEMA_ID,
    SCHEMA_VERSION,
    SHUTDOWN,
    TERMINATED,
    Template,
    block_bytes,
)
from tickpath.venues.sim.server.units import parse

Values = Mapping[str, Any]
FIXED = {"exp": EXPONENT, "zero": 0, "no": 0, "one": 1}


def asked(query: Mapping[str, list[str]]) -> bool:
    """Whether a connection wants SBE. Raises ValueError for a schema that is not spoken."""
    forms = query.get("responseFormat", ["json"])
    if forms == ["json"]:
        return False
    wanted = [query.get(key) for key in ("sbeSchemaId", "sbeSchemaVersion")]
    versions = [[str(SCHEMA_ID)], [str(SCHEMA_VERSION)]]
    if forms != ["sbe"] or wanted != versions:
        raise ValueError(f"this venue speaks schema {SCHEMA_ID}:{SCHEMA_VERSION}")
    return True


def reply(found: Values, method: str) -> bytes:
    """A reply of the WebSocket API in its envelope."""
    limits = found.get("rateLimits") or []
    name = "" if found["id"] is None else str(found["id"])
    rows = b"".join(block(LIMIT, row) for row in limits)
    group = struct.pack("<HH", block_bytes(LIMIT), len(limits)) + rows
    inner = error(found["error"]) if "error" in found else answer(found["result"], method)
    head = message(ENVELOPE, {**found, "id": name}, group)
    return head + struct.pack("<I", len(inner)) + inner


def event(found: Values, number: int, more: bytes = b"") -> bytes:
    """A user event of a subscription; `more`: fields of a later version."""
    values = {**found, "subscriptionId": number}
    match found["e"]:
        case "executionReport":
            known = values | {"r": "" if found["r"] == "NONE" else found["r"]}
            return message(EXECUTION, known, more=more)
        case "outboundAccountPosition":
            rows = b"".join(block(BALANCE, row) + text(row["a"], 1) for row in found["B"])
            group = struct.pack("<HI", block_bytes(BALANCE), len(found["B"])) + rows
            return message(POSITION, values, group, more)
        case "eventStreamTerminated":
            return message(TERMINATED, values, more=more)
        case "serverShutdown":
            return message(SHUTDOWN, values, more=more)
    return message(NOT_REPRESENTABLE, {})


def answer(result: Any, method: str) -> bytes:
    """The result of a request."""
    if method == "order.place":
        return placed(result)
    if method == "order.cancelReplace":
        return replaced(result)
    template = ANSWERS.get(method)
    if template is None or not isinstance(result, dict):
        return message(NOT_REPRESENTABLE, {})
    return message(template, result)


def placed(result: Values) -> bytes:
    """The answer to a new order: ACK, RESULT or FULL."""
    if "status" not in result:
        return message(PLACED, result)
    if "fills" not in result:
        return message(PLACED_RESULT, result)
    fills = result["fills"]
    rows = b"".join(block(FILL, fill) + text(fill["commissionAsset"], 1) for fill in fills)
    groups = struct.pack("<HI", block_bytes(FILL), len(fills)) + rows
    return message(PLACED_FULL, result, groups + struct.pack("<HI", PREVENTED_BYTES, 0))


def error(found: Values) -> bytes:
    """A refusal; with both halves of a replacement in it where there are any."""
    data = found.get("data") or {}
    halves = replaced(data) if "cancelResult" in data else b""
    return message(ERROR, {**data, **found}) + struct.pack("<I", len(halves)) + halves


def replaced(found: Values) -> bytes:
    """Both halves of a cancelReplace."""
    old, new = found["cancelResponse"], found["newOrderResponse"]
    first = second = b""
    if old is not None:
        first = error(old) if "code" in old else message(CANCELLED, old)
    if new is not None:
        second = error(new) if "code" in new else placed(new)
    lengths = struct.pack("<H", len(first)), struct.pack("<I", len(second))
    return message(REPLACED, found) + lengths[0] + first + lengths[1] + second


def message(template: Template, values: Values, groups: bytes = b"", more: bytes = b"") -> bytes:
    """Header, block, groups and texts. `more` makes it one of a later version."""
    body = block(template.block, values) + more
    version = SCHEMA_VERSION + bool(more)
    head = struct.pack("<HHHH", len(body), template.number, SCHEMA_ID, version)
    texts = b""
    for field in template.texts:
        key, _, width = field.partition(":")
        texts += text(values.get(key) or "", int(width))
    return head + body + groups + texts


def block(fields: tuple[str, ...], values: Values) -> bytes:
    """Fields one after the other."""
    return b"".join(packed(field, values) for field in fields)


def packed(field: str, values: Values) -> bytes:
    """One field."""
    key, _, kind = field.partition(":")
    form = FORMS[kind.rstrip("?")]
    value: Any = FIXED.get(kind, values.get(key))
    if value is None or (kind == "ms?" and value == -1) or (kind == "long?" and value == -1):
        if not kind.endswith("?"):
            raise ValueError(f"{key} is missing")
        return struct.pack(f"<{form}", NULLS[form])
    match kind.rstrip("?"):
        case "ms":
            value = value * 1000
        case "number":
            value = parse(value)
        case name if name in ENUMS:
            value = ENUMS[name][value]
    return struct.pack(f"<{form}", value)


def text(value: str, width: int) -> bytes:
    """A text behind its length."""
    data = value.encode()
    return len(data).to_bytes(width, "little") + data
