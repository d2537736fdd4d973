"""When the venue of a run lived what its journal has: each frame, each request, each report.

A frame and a report bear the venue's time, which is cut to the venue's grain (Binance: whole ms);
all of them are of one clock, so that they say what came first there, whatever our clock was. At
equal times the frame came first. What bears no time came with what was received last before it.

Of a venue in the process the way back always takes the same time, and there is no feed latency:
with `response_ns` all times are our own and exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tickpath.backtest.explain.lives import first_answers
from tickpath.backtest.explain.tables import RunTables
from tickpath.backtest.journal_inputs import Input
from tickpath.core.backend import Backend
from tickpath.core.config import Config
from tickpath.core.records import IntentKind
from tickpath.engine.stages import order_codec
from tickpath.lanes.journal_format import JournalKind
from tickpath.venues.base import source_module

NEVER = 2**63 - 1
HELD = -1
"""A request whose answer bears no time, or the order's as that to a question: it arrived before."""

Key = tuple[int, int, int]
"""A message of orders: order (of a replace that failed the new one), kind of its first report, how
many of these came before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """`lived_ns` of each frame, `arrival_ns` of each request in order (HELD, NEVER: no answer), all
    by the venue's clock. `messages` has an entry for each input: the key of a message of orders and
    until when the venue had lived when it said it (HELD: it bears no time), None: it is none."""

    lived_ns: list[int]
    arrival_ns: list[int]
    messages: list[tuple[Key, int] | None]


class Keys:
    """Names messages of orders, in order of receipt."""

    def __init__(self, config: Config) -> None:
        self._codecs: dict[int, Any] = {}
        self._config = config
        self._count: dict[tuple[int, int], int] = {}

    def name(self, venue: int, body: bytes) -> tuple[Key, int] | None:
        """The key and the venue's time (0: none); None when no order is meant."""
        if venue not in self._codecs:
            self._codecs[venue] = order_codec(self._config, venue, Backend.NATIVE)
        rows = self._codecs[venue].decode(body)[1]
        if not rows:
            return None
        about = (rows[0].client_order_id or rows[0].orig_client_order_id, int(rows[0].kind))
        count = self._count[about] = self._count.get(about, -1) + 1
        stamps = [row.t_venue_ns for row in rows if row.t_venue_ns]
        return (*about, count), stamps[0] if stamps else 0


def ways_of(run: RunTables, inputs: Sequence[Input], response_ns: int | None = None) -> Ways:
    """Out of a run and its inputs."""
    keys = Keys(run.config)
    messages: list[tuple[Key, int] | None] = []
    for each in inputs:
        found = keys.name(each.source, each.body) if each.kind == JournalKind.ORDER else None
        if found is not None and response_ns is not None:
            found = found[0], each.t_ns - response_ns
        messages.append(found and (found[0], found[1] or HELD))
    return Ways(
        lived_ns=_lived(run.config, inputs, response_ns is None),
        arrival_ns=_arrivals(run, response_ns),
        messages=messages,
    )


def _lived(config: Config, inputs: Sequence[Input], stamped: bool) -> list[int]:
    """A frame without a stamp is as old as its predecessor of the source; a source that stamps
    nothing is taken by the times of receipt."""
    frames = [each for each in inputs if each.kind == JournalKind.MARKET]
    if not stamped:
        return [each.t_ns for each in frames]
    decoders = [
        source_module(config, k, Backend.REFERENCE).MarketDecoder(config, k)
        for k in range(len(config.sources))
    ]
    last = [0] * len(decoders)
    found = []
    for each in frames:
        event = decoders[each.source].decode(each.body)[1]
        last[each.source] = max(last[each.source], 0 if event is None else event.t_venue_ns)
        found.append(last[each.source])
    return [
        lived if last[each.source] else each.t_ns for each, lived in zip(frames, found, strict=True)
    ]


def _arrivals(run: RunTables, response_ns: int | None) -> list[int]:
    found = []
    for decision, answer in first_answers(run):
        if answer is None:
            found.append(NEVER)
        elif response_ns is not None:
            found.append(answer.t_ns - response_ns)
        elif decision.kind == IntentKind.QUERY:
            found.append(HELD)
        else:
            found.append(answer.t_venue_ns or HELD)
    return found


def median_response_ns(run: RunTables, otherwise: int) -> int:
    """How long messages usually take to arrive."""
    known = [t_ns - t_venue for t_ns, t_venue in run.messages if t_venue]
    return max(0, int(np.median(known))) if known else otherwise
