"""entropy: native step."""

from tickpath.core.records cimport tp_indicator, tp_window
from tickpath.hot.features.choice cimport sign_else, when_above
from tickpath.hot.features.windows cimport ring_push, table_at


cdef inline void entropy_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double way, old, found
    cdef tp_window* table = &s.windows[1]
    if s.count > 1:
        way = sign_else(x[0], s.f[0], 0.0)
        old = ring_push(&s.windows[0], way)
        s.f[1] += when_above(way, 0.0, 1.0) - when_above(old, 0.0, 1.0)
        s.f[2] += when_above(0.0, way, 1.0) - when_above(0.0, old, 1.0)
        if s.count > s.period:
            found = -table_at(table, s.f[1]) - table_at(table, s.f[2])
            found -= table_at(table, <double>s.period - s.f[1] - s.f[2])
            s.value = found if found > 0.0 else 0.0
    s.f[0] = x[0]
