"""Tight loops over routing as the walk calls it: what bench_route times.

Built on first use by loop_build.py, never shipped.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_INSTRUMENTS_MAX,
    TP_SUBMIT,
    tp_intent,
    tp_request,
    tp_view,
)
from tickpath.hot.route.native cimport Route, RoutePlan, route_pick, route_plan


cdef inline int64_t clock_ns() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1000000000 + t.tv_nsec


cdef tp_view[TP_INSTRUMENTS_MAX] views


cdef void prepare(int32_t venues, const int64_t[:, :, ::1] books) noexcept nogil:
    """Books of (venue, level, price and lots of an ask)."""
    cdef int32_t k, n
    memset(views, 0, sizeof(views))
    for k in range(venues):
        views[k].top.status = TP_BOOK_OK
        views[k].top.bid_ticks = books[k, 0, 0] - 2
        views[k].top.bid_lots = 10
        views[k].top.ask_ticks = books[k, 0, 0]
        views[k].top.ask_lots = books[k, 0, 1]
        views[k].top.ask_count = <int32_t>books.shape[1]
        for n in range(books.shape[1]):
            views[k].top.asks[n].price_ticks = books[k, n, 0]
            views[k].top.asks[n].quantity_lots = books[k, n, 1]


cdef void fill(tp_intent* intent, const int64_t[:, ::1] orders, Py_ssize_t at) noexcept nogil:
    intent.kind = TP_SUBMIT
    intent.time_in_force = 1
    intent.price_ticks = orders[at, 0]
    intent.quantity_lots = orders[at, 1]


def plan_ns(Route route, const int64_t[:, :, ::1] books, const int64_t[:, ::1] orders,
            int32_t rounds):
    """(ns an order, children, nodes of the search): best of `rounds`."""
    cdef tp_intent intent
    cdef RoutePlan plan
    cdef Py_ssize_t at
    cdef int64_t start, least = 1 << 62, children = 0, nodes = 0
    cdef int32_t r
    memset(&intent, 0, sizeof(intent))
    prepare(<int32_t>books.shape[0], books)
    with nogil:
        for r in range(rounds):
            children = 0
            nodes = 0
            start = clock_ns()
            for at in range(orders.shape[0]):
                fill(&intent, orders, at)
                route_plan(route.state, &intent, views, 1, 0, 0, &plan)
                children += plan.count
                nodes += route.state.search.visited
            start = clock_ns() - start
            least = min(least, start)
    return least / <double>orders.shape[0], children, nodes


def pick_ns(Route route, const int64_t[:, :, ::1] books, const int64_t[:, ::1] orders,
            int32_t rounds):
    """(ns an order, orders routed) of routing to one venue: best of `rounds`."""
    cdef tp_intent intent
    cdef tp_request request
    cdef Py_ssize_t at
    cdef int64_t start, least = 1 << 62, routed = 0
    cdef int32_t r
    memset(&intent, 0, sizeof(intent))
    prepare(<int32_t>books.shape[0], books)
    with nogil:
        for r in range(rounds):
            routed = 0
            start = clock_ns()
            for at in range(orders.shape[0]):
                fill(&intent, orders, at)
                routed += route_pick(route.state, &intent, views, &request) == 0
            start = clock_ns() - start
            least = min(least, start)
    return least / <double>orders.shape[0], routed
