"""Networks trained by PyTorch on the CPU: MLP, LSTM, TCN.

The LSTM is layers one behind the other, the units behind the newest row go into a last layer. The
TCN is causal convolutions of two rows, each twice as far apart as in the layer before (Bai, Kolter
and Koltun 2018, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks for
Sequence Modeling"), without their residual links: its window is 2^layers rows, all of them seen.

An MLP is trained in float64, as it is evaluated, the others in float32, as they are. One thread,
weights and batches drawn by a seeded generator of ours, so the same samples give the same weights
on the same machine with the same version. Columns are scaled by
the rows that are learnt from; so is the target of "return", whose scale goes into the last layer.
Training stops when the rows that were held back (validate.py) are predicted no better, and the
weights of the best epoch are kept. Worst case: EPOCHS_MAX epochs, rows as float64 in memory.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.ml.fit import Recipe, scaling
from tickpath.ml.samples import Samples
from tickpath.ml.validate import held_back
from tickpath.storage.extras import need

Floats = NDArray[np.float64]
EPOCHS_MAX: Final = 40
PATIENCE: Final = 5
"""Epochs without a better loss."""
BATCH: Final = 512
PART: Final = 8192
"""Rows that are scored at once."""
RATE: Final = 3e-3
DECAY: Final = 1e-3
"""Weight decay of AdamW."""
BETTER: Final = 1e-5
"""Nats, or squared deviations of the target, that count as better."""
FIRST: Final = {"mlp": "0.weight", "lstm": "cells.0.weight_ih_l0", "tcn": "0.weight"}
"""Weights of the columns, (units, columns, ...): those of a column that never changed become 0."""


@dataclass(frozen=True, slots=True)
class Net:
    """A trained network: `weights` by the names that PyTorch gives them; the score is
    out * times + plus, through a sigmoid when `chance`."""

    kind: str
    mean: Floats
    scale: Floats
    weights: Mapping[str, Floats]
    times: float
    plus: float
    chance: bool
    module: Any
    epochs: int

    def predict(self, rows: Floats) -> Floats:
        """Scores (n,) of `Samples.rows`, by PyTorch."""
        torch = need("torch")
        with quiet(torch), torch.no_grad():
            kind = next(self.module.parameters()).dtype
            found = torch.cat([
                self.module(torch.from_numpy((part - self.mean) * self.scale).to(kind)).reshape(-1)
                for part in np.array_split(rows, -(-len(rows) // PART))
            ])  # fmt: skip
            found = found.double() * self.times + self.plus
            return np.asarray(torch.sigmoid(found) if self.chance else found)


@contextmanager
def quiet(torch: Any) -> Iterator[None]:
    """One thread and algorithms that repeat themselves, and what was set before behind it."""
    threads, fixed = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(fixed)


def fit_mlp(samples: Samples, recipe: Recipe) -> Net:
    """Rectified layers of `recipe.hidden` units and one output. Raises ConfigError, DataError."""
    check_hidden(recipe)
    torch = need("torch")
    parts: list[Any] = []
    width = samples.rows.shape[-1]
    for units in recipe.hidden:
        parts += [torch.nn.Linear(width, units), torch.nn.ReLU()]
        width = units
    module = torch.nn.Sequential(*parts, torch.nn.Linear(width, 1))
    return trained("mlp", module, samples, recipe)


def check_hidden(recipe: Recipe) -> None:
    """ConfigError unless the layers are of a size that can run."""
    layers, most = LIMITS["model_layers_max"] - 1, LIMITS["model_width_max"]
    good = all(1 <= units <= most for units in recipe.hidden)
    if not good or not 1 <= len(recipe.hidden) <= layers:
        raise ConfigError(
            f"hidden layers {list(recipe.hidden)}: 1 to {layers} layers of 1 to {most} units"
        )


def fit_lstm(samples: Samples, recipe: Recipe) -> Net:
    """LSTM layers of `recipe.hidden` units. Raises ConfigError, DataError."""
    check_hidden(recipe)
    torch = need("torch")

    def forward(own: Any, x: Any) -> Any:
        for cell in own.cells:
            x, _ = cell(x)
        return own.last(x[:, -1])

    module = type("Recurrent", (torch.nn.Module,), {"forward": forward})()
    widths = (samples.rows.shape[-1], *recipe.hidden)
    module.cells = torch.nn.ModuleList(
        torch.nn.LSTM(i, u, batch_first=True) for i, u in pairwise(widths)
    )
    module.last = torch.nn.Linear(widths[-1], 1)
    return trained("lstm", module, samples, recipe)


def fit_tcn(samples: Samples, recipe: Recipe) -> Net:
    """Convolutions of `recipe.hidden[0]` channels over a window of 2^layers rows. Raises
    ConfigError, DataError."""
    check_hidden(recipe)
    layers = samples.window.bit_length() - 1
    if layers < 1 or samples.window != 1 << layers or len(recipe.hidden) != 1:
        raise ConfigError(
            f"tcn over {samples.window} rows of hidden layers {list(recipe.hidden)}: a window of "
            "2, 4, 8, ... rows and one number of channels are needed"
        )
    nn, (channels,) = need("torch").nn, recipe.hidden

    def forward(own: Any, x: Any) -> Any:
        return nn.Sequential.forward(own, x.transpose(1, 2))

    made = type("Causal", (nn.Sequential,), {"forward": forward})
    parts: list[Any] = []
    width = samples.rows.shape[-1]
    for k in range(layers):
        parts += [nn.Conv1d(width, channels, 2, dilation=1 << k), nn.ReLU()]
        width = channels
    return trained("tcn", made(*parts, nn.Flatten(), nn.Linear(channels, 1)), samples, recipe)


def draw(torch: Any, module: Any, seed: int) -> None:
    """Weights from a generator of ours, uniform by the inputs of their unit (He et al. 2015,
    "Delving Deep into Rectifiers", for the weights before a rectifier); biases 0."""
    random = np.random.default_rng(seed)
    with torch.no_grad():
        for _, entry in sorted(module.named_parameters()):
            if entry.dim() == 1:
                entry.zero_()
                continue
            inputs = int(np.prod(entry.shape[1:]))
            reach = float(np.sqrt(3.0 / inputs))
            entry.copy_(torch.from_numpy(random.uniform(-reach, reach, tuple(entry.shape))))


def copied(module: Any) -> dict[str, Any]:
    """Its weights now."""
    return {name: value.clone() for name, value in module.state_dict().items()}


def trained(kind: str, module: Any, samples: Samples, recipe: Recipe) -> Net:
    """Weights of the epoch that predicts the rows held back best. Raises DataError."""
    torch, chance = need("torch"), samples.kind == "up"
    learn, stop = held_back(samples, recipe.embargo_ns)
    mean, scale, still = scaling(learn.rows)
    plus = 0.0 if chance else float(learn.target.mean())
    times = 1.0 if chance else float(learn.target.std()) or 1.0
    if not (np.isfinite(mean).all() and scale.all() and np.isfinite([plus, times]).all()):
        raise DataError("a feature column or the target has values beyond all measure")
    x, y, held_x, held_y = (
        torch.from_numpy(np.ascontiguousarray(array)).to(
            torch.float32 if samples.window else torch.float64
        )
        for part in (learn, stop)
        for array in ((part.rows - mean) * scale, (part.target - plus) / times)
    )
    loss = torch.nn.BCEWithLogitsLoss() if chance else torch.nn.MSELoss()
    module = module.to(x.dtype)
    draw(torch, module, recipe.seed)
    random = np.random.default_rng(recipe.seed)
    best, state, epochs = np.inf, copied(module), 0
    with quiet(torch):
        steps = torch.optim.AdamW(module.parameters(), lr=RATE, weight_decay=DECAY)
        for epoch in range(1, EPOCHS_MAX + 1):
            order = torch.from_numpy(random.permutation(len(x)))
            for start in range(0, len(x), BATCH):
                at = order[start : start + BATCH]
                steps.zero_grad()
                loss(module(x[at]).reshape(-1), y[at]).backward()
                steps.step()
            with torch.no_grad():
                found = float(loss(module(held_x).reshape(-1), held_y))
            if found < best - BETTER:
                best, epochs = found, epoch
                state = copied(module)
            elif epoch - epochs >= PATIENCE:
                break
    state[FIRST[kind]][:, torch.from_numpy(still)] = 0.0
    module.load_state_dict(state)
    weights = {k: v.double().numpy() for k, v in state.items()}
    return Net(kind, mean, scale, weights, times, plus, chance, module, epochs)
