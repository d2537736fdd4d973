"""The last n samples in order: `Sorted` of windows.py.

In windows of up to 64 every number is looked at, four a register and without a branch: one that
left and one that came move the numbers between them by a place, which way cannot be predicted.
Longer ones are searched in halves, and the numbers between are moved. Worst case: 4096 samples,
of which all move.
"""

from libc.stdint cimport int64_t
from libc.string cimport memmove
from tickpath.core.records cimport tp_window
from tickpath.hot.features.passes cimport INPUT_MAX
from tickpath.hot.features.windows cimport window_replace

cdef enum:
    ORDER_SHORT = 64

cdef extern from *:
    """
    /* how many of the first `held` are smaller */
    static inline int64_t tp_rank(const double *order, int64_t held, double item)
    {
        int64_t count = 0;
        for (int64_t left = held; left > 0; ) {
            int64_t half = (left + 1) / 2;
            count += order[count + half - 1] < item ? half : 0;
            left -= half;
        }
        return count;
    }

    /* without `old` an item is followed by the next from its place on; with `item` it is the
       larger of the one before and of the smaller of itself and `item` */
    #define TP_NEXT_FOUR(more, less, after) { \\
        const tp_four gone = TP_FOUR_IF( \\
            now < olds, now, __builtin_shuffle(now, after, (tp_four_bits){1, 2, 3, 4})); \\
        const tp_four left = __builtin_shuffle(before, gone, (tp_four_bits){3, 4, 5, 6}); \\
        TP_PUT(order + k, more(left, less(gone, items))); \\
        before = gone; }
    #define TP_EXCHANGE_TAKES (double *order, int64_t n, double old, double item)
    #define TP_EXCHANGE_BODY(more, less) \\
        int64_t k = 0; \\
        double gone_before = -INFINITY; \\
        if (n >= 4) { \\
            const tp_four olds = {old, old, old, old}, items = {item, item, item, item}; \\
            tp_four before = {0.0, 0.0, 0.0, -INFINITY}, now = TP_FOUR(order); \\
            for (; k + 8 <= n; k += 4) { \\
                const tp_four next = TP_FOUR(order + k + 4); \\
                TP_NEXT_FOUR(more, less, next) \\
                now = next; \\
            } \\
            const double first = k + 4 < n ? order[k + 4] : INFINITY; \\
            const tp_four next = {first, first, first, first}; \\
            TP_NEXT_FOUR(more, less, next) \\
            gone_before = before[3]; \\
            k += 4; \\
        } \\
        for (; k < n; k++) { \\
            const double next = k + 1 < n ? order[k + 1] : INFINITY; \\
            const double gone = tp_above_else(old, order[k], order[k], next); \\
            const double least = gone < item ? gone : item; \\
            order[k] = gone_before > least ? gone_before : least; \\
            gone_before = gone; \\
        }
    static __attribute__((noinline)) void plain_exchange TP_EXCHANGE_TAKES
    { TP_EXCHANGE_BODY(TP_MORE, TP_LESS) }
    #if defined(__x86_64__) && defined(__GNUC__)
    static TP_WIDE void wide_exchange TP_EXCHANGE_TAKES
    { TP_EXCHANGE_BODY(TP_WIDE_MORE, TP_WIDE_LESS) }
    #endif
    static inline void tp_exchange TP_EXCHANGE_TAKES
    { TP_TWICE(exchange(order, n, old, item)); }
    """
    int64_t rank_of "tp_rank" (const double* order, int64_t held, double item) noexcept nogil

    # put `item` into an order of n that `old` leaves
    void exchange "tp_exchange" (double* order, int64_t n, double old, double item) noexcept nogil


cdef inline void sorted_push(tp_window* w, double sample) noexcept nogil:
    """Take a sample; a zero has no sign, so that the order of equal ones cannot be seen."""
    cdef double item = sample + 0.0
    cdef double* order = w.items + w.capacity
    cdef int64_t gap = w.held
    cdef int64_t place
    cdef bint full = w.held == w.capacity
    cdef double old = window_replace(w, item)
    if full and w.capacity <= ORDER_SHORT:
        exchange(order, w.capacity, old, item)
        return
    place = rank_of(order, gap, item)
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
