"""Python handle of what a native engine keeps of a lane; lane.py says what it is."""

from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from tickpath.core.records cimport TP_FEATURES_MAX
from tickpath.hot.model.lane cimport LaneScore, lane_answer, lane_row, lane_score
from tickpath.lanes.ring cimport RingWriter
from tickpath.lanes.slot cimport Slot

from tickpath.hot.model import lane


cdef class Lane:
    """What an engine keeps of a lane. Same results as `lane.Lane`."""

    def __cinit__(self):
        self.state = <LaneState*>calloc(1, sizeof(LaneState))
        if self.state == NULL:
            raise MemoryError("lane")

    def __dealloc__(self):
        free(self.state)

    def __init__(self, config, columns):
        cdef int64_t k
        self.spec = config.lane
        self.on = config.lane.scores
        self.widths = [len(specs) for specs in columns]
        self.state.on = config.lane.scores
        self.state.count = len(self.widths)
        self.state.age_ns_max = config.lane.age_ns_max
        self.state.age_inputs_max = config.lane.age_inputs_max
        for k in range(self.state.count):
            self.state.scores[k].score = NAN

    def attach(self, RingWriter rows, Slot answers) -> None:
        """Where rows are left and answers found. ConfigError when they do not fit."""
        lane.check_doors(self.spec, self.widths, rows.ring, answers)
        self.doors = (rows, answers)
        self.state.rows = &rows.state
        self.state.answers = &answers.state
        self.state.answers_sequence = 0

    cdef int parse(self, const unsigned char[::1] value, LaneAnswer* answer) except -1:
        """An answer out of bytes. DataError when they are none for these instruments."""
        lane.check_answer(self.spec, self.state.count, value.shape[0])
        memcpy(answer, &value[0], value.shape[0])
        return 0

    def read(self) -> bytes | None:
        """What the answers slot holds, when it is a new version."""
        found = None if self.doors is None else self.doors[1].read()
        if found is None or lane.ANSWER_HEAD.unpack_from(found.value)[0] == self.version:
            return None
        return found.value

    def check(self, value) -> None:
        """DataError for bytes that are no answer for these instruments."""
        lane.check_answer(self.spec, self.state.count, len(value))

    def row(self, int32_t instrument, uint64_t seq, int64_t now_ns, values) -> None:
        """Leave a row for the worker, if there is one."""
        cdef double[TP_FEATURES_MAX] row
        cdef int32_t k, width = self.widths[instrument]
        for k in range(width):
            row[k] = values[k]
        lane_row(self.state, instrument, seq, now_ns, row, width)

    def score(self, int32_t instrument, uint64_t seq, int64_t now_ns) -> float | None:
        """The instrument's score, None when there is none or it is too old."""
        cdef double score = 0.0
        if not 0 <= instrument < self.state.count:
            raise IndexError(f"instrument {instrument}")
        if not lane_score(self.state, instrument, seq, now_ns, &score):
            return None
        return score

    def answer(self, const unsigned char[::1] value, uint64_t seq, int64_t now_ns) -> int:
        """Keep the scores that are newer; returns a code."""
        cdef LaneAnswer answer
        self.parse(value, &answer)
        return lane_answer(self.state, &answer, seq, now_ns)

    @property
    def version(self):
        """Of the last answer."""
        return self.state.version

    @property
    def scores(self):
        """(seq, t_ns, score) of every instrument."""
        cdef int64_t k
        cdef LaneScore* s = self.state.scores
        return [(s[k].seq, s[k].t_ns, s[k].score) for k in range(self.state.count)]

    def figures(self) -> dict:
        """Counters of this process, no part of the state."""
        return {
            "answers": self.state.taken,
            "answers_refused": self.state.refused,
            "scores_absent": self.state.absent,
            "scores_stale": self.state.stale,
        }

    def export_state(self) -> bytes:
        """As `lane.pack_state`."""
        return lane.pack_state(self.version, self.scores)

    def import_state(self, data) -> None:
        """Raises DataError for the state of other instruments."""
        cdef int64_t k
        version, scores = lane.unpack_state(data, self.state.count)
        self.state.version = version
        for k, (seq, t_ns, score) in enumerate(scores):
            self.state.scores[k].seq = seq
            self.state.scores[k].t_ns = t_ns
            self.state.scores[k].score = score
