"""Model evaluated by ONNX Runtime's C interface, for graphs without a native form. See ort.h."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.hot.model.native cimport Model as NativeModel

cdef extern from "../hot/model/ort.h" nogil:
    enum:
        ORT_AXES_MAX
        ORT_FLOAT
        ORT_DOUBLE
        ORT_OK
        ORT_NOT_FINITE
        ORT_COLD
    ctypedef struct ort_model:
        const void* const* api
        const char* input_name
        const char* output_name
        char* window
        char* answer
        int64_t answer_axes[ORT_AXES_MAX]
        int32_t answer_axes_count
        int32_t answer_type
        int32_t input_type
        int32_t width
        int32_t steps
        int32_t count
        int32_t chosen
        uint64_t failures
        char* message
    const void* const* ort_open(const char* path, const char** version, const char** why)
    int ort_begin(ort_model* m, const void* data, size_t size, const int64_t* axes, int count,
                  size_t window_bytes)
    int ort_try(ort_model* m)
    int ort_answer(ort_model* m, size_t size)
    void ort_end(ort_model* m)
    int32_t ort_run(ort_model* m, const double* row, double* score)


cdef class Model(NativeModel):
    cdef ort_model* session
    cdef object held              # what the session borrows
    cdef readonly bint window
    cdef begin(self, graph, int32_t width, where)
