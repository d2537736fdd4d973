"""How much does walking all parameter sets along one stream save beside an engine for each?

    python benchmarks/devices/bench_sets.py RECORDING [--sets 10000] [--sample 40] [--all]

For each covered strategy: sets drawn with a seed, walked by the CPU twin of the sweep kernels on 1
and on 2 threads; then the single engine looped over a sample of the same sets (--all: over every
one), in the same process. Compared are orders, fills (a hash over time, order, price, signed lots
and fee of each, in order), position, fees and profit of every set that the engine ran, and every
sample of its equity. The ratio is of CPU seconds a set, the stream's own cost included in the
twin's, so that other work on the host does not count. Exit code 1 when a set differs, or when a
ratio is below 3.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.sweep.backtest_job import with_params
from tickpath.backtest.sweep.backtests import Loaded, Subject
from tickpath.backtest.sweep.batch import cover
from tickpath.backtest.sweep.batch.stream import Tape, tape_of
from tickpath.devices.gpu.sweep import LEFT, Figures
from tickpath.hot.strategy.discover import find

STRATEGIES = ("ema_cross", "bank_example", "imbalance_maker")
RATIO_LEAST = 3.0
SEED = 1
WORD = 2**64 - 1


def drawn(strategy: str, count: int) -> list[dict[str, int]]:
    """Sets whose strategies trade often and rarely."""
    rng = np.random.default_rng(SEED)
    sets = []
    for _ in range(count):
        found = {
            "order_lots": rng.choice([0, 0, 1000, 20_000]),
            "order_equity_ppm": rng.integers(200, 5000),
            "position_equity_ppm": rng.integers(2000, 20_000),
        }
        if strategy == "imbalance_maker":
            found["half_spread_ppm"] = rng.integers(1, 60)
            found["imbalance_shift_ppm"] = rng.integers(0, 40)
            found["lean_ppm"] = rng.integers(0, 60)
            found["replace_ppm"] = rng.integers(0, 20)
            found["imbalance_levels"] = rng.integers(1, 11)
        else:
            found["slip_ppm"] = rng.integers(0, 300)
        if strategy == "bank_example":
            found["votes_full"] = rng.integers(1, 5)
        if strategy == "ema_cross":
            found["fast_period"] = rng.integers(2, 80)
            found["slow_period"] = found["fast_period"] + rng.integers(1, 400)
            found["band_ppm"] = rng.integers(0, 30)
        sets.append({name: int(value) for name, value in found.items()})
    return sets


def fills_hash(fills: Any) -> int:
    """As tp_sweep_mix takes it of the engine's fills."""
    found = 0xCBF29CE484222325
    signs = np.where(fills["side"] == 0, 1, -1)
    numbers = fills["client_order_id"] & np.uint64(0xFFFFFFFF)
    columns = (
        fills["t_ns"], numbers, fills["price_ticks"], signs * fills["quantity_lots"],
        fills["fee_units"],
    )  # fmt: skip
    for row in zip(*(column.tolist() for column in columns), strict=True):
        for word in row:
            found = ((found ^ (word & WORD)) * 0x100000001B3) & WORD
    return found


def differs(loaded: Loaded, figures: Figures, k: int, params: dict[str, int]) -> tuple[bool, float]:
    """Whether the engine's run of set k is another one, and its CPU seconds."""
    begun = time.process_time()
    options = Options(measure=False, direct_orders=True)
    run = Backtest(with_params(loaded.config, params), loaded.recording, options)
    result = run.run()
    seconds = time.process_time() - begun
    row, settle = figures.results[k], loaded.config.instruments[0].settle
    equity = [units[settle] for units in result.samples.equity_units][: len(figures.equity)]
    ours = (
        row["orders"], row["fills"], row["rejects"], row["position_lots"], row["fee_units"],
        row["equity_units"] - loaded.config.balance_units(settle), row["fills_hash"],
    )  # fmt: skip
    theirs = (
        result.orders, result.fills, sum(result.rejects.values()), result.position_lots[0],
        result.fee_units[settle], result.pnl_units[settle], fills_hash(result.fill_rows),
    )  # fmt: skip
    same = [int(a) for a in ours] == [int(b) for b in theirs]
    return not (same and equity == figures.equity[:, k].tolist()), seconds


def walked(loaded: Loaded, tape: Tape, sets: Any, threads: int) -> tuple[Figures, float, float]:
    """(figures, wall s, CPU s) of all sets along the stream."""
    plan = cover.plan_of(loaded.config, tape, 0, 0)
    wall, used = time.perf_counter(), time.process_time()
    figures = cover.figures_for(loaded.config, tape, plan, sets, None, threads)
    return figures, time.perf_counter() - wall, time.process_time() - used


def bench(loaded: Loaded, strategy: str, count: int, chosen: Sequence[int]) -> bool:
    """One strategy's lines; whether all is as it should be."""
    params = drawn(strategy, count)
    used = time.process_time()
    declaration = find(strategy)
    tape = tape_of(loaded.config, loaded.recording, features=cover.features_of(declaration))
    tape = cover.votes_of(declaration, tape)
    entries = (cover.entry_of(with_params(loaded.config, one)) for one in params)
    sets = np.array([cover.set_of(entry) for entry in entries])
    before_s = time.process_time() - used
    events = len(loaded.recording)
    twin_s = 0.0
    for threads in (1, 2):
        figures, wall_s, cpu_s = walked(loaded, tape, sets, threads)
        rate = count * events / wall_s
        spent = f"{wall_s:8.2f} s wall, {cpu_s:8.2f} s CPU"
        print(f"{strategy:16} {count} sets, {threads} threads: {spent}, {rate:.3g} sets*events/s")
        twin_s = (before_s + cpu_s) / count if threads == 1 else twin_s
    left = figures.results["left"]
    for why in np.unique(left[left > 0]):
        print(f"{strategy:16} {(left == why).sum()} sets left to the engine: {LEFT[int(why)]}")
    wrong, engine_s = 0, 0.0
    whole = [k for k in chosen if not left[k]]
    for k in whole:
        bad, seconds = differs(loaded, figures, k, params[k])
        wrong += bad
        engine_s += seconds / len(whole)
    ratio = engine_s / twin_s
    shares = f"twin {twin_s * 1e3:.3f} ms with its share of the stream ({before_s:.2f} s)"
    print(f"{strategy:16} engine {engine_s * 1e3:.1f} ms CPU a set, {shares}: {ratio:.1f} times")
    fills = figures.results["fills"].sum()
    print(f"{strategy:16} {len(whole)} sets compared, {wrong} differ; {fills} fills in all sets")
    return wrong == 0 and ratio >= RATIO_LEAST


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the lines of every strategy."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recording")
    parser.add_argument("--sets", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--strategy", choices=STRATEGIES, action="append")
    args = parser.parse_args(arguments)
    count = args.sets
    spaced = np.linspace(0, count - 1, min(args.sample, count)).astype(int).tolist()
    good = True
    for strategy in args.strategy or STRATEGIES:
        loaded = Subject(paths=[args.recording], strategy=strategy).load()
        cover.check(loaded.config)
        good &= bench(loaded, strategy, count, range(count) if args.all else spaced)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
