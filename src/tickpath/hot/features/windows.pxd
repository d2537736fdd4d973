"""What the indicators remember of the last n samples: twin of windows.py, where the rules stand.

A ring is zero while it fills, so the item that leaves needs no test. Worst cases: a step of
Highest or Lowest passes over n items when the ring wraps (amortised one), of Sorted moves n; all
others are O(1).
"""

from libc.math cimport sqrt
from libc.stdint cimport int64_t
from libc.string cimport memcpy, memmove, memset
from tickpath.core.records cimport tp_window
from tickpath.hot.features.choice cimport above_else, apart_else

cdef extern from *:
    """
    #ifndef TP_WINDOW_NOISE
    #define TP_WINDOW_NOISE 0x1p-44
    #endif
    """
    const double NOISE "TP_WINDOW_NOISE"

cdef extern from *:
    """
    #include <math.h>
    /* a step reads what the one before wrote, number by number: two at once would wait for it */
    #define TP_ALONE \\
        __attribute__((noinline, optimize("no-tree-vectorize", "no-tree-slp-vectorize")))

    /* how many of the first `held` are smaller: all of a few, in halves of many */
    static inline int64_t tp_rank(const double *order, int64_t held, double item)
    {
        int64_t count = 0;
        if (held <= 64) {
            for (int64_t k = 0; k < held; k++)
                count += order[k] < item;
            return count;
        }
        for (int64_t left = held; left > 0; ) {
            int64_t half = (left + 1) / 2;
            count += order[count + half - 1] < item ? half : 0;
            left -= half;
        }
        return count;
    }

    /* both at f, a pair of sums: the products come and go side by side */
    static inline void tp_pair_step(double *f, tp_pair in, tp_pair out, tp_pair fresh)
    {
        tp_pair_put(f + 4, tp_pair_at(f + 4) + (in - out));
        tp_pair_put(f + 6, tp_pair_at(f + 6) + (in * in - out * out));
        f[8] += in[0] * in[1] - out[0] * out[1];
        tp_pair_put(f + 9, tp_pair_at(f + 9) + fresh);
        tp_pair_put(f + 11, tp_pair_at(f + 11) + fresh * fresh);
        f[13] += fresh[0] * fresh[1];
    }
    static inline void tp_pair_sums(
        double *f, double x, double y, double out_x, double out_y)
    {
        tp_pair now = {x, y};
        tp_pair_step(
            f, now - tp_pair_at(f), tp_pair_of(out_x, out_y), now - tp_pair_at(f + 2));
    }
    static inline void tp_power_sums(double *f, double in, double out)
    {
        tp_pair in2 = {in, in * in}, out2 = {out, out * out};
        tp_pair_put(f, tp_pair_at(f) + (in2 - out2));
        in2 = in2[1] * in2;
        out2 = out2[1] * out2;
        tp_pair_put(f + 2, tp_pair_at(f + 2) + (in2 - out2));
    }

    static TP_ALONE double tp_distances(const double *items, int64_t count, double mean)
    {
        double a = 0.0, b = 0.0, c = 0.0, d = 0.0;
        int64_t k = 0;
        for (; k + 4 <= count; k += 4) {
            a += fabs(items[k] - mean);
            b += fabs(items[k + 1] - mean);
            c += fabs(items[k + 2] - mean);
            d += fabs(items[k + 3] - mean);
        }
        a += k < count ? fabs(items[k] - mean) : 0.0;
        b += k + 1 < count ? fabs(items[k + 1] - mean) : 0.0;
        c += k + 2 < count ? fabs(items[k + 2] - mean) : 0.0;
        return (a + b) + (c + d);
    }
    """
    int64_t rank_of "tp_rank" (const double* order, int64_t held, double item) noexcept nogil

    # the sum of the distances of the items from `mean`, in four sums
    double distances "tp_distances" (
        const double* items, int64_t count, double mean
    ) noexcept nogil

    # the sums of the powers 1 to 4 at f take one distance, another leaves
    void power_sums "tp_power_sums" (double* f, double coming, double leaving) noexcept nogil

    # the ten sums of pair_push take (x, y), the distances out leave
    void pair_sums "tp_pair_sums" (
        double* f, double x, double y, double out_x, double out_y
    ) noexcept nogil


cdef inline double window_replace(tp_window* w, double item) noexcept nogil:
    """Put the newest item in; the one that leaves, 0 while the window fills."""
    cdef int64_t position = w.position
    cdef double old = w.items[position]
    w.items[position] = item
    position += 1
    w.position = 0 if position == w.capacity else position
    if w.held < w.capacity:
        w.held += 1
    return old


cdef inline double ring_push(tp_window* w, double item) noexcept nogil:
    """Take a sample; the one that leaves, 0 while the window fills."""
    return window_replace(w, item)


cdef inline double total_push(tp_window* w, double item) noexcept nogil:
    """Take a sample; the sum of the window. f: total, fresh."""
    w.f[0] += item - window_replace(w, item)
    w.f[1] += item
    if w.position == 0:
        w.f[0] = w.f[1]
        w.f[1] = 0.0
    return w.f[0]


cdef inline double flow_push(tp_window* w, double item) noexcept nogil:
    """Take a number; the sum, 0 of zeros. f: total, fresh, how many are not 0."""
    cdef double old = window_replace(w, item)
    w.f[0] += item - old
    w.f[1] += item
    w.f[2] += apart_else(item, 0.0, 1.0, 0.0) - apart_else(old, 0.0, 1.0, 0.0)
    if w.f[2] == 0.0:
        w.f[0] = 0.0
    if w.position == 0:
        w.f[0] = w.f[1]
        w.f[1] = 0.0
    return w.f[0]


cdef inline double weighted_push(tp_window* w, double item) noexcept nogil:
    """Take a sample; the weighted sum of a full window. f: total, weighted, and both fresh."""
    if w.held == w.capacity:
        w.f[1] += <double>w.capacity * item - w.f[0]
    else:
        w.f[1] += <double>(w.held + 1) * item
    w.f[3] += <double>(w.position + 1) * item
    w.f[0] += item - window_replace(w, item)
    w.f[2] += item
    if w.position == 0:
        w.f[0] = w.f[2]
        w.f[1] = w.f[3]
        w.f[2] = 0.0
        w.f[3] = 0.0
    return w.f[1]


cdef inline void moments_push(tp_window* w, double item) noexcept nogil:
    """Take a sample. f: anchor, next, total, squares, fresh, fresh squares."""
    cdef double leaving = 0.0
    cdef double coming
    if w.held == 0:
        w.f[0] = w.f[1] = item
    if w.held == w.capacity:
        leaving = w.items[w.position] - w.f[0]
    window_replace(w, item)
    coming = item - w.f[0]
    w.f[2] += coming - leaving
    w.f[3] += coming * coming - leaving * leaving
    coming = item - w.f[1]
    w.f[4] += coming
    w.f[5] += coming * coming
    if w.position == 0:
        w.f[0] = w.f[1]
        w.f[1] = item
        w.f[2] = w.f[4]
        w.f[3] = w.f[5]
        w.f[4] = 0.0
        w.f[5] = 0.0


cdef inline double apart(double larger, double smaller) noexcept nogil:
    """A difference that cannot be negative; 0 when it is no more than the rounding of both."""
    return larger - smaller if larger - smaller > NOISE * larger else 0.0


cdef inline double moments_radicand(const tp_window* w) noexcept nogil:
    """n**2 * population variance."""
    return apart(<double>w.capacity * w.f[3], w.f[2] * w.f[2])


cdef inline double moments_spread(const tp_window* w) noexcept nogil:
    """n * population standard deviation."""
    return sqrt(moments_radicand(w))


cdef inline double moments_above(const tp_window* w, double item) noexcept nogil:
    """n * (sample - mean)."""
    return <double>w.capacity * (item - w.f[0]) - w.f[2]


cdef inline double moments_whole(const tp_window* w) noexcept nogil:
    """n * mean."""
    return w.f[2] + <double>w.capacity * w.f[0]


cdef inline void powers_push(tp_window* w, double item) noexcept nogil:
    """Take a sample. f: anchor, next, sums of the powers 1 to 4, and the fresh ones."""
    cdef double leaving = 0.0
    if w.held == 0:
        w.f[0] = w.f[1] = item
    if w.held == w.capacity:
        leaving = w.items[w.position] - w.f[0]
    window_replace(w, item)
    power_sums(w.f + 2, item - w.f[0], leaving)
    power_sums(w.f + 6, item - w.f[1], 0.0)
    if w.position == 0:
        w.f[0] = w.f[1]
        w.f[1] = item
        memcpy(&w.f[2], &w.f[6], 4 * sizeof(double))
        memset(&w.f[6], 0, 4 * sizeof(double))


cdef inline void powers_central(const tp_window* w, double* c) noexcept nogil:
    """Central moments 2, 3 and 4 of a full window; the second is 0 when it is flat."""
    cdef double n = <double>w.capacity
    cdef double m1 = w.f[2] / n
    cdef double m2 = w.f[3] / n
    cdef double m3 = w.f[4] / n
    cdef double m4 = w.f[5] / n
    cdef double square = m1 * m1
    c[0] = apart(m2, square)
    c[1] = m3 - 3.0 * m1 * m2 + 2.0 * m1 * square
    c[2] = m4 - 4.0 * m1 * m3 + 6.0 * square * m2 - 3.0 * square * square


cdef inline void pair_push(tp_window* w, double x, double y) noexcept nogil:
    """Take a pair. f: anchors, next anchors, sums of x, y, xx, yy, xy, and the fresh ones."""
    cdef double out_x = 0.0
    cdef double out_y = 0.0
    if w.held == 0:
        w.f[0] = w.f[2] = x
        w.f[1] = w.f[3] = y
    if w.held == w.capacity:
        out_x = w.items[w.position] - w.f[0]
        out_y = w.items[w.capacity + w.position] - w.f[1]
    w.items[w.capacity + w.position] = y
    window_replace(w, x)
    pair_sums(w.f, x, y, out_x, out_y)
    if w.position == 0:
        w.f[0] = w.f[2]
        w.f[1] = w.f[3]
        w.f[2] = x
        w.f[3] = y
        memcpy(&w.f[4], &w.f[9], 5 * sizeof(double))
        memset(&w.f[9], 0, 5 * sizeof(double))


cdef inline double pair_spread_x(const tp_window* w) noexcept nogil:
    """n**2 * variance of x."""
    return apart(<double>w.capacity * w.f[6], w.f[4] * w.f[4])


cdef inline double pair_spread_y(const tp_window* w) noexcept nogil:
    """n**2 * variance of y."""
    return apart(<double>w.capacity * w.f[7], w.f[5] * w.f[5])


cdef inline double pair_cross(const tp_window* w) noexcept nogil:
    """n**2 * covariance."""
    return <double>w.capacity * w.f[8] - w.f[4] * w.f[5]


cdef inline double pair_correlation(const tp_window* w) noexcept nogil:
    """Pearson's; 0 when one of them does not move."""
    cdef double both = pair_spread_x(w) * pair_spread_y(w)
    return pair_cross(w) / sqrt(both) if both > 0.0 else 0.0


cdef inline double pair_slope(const tp_window* w) noexcept nogil:
    """Of y on x by least squares; 0 when x does not move."""
    cdef double spread = pair_spread_x(w)
    return pair_cross(w) / spread if spread > 0.0 else 0.0


cdef inline double highest_push(tp_window* w, double item) noexcept nogil:
    """Take a sample; the largest of the window. f: recent."""
    cdef double* items = w.items
    cdef int64_t place = w.position
    cdef double recent = w.f[0]
    cdef double ahead
    recent = recent if recent > item else item
    if place == 0:
        recent = item
    w.f[0] = recent
    window_replace(w, item)
    if w.position == 0:
        while place > 0:
            ahead = items[place]
            place -= 1
            items[place] = items[place] if items[place] > ahead else ahead
        return recent
    ahead = items[w.position]
    return ahead if ahead > recent else recent


cdef inline double lowest_push(tp_window* w, double item) noexcept nogil:
    """Take a sample; the smallest of the window, which holds the opposites."""
    return -highest_push(w, -item)


cdef inline double highest_since(tp_window* w, double item) noexcept nogil:
    """Take a sample; samples since the largest, 0 when it is the newest. f: recent, its step,
    steps."""
    cdef double* items = w.items
    cdef double* steps = w.items + w.capacity
    cdef int64_t place = w.position
    w.f[2] += 1.0
    if place == 0:
        w.f[0] = item
    w.f[1] = above_else(w.f[0], item, w.f[1], w.f[2])
    w.f[0] = w.f[0] if w.f[0] > item else item
    steps[place] = w.f[2]
    window_replace(w, item)
    if w.position == 0:
        while place > 0:
            place -= 1
            steps[place] = above_else(
                items[place], items[place + 1], steps[place], steps[place + 1]
            )
            items[place] = items[place] if items[place] > items[place + 1] else items[place + 1]
        return w.f[2] - w.f[1]
    place = w.position
    return w.f[2] - above_else(items[place], w.f[0], steps[place], w.f[1])


cdef inline double lowest_since(tp_window* w, double item) noexcept nogil:
    """Take a sample; samples since the smallest, likewise."""
    return highest_since(w, -item)


cdef inline void sorted_push(tp_window* w, double item) noexcept nogil:
    """Take a sample."""
    cdef double* order = w.items + w.capacity
    cdef int64_t gap = w.held
    cdef int64_t place = rank_of(order, w.held, item)
    cdef bint full = w.held == w.capacity
    cdef double old = window_replace(w, item)
    if full:
        gap = rank_of(order, w.capacity, old)
        place -= old < item
    if place < gap:
        memmove(order + place + 1, order + place, (gap - place) * sizeof(double))
    elif place > gap:
        memmove(order + gap, order + gap + 1, (place - gap) * sizeof(double))
    order[place] = item


cdef inline double sorted_ranked(const tp_window* w, int64_t place) noexcept nogil:
    """The sample with so many smaller ones before it."""
    return w.items[w.capacity + place]


cdef inline double kernel_product(const tp_window* w) noexcept nogil:
    """The sum of sample times weight, oldest first, of a full window."""
    cdef const double* weights = w.items + w.capacity
    cdef double total = 0.0
    cdef int64_t k
    for k in range(w.position, w.capacity):
        total += weights[k - w.position] * w.items[k]
    weights += w.capacity - w.position
    for k in range(w.position):
        total += weights[k] * w.items[k]
    return total


cdef inline double table_at(const tp_window* w, double place) noexcept nogil:
    """The number at a place; the first for a place outside."""
    return w.items[<int64_t>place if 0.0 <= place < <double>w.capacity else 0]
