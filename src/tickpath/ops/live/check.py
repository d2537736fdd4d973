"""A dry look at everything that a live session needs: `tickpath run CONFIG --check`.

For each venue: whether its REST host answers, the clock, whether the keys are accepted and what
they may do, and whether the instruments are as the venue trades them now. Nothing is traded, no
order session is opened. For a venue of datagrams: whether its lines bring packets, and its
re-request servers answer.
"""

import asyncio
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from tickpath.core.errors import KeysError
from tickpath.ops.live.check_lines import check_lines
from tickpath.ops.live.parts import dialect_of, load_parts, rest_of
from tickpath.venues.order_driver import reply_of
from tickpath.venues.order_steps import Call, Finding, OrderDialect, Reply, ScriptError, Wait
from tickpath.venues.session_actions import NS_PER_S
from tickpath.venues.transport.rest import RestClient


async def run_script(script: Generator[Any, Any, Any], rest: RestClient) -> Any:
    """Carry out a script of calls alone, to its result. Raises ScriptError."""
    value: Reply | None = None
    while True:
        try:
            step = script.send(value)
        except StopIteration as end:
            return end.value
        if isinstance(step, Wait):
            value = None
            await asyncio.sleep(step.ns / NS_PER_S)
            continue
        if not isinstance(step, Call):
            raise ScriptError(f"a check does not open lines: {type(step).__name__}")
        outcome = await rest.request(step.method, step.target, headers=step.headers, body=step.body)
        value = reply_of(outcome)
        if value.status == 0:
            raise ScriptError(f"{step.path}: no answer: {outcome.reason or outcome.kind}")


async def check_venue(name: str, dialect: OrderDialect, rest: RestClient) -> list[Finding]:
    """Findings about one venue; a fault is a finding."""
    started_ns = time.monotonic_ns()
    try:
        found: list[Finding] = await run_script(dialect.check(), rest)
    except ScriptError as error:
        fix = "mend the keys or their permissions" if error.lasting else "look at the endpoint"
        return [Finding(False, "account", str(error), fix)]
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        text = f"the answer cannot be read ({type(error).__name__})"
        return [Finding(False, "account", text, f"look at the endpoint of {name}")]
    took_ms = (time.monotonic_ns() - started_ns) // 10**6
    return [*found, Finding(True, "requests", f"answered within {took_ms} ms in all")]


async def check_all(path: Path, instruments: Path | None = None) -> list[tuple[str, Finding]]:
    """(venue, finding) for every venue of a configuration. Raises ConfigError for the file."""
    config, spec, find_keys = load_parts(path, instruments)
    rows: list[tuple[str, Finding]] = []
    for entry in spec.venues:
        if entry.datagrams is not None:
            rows += [(entry.name, found) for found in await check_lines(entry.datagrams)]
            continue
        if not entry.keys:
            rows.append((entry.name, Finding(True, "keys", "none: market data only")))
            continue
        try:
            dialect = dialect_of(config, entry, find_keys(entry))
        except KeysError as error:
            rows.append(
                (entry.name, Finding(False, "keys", str(error), "see docs/reference/run.md"))
            )
            continue
        async with rest_of(entry) as rest:
            rows += [(entry.name, found) for found in await check_venue(entry.name, dialect, rest)]
    return rows
