"""Makes the judges' environments: third-party clients in virtual environments of their own.

  python tests/judges/prepare.py        # makes all that are missing

They lie in build/judges of the repository, or where TICKPATH_JUDGES says, and are made again when
their requirements change. Needs the package registry once. Never a dependency of tickpath.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
ENVIRONMENTS = {"env": "requirements.txt", "coinbase": "requirements-coinbase.txt"}
"""Two, since coinbase-advanced-py speaks to an older websockets than the others."""


class AbsentError(Exception):
    """The environment cannot be made here."""


def place() -> Path:
    return Path(os.environ.get("TICKPATH_JUDGES", ROOT / "build/judges"))


def interpreter(name: str = "env", make: bool = True) -> Path:
    """An environment's Python; made when it is not there and `make` says so. Raises AbsentError
    with the reason."""
    folder, requirements = place(), HERE / ENVIRONMENTS[name]
    folder.mkdir(parents=True, exist_ok=True)
    python, stamp = folder / name / "bin/python", folder / f"{name}.stamp"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted and python.exists():
            return python
        if not make:
            raise AbsentError("it was not made yet: make judges")
        install = [python, "-m", "pip", "install", "--quiet", "--no-compile"]
        run([sys.executable, "-m", "venv", "--clear", folder / name])
        run([*install, "--disable-pip-version-check", "-r", requirements])
        stamp.write_text(wanted)
    return python


def run(command: list[object]) -> None:
    """A command that must succeed. Raises AbsentError with the end of what it said."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AbsentError(f"{command[2]} failed: {done.stderr.strip()[-300:]}")


if __name__ == "__main__":
    for each in ENVIRONMENTS:
        print(interpreter(each))
