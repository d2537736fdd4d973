"""An order with a limit reaches through the far touch by no more than a part of it."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_FAT_FINGER
from tickpath.core.hint cimport tp_likely
from tickpath.core.records cimport TP_BUY, TP_FAT_FINGER_PPM_MAX, TP_MARKET, int128, tp_risk_input
from tickpath.hot.risk.values cimport PPM


cdef inline int32_t fat_finger_check(const tp_risk_input* x) noexcept nogil:
    cdef int64_t ppm = x.limits.fat_finger_ppm
    cdef int64_t touch = x.top.ask_ticks if x.intent.side == TP_BUY else x.top.bid_ticks
    cdef int128 through = <int128>x.intent.price_ticks - touch
    if ppm > TP_FAT_FINGER_PPM_MAX:
        ppm = TP_FAT_FINGER_PPM_MAX
    if x.intent.side != TP_BUY:
        through = -through
    if tp_likely(through <= 0) or x.intent.type == TP_MARKET or touch <= 0:
        return TP_OK
    return TP_RISK_FAT_FINGER if through * PPM > <int128>touch * ppm else TP_OK
