"""Recently traded quantity of an instrument, in C: see flow.py."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport int128
from tickpath.hot.route.structs cimport RouteFlow

cdef enum:
    ROUTE_SIDES = 2


cdef inline int64_t flow_sum(int64_t a, int128 b) noexcept nogil:
    """a + b, at most the largest word."""
    cdef int128 total = a + b
    return <int64_t>total if total <= <int128>0x7FFFFFFFFFFFFFFF else 0x7FFFFFFFFFFFFFFF


cdef inline void flow_add(
    RouteFlow* f, int32_t aggressor, int64_t lots, int64_t now_ns, int64_t window_ns
) noexcept nogil:
    """Count a trade; a sum that does not fit stays at the largest number."""
    cdef int64_t start_ns = now_ns - now_ns % window_ns
    cdef int32_t k
    if start_ns > f.start_ns:
        for k in range(ROUTE_SIDES):
            f.lots_before[k] = f.lots[k] if start_ns - f.start_ns == window_ns else 0
            f.lots[k] = 0
        f.start_ns = start_ns
    if 0 <= aggressor < ROUTE_SIDES and lots > 0:
        f.lots[aggressor] = flow_sum(f.lots[aggressor], lots)


cdef inline int64_t flow_recent(
    const RouteFlow* f, int32_t aggressor, int64_t now_ns, int64_t window_ns
) noexcept nogil:
    """Lots taken by `aggressor` in the window that ends now."""
    cdef int64_t start_ns = now_ns - now_ns % window_ns
    cdef int64_t age_ns = start_ns - f.start_ns
    cdef int64_t near = f.lots[aggressor], far = f.lots_before[aggressor], left_ns
    if age_ns > 0:
        far = near if age_ns == window_ns else 0
        near = 0
    else:
        start_ns = f.start_ns
    left_ns = window_ns - (now_ns - start_ns if now_ns > start_ns else 0)
    return flow_sum(near, <int128>far * left_ns / window_ns)
