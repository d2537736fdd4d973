"""Tight loops over the book's inlined verbs, as the walk calls them: what bench_book times.

Built on first use by loop_build.py, never shipped.
"""

from libc.stdint cimport int32_t, int64_t
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from tickpath.core.records cimport tp_book_top, tp_level, tp_market_event
from tickpath.hot.book.native cimport Book, book_apply, book_change, book_top, side_best


cdef inline int64_t now_ns() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1000000000 + t.tv_nsec


def change_ns(Book book, const int64_t[::1] sides, const int64_t[:, ::1] levels, int32_t rounds):
    """Best of `rounds`: ns a level change, best bid and ask read after each."""
    cdef Py_ssize_t k, count = sides.shape[0]
    cdef int64_t start, spent, check = 0
    cdef int64_t least = 1 << 62
    cdef int32_t r, code = 0
    with nogil:
        for r in range(rounds):
            start = now_ns()
            for k in range(count):
                code |= book_change(book.state, <int32_t>sides[k], <tp_level*>&levels[k, 0], 1)
                check += side_best(&book.state.sides[0]) + side_best(&book.state.sides[1])
            spent = now_ns() - start
            least = min(least, spent)
    assert code == 0
    return least / <double>count, check


def message_ns(
    Book book, const int64_t[:, ::1] bids, const int64_t[:, ::1] asks,
    const int64_t[:, ::1] counts, int32_t rounds, int32_t top_levels
):
    """Best of `rounds`: ns a message of `counts` bids and asks, `top_levels` read when not 0."""
    cdef Py_ssize_t k, count = counts.shape[0]
    cdef tp_market_event e
    cdef tp_book_top top
    cdef int64_t start, spent, bid, ask, check = 0
    cdef int64_t least = 1 << 62
    cdef int32_t r, code = 0
    e.t_recv_ns = 0
    e.last_id = 0
    e.depth = 0
    with nogil:
        for r in range(rounds):
            start = now_ns()
            bid = 0
            ask = 0
            for k in range(count):
                e.bid_count = <int32_t>counts[k, 0]
                e.ask_count = <int32_t>counts[k, 1]
                e.bids = <tp_level*>&bids[bid, 0]
                e.asks = <tp_level*>&asks[ask, 0]
                bid += e.bid_count
                ask += e.ask_count
                code |= book_apply(book.state, &e)
                if top_levels != 0:
                    book_top(book.state, &top, top_levels)
                    check += top.bids[top_levels - 1].price_ticks
                check += book.state.bid_key + book.state.ask_key
            spent = now_ns() - start
            least = min(least, spent)
    assert code == 0
    return least / <double>count, check
