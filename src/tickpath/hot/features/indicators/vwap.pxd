"""vwap: native step."""

from libc.stdint cimport int64_t
from tickpath.core.records cimport int128, tp_feature_input, tp_indicator
from tickpath.hot.features.windows cimport POSITION, wide_double, wide_get, wide_set


cdef inline void vwap_step(tp_indicator* s, const tp_feature_input* x) noexcept nogil:
    cdef int64_t position = s.i[POSITION]
    cdef int64_t* slot = &s.window[2 * position]
    cdef int64_t price = x.trade.price_ticks
    cdef int64_t lots = x.trade.quantity_lots
    cdef int128 notional = (
        wide_get(&s.i[1]) + <int128>price * lots - <int128>slot[0] * slot[1]
    )
    s.i[0] += lots - slot[1]
    wide_set(&s.i[1], notional)
    slot[0] = price
    slot[1] = lots
    position += 1
    s.i[POSITION] = 0 if position == s.period else position
    if s.count >= s.period:
        s.value = wide_double(notional) / <double>s.i[0]
