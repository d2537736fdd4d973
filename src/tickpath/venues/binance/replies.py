"""Answers of Binance as an order session reads them, and frames that it makes for the engine.

Frames of the WebSocket API are JSON, or SBE where the session asked for it; what a session takes
from either is the same. Worst case: linear in the frame.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tickpath.core.codes import Code
from tickpath.core.errors import DataError
from tickpath.venues.binance.errors import LASTING
from tickpath.venues.binance.sbe_message import ERROR, NULL, Message
from tickpath.venues.order_steps import Finding, Heard, Reply, ScriptError
from tickpath.venues.text.rules import Refused

STAMP = re.compile(rb'"timestamp":([0-9]{13})\}\}$')


def permissions(account: Mapping[str, Any]) -> list[Finding]:
    """What an account with this key may do."""
    trade, withdraw = account.get("canTrade"), account.get("canWithdraw")
    findings = []
    if trade is not None:
        findings.append(Finding(bool(trade), "trading", _word(trade), "allow trading for this key"))
    if withdraw is not None:
        fix = "make a key that cannot withdraw"
        findings.append(Finding(not withdraw, "withdrawal", _word(withdraw), fix))
    return findings


def _word(allowed: object) -> str:
    return "allowed" if allowed else "not allowed"


def error_frame(name: bytes, status: int, code: int) -> bytes:
    """A refusal as the WebSocket API says it."""
    return b'{"id":"%s","status":%d,"error":{"code":%d,"msg":""}}' % (name, status, code)


def moved(request: bytes, offset_ms: int) -> bytes:
    """A copy with its time stamp moved. Raises DataError for a request without one at its end."""
    found = STAMP.search(request)
    if found is None:
        raise DataError("request without a time stamp at its end: it cannot be moved")
    return b'%s"timestamp":%d}}' % (request[: found.start()], int(found[1]) + offset_ms)


def reply_of(data: bytes) -> Heard:
    """A reply to a request of the session."""
    try:
        frame = json.loads(data)
        number = int(str(frame["id"]).removeprefix("s-"))
        error = frame.get("error") if frame.get("status") != 200 else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Heard()
    if error is None and frame.get("status") == 200:
        return Heard(number=number, value=frame.get("result"))
    about = error if isinstance(error, dict) else {}
    text = f"{about.get('code')}: {str(about.get('msg'))[:120]}"
    return Heard(number=number, fault=text, value=about.get("code"))


@dataclass(frozen=True, slots=True)
class Envelope:
    """A reply of the WebSocket API in SBE. `number`: of the session's own request, -1 for the
    engine's; `code` and `text`: of a refusal; `until_ms`: when it is over, 0: not said; `old`: the
    venue is about to give up the schema that was asked for."""

    number: int
    status: int
    code: int
    text: str
    until_ms: int
    old: bool

    def heard(self) -> Heard:
        """As a reply to a request of the session."""
        if self.status == 200:
            return Heard(number=self.number)
        fault = f"{self.code}: {self.text[:120]}"
        return Heard(number=self.number, fault=fault, value=self.code)


def envelope_of(message: Message) -> Envelope:
    """Raises Refused for a refusal that cannot be read."""
    status, name = message.word(1), message.texts[0]
    number = int(name[2:]) if name.startswith(b"s-") and name[2:].isdigit() else -1
    code, text, until_ms = 0, "", 0
    if status != 200:
        inner = Message(message.texts[1])
        if inner.template != ERROR:
            raise Refused(Code.EXECUTE_REPORT)
        code, text = inner.short(0), inner.texts[0].decode("utf-8", "replace")
        until_us = inner.long(10)
        until_ms = until_us // 1000 if until_us != NULL else 0
    return Envelope(number, status, code, text, until_ms, message.byte(0) == 1)


def lasting(code: object) -> bool:
    """Whether a refusal is of the key: trying again soon is pointless."""
    return code in LASTING


def body_of(reply: Reply) -> Any:
    """The content of an answer. Raises ScriptError for a refusal or what is no JSON."""
    try:
        content = json.loads(reply.body)
    except (ValueError, RecursionError):
        raise ScriptError(f"HTTP {reply.status}: the answer is no JSON") from None
    if reply.status == 200:
        return content
    code = content.get("code") if isinstance(content, dict) else None
    text = str(content.get("msg"))[:120] if isinstance(content, dict) else ""
    raise ScriptError(
        f"HTTP {reply.status}: {code}: {text}", lasting=lasting(code) or reply.status == 401
    )
