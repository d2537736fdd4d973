"""Venues in the process for a session that sends nothing: live frames, simulated fills.

The market drivers' sink and the host's desk of every venue. The simulated venue sees each frame
before the engine does, takes the engine's requests after the configured latency and answers after
it; orders and reports pass as records, so any venue can be shadowed. It knows nothing of other
people's reaction to our orders: what it fills is an estimate. docs/explanation says how it fills.
Worst case a frame: one walk of the simulated venue beside the engine's.
"""

import asyncio
from collections import deque
from typing import Any

from tickpath.ops.live.host import Host
from tickpath.venues.order_steps import Call
from tickpath.venues.sim import SimVenue
from tickpath.venues.transport.base import wall_ns

NS_PER_S = 10**9


class ShadowVenues:
    """See the module. The engine's configuration has `sim.direct_orders`."""

    def __init__(self, host: Host) -> None:
        self.venue: Any = SimVenue(host.config)
        self.fills = 0
        self._host = host
        self._sim = host.config.sim
        self._way: deque[tuple[int, int, bytes | None, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        for venue in {i.venue for i in host.config.instruments}:
            host.desks[venue] = _Desk(self, venue)

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        """One frame: the venue has it first."""
        self.pump(t_ns)
        self.venue.on_market(source, data, t_ns)
        self._answer(t_ns)
        return self._host.on_market_frame(source, data, t_ns)

    def last_instrument(self) -> int:
        """Whose that frame was, as the engine says it."""
        return self._host.last_instrument()

    def restart(self, source: int, t_ns: int) -> int:
        """A connection begins anew, for the venue and for the engine."""
        self.venue.feed.restart(source)
        return self._host.restart(source, t_ns)

    def request(self, venue: int, data: bytes) -> None:
        """A request of the engine is on its way."""
        self._enter(wall_ns() + self._sim.order_latency_ns, venue, data, b"")

    def pump(self, now_ns: int) -> None:
        """Whatever has arrived by now, in order."""
        while self._way and self._way[0][0] <= now_ns:
            at_ns, venue, request, report = self._way.popleft()
            if request is None:
                self._host.on_order_frame(venue, report, at_ns)
            else:
                self.venue.on_request(venue, request, at_ns)
                self._answer(at_ns)
        self.fills += len(self.venue.take_fills())
        self._schedule()

    def close(self) -> None:
        """No timer is left."""
        self._way.clear()
        self._schedule()

    def _answer(self, t_ns: int) -> None:
        """What the venue has said is on its way back."""
        for at_ns, venue, report in self.venue.take_reports():
            self._enter(max(at_ns, t_ns) + self._sim.response_latency_ns, venue, None, report)
        self._schedule()

    def _enter(self, at_ns: int, venue: int, request: bytes | None, report: bytes) -> None:
        """In order of arrival; a later message never overtakes an earlier one of its direction."""
        k = len(self._way)
        while k and self._way[k - 1][0] > at_ns:
            k -= 1
        self._way.insert(k, (at_ns, venue, request, report))
        self._schedule()

    def _schedule(self) -> None:
        """One timer, for the first that is on its way."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._way:
            wait_s = max(0, self._way[0][0] - wall_ns()) / NS_PER_S
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(wait_s, lambda: self.pump(wall_ns()))


class _Desk:
    """Where the requests of one venue go."""

    def __init__(self, venues: ShadowVenues, venue: int) -> None:
        self._venues = venues
        self._venue = venue

    def request(self, data: bytes) -> None:
        self._venues.request(self._venue, data)

    def spawn_call(self, call: Call) -> None:
        """Nothing leaves a shadow."""
