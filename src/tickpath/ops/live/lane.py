"""The workers off the path of a live run, in a process of their own.

    python -m tickpath.ops.live.lane FOLDER [--native]

Rings and slots are files that both processes map (lanes/shm). A process, not a thread: nothing of a
worker then holds the interpreter of the walk, and a driver that brings its process down takes only
the scores with it. The parent calls `look` now and then; a child that has ended is told and started
again, RESTARTS_MAX times at most, on the CPU from the first time on. Until it answers again, and
after that, what it answered grows old and counts as absent. The child ends with its parent.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tickpath.core.config import Config
from tickpath.core.config_json import config_from_json, config_to_json
from tickpath.engine.workers import device_of, score_device
from tickpath.hot.model.lane import answer_size, row_dtype
from tickpath.hot.model.worker import ScoreWorker
from tickpath.hot.risk.portfolio.state import ANSWER, snapshot_size
from tickpath.hot.risk.portfolio.worker import PortfolioWorker, needs_worker
from tickpath.lanes.ring import Ring
from tickpath.lanes.slot import Slot

SHARED = Path("/dev/shm")
STATUS_BYTES = 4096
STATUS_S = 0.2
IDLE_S = 0.0002
CLOSE_S = 5.0
RESTARTS_MAX = 3
ENDED = "the worker off the path has ended ({}): what it answered grows old and is absent"


class Doors:
    """The files of a folder, made by the parent, attached by the child."""

    def __init__(self, folder: Path, config: Config, width: int, *, make: bool) -> None:
        count = len(config.instruments)
        self.status = self._slot(folder / "status", STATUS_BYTES, make)
        self.rows: Ring | None = None
        if config.lane.scores:
            size, path = row_dtype(width).itemsize, folder / "rows"
            self.rows = (
                Ring.create(slots=config.lane.rows, record_bytes=size, lossy=True, path=path)
                if make
                else Ring.attach(path, writable=False)
            )
            self.scores = self._slot(folder / "scores", answer_size(count), make)
        if needs_worker(config):
            self.snapshots = self._slot(folder / "snapshots", snapshot_size(count), make)
            self.answers = self._slot(folder / "answers", ANSWER.size, make)

    def _slot(self, path: Path, size: int, make: bool) -> Slot:
        return Slot.create(size, path=path) if make else Slot.attach(path, writable=True)


def wanted(config: Config) -> bool:
    """Whether anything of a configuration is computed off the path."""
    return config.lane.scores or needs_worker(config)


class LaneProcess:
    """The parent's side: doors, the child, what it says of itself."""

    def __init__(
        self,
        config: Config,
        engine: Any,
        tell: Callable[[str], None],
        *,
        environment: dict[str, str] | None = None,
    ) -> None:
        """Attaches the engine and starts the child. Raises ConfigError, OSError."""
        self._tell, self._environment = tell, environment
        self.restarts = self._told = 0
        self.figures: dict[str, dict[str, Any]] = {}
        parent = SHARED if SHARED.is_dir() else None
        self.folder = Path(tempfile.mkdtemp(prefix="tickpath-lane-", dir=parent))
        try:
            widths = engine.stages.lane.widths
            width = max(widths, default=0)
            doors = self.doors = Doors(self.folder, config, width, make=True)
            (self.folder / "config.json").write_text(config_to_json(config))
            (self.folder / "widths.json").write_text(json.dumps(list(widths)))
            if doors.rows is not None:
                engine.attach_scores(doors.rows.writer(), doors.scores)
            if needs_worker(config):
                engine.attach_portfolio(doors.snapshots, doors.answers)
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _start(self, *more: str) -> subprocess.Popen[bytes]:
        self._told = 0
        command = [sys.executable, "-m", "tickpath.ops.live.lane", str(self.folder), *more]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, env=self._environment, start_new_session=True
        )

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._process.pid

    def look(self) -> None:
        """Take what the child says; start it again when it has ended. Waits for nothing."""
        self._read()
        code = self._process.poll()
        if code is None or self.restarts > RESTARTS_MAX:
            return
        self.restarts += 1
        self._tell(ENDED.format(f"signal {-code}" if code < 0 else f"exit code {code}"))
        if self.restarts <= RESTARTS_MAX:
            self._process = self._start("--native")

    def _read(self) -> None:
        found = self.doors.status.read()
        if found is None:
            return
        said = json.loads(found.value.rstrip(b"\0"))
        if said["pid"] != self._process.pid:
            return
        self.figures = said["figures"]
        for text in said["told"][self._told :]:
            self._tell(text)
        self._told = len(said["told"])

    def text(self, now_ns: int) -> str:
        """For a status line: where batches run and how old the newest answer is."""
        parts = []
        for stage, found in self.figures.items():
            age = f"{max(0, now_ns - found['newest_ns']) / 1e6:.0f} ms"
            parts.append(
                f"{stage} on {found['backend']} {age if found['answers'] else 'no answer'}"
            )
        return ", ".join(parts)

    def close(self) -> None:
        """End the child, and remove the files."""
        self._process.terminate()
        try:
            self._process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class LaneWorkers:
    """The child's side: workers on attached doors."""

    def __init__(self, folder: Path, *, native: bool) -> None:
        config = config_from_json((folder / "config.json").read_text())
        self.config = replace(config, backends={}) if native else config
        widths = json.loads((folder / "widths.json").read_text())
        self.doors = Doors(folder, config, max(widths, default=0), make=False)
        self.told: list[str] = []
        self.workers: dict[str, ScoreWorker | PortfolioWorker] = {}
        if self.doors.rows is not None:
            scores = ScoreWorker(
                self.config, widths, self.doors.rows, self.doors.scores,
                device=score_device(self.config, max(widths)), tell=self.told.append,
            )  # fmt: skip
            self.workers[scores.stage] = scores
        if needs_worker(self.config):
            self.workers["risk"] = PortfolioWorker(
                self.config, self.doors.snapshots, self.doors.answers,
                device=device_of(self.config, "risk"), tell=self.told.append,
            )  # fmt: skip

        for worker in self.workers.values():
            worker.start()

    def do_work(self) -> int:
        """One round of every worker."""
        return sum(worker.do_work() for worker in self.workers.values())

    def say(self) -> None:
        """Counters and what was told, where the parent reads them."""
        figures = {name: worker.figures() for name, worker in self.workers.items()}
        said = {"pid": os.getpid(), "figures": figures, "told": self.told}
        text = json.dumps(said).encode()
        if len(text) <= STATUS_BYTES:
            self.doors.status.write(text.ljust(STATUS_BYTES, b"\0"))


def work(folder: Path, *, native: bool, parent: int) -> int:
    """The child: until a signal comes, or the parent ends, whose files it then removes."""
    workers, said_s = LaneWorkers(folder, native=native), 0.0
    while os.getppid() == parent:
        done = workers.do_work()
        now_s = time.monotonic()
        if now_s - said_s >= STATUS_S:
            said_s = now_s
            workers.say()
        if not done:
            time.sleep(IDLE_S)
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--native", action="store_true", help="leave the GPU alone")
    args = parser.parse_args()
    return work(args.folder, native=args.native, parent=os.getppid())


if __name__ == "__main__":
    sys.exit(main())
