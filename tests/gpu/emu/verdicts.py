"""Self-tests of libraries, each in a process of its own that a fault may end.

The processes are forks of one that has imported everything. On stdin it reads a line of JSON for
each library, {"library": path, "names": [...], "seconds": n}; on stdout it answers with what the
self-test said in the first order of threads that found something, how the process ended, or
nothing when all passed.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any

ORDERS = ("fwd", "rev", "rnd")
SECONDS_MAX = 60.0


class Judge:
    """The process, from here."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip

    def verdict(self, library: Path, names: tuple[str, ...], seconds: float = SECONDS_MAX) -> str:
        """Empty when the self-test passes in all orders, else what it said or how it ended. Raises
        TimeoutError."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"library": str(library), "names": names, "seconds": seconds}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        found = json.loads(self.process.stdout.readline())
        if found is None:
            raise TimeoutError(f"{library}: no end after {seconds} s")
        return str(found)

    def close(self) -> None:
        self.process.communicate()


def tested(library: str, names: list[str]) -> int:
    """Exit status of the process that runs the kernels."""
    from emu_port import EmuPort

    from tickpath.devices.gpu.selftest import self_test

    for order in ORDERS:
        answer = self_test(EmuPort(Path(library), order), names)
        if not answer.ok:
            os.write(2, answer.reason.encode())
            return 1
    return 0


def forked(asked: dict[str, Any]) -> str | None:
    """The verdict of one library; None when it did not end in time."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(write, 2)
        os.closerange(3, 64)
        status = 70
        try:
            status = tested(asked["library"], asked["names"])
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        os._exit(status)
    os.close(write)
    said, end = b"", time.monotonic() + asked["seconds"]
    while select.select([read], [], [], max(0.0, end - time.monotonic()))[0]:
        part = os.read(read, 1 << 16)
        if not part:
            break
        said += part
    else:
        os.kill(child, signal.SIGKILL)
    os.close(read)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == -signal.SIGKILL:
        return None
    return "" if status == 0 else said.decode(errors="replace").strip() or f"ended by {status}"


def main() -> None:
    import emu_port  # noqa: F401

    import tickpath.devices.gpu.selftest  # noqa: F401

    for line in sys.stdin:
        print(json.dumps(forked(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
