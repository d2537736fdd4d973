"""log, exp and atan with the same bits on every machine: twin of functions.py, the source is there.

frexp, ldexp and floor are exact, so the C library serves. Worst case: atan, 11 terms, a division.
"""

from libc.math cimport INFINITY, fabs, floor, frexp, ldexp

cdef extern from *:
    """
    static const double tp_log_terms[7] = {
        6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
        2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
        1.479819860511658591e-01};
    static const double tp_exp_terms[5] = {
        1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
        -1.65339022054652515390e-06, 4.13813679705723846039e-08};
    static const double tp_atan_terms[11] = {
        3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01,
        -1.11111104054623557880e-01, 9.09088713343650656196e-02, -7.69187620504482999495e-02,
        6.66107313738753120669e-02, -5.83357013379057348645e-02, 4.97687799461593236017e-02,
        -3.65315727442169155270e-02, 1.62858201153657823623e-02};
    #define TP_LN2_HIGH 6.93147180369123816490e-01
    #define TP_LN2_LOW 1.90821492927058770002e-10
    #define TP_LOG2_E 1.44269504088896338700
    #define TP_ROOT_HALF 0.70710678118654752440
    #define TP_ATAN_HALF 4.63647609000806093515e-01
    #define TP_ATAN_ONE 7.85398163397448278999e-01
    #define TP_ATAN_THREE_HALVES 9.82793723247329054082e-01
    #define TP_ATAN_MOST 1.57079632679489655800
    """
    const double* LOG "tp_log_terms"
    const double* EXP "tp_exp_terms"
    const double* ATAN "tp_atan_terms"
    const double LN2_HIGH "TP_LN2_HIGH"
    const double LN2_LOW "TP_LN2_LOW"
    const double LOG2_E "TP_LOG2_E"
    const double ROOT_HALF "TP_ROOT_HALF"
    const double ATAN_HALF "TP_ATAN_HALF"
    const double ATAN_ONE "TP_ATAN_ONE"
    const double ATAN_THREE_HALVES "TP_ATAN_THREE_HALVES"
    const double ATAN_MOST "TP_ATAN_MOST"


cdef inline double terms(const double* c, int count, double z) noexcept nogil:
    """The polynomial without a constant term, by Horner's rule."""
    cdef double r = 0.0
    while count > 0:
        count -= 1
        r = (r + c[count]) * z
    return r


cdef inline double own_log(double x) noexcept nogil:
    """Natural logarithm of a positive finite number; 0 of any other."""
    cdef int e = 0
    cdef double m, f, s, half, k
    if not (0.0 < x and x < INFINITY):
        return 0.0
    m = frexp(x, &e)
    if m < ROOT_HALF:
        m = m * 2.0
        e -= 1
    f = m - 1.0
    s = f / (2.0 + f)
    half = 0.5 * f * f
    k = <double>e
    return k * LN2_HIGH - ((half - (s * (half + terms(LOG, 7, s * s)) + k * LN2_LOW)) - f)


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
    return ldexp(1.0 - ((low - (r * c) / (2.0 - c)) - high), <int>k)


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
