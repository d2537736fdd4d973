"""Python handle of the native order book: same interface as `l3.L3Book`. No logic."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport TP_INSTRUMENTS_MAX
from tickpath.venues.nasdaq.l3 cimport (
    L3Level,
    L3Order,
    L3State,
    l3_add,
    l3_ahead,
    l3_clear,
    l3_delete,
    l3_drop,
    l3_find,
    l3_init,
    l3_reduce,
    l3_replace,
)

from tickpath.core.errors import CapacityError, DataError
from tickpath.venues.nasdaq.l3 import HEAD, ORDER, VERSION, Order, capacity, unpack


cdef class L3Book:
    """Live orders of some instruments, by reference and by level."""

    def __cinit__(self, int instruments):
        cdef int64_t room = capacity(instruments)
        cdef size_t index = 2 * room * sizeof(uint64_t)
        if instruments > TP_INSTRUMENTS_MAX:
            raise CapacityError(f"L3 book: {instruments} instruments, at most {TP_INSTRUMENTS_MAX}")
        if not arena_init(
                &self.arena, sizeof(L3State) + room * (sizeof(L3Order) + sizeof(L3Level))
                + 2 * index + 5 * 64):
            raise MemoryError()
        self.state = <L3State*>arena_take(&self.arena, sizeof(L3State))
        orders = <size_t>arena_take(&self.arena, room * sizeof(L3Order))
        levels = <size_t>arena_take(&self.arena, room * sizeof(L3Level))
        first = <size_t>arena_take(&self.arena, index)
        second = <size_t>arena_take(&self.arena, index)
        l3_init(
            self.state, <L3Order*><size_t>orders, <L3Level*><size_t>levels,
            <uint64_t*><size_t>first, <uint64_t*><size_t>second, room)
        self.instrument_count = instruments

    def __dealloc__(self):
        arena_free(&self.arena)

    @property
    def capacity(self):
        """Orders that fit."""
        return self.state.capacity

    @property
    def order_count(self):
        """Live orders."""
        return self.state.order_count

    @property
    def hash(self):
        """Hash of all live orders that does not depend on the order of changes, 0 when empty."""
        return self.state.hash

    def clear(self):
        """Forget every order."""
        l3_clear(self.state, 2 * self.state.capacity)

    def add(self, uint64_t reference, int32_t instrument, int32_t side, uint32_t shares,
            uint32_t price):
        """A and F: a new order behind the others of its level."""
        return self.answer(
            l3_add(self.state, reference, self._queue(instrument, side), shares, price))

    def reduce(self, uint64_t reference, uint32_t shares):
        """E, C and X: fewer shares, the same place in the queue."""
        return self.answer(l3_reduce(self.state, l3_find(self.state, reference), shares))

    def delete(self, uint64_t reference):
        """D: the whole order."""
        return self.answer(l3_delete(self.state, l3_find(self.state, reference)))

    def replace(self, uint64_t reference, uint64_t new, uint32_t shares, uint32_t price):
        """U: the old order goes, a new one of its side stands behind the others of its level."""
        return self.answer(
            l3_replace(self.state, l3_find(self.state, reference), new, shares, price))

    def drop(self, int32_t instrument):
        """Forget the orders of one instrument."""
        l3_drop(self.state, self._queue(instrument, 0) >> 1)

    cdef object answer(self, int32_t code):
        changes = []
        if code == TP_OK:
            for k in range(self.state.change_count):
                c = self.state.changes[k]
                changes.append((c.queue & 1, c.price, c.shares))
        return code, changes

    def _queue(self, int32_t instrument, int32_t side):
        if not 0 <= instrument < self.instrument_count or side not in (0, 1):
            raise IndexError(f"instrument {instrument}, side {side} of {self.instrument_count}")
        return instrument * 2 + side

    def find(self, uint64_t reference):
        """A live order."""
        cdef int32_t at = l3_find(self.state, reference)
        cdef L3Order* o
        cdef L3Level* level
        if at < 0:
            return None
        o = &self.state.orders[at]
        level = &self.state.levels[o.level]
        return Order(level.queue >> 1, level.queue & 1, level.price, o.shares)

    def ahead(self, uint64_t reference):
        """Shares that are executed before an order at its price, -1 when it is not there."""
        cdef int32_t at = l3_find(self.state, reference)
        return -1 if at < 0 else l3_ahead(self.state, at)

    def depth(self, int32_t instrument, int32_t side):
        """(price, shares) of every level of a side, best first."""
        cdef int32_t at = self.state.sides[self._queue(instrument, side)]
        found = []
        while at >= 0:
            found.append((self.state.levels[at].price, self.state.levels[at].shares))
            at = self.state.levels[at].next
        return sorted(found, reverse=side == 0)

    def export_state(self):
        """Canonical bytes, see l3.py."""
        cdef int32_t at, order
        parts = [HEAD.pack(VERSION, self.state.order_count)]
        for queue in range(2 * self.instrument_count):
            levels = []
            at = self.state.sides[queue]
            while at >= 0:
                levels.append((self.state.levels[at].price, at))
                at = self.state.levels[at].next
            for price, level in sorted(levels):
                order = self.state.levels[<int32_t>level].head
                while order >= 0:
                    o = self.state.orders[order]
                    parts.append(
                        ORDER.pack(o.reference, queue >> 1, queue & 1, price, o.shares))
                    order = o.next
        return b"".join(parts)

    def import_state(self, bytes data):
        """Continue from bytes that any backend exported. Raises DataError for anything else."""
        orders = unpack(data, self.instrument_count)
        self.clear()
        for reference, instrument, side, price, shares in orders:
            code, _ = self.add(reference, instrument, side, shares, price)
            if code != TP_OK:
                self.clear()
                raise DataError(f"L3 state: order {reference} refused with code {code}")
