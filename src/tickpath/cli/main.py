"""Entry point of `tickpath`: parses, runs one command, turns errors into one line and an exit code.

Exit codes: 0 done, 2 usage or configuration, 3 the run stopped itself for safety, 4 verification
failed.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from tickpath import __version__
from tickpath.core.errors import SafetyStopError, TickpathError, VerificationError

EXIT_USAGE, EXIT_SAFETY, EXIT_VERIFY, EXIT_INTERRUPT = 2, 3, 4, 130
COMMANDS = {
    "demo": "simulated market and venue in the process, then a report",
    "backtest": "replay recordings through the engine against the simulated venue",
    "compare": "finished runs side by side, with their differences",
    "bench": "latency and throughput per stage and of the whole path",
    "doctor": "backends, compiled limits and host, with the command that fixes each finding",
    "fpga": "the FPGA overlay: build the simulated board, measure it, list registers, ask one",
    "explain": "why two runs earned different amounts, to the last unit",
    "replay": "state and bytes from a journal; compares hashes",
    "sweep": "backtest many parameter sets, and say what the best of them is worth",
    "run": "trade on paper, live, or as a shadow that sends nothing",
    "record": "record live markets: raw frames to files, rows to a store",
    "store": "keep normalised market data as Parquet, and ask for it",
    "train": "a model on stored features, judged walk-forward, kept as ONNX",
    "models": "the models that were trained: list, switch, go back",
    "venue-sim": "loopback venues that speak the real protocols and misbehave on command",
}


def module_name(command: str) -> str:
    """Where a command lives."""
    return f"tickpath.cli.{command.replace('-', '_')}"


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(
        prog="tickpath",
        description="Market-data bytes in, order bytes out. Every command says more with --help.",
    )
    top.add_argument("--version", action="version", version=f"tickpath {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in COMMANDS.items():
        module = import_module(module_name(name))
        sub = commands.add_parser(
            name,
            help=text,
            description=module.__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(sub)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    args = parser().parse_args(argv)
    try:
        return int(import_module(module_name(args.command)).run(args))
    except VerificationError as error:
        return complain(error, EXIT_VERIFY)
    except SafetyStopError as error:
        return complain(error, EXIT_SAFETY)
    except (TickpathError, OSError) as error:
        return complain(error, EXIT_USAGE)
    except KeyboardInterrupt:
        return complain("interrupted", EXIT_INTERRUPT)


def complain(error: object, code: int) -> int:
    """One line on stderr."""
    print(f"tickpath: {' '.join(str(error).split())}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
