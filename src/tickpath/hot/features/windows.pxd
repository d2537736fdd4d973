"""What the indicators remember of the last n samples: twin of windows.py, where the rules stand.

A ring is zero while it fills, so the item that leaves needs no test. `Flow` and `Flows` are in
flows.pxd, `Pair` in pairs.pxd, `Sorted` in ordered.pxd. Worst cases: a step of Highest or Lowest
passes over n items when the ring wraps (amortised one), Kernel over n; all others are O(1).
"""

from libc.math cimport sqrt
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy, memset
from tickpath.core.records cimport tp_window
from tickpath.hot.features.choice cimport above_else

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
    static inline void tp_power_sums(double *f, double in, double out)
    {
        tp_pair in2 = {in, in * in}, out2 = {out, out * out};
        tp_pair_put(f, tp_pair_at(f) + (in2 - out2));
        in2 = in2[1] * in2;
        out2 = out2[1] * out2;
        tp_pair_put(f + 2, tp_pair_at(f + 2) + (in2 - out2));
    }

    /* the item and the step of a sample side by side: the newer one unless the older is larger */
    static inline tp_pair tp_larger(tp_pair older, tp_pair newer)
    {
        const tp_pair_bits more = older > newer, first = {0, 0};
        return tp_pair_else(__builtin_shuffle(more, first), older, newer);
    }
    static inline double tp_highest_since(tp_window *w, double item)
    {
        double *place = w->items + 2 * w->position;
        const double step = w->f[2] + 1.0;
        const tp_pair now = {item, step};
        tp_pair recent = w->position == 0 ? now : tp_larger(tp_pair_at(w->f), now);
        w->f[2] = step;
        tp_pair_put(w->f, recent);
        tp_pair_put(place, now);
        w->held += w->held < w->capacity;
        w->position += 1;
        if (w->position == w->capacity) {
            w->position = 0;
            for (tp_pair ahead = now; place > w->items; ) {
                place -= 2;
                ahead = tp_larger(tp_pair_at(place), ahead);
                tp_pair_put(place, ahead);
            }
        } else {
            recent = tp_larger(tp_pair_at(place + 2), recent);
        }
        return step - recent[1];
    }

    static inline void tp_power_means(const double *f, double share, double *m)
    {
        tp_pair_put(m, tp_pair_at(f) * share);
        tp_pair_put(m + 2, tp_pair_at(f + 2) * share);
    }

    /* an item goes in with its neighbour, so that two can be read at once before they have
       reached the cache */
    static inline void tp_ring_put(tp_window *w, double item)
    {
        const int64_t even = w->position & ~(int64_t)1;
        const int64_t odd = -(w->position & 1);
        if (even + 1 < w->capacity)
            tp_pair_put(w->items + even, tp_pair_else(
                (tp_pair_bits){~odd, odd}, tp_pair_of(item, item), tp_pair_at(w->items + even)));
        else
            w->items[even] = item;
    }
    static inline double tp_distances(const double *items, int64_t count, double mean)
    {
        tp_pair ab = {0.0, 0.0}, cd = ab;
        int64_t k = 0;
        for (; k + 4 <= count; k += 4) {
            ab += tp_pair_size(tp_pair_at(items + k) - mean);
            cd += tp_pair_size(tp_pair_at(items + k + 2) - mean);
        }
        if (k + 2 <= count) {
            ab += tp_pair_size(tp_pair_at(items + k) - mean);
            k += 2;
            if (k < count)
                cd += tp_pair_of(fabs(items[k] - mean), 0.0);
        } else if (k < count) {
            ab += tp_pair_of(fabs(items[k] - mean), 0.0);
        }
        return (ab[0] + ab[1]) + (cd[0] + cd[1]);
    }
    """
    # the newest item at `position`
    void ring_put "tp_ring_put" (tp_window* w, double item) noexcept nogil

    # the sum of the distances of the items from `mean`, in four sums
    double distances "tp_distances" (
        const double* items, int64_t count, double mean
    ) noexcept nogil

    # take a sample; samples since the largest, 0 when it is the newest. f: recent, its step, steps
    double highest_since "tp_highest_since" (tp_window* w, double item) noexcept nogil

    # the sums of the powers 1 to 4 at f take one distance, another leaves
    void power_sums "tp_power_sums" (double* f, double coming, double leaving) noexcept nogil

    # the four sums times `share`
    void power_means "tp_power_means" (const double* f, double share, double* m) noexcept nogil


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


cdef inline double total_push_even(tp_window* w, double item) noexcept nogil:
    """`total_push` for a step that reads the window two items at a time, from an even place on."""
    w.f[0] += item - w.items[w.position]
    w.f[1] += item
    ring_put(w, item)
    w.position += 1
    w.held += w.held < w.capacity
    if w.position == w.capacity:
        w.position = 0
        w.f[0] = w.f[1]
        w.f[1] = 0.0
    return w.f[0]


cdef inline double total_push(tp_window* w, double item) noexcept nogil:
    """Take a sample; the sum of the window. f: total, fresh."""
    w.f[0] += item - window_replace(w, item)
    w.f[1] += item
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


cdef inline void powers_central(const tp_window* w, double share, double* c) noexcept nogil:
    """Central moments 2, 3 and 4 of a full window, `share` 1 / n; the second is 0 when it is
    flat."""
    cdef double[4] m
    cdef double square
    power_means(w.f + 2, share, m)
    square = m[0] * m[0]
    c[0] = apart(m[1], square)
    c[1] = m[2] - 3.0 * m[0] * m[1] + 2.0 * m[0] * square
    c[2] = m[3] - 4.0 * m[0] * m[2] + 6.0 * square * m[1] - 3.0 * square * square


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


cdef inline double lowest_since(tp_window* w, double item) noexcept nogil:
    """Take a sample; samples since the smallest, likewise."""
    return highest_since(w, -item)


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
    cdef int64_t at = <int64_t>place
    return w.items[at if <uint64_t>at < <uint64_t>w.capacity else 0]
