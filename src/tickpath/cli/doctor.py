"""Backends with reasons, the compiled ceilings, and host tuning with the command that fixes each.

tickpath doctor
tickpath doctor --json -
tickpath doctor --gpu-selftest
tickpath doctor --compile-kernels
tickpath doctor --compile-kernels build/cubin
"""

import argparse
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from tickpath.cli.output import console, json_option, table, write_json
from tickpath.core.backend import Available, Backend, probe
from tickpath.core.config import CEILINGS
from tickpath.core.errors import BackendError, VerificationError
from tickpath.core.limits import LIMITS
from tickpath.devices.cpu.host import Finding, host_findings
from tickpath.devices.gpu.probe import probe as gpu_probe
from tickpath.hot import STAGES

CEILING_TEXTS = {
    "position_ceiling_ppm": "worst-case position of an instrument, ppm of equity",
    "order_notional_ceiling_ppm": "notional of one order, ppm of equity",
    "price_collar_ppm_max": "order price from the reference price, ppm",
    "order_rate_per_s_max": "orders a second, and at once",
    "message_rate_per_s_max": "orders, replaces and cancels a second, and at once",
    "fat_finger_ppm_max": "how far a limit may reach through the touch, ppm",
    "open_orders_max": "open orders of an instrument",
    "leverage_ppm_max": "worst-case gross exposure, ppm of equity",
    "concentration_ppm_max": "worst-case exposure to one base currency, ppm of equity",
    "duplicate_ns_max": "longest time in which the same order is a duplicate, ns",
    "stale_ns_max": "age of the newest market event, ns",
    "crossed_ns_max": "how long a book may stay crossed, ns",
    "crossed_messages_max": "and for how many messages",
}


TRANSPORTS = {"picows": "picows_client", "aiohttp": "aiohttp_client", "polling": "polling"}


def arguments(parser: argparse.ArgumentParser) -> None:
    json_option(parser)
    parser.add_argument(
        "--gpu-selftest",
        action="store_true",
        help="run the kernels on the GPU and compare them with the CPU; exit code 4 when they "
        "cannot run or differ",
    )
    parser.add_argument(
        "--compile-kernels",
        nargs="?",
        const="",
        metavar="FOLDER",
        help="compile all GPU kernels ahead, for every supported device and as PTX, into a folder "
        "or, without one, into the cache; needs no GPU. Exit code 4 when a compiler refuses them",
    )


def ceiling_texts() -> dict[str, tuple[str, list[str]]]:
    """Compiled ceiling to what it bounds and which configured limits tighten it."""
    tightened: dict[str, list[str]] = {}
    for name, ceiling in CEILINGS.items():
        tightened.setdefault(ceiling, []).append(name)
    return {name: (what, tightened.get(name, [])) for name, what in CEILING_TEXTS.items()}


def receive_finding() -> Finding:
    """Whether packets can be received past the kernel's network stack, and why not."""
    from tickpath.venues.transport import afxdp

    answer = afxdp.probe()
    return Finding(
        check="AF_XDP receive",
        ok=answer.ok,
        found="available" if answer.ok else answer.reason,
        fix=""
        if answer.ok
        else "run with CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF on a kernel with "
        "CONFIG_XDP_SOCKETS; without it datagrams are received by udp",
    )


def transports() -> list[dict[str, Any]]:
    """The WebSocket clients: rows like those of a stage's backends."""
    rows = []
    for name, module in TRANSPORTS.items():
        answer = import_module(f"tickpath.venues.transport.{module}").probe()
        rows.append(
            {
                "stage": "transport",
                "backend": name,
                "available": answer.ok,
                "reason": answer.reason,
            }
        )
    return rows


def device_backends(selftest: bool) -> list[dict[str, Any]]:
    """Devices that batches may run on: rows like those of a stage's backends."""
    answer = gpu_probe()
    if selftest and answer.ok:
        try:
            answer = import_module("tickpath.devices.gpu.selftest").host_test()
        except ImportError as error:
            answer = Available(ok=False, reason=f"cannot be imported: {error}; run `make build`")
    row = {"stage": "batch", "backend": "gpu", "available": answer.ok, "reason": answer.reason}
    return [row]


def doctor(*, gpu_selftest: bool = False) -> dict[str, list[dict[str, Any]]]:
    """`{"backends": [...], "ceilings": [...], "host": [...], "limits": [...]}`; also
    `tickpath.doctor()`. Ceilings are what limits.toml has under [risk], as compiled.
    `gpu_selftest` lets the kernels run on the GPU, which is then available only if they give the
    results of the CPU."""
    backends = [
        {"stage": stage, "backend": str(b), "available": answer.ok, "reason": answer.reason}
        for stage in STAGES
        for b in Backend
        if b != Backend.ONNX or stage == "model"
        for answer in (probe(stage, b),)
    ]
    backends += device_backends(gpu_selftest) + transports()
    limits = [{"limit": name, "compiled": value} for name, value in LIMITS.items()]
    ceilings = [
        {"ceiling": name, "compiled": LIMITS[name], "tightened_by": ", ".join(by), "what": what}
        for name, (what, by) in ceiling_texts().items()
    ]
    return {
        "backends": backends,
        "ceilings": ceilings,
        "host": [asdict(f) for f in (*host_findings(), receive_finding())],
        "limits": limits,
    }


def compile_kernels(args: argparse.Namespace) -> int:
    """Compile ahead, and list what was done."""
    from tickpath.devices.gpu import ahead, kernels

    folder = Path(args.compile_kernels) if args.compile_kernels else kernels.cache_folder()
    try:
        made = ahead.compile_all(folder)
    except BackendError as error:
        raise VerificationError(f"kernels are not compiled: {error}") from error
    rows = [(m.kernel, m.arch, m.done, m.compiler, f"{m.path.stat().st_size:,}") for m in made]
    head = ("kernel", "for", "", "by", "bytes")
    console(args).print(table(f"Kernels in {folder}", head, rows))
    write_json(args, [m._asdict() | {"path": str(m.path)} for m in made])
    return 0


def run(args: argparse.Namespace) -> int:
    if args.compile_kernels is not None:
        return compile_kernels(args)
    found = doctor(gpu_selftest=args.gpu_selftest)
    screen = console(args)
    rows = [
        (b["stage"], b["backend"], "yes" if b["available"] else "no", b["reason"])
        for b in found["backends"]
    ]
    screen.print(table("Backends", ("stage", "backend", "available", "reason"), rows))
    host = [(f["check"], "ok" if f["ok"] else "look", f["found"], f["fix"]) for f in found["host"]]
    screen.print(table("Host", ("check", "", "found", "fix"), host))
    ceilings = [
        (c["ceiling"], f"{c['compiled']:,}", c["tightened_by"], c["what"])
        for c in found["ceilings"]
    ]
    head = ("ceiling", "value", "tightened by", "what")
    screen.print(table("Ceilings of this build (nothing loosens them)", head, ceilings))
    known = {c["ceiling"] for c in found["ceilings"]}
    bounds = [
        (r["limit"], f"{r['compiled']:,}") for r in found["limits"] if r["limit"] not in known
    ]
    screen.print(table("Bounds of this build", ("bound", "value"), bounds))
    write_json(args, found)
    if not args.gpu_selftest:
        return 0
    (gpu,) = (b for b in found["backends"] if b["stage"] == "batch")
    if not gpu["available"]:
        raise VerificationError(f"GPU self-test not passed: {gpu['reason']}")
    return 0
