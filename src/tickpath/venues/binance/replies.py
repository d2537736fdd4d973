"""Answers of Binance as an order session reads them, and frames that it makes for the engine."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tickpath.core.errors import DataError
from tickpath.venues.order_steps import Finding, Heard, Reply, ScriptError

STAMP = re.compile(rb'"timestamp":([0-9]{13})\}\}$')
LASTING = (-1022, -2008, -2014, -2015)
"""Signature, key, permission or address refused: a person has to look."""


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
