"""All venues of a configuration, started together: what `tickpath venue-sim` runs.

    async with VenueHost(spec) as host:
        host.urls()                   # what a client needs
        host.venues["binance-spot"]   # the truth, in the process

Recordings are handed in by `recordings`, read by whoever starts the host.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tickpath.core.errors import ConfigError
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.server.admin import AdminServer
from tickpath.venues.sim.server.binance.protocol import BinanceProtocol
from tickpath.venues.sim.server.clock import MS, Clock, WallClock
from tickpath.venues.sim.server.config import HostSpec, MarketSpec, VenueSpec
from tickpath.venues.sim.server.crowd import Crowd
from tickpath.venues.sim.server.protocols import make_protocol
from tickpath.venues.sim.server.queued import Queued
from tickpath.venues.sim.server.replay import Replay
from tickpath.venues.sim.server.server import VenueServer
from tickpath.venues.sim.server.tls import server_context
from tickpath.venues.sim.server.venue import Source, Venue

Recordings = Mapping[tuple[Path, ...], Recording]


def make_venue(
    spec: VenueSpec, clock: Clock, seed: int, recordings: Recordings | None = None
) -> Venue:
    """A venue with accounts, sources and scheduled faults; it starts with `start`."""
    markets = [entry.market for entry in spec.markets]
    venue = Venue(spec.name, markets, make_protocol(spec.protocol, spec.limits), clock, seed=seed)
    venue.skew_ns = spec.clock_skew_ms * MS
    for account in spec.accounts:
        made = venue.exchange.open_account(account.name, dict(account.balances), account.leverage)
        made.hedging, made.can_withdraw = account.hedging, account.can_withdraw
        made.keys = {key.name: key for key in account.keys}
    for entry in spec.markets:
        source = make_source(venue, entry, seed, recordings or {})
        if source is not None:
            venue.sources.append(source)
    for at_ns, fault in spec.faults:
        venue.fault_at(at_ns, fault)
    return venue


def make_source(
    venue: Venue, entry: MarketSpec, seed: int, recordings: Recordings
) -> Source | None:
    """Who moves a market."""
    if entry.source == "generated":
        return Crowd(
            venue.exchange,
            entry.market,
            seed=seed,
            mid=entry.mid,
            size_max=entry.size_max,
            events_per_s=entry.events_per_s,
            touch_ppm=entry.touch_ppm,
        )
    if entry.source == "recording":
        if entry.recording not in recordings:
            raise ConfigError(f"{venue.name}: the recording of {entry.market.symbol} was not read")
        recording = recordings[entry.recording]
        if not recording.venue.startswith("binance"):
            raise ConfigError(
                f"{venue.name}: the recording of {entry.market.symbol} is of {recording.venue}: "
                "only Binance's frames are replayed"
            )
        if entry.fills == "queue":
            assert isinstance(venue.protocol, BinanceProtocol)
            return Queued(
                venue.exchange, entry.market, recording, entry.sim, venue.protocol.streams
            )
        return Replay(venue.exchange, entry.market, recording)
    return None


class VenueHost:
    """Servers of all venues and the admin endpoint."""

    def __init__(
        self,
        spec: HostSpec,
        *,
        clock: Clock | None = None,
        recordings: Recordings | None = None,
    ) -> None:
        self.spec, self.clock = spec, clock or WallClock()
        self.venues = {
            entry.name: make_venue(entry, self.clock, spec.seed, recordings)
            for entry in spec.venues
        }
        self.servers: dict[str, VenueServer] = {}
        self.admin = AdminServer(self, spec.admin_host, spec.admin_port)
        self.certificate: Path | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    async def start(self) -> None:
        """Listen everywhere. Raises OSError for a port that is taken, ConfigError for TLS."""
        self._folder = tempfile.TemporaryDirectory(prefix="tickpath-venue-sim-")
        tls, self.certificate = server_context(self.spec.tls, Path(self._folder.name))
        for entry in self.spec.venues:
            server = VenueServer(self.venues[entry.name], entry.host, entry.port, tls)
            self.servers[entry.name] = server
            await server.start()
        await self.admin.start()

    async def failed(self) -> None:
        """Wait until a venue's time stops by a fault of this program, and raise it."""
        pumps = [server.pump for server in self.servers.values() if server.pump is not None]
        done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in done:
            pump.result()

    async def close(self) -> None:
        """Stop everything; connections are closed as the venue going away."""
        for server in self.servers.values():
            await server.stop()
        await self.admin.close()
        for server in self.servers.values():
            await server.close()
        if self._folder is not None:
            self._folder.cleanup()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def urls(self) -> dict[str, Any]:
        """Where everything is; one JSON object."""
        http, ws = ("https", "wss") if self.spec.tls.wanted else ("http", "ws")
        found: dict[str, Any] = {
            "admin": f"http://{self.admin.host}:{self.admin.port}",
            "certificate": str(self.certificate) if self.certificate else None,
            "venues": {},
        }
        for name, server in self.servers.items():
            base = f"{server.host}:{server.port}"
            found["venues"][name] = {
                "protocol": server.venue.protocol.name,
                "rest": f"{http}://{base}",
                **{
                    key: f"{ws}://{base}{path}"
                    for key, path in server.venue.protocol.sockets.items()
                },
            }
        return found
