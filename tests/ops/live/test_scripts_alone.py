"""Scripts outside a session: calls are carried out, waits are waited."""

import asyncio
import time
from typing import Any

import pytest

from tickpath.ops.live.check import run_script
from tickpath.venues.order_steps import Call, Dial, Script, ScriptError, Wait
from tickpath.venues.transport.rest import Outcome, OutcomeKind


class Rest:
    """Answers every request."""

    def __init__(self, kind: OutcomeKind = OutcomeKind.ANSWERED) -> None:
        self.kind = kind

    async def request(self, *_: Any, **__: Any) -> Outcome:
        return Outcome(kind=self.kind, status=200, body=b"yes", reason="why")


def script(*steps: Any) -> Script:
    found = []
    for step in steps:
        found.append((yield step))
    return found


def run(rest: Rest, *steps: Any) -> Any:
    return asyncio.run(run_script(script(*steps), rest))  # type: ignore[arg-type]


CALL = Call(method="GET", path="/x", target="/x")


def test_a_wait_is_waited() -> None:
    before_ns = time.monotonic_ns()
    waited, reply = run(Rest(), Wait(30_000_000), CALL)
    assert time.monotonic_ns() - before_ns >= 30_000_000
    assert waited is None
    assert (reply.status, reply.body) == (200, b"yes")


def test_what_is_not_answered_or_no_call_ends_it() -> None:
    with pytest.raises(ScriptError, match="no answer: why"):
        run(Rest(OutcomeKind.UNKNOWN), CALL)
    with pytest.raises(ScriptError, match="Dial"):
        run(Rest(), Dial("orders"))
