"""Tight loops over the covariance row and the historical tail: what bench_portfolio times.

Built on first use by loop_build.py, never shipped.
"""

from libc.stdint cimport int32_t, int64_t
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from tickpath.hot.risk.portfolio.covariance cimport covariance_update
from tickpath.hot.risk.portfolio.historical cimport historical_figures, historical_update
from tickpath.hot.risk.portfolio.native cimport Covariance, Historical


cdef inline int64_t clock_ns() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1000000000 + t.tv_nsec


def rows_ns(Covariance covariance, const double[:, ::1] prices, const int32_t[:, ::1] order,
            int64_t first, int32_t rounds):
    """ns a row, the price check and the return included: best of `rounds` over all intervals."""
    cdef int64_t start, spent, interval = first, least = 1 << 62
    cdef int32_t r, k, j, changed = 0
    cdef double rows = prices.shape[0] * prices.shape[1]
    with nogil:
        for r in range(rounds):
            start = clock_ns()
            for k in range(prices.shape[0]):
                interval += 1
                for j in range(prices.shape[1]):
                    changed += covariance_update(
                        covariance.state, order[k, j], prices[k, order[k, j]], interval)
            spent = clock_ns() - start
            least = min(least, spent)
    return least / rows, changed


def profits_ns(Historical historical, const int64_t[::1] profits, int32_t rounds):
    """ns a sample, both figures read after each: best of `rounds`."""
    cdef int64_t start, spent, at_risk = 0, shortfall = 0, total = 0, least = 1 << 62
    cdef int32_t r
    cdef Py_ssize_t k
    with nogil:
        for r in range(rounds):
            start = clock_ns()
            for k in range(profits.shape[0]):
                historical_update(historical.state, profits[k])
                historical_figures(historical.state, &at_risk, &shortfall)
                total += at_risk + shortfall
            spent = clock_ns() - start
            least = min(least, spent)
    return least / <double>profits.shape[0], total
