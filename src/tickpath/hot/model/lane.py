"""Scores from off the path: what the walk leaves, what it is given, what it keeps, as lane.pxd.

With `[lane] scores` no model runs in the walk. Every event leaves its feature row in a ring, a
worker scores rows in batches, and its answer, a table of the newest score of every instrument, is
an input of its own, journalled before it is used. A strategy sees the kept score of its instrument;
one whose row is older than the limits is absent, as a score is while a feature is not warm.

Layouts, little endian. A row: u64 seq, i64 t_ns, i32 instrument, i32 width, then `width` f64. An
answer: u64 version, u64 instruments, then for each u64 seq, i64 t_ns, f64 score (NaN: none); seq
and t_ns are those of the input whose row was scored, 0 before the first. A new version is a new
answer; the worker takes the highest seq in it.
"""

import math
import struct
from collections.abc import Sequence

import numpy as np

from tickpath.core.codes import Code
from tickpath.core.config import Config, FeatureSpec, LaneSpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.lanes.ring import Ring, RingWriter
from tickpath.lanes.slot import Slot

ROW_HEAD = struct.Struct("<Qqii")
ANSWER_HEAD = struct.Struct("<QQ")
SCORE = struct.Struct("<Qqd")
STATE_HEAD = struct.Struct("<IQI")
STATE_VERSION = 1


def row_dtype(width: int) -> np.dtype:
    """A row of `width` columns; shorter ones leave the rest as it is."""
    head = [("seq", "<u8"), ("t_ns", "<i8"), ("instrument", "<i4"), ("width", "<i4")]
    return np.dtype([*head, ("values", "<f8", (width,))])


def answer_dtype(instruments: int) -> np.dtype:
    """An answer for so many instruments."""
    score = np.dtype([("seq", "<u8"), ("t_ns", "<i8"), ("score", "<f8")])
    return np.dtype([("version", "<u8"), ("count", "<u8"), ("scores", score, (instruments,))])


def answer_size(instruments: int) -> int:
    """Bytes of an answer."""
    return ANSWER_HEAD.size + instruments * SCORE.size


class Lane:
    """What an engine keeps of a lane: the last scores, and how often there was none."""

    def __init__(self, config: Config, columns: Sequence[Sequence[FeatureSpec]]) -> None:
        """`columns` are the features of each instrument."""
        self.spec, self.on = config.lane, config.lane.scores
        self.widths = [len(specs) for specs in columns]
        self.rows: RingWriter | None = None
        self.answers: Slot | None = None
        self.version = 0
        self.taken = self.refused = self.absent = self.stale = 0
        self.scores: list[tuple[int, int, float]] = [(0, 0, math.nan)] * len(self.widths)

    def attach(self, rows: RingWriter, answers: Slot) -> None:
        """Where rows are left and answers found. ConfigError when they do not fit."""
        check_doors(self.spec, self.widths, rows.ring, answers)
        self.rows, self.answers = rows, answers

    def row(self, instrument: int, seq: int, now_ns: int, values: Sequence[float]) -> None:
        """Leave a row for the worker, if there is one."""
        if self.rows is not None:
            head = ROW_HEAD.pack(seq, now_ns, instrument, len(values))
            self.rows.push(head + struct.pack(f"<{len(values)}d", *values))

    def read(self) -> bytes | None:
        """What the answers slot holds, when it is a new version."""
        found = None if self.answers is None else self.answers.read()
        if found is None or ANSWER_HEAD.unpack_from(found.value)[0] == self.version:
            return None
        return found.value

    def check(self, value: bytes) -> None:
        """DataError for bytes that are no answer for these instruments."""
        check_answer(self.spec, len(self.widths), len(value))

    def score(self, instrument: int, seq: int, now_ns: int) -> float | None:
        """The instrument's score, None when there is none or it is too old."""
        made, t_ns, score = self.scores[instrument]
        if math.isfinite(score):
            inputs_max = self.spec.age_inputs_max
            if now_ns - t_ns <= self.spec.age_ns_max and (
                inputs_max == 0 or seq - made <= inputs_max
            ):
                return score
            self.stale += 1
        self.absent += 1
        return None

    def answer(self, value: bytes, seq: int, now_ns: int) -> int:
        """Keep the scores that are newer. ENGINE_ANSWER, and nothing but its version is kept, when
        it claims to come from an input that has not been."""
        self.version, count = ANSWER_HEAD.unpack_from(value)
        found = list(SCORE.iter_unpack(value[ANSWER_HEAD.size :]))
        if count != len(self.scores) or any(
            made > seq or not 0 <= t_ns <= now_ns for made, t_ns, _ in found
        ):
            self.refused += 1
            return Code.ENGINE_ANSWER
        for k, (made, t_ns, score) in enumerate(found):
            if made > self.scores[k][0]:
                self.scores[k] = (made, t_ns, score if math.isfinite(score) else math.nan)
        self.taken += 1
        return Code.OK

    def figures(self) -> dict[str, int]:
        """Counters of this process, no part of the state."""
        return {
            "answers": self.taken,
            "answers_refused": self.refused,
            "scores_absent": self.absent,
            "scores_stale": self.stale,
        }

    def export_state(self) -> bytes:
        """See `pack_state`."""
        return pack_state(self.version, self.scores)

    def import_state(self, data: bytes) -> None:
        """Raises DataError for the state of other instruments."""
        self.version, self.scores = unpack_state(data, len(self.scores))


def check_doors(spec: LaneSpec, widths: Sequence[int], rows: Ring, answers: Slot) -> None:
    """ConfigError for a ring or a slot that a lane cannot use."""
    if not spec.scores:
        raise ConfigError("[lane] scores is not set: there is nothing to attach to")
    if not rows.lossy or rows.record_bytes < row_dtype(max(widths)).itemsize:
        raise ConfigError(
            f"lane: the ring of rows must be lossy, its records {row_dtype(max(widths)).itemsize} "
            f"bytes; it has {rows.record_bytes}"
        )
    if answers.value_bytes != answer_size(len(widths)):
        raise ConfigError(
            f"lane: the answers slot holds {answers.value_bytes} bytes, not "
            f"{answer_size(len(widths))}"
        )


def check_answer(spec: LaneSpec, instruments: int, size: int) -> None:
    """DataError for bytes that are no answer for so many instruments."""
    if not spec.scores or size != answer_size(instruments):
        raise DataError(
            f"scores: {size} bytes, not {answer_size(instruments)}, or no [lane] scores: they are "
            "of another configuration"
        )


def pack_state(version: int, scores: list[tuple[int, int, float]]) -> bytes:
    """u32 version = 1, u64 version of the last answer, u32 instruments, their scores as in it."""
    head = STATE_HEAD.pack(STATE_VERSION, version, len(scores))
    return head + b"".join(SCORE.pack(*score) for score in scores)


def unpack_state(data: bytes, count: int) -> tuple[int, list[tuple[int, int, float]]]:
    """The inverse of `pack_state`. Raises DataError."""
    size = STATE_HEAD.size + count * SCORE.size
    if len(data) != size:
        raise DataError(f"lane state: {len(data)} bytes, {size} are needed: it is of another run")
    found, version, held = STATE_HEAD.unpack_from(data)
    if (found, held) != (STATE_VERSION, count):
        raise DataError(f"lane state: version {found} of {held} instruments: it is of another run")
    scores = [(s, t, v) for s, t, v in SCORE.iter_unpack(data[STATE_HEAD.size :])]
    return version, scores
