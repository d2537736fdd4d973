"""Segments of a journal: prepared ahead of the walk and put away behind it, without the GIL.

`journal_work` runs on the worker's thread and meets the walk only at `ready` and `retired`. It does
the system calls: create, reserve the blocks (so that a full disk shows here and not as a signal on
the walk), map, touch every page, sync and unmap what is full.
"""

from libc.errno cimport EDQUOT, EEXIST, errno
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.string cimport memcpy
from posix.fcntl cimport O_CLOEXEC, O_CREAT, O_EXCL, O_RDWR, open, posix_fallocate
from posix.mman cimport (
    MAP_FAILED, MAP_SHARED, MS_SYNC, PROT_READ, PROT_WRITE, mmap, msync, munmap,
)
from posix.time cimport nanosleep, timespec
from posix.unistd cimport close, unlink
from tickpath.lanes.atomics cimport load_acquire, store_release
from tickpath.lanes.crc32c cimport crc32c_update
from tickpath.lanes.journal cimport TP_JOURNAL_HEADER_BYTES, JournalState, tp_journal_header

cdef enum:
    PAGE_BYTES = 4096
    PATH_BYTES_MAX = 4096
    IDLE_NS = 200000
    IDLE_NS_FAILED = 20000000


cdef inline void segment_path(
    const JournalState* journal, uint64_t segment, char* out
) noexcept nogil:
    snprintf(out, PATH_BYTES_MAX, "%s/%04x-%04x-%08llu.tpj", journal.folder,
             journal.header.engine_id, journal.header.epoch, <unsigned long long>segment)


cdef inline void segment_fill(JournalState* journal, char* base) noexcept nogil:
    """Touch every page, then write the header."""
    cdef tp_journal_header* header = &journal.header
    cdef volatile char* page = base
    cdef int64_t k = 0
    if journal.prefault:
        while k < journal.segment_bytes:
            page[k] = 0
            k += PAGE_BYTES
    header.checksum = ~crc32c_update(
        &journal.fold, ~<uint32_t>0, header, TP_JOURNAL_HEADER_BYTES - 4)
    memcpy(base, header, TP_JOURNAL_HEADER_BYTES)


cdef inline char* segment_open(JournalState* journal) noexcept nogil:
    """Create and map the next segment. NULL: see `error`; no file is left behind."""
    cdef char path[PATH_BYTES_MAX]
    cdef char* base = NULL
    cdef int fd
    if journal.header.segment >= journal.segments_max:
        journal.error = EDQUOT
        return NULL
    segment_path(journal, journal.header.segment, path)
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if fd < 0:
        journal.error = errno
        return NULL
    journal.error = posix_fallocate(fd, 0, journal.segment_bytes)
    if journal.error == 0:
        base = <char*>mmap(
            NULL, journal.segment_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
        if base == <char*>MAP_FAILED:
            journal.error = errno
            base = NULL
    close(fd)
    if base == NULL:
        unlink(path)
        return NULL
    segment_fill(journal, base)
    journal.header.segment += 1
    return base


cdef inline void segment_retire(JournalState* journal, char* base) noexcept nogil:
    """Sync and unmap a full segment; delete the one that falls out of the kept ones."""
    cdef char path[PATH_BYTES_MAX]
    if msync(base, journal.segment_bytes, MS_SYNC) == 0:
        journal.synced_count += 1
    munmap(base, journal.segment_bytes)
    journal.retired_count += 1
    if journal.segments_kept != 0 and journal.retired_count > journal.segments_kept:
        segment_path(journal, journal.retired_count - journal.segments_kept - 1, path)
        unlink(path)


cdef inline int32_t journal_work(JournalState* journal) noexcept nogil:
    """One step of the worker: 1 when a segment was prepared, 0 when there was nothing to do."""
    cdef char* base
    cdef uint64_t full
    if load_acquire(&journal.ready) != 0:
        return 0
    full = load_acquire(&journal.retired)
    store_release(&journal.retired, 0)
    base = segment_open(journal)
    if base != NULL:
        store_release(&journal.ready, <uint64_t>base)
    if full != 0:
        segment_retire(journal, <char*>full)
    return base != NULL


cdef inline void journal_work_until_stopped(JournalState* journal) noexcept nogil:
    """The worker's thread: works, else sleeps 0.2 ms (20 ms while it cannot prepare)."""
    cdef timespec idle
    idle.tv_sec = 0
    while load_acquire(&journal.stop) == 0:
        if journal_work(journal) == 0:
            idle.tv_nsec = IDLE_NS_FAILED if journal.error != 0 else IDLE_NS
            nanosleep(&idle, NULL)
