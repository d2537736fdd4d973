"""Kill the recorder's writer at random and look for every acknowledged frame.

    python benchmarks/storage/kill_recorder.py --kills 500 --seed 1

Each round forks a process that writes frames as fast as it can, kills it with SIGKILL at a random
moment, repairs what it left and compares the first frames of the files with the CRC-32 of every
acknowledgement. Exit code 4 when a frame is missing.
"""

import argparse
import gzip
import os
import select
import shutil
import signal
import sys
import tempfile
import time
import zlib
from pathlib import Path
from random import Random

from tickpath.backtest.recording import read_recordings
from tickpath.storage.recorder.files import Ack, RawSeries, repair_all, runs_of
from tickpath.storage.recorder.writer import RawWriter, WriterOptions

T0_NS = 1_723_075_200 * 10**9
LIFE_S_MAX = 0.15


def child(folder: Path, pipe: int, random: Random, *, zipped: bool) -> None:
    """Write until killed; a line into the pipe for every acknowledgement."""

    def say(ack: Ack) -> None:
        os.write(pipe, b"%d %d\n" % (ack.frames, ack.crc32))

    options = WriterOptions(zipped=zipped, sync_ns=500_000, rotate_bytes=100_000)
    writer = RawWriter(
        [RawSeries(folder, "a", "run", zipped=zipped)], options, say, pending_bytes_max=100_000
    )
    writer.start()
    number = 0
    while True:
        body = b'{"e":"trade","s":"BTCUSDT","t":%d,"x":"%b"}' % (
            number,
            b"y" * random.randrange(300),
        )
        writer.add(0, T0_NS + number, body)
        number += 1


def one(folder: Path, random: Random) -> tuple[int, int, int, bool]:
    """(acknowledgements, frames acknowledged, frames found, whether a tail was torn)."""
    zipped = random.random() < 0.5
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        child(folder, writer, random, zipped=zipped)
    os.close(writer)
    select.select([reader], [], [])
    time.sleep(random.random() * LIFE_S_MAX)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    said = b""
    while block := os.read(reader, 1 << 16):
        said += block
    os.close(reader)
    torn = any(found.bytes_cut for found in repair_all(folder))
    files = [path for paths in runs_of(folder).values() for path in paths]
    text = b"".join(
        gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes() for p in files
    )
    lines = text.splitlines(keepends=True)
    acks = [tuple(map(int, line.split())) for line in said.splitlines(keepends=True)]
    crc, done = 0, 0
    for frames, wanted in acks:
        crc = zlib.crc32(b"".join(lines[done:frames]), crc)
        done = frames
        if crc != wanted:
            raise SystemExit(f"{folder}: the first {frames} frames are not those acknowledged")
    if len(read_recordings(files, "binance-spot")) != len(lines):
        raise SystemExit(f"{folder}: the recording does not read as it was written")
    return len(acks), done, len(lines), torn


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    random = Random(args.seed)
    acks = acknowledged = found = torn = 0
    start = time.monotonic()
    for _ in range(args.kills):
        folder = Path(tempfile.mkdtemp())
        try:
            result = one(folder / "a", random)
        except SystemExit as error:
            print(error, file=sys.stderr)
            return 4
        shutil.rmtree(folder)
        acks += result[0]
        acknowledged += result[1]
        found += result[2]
        torn += result[3]
    print(
        f"{args.kills} kills in {time.monotonic() - start:.0f} s: {acks} acknowledgements of "
        f"{acknowledged} frames, every one there; {found - acknowledged} more frames were on the "
        f"disk; {torn} torn tails cut"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
