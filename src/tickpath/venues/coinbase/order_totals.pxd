"""What the venue has told of orders so far: filled lots, their value, the fees.

In: totals of an order. Out: those known before. Changes of a frame are kept apart until the whole
frame was read (`totals_keep`), so that a frame that is refused changes nothing. Rows hang in two
lists by age, of open and of ended orders; the oldest of a full list makes room. Twin:
order_totals.py. Worst case: an index lookup and a pass over the frame's own changes, at most
TP_REPORTS_PER_FRAME_MAX.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.records cimport (
    TP_ENDED_ORDERS_MAX, TP_ORDERS_MAX, TP_REPORTS_PER_FRAME_MAX, int128,
)
from tickpath.hot.execute.id_index cimport (
    IdEntry, IdIndex, index_find, index_put, index_remove,
)

cdef enum:
    ROWS = TP_ORDERS_MAX + TP_ENDED_ORDERS_MAX
    ENTRIES = 4 * TP_ORDERS_MAX       # a power of two, at least twice the rows
    OPEN = 0
    ENDED = 1

cdef extern from *:
    """
    _Static_assert(TP_ENDED_ORDERS_MAX <= TP_ORDERS_MAX, "the index holds half of its entries");
    """

cdef struct Total:
    uint64_t client_order_id
    int64_t lots
    int128 value                      # ticks times lots
    int64_t fee_units                 # quote currency
    int32_t ended                     # 1: the order is over
    int32_t before                    # in the list: the next older row, -1: none
    int32_t after                     # and the next newer one; of a free row the next free one
    int32_t reserved[3]

cdef struct TotalList:
    int32_t first                     # the oldest row, -1: none
    int32_t last
    int32_t count
    int32_t reserved

cdef struct Totals:
    Total* rows                       # ROWS
    IdIndex index
    TotalList lists[2]                # OPEN, ENDED
    int32_t free                      # a free row, -1: none
    int32_t change_count
    Total changes[TP_REPORTS_PER_FRAME_MAX]


cdef inline void totals_clear(Totals* t) noexcept nogil:
    """No order is known."""
    cdef int32_t k
    memset(t.index.entries, 0, ENTRIES * sizeof(IdEntry))
    for k in range(2):
        t.lists[k].first = t.lists[k].last = -1
        t.lists[k].count = 0
    for k in range(ROWS):
        t.rows[k].after = k + 1 if k + 1 < ROWS else -1
    t.free = 0
    t.change_count = 0


cdef inline Total* change_find(Totals* t, uint64_t id) noexcept nogil:
    """What the frame in hand has told of an order, or NULL."""
    cdef int32_t k
    for k in range(t.change_count):
        if t.changes[k].client_order_id == id:
            return &t.changes[k]
    return NULL


cdef inline void totals_get(Totals* t, uint64_t id, Total* out) noexcept nogil:
    """The newest totals, zeros when none are known."""
    cdef const Total* found = change_find(t, id)
    cdef int32_t k
    if found == NULL:
        k = index_find(&t.index, id, 0)
        found = &t.rows[k] if k >= 0 else NULL
    if found != NULL:
        out[0] = found[0]
    else:
        memset(out, 0, sizeof(Total))
        out.client_order_id = id


cdef inline bint totals_change(Totals* t, const Total* total) noexcept nogil:
    """Totals told by the frame in hand; 0 when there is no room."""
    cdef Total* found = change_find(t, total.client_order_id)
    if found == NULL:
        if t.change_count == TP_REPORTS_PER_FRAME_MAX:
            return 0
        found = &t.changes[t.change_count]
        t.change_count += 1
    found[0] = total[0]
    return 1


cdef inline void list_leave(Totals* t, TotalList* list, int32_t k) noexcept nogil:
    cdef Total* row = &t.rows[k]
    if row.before >= 0:
        t.rows[row.before].after = row.after
    else:
        list.first = row.after
    if row.after >= 0:
        t.rows[row.after].before = row.before
    else:
        list.last = row.before
    list.count -= 1


cdef inline void list_join(Totals* t, TotalList* list, int32_t k) noexcept nogil:
    """As the newest."""
    t.rows[k].before = list.last
    t.rows[k].after = -1
    if list.last >= 0:
        t.rows[list.last].after = k
    else:
        list.first = k
    list.last = k
    list.count += 1


cdef inline void ended_room(Totals* t) noexcept nogil:
    """Of too many ended orders the oldest is forgotten."""
    cdef int32_t oldest = t.lists[ENDED].first
    if t.lists[ENDED].count < TP_ENDED_ORDERS_MAX:
        return
    list_leave(t, &t.lists[ENDED], oldest)
    index_remove(&t.index, t.rows[oldest].client_order_id, 0)
    t.rows[oldest].after = t.free
    t.free = oldest


cdef inline void totals_retire(Totals* t, int32_t k) noexcept nogil:
    """An open order ends."""
    ended_room(t)
    list_leave(t, &t.lists[OPEN], k)
    t.rows[k].ended = 1
    list_join(t, &t.lists[ENDED], k)


cdef inline int32_t totals_enter(Totals* t, const Total* total) noexcept nogil:
    """A row for an order that is not known."""
    cdef int32_t k
    if total.ended:
        ended_room(t)
    elif t.lists[OPEN].count == TP_ORDERS_MAX:
        totals_retire(t, t.lists[OPEN].first)
    k = t.free
    t.free = t.rows[k].after
    t.rows[k].client_order_id = total.client_order_id
    t.rows[k].ended = total.ended
    list_join(t, &t.lists[total.ended], k)
    index_put(&t.index, total.client_order_id, 0, k)
    return k


cdef inline void totals_put(Totals* t, const Total* total) noexcept nogil:
    """The totals of an order replace those before."""
    cdef int32_t k = index_find(&t.index, total.client_order_id, 0)
    if k < 0:
        k = totals_enter(t, total)
    t.rows[k].lots = total.lots
    t.rows[k].value = total.value
    t.rows[k].fee_units = total.fee_units
    if total.ended and not t.rows[k].ended:
        totals_retire(t, k)


cdef inline void totals_keep(Totals* t) noexcept nogil:
    """The totals of the frame replace those before it."""
    cdef int32_t k
    for k in range(t.change_count):
        totals_put(t, &t.changes[k])
    t.change_count = 0
