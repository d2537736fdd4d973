"""Records as C structs and as the plain classes: one place for every Python face."""

from libc.stdint cimport int32_t
from tickpath.core.records cimport (
    tp_intent,
    tp_level,
    tp_market_event,
    tp_report,
    tp_request,
)

cdef int intent_in(object intent, tp_intent* out) except -1
cdef object intent_out(const tp_intent* i)
cdef int request_in(object request, tp_request* out) except -1
cdef object request_out(const tp_request* r)
cdef int report_in(object report, tp_report* out) except -1
cdef object report_out(const tp_report* r)
cdef list levels_out(const tp_level* levels, int32_t count)
cdef object event_out(const tp_market_event* e)
