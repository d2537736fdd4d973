"""book_slope: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.depth cimport slopes


cdef inline void book_slope_step(tp_indicator* s, const double* x) noexcept nogil:
    s.value = slopes(x, s.period)
