"""Backends with reasons, the compiled ceilings, and host tuning with the command that fixes each.

tickpath doctor
tickpath doctor --json -
"""

import argparse
from dataclasses import asdict
from typing import Any

from tickpath.cli.output import console, json_option, table, write_json
from tickpath.core.backend import Backend, probe
from tickpath.core.limits import LIMITS
from tickpath.devices.cpu.host import host_findings
from tickpath.hot import STAGES


def arguments(parser: argparse.ArgumentParser) -> None:
    json_option(parser)


def doctor() -> dict[str, list[dict[str, Any]]]:
    """`{"backends": [...], "host": [...], "limits": [...]}`; also `tickpath.doctor()`."""
    backends = [
        {"stage": stage, "backend": str(b), "available": answer.ok, "reason": answer.reason}
        for stage in STAGES
        for b in Backend
        for answer in (probe(stage, b),)
    ]
    limits = [{"limit": name, "compiled": value} for name, value in LIMITS.items()]
    return {
        "backends": backends,
        "host": [asdict(f) for f in host_findings()],
        "limits": limits,
    }


def run(args: argparse.Namespace) -> int:
    found = doctor()
    screen = console(args)
    rows = [
        (b["stage"], b["backend"], "yes" if b["available"] else "no", b["reason"])
        for b in found["backends"]
    ]
    screen.print(table("Backends", ("stage", "backend", "available", "reason"), rows))
    host = [(f["check"], "ok" if f["ok"] else "look", f["found"], f["fix"]) for f in found["host"]]
    screen.print(table("Host", ("check", "", "found", "fix"), host))
    ceilings = [(r["limit"], f"{r['compiled']:,}") for r in found["limits"]]
    screen.print(
        table("Compiled limits (configuration can only tighten)", ("limit", "value"), ceilings)
    )
    write_json(args, found)
    return 0
