"""Kills the engine of restarts.py with SIGKILL, again and again, and checks what is left each time.

The child tells its progress by bytes through a pipe, and is killed after a drawn number of them: no
clock is asked. A kill falls into the recovery, the writing of the new epoch's first snapshot, or
between any two instructions of the walk.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from select import select
from typing import IO, Any, Self

from restarts import (
    ENDED,
    Frame,
    begin,
    decided,
    desk_config,
    desk_frames,
    live_through,
    records_if_begun,
    settle,
)

from tickpath.backtest.replay import replay
from tickpath.core.records import InputKind
from tickpath.engine.state import digest
from tickpath.lanes.journal_format import JournalKind, runs_of
from tickpath.ops.live import Recovery, recover, recoverable

CHILD = Path(__file__).with_name("restarts.py")


class Storm:
    """Kills of one engine over one market. `check` after each; all of it must hold each time."""

    def __init__(self, folder: Path, seed: int, frames: int) -> None:
        self.folder, self.twins = folder / "journal", folder / "twins"
        self.folder.mkdir()
        self.frames: list[Frame] = desk_frames(seed, frames)
        self.fed = 0
        self.epochs: list[int] = []
        self.ids: set[bytes] = set()
        self.recoveries: list[Recovery] = []
        paths = [str(CHILD.parents[k]) for k in (0, 1)] + [str(CHILD.parents[1] / "engine")]
        self.child = subprocess.Popen(
            [sys.executable, str(CHILD), str(self.folder), str(seed), str(frames)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([*paths, *filter(None, sys.path)])},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait()

    def kill_after(self, told: int, *, at_file: bool = False) -> None:
        """Run one epoch, and kill it once that many bytes of progress were read; with `at_file` as
        soon as its first file is there, while it writes the state into it."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(b"%d\n" % self.fed)
        self.child.stdin.flush()
        pid = int.from_bytes(read_all(self.child.stdout, 4), "little")
        for _ in range(told):
            assert self.child.stdout.read(1) != ENDED, "the market ended, or the child failed"
        while at_file and len(runs_of(self.folder)) == len(self.epochs):
            assert not select([self.child.stdout], [], [], 0)[0], "the child ended before its epoch"
        os.kill(pid, signal.SIGKILL)
        while self.child.stdout.read(1) != ENDED:
            pass
        (status,) = self.child.stdout.read(1)
        assert status == -signal.SIGKILL & 255, "the market ended, or the child failed"

    def kill_somewhere(self, draw: Random) -> None:
        """Kill at a drawn moment: at the start, in recovery, before or while the epoch's first file
        is written, or in the middle of trading."""
        moment = draw.randrange(8)
        if moment < 2:
            self.kill_after(moment)
        elif moment < 4:
            self.kill_after(2, at_file=True)
        else:
            self.kill_after(draw.randrange(3, 40))

    def check(self) -> None:
        """All that must hold of what the last process left."""
        present = sorted(epoch for _, epoch in runs_of(self.folder))
        newest = present[-1] if present else 0
        assert present in (self.epochs, [*self.epochs, newest]), "an epoch was taken twice"
        records = records_if_begun(self.folder, newest) if present != self.epochs else []
        self.epochs = present
        self._ids_are_new(newest, records)
        self._as_if_never_killed(newest, records)
        self.fed += sum(r.kind == InputKind.MARKET for r in records)
        if not recoverable(self.folder, desk_config()):
            assert not self.fed
            return
        found = recover(self.folder, desk_config())
        assert found.epoch + len(found.skipped) == newest
        again = replay(self.folder, engine_id=1, epoch=found.epoch)
        assert not again["first_difference"]
        assert again["state_hash"] == digest(found.state)
        self.recoveries.append(found)

    def _ids_are_new(self, epoch: int, records: list[Any]) -> None:
        """Every new order has an id of its epoch that no order had before."""
        minted = f"0001{epoch:04x}".encode()
        for record in records:
            if record.kind != JournalKind.OUT:
                continue
            for name in new_ids(record.payload):
                assert name.startswith(minted)
                assert name not in self.ids, "a client order id came again"
                self.ids.add(name)

    def _as_if_never_killed(self, epoch: int, records: list[Any]) -> None:
        """A run of the same epoch without a kill begins with exactly what the killed one did."""
        seen = decided(records)
        if not seen:
            return
        folder = self.twins / f"{epoch:04x}"
        folder.mkdir(parents=True)
        oldest = self.recoveries[-1].epoch if self.recoveries else 1
        for path in self.folder.iterdir():
            if oldest <= int(path.name[5:9], 16) < epoch:
                (folder / path.name).write_bytes(path.read_bytes())
        engine, journal = begin(folder, desk_config(), lambda: None)
        settle(engine)
        assert engine.config.epoch == epoch
        for _ in live_through(engine, epoch, self.frames[self.fed :]):
            while not journal.ready:
                os.sched_yield()
            if engine.seq > seen[-1][1]:
                break
        journal.close()
        twin = decided(records_if_begun(folder, epoch))
        assert twin[: len(seen)] == seen
        for path in folder.iterdir():
            path.unlink()


def read_all(pipe: IO[bytes], count: int) -> bytes:
    """Exactly that many bytes of an unbuffered pipe."""
    data = b""
    while len(data) < count:
        more = pipe.read(count - len(data))
        assert more, "the child is gone"
        data += more
    return data


def new_ids(payload: bytes) -> list[bytes]:
    """The ids that a request gives to new orders."""
    mark = b'"newClientOrderId":"'
    return [part[:16] for part in payload.split(mark)[1:]]
