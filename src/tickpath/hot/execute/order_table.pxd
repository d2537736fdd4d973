"""Own orders: live rows, the recently ended, the fills seen, and the lists strategies read.

Rows live in a fixed array with a free list and are found by client order id. An order that ends
leaves the table and is remembered in a ring of TP_ENDED_ORDERS_MAX, so that a late fill or a
repeated report is attributed exactly; the (order, trade id) pairs of the last
TP_FILLS_REMEMBERED_MAX fills tell duplicates. What falls out of a ring is forgotten: a report for
it is TP_EXECUTE_UNKNOWN_ORDER. Worst case: one row copied (112 bytes) and 15 list entries moved.
"""

from libc.stdint cimport INT64_MAX, int32_t, int64_t, uint64_t
from libc.string cimport memmove, memset
from tickpath.core.records cimport (
    TP_BUY, TP_ENDED_ORDERS_MAX, TP_FILLS_REMEMBERED_MAX, TP_GTC, TP_INSTRUMENTS_MAX, TP_LIMIT,
    TP_MARKET, TP_ORDERS_MAX, TP_ORDER_PARKED, TP_POST_ONLY, TP_STOP, TP_STRATEGIES_MAX,
    TP_TRAILING_STOP, int128, tp_committed, tp_open_order, tp_order, tp_own_orders, tp_position,
)
from tickpath.core.fixed cimport add_overflows
from tickpath.core.arena cimport Arena, arena_take
from tickpath.hot.execute.due_heap cimport DueHeap, due_bytes, due_clear, due_init, due_set
from tickpath.hot.execute.id_index cimport (
    IdEntry, IdIndex, index_find, index_init, index_put, index_remove,
)

cdef enum:
    ROLE_CLIP = 3                     # beside tp_link_role: one clip of an iceberg or algorithm
    WAIT_NONE = 0                     # the order is at its venue
    WAIT_ENTRY = 1                    # until its link's entry has ended
    WAIT_PRICE = 2                    # for its trigger
    WAIT_CLEAR = 3                    # triggered: until nothing else of its link is at the venue
    WAIT_NOW = 4                      # goes out with the next step
    WAIT_CLIPS = 5                    # parent of an iceberg: its clips go out instead
    WAIT_SLICES = 6                   # parent of an algorithm: what it lets go out, as clips
    WAIT_PAUSED = 7                   # parent of clips, paused by a command: it sends none

cdef struct Work:                     # what an order does beside resting at its venue
    int64_t trigger_ticks
    int64_t expire_ns                 # 0: never
    int64_t query_ns                  # when the venue is asked what became of it, or an algorithm
                                      # goes on to its next slice; 0: not
    int64_t display_lots
    int64_t extreme2                  # best price a trailing stop has seen, doubled; 0: none yet
    int64_t armed_lots                # what a parked order would send now; of an algorithm: what
                                      # has rested its time and crosses next
    int64_t busted_lots               # filled and taken back: the venue counts them as filled
    int64_t start_ns                  # of an algorithm
    int64_t market_lots               # traded since its start, pauses left out
    int64_t awaited_lots              # of its ended clips: filled at the venue, not seen here yet
    uint64_t partner                  # parent of clips: the clip out there; of a clip: its parent
    int32_t link
    int32_t role
    int32_t wait
    int32_t cancel                    # 1: to be cancelled as soon as it can be

cdef struct Row:
    tp_order order
    uint64_t replaces                 # the order this one replaces, while that is not settled
    int32_t acked                     # 1: the venue has acknowledged or filled it
    int32_t held                      # 1: not sent yet, waits for the cancel of the one it replaces
    Work work

cdef struct Ended:
    tp_order order
    int64_t awaited_lots              # fills the venue counted in the last report, not seen yet
    uint64_t partner
    int32_t link
    int32_t role

cdef struct SeenFill:                 # a fill that was counted; what it posted is in money.pxd
    uint64_t client_order_id
    int64_t trade_id

cdef struct BestOwn:                  # best prices that rest, of one strategy on one instrument
    int64_t buy                       # 0: none
    int64_t sell                      # INT64_MAX: none

cdef struct OrderTable:
    Row* rows
    int32_t* free_slots               # a stack
    int32_t free_count
    int32_t reserved
    IdIndex live
    Ended* ended
    int64_t ended_count               # since the start; the ring holds the last ones
    IdIndex ended_index
    SeenFill* fills
    int64_t fill_count
    IdIndex fill_index
    tp_own_orders* own                # [strategy * TP_INSTRUMENTS_MAX + instrument], oldest first
    tp_committed* committed           # [instrument]
    BestOwn* best                     # [strategy * TP_INSTRUMENTS_MAX + instrument]
    uint64_t touched                  # instruments whose open orders changed, until risk has looked
    int32_t* special                  # [instrument] rows that are parked, linked or to be cancelled
    DueHeap due


cdef inline int64_t table_bytes() noexcept nogil:
    """Arena bytes of a table, with room for alignment."""
    return <int64_t>(
        TP_ORDERS_MAX * (sizeof(Row) + sizeof(int32_t) + 2 * sizeof(IdEntry))
        + due_bytes() + TP_INSTRUMENTS_MAX * (sizeof(int32_t) + sizeof(tp_committed))
        + TP_ENDED_ORDERS_MAX * (sizeof(Ended) + 2 * sizeof(IdEntry))
        + TP_FILLS_REMEMBERED_MAX * (sizeof(SeenFill) + 2 * sizeof(IdEntry))
        + TP_STRATEGIES_MAX * TP_INSTRUMENTS_MAX * (sizeof(tp_own_orders) + sizeof(BestOwn))
        + 2048
    )


cdef inline void table_clear(OrderTable* t) noexcept nogil:
    """Forget everything; slot 0 is given out first."""
    cdef int32_t k
    memset(t.live.entries, 0, 2 * TP_ORDERS_MAX * sizeof(IdEntry))
    memset(t.ended_index.entries, 0, 2 * TP_ENDED_ORDERS_MAX * sizeof(IdEntry))
    memset(t.fill_index.entries, 0, 2 * TP_FILLS_REMEMBERED_MAX * sizeof(IdEntry))
    memset(t.own, 0, TP_STRATEGIES_MAX * TP_INSTRUMENTS_MAX * sizeof(tp_own_orders))
    memset(t.special, 0, TP_INSTRUMENTS_MAX * sizeof(int32_t))
    memset(t.committed, 0, TP_INSTRUMENTS_MAX * sizeof(tp_committed))
    for k in range(TP_INSTRUMENTS_MAX):
        t.committed[k].best_sell = INT64_MAX
    for k in range(TP_INSTRUMENTS_MAX * TP_STRATEGIES_MAX):
        t.best[k].buy = 0
        t.best[k].sell = INT64_MAX
    t.touched = ~<uint64_t>0
    due_clear(&t.due)
    for k in range(TP_ORDERS_MAX):
        t.rows[k].order.state = 0
        t.free_slots[k] = TP_ORDERS_MAX - 1 - k
    t.free_count = TP_ORDERS_MAX
    t.ended_count = 0
    t.fill_count = 0


cdef inline void table_init(OrderTable* t, Arena* a) noexcept nogil:
    """Cut the pieces out of an arena of at least `table_bytes()`."""
    t.rows = <Row*>arena_take(a, TP_ORDERS_MAX * sizeof(Row))
    t.free_slots = <int32_t*>arena_take(a, TP_ORDERS_MAX * sizeof(int32_t))
    t.ended = <Ended*>arena_take(a, TP_ENDED_ORDERS_MAX * sizeof(Ended))
    t.fills = <SeenFill*>arena_take(a, TP_FILLS_REMEMBERED_MAX * sizeof(SeenFill))
    t.own = <tp_own_orders*>arena_take(
        a, TP_STRATEGIES_MAX * TP_INSTRUMENTS_MAX * sizeof(tp_own_orders))
    t.committed = <tp_committed*>arena_take(a, TP_INSTRUMENTS_MAX * sizeof(tp_committed))
    t.best = <BestOwn*>arena_take(a, TP_STRATEGIES_MAX * TP_INSTRUMENTS_MAX * sizeof(BestOwn))
    t.special = <int32_t*>arena_take(a, TP_INSTRUMENTS_MAX * sizeof(int32_t))
    due_init(&t.due, a)
    index_init(&t.live, <IdEntry*>arena_take(a, 2 * TP_ORDERS_MAX * sizeof(IdEntry)),
               2 * TP_ORDERS_MAX)
    index_init(&t.ended_index,
               <IdEntry*>arena_take(a, 2 * TP_ENDED_ORDERS_MAX * sizeof(IdEntry)),
               2 * TP_ENDED_ORDERS_MAX)
    index_init(&t.fill_index,
               <IdEntry*>arena_take(a, 2 * TP_FILLS_REMEMBERED_MAX * sizeof(IdEntry)),
               2 * TP_FILLS_REMEMBERED_MAX)
    table_clear(t)


cdef inline Row* table_find(const OrderTable* t, uint64_t id) noexcept nogil:
    """The live row of an id, or NULL."""
    cdef int32_t slot = index_find(&t.live, id, 0)
    return &t.rows[slot] if slot >= 0 else NULL


cdef inline Ended* table_find_ended(const OrderTable* t, uint64_t id) noexcept nogil:
    cdef int32_t slot = index_find(&t.ended_index, id, 0)
    return &t.ended[slot] if slot >= 0 else NULL


cdef inline tp_own_orders* own_list(const OrderTable* t, const tp_order* o) noexcept nogil:
    return &t.own[o.strategy * TP_INSTRUMENTS_MAX + o.instrument]


cdef inline int64_t order_leaves(const tp_order* o) noexcept nogil:
    """Lots still open at the venue."""
    return o.quantity_lots - o.filled_lots if o.filled_lots < o.quantity_lots else 0


cdef inline void open_order_of(const tp_order* o, int64_t leaves_lots,
                               tp_open_order* out) noexcept nogil:
    out.client_order_id = o.client_order_id
    out.price_ticks = o.price_ticks
    out.leaves_lots = leaves_lots
    out.side = o.side
    out.state = o.state
    out.tag = o.tag
    out.reserved = 0


cdef inline void reserve(
    OrderTable* t, tp_position* p, const tp_order* o, int64_t lots
) noexcept nogil:
    """Add to the open lots of the order's side and to what they promised; negative gives back."""
    cdef tp_committed* c = &t.committed[o.instrument]
    t.touched |= <uint64_t>1 << o.instrument
    if o.side != TP_BUY:
        p.open_sell_lots += lots
        return
    p.open_buy_lots += lots
    if o.type == TP_MARKET or o.type == TP_STOP or o.type == TP_TRAILING_STOP:
        c.market_buy_lots += lots
    else:
        c.buy_value += <int128>o.price_ticks * lots


cdef inline void own_show(OrderTable* t, const tp_order* o) noexcept nogil:
    """Bring the strategy's entry of an order up to date."""
    cdef tp_own_orders* list = own_list(t, o)
    cdef int32_t k
    for k in range(list.count):
        if list.items[k].client_order_id == o.client_order_id:
            open_order_of(o, order_leaves(o), &list.items[k])
            return


cdef inline void own_remove(OrderTable* t, const tp_order* o) noexcept nogil:
    cdef tp_own_orders* list = own_list(t, o)
    cdef int32_t k
    for k in range(list.count):
        if list.items[k].client_order_id == o.client_order_id:
            list.count -= 1
            memmove(&list.items[k], &list.items[k + 1],
                    (list.count - k) * sizeof(tp_open_order))
            return


cdef inline bint order_rests(const tp_order* o) noexcept nogil:
    """Whether an order may stay in a venue's book."""
    return ((o.type == TP_LIMIT or o.type == TP_POST_ONLY) and o.time_in_force == TP_GTC
            and o.price_ticks > 0)


cdef inline void best_enter(OrderTable* t, const tp_order* o) noexcept nogil:
    """An order goes to its venue."""
    cdef tp_committed* c = &t.committed[o.instrument]
    cdef BestOwn* best = &t.best[o.strategy * TP_INSTRUMENTS_MAX + o.instrument]
    if not order_rests(o):
        return
    if o.side == TP_BUY:
        best.buy = o.price_ticks if o.price_ticks > best.buy else best.buy
        c.best_buy = best.buy if best.buy > c.best_buy else c.best_buy
    else:
        best.sell = o.price_ticks if o.price_ticks < best.sell else best.sell
        c.best_sell = best.sell if best.sell < c.best_sell else c.best_sell


cdef inline int64_t list_best(const OrderTable* t, const tp_order* o) noexcept nogil:
    """The best price of the order's side that rests in its strategy's list."""
    cdef const tp_own_orders* list = own_list(t, o)
    cdef const tp_order* other
    cdef int64_t best = 0 if o.side == TP_BUY else INT64_MAX
    cdef int32_t k
    for k in range(list.count):
        if list.items[k].side != o.side or list.items[k].state == TP_ORDER_PARKED:
            continue
        other = &table_find(t, list.items[k].client_order_id).order
        if order_rests(other) and (
                other.price_ticks > best if o.side == TP_BUY else other.price_ticks < best):
            best = other.price_ticks
    return best


cdef inline void best_leave(OrderTable* t, const tp_order* o) noexcept nogil:
    """An order has left its venue and its strategy's list: when it was the best, the list names
    the next one, and when it was that of all strategies, their bests do."""
    cdef tp_committed* c = &t.committed[o.instrument]
    cdef BestOwn* best = &t.best[o.strategy * TP_INSTRUMENTS_MAX + o.instrument]
    cdef bint buys = o.side == TP_BUY
    cdef int32_t s
    if not order_rests(o) or o.price_ticks != (best.buy if buys else best.sell):
        return
    if buys:
        best.buy = list_best(t, o)
    else:
        best.sell = list_best(t, o)
    if o.price_ticks != (c.best_buy if buys else c.best_sell):
        return
    c.best_buy = 0 if buys else c.best_buy
    c.best_sell = c.best_sell if buys else INT64_MAX
    for s in range(TP_STRATEGIES_MAX):
        best = &t.best[s * TP_INSTRUMENTS_MAX + o.instrument]
        if buys:
            c.best_buy = best.buy if best.buy > c.best_buy else c.best_buy
        else:
            c.best_sell = best.sell if best.sell < c.best_sell else c.best_sell


cdef inline bint work_special(const Row* row) noexcept nogil:
    """Whether the steps of its instrument have to look at a row."""
    return (row.work.link | row.work.wait | row.work.cancel) != 0


cdef inline void row_due(OrderTable* t, Row* row) noexcept nogil:
    """The time of a row's expiry or query has changed."""
    cdef int64_t at_ns = row.work.expire_ns
    if at_ns == 0 or (row.work.query_ns != 0 and row.work.query_ns < at_ns):
        at_ns = row.work.query_ns
    due_set(&t.due, <int32_t>(row - t.rows), at_ns, row.order.client_order_id)


cdef inline void row_query(OrderTable* t, Row* row, int64_t at_ns) noexcept nogil:
    row.work.query_ns = at_ns
    row_due(t, row)


cdef inline void row_expire(OrderTable* t, Row* row, int64_t at_ns) noexcept nogil:
    row.work.expire_ns = at_ns
    row_due(t, row)


cdef inline void row_work(OrderTable* t, Row* row, const Work* work) noexcept nogil:
    """Give a row its work; the fields that `special` counts change here or in `row_cancel`."""
    t.special[row.order.instrument] -= work_special(row)
    row.work = work[0]
    t.special[row.order.instrument] += work_special(row)
    row_due(t, row)


cdef inline void row_cancel(OrderTable* t, Row* row, int32_t cancel) noexcept nogil:
    t.special[row.order.instrument] -= work_special(row)
    row.work.cancel = cancel
    t.special[row.order.instrument] += work_special(row)


cdef inline Row* table_place(OrderTable* t) noexcept nogil:
    """The row that the next order takes; the caller, who checked that there is room, fills in
    `order` and `work` and calls `table_enter`."""
    cdef Row* row = &t.rows[t.free_slots[t.free_count - 1]]
    row.replaces = 0
    row.acked = 0
    row.held = 0
    return row


cdef inline void table_enter(OrderTable* t, tp_position* p, Row* row) noexcept nogil:
    """The filled row counts from here on, with its reservation, none while it is parked."""
    cdef const tp_order* order = &row.order
    cdef tp_own_orders* list = own_list(t, order)
    t.free_count -= 1
    t.special[order.instrument] += work_special(row)
    row_due(t, row)
    index_put(&t.live, order.client_order_id, 0, <int32_t>(row - t.rows))
    open_order_of(order, order_leaves(order), &list.items[list.count])
    list.count += 1
    if order.state != TP_ORDER_PARKED:
        reserve(t, p, order, order_leaves(order))
        p.open_order_count += 1
        best_enter(t, order)


cdef inline Row* table_add(OrderTable* t, tp_position* p, const tp_order* order,
                           const Work* work) noexcept nogil:
    """A new row with a copy of an order and its work."""
    cdef Row* row = table_place(t)
    row.order = order[0]
    row.work = work[0]
    table_enter(t, p, row)
    return row


cdef inline Ended* ended_push(OrderTable* t, tp_position* positions,
                              const Ended* ended) noexcept nogil:
    """Remember an ended order; the oldest falls out and gives its awaited lots back."""
    cdef int32_t slot = <int32_t>(t.ended_count & (TP_ENDED_ORDERS_MAX - 1))
    cdef Ended* place = &t.ended[slot]
    if t.ended_count >= TP_ENDED_ORDERS_MAX:
        reserve(t, &positions[place.order.instrument], &place.order, -place.awaited_lots)
        index_remove(&t.ended_index, place.order.client_order_id, 0)
    place[0] = ended[0]
    index_put(&t.ended_index, ended.order.client_order_id, 0, slot)
    t.ended_count += 1
    return place


cdef inline Ended* table_end(OrderTable* t, tp_position* positions, Row* row, int32_t state,
                           int64_t cumulative_lots) noexcept nogil:
    """The order leaves the table as `state`. Lots that the venue counts as filled
    (`cumulative_lots`, busted ones included) but whose fills were not seen stay reserved until
    they arrive."""
    cdef Ended ended
    cdef tp_order* order = &ended.order
    cdef tp_position* p = &positions[row.order.instrument]
    cdef int64_t leaves = order_leaves(&row.order)
    cdef int64_t awaited
    cdef int64_t known
    cdef bint parked = row.order.state == TP_ORDER_PARKED
    ended.order = row.order
    ended.awaited_lots = 0
    ended.partner = row.work.partner
    ended.link = row.work.link
    ended.role = row.work.role
    if not parked:
        if add_overflows(order.filled_lots, row.work.busted_lots, &known):
            known = INT64_MAX
        awaited = cumulative_lots - known
        if awaited > leaves:
            awaited = leaves
        if awaited > 0:
            ended.awaited_lots = awaited
        reserve(t, p, order, ended.awaited_lots - leaves)
        p.open_order_count -= 1
    order.state = state
    order.replaced_by = 0
    own_remove(t, order)
    if not parked:
        best_leave(t, order)
    index_remove(&t.live, order.client_order_id, 0)
    t.special[order.instrument] -= work_special(row)
    due_set(&t.due, <int32_t>(row - t.rows), 0, order.client_order_id)
    row.order.state = 0
    t.free_slots[t.free_count] = <int32_t>(row - t.rows)
    t.free_count += 1
    return ended_push(t, positions, &ended)


cdef inline bint fill_seen(const OrderTable* t, uint64_t id, int64_t trade_id) noexcept nogil:
    """Whether the fill was counted before."""
    return index_find(&t.fill_index, id, trade_id) >= 0


cdef inline void fill_remember(OrderTable* t, const SeenFill* seen) noexcept nogil:
    cdef int32_t slot = <int32_t>(t.fill_count & (TP_FILLS_REMEMBERED_MAX - 1))
    cdef SeenFill* place = &t.fills[slot]
    if t.fill_count >= TP_FILLS_REMEMBERED_MAX:
        index_remove(&t.fill_index, place.client_order_id, place.trade_id)
    place[0] = seen[0]
    index_put(&t.fill_index, seen.client_order_id, seen.trade_id, slot)
    t.fill_count += 1
