"""`tickpath models quantise`: a linear model or a small MLP as a fixed-point bank strategy."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tickpath.cli.output import console, json_option, table, write_json

if TYPE_CHECKING:
    from tickpath.ml.registry import Registry

LISTED = 10
"""Flipped rows on the screen; `--json` has up to 1000."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("hash", metavar="HASH", nargs="?", help="the model in use by default")
    parser.add_argument("--config", required=True, help="configuration that it was trained with")
    parser.add_argument("--store", required=True, help="folder or URI of a tick store")
    parser.add_argument("--symbol", help="which instrument, where there are several")
    parser.add_argument("--instruments", metavar="FILE", help="instrument metadata (TOML)")
    parser.add_argument(
        "--edge", type=float, required=True,
        help="distance from 0.5 (a return: from 0) at which the score decides",
    )  # fmt: skip
    parser.add_argument("--out", required=True, metavar="FILE", help="strategy file to write (.py)")
    parser.add_argument(
        "--flips-max-ppm", type=int, default=1000, metavar="PPM",
        help="rows that may be decided otherwise, of a million (1000)",
    )  # fmt: skip
    parser.add_argument("--allow-flips", action="store_true", help="write it whatever they are")
    parser.add_argument("--from", dest="start", metavar="TIME", help="first time (UTC)")
    parser.add_argument("--to", dest="stop", metavar="TIME", help="the first time left out")
    json_option(parser)


def run(args: argparse.Namespace, registry: "Registry") -> int:
    from tickpath.core.config_load import load_config
    from tickpath.core.errors import ConfigError
    from tickpath.ml.bank_file import Wanted, bank_of, demand, text_of, write
    from tickpath.storage.layout import parse_time
    from tickpath.storage.store import EVER_NS, open_store

    chosen = registry.current(args.name) if args.hash is None else args.hash
    if chosen is None or args.flips_max_ppm < 0:
        raise ConfigError(
            f"{args.name}: no model is in use, name its hash"
            if chosen is None else "--flips-max-ppm is 0 or more"
        )  # fmt: skip
    model = registry.one(args.name, chosen)
    wanted = Wanted(
        edge=args.edge,
        flips_ppm_max=None if args.allow_flips else args.flips_max_ppm,
        start_ns=0 if args.start is None else parse_time(args.start),
        stop_ns=EVER_NS if args.stop is None else parse_time(args.stop),
    )
    config = load_config(args.config, args.instruments)
    store = open_store(args.store, instruments=args.instruments)
    found, report, specs = bank_of(model, config, args.symbol, store, wanted)
    screen, hidden = console(args), found.bank.hidden
    rows = [
        ("rows, none of which chose a scale", report.rows),
        ("columns, hidden units", f"{len(specs)}, {len(hidden.weights) if hidden else 0}"),
        ("shift of the hidden sums", hidden.shift if hidden else ""),
        ("score error, max", f"{report.error_max:.3e}"),
        ("score error, mean", f"{report.error_mean:.3e}"),
        ("rows that the model decides", report.decided),
        ("rows decided otherwise", f"{report.flipped} ({report.flips_ppm:.0f} ppm)"),
    ]
    screen.print(table(f"{model.name} {model.hash} as a bank, edge {args.edge}", ("", ""), rows))
    if report.flips:
        head = ("row", "t_ns", "score", "bank", "decides", "bank decides")
        flips = [
            (f.row, f.t_ns, f"{f.score:.9f}", f"{f.bank_score:.9f}", f.decision, f.bank_decision)
            for f in report.flips[:LISTED]
        ]
        screen.print(table("Decided otherwise", head, flips))
    demand(report, wanted)
    path = Path(args.out)
    write(path, text_of(model, path.stem, found, report, specs, args.edge))
    screen.print(f'{path}: the strategy, `name = "{path.name}"` in a configuration')
    write_json(args, {"name": model.name, "hash": model.hash, "file": str(path),
                      "flips_ppm": report.flips_ppm, **asdict(report)})  # fmt: skip
    return 0
