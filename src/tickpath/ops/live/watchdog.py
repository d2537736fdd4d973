"""A process of its own that cancels what an engine left open when its heartbeat stops.

    python -m tickpath.ops.live.watchdog CONFIG EPOCH < heartbeats

The parent writes a byte to the pipe every second, and `q` when it has ended in order. No byte for
`watchdog_s`, or the end of the pipe without a `q`: the parent is gone or stuck. Then every open
order of this engine, up to this epoch, is cancelled at every venue of the configuration, by
requests of this process with keys that it read itself, again and again until each venue has said
that none is left, TRIES_MAX times at most. What a later start of the engine sends is of a later
epoch. It knows nothing of the engine and needs nothing of it. Venues with a dead man's switch of
their own (Kraken, Binance futures) have that as well.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tickpath.core.errors import TickpathError
from tickpath.ops.live.check import run_script
from tickpath.ops.live.config import LiveSpec, LiveVenue
from tickpath.ops.live.parts import dialect_of, load_parts, rest_of
from tickpath.venues.order_steps import OrderDialect, ScriptError

BEAT, QUIT = b".", b"q"
BEAT_S = 1.0
TRIES_MAX = 30
TRY_S = 2.0
NO_QUIT = "the engine's heartbeat stopped"


class Watchdog:
    """The parent's side: starts the process and beats."""

    def __init__(self, config: Path, epoch: int, environment: dict[str, str]) -> None:
        """`environment` carries what the process needs to find the keys, as this one did."""
        command = [sys.executable, "-m", "tickpath.ops.live.watchdog", str(config), str(epoch)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, env=environment, start_new_session=True
        )
        assert self._process.stdin is not None
        self._pipe = self._process.stdin
        os.set_blocking(self._pipe.fileno(), False)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def beat(self) -> None:
        """The engine lives. Call it every BEAT_S."""
        self._write(BEAT)

    def quit(self, timeout_s: float = 5.0) -> None:
        """The session ended in order: nothing is to be cancelled."""
        self._write(QUIT)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _write(self, data: bytes) -> None:
        """A full or broken pipe is the watchdog's fault, never the engine's."""
        try:
            os.write(self._pipe.fileno(), data)
        except OSError:
            return


async def heartbeats(limit_s: float) -> bool:
    """Read the pipe until it says `q` (True) or says nothing for too long (False)."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while True:
        try:
            data = await asyncio.wait_for(reader.read(256), limit_s)
        except TimeoutError:
            return False
        if QUIT in data:
            return True
        if not data:
            return False


async def cancel_everywhere(
    spec: LiveSpec, dialects: dict[str, OrderDialect], tell: Callable[[str], None]
) -> int:
    """Cancel at every venue until none is left; returns how many venues could not be cleared."""
    work = [
        _clear(entry, dialects[entry.name], tell) for entry in spec.venues if entry.name in dialects
    ]
    return sum(not done for done in await asyncio.gather(*work))


async def _clear(entry: LiveVenue, dialect: OrderDialect, tell: Callable[[str], None]) -> bool:
    """One venue: until a list of open orders holds none of this engine's."""
    async with rest_of(entry) as rest:
        for _ in range(TRIES_MAX):
            try:
                cancelled = await run_script(dialect.cancel_all(), rest)
            except ScriptError as error:
                tell(f"{entry.name}: {error}")
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                tell(f"{entry.name}: an answer cannot be read ({type(error).__name__})")
            else:
                if cancelled == 0:
                    tell(f"{entry.name}: no order of this engine is open")
                    return True
                tell(f"{entry.name}: {cancelled} orders cancelled")
                continue
            await asyncio.sleep(TRY_S)
    tell(f"{entry.name}: GIVEN UP: look at the venue's own page and cancel there")
    return False


async def watch(path: Path, epoch: int) -> int:
    """The process: 0 when there was nothing to do, 3 when it had to cancel, 2 when it could not."""
    config, spec, find = load_parts(path)
    config = replace(config, epoch=epoch)
    dialects = {
        entry.name: dialect_of(config, entry, find(entry)) for entry in spec.venues if entry.keys
    }
    if await heartbeats(spec.watchdog_s):
        return 0
    tell(NO_QUIT)
    return 2 if await cancel_everywhere(spec, dialects, tell) else 3


def tell(text: str) -> None:
    """One line on stderr."""
    print(f"tickpath watchdog: {text}", file=sys.stderr, flush=True)


def main() -> int:
    """A Ctrl-C on the terminal is for the engine: the watchdog ends with its pipe alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("epoch", type=int)
    args = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return asyncio.run(watch(args.config, args.epoch))
    except (TickpathError, OSError) as error:
        tell(str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main())
