"""Python handle of a slot. The verbs are in slot.pxd."""

from typing import NamedTuple

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from tickpath.core.records cimport TP_SLOT_VALUE_BYTES_MAX

from tickpath.core.errors import ConfigError, DataError


cdef extern from "<sched.h>" nogil:
    int sched_yield() noexcept

cdef enum:
    READS_MAX = 1 << 26     # without a value, of the test driver below


class SlotValue(NamedTuple):
    """A value with what it was made from."""

    value: bytes
    seq: int
    t_ns: int
    model_hash: int
    config_epoch: int


cdef int _join(Slot self) except -1:
    self.state.slot = <tp_slot*>self.mapping.base
    self.state.value = <uint64_t*>(self.mapping.base + TP_SLOT_HEADER_BYTES)
    self.state.value_bytes = self.state.slot.value_bytes
    self.buffer = <char*>calloc(1, self.state.value_bytes)
    if self.buffer == NULL:
        raise MemoryError("slot: no memory for a value")
    return 0


cdef class Slot:
    """A last value in memory of this process (`create`) or of another one (`attach`)."""

    def __dealloc__(self):
        free(self.buffer)

    @staticmethod
    def create(int64_t value_bytes, *, path=None):
        """A new, empty slot, in anonymous memory or in a new file."""
        cdef Slot self = Slot.__new__(Slot)
        cdef int64_t bytes = TP_SLOT_HEADER_BYTES + ((value_bytes + 63) & ~<int64_t>63)
        if value_bytes < 1 or value_bytes > TP_SLOT_VALUE_BYTES_MAX:
            raise ConfigError(
                f"slot: a value of {value_bytes} bytes: take 1..{TP_SLOT_VALUE_BYTES_MAX}")
        self.mapping = Mapping.anonymous(bytes) if path is None else Mapping.create(path, bytes)
        (<tp_slot*>self.mapping.base).value_bytes = value_bytes
        store_release(&(<tp_slot*>self.mapping.base).magic, TP_SLOT_MAGIC)
        _join(self)
        return self

    @staticmethod
    def attach(source, bint writable=False):
        """A slot that another process made: a path or an open descriptor."""
        cdef Slot self = Slot.__new__(Slot)
        cdef tp_slot* slot
        self.mapping = Mapping.attach(source, writable)
        slot = <tp_slot*>self.mapping.base
        if self.mapping.bytes < TP_SLOT_HEADER_BYTES or slot.magic != TP_SLOT_MAGIC:
            raise DataError(f"{self.mapping.path}: not a slot")
        if (slot.value_bytes < 1 or slot.value_bytes > TP_SLOT_VALUE_BYTES_MAX
                or slot.value_bytes + TP_SLOT_HEADER_BYTES > <uint64_t>self.mapping.bytes):
            raise DataError(f"{self.mapping.path}: damaged slot: {slot.value_bytes} bytes of value")
        _join(self)
        return self

    @property
    def value_bytes(self):
        """Bytes of a value."""
        return self.state.value_bytes

    def write(self, bytes value, *, uint64_t seq=0, int64_t t_ns=0, uint64_t model_hash=0,
              uint64_t config_epoch=0) -> None:
        """Replace the value and its stamp."""
        cdef tp_slot_stamp stamp
        if not self.mapping.writable or len(value) != self.state.value_bytes:
            raise DataError(
                f"slot: {len(value)} bytes given, it holds {self.state.value_bytes}"
                f"{'' if self.mapping.writable else ', mapped for reading only'}")
        stamp.seq = seq
        stamp.t_ns = t_ns
        stamp.model_hash = model_hash
        stamp.config_epoch = config_epoch
        slot_write(&self.state, &stamp, <const char*>value)

    def read(self) -> SlotValue | None:
        """The last value; None before the first write or while a write never ends."""
        cdef tp_slot_stamp stamp
        if slot_read(&self.state, &stamp, self.buffer) != SLOT_READ:
            return None
        return SlotValue(self.buffer[:self.state.value_bytes], stamp.seq, stamp.t_ns,
                         stamp.model_hash, stamp.config_epoch)

    def write_sequence(self, uint64_t count) -> None:
        """Write `count` values, each filled with one rising u64, without the GIL: for tests."""
        cdef tp_slot_stamp stamp
        cdef uint64_t[512] words
        cdef uint64_t k
        cdef int w
        if self.state.value_bytes > 4096 or not self.mapping.writable:
            raise ConfigError(
                "slot: write_sequence needs at most 4096 bytes and a writable mapping")
        with nogil:
            for k in range(1, count + 1):
                for w in range(512):
                    words[w] = k
                stamp.seq = k
                stamp.t_ns = <int64_t>k
                stamp.model_hash = k
                stamp.config_epoch = k
                slot_write(&self.state, &stamp, words)

    def check_sequence(self, uint64_t last) -> tuple[int, int, int]:
        """Read until `last` arrives, without the GIL: (values read, torn or going back, busy)."""
        cdef tp_slot_stamp stamp
        cdef uint64_t* words = <uint64_t*>self.buffer
        cdef uint64_t seen = 0
        cdef uint64_t count = 0
        cdef uint64_t wrong = 0
        cdef uint64_t busy = 0
        cdef uint64_t empty = 0
        cdef int64_t w
        cdef int32_t code
        with nogil:
            while seen < last:
                code = slot_read(&self.state, &stamp, self.buffer)
                busy += code == SLOT_BUSY
                if code != SLOT_READ:
                    empty += 1
                    if empty == READS_MAX:
                        break
                    sched_yield()
                    continue
                count += 1
                wrong += stamp.seq < seen or stamp.config_epoch != stamp.seq
                for w in range(self.state.value_bytes // 8):
                    wrong += words[w] != stamp.seq
                seen = stamp.seq
        return count, wrong, busy
