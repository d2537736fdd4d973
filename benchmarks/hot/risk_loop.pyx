"""Tight loops over risk and route as the walk calls them: what bench_risk times.

Built on first use by loop_build.py, never shipped.
"""

from libc.stdint cimport int32_t, int64_t
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_INSTRUMENTS_MAX,
    TP_INTENTS_MAX,
    TP_SUBMIT,
    tp_committed,
    tp_intents,
    tp_position,
    tp_request,
    tp_view,
)
from tickpath.hot.risk.native cimport Risk, risk_touch, risk_validate
from tickpath.hot.risk.state cimport RiskSample
from tickpath.hot.route.native cimport Route, route_pick


cdef inline int64_t clock_ns() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1000000000 + t.tv_nsec


cdef tp_view[TP_INSTRUMENTS_MAX] views
cdef tp_position[TP_INSTRUMENTS_MAX] positions
cdef int64_t[TP_INSTRUMENTS_MAX] last_market_ns
cdef int64_t[TP_INSTRUMENTS_MAX] equity_units
cdef int64_t[TP_INSTRUMENTS_MAX] cash_units
cdef tp_committed[TP_INSTRUMENTS_MAX] committed
cdef RiskSample sample
cdef int32_t[TP_INTENTS_MAX] verdicts


cdef void prepare(int32_t instruments, int64_t mid, int64_t equity) noexcept nogil:
    """Good books around `mid`, positions and open orders on both sides of each."""
    cdef int32_t i
    for i in range(instruments):
        views[i].top.status = TP_BOOK_OK
        views[i].top.bid_ticks = mid - 1
        views[i].top.ask_ticks = mid + 1
        views[i].trade.price_ticks = mid
        positions[i].position_lots = 50 * (i % 3 - 1)
        positions[i].open_buy_lots = 300
        positions[i].open_sell_lots = 200
        positions[i].open_order_count = 5
        committed[i].buy_value = 300 * (mid - 500)
        committed[i].best_buy = mid - 500
        committed[i].best_sell = mid + 500
    equity_units[0] = equity
    equity_units[1] = equity
    cash_units[0] = equity
    cash_units[1] = equity
    sample.positions = positions
    sample.committed = committed
    sample.views = views
    sample.last_market_ns = last_market_ns
    sample.equity_units = equity_units
    sample.cash_units = cash_units
    sample.replaced_lots = NULL
    sample.replaced_ticks = NULL
    sample.repeats = 0
    sample.probe = 0


cdef void fill(tp_intents* batch, int32_t count, const int64_t[:, ::1] orders, Py_ssize_t at,
               int32_t instruments) noexcept nogil:
    """The next `count` orders of (price, quantity, side, type)."""
    cdef int32_t k
    batch.count = count
    for k in range(count):
        batch.items[k].kind = TP_SUBMIT
        batch.items[k].instrument = <int32_t>((at + k) % instruments)
        batch.items[k].price_ticks = orders[at + k, 0]
        batch.items[k].quantity_lots = orders[at + k, 1]
        batch.items[k].side = <int32_t>orders[at + k, 2]
        batch.items[k].type = <int32_t>orders[at + k, 3]


def validate_ns(Risk risk, const int64_t[:, ::1] orders, int32_t count, int32_t instruments,
                int64_t mid, int64_t equity, int32_t rounds):
    """(ns an order, ns of the same loop without the checks, orders accepted): best of `rounds`."""
    cdef tp_intents batch
    cdef Py_ssize_t n, batches = orders.shape[0] // count
    cdef int64_t start, bare, spent, accepted, now_ns = 1000000000
    cdef int64_t least = 1 << 62, least_bare = 1 << 62, total = 0
    cdef int32_t r, k
    cdef double all_orders = batches * count
    prepare(instruments, mid, equity)
    for k in range(TP_INTENTS_MAX):
        batch.items[k].strategy = 0
        batch.items[k].time_in_force = 0
        batch.items[k].flags = 0
    with nogil:
        for r in range(rounds):
            accepted = 0
            total = 0
            start = clock_ns()
            for n in range(batches):
                now_ns += 1000000000
                for k in range(instruments):
                    last_market_ns[k] = now_ns
                fill(&batch, count, orders, n * count, instruments)
                total += batch.items[count - 1].price_ticks + batch.items[0].quantity_lots
            bare = clock_ns() - start
            start = clock_ns()
            for n in range(batches):
                now_ns += 1000000000
                for k in range(instruments):
                    last_market_ns[k] = now_ns
                fill(&batch, count, orders, n * count, instruments)
                sample.now_ns = now_ns
                for k in range(min(count, instruments)):
                    risk_touch(risk.state, (<int32_t>(n * count) + k) % instruments)
                risk_validate(risk.state, batch.items, count, &sample, verdicts)
                for k in range(count):
                    accepted += verdicts[k] == 0
            spent = clock_ns() - start
            least = min(least, spent)
            least_bare = min(least_bare, bare)
    return least / all_orders, least_bare / all_orders, accepted, total


def route_ns(Route route, const int64_t[:, ::1] orders, int32_t venues, int64_t mid,
             int32_t rounds):
    """(ns an order, orders routed): best of `rounds`; orders go round the instruments."""
    cdef tp_intents batch
    cdef tp_request request
    cdef Py_ssize_t at
    cdef int64_t start, spent, routed, total = 0, least = 1 << 62
    cdef int32_t r
    prepare(venues, mid, 1)
    with nogil:
        for r in range(rounds):
            routed = 0
            start = clock_ns()
            for at in range(orders.shape[0]):
                fill(&batch, 1, orders, at, venues)
                routed += route_pick(route.state, &batch.items[0], views, &request) == 0
                total += request.venue
            spent = clock_ns() - start
            least = min(least, spent)
    return least / <double>orders.shape[0], routed, total
