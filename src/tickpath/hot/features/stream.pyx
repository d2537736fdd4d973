"""Indicators as Python objects and over whole arrays, on the steps that the walk runs."""

from libc.math cimport NAN, fabs
from libc.stdint cimport int32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from tickpath.core.arena cimport arena_free, arena_init
from tickpath.core.records cimport tp_indicator, tp_window
from tickpath.hot.features.across cimport tp_across
from tickpath.hot.features.interleave cimport ROOM_BEYOND, interleave
from tickpath.hot.features.native cimport indicator_set, windows_bytes
from tickpath.hot.features.passes cimport INPUT_MAX, all_within, bands, moments_over
from tickpath.hot.features.sources cimport INPUTS_MAX

import numpy as np

from tickpath.core.errors import DataError
from tickpath.hot.features import catalogue
from tickpath.hot.features.spec import INPUT_MAX as LARGEST

assert INPUT_MAX == LARGEST

cdef enum:
    CHUNK = 2048                  # samples of a faster form: its inputs stay in the first cache


cdef inline bint numbers_at(
    const double** x, Py_ssize_t k, int32_t width, double* numbers
) noexcept nogil:
    """The k-th step's numbers; whether it can be taken."""
    cdef int32_t j
    numbers[0] = 0.0
    for j in range(width):
        numbers[j] = x[j][k]
        if not fabs(numbers[j]) <= INPUT_MAX:
            return False
    return True


cdef inline Py_ssize_t chunk_end(Py_ssize_t first, Py_ssize_t n, int32_t width) noexcept nogil:
    """Where the steps end whose numbers fill a chunk."""
    cdef Py_ssize_t steps = CHUNK // width
    return first + steps if n - first > steps else n


cdef const double* numbers_of(
    const double** x, Py_ssize_t first, Py_ssize_t last, int32_t width, double* room
) noexcept nogil:
    """The numbers of the steps of a chunk, one step behind the other; NULL when a step cannot be
    taken, or its numbers are so large that each must be looked at."""
    if width == 1:
        return x[0] + first if all_within(x[0] + first, INPUT_MAX, last - first) else NULL
    return room if interleave(x, first, last - first, width, room) else NULL


cdef void careful_over(
    tp_indicator* s, const double** x, Py_ssize_t first, Py_ssize_t last, double* out
) noexcept nogil:
    """Steps of which some may be left out."""
    cdef double numbers[INPUTS_MAX]
    cdef Py_ssize_t k
    for k in range(first, last):
        out[k] = NAN
        if numbers_at(x, k, s.width, numbers):
            s.count += 1
            s.step(s, numbers)
            out[k] = s.value


ctypedef void (*row_form)(const tp_across* a) noexcept nogil

include "_batches.pxi"


cdef class Indicator:
    """State of one indicator: what `One` and `Many` step. `warm` is the steps until a number."""

    def __cinit__(self):
        self.state.value = NAN

    def __dealloc__(self):
        arena_free(&self.arena)

    def __init__(self, str stem, object params):
        spec = catalogue.indicator(stem)
        self.column = catalogue.step_of(stem, params)
        self.stem = stem
        self.params = params
        self.warm = spec.warm(params)
        self.reset()
        self.state.width = spec.width(params)
        self.state.levels = params.period if spec.levels else 0

    def reset(self):
        """Forget every sample."""
        arena_free(&self.arena)
        if not arena_init(&self.arena, windows_bytes(self.column.windows)):
            raise MemoryError("indicator windows")
        indicator_set(&self.state, &self.arena, self.stem, self.column)

    @property
    def value(self):
        """float: after the last step, NaN until warm."""
        return self.state.value

    @property
    def count(self):
        """int: steps taken."""
        return self.state.count


cdef class One(Indicator):
    """An indicator of one input."""

    def update(self, double x):
        """Take a sample; the value. NaN, and nothing changed, when the sample is not a number."""
        if not fabs(x) <= INPUT_MAX:
            return NAN
        self.state.count += 1
        self.state.step(&self.state, &x)
        return self.state.value


cdef class Many(Indicator):
    """An indicator of several inputs."""

    def update(self, *x):
        """Take one number of each input; the value. NaN, and nothing changed, when one of them is
        not a number. TypeError when they are too many or too few."""
        cdef double numbers[INPUTS_MAX]
        cdef int32_t k = 0
        cdef int32_t width = self.state.width
        if len(x) != width:
            raise TypeError(f"{self.stem} reads {width} numbers a step, not {len(x)}")
        for k in range(width):
            numbers[k] = x[k]
            if not fabs(numbers[k]) <= INPUT_MAX:
                return NAN
        self.state.count += 1
        self.state.step(&self.state, numbers)
        return self.state.value


def over(Indicator indicator, list inputs, double[:, ::1] out, bint exact):
    """Run a fresh indicator over each row: `inputs` are arrays of the shape of `out`. `exact`
    forbids forms that add in another order. The indicator is spent afterwards."""
    cdef const double[:, ::1] view
    cdef const double* starts[INPUTS_MAX]
    cdef const double* row[INPUTS_MAX]
    cdef Py_ssize_t symbols = out.shape[0]
    cdef Py_ssize_t n = out.shape[1]
    cdef int32_t width = indicator.state.width
    cdef Py_ssize_t r
    cdef int32_t k
    if len(inputs) != width:
        raise DataError(f"{indicator.stem} reads {width} arrays, not {len(inputs)}")
    if n == 0 or symbols == 0:
        return
    held = []
    for k in range(width):
        view = inputs[k]
        if view.shape[0] != symbols or view.shape[1] != n:
            raise DataError(f"{indicator.stem}: its arrays have different shapes")
        held.append(inputs[k])
        starts[k] = &view[0, 0]
    for r in range(symbols):
        if r > 0:
            indicator.reset()
        with nogil:
            for k in range(width):
                row[k] = starts[k] + r * n
            indicator_over(&indicator.state, row, n, &out[r, 0], exact)


def across(Indicator indicator, list inputs, double[:, ::1] out):
    """Run a fresh indicator over each column: `inputs` are arrays of the shape of `out`, a row for
    each time. False, with nothing of use written, when it has no row form or a number cannot be
    stepped over."""
    cdef const double[:, ::1] view
    cdef tp_across a
    cdef row_form row = row_of(indicator.state.stem)
    cdef Py_ssize_t n = out.shape[0]
    cdef Py_ssize_t warm = indicator.warm
    cdef Py_ssize_t k, j
    cdef int32_t width = indicator.state.width
    cdef double* room
    cdef bint good = True
    if row == NULL or width > 4:
        return False
    a.s = &indicator.state
    a.symbols = out.shape[1]
    if n == 0 or a.symbols == 0:
        return True
    for j in range(width):
        view = inputs[j]
        if view.shape[0] != n or view.shape[1] != a.symbols:
            raise DataError(f"{indicator.stem}: its arrays have different shapes")
        a.x[j] = &view[0, 0]
    room = <double*>calloc(12 * a.symbols, sizeof(double))
    if room == NULL:
        raise MemoryError("rows of symbols")
    for j in range(12):
        a.f[j] = room + j * a.symbols
    a.out = &out[0, 0]
    with nogil:
        for k in range(n):
            for j in range(width):
                good = good and all_within(a.x[j], INPUT_MAX, a.symbols)
            if not good:
                break
            a.count = k + 1
            if k + 1 < warm:
                for j in range(a.symbols):
                    a.out[j] = NAN
            row(&a)
            a.out += a.symbols
            for j in range(width):
                a.x[j] += a.symbols
        free(room)
    return good


def bands_over(
    const double[::1] x, int period, double width, double[::1] upper, double[::1] middle,
    double[::1] lower
):
    """Both Bollinger bands and their middle in one pass, NaN until warm; False, with nothing of
    use written, when a number cannot be stepped over."""
    cdef double total[CHUNK]
    cdef double squares[CHUNK]
    cdef tp_window w
    cdef Py_ssize_t n = x.shape[0]
    cdef Py_ssize_t first = 0
    cdef Py_ssize_t count, k
    cdef bint good = True
    memset(&w, 0, sizeof(w))
    w.capacity = period
    with nogil:
        while first < n:
            count = CHUNK if n - first > CHUNK else n - first
            moments_over(&w, &x[0], first, first + count, &middle[first], total, squares)
            bands(
                &upper[first], &middle[first], &lower[first], total, squares, period, width,
                1.0 / period, count
            )
            good = all_within(&x[first], INPUT_MAX, count)
            if not good:
                break
            first += count
        for k in range(n if n < period - 1 else period - 1):
            upper[k] = middle[k] = lower[k] = NAN
    return good
