"""The features' reference against exact fractions, and the RTL against the reference."""

import ctypes
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.errors import ConfigError, DataError
from tickpath.devices.fpga.features import (
    CHANGE_MAX,
    DEVIATION_PAST,
    ERROR_MAX,
    LATENCY,
    Features,
    deviate,
    imbalance,
)
from tickpath.devices.fpga.verilate import fabric_folder, library

TOP = 2**24 - 1


@given(st.integers(0, TOP), st.integers(0, TOP))
@settings(max_examples=300, deadline=None)
def test_the_imbalance_is_within_its_stated_error(bid: int, ask: int) -> None:
    found = imbalance(bid, ask)
    exact = Fraction((bid - ask) * 2**16, bid + ask) if bid + ask else Fraction(0)
    assert abs(found - exact) <= ERROR_MAX


def test_the_stated_error_is_not_wide_of_the_largest_one() -> None:
    worst = max(
        abs(imbalance(bid, 1) - Fraction((bid - 1) * 2**16, bid + 1))
        for bid in range(2**20, TOP, 997)
    )
    assert 0.8 * ERROR_MAX < worst <= ERROR_MAX


def test_a_row_by_hand() -> None:
    features = Features(shift_fast=1, shift_slow=5, shift_imbalance=1)
    assert features.step(100, 10, 102, 10, True) == [2, 0, 0, 0, 0, 0, 0, 0]
    # the mid rises by one tick, three quarters of the lots are bid: imbalance 1/2 less table error
    row = features.step(101, 30, 103, 10, True)
    assert row is not None
    spread, balance, micro, fast, slow, mean, apart, change = row
    assert (spread, change, fast, slow, mean, apart) == (2, 2, 256, 256, 0, 0)
    assert abs(balance - 2**15) <= ERROR_MAX
    assert micro == 2 * balance >> 9
    # nothing moves: fast has come half of the way, slow 1/32 of it
    row = features.step(101, 30, 103, 10, True)
    assert row is not None
    assert row[3:5] == [128, 248]
    assert row[6] == 120
    assert row[5] == balance >> 1


@pytest.mark.parametrize(
    "event",
    [(1, 1, 2, 1, False), (2**24, 1, 2, 1, True), (1, 2**24, 2, 1, True), (1, 1, 2, -1, True)],
)
def test_a_bad_event_gives_no_row_and_leaves_the_state(
    event: tuple[int, int, int, int, bool],
) -> None:
    features = Features()
    features.step(100, 10, 102, 10, True)
    before = features.export()
    assert features.step(*event) is None
    assert features.skipped == 1
    assert features.export() == {**before, "skipped": 1}


@given(
    st.integers(-(2**27), 2**27 - 1),
    st.integers(-(2**25), 2**25),
    st.integers(1, 12),
)
@settings(max_examples=300, deadline=None)
def test_a_deviation_never_leaves_its_width(deviation: int, change: int, shift: int) -> None:
    found = deviate(deviation, change, shift)
    assert -(2**27) <= found < 2**27
    if not -CHANGE_MAX <= change < CHANGE_MAX:
        assert abs(found) <= abs(deviation)


def test_a_long_trend_stops_at_the_limit() -> None:
    features = Features(shift_slow=12)
    for k in range(5000):
        features.step(1000 + 3 * k, 5, 1001 + 3 * k, 5, True)
    assert DEVIATION_PAST <= features.deviation_slow < DEVIATION_PAST + (3 << 14)


def test_state_goes_out_and_comes_back() -> None:
    first = Features(shift_fast=2, shift_slow=6, shift_imbalance=3)
    events = [(1000 + k % 7, 5 + k, 1003 + k % 5, 90 - k, k % 11 != 0) for k in range(60)]
    for event in events[:30]:
        first.step(*event)
    second = Features.restore(first.export())
    assert [first.step(*event) for event in events[30:]] == [
        second.step(*event) for event in events[30:]
    ]
    with pytest.raises(DataError, match="mid2"):
        Features.restore({**first.export(), "mid2": -1})
    with pytest.raises(DataError, match="needs exactly"):
        Features.restore({"seen": 1})
    with pytest.raises(ConfigError, match="shift_slow must be 5 to 12"):
        Features(shift_slow=4)


class Rig:
    """The Verilated module."""

    def __init__(self) -> None:
        folder = fabric_folder()
        names = ("product", "shift", "carry_save", "reciprocal", "deviation", "features")
        sources = [folder / f"rtl/{name}.sv" for name in names]
        path = library("tp_features", folder / "sim/features_rig.cpp", sources)
        self.lib = ctypes.CDLL(str(path))
        self.lib.rig_new.restype = ctypes.c_void_p
        self.lib.rig_stream.restype = ctypes.c_long
        self.lib.rig_skipped.restype = ctypes.c_uint32
        self.handle = ctypes.c_void_p(self.lib.rig_new())

    def reset(self, fast: int, slow: int, imbalance: int, clocks: int = 2) -> None:
        self.lib.rig_reset(self.handle, fast, slow, imbalance, clocks)

    def stream(
        self, events: np.ndarray, gap: int = 0, drain: int = 8
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        count = len(events)
        rows = np.zeros((count, 10), dtype=np.int32)
        taken, given = np.zeros(count, dtype=np.uint64), np.zeros(count, dtype=np.uint64)
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (rows, taken, given)]
        got = self.lib.rig_stream(
            self.handle, ctypes.c_void_p(events.ctypes.data), ctypes.c_long(count), gap, drain,
            *pointers,
        )  # fmt: skip
        return rows[:got], taken.astype(np.int64), given[:got].astype(np.int64)


@pytest.fixture(scope="module")
def rig(needs_verilator: None) -> Iterator[Rig]:
    made = Rig()
    yield made
    made.lib.rig_free(made.handle)


def make_events(rng: np.random.Generator, count: int, kind: str) -> np.ndarray:
    """uint32[count, 5]. "walk": a market; "wild": any bits; "ends": all-min and all-max."""
    events = np.zeros((count, 5), dtype=np.uint32)
    if kind == "walk":
        mid = 500_000 + np.cumsum(rng.integers(-3, 4, count))
        half = rng.integers(1, 12, count)
        events[:, 0], events[:, 2] = mid - half, mid + half
        events[:, 1] = rng.integers(1, 5000, count)
        events[:, 3] = rng.integers(1, 5000, count)
    elif kind == "wild":
        # jumps and small numbers too: each number has its own random width of up to 24 bits
        events[:, :4] = rng.integers(0, 2**24, (count, 4)) >> rng.integers(0, 24, (count, 4))
    else:
        events[:, :4] = rng.choice(np.array([0, 1, TOP, TOP - 1]), (count, 4))
    events[:, 4] = rng.random(count) > 0.05
    wide = rng.random(count) < 0.02
    bits = (2 ** rng.integers(24, 32, wide.sum())).astype(np.uint32)
    events[wide, rng.integers(0, 4, wide.sum())] |= bits
    return events


def expected(reference: Features, events: np.ndarray) -> np.ndarray:
    rows = []
    for bid, bid_lots, ask, ask_lots, ok in events.tolist():
        row = reference.step(bid, bid_lots, ask, ask_lots, bool(ok))
        if row is not None:
            rows.append([*row, bid, ask])
    return np.array(rows, dtype=np.int64).reshape(-1, 10)


@pytest.mark.parametrize("kind", ["walk", "wild", "ends"])
@pytest.mark.parametrize(("shifts", "gap"), [((1, 5, 1), 0), ((8, 12, 8), 40), ((4, 9, 3), 75)])
def test_rtl_equals_the_reference(
    rig: Rig, kind: str, shifts: tuple[int, int, int], gap: int
) -> None:
    rng = np.random.default_rng([len(kind), *shifts])
    events = make_events(rng, 3000, kind)
    reference = Features(shift_fast=shifts[0], shift_slow=shifts[1], shift_imbalance=shifts[2])
    rig.reset(*shifts)
    rows, taken, given = rig.stream(events, gap)
    want = expected(reference, events)
    assert len(rows) == len(want)
    assert int((rows != want).sum()) == 0
    assert rig.lib.rig_skipped(rig.handle) == reference.skipped
    # a row comes LATENCY clocks after its event, always
    good = (events[:, 4] == 1) & (events[:, :4] < 2**24).all(axis=1)
    assert (given == taken[good] + LATENCY).all()
