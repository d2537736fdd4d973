"""The native hook of frames and the wire it answers on; see hook.h."""

from libc.stdint cimport int32_t, int64_t

cdef extern from "../venues/transport/hook.h" nogil:
    enum:
        TP_WIRE_OK
        TP_WIRE_CLOSED
        TP_WIRE_BUSY
        TP_HOOK_TAKEN
        TP_HOOK_PASS
    const char* TP_HOOK_CAPSULE
    const char* TP_WIRE_CAPSULE
    ctypedef struct tp_wire:
        void* link
        int32_t (*send)(void* link, const char* data, int64_t bytes) noexcept nogil
    ctypedef struct tp_frame_hook:
        void* context
        int32_t (*on_frame)(void* context, const tp_wire* wire, const char* data, int64_t bytes,
                            int64_t t_ns) noexcept nogil
        void (*on_idle)(void* context, int64_t t_ns) noexcept nogil
        int64_t (*due)(void* context) noexcept nogil
    int64_t wall_ns "tp_wall_ns" () noexcept
