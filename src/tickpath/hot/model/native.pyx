"""Python handle of the native model: lays the checked arrays out for the kernels. No logic."""

from libc.math cimport INFINITY, NAN
from libc.stdint cimport int32_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset
from tickpath.core.arena cimport Arena, arena_free, arena_init, arena_take
from tickpath.core.codes cimport TP_OK
from tickpath.hot.model.dense cimport (
    DENSE_LANES, DENSE_SOFTMAX, DenseLayer, DenseState, dense_choose, dense_fn
)
from tickpath.hot.model.recurrent cimport (
    REC_GRU, REC_GRU_EARLY, REC_LANES, REC_LSTM, RecurrentState, rec_choose, rec_keep, rec_kernel,
    rec_layer, rec_state, recurrent_catch_up, recurrent_score
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
        self.steps = 0
        self.fingerprint = arrays.fingerprint(model)
        if isinstance(model, arrays.DenseModel):
            self.kernel = dense_fill(self.state, model)
        elif isinstance(model, arrays.RecurrentModel):
            self.kernel = recurrent_fill(self.state, model)
            self.steps = model.steps
        elif model is not None:
            trees_fill(self.state, model)

    def use_kernel(self, name):
        """Take another instruction set of the kernels, bit-equal to the chosen one. False, and
        nothing changed, when there is none or this processor lacks it."""
        cdef const char* found
        cdef bytes wanted = name.encode()
        cdef dense_fn kernel = dense_choose(wanted, &found)
        cdef const rec_kernel* cells = rec_choose(wanted)
        if self.steps and cells != NULL:
            self.state.recurrent.layers.kernel = cells
            self.kernel = name
            return True
        if self.state.kind != MODEL_DENSE or kernel == NULL:
            return False
        self.state.dense.kernel = kernel
        self.kernel = name
        return True

    def score(self, row):
        """(code, score); the score counts only with Code.OK."""
        cdef Py_ssize_t width = len(row)
        cdef Py_ssize_t k
        cdef int32_t code
        cdef double score = 0.0
        cdef double* values = <double*>malloc((width + 1) * sizeof(double))
        if values == NULL:
            raise MemoryError("row")
        try:
            for k in range(width):
                values[k] = row[k]
            with nogil:
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

    def catch_up(self):
        """Do what the last score left for later; else the next score does it first."""
        with nogil:
            model_catch_up(self.state)

    def export_state(self):
        """u32 version = 1, u64 fingerprint of the model; of a recurrent one the rows that it
        keeps, float32, the oldest first."""
        cdef rec_state* s = &self.state.recurrent.layers
        cdef int32_t row = s.width * sizeof(float)
        cdef int32_t k
        kept = [
            (<char*>s.rows + <Py_ssize_t>((s.next - s.count + k + s.steps) % s.steps) * row)[:row]
            for k in range(s.count)
        ]
        return arrays.pack_state(self.fingerprint, b"".join(kept))

    def import_state(self, data):
        """Accept the state of the same model. DataError when it is of another."""
        cdef rec_state* s = &self.state.recurrent.layers
        cdef const float[:, ::1] rows = arrays.check_state(
            self.fingerprint, data, s.width, self.steps)
        cdef Py_ssize_t k
        s.count = 0
        for k in range(rows.shape[0]):
            rec_keep(s, &rows[k, 0])


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


cdef size_t dense_bytes(object model):
    """What dense_layers takes from the arena, at most."""
    cdef size_t widest = padded(model.width, DENSE_LANES)
    cdef size_t size = 0
    cdef size_t stride
    for entry in model.layers:
        stride = padded(len(entry.bias), DENSE_LANES)
        widest = max(widest, stride)
        size += (<size_t>len(entry.weight) + 1) * stride * sizeof(double) + 128
    return size + 4 * (widest * sizeof(double) + 64)


cdef str dense_layers(DenseState* s, Arena* arena, object model):
    """Copy the layers, transposed as the kernels read them. Returns the kernel's name."""
    cdef int32_t width = model.width
    cdef int32_t widest = padded(width, DENSE_LANES)
    cdef int32_t inputs, outputs, stride
    cdef DenseLayer* layer
    cdef const char* name
    for entry in model.layers:
        widest = max(widest, padded(len(entry.bias), DENSE_LANES))
    s.output = model.output
    s.mean = doubles(arena, model.mean, 1, width, width)
    s.scale = doubles(arena, model.scale, 1, width, width)
    s.front = <double*>take(arena, widest * sizeof(double))
    s.back = <double*>take(arena, widest * sizeof(double))
    for entry in model.layers:
        inputs, outputs = entry.weight.shape
        stride = padded(outputs, DENSE_LANES)
        layer = &s.layers[s.layer_count]
        layer.inputs = inputs
        layer.stride = stride
        layer.activation = entry.activation
        layer.weight = doubles(arena, entry.weight, inputs, outputs, stride)
        layer.bias = doubles(arena, entry.bias, 1, outputs, stride)
        s.layer_count += 1
        s.softmax = outputs if entry.activation == DENSE_SOFTMAX else 0
    s.kernel = dense_choose(NULL, &name)
    return name.decode()


cdef str dense_fill(ModelState* s, object model):
    """A dense network. Returns the kernel's name."""
    if not arena_init(&s.arena, dense_bytes(model)):
        raise MemoryError("model arena")
    s.width = model.width
    s.kind = MODEL_DENSE
    return dense_layers(&s.dense, &s.arena, model)


cdef int32_t call_recurrent(void* context, const double* row, double* score) noexcept nogil:
    return recurrent_score(<RecurrentState*>context, row, score)


cdef void catch_up_recurrent(void* context) noexcept nogil:
    recurrent_catch_up(<RecurrentState*>context)


cdef str recurrent_fill(ModelState* s, object model):
    """A recurrent network with its layers in blocks of units. Returns the kernel's name."""
    cdef rec_state* r = &s.recurrent.layers
    cdef int32_t widest = 0
    if not arena_init(&s.arena, recurrent_bytes(model)):
        raise MemoryError("model arena")
    s.width = r.width = model.width
    r.steps = model.steps
    r.mean = doubles(&s.arena, model.mean, 1, r.width, r.width)
    r.scale = doubles(&s.arena, model.scale, 1, r.width, r.width)
    for entry in model.layers:
        recurrent_layer(&r.layers[r.layer_count], &s.arena, entry, r.steps)
        widest = max(widest, given_floats(&r.layers[r.layer_count]))
        r.layer_count += 1
    r.rows = <float*>take(&s.arena, <size_t>r.steps * r.width * sizeof(float))
    r.given = <float*>take(&s.arena, widest * sizeof(float))
    r.kernel = rec_choose(NULL)
    s.recurrent.units = <double*>take(&s.arena, model.head.width * sizeof(double))
    dense_layers(&s.recurrent.head, &s.arena, model.head)
    s.call = call_recurrent
    s.later = catch_up_recurrent
    s.context = &s.recurrent
    s.kind = MODEL_CALLED
    return r.kernel.name.decode()


cdef int32_t given_floats(const rec_layer* layer) noexcept:
    return layer.blocks * layer.gates * REC_LANES


cdef size_t recurrent_bytes(object model):
    """What recurrent_fill takes from the arena, at most."""
    cdef size_t size = 2 * (<size_t>model.width * sizeof(double) + 64) + 4 * 64
    cdef size_t units, widest = 0
    for entry in model.layers:
        units = padded(entry.units, REC_LANES)
        size += (entry.weight.shape[0] + entry.recur.shape[0] + 3) * units * 4 * sizeof(float)
        size += (3 + 7 * <size_t>model.steps) * units * sizeof(float) + 12 * 64
        widest = max(widest, units)
    size += <size_t>model.steps * model.width * sizeof(float)
    size += 4 * widest * sizeof(float) + model.head.width * sizeof(double)
    return size + dense_bytes(model.head)


cdef int recurrent_layer(rec_layer* s, Arena* arena, object entry, int32_t steps) except -1:
    """Copy one layer into blocks of units; its windows are on their way from nowhere."""
    cdef int32_t gates = 4 if entry.cell == REC_LSTM else 3
    cdef size_t bytes
    s.cell_kind = entry.cell
    s.gates = gates
    s.inputs = entry.weight.shape[0]
    s.units = entry.units
    s.blocks = padded(s.units, REC_LANES) // REC_LANES
    bytes = <size_t>s.blocks * REC_LANES * sizeof(float)
    s.input = blocked(arena, entry.weight, s, gates, 0, gates)
    s.bias = blocked(arena, entry.bias, s, gates, 0, gates)
    if s.cell_kind == REC_GRU_EARLY:
        s.recur = blocked(arena, entry.recur, s, gates, 0, 2)
        s.late = blocked(arena, entry.recur, s, gates, 2, 3)
    else:
        s.recur = blocked(arena, entry.recur, s, gates, 0, gates)
    if s.cell_kind == REC_GRU:
        s.late_bias = blocked(arena, entry.late_bias, s, 1, 0, 1)
    s.hidden_first = blocked(arena, entry.hidden_first, s, 1, 0, 1)
    s.cell_first = blocked(arena, entry.cell_first, s, 1, 0, 1)
    s.hidden = <float*>take(arena, bytes * steps)
    s.cell = <float*>take(arena, bytes * steps)
    s.sums = <float*>take(arena, bytes * 4 * steps)
    s.reset = <float*>take(arena, bytes * steps)
    return 0


cdef float* blocked(
    Arena* arena, values, const rec_layer* s, int32_t gates, int32_t first, int32_t last
) except NULL:
    """Gates first .. last - 1 of (inputs, gates * units) as [block][input][gate][REC_LANES], the
    units that fill the last block zero."""
    cdef const float[:, ::1] view = values.reshape(-1, gates * s.units)
    cdef Py_ssize_t inputs = view.shape[0]
    cdef Py_ssize_t taken = last - first
    cdef float* out = <float*>take(
        arena, inputs * taken * s.blocks * REC_LANES * sizeof(float))
    cdef Py_ssize_t unit, i, g
    for unit in range(s.units):
        for i in range(inputs):
            for g in range(taken):
                out[
                    ((unit // REC_LANES * inputs + i) * taken + g) * REC_LANES + unit % REC_LANES
                ] = view[i, (first + g) * s.units + unit]
    return out


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
