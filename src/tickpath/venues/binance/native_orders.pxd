"""Handle of the native order codec; `codec` is what execute calls."""

from tickpath.venues.binance.order_encode cimport OrderCodecState
from tickpath.venues.text.codec_face cimport CodecFace

cdef class OrderCodec(CodecFace):
    cdef OrderCodecState* state
