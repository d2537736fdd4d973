"""Does the file say natively what it says in ONNX Runtime and in the library it was trained with?

Both natives (native, reference) on the same float64 rows; the runtime and the library take them in
the type of the graph. `differ`: scores further apart than BOUND * max(1, the largest |score|); the
runtime adds leaves in float32 and rounds to the size of what it adds, not of the sum. `sides`: rows
on the other side of `middle`, 0 of a return and 0.5 of a chance; a score closer to it than the
bound can be there by rounding alone.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import ModelSpec
from tickpath.core.errors import (
    ConfigError,
    DataError,
    NoNativeFormError,
    VerificationError,
)
from tickpath.hot.model.arrays import checked as checked_arrays
from tickpath.hot.model.choose import fallback
from tickpath.hot.model.compile import tables
from tickpath.storage.extras import need

Floats = NDArray[np.float64]
BOUND: Final = 1e-5
ROWS_MAX: Final = 100_000
REFERENCE_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Parity:
    """What the walk takes, native or backend `onnx`, beside one other evaluator."""

    other: str
    rows: int
    worst: float
    differ: int
    sides: int


def native_scores(path: Path, rows: Floats, backend: Backend) -> Floats:
    """Scores (n,) of rows (n, columns), or of windows (n, window, columns), each behind its last
    row. Raises DataError when one is missing."""
    spec = ModelSpec(kind="onnx", path=str(path))
    model: Any = load("model", backend).Model(spec, rows.shape[-1])
    if rows.ndim == 2:
        found = [model.score(row) for row in rows.tolist()]
    else:
        found = [[model.score(row) for row in window][-1] for window in rows.tolist()]
    bad = [k for k, (code, _) in enumerate(found) if code != Code.OK]
    if bad:
        raise DataError(f"{path}: no score for row {bad[0]} ({Code(found[bad[0]][0]).name})")
    return np.array([score for _, score in found])


def runtime_scores(path: Path, rows: Floats) -> Floats:
    """Scores (n,) by ONNX Runtime on one thread."""
    runtime = need("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    kind = np.float64 if entry.type == "tensor(double)" else np.float32
    found = session.run(["score"], {entry.name: rows.astype(kind)})[0]
    return np.asarray(found, dtype=np.float64).reshape(-1)


def beside(other: str, ours: Floats, theirs: Floats, middle: float) -> Parity:
    """Two lists of scores compared."""
    apart = np.abs(ours - theirs)
    differ = apart > BOUND * max(1.0, float(np.abs(theirs).max()))
    sides = (ours > middle) != (theirs > middle)
    return Parity(other, len(ours), float(apart.max()), int(differ.sum()), int(sides.sum()))


def parity(
    path: Path, rows: Floats, library: Floats, middle: float, *, native: bool = True
) -> list[Parity]:
    """Native beside ONNX Runtime, the library's scores of the same rows, and the reference. Without
    a native form what the walk takes then (backend `onnx`), beside the first two."""
    windows = 1 if rows.ndim == 2 else rows.shape[1]
    step = -(-len(rows) * windows // ROWS_MAX)
    rows, library = rows[::step], library[::step]
    ours = native_scores(path, rows, Backend.NATIVE if native else Backend.ONNX)
    others = [
        beside("onnxruntime", ours, runtime_scores(path, rows), middle),
        beside("library", ours, library, middle),
    ]
    if not native:
        return others
    few = slice(0, max(REFERENCE_ROWS // windows, 1))
    plain = native_scores(path, rows[few], Backend.REFERENCE)
    return [*others, beside("reference", ours[few], plain, middle)]


def demand(found: Sequence[Parity], path: Path) -> None:
    """VerificationError when any score differs, or the reference by a bit."""
    for entry in found:
        if entry.differ or (entry.other == "reference" and entry.worst != 0.0):
            raise VerificationError(
                f"{path}: {entry.differ} of {entry.rows} scores differ from {entry.other}, by "
                f"{entry.worst:.3g} at most: not kept. Report it with the file"
            )


def has_native(path: Path, width: int) -> bool:
    """Whether the file has a native form for rows of `width` columns. Raises ConfigError."""
    try:
        tables(str(path), width, f"model {str(path)!r}")
    except NoNativeFormError:
        return False
    return True


def checked(data: bytes, width: int, where: str) -> str:
    """What evaluates these bytes where that is not native code, and why, "" where it is.
    ConfigError, naming `where`, unless they are a model for rows of `width` columns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(data)
        try:
            kind, found = tables(str(path), width, where)
        except NoNativeFormError as error:
            return by_runtime(path, width, where, error)
    checked_arrays(kind, found, width, where)
    return ""


def by_runtime(path: Path, width: int, where: str, error: NoNativeFormError) -> str:
    """The same of a graph without a native form."""
    try:
        _, chosen = fallback(ModelSpec(kind="onnx", path=str(path)), width, error)
    except ConfigError as refused:
        raise ConfigError(str(refused).replace(f"model {str(path)!r}", where)) from refused
    return chosen.text()
