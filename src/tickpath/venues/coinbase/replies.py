"""Answers of Coinbase's REST as an order session reads them, and frames that it makes of them.

Numbers keep their digits: those with a fraction become text, which the codec reads as well.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tickpath.venues.coinbase.rest import answer
from tickpath.venues.order_steps import Finding, Reply, ScriptError
from tickpath.venues.script_values import decimal_of

NO_SUCH_ORDER = 404
UNSENT = 410
"""The status of a request that did not leave: one that the codec takes as certainly refused and
the venue itself does not use."""

REFUSED_KEY = (401, 403)
Row = Mapping[str, Any]


def body_of(reply: Reply) -> Row:
    """The object of an answer. Raises ScriptError for a refusal or anything else."""
    try:
        content = json.loads(reply.body, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError):
        content = None
    lasting = reply.status in REFUSED_KEY
    if not isinstance(content, dict):
        raise ScriptError(f"HTTP {reply.status}: the answer is no JSON object", lasting=lasting)
    if reply.status != 200:
        text = f"{content.get('error')}: {str(content.get('message'))[:120]}"
        raise ScriptError(f"HTTP {reply.status}: {text}", lasting=lasting)
    return content


def rows_of(body: Row, name: str) -> list[Row]:
    """A list of objects in an answer. Raises ScriptError."""
    rows = body.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ScriptError(f"the venue's answer has no {name}")
    return rows


def order_frame(own: str, row: Row) -> bytes:
    """An order as the answer to the engine's question for it."""
    body = json.dumps({"order": row}, separators=(",", ":")).encode()
    return answer(200, f"q{own}", body)


def absent_frame(own: str) -> bytes:
    """There is no such order, and there will be none."""
    return answer(NO_SUCH_ORDER, f"q{own}", b"")


def balances_of(rows: list[Row]) -> dict[str, Decimal]:
    """Totals by currency: what is available and what orders hold. Raises ScriptError."""
    found: dict[str, Decimal] = {}
    for row in rows:
        asset = str(row["currency"])
        total = decimal_of(row["available_balance"]["value"]) + decimal_of(row["hold"]["value"])
        found[asset] = found.get(asset, Decimal(0)) + total
    return found


def permissions(body: Row) -> list[Finding]:
    """What a key may do."""
    findings = [Finding(True, "keys", "accepted by the venue")]
    for name, what, wanted, fix in (
        ("can_view", "reading", True, "allow viewing for this key"),
        ("can_trade", "trading", True, "allow trading for this key"),
        ("can_transfer", "transfers", False, "make a key that cannot transfer"),
    ):
        allowed = body.get(name) is True
        found = "allowed" if allowed else "not allowed"
        findings.append(Finding(allowed is wanted, what, found, fix))
    return findings


def _no_number(text: str) -> None:
    raise ValueError(text)
