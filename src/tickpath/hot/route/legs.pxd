"""What each venue offers an order, in C: see legs.py for the rules.

Worst case: TP_VIEW_LEVELS levels a leg, two segments each, one 128-bit division where a step of the
order ends inside a level.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport TP_BUY, TP_VIEW_LEVELS, int128, tp_level
from tickpath.hot.route.structs cimport RouteLeg, RouteSegment

cdef enum:
    ROUTE_PPM = 1000000


cdef inline int64_t units_gcd(int64_t a, int64_t b) noexcept nogil:
    """The largest step that both are multiples of; b may be 0."""
    cdef int64_t rest
    while b != 0:
        rest = a % b
        a = b
        b = rest
    return a


cdef inline int128 segment_cost(
    const RouteSegment* s, int64_t step_units, int64_t units
) noexcept nogil:
    """What `units` of a segment cost, rounded down where they are no whole step."""
    cdef int128 cost = s.rate * units
    if s.rest != 0:
        cost += <int128>units * s.rest / step_units
    return cost


cdef inline bint segment_before(
    const RouteSegment* a, int64_t a_step, const RouteSegment* b, int64_t b_step
) noexcept nogil:
    """Whether a unit of `a` costs less than one of `b`."""
    if a.rate != b.rate:
        return a.rate < b.rate
    return <int128>a.rest * b_step < <int128>b.rest * a_step


cdef inline void leg_taking(
    RouteLeg* leg, int32_t side, const tp_level* book, int32_t count, int64_t wanted
) noexcept nogil:
    """Displayed levels within the limit (0 ticks: none), until `wanted` units are covered."""
    cdef int64_t weight = leg.candidate.weights[0][0 if side == TP_BUY else 1]
    cdef int64_t lot_units = leg.candidate.lot_units
    cdef int64_t limit = leg.ticks
    cdef int64_t last = 0, ticks, lots, units, lots_most = wanted / lot_units + 1
    cdef int32_t k
    cdef bint buy = side == TP_BUY
    cdef int128 rate
    leg.level_count = 0
    leg.covered_units = 0
    for k in range(count if count < TP_VIEW_LEVELS else TP_VIEW_LEVELS):
        ticks = book[k].price_ticks
        lots = book[k].quantity_lots
        if leg.covered_units >= wanted or ticks <= 0 or lots <= 0:
            break
        if limit != 0 and (ticks > limit if buy else ticks < limit):
            break
        if last != 0 and (ticks <= last if buy else ticks >= last):
            break
        last = ticks
        units = (lots if lots < lots_most else lots_most) * lot_units
        rate = <int128>ticks * weight
        leg.rates[leg.level_count] = rate if buy else -rate
        leg.units[leg.level_count] = units
        leg.level_count += 1
        leg.covered_units += units
        if leg.covered_units > wanted:
            leg.covered_units = wanted
    rate = <int128>(limit if limit != 0 else last) * weight
    leg.beyond = rate if buy else -rate


cdef inline bint leg_resting(
    RouteLeg* leg, int32_t side, int64_t touch, int64_t ahead_lots, int64_t flow_lots,
    int64_t wanted
) noexcept nogil:
    """The order in TP_VIEW_LEVELS parts at their expected cost; 0 when a product does not fit."""
    cdef int32_t s = 0 if side == TP_BUY else 1
    cdef int128 price_max = <int128>1 << 100
    cdef int128 queue_max = <int128>1 << 90
    cdef int128 rest = <int128>leg.ticks * leg.candidate.weights[1][s]
    cdef int128 take = <int128>touch * leg.candidate.weights[0][s]
    cdef int128 ahead = <int128>ahead_lots * leg.candidate.lot_units
    cdef int128 flow = <int128>flow_lots * leg.candidate.lot_units
    cdef int128 rate
    cdef int64_t part = (wanted + TP_VIEW_LEVELS - 1) / TP_VIEW_LEVELS
    cdef int64_t units, chance_ppm
    leg.level_count = 0
    leg.covered_units = 0
    if rest > price_max or take > price_max:
        return 0
    ahead = ahead if ahead < queue_max else queue_max
    flow = flow if flow < queue_max else queue_max
    while leg.covered_units < wanted:
        units = wanted - leg.covered_units
        units = part if part < units else units
        leg.covered_units += units
        chance_ppm = <int64_t>(flow * ROUTE_PPM / (flow + ahead + leg.covered_units))
        rate = rest * chance_ppm + take * (ROUTE_PPM - chance_ppm)
        if s != 0:
            rate = -rate
        if leg.level_count > 0 and rate < leg.rates[leg.level_count - 1]:
            rate = leg.rates[leg.level_count - 1]
        leg.rates[leg.level_count] = rate
        leg.units[leg.level_count] = units
        leg.level_count += 1
    leg.beyond = leg.rates[leg.level_count - 1]
    return 1


cdef inline int128 rate_without_sign(int128 rate) noexcept nogil:
    return rate if rate >= 0 else -rate


cdef inline int128 leg_bound(const RouteLeg* leg, int128 bound) noexcept nogil:
    """The larger of `bound` and the leg's largest rate, without its sign."""
    cdef int32_t k
    cdef int128 rate = rate_without_sign(leg.beyond)
    bound = rate if rate > bound else bound
    for k in range(leg.level_count):
        rate = rate_without_sign(leg.rates[k])
        bound = rate if rate > bound else bound
    return bound


cdef inline void leg_segment(
    RouteLeg* leg, int128 rate, int64_t rest, int64_t start, int64_t end
) noexcept nogil:
    cdef RouteSegment* s = &leg.segments[leg.segment_count]
    s.rate = rate
    s.rest = rest
    s.start = start
    s.end = end
    leg.segment_count += 1


cdef inline void leg_blended(RouteLeg* leg, int128 cost, int64_t at) noexcept nogil:
    """One step whose units come from several levels."""
    cdef int128 rate = cost / leg.step_units
    cdef int64_t rest = <int64_t>(cost - rate * leg.step_units)
    if rest < 0:
        rest += leg.step_units
        rate -= 1
    leg_segment(leg, rate, rest, at, at + leg.step_units)


cdef inline void leg_cut(RouteLeg* leg, int128 penalty) noexcept nogil:
    """Segments of whole order steps up to units_max; past the levels at the beyond rate."""
    cdef int64_t step = leg.step_units
    cdef int64_t at = 0, part = 0, units, taken, whole
    cdef int128 part_cost = 0, rate
    cdef int32_t k
    leg.segment_count = 0
    for k in range(leg.level_count + 1):
        if k < leg.level_count:
            rate = leg.rates[k]
            units = leg.units[k]
        else:
            rate = leg.beyond + penalty
            units = leg.units_max + step
        if part != 0:
            taken = units if units < step - part else step - part
            part += taken
            part_cost += rate * taken
            units -= taken
            if part == step:
                leg_blended(leg, part_cost, at)
                at += step
                part = 0
        if part != 0:
            continue
        whole = units if step == 1 else units / step * step
        whole = whole if whole < leg.units_max - at else leg.units_max - at
        if whole != 0:
            leg_segment(leg, rate, 0, at, at + whole)
            at += whole
        if at == leg.units_max:
            break
        part = units - whole
        part_cost = rate * part


cdef inline int128 leg_cost(const RouteLeg* leg, int64_t units) noexcept nogil:
    """What `units`, a whole number of steps, cost on a leg."""
    cdef int128 cost = 0
    cdef const RouteSegment* s
    cdef int32_t k
    for k in range(leg.segment_count):
        s = &leg.segments[k]
        if s.start >= units:
            break
        cost += segment_cost(
            s, leg.step_units, (units if units < s.end else s.end) - s.start)
    return cost
