"""A figure of the portfolio against its limit: what the checks var and shortfall share."""

from libc.stdint cimport INT64_MIN, int32_t, int64_t
from tickpath.core.codes cimport TP_OK, TP_RISK_VAR_STALE
from tickpath.core.records cimport tp_figure


cdef inline bint figure_stale(
    int64_t units, int64_t from_ns, int64_t age_ns_max, int64_t now_ns
) noexcept nogil:
    """Whether a figure is absent or too old; `from_ns` of one that is there is not negative."""
    return units == INT64_MIN or now_ns - from_ns > age_ns_max


cdef inline int32_t figure_over(
    const tp_figure* f, int64_t units, int64_t units_max, int64_t now_ns, int32_t code
) noexcept nogil:
    """TP_OK, TP_RISK_VAR_STALE, or `code` when the figure is past its limit; a limit of 0 is none.
    """
    if units_max == 0:
        return TP_OK
    if figure_stale(units, f.from_ns, f.age_ns_max, now_ns):
        return TP_RISK_VAR_STALE
    return code if units > units_max else TP_OK
