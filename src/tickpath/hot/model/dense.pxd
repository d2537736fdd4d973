"""Dense networks: layers in turn, the score is one output of the last. Kernels in dense.h."""

from libc.stdint cimport int32_t
from tickpath.core.records cimport TP_MODEL_LAYERS_MAX

cdef extern from "../hot/model/dense.h" nogil:
    enum:
        DENSE_LANES
        DENSE_IDENTITY
        DENSE_RELU
        DENSE_TANH
        DENSE_SIGMOID
        DENSE_SOFTMAX
    ctypedef void (*dense_fn)(
        const double* weight, const double* bias, int32_t stride,
        const double* values, int32_t inputs, int32_t activation, double* out
    ) noexcept nogil
    dense_fn dense_choose(const char* wanted, const char** name) noexcept nogil

cdef extern from "../hot/model/link.h" nogil:
    double link_softmax(const double* z, int32_t count, int32_t output) noexcept nogil
    double link_sigmoid(double x) noexcept nogil

cdef struct DenseLayer:
    int32_t inputs
    int32_t stride                # outputs padded to DENSE_LANES; the padding computes zeros
    int32_t activation
    int32_t reserved
    const double* weight          # [inputs][stride]
    const double* bias            # [stride]

cdef struct DenseState:
    int32_t layer_count
    int32_t output                # which output of the last layer is the score
    int32_t softmax               # outputs of the last layer when it ends in a softmax, else 0
    int32_t reserved
    dense_fn kernel
    const double* mean            # input = (value - mean) * scale
    const double* scale
    double* front                 # scratch, one layer's values each
    double* back
    DenseLayer layers[TP_MODEL_LAYERS_MAX]


cdef inline double dense_score(
    const DenseState* s, const double* row, int32_t width
) noexcept nogil:
    """The chosen output."""
    cdef double* values = s.front
    cdef double* out = s.back
    cdef double* swap
    cdef int32_t k
    for k in range(width):
        values[k] = (row[k] - s.mean[k]) * s.scale[k]
    for k in range(s.layer_count):
        s.kernel(
            s.layers[k].weight, s.layers[k].bias, s.layers[k].stride,
            values, s.layers[k].inputs, s.layers[k].activation, out,
        )
        swap = values
        values = out
        out = swap
    if s.softmax:
        return link_softmax(values, s.softmax, s.output)
    return values[s.output]
