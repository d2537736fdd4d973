"""Native features: one pass over the columns an event samples, then the row is copied out.

Steps are called through their column's pointer: a hundred inlined side by side take more registers
of the one function than a call costs. State is owned by the handle and written only by
`features_update`. Budget: 10 ns a column, 60 ns a row of six. Worst case: 32 columns that keep
4096 samples in order, about 30 us.
"""

from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t
from tickpath.core.arena cimport Arena
from tickpath.core.records cimport TP_FEATURES_MAX, tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport (
    GROUP_COUNT, GROUP_NONE, INPUTS_MAX, group_of, inputs_of,
)

cdef struct FeaturesState:
    int32_t column_count
    int32_t levels                # book levels a side that the columns read
    int32_t sampled_count[3]      # columns of each group (GROUP_BOOK, GROUP_BBO, GROUP_TRADE)
    int32_t sampled[3][TP_FEATURES_MAX]
    tp_indicator columns[TP_FEATURES_MAX]
    Arena arena                   # the windows


cdef inline void features_update(
    FeaturesState* s, const tp_feature_input* x, double* row
) noexcept nogil:
    """Sample the event's columns, write the whole row (`column_count` values, NaN = not warm)."""
    cdef int32_t group = group_of(x)
    cdef int32_t k
    cdef tp_indicator* column
    cdef double room[INPUTS_MAX]
    cdef const double* inputs
    if group != GROUP_NONE:
        for k in range(s.sampled_count[group]):
            column = &s.columns[s.sampled[group][k]]
            inputs = inputs_of(column, x, room)
            if inputs != NULL:
                column.count += 1
                column.step(column, inputs)
    for k in range(s.column_count):
        row[k] = s.columns[k].value


cdef class Features:
    cdef FeaturesState* state
    cdef readonly object specs
    cdef object parts
    cdef object fingerprint


cdef size_t windows_bytes(object windows) except? 0
cdef int indicator_set(tp_indicator* s, Arena* arena, str stem, object column) except -1
