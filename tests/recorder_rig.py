"""A recorder in a process of its own, to be killed: it writes made frames as fast as it can.

python recorder_rig.py FOLDER SEED gz|plain
"""

import json
import sys
from pathlib import Path
from random import Random

from tickpath.storage.recorder.files import Ack, RawSeries
from tickpath.storage.recorder.writer import RawWriter, WriterOptions

T0_NS = 1_723_075_200 * 10**9


def frame_of(random: Random, number: int) -> bytes:
    """A trade of a venue, of a length that changes."""
    return json.dumps({
        "e": "trade", "s": "BTCUSDT", "t": number, "x": "y" * random.randrange(200),
    }).encode()  # fmt: skip


def main(folder: Path, seed: int, *, zipped: bool) -> None:
    """Until it is killed; a line on stdout for every acknowledgement."""
    random = Random(seed)
    series = RawSeries(folder, "a", "run", zipped=zipped)

    def say(ack: Ack) -> None:
        sys.stdout.write(f"{ack.frames} {ack.crc32}\n")
        sys.stdout.flush()

    options = WriterOptions(zipped=zipped, sync_ns=1_000_000, rotate_bytes=60_000)
    writer = RawWriter([series], options, say, pending_bytes_max=50_000)
    writer.start()
    number = 0
    while writer.error is None:
        writer.add(0, T0_NS + number, frame_of(random, number))
        number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), zipped=sys.argv[3] == "gz")
