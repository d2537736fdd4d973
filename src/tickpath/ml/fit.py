"""Models of the library: scikit-learn's linear ones and XGBoost's trees.

Each learns the target of `Samples`: "return" by least squares, "up" by the logistic loss, then the
score is the probability of a rise. Seeds and threads are fixed, so the same samples give the same
model with the same versions of the libraries.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tickpath.core.errors import ConfigError, DataError
from tickpath.storage.extras import need

Floats = NDArray[np.float64]
KINDS: Final = ("linear", "trees")
TREES: Final[Mapping[str, Any]] = {
    "n_estimators": 100, "max_depth": 4, "learning_rate": 0.05, "subsample": 1.0,
    "min_child_weight": 20, "reg_lambda": 1.0,
}  # fmt: skip
"""Small steps and large leaves: microstructure is mostly noise."""
RIDGE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Linear:
    """((row - mean) * scale) @ weight + bias; through a sigmoid when `chance`."""

    mean: Floats
    scale: Floats
    weight: Floats
    bias: float
    chance: bool

    def predict(self, rows: Floats) -> Floats:
        """Scores (n,) of rows (n, columns)."""
        found = ((rows - self.mean) * self.scale) @ self.weight + self.bias
        return np.asarray(1.0 / (1.0 + np.exp(-found)) if self.chance else found)


@dataclass(frozen=True, slots=True)
class Trees:
    """XGBoost's booster; `model` is its own JSON."""

    booster: Any
    model: Mapping[str, Any]
    chance: bool

    def predict(self, rows: Floats) -> Floats:
        """Scores (n,) of rows (n, columns), by XGBoost."""
        found = self.booster.inplace_predict(rows.astype(np.float32))
        return np.asarray(found, dtype=np.float64)


Model = Linear | Trees


def fit(kind: str, target: str, rows: Floats, wanted: Floats, seed: int) -> Model:
    """One model of rows (n, columns) and targets (n,). Raises ConfigError, DataError."""
    if kind not in KINDS:
        raise ConfigError(f"model {kind!r}: choose one of {', '.join(KINDS)}")
    if np.ptp(wanted) == 0.0:
        raise DataError(
            "every target of the training rows is the same: nothing to learn; "
            "take more data or fewer folds"
        )
    chance = target == "up"
    if kind == "linear":
        return fit_linear(rows, wanted, chance)
    return fit_trees(rows, wanted, chance, seed)


def fit_linear(rows: Floats, wanted: Floats, chance: bool) -> Linear:
    """Ridge or logistic regression on scaled columns; a column that is constant counts nothing."""
    models = need("sklearn.linear_model")
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    still = spread <= 1e-12 * np.maximum(np.abs(mean), 1.0)
    scale = 1.0 / np.where(still, 1.0, spread)
    scaled = (rows - mean) * scale
    scaled[:, still] = 0.0
    if chance:
        found = models.LogisticRegression(C=1.0 / RIDGE, max_iter=1000, tol=1e-8)
    else:
        found = models.Ridge(alpha=RIDGE)
    found.fit(scaled, wanted)
    weight = np.asarray(found.coef_, dtype=np.float64).reshape(-1)
    weight[still] = 0.0
    bias = float(np.asarray(found.intercept_).reshape(-1)[0])
    return Linear(mean, scale, weight, bias, chance)


def fit_trees(rows: Floats, wanted: Floats, chance: bool, seed: int) -> Trees:
    """Gradient boosted trees on one thread."""
    xgboost = need("xgboost")
    make = xgboost.XGBClassifier if chance else xgboost.XGBRegressor
    found = make(tree_method="hist", n_jobs=1, random_state=seed, **TREES)
    found.fit(rows.astype(np.float32), wanted)
    booster = found.get_booster()
    return Trees(booster, json.loads(bytes(booster.save_raw("json"))), chance)
