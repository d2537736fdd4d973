"""The C record of an instrument, filled from its metadata once at start."""

from tickpath.core.records cimport tp_instrument

cdef int instrument_fill(tp_instrument* out, object instrument) except -1
