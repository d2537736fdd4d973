"""Native model: one row in, one score out. The model is read only; scratch belongs to the handle,
so one handle serves one thread. Of a recurrent model the handle keeps the last rows and the windows
they belong to, and `model_catch_up` does the part of it that no score waits for. Bars of a score:
dense 32-64-32-3 0.35 us, 100 trees of depth 6 1.3 us, LSTM of 32 units over 32 rows of 8 5 us.
"""

from libc.stdint cimport int32_t
from tickpath.core.arena cimport Arena
from tickpath.core.codes cimport TP_MODEL_NONE, TP_MODEL_NOT_FINITE, TP_MODEL_SHAPE, TP_OK
from tickpath.hot.model.dense cimport DenseState, dense_score
from tickpath.hot.model.recurrent cimport RecurrentState
from tickpath.hot.model.trees cimport TreesState, trees_score

cdef enum:
    MODEL_NONE = 0
    MODEL_DENSE = 1
    MODEL_TREES = 2
    MODEL_CALLED = 3

cdef extern from *:
    """
    #include <float.h>
    #include <math.h>
    #include <stdint.h>
    static inline int tp_row_finite(const double* row, int32_t width) {
        int bad = 0;
        for (int32_t k = 0; k < width; k++) bad |= !(fabs(row[k]) <= DBL_MAX);
        return !bad;
    }
    """
    bint row_finite "tp_row_finite" (const double* row, int32_t width) noexcept nogil

ctypedef int32_t (*model_call)(void* context, const double* row, double* score) noexcept nogil
ctypedef void (*model_later_call)(void* context) noexcept nogil

cdef struct ModelState:
    int32_t kind
    int32_t width                 # columns of the row
    DenseState dense
    TreesState trees
    RecurrentState recurrent
    model_call call               # MODEL_CALLED: it sees every row, finite or not
    model_later_call later         # NULL: nothing is left for later
    void* context
    Arena arena


cdef inline int32_t model_score(
    ModelState* s, const double* row, int32_t width, double* score
) noexcept nogil:
    """TP_OK and the score; else a code, and `score` is untouched."""
    cdef double value
    cdef int32_t code
    if s.kind == MODEL_NONE:
        return TP_MODEL_NONE
    if width != s.width:
        return TP_MODEL_SHAPE
    if s.kind == MODEL_CALLED:
        code = s.call(s.context, row, &value)
        if code != TP_OK:
            return code
    elif not row_finite(row, width):
        return TP_MODEL_NOT_FINITE
    elif s.kind == MODEL_DENSE:
        value = dense_score(&s.dense, row, width)
    else:
        value = trees_score(&s.trees, row, width)
    if not row_finite(&value, 1):
        return TP_MODEL_NOT_FINITE
    score[0] = value
    return TP_OK


cdef inline void model_catch_up(ModelState* s) noexcept nogil:
    """What a score left for later; the next score would do it first."""
    if s.later != NULL:
        s.later(s.context)


cdef class Model:
    cdef ModelState* state
    cdef readonly object spec
    cdef readonly str kernel
    cdef readonly int32_t steps   # rows that a score looks at, 0: the last one only
    cdef object fingerprint
