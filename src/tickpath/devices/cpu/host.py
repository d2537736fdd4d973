"""Host checks: what costs latency on this machine and the command that changes it. Reads only."""

import os
import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MEMLOCK_BYTES_MIN = 256 * 2**20


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One check: what was found, whether it is well, and what to type if not."""

    check: str
    ok: bool
    found: str
    fix: str


def read(path: str) -> str:
    """Text of a kernel file, or "" when this kernel has none."""
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def bracketed(text: str) -> str:
    """The chosen word of a kernel choice file: 'always [madvise] never' -> 'madvise'."""
    return text.split("[")[-1].split("]")[0] if "[" in text else text


def clock_source(root: str) -> Finding:
    found = read(f"{root}/sys/devices/system/clocksource/clocksource0/current_clocksource")
    return Finding(
        check="clock source", ok=found == "tsc", found=found or "unknown",
        fix="" if found == "tsc" else "boot with clocksource=tsc tsc=reliable",
    )  # fmt: skip


def governor(root: str) -> Finding:
    found = read(f"{root}/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    ok = found in ("performance", "")
    return Finding(
        check="frequency governor", ok=ok, found=found or "not exposed (virtual machine)",
        fix="" if ok else "cpupower frequency-set -g performance",
    )  # fmt: skip


def isolation(root: str) -> Finding:
    found = read(f"{root}/sys/devices/system/cpu/isolated")
    return Finding(
        check="isolated cores", ok=bool(found), found=found or "none",
        fix="" if found else "boot with isolcpus=N nohz_full=N rcu_nocbs=N for the engine's core",
    )  # fmt: skip


def cores(root: str) -> Finding:
    count = len(os.sched_getaffinity(0))
    return Finding(
        check="usable cores", ok=count >= 2, found=str(count),
        fix="" if count >= 2 else "give the process two cores: one walks, one does the rest",
    )  # fmt: skip


def memory_lock(root: str) -> Finding:
    soft = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    ok = soft == resource.RLIM_INFINITY or soft >= MEMLOCK_BYTES_MIN
    text = "unlimited" if soft == resource.RLIM_INFINITY else f"{soft // 1024} KiB"
    return Finding(
        check="lockable memory", ok=ok, found=text,
        fix="" if ok else "ulimit -l unlimited (or memlock in /etc/security/limits.conf)",
    )  # fmt: skip


def huge_pages(root: str) -> Finding:
    found = bracketed(read(f"{root}/sys/kernel/mm/transparent_hugepage/enabled"))
    ok = found in ("madvise", "always")
    fix = "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"
    return Finding(
        check="transparent huge pages", ok=ok, found=found or "not built in", fix="" if ok else fix
    )


def swap(root: str) -> Finding:
    used = [line for line in read(f"{root}/proc/swaps").splitlines()[1:] if line]
    return Finding(
        check="swap", ok=not used, found=f"{len(used)} areas" if used else "off",
        fix="swapoff -a" if used else "",
    )  # fmt: skip


def siblings(root: str) -> Finding:
    found = read(f"{root}/sys/devices/system/cpu/smt/active")
    return Finding(
        check="hyper-threading", ok=found != "1",
        found={"1": "on", "0": "off"}.get(found, "unknown"),
        fix="echo off > /sys/devices/system/cpu/smt/control" if found == "1" else "",
    )  # fmt: skip


CHECKS: tuple[Callable[[str], Finding], ...] = (
    clock_source, governor, isolation, cores, memory_lock, huge_pages, swap, siblings,
)  # fmt: skip


def host_findings(root: str = "") -> list[Finding]:
    """All checks; `root` is a folder that stands for / in tests."""
    return [check(root) for check in CHECKS]


def cpu_name(root: str = "") -> str:
    """Model name of the first processor."""
    for line in read(f"{root}/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"
