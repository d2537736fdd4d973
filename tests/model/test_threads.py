"""What crosses threads, in threads that hold no GIL: kept promises here, no data race under TSan.

`make tsan` runs this file and the threads of tests/lanes on modules built with ThreadSanitizer; the
suite runs it on the ordinary ones. That the sanitizer sees a race on this machine is shown by one
that is seeded (race.c).
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tickpath.backtest.journal_setup import new_journal
from tickpath.backtest.replay import replay
from tickpath.cli.bench_frames import frame_set
from tickpath.cli.bench_path import ANSWER, ID_AT, STEP_NS, begin, bench_config
from tickpath.core.codes import Code
from tickpath.engine.commands import LIMITS_VALUE, LimitName
from tickpath.engine.measure import TickToOrder
from tickpath.engine.native import Engine
from tickpath.engine.state import digest
from tickpath.lanes.ring import Ring
from tickpath.lanes.slot import Slot
from tickpath.ops.kill import KillFile, KillSignal, KillSource, KillSwitch

HERE = Path(__file__).parent
INSTRUMENTED = "TICKPATH_TSAN" in os.environ
MODULES = ("engine/native", "lanes/journal", "lanes/ring", "lanes/slot")
COUNT = 20_000
FRAMES = 8000
LIMIT_S = 60


class Feeder:
    """A native engine with a journal, fed a few frames at a time without the GIL. Every frame leads
    to an order, which the venue lets expire at once."""

    def __init__(self, folder: Path) -> None:
        config = bench_config()
        self.journal = new_journal(folder, config)
        self.engine = Engine(config, self.journal)
        self.frames = frame_set("ticker_json", FRAMES)
        self.t_ns = begin(self.engine, self.frames)
        self.door = TickToOrder(self.engine, 0, ANSWER % (b"0" * 16), ID_AT)
        self.at = 0

    def feed(self, count: int) -> int:
        """Drive the next frames; how many requests left."""
        before = self.door.orders
        offsets = np.ascontiguousarray(self.frames.offsets[self.at : self.at + count + 1])
        ticks = np.zeros(count, dtype=np.int64)
        self.t_ns = self.door.run(self.frames.blob, offsets, self.t_ns, STEP_NS, ticks)
        self.at += count
        self.engine.take_decisions()
        return self.door.orders - before


def together(*calls: Any) -> list[Any]:
    """The results of calls that run at the same time."""
    results: list[Any] = [None] * len(calls)

    def run(index: int, call: Any) -> None:
        results[index] = call()

    threads = [threading.Thread(target=run, args=(k, call)) for k, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
        assert not thread.is_alive()
    return results


@pytest.mark.skipif(not INSTRUMENTED, reason="sanitizer: only under make tsan")
def test_the_modules_are_instrumented() -> None:
    assert ctypes.CDLL(None).__tsan_init is not None, "libtsan is not preloaded"
    for name in MODULES:
        module = sys.modules["tickpath." + name.replace("/", ".")]
        assert b"__tsan_write8" in Path(str(module.__file__)).read_bytes(), module.__file__


def test_a_ring_passes_every_record() -> None:
    ring = Ring.create(slots=64, record_bytes=64)
    writer, reader = ring.writer(), ring.reader()
    _, found = together(
        lambda: writer.push_sequence(0, COUNT, b"x" * 40),
        lambda: reader.check_sequence(0, COUNT - 1),
    )
    assert found == (COUNT, 0)
    assert ring.dropped == 0


def test_a_lossy_ring_has_several_observers() -> None:
    ring = Ring.create(slots=16, record_bytes=256, lossy=True)
    writer, readers = ring.writer(), [ring.reader(), ring.reader()]
    _, *found = together(
        lambda: writer.push_sequence(0, COUNT, b"x" * 200),
        *[lambda reader=r: reader.check_sequence(0, COUNT - 1) for r in readers],
    )
    for reader, (read, wrong) in zip(readers, found, strict=True):
        assert wrong == 0
        assert read + reader.lost == COUNT


def test_a_slot_has_several_readers(tmp_path: Path) -> None:
    slot = Slot.create(256, path=tmp_path / "slot")
    readers = [Slot.attach(tmp_path / "slot") for _ in range(2)]
    _, *found = together(
        lambda: slot.write_sequence(COUNT),
        *[lambda reader=r: reader.check_sequence(COUNT) for r in readers],
    )
    for read, wrong, _ in found:
        assert read > 0
        assert wrong == 0


def test_limits_change_while_frames_are_fed(tmp_path: Path) -> None:
    """The writer of the limits slot, the worker of the journal and the walk: what the walk used is
    in the journal, in its place."""
    feeder = Feeder(tmp_path)
    slot = Slot.create(LIMITS_VALUE.size)
    feeder.engine.attach_limits(slot)
    last = 19_000
    together(
        lambda: slot.write_sequence(last),
        lambda: [feeder.feed(50) for _ in range(20)],
    )
    feeder.feed(1)
    limits = feeder.engine.stages.risk.limits()[0]
    assert limits[LimitName.POSITION_CEILING_PPM] == last
    assert limits[LimitName.ORDER_LOTS] == last
    assert Code.FEED_GAP not in feeder.engine.codes
    state = feeder.engine.export_state()
    feeder.journal.close()
    replayed = replay(tmp_path, "native")
    assert replayed["equal"]
    assert replayed["state_hash"] == digest(state)


@pytest.mark.parametrize("asks", ["signal", "file"])
def test_a_kill_stops_a_walk_that_is_being_fed(asks: str, tmp_path: Path) -> None:
    feeder = Feeder(tmp_path / "journal")
    source: KillSource = KillFile(tmp_path / "kill")
    if asks == "signal":
        source = KillSignal(signal.SIGUSR1)
        source.start()
    switch = KillSwitch(feeder.engine, [source])
    started, sent = threading.Event(), []

    def drive() -> None:
        while not switch.do_work() and feeder.at < FRAMES // 2:
            sent.append(feeder.feed(4))
            started.set()
            time.sleep(0.001)

    driver = threading.Thread(target=drive)
    try:
        driver.start()
        assert started.wait(LIMIT_S)
        if asks == "signal":
            os.kill(os.getpid(), signal.SIGUSR1)
        else:
            (tmp_path / "kill").touch()
        driver.join(LIMIT_S)
    finally:
        if isinstance(source, KillSignal):
            source.close()
    assert not driver.is_alive()
    assert feeder.engine.stages.risk.killed
    assert sum(sent) == 4 * len(sent) > 0, "every frame led to an order before the kill"
    assert feeder.feed(100) == 0
    feeder.journal.close()


RACE = """
import ctypes, sys, threading
race = ctypes.CDLL(sys.argv[1])
count = ctypes.c_int64(2000)
thread = threading.Thread(target=race.produce, args=(count,))
thread.start()
race.consume.restype = ctypes.c_int64
print(race.consume(count))
thread.join()
"""


@pytest.mark.parametrize(("flags", "races"), [((), False), (("-DSEEDED_RACE",), True)])
def test_the_sanitizer_sees_a_race(flags: tuple[str, ...], races: bool, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is absent: it builds the race")
    library = tmp_path / "race.so"
    build = ["gcc", "-O1", "-g", "-fPIC", "-shared", "-fsanitize=thread", *flags]
    subprocess.run([*build, str(HERE / "race.c"), "-o", str(library)], check=True)
    found = subprocess.run(
        ["gcc", "-print-file-name=libtsan.so"], check=True, capture_output=True, text=True
    )
    fixed = ["setarch", "-R"] if can_fix_addresses() else []
    done = subprocess.run(
        [*fixed, sys.executable, "-c", RACE, str(library)],
        env={**os.environ, "LD_PRELOAD": found.stdout.strip(), "TSAN_OPTIONS": "exitcode=66"},
        check=False, capture_output=True, text=True, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.stdout == "2001000\n", done.stderr
    assert (done.returncode, "WARNING: ThreadSanitizer: data race" in done.stderr) == (
        (66, True) if races else (0, False)
    ), done.stderr


def can_fix_addresses() -> bool:
    """Whether address randomisation can be switched off: with much of it, TSan does not start."""
    if shutil.which("setarch") is None:
        return False
    return (
        subprocess.run(["setarch", "-R", "true"], check=False, capture_output=True).returncode == 0
    )
