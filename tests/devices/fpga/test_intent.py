"""Votes to orders in RTL against a plain reading of its header."""

import ctypes
import random
from dataclasses import dataclass

import numpy as np
import pytest

from tickpath.devices.fpga import verilate

U32 = 2**32 - 1
Beat = tuple[int, int, int, int, int, int, int]
"""votes, saturated, last, ask, bid, on, reset"""


@pytest.fixture(scope="module")
def library(needs_verilator: None) -> ctypes.CDLL:
    folder = verilate.fabric_folder()
    path = verilate.library("tp_intent", folder / "sim/intent_rig.cpp", [folder / "rtl/intent.sv"])
    made = ctypes.CDLL(str(path))
    made.rig_run.restype = ctypes.c_int64
    made.rig_run.argtypes = [ctypes.c_uint64] * 8
    return made


@dataclass
class Settings:
    votes: int = 2
    slip: int = 3
    lots: int = 10


def run(
    library: ctypes.CDLL, beats: list[Beat], s: Settings, seed: int = 1, take: int = 256
) -> list[tuple[int, int, int, int, int]]:
    """Side, lots, price, tag of each intent and the beats taken by then."""
    rows = np.array([[v & U32 for v in b] for b in beats], np.uint64)
    out = np.zeros((len(beats) + 1, 3), np.uint64)
    count = library.rig_run(
        rows.ctypes.data, len(rows), s.votes, s.slip, s.lots, seed, take, out.ctypes.data
    )
    assert count >= 0, "an output moved before it was taken, or a reset left one"
    found = []
    for low, high, beat in out[:count].tolist():
        assert low & 0xFFFFFEFF == 0, "only the side is set in the first word"
        found.append((low >> 8 & 1, low >> 32, high & U32, high >> 32, beat))
    return found


def expected(beats: list[Beat], s: Settings) -> list[tuple[int, int, int, int, int]]:
    wanted, tag, found = 0, 0, []
    for k, (votes, saturated, last, ask, bid, on, reset) in enumerate(beats):
        if reset:
            wanted = tag = 0
            continue
        counts = last and not saturated and ask and bid
        side = 0
        if s.votes and counts:
            side = 1 if votes >= s.votes else -1 if votes <= -s.votes else 0
        if on and counts and side and side != wanted:
            price = min(U32, ask + s.slip) if side > 0 else max(0, bid - s.slip)
            found.append((int(side < 0), s.lots, price, tag, k + 1))
            tag += 1
        wanted = 0 if not on else side if counts else wanted
    return found


def beats_of(rng: random.Random, count: int) -> list[Beat]:
    beats, on = [], 1
    for _ in range(count):
        on = on if rng.random() < 0.97 else 1 - on
        votes = rng.choice((-128, -64, -3, -2, -1, 0, 1, 2, 3, 64, 127))
        ask, bid = (rng.choice((0, 1, 2, 100, 101, U32 - 2, U32)) for _ in range(2))
        last, saturated = int(rng.random() < 0.8), int(rng.random() < 0.1)
        beats.append((votes, saturated, last, ask, bid, on, int(rng.random() < 0.01)))
    return beats


@pytest.mark.parametrize("seed", range(6))
def test_intents_are_those_of_the_votes(library: ctypes.CDLL, seed: int) -> None:
    rng = random.Random(seed)
    s = Settings(rng.choice((0, 1, 2, 64, 127)), rng.choice((0, 3, U32)), rng.choice((0, 7, U32)))
    beats = beats_of(rng, 3000)
    wanted = expected(beats, s)
    assert run(library, beats, s, seed) == wanted
    # Under pauses a reset may take an intent that waits, so without resets: none is lost.
    calm: list[Beat] = [(*b[:6], 0) for b in beats]
    assert run(library, calm, s, seed, take=40) == expected(calm, s)


def test_an_intent_can_be_taken_with_its_beat(library: ctypes.CDLL) -> None:
    beats: list[Beat] = [(5, 0, 1, 101, 100, 1, 0)] * 3
    assert run(library, beats, Settings()) == [(0, 10, 104, 0, 1)]


def test_a_side_is_named_again_after_it_was_let_go(library: ctypes.CDLL) -> None:
    votes = (5, 5, 0, 5, -5, -5, 5)
    beats: list[Beat] = [(v, 0, 1, 101, 100, 1, 0) for v in votes]
    sides = [side for side, *_ in run(library, beats, Settings())]
    assert sides == [0, 0, 1, 0]


def test_nothing_is_made_while_off(library: ctypes.CDLL) -> None:
    beats: list[Beat] = [(v, 0, 1, 101, 100, 0, 0) for v in (5, -5, 5)]
    assert run(library, beats, Settings()) == []
