"""The worker that scores rows off the path, in batches, on a GPU or on the CPU.

In: the ring of rows that the walk leaves. Out: the answers slot, which the walk samples at the
entry of an input and journals before it uses it. Whoever owns the thread or process calls
`do_work`: it takes all rows that wait, scores the newest of each instrument and returns how many
rows it took. Scores are those of the model, or the votes of a bank where the lane names one. Rows
that are not finite, and rows of a model that answers none, have no score: the instrument is then
absent, as in a walk that scores itself. Worst case: a whole ring in one batch.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.backend import Backend
from tickpath.core.config import Config
from tickpath.core.errors import BackendError, ConfigError, DataError
from tickpath.devices.gpu import layout
from tickpath.devices.gpu.batch import bank_rows
from tickpath.hot.model.choose import built
from tickpath.hot.model.lane import answer_dtype, answer_size, check_doors, row_dtype
from tickpath.lanes.batches import NO_DEVICE, Batches, Device, Function
from tickpath.lanes.ring import Ring
from tickpath.lanes.slot import Slot


def checked(function: Function, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A device's scores, float64 [row]. BackendError for another shape."""
    found = function(rows)
    if not isinstance(found, np.ndarray) or found.shape != (len(rows),):
        raise BackendError(f"scores of shape {np.shape(found)} for {len(rows)} rows: not used")
    return found.astype(np.float64)


def model_scores(config: Config, width: int) -> Function:
    """The model as the walk would evaluate it, rows to scores. ConfigError for one that a batch
    cannot score."""
    model, _ = built(config.model, width, Backend.NATIVE, config.backends.get("model"))
    if model.steps:
        raise ConfigError(
            f"score worker: {config.model.path} looks at every row of an instrument, a batch has "
            "the newest only: leave [lane] scores out"
        )
    scores: Function = model.scores
    return scores


def bank_table(path: str, width: int) -> bytes:
    """The bytes of a bank (`Bank.to_bytes`) for rows of this width. Raises ConfigError."""
    try:
        table = Path(path).read_bytes()
        inputs = int(layout.bank_table(table)["input_count"][0])
    except (OSError, DataError) as error:
        raise ConfigError(f"[lane] bank {path}: cannot be read ({error})") from error
    if inputs != width:
        raise ConfigError(f"[lane] bank {path}: {inputs} inputs for rows of {width} columns")
    return table


def bank_votes(
    rows_of: Function, table: bytes, rows: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The sum of a bank's signals, a row at a time; `rows_of` is `bank_rows`."""
    votes = rows_of(table, np.ascontiguousarray(rows.T)).votes
    return np.asarray(votes, np.float64)


def device_votes(
    rows_of: Function, table: bytes, rows: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """`bank_votes` of a device, which keeps memory and a graph for every count of rows: so counts
    are rounded up to powers of two, by rows without a vote."""
    room = np.full((1 << (len(rows) - 1).bit_length(), rows.shape[1]), np.nan)
    room[: len(rows)] = rows
    return bank_votes(rows_of, table, room)[: len(rows)]


class ScoreWorker:
    """Scores rows of a ring; owns neither the ring nor the slot."""

    def __init__(
        self,
        config: Config,
        widths: Sequence[int],
        rows: Ring,
        answers: Slot,
        *,
        device: Device = NO_DEVICE,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """`widths` are columns of each instrument. Raises ConfigError for doors that do not fit
        or for instruments of different widths."""
        if len(set(widths)) != 1:
            raise ConfigError(f"score worker: rows of {sorted(set(widths))} columns for one model")
        self.config, self.width, self.count = config, widths[0], len(widths)
        check_doors(config.lane, widths, rows, answers)
        function, cpu = device.function, model_scores(config, self.width)
        self.stage = "strategy" if config.lane.bank else "model"
        if config.lane.bank:
            table = bank_table(config.lane.bank, self.width)
            cpu = partial(bank_votes, bank_rows, table)
            function = function and partial(device_votes, function, table)
        if function is not None:
            device = replace(device, function=partial(checked, function))
        self.batch = Batches(self.stage, cpu, device, tell=tell)
        self.rows = self.superseded = self.not_finite = self.refused = self.failed = 0
        self.answered = 0
        self._reader, self._answers = rows.reader(), answers
        self._room = np.zeros((rows.slots, rows.record_bytes), np.uint8)
        self._answer = np.zeros((), answer_dtype(self.count))
        self._answer["count"] = self.count
        self._answer["scores"]["score"] = np.nan
        self._last = np.empty(self.count, np.int64)
        self._open = True

    def start(self) -> None:
        """Begin with the rows that are left from now on."""
        self._open = True

    def do_work(self) -> int:
        """Score what waits; returns how many rows were taken."""
        taken = self._reader.take(self._room) if self._open else 0
        if taken == 0:
            return 0
        self.rows += taken
        newest = self._newest(taken)
        if len(newest) == 0:
            return taken
        values = np.ascontiguousarray(newest["values"][:, : self.width])
        try:
            scores = self._scores(values)
        except Exception:
            self.failed += 1
            return taken
        self._publish(newest, scores)
        return taken

    def _newest(self, taken: int) -> npt.NDArray[Any]:
        """The newest row of each instrument; what is no row of ours is counted and left out: the
        ring may be in memory that others can write."""
        size = row_dtype(self.width).itemsize
        flat = np.ascontiguousarray(self._room[:taken, :size]).reshape(-1)
        found = flat.view(row_dtype(self.width))
        known = (found["instrument"] >= 0) & (found["instrument"] < self.count)
        known &= found["width"] == self.width
        self.refused += int(taken - known.sum())
        found = found[known]
        self._last.fill(-1)
        self._last[found["instrument"]] = np.arange(len(found))
        newest = found[self._last[self._last >= 0]]
        self.superseded += len(found) - len(newest)
        return newest

    def _scores(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """A score a row, NaN where there is none."""
        finite = np.isfinite(values).all(axis=1)
        self.not_finite += int(len(values) - finite.sum())
        scores = np.full(len(values), np.nan)
        if finite.any():
            scores[finite] = self.batch(values[finite])
        return scores

    def _publish(self, newest: npt.NDArray[Any], scores: npt.NDArray[np.float64]) -> None:
        """The newest score of every instrument, those of earlier batches too."""
        table, at = self._answer["scores"], newest["instrument"]
        table["seq"][at], table["t_ns"][at] = newest["seq"], newest["t_ns"]
        table["score"][at] = np.where(np.isfinite(scores), scores, np.nan)
        latest = newest[np.argmax(newest["seq"])]
        self._answer["version"] = latest["seq"]
        self._answers.write(
            self._answer.tobytes(), seq=int(latest["seq"]), t_ns=int(latest["t_ns"])
        )
        self.answered += 1

    def figures(self) -> dict[str, Any]:
        """Counters since the start."""
        return self.batch.figures() | {
            "rows": self.rows,
            "rows_lost": self._reader.lost,
            "rows_superseded": self.superseded,
            "rows_not_finite": self.not_finite,
            "rows_refused": self.refused,
            "batches_failed": self.failed,
            "answers": self.answered,
            "newest_ns": int(self._answer["scores"]["t_ns"].max()),
        }

    def close(self) -> None:
        """Nothing is scored any more: the last scores grow old and then are absent."""
        self._open = False


def attached_scores(
    config: Config,
    engine: Any,
    *,
    device: Device = NO_DEVICE,
    tell: Callable[[str], None] | None = None,
) -> ScoreWorker | None:
    """A started worker beside an engine of this process, None when the walk scores itself."""
    if not config.lane.scores:
        return None
    widths = list(engine.stages.lane.widths)
    rows = Ring.create(
        slots=config.lane.rows, record_bytes=row_dtype(max(widths)).itemsize, lossy=True
    )
    answers = Slot.create(answer_size(len(widths)))
    worker = ScoreWorker(config, widths, rows, answers, device=device, tell=tell)
    engine.attach_scores(rows.writer(), answers)
    worker.start()
    return worker
