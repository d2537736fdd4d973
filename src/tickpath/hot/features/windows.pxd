"""What the indicators remember of the last n samples: twin of windows.py, where the rules stand.

A ring is zero while it fills, so the item that leaves needs no test. Worst cases: a step of
Highest or Lowest drops n items (amortised one), of Sorted moves n; all others are O(1).
"""

from libc.math cimport sqrt
from libc.stdint cimport int64_t
from libc.string cimport memcpy, memmove, memset
from tickpath.core.records cimport tp_window

cdef extern from *:
    """
    #ifndef TP_WINDOW_NOISE
    #define TP_WINDOW_NOISE 0x1p-44
    #endif
    """
    const double NOISE "TP_WINDOW_NOISE"

cdef extern from *:
    """
    #include <stdint.h>
    typedef double tp_pair __attribute__((vector_size(16)));
    typedef int64_t tp_pair_bits __attribute__((vector_size(16)));
    /* without a branch: which way a quote moves cannot be predicted */
    static inline double tp_when_at_least(double a, double b, double value)
    {
        tp_pair x = {a, 0.0}, y = {b, 0.0}, v = {value, 0.0};
        return ((tp_pair)((tp_pair_bits)v & (x >= y)))[0];
    }
    """
    # value where a >= b, else 0
    double when_at_least "tp_when_at_least" (double a, double b, double value) noexcept nogil


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
    if item == 0.0 or old == 0.0:
        w.f[2] += <double>(item != 0.0) - <double>(old != 0.0)
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
    cdef double coming, in2, out2
    if w.held == 0:
        w.f[0] = w.f[1] = item
    if w.held == w.capacity:
        leaving = w.items[w.position] - w.f[0]
    window_replace(w, item)
    coming = item - w.f[0]
    in2 = coming * coming
    out2 = leaving * leaving
    w.f[2] += coming - leaving
    w.f[3] += in2 - out2
    w.f[4] += in2 * coming - out2 * leaving
    w.f[5] += in2 * in2 - out2 * out2
    coming = item - w.f[1]
    in2 = coming * coming
    w.f[6] += coming
    w.f[7] += in2
    w.f[8] += in2 * coming
    w.f[9] += in2 * in2
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
    cdef double in_x, in_y
    if w.held == 0:
        w.f[0] = w.f[2] = x
        w.f[1] = w.f[3] = y
    if w.held == w.capacity:
        out_x = w.items[w.position] - w.f[0]
        out_y = w.items[w.capacity + w.position] - w.f[1]
    w.items[w.capacity + w.position] = y
    window_replace(w, x)
    in_x = x - w.f[0]
    in_y = y - w.f[1]
    w.f[4] += in_x - out_x
    w.f[5] += in_y - out_y
    w.f[6] += in_x * in_x - out_x * out_x
    w.f[7] += in_y * in_y - out_y * out_y
    w.f[8] += in_x * in_y - out_x * out_y
    in_x = x - w.f[2]
    in_y = y - w.f[3]
    w.f[9] += in_x
    w.f[10] += in_y
    w.f[11] += in_x * in_x
    w.f[12] += in_y * in_y
    w.f[13] += in_x * in_y
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


cdef inline int64_t queue_place(const tp_window* w, int64_t k) noexcept nogil:
    """Where the k-th of the queue stands."""
    cdef int64_t place = w.position + k
    return place - w.capacity if place >= w.capacity else place


cdef inline void queue_expire(tp_window* w) noexcept nogil:
    """Count the step and drop the head when it is n steps old. f: steps."""
    w.f[0] += 1.0
    if w.held > 0 and w.items[w.capacity + w.position] <= w.f[0] - <double>w.capacity:
        w.position = queue_place(w, 1)
        w.held -= 1


cdef inline double queue_append(tp_window* w, double item) noexcept nogil:
    """Put the sample behind those that it does not beat; the extreme."""
    cdef int64_t place = queue_place(w, w.held)
    w.items[place] = item
    w.items[w.capacity + place] = w.f[0]
    w.held += 1
    return w.items[w.position]


cdef inline double highest_push(tp_window* w, double item) noexcept nogil:
    """Take a sample; the largest of the window."""
    queue_expire(w)
    while w.held > 0 and w.items[queue_place(w, w.held - 1)] <= item:
        w.held -= 1
    return queue_append(w, item)


cdef inline double lowest_push(tp_window* w, double item) noexcept nogil:
    """Take a sample; the smallest of the window."""
    queue_expire(w)
    while w.held > 0 and w.items[queue_place(w, w.held - 1)] >= item:
        w.held -= 1
    return queue_append(w, item)


cdef inline double extreme_since(const tp_window* w) noexcept nogil:
    """Samples since the extreme, 0 when it is the newest."""
    return w.f[0] - w.items[w.capacity + w.position]


cdef inline int64_t sorted_place(const double* order, int64_t held, double item) noexcept nogil:
    """How many of the order are smaller than `item`."""
    cdef int64_t low = 0
    cdef int64_t high = held
    cdef int64_t middle
    while low < high:
        middle = (low + high) // 2
        if order[middle] < item:
            low = middle + 1
        else:
            high = middle
    return low


cdef inline void sorted_push(tp_window* w, double item) noexcept nogil:
    """Take a sample."""
    cdef double* order = w.items + w.capacity
    cdef int64_t held = w.held
    cdef double old = window_replace(w, item)
    cdef int64_t place
    if held == w.capacity:
        place = sorted_place(order, held, old)
        held -= 1
        if place < held:
            memmove(order + place, order + place + 1, (held - place) * sizeof(double))
    place = sorted_place(order, held, item)
    memmove(order + place + 1, order + place, (held - place) * sizeof(double))
    order[place] = item


cdef inline double sorted_ranked(const tp_window* w, int64_t place) noexcept nogil:
    """The sample with so many smaller ones before it."""
    return w.items[w.capacity + place]


cdef inline double kernel_product(const tp_window* w) noexcept nogil:
    """The sum of sample times weight, oldest first, of a full window."""
    cdef double total = 0.0
    cdef int64_t k
    for k in range(w.capacity):
        total += w.items[w.capacity + k] * w.items[queue_place(w, k)]
    return total
