"""Python handle of the journal: creates it, runs its worker, closes it. The walk uses journal.pxd.
"""

import errno as errno_module
import os
import threading
from pathlib import Path

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memset
from posix.mman cimport MS_SYNC, msync, munmap
from posix.stdlib cimport posix_memalign
from tickpath.lanes.atomics cimport load_acquire, store_release
from tickpath.lanes.crc32c cimport (
    Crc32cFold, crc32c_bytewise, crc32c_fold_init, crc32c_update,
)
from tickpath.lanes.journal_segments cimport (
    journal_work, journal_work_until_stopped, segment_open, segment_retire,
)

from tickpath.core.errors import CapacityError, JournalError
from tickpath.lanes.journal_format import runs_of, segment_name

SEGMENT_BYTES = 64 * 1024 * 1024
_SEGMENT_BYTES_MIN = 4096

cdef Crc32cFold _fold
crc32c_fold_init(&_fold)


def crc32c(data, uint32_t value=0) -> int:
    """CRC-32C of a bytes-like object, continuing from `value`."""
    cdef const unsigned char[::1] view = data
    if view.shape[0] == 0:
        return value
    return <uint32_t>~crc32c_update(&_fold, ~value, &view[0], view.shape[0])


def crc32c_single(data, uint32_t value=0) -> int:
    """The same without the folded streams, as on a processor without carry-less multiply."""
    cdef Crc32cFold plain
    cdef const unsigned char[::1] view = data
    if view.shape[0] == 0:
        return value
    crc32c_fold_init(&plain)
    plain.on = 0
    return <uint32_t>~crc32c_update(&plain, ~value, &view[0], view.shape[0])


def crc32c_table(data, uint32_t value=0) -> int:
    """The same by table, as on any other processor."""
    cdef const unsigned char[::1] view = data
    if view.shape[0] == 0:
        return value
    return <uint32_t>~crc32c_bytewise(~value, &view[0], view.shape[0])


cdef int _configure(Journal self, object header, int64_t segment_bytes, uint64_t segments_max,
                    uint64_t segments_kept, bint prefault) except -1:
    cdef bytes folder = os.fsencode(self.path)
    cdef JournalState* state = self.state
    if len(folder) >= JOURNAL_FOLDER_BYTES_MAX:
        raise JournalError(f"{self.path}: name of the folder is too long")
    memcpy(state.folder, <const char*>folder, len(folder))
    state.header.magic = TP_JOURNAL_MAGIC
    state.header.version = TP_JOURNAL_VERSION
    state.header.header_bytes = TP_JOURNAL_HEADER_BYTES
    state.header.segment_bytes = segment_bytes
    state.header.config_hash = int(header.config_hash, 16)
    state.header.build_hash = int(header.build_hash, 16)
    state.header.limits_hash = int(header.limits_hash, 16)
    state.header.created_ns = header.created_ns
    state.header.engine_id = header.engine_id
    state.header.epoch = header.epoch
    state.segment_bytes = segment_bytes
    state.segments_max = segments_max
    state.segments_kept = segments_kept
    state.prefault = prefault
    state.limit = segment_bytes - TP_JOURNAL_RESERVE_BYTES
    return 0


cdef int _enter_first(Journal self) except -1:
    cdef char* base
    with nogil:
        base = segment_open(self.state)
    if base == NULL:
        raise CapacityError(f"{self.path}: no journal segment: {self.error}")
    journal_enter(self.state, base)
    with nogil:
        journal_work(self.state)
    return 0


cdef class Journal:
    """An open journal. `append` is what the walk does, for Python callers.

    Use as a context manager, or call `close`. `start` runs the worker on its own thread, which
    holds no GIL; without it call `do_work` now and then.
    """

    def __cinit__(self):
        cdef void* block = NULL
        if posix_memalign(&block, 64, sizeof(JournalState)) != 0:
            raise MemoryError("no memory for a journal's state")
        memset(block, 0, sizeof(JournalState))
        self.state = <JournalState*>block
        crc32c_fold_init(&self.state.fold)

    def __dealloc__(self):
        if self.state != NULL:
            if self.state.base != NULL:
                munmap(self.state.base, self.state.segment_bytes)
            if self.state.ready != 0:
                munmap(<void*>self.state.ready, self.state.segment_bytes)
            if self.state.retired != 0:
                munmap(<void*>self.state.retired, self.state.segment_bytes)
            free(self.state)

    @staticmethod
    def create(path, header, *, int64_t segment_bytes=SEGMENT_BYTES,
               uint64_t segments_max=100_000_000, uint64_t segments_kept=0, bint prefault=True):
        """A new journal in the folder `path`, ready to append. Refuses to touch an existing one."""
        cdef Journal self = Journal.__new__(Journal)
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        if (header.engine_id, header.epoch) in runs_of(folder):
            raise JournalError(
                f"{folder}: engine {header.engine_id} already has a journal of epoch "
                f"{header.epoch} there: take the next epoch or another folder"
            )
        if segment_bytes < _SEGMENT_BYTES_MIN or segment_bytes % 4096:
            raise JournalError(
                f"segment_bytes is {segment_bytes}: take a multiple of 4096, "
                f"at least {_SEGMENT_BYTES_MIN}"
            )
        self.path = str(folder)
        _configure(self, header, segment_bytes, segments_max, segments_kept, prefault)
        _enter_first(self)
        return self

    def append(self, int32_t kind, uint64_t seq, int64_t t_recv_ns, bytes payload=b"") -> int:
        """One record; the code of `journal_append`."""
        cdef const char* data = payload
        self._check_open()
        return journal_append(
            self.state, kind, seq, t_recv_ns, NULL, 0, data, len(payload))

    def append_many(self, int32_t kind, uint64_t seq, int64_t t_recv_ns, bytes payload,
                    int64_t count) -> int:
        """`count` equal records with seq rising by one, without the GIL: for benches and tests.
        Returns how many were appended before the journal was full."""
        cdef const char* data = payload
        cdef int64_t length = len(payload)
        cdef int64_t k = 0
        self._check_open()
        with nogil:
            while k < count and journal_append(
                self.state, kind, seq + <uint64_t>k, t_recv_ns, NULL, 0, data, length
            ) == TP_OK:
                k += 1
        return k

    def do_work(self) -> int:
        """One step of the worker: 1 when a segment was prepared."""
        cdef int32_t done
        self._check_open()
        if self.thread is not None:
            raise JournalError(f"{self.path}: the worker runs on its own thread: leave it alone")
        with nogil:
            done = journal_work(self.state)
        return done

    def start(self) -> None:
        """Run the worker on a thread of its own."""
        self._check_open()
        if self.thread is None:
            store_release(&self.state.stop, 0)
            self.thread = threading.Thread(target=self._run, name="journal", daemon=True)
            self.thread.start()

    def _run(self) -> None:
        with nogil:
            journal_work_until_stopped(self.state)

    def sync(self) -> None:
        """Force what is written of the current segment to the disk. Not for the walk's thread."""
        self._check_open()
        fd = os.open(self._current(), os.O_RDONLY)
        try:
            os.fdatasync(fd)
        finally:
            os.close(fd)

    def close(self) -> None:
        """Stop the worker, mark the journal closed in order and cut the last segment to size. A
        journal that became full is not marked: it was not closed in order."""
        cdef JournalState* state = self.state
        if state.base == NULL:
            return
        self._stop()
        current = self._current()
        if not state.full:
            journal_mark(state, TP_JOURNAL_CLOSE, 0, 0)
        with nogil:
            msync(state.base, state.segment_bytes, MS_SYNC)
            munmap(state.base, state.segment_bytes)
        state.base = NULL
        if not state.full:
            os.truncate(current, state.used)
        if state.retired != 0:
            segment_retire(state, <char*>state.retired)
            state.retired = 0
        if state.ready != 0:
            munmap(<void*>state.ready, state.segment_bytes)
            state.ready = 0
            os.unlink(self._file(state.header.segment - 1))

    def _stop(self) -> None:
        if self.thread is not None:
            store_release(&self.state.stop, 1)
            self.thread.join()
            self.thread = None

    def _check_open(self) -> None:
        if self.state.base == NULL:
            raise JournalError(f"{self.path}: the journal is closed")

    def _file(self, segment) -> str:
        header = self.state.header
        return os.path.join(
            self.path, segment_name(header.engine_id, header.epoch, segment))

    def _current(self) -> str:
        return self._file((<tp_journal_header*>self.state.base).segment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def used_bytes(self) -> int:
        """Bytes in use of the current segment."""
        return self.state.used

    @property
    def room_bytes(self) -> int:
        """Bytes that records may still use of the current segment, their heads and padding too."""
        return 0 if self.state.full else self.state.limit - self.state.used

    @property
    def segment_bytes(self) -> int:
        """Size of every segment."""
        return self.state.segment_bytes

    @property
    def records(self) -> int:
        """Records appended since the start."""
        return self.state.records

    @property
    def full(self) -> bool:
        """No segment was ready: nothing is appended any more and trading has to halt."""
        return self.state.full != 0

    @property
    def segment(self) -> int:
        """Number of the current segment."""
        self._check_open()
        return (<tp_journal_header*>self.state.base).segment

    @property
    def ready(self) -> bool:
        """The next segment is prepared."""
        return load_acquire(&self.state.ready) != 0

    @property
    def error(self) -> str:
        """Why the last preparation failed, or an empty text."""
        if self.state.error == 0:
            return ""
        if self.state.error == errno_module.EDQUOT:
            return f"all {self.state.segments_max} segments are used (segments_max)"
        return os.strerror(self.state.error)
