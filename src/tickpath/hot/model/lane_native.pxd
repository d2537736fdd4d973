"""Handle of a lane's native state. The verbs are in lane.pxd."""

from tickpath.hot.model.lane cimport LaneAnswer, LaneState


cdef class Lane:
    cdef LaneState* state
    cdef readonly object spec, widths, doors
    cdef readonly bint on
    cdef int parse(self, const unsigned char[::1] value, LaneAnswer* answer) except -1
