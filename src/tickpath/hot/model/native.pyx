"""Python handle of the native model: lays the checked arrays out for the kernels. No logic."""

from libc.math cimport INFINITY, NAN
from libc.stdint cimport int32_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset
from tickpath.core.arena cimport Arena, arena_free, arena_init, arena_take
from tickpath.core.codes cimport TP_OK
from tickpath.hot.model.dense cimport (
    DENSE_LANES, DENSE_SOFTMAX, DenseLayer, dense_choose, dense_fn
)
from tickpath.hot.model.trees cimport TREE_LANES, TreeNode

import numpy as np

from tickpath.core.backend import Available
from tickpath.hot.model import arrays


def probe():
    """Compiled: there when this module can be imported."""
    return Available(ok=True, reason="compiled")


cdef class Model:
    """One loaded model; `state` is what the engine walks, `kernel` names the instruction set."""

    def __cinit__(self):
        self.state = <ModelState*>calloc(1, sizeof(ModelState))
        if self.state == NULL:
            raise MemoryError("model state")

    def __dealloc__(self):
        if self.state != NULL:
            arena_free(&self.state.arena)
            free(self.state)

    def __init__(self, spec, int32_t width):
        model = arrays.load(spec, width)
        arena_free(&self.state.arena)
        memset(self.state, 0, sizeof(ModelState))
        self.spec = spec
        self.kernel = "base"
        self.fingerprint = arrays.fingerprint(model)
        if isinstance(model, arrays.DenseModel):
            self.kernel = dense_fill(self.state, model)
        elif model is not None:
            trees_fill(self.state, model)

    def use_kernel(self, name):
        """Take another instruction set of the dense kernels, bit-equal to the chosen one.
        False, and nothing changed, when this processor lacks it."""
        cdef const char* found
        cdef bytes wanted = name.encode()
        cdef dense_fn kernel = dense_choose(wanted, &found)
        if self.state.kind != MODEL_DENSE or kernel == NULL:
            return False
        self.state.dense.kernel = kernel
        self.kernel = name
        return True

    def score(self, row):
        """(code, score); the score counts only with Code.OK."""
        cdef Py_ssize_t width = len(row)
        cdef Py_ssize_t k
        cdef double score = 0.0
        cdef double* values = <double*>malloc((width + 1) * sizeof(double))
        if values == NULL:
            raise MemoryError("row")
        try:
            for k in range(width):
                values[k] = row[k]
            code = model_score(self.state, values, <int32_t>width, &score)
        finally:
            free(values)
        return code, score

    def scores(self, const double[:, ::1] rows):
        """Scores of rows [row][column] as float64, NaN where `score` has another code than OK.
        Without the GIL: a worker has its own handle."""
        cdef Py_ssize_t count = rows.shape[0]
        cdef Py_ssize_t k
        found = np.empty(count)
        cdef double[::1] out = found
        with nogil:
            for k in range(count):
                if model_score(self.state, &rows[k, 0], <int32_t>rows.shape[1], &out[k]) != TP_OK:
                    out[k] = NAN
        return found

    def export_state(self):
        """u32 version = 1, u64 fingerprint of the model."""
        return arrays.pack_state(self.fingerprint)

    def import_state(self, data):
        """Accept the state of the same model. DataError when it is of another."""
        arrays.check_state(self.fingerprint, data)


cdef int32_t padded(int32_t count, int32_t lanes) noexcept:
    return (count + lanes - 1) // lanes * lanes


cdef void* take(Arena* arena, size_t size) except NULL:
    cdef void* piece = arena_take(arena, size)
    if piece == NULL:
        raise MemoryError("model arena")
    return piece


cdef double* doubles(
    Arena* arena, values, int32_t rows, int32_t columns, int32_t stride
) except NULL:
    """A row-major copy with rows of `stride`, the padding zero."""
    cdef double* out = <double*>take(arena, <size_t>rows * stride * sizeof(double))
    cdef const double[:, ::1] view = values.reshape(rows, columns)
    cdef int32_t i, j
    for i in range(rows):
        for j in range(columns):
            out[<Py_ssize_t>i * stride + j] = view[i, j]
    return out


cdef str dense_fill(ModelState* s, object model):
    """Copy the layers, transposed as the kernels read them. Returns the kernel's name."""
    cdef size_t size = 0
    cdef int32_t widest = padded(model.width, DENSE_LANES)
    cdef int32_t inputs, outputs, stride
    cdef DenseLayer* layer
    cdef const char* name
    for entry in model.layers:
        stride = padded(len(entry.bias), DENSE_LANES)
        widest = max(widest, stride)
        size += (<size_t>len(entry.weight) + 1) * stride * sizeof(double) + 128
    size += 4 * (widest * sizeof(double) + 64)
    if not arena_init(&s.arena, size):
        raise MemoryError("model arena")
    s.width = model.width
    s.dense.output = model.output
    s.dense.mean = doubles(&s.arena, model.mean, 1, s.width, s.width)
    s.dense.scale = doubles(&s.arena, model.scale, 1, s.width, s.width)
    s.dense.front = <double*>take(&s.arena, widest * sizeof(double))
    s.dense.back = <double*>take(&s.arena, widest * sizeof(double))
    for entry in model.layers:
        inputs, outputs = entry.weight.shape
        stride = padded(outputs, DENSE_LANES)
        layer = &s.dense.layers[s.dense.layer_count]
        layer.inputs = inputs
        layer.stride = stride
        layer.activation = entry.activation
        layer.weight = doubles(&s.arena, entry.weight, inputs, outputs, stride)
        layer.bias = doubles(&s.arena, entry.bias, 1, outputs, stride)
        s.dense.layer_count += 1
        s.dense.softmax = outputs if entry.activation == DENSE_SOFTMAX else 0
    s.dense.kernel = dense_choose(NULL, &name)
    s.kind = MODEL_DENSE
    return name.decode()


cdef int trees_fill(ModelState* s, object model) except -1:
    """Renumber the nodes so that siblings are neighbours, tree by tree, level by level."""
    cdef int32_t count = len(model.feature)
    cdef int32_t trees = len(model.root)
    cdef int32_t slots = padded(trees, TREE_LANES)
    cdef TreeNode* nodes
    cdef int32_t* roots
    cdef int32_t* depths
    cdef int32_t k
    if not arena_init(
        &s.arena,
        count * sizeof(TreeNode) + (slots + slots // TREE_LANES) * sizeof(int32_t)
        + (<size_t>model.width + 1) * sizeof(double) + 256,
    ):
        raise MemoryError("model arena")
    nodes = <TreeNode*>take(&s.arena, count * sizeof(TreeNode))
    roots = <int32_t*>take(&s.arena, slots * sizeof(int32_t))
    depths = <int32_t*>take(&s.arena, slots // TREE_LANES * sizeof(int32_t))
    s.width = model.width
    s.trees.row = <double*>take(&s.arena, (<size_t>s.width + 1) * sizeof(double))
    s.trees.row[s.width] = -INFINITY
    order, places = tree_order(model)
    for old in order:
        k = places[old]
        if model.left[old] >= 0:
            nodes[k].threshold = model.threshold[old]
            nodes[k].feature = model.feature[old]
            nodes[k].first = places[model.left[old]]
        else:
            nodes[k].threshold = model.value[old]
            nodes[k].feature = s.width
            nodes[k].first = k
    for k in range(slots):
        roots[k] = places[model.root[k if k < trees else 0]]
        if k < trees:
            depths[k // TREE_LANES] = max(depths[k // TREE_LANES], <int32_t>model.depth[k])
    s.trees.tree_count = trees
    s.trees.average = model.average
    s.trees.sigmoid = model.sigmoid
    s.trees.base = model.base
    s.trees.nodes = nodes
    s.trees.roots = roots
    s.trees.depths = depths
    s.kind = MODEL_TREES
    return 0


cdef tuple tree_order(object model):
    """(old numbers in new order, new number of each old one): breadth first, siblings together."""
    order = []
    places = {}
    for root in model.root.tolist():
        queue = [root]
        for node in queue:
            places[node] = len(order)
            order.append(node)
            if model.left[node] >= 0:
                queue += [int(model.left[node]), int(model.right[node])]
    return order, places
