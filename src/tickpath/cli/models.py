"""Models that were trained: list them, switch between them, go back, bring in your own.

  tickpath models list                                  every name, and which model is in use
  tickpath models show btc-1s 3f09                      what its training and metadata say
  tickpath models use btc-1s 3f09                       a hash may be shortened
  tickpath models rollback btc-1s                       the one that was in use before
  tickpath models add own.onnx btc-1s --features ema_mid_20,ofi_mid_10 --output 2
  tickpath models quantise btc-1s --config score.toml --store ticks --edge 0.1 --out bank.py

`--registry DIR` (models) says where. Files are named by the hash of their bytes and never
overwritten; a run takes the model in use when it starts. Listing reads and hashes every file: exit
code 4 when one is damaged. `add` writes features and output into the metadata, and refuses what
cannot run natively. `quantise` writes a linear model, or an MLP of one hidden layer, as a strategy
of the fixed-point bank, with its errors and the rows that it decides otherwise: exit code 4, and
no file, when they are more than --flips-max-ppm.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tickpath.cli import models_quantise
from tickpath.cli.output import console, json_option, table, write_json

if TYPE_CHECKING:
    from tickpath.ml.registry import Registry


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    takes = {
        "list": ("every name and its models", ()),
        "show": ("what is known of a model", ("name", "hash")),
        "use": ("switch to a model", ("name", "hash")),
        "rollback": ("switch to the one that was in use before", ("name",)),
        "add": ("keep an ONNX file made elsewhere", ("file", "name")),
    }
    for verb, (text, words) in takes.items():
        sub = verbs.add_parser(verb, help=text, description=text)
        for word in words:
            sub.add_argument(word, metavar=word.upper())
        if verb == "add":
            sub.add_argument("--features", help="its columns in order, with commas between")
            sub.add_argument("--output", type=int, help="which output column is the score")
            sub.add_argument("--use", action="store_true", help="switch the name to it")
        sub.add_argument("--registry", default="models", metavar="DIR")
        json_option(sub)
    text = "as a strategy of the fixed-point bank, with its errors and flipped decisions"
    sub = verbs.add_parser("quantise", help=text, description=text)
    sub.add_argument("--registry", default="models", metavar="DIR")
    models_quantise.arguments(sub)


def run(args: argparse.Namespace) -> int:
    from tickpath.ml.registry import Registry

    registry = Registry(args.registry)
    if args.verb == "list":
        return listed(args, registry)
    if args.verb == "quantise":
        return models_quantise.run(args, registry)
    if args.verb == "show":
        return shown(args, registry)
    if args.verb == "use":
        found = registry.use(args.name, args.hash)
    elif args.verb == "rollback":
        found = registry.rollback(args.name)
    else:
        return added(args, registry)
    console(args).print(f"{args.name}: {found} is in use from the next start on")
    write_json(args, {"name": args.name, "hash": found})
    return 0


def listed(args: argparse.Namespace, registry: "Registry") -> int:
    """`list`."""
    models = [m for name in registry.names() for m in registry.models(name)]
    rows = [
        (
            m.name, m.hash, "in use" if m.in_use else "", "" if m.sound else "DAMAGED",
            m.card.get("kind", ""), m.card.get("target", ""), best(m.card),
        )
        for m in models
    ]  # fmt: skip
    head = ("name", "hash", "", "bytes", "model", "target", "judged")
    console(args).print(table(f"Models in {registry.root}", head, rows))
    data = [{"name": m.name, "hash": m.hash, "in_use": m.in_use, "sound": m.sound} for m in models]
    write_json(args, {"models": data})
    return 0 if all(m.sound for m in models) else 4


def best(card: dict[str, Any]) -> str:
    """The first figure of all folds together."""
    figures = card.get("whole", {}).get("figures", {})
    return ", ".join(f"{n} {v[0]:.3f}" for n, v in figures.items())


def shown(args: argparse.Namespace, registry: "Registry") -> int:
    """`show`."""
    from tickpath.hot.model.compile import metadata, read_any

    model = registry.one(args.name, args.hash)
    said = metadata(read_any(str(model.path), f"model {str(model.path)!r}")[0])
    rows = [(k, v if len(v) < 200 else f"{v[:200]}...") for k, v in sorted(said.items())]
    screen = console(args)
    screen.print(table(f"{model.name} {model.hash}", ("metadata", ""), rows))
    if model.card:
        screen.print(f"judged: {best(model.card) or 'nothing known'}")
    screen.print(f"{'in use' if model.in_use else 'not in use'}: {model.path}")
    write_json(args, {"hash": model.hash, "in_use": model.in_use, "metadata": said,
                      "card": model.card})  # fmt: skip
    return 0


def added(args: argparse.Namespace, registry: "Registry") -> int:
    """`add`."""
    from tickpath.core.errors import ConfigError
    from tickpath.hot.model.compile import FEATURES, OUTPUT, features_of, package, read_any
    from tickpath.ml.parity import checked

    where = f"model {args.file!r}"
    model, _ = read_any(args.file, where)
    said = {entry.key: entry.value for entry in model.metadata_props}
    if args.features is not None:
        said[FEATURES] = json.dumps(args.features.split(","))
    if args.output is not None:
        if args.output < 0:
            raise ConfigError(f"--output {args.output}: 0 or more")
        said[OUTPUT] = str(args.output)
    package().helper.set_model_props(model, said)
    width = len(features_of(model, where))
    data = model.SerializeToString(deterministic=True)
    evaluated = checked(data, width, where)
    found = registry.keep(args.name, data, {"file": Path(args.file).name})
    if args.use:
        registry.use(args.name, found)
    console(args).print(f"{registry.root}/{args.name}/{found}.onnx")
    if evaluated:
        console(args).print(evaluated, soft_wrap=True)
    write_json(args, {"name": args.name, "hash": found, "in_use": args.use})
    return 0
