"""Handle of a native bank table, and the bank as a strategy body (the twin of bank_body.py)."""

from libc.stdint cimport int8_t, int32_t, int64_t
from libc.stdlib cimport calloc, free
from tickpath.core.records cimport (
    TP_BANK_STRATEGIES_MAX,
    TP_EVENT_DEPTH,
    TP_EVENT_SNAPSHOT,
    TP_FEATURES_MAX,
    int128,
    tp_intents,
    tp_strategy_fn,
    tp_view,
)
from tickpath.hot.strategy.bank cimport bank_scores, bank_signals
from tickpath.hot.strategy.native cimport StrategyBlock
from tickpath.hot.strategy.sizing cimport SIZE_END, position_lots_at
from tickpath.hot.strategy.target cimport toward

cdef enum:
    VOTES_FULL = SIZE_END
    SLIP_PPM = SIZE_END + 1

cdef struct BankState:                # BANK_STATE of bank_body.py
    int64_t evaluations
    int8_t signals[TP_BANK_STRATEGIES_MAX]


cdef void bank_strategy(const tp_view* view, void* state, tp_intents* out) noexcept nogil:
    cdef const BankTable* table = <const BankTable*>((<StrategyBlock*>state) - 1).context
    cdef BankState* s = <BankState*>state
    cdef int64_t full, share, lots
    cdef int32_t votes
    if view.event != TP_EVENT_DEPTH and view.event != TP_EVENT_SNAPSHOT:
        return
    votes = bank_signals(table, view.features, s.signals)
    s.evaluations += 1
    if view.top.bid_ticks <= 0 or view.top.ask_ticks <= 0:
        return
    full = view.params_i[VOTES_FULL]
    share = votes if votes >= 0 else -votes
    if share > full:
        share = full
    lots = position_lots_at(
        view.params_i, <int64_t>((<int128>view.top.bid_ticks + view.top.ask_ticks) >> 1))
    lots = <int64_t>(<int128>share * <int128>lots / full)
    toward(view, lots if votes > 0 else -lots, view.params_i[SLIP_PPM], out)


cdef tp_strategy_fn bank_entry() noexcept:
    return bank_strategy


cdef class BankTableHandle:
    """A bank in C memory. `scores` and `signals` are those of `bank.Bank`."""

    def __cinit__(self):
        self.table = <BankTable*>calloc(1, sizeof(BankTable))
        if self.table == NULL:
            raise MemoryError

    def __init__(self, bank):
        cdef BankTable* t = self.table
        cdef int width = len(bank.inputs)
        t.input_count = width
        t.strategy_count = len(bank.weights)
        for k, item in enumerate(bank.inputs):
            t.offset[<int>k] = item.offset
            t.scale[<int>k] = item.scale
        if bank.hidden is not None:
            t.hidden_count = len(bank.hidden.weights)
            t.shift = bank.hidden.shift
            self.fill(t.hidden_weights, bank.hidden.weights, width)
            self.fill_wide(t.hidden_bias, bank.hidden.bias)
            width = t.hidden_count
        self.fill(t.weights, bank.weights, width)
        self.fill_wide(t.bias, bank.bias)
        self.fill_wide(t.sell, bank.sell)
        self.fill_wide(t.buy, bank.buy)

    def __dealloc__(self):
        free(self.table)

    cdef int fill(self, int32_t* out, object rows, int width) except -1:
        for k, row in enumerate(rows):
            for j, weight in enumerate(row):
                out[<int>k * width + <int>j] = weight
        return 0

    cdef int fill_wide(self, int64_t* out, object values) except -1:
        for k, value in enumerate(values):
            out[<int>k] = value
        return 0

    cdef int row_of(self, double* out, object features) except -1:
        if len(features) != self.table.input_count:
            raise ValueError(f"{len(features)} features for {self.table.input_count} inputs")
        for k, value in enumerate(features):
            out[<int>k] = value
        return 0

    def scores(self, features):
        """One int64 a strategy, None when a feature is not a number."""
        cdef double[TP_FEATURES_MAX] row
        cdef int64_t[TP_BANK_STRATEGIES_MAX] scores
        cdef int32_t k
        self.row_of(row, features)
        if not bank_scores(self.table, row, scores):
            return None
        return [scores[k] for k in range(self.table.strategy_count)]

    def signals(self, features):
        """-1, 0 or 1 a strategy."""
        cdef double[TP_FEATURES_MAX] row
        cdef int8_t[TP_BANK_STRATEGIES_MAX] signals
        cdef int32_t k
        self.row_of(row, features)
        bank_signals(self.table, row, signals)
        return [signals[k] for k in range(self.table.strategy_count)]
