"""When the venue of a run lived what its journal has: each frame, each request, each report.

A frame and a report bear the venue's time, which is cut to the venue's grain (Binance: whole ms);
all of them are of one clock, so that they say what came first there, whatever our clock was. At
equal times the frame came first. What bears no time came with what was received last before it.

Of a venue in the process the way back always takes the same time, and there is no feed latency:
with `response_ns` all times are our own and exact.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tickpath.backtest.explain.tables import RunTables
from tickpath.backtest.journal_arrivals import (
    ANSWER,
    HELD,
    NEVER,
    answers_of,
    arrivals,
    silences,
)
from tickpath.backtest.journal_inputs import Input
from tickpath.backtest.journal_messages import Heard, Key, Keys, Row
from tickpath.core.backend import Backend
from tickpath.core.config import Config
from tickpath.core.records import IntentKind, ReportKind
from tickpath.lanes.journal_format import JournalKind
from tickpath.venues.base import source_module

AS_IT_WAS = -2
"""A message that is given again as it was."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """`lived_ns` of each frame, `arrival_ns` of each request in order (HELD, NEVER: it did not),
    all by the venue's clock. `messages` has an entry for each input: the key of a message of orders
    and until when the venue had lived when it said it (HELD: it bears no time; AS_IT_WAS), None: it
    is none. `doubted`: orders that the run had to ask for. `told`: what the run heard of any.
    `silent`: when it heard nothing though it asked, from and until by our clock."""

    lived_ns: list[int]
    arrival_ns: list[int]
    messages: list[tuple[Key, int] | None]
    doubted: set[int]
    told: set[Row]
    silent: list[tuple[int, int]]

    def lost(self, heard: Heard, t_ns: int) -> bool:
        """Whether the run missed this message, about this time: it heard nothing then, it asked for
        the order, or it heard it another way."""
        k = bisect_right(self.silent, (t_ns, NEVER)) - 1
        if heard.key.order in self.doubted or (k >= 0 and t_ns < self.silent[k][1]):
            return True
        return all(row in self.told and row[1] != ReportKind.FILL for row in heard.rows)


def ways_of(run: RunTables, inputs: Sequence[Input], response_ns: int | None = None) -> Ways:
    """Out of a run and its inputs."""
    heard = heard_of(run.config, inputs, response_ns)
    found = [each for each in heard if each is not None]
    answers = answers_of(run, found)
    queries = {a.key for k, a in answers.items() if run.decisions[k].kind == IntentKind.QUERY}
    doubtful = {each.key.order for each in found if each.kind == ReportKind.UNKNOWN}
    return Ways(
        lived_ns=_lived(run.config, inputs, response_ns is None),
        arrival_ns=arrivals(run, found, answers, response_ns),
        messages=[
            None if each is None else (each.key, _until(each, queries, response_ns))
            for each in heard
        ],
        doubted=doubtful | {each.key.order for each in found if each.key.by == ANSWER},
        told={row for each in found for row in each.rows},
        silent=silences(run, found, answers),
    )


def heard_of(
    config: Config, inputs: Sequence[Input], response_ns: int | None
) -> list[Heard | None]:
    """The messages of orders among inputs."""
    keys = Keys(config)
    found: list[Heard | None] = []
    for each in inputs:
        heard = keys.name(each.source, each.body) if each.kind == JournalKind.ORDER else None
        if heard is not None:
            heard.t_ns = each.t_ns
            if response_ns is not None:
                heard.venue_ns = each.t_ns - response_ns
        found.append(heard)
    return found


def _until(heard: Heard, queries: set[Key], response_ns: int | None) -> int:
    """A refusal of a new order, a doubt and what a reconciliation found are given as they were."""
    if response_ns is not None:
        return heard.venue_ns
    if heard.kind == ReportKind.UNKNOWN or (heard.refused and heard.key.by != ANSWER):
        return AS_IT_WAS
    if heard.key.by == ANSWER and heard.key not in queries:
        return AS_IT_WAS
    return heard.venue_ns or HELD


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


def median_response_ns(run: RunTables, otherwise: int) -> int:
    """How long messages usually take to arrive."""
    known = [t_ns - t_venue for t_ns, t_venue in run.messages if t_venue]
    return max(0, int(np.median(known))) if known else otherwise
