"""A simulated overlay for tests: one library a session, a fresh port a test."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from tickpath.devices.fpga.board import Board
from tickpath.devices.fpga.overlay import board_library
from tickpath.devices.fpga.settings import (
    ChainSettings,
    FeedSettings,
    GateSettings,
    TemplateSettings,
)
from tickpath.devices.fpga.sim_port import SimPort
from tickpath.hot.strategy.bank import Bank, BankInput, Hidden

PPM_MAX, COLLAR_MAX = 20000, 50000
RATE_STEP, RATE_ROOM = 10**6, 10**9 - 10**6


def any_bank(
    rng: np.random.Generator, count: int = 1, inputs: int = 8, units: int = 0, shift: int = 8
) -> Bank:
    """A table of random numbers of all sizes."""

    def weights(rows: int, width: int) -> list[list[int]]:
        return rng.integers(-(2**17), 2**17, (rows, width)).tolist()

    def wide(rows: int) -> list[int]:
        return (rng.integers(-(2**47), 2**47, rows) >> rng.integers(0, 46, rows)).tolist()

    sell = [v // 2 for v in wide(count)]
    return Bank(
        inputs=[BankInput(0.0, 1.0)] * inputs,
        weights=weights(count, units or inputs),
        bias=wide(count),
        sell=sell,
        buy=[v + 1 + int(rng.integers(0, 2**40)) for v in sell],
        hidden=Hidden(weights=weights(units, inputs), bias=wide(units), shift=shift)
        if units
        else None,
    )


def any_rows(rng: np.random.Generator, count: int, inputs: int = 8, bits: int = 24) -> np.ndarray:
    """int32 rows of numbers of all sizes up to `bits`."""
    wide = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (count, inputs))
    return (wide >> rng.integers(0, bits - 4, (count, 1))).astype(np.int32)


@cache
def built() -> Path:
    """The simulated board; asked for once, which hashes the sources once."""
    return board_library()


def open_board(seed: int = 1) -> Iterator[Board]:
    """A board over a port of its own, closed behind the test."""
    port = SimPort(built(), seed=seed)
    yield Board(port)
    port.close()


def gate_limits(
    lots_max: int = 1000,
    equity: int = 10**12,
    position_ppm: int = PPM_MAX,
    collar_ppm: int = COLLAR_MAX,
    rate_step_ns: int = RATE_STEP,
    rate_room_ns: int = RATE_ROOM,
) -> GateSettings:
    """Limits at the compiled ceilings, but for what is said."""
    return GateSettings(
        lots_max=lots_max,
        equity=equity,
        position_ppm=position_ppm,
        collar_ppm=collar_ppm,
        rate_step_ns=rate_step_ns,
        rate_room_ns=rate_room_ns,
    )


TEMPLATE = TemplateSettings(
    data=b"ORDER?" + bytes(8) + b"--------!", side_at=5, lots_at=6, price_at=10, token_at=14
)
CHAIN = ChainSettings(on=True, votes=1, slip_ticks=1, lots=3)
FEED = FeedSettings(locate=7)
