"""The journal as the walk writes it: one append per input and per output, no system call.

In: kind, seq, receive time, payload in two parts. Out: TP_OK or TP_ENGINE_JOURNAL_FULL. The bytes
lie in a shared file mapping, so they survive the death of the process at any instruction; a power
loss keeps what the worker has synced. The worker (journal_segments.pxd) prepares the next segment
and takes the full one; the walk only exchanges pointers with it. Once full, always full: a journal
with a hole could not be replayed.

Cost: a copy and a checksum of the payload. Worst case: the first store to a page that the kernel
has written back since it was prefaulted takes a minor fault (about a microsecond); a journal on
tmpfs has none.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset
from tickpath.core.codes cimport TP_ENGINE_JOURNAL_FULL, TP_OK
from tickpath.lanes.atomics cimport load_acquire, store_release, store_release_u32
from tickpath.lanes.crc32c cimport Crc32cFold, crc32c_update, crc32c_word

cdef extern from "../lanes/journal_format.h" nogil:
    enum:
        TP_JOURNAL_VERSION
        TP_JOURNAL_HEADER_BYTES
        TP_JOURNAL_RECORD_BYTES
        TP_JOURNAL_RESERVE_BYTES
    enum:
        TP_JOURNAL_MARKET
        TP_JOURNAL_ORDER
        TP_JOURNAL_TIMER
        TP_JOURNAL_COMMAND
        TP_JOURNAL_SLOT
        TP_JOURNAL_OUT
        TP_JOURNAL_SNAPSHOT
        TP_JOURNAL_NOTE
        TP_JOURNAL_END
        TP_JOURNAL_CLOSE
    const uint64_t TP_JOURNAL_MAGIC
    ctypedef struct tp_journal_header:
        uint64_t magic
        uint32_t version
        uint32_t header_bytes
        uint64_t segment_bytes
        uint64_t segment
        uint64_t config_hash
        uint64_t build_hash
        uint64_t limits_hash
        int64_t created_ns
        uint32_t engine_id
        uint32_t epoch
        uint32_t checksum

cdef extern from *:
    """
    #define tp_prefetch_write(p) __builtin_prefetch((p), 1, 3)
    """
    void prefetch_write "tp_prefetch_write" (const void* p) noexcept nogil

cdef enum:
    JOURNAL_FOLDER_BYTES_MAX = 3840

cdef struct JournalState:
    # the walk's own
    char* base                  # mapping of the current segment
    int64_t used                # bytes of it in use, header included
    int64_t limit               # bytes of it that records may use
    uint64_t records            # appended since the start
    uint32_t seed               # the header's checksum, where each record's checksum begins
    int32_t full                # 1: no segment was ready; nothing is appended any more
    char walk_line[24]
    # crossing: the walk sets `retired`, then clears `ready`; the worker looks at `ready` first
    uint64_t ready              # address of a prepared segment, 0 when there is none
    uint64_t retired            # address of a full one, 0 when there is none
    char crossing_line[48]
    # the worker's own; settings are constant after start
    tp_journal_header header    # of the next segment to prepare
    int64_t segment_bytes
    uint64_t segments_max
    uint64_t segments_kept      # 0: all; n: the newest n full ones stay on disk
    uint64_t retired_count
    uint64_t stop               # 1: the worker's loop ends
    int32_t error               # errno of the last failed preparation, 0 when none
    int32_t prefault
    uint64_t synced_count       # segments synced to the disk by the worker
    Crc32cFold fold             # constant
    char folder[JOURNAL_FOLDER_BYTES_MAX]


cdef inline char* journal_record(
    char* at, int64_t length, int32_t kind, uint64_t seq, int64_t t_recv_ns, uint32_t* register,
) noexcept nogil:
    """Write all of a record's head but its length; returns where the payload goes."""
    cdef uint32_t crc = register[0]
    (<uint32_t*>at)[1] = <uint32_t>kind
    (<uint64_t*>at)[1] = seq
    (<int64_t*>at)[2] = t_recv_ns
    crc = crc32c_word(crc, <uint64_t>length | (<uint64_t><uint32_t>kind << 32))
    crc = crc32c_word(crc, seq)
    register[0] = crc32c_word(crc, <uint64_t>t_recv_ns)
    return at + 24


cdef inline void journal_publish(char* at, int64_t length, uint32_t crc) noexcept nogil:
    """Checksum behind the payload, then the length: from here on the record exists."""
    cdef uint32_t final = ~crc
    memcpy(at + length - 4, &final, 4)
    store_release_u32(<uint32_t*>at, <uint32_t>length)


cdef inline void journal_mark(
    JournalState* journal, int32_t kind, uint64_t seq, int64_t t_recv_ns,
) noexcept nogil:
    """END or CLOSE, into the bytes kept free for it."""
    cdef uint32_t crc = journal.seed
    cdef char* at = journal.base + journal.used
    journal_record(at, TP_JOURNAL_RECORD_BYTES, kind, seq, t_recv_ns, &crc)
    journal_publish(at, TP_JOURNAL_RECORD_BYTES, crc)
    journal.used += TP_JOURNAL_RESERVE_BYTES


cdef inline void journal_enter(JournalState* journal, char* base) noexcept nogil:
    """Go on in a prepared segment."""
    journal.base = base
    journal.used = TP_JOURNAL_HEADER_BYTES
    journal.seed = (<tp_journal_header*>base).checksum


cdef inline bint journal_turn(
    JournalState* journal, int64_t need, uint64_t seq, int64_t t_recv_ns,
) noexcept nogil:
    """Change to the prepared segment. 0: there is none, or the record is larger than a segment."""
    cdef uint64_t next_base = load_acquire(&journal.ready)
    if journal.full or next_base == 0 or TP_JOURNAL_HEADER_BYTES + need > journal.limit:
        journal.full = 1
        return 0
    journal_mark(journal, TP_JOURNAL_END, seq, t_recv_ns)
    store_release(&journal.retired, <uint64_t>journal.base)
    store_release(&journal.ready, 0)
    journal_enter(journal, <char*>next_base)
    return 1


cdef inline int32_t journal_append(
    JournalState* journal, int32_t kind, uint64_t seq, int64_t t_recv_ns,
    const void* head, int64_t head_bytes, const void* body, int64_t body_bytes,
) noexcept nogil:
    """One record with the payload head + body (either may be empty). Complete when this returns."""
    cdef int64_t length = TP_JOURNAL_RECORD_BYTES + head_bytes + body_bytes
    cdef int64_t padded = (length + 7) & ~<int64_t>7
    cdef uint32_t crc
    cdef char* at
    cdef char* payload
    if journal.full or journal.used + padded > journal.limit:
        if not journal_turn(journal, padded, seq, t_recv_ns):
            return TP_ENGINE_JOURNAL_FULL
    at = journal.base + journal.used
    crc = journal.seed
    payload = journal_record(at, length, kind, seq, t_recv_ns, &crc)
    if head_bytes > 0:
        memcpy(payload, head, head_bytes)
        crc = crc32c_update(&journal.fold, crc, head, head_bytes)
    if body_bytes > 0:
        memcpy(payload + head_bytes, body, body_bytes)
        crc = crc32c_update(&journal.fold, crc, body, body_bytes)
    journal_publish(at, length, crc)
    journal.used += padded
    journal.records += 1
    prefetch_write(journal.base + journal.used)
    prefetch_write(journal.base + journal.used + 64)
    prefetch_write(journal.base + journal.used + 128)
    prefetch_write(journal.base + journal.used + 192)
    return TP_OK


cdef class Journal:
    cdef JournalState* state
    cdef readonly str path
    cdef object thread
