"""tick_rule: native step."""

from tickpath.core.records cimport tp_indicator


cdef inline void tick_rule_step(tp_indicator* s, const double* x) noexcept nogil:
    if s.count > 1 and x[0] != s.f[0]:
        s.f[1] = 1.0 if x[0] > s.f[0] else -1.0
    s.f[0] = x[0]
    s.value = s.f[1]
