"""Received datagrams for Cython: the sink of a receiver and the batch that Python takes."""

from libc.stdint cimport int32_t, int64_t

cdef extern from "../venues/transport/packets.h" nogil:
    enum:
        TP_PACKET_PADDING
        TP_PACKET_BATCH
        TP_PACKET_BYTES_MAX
    ctypedef void (*tp_packet_fn)(
        void* context, const char* data, int64_t bytes, int64_t t_ns) noexcept nogil
    ctypedef struct tp_packet_sink:
        tp_packet_fn take
        void* context
    ctypedef struct tp_packet_box:
        char* bytes
        int64_t used
        int64_t room
        int64_t dropped
    int64_t realtime_ns "tp_realtime_ns" ()
    int64_t monotonic_ns "tp_monotonic_ns" ()
    void packet_box_take "tp_packet_box_take" (
        void* context, const char* data, int64_t bytes, int64_t t_ns) noexcept
