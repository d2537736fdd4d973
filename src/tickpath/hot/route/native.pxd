"""The verbs of the route stage in C, by their files, and the handle that owns the state.

single.pxd: one venue for an order. planner.pxd, legs.pxd, search.pxd: children over several.
parents.pxd: where the children stand. flow.pxd: recently traded quantity.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport tp_view
from tickpath.hot.route.flow cimport flow_add
from tickpath.hot.route.parents cimport (
    route_drop,
    route_end,
    route_move_intent,
    route_moved,
    route_on_update,
    route_open,
    route_sent,
)
from tickpath.hot.route.planner cimport route_plan, route_splits
from tickpath.hot.route.single cimport instrument_usable, route_pick, route_set_health
from tickpath.hot.route.structs cimport RoutePlan, RouteState


cdef inline void route_on_trade(
    RouteState* r, int32_t instrument, int32_t aggressor, int64_t lots, int64_t now_ns
) noexcept nogil:
    """Count a trade of an instrument."""
    flow_add(&r.flows[instrument], aggressor, lots, now_ns, r.flow_ns)


cdef inline void route_set_tokens(RouteState* r, int64_t venue, int64_t tokens) noexcept nogil:
    """Orders that the venue still takes; below 0: no limit known."""
    if 0 <= venue < r.venue_count:
        r.tokens[venue] = tokens if tokens >= 0 else -1


cdef class Route:
    cdef RouteState* state
    cdef tp_view* views
    cdef object table

    cdef int sample(self, tops) except -1
