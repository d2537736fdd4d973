"""Exact numbers: decimal units -> ticks or lots, and 128-bit products. No float anywhere.

`grid_divide` replaces a 64-bit division by a multiplication with the modular inverse of the step:
n is a multiple of d exactly when rotr(n * inverse(d), trailing zeros) <= (2^64 - 1) / d
(H. S. Warren, Hacker's Delight, 2nd ed., section 10-17). Worst case: two multiplications.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport tp_grid, int128

cdef extern from *:
    """
    #include <stdint.h>
    static inline int tp_mul_i64(int64_t a, int64_t b, int64_t* out) {
        return __builtin_mul_overflow(a, b, out);
    }
    static inline int tp_add_i64(int64_t a, int64_t b, int64_t* out) {
        return __builtin_add_overflow(a, b, out);
    }
    static inline int tp_sub_i64(int64_t a, int64_t b, int64_t* out) {
        return __builtin_sub_overflow(a, b, out);
    }
    static inline int tp_mul_i128(__int128 a, __int128 b, __int128* out) {
        return __builtin_mul_overflow(a, b, out);
    }
    static inline uint64_t tp_rotr64(uint64_t x, int k) {
        return (x >> (k & 63)) | (x << ((64 - k) & 63));
    }
    """
    bint mul_overflows "tp_mul_i64" (int64_t a, int64_t b, int64_t* out) noexcept nogil
    bint add_overflows "tp_add_i64" (int64_t a, int64_t b, int64_t* out) noexcept nogil
    bint sub_overflows "tp_sub_i64" (int64_t a, int64_t b, int64_t* out) noexcept nogil
    bint mul128_overflows "tp_mul_i128" (int128 a, int128 b, int128* out) noexcept nogil
    uint64_t rotr64 "tp_rotr64" (uint64_t x, int k) noexcept nogil


cdef inline void grid_init(tp_grid* g, uint64_t units, int32_t decimals) noexcept nogil:
    """`units` >= 1: the step in 10^-decimals. Runs once, at start."""
    cdef uint64_t odd = units
    cdef uint64_t inverse
    cdef int32_t shift = 0
    cdef int k
    while (odd & 1) == 0:
        odd >>= 1
        shift += 1
    inverse = odd
    for k in range(5):
        inverse *= 2 - odd * inverse
    g.units = units
    g.inverse = inverse
    g.limit = (~<uint64_t>0) // units
    g.shift = shift
    g.decimals = decimals


cdef inline bint grid_divide(const tp_grid* g, uint64_t value, int64_t* count) noexcept nogil:
    """count = value / units when that is exact and below 2^63, else 0 and count is untouched."""
    cdef uint64_t q = rotr64(value * g.inverse, g.shift)
    if q > g.limit or q > <uint64_t>0x7FFFFFFFFFFFFFFF:
        return 0
    count[0] = <int64_t>q
    return 1


cdef inline int128 wide_divide(int128 num, int128 den) noexcept nogil:
    """num / den rounded towards zero; den != 0. A tenth of the cost when both fit 64 bits."""
    if num == <int64_t>num and den == <int64_t>den and den > 0:
        return <int64_t>num / <int64_t>den
    return num / den


cdef inline int64_t divide_half_even(int128 num, int128 den) noexcept nogil:
    """num / den rounded half to even; den > 0 and the quotient fits 64 bits (the caller's duty)."""
    cdef int128 q = wide_divide(num, den)
    cdef int128 r = num - q * den
    cdef int128 twice
    if r < 0:
        r += den
        q -= 1
    twice = r + r
    if twice > den or (twice == den and (q & 1) != 0):
        q += 1
    return <int64_t>q
