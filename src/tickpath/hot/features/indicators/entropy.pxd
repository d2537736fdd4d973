"""entropy: native step."""

from libc.math cimport fabs
from tickpath.core.records cimport tp_indicator, tp_window
from tickpath.hot.features.choice cimport when_above
from tickpath.hot.features.windows cimport ring_push, table_at


cdef inline void entropy_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double way, old, change, size, found
    cdef tp_window* table = &s.windows[1]
    if s.count > 1:
        way = when_above(x[0], s.f[0], 1.0) - when_above(s.f[0], x[0], 1.0)
        old = ring_push(&s.windows[0], way)
        change = way - old        # ups less downs, and both together
        size = fabs(way) - fabs(old)
        s.f[1] += (size + change) * 0.5
        s.f[2] += (size - change) * 0.5
        if s.count > s.period:
            found = -table_at(table, s.f[1]) - table_at(table, s.f[2])
            found -= table_at(table, <double>s.period - s.f[1] - s.f[2])
            s.value = found if found > 0.0 else 0.0
    s.f[0] = x[0]
