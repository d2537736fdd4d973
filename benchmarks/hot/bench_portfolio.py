"""What does risk of the portfolio cost on the path, and off it?

On the path: one row of the covariance, assets in random order each interval over a full matrix, and
one sample of the historical tail with both figures read. Off it: the whole matrix, parametric and
Monte Carlo. Bars: 60 ns a row of 256 assets, 80 ns a sample at window 1000.
Run: taskset -c 1 python benchmarks/hot/bench_portfolio.py
"""

from time import perf_counter

import numpy as np
from loop_build import loop

from tickpath.hot.risk.portfolio import full, monte_carlo
from tickpath.hot.risk.portfolio.native import Covariance, Historical

ROW_BAR_NS, SAMPLE_BAR_NS = 60.0, 80.0
INTERVALS, SAMPLES, ROUNDS, PATHS = 200, 100_000, 15, 100_000


def prices_of(assets: int) -> np.ndarray:
    rng = np.random.default_rng(assets)
    moves = rng.standard_normal((INTERVALS, assets)) + rng.standard_normal((INTERVALS, 1))
    return np.asarray(100.0 * np.exp(np.cumsum(moves * 1e-4, axis=0)))


def rows(compiled: object, assets: int, kernel: str | None = None) -> tuple[float, Covariance]:
    """ns a row over a populated matrix."""
    rng = np.random.default_rng(1)
    order = np.array([rng.permutation(assets) for _ in range(INTERVALS)], dtype=np.int32)
    covariance = Covariance(assets, 0.97)
    if kernel is not None and not covariance.use_kernel(kernel):
        return float("nan"), covariance
    spent, changed = compiled.rows_ns(  # type: ignore[attr-defined]
        covariance, prices_of(assets), order, 0, ROUNDS
    )
    assert changed == assets * (INTERVALS * ROUNDS - 1)
    return spent, covariance


def seconds(call: object) -> float:
    """Best of three."""
    least = float("inf")
    for _ in range(3):
        start = perf_counter()
        call()  # type: ignore[operator]
        least = min(least, perf_counter() - start)
    return least


def off_the_path(covariance: Covariance, assets: int) -> None:
    """Print what the whole matrix and the simulation take."""
    image = covariance.image()
    matrix = full.covariance_matrix(image)
    exposures = np.random.default_rng(2).normal(0, 1e9, assets)
    linear = np.zeros(assets, dtype=bool)
    took = seconds(lambda: full.correlations(full.covariance_matrix(image)))
    print(f"portfolio, matrix and correlations of {assets}: {took * 1e3:.2f} ms, off the path")
    took = seconds(lambda: full.parametric(matrix, exposures, 990_000))
    print(f"portfolio, parametric of {assets}: {took * 1e6:.0f} us, off the path")
    took = seconds(lambda: monte_carlo.simulate(matrix, exposures, linear, 990_000, 1, PATHS, (1,)))
    print(f"portfolio, {PATHS} paths over {assets}: {took * 1e3:.0f} ms, off the path")


def main() -> int:
    """Print the rows; 1 when a bar is missed."""
    compiled = loop("portfolio_loop")
    missed = 0
    for assets in (16, 64, 256):
        spent, covariance = rows(compiled, assets)
        missed += assets == 256 and spent > ROW_BAR_NS
        print(f"portfolio, covariance row of {assets} ({covariance.kernel}): {spent:.1f} ns")
    for kernel in ("base", "avx2"):
        print(f"portfolio, covariance row of 256 ({kernel}): {rows(compiled, 256, kernel)[0]:.1f}")
    for window in (100, 1000, 4096):
        historical = Historical(window, 10_000)
        profits = np.random.default_rng(window).normal(0, 1e9, SAMPLES).astype(np.int64)
        spent, _ = compiled.profits_ns(historical, profits, ROUNDS)
        missed += window == 1000 and spent > SAMPLE_BAR_NS
        print(f"portfolio, historical sample at window {window}: {spent:.1f} ns")
    for assets in (16, 256):
        off_the_path(rows(compiled, assets)[1], assets)
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
