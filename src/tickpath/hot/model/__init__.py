"""Model: a feature row in, one score out.

In: the row (all values finite) and its width. Out: a code and a float64 score. State: the last rows
of a recurrent model, else none that changes; the arrays are read once from an .npz (arrays.py has
the layout) or made from an .onnx (compile.py). Kinds: `none`, `dense`, `trees`, `recurrent`,
`onnx`.
Budget: a dense 32-64-32-3 network 0.35 us, 100 trees of depth 6 1.3 us, an LSTM of 32 units over 32
rows of 8 columns 5 us.
With `[lane] scores` none of it runs in the walk: lane.py says how scores come from a worker
(worker.py), which gpu.py gives a device.
Codes: MODEL_NONE without a model, MODEL_SHAPE for another width, MODEL_NOT_FINITE when the row
(a column not warm yet) or the score is not finite, MODEL_COLD while a recurrent model has fewer
rows than it looks at; the score is then 0.0 and means nothing. A row that is not finite empties the
window of a recurrent model.
"""

from collections.abc import Sequence
from typing import Protocol

from tickpath.core.config import ModelSpec


class Model(Protocol):
    """What every backend of this stage offers. Built as `Model(spec, width)`."""

    spec: ModelSpec
    steps: int
    """Rows that a score looks at, this one the last; 0: this one only, and nothing is kept."""

    def __init__(self, spec: ModelSpec, width: int) -> None: ...

    def score(self, row: Sequence[float]) -> tuple[int, float]:
        """(code, score); the score counts only with Code.OK."""

    def export_state(self) -> bytes:
        """u32 version = 1, u64 fingerprint of the model; of a recurrent one the rows it keeps."""

    def import_state(self, data: bytes) -> None:
        """Accept the state of the same model. DataError when it is of another."""
