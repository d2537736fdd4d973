"""The best split of an order over legs, in C: see search.py for the method and its source.

Bounded by TP_ROUTE_NODES_MAX nodes; a node reads the segments once. Segments are put in order as
far as they are asked for.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from tickpath.core.records cimport TP_ROUTE_NODES_MAX, int128
from tickpath.hot.route.legs cimport leg_cost, segment_before, segment_cost, units_gcd
from tickpath.hot.route.structs cimport RouteLeg, RouteNode, RouteSearch, RouteSegment


cdef inline void search_keep(
    RouteSearch* s, const int64_t* units, int128 cost
) noexcept nogil:
    """The best split so far."""
    cdef int32_t k
    s.found = 1
    s.cost = cost
    for k in range(s.leg_count):
        s.best[k] = units[k]


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
        s.found = 1
        s.cost = cost
        for n in range(s.leg_count):
            s.best[n] = s.wanted if n == k else 0


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


cdef inline bint node_divides(
    const RouteSearch* s, const RouteNode* node, int64_t left
) noexcept nogil:
    """Whether the steps of the legs that the bounds leave free can make up what is left."""
    cdef int64_t step = 0
    cdef int32_t k
    for k in range(s.leg_count):
        if node.least[k] < node.most[k] and s.legs[k].step_units != step:
            step = units_gcd(s.legs[k].step_units, step)
    if step == 0:
        return left == 0
    return step == 1 or left % step == 0


cdef inline bint search_relaxed(
    RouteSearch* s, RouteNode* node
) noexcept nogil:
    """Cost from below and units of a node; 0 when its bounds cannot make up the order."""
    cdef const RouteSegment* segment
    cdef int64_t left = s.wanted, taken, low, high
    cdef int128 most = 0, cost = 0
    cdef int32_t k, at
    for k in range(s.leg_count):
        node.units[k] = node.least[k]
        most += node.most[k]
        if node.least[k] > left:
            return 0
        left -= node.least[k]
        if node.least[k] > 0:
            cost += leg_cost(&s.legs[k], node.least[k])
    if most < s.wanted or not node_divides(s, node, left):
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
            node.units[k] += taken
            left -= taken
            cost += segment_cost(segment, s.legs[k].step_units, taken)
    node.cost = cost
    return 1


cdef inline bint node_possible(const RouteSearch* s, const RouteNode* node) noexcept nogil:
    """Whether no least is above its most and not too many legs must take part."""
    cdef int32_t k, must = 0
    for k in range(s.leg_count):
        if node.least[k] > node.most[k]:
            return 0
        must += node.least[k] > 0
    return must <= s.children_max


cdef inline int32_t node_branch(
    const RouteSearch* s, const RouteNode* node, int64_t* most, int64_t* least
) noexcept nogil:
    """A leg: every split of the node but its relaxed answer gives it at most `most` or at least
    `least`. -1 when the answer breaks no rule."""
    cdef int64_t rest, step
    cdef int32_t k, taking = 0, fewest = -1
    for k in range(s.leg_count):
        step = s.legs[k].step_units
        rest = 0 if step == 1 else node.units[k] % step
        if rest != 0:
            most[0] = node.units[k] - rest
            least[0] = most[0] + step
            return k
    most[0] = 0
    for k in range(s.leg_count):
        if 0 < node.units[k] < s.legs[k].units_min:
            least[0] = s.legs[k].units_min
            return k
        taking += node.units[k] > 0
    if taking <= s.children_max:
        return -1
    for k in range(s.leg_count):
        if node.units[k] > 0 and node.least[k] == 0:
            if fewest < 0 or node.units[k] < node.units[fewest]:
                fewest = k
    least[0] = s.legs[fewest].units_min
    return fewest


cdef inline void search_enter(RouteSearch* s) noexcept nogil:
    """The node behind the last one: solved, then kept as the best split, as a node, or not."""
    cdef RouteNode* node = &s.nodes[s.node_count]
    cdef int64_t most, least
    s.visited += 1
    if not search_relaxed(s, node):
        return
    if s.found and node.cost >= s.cost:
        return
    if node_branch(s, node, &most, &least) < 0:
        search_keep(s, node.units, node.cost)
    else:
        s.node_count += 1


cdef inline bint search_half(
    RouteSearch* s, const RouteNode* node, int32_t k, int64_t least, int64_t most
) noexcept nogil:
    """Enter the part of a node in which leg k has these bounds; 0: the search is at its bound."""
    cdef RouteNode* to = &s.nodes[s.node_count]
    to[0] = node[0]
    if most < s.legs[k].units_min:
        most = 0
    if least > 0 and least < s.legs[k].units_min:
        least = s.legs[k].units_min
    to.least[k] = least
    to.most[k] = most
    if not node_possible(s, to):
        return 1
    if s.visited == TP_ROUTE_NODES_MAX:
        s.exact = 0
        return 0
    search_enter(s)
    return 1


cdef inline void search_best(RouteSearch* s) noexcept nogil:
    """The cheapest split over at most children_max legs: found, cost, best, exact."""
    cdef RouteNode node
    cdef int64_t most = 0, least = 0
    cdef int32_t k, at
    search_single(s)
    s.order_count = 0
    s.visited = 0
    s.node_count = 0
    for k in range(s.leg_count):
        s.next_segment[k] = 0
        s.nodes[0].least[k] = 0
        s.nodes[0].most[k] = s.legs[k].units_max
    search_enter(s)
    while s.node_count > 0:
        at = 0
        for k in range(1, s.node_count):
            if s.nodes[k].cost <= s.nodes[at].cost:
                at = k
        node = s.nodes[at]
        s.node_count -= 1
        if at != s.node_count:
            s.nodes[at] = s.nodes[s.node_count]
        if s.found and node.cost >= s.cost:
            return
        k = node_branch(s, &node, &most, &least)
        if not search_half(s, &node, k, node.least[k], most):
            return
        if not search_half(s, &node, k, least, node.most[k]):
            return
