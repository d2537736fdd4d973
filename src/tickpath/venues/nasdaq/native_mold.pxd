"""Handle of the native MoldUDP64 receiver; receivers that spin call `state` directly."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.arena cimport Arena
from tickpath.core.records cimport tp_engine_api
from tickpath.venues.nasdaq.mold cimport MoldState
from tickpath.venues.transport.packets cimport tp_packet_sink

cdef struct Outbox:                # what the last call delivered: i32 size and bytes, each
    char* bytes
    int64_t used

cdef struct LineSink:              # where a receiver of datagrams puts those of one line
    tp_packet_sink sink
    MoldState* state
    int32_t line

cdef struct EngineDoor:
    tp_engine_api* api             # NULL: packets are only followed
    int32_t source

cdef class MoldReceiver:
    cdef MoldState* state
    cdef LineSink* sinks
    cdef EngineDoor* door
    cdef object engine             # keeps the engine's capsule alive
    cdef Arena arena
    cdef Outbox* outbox
    cdef list out
    cdef list asked

    cdef void empty(self)
