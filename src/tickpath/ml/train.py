"""One training, store to kept model: samples, folds, fit, export, parity, registry.

The figures come from the folds; the model that is kept has seen all samples and is judged by none.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from tickpath.core.backend import Backend, choose, load
from tickpath.core.config import Config, FeatureSpec
from tickpath.core.errors import ConfigError
from tickpath.ml.export import exported
from tickpath.ml.fit import Recipe, fit
from tickpath.ml.folds import Fold, walk
from tickpath.ml.parity import Parity, demand, has_native, parity
from tickpath.ml.registry import Registry
from tickpath.ml.samples import samples_of
from tickpath.storage.features import FeatureStore
from tickpath.storage.store import EVER_NS, Store

MIDDLE: Final = {"return": 0.0, "up": 0.5}


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is to be trained."""

    kind: str = "linear"
    target: str = "up"
    horizon_ns: int = 1_000_000_000
    folds: int = 5
    embargo_ns: int = 0
    seed: int = 1
    hidden: tuple[int, ...] = (16,)
    window: int = 0
    """Rows of a sample of a kind that sees several."""
    start_ns: int = 0
    stop_ns: int = EVER_NS

    @property
    def recipe(self) -> Recipe:
        """What the models of the folds and the kept one share."""
        return Recipe(
            kind=self.kind, seed=self.seed, embargo_ns=self.embargo_ns, hidden=self.hidden
        )


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it. `hash` names the kept model."""

    hash: str
    rows: int
    price: str
    names: tuple[str, ...]
    folds: list[Fold]
    whole: Fold
    native: bool
    """Whether it has a native form; else a run evaluates it in ONNX Runtime."""
    parity: list[Parity]

    def card(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "rows": self.rows,
            "price": self.price,
            "features": list(self.names),
            "folds": [asdict(fold) for fold in self.folds],
            "whole": asdict(self.whole),
            "native": self.native,
            "parity": [asdict(entry) for entry in self.parity],
        }


def columns_of(config: Config, symbol: str | None) -> tuple[str, str, list[FeatureSpec]]:
    """(venue, symbol, feature columns in the order of the walk) of the instrument that is meant.
    Raises ConfigError."""
    fits = [i for i in config.instruments if symbol in (None, i.symbol)]
    if len(fits) != 1:
        known = ", ".join(i.symbol for i in config.instruments)
        raise ConfigError(f"which instrument? --symbol chooses one of {known}")
    backend: Backend = choose("strategy", None)
    columns: Sequence[Sequence[FeatureSpec]] = load(
        "strategy", backend
    ).Strategies.required_features(config)
    specs = list(columns[fits[0].index])
    if not specs:
        raise ConfigError(
            f"{fits[0].symbol}: its strategies declare no features, so a model would see none: "
            "declare them in the strategy that reads the score"
        )
    return config.venues[fits[0].venue], fits[0].symbol, specs


def train(
    config: Config, symbol: str | None, store: Store, order: Order, registry: Registry, name: str,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Trained:  # fmt: skip
    """Train, judge, compare and keep. Raises ConfigError, DataError, VerificationError."""
    registry.current(name)
    venue, chosen, specs = columns_of(config, symbol)
    samples = samples_of(
        FeatureStore(store), venue, chosen, specs, order.start_ns, order.stop_ns,
        target=order.target, horizon_ns=order.horizon_ns, window=order.window,
    )  # fmt: skip
    folds, whole = walk(samples, order.recipe, order.folds, tell)
    model = fit(samples, order.recipe)
    data = exported(model, samples)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(data)
        native = has_native(path, len(specs))
        compared = parity(
            path, samples.rows, model.predict(samples.rows), MIDDLE[order.target], native=native
        )
        demand(compared, path)
    found = Trained(
        "", len(samples.rows), samples.price, samples.names, folds, whole, native, compared
    )
    card = {"venue": venue, "symbol": chosen, **asdict(order), **found.card()}
    key = registry.keep(name, data, card)
    return replace(found, hash=key)
