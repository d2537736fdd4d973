"""The Verilated strategy bank as Python sees it, and an oracle of its numbers in int64."""

import ctypes
from pathlib import Path

import numpy as np

from tickpath.devices.bank_table import read_bank
from tickpath.devices.fpga.table import LANES, Build, Packed, pack
from tickpath.devices.fpga.verilate import fabric_folder, library
from tickpath.hot.strategy.bank import Bank, BankInput, Hidden

MODULES = (
    "product",
    "bank_lanes",
    "bank_params",
    "bank_rows",
    "bank_hidden",
    "bank_out",
    "strategy_bank",
)
CLOCKS_MAX = 50_000_000
WEIGHT = (-(2**17), 2**17 - 1)
WIDE = (-(2**47), 2**47 - 1)


def built(width: int, build: Build) -> Path:
    """The shared library of one set of parameters."""
    folder = fabric_folder()
    return library(
        "tp_bank",
        folder / "sim/strategy_bank_rig.cpp",
        [folder / f"rtl/{name}.sv" for name in MODULES],
        {
            "FW": width,
            "STRATEGIES": build.strategies,
            "CHUNKS": build.chunks,
            "HIDDEN": int(build.hidden),
        },
    )


class BankRig:
    """One simulated bank."""

    def __init__(self, width: int, build: Build) -> None:
        self.build = build
        self.width = width
        self.lib = ctypes.CDLL(str(built(width, build)))
        for name in ("rig_new", "rig_commit", "rig_beats_at_commit", "rig_broken", "rig_stream"):
            getattr(self.lib, name).restype = (
                ctypes.c_void_p if name == "rig_new" else ctypes.c_long
            )
        self.lib.rig_dropped.restype = ctypes.c_uint32
        self.handle = ctypes.c_void_p(self.lib.rig_new())
        self.kept: list[np.ndarray] = []

    def close(self) -> None:
        self.lib.rig_free(self.handle)

    def settings(self, strategies: int, inputs: int, hidden: int = 0, shift: int = 0) -> None:
        self.lib.rig_settings(self.handle, strategies, inputs, hidden, shift)

    def commit(self, clocks_max: int = 1000) -> int:
        return int(self.lib.rig_commit(self.handle, ctypes.c_long(clocks_max)))

    def words(self, packed: Packed) -> np.ndarray:
        array = np.array(packed.words, dtype=np.uint32)
        self.kept = [array]
        return array

    def load(self, bank: Bank) -> Packed:
        """Write a bank and make it active."""
        packed = pack(read_bank(bank.to_bytes()), self.build)
        array = self.words(packed)
        self.lib.rig_write(self.handle, pointer(array), ctypes.c_long(len(array)))
        self.settings(packed.strategies, packed.inputs, packed.hidden, packed.shift)
        assert self.commit() >= 0
        assert not self.lib.rig_commit_error(self.handle)
        return packed

    def plan(self, bank: Bank, from_beat: int) -> None:
        """Write and commit a bank while the next stream runs."""
        packed = pack(read_bank(bank.to_bytes()), self.build)
        array = self.words(packed)
        self.settings(packed.strategies, packed.inputs, packed.hidden, packed.shift)
        self.lib.rig_plan(
            self.handle, pointer(array), ctypes.c_long(len(array)), ctypes.c_long(from_beat)
        )

    def stream(
        self,
        beats: np.ndarray,
        want: int,
        *,
        tags: np.ndarray | None = None,
        in_stall: int = 0,
        out_stall: int = 0,
        clocks_max: int = CLOCKS_MAX,
    ) -> "Results":
        """Beats int32[n, 8] in, results out."""
        beats = np.ascontiguousarray(beats, dtype=np.int32)
        count = len(beats)
        if tags is None:
            tags = np.arange(count, dtype=np.uint64)
        out = np.zeros((max(want, 1), 3), dtype=np.uint64)
        taken = np.zeros(max(count, 1), dtype=np.uint64)
        given = np.zeros(max(want, 1), dtype=np.uint64)
        got = self.lib.rig_stream(
            self.handle, pointer(beats), pointer(tags), ctypes.c_long(count), pointer(out),
            ctypes.c_long(want), in_stall, out_stall, ctypes.c_long(clocks_max), pointer(taken),
            pointer(given),
        )  # fmt: skip
        got = min(got, want)
        return Results(out[:got], taken, given[:got], int(self.lib.rig_broken(self.handle)))


class Results:
    """Fields of the results, as int64 columns."""

    def __init__(
        self, words: np.ndarray, taken: np.ndarray, given: np.ndarray, broken: int
    ) -> None:
        upper = words[:, 1]
        self.count = len(words)
        self.score = words[:, 0].view(np.int64)
        self.row = (upper & np.uint64(0xFFFFFFFF)).astype(np.int64)
        self.strategy = self.bits(upper, 32, 8)
        self.votes = signed(self.bits(upper, 40, 8), 8)
        self.signal = signed(self.bits(upper, 48, 2), 2)
        self.saturated = self.bits(upper, 50, 1)
        self.last = self.bits(upper, 51, 1)
        self.rest = self.bits(upper, 52, 12)
        self.tag = words[:, 2]
        self.taken = taken.astype(np.int64)
        self.given = given.astype(np.int64)
        self.broken = broken

    @staticmethod
    def bits(words: np.ndarray, at: int, count: int) -> np.ndarray:
        mask = np.uint64((1 << count) - 1)
        return ((words >> np.uint64(at)) & mask).astype(np.int64)


def signed(values: np.ndarray, bits: int) -> np.ndarray:
    return np.where(values >> (bits - 1), values - (1 << bits), values)


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


class Oracle:
    """What the fabric must give for int32 rows [n, M], whole columns at a time.

    Exact in int64: 32 products of 2^31 x 2^17 and a bias stay below 2^54.
    """

    def __init__(self, bank: Bank, rows: np.ndarray, width: int) -> None:
        low, high = -(2 ** (width - 1)), 2 ** (width - 1) - 1
        x = np.where((rows >= low) & (rows <= high), rows, 0).astype(np.int64)
        saturated = (x != rows).any(axis=1)
        if bank.hidden is not None:
            half = (1 << bank.hidden.shift) >> 1
            weights = np.array(bank.hidden.weights, dtype=np.int64)
            total = x @ weights.T + np.array(bank.hidden.bias, dtype=np.int64) + half
            units = np.clip(total >> bank.hidden.shift, 0, 2**31 - 1)
            x = np.minimum(units, high)
            saturated |= (x != units).any(axis=1)
        score = x @ np.array(bank.weights, dtype=np.int64).T + np.array(bank.bias, dtype=np.int64)
        buy = score >= np.array(bank.buy, dtype=np.int64)
        sell = score <= np.array(bank.sell, dtype=np.int64)
        signal = buy.astype(np.int64) - sell
        count = len(bank.weights)
        self.score = score.reshape(-1)
        self.signal = signal.reshape(-1)
        self.votes = np.cumsum(signal, axis=1).reshape(-1)
        self.strategy = np.tile(np.arange(count), len(rows))
        self.last = (self.strategy == count - 1).astype(np.int64)
        self.row = np.repeat(np.arange(len(rows)), count)
        self.saturated = np.repeat(saturated.astype(np.int64), count)

    def differences(self, found: Results, first_row: int = 0) -> int:
        """Results that differ in any field."""
        if found.count != len(self.score):
            return max(found.count, len(self.score))
        bad = found.row != self.row + first_row
        for name in ("score", "signal", "votes", "strategy", "last", "saturated"):
            bad |= getattr(found, name) != getattr(self, name)
        return int((bad | (found.rest != 0)).sum())


def beats_of(rows: np.ndarray) -> np.ndarray:
    """Rows [n, M] as beats [n * ceil(M / 8), 8], zeros behind the last input."""
    count, width = rows.shape
    beats = -(-width // LANES)
    padded = np.zeros((count, beats * LANES), dtype=np.int32)
    padded[:, :width] = rows
    return padded.reshape(count * beats, LANES)


def make_bank(
    rng: np.random.Generator, strategies: int, inputs: int, hidden: int = 0, extreme: bool = False
) -> Bank:
    """A random bank. `extreme`: every number is one of its ends."""

    def numbers(ends: tuple[int, int], shape: tuple[int, ...]) -> list:
        if extreme:
            return rng.choice(np.array(ends, dtype=np.int64), shape).tolist()
        found = rng.integers(ends[0], ends[1], shape, endpoint=True, dtype=np.int64)
        return (found >> rng.integers(0, ends[1].bit_length() // 2, shape)).tolist()

    layer = None
    if hidden:
        layer = Hidden(
            weights=numbers(WEIGHT, (hidden, inputs)),
            bias=numbers(WIDE, (hidden,)),
            shift=int(rng.choice([0, 47]) if extreme else rng.integers(0, 32)),
        )
    ends = np.sort(np.array([numbers(WIDE, (strategies,)), numbers(WIDE, (strategies,))]), axis=0)
    sell = np.minimum(ends[0], WIDE[1] - 1)
    return Bank(
        inputs=[BankInput(0.0, 1.0)] * inputs,
        weights=numbers(WEIGHT, (strategies, hidden or inputs)),
        bias=numbers(WIDE, (strategies,)),
        sell=sell.tolist(),
        buy=np.maximum(ends[1], sell + 1).tolist(),
        hidden=layer,
    )


def make_rows(
    rng: np.random.Generator, count: int, inputs: int, bits: int = 32, extreme: bool = False
) -> np.ndarray:
    """Random int32 rows of `bits` significant bits."""
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    if extreme:
        return rng.choice(np.array([low, high, 0, -1], dtype=np.int64), (count, inputs))
    rows = rng.integers(low, high, (count, inputs), endpoint=True, dtype=np.int64)
    return rows >> rng.integers(0, bits - 1, (count, 1))
