"""The kernels of a port against their twin on the CPU, on this host, byte by byte.

A GPU whose answers differ is not used, whatever its probe says. Seeded data at the sizes where
indexing goes wrong: one thread, a block less one, a block, a block and one, and more.
"""

import struct
from collections.abc import Callable, Collection, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from tickpath.core.backend import Available
from tickpath.core.errors import TickpathError
from tickpath.devices.bank_table import INPUTS_MAX, STRATEGIES_MAX, BankNumbers, Numbers, write_bank
from tickpath.devices.gpu import kernels, selftest_features, selftest_risk
from tickpath.devices.gpu.batch import Window, bank_rows, feature_rows
from tickpath.devices.gpu.cupy_port import CupyPort
from tickpath.devices.gpu.port import Port
from tickpath.devices.gpu.probe import Found, look
from tickpath.devices.gpu.sweep_cases import queue_differences, sweep_differences

SIZES = (1, 127, 128, 129, 300)
SEED = 20250101
WINDOWS = (*map(Window, (2, 5, 31, 100, 144, 400)), Window(64, 0.5))
"""Of 150 times, about 144 usable: filled often, once, just, just not, and never."""


def price_series(generator: np.random.Generator, symbols: int) -> npt.NDArray[np.float64]:
    """Walks [time][symbol] that also stand still and have samples that are skipped."""
    steps = generator.integers(-3, 4, (150, symbols)).astype(np.float64)
    steps[40:80] = 0.0
    found = 25_000.0 + 0.01 * np.cumsum(steps, axis=0)
    found[generator.random(found.shape) < 0.03] = np.nan
    found[generator.random(found.shape) < 0.01] = 2.0**201
    return found


def quote_columns(generator: np.random.Generator, symbols: int) -> npt.NDArray[np.float64]:
    """Quotes [4][symbol]: some without quantity, some not numbers."""
    found = generator.integers(0, 4, (4, symbols)).astype(np.float64)
    found[0] += 24_999.0
    found[2] += 25_003.0
    found[generator.random(found.shape) < 0.05] = np.nan
    return found


def bank_bytes(generator: np.random.Generator, shape: tuple[int, int, int], shift: int) -> bytes:
    """A table of (strategies, inputs, hidden units) whose weights fill their 18 bits."""
    count, width, units = shape

    def narrow(size: tuple[int, int]) -> Numbers:
        return generator.integers(-(2**17), 2**17, size)

    def wide(size: int) -> Numbers:
        return generator.integers(-(2**47), 2**47, size)

    inputs = np.empty((width, 2))
    inputs[:, 0] = generator.normal(0.0, 100.0, width)
    inputs[:, 1] = generator.normal(0.0, 1000.0, width)
    inputs[0] = 0.0, 1.0  # a half stays a half
    hidden_weights, hidden_bias = narrow((units, width)), wide(units)
    sell = wide(count) // 4
    return write_bank(
        BankNumbers(
            inputs=inputs,
            hidden_weights=hidden_weights,
            hidden_bias=hidden_bias,
            shift=shift,
            weights=narrow((count, units or width)),
            bias=wide(count),
            sell=sell,
            buy=sell + generator.integers(1, 2**40, count),
        )
    )


def feature_columns(
    generator: np.random.Generator, inputs: int, rows: int
) -> npt.NDArray[np.float64]:
    """Features [input][row]: ordinary, halves, saturating, and not numbers."""
    found = generator.normal(0.0, 100.0, (inputs, rows))
    halves = generator.random(found.shape) < 0.2
    found[halves] = np.round(found[halves]) + 0.5
    found[generator.random(found.shape) < 0.02] = 1e300
    found[generator.random(found.shape) < 0.02] = -np.inf
    found[generator.random(found.shape) < 0.01] = np.nan
    return found


BANKS = (
    ((1, 1, 0), 0),
    ((7, 5, 0), 0),
    ((STRATEGIES_MAX, INPUTS_MAX, INPUTS_MAX), 17),
    ((3, 9, 4), 1),
)


def differences(port: Port, names: Collection[str] = kernels.KERNELS) -> Iterator[str]:
    """Where kernels of the port differ from the twin, one line each. BackendError from the port."""
    for size in SIZES:
        generator = np.random.default_rng(SEED + size)
        if "rows" in names:
            prices, quotes = price_series(generator, size), quote_columns(generator, size)
            row, other = (feature_rows(prices, quotes, WINDOWS, where) for where in (None, port))
            if row.tobytes() != other.tobytes():
                yield f"kernel rows differs from the CPU for {size} symbols"
        for shape, shift in BANKS if "bank" in names else ():
            table = bank_bytes(generator, shape, shift)
            features = feature_columns(generator, shape[1], size)
            ours, theirs = bank_rows(table, features), bank_rows(table, features, port)
            if [a.tobytes() for a in ours] != [b.tobytes() for b in theirs]:
                yield f"kernel bank differs from the CPU for {size} rows of {shape}"
        yield from sweep_differences(port, generator, size, names)
    if "makers" in names:
        yield from queue_differences(port)
    if "paths" in names:
        yield from selftest_risk.differences(port, SIZES, SEED)
    if "covariance" in names:
        yield from selftest_risk.covariance_differences(port, SEED)
    yield from selftest_features.differences(port, SIZES, SEED, price_series, names)


def self_test(port: Port, names: Collection[str] = kernels.KERNELS) -> Available:
    """Whether the port's kernels give the twin's bytes; `names`: those of them that are asked for.
    Never raises."""
    try:
        wrong = next(differences(port, names), None)
    except (TickpathError, OSError, struct.error) as error:
        return Available(ok=False, reason=str(error))
    if wrong is not None:
        return Available(ok=False, reason=f"{wrong}: do not use it, update the driver")
    return Available(ok=True, reason=f"kernels {', '.join(names)} give the bytes of the CPU")


def host_test(
    found: Found | None = None, open_port: Callable[[Found], Port] | None = None
) -> Available:
    """The probe's answer, and behind it the self-test on the device. Never raises."""
    answer = look() if found is None else found
    if not answer.available.ok:
        return answer.available
    try:
        port = (open_port or device_port)(answer)
    except TickpathError as error:
        return Available(ok=False, reason=str(error))
    return self_test(port)


def device_port(found: Found) -> Port:
    """The port of a device that the probe found. Raises BackendError."""
    assert found.device is not None
    return CupyPort(partial(kernels.cubin, capability=found.device.capability))
