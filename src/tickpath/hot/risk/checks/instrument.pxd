"""The instrument is configured and trading."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_INSTRUMENT
from tickpath.core.records cimport tp_risk_input


cdef inline int32_t instrument_check(const tp_risk_input* x) noexcept nogil:
    if not x.instrument_known or not x.instrument.trading:
        return TP_RISK_INSTRUMENT
    return TP_OK
