"""Timers of all strategies: a bounded array, soonest first, at equal times in order of insertion.

A timer is named by (strategy, instrument, tag): setting it again moves it, setting it to the end
of time takes it away. Worst case: one move of TP_TIMERS_MAX entries.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memmove
from tickpath.core.records cimport TP_TIMERS_MAX


cdef extern from "stdint.h" nogil:
    const int64_t INT64_MAX

cdef struct Timer:
    int64_t at_ns
    int32_t strategy
    int32_t instrument
    int32_t tag
    int32_t reserved

cdef struct Timers:
    int32_t count
    int32_t reserved
    Timer items[TP_TIMERS_MAX]


cdef inline void timers_remove(Timers* t, int32_t at) noexcept nogil:
    memmove(&t.items[at], &t.items[at + 1], (t.count - at - 1) * sizeof(Timer))
    t.count -= 1


cdef inline bint timers_set(
    Timers* t, int32_t strategy, int32_t instrument, int32_t tag, int64_t at_ns
) noexcept nogil:
    """0 when no timer is free."""
    cdef int32_t k
    for k in range(t.count):
        if (t.items[k].tag == tag and t.items[k].strategy == strategy
                and t.items[k].instrument == instrument):
            timers_remove(t, k)
            break
    if at_ns == INT64_MAX:
        return 1
    if t.count == TP_TIMERS_MAX:
        return 0
    k = t.count
    while k > 0 and t.items[k - 1].at_ns > at_ns:
        k -= 1
    memmove(&t.items[k + 1], &t.items[k], (t.count - k) * sizeof(Timer))
    t.items[k] = Timer(at_ns, strategy, instrument, tag, 0)
    t.count += 1
    return 1
