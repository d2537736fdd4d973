"""Train a model on stored features, judge it on data behind its training, and keep it as ONNX.

  tickpath train score.toml --store ticks --target up --horizon-ms 1000
  tickpath train score.toml --store ticks --model trees --target return --folds 8 --json -
  tickpath train score.toml --store ticks --registry models --name btc-1s --use
  tickpath train score.toml --store ticks --model mlp --hidden 32,16
  tickpath train score.toml --store ticks --model lstm --window 32

The configuration names the instrument and the strategies; the feature columns are theirs, so the
model fits a run with the same file: `[model] path = "models/btc-1s/current.onnx"`. `up` learns the
chance that the mid rises, given that it moves; `return` its return in ppm. Figures come with the
middle 95 % of a block bootstrap. The file is kept only when it says natively what ONNX Runtime and
the library say (exit code 4 otherwise). Needs the extra `ml`, a network also `torch`.
"""

import argparse
from pathlib import Path

from tickpath.cli.output import console, json_option, progress_bar, table, write_json

MS = 1_000_000
WINDOW, WINDOW_MAX = 16, 256


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", metavar="CONFIG", help="engine configuration (TOML)")
    parser.add_argument("--store", required=True, help="folder or URI of a tick store")
    parser.add_argument("--symbol", help="which instrument, where there are several")
    parser.add_argument("--instruments", metavar="FILE", help="instrument metadata (TOML)")
    parser.add_argument(
        "--model", default="linear", choices=["linear", "trees", "lightgbm", "mlp", "lstm", "tcn"],
        help="trees: of XGBoost; mlp, lstm and tcn: by PyTorch (linear)",
    )  # fmt: skip
    parser.add_argument("--hidden", default="16", help="units of a network's layers, as 32,16 (16)")
    parser.add_argument("--window", type=int, help="rows that an lstm or tcn sees (16)")
    parser.add_argument("--target", default="up", choices=["return", "up"])
    parser.add_argument("--horizon-ms", type=int, default=1000, help="how far ahead (1000)")
    parser.add_argument("--folds", type=int, default=5, help="test parts of the walk-forward (5)")
    parser.add_argument(
        "--embargo-ms", type=int, default=0, help="more time left out before a test part"
    )
    parser.add_argument("--from", dest="start", metavar="TIME", help="first time (UTC)")
    parser.add_argument("--to", dest="stop", metavar="TIME", help="the first time left out")
    parser.add_argument("--seed", type=int, default=1, help="of models and of the bootstrap")
    parser.add_argument("--registry", default="models", metavar="DIR", help="where models are kept")
    parser.add_argument("--name", help="of the model; the stem of CONFIG by default")
    parser.add_argument("--use", action="store_true", help="switch the name to the new model")
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    from tickpath.core.config_load import load_config
    from tickpath.core.errors import ConfigError
    from tickpath.ml.registry import Registry
    from tickpath.ml.train import Order, train
    from tickpath.storage.layout import parse_time
    from tickpath.storage.store import EVER_NS, open_store

    windowed = args.model in ("lstm", "tcn")
    if args.window is not None and not (windowed and 2 <= args.window <= WINDOW_MAX):
        raise ConfigError(f"--window is for lstm and tcn, from 2 to {WINDOW_MAX}")
    if args.horizon_ms <= 0 or args.embargo_ms < 0 or args.seed < 0:
        raise ConfigError("--horizon-ms is above 0, --embargo-ms and --seed 0 or more")
    order = Order(
        kind=args.model,
        target=args.target,
        horizon_ns=args.horizon_ms * MS,
        folds=args.folds,
        embargo_ns=args.embargo_ms * MS,
        seed=args.seed,
        hidden=counts(args.hidden, "--hidden"),
        window=(args.window or WINDOW) if windowed else 0,
        start_ns=0 if args.start is None else parse_time(args.start),
        stop_ns=EVER_NS if args.stop is None else parse_time(args.stop),
    )
    name = Path(args.config).stem if args.name is None else args.name
    registry = Registry(args.registry)
    config = load_config(args.config, args.instruments)
    screen = console(args)
    store = open_store(args.store, instruments=args.instruments)
    with progress_bar(screen, "folds") as progress:
        found = train(config, args.symbol, store, order, registry, name, progress)
    if args.use:
        registry.use(name, found.hash)
    names = list(found.whole.figures)
    rows = [
        (k, fold.train_rows or "", fold.test_rows, *(interval(fold.figures[n]) for n in names))
        for k, fold in [*enumerate(found.folds, 1), ("all", found.whole)]
    ]
    what = f"{args.target} of the {found.price} in {args.horizon_ms} ms"
    title = f"{args.model}, {what}, {found.rows} rows"
    screen.print(table(title, ("fold", "trained on", "judged on", *names), rows))
    rows = [(p.other, p.rows, f"{p.worst:.2e}", p.differ, p.sides) for p in found.parity]
    head = (
        "native beside" if found.native else "backend onnx beside",
        "rows",
        "worst",
        "differ",
        "other side",
    )
    screen.print(table("Parity of the kept file", head, rows))
    if not found.native:
        screen.print("no native form: a run evaluates it in ONNX Runtime, by its C interface")
    state = "in use" if args.use else "kept, not in use"
    screen.print(f"{registry.root}/{name}/{found.hash}.onnx ({state})")
    write_json(args, {"name": name, "hash": found.hash, "in_use": args.use, **found.card()})
    return 0


def counts(text: str, option: str) -> tuple[int, ...]:
    """Whole numbers with commas between. Raises ConfigError."""
    from tickpath.core.errors import ConfigError

    if not all(part.isdecimal() and len(part) < 10 for part in text.split(",")):
        raise ConfigError(f"{option} {text!r}: write whole numbers with commas between, as 32,16")
    return tuple(int(part) for part in text.split(","))


def interval(found: tuple[float, float, float]) -> str:
    """A figure with its interval."""
    value, low, high = found
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"
