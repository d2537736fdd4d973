"""What risk reads, sampled before a batch: the engine's side of `RiskSample`."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.hint cimport tp_unlikely
from tickpath.core.records cimport TP_INTENTS_MAX, int128, tp_intent, tp_position, tp_view
from tickpath.hot.execute.leg_view cimport leg_views
from tickpath.hot.execute.ledger cimport ACCOUNT_CASH
from tickpath.hot.execute.native cimport execute_cash, execute_equity, execute_given_back
from tickpath.hot.execute.state cimport ExecuteState
from tickpath.hot.risk.peers cimport lowest_bit
from tickpath.hot.risk.state cimport RiskSample, RiskState

cdef enum:
    CURRENCIES_MAX = 64

cdef struct Sampling:
    RiskSample sample               # its pointers are set once
    int32_t currency_count
    int32_t reserved
    uint64_t marked                 # instruments whose mark may have changed since their equity
    uint64_t moved                  # and those whose position may have
    uint64_t settling[CURRENCIES_MAX]  # instruments by settle currency
    int128 cash_seen[CURRENCIES_MAX]
    int64_t equity_units[CURRENCIES_MAX]
    int64_t cash_units[CURRENCIES_MAX]
    int64_t replaced_lots[TP_INTENTS_MAX]
    int64_t replaced_ticks[TP_INTENTS_MAX]


cdef inline void sampling_begin(
    Sampling* m, const ExecuteState* e, const tp_view* views, const int64_t* last_market_ns
) noexcept nogil:
    """Where risk finds what it reads; once, at start."""
    cdef int32_t k
    for k in range(e.instrument_count):
        m.settling[e.instruments[k].settle] |= <uint64_t>1 << k
    m.moved = ~<uint64_t>0
    m.currency_count = e.currency_count
    m.sample.positions = e.positions
    m.sample.legs = <const tp_position*>e.leg_views if e.hedges else NULL
    m.sample.committed = e.table.committed
    m.sample.views = views
    m.sample.last_market_ns = last_market_ns
    m.sample.equity_units = m.equity_units
    m.sample.cash_units = m.cash_units
    m.sample.replaced_lots = m.replaced_lots
    m.sample.replaced_ticks = m.replaced_ticks


cdef inline bint equity_stands(const Sampling* m, const ExecuteState* e, int32_t c) noexcept nogil:
    """Whether nothing that the equity of a currency is made of has changed since it was taken: its
    cash, a position, the mark of an instrument that is held."""
    cdef uint64_t left = m.marked & m.settling[c]
    cdef const tp_position* p
    if m.moved & m.settling[c] or m.cash_seen[c] != e.money.accounts[c].balance[ACCOUNT_CASH]:
        return 0
    while left != 0:
        p = &e.positions[lowest_bit(left)]
        if p.position_lots != 0 or p.entry_value != 0:
            return 0
        left &= left - 1
    return 1


cdef inline void sampling_equity(Sampling* m, const ExecuteState* e, int32_t c) noexcept nogil:
    """Equity of a currency, taken again when something changed it."""
    if not equity_stands(m, e, c):
        m.equity_units[c] = execute_equity(e, c, m.sample.views)
        m.cash_seen[c] = e.money.accounts[c].balance[ACCOUNT_CASH]
    m.marked &= ~m.settling[c]
    m.moved &= ~m.settling[c]


cdef inline void sampling_now(
    Sampling* m, RiskState* r, ExecuteState* e, const tp_intent* intents, int32_t count,
    int64_t now_ns
) noexcept nogil:
    """Equity of the currencies that the intents settle in, cash, what each intent replaces, and
    which instruments changed. What route moves or splits settles in the same currency."""
    cdef uint64_t touched = e.table.touched | e.money.touched
    cdef int32_t k
    m.marked |= touched | r.touched
    m.moved |= e.money.touched
    for k in range(count):
        if 0 <= intents[k].instrument < r.instrument_count:
            sampling_equity(m, e, r.instruments[intents[k].instrument].settle)
    if r.exposures.any_cash:
        for k in range(m.currency_count):
            m.cash_units[k] = execute_cash(e, k)
    for k in range(count):
        m.replaced_lots[k] = execute_given_back(e, &intents[k], &m.replaced_ticks[k])
        if tp_unlikely(e.hedges) and 0 <= intents[k].instrument < e.instrument_count:
            leg_views(e, intents[k].instrument)
    r.touched |= touched & (~<uint64_t>0 >> (64 - r.instrument_count))
    e.table.touched = e.money.touched = 0
    m.sample.now_ns = now_ns
    m.sample.repeats = m.sample.probe = 0
