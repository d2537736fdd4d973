"""Python handle of the native positions and money; execute holds it and works on its state."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport tp_position
from tickpath.hot.execute.money cimport MoneyState


cdef object position_out(const tp_position* p)


cdef class Money:
    cdef MoneyState* state
    cdef object _hedging
    cdef int _cut(self) except -1
    cdef int _known(self, int32_t instrument) except -1
    cdef int _strategy(self, int32_t strategy) except -1
    cdef int _mids(self, object mids2, int64_t* out) except -1
    cdef list _share_bytes(self)
