"""Orders that belong together: what a fill or an end of one does to the others.

links.py says the same in words. The others of a link stand in one own-orders list, so a step looks
at TP_VIEW_ORDERS rows at most. Ends can end others: the last entry its children, a whole fill its
partners; no deeper, since what ends that way is no entry that has children. Nothing is sent here.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport (
    TP_INSTRUMENTS_MAX, TP_LINK_CHILD, TP_LINK_ENTRY, TP_ORDER_CANCELLED, TP_ORDER_FILLED,
    TP_ORDER_PARKED, TP_ORDER_REJECTED, TP_VIEW_ORDERS, tp_order, tp_own_orders,
)
from tickpath.hot.execute.algorithm cimport clip_gone
from tickpath.hot.execute.order_table cimport (
    INT64_MAX, ROLE_CLIP, WAIT_CLIPS, WAIT_ENTRY, WAIT_NOW, WAIT_SLICES, Ended, Row, order_leaves,
    own_show, row_cancel, table_end, table_find, table_find_ended,
)
from tickpath.hot.execute.state cimport ExecuteState, notice

cdef struct Members:                  # the other rows of a link, oldest first
    int32_t count
    int32_t reserved
    uint64_t ids[TP_VIEW_ORDERS]


cdef inline void members_of(ExecuteState* e, const tp_order* o, int32_t link,
                            Members* out) noexcept nogil:
    cdef const tp_own_orders* own
    cdef const Row* row
    cdef int32_t k
    out.count = 0
    if link == 0:
        return
    own = &e.own[o.strategy * TP_INSTRUMENTS_MAX + o.instrument]
    for k in range(own.count):
        if own.items[k].client_order_id == o.client_order_id:
            continue
        row = table_find(&e.table, own.items[k].client_order_id)
        if row.work.link == link:
            out.ids[out.count] = row.order.client_order_id
            out.count += 1


cdef inline bint has_entry(ExecuteState* e, const Members* m) noexcept nogil:
    """Whether an entry is among the rows."""
    cdef int32_t k
    cdef const Row* row
    for k in range(m.count):
        row = table_find(&e.table, m.ids[k])
        if row != NULL and row.work.role == TP_LINK_ENTRY:
            return 1
    return 0


cdef inline void end_order(ExecuteState* e, Row* row, int32_t state,
                           int64_t cumulative_lots) noexcept nogil:
    """An order leaves the table, and its link and its iceberg hear of it."""
    cdef const Ended* ended = table_end(&e.table, e.positions, row, state, cumulative_lots)
    cdef Ended copy
    if ended.role != ROLE_CLIP and ended.link == 0:
        return
    copy = ended[0]                   # what it ends in turn may push it out of its place
    if copy.role == ROLE_CLIP:
        clip_ended(e, &copy)
    else:
        link_ended(e, &copy)


cdef inline void end_parked(ExecuteState* e, Row* row, int32_t state) noexcept nogil:
    """End an order that is not at the venue, and tell its strategy."""
    cdef tp_order order = row.order
    order.state = state
    end_order(e, row, state, -1)
    notice(e, &order, 0 if state == TP_ORDER_FILLED else order_leaves(&order))


cdef inline void stop_member(ExecuteState* e, Row* row) noexcept nogil:
    """A member is no longer wanted: parked ones end, those at the venue are cancelled."""
    cdef Row* clip
    if row.order.state != TP_ORDER_PARKED:
        row_cancel(&e.table, row, 1)
    elif row.work.partner != 0:
        row_cancel(&e.table, row, 1)
        clip = table_find(&e.table, row.work.partner)
        if clip != NULL:
            row_cancel(&e.table, clip, 1)
    else:
        end_parked(e, row, TP_ORDER_CANCELLED)


cdef inline void stop_others(ExecuteState* e, const tp_order* o, int32_t link) noexcept nogil:
    """No other member of a link is wanted."""
    cdef Members others
    cdef Row* row
    cdef int32_t k
    members_of(e, o, link, &others)
    for k in range(others.count):
        row = table_find(&e.table, others.ids[k])
        if row != NULL:
            stop_member(e, row)


cdef inline void clip_ended(ExecuteState* e, const Ended* clip) noexcept nogil:
    """The parent refills, or ends as its clip did. One that is paused or follows an algorithm
    outlives a clip that the venue did not refuse."""
    cdef Row* parent = table_find(&e.table, clip.partner)
    cdef bint goes_on
    if parent == NULL or parent.work.partner != clip.order.client_order_id:
        return
    goes_on = parent.work.wait >= WAIT_SLICES and clip.order.state != TP_ORDER_REJECTED
    clip_gone(e, parent, clip)        # stays special: it waits for clips
    if order_leaves(&parent.order) == 0:
        end_parked(e, parent, TP_ORDER_FILLED)
    elif parent.work.cancel:
        end_parked(e, parent, TP_ORDER_CANCELLED)
    elif clip.order.state != TP_ORDER_FILLED and not goes_on:
        end_parked(e, parent, clip.order.state)


cdef inline void link_ended(ExecuteState* e, const Ended* ended) noexcept nogil:
    """The last entry lets its children go out or ends them; a whole fill ends the others."""
    cdef Members others
    cdef Row* row
    cdef int32_t k
    if ended.role != TP_LINK_ENTRY:
        if ended.order.state == TP_ORDER_FILLED:
            stop_others(e, &ended.order, ended.link)
        return
    members_of(e, &ended.order, ended.link, &others)
    if has_entry(e, &others):
        return
    for k in range(others.count):
        row = table_find(&e.table, others.ids[k])
        if row == NULL or row.work.role != TP_LINK_CHILD:
            continue
        if row.work.armed_lots > 0:
            if row.work.wait == WAIT_ENTRY:
                row.work.wait = WAIT_NOW
        elif ended.awaited_lots == 0 and row.order.state == TP_ORDER_PARKED:
            end_parked(e, row, TP_ORDER_CANCELLED)


cdef inline void add_filled(tp_order* o, int64_t lots) noexcept nogil:
    o.filled_lots = INT64_MAX if lots > INT64_MAX - o.filled_lots else o.filled_lots + lots


cdef inline void clip_filled(ExecuteState* e, uint64_t parent_id, int64_t lots,
                             bint late) noexcept nogil:
    """A clip filled: so did its parent, wherever it stands. What a late fill leaves no room for is
    cancelled."""
    cdef Row* parent = table_find(&e.table, parent_id)
    cdef Row* clip
    cdef Ended* ended
    cdef tp_order order
    if parent == NULL:
        ended = table_find_ended(&e.table, parent_id)
        if ended != NULL:
            add_filled(&ended.order, lots)
            order = ended.order       # what the fill ends may push this one out of its place
            link_filled(e, &order, ended.partner, ended.link, ended.role, lots, 1)
        return
    add_filled(&parent.order, lots)
    own_show(&e.table, &parent.order)
    member_filled(e, &parent.order, parent.work.link, parent.work.role, lots, late)
    if not late:
        return
    clip = table_find(&e.table, parent.work.partner)
    if order_leaves(&parent.order) == 0 and parent.work.partner == 0:
        end_parked(e, parent, TP_ORDER_FILLED)
    elif clip != NULL and order_leaves(&parent.order) < order_leaves(&clip.order):
        row_cancel(&e.table, clip, 1)


cdef inline void clip_arrived(ExecuteState* e, uint64_t parent_id, int64_t lots) noexcept nogil:
    """Awaited lots of an ended clip have come."""
    cdef Row* parent = table_find(&e.table, parent_id)
    if parent != NULL:
        parent.work.awaited_lots -= lots


cdef inline void clip_busted(ExecuteState* e, uint64_t parent_id, int64_t lots) noexcept nogil:
    """A fill of a clip was taken back: what is left open of the parent stays as it was."""
    cdef Row* parent = table_find(&e.table, parent_id)
    cdef Ended* ended
    if parent != NULL:
        parent.order.filled_lots -= lots
        parent.order.quantity_lots -= lots
        return
    ended = table_find_ended(&e.table, parent_id)
    if ended != NULL:
        ended.order.filled_lots -= lots
        ended.order.quantity_lots -= lots


cdef inline void link_filled(ExecuteState* e, const tp_order* o, uint64_t partner, int32_t link,
                             int32_t role, int64_t lots, bint late) noexcept nogil:
    """`lots` of an order filled: arm its children, take from its partners."""
    if role == ROLE_CLIP:
        clip_filled(e, partner, lots, late)
    elif link != 0:
        member_filled(e, o, link, role, lots, late)


cdef inline void member_filled(ExecuteState* e, const tp_order* o, int32_t link, int32_t role,
                               int64_t lots, bint late) noexcept nogil:
    cdef Members others
    cdef Row* row
    cdef int32_t k
    cdef bint last
    members_of(e, o, link, &others)
    last = late and not has_entry(e, &others)
    for k in range(others.count):
        row = table_find(&e.table, others.ids[k])
        if row == NULL:
            continue
        if role == TP_LINK_ENTRY:
            if row.work.role != TP_LINK_CHILD or row.order.state != TP_ORDER_PARKED:
                continue
            if lots >= row.order.quantity_lots - row.work.armed_lots:
                row.work.armed_lots = row.order.quantity_lots
            else:
                row.work.armed_lots += lots
            if last and row.work.wait == WAIT_ENTRY:
                row.work.wait = WAIT_NOW
        elif row.work.role != TP_LINK_ENTRY:
            if row.order.state != TP_ORDER_PARKED or row.work.wait >= WAIT_CLIPS:
                stop_member(e, row)
                continue
            row.work.armed_lots -= lots
            if row.work.armed_lots <= 0:
                end_parked(e, row, TP_ORDER_CANCELLED)
