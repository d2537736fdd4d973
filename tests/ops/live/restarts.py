"""An engine that lives on through kills: one epoch a process, over one generated market.

`python restarts.py FOLDER SEED FRAMES` reads numbers, one a line: how many frames earlier epochs
were fed. For each it forks a process that runs one epoch as fast as it can, until it is killed or
the market ends: it recovers what the folder holds, settles what earlier epochs left open, goes on
with the next frame, and writes a snapshot now and then. Output: the process's id in 4 bytes, a byte
before it recovers, one before it takes an epoch, one when it is ready, one for every few frames,
and after its death ENDED and its exit status.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from drive import ToyVenue
from support import btcusdt_shipped, config_of

from tickpath.core.build import build_hash
from tickpath.core.config import Config, StrategySpec
from tickpath.core.errors import JournalError
from tickpath.core.ids import to_text
from tickpath.core.records import InputKind, OrderState
from tickpath.engine.commands import Command
from tickpath.engine.native import Engine
from tickpath.lanes.journal_format import JournalKind
from tickpath.lanes.journal_reader import JournalReader, JournalRecord
from tickpath.ops.live import (
    JournalOptions,
    open_journal,
    recover,
    recoverable,
    restored,
    write_snapshot,
)
from tickpath.venues.sim import generate

FRAMES_A_BYTE = 16
FRAMES_A_SNAPSHOT = 400
SEGMENT_BYTES = 64 * 1024
ENDED = b"!"

Frame = tuple[int, int, bytes]


def desk_config() -> Config:
    """Two strategies that quote and take all the time, on the generated market's instrument."""
    strategies = (
        StrategySpec(name="imbalance_maker", instruments=(0,)),
        StrategySpec(name="every_event", instruments=(0,)),
    )
    return config_of(btcusdt_shipped(), strategies=strategies)


def desk_frames(seed: int, count: int) -> list[Frame]:
    """(source, t_ns, bytes) of a generated market."""
    made = generate(seed, count)
    blob = bytes(made.blob)
    places = zip(made.t_ns.tolist(), made.offsets.tolist(), made.sizes.tolist(), strict=True)
    return [(0, t_ns, blob[at : at + size]) for t_ns, at, size in places][:count]


def settle(engine: Any) -> None:
    """Every order that is open is told to be gone, as a reconciliation may find, then venues are
    up again."""
    for order in engine.stages.execute.orders():
        if order.state == OrderState.PARKED:
            continue
        name = to_text(order.client_order_id)
        frame = {
            "e": "executionReport", "E": 1, "s": "BTCUSDT", "c": name, "S": "BUY", "o": "LIMIT",
            "f": "GTC", "q": "1", "p": "1", "P": "0", "F": "0", "g": -1, "C": "", "x": "EXPIRED",
            "X": "EXPIRED", "r": "NONE", "i": 1, "l": "0", "z": "0", "L": "0", "n": "0", "N": None,
            "T": 1, "t": -1, "w": False, "m": False,
        }  # fmt: skip
        engine.on_order_frame(0, json.dumps(frame).encode(), engine.now_ns)
    for venue in range(len(engine.config.venues)):
        engine.on_command(Command.VENUE_UP, venue, engine.now_ns)


def live_through(engine: Any, seed: int, frames: Iterable[Frame]) -> Iterator[int]:
    """Feed the frames and answer the orders; yields the number of frames fed, after each."""
    venue = ToyVenue(seed, "BTCUSDT")
    for count, (source, t_ns, data) in enumerate(frames, 1):
        while (due := engine.next_timer()) <= t_ns:
            engine.on_timer(due)
        engine.on_market_frame(source, data, t_ns)
        pending = engine.take_out()
        for _ in range(64):
            answers = [answer for _, _, data in pending for answer in venue.answer(data)]
            pending = []
            for answer in answers:
                engine.on_order_frame(0, answer, t_ns)
                pending += engine.take_out()
            if not pending:
                break
        yield count


def begin(folder: Path, config: Config, tell: Callable[[], object]) -> tuple[Any, Any]:
    """Engine and journal of the next epoch; `tell` is called before the epoch is taken."""
    options = JournalOptions(segment_bytes=SEGMENT_BYTES)
    if not recoverable(folder, config):
        tell()
        journal, begun = open_journal(folder, config, state=None, now_ns=0, options=options)
        return Engine(begun, journal), journal
    recovery = recover(folder, config)
    tell()
    journal, begun = open_journal(
        folder, config, state=recovery.state, now_ns=recovery.now_ns, options=options
    )
    return restored(begun, journal, recovery), journal


def records_of(folder: Path, epoch: int) -> list[JournalRecord]:
    """All whole records of an epoch."""
    return list(JournalReader(folder, engine_id=1, epoch=epoch))


def records_if_begun(folder: Path, epoch: int) -> list[JournalRecord]:
    """The records of an epoch, none where not even its header was written."""
    try:
        return records_of(folder, epoch)
    except JournalError:
        return []


def run_epoch(folder: Path, frames: Iterable[Frame], tell: int) -> None:
    """One epoch, until the frames end; `tell` is where the bytes of progress go."""
    os.write(tell, b"0")
    engine, journal = begin(folder, desk_config(), lambda: os.write(tell, b"1"))
    settle(engine)
    os.write(tell, b"+")
    for done in live_through(engine, engine.config.epoch, frames):
        while not journal.ready:
            os.sched_yield()
        if done % FRAMES_A_BYTE == 0:
            os.write(tell, b".")
        if done % FRAMES_A_SNAPSHOT == 0:
            write_snapshot(journal, engine)
    journal.close()


def decided(records: Iterable[JournalRecord]) -> list[tuple[int, int, int, bytes]]:
    """Inputs and outputs alone: what two runs of one epoch have in common."""
    kinds = (*InputKind, JournalKind.OUT)
    return [(r.kind, r.seq, r.t_recv_ns, r.payload) for r in records if r.kind in kinds]


def fork_epoch(folder: Path, frames: list[Frame], tell: int) -> None:
    """Run one epoch in a process of its own and tell of its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.write(tell, os.getpid().to_bytes(4, "little"))
            run_epoch(folder, frames, tell)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    os.write(tell, ENDED + (os.waitstatus_to_exitcode(status) & 255).to_bytes(1, "little"))


def main() -> None:
    folder, seed, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    frames = desk_frames(seed, count)
    build_hash()  # read once here, or most kills would fall into reading it
    while line := sys.stdin.readline():
        fork_epoch(folder, frames[int(line) :], 1)


if __name__ == "__main__":
    main()
