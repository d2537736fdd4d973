"""A dry look at lines of datagrams: the live session itself, with nobody behind it.

It listens until every line has brought a packet, or for as long as a line may be quiet. A session
that is met in the middle asks for what was before, so the servers are tried as in earnest; where
nothing is missing they are not asked.
"""

import asyncio
import time
from random import Random

from tickpath.venues.market_driver import Nobody
from tickpath.venues.nasdaq.driver import MoldDriver
from tickpath.venues.nasdaq.lines import Lines
from tickpath.venues.nasdaq.mold import NEVER
from tickpath.venues.nasdaq.session import Line, MoldSession
from tickpath.venues.order_steps import Finding
from tickpath.venues.session_actions import NS_PER_S

LOOK_S = 0.01


async def check_lines(lines: Lines) -> list[Finding]:
    """Findings about every line and server."""
    session = MoldSession(
        [str(line) for line in lines.lines],
        [str(server) for server in lines.servers],
        Random(1),
        lines.waits,
    )
    told: list[str] = []
    driver = MoldDriver(session, Nobody(), lines, source=0, alert=told.append)
    driver.start()
    end_s = time.monotonic() + lines.waits.quiet_ns / NS_PER_S
    while time.monotonic() < end_s and not _heard(session):
        await asyncio.sleep(LOOK_S)
    numbers = range(len(session.lines))
    findings = [
        _server(session, k, told) if session.lines[k].server else _line(session, k, driver, told)
        for k in numbers
    ]
    await driver.close()
    return findings


def _packets(session: MoldSession, number: int) -> int:
    """Packets of a line or answers of a server."""
    counters = session.receiver.lines[number]
    return counters["packets"] - counters["refused"]


def _heard(session: MoldSession) -> bool:
    """Whether there is nothing left to wait for."""
    missing = session.receiver.next_timer() < NEVER
    return all(
        _packets(session, number) > 0 or (line.server and not missing)
        for number, line in enumerate(session.lines)
    )


def _why(line: Line, told: list[str]) -> str:
    """What was told of a line that could not be opened."""
    return next((text for text in told if text.startswith(line.name)), "not opened")


def _line(session: MoldSession, number: int, driver: MoldDriver, told: list[str]) -> Finding:
    """What a line brought."""
    line = session.lines[number]
    if not line.open:
        return Finding(False, line.name, _why(line, told), "mend the address or the interface")
    packets, kind = _packets(session, number), driver.kinds[number]
    if not packets:
        fix = "look at the address, the group's interface and the venue's hours"
        return Finding(False, line.name, f"{kind}: no packet at {line.address}", fix)
    name = session.name.decode("ascii", "backslashreplace")
    return Finding(True, line.name, f"{kind}: {packets} packets of session {name}")


def _server(session: MoldSession, number: int, told: list[str]) -> Finding:
    """Whether a server answers."""
    line, answers = session.lines[number], _packets(session, number)
    if not line.open:
        return Finding(False, line.name, _why(line, told), "mend the address")
    if not line.asked:
        return Finding(True, line.name, "not asked: nothing was missing")
    if not answers:
        text = f"{line.asked} requests to {line.address} and no answer"
        return Finding(False, line.name, text, "look at the address and the venue's hours")
    return Finding(True, line.name, f"{line.asked} requests, {answers} answers")
