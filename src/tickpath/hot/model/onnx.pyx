"""Model evaluated by ONNX Runtime's C interface, without Python and without its lock.

For graphs that have no native form: `tickpath.hot.model.choose` takes it then, and `[backends]
model = "onnx"` forces it. The library is that of the installed package `onnxruntime`; one thread,
operations one after the other, values over memory of our own. In: (rows, columns), or a window of
(rows, steps, columns) or (steps, rows, columns) as in recurrent models. A run that the library
refuses has no score (MODEL_FAILED), is counted in `failures`, and its words are in `last_error`.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from tickpath.core.codes cimport TP_MODEL_COLD, TP_MODEL_FAILED, TP_MODEL_NOT_FINITE, TP_OK
from tickpath.hot.model.native cimport MODEL_CALLED

import numpy as np

from tickpath.core.backend import Available
from tickpath.core.errors import ConfigError
from tickpath.core.runtimes import library
from tickpath.hot.model import arrays, onnx_graph


def probe():
    """There when the installed onnxruntime has a library that offers what is used."""
    cdef const char* version = b""
    cdef const char* why = b""
    path, said = library()
    if path is None:
        return Available(ok=False, reason=said)
    place = str(path).encode()
    if ort_open(place, &version, &why) == NULL:
        return Available(ok=False, reason=f"{path}: {why.decode(errors='replace')}: "
                                          "pip install -U onnxruntime")
    return Available(ok=True, reason=f"onnxruntime {version.decode()}")


cdef int32_t call_session(void* context, const double* row, double* score) noexcept nogil:
    cdef int32_t code = ort_run(<ort_model*>context, row, score)
    if code == ORT_OK:
        return TP_OK
    if code == ORT_COLD:
        return TP_MODEL_COLD
    return TP_MODEL_NOT_FINITE if code == ORT_NOT_FINITE else TP_MODEL_FAILED


def refused(model, where, what):
    """The error of what the library said."""
    return ConfigError(f"{where}: {what} by {model.kernel} ({model.last_error}): export it again")


cdef class Model(NativeModel):
    """One session; `state` is what the engine walks, `kernel` names the library."""

    def __cinit__(self):
        self.session = <ort_model*>calloc(1, sizeof(ort_model))
        if self.session == NULL:
            raise MemoryError("model session")

    def __dealloc__(self):
        if self.session != NULL:
            ort_end(self.session)
            free(self.session)

    def __init__(self, spec, int32_t width):
        cdef const char* version = b""
        cdef const char* why = b""
        where = f"model {spec.path!r}"
        if spec.kind != "onnx":
            raise ConfigError(f"{where}: backend onnx needs kind onnx, not {spec.kind!r}")
        path, said = library()
        if path is None:
            raise ConfigError(f"{where}: {said}")
        graph = onnx_graph.read(spec.path, width, where)
        place = str(path).encode()
        ort_end(self.session)
        self.session.api = ort_open(place, &version, &why)
        if self.session.api == NULL:
            raise ConfigError(f"{path}: {why.decode(errors='replace')}")
        self.spec = spec
        self.kernel = f"onnxruntime {version.decode()}"
        self.steps = graph.steps if graph.window else 0
        self.window = graph.window
        self.fingerprint = graph.fingerprint
        self.begin(graph, width, where)
        self.state.width = width
        self.state.call = call_session
        self.state.context = self.session
        self.state.kind = MODEL_CALLED

    cdef begin(self, graph, int32_t width, where):
        """A session and its two values, tried once with zeros."""
        cdef ort_model* m = self.session
        cdef const unsigned char[::1] data = graph.data
        cdef int64_t axes[3]
        cdef Py_ssize_t k
        item = 8 if graph.double else 4
        m.input_type = ORT_DOUBLE if graph.double else ORT_FLOAT
        m.width, m.steps, m.count = width, graph.steps, 0
        held = np.zeros((graph.steps, width), np.float64 if graph.double else np.float32)
        names = (graph.input.encode(), graph.output.encode())
        m.window = <char*><size_t>held.ctypes.data
        m.input_name, m.output_name = names[0], names[1]
        self.held = [held, names]
        for k, size in enumerate(graph.axes):
            axes[k] = size
        if not ort_begin(m, &data[0], data.shape[0], axes, len(graph.axes), held.nbytes):
            raise refused(self, where, "cannot be loaded")
        if not ort_try(m):
            raise refused(self, where, "cannot be run")
        if m.answer_type not in (ORT_FLOAT, ORT_DOUBLE):
            raise ConfigError(f"{where}: output {graph.output!r} is not of floats or doubles")
        shape = [m.answer_axes[k] for k in range(m.answer_axes_count)]
        m.chosen = onnx_graph.place_of(shape, graph.chosen, where)
        answer = np.zeros(
            max(int(np.prod(shape)), 1), np.float64 if m.answer_type == ORT_DOUBLE else np.float32)
        m.answer = <char*><size_t>answer.ctypes.data
        self.held.append(answer)
        if not ort_answer(m, answer.nbytes):
            raise refused(self, where, "cannot be run")

    def use_kernel(self, name):
        """There is one."""
        return False

    @property
    def failures(self):
        """Runs that the library refused."""
        return self.session.failures

    @property
    def last_error(self):
        """What it said of the last one."""
        return self.session.message.decode(errors="replace")

    def export_state(self):
        """u32 version = 1, u64 fingerprint of the file, the rows of a window in its own type."""
        rows = self.held[0][self.session.steps - self.session.count :]
        return arrays.pack_state(self.fingerprint, rows.tobytes() if self.window else b"")

    def import_state(self, data):
        """Accept the state of the same file. DataError when it is of another."""
        kind = self.held[0].dtype
        rows = arrays.check_state(self.fingerprint, data, self.session.width, self.steps, kind)
        if self.window:
            self.session.count = len(rows)
            self.held[0][self.session.steps - len(rows) :] = rows
