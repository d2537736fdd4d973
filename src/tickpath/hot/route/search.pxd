"""The best split of an order over legs, in C: see search.py for the method and its source.

Bounded by TP_ROUTE_NODES_MAX nodes; a node reads the segments once. Segments are put in order as
far as they are asked for.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from tickpath.core.records cimport TP_ROUTE_NODES_MAX, int128
from tickpath.hot.route.legs cimport leg_cost, segment_before, segment_cost
from tickpath.hot.route.structs cimport RouteLeg, RouteNode, RouteSearch, RouteSegment


cdef inline void search_keep(RouteSearch* s, int128 cost) noexcept nogil:
    """The answer in hand is the best so far."""
    cdef int32_t k
    s.found = 1
    s.cost = cost
    for k in range(s.leg_count):
        s.best[k] = s.units[k]


cdef inline void search_single(RouteSearch* s) noexcept nogil:
    """The cheapest leg that takes the whole order, the first of equals."""
    cdef const RouteLeg* leg
    cdef int128 cost
    cdef int32_t k, n
    s.found = 0
    s.exact = 1
    for k in range(s.leg_count):
        leg = &s.legs[k]
        if s.wanted < leg.units_min or s.wanted > leg.units_max:
            continue
        if s.wanted % leg.step_units != 0:
            continue
        cost = leg_cost(leg, s.wanted)
        if s.found and cost >= s.cost:
            continue
        for n in range(s.leg_count):
            s.units[n] = s.wanted if n == k else 0
        search_keep(s, cost)


cdef inline bint order_extend(RouteSearch* s) noexcept nogil:
    """The next segment in order of cost, the lower leg first among equals; 0 when there is none."""
    cdef const RouteSegment* best = NULL
    cdef const RouteSegment* segment
    cdef int32_t k, found = -1
    for k in range(s.leg_count):
        if s.next_segment[k] >= s.legs[k].segment_count:
            continue
        segment = &s.legs[k].segments[s.next_segment[k]]
        if best == NULL or segment_before(
                segment, s.legs[k].step_units, best, s.legs[found].step_units):
            best = segment
            found = k
    if found < 0:
        return 0
    s.order_leg[s.order_count] = <uint8_t>found
    s.order_segment[s.order_count] = <uint8_t>s.next_segment[found]
    s.order_count += 1
    s.next_segment[found] += 1
    return 1


cdef inline bint search_relaxed(
    RouteSearch* s, const RouteNode* node, int128* total
) noexcept nogil:
    """Cost from below and units of a node; 0 when its bounds cannot make up the order."""
    cdef const RouteSegment* segment
    cdef int64_t left = s.wanted, taken, low, high
    cdef int128 most = 0, cost = 0
    cdef int32_t k, at
    for k in range(s.leg_count):
        s.units[k] = node.least[k]
        most += node.most[k]
        if node.least[k] > left:
            return 0
        left -= node.least[k]
        if node.least[k] > 0:
            cost += leg_cost(&s.legs[k], node.least[k])
    if most < s.wanted:
        return 0
    at = 0
    while left > 0:
        if at == s.order_count and not order_extend(s):
            break
        k = s.order_leg[at]
        segment = &s.legs[k].segments[s.order_segment[at]]
        at += 1
        low = segment.start if segment.start > node.least[k] else node.least[k]
        high = segment.end if segment.end < node.most[k] else node.most[k]
        taken = high - low if high - low < left else left
        if taken > 0:
            s.units[k] += taken
            left -= taken
            cost += segment_cost(segment, s.legs[k].step_units, taken)
    total[0] = cost
    return 1


cdef inline bint node_possible(const RouteSearch* s, const RouteNode* node) noexcept nogil:
    """Whether no least is above its most and not too many legs must take part."""
    cdef int32_t k, must = 0
    for k in range(s.leg_count):
        if node.least[k] > node.most[k]:
            return 0
        must += node.least[k] > 0
    return must <= s.children_max


cdef inline void search_push(
    RouteSearch* s, const RouteNode* node, int32_t k, int64_t least, int64_t most
) noexcept nogil:
    """A node with other bounds of leg k, when it is possible."""
    cdef RouteNode* to = &s.nodes[s.node_count]
    to[0] = node[0]
    if most < s.legs[k].units_min:
        most = 0
    if least > 0 and least < s.legs[k].units_min:
        least = s.legs[k].units_min
    to.least[k] = least
    to.most[k] = most
    if node_possible(s, to):
        s.node_count += 1


cdef inline bint search_cut(RouteSearch* s, const RouteNode* node) noexcept nogil:
    """Two nodes that together hold every split of this one but the answer in hand; 0 when that
    breaks no rule. The last one pushed is searched first."""
    cdef const RouteLeg* leg
    cdef int64_t rest, down
    cdef int32_t k, taking = 0, least = -1
    for k in range(s.leg_count):
        leg = &s.legs[k]
        rest = 0 if leg.step_units == 1 else s.units[k] % leg.step_units
        if rest != 0:
            down = s.units[k] - rest
            search_push(s, node, k, down + leg.step_units, node.most[k])
            search_push(s, node, k, node.least[k], down)
            return 1
    for k in range(s.leg_count):
        if 0 < s.units[k] < s.legs[k].units_min:
            search_push(s, node, k, s.legs[k].units_min, node.most[k])
            search_push(s, node, k, node.least[k], 0)
            return 1
        taking += s.units[k] > 0
    if taking <= s.children_max:
        return 0
    for k in range(s.leg_count):
        if s.units[k] > 0 and node.least[k] == 0:
            if least < 0 or s.units[k] < s.units[least]:
                least = k
    search_push(s, node, least, s.legs[least].units_min, node.most[least])
    search_push(s, node, least, node.least[least], 0)
    return 1


cdef inline void search_best(RouteSearch* s) noexcept nogil:
    """The cheapest split over at most children_max legs: found, cost, best, exact."""
    cdef RouteNode node
    cdef int128 cost
    cdef int32_t k, visited = 0
    search_single(s)
    s.order_count = 0
    for k in range(s.leg_count):
        s.next_segment[k] = 0
        s.nodes[0].least[k] = 0
        s.nodes[0].most[k] = s.legs[k].units_max
    s.node_count = 1
    while s.node_count > 0:
        if visited == TP_ROUTE_NODES_MAX:
            s.exact = 0
            return
        visited += 1
        s.node_count -= 1
        node = s.nodes[s.node_count]
        if not search_relaxed(s, &node, &cost):
            continue
        if s.found and cost >= s.cost:
            continue
        if not search_cut(s, &node):
            search_keep(s, cost)
