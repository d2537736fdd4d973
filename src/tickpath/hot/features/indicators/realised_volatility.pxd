"""realised_volatility: native step."""

from libc.math cimport sqrt
from libc.stdint cimport int64_t
from tickpath.core.records cimport int128, tp_feature_input, tp_indicator
from tickpath.hot.features.sources cimport sample_of, scale_of
from tickpath.hot.features.windows cimport wide_double, wide_get, wide_set, window_push


cdef inline void realised_volatility_step(
    tp_indicator* s, const tp_feature_input* x
) noexcept nogil:
    cdef int64_t sample = sample_of(s, x)
    cdef int64_t change
    cdef int64_t old
    cdef int128 total
    if s.count > 1:
        change = sample - s.i[0]
        old = window_push(s, change)
        total = wide_get(&s.i[1]) + <int128>change * change - <int128>old * old
        wide_set(&s.i[1], total)
        if s.count > s.period:
            s.value = sqrt(wide_double(total)) * scale_of(s)
    s.i[0] = sample
