"""Python handles of a ring: the ring, its one writer, its readers. The verbs are in ring.pxd."""

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport calloc, free
from tickpath.core.records cimport TP_RING_RECORD_BYTES_MAX, TP_RING_SLOTS_MAX
from tickpath.lanes.atomics cimport load_acquire, load_relaxed, pause, store_release

from tickpath.core.errors import ConfigError, DataError


cdef extern from "<sched.h>" nogil:
    int sched_yield() noexcept

cdef enum:
    SPINS_MAX = 1 << 30     # of the test drivers below, so that a lost peer ends them


cdef inline bint _spin(uint64_t* spins) noexcept nogil:
    """Wait a moment; 0 when it has been too long."""
    spins[0] += 1
    if spins[0] & 255 == 0:
        sched_yield()
    pause()
    return spins[0] < SPINS_MAX


cdef uint64_t _stride(uint64_t record_bytes):
    return (TP_RING_SLOT_HEAD_BYTES + record_bytes + TP_RING_LINE_BYTES - 1) & ~<uint64_t>(
        TP_RING_LINE_BYTES - 1)


cdef int _check_layout(const tp_ring* ring, int64_t bytes, str path) except -1:
    """Refuse a mapping that is no ring or would be read beyond its end."""
    cdef uint64_t count = ring.slot_count
    cdef uint64_t record = ring.record_bytes
    if bytes < TP_RING_HEADER_BYTES or ring.magic != TP_RING_MAGIC:
        raise DataError(f"{path}: not a ring")
    if count < 2 or count > TP_RING_SLOTS_MAX or count & (count - 1) != 0:
        raise DataError(f"{path}: damaged ring: {count} slots")
    if record < 1 or record > TP_RING_RECORD_BYTES_MAX or ring.slot_bytes != _stride(record):
        raise DataError(f"{path}: damaged ring: records of {record} bytes")
    if bytes < <int64_t>(TP_RING_HEADER_BYTES + count * ring.slot_bytes):
        raise DataError(f"{path}: damaged ring: the file is too short")
    return 0


cdef class Ring:
    """A ring in memory of this process (`create`) or of another one (`attach`).

    lossy=False: one writer, one consumer, a full ring refuses. lossy=True: the writer never waits
    and any number of observers, read-only mappings included, count what they lost.
    """

    @staticmethod
    def create(*, uint64_t slots, uint64_t record_bytes, bint lossy=False, path=None):
        """A new ring, in anonymous memory or in a new file."""
        cdef Ring self = Ring.__new__(Ring)
        cdef int64_t bytes
        if slots < 2 or slots > TP_RING_SLOTS_MAX or slots & (slots - 1) != 0:
            raise ConfigError(
                f"ring: {slots} slots: take a power of two of 2..{TP_RING_SLOTS_MAX}")
        if record_bytes < 1 or record_bytes > TP_RING_RECORD_BYTES_MAX:
            raise ConfigError(
                f"ring: records of {record_bytes} bytes: take 1..{TP_RING_RECORD_BYTES_MAX}")
        bytes = TP_RING_HEADER_BYTES + slots * _stride(record_bytes)
        self.mapping = Mapping.anonymous(bytes) if path is None else Mapping.create(path, bytes)
        self.ring = <tp_ring*>self.mapping.base
        self.ring.slot_count = slots
        self.ring.slot_bytes = _stride(record_bytes)
        self.ring.record_bytes = record_bytes
        self.ring.lossy = lossy
        store_release(&self.ring.magic, TP_RING_MAGIC)
        return self

    @staticmethod
    def attach(source, bint writable=True):
        """A ring that another process made: a path or an open descriptor."""
        cdef Ring self = Ring.__new__(Ring)
        self.mapping = Mapping.attach(source, writable)
        self.ring = <tp_ring*>self.mapping.base
        _check_layout(self.ring, self.mapping.bytes, self.mapping.path)
        return self

    def writer(self) -> RingWriter:
        """The one producer. Two producers of one ring destroy it."""
        if self.has_writer or not self.mapping.writable:
            raise ConfigError("ring: it has a writer already, or is mapped for reading only")
        writer = RingWriter(self)
        self.has_writer = True
        return writer

    def reader(self) -> RingReader:
        """A consumer (one) of a ring that refuses, or an observer of a lossy one."""
        if not self.lossy and (self.has_consumer or not self.mapping.writable):
            raise ConfigError("ring: it has a consumer already, or is mapped for reading only")
        reader = RingReader(self)
        self.has_consumer = not self.lossy
        return reader

    @property
    def lossy(self) -> bool:
        return self.ring.lossy != 0

    @property
    def slots(self) -> int:
        return self.ring.slot_count

    @property
    def record_bytes(self) -> int:
        return self.ring.record_bytes

    @property
    def written(self) -> int:
        """Records published so far."""
        return load_acquire(&self.ring.head)

    @property
    def dropped(self) -> int:
        """Records the writer could not place: ring full, or record too long."""
        return load_relaxed(&self.ring.dropped)


cdef int _join(RingState* side, Ring ring) except -1:
    side.ring = ring.ring
    side.slots = ring.mapping.base + TP_RING_HEADER_BYTES
    side.mask = ring.ring.slot_count - 1
    side.slot_bytes = ring.ring.slot_bytes
    side.record_bytes = ring.ring.record_bytes
    return 0


cdef class RingWriter:
    """The producer's side. The engine takes `state`; Python calls `push`."""

    def __init__(self, Ring ring):
        self.ring = ring
        _join(&self.state, ring)
        self.state.near = load_acquire(&ring.ring.head)
        self.state.far = load_acquire(&ring.ring.tail)

    def push(self, bytes record) -> bool:
        """Whether it was taken; on a lossy ring always, unless it is too long."""
        cdef const char* data = record
        cdef int64_t length = len(record)
        if not self.ring.ring.lossy:
            return ring_push(&self.state, data, length)
        ring_publish(&self.state, data, length)
        return <uint64_t>length <= self.state.record_bytes

    def push_sequence(self, uint64_t first, uint64_t count, bytes padding=b"") -> None:
        """Push `count` records of a rising u64, `padding` and the u64 again, without the GIL,
        spinning while the ring is full: for benches and tests."""
        cdef RingState* side = &self.state
        cdef char[4096] record
        cdef int64_t length = 16 + len(padding)
        cdef uint64_t k
        cdef uint64_t value
        cdef uint64_t spins = 0
        if length > 4096 or length > side.record_bytes:
            raise ConfigError(f"ring: {length} bytes do not fit a record")
        memcpy(record + 8, <const char*>padding, len(padding))
        with nogil:
            for k in range(count):
                value = first + k
                memcpy(record, &value, 8)
                memcpy(record + length - 8, &value, 8)
                if side.ring.lossy:
                    ring_publish(side, record, length)
                    continue
                while ring_claim(side) == NULL and _spin(&spins):
                    pass
                ring_push(side, record, length)


cdef class RingReader:
    """A reader's side. `pop` copies the oldest record out."""

    def __init__(self, Ring ring):
        self.ring = ring
        _join(&self.state, ring)
        self.state.far = load_acquire(&ring.ring.head)
        self.state.near = self.state.far if ring.ring.lossy else load_acquire(&ring.ring.tail)
        self.buffer = <char*>calloc(1, self.state.record_bytes)
        if self.buffer == NULL:
            raise MemoryError("ring: no memory for a record")

    def __dealloc__(self):
        free(self.buffer)

    def pop(self) -> bytes | None:
        """The next record, None when there is none."""
        cdef int64_t length
        if self.state.ring.lossy:
            length = ring_observe(&self.state, self.buffer)
        else:
            length = ring_pop(&self.state, self.buffer)
        return None if length < 0 else self.buffer[:length]

    def take(self, unsigned char[:, ::1] records) -> int:
        """Copy the oldest records into the rows of an array, each as long as the longest record;
        returns how many. What a shorter record leaves of its row is not touched."""
        cdef int64_t k, length, count = 0
        if <uint64_t>records.shape[1] < self.state.record_bytes:
            raise ConfigError(
                f"ring: rows of {records.shape[1]} bytes, records have {self.state.record_bytes}")
        with nogil:
            for k in range(records.shape[0]):
                if self.state.ring.lossy:
                    length = ring_observe(&self.state, &records[k, 0])
                else:
                    length = ring_pop(&self.state, &records[k, 0])
                if length < 0:
                    break
                count += 1
        return count

    def check_sequence(self, uint64_t first, uint64_t last) -> tuple[int, int]:
        """Read what `push_sequence` pushes until `last` arrives, without the GIL. Returns the
        records read and those torn or out of order: for benches and tests."""
        cdef RingState* side = &self.state
        cdef char* buffer = self.buffer
        cdef uint64_t expected = first
        cdef uint64_t value = 0
        cdef uint64_t again = 0
        cdef uint64_t count = 0
        cdef uint64_t wrong = 0
        cdef uint64_t spins = 0
        cdef int64_t length
        with nogil:
            while count == 0 or value != last:
                if side.ring.lossy:
                    length = ring_observe(side, buffer)
                else:
                    length = ring_pop(side, buffer)
                if length < 16:
                    if not _spin(&spins):
                        break
                    continue
                memcpy(&value, buffer, 8)
                memcpy(&again, buffer + length - 8, 8)
                if value != again or value < expected or (
                    side.ring.lossy == 0 and value != expected
                ):
                    wrong += 1
                expected = value + 1
                count += 1
        return count, wrong

    @property
    def lost(self) -> int:
        """Observer: records overwritten before they were read."""
        return self.state.lost

    @property
    def waiting(self) -> int:
        """Records published and not yet read."""
        return load_acquire(&self.state.ring.head) - self.state.near
