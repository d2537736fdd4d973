"""The replay loop with the ways of a journal: each request and report takes what it took there.

The plain loop of `venues/sim/loop_reference.py` in everything else. The k-th request arrives after
the k-th latency of requests, the k-th report when the journal has received it; what the journal
has no answer for never arrives.
"""

from typing import Any

from tickpath.backtest.journal_latency import ABSENT, JournalLatency
from tickpath.venues.sim.loop_reference import NEVER, ReferenceLoop


class RecordedLoop(ReferenceLoop):
    """See the module."""

    def __init__(self, engine: Any, venue: Any, recording: Any, ways: JournalLatency) -> None:
        super().__init__(engine, venue, recording)
        self.there = iter(ways.request_latency_ns.tolist())
        self.back = iter(ways.report_received_ns.tolist())

    def stamp_reports(self) -> None:
        for _, venue, data in self.venue.take_reports():
            self.report_last_ns = max(self.report_last_ns, next(self.back, NEVER))
            self.reports.append((self.report_last_ns, venue, data))

    def collect(self, t_ns: int) -> None:
        for venue, _, data in self.engine.take_out():
            latency = next(self.there, ABSENT)
            if latency != ABSENT:
                self.request_last_ns = max(self.request_last_ns, t_ns + latency)
                self.requests.append((self.request_last_ns, venue, data))
