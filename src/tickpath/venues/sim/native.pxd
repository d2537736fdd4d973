"""Handle of the simulated venue; the replay loop takes its state."""

from tickpath.venues.sim.venue cimport VenueState

cdef class SimVenue:
    cdef VenueState* state
    cdef readonly object config, feed, books
    cdef public object market         # the generated market that matches our orders, or None
