"""Drive the walk for the compiler's profile: `make profiled` counts branches while this runs.

Frames of every kind that `instructions.py` counts, then a generated market with fills, cancels and
replaces, so that the way back from the venue is trained too.
"""

import tempfile
from pathlib import Path

from tickpath.cli.bench_frames import KINDS, frame_set
from tickpath.cli.bench_path import PathBench
from tickpath.cli.main import main as tickpath

FRAMES = 5000


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for name in KINDS:
            bench = PathBench(frame_set(name, FRAMES), Path(scratch) / f"journal-{name}")
            bench.run()
            bench.close()
        out = Path(scratch) / "demo"
        tickpath(["demo", "--out", str(out), "--json", str(out.with_suffix(".json"))])


if __name__ == "__main__":
    main()
