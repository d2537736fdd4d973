"""New orders counted at each venue, the native twin of rates.py: same windows, same answers.

Cost: nothing while no window is on; else a division a window and request.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t
from tickpath.core.records cimport TP_VENUES_MAX

cdef enum:
    RATE_WINDOWS = 3
    RATE_TEXT_BYTES = 96
    CODE_TOO_MANY = -1015

cdef struct RateWindow:
    int64_t length_ns
    int64_t limit                     # 1 or more
    char[RATE_TEXT_BYTES] message     # what the venue says when it is full
    int64_t[TP_VENUES_MAX] start_ns
    int64_t[TP_VENUES_MAX] counts

cdef struct OrderRates:
    int32_t window_count              # windows that are on
    uint32_t spot                     # bit k: venue k replaces orders and gives back for fills
    RateWindow[RATE_WINDOWS] windows


cdef inline bint rate_replaces(const OrderRates* r, int32_t venue) noexcept nogil:
    """Whether a venue replaces orders, and gives a count back for a fill."""
    return 0 <= venue < TP_VENUES_MAX and r.spot >> venue & 1


cdef inline int64_t rate_begun(const RateWindow* w, int64_t t_ns) noexcept nogil:
    """When the interval of a time began."""
    cdef int64_t past = t_ns % w.length_ns
    return t_ns - past - (w.length_ns if past < 0 else 0)


cdef inline int64_t* rate_count(RateWindow* w, int32_t venue, int64_t t_ns) noexcept nogil:
    """What a venue has counted in the interval of a time."""
    cdef int64_t start = rate_begun(w, t_ns)
    if w.start_ns[venue] != start:
        w.start_ns[venue] = start
        w.counts[venue] = 0
    return &w.counts[venue]


cdef inline const RateWindow* rate_full(
    OrderRates* r, int32_t venue, int64_t t_ns
) noexcept nogil:
    """Count a new order and return NULL, or the window that has no room: then nothing counts."""
    cdef int32_t k
    for k in range(r.window_count):
        if rate_count(&r.windows[k], venue, t_ns)[0] >= r.windows[k].limit:
            return &r.windows[k]
    for k in range(r.window_count):
        rate_count(&r.windows[k], venue, t_ns)[0] += 1
    return NULL


cdef inline void rate_give_back(OrderRates* r, int32_t venue, int64_t t_ns) noexcept nogil:
    """An order has its first fill."""
    cdef int32_t k
    cdef int64_t* count
    if not rate_replaces(r, venue):
        return
    for k in range(r.window_count):
        count = rate_count(&r.windows[k], venue, t_ns)
        count[0] -= count[0] > 0
