"""Native body of ema_cross: the twin of ema_cross.py, same decisions, no GIL."""

from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport int8_t, int32_t, int64_t
from tickpath.core.records cimport (
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_INSTRUMENTS_MAX,
    tp_intents,
    tp_view,
)
from tickpath.hot.strategy.sizing cimport SIZE_END, position_lots_at
from tickpath.hot.strategy.target cimport toward

cdef enum:
    FAST_PERIOD = SIZE_END
    SLOW_PERIOD = SIZE_END + 1
    BAND_PPM = SIZE_END + 2
    SLIP_PPM = SIZE_END + 3
    TRIES_MAX = SIZE_END + 4

cdef struct State:                    # the dtype of ema_cross.py
    int32_t tries[TP_INSTRUMENTS_MAX]
    int8_t side[TP_INSTRUMENTS_MAX]


cdef void ema_cross(const tp_view* view, void* state, tp_intents* out) noexcept nogil:
    cdef State* s = <State*>state
    cdef const int64_t* p = &view.params_i[0]
    cdef int32_t i = view.instrument
    cdef double fast = view.features[0]
    cdef double slow = view.features[1]
    cdef double band = slow * (<double>p[BAND_PPM] * 1e-6)
    cdef int32_t side = (fast > slow + band) - (fast < slow - band)
    cdef int64_t lots
    if view.event != TP_EVENT_DEPTH and view.event != TP_EVENT_SNAPSHOT:
        return
    if side != 0 and side != s.side[i]:
        s.tries[i] = <int32_t>p[TRIES_MAX] if s.side[i] != 0 else 0
        s.side[i] = <int8_t>side
    if s.tries[i] == 0 or view.top.ask_ticks <= 0:
        return
    lots = position_lots_at(p, view.top.ask_ticks)
    if toward(view, s.side[i] * lots, p[SLIP_PPM], out):
        s.tries[i] -= 1


BODY = PyCapsule_New(<void*>ema_cross, "tickpath.strategy.v2", NULL)
