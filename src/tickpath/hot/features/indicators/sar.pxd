"""sar: native step."""

from tickpath.core.records cimport tp_indicator
from tickpath.hot.features.choice cimport above_else


cdef inline void sar_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef double low, before, high, above, stop, pace
    if s.count > 1:
        if s.count == 2:
            low = s.f[5] - x[1]
            high = x[0] - s.f[4]
            s.f[0] = -1.0 if low > 0.0 and high < low else 1.0
            s.f[3] = s.p[0]
            s.f[1] = s.f[5] if s.f[0] > 0.0 else -s.f[4]
            s.f[2] = x[0] if s.f[0] > 0.0 else -x[1]
            s.f[4] = x[0]
            s.f[5] = x[1]
        low = x[1] if s.f[0] > 0.0 else -x[0]
        before = s.f[5] if s.f[0] > 0.0 else -s.f[4]
        high = x[0] if s.f[0] > 0.0 else -x[1]
        above = s.f[4] if s.f[0] > 0.0 else -s.f[5]
        if low <= s.f[1]:
            stop = above if above > s.f[2] else s.f[2]
            stop = high if high > stop else stop
            s.f[0] = -s.f[0]
            s.value = -s.f[0] * stop
            s.f[1] = -stop
            s.f[2] = -low
            s.f[3] = s.p[0]
            low = -high
            before = -above
        else:
            s.value = s.f[0] * s.f[1]
            pace = s.f[3] + s.p[1]
            pace = pace if pace < s.p[2] else s.p[2]
            s.f[3] = above_else(high, s.f[2], pace, s.f[3])
            s.f[2] = high if high > s.f[2] else s.f[2]
        s.f[1] += s.f[3] * (s.f[2] - s.f[1])
        s.f[1] = before if before < s.f[1] else s.f[1]
        s.f[1] = low if low < s.f[1] else s.f[1]
    s.f[4] = x[0]
    s.f[5] = x[1]
