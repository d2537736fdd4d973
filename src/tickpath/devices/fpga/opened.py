"""The overlay of this process, opened once: probe, port, identity, self-test, or why there is none.

What a stage's fpga.py builds on. An overlay whose scores are not those of the CPU is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from tickpath.core.errors import TickpathError
from tickpath.devices.fpga.board import Board
from tickpath.devices.fpga.port import Port
from tickpath.devices.fpga.probe import Found, look


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A board that passed its self-test, or None; `reason` is its name or why not."""

    board: Board | None
    reason: str


def open_port(found: Found) -> Port:
    """The port of what was found. BackendError when it does not open."""
    if found.bitfile is not None:
        port: Port = import_module("tickpath.devices.fpga.driver").open_board(str(found.bitfile))
        return port
    from tickpath.devices.fpga.sim_port import SimPort

    return SimPort(found.library)


def open_overlay(
    environment: Mapping[str, str] | None = None,
    devices: Callable[[], list[Any]] | None = None,
    port: Callable[[Found], Port] | None = None,
) -> Opened:
    """Never raises. `devices` and `port` stand in for pynq's list and for opening."""
    found = look(environment, devices)
    if not found.available.ok:
        return Opened(board=None, reason=found.available.reason)
    try:
        board = Board((port or open_port)(found))
    except TickpathError as error:
        return Opened(board=None, reason=str(error))
    except Exception as error:
        return Opened(board=None, reason=f"{type(error).__name__}: {error}")
    failed = board.self_test()
    if failed:
        board.close()
        return Opened(board=None, reason=f"self-test: {failed}")
    return Opened(board=board, reason=board.text())


@cache
def opened() -> Opened:
    """Asked once a process; see TICKPATH_FPGA in probe.py."""
    return open_overlay()
