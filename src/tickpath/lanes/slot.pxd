"""The last value of something slow (a model, a risk figure), left where the walk can take it.

One writer, any readers, no waiting: a seqlock. A reader that meets a write tries again at most
TP_SLOT_RETRIES_MAX times and then has no value, as if it were stale; a writer that died half-way
leaves no value until the next write. (Boehm, "Can seqlocks get along with programming language
memory models?", MSPC 2012, for the fences.)

Cost: 32 bytes and the value copied, about 20 ns for 88 bytes without a writer. Worst case of a
read: the retries, each one copy.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport TP_SLOT_RETRIES_MAX
from tickpath.lanes.atomics cimport (
    fence_acquire, fence_release, load_acquire, load_relaxed, pause, store_relaxed, store_release,
    words_load, words_store,
)
from tickpath.lanes.shm cimport Mapping

cdef extern from "../lanes/slot_layout.h" nogil:
    enum:
        TP_SLOT_HEADER_BYTES
    const uint64_t TP_SLOT_MAGIC
    ctypedef struct tp_slot_stamp:
        uint64_t seq
        int64_t t_ns
        uint64_t model_hash
        uint64_t config_epoch
    ctypedef struct tp_slot:
        uint64_t magic
        uint64_t value_bytes
        uint64_t sequence
        tp_slot_stamp stamp

cdef enum:
    SLOT_EMPTY = 0          # never written
    SLOT_READ = 1
    SLOT_BUSY = 2           # the writer was in the way each time

cdef struct SlotState:
    tp_slot* slot
    uint64_t* value
    int64_t value_bytes


cdef inline void slot_write(
    SlotState* state, const tp_slot_stamp* stamp, const void* value,
) noexcept nogil:
    """Replace the value (`value_bytes` of it)."""
    cdef tp_slot* slot = state.slot
    cdef uint64_t odd = load_relaxed(&slot.sequence) | 1
    store_relaxed(&slot.sequence, odd)
    fence_release()
    words_store(<uint64_t*>&slot.stamp, stamp, sizeof(tp_slot_stamp))
    words_store(state.value, value, state.value_bytes)
    store_release(&slot.sequence, odd + 1)


cdef inline int32_t slot_read(
    const SlotState* state, tp_slot_stamp* stamp, void* value,
) noexcept nogil:
    """SLOT_READ and the last whole value, else SLOT_EMPTY or SLOT_BUSY and no meaning in `value`.
    """
    cdef tp_slot* slot = state.slot
    cdef uint64_t before
    cdef int32_t tries
    for tries in range(TP_SLOT_RETRIES_MAX):
        before = load_acquire(&slot.sequence)
        if before == 0:
            return SLOT_EMPTY
        if before & 1 == 0:
            words_load(stamp, <uint64_t*>&slot.stamp, sizeof(tp_slot_stamp))
            words_load(value, state.value, state.value_bytes)
            fence_acquire()
            if load_relaxed(&slot.sequence) == before:
                return SLOT_READ
        pause()
    return SLOT_BUSY


cdef class Slot:
    cdef SlotState state
    cdef readonly Mapping mapping
    cdef char* buffer
