"""The reports of a binary frame; `context` is an OrderCodecState."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport tp_report

cdef int32_t sbe_frame(void* context, const char* data, int64_t bytes, tp_report* reports,
                       int32_t* count) noexcept nogil
