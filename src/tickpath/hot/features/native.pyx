"""Python handle of the native features: for tests, shadow and mixed engines. No logic."""

from libc.math cimport NAN
from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset
from tickpath.core.arena cimport Arena, arena_free, arena_init, arena_take
from tickpath.core.records cimport (
    TP_FEATURES_MAX, TP_VIEW_LEVELS, tp_bbo, tp_book_top, tp_feature_input, tp_indicator, tp_trade,
    tp_window,
)

from tickpath.core.backend import Available
from tickpath.core.errors import BackendError
from tickpath.hot.features import catalogue, state as layout

include "_indicators.pxi"

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
        columns = [part.column() for part in self.parts]
        for column in columns:
            size += windows_bytes(column.windows)
        arena_free(&self.state.arena)
        memset(self.state, 0, sizeof(FeaturesState))
        if not arena_init(&self.state.arena, size):
            raise MemoryError("feature windows")
        for part, column in zip(self.parts, columns):
            column_add(self.state, part, column)

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
        return layout.pack(
            self.fingerprint,
            [
                column_bytes(&self.state.columns[k], part.column())
                for k, part in enumerate(self.parts)
            ],
        )

    def import_state(self, data):
        """Take over an exported state. DataError, and nothing changed, when it does not fit."""
        found = layout.unpack(self.parts, self.fingerprint, data)
        for k, (column, sampler) in enumerate(found):
            column_load(&self.state.columns[k], column, sampler)


cdef size_t windows_bytes(object windows) except? 0:
    """What an arena needs for them."""
    return sum(8 * len(window.items) + 64 for window in windows)


cdef int indicator_set(tp_indicator* s, Arena* arena, str stem, object column) except -1:
    """A fresh indicator of a reference column's kind and parameters; the arena has room."""
    cdef tp_window* w
    if stem not in STEMS:
        raise BackendError(
            f"indicator {stem!r} is in its folder but not compiled in: run `make build`"
        )
    s.stem = STEMS.index(stem)
    step_set(s)
    s.period = column.period
    s.count = 0
    s.value = NAN
    memset(s.f, 0, sizeof(s.f))
    for k, constant in enumerate(column.p):
        s.p[k] = constant
    for k, window in enumerate(column.windows):
        w = &s.windows[k]
        memset(w, 0, sizeof(tp_window))
        w.size = len(window.items)
        w.capacity = window.capacity
        w.items = <double*>arena_take(arena, <size_t>(8 * w.size))
        if w.items == NULL:
            raise MemoryError("feature windows")
        for j, item in enumerate(window.items):
            w.items[j] = item
    return 0


cdef int column_add(FeaturesState* s, object part, object reference) except -1:
    """Append one column; the arena has room for its windows."""
    cdef tp_indicator* column = &s.columns[s.column_count]
    cdef int32_t group = part.group
    indicator_set(column, &s.arena, part.stem, reference)
    column.source = part.source
    column.feed, column.offset = part.spec.feed
    column.width = part.spec.width(part.params)
    column.levels = part.levels
    column.bar_samples = part.bar
    s.levels = max(s.levels, column.levels)
    s.sampled[group][s.sampled_count[group]] = s.column_count
    s.sampled_count[group] += 1
    s.column_count += 1
    return 0


cdef bytes column_bytes(const tp_indicator* s, object reference):
    """One column in the layout of state.py; `reference` says how much of each array counts."""
    cdef const tp_window* w
    parts = [
        (<const char*>&s.count)[:8],
        (<const char*>&s.value)[:8],
        (<const char*>&s.mark)[:8],
        (<const char*>s.bar)[:40],
        (<const char*>s.f)[: 8 * len(reference.floats)],
    ]
    for k, window in enumerate(reference.windows):
        w = &s.windows[k]
        parts += [
            (<const char*>&w.position)[:8],
            (<const char*>&w.held)[:8],
            (<const char*>w.f)[: 8 * len(window.names)],
            (<const char*>w.items)[: 8 * w.size],
        ]
    return b"".join(parts)


cdef int column_load(tp_indicator* s, object column, object sampler) except -1:
    """Take over the state of a reference column."""
    cdef tp_window* w
    s.count = column.count
    s.value = column.value
    s.mark = sampler.mark
    for k, number in enumerate(sampler.bar):
        s.bar[k] = number
    for k, name in enumerate(column.floats):
        s.f[k] = getattr(column, name)
    for k, window in enumerate(column.windows):
        w = &s.windows[k]
        w.position = window.position
        w.held = window.held
        for j, name in enumerate(window.names):
            w.f[j] = getattr(window, name)
        for j, item in enumerate(window.items):
            w.items[j] = item
    return 0


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
