"""Answers of Kraken as an order session reads them, and frames that it makes for the engine.

REST errors come with HTTP 200 in a list `error`: texts that begin with E are errors, those with W
warnings. Numbers keep their digits. No I/O here.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tickpath.venues.kraken.request_ids import ADD, request_id
from tickpath.venues.order_steps import Heard, Reply, ScriptError
from tickpath.venues.script_values import decimal_of

NS_PER_S = 10**9
REQUEST = re.compile(rb'\{"method":"(add_order|cancel_order)",.*"req_id":([0-9]+)\}', re.DOTALL)
DENIED = ("EGeneral:Permission denied", "EAccount:Invalid permissions")
LASTING = (
    *DENIED,
    "EAPI:Invalid key",
    "EAPI:Invalid signature",
    "EGeneral:Temporary lockout",
    "EAuth:",
)
"""The key is refused: a person has to look, and asking again makes a lockout longer."""

NOBODY = "no answer"
AGAIN_NS = {
    NOBODY: NS_PER_S // 4,
    "EAPI:Invalid nonce": NS_PER_S // 20,
    "EAPI:Rate limit exceeded": 4 * NS_PER_S,
    "EService:Busy": NS_PER_S // 4,
    "EGeneral:Internal error": NS_PER_S // 4,
}
"""Errors after which the same is asked again, and how long after the first of them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says: an error, or "" and the result."""

    error: str
    result: Any = field(default=None, repr=False)


def said(reply: Reply) -> Said:
    """Raises ScriptError for what is no answer of this venue."""
    if reply.status in (0, 418, 429) or reply.status >= 500:
        return Said(NOBODY)
    try:
        content = json.loads(reply.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise ScriptError(f"HTTP {reply.status}: the answer is no JSON") from None
    errors = content.get("error", []) if isinstance(content, dict) else None
    if not isinstance(errors, list) or any(not isinstance(text, str) for text in errors):
        raise ScriptError(f"HTTP {reply.status}: the answer has another form than documented")
    error = next((text for text in errors if text.startswith("E")), "")
    if error:
        return Said(error[:120])
    if reply.status != 200 or "result" not in content:
        raise ScriptError(f"HTTP {reply.status}: the answer has no result")
    return Said("", content["result"])


def again_ns(error: str, tries: int) -> int | None:
    """How long to wait before the same is asked again, None when that is pointless."""
    for text, first_ns in AGAIN_NS.items():
        if error.startswith(text):
            return first_ns << tries
    return None


def lasting(error: object) -> bool:
    """Whether a refusal is of the key: trying again soon is pointless."""
    return isinstance(error, str) and error.startswith(LASTING)


def reply_of(frame: Mapping[str, Any]) -> Heard:
    """A reply to a request of the session; a pong has no `success`."""
    number = frame["req_id"]
    if frame.get("success", True) is True:
        return Heard(number=number, value=frame)
    error = str(frame.get("error"))[:120]
    return Heard(number=number, fault=error, value=error)


def unknown_frame(client_order_id: int) -> bytes:
    """Tells the engine that nobody knows what became of a request about an order."""
    number = request_id(client_order_id, ADD)
    return _refusal(b"add_order", number, b"EService:Unavailable")


def unsent_frame(request: bytes) -> bytes | None:
    """A refusal of an order's request whose text is this session's own: no error of the venue, so
    that its code is 0. None for a query."""
    found = REQUEST.fullmatch(request)
    return None if found is None else _refusal(found[1], int(found[2]), b"not sent")


def _refusal(method: bytes, number: int, error: bytes) -> bytes:
    text = b'{"method":"%s","req_id":%d,"success":false,"error":"%s"}'
    return text % (method, number, error)


def steps_of(value: object, step: Decimal) -> int:
    """A quantity or price as whole steps. Raises ScriptError between them, and below none."""
    count, rest = divmod(decimal_of(value), step)
    if rest or count < 0:
        raise ScriptError("the venue's answer has a number that is no whole count of steps")
    return int(count)


def stamp_text(ns: int, decimals: int = 9) -> str:
    """A time as RFC 3339 in UTC."""
    whole = EPOCH + timedelta(seconds=ns // NS_PER_S)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{f'{ns % NS_PER_S:09d}'[:decimals]}Z"
