"""Gradient boosted trees of XGBoost and of LightGBM, on one thread and with fixed seeds.

XGBoost compares float32, LightGBM float64: their files do so too (export_trees.py).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tickpath.ml.fit import Recipe
from tickpath.ml.samples import Samples
from tickpath.ml.validate import held_back
from tickpath.storage.extras import need

Floats = NDArray[np.float64]
XGBOOST: Final[Mapping[str, Any]] = {
    "n_estimators": 100, "max_depth": 4, "learning_rate": 0.05, "subsample": 1.0,
    "min_child_weight": 20, "reg_lambda": 1.0,
}  # fmt: skip
"""Small steps and large leaves: microstructure is mostly noise."""
LIGHTGBM: Final[Mapping[str, Any]] = {
    "learning_rate": 0.05, "num_leaves": 15, "min_child_samples": 20, "reg_lambda": 1.0,
    "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1,
}  # fmt: skip
"""Leaves of the size of a tree of depth 4. LightGBM asks for the middle three to repeat itself."""
ROUNDS_MAX: Final = 200
PATIENCE: Final = 20
"""Trees without a better loss before LightGBM stops."""


@dataclass(frozen=True, slots=True)
class Trees:
    """XGBoost's booster; `model` is its own JSON."""

    booster: Any
    model: Mapping[str, Any]
    chance: bool
    kind: str = "trees"

    def predict(self, rows: Floats) -> Floats:
        """Scores (n,) of rows (n, columns), by XGBoost."""
        found = self.booster.inplace_predict(rows.astype(np.float32))
        return np.asarray(found, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Leaves:
    """LightGBM's booster; `model` is what its `dump_model` says up to the best tree."""

    booster: Any
    model: Mapping[str, Any]
    chance: bool
    kind: str = "lightgbm"

    def predict(self, rows: Floats) -> Floats:
        """Scores (n,) of rows (n, columns), by LightGBM."""
        return np.asarray(self.booster.predict(rows, num_threads=1), dtype=np.float64)


def fit_xgboost(samples: Samples, recipe: Recipe) -> Trees:
    """As many trees as XGBOOST says, of all samples."""
    xgboost, chance = need("xgboost"), samples.kind == "up"
    make = xgboost.XGBClassifier if chance else xgboost.XGBRegressor
    found = make(tree_method="hist", n_jobs=1, random_state=recipe.seed, **XGBOOST)
    found.fit(samples.rows.astype(np.float32), samples.target)
    booster = found.get_booster()
    return Trees(booster, json.loads(bytes(booster.save_raw("json"))), chance)


def fit_lightgbm(samples: Samples, recipe: Recipe) -> Leaves:
    """Trees until the rows that were held back are predicted no better. Raises DataError."""
    lightgbm, chance = need("lightgbm"), samples.kind == "up"
    learn, stop = held_back(samples, recipe.embargo_ns)
    said = {**LIGHTGBM, "seed": recipe.seed, "objective": "binary" if chance else "l2"}
    rows = lightgbm.Dataset(learn.rows, learn.target, params=said, free_raw_data=True)
    judge = lightgbm.Dataset(stop.rows, stop.target, reference=rows, params=said)
    booster = lightgbm.train(
        said, rows, num_boost_round=ROUNDS_MAX, valid_sets=[judge],
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
    )  # fmt: skip
    best = booster.best_iteration
    return Leaves(booster, booster.dump_model(num_iteration=best), chance)
