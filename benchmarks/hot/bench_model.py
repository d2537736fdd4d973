"""What does one score cost: a dense 32-64-32-3 network, 100 trees of depth 6, and an LSTM and a GRU
of 32 units over the last 32 rows of 8 columns?

ns per `model_score` over 990 random rows in turn (so that no branch or cache line is guessed right
by habit), 99 at a time, so that most rounds end within one slice of the scheduler; least of the
rounds and their median, which also shows what else the machine did. The model is in the cache, as
it is in the engine. Of the recurrent ones, which have more to do with a row than its score, three
figures: a score by itself, timed one by one with some 30 ns of the clock in it; the rest, which the
engine does when its requests have left; and both, when rows come without a pause.
Run: python benchmarks/hot/bench_model.py
"""

import math
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np
from loop_build import loop

from tickpath.core.config import ModelSpec
from tickpath.hot.model.native import Model

ROUNDS, PARTS, ROWS = 4000, 10, 99
WIDTH = 32
BAR_DENSE_NS = 350.0
BAR_TREES_NS = 1300.0
BAR_LSTM_NS = 5000.0
STEPS, COLUMNS, UNITS = 32, 8, 32


def dense_file(path: Path, activation: int) -> None:
    """32-64-32-3, hidden layers with this activation."""
    rng = np.random.default_rng(1)
    sizes = (WIDTH, 64, 32, 3)
    content = {"activation": np.array([activation, activation, 0])}
    for k in range(3):
        shape = (sizes[k], sizes[k + 1])
        content[f"weight_{k}"] = rng.normal(size=shape) / math.sqrt(sizes[k])
        content[f"bias_{k}"] = rng.normal(size=sizes[k + 1])
    np.savez(path, **content)  # type: ignore[arg-type]


def trees_file(path: Path, count: int, depth: int) -> None:
    """Complete trees with random columns and thresholds."""
    rng = np.random.default_rng(2)
    size = 2 ** (depth + 1) - 1
    inner = np.arange(size) < 2**depth - 1
    child = 2 * np.arange(size) + 1
    base = np.repeat(np.arange(count) * size, size)
    left = np.tile(np.where(inner, child, -1), count)
    right = np.tile(np.where(inner, child + 1, -1), count)
    np.savez(
        path,
        feature=rng.integers(0, WIDTH, count * size),
        threshold=rng.normal(size=count * size),
        left=np.where(left >= 0, left + base, -1),
        right=np.where(right >= 0, right + base, -1),
        value=rng.normal(size=count * size),
        root=np.arange(count) * size,
    )


def recurrent_file(path: Path, cell: int) -> None:
    """One LSTM (0) or GRU (1) layer and a dense one."""
    rng = np.random.default_rng(4)
    gates = (3 if cell else 4) * UNITS
    np.savez(
        path,
        cell=np.array([cell]),
        steps=np.array(STEPS),
        weight_0=rng.normal(size=(COLUMNS, gates)) / math.sqrt(COLUMNS),
        recur_0=rng.normal(size=(UNITS, gates)) / math.sqrt(UNITS),
        bias_0=rng.normal(size=gates),
        head_weight_0=rng.normal(size=(UNITS, 1)),
        head_bias_0=rng.normal(size=1),
        head_activation=np.array([0]),
    )


def main() -> int:
    """Print the table; 1 when a figure misses its bar."""
    compiled = loop("feature_model_loop")

    def cost(name: str, model: Model, width: int = WIDTH) -> float:
        parts = np.random.default_rng(3).normal(size=(PARTS, ROWS, width))
        rounds = ROUNDS if width == WIDTH else ROUNDS // 10
        found = [float(compiled.model_ns(model, parts[k % PARTS], 1)[0]) for k in range(rounds)]
        print(f"{name:<37}{min(found):8.0f} ns, median {statistics.median(found):.0f}")
        return min(found)

    def parts_of_cost(name: str, model: Model) -> float:
        """Prints score and rest; the median of a score."""
        rows = np.random.default_rng(3).normal(size=(PARTS * ROWS, COLUMNS))
        scores, rests = np.empty(ROUNDS * PARTS, np.int64), np.empty(ROUNDS * PARTS, np.int64)
        compiled.model_times(model, rows, scores, rests)
        for what, times in (("score", scores), ("rest", rests)):
            low, p50, p99 = np.percentile(times[STEPS:], (0, 50, 99))
            print(f"{f'{name} {what}':<37}{low:8.0f} ns, median {p50:.0f}, p99 {p99:.0f}")
        return float(np.median(scores[STEPS:]))

    late = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        for name, activation in (("relu", 1), ("tanh", 2)):
            dense_file(path, activation)
            model = Model(ModelSpec(kind="dense", path=str(path)), WIDTH)
            chosen = model.kernel
            for kernel in ("base", "avx2", "avx512f"):
                if model.use_kernel(kernel):
                    ns = cost(f"dense 32-64-32-3 {name} {kernel}", model)
                    late |= name == "relu" and kernel == chosen and ns > BAR_DENSE_NS
        trees_file(path, 100, 6)
        trees = Model(ModelSpec(kind="trees", path=str(path)), WIDTH)
        late |= cost("100 trees of depth 6", trees) > BAR_TREES_NS
        for name, cell in (("GRU", 1), ("LSTM", 0)):
            recurrent_file(path, cell)
            window = Model(ModelSpec(kind="recurrent", path=str(path)), COLUMNS)
            name = f"{name} 32x8 -> 32 {window.kernel}"
            late |= parts_of_cost(name, window) > BAR_LSTM_NS
            cost(f"{name} both", window, COLUMNS)
    print(
        f"bars: dense relu {BAR_DENSE_NS:.0f} ns on the chosen kernel, "
        f"trees {BAR_TREES_NS:.0f} ns, LSTM and GRU {BAR_LSTM_NS:.0f} ns the median score"
    )
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
