"""What does one score cost: a dense 32-64-32-3 network, and 100 trees of depth 6?

ns per `model_score` over 997 random rows in turn (so that no branch or cache line is guessed right
by habit); median of 9 rounds after a warm-up. The model is in the cache, as it is in the engine.
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

ROUNDS = 9
ROWS = 997
WIDTH = 32
BAR_DENSE_NS = 350.0
BAR_TREES_NS = 1300.0


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


def main() -> int:
    """Print the table; 1 when a figure misses its bar."""
    compiled = loop("feature_model_loop")
    rows = np.random.default_rng(3).normal(size=(ROWS, WIDTH))

    def cost(model: Model) -> float:
        compiled.model_ns(model, rows, 10)
        return statistics.median(
            float(compiled.model_ns(model, rows, 20)[0]) for _ in range(ROUNDS)
        )

    late = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        for name, activation in (("relu", 1), ("tanh", 2)):
            dense_file(path, activation)
            model = Model(ModelSpec(kind="dense", path=str(path)), WIDTH)
            chosen = model.kernel
            for kernel in ("base", "avx2", "avx512f"):
                if model.use_kernel(kernel):
                    ns = cost(model)
                    print(f"dense 32-64-32-3 {name} {kernel:<8}{ns:8.0f} ns")
                    late |= name == "relu" and kernel == chosen and ns > BAR_DENSE_NS
        trees_file(path, 100, 6)
        ns = cost(Model(ModelSpec(kind="trees", path=str(path)), WIDTH))
        print(f"100 trees of depth 6         {ns:8.0f} ns")
        late |= ns > BAR_TREES_NS
    print(
        f"bars: dense relu {BAR_DENSE_NS:.0f} ns on the chosen kernel, trees {BAR_TREES_NS:.0f} ns"
    )
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
