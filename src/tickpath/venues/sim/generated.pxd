"""Handle of a generated market; the replay loop takes its state."""

from libc.stdint cimport int64_t
from tickpath.venues.sim.crowd cimport CrowdState

cdef class GeneratedMarket:
    cdef CrowdState* state
    cdef readonly object product, model, seed
    cdef readonly int64_t frames
    cdef readonly bint used
    cdef int fill_model(self) except -1
    cdef int fill_text(self) except -1
    cdef int begin(self, seed) except -1
