"""Choices without a branch: which way a quote or a price moves cannot be predicted.

Two numbers a register; the bits are those of the conditional expressions. Worst case: none, no
step depends on the data.
"""

from libc.stdint cimport int64_t

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    typedef double tp_pair __attribute__((vector_size(16)));
    typedef double tp_pair_anywhere __attribute__((vector_size(16), aligned(8)));
    typedef int64_t tp_pair_bits __attribute__((vector_size(16)));

    static inline tp_pair tp_pair_of(double a, double b) { tp_pair v = {a, b}; return v; }
    static inline tp_pair tp_pair_at(const double *x) { return *(const tp_pair_anywhere *)x; }
    static inline void tp_pair_put(double *x, tp_pair v) { *(tp_pair_anywhere *)x = v; }
    static inline tp_pair tp_pair_if(tp_pair_bits when, tp_pair yes)
    { return (tp_pair)(when & (tp_pair_bits)yes); }
    static inline tp_pair tp_pair_else(tp_pair_bits when, tp_pair yes, tp_pair no)
    { return (tp_pair)((when & (tp_pair_bits)yes) | (~when & (tp_pair_bits)no)); }
    static inline tp_pair tp_pair_size(tp_pair v)
    { return (tp_pair)((tp_pair_bits)v & INT64_MAX); }

    static inline double tp_when_at_least(double a, double b, double value)
    { return tp_pair_if(tp_pair_of(a, 0.0) >= tp_pair_of(b, 0.0), tp_pair_of(value, 0.0))[0]; }
    static inline double tp_when_above(double a, double b, double value)
    { return tp_pair_if(tp_pair_of(a, 0.0) > tp_pair_of(b, 0.0), tp_pair_of(value, 0.0))[0]; }
    static inline double tp_above_else(double a, double b, double yes, double no)
    {
        return tp_pair_else(
            tp_pair_of(a, 0.0) > tp_pair_of(b, 0.0), tp_pair_of(yes, 0.0), tp_pair_of(no, 0.0))[0];
    }
    static inline double tp_apart_else(double a, double b, double yes, double no)
    {
        return tp_pair_else(
            tp_pair_of(a, 0.0) != tp_pair_of(b, 0.0), tp_pair_of(yes, 0.0), tp_pair_of(no, 0.0))[0];
    }
    static inline double tp_sign_else(double a, double b, double equal)
    { return tp_apart_else(a, b, tp_above_else(a, b, 1.0, -1.0), equal); }

    /* exact where y * 2**k is a normal number */
    static inline double tp_times_power(double y, int64_t k)
    {
        int64_t bits = (k + 1023) << 52;
        double power;
        memcpy(&power, &bits, 8);
        return y * power;
    }
    """
    # value where a >= b, else 0
    double when_at_least "tp_when_at_least" (double a, double b, double value) noexcept nogil

    # value where a > b, else 0
    double when_above "tp_when_above" (double a, double b, double value) noexcept nogil

    # yes where a > b, else no
    double above_else "tp_above_else" (double a, double b, double yes, double no) noexcept nogil

    # 1 where a > b, -1 where a < b, else equal
    double sign_else "tp_sign_else" (double a, double b, double equal) noexcept nogil

    # y * 2**k, of a size between 2**-1022 and 2**1023
    double times_power "tp_times_power" (double y, int64_t k) noexcept nogil
