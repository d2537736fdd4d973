"""Columns to rows: the numbers of a step lie behind each other, those of an array do not.

Four rows of four columns are turned in registers, with AVX2 where the CPU has it, and the sizes of
the numbers add up on the way, so that one comparison a call says whether all can be stepped over.
Worst case: numbers near the limit, whose sum is beyond it; the caller then looks at each.
"""

from tickpath.hot.features.passes cimport INPUT_MAX

cdef enum:
    ROOM_BEYOND = 4               # numbers that may be written behind the last row

cdef extern from *:
    """
    /* lanes of two registers: the first and the second of each half, the lower and upper halves */
    #define TP_EVEN(a, b) __builtin_shuffle(a, b, (tp_four_bits){0, 4, 2, 6})
    #define TP_ODD(a, b) __builtin_shuffle(a, b, (tp_four_bits){1, 5, 3, 7})
    #define TP_LOWER(a, b) __builtin_shuffle(a, b, (tp_four_bits){0, 1, 4, 5})
    #define TP_UPPER(a, b) __builtin_shuffle(a, b, (tp_four_bits){2, 3, 6, 7})

    #define TP_TURN_TWO(a, b, to) { \\
        const tp_four p = TP_FOUR(a), q = TP_FOUR(b); \\
        const tp_four even = TP_EVEN(p, q), odd = TP_ODD(p, q); \\
        TP_PUT(to, TP_LOWER(even, odd)); \\
        TP_PUT((to) + 4, TP_UPPER(even, odd)); \\
        sizes += TP_SIZE(p) + TP_SIZE(q); }

    /* a row's last numbers may be written over the next row's first, which come later */
    #define TP_TURN_FOUR(a, b, c, d, to, width) { \\
        const tp_four p = TP_FOUR(a), q = TP_FOUR(b), r = TP_FOUR(c), s = TP_FOUR(d); \\
        const tp_four pq = TP_EVEN(p, q), rs = TP_EVEN(r, s); \\
        const tp_four pq_odd = TP_ODD(p, q), rs_odd = TP_ODD(r, s); \\
        TP_PUT(to, TP_LOWER(pq, rs)); \\
        TP_PUT((to) + (width), TP_LOWER(pq_odd, rs_odd)); \\
        TP_PUT((to) + 2 * (width), TP_UPPER(pq, rs)); \\
        TP_PUT((to) + 3 * (width), TP_UPPER(pq_odd, rs_odd)); \\
        sizes += (TP_SIZE(p) + TP_SIZE(q)) + (TP_SIZE(r) + TP_SIZE(s)); }

    #define TP_INTERLEAVE_TAKES (const double **x, Py_ssize_t first, Py_ssize_t count, \\
        int width, double *restrict to, double *restrict size)
    #define TP_INTERLEAVE_BODY \\
        tp_four sizes = {0}; \\
        Py_ssize_t k = 0; \\
        if (width == 2) { \\
            const double *a = x[0] + first, *b = x[1] + first; \\
            for (; k + 4 <= count; k += 4) \\
                TP_TURN_TWO(a + k, b + k, to + 2 * k) \\
        } else if (width <= 4) { \\
            const double *a = x[0] + first, *b = x[1] + first, *c = x[2] + first; \\
            const double *d = x[width - 1] + first; \\
            for (; k + 4 <= count; k += 4) \\
                TP_TURN_FOUR(a + k, b + k, c + k, d + k, to + width * k, width) \\
        } else { \\
            for (; k + 4 <= count; k += 4) { \\
                int j = (width - 1) & ~3; \\
                const double *last = x[width - 1] + first + k; \\
                TP_TURN_FOUR( \\
                    x[j] + first + k, j + 1 < width ? x[j + 1] + first + k : last, \\
                    j + 2 < width ? x[j + 2] + first + k : last, last, \\
                    to + width * k + j, width) \\
                for (j -= 4; j >= 0; j -= 4) \\
                    TP_TURN_FOUR( \\
                        x[j] + first + k, x[j + 1] + first + k, x[j + 2] + first + k, \\
                        x[j + 3] + first + k, to + width * k + j, width) \\
            } \\
        } \\
        double all = (sizes[0] + sizes[1]) + (sizes[2] + sizes[3]); \\
        for (; k < count; k++) \\
            for (int j = 0; j < width; j++) { \\
                to[width * k + j] = x[j][first + k]; \\
                all += fabs(x[j][first + k]); \\
            } \\
        *size = all;
    static __attribute__((noinline)) void plain_interleave TP_INTERLEAVE_TAKES
    { TP_INTERLEAVE_BODY }
    static TP_WIDE void wide_interleave TP_INTERLEAVE_TAKES { TP_INTERLEAVE_BODY }

    static inline int tp_interleave(
        const double **x, Py_ssize_t first, Py_ssize_t count, int width, double *to)
    {
        double size = 0.0;
        TP_TWICE(interleave(x, first, count, width, to, &size));
        return size <= TP_INDICATOR_INPUT_MAX;
    }
    """
    # items first .. first + count of 2 or more arrays, those of one place behind each other;
    # whether all together are within the limit of a number
    bint interleave "tp_interleave" (
        const double** x, Py_ssize_t first, Py_ssize_t count, int width, double* to
    ) noexcept nogil
