"""Binance order codec, native: the functions a `tp_codec` points to.

`order_encode.pxd` writes requests, `order_decode.pxd` reads frames of text, `native_sbe` those that
are none; orders.py and order_sbe.py define them.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport tp_report
from tickpath.venues.binance.native_sbe cimport sbe_frame
from tickpath.venues.binance.order_decode cimport orders_decode
from tickpath.venues.binance.order_encode cimport OrderCodecState, orders_encode
from tickpath.venues.binance.sbe_message cimport sbe_is


cdef inline int32_t spot_decode(void* context, const char* data, int64_t bytes, tp_report* reports,
                                int32_t* count) noexcept nogil:
    """The slot of tp_codec on spot, where a frame may be SBE."""
    if sbe_is(data, bytes):
        return sbe_frame(context, data, bytes, reports, count)
    return orders_decode(context, data, bytes, reports, count)
