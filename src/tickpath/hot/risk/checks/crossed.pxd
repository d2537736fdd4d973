"""The book is synced and not crossed: nothing is priced on a book that cannot be right."""

from libc.stdint cimport int32_t
from tickpath.core.codes cimport TP_OK, TP_RISK_CROSSED
from tickpath.core.records cimport TP_BOOK_OK, tp_risk_input


cdef inline int32_t crossed_check(const tp_risk_input* x) noexcept nogil:
    if x.top.status != TP_BOOK_OK:
        return TP_RISK_CROSSED
    return TP_OK
