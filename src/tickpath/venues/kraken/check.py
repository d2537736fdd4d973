"""What a key of Kraken may do, found by calls that change nothing; and clock and instruments.

Each names the permission that it needs. Orders: an AddOrder that is only validated and has no
quantity, a CancelOrder of an order that cannot exist; whether they are denied is the answer.
Withdrawals: the list of addresses, which only a key that may withdraw is told.
"""

from typing import TYPE_CHECKING, Any

from tickpath.venues.kraken.assets import pair_of
from tickpath.venues.kraken.pairs import compare
from tickpath.venues.kraken.replies import DENIED, NS_PER_S, lasting, said
from tickpath.venues.order_steps import Call, Finding, Script, ScriptError

if TYPE_CHECKING:
    from tickpath.venues.kraken.order_session import KrakenOrderDialect

NS_PER_MS = 10**6
SKEW_MS_MAX = 1500
"""The public time has whole seconds: half of one is no difference."""

NO_ORDER = "OAAAAA-AAAAA-AAAAAA"


def check(dialect: "KrakenOrderDialect") -> Script:
    """Returns findings; ends early when the key itself is refused."""
    findings = [(yield from _clock(dialect))]
    for what, name, fields, fix in _needs(dialect):
        found = yield from dialect.calls.attempt(name, fields)
        if lasting(found.error) and not found.error.startswith(DENIED):
            fix = "look at the key and its secret, and at the key's addresses"
            return [*findings, Finding(False, "keys", found.error, fix)]
        findings.append(_permission(what, found.error, fix))
    found = yield from dialect.calls.attempt("withdrawal")
    if not found.error:
        fix = "make a key that cannot withdraw"
        findings.append(Finding(False, "withdrawal", "allowed", fix))
    elif found.error.startswith(DENIED):
        findings.append(Finding(True, "withdrawal", "not allowed"))
    else:
        findings.append(Finding(True, "withdrawal", f"not known: {found.error}"))
    findings.append(Finding(True, "keys", "accepted by the venue"))
    content = yield from dialect.pairs()
    return findings + compare(content, dialect.instruments.values())


def _needs(dialect: "KrakenOrderDialect") -> list[tuple[str, str, dict[str, str], str]]:
    """(what, call, fields, what to do when it is denied)."""
    pair = pair_of(next(iter(dialect.instruments), ""))
    order = {"validate": "true", "ordertype": "limit", "type": "buy", "pair": pair}
    return [
        ("balances", "balances", {}, "allow the key to query funds"),
        ("open orders", "open_orders", {}, "allow the key to query open orders and trades"),
        ("closed orders", "closed_orders", {}, "allow the key to query closed orders and trades"),
        ("events", "token", {}, "allow the key to access the WebSockets API"),
        ("trading", "add", order, "allow the key to create and modify orders"),
        ("cancels", "cancel", {"txid": NO_ORDER}, "allow the key to cancel and close orders"),
    ]


def _permission(what: str, error: str, fix: str) -> Finding:
    """A refusal for another reason than the permission means that the key has it, unless the venue
    did not get as far."""
    if error.startswith(DENIED):
        return Finding(False, what, "not allowed", fix)
    if error.startswith(("EGeneral:Invalid arguments", "EOrder:", "EQuery:")) or not error:
        return Finding(True, what, "allowed")
    return Finding(False, what, f"not known: {error}", "try again")


def _clock(dialect: "KrakenOrderDialect") -> Any:
    path = dialect.spec["account"]["time"]["path"]
    reply = yield Call(method="GET", path=path, target=path, weight=0)
    found = said(reply)
    if found.error:
        raise ScriptError(f"{path}: {found.error}")
    venue_ns = int(found.result["unixtime"]) * NS_PER_S + NS_PER_S // 2
    offset_ms = (venue_ns - (reply.sent_ns + reply.received_ns) // 2) // NS_PER_MS
    return Finding(abs(offset_ms) <= SKEW_MS_MAX, "clock", f"{offset_ms} ms from the venue's",
                   "run a time service (chrony) on this host")  # fmt: skip
