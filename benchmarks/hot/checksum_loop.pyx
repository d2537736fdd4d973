"""Tight loops over a bounded book and a market decoder's slot: what bench_checksum times.

Built on first use by loop_build.py, never shipped.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.string cimport memcpy, memset
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec
from tickpath.core.records cimport (
    TP_CHECKSUM_CRC32_TEN,
    TP_FRAME_BYTES_MAX,
    TP_FRAME_PADDING_BYTES,
    tp_decoder,
    tp_level,
    tp_market_event,
)
from tickpath.hot.book.native cimport Book, book_apply, book_snapshot

cdef char[TP_FRAME_BYTES_MAX + TP_FRAME_PADDING_BYTES] room


cdef inline int64_t now_ns() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return <int64_t>t.tv_sec * 1000000000 + t.tv_nsec


def update_ns(
    Book book, const int64_t[:, ::1] levels, const int64_t[:, ::1] counts,
    const uint32_t[::1] checksums, int32_t depth, bint checked, int32_t rounds
):
    """Best of `rounds`: ns an update; message 0 is the snapshot, not timed. `levels`: bids, then
    asks of each message, one behind the other."""
    cdef Py_ssize_t k, count = counts.shape[0]
    cdef tp_market_event e
    cdef int64_t start = 0, spent, at
    cdef int64_t least = 1 << 62
    cdef int32_t r, code = 0
    memset(&e, 0, sizeof(tp_market_event))
    e.depth = depth
    with nogil:
        for r in range(rounds):
            at = 0
            for k in range(count):
                e.bid_count = <int32_t>counts[k, 0]
                e.ask_count = <int32_t>counts[k, 1]
                e.bids = <tp_level*>&levels[at, 0]
                e.asks = e.bids + e.bid_count
                at += e.bid_count + e.ask_count
                e.checksum = checksums[k]
                e.checksum_kind = TP_CHECKSUM_CRC32_TEN if checked and checksums[k] else 0
                if k == 0:
                    code |= book_snapshot(book.state, &e)
                    start = now_ns()
                else:
                    code |= book_apply(book.state, &e)
            spent = now_ns() - start
            least = min(least, spent)
    assert code == 0
    return least / <double>(count - 1)


def decode_ns(capsule, frames, int32_t rounds):
    """Best of `rounds`: ns a frame, the copy into the receive buffer included."""
    cdef tp_decoder* d = <tp_decoder*>PyCapsule_GetPointer(capsule, b"tickpath.decoder")
    cdef tp_market_event e
    cdef int64_t start, least = 1 << 62
    cdef int32_t code = 0
    cdef bytes data
    cdef const char* text
    for _ in range(rounds):
        start = now_ns()
        for data in frames:
            text = data
            memcpy(room, text, len(data))
            memset(room + len(data), 0, TP_FRAME_PADDING_BYTES)
            code |= d.decode(d.context, room, len(data), &e)
        least = min(least, now_ns() - start)
    assert code == 0
    return least / <double>len(frames)
