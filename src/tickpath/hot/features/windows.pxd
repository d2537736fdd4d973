"""Rolling windows of integers with exact sums, shared by the indicators.

The ring is zero while it fills, so the item that leaves needs no test. `i[7]` is the ring's
position and no part of the state layout; 128-bit sums lie in two neighbouring words, low first.
"""

from libc.math cimport sqrt
from libc.stdint cimport int64_t
from tickpath.core.records cimport int128, tp_indicator

cdef enum:
    POSITION = 7

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    static inline __int128 tp_wide_get(const int64_t* words) {
        __int128 value;
        memcpy(&value, words, 16);
        return value;
    }
    static inline void tp_wide_set(int64_t* words, __int128 value) { memcpy(words, &value, 16); }
    /* the conversion rounds half to even in both widths; the narrow one is one instruction */
    static inline double tp_wide_double(__int128 value) {
        return value == (int64_t)value ? (double)(int64_t)value : (double)value;
    }
    """
    int128 wide_get "tp_wide_get" (const int64_t* words) noexcept nogil
    void wide_set "tp_wide_set" (int64_t* words, int128 value) noexcept nogil
    double wide_double "tp_wide_double" (int128 value) noexcept nogil


cdef inline int64_t window_push(tp_indicator* s, int64_t item) noexcept nogil:
    """Keep the newest `period` items; returns the one that leaves, 0 while the window fills."""
    cdef int64_t position = s.i[POSITION]
    cdef int64_t old = s.window[position]
    s.window[position] = item
    position += 1
    s.i[POSITION] = 0 if position == s.period else position
    return old


cdef inline int64_t moments_push(tp_indicator* s, int64_t sample) noexcept nogil:
    """i[0] = sum, i[1..2] = sum of squares of the window. Returns the sum."""
    cdef int64_t old = window_push(s, sample)
    s.i[0] += sample - old
    wide_set(
        &s.i[1], wide_get(&s.i[1]) + <int128>sample * sample - <int128>old * old
    )
    return s.i[0]


cdef inline double moments_spread(const tp_indicator* s) noexcept nogil:
    """period * population standard deviation, in sample units:
    sqrt(n * sum of squares - sum ** 2), the radicand exact."""
    cdef int64_t total = s.i[0]
    return sqrt(wide_double(wide_get(&s.i[1]) * s.period - <int128>total * total))
