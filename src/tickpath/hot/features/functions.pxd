"""log, exp and atan with the same bits on every machine: twin of functions.py, the source is there.

Powers of two are taken out of and put into the bits of a number, which is exact; two logarithms
cost as much as one. No branch depends on a number. Worst case: atan, 11 terms, two divisions.
"""

from tickpath.hot.features.choice cimport times_power

cdef extern from *:
    """
    #include <math.h>
    typedef uint64_t tp_pair_counts __attribute__((vector_size(16)));

    #define TP_LN2_HIGH 6.93147180369123816490e-01
    #define TP_LN2_LOW 1.90821492927058770002e-10

    /* ln(a / b) of a register of numbers above 0, in r; scaled, so that none is below 2**-1022.
       The difference of the bits is the logarithm but for a tenth: it says which power of two
       leaves a between 2 / 3 and 3 / 2 of b. */
    #define TP_LOG_RATIO(wide, counts, a, b) \\
        wide x = (a) * 0x1p108, y = (b) * 0x1p108; \\
        const counts power = ((counts)x - (counts)y + 0x8008000000000000) >> 52; \\
        const wide k = (wide)(power | 0x4330000000000000) - (0x1p52 + 2048.0); \\
        x = (wide)((counts)x - (power << 52) + 0x8000000000000000); \\
        const wide s = (x - y) / (x + y), z = s * s, w = z * z; \\
        wide r = (6.66666666666669294e-01 + 3.99999999993456479e-01 * z) \\
            + (2.85714288326797294e-01 + 2.22221831806812653e-01 * z) * w; \\
        r += (1.81845886038044385e-01 + 1.52842326571006326e-01 * z \\
              + 1.51136808935311978e-01 * w) * (w * w); \\
        r = k * TP_LN2_HIGH + ((s + s) + (s * (z * r) + k * TP_LN2_LOW));

    static inline tp_pair tp_pair_log_ratio(tp_pair a, tp_pair b)
    {
        TP_LOG_RATIO(tp_pair, tp_pair_counts, a, b)
        return tp_pair_if((a > 0.0) & (b > 0.0), r);
    }
    static inline void tp_log_ratios(double a, double b, double c, double d, double *both)
    { tp_pair_put(both, tp_pair_log_ratio(tp_pair_of(a, c), tp_pair_of(b, d))); }
    static inline double tp_log_ratio(double a, double b)
    { return tp_pair_log_ratio(tp_pair_of(a, 1.0), tp_pair_of(b, 1.0))[0]; }

    /* p[0] + p[1] z + .. p[4] z**4: what waits for what is short */
    #define TP_FIVE_TERMS(p, z, w) \\
        (((p)[0] + (p)[1] * (z)) + ((p)[2] + (p)[3] * (z) + (p)[4] * (w)) * (w))

    static const double tp_exp_terms[5] = {
        1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
        -1.65339022054652515390e-06, 4.13813679705723846039e-08};
    static inline double tp_exp(double x)
    {
        const double at = x < -700.0 ? -700.0 : (x > 700.0 ? 700.0 : x);
        const double k = floor(at * 1.44269504088896338700 + 0.5);
        const double high = at - k * TP_LN2_HIGH, low = k * TP_LN2_LOW;
        const double r = high - low, z = r * r;
        const double c = r - z * TP_FIVE_TERMS(tp_exp_terms, z, z * z);
        const double e = tp_times_power(
            1.0 - ((low - (r * c) / (2.0 - c)) - high), (int64_t)k);
        return x < -700.0 ? 0.0 : (x > 700.0 ? INFINITY : e);
    }

    static const double tp_atan_terms[11] = {
        3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01,
        -1.11111104054623557880e-01, 9.09088713343650656196e-02, -7.69187620504482999495e-02,
        6.66107313738753120669e-02, -5.83357013379057348645e-02, 4.97687799461593236017e-02,
        -3.65315727442169155270e-02, 1.62858201153657823623e-02};
    /* in each of five ranges: of what the angle is known, and (a y - b) / (c + d y) */
    static const double tp_atan_ranges[5][5] = {
        {0.0, 1.0, 0.0, 1.0, 0.0},
        {4.63647609000806093515e-01, 2.0, 1.0, 2.0, 1.0},
        {7.85398163397448278999e-01, 1.0, 1.0, 1.0, 1.0},
        {9.82793723247329054082e-01, 1.0, 1.5, 1.0, 1.5},
        {1.57079632679489655800, 0.0, 1.0, 0.0, 1.0}};
    static inline double tp_atan(double x)
    {
        const double size = fabs(x);
        const double *range = tp_atan_ranges[
            (size >= 0.4375) + (size >= 0.6875) + (size >= 1.1875) + (size >= 2.4375)];
        const double y = (range[1] * size - range[2]) / (range[3] + range[4] * size);
        const double z = y * y, w = z * z;
        const double *p = tp_atan_terms;
        const double r = TP_FIVE_TERMS(p, z, w)
            + (TP_FIVE_TERMS(p + 5, z, w) + p[10] * (w * w * z)) * (w * w * z);
        const double found = range[0] + (y - y * (z * r));
        return tp_above_else(0.0, x, -found, found);
    }
    """
    # natural logarithm of a / b, numbers above 0 and below 2**900; 0 when one is not above 0
    double own_log_ratio "tp_log_ratio" (double a, double b) noexcept nogil

    # of a / b and of c / d at once
    void own_log_ratios "tp_log_ratios" (
        double a, double b, double c, double d, double* both
    ) noexcept nogil

    # e to the x, 0 below -700 and infinite above 700
    double own_exp "tp_exp" (double x) noexcept nogil

    # arc tangent in radians
    double own_atan "tp_atan" (double x) noexcept nogil
