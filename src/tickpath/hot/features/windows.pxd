"""What the indicators remember of the last n samples: twin of windows.py, where the rules stand.

A ring is zero while it fills, so the item that leaves needs no test. Worst cases: a step of
Highest or Lowest drops n items (amortised one), of Sorted moves n; all others are O(1).
"""

from libc.math cimport sqrt
from libc.stdint cimport int64_t
from libc.string cimport memmove
from tickpath.core.records cimport tp_window


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


cdef inline double ring_oldest(const tp_window* w) noexcept nogil:
    """The sample that leaves next, 0 while the window fills."""
    return w.items[w.position]


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


cdef inline double moments_spread(const tp_window* w) noexcept nogil:
    """n * population standard deviation."""
    cdef double radicand = <double>w.capacity * w.f[3] - w.f[2] * w.f[2]
    return sqrt(radicand) if radicand > 0.0 else 0.0


cdef inline double moments_above(const tp_window* w, double item) noexcept nogil:
    """n * (sample - mean)."""
    return <double>w.capacity * (item - w.f[0]) - w.f[2]


cdef inline double moments_whole(const tp_window* w) noexcept nogil:
    """n * mean."""
    return w.f[2] + <double>w.capacity * w.f[0]


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
