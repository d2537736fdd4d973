"""Handle of the native order codec; `codec` is what execute calls."""

from tickpath.core.records cimport tp_codec
from tickpath.venues.kraken.order_encode cimport OrderCodecState

cdef class OrderCodec:
    cdef tp_codec codec
    cdef OrderCodecState* state
    cdef object _instruments
