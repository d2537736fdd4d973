"""The walk allocates nothing and never takes the GIL: proven by taking both away.

A C thread that Python does not know drives the engine while the main thread sits in a call that
keeps the GIL; the allocator is replaced, so one allocation on the walk shows as a count.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SCRIPT = """
import ctypes, json, sys
import numpy as np
from tickpath.cli.bench_path import bench_config
from tickpath.cli.bench_frames import frame_set
from tickpath.engine.native import Engine
from tickpath.backtest.journal_setup import new_journal

probe = ctypes.PyDLL(sys.argv[1])
probe.probe_counts.restype = ctypes.c_int64
pointer = ctypes.pythonapi.PyCapsule_GetPointer
pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
found = {"counts": probe.probe_counts()}
for name in ("depth9_json", "ticker_json", "trade_json", "depth9_sbe"):
    frames = frame_set(name, 400)
    config = bench_config()
    journal = new_journal(sys.argv[2] + "/" + name, config)
    engine = Engine(config, journal)
    assert engine.on_market_frame(0, frames.snapshot, 1) == 0
    sizes = np.diff(frames.offsets)
    padded = np.zeros((len(sizes), int(sizes.max()) + 64), dtype=np.uint8)
    for k, (at, size) in enumerate(zip(frames.offsets, sizes)):
        padded[k, :size] = frames.blob[at : at + size]
    offsets = np.arange(len(sizes), dtype=np.int64) * padded.shape[1]
    times = np.arange(len(sizes), dtype=np.int64) * 2_000_000 + 10**9
    result = np.zeros(2, dtype=np.int64)
    arrays = [a.ctypes.data_as(ctypes.c_void_p) for a in (padded, offsets, sizes, times)]
    code = probe.probe_walk(
        ctypes.c_void_p(pointer(engine.capsule(), b"tickpath.engine_api")), *arrays,
        ctypes.c_int64(len(sizes)), ctypes.c_int64(30), result.ctypes.data_as(ctypes.c_void_p))
    found[name] = [code, int(result[0]), int(result[1])]
    journal.close()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is absent: it builds the probe")
    if os.environ.get("TICKPATH_SANITIZED"):
        pytest.skip("the sanitizer owns the allocator")
    library = tmp_path_factory.mktemp("probe") / "probe.so"
    flags = ["-O1", "-fno-builtin", "-fPIC", "-shared", "-pthread"]
    command = ["gcc", *flags, str(HERE / "walk_probe.c")]
    subprocess.run([*command, "-o", str(library)], check=True)
    return library


def test_no_allocation_and_no_gil(probe: Path, tmp_path: Path) -> None:
    path = os.pathsep.join(sys.path)
    environment = {**os.environ, "LD_PRELOAD": str(probe), "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(probe), str(tmp_path)],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("counts") == 1, "the allocator was not replaced, the test would prove nothing"
    for name, (code, allocations, orders) in found.items():
        assert code == 0, f"{name}: the walk did not finish while the GIL was withheld"
        assert allocations == 0, f"{name}: {allocations} allocations on the walk"
        assert orders > 0, name
