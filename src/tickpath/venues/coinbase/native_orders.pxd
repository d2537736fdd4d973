"""Handle of the native order codec; `codec` is what execute calls."""

from tickpath.core.arena cimport Arena
from tickpath.core.records cimport tp_codec
from tickpath.venues.coinbase.order_encode cimport OrderCodecState

cdef class OrderCodec:
    cdef tp_codec codec
    cdef OrderCodecState* state
    cdef Arena arena
