"""Handle of a bank table, and the bank as a tp_strategy_fn."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport tp_strategy_fn
from tickpath.hot.strategy.bank cimport BankTable


cdef class BankTableHandle:
    cdef BankTable* table

    cdef int fill(self, int32_t* out, object rows, int width) except -1
    cdef int fill_wide(self, int64_t* out, object values) except -1
    cdef int row_of(self, double* out, object features) except -1


cdef tp_strategy_fn bank_entry() noexcept
