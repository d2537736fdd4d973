"""Makes the judges' environment: third-party clients in a virtual environment of their own.

  python tests/judges/prepare.py        # prints its interpreter

It lies in build/judges of the repository, or where TICKPATH_JUDGES says, and is made again when
requirements.txt changes. Needs the package registry once. Never a dependency of tickpath.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


class AbsentError(Exception):
    """The environment cannot be made here."""


def place() -> Path:
    return Path(os.environ.get("TICKPATH_JUDGES", ROOT / "build/judges"))


def interpreter(make: bool = True) -> Path:
    """The environment's Python; made when it is not there and `make` says so. Raises AbsentError
    with the reason."""
    folder = place()
    folder.mkdir(parents=True, exist_ok=True)
    python, stamp = folder / "env/bin/python", folder / "stamp"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted and python.exists():
            return python
        if not make:
            raise AbsentError("it was not made yet: make judges")
        install = [python, "-m", "pip", "install", "--quiet", "--no-compile"]
        run([sys.executable, "-m", "venv", "--clear", folder / "env"])
        run([*install, "--disable-pip-version-check", "-r", REQUIREMENTS])
        stamp.write_text(wanted)
    return python


def run(command: list[object]) -> None:
    """A command that must succeed. Raises AbsentError with the end of what it said."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AbsentError(f"{command[2]} failed: {done.stderr.strip()[-300:]}")


if __name__ == "__main__":
    print(interpreter())
