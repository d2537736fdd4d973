"""Indicators as Python objects: one step a call, on the code that the walk runs."""

from tickpath.core.arena cimport Arena
from tickpath.core.records cimport tp_indicator


cdef class Indicator:
    cdef tp_indicator state
    cdef Arena arena
    cdef readonly str stem
    cdef readonly object params
    cdef readonly Py_ssize_t warm
    cdef object column
