"""Orders that were split and where their children stand, in C: see parents.py for the rules.

filled + open + dropped = total in every row after every verb. Children are found by their client
order ids in an open-addressed table twice as large as what it holds; ids are counters, so an id is
its own hash, and removal shifts back. Worst case: a look at every row to find one that is free.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memset
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport (
    TP_ORDER_CANCELLED,
    TP_ORDER_EXPIRED,
    TP_ORDER_FILLED,
    TP_ORDER_REJECTED,
    TP_REPORT_REJECT,
    TP_ROUTE_PARENTS_MAX,
    TP_SUBMIT,
    int128,
    tp_intent,
    tp_order_update,
)
from tickpath.hot.route.structs cimport (
    TP_ROUTE_PLACES_MAX,
    RouteCandidate,
    RouteChild,
    RouteParent,
    RouteParents,
    RoutePlace,
    RoutePlan,
    RouteState,
)

cdef enum:
    ROUTE_FILL_BITS = 62


cdef inline RoutePlace* place_find(RouteParents* p, uint64_t id) noexcept nogil:
    """Where a child's order is, or NULL."""
    cdef uint64_t mask = TP_ROUTE_PLACES_MAX - 1
    cdef uint64_t k = id & mask
    if id == 0:
        return NULL
    while p.places[k].row != 0:
        if p.places[k].client_order_id == id:
            return &p.places[k]
        k = (k + 1) & mask
    return NULL


cdef inline void place_put(RouteParents* p, uint64_t id, int32_t row, int32_t child) noexcept nogil:
    """The id is new and the table has room: it is twice as large as all children."""
    cdef uint64_t mask = TP_ROUTE_PLACES_MAX - 1
    cdef uint64_t k = id & mask
    while p.places[k].row != 0:
        k = (k + 1) & mask
    p.places[k].client_order_id = id
    p.places[k].row = row + 1
    p.places[k].child = child


cdef inline void place_remove(RouteParents* p, uint64_t id) noexcept nogil:
    """Nothing happens when the id is not there."""
    cdef uint64_t mask = TP_ROUTE_PLACES_MAX - 1
    cdef RoutePlace* found = place_find(p, id)
    cdef uint64_t hole, k, home
    if found == NULL:
        return
    hole = <uint64_t>(found - p.places)
    k = hole
    while True:
        k = (k + 1) & mask
        if p.places[k].row == 0:
            break
        home = p.places[k].client_order_id & mask
        if ((k - home) & mask) >= ((k - hole) & mask):
            p.places[hole] = p.places[k]
            hole = k
    p.places[hole].row = 0


cdef inline int64_t parent_open_units(const RouteParent* p) noexcept nogil:
    """Units that venues still have, as far as is known."""
    cdef int64_t units = 0
    cdef int32_t k
    for k in range(p.child_count):
        units += p.children[k].open_units
    return units


cdef inline int64_t parent_dropped_units(const RouteParent* p) noexcept nogil:
    """Units that nobody works on any more."""
    cdef int64_t units = 0
    cdef int32_t k
    for k in range(p.child_count):
        units += p.children[k].dropped_units
    return units


cdef inline int32_t parents_take_row(RouteParents* p) noexcept nogil:
    """The next row that is free or ended, emptied; -1 when every row is open."""
    cdef int32_t step, row, k
    for step in range(TP_ROUTE_PARENTS_MAX):
        row = (p.cursor + step) % TP_ROUTE_PARENTS_MAX
        if parent_open_units(&p.rows[row]) != 0:
            continue
        for k in range(p.rows[row].child_count):
            place_remove(p, p.rows[row].children[k].client_order_id)
        memset(&p.rows[row], 0, sizeof(RouteParent))
        p.cursor = (row + 1) % TP_ROUTE_PARENTS_MAX
        return row
    return -1


cdef inline void route_spend(RouteState* r, int32_t venue) noexcept nogil:
    """One order for the venue."""
    if r.tokens[venue] > 0:
        r.tokens[venue] -= 1


cdef inline int32_t route_open(
    RouteState* r, const tp_intent* intent, const RoutePlan* plan, const int32_t* verdicts
) noexcept nogil:
    """The row that follows these children; those with a verdict are dropped; -1: table full."""
    cdef RouteParent* p
    cdef RouteChild* c
    cdef int32_t k, row = parents_take_row(&r.parents)
    if row < 0:
        return -1
    r.parents.made += 1
    p = &r.parents.rows[row]
    p.number = r.parents.made
    p.strategy = intent.strategy
    p.instrument = intent.instrument
    p.side = intent.side
    p.type = intent.type
    p.time_in_force = intent.time_in_force
    p.flags = intent.flags
    p.tag = intent.tag
    p.price_ticks = intent.price_ticks
    p.expire_ns = intent.expire_ns
    p.total_units = plan.total_units
    p.child_count = plan.count
    for k in range(plan.count):
        c = &p.children[k]
        c.instrument = plan.children[k].instrument
        c.venue = plan.children[k].venue
        c.lot_units = plan.units[k] / plan.children[k].quantity_lots
        if verdicts[k] != TP_OK:
            c.dropped_units = plan.units[k]
        else:
            c.open_units = plan.units[k]
            route_spend(r, c.venue)
    return row


cdef inline void route_drop(RouteState* r, int32_t row, int32_t k) noexcept nogil:
    """Nobody works on what is open of child k any more."""
    cdef RouteChild* c = &r.parents.rows[row].children[k]
    c.dropped_units += c.open_units
    c.open_units = 0


cdef inline void route_sent(RouteState* r, int32_t row, int32_t k, uint64_t id) noexcept nogil:
    """Child k left under this id; 0: it did not leave."""
    if id == 0:
        route_drop(r, row, k)
        return
    r.parents.rows[row].children[k].client_order_id = id
    place_put(&r.parents, id, row, k)


cdef inline void route_moved(
    RouteState* r, int32_t row, int32_t k, const RoutePlan* plan, uint64_t id
) noexcept nogil:
    """Child k is now the only child of `plan`, under this id."""
    cdef RouteChild* c = &r.parents.rows[row].children[k]
    place_remove(&r.parents, c.client_order_id)
    c.instrument = plan.children[0].instrument
    c.venue = plan.children[0].venue
    c.lot_units = plan.units[0] / plan.children[0].quantity_lots
    c.moved = 1
    c.client_order_id = id
    place_put(&r.parents, id, row, k)
    route_spend(r, c.venue)


cdef inline void child_fill(RouteParent* p, RouteChild* c, int64_t lots) noexcept nogil:
    """Filled units leave the open ones, then those dropped before; the rest is over."""
    cdef int128 wide = <int128>lots * c.lot_units
    cdef int128 most = <int128>1 << ROUTE_FILL_BITS
    cdef int64_t units = <int64_t>(wide if wide < most else most)
    cdef int64_t from_open = units if units < c.open_units else c.open_units
    cdef int64_t from_dropped = units - from_open
    if from_dropped > c.dropped_units:
        from_dropped = c.dropped_units
    c.open_units -= from_open
    c.dropped_units -= from_dropped
    p.filled_units += from_open + from_dropped
    wide = <int128>p.over_units + units - from_open - from_dropped
    p.over_units = <int64_t>(wide if wide < most else most)


cdef inline bint route_on_update(
    RouteState* r, const tp_order_update* u, int32_t* row, int32_t* k
) noexcept nogil:
    """Follow an order report. 1: row and k name a child that was certainly refused and may move:
    decide at once, `route_moved` or `route_drop`."""
    cdef RoutePlace* place = place_find(&r.parents, u.order.client_order_id)
    cdef RouteParent* p
    cdef RouteChild* c
    cdef int32_t state = u.order.state
    if place == NULL:
        return 0
    row[0] = place.row - 1
    k[0] = place.child
    p = &r.parents.rows[row[0]]
    c = &p.children[k[0]]
    if u.fill_lots > 0:
        child_fill(p, c, u.fill_lots)
    if (state != TP_ORDER_FILLED and state != TP_ORDER_CANCELLED
            and state != TP_ORDER_REJECTED and state != TP_ORDER_EXPIRED):
        return 0
    if c.open_units == 0:
        return 0
    if u.report == TP_REPORT_REJECT and u.code == TP_OK and state == TP_ORDER_REJECTED:
        p.refused |= <uint32_t>1 << c.venue
        if not c.moved:
            return 1
    route_drop(r, row[0], k[0])
    return 0


cdef inline void route_end(RouteState* r, uint64_t id) noexcept nogil:
    """A child was replaced: its order is gone, the new one is no child."""
    cdef RoutePlace* place = place_find(&r.parents, id)
    if place != NULL:
        route_drop(r, place.row - 1, place.child)


cdef inline void route_move_intent(
    const RouteState* r, int32_t row, tp_intent* out
) noexcept nogil:
    """The parent as an intent; its quantity is the caller's to say."""
    cdef const RouteParent* p = &r.parents.rows[row]
    memset(out, 0, sizeof(tp_intent))
    out.kind = TP_SUBMIT
    out.strategy = p.strategy
    out.instrument = p.instrument
    out.side = p.side
    out.type = p.type
    out.time_in_force = p.time_in_force
    out.flags = p.flags
    out.tag = p.tag
    out.price_ticks = p.price_ticks
    out.expire_ns = p.expire_ns
