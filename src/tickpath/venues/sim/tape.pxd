"""What a report needs of a run that nothing else keeps: mids as the venue lived them, send times.

A row is written when the mid of an instrument's book at the venue changes, and when a request
leaves the engine. The driver takes the rows before the buffers are full: a step adds at most one
row an instrument and one a request. `tape.py` keeps them. Worst case: every frame moves a mid, one
store of 24 bytes each.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport TP_BOOK_OK, TP_INSTRUMENTS_MAX
from tickpath.hot.book.native cimport KEY_NONE, BookState
from tickpath.venues.sim.venue cimport VenueState

cdef enum:
    TAPE_ROWS_MAX = 8192
    TAPE_ROWS_TAKEN = 4096            # so many kept rows end a run of steps

cdef struct MidRow:                   # MID_DTYPE of tape.py
    int64_t t_ns
    int64_t mid2                      # bid + ask ticks, 0: no good book
    int32_t instrument
    int32_t reserved

cdef struct SentRow:                  # SENT_DTYPE of tape.py
    int64_t t_ns
    uint64_t client_order_id

cdef struct TapeState:
    MidRow* mids
    SentRow* sent
    int64_t mid_count
    int64_t sent_count
    int64_t[TP_INSTRUMENTS_MAX] last2


cdef inline int64_t book_mid2(const BookState* b) noexcept nogil:
    """Bid plus ask in ticks, 0 unless the book is good and has both sides."""
    if b.status != TP_BOOK_OK or b.bid_key == KEY_NONE or b.ask_key == KEY_NONE:
        return 0
    return b.bid_key + ~b.ask_key


cdef inline void tape_mids(TapeState* t, VenueState* v, int64_t t_ns) noexcept nogil:
    """Mids that the frame in hand has moved."""
    cdef int64_t mid2
    cdef int32_t k
    cdef MidRow* row
    if v.marked == 0:
        return
    for k in range(v.instrument_count):
        if not v.marked >> k & 1:
            continue
        mid2 = book_mid2(v.instruments[k].book)
        if mid2 == t.last2[k] or t.mid_count >= TAPE_ROWS_MAX:
            continue
        t.last2[k] = mid2
        row = &t.mids[t.mid_count]
        t.mid_count += 1
        row.t_ns = t_ns
        row.mid2 = mid2
        row.instrument = k
    v.marked = 0


cdef inline void tape_sent(TapeState* t, uint64_t client_order_id, int64_t t_ns) noexcept nogil:
    """A request leaves the engine."""
    if t.sent_count < TAPE_ROWS_MAX:
        t.sent[t.sent_count].t_ns = t_ns
        t.sent[t.sent_count].client_order_id = client_order_id
        t.sent_count += 1


cdef inline bint tape_full(const TapeState* t) noexcept nogil:
    """Whether the driver should take the rows before the next step."""
    return t.mid_count > TAPE_ROWS_TAKEN or t.sent_count > TAPE_ROWS_TAKEN
