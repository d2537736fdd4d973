"""What the Python handles of all native order codecs share, see codec_face.pyx."""

from libc.stdint cimport int32_t
from tickpath.core.records cimport tp_codec
from tickpath.venues.text.order_numbers cimport CurrencyName, OrderGrid, tp_segment

cdef class CodecFace:
    cdef tp_codec codec               # filled in by the venue

cdef int segment_fill(tp_segment* out, str text) except -1
cdef int currencies_fill(CurrencyName* out, object currencies) except -1
cdef int codec_fits(object config) except -1
cdef int grid_fill(OrderGrid* out, object instrument) except -1
