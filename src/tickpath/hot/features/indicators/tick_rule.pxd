"""tick_rule: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.choice cimport sign_else


cdef inline void tick_rule_step(tp_indicator* s, const double* x) noexcept nogil:
    if s.count > 1:
        s.f[1] = sign_else(x[0], s.f[0], s.f[1])
    s.f[0] = x[0]
    s.value = s.f[1]
