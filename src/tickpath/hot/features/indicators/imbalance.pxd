"""imbalance: native step."""

from libc.stdint cimport int32_t
from tickpath.core.records cimport tp_book_top, tp_feature_input, tp_indicator


cdef inline void imbalance_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef const tp_book_top* top = x.top
    cdef int32_t levels = <int32_t>s.period
    cdef int32_t bid_count = top.bid_count if top.bid_count < levels else levels
    cdef int32_t ask_count = top.ask_count if top.ask_count < levels else levels
    cdef double bid = 0.0
    cdef double ask = 0.0
    cdef int32_t k
    for k in range(bid_count):
        bid += <double>top.bids[k].quantity_lots
    for k in range(ask_count):
        ask += <double>top.asks[k].quantity_lots
    if bid + ask > 0.0:
        s.value = (bid - ask) / (bid + ask)
