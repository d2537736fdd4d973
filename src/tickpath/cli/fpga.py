"""The FPGA overlay: build the simulated board, measure it, list registers, ask an overlay.

  tickpath fpga build-sim                    once, half a minute: needs verilator and g++
  tickpath fpga sim-bench --json -           latency in clocks, speed of the simulation
  tickpath fpga regs                         every register: address, name, meaning
  TICKPATH_FPGA=sim tickpath fpga report     what the overlay of this process says of itself

`report` opens the overlay that TICKPATH_FPGA names (sim, or a bitstream on a board), tests it
against the CPU and prints identity, state and counters: exit code 2 when there is none. Clocks of
`sim-bench` are the fabric's; its seconds are this processor's and say nothing about a board. Exit
code 4 when a score is not the CPU's.
"""

import argparse
from dataclasses import asdict
from typing import Any

from tickpath.cli.output import console, json_option, table, write_json

ROWS = 200_000
HELP = {
    "build-sim": "build the simulated board into the cache",
    "sim-bench": "clocks of the chain and speed of the simulation",
    "regs": "the register map",
    "report": "what the overlay of this process says of itself",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, text in HELP.items():
        sub = verbs.add_parser(verb, help=text, description=text)
        if verb == "sim-bench":
            sub.add_argument("--rows", type=int, default=ROWS, help=f"of a batch, {ROWS}")
        json_option(sub)


def run(args: argparse.Namespace) -> int:
    chosen = {"build-sim": build_sim, "sim-bench": sim_bench, "regs": registers, "report": report}
    return chosen[args.verb](args)


def build_sim(args: argparse.Namespace) -> int:
    """`build-sim`."""
    from tickpath.devices.fpga.overlay import board_library, build_word

    path = board_library()
    console(args).print(f"simulated board, build {build_word():08x}: {path}", soft_wrap=True)
    write_json(args, {"library": str(path), "build": f"{build_word():08x}"})
    return 0


def sim_bench(args: argparse.Namespace) -> int:
    """`sim-bench`."""
    from tickpath.cli.fpga_bench import LATENCY_ROWS, simulated_figures
    from tickpath.core.errors import ConfigError
    from tickpath.devices.fpga.sim_port import SimPort

    if args.rows < LATENCY_ROWS:
        raise ConfigError(f"--rows {args.rows}: {LATENCY_ROWS} or more")
    port = SimPort()
    figures = simulated_figures(port, args.rows)
    port.close()
    rows = [
        ("book top to order behind the gate", f"{figures.chain_latency_clocks} clocks"),
        ("row to score", f"{figures.score_latency_clocks} clocks"),
        ("rows a clock", f"{figures.vectors_per_clock:.3f}"),
        ("rows a second of simulation", f"{figures.vectors_per_s:,.0f}"),
        ("clocks a second of simulation", f"{figures.clocks_per_s:,.0f}"),
        ("a register read, simulated", f"{figures.register_read_us:.1f} us"),
        ("scores unlike the CPU's", figures.differences),
    ]
    console(args).print(table(f"Simulated overlay, build {figures.build}", ("", ""), rows))
    write_json(args, asdict(figures))
    return 0


def registers(args: argparse.Namespace) -> int:
    """`regs`: from the driver's own tables, so that an installed package can do it."""
    from tickpath.devices.fpga import regs

    groups = {
        "identity": regs.IDENTITY, "control": regs.CONTROL, "settings": regs.SETTINGS,
        "counters": regs.COUNTERS,
    }  # fmt: skip
    rows = [
        (f"0x{address:04X}", name, group, f"{regs.MASKS[address]:08X}")
        for group, members in groups.items()
        for name, address in members.items()
    ]
    window = f"{regs.PARAMETERS_WORDS} words"
    rows.append((f"0x{regs.PARAMETERS:04X}", "PARAMETERS", "window, written only", window))
    console(args).print(table("Registers", ("address", "name", "group", "bits"), rows))
    write_json(args, {"registers": [{"address": a, "name": n, "group": g, "mask": m}
                                    for a, n, g, m in rows[:-1]]})  # fmt: skip
    return 0


def report(args: argparse.Namespace) -> int:
    """`report`."""
    from tickpath.core.errors import BackendError
    from tickpath.devices.fpga.opened import opened

    found = opened()
    if found.board is None:
        raise BackendError(found.reason)
    board = found.board
    status, caps = board.status(), board.caps
    told: dict[str, Any] = {
        "overlay": found.reason, "clock_ns": caps.clock_ns,
        "latency_clocks": dict(caps.latency_clocks),
        **{k: v for k, v in asdict(status).items() if k != "counters"},
        "counters": dict(status.counters),
    }  # fmt: skip
    rows = [(name, value) for name, value in told.items() if name != "counters"]
    rows += [(name.lower(), value) for name, value in status.counters.items()]
    console(args).print(table("Overlay", ("", ""), rows))
    write_json(args, told)
    board.close()
    return 0
