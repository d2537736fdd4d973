"""The kernels of a port against their twin on the CPU, on this host, byte by byte.

A GPU whose answers differ is not used, whatever its probe says. Seeded data at the sizes where
indexing goes wrong: one thread, a block less one, a block, a block and one, and more.
"""

import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.backend import Available
from tickpath.core.errors import TickpathError
from tickpath.devices.gpu import kernels, layout
from tickpath.devices.gpu.batch import Window, bank_rows, feature_rows
from tickpath.devices.gpu.cupy_port import CupyPort
from tickpath.devices.gpu.layout import HEADER, INPUTS_MAX, MAGIC, STRATEGIES_MAX, VERSION
from tickpath.devices.gpu.port import Port
from tickpath.devices.gpu.probe import Found, look
from tickpath.devices.gpu.sweep import Stream, takers

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
    narrow = partial(generator.integers, -(2**17), 2**17)
    wide = partial(generator.integers, -(2**47), 2**47)
    inputs = np.empty((width, 2))
    inputs[:, 0] = generator.normal(0.0, 100.0, width)
    inputs[:, 1] = generator.normal(0.0, 1000.0, width)
    inputs[0] = 0.0, 1.0  # a half stays a half
    parts: list[npt.NDArray[Any]] = [inputs.astype("<f8")]
    if units:
        parts += [narrow((units, width)).astype("<i4"), wide(units).astype("<i8")]
    sell = wide(count) // 4
    parts += [narrow((count, units or width)).astype("<i4"), wide(count).astype("<i8")]
    parts += [sell.astype("<i8"), (sell + generator.integers(1, 2**40, count)).astype("<i8")]
    header = HEADER.pack(MAGIC, VERSION, count, width, units, shift)
    return header + b"".join(part.tobytes() for part in parts)


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


def sweep_books(generator: np.random.Generator, count: int) -> Stream:
    """A stream of `count` books and of what lies between them: samples, lost and odd books. The
    venue has them a little earlier, some without levels, some closed."""
    books = np.zeros(count, layout.SWEEP_BOOK)
    books["t_ns"] = np.cumsum(generator.integers(1, 3_000_000, count))
    books["good"] = generator.random(count) > 0.1
    books["count"] = generator.integers(0, 9, (count, 2))
    levels = np.zeros((count, 2, 4), layout.SWEEP_LEVEL)
    bid = 10_000 + np.cumsum(generator.integers(-3, 4, count))
    away = np.cumsum(generator.integers(1, 4, (count, 2, 4)), axis=2)
    levels["price_ticks"][:, 0] = bid[:, None] - away[:, 0] + 1
    levels["price_ticks"][:, 1] = bid[:, None] + away[:, 1]
    levels["quantity_lots"] = generator.integers(1, 40, levels.shape)
    events = np.zeros(count, layout.SWEEP_EVENT)
    events["t_ns"] = books["t_ns"] + 500_000
    events["seq"] = np.cumsum(generator.integers(1, 5, count))
    events["bid_ticks"] = levels["price_ticks"][:, 0, 0]
    events["ask_ticks"] = levels["price_ticks"][:, 1, 0]
    events["mid2"] = events["bid_ticks"] + events["ask_ticks"]
    events["last_ticks"] = np.where(generator.random(count) < 0.9, bid, 0)
    events["votes"] = generator.integers(-4, 5, count)
    events["kind"] = generator.choice(4, count, p=[0.875, 0.12, 0.003, 0.002])
    events["mid2"][(events["kind"] == 1) & (generator.random(count) < 0.05)] = 0
    return Stream(events, books, levels)


def sweep_plan(
    generator: np.random.Generator, stream: Stream, scale: int = 1
) -> npt.NDArray[np.void]:
    """Limits that some orders pass and some do not. `scale`: settle units in one of scale 1."""
    plan = np.zeros(1, layout.SWEEP_PLAN)
    money = {
        "balance_units": 2_500_000, "notional_units_min": 60_000, "notional_floor_units": 62_000,
        "order_notional_units_max": 2_000_000, "gross_units_max": 2_900_000,
        "net_units_max": 2_850_000,
    }  # fmt: skip
    values = {
        "order_rows": 30, "fill_rows": 14, "last_ns": int(stream.events["t_ns"].max()),
        "last_mid2": int(stream.events["mid2"][-1]), "order_ns": 1_000_000,
        "response_ns": 900_000, "jitter_ns": 200_000, "seed": int(generator.integers(2**62)),
        "value_num": 3 * scale + scale // 2, "taker_fee_ppm": 1000, "lots_min": 1, "lots_max": 60,
        "step_lots": 2, "order_notional_ppm": 800_000, "position_ppm": 1_500_000,
        "collar_ppm": 1_000, "fat_finger_ppm": 900, "leverage_ppm": 1_250_000,
        "concentration_ppm": 1_200_000, "margin_ppm": 950_000, "open_orders_max": 4,
        "step_ns": (20_000_000, 9_000_000, 1, 1), "room_ns": (60_000_000, 20_000_000, 9, 9),
    }  # fmt: skip
    for name, value in (values | {name: units * scale for name, units in money.items()}).items():
        plan[name] = value
    return plan


def taker_records(
    generator: np.random.Generator, count: int, scale: int = 1
) -> npt.NDArray[np.void]:
    """Sets of both kinds, small and large."""
    sets = np.zeros(count, layout.TAKER_SET)
    fast = generator.integers(2, 12, count)
    slow = fast + generator.integers(1, 30, count)
    sets["kind"] = generator.integers(0, 2, count)
    sets["order_lots"] = generator.choice([0, 3, 8, 20, 70], count)
    sets["order_units"] = generator.choice([0, 100_000, 300_000], count) * scale
    sets["position_units"] = generator.choice([0, 900_000, 5_000_000], count) * scale
    sets["slip_ppm"] = generator.choice([0, 100, 400, 950], count)
    sets["tries_max"] = generator.integers(1, 20, count)
    sets["slow_period"] = slow
    sets["votes_full"] = generator.integers(1, 4, count)
    sets["fast_alpha"], sets["slow_alpha"] = 2.0 / (fast + 1.0), 2.0 / (slow + 1.0)
    sets["band"] = generator.choice([0.0, 1e-6, 2e-5], count)
    return sets


def sweep_differences(port: Port, generator: np.random.Generator, size: int) -> Iterator[str]:
    """Where the sweep kernels differ from their twins for `size` sets."""
    for books, scale in ((1, 1), (240, 1), (160, 10**9 + 1)):
        stream = sweep_books(generator, books)
        plan = sweep_plan(generator, stream, scale)
        sets = taker_records(generator, size, scale)
        ours, theirs = takers(stream, plan, sets), takers(stream, plan, sets, port)
        if [a.tobytes() for a in ours] != [b.tobytes() for b in theirs]:
            yield f"kernel takers differs from the CPU for {size} sets over {books} books"


def differences(port: Port) -> Iterator[str]:
    """Where the port differs from the twin, one line each. Raises BackendError from the port."""
    for size in SIZES:
        generator = np.random.default_rng(SEED + size)
        prices, quotes = price_series(generator, size), quote_columns(generator, size)
        row, other = (feature_rows(prices, quotes, WINDOWS, where) for where in (None, port))
        if row.tobytes() != other.tobytes():
            yield f"kernel rows differs from the CPU for {size} symbols"
        for shape, shift in BANKS:
            table = bank_bytes(generator, shape, shift)
            features = feature_columns(generator, shape[1], size)
            ours, theirs = bank_rows(table, features), bank_rows(table, features, port)
            if [a.tobytes() for a in ours] != [b.tobytes() for b in theirs]:
                yield f"kernel bank differs from the CPU for {size} rows of {shape}"
        yield from sweep_differences(port, generator, size)


def self_test(port: Port) -> Available:
    """Whether the port's kernels give the twin's bytes. Never raises."""
    try:
        wrong = next(differences(port), None)
    except (TickpathError, OSError, struct.error) as error:
        return Available(ok=False, reason=str(error))
    if wrong is not None:
        return Available(ok=False, reason=f"{wrong}: do not use it, update the driver")
    names = ", ".join(kernels.KERNELS)
    return Available(ok=True, reason=f"kernels {names} give the bytes of the CPU")


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
