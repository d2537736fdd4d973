"""Whether a CUDA device can be used in this process, and what to type if not. Never raises.

Asked in the order of their price, so that a host without a driver pays for one failed `dlopen`:
the driver library, the driver itself (its own error codes, its version, how many devices), CuPy,
the runtime under CuPy, the device. Worst case: with a driver, the first probe of a process
initialises it and imports CuPy, about a second.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from tickpath.core.backend import Available

LIBRARY = "libcuda.so.1"
CUDA_MIN = 13000
"""As the driver counts: 1000 * major + 10 * minor."""
CAPABILITY_MIN = (7, 5)
MEMORY_BYTES_MIN = 2**30
SUCCESS, TOO_OLD, NO_DEVICE = 0, 35, 100
NOT_INSTALLED = "pip install 'tickpath[gpu]'"
UPGRADE = "install one of version 580 or later: apt-get install nvidia-driver"

REASONS = {
    2: ("the driver is out of memory", "see who holds it: nvidia-smi"),
    3: ("the driver could not start", "read dmesg | grep -i nvrm, then: modprobe nvidia_uvm"),
    34: ("the CUDA library is a stub for linking, not a driver", UPGRADE),
    TOO_OLD: ("the driver is older than CUDA 13", UPGRADE),
    46: ("another process holds the device alone", "release it: nvidia-smi -c DEFAULT"),
    NO_DEVICE: (
        "the driver finds no CUDA device",
        "look for one: nvidia-smi -L; unset CUDA_VISIBLE_DEVICES; "
        "start a container with --gpus all",
    ),
    802: ("the devices' fabric is not ready", "start it: systemctl start nvidia-fabricmanager"),
    803: ("driver library and kernel module are of two versions", "reboot, or: modprobe nvidia"),
    804: (
        "the compatibility driver does not support this device",
        "take its folder (cuda-compat) out of LD_LIBRARY_PATH",
    ),
    999: ("the driver failed for a reason of its own", "make its devices: nvidia-modprobe -u -c=0"),
}
"""Status codes of the driver, which the runtime shares: what it means, what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A device that can be used. `capability` is (major, minor)."""

    name: str
    capability: tuple[int, int]
    memory_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Answer of `look`: `status` is the driver's code where one decided, else 0."""

    available: Available
    status: int = SUCCESS
    device: Device | None = None


class Runtime(Protocol):
    """What the probe needs of `cupy.cuda.runtime`."""

    CUDARuntimeError: type[Exception]

    def getDeviceCount(self) -> int: ...  # noqa: N802

    def getDeviceProperties(self, index: int) -> dict[str, Any]: ...  # noqa: N802


def refused(reason: str, fix: str, status: int = SUCCESS) -> Found:
    return Found(available=Available(ok=False, reason=f"{reason}: {fix}"), status=status)


def refused_by(status: int) -> Found:
    """The answer to an error code."""
    reason, fix = REASONS.get(status, ("the driver refuses", "see what it says: nvidia-smi"))
    return refused(f"{reason} (status {status})", fix, status)


def cupy_runtime() -> Runtime:
    """CuPy's runtime. Raises what the import of CuPy raises."""
    runtime: Runtime = import_module("cupy").cuda.runtime
    return runtime


def driver_answer(library: str) -> Found | None:
    """What the driver alone says against its use; None when it says nothing."""
    try:
        driver = ctypes.CDLL(library)
    except OSError as error:
        return refused(f"no NVIDIA driver ({error})", UPGRADE)
    number = ctypes.c_int(0)
    try:
        status = driver.cuInit(0)
        if status != SUCCESS:
            return refused_by(status)
        status = driver.cuDriverGetVersion(ctypes.byref(number))
        if status == SUCCESS and number.value < CUDA_MIN:
            major, minor = number.value // 1000, number.value % 1000 // 10
            return refused(
                f"the driver is of CUDA {major}.{minor}, older than CUDA 13", UPGRADE, TOO_OLD
            )
        status = status or driver.cuDeviceGetCount(ctypes.byref(number))
    except AttributeError as error:
        return refused(f"{library} is no CUDA driver ({error})", UPGRADE)
    if status != SUCCESS:
        return refused_by(status)
    return refused_by(NO_DEVICE) if number.value == 0 else None


def runtime_answer(runtime: Runtime) -> Found:
    """What the runtime says of device 0."""
    try:
        if runtime.getDeviceCount() == 0:
            return refused_by(NO_DEVICE)
        about = runtime.getDeviceProperties(0)
        name = about["name"]
        device = Device(
            name=name.decode(errors="replace") if isinstance(name, bytes) else str(name),
            capability=(int(about["major"]), int(about["minor"])),
            memory_bytes=int(about["totalGlobalMem"]),
        )
    except runtime.CUDARuntimeError as error:
        return refused_by(int(getattr(error, "status", 999)))
    except Exception as error:
        return refused(
            f"the runtime under CuPy fails ({type(error).__name__}: {error})",
            "reinstall it: pip install --force-reinstall 'tickpath[gpu]'",
        )
    return device_answer(device)


def device_answer(device: Device) -> Found:
    """Whether the device is new and large enough."""
    have, need = (".".join(map(str, pair)) for pair in (device.capability, CAPABILITY_MIN))
    if device.capability < CAPABILITY_MIN:
        return refused(
            f"{device.name} has compute capability {have}, {need} is needed",
            "choose another device: CUDA_VISIBLE_DEVICES=1",
        )
    if device.memory_bytes < MEMORY_BYTES_MIN:
        return refused(
            f"{device.name} has {device.memory_bytes >> 20} MiB, "
            f"{MEMORY_BYTES_MIN >> 20} MiB are needed",
            "choose another device, or a larger slice of it: CUDA_VISIBLE_DEVICES=1",
        )
    text = f"{device.name}, compute capability {have}, {device.memory_bytes >> 20} MiB"
    return Found(available=Available(ok=True, reason=text), device=device)


def look(
    library: str = LIBRARY,
    runtime: Callable[[], Runtime] | None = None,
) -> Found:
    """The whole answer. `library` is the driver to load; `runtime` gives the runtime in place of
    CuPy's, and is called only when the driver has nothing against it."""
    against = driver_answer(library)
    if against is not None:
        return against
    if runtime is None:
        if find_spec("cupy") is None:
            return refused("CuPy is not installed", NOT_INSTALLED)
        runtime = cupy_runtime
    try:
        loaded = runtime()
    except Exception as error:
        return refused(
            f"CuPy cannot be imported ({type(error).__name__}: {error})",
            "reinstall it: pip install --force-reinstall 'tickpath[gpu]'",
        )
    return runtime_answer(loaded)


def probe() -> Available:
    """Whether device 0 of this process can be used, and why not."""
    return look().available
