"""Python handle of the native features: for tests, shadow and mixed engines. No logic."""

from libc.math cimport NAN
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.records cimport (
    TP_FEATURES_MAX, TP_VIEW_LEVELS, tp_bbo, tp_book_top, tp_feature_input, tp_indicator, tp_trade,
)
from tickpath.hot.features.windows cimport POSITION

from tickpath.core.backend import Available
from tickpath.core.errors import BackendError
from tickpath.hot.features import catalogue, state as layout

STEMS = tuple(indicator_stems().decode().split())
"""Indicators as compiled in, in the order of `tp_indicator.stem`."""


def probe():
    """Compiled: there when this module can be imported."""
    return Available(ok=True, reason="compiled")


cdef class Features:
    """Columns of one instrument's feature row; `state` is what the engine walks."""

    def __cinit__(self):
        self.state = <FeaturesState*>calloc(1, sizeof(FeaturesState))
        if self.state == NULL:
            raise MemoryError("features state")

    def __dealloc__(self):
        if self.state != NULL:
            arena_free(&self.state.arena)
            free(self.state)

    def __init__(self, specs):
        cdef size_t size = 0
        self.specs = tuple(specs)
        self.parts = catalogue.parts_of(self.specs)
        self.fingerprint = catalogue.fingerprint(self.parts)
        for part in self.parts:
            size += part.period * part.spec.slots * 8 + 64
        arena_free(&self.state.arena)
        memset(self.state, 0, sizeof(FeaturesState))
        if not arena_init(&self.state.arena, size):
            raise MemoryError("feature windows")
        for part in self.parts:
            column_add(self.state, part)

    @property
    def levels(self):
        """Book levels a side that the columns read."""
        return self.state.levels

    def update(self, kind, now_ns, top, bbo, trade):
        """Sample the event's columns; the whole row, NaN where not warm."""
        cdef tp_book_top c_top
        cdef tp_bbo c_bbo
        cdef tp_trade c_trade
        cdef tp_feature_input x
        cdef double row[TP_FEATURES_MAX]
        book_top_fill(&c_top, top)
        bbo_fill(&c_bbo, bbo)
        memset(&c_trade, 0, sizeof(c_trade))
        c_trade.trade_id = trade.trade_id
        c_trade.price_ticks = trade.price_ticks
        c_trade.quantity_lots = trade.quantity_lots
        c_trade.aggressor = trade.aggressor
        x.kind = kind
        x.reserved = 0
        x.now_ns = now_ns
        x.top = &c_top
        x.bbo = &c_bbo
        x.trade = &c_trade
        features_update(self.state, &x, row)
        return [row[k] for k in range(self.state.column_count)]

    def export_state(self):
        """The layout of state.py."""
        cdef tp_indicator* column
        cdef int k
        columns = []
        for k, part in enumerate(self.parts):
            column = &self.state.columns[k]
            whole = len(part.spec.ints) + 2 * len(part.spec.wide)
            words = (<char*>column.i)[: 8 * whole]
            words += (<char*>column.f)[: 8 * <Py_ssize_t>len(part.spec.floats)]
            columns.append(
                layout.ColumnState(column.count, column.value, words, window_bytes(column, part))
            )
        return layout.pack([p.spec for p in self.parts], self.fingerprint, columns)

    def import_state(self, data):
        """Take over an exported state. DataError, and nothing changed, when it does not fit."""
        cdef tp_indicator* column
        cdef int k
        cdef Py_ssize_t whole, floats, items
        cdef const char* source
        periods = [part.period for part in self.parts]
        found = layout.unpack([p.spec for p in self.parts], periods, self.fingerprint, data)
        for k, (part, entry) in enumerate(zip(self.parts, found)):
            column = &self.state.columns[k]
            whole = 8 * (len(part.spec.ints) + 2 * len(part.spec.wide))
            floats = 8 * len(part.spec.floats)
            column.count = entry.samples
            column.value = entry.value
            source = entry.words
            memcpy(column.i, source, whole)
            memcpy(column.f, source + whole, floats)
            if part.spec.slots:
                source = entry.window
                memset(column.window, 0, column.period * part.spec.slots * 8)
                memcpy(column.window, source, len(entry.window))
                items = len(entry.window) // (8 * part.spec.slots)
                column.i[POSITION] = items % column.period


cdef int column_add(FeaturesState* s, object part) except -1:
    """Append one column; the arena has room for its window."""
    cdef tp_indicator* column = &s.columns[s.column_count]
    cdef int32_t group = part.group
    if part.stem not in STEMS:
        raise BackendError(
            f"indicator {part.stem!r} is in its folder but not compiled in: run `make build`"
        )
    column.stem = STEMS.index(part.stem)
    column.source = part.source
    column.period = part.period
    column.factor = part.factor
    column.value = NAN
    if part.spec.slots:
        column.window = <int64_t*>arena_take(&s.arena, <size_t>(part.period * part.spec.slots * 8))
        if column.window == NULL:
            raise MemoryError("feature windows")
    s.levels = max(s.levels, <int32_t>part.levels)
    s.sampled[group][s.sampled_count[group]] = s.column_count
    s.sampled_count[group] += 1
    s.column_count += 1
    return 0


cdef bytes window_bytes(const tp_indicator* column, object part):
    """The window's items, oldest first."""
    cdef const char* ring = <const char*>column.window
    cdef Py_ssize_t item = 8 * part.spec.slots
    cdef Py_ssize_t items = layout.window_items(part.spec, part.period, column.count)
    cdef Py_ssize_t first
    if items == 0:
        return b""
    first = column.i[POSITION] if items == column.period else 0
    return ring[first * item : items * item] + ring[: first * item]


cdef int book_top_fill(tp_book_top* out, object top) except -1:
    cdef int k
    memset(out, 0, sizeof(tp_book_top))
    out.bid_ticks = top.bid_ticks
    out.bid_lots = top.bid_lots
    out.ask_ticks = top.ask_ticks
    out.ask_lots = top.ask_lots
    out.last_id = top.last_id
    out.t_recv_ns = top.t_recv_ns
    out.status = top.status
    for level in top.bids[:TP_VIEW_LEVELS]:
        out.bids[out.bid_count].price_ticks = level.price_ticks
        out.bids[out.bid_count].quantity_lots = level.quantity_lots
        out.bid_count += 1
    for level in top.asks[:TP_VIEW_LEVELS]:
        out.asks[out.ask_count].price_ticks = level.price_ticks
        out.asks[out.ask_count].quantity_lots = level.quantity_lots
        out.ask_count += 1
    return 0


cdef int bbo_fill(tp_bbo* out, object bbo) except -1:
    out.update_id = bbo.update_id
    out.t_recv_ns = bbo.t_recv_ns
    out.bid_ticks = bbo.bid_ticks
    out.bid_lots = bbo.bid_lots
    out.ask_ticks = bbo.ask_ticks
    out.ask_lots = bbo.ask_lots
    return 0
