"""Which overlay this process can use, and what to type if none. Never raises.

`TICKPATH_FPGA` decides: `sim` asks for the simulated board, which needs no pynq; a path asks for
that bitstream on the board of this host. Without it there is no overlay: nothing is loaded into an
FPGA that nobody asked for. Asked in the order of their price. Worst case: importing pynq, a second.
"""

import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tickpath.core.backend import Available
from tickpath.core.errors import BackendError, TickpathError
from tickpath.devices.fpga.overlay import board_built
from tickpath.devices.fpga.verilate import missing_tool

ASK = "TICKPATH_FPGA"
SIMULATED = "sim"
NOBODY_ASKED = (
    "no overlay was asked for: set TICKPATH_FPGA=sim for the simulated board, or to the path of a "
    "bitstream on a board"
)
NOT_INSTALLED = (
    "pynq is not installed: pip install 'tickpath[fpga]' on the board, or TICKPATH_FPGA=sim"
)
NO_DEVICE = "pynq finds no device: run on a PYNQ board, as root, or set TICKPATH_FPGA=sim"
NOT_BUILT = "the simulated board is not built: tickpath fpga build-sim"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Answer of `look`. `library` is the simulated board's, `bitfile` the bitstream's path."""

    available: Available
    library: Path | None = None
    bitfile: Path | None = None


def refused(reason: str) -> Found:
    return Found(available=Available(ok=False, reason=reason))


def simulated() -> Found:
    """Whether the simulated board is there."""
    try:
        library = board_built()
    except BackendError as error:
        return refused(str(error))
    if library is None:
        return refused(missing_tool() or NOT_BUILT)
    return Found(available=Available(ok=True, reason="simulated board"), library=library)


def pynq_devices() -> list[Any]:
    """pynq's devices. Raises what the import of pynq raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return list(import_module("pynq").Device.devices)


def on_board(bitfile: Path, devices: Callable[[], list[Any]] | None = None) -> Found:
    """Whether `bitfile` can be loaded into a device of this host."""
    if devices is None and find_spec("pynq") is None:
        return refused(NOT_INSTALLED)
    try:
        found = (devices or pynq_devices)()
    except Exception as error:
        return refused(
            f"pynq cannot be imported ({type(error).__name__}: {error}): "
            "reinstall it: pip install --force-reinstall 'tickpath[fpga]'"
        )
    if not found:
        return refused(NO_DEVICE)
    if not bitfile.is_file():
        return refused(f"no bitstream {bitfile}: build it with fpga/vivado, or correct {ASK}")
    if not bitfile.with_suffix(".hwh").is_file():
        return refused(f"no {bitfile.stem}.hwh beside {bitfile}: copy it there from the same build")
    return Found(available=Available(ok=True, reason=f"bitstream {bitfile}"), bitfile=bitfile)


def look(
    environment: Mapping[str, str] | None = None,
    devices: Callable[[], list[Any]] | None = None,
) -> Found:
    """What can be tried, without loading it. `devices` stands in for pynq's own list."""
    asked = (os.environ if environment is None else environment).get(ASK, "").strip()
    if not asked:
        return refused(NOBODY_ASKED)
    try:
        return simulated() if asked == SIMULATED else on_board(Path(asked), devices)
    except (TickpathError, OSError) as error:
        return refused(str(error))


def probe() -> Available:
    """Whether an overlay of this process answers as it must, and why not. Opens it once."""
    from tickpath.devices.fpga.opened import opened

    found = opened()
    return Available(ok=found.board is not None, reason=found.reason)
