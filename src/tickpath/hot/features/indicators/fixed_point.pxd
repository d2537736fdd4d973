"""fixed_point: native step."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport tp_indicator

cdef enum:
    STEPS_MAX = 15
    CHANGE_MAX = 4096
    DEVIATION_PAST = 67108864


cdef inline int64_t fixed_imbalance(int64_t bid_lots, int64_t ask_lots) noexcept nogil:
    """Q16, by a reciprocal of 11 bits that 6 bits of the total look up; 0 for two zeros."""
    cdef int64_t total = bid_lots + ask_lots
    cdef int64_t shifted, step
    cdef int32_t up = 25
    while total >> (25 - up) != 0:
        up -= 1
    step = 129 + 2 * ((total << up) >> 18 & 63)
    shifted = ((bid_lots - ask_lots) * (<int64_t>1 << up)) >> 8
    return (shifted * ((524288 + step) // (2 * step))) >> 11


cdef inline int64_t fixed_deviate(int64_t deviation, int64_t change, int32_t shift) noexcept nogil:
    """The next deviation, in 2^-14 ticks."""
    cdef bint past = deviation < -DEVIATION_PAST if change < 0 else deviation >= DEVIATION_PAST
    cdef int64_t decay = (deviation + ((<int64_t>1 << shift) >> 1)) >> shift
    if past or change < -CHANGE_MAX or change >= CHANGE_MAX:
        return deviation - decay
    return deviation - decay + change * 8192


cdef inline void fixed_point_step(tp_indicator* s, const double* x) noexcept nogil:
    cdef int64_t spread, mid2, change, balance, near, far, expected, steps
    cdef int32_t k
    cdef int32_t column = <int32_t>s.p[0]
    for k in range(4):
        if not (0.0 <= x[k] < 16777216.0):
            return
    spread = <int64_t>x[2] - <int64_t>x[0]
    mid2 = <int64_t>x[0] + <int64_t>x[2]
    change = mid2 - <int64_t>s.f[1] if s.f[0] != 0.0 else 0
    balance = fixed_imbalance(<int64_t>x[1], <int64_t>x[3])
    near = fixed_deviate(<int64_t>s.f[2], change, <int32_t>s.p[1])
    far = fixed_deviate(<int64_t>s.f[3], change, <int32_t>s.p[2])
    expected = <int64_t>s.f[4] >> <int32_t>s.p[3]
    s.f[0], s.f[1], s.f[2], s.f[3] = 1.0, <double>mid2, <double>near, <double>far
    s.f[4] += <double>(balance - expected)
    if column == 0:
        s.value = <double>spread
    elif column == 1:
        s.value = <double>balance
    elif column == 2:
        steps = spread if spread > 0 else 0
        s.value = <double>(((steps if steps < STEPS_MAX else STEPS_MAX) * balance) >> 9)
    elif column == 3:
        s.value = <double>(near >> 6)
    elif column == 4:
        s.value = <double>(far >> 6)
    elif column == 5:
        s.value = <double>expected
    elif column == 6:
        s.value = <double>((far - near) >> 6)
    else:
        s.value = <double>change
