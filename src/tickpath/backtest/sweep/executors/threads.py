"""Threads of this process. The native replay loop runs without the interpreter's lock, so they run
side by side; plain Python functions and strategies take turns.
"""

import queue
import threading
import time
from typing import Final

from tickpath.backtest.sweep.executors import HARD_GRACE_S, Chunk, Report, Setup
from tickpath.backtest.sweep.worker import run_jobs, timeout_text

JOIN_S: Final = 2.0


class Hand:
    """A thread that runs chunks. `at` is the job it is at and since when."""

    def __init__(self, setup: Setup, done: "queue.SimpleQueue[tuple[Hand, Report]]") -> None:
        self.setup, self.done = setup, done
        self.todo: queue.SimpleQueue[Chunk | None] = queue.SimpleQueue()
        self.at: tuple[int, float] | None = None
        self.chunk: Chunk | None = None
        self.thread = threading.Thread(target=self.run, name="sweep", daemon=True)
        self.thread.start()

    def enter(self, index: int) -> None:
        self.at = (index, time.monotonic())

    def leave(self) -> None:
        self.at = None

    def run(self) -> None:
        while (chunk := self.todo.get()) is not None:
            rows = run_jobs(self.setup.function, chunk.jobs, self.setup.timeout_s, self)
            self.done.put((self, Report(chunk, rows)))


class Threads:
    """`workers` threads. One that is stuck in code that never comes back to Python is left behind
    and replaced: it goes on using its processor until this process ends."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.slots = setup.workers
        self.done: queue.SimpleQueue[tuple[Hand, Report]] = queue.SimpleQueue()
        self.hands = [Hand(setup, self.done) for _ in range(setup.workers)]

    def submit(self, chunk: Chunk) -> None:
        hand = next(h for h in self.hands if h.chunk is None)
        hand.chunk = chunk
        hand.todo.put(chunk)

    def wait(self, timeout_s: float) -> list[Report]:
        reports = []
        try:
            hand, report = self.done.get(timeout=timeout_s)
            while True:
                if hand in self.hands:
                    hand.chunk = None
                    reports.append(report)
                hand, report = self.done.get_nowait()
        except queue.Empty:
            pass
        return reports + self.overdue()

    def overdue(self) -> list[Report]:
        """Threads that did not notice that their time is over are replaced."""
        limit = self.setup.timeout_s
        if limit is None:
            return []
        found = []
        for k, hand in enumerate(self.hands):
            at = hand.at
            if at is None or hand.chunk is None or time.monotonic() - at[1] < limit + HARD_GRACE_S:
                continue
            found.append(Report(hand.chunk, (), timeout_text(limit), at[0], late=True))
            hand.todo.put(None)
            self.hands[k] = Hand(self.setup, self.done)
        return found

    def close(self) -> None:
        """Threads end behind their chunk; that is waited for, but not for long."""
        for hand in self.hands:
            hand.todo.put(None)
        until = time.monotonic() + JOIN_S
        for hand in self.hands:
            hand.thread.join(max(until - time.monotonic(), 0.0))
