"""log, exp and atan with the same bits on every machine: twin of functions.py, the source is there.

Powers of two are taken out of and put into the bits of a number, which is exact. Numbers near each
other, whose logarithm is sought most, need none of that. Worst case: atan, 11 terms, a division.
"""

from tickpath.hot.features.choice cimport times_power

cdef extern from *:
    """
    #include <math.h>
    typedef uint64_t tp_pair_counts __attribute__((vector_size(16)));

    #define TP_LN2_HIGH 6.93147180369123816490e-01
    #define TP_LN2_LOW 1.90821492927058770002e-10

    /* with s = (a - b) / (a + b) up to 1 / 5: (ln(a / b) - 2 s) / s, and ln(a / b)**2 */
    #define TP_LOG_TERMS(z, w) \\
        (z) * ((6.66666666666669294e-01 + 3.99999999993456479e-01 * (z)) \\
               + (2.85714288326797294e-01 + 2.22221831806812653e-01 * (z)) * (w) \\
               + (1.81845886038044385e-01 + 1.52842326571006326e-01 * (z) \\
                  + 1.51136808935311978e-01 * (w)) * ((w) * (w)))
    #define TP_LOG_SQUARE_TERMS(z, w) \\
        (z) * (4.0 + (z) * ((2.66666666666666652e+00 + 2.04444444444507933e+00 * (z)) \\
                            + (1.67619047585765757e+00 + 1.42984133621350362e+00 * (z)) * (w) \\
                            + ((1.25213396477185723e+00 + 1.11756254003519251e+00 * (z)) \\
                               + (1.00089967246088696e+00 + 1.07418698214260178e+00 * (z)) * (w)) \\
                              * ((w) * (w))))

    /* of a register of numbers above 0: s, and k of the power of two that leaves a between 2 / 3
       and 3 / 2 of b, which the difference of their bits says. Scaled, so that none is below
       2**-1022. */
    #define TP_LOG_TAKE(wide, counts, a, b) \\
        wide x = (a) * 0x1p108; \\
        const wide y = (b) * 0x1p108; \\
        const counts power = ((counts)x - (counts)y + 0x8008000000000000) >> 52; \\
        const wide power_of = (wide)(power | 0x4330000000000000) - (0x1p52 + 2048.0); \\
        x = (wide)((counts)x - (power << 52) + 0x8000000000000000);
    #define TP_LOG_REDUCE(wide, counts, a, b) \\
        TP_LOG_TAKE(wide, counts, a, b) \\
        const wide k = power_of, s = (x - y) / (x + y), z = s * s, w = z * z;
    #define TP_LOG_SUM(k, s, r) \\
        ((k) * TP_LN2_HIGH + (((s) + (s)) + ((s) * (r) + (k) * TP_LN2_LOW)))
    #define TP_LOG_PUT(k, s, z, w) TP_LOG_SUM(k, s, (TP_LOG_TERMS(z, w)))

    /* whether k is 0, for sure; both are then above 0 */
    static inline int tp_near(double a, double b)
    {
        const int64_t least = (int64_t)1 << 52;
        int64_t p, q;
        memcpy(&p, &a, 8);
        memcpy(&q, &b, 8);
        return (p >= least) & (q >= least) & ((uint64_t)(p - q + least / 2) < (uint64_t)least);
    }
    static __attribute__((noinline)) double tp_log_ratio_far(double a, double b, int square)
    {
        if (!(a > 0.0 && b > 0.0))
            return 0.0;
        TP_LOG_REDUCE(tp_pair, tp_pair_counts, tp_pair_of(a, 1.0), tp_pair_of(b, 1.0))
        const double r = TP_LOG_PUT(k[0], s[0], z[0], w[0]);
        return square ? (k[0] == 0.0 ? TP_LOG_SQUARE_TERMS(z[0], w[0]) : r * r) : r;
    }
    static inline double tp_log_ratio(double a, double b)
    {
        const int64_t least = (int64_t)1 << 52;
        int64_t p, q;
        memcpy(&p, &a, 8);
        memcpy(&q, &b, 8);
        if (__builtin_expect((p < least) | (q < least), 0))
            return tp_log_ratio_far(a, b, 0);
        const int64_t power = (p - q + least / 2) >> 52;
        p -= (int64_t)((uint64_t)power << 52);
        memcpy(&a, &p, 8);
        const double k = (double)power, s = (a - b) / (a + b), z = s * s, w = z * z;
        return TP_LOG_PUT(k, s, z, w);
    }
    static inline double tp_log_square(double a, double b)
    {
        if (__builtin_expect(!tp_near(a, b), 0))
            return tp_log_ratio_far(a, b, 1);
        const double s = (a - b) / (a + b), z = s * s, w = z * z;
        return TP_LOG_SQUARE_TERMS(z, w);
    }
    static __attribute__((noinline)) double tp_log_squares_far(
        double a, double b, double weight_ab, double c, double d, double weight_cd)
    {
        return b > 0.0 && d > 0.0
            ? weight_ab * tp_log_square(a, b) - weight_cd * tp_log_square(c, d) : 0.0;
    }
    static inline double tp_log_squares(
        double a, double b, double weight_ab, double c, double d, double weight_cd)
    {
        if (__builtin_expect(!(tp_near(a, b) & tp_near(c, d)), 0))
            return tp_log_squares_far(a, b, weight_ab, c, d, weight_cd);
        const tp_pair ac = {a, c}, bd = {b, d}, s = (ac - bd) / (ac + bd), z = s * s, w = z * z;
        const tp_pair squares = tp_pair_of(weight_ab, weight_cd) * (TP_LOG_SQUARE_TERMS(z, w));
        return squares[0] - squares[1];
    }

    /* p[0] + p[1] z + .. p[4] z**4: what waits for what is short */
    #define TP_FIVE_TERMS(p, z, w) \\
        (((p)[0] + (p)[1] * (z)) + ((p)[2] + (p)[3] * (z) + (p)[4] * (w)) * (w))

    static const double tp_exp_terms[5] = {
        1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
        -1.65339022054652515390e-06, 4.13813679705723846039e-08};
    static inline double tp_exp(double x)
    {
        if (__builtin_expect(!(fabs(x) <= 700.0), 0))
            return x < 0.0 ? 0.0 : INFINITY;
        const double k = floor(x * 1.44269504088896338700 + 0.5);
        const double high = x - k * TP_LN2_HIGH, low = k * TP_LN2_LOW;
        const double r = high - low, z = r * r;
        const double c = r - z * TP_FIVE_TERMS(tp_exp_terms, z, z * z);
        return tp_times_power(1.0 - ((low - (r * c) / (2.0 - c)) - high), (int64_t)k);
    }

    static const double tp_atan_terms[11] = {
        3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01,
        -1.11111104054623557880e-01, 9.09088713343650656196e-02, -7.69187620504482999495e-02,
        6.66107313738753120669e-02, -5.83357013379057348645e-02, 4.97687799461593236017e-02,
        -3.65315727442169155270e-02, 1.62858201153657823623e-02};
    /* in each range from 7 / 16 on: of what the angle is known, and (a y - b) / (c + d y) */
    static const double tp_atan_ranges[4][5] = {
        {4.63647609000806093515e-01, 2.0, 1.0, 2.0, 1.0},
        {7.85398163397448278999e-01, 1.0, 1.0, 1.0, 1.0},
        {9.82793723247329054082e-01, 1.0, 1.5, 1.0, 1.5},
        {1.57079632679489655800, 0.0, 1.0, 0.0, 1.0}};
    static inline double tp_atan(double x)
    {
        const double size = fabs(x);
        double y = size, base = 0.0;
        if (size >= 0.4375) {
            const double *range = tp_atan_ranges[
                (size >= 0.6875) + (size >= 1.1875) + (size >= 2.4375)];
            base = range[0];
            y = (range[1] * size - range[2]) / (range[3] + range[4] * size);
        }
        const double z = y * y, w = z * z;
        const double *p = tp_atan_terms;
        const double r = TP_FIVE_TERMS(p, z, w)
            + (TP_FIVE_TERMS(p + 5, z, w) + p[10] * (w * w * z)) * (w * w * z);
        const double found = base + (y - y * (z * r));
        return tp_above_else(0.0, x, -found, found);
    }
    """
    # natural logarithm of a / b, numbers above 0 and below 2**900; 0 when one is not above 0
    double own_log_ratio "tp_log_ratio" (double a, double b) noexcept nogil

    # its square, from fewer operations
    double own_log_square "tp_log_square" (double a, double b) noexcept nogil

    # of a / b times a weight, less that of c / d times another; 0 when b or d is not above 0
    double own_log_squares "tp_log_squares" (
        double a, double b, double weight_ab, double c, double d, double weight_cd
    ) noexcept nogil

    # e to the x, 0 below -700 and infinite above 700
    double own_exp "tp_exp" (double x) noexcept nogil

    # arc tangent in radians
    double own_atan "tp_atan" (double x) noexcept nogil
