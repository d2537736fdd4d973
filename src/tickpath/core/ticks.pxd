"""Columns of ticks in C, growing: what decoders of recordings write a row at a time. See ticks.py.

`Rows` starts as zeros and is freed with `rows_free`. Who writes the rows of an event reserves room
for all of them first, and marks the last with `rows_end`.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy

cdef enum:
    ROW_LAST = 1
    ROW_CHAIN_SHIFT = 1
    ROW_NO_SIDE = 2
    ROW_CLEAR = 21                    # OrderRow.CLEAR
    ROW_WIDE = 8                      # columns of int64, in the order of TICK_COLUMNS
    ROW_NARROW = 3                    # and of uint8
    GROW_ROWS = 65536

cdef struct Rows:
    int64_t* wide[ROW_WIDE]
    uint8_t* narrow[ROW_NARROW]
    int64_t count
    int64_t room


cdef inline bint rows_reserve(Rows* r, int64_t more) noexcept nogil:
    """Room for more rows; 0: no memory."""
    cdef int64_t room = r.room
    cdef int64_t* wide
    cdef uint8_t* narrow
    cdef int32_t k
    if r.count + more <= room:
        return 1
    while room < r.count + more:
        room += room // 2 + GROW_ROWS
    for k in range(ROW_WIDE):
        wide = <int64_t*>realloc(r.wide[k], room * sizeof(int64_t))
        if wide == NULL:
            return 0
        r.wide[k] = wide
    for k in range(ROW_NARROW):
        narrow = <uint8_t*>realloc(r.narrow[k], room)
        if narrow == NULL:
            return 0
        r.narrow[k] = narrow
    r.room = room
    return 1


cdef inline void row_put(
    Rows* r, int64_t t_recv_ns, int64_t t_venue_ns, int64_t first_id, int64_t last_id,
    int64_t prev_id, int64_t price_ticks, int64_t quantity_lots, int32_t kind, int32_t side,
    int32_t chained
) noexcept nogil:
    """A row of an event that goes on; there is room."""
    cdef int64_t k = r.count
    r.wide[0][k] = t_recv_ns
    r.wide[1][k] = t_venue_ns
    r.wide[2][k] = first_id
    r.wide[3][k] = last_id
    r.wide[4][k] = prev_id
    r.wide[5][k] = 0
    r.wide[6][k] = price_ticks
    r.wide[7][k] = quantity_lots
    r.narrow[0][k] = <uint8_t>kind
    r.narrow[1][k] = <uint8_t>side
    r.narrow[2][k] = <uint8_t>(chained << ROW_CHAIN_SHIFT)
    r.count += 1


cdef inline void rows_end(Rows* r) noexcept nogil:
    """The last row ends its event."""
    r.narrow[2][r.count - 1] |= ROW_LAST


cdef inline void rows_free(Rows* r) noexcept nogil:
    cdef int32_t k
    for k in range(ROW_WIDE):
        free(r.wide[k])
    for k in range(ROW_NARROW):
        free(r.narrow[k])


cdef inline object rows_taken(Rows* r):
    """`Ticks` of all rows, which are forgotten here; the room stays."""
    import numpy as np

    from tickpath.core.ticks import TICK_COLUMNS, Ticks
    cdef int64_t[::1] wide
    cdef uint8_t[::1] narrow
    cdef int32_t k
    columns = {}
    for k, (name, dtype) in enumerate(TICK_COLUMNS.items()):
        columns[name] = np.empty(r.count, dtype)
        if r.count and k < ROW_WIDE:
            wide = columns[name]
            memcpy(&wide[0], r.wide[k], r.count * sizeof(int64_t))
        elif r.count:
            narrow = columns[name]
            memcpy(&narrow[0], r.narrow[k - ROW_WIDE], r.count)
    r.count = 0
    return Ticks(columns)
