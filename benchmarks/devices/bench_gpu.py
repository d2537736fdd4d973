"""What does the GPU probe cost a host, and how fast are feature rows and the bank in batches?

    python benchmarks/devices/bench_gpu.py

The batches run on the CPU, on one core, and on the GPU where the self-test passes: then with their
copies, and the card is named. Least of the rounds; inputs are populated and do not fit the caches.
The probe is timed in a fresh interpreter each round, because a process pays its first one.
"""

import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from tickpath.devices.gpu.batch import Window, bank_rows, feature_rows
from tickpath.devices.gpu.layout import INPUTS_MAX, STRATEGIES_MAX
from tickpath.devices.gpu.port import Port
from tickpath.devices.gpu.probe import look
from tickpath.devices.gpu.selftest import bank_bytes, device_port, self_test

ROUNDS = 5
PROBE = (
    "import time; from tickpath.devices.gpu.probe import probe; t = time.perf_counter(); "
    "probe(); print(time.perf_counter() - t)"
)
TIMES, SYMBOLS, ROWS = 512, 4096, 20_000
WINDOWS = (Window(20), Window(200))


def least(call: Callable[[], object]) -> float:
    """Least seconds over the rounds."""
    found = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        found = min(found, time.perf_counter() - start)
    return found


def first_probe() -> float:
    """Seconds of the first probe of a process."""
    run = [sys.executable, "-c", PROBE]
    return min(float(subprocess.run(run, capture_output=True).stdout) for _ in range(ROUNDS))


def batches(name: str, port: Port | None) -> None:
    """Both batches on one backend."""
    generator = np.random.default_rng(1)
    prices = 100.0 + np.cumsum(generator.normal(size=(TIMES, SYMBOLS)), axis=0)
    quotes = 1.0 + generator.random((4, SYMBOLS))
    steps = TIMES * SYMBOLS * len(WINDOWS)
    seconds = least(lambda: feature_rows(prices, quotes, WINDOWS, port))
    print(f"{name:24} feature rows {seconds * 1e3:9.2f} ms {seconds / steps * 1e9:8.2f} ns a step")
    for units in (0, INPUTS_MAX):
        table = bank_bytes(generator, (STRATEGIES_MAX, INPUTS_MAX, units), 17 if units else 0)
        features = generator.normal(0.0, 100.0, (INPUTS_MAX, ROWS))
        seconds = least(lambda: bank_rows(table, features, port))  # noqa: B023
        shape = f"bank {STRATEGIES_MAX} x {INPUTS_MAX} x {units}"
        print(f"{name:24} {shape} {seconds * 1e3:7.2f} ms {seconds / ROWS * 1e9:8.1f} ns a row")


def main() -> int:
    """Print the figures; 1 when the GPU that is there does not pass its self-test."""
    print(f"first probe of a process: {first_probe() * 1e3:.3f} ms")
    batches("CPU, one core", None)
    found = look()
    if found.device is None:
        print(f"GPU: {found.available.reason}")
        return 0
    port = device_port(found)
    answer = self_test(port)
    if not answer.ok:
        print(f"GPU: {answer.reason}")
        return 1
    batches(found.device.name, port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
