"""A backtest of a part of a recording, with everything before it as warm-up.

A part of a recording has no snapshot at its start, and its indicators would be cold. So the run
begins with the recording: books, features, models and strategies see every event, but each
strategy is paused, which the engine does by a command; risk then refuses what it wants. The command
is taken back at the first frame of the part, and the run ends behind its last one. Equity is
sampled inside the part only, so its figures are those of the part.
"""

from dataclasses import dataclass

import numpy as np

from tickpath.backtest.result import Result
from tickpath.backtest.run import CHUNK_EVENTS, Backtest
from tickpath.core.errors import ConfigError
from tickpath.engine.commands import Command


@dataclass(frozen=True, slots=True)
class Window:
    """[begin_ns, end_ns) in receive time."""

    begin_ns: int
    end_ns: int

    def __post_init__(self) -> None:
        if self.begin_ns >= self.end_ns:
            raise ConfigError(f"window {self.begin_ns} to {self.end_ns} ns is empty")

    @property
    def span_ns(self) -> int:
        return self.end_ns - self.begin_ns


class WindowBacktest(Backtest):
    """A run over the frames of a window, behind those before it without trading."""

    def run_window(self, window: Window) -> Result:
        """The figures of the window. Raises ConfigError when it holds no frame."""
        times = self.recording.t_ns
        most = self.options.max_events
        begin, end = (
            min(int(np.searchsorted(times, t)), most) for t in (window.begin_ns, window.end_ns)
        )
        if begin == end:
            raise ConfigError(
                f"no frame was received in the window {window.begin_ns} to {window.end_ns} ns: "
                "take longer windows"
            )
        if begin > 0:
            self.command(Command.PAUSE_STRATEGY)
            self.drive(0, begin, trading=False)
            self.command(Command.RESUME_STRATEGY)
            self._sample()
        done = self.drive(begin, end, trading=True)
        self.loop.finish()
        self._drain()
        return self._result(done, 0.0, interrupted=False)

    def command(self, command: Command) -> None:
        """A command for every strategy, and what the engine makes of it goes on its way."""
        for strategy in range(len(self.config.strategies)):
            self.engine.on_command(command, strategy, self.engine.now_ns)
        self.loop.collect(self.engine.now_ns)

    def drive(self, done: int, end: int, *, trading: bool) -> int:
        """Frames `done` to `end`; returns how far it came."""
        while done < end and not self.engine.halted:
            if done in self.starts:
                self._begin_connection()
            step = self.loop.run(min(CHUNK_EVENTS, self._stop(done, end) - done))
            if step == 0:
                break
            done += step
            self._drain()
            if self.worker is not None:
                self.worker.do_work()
            if trading:
                self._sample()
        return done
