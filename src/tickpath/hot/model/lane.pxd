"""Scores from off the path: the walk leaves rows in a ring and keeps the last scores it was given.

The same as lane.py, which has the layouts and the rules. A row costs its copy; nothing here waits:
the ring is lossy, so that a slow worker loses the oldest rows and counts them.
"""

from libc.math cimport NAN, isfinite
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy
from tickpath.core.codes cimport TP_ENGINE_ANSWER, TP_OK
from tickpath.core.records cimport TP_FEATURES_MAX, TP_INSTRUMENTS_MAX
from tickpath.lanes.ring cimport RingState, ring_publish
from tickpath.lanes.slot cimport SlotState

cdef enum:
    ROW_HEAD_BYTES = 24
    ANSWER_HEAD_BYTES = 16

cdef struct LaneRow:               # ROW of lane.py; published as long as its instrument's row
    uint64_t seq
    int64_t t_ns
    int32_t instrument
    int32_t width
    double values[TP_FEATURES_MAX]

cdef struct LaneScore:
    uint64_t seq                   # of the input whose row it was made from
    int64_t t_ns                   # and its time
    double score                   # NaN: none

cdef struct LaneAnswer:            # ANSWER_HEAD and SCORE of lane.py; as long as its count says
    uint64_t version
    uint64_t count
    LaneScore scores[TP_INSTRUMENTS_MAX]

cdef struct LaneState:
    int64_t on                     # 0: the walk computes scores itself
    int64_t count                  # instruments
    int64_t age_ns_max
    uint64_t age_inputs_max        # 0: any number
    uint64_t version               # of the last answer
    RingState* rows                # NULL: nobody works off the path
    const SlotState* answers       # NULL: nobody answers; sampled once at the entry of an input
    uint64_t answers_sequence      # of the slot, as seen last
    int64_t taken                  # answers
    int64_t refused
    int64_t absent                 # decisions without a score
    int64_t stale                  # of them, those whose last score was too old
    LaneScore scores[TP_INSTRUMENTS_MAX]
    LaneRow row                    # the one that is written


cdef inline void lane_row(
    LaneState* s, int32_t instrument, uint64_t seq, int64_t now_ns, const double* row, int32_t width
) noexcept nogil:
    """Leave a row for the worker, if there is one."""
    if s.rows == NULL:
        return
    s.row.seq = seq
    s.row.t_ns = now_ns
    s.row.instrument = instrument
    s.row.width = width
    memcpy(s.row.values, row, width * sizeof(double))
    ring_publish(s.rows, &s.row, ROW_HEAD_BYTES + width * <int64_t>sizeof(double))


cdef inline bint lane_score(
    LaneState* s, int32_t instrument, uint64_t seq, int64_t now_ns, double* score
) noexcept nogil:
    """The instrument's score, 0 when there is none or it is too old."""
    cdef const LaneScore* kept = &s.scores[instrument]
    if isfinite(kept.score):
        if now_ns - kept.t_ns <= s.age_ns_max and (
                s.age_inputs_max == 0 or seq - kept.seq <= s.age_inputs_max):
            score[0] = kept.score
            return 1
        s.stale += 1
    s.absent += 1
    return 0


cdef inline int64_t lane_answer_bytes(const LaneState* s) noexcept nogil:
    return ANSWER_HEAD_BYTES + s.count * <int64_t>sizeof(LaneScore)


cdef inline bint lane_fits(
    const LaneState* s, const LaneAnswer* a, uint64_t seq, int64_t now_ns
) noexcept nogil:
    """Whether all its scores are made from inputs that have been."""
    cdef int64_t k
    if a.count != <uint64_t>s.count:
        return 0
    for k in range(s.count):
        if a.scores[k].seq > seq or a.scores[k].t_ns > now_ns or a.scores[k].t_ns < 0:
            return 0
    return 1


cdef inline int32_t lane_answer(
    LaneState* s, const LaneAnswer* a, uint64_t seq, int64_t now_ns
) noexcept nogil:
    """Keep the scores that are newer. TP_ENGINE_ANSWER, and nothing but its version is kept, when
    it claims to come from an input that has not been."""
    cdef int64_t k
    s.version = a.version
    if not lane_fits(s, a, seq, now_ns):
        s.refused += 1
        return TP_ENGINE_ANSWER
    for k in range(s.count):
        if a.scores[k].seq > s.scores[k].seq:
            s.scores[k] = a.scores[k]
            if not isfinite(s.scores[k].score):
                s.scores[k].score = NAN
    s.taken += 1
    return TP_OK
