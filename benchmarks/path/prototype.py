"""The bare prototype of the path, built with the product's flags: what benchmarks compare with.

Its sources are found by TICKPATH_PROTOTYPE (default ../shared/prototypes/hotpath) and copied to a
scratch folder.
"""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PLACE = Path(os.environ.get("TICKPATH_PROTOTYPE", ROOT.parent / "shared/prototypes/hotpath"))
SBE_DECODE = """                if mode >= 2:
                    j = decode_bin(self.rx, n, m)
                    if mode == 3:
                        for ven in range(m.nb):
                            m.b[ven].px *= P10X[8 + (<signed char*>self.rx)[6]]
                            m.b[ven].qty *= P10X[8 + (<signed char*>self.rx)[7]]
                        for ven in range(m.na):
                            m.a[ven].px *= P10X[8 + (<signed char*>self.rx)[6]]
                            m.a[ven].qty *= P10X[8 + (<signed char*>self.rx)[7]]
"""
POWERS = "cdef int64_t[9] P10X\nfor _k in range(9):\n    P10X[_k] = 10 ** _k\n"


def build(scratch: Path, more: str = "") -> Any:
    """Compile the prototype; a mode 3 (real exponents, JSON order) is added to its binary row, and
    `more` to the end of its source."""
    shutil.copytree(PLACE, scratch / "proto")
    folder = scratch / "proto"
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=True)
    source = (folder / "pipeline.pyx").read_text()
    old = "                if mode == 2:\n                    j = decode_bin(self.rx, n, m)\n"
    assert source.count(old) == 1
    source = source.replace(old, SBE_DECODE).replace(
        "cdef struct Level:", POWERS + "cdef struct Level:", 1
    )
    (folder / "pipeline.pyx").write_text(source + more)
    setup = (
        (folder / "setup.py")
        .read_text()
        .replace("'-O3'", "'-O3','-ffp-contract=off'")
        .replace("version='0'", "version='0', py_modules=[]")
    )
    (folder / "setup.py").write_text(setup)
    environment = {**os.environ, "PROTO_ONLY": "pipeline", "PROTO_NATIVE": "0",
                   "PROTO_ARCH": "x86-64-v2"}  # fmt: skip
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    subprocess.run(command, cwd=folder, env=environment, check=True)
    sys.path.insert(0, str(folder))
    return importlib.import_module("pipeline")
