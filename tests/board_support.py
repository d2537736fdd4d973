"""The simulated board as a backend of the stages, for their contract suites and its own tests."""

import os
from collections.abc import Sequence
from typing import Any

import pytest

from tickpath.core.backend import Backend
from tickpath.devices.fpga import opened
from tickpath.devices.fpga.board import Board
from tickpath.devices.fpga.overlay import board_library
from tickpath.devices.fpga.port import DeviceLostError
from tickpath.devices.fpga.probe import ASK, SIMULATED
from tickpath.devices.fpga.sim_port import SimPort
from tickpath.devices.fpga.verilate import missing_tool

ABSENT = missing_tool()
needs_board = pytest.mark.skipif(bool(ABSENT), reason=ABSENT or "-")
FPGA = pytest.param("fpga", marks=needs_board)


def ready(backend: str) -> Backend:
    """The backend by name; the simulated board is built and asked for where it is meant."""
    if backend == "fpga" and os.environ.get(ASK) != SIMULATED:
        board_library()
        os.environ[ASK] = SIMULATED
        opened.opened.cache_clear()
    return Backend(backend)


class FailingPort(SimPort):
    """The simulated board until its call `fail_at` to one of `verbs`, then lost."""

    def __init__(self, fail_at: int = 2**62, verbs: Sequence[str] = ("rows", "messages")) -> None:
        super().__init__(board_library())
        self.fail_at, self.verbs, self.calls = fail_at, verbs, 0

    def count(self, verb: str) -> None:
        self.calls += verb in self.verbs
        if self.calls >= self.fail_at:
            raise DeviceLostError("the board is gone: reset the overlay")

    def read(self, address: int) -> int:
        self.count("read")
        return super().read(address)

    def rows(self, rows: Any, results: int) -> Any:
        self.count("rows")
        return super().rows(rows, results)

    def messages(self, messages: Any, orders: int) -> Any:
        self.count("messages")
        return super().messages(messages, orders)


def a_board(fail_at: int = 2**62, *verbs: str) -> opened.Opened:
    """A board of its own; `fail_at` counts from now on."""
    port = FailingPort(2**62, verbs or ("rows", "messages"))
    board = Board(port)
    port.calls, port.fail_at = 0, fail_at
    return opened.Opened(board=board, reason=board.text())
