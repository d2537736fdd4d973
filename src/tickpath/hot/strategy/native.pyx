"""Python handle of the native strategy stage. No logic: the stage is native.pxd."""

from cpython.buffer cimport PyBUF_WRITE
from cpython.memoryview cimport PyMemoryView_FromMemory
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_IsValid
from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.records cimport (
    TP_FEATURES_MAX,
    TP_INSTRUMENTS_MAX,
    tp_intents,
    tp_own_orders,
    tp_strategy_fn,
    tp_view,
)
from tickpath.hot.strategy.bank_native cimport BankTableHandle, bank_entry
from tickpath.hot.strategy.python_body cimport (
    PythonBody,
    intents_to_python,
    own_from_python,
    python_entry,
    view_from_python,
)
from tickpath.hot.strategy.timers cimport Timer

from importlib import import_module

import numpy as np

from tickpath.core.backend import Available
from tickpath.core.errors import ConfigError
from tickpath.hot.strategy import state as canonical
from tickpath.hot.strategy.bank_body import check_bank
from tickpath.hot.strategy.bodies import CAPSULE, capsule_address, native_capsule, reference_body
from tickpath.hot.strategy.configure import column_map, configure, union_of


def probe():
    """Compiled: there when this module can be imported."""
    return Available(ok=True, reason="compiled")


cdef class Strategies:
    """The same stage as `tickpath.hot.strategy.reference.Strategies`."""

    def __cinit__(self):
        self.state = <StrategiesState*>calloc(1, sizeof(StrategiesState))
        self.own = <tp_own_orders*>calloc(
            TP_STRATEGIES_MAX * TP_INSTRUMENTS_MAX, sizeof(tp_own_orders))
        self.view = <tp_view*>calloc(1, sizeof(tp_view))
        if self.state == NULL or self.own == NULL or self.view == NULL:
            raise MemoryError

    def __init__(self, config, columns):
        cdef StrategiesState* s = self.state
        cdef size_t size = 0
        if s.arena.block != NULL:
            raise ConfigError("a stage is built once: make a new one")
        self.config = config
        self.configured = configure(config)
        s.strategy_count = len(self.configured)
        s.instrument_count = len(config.instruments)
        size = s.strategy_count * s.instrument_count * sizeof(StrategyPair) + 64
        for entry in self.configured:
            size += sizeof(StrategyBlock) + entry.declaration.state.itemsize + 128
        if not arena_init(&s.arena, size):
            raise MemoryError
        s.pairs = <StrategyPair*>arena_take(
            &s.arena, s.strategy_count * s.instrument_count * sizeof(StrategyPair))
        for k, specs in enumerate(columns):
            s.widths[<int>k] = len(specs)
        self.bodies = tuple([self.build(entry, columns) for entry in self.configured])

    def __dealloc__(self):
        if self.state != NULL:
            arena_free(&self.state.arena)
        free(self.state)
        free(self.own)
        free(self.view)

    cdef object build(self, object entry, object columns):
        """One slot; returns what its body pointer needs alive."""
        cdef int32_t k = entry.index
        cdef StrategySlot* slot = &self.state.slots[k]
        cdef StrategyBlock* block
        declaration = entry.declaration
        slot.state_bytes = declaration.state.itemsize
        # one spare word, so that a body without state gets readable memory too
        block = <StrategyBlock*>arena_take(
            &self.state.arena, sizeof(StrategyBlock) + slot.state_bytes + sizeof(int64_t))
        slot.state = block + 1
        slot.generator = entry.seed
        slot.warm_up = declaration.warm_up
        slot.feature_count = len(entry.specs)
        slot.int_count = len(entry.params[entry.instruments[0]].ints)
        slot.float_count = len(entry.params[entry.instruments[0]].floats)
        for kind in declaration.event_kinds:
            slot.events |= <uint32_t>1 << <int>kind
        for instrument in entry.instruments:
            slot.instruments |= <uint64_t>1 << <int>instrument
            self.fill_pair(entry, instrument, columns[instrument])
        return self.bind(slot, block, entry)

    cdef int fill_pair(self, object entry, int instrument, object specs) except -1:
        """Columns and parameters of a strategy on an instrument."""
        cdef int index = entry.index
        cdef StrategyPair* pair = &self.state.pairs[
            index * self.state.instrument_count + instrument]
        params = entry.params[instrument]
        for j, column in enumerate(column_map(entry, specs)):
            pair.columns[<int>j] = column
        for j, value in enumerate(params.ints.values()):
            pair.params_i[<int>j] = value
        for j, value in enumerate(params.floats.values()):
            pair.params_f[<int>j] = value
        return 0

    cdef object bind(self, StrategySlot* slot, StrategyBlock* block, object entry):
        """Choose the body: compiled, numba, bank table, plain Python."""
        cdef PythonBody python
        cdef BankTableHandle bank
        declaration = entry.declaration
        cdef bytes name = CAPSULE
        capsule = native_capsule(declaration)
        if capsule is None and declaration.language == "numba":
            compiled = import_module("tickpath.hot.strategy.numba_body").compile_body(declaration)
            slot.body = <tp_strategy_fn><uintptr_t>compiled.address
            return compiled
        if capsule is not None:
            if PyCapsule_IsValid(capsule, name):
                slot.body = <tp_strategy_fn>PyCapsule_GetPointer(capsule, name)
            else:
                slot.body = <tp_strategy_fn><uintptr_t>capsule_address(declaration, capsule)
            return capsule
        if declaration.body is None:
            bank = BankTableHandle(check_bank(declaration))
            block.context = bank.table
            slot.body = bank_entry()
            return bank
        params = entry.params[entry.instruments[0]]
        python = PythonBody(reference_body(entry), len(params.ints), len(params.floats))
        if slot.state_bytes:
            memory = PyMemoryView_FromMemory(<char*>slot.state, slot.state_bytes, PyBUF_WRITE)
            python.block = np.frombuffer(memory, declaration.state).view(np.recarray)[0]
        block.context = <void*>python
        slot.body = python_entry()
        return python

    @staticmethod
    def required_features(config):
        """The columns each instrument's strategies need, each once."""
        return union_of(config, configure(config))

    def evaluate(self, view, row, own, int only=-1):
        """One event to the strategies that want it: code and intents."""
        cdef tp_intents out
        cdef double[TP_FEATURES_MAX] values
        cdef int32_t k, code
        cdef int32_t width = len(row)
        view_from_python(self.view, view)
        for k in range(width):
            values[k] = row[k]
        for k in range(self.state.strategy_count):
            own_from_python(
                &self.own[k * TP_INSTRUMENTS_MAX + self.view.instrument],
                own[k] if k < len(own) else ())
        with nogil:
            code = strategies_evaluate(
                self.state, self.view, values, width, self.own, only, &out)
        return code, intents_to_python(&out, 0)

    def next_timer(self):
        """When a timer is due, 2**63 - 1 when never."""
        return strategies_next_timer(self.state)

    def pop_timer(self, int64_t now_ns):
        """(strategy, instrument, tag) of the next due timer, taken away."""
        cdef int32_t strategy, instrument, tag
        if not strategies_pop_timer(self.state, now_ns, &strategy, &instrument, &tag):
            return None
        return strategy, instrument, tag

    cdef StrategySlot* slot(self, int strategy) except NULL:
        if not 0 <= strategy < self.state.strategy_count:
            raise IndexError(f"no strategy has index {strategy}")
        return &self.state.slots[strategy]

    def paused(self, int strategy):
        """Whether it is paused; `reason` says why."""
        return self.slot(strategy).paused != 0

    def reason(self, int strategy):
        """The code that paused it and the exception's text, if there was one."""
        body = self.bodies[strategy]
        return self.slot(strategy).paused, body.error if isinstance(body, PythonBody) else ""

    def resume(self, int strategy):
        """Let it run again, with the state it had."""
        self.slot(strategy).paused = 0
        if isinstance(self.bodies[strategy], PythonBody):
            self.bodies[strategy].error = ""

    def export_state(self):
        """The layout of state.py."""
        cdef StrategiesState* s = self.state
        cdef StrategySlot* slot
        cdef Timer* t
        cdef int32_t k
        strategies = []
        for k in range(s.strategy_count):
            slot = &s.slots[k]
            strategies.append(canonical.StrategyState(
                slot.paused, slot.events_seen, slot.generator,
                (<char*>slot.state)[:slot.state_bytes]))
        timers = []
        for k in range(s.timers.count):
            t = &s.timers.items[k]
            timers.append((t.at_ns, t.strategy, t.instrument, t.tag))
        statuses = [s.status[k] for k in range(s.instrument_count)]
        return canonical.pack(statuses, strategies, timers)

    def import_state(self, data):
        """Take over an exported state. VerificationError, nothing changed, when it does not fit."""
        cdef StrategiesState* s = self.state
        cdef StrategySlot* slot
        cdef int32_t k
        cdef const char* bytes_
        sizes = [s.slots[k].state_bytes for k in range(s.strategy_count)]
        statuses, strategies, timers = canonical.unpack(bytes(data), s.instrument_count, sizes)
        for k in range(s.instrument_count):
            s.status[k] = statuses[k]
        for k in range(s.strategy_count):
            slot = &s.slots[k]
            found = strategies[k]
            slot.paused = found.paused
            slot.events_seen = found.events_seen
            slot.generator = found.generator
            bytes_ = found.block
            memcpy(slot.state, bytes_, slot.state_bytes)
        s.timers.count = len(timers)
        for k in range(s.timers.count):
            at_ns, strategy, instrument, tag = timers[k]
            s.timers.items[k] = Timer(at_ns, strategy, instrument, tag, 0)
