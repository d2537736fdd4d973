"""What the venue has told of every open order so far: filled lots, their value, the fees.

In: totals of an order. Out: those known before. Changes of a frame are kept apart until the whole
frame was read (`totals_keep`), so that a frame that is refused changes nothing. Worst case: an
index lookup and a pass over the frame's own changes, at most TP_REPORTS_PER_FRAME_MAX.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport TP_ORDERS_MAX, TP_REPORTS_PER_FRAME_MAX, int128
from tickpath.hot.execute.id_index cimport IdIndex, index_find, index_put, index_remove

cdef struct Total:
    uint64_t client_order_id
    int64_t lots
    int128 value                      # ticks times lots
    int64_t fee_units                 # quote currency
    int32_t ended                     # 1: the order is over, its totals may be forgotten
    int32_t reserved

cdef struct Totals:
    Total* rows                       # TP_ORDERS_MAX
    IdIndex index
    int32_t count
    int32_t change_count
    Total changes[TP_REPORTS_PER_FRAME_MAX]


cdef inline bint totals_get(const Totals* t, uint64_t id, Total* out) noexcept nogil:
    """The newest totals, zeros and 0 when none are known."""
    cdef int32_t k
    out.client_order_id = id
    out.lots = 0
    out.value = 0
    out.fee_units = 0
    out.ended = 0
    out.reserved = 0
    for k in range(t.change_count):
        if t.changes[k].client_order_id == id:
            if t.changes[k].ended:
                return 0
            out[0] = t.changes[k]
            return 1
    k = index_find(&t.index, id, 0)
    if k < 0:
        return 0
    out[0] = t.rows[k]
    return 1


cdef inline bint totals_change(Totals* t, const Total* total) noexcept nogil:
    """Totals told by the frame in hand; 0 when there is no room."""
    cdef int32_t k
    for k in range(t.change_count):
        if t.changes[k].client_order_id == total.client_order_id:
            t.changes[k] = total[0]
            return 1
    if t.change_count == TP_REPORTS_PER_FRAME_MAX:
        return 0
    t.changes[t.change_count] = total[0]
    t.change_count += 1
    return 1


cdef inline void totals_put(Totals* t, const Total* total) noexcept nogil:
    cdef int32_t k = index_find(&t.index, total.client_order_id, 0)
    if k < 0:
        k = t.count
        t.count += 1
        index_put(&t.index, total.client_order_id, 0, k)
    t.rows[k] = total[0]


cdef inline void totals_drop(Totals* t, uint64_t id) noexcept nogil:
    """Forget an order; the last row takes its place."""
    cdef int32_t k = index_find(&t.index, id, 0)
    if k < 0:
        return
    index_remove(&t.index, id, 0)
    t.count -= 1
    if k != t.count:
        t.rows[k] = t.rows[t.count]
        index_remove(&t.index, t.rows[k].client_order_id, 0)
        index_put(&t.index, t.rows[k].client_order_id, 0, k)


cdef inline bint totals_keep(Totals* t) noexcept nogil:
    """Take the changes of the frame over; 0, and none of them, when there is no room."""
    cdef int32_t k, known
    cdef int32_t count = t.count
    for k in range(t.change_count):
        known = index_find(&t.index, t.changes[k].client_order_id, 0) >= 0
        count += (not t.changes[k].ended) - known
    if count > TP_ORDERS_MAX:
        return 0
    for k in range(t.change_count):
        if t.changes[k].ended:
            totals_drop(t, t.changes[k].client_order_id)
    for k in range(t.change_count):
        if not t.changes[k].ended:
            totals_put(t, &t.changes[k])
    return 1
