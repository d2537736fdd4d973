"""Wire latency on loopback: our clients beside picows alone and beside a spinning C client.

Question: what does the transport add between a tick and an order, socket to socket? Usage:

    python benchmarks/wire/bench_wire.py [--pairs 9] [--rounds 5000] [--pause-us 50] [--json FILE]

The C stopwatch (wire.c, built here) plays the venue on the first core of this process's affinity,
the client runs on the second. With one core both share it and give it away while they wait: then
read the ratios only, and cpu, the client's own CPU time a round trip. A B A B in one run; a ratio
is the median of the pairwise ratios. Bars: hook and callback <= 1.0 x picows, p50 and p99; polling
<= 1.5 x the C client. Loopback, no TLS.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECONDS_MAX = 120
WARM_UP = 500
CASES = ("C spin", "polling", "picows", "callback", "hook", "fallback")
BARS = (
    ("hook", "picows", 1.0),
    ("callback", "picows", 1.0),
    ("polling", "C spin", 1.5),
    ("fallback", "picows", None),
)


def build(folder: Path) -> Path:
    """The stopwatch, with the flags of a release."""
    program = folder / "wire"
    command = ["cc", "-O2", "-std=gnu11", "-Wall", str(HERE / "wire.c"), "-o", str(program)]
    subprocess.run([*command, "-lcrypto"], check=True)
    return program


def pinned(core: int) -> Callable[[], None]:
    return lambda: os.sched_setaffinity(0, {core})


class Wire:
    """Runs one client against one stopwatch."""

    def __init__(self, program: Path, rounds: int, pause_us: int) -> None:
        cores = sorted(os.sched_getaffinity(0))
        self.program = str(program)
        self.rounds, self.pause_ns = str(rounds), str(pause_us * 1000)
        self.server_core, self.client_core = cores[0], cores[min(1, len(cores) - 1)]
        self.yields = "1" if len(cores) == 1 else "0"

    def run(self, case: str) -> dict[str, int]:
        """The stopwatch's figures, ns. Raises RuntimeError when the client failed."""
        raw = case == "C spin"
        server = subprocess.Popen(
            [self.program, "server", self.rounds, "raw" if raw else "ws", self.pause_ns,
             self.yields],
            stdout=subprocess.PIPE, text=True, preexec_fn=pinned(self.server_core),
        )  # fmt: skip
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        command = (
            [self.program, "client", port, self.yields]
            if raw
            else [sys.executable, str(HERE / "wire_client.py"), case, port, self.yields]
        )
        client = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=pinned(self.client_core),
        )  # fmt: skip
        try:
            out, _ = server.communicate(timeout=SECONDS_MAX)
            cpu, problem = client.communicate(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{case}: no end within {SECONDS_MAX} s") from None
        finally:
            server.kill()
            client.kill()
        if not out.strip():
            raise RuntimeError(f"{case}: {problem[-500:]}")
        found: dict[str, int] = json.loads(out)
        if cpu.strip():
            found["cpu_ns"] = int(cpu) // (int(self.rounds) + WARM_UP)
        return found


def ratios(found: dict[str, list[dict[str, int]]], ours: str, theirs: str, key: str) -> float:
    """Median of the pairwise ratios."""
    return statistics.median(
        a[key] / b[key] for a, b in zip(found[ours], found[theirs], strict=True)
    )


def judged(found: dict[str, list[dict[str, int]]]) -> list[dict[str, object]]:
    """Every pair with its bar, printed and returned."""
    rows: list[dict[str, object]] = []
    for ours, theirs, bar in BARS:
        if ours not in found or theirs not in found:
            continue
        for key in ("p50_ns", "p99_ns", "cpu_ns"):
            if not all(key in row for row in found[ours] + found[theirs]):
                continue
            ratio = ratios(found, ours, theirs, key)
            met = bar is None or ratio <= bar
            verdict = "" if bar is None else f"bar {bar}: {'met' if met else 'missed'}"
            print(f"{ours} / {theirs} {key[:-3]}: {ratio:.3f} {verdict}")
            rows.append({"ours": ours, "theirs": theirs, "key": key, "ratio": ratio, "met": met})
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--rounds", type=int, default=5000)
    parser.add_argument("--pause-us", type=int, default=50)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found: dict[str, list[dict[str, int]]] = {case: [] for case in options.cases}
    with tempfile.TemporaryDirectory() as folder:
        wire = Wire(build(Path(folder)), options.rounds, options.pause_us)
        before = os.getloadavg()
        for pair in range(options.pairs):
            for case in options.cases if pair % 2 == 0 else reversed(options.cases):
                found[case].append(wire.run(case))
    shared = wire.yields == "1"
    print(f"cores {'shared' if shared else 'own'}, load before {before}, after {os.getloadavg()}")
    for case, rows in found.items():
        keys = ("p50_ns", "p99_ns", "p99_9_ns", "max_ns")
        there = [k for k in (*keys, "cpu_ns") if all(k in r for r in rows)]
        figures = (f"{k[:-3]} {statistics.median(r[k] for r in rows) / 1000:.2f}" for k in there)
        print(f"{case:10} us: {'  '.join(figures)}")
    verdicts = judged(found)
    if options.json:
        report = {"shared_core": shared, "load": before, "cases": found, "ratios": verdicts}
        options.json.write_text(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
