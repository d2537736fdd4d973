"""Tight loops over the inlined verbs, as the engine calls them: what bench_features and bench_model
time. Built on first use by compiled.py, never shipped."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from tickpath.core.records cimport (
    TP_BOOK_OK, TP_FEATURES_MAX, TP_VIEW_LEVELS, tp_bbo, tp_book_top, tp_feature_input, tp_trade,
)
from tickpath.hot.features.native cimport Features, features_update
from tickpath.hot.model.native cimport Model, model_catch_up, model_score


cdef inline int64_t now_ns() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1000000000 + t.tv_nsec


def features_ns(Features features, int32_t kind, const int64_t[:, ::1] quotes, int32_t rounds):
    """ns an update: quotes are (bid, bid lots, ask, ask lots, price, lots, aggressor) rows.

    The records are laid out before the clock starts, as the book leaves them in place.
    """
    cdef Py_ssize_t count = quotes.shape[0]
    cdef tp_book_top* tops = <tp_book_top*>calloc(count, sizeof(tp_book_top))
    cdef tp_bbo* bbos = <tp_bbo*>calloc(count, sizeof(tp_bbo))
    cdef tp_trade* trades = <tp_trade*>calloc(count, sizeof(tp_trade))
    cdef double row[TP_FEATURES_MAX]
    cdef tp_feature_input x
    cdef Py_ssize_t k
    cdef int32_t j, r
    cdef int64_t start
    cdef double check = 0.0
    if tops == NULL or bbos == NULL or trades == NULL:
        raise MemoryError
    for k in range(count):
        tops[k].bid_ticks = bbos[k].bid_ticks = quotes[k, 0]
        tops[k].bid_lots = bbos[k].bid_lots = quotes[k, 1]
        tops[k].ask_ticks = bbos[k].ask_ticks = quotes[k, 2]
        tops[k].ask_lots = bbos[k].ask_lots = quotes[k, 3]
        tops[k].status = TP_BOOK_OK
        tops[k].bid_count = tops[k].ask_count = TP_VIEW_LEVELS
        for j in range(TP_VIEW_LEVELS):
            tops[k].bids[j].price_ticks = quotes[k, 0] - j
            tops[k].bids[j].quantity_lots = quotes[k, 1] + j
            tops[k].asks[j].price_ticks = quotes[k, 2] + j
            tops[k].asks[j].quantity_lots = quotes[k, 3] + 2 * j
        trades[k].price_ticks = quotes[k, 4]
        trades[k].quantity_lots = quotes[k, 5]
        trades[k].aggressor = <int32_t>quotes[k, 6]
    x.kind = kind
    x.reserved = 0
    x.now_ns = 0
    with nogil:
        start = now_ns()
        for r in range(rounds):
            for k in range(count):
                x.top = &tops[k]
                x.bbo = &bbos[k]
                x.trade = &trades[k]
                features_update(features.state, &x, row)
                check += row[0]
        start = now_ns() - start
    free(tops)
    free(bbos)
    free(trades)
    return start / <double>(count * rounds), check


def model_times(Model model, const double[:, ::1] rows, int64_t[::1] times, int64_t[::1] rests):
    """ns of each score over these rows in turn, and of what it leaves for later, without Python's
    lock."""
    cdef Py_ssize_t count = rows.shape[0]
    cdef int32_t width = <int32_t>rows.shape[1]
    cdef double score = 0.0
    cdef Py_ssize_t k
    cdef int64_t start, scored
    with nogil:
        for k in range(times.shape[0]):
            start = now_ns()
            model_score(model.state, &rows[k % count, 0], width, &score)
            scored = now_ns()
            model_catch_up(model.state)
            rests[k] = now_ns() - scored
            times[k] = scored - start


def model_ns(Model model, const double[:, ::1] rows, int32_t rounds):
    """ns a score over these rows in turn."""
    cdef Py_ssize_t count = rows.shape[0]
    cdef int32_t width = <int32_t>rows.shape[1]
    cdef double score = 0.0
    cdef double check = 0.0
    cdef Py_ssize_t k
    cdef int32_t r
    cdef int64_t start
    with nogil:
        start = now_ns()
        for r in range(rounds):
            for k in range(count):
                model_score(model.state, &rows[k, 0], width, &score)
                check += score
        start = now_ns() - start
    return start / <double>(count * rounds), check
