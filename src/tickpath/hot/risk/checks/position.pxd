"""Worst-case position, all open orders of the side filled, is within the part of equity."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_OVERFLOW, TP_RISK_POSITION
from tickpath.core.records cimport TP_POSITION_CEILING_PPM, int128, tp_risk_input
from tickpath.hot.risk.values cimport OVER, WORD_MAX, notional_over, part_of_equity, pending_lots


cdef inline int32_t position_check(const tp_risk_input* x) noexcept nogil:
    cdef int128 worst = x.worst_lots
    cdef int64_t ppm = x.limits.position_ceiling_ppm
    cdef int32_t code
    if <int128>pending_lots(x) + x.added_lots > <int128>WORD_MAX:
        return TP_RISK_OVERFLOW
    if worst <= 0:
        return TP_OK
    if ppm > TP_POSITION_CEILING_PPM:
        ppm = TP_POSITION_CEILING_PPM
    code = notional_over(x, worst, part_of_equity(x, ppm))
    return TP_RISK_POSITION if code == OVER else code
