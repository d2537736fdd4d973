"""A ring of records between one producer and its readers, in plain or shared memory.

Two ways to use one layout. `ring_push`/`ring_pop`: one producer, one consumer, every record
arrives, a full ring refuses (and counts). `ring_publish`/`ring_observe`: the producer never waits
and never reads what an observer writes; each observer keeps its own place, a slow one finds its
records overwritten, skips ahead and counts them. Each side keeps a copy of the far index and looks
at the other's cache line only when its copy says full or empty (E. Rigtorp, "Optimizing a ring
buffer for throughput", 2021; the per-slot sequence is the seqlock of slot.pxd).

Cost: the copy of the record and one release store. Worst case of an observer: a producer that laps
it during each of RING_TRIES_MAX tries; then it reports nothing this time, and counts later.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy
from tickpath.lanes.atomics cimport (
    fence_acquire, fence_release, load_acquire, load_relaxed, store_relaxed, store_release,
    words_load, words_store,
)
from tickpath.lanes.shm cimport Mapping

cdef extern from "../lanes/ring_layout.h" nogil:
    enum:
        TP_RING_HEADER_BYTES
        TP_RING_SLOT_HEAD_BYTES
        TP_RING_LINE_BYTES
    const uint64_t TP_RING_MAGIC
    ctypedef struct tp_ring:
        uint64_t magic
        uint64_t slot_count
        uint64_t slot_bytes
        uint64_t record_bytes
        uint64_t lossy
        uint64_t head
        uint64_t dropped
        uint64_t tail
    ctypedef struct tp_ring_slot:
        uint64_t stamp
        uint64_t bytes

cdef enum:
    RING_TRIES_MAX = 16

cdef struct RingState:          # one side's own view; never shared with the other side
    tp_ring* ring
    char* slots
    uint64_t mask
    uint64_t slot_bytes
    uint64_t record_bytes
    uint64_t near               # producer: records written; reader: records read or skipped
    uint64_t far                # copy of the other side's index
    uint64_t lost               # observer: records overwritten before it read them


cdef inline tp_ring_slot* ring_slot(const RingState* side, uint64_t position) noexcept nogil:
    return <tp_ring_slot*>(side.slots + (position & side.mask) * side.slot_bytes)


cdef inline void ring_drop(RingState* side) noexcept nogil:
    store_relaxed(&side.ring.dropped, load_relaxed(&side.ring.dropped) + 1)


cdef inline char* ring_claim(RingState* producer) noexcept nogil:
    """Where the next payload goes, NULL when the ring is full. Nothing is published yet."""
    if producer.near - producer.far > producer.mask:
        producer.far = load_acquire(&producer.ring.tail)
        if producer.near - producer.far > producer.mask:
            return NULL
    return <char*>ring_slot(producer, producer.near) + TP_RING_SLOT_HEAD_BYTES


cdef inline void ring_commit(RingState* producer, int64_t bytes) noexcept nogil:
    """Publish what was written at `ring_claim`'s place."""
    ring_slot(producer, producer.near).bytes = <uint64_t>bytes
    producer.near += 1
    store_release(&producer.ring.head, producer.near)


cdef inline bint ring_push(RingState* producer, const void* record, int64_t bytes) noexcept nogil:
    """0 when the ring is full or the record too long: counted in `dropped`."""
    cdef char* place = ring_claim(producer)
    if place == NULL or <uint64_t>bytes > producer.record_bytes:
        ring_drop(producer)
        return 0
    memcpy(place, record, bytes)
    ring_commit(producer, bytes)
    return 1


cdef inline const char* ring_front(RingState* consumer, int64_t* bytes) noexcept nogil:
    """The oldest record in place, NULL when there is none; valid until `ring_release`."""
    cdef tp_ring_slot* slot
    if consumer.near == consumer.far:
        consumer.far = load_acquire(&consumer.ring.head)
        if consumer.near == consumer.far:
            return NULL
    slot = ring_slot(consumer, consumer.near)
    bytes[0] = <int64_t>load_relaxed(&slot.bytes)
    if <uint64_t>bytes[0] > consumer.record_bytes:      # another process may write anything
        bytes[0] = 0
    return <const char*>slot + TP_RING_SLOT_HEAD_BYTES


cdef inline void ring_release(RingState* consumer) noexcept nogil:
    """Give the front's slot back to the producer."""
    consumer.near += 1
    store_release(&consumer.ring.tail, consumer.near)


cdef inline int64_t ring_pop(RingState* consumer, void* out) noexcept nogil:
    """Bytes copied to `out` (room for `record_bytes`), -1 when the ring is empty."""
    cdef int64_t bytes = 0
    cdef const char* record = ring_front(consumer, &bytes)
    if record == NULL:
        return -1
    memcpy(out, record, bytes)
    ring_release(consumer)
    return bytes


cdef inline void ring_publish(
    RingState* producer, const void* record, int64_t bytes
) noexcept nogil:
    """Write over the oldest record; never waits, never fails. Too long a record is counted."""
    cdef tp_ring_slot* slot = ring_slot(producer, producer.near)
    if <uint64_t>bytes > producer.record_bytes:
        ring_drop(producer)
        return
    store_relaxed(&slot.stamp, 2 * producer.near + 1)
    fence_release()
    store_relaxed(&slot.bytes, <uint64_t>bytes)
    words_store(<uint64_t*>(<char*>slot + TP_RING_SLOT_HEAD_BYTES), record, bytes)
    store_release(&slot.stamp, 2 * producer.near + 2)
    producer.near += 1
    store_release(&producer.ring.head, producer.near)


cdef inline bint ring_copy(RingState* reader, void* out, int64_t* bytes) noexcept nogil:
    """Copy the slot at the reader's place; 0 when it was overwritten meanwhile."""
    cdef tp_ring_slot* slot = ring_slot(reader, reader.near)
    cdef uint64_t whole = 2 * reader.near + 2
    cdef uint64_t length
    if load_acquire(&slot.stamp) != whole:
        return 0
    length = load_relaxed(&slot.bytes)
    if length <= reader.record_bytes:
        words_load(out, <uint64_t*>(<char*>slot + TP_RING_SLOT_HEAD_BYTES), <int64_t>length)
    fence_acquire()
    if load_relaxed(&slot.stamp) != whole or length > reader.record_bytes:
        return 0
    bytes[0] = <int64_t>length
    return 1


cdef inline int64_t ring_observe(RingState* reader, void* out) noexcept nogil:
    """Bytes of the next record, -1 when there is none now. Skipped records are added to `lost`."""
    cdef uint64_t behind
    cdef int64_t bytes = -1
    cdef int32_t tries
    for tries in range(RING_TRIES_MAX):
        if reader.near == reader.far:
            reader.far = load_acquire(&reader.ring.head)
            if reader.near == reader.far:
                return -1
        if ring_copy(reader, out, &bytes):
            reader.near += 1
            return bytes
        reader.far = load_acquire(&reader.ring.head)
        behind = reader.far - reader.near
        if behind <= reader.mask:       # lapped during the copy: only this record is gone
            behind = 1
        else:
            behind -= (reader.mask >> 1) + 1    # go on in the middle of what is still there
        reader.near += behind
        reader.lost += behind
    return -1


cdef class Ring:
    cdef readonly Mapping mapping
    cdef tp_ring* ring
    cdef bint has_writer
    cdef bint has_consumer


cdef class RingWriter:
    cdef RingState state
    cdef readonly Ring ring


cdef class RingReader:
    cdef RingState state
    cdef readonly Ring ring
    cdef char* buffer
