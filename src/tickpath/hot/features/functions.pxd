"""log, exp and atan with the same bits on every machine: twin of functions.py, the source is there.

Powers of two are taken out of and put into the bits of a number, which is exact; two logarithms
cost as much as one. Worst case: atan, 11 terms, a division.
"""

from libc.math cimport INFINITY, fabs, floor
from libc.stdint cimport int64_t
from tickpath.hot.features.choice cimport times_power

cdef extern from *:
    """
    static const double tp_exp_terms[5] = {
        1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
        -1.65339022054652515390e-06, 4.13813679705723846039e-08};
    static const double tp_atan_terms[11] = {
        3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01,
        -1.11111104054623557880e-01, 9.09088713343650656196e-02, -7.69187620504482999495e-02,
        6.66107313738753120669e-02, -5.83357013379057348645e-02, 4.97687799461593236017e-02,
        -3.65315727442169155270e-02, 1.62858201153657823623e-02};
    #include <math.h>
    typedef uint64_t tp_pair_counts __attribute__((vector_size(16)));

    static inline tp_pair tp_pair_log(tp_pair x)
    {
        const tp_pair_bits usable = (x > 0.0) & (x < INFINITY);
        const tp_pair_bits tiny = x < 0x1p-1022;
        /* the power that leaves the root of a half to the root of 2, and 1023 */
        const uint64_t root_half = 0x3fe6a09e667f3bcd, one = 0x3ff0000000000000;
        tp_pair_counts bits = (tp_pair_counts)tp_pair_else(tiny, x * 0x1p54, x);
        tp_pair_counts power = (bits + (one - root_half)) >> 52;
        tp_pair m = (tp_pair)(bits - (power << 52) + one);
        tp_pair k = (tp_pair)(power | 0x4330000000000000) - (0x1p52 + 1023.0);
        k -= tp_pair_if(tiny, tp_pair_of(54.0, 54.0));
        tp_pair f = m - 1.0, s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
        tp_pair r = 1.479819860510658591e-01 * z;
        r = (r + 1.531383769920937332e-01) * z;
        r = (r + 1.818357216161805012e-01) * z;
        r = (r + 2.222219843214978396e-01) * z;
        r = (r + 2.857142874366239149e-01) * z;
        r = (r + 3.999999999940941908e-01) * z;
        r = (r + 6.666666666666735130e-01) * z;
        r = k * 6.93147180369123816490e-01
            - ((half - (s * (half + r) + k * 1.90821492927058770002e-10)) - f);
        return tp_pair_if(usable, r);
    }
    static inline void tp_logs(double a, double b, double *both)
    { tp_pair_put(both, tp_pair_log(tp_pair_of(a, b))); }
    static inline double tp_log(double x) { return tp_pair_log(tp_pair_of(x, 1.0))[0]; }

    #define TP_LN2_HIGH 6.93147180369123816490e-01
    #define TP_LN2_LOW 1.90821492927058770002e-10
    #define TP_LOG2_E 1.44269504088896338700
    #define TP_ATAN_HALF 4.63647609000806093515e-01
    #define TP_ATAN_ONE 7.85398163397448278999e-01
    #define TP_ATAN_THREE_HALVES 9.82793723247329054082e-01
    #define TP_ATAN_MOST 1.57079632679489655800
    """
    const double* EXP "tp_exp_terms"
    const double* ATAN "tp_atan_terms"
    const double LN2_HIGH "TP_LN2_HIGH"
    const double LN2_LOW "TP_LN2_LOW"
    const double LOG2_E "TP_LOG2_E"
    const double ATAN_HALF "TP_ATAN_HALF"
    const double ATAN_ONE "TP_ATAN_ONE"
    const double ATAN_THREE_HALVES "TP_ATAN_THREE_HALVES"
    const double ATAN_MOST "TP_ATAN_MOST"

    # natural logarithm of a positive finite number; 0 of any other
    double own_log "tp_log" (double x) noexcept nogil

    # of two numbers at once
    void own_logs "tp_logs" (double a, double b, double* both) noexcept nogil


cdef inline double terms(const double* c, int count, double z) noexcept nogil:
    """The polynomial without a constant term, by Horner's rule."""
    cdef double r = 0.0
    while count > 0:
        count -= 1
        r = (r + c[count]) * z
    return r


cdef inline double own_exp(double x) noexcept nogil:
    """e to the x, 0 below -700 and infinite above 700."""
    cdef double k, high, low, r, c
    if x < -700.0:
        return 0.0
    if x > 700.0:
        return INFINITY
    k = floor(x * LOG2_E + 0.5)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    c = r - terms(EXP, 5, r * r)
    return times_power(1.0 - ((low - (r * c) / (2.0 - c)) - high), <int64_t>k)


cdef inline double own_atan(double x) noexcept nogil:
    """Arc tangent in radians."""
    cdef double y = fabs(x)
    cdef double base = 0.0
    if y < 0.4375:
        pass
    elif y < 0.6875:
        base = ATAN_HALF
        y = (2.0 * y - 1.0) / (2.0 + y)
    elif y < 1.1875:
        base = ATAN_ONE
        y = (y - 1.0) / (y + 1.0)
    elif y < 2.4375:
        base = ATAN_THREE_HALVES
        y = (y - 1.5) / (1.0 + 1.5 * y)
    else:
        base = ATAN_MOST
        y = -1.0 / y
    y = base + (y - y * terms(ATAN, 11, y * y))
    return -y if x < 0.0 else y
