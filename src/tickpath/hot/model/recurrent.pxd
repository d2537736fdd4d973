"""Recurrent networks: the last rows are kept, and each new row is scored with those before it.

Every window starts from the model's own first state, so a score is that of its rows alone and
equals ONNX Runtime's on them. All windows that a row belongs to are on their way: a score takes the
last step of one, `recurrent_catch_up` the steps of the others. Kernels in recurrent.h; layers
behind the last row of the window are those of dense.pxd. A row that is not finite empties the
window.
"""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_MODEL_COLD, TP_MODEL_NOT_FINITE, TP_OK
from tickpath.core.records cimport TP_MODEL_LAYERS_MAX
from tickpath.hot.model.dense cimport DenseState, dense_score

cdef extern from "../hot/model/recurrent.h" nogil:
    enum:
        REC_LANES
        REC_LSTM
        REC_GRU
        REC_GRU_EARLY
    ctypedef struct rec_layer:
        int32_t cell_kind
        int32_t gates
        int32_t inputs
        int32_t units
        int32_t blocks
        const float* input
        const float* recur
        const float* late
        const float* bias
        const float* late_bias
        const float* hidden_first
        const float* cell_first
        float* hidden
        float* cell
        float* sums
        float* reset
    ctypedef struct rec_state
    ctypedef struct rec_kernel:
        const char* name
        void (*step)(const rec_state* s, int32_t first, int32_t count) noexcept nogil
    ctypedef struct rec_state:
        int32_t width
        int32_t steps
        int32_t layer_count
        int32_t next
        int32_t count
        const double* mean
        const double* scale
        float* rows
        float* given
        const rec_kernel* kernel
        rec_layer layers[TP_MODEL_LAYERS_MAX]
    const rec_kernel* rec_choose(const char* wanted) noexcept nogil
    void rec_keep(rec_state* s, const float* row) noexcept nogil
    void rec_catch_up(rec_state* s) noexcept nogil
    const float* rec_finish(const rec_state* s) noexcept nogil
    bint rec_push(rec_state* s, const double* row) noexcept nogil

cdef struct RecurrentState:
    rec_state layers
    DenseState head               # behind the units of the last layer
    double* units                 # scratch: those units as float64


cdef inline int32_t recurrent_score(
    RecurrentState* s, const double* row, double* score
) noexcept nogil:
    """TP_OK and the score of the window that ends with this row; else a code."""
    cdef const float* units
    cdef int32_t count
    cdef int32_t k
    if not rec_push(&s.layers, row):
        return TP_MODEL_NOT_FINITE
    if s.layers.count < s.layers.steps:
        return TP_MODEL_COLD
    units = rec_finish(&s.layers)
    count = s.layers.layers[s.layers.layer_count - 1].units
    for k in range(count):
        s.units[k] = units[k]
    score[0] = dense_score(&s.head, s.units, count)
    return TP_OK


cdef inline void recurrent_catch_up(RecurrentState* s) noexcept nogil:
    """What the last row still owes to the windows that go on; nothing when it was done."""
    rec_catch_up(&s.layers)
