"""A report with nothing known but its kind and its order: what decoders and stages fill in."""

from libc.stdint cimport INT64_MIN, int32_t, uint64_t
from libc.string cimport memset
from tickpath.core.records cimport tp_report


cdef inline void report_begin(tp_report* r, int32_t kind, uint64_t id) noexcept nogil:
    """Every field says "not told"; numbers that a venue may tell as 0 are below it."""
    memset(r, 0, sizeof(tp_report))
    r.kind = kind
    r.instrument = -1
    r.client_order_id = id
    r.trade_id = -1
    r.cumulative_lots = -1
    r.fee_units = INT64_MIN
    r.fee_currency = -1
