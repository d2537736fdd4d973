"""Children of one order on their way: plan -> risk -> row -> execute, and a refused child's move.

Every child passes risk on its own instrument before any of the batch is sent. Children that risk
refuses make one new plan without their venues; when that does not pass as a whole either, those
accepted first go out and the rest is dropped, with the codes counted. Nothing leaves before its row
is written. Worst case: two plans an order.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from tickpath.core.codes cimport (
    TP_OK,
    TP_ROUTE_BOUND,
    TP_ROUTE_DROPPED,
    TP_ROUTE_MOVED,
    TP_ROUTE_PARENTS_FULL,
)
from tickpath.core.records cimport (
    TP_VENUES_MAX,
    tp_intent,
    tp_order_update,
    tp_request,
    tp_view,
)
from tickpath.engine.sampling cimport Sampling, sampling_now
from tickpath.hot.execute.send cimport execute_send
from tickpath.hot.execute.state cimport ExecuteState
from tickpath.hot.risk.native cimport risk_tokens, risk_validate, risk_validate_children
from tickpath.hot.risk.state cimport RiskState
from tickpath.hot.route.native cimport (
    RoutePlan,
    RouteState,
    route_drop,
    route_move_intent,
    route_moved,
    route_on_update,
    route_open,
    route_plan,
    route_sent,
    route_set_tokens,
)

cdef struct SplitOrder:             # one order of the batch in hand
    int32_t row
    int32_t reserved
    RoutePlan plan
    int32_t verdicts[TP_VENUES_MAX]

cdef struct SplitStages:            # what splitting may read and call; pointers of the walk
    RouteState* route
    RiskState* risk
    ExecuteState* execute
    const tp_view* views
    Sampling* sampling
    int64_t* codes
    uint64_t seq
    int64_t now_ns


cdef inline void hand_over_tokens(
    RouteState* route, const RiskState* risk, int64_t now_ns
) noexcept nogil:
    """What is left of the venues' rate limits, for the plan of an order."""
    cdef int32_t v
    for v in range(route.venue_count):
        route_set_tokens(route, v, risk_tokens(risk, v, now_ns))


cdef inline void split_child(
    const tp_intent* order, const tp_request* request, tp_intent* out
) noexcept nogil:
    """A child as an intent: the order on the child's instrument, in its ticks and lots."""
    out[0] = order[0]
    out.instrument = request.instrument
    out.price_ticks = request.price_ticks
    out.quantity_lots = request.quantity_lots


cdef inline int32_t split_ask(
    SplitStages* s, const tp_intent* allowed, int32_t allowed_count, const tp_intent* children,
    int32_t count, int32_t* verdicts
) noexcept nogil:
    """Ask risk for all children; how many it refused."""
    cdef int32_t k, refused = 0
    risk_validate_children(
        s.risk, allowed, allowed_count, children, count, &s.sampling.sample, verdicts)
    for k in range(count):
        refused += verdicts[k] != TP_OK
    return refused


cdef inline int32_t split_again(
    SplitStages* s, const tp_intent* order, const tp_intent* first, SplitOrder* out
) noexcept nogil:
    """The order once more without the venues that risk refused; how many children stay refused."""
    cdef RoutePlan second
    cdef tp_intent[TP_VENUES_MAX] accepted
    cdef tp_intent[TP_VENUES_MAX] children
    cdef tp_intent[TP_VENUES_MAX] passed
    cdef int32_t[TP_VENUES_MAX] verdicts
    cdef uint32_t excluded = 0
    cdef int32_t k, count = 0, passed_count = 0
    for k in range(out.plan.count):
        if out.verdicts[k] == TP_OK:
            accepted[count] = first[k]
            count += 1
        else:
            excluded |= <uint32_t>1 << out.plan.children[k].venue
    if route_plan(s.route, order, s.views, s.now_ns, excluded, 0, &second) != TP_OK:
        return out.plan.count - count
    for k in range(second.count):
        split_child(order, &second.children[k], &children[k])
    if split_ask(s, accepted, count, children, second.count, verdicts) == 0:
        out.plan = second
        for k in range(second.count):
            out.verdicts[k] = TP_OK
        return 0
    for k in range(second.count):
        if verdicts[k] == TP_OK:
            passed[passed_count] = children[k]
            passed_count += 1
    split_ask(s, passed, passed_count, accepted, count, verdicts)
    count = 0
    passed_count = 0
    for k in range(out.plan.count):
        if out.verdicts[k] == TP_OK:
            out.verdicts[k] = verdicts[count]
            count += 1
        passed_count += out.verdicts[k] != TP_OK
    return passed_count


cdef inline int32_t split_plan(
    SplitStages* s, const tp_intent* order, SplitOrder* out
) noexcept nogil:
    """TP_OK: at least one child may leave and the row is written. Else why the order is refused as
    a whole; what risk had allowed is taken back."""
    cdef tp_intent[TP_VENUES_MAX] children
    cdef int32_t k, refused, count = 0
    cdef int32_t code = route_plan(s.route, order, s.views, s.now_ns, 0, 0, &out.plan)
    if code != TP_OK:
        split_ask(s, order, 1, children, 0, out.verdicts)
        return code
    for k in range(out.plan.count):
        split_child(order, &out.plan.children[k], &children[k])
    refused = split_ask(s, order, 1, children, out.plan.count, out.verdicts)
    if refused != 0:
        refused = split_again(s, order, children, out)
    if refused == out.plan.count:
        return out.verdicts[0]
    out.row = route_open(s.route, order, &out.plan, out.verdicts)
    if out.row >= 0:
        return TP_OK
    for k in range(out.plan.count):
        if out.verdicts[k] == TP_OK:
            split_child(order, &out.plan.children[k], &children[count])
            count += 1
    split_ask(s, children, count, children, 0, out.verdicts)
    return TP_ROUTE_PARENTS_FULL


cdef inline void split_send(SplitStages* s, SplitOrder* o) noexcept nogil:
    """Send the children that may leave; what does not leave is dropped and counted."""
    cdef int32_t k, code
    if not o.plan.exact:
        s.codes[TP_ROUTE_BOUND] += 1
    for k in range(o.plan.count):
        code = o.verdicts[k]
        if code == TP_OK:
            code = execute_send(s.execute, &o.plan.children[k], s.seq, s.now_ns)
            route_sent(
                s.route, o.row, k, o.plan.children[k].client_order_id if code == TP_OK else 0)
        if code != TP_OK:
            s.codes[code] += 1
            s.codes[TP_ROUTE_DROPPED] += 1


cdef inline int32_t split_move(
    SplitStages* s, int32_t row, int32_t child
) noexcept nogil:
    """A refused child goes to the next best venue, through risk again. TP_OK, or why not."""
    cdef RoutePlan plan
    cdef tp_intent order
    cdef tp_intent moved
    cdef int32_t code
    route_move_intent(s.route, row, &order)
    hand_over_tokens(s.route, s.risk, s.now_ns)
    code = route_plan(
        s.route, &order, s.views, s.now_ns, s.route.parents.rows[row].refused,
        s.route.parents.rows[row].children[child].open_units, &plan)
    if code != TP_OK:
        return code
    split_child(&order, &plan.children[0], &moved)
    sampling_now(s.sampling, s.risk, s.execute, &moved, 1, s.now_ns)
    s.sampling.sample.repeats = 1
    risk_validate(s.risk, &moved, 1, &s.sampling.sample, &code)
    if code == TP_OK:
        code = execute_send(s.execute, &plan.children[0], s.seq, s.now_ns)
    if code == TP_OK:
        route_moved(s.route, row, child, &plan, plan.children[0].client_order_id)
    return code


cdef inline void split_on_update(
    SplitStages* s, const tp_order_update* update
) noexcept nogil:
    """Follow an order report; a child that was certainly refused moves once or is dropped."""
    cdef int32_t row = 0, child = 0, code
    if not route_on_update(s.route, update, &row, &child):
        return
    code = split_move(s, row, child)
    if code == TP_OK:
        s.codes[TP_ROUTE_MOVED] += 1
        return
    route_drop(s.route, row, child)
    s.codes[code] += 1
    s.codes[TP_ROUTE_DROPPED] += 1
