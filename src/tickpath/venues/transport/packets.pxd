"""Received datagrams for Cython: the sink of a receiver and the batch that Python takes."""

from libc.stdint cimport int64_t

cdef extern from "../venues/transport/packets.h" nogil:
    ctypedef void (*tp_packet_fn)(
        void* context, const char* data, int64_t bytes, int64_t t_ns) noexcept nogil
    ctypedef struct tp_packet_sink:
        tp_packet_fn take
        void* context
    ctypedef struct tp_packet_box:
        char* bytes
        int64_t used
        int64_t room
    void packet_box_take "tp_packet_box_take" (
        void* context, const char* data, int64_t bytes, int64_t t_ns) noexcept
