"""Does a compiled ONNX model say what ONNX Runtime says, and what does a score cost beside it?

A 32-64-32-3 network with softmax and 100 trees of depth 6, both of float32: ROWS random rows of
float64, a third of the values on a threshold or beside it; LSTM and GRU of 32 units over the last
32 rows of 8 columns, a window for every row. Wrong: scores more than 1e-5 apart, or trees whose
leaves differ (their weights are whole numbers, so one wrong branch is seen in the sum).
Sides: rows on the other side of the median score, which float32 rounding alone can cause.
ns a score: `model_score` in a loop, in native code and by the backend `onnx` (the C interface of
ONNX Runtime), and `session.run` of its Python interface with one row or window; least of rounds.
Beside a thread: p50 and p99 of single scores of the backend `onnx`, alone and while another Python
thread computes without end; the least p99 of ROUNDS rounds each, in turn. The lock is not taken, so
the ratio stays below RATIO where each thread has a core of its own.
Run: python benchmarks/hot/bench_onnx.py [rows]
"""

import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from loop_build import loop

from tickpath.core.config import ModelSpec
from tickpath.hot.model.native import Model
from tickpath.hot.model.onnx import Model as Session

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from onnx_models import (  # type: ignore[import-not-found]
    answers,
    forest,
    helper,
    leaves,
    node,
    ort,
    save,
)
from recurrent_models import cell_constants  # type: ignore[import-not-found]

WIDTH = 32
STEPS, COLUMNS, UNITS = 32, 8, 32
CHUNK = 50_000
BOUND = 1e-5
ROUNDS = 90
BAR_C_NS = 6000.0
RATIO = 2.0


def network(path: Path) -> np.ndarray:
    """32-64-32-3 with softmax; returns values to sit on."""
    random = np.random.default_rng(1)
    held: dict[str, Any] = {}
    for k, shape in enumerate(((32, 64), (64, 32), (32, 3))):
        held[f"w{k}"] = (random.normal(size=shape) / np.sqrt(shape[0])).astype(np.float32)
        held[f"b{k}"] = random.normal(size=shape[1]).astype(np.float32)
    nodes = [
        node("Gemm", "x w0 b0", "a"), node("Relu", "a", "b"), node("Gemm", "b w1 b1", "c"),
        node("Relu", "c", "d"), node("Gemm", "d w2 b2", "e"), node("Softmax", "e", "y"),
    ]  # fmt: skip
    save(path, nodes, WIDTH, held, output=2)
    return np.zeros(1, dtype=np.float32)


def trees(path: Path) -> np.ndarray:
    """100 trees of depth 6 with leaves of whole numbers; returns the thresholds."""
    attributes, thresholds = forest(100, 6, WIDTH, 2, ("BRANCH_LEQ", "BRANCH_LT"))
    ends = leaves(attributes, "target", 3)
    ends["target_weights"] = [float(round(w * 1000)) for w in ends["target_weights"]]
    more = {"n_targets": 1, **attributes, **ends}
    save(path, [node("TreeEnsembleRegressor", "x", "y", "ai.onnx.ml", **more)], WIDTH)
    return np.asarray(thresholds)


def lstm(path: Path) -> None:
    """An LSTM, its last step through one dense layer."""
    cell(path, "LSTM")


def gru(path: Path) -> None:
    """A GRU that resets behind its product, as torch has it."""
    cell(path, "GRU", linear_before_reset=1)


def cell(path: Path, op: str, **more: int) -> None:
    """(rows, steps, columns) through one cell, the last state through one dense layer."""
    held = {k: v for k, v in cell_constants(op, COLUMNS, UNITS, 5).items() if k[0] in "wrb"}
    random = np.random.default_rng(6)
    held |= {"w": random.normal(size=(UNITS, 1)).astype(np.float32) / 4, "zero": np.array([0])}
    names = ["s", "w0", "r0", "b0"]
    made = helper.make_node(op, names, ["", "h"], name="cell", hidden_size=UNITS, **more)
    nodes = [
        node("Transpose", "x", "s", perm=[1, 0, 2]), made, node("Squeeze", "h zero", "q"),
        node("MatMul", "q w", "y"),
    ]  # fmt: skip
    save(path, nodes, COLUMNS, held, rows="rows", steps=STEPS)


def rows_of(count: int, edges: np.ndarray, seed: int) -> np.ndarray:
    """Random rows, a third on the edges, one float64 or half a float32 beside them."""
    random = np.random.default_rng(seed)
    found = random.normal(size=(count, WIDTH))
    at = random.random(found.shape) < 1 / 3
    edge = random.choice(edges, at.sum())
    half = (edge + np.nextafter(edge, np.float32(np.inf)).astype(np.float64)) / 2
    kind = random.integers(0, 4, at.sum())
    found[at] = np.choose(
        kind, [edge, half, np.nextafter(half, np.inf), np.nextafter(half, -np.inf)]
    )
    return found


def compare(path: Path, count: int, edges: np.ndarray, column: int) -> bool:
    """Print how far apart the two are; True when too far."""
    model = Model(ModelSpec(kind="onnx", path=str(path)), WIDTH)
    chunks = (rows_of(min(CHUNK, count - k), edges, k) for k in range(0, count, CHUNK))
    pairs = (
        (
            np.array([score for _, score in map(model.score, rows.tolist())]),
            answers(path, rows.astype(np.float32))[:, column].astype(np.float64),
        )
        for rows in chunks
    )
    return said(path, count, pairs)


def compare_windows(path: Path, count: int) -> bool:
    """The same for a model of windows: one for every row but the first that fill one."""
    model = Model(ModelSpec(kind="onnx", path=str(path)), COLUMNS)
    random = np.random.default_rng(7)
    before = random.normal(size=(STEPS - 1, COLUMNS))
    for row in before.tolist():
        model.score(row)

    def pairs() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        kept = before
        for k in range(0, count, CHUNK):
            rows = random.normal(size=(min(CHUNK, count - k), COLUMNS))
            ours = np.array([score for _, score in map(model.score, rows.tolist())])
            whole = np.concatenate([kept, rows]).astype(np.float32)
            windows = np.lib.stride_tricks.sliding_window_view(whole, STEPS, axis=0)
            theirs = answers(path, np.ascontiguousarray(windows.transpose(0, 2, 1)))
            kept = np.concatenate([kept, rows])[1 - STEPS :]
            yield ours, theirs[:, 0].astype(np.float64)

    return said(path, count, pairs())


def said(path: Path, count: int, pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> bool:
    """Print how far apart scores are; True when too far."""
    worst, differ, sides, middle = 0.0, 0, 0, None
    for ours, theirs in pairs:
        middle = float(np.median(theirs)) + 1e-3 if middle is None else middle
        worst = max(worst, float(np.abs(ours - theirs).max()))
        differ += int((np.abs(ours - theirs) > BOUND).sum())
        sides += int(((ours > middle) != (theirs > middle)).sum())
    print(f"{path.stem}: {count} rows, worst difference {worst:.2e}, wrong {differ}, sides {sides}")
    return differ > 0


def cost(path: Path, width: int, steps: int = 0) -> None:
    """Print ns a score of both."""
    rows = np.random.default_rng(3).normal(size=(99, width))
    model = Model(ModelSpec(kind="onnx", path=str(path)), width)
    compiled = loop("feature_model_loop")
    session = Session(ModelSpec(kind="onnx", path=str(path)), width)
    ours, theirs = (
        min(float(compiled.model_ns(m, rows, 1)[0]) for _ in range(5 * ROUNDS))
        for m in (model, session)
    )
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    plain = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    one = rows[: steps or 1].astype(np.float32)
    one = one[None] if steps else one
    times = []
    for _ in range(9):
        begin = time.perf_counter_ns()
        for _ in range(200):
            plain.run(["y"], {"x": one})
        times.append((time.perf_counter_ns() - begin) / 200)
    print(
        f"{path.stem}: {ours:.0f} ns a score, backend onnx {theirs:.0f} ns, "
        f"session.run {min(times):.0f} ns"
    )


def beside_a_thread(path: Path) -> bool:
    """Print p50 and p99 alone and beside a thread that holds Python's lock; True when too slow."""
    compiled = loop("feature_model_loop")
    session = Session(ModelSpec(kind="onnx", path=str(path)), WIDTH)
    rows = np.random.default_rng(3).normal(size=(997, WIDTH))
    found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for _ in range(ROUNDS):
        for busy in found:
            times = np.zeros(2000, dtype=np.int64)
            stop = threading.Event()
            thread = threading.Thread(target=spin, args=(stop,))
            if busy:
                thread.start()
            compiled.model_times(session, rows, times, np.empty_like(times))
            stop.set()
            if busy:
                thread.join()
            found[busy].append((float(np.median(times)), float(np.quantile(times, 0.99))))
    alone, beside = (min(p99 for _, p99 in pairs) for pairs in found.values())
    for busy, pairs in found.items():
        p50, p99 = min(p50 for p50, _ in pairs), (alone, beside)[busy]
        where = "beside a busy thread" if busy else "alone"
        print(f"{path.stem}: backend onnx {where}: p50 {p50:.0f} ns, p99 {p99:.0f} ns")
    print(f"{path.stem}: p99 beside a thread {beside / alone:.2f} of p99 alone, bar {RATIO}")
    return beside > RATIO * alone or min(p50 for p50, _ in found[False]) > BAR_C_NS


def spin(stop: threading.Event) -> None:
    """Pure Python that never gives up its lock by itself."""
    total = 0
    while not stop.is_set():
        for k in range(1000):
            total += k


def main() -> int:
    """1 when anything differs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    wrong = False
    with tempfile.TemporaryDirectory() as folder:
        for make, column in ((network, 2), (trees, 0)):
            path = Path(folder) / f"{make.__name__}.onnx"
            edges = make(path)
            wrong |= compare(path, count, edges, column)
            cost(path, WIDTH)
        wrong |= beside_a_thread(Path(folder) / "network.onnx")
        for window in (lstm, gru):
            path = Path(folder) / f"{window.__name__}.onnx"
            window(path)
            wrong |= compare_windows(path, count)
            cost(path, COLUMNS, STEPS)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
