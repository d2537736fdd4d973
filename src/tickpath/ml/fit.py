"""Models of the libraries: scikit-learn's linear ones, trees of two libraries, networks of PyTorch.

Each learns the target of `Samples`: "return" by least squares, "up" by the logistic loss, then the
score is the probability of a rise. Seeds and threads are fixed, so the same samples give the same
model with the same versions of the libraries.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tickpath.core.errors import ConfigError, DataError
from tickpath.ml.samples import Samples
from tickpath.storage.extras import need

Floats = NDArray[np.float64]
RIDGE: Final = 1.0
MAKERS: Final = {
    "linear": "tickpath.ml.fit:fit_linear",
    "trees": "tickpath.ml.boost:fit_xgboost",
    "lightgbm": "tickpath.ml.boost:fit_lightgbm",
    "mlp": "tickpath.ml.nets:fit_mlp",
    "lstm": "tickpath.ml.nets:fit_lstm",
    "tcn": "tickpath.ml.nets:fit_tcn",
}
"""What trains a kind. The module is imported when the kind is asked for."""
KINDS: Final = tuple(MAKERS)
WINDOWED: Final = ("lstm", "tcn")
"""Kinds that see the rows before the newest one too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What may be chosen of a kind. `embargo_ns`: left out, beside the horizon, before the rows
    that decide when to stop. `hidden`: units of a network's layers."""

    kind: str = "linear"
    seed: int = 1
    embargo_ns: int = 0
    hidden: tuple[int, ...] = (16,)


class Model(Protocol):
    """What a training gives."""

    @property
    def kind(self) -> str: ...
    @property
    def chance(self) -> bool:
        """Whether the score is a probability."""

    def predict(self, rows: Floats) -> Floats:
        """Scores (n,) of `Samples.rows`, by the library that trained it."""


@dataclass(frozen=True, slots=True)
class Linear:
    """((row - mean) * scale) @ weight + bias; through a sigmoid when `chance`."""

    mean: Floats
    scale: Floats
    weight: Floats
    bias: float
    chance: bool
    kind: str = "linear"

    def predict(self, rows: Floats) -> Floats:
        """Scores (n,) of rows (n, columns)."""
        found = ((rows - self.mean) * self.scale) @ self.weight + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-found)) if self.chance else found)


def fit(samples: Samples, recipe: Recipe) -> Model:
    """One model of all these samples. Raises ConfigError, DataError."""
    if recipe.kind not in KINDS:
        raise ConfigError(f"model {recipe.kind!r}: choose one of {', '.join(KINDS)}")
    if (recipe.kind in WINDOWED) != (samples.window > 0):
        raise ConfigError(f"model {recipe.kind!r}: windows are for {' and '.join(WINDOWED)}")
    if np.ptp(samples.target) == 0.0:
        raise DataError(
            "every target of the training rows is the same: nothing to learn; "
            "take more data or fewer folds"
        )
    module, _, name = MAKERS[recipe.kind].partition(":")
    found: Model = getattr(import_module(module), name)(samples, recipe)
    return found


def scaling(rows: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """(mean, 1 / deviation, whether it never changes) of each column, the last axis of `rows`; the
    scale of a column that never changes is 1."""
    axes = tuple(range(rows.ndim - 1))
    mean, spread = rows.mean(axis=axes), rows.std(axis=axes)
    still = spread <= 1e-12 * np.maximum(np.abs(mean), 1.0)
    return mean, 1.0 / np.where(still, 1.0, spread), still


def fit_linear(samples: Samples, recipe: Recipe) -> Linear:
    """Ridge or logistic regression on scaled columns; a column that is constant counts nothing."""
    models = need("sklearn.linear_model")
    rows, chance = samples.rows, samples.kind == "up"
    mean, scale, still = scaling(rows)
    scaled = (rows - mean) * scale
    scaled[:, still] = 0.0
    found: Any
    if chance:
        found = models.LogisticRegression(C=1.0 / RIDGE, max_iter=1000, tol=1e-8)
    else:
        found = models.Ridge(alpha=RIDGE)
    found.fit(scaled, samples.target)
    weight = np.asarray(found.coef_, dtype=np.float64).reshape(-1)
    weight[still] = 0.0
    bias = float(np.asarray(found.intercept_).reshape(-1)[0])
    return Linear(mean, scale, weight, bias, chance)
