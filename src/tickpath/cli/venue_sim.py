"""Loopback venues that speak the real protocols and misbehave on command.

tickpath venue-sim venues.toml

Prints one JSON line with the URLs, then runs until Ctrl-C. docs/reference/venue-sim.md lists the
keys of the file, the faults and the admin endpoint. Needs the extra `live`.
"""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tickpath.cli.loop import on_loop
from tickpath.core.errors import BackendError

if TYPE_CHECKING:
    from tickpath.venues.sim.server.host import VenueHost


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", metavar="CONFIG", help="TOML file of the venues")
    parser.add_argument(
        "--check", action="store_true", help="read the file, start nothing; exit 0 when it is right"
    )


def run(args: argparse.Namespace) -> int:
    try:
        from tickpath.venues.sim.server.config import load_host
        from tickpath.venues.sim.server.host import VenueHost
    except ImportError as error:
        raise BackendError(f"venue-sim needs {error.name}: pip install 'tickpath[live]'") from error
    from tickpath.backtest.recording import read_recordings

    spec = load_host(Path(args.config))
    wanted = {entry.recording for venue in spec.venues for entry in venue.markets}
    recordings = {paths: read_recordings(list(paths)) for paths in wanted if paths}
    host = VenueHost(spec, recordings=recordings)
    return 0 if args.check else on_loop(serve(host))


async def serve(host: "VenueHost") -> int:
    """Run until SIGINT or SIGTERM; closing is orderly."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with host:
        sys.stdout.write(json.dumps(host.urls()) + "\n")
        sys.stdout.flush()
        stopped, failed = asyncio.create_task(stop.wait()), asyncio.create_task(host.failed())
        await asyncio.wait((stopped, failed), return_when=asyncio.FIRST_COMPLETED)
        if failed.done():
            failed.result()
        failed.cancel()
    return 0
