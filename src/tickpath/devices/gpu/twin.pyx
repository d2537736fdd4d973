"""The kernels of `cuda/` on the CPU, from the same headers: same bits, one core.

Shapes are the caller's care (batch.py). Worst case: `rows` reads prices once for each window.
"""

import numpy as np

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from tickpath.devices.gpu.layout import BANK, ROW, WINDOW

cdef extern from *:
    """
    #include "_limits_gen.h"
    #define TP_BANK_INPUTS TP_FEATURES_MAX
    #define TP_BANK_STRATEGIES TP_BANK_STRATEGIES_MAX
    #include <tickpath/bank.h>
    #include <tickpath/rows.h>
    """
    ctypedef struct tp_row:
        pass
    ctypedef struct tp_row_window:
        pass
    ctypedef struct tp_row_walk:
        pass
    ctypedef struct tp_bank:
        int32_t strategy_count
    void tp_row_start(tp_row_walk*) noexcept nogil
    void tp_row_take(
        tp_row_walk*, const tp_row_window*, const double*, int64_t, int64_t) noexcept nogil
    void tp_row_window_columns(
        const tp_row_walk*, const tp_row_window*, double, tp_row*) noexcept nogil
    void tp_row_quote_columns(double, double, double, double, tp_row*) noexcept nogil
    int32_t tp_bank_row(
        const tp_bank*, const double*, int64_t, int64_t*, int8_t*) noexcept nogil

assert sizeof(tp_row) == ROW.itemsize
assert sizeof(tp_row_window) == WINDOW.itemsize
assert sizeof(tp_bank) == BANK.itemsize


def rows(const double[:, ::1] prices, const double[:, ::1] quotes, windows):
    """ROW records [window][symbol] of prices [time][symbol], quotes [4][symbol], WINDOW records."""
    cdef const uint8_t[::1] plan = np.ascontiguousarray(windows).view(np.uint8)
    cdef int64_t times = prices.shape[0]
    cdef int64_t symbols = prices.shape[1]
    cdef int64_t count = plan.shape[0] // sizeof(tp_row_window)
    out = np.empty((count, symbols), ROW)
    cdef uint8_t[:, ::1] view = out.view(np.uint8)
    cdef const tp_row_window* window
    cdef tp_row* row
    cdef tp_row_walk* walks = <tp_row_walk*>malloc(symbols * sizeof(tp_row_walk))
    cdef int64_t w, s, t
    if walks == NULL:
        raise MemoryError
    with nogil:
        for w in range(count):
            window = <const tp_row_window*>&plan[0] + w
            row = <tp_row*>&view[w, 0]
            for s in range(symbols):
                tp_row_start(&walks[s])
            for t in range(times):
                for s in range(symbols):
                    tp_row_take(&walks[s], window, &prices[0, s], symbols, t)
            for s in range(symbols):
                tp_row_window_columns(&walks[s], window, prices[times - 1, s], &row[s])
                tp_row_quote_columns(
                    quotes[0, s], quotes[1, s], quotes[2, s], quotes[3, s], &row[s])
    free(walks)
    return out


def bank(table, const double[:, ::1] features):
    """(scores [strategy][row] int64, signals [strategy][row] int8, votes [row] int32) of a BANK
    record and features [input][row]."""
    cdef const uint8_t[::1] data = table.view(np.uint8)
    cdef tp_bank plan
    cdef int64_t count = features.shape[1]
    cdef int64_t r
    memcpy(&plan, &data[0], sizeof(tp_bank))
    scores = np.empty((plan.strategy_count, count), np.int64)
    signals = np.empty((plan.strategy_count, count), np.int8)
    votes = np.empty(count, np.int32)
    cdef int64_t[:, ::1] s = scores
    cdef int8_t[:, ::1] g = signals
    cdef int32_t[::1] v = votes
    with nogil:
        for r in range(count):
            v[r] = tp_bank_row(&plan, &features[0, r], count, &s[0, r], &g[0, r])
    return scores, signals, votes
