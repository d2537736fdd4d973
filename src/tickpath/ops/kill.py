"""The kill switch from outside: a file or a signal becomes the journalled command.

A driver asks `KillSwitch.do_work()` between inputs; when a source asks for a kill it hands the
engine the command, and the driver sends what the engine made of it: the cancels. Nothing here
touches the engine from another thread or from inside the signal handler. How soon a kill acts is
how often the driver asks. A file that is still there kills again after a rearm.
"""

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from tickpath.core.errors import ConfigError
from tickpath.engine.commands import Command


class KillSource(Protocol):
    """Something that may ask for a kill."""

    def asked(self) -> bool: ...


class KillFile:
    """Asks while a path is there, whatever it is. A path that cannot be looked at asks too: who
    cannot be stopped may not trade."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def asked(self) -> bool:
        """Whether the path is there now."""
        try:
            os.lstat(self.path)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True


class KillSignal:
    """Asks once for each batch of signals that arrived since the last question."""

    def __init__(self, signum: int = signal.SIGUSR1) -> None:
        self.signum = signum
        self.count = 0
        self._answered = 0
        self._before: Any = None
        self._started = False

    def start(self) -> None:
        """Take the signal. Raises ConfigError outside the main thread."""
        try:
            self._before = signal.signal(self.signum, self._note)
        except ValueError as error:
            raise ConfigError(f"kill signal {self.signum}: {error}") from error
        self._started = True

    def _note(self, signum: int, frame: FrameType | None) -> None:
        self.count += 1

    def asked(self) -> bool:
        """Whether a signal came since the last question."""
        count = self.count
        found = count != self._answered
        self._answered = count
        return found

    def close(self) -> None:
        """Give the signal back to whoever had it."""
        if self._started:
            signal.signal(self.signum, self._before)
            self._started = False


class KillSwitch:
    """Hands an engine the KILL command when a source asks for it."""

    def __init__(self, engine: Any, sources: Sequence[KillSource]) -> None:
        self.engine = engine
        self.sources = tuple(sources)

    def do_work(self) -> int:
        """1 when a kill was given: send what `take_out` holds before any other input; else 0."""
        asked = [source.asked() for source in self.sources]
        if not any(asked) or self.engine.stages.risk.killed:
            return 0
        self.engine.on_command(Command.KILL, 0, self.engine.now_ns)
        return 1
