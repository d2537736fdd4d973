"""How fast are indicators over arrays beside TA-Lib, from Python beside vector-ta, and in the core?

    python benchmarks/hot/bench_indicators.py            # all tables
    python benchmarks/hot/bench_indicators.py --core     # only ns a step
    python benchmarks/hot/bench_indicators.py --equal    # every one's bits on --points samples

Each pair alternates in one process; figures are the least CPU time of the thread over the rounds
and the ratio of the two, so that a busy machine moves them little. Where a neighbour on the same
physical core takes issue slots, loops that wait (TA-Lib's recurrences) suffer less than loops that
work. `symbols` is a table of 64 columns beside one series of as many numbers, both with the bits
of the stream. `core` is the step in the loop over an array, inputs read and value written, without
the call from Python; of two runs behind each other the second counts. The streams read a list of
floats. `--equal` runs streams, arrays and the plain Python reference on one
series and ends with 1 on any difference; the reference takes about a second a million samples and
indicator.
"""

import argparse
import struct
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickpath.hot.features import catalogue, series
from tickpath.hot.features.spec import IndicatorSpec
from tickpath.hot.features.stream import over

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
indicator_inputs = import_module("indicator_inputs")
Floats = NDArray[np.float64]
ROUNDS = 15
CORE_ROUNDS = 40
BAR_BATCH = 1.0
WHY = {
    "ten logarithms, twenty divisions": "book_slope",
    "twenty numbers in": "ofi_levels",
    "n distances or products": "cci alma",
    "logarithms, divisions, a root": "garman_klass hurst parkinson",
    "an exponential or an arc tangent": "hawkes_intensity linreg_angle",
    "n samples in order": "median quantile",
    "ten sums of products": "autocorrelation beta correlation kyle_lambda roll_spread",
    "two extremes, two or three sums": "stoch_d stochrsi_d stochrsi_k",
    "three windows of two sums": "ultimate_oscillator",
    "a stop that turns with the data": "sar supertrend vpin",
    "eight sums of powers": "kurtosis skew",
}
"""What costs more than the bar, and why."""
BAR_CORE_NS = 10.0
CORE_NUMBERS = 80_000
"""Inputs of a run of steps, so that they come from the caches, as those of the walk do."""


def least(calls: Sequence[Callable[[], object]], rounds: int = ROUNDS) -> list[float]:
    """Least CPU seconds of each call, the calls in turn."""
    found = [float("inf")] * len(calls)
    for _ in range(rounds):
        for k, call in enumerate(calls):
            start = time.thread_time()
            call()
            found[k] = min(found[k], time.thread_time() - start)
    return found


def other(module: str, name: str) -> Any:
    """A library to compare with."""
    try:
        return import_module(module)
    except ImportError:
        sys.exit(f"{name} is not installed: pip install {name}")


def batch_table(points: int) -> int:
    """The five of the bar; 1 when one misses it."""
    talib = other("talib", "TA-Lib")
    m = indicator_inputs.market(points)
    x, high, low, close = m["price"], m["high"], m["low"], m["close"]
    i = series

    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "sma": (lambda: i.sma(x, 14), lambda: talib.SMA(x, 14)),
        "ema": (lambda: i.ema(x, 14), lambda: talib.EMA(x, 14)),
        "ema, exact": (lambda: i.ema(x, 14, exact=True), lambda: talib.EMA(x, 14)),
        "rsi": (lambda: i.rsi(x, 14), lambda: talib.RSI(x, 14)),
        "atr": (lambda: i.atr(high, low, close, 14), lambda: talib.ATR(high, low, close, 14)),
        "bollinger": (lambda: i.bollinger(x, 20), lambda: talib.BBANDS(x, 20)),
    }
    print(f"batch, {points} samples      ours  TA-Lib   ratio, bar {BAR_BATCH}")
    missed = 0
    for name, calls in pairs.items():
        ours, theirs = least(calls)
        missed |= int(ours > BAR_BATCH * theirs and "exact" not in name)
        print(f"{name:<22}{ours * 1e3:8.2f}{theirs * 1e3:8.2f} ms {ours / theirs:6.2f}")
    return missed


def stream_table() -> None:
    """A call of `update` from Python."""
    vector_ta = other("vector_ta", "vector-ta")
    values = indicator_inputs.market(100_000)["price"].tolist()
    print("\nstream from Python        ours  vector-ta")
    for name in ("sma", "ema", "rsi", "wma", "dema", "kama"):
        made = series.stream_class(name)(period=14)
        theirs_made = getattr(vector_ta, f"{name.title()}Stream")(14)

        def run(stream: Any) -> None:
            update = stream.update
            for value in values:
                update(value)

        ours, theirs = least([partial(run, made), partial(run, theirs_made)])
        scale = 1e9 / len(values)
        print(f"{name:<22}{ours * scale:8.1f}{theirs * scale:8.1f} ns {ours / theirs:6.2f}")


def symbols_table(points: int, symbols: int = 64) -> None:
    """ns a value of many symbols side by side beside one of them alone."""
    print(f"\nns a value            {symbols} symbols  one   ratio")
    for stem in ("ema", "sma", "wma", "std", "rsi", "atr", "bollinger_upper", "macd", "cci"):
        alone = indicator_inputs.inputs_of(catalogue.indicator(stem), points)
        table = [array.reshape(-1, symbols) for array in alone]
        function = series.batch(stem)
        ours, one = least(
            [partial(function, *table, axis=0), partial(function, *alone, exact=True)], 7
        )
        scale = 1e9 / points
        print(f"{stem:<22}{ours * scale:8.2f}{one * scale:7.2f} {ours / one:7.2f}")


def core_run(stem: str) -> Callable[[], float]:
    """Steps over arrays; CPU seconds a step."""
    spec = catalogue.indicator(stem)
    levels: dict[str, object] = {"period": 5} if spec.levels else {}
    params = series.bound(stem, (), levels)
    points = min(20_000, CORE_NUMBERS // spec.width(params))
    arrays = indicator_inputs.inputs_of(spec, points, levels=5)
    rows = [row.reshape(1, points) for row in indicator_inputs.rows_of(spec, arrays)]
    out = np.empty((1, points))
    indicator = series.stream_of(stem, params)

    def run() -> float:
        spent = 0.0
        for _ in range(2):
            indicator.reset()
            start = time.thread_time()
            over(indicator, rows, out, True)
            spent = time.thread_time() - start
        return spent / points

    return run


def core_table() -> None:
    """ns a step of every indicator; the rounds go over all of them, so that a busy moment of the
    machine spoils none."""
    runs = {stem: core_run(stem) for stem in catalogue.stems()}
    found = [float("inf")] * len(runs)
    for _ in range(CORE_ROUNDS):
        found = [min(ns, 1e9 * run()) for ns, run in zip(found, runs.values(), strict=True)]
    slow = sum(ns > BAR_CORE_NS for ns in found)
    print(f"\ncore, exact array form     ns a step; {slow} of {len(found)} over {BAR_CORE_NS:.0f},")
    print(f"{'':<27}median {sorted(found)[len(found) // 2]:.1f}")
    why = {stem: reason for reason, names in WHY.items() for stem in names.split()}
    for stem, ns in zip(runs, found, strict=True):
        reason = "" if ns <= BAR_CORE_NS else f"  over {BAR_CORE_NS:.0f}: {why.get(stem, '')}"
        print(f"{stem:<22}{ns:8.1f}{reason}")


def bits(values: Sequence[float]) -> bytes:
    """For a comparison in which NaN equals NaN."""
    return struct.pack(f"<{len(values)}d", *values)


def differs(stem: str, spec: IndicatorSpec, points: int) -> str:
    """What is not as it should be, or nothing."""
    arrays = indicator_inputs.inputs_of(spec, points)
    rows = [row.tolist() for row in indicator_inputs.rows_of(spec, arrays)]
    named: dict[str, Any] = {"bucket": 5.0} if stem == "vpin" else {}
    levels: dict[str, Any] = {"period": 3} if spec.levels else {}
    stream = series.stream_class(stem)(**named, **levels)
    reference = catalogue.step_of(stem, series.bound(stem, (), {**named, **levels}))
    steps = list(zip(*rows, strict=True))
    expected = bits([reference.update(*step) for step in steps])
    if bits([stream.update(*step) for step in steps]) != expected:
        return "the stream differs from the reference"
    if bits(series.batch(stem)(*arrays, **named, exact=True).tolist()) != expected:
        return "the exact array form differs from the reference"
    found = series.batch(stem)(*arrays, **named)
    wanted = np.frombuffer(expected)
    if not spec.reorders:
        return "" if bits(found.tolist()) == expected else "the array form differs"
    gap = float(np.nanmax(np.abs(found - wanted)) / max(1.0, float(np.nanmax(np.abs(wanted)))))
    return "" if gap <= 1e-10 else f"the array form is {gap:.1e} away"


def main() -> int:
    """0 when every bar is met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--equal", action="store_true")
    parser.add_argument("--core", action="store_true", help="only the steps")
    parser.add_argument("stems", nargs="*", help="with --equal: only these")
    options = parser.parse_args()
    if options.core:
        core_table()
        return 0
    if not options.equal:
        missed = batch_table(options.points)
        stream_table()
        symbols_table(min(options.points, 512_000) // 64 * 64)
        core_table()
        return missed
    bad = 0
    for stem in options.stems or catalogue.stems():
        wrong = differs(stem, catalogue.indicator(stem), options.points)
        bad += bool(wrong)
        print(f"{stem:<22}{wrong or 'equal'}", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
