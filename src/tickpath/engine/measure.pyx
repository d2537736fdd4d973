"""Tick-to-order in process: a fenced stamp when the frame's bytes are in the receive buffer,
another when the order's bytes are complete.

Drives an engine through its `tp_engine_api`. Every frame leads to an order; the venue's answer (an
expired IOC) is fed in outside the stamps, so no table, rate or position fills up. The cost of the
stamp pair is measured and reported, never subtracted.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from tickpath.core.clock cimport stamp_begin, stamp_end
from tickpath.core.ids cimport client_order_id_text
from tickpath.core.records cimport (
    TP_FRAME_BYTES_MAX,
    TP_FRAME_PADDING_BYTES,
    tp_engine_api,
    tp_out_header,
)

cdef extern from *:
    """
    #define tp_escape(p) __asm__ volatile("" : : "g"(p) : "memory")
    """
    void escape "tp_escape" (void* p) noexcept nogil


cdef class TickToOrder:
    """One engine under measurement; `answer` is a report frame with the id's place at `id_at`."""

    cdef tp_engine_api* api
    cdef char* frame
    cdef char* answer
    cdef int64_t answer_bytes, id_at
    cdef int32_t venue
    cdef object owner
    cdef public int64_t orders, codes_bad

    def __cinit__(self, engine, int32_t venue, bytes answer, int64_t id_at):
        self.owner = engine
        self.api = <tp_engine_api*>PyCapsule_GetPointer(engine.capsule(), "tickpath.engine_api")
        self.frame = <char*>calloc(1, TP_FRAME_BYTES_MAX + TP_FRAME_PADDING_BYTES)
        self.answer = <char*>calloc(1, len(answer) + TP_FRAME_PADDING_BYTES)
        if self.frame == NULL or self.answer == NULL:
            raise MemoryError
        memcpy(self.answer, <const char*>answer, len(answer))
        self.answer_bytes = len(answer)
        self.id_at = id_at
        self.venue = venue

    def __dealloc__(self):
        free(self.frame)
        free(self.answer)

    cdef void settle(self, int64_t t_ns) noexcept nogil:
        """Answer every request of the last input."""
        cdef int64_t size = 0, at = 0
        cdef const char* out = self.api.out(self.api.engine, &size)
        cdef tp_out_header head
        cdef uint64_t[16] ids
        cdef int32_t count = 0, k
        while at < size and count < 16:
            memcpy(&head, out + at, sizeof(tp_out_header))
            ids[count] = head.client_order_id
            count += 1
            at += sizeof(tp_out_header) + head.bytes
        for k in range(count):
            client_order_id_text(ids[k], self.answer + self.id_at)
            self.api.on_order_frame(
                self.api.engine, self.venue, self.answer, self.answer_bytes, t_ns)
        self.orders += count

    def run(self, const unsigned char[::1] blob, const int64_t[::1] offsets, int64_t t_ns,
            int64_t step_ns, int64_t[::1] ticks) -> int:
        """Drive every frame of the blob; `ticks[k]` is its time. Returns the next time stamp."""
        cdef int64_t k, n, t0, t1
        cdef int64_t count = offsets.shape[0] - 1
        cdef int32_t code
        with nogil:
            for k in range(count):
                n = offsets[k + 1] - offsets[k]
                memcpy(self.frame, &blob[offsets[k]], n)
                memset(self.frame + n, 0, TP_FRAME_PADDING_BYTES)
                escape(self.frame)
                t0 = <int64_t>stamp_begin()
                code = self.api.on_market_frame(self.api.engine, 0, self.frame, n, t_ns)
                t1 = <int64_t>stamp_end()
                ticks[k] = t1 - t0
                self.codes_bad += code != 0
                self.settle(t_ns)
                self.api.catch_up(self.api.engine)
                t_ns += step_ns
        return t_ns
