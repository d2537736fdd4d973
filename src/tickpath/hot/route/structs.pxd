"""The structs of the route stage: venue table, scratch of one plan, parents with their children.

Everything is sized from limits.toml and made once. The engine's thread writes all of it.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from tickpath.core.records cimport (
    TP_INSTRUMENTS_MAX,
    TP_ROUTE_NODES_MAX,
    TP_ROUTE_PARENTS_MAX,
    TP_VENUES_MAX,
    TP_VIEW_LEVELS,
    int128,
    tp_request,
)

cdef extern from *:
    """
    #define TP_ROUTE_SEGMENTS_MAX (2 * TP_VIEW_LEVELS + 2)
    #define TP_ROUTE_ORDER_MAX (TP_VENUES_MAX * TP_ROUTE_SEGMENTS_MAX)
    #define TP_ROUTE_PLACES_MAX (2 * TP_ROUTE_PARENTS_MAX * TP_VENUES_MAX)
    static_assert((TP_ROUTE_PLACES_MAX & (TP_ROUTE_PLACES_MAX - 1)) == 0, "power of two");
    static_assert(TP_ROUTE_NODES_MAX >= (2 << TP_VENUES_MAX) - 1, "a choice for each venue");
    """
    enum:
        TP_ROUTE_SEGMENTS_MAX
        TP_ROUTE_ORDER_MAX
        TP_ROUTE_PLACES_MAX

cdef struct RouteRatio:                         # in lowest terms
    int64_t num
    int64_t den

cdef struct RouteCandidate:
    int32_t instrument
    int32_t venue
    int32_t away                                # 0: the instrument asked for
    int32_t inverse                             # 1: its notional falls as the price rises
    int64_t weights[2][2]                       # cost of a tick: [post-only][side]
    RouteRatio ticks                            # home ticks -> its ticks
    RouteRatio lots
    int64_t lots_min
    int64_t lots_max
    int64_t lots_step
    int64_t lot_units                           # one of its lots in the group's units
    int64_t notional_units_min
    int64_t value_num
    int64_t value_den

cdef struct RouteSegment:                       # units start..end of a leg, see legs.py
    int128 rate
    int64_t rest
    int64_t start
    int64_t end
    int64_t reserved

cdef struct RouteLeg:
    const RouteCandidate* candidate
    int64_t ticks
    int64_t step_units
    int64_t units_min
    int64_t units_max
    int64_t covered_units
    int128 beyond
    int32_t level_count
    int32_t segment_count
    int128 rates[TP_VIEW_LEVELS]
    int64_t units[TP_VIEW_LEVELS]
    RouteSegment segments[TP_ROUTE_SEGMENTS_MAX]

cdef struct RouteNode:                          # bounds of every leg and the relaxed answer
    int128 cost
    int64_t least[TP_VENUES_MAX]
    int64_t most[TP_VENUES_MAX]
    int64_t units[TP_VENUES_MAX]

cdef struct RouteSearch:
    int64_t wanted
    int32_t leg_count
    int32_t children_max
    int32_t found                               # 1: best holds a split
    int32_t exact
    int128 cost
    int64_t best[TP_VENUES_MAX]
    int32_t order_count                         # segments put in order so far
    int32_t node_count                          # open nodes
    int32_t visited
    int32_t reserved
    int32_t next_segment[TP_VENUES_MAX]
    uint8_t order_leg[TP_ROUTE_ORDER_MAX]
    uint8_t order_segment[TP_ROUTE_ORDER_MAX]
    RouteLeg legs[TP_VENUES_MAX]
    RouteNode nodes[TP_ROUTE_NODES_MAX + 2]

cdef struct RouteFlow:                          # see flow.py
    int64_t start_ns
    int64_t lots[2]
    int64_t lots_before[2]

cdef struct RouteChild:
    uint64_t client_order_id
    int32_t instrument
    int32_t venue
    int64_t lot_units
    int64_t open_units
    int64_t dropped_units
    int32_t moved
    int32_t reserved

cdef struct RouteParent:                        # number 0: the row was never used
    uint64_t number
    int32_t strategy
    int32_t instrument
    int32_t side
    int32_t type
    int32_t time_in_force
    int32_t flags
    int32_t tag
    uint32_t refused
    int64_t price_ticks
    int64_t expire_ns
    int64_t total_units
    int64_t filled_units
    int64_t over_units
    int32_t child_count
    int32_t reserved
    RouteChild children[TP_VENUES_MAX]

cdef struct RoutePlace:                         # where a child's order is; row 0: free
    uint64_t client_order_id
    int32_t row
    int32_t child

cdef struct RouteParents:
    uint64_t made
    int32_t cursor
    int32_t reserved
    RouteParent rows[TP_ROUTE_PARENTS_MAX]
    RoutePlace places[TP_ROUTE_PLACES_MAX]

cdef struct RoutePlan:                          # children of one intent
    int32_t count
    int32_t exact
    int64_t total_units
    int128 cost
    int64_t units[TP_VENUES_MAX]
    tp_request children[TP_VENUES_MAX]

cdef struct RouteState:
    uint32_t health                             # a bit a venue
    int32_t venue_count
    int32_t instrument_count
    # configuration of children
    int32_t split
    int32_t split_resting
    int32_t children_max
    int32_t fok_refuse
    int32_t reserved
    int64_t flow_ns
    int64_t tokens[TP_VENUES_MAX]               # below 0: no limit known
    int32_t venues[TP_INSTRUMENTS_MAX]
    int32_t candidate_count[TP_INSTRUMENTS_MAX]
    RouteCandidate candidates[TP_INSTRUMENTS_MAX][TP_VENUES_MAX]
    RouteFlow flows[TP_INSTRUMENTS_MAX]
    RouteParents parents
    RouteSearch search
