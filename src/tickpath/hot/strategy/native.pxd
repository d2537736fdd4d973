"""The strategy stage, native: who sees an input, what they may read, what they asked for.

In: the instrument's view, the feature row, own orders. Out: intents of the input. The state belongs
to the engine's thread. A body is called through one pointer (abi 2); the words right before its
state block belong to the stage. Rules that reference.py says in plain Python:
- a change of the book's status calls on_status first; market events need status OK and a full
  warm-up; order reports and timers always arrive;
- more intents or timers than fit drop the intents of the whole input and pause the strategy;
- a body that raises loses its own intents of the input and is paused.
Worst case: TP_STRATEGIES_MAX bodies, and TP_INTENTS_MAX timer moves.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from tickpath.core.arena cimport Arena
from tickpath.core.codes cimport (
    TP_OK,
    TP_STRATEGY_OVERFLOW,
    TP_STRATEGY_PAUSED,
    TP_STRATEGY_RAISED,
    TP_STRATEGY_TIMERS,
)
from tickpath.core.hint cimport tp_unlikely
from tickpath.core.records cimport (
    TP_BOOK_OK,
    TP_EVENT_ORDER,
    TP_EVENT_STATUS,
    TP_EVENT_TIMER,
    TP_FEATURES_MAX,
    TP_INSTRUMENTS_MAX,
    TP_INTENTS_MAX,
    TP_PARAMS_MAX,
    TP_SET_TIMER,
    TP_STRATEGIES_MAX,
    TP_VIEW_ORDERS,
    tp_intents,
    tp_open_order,
    tp_own_orders,
    tp_strategy_fn,
    tp_view,
)
from tickpath.hot.strategy.timers cimport INT64_MAX, Timers, timers_remove, timers_set

cdef extern from *:
    """
    #include <math.h>
    static_assert(TP_INSTRUMENTS_MAX <= 64, "instruments of a strategy are bits of one word");
    """
    const double NAN

cdef enum:
    BODY_RAISED = 2                   # tp_intents.overflow of a compiled body that raised

cdef struct StrategyBlock:            # lies right before the state bytes a body gets
    void* context                     # the body's own: a Python body or a bank table, else NULL
    int64_t raised                    # 1: the body failed in this call

cdef struct StrategySlot:             # one configured strategy
    tp_strategy_fn body
    void* state                       # state_bytes behind a StrategyBlock
    uint64_t instruments              # bit per instrument
    uint64_t generator                # splitmix64 state
    int64_t warm_up                   # market events it lets pass at the start
    int64_t events_seen
    uint32_t events                   # bit per tp_event_kind
    int32_t paused                    # 0, or the code that paused it
    int32_t state_bytes
    int32_t feature_count
    int32_t int_count                 # of params_i; entries behind it are not specified
    int32_t float_count

cdef struct StrategyPair:             # one strategy on one instrument, fixed at start
    int32_t columns[TP_FEATURES_MAX]  # of the union row, in the strategy's order
    int64_t params_i[TP_PARAMS_MAX]
    double params_f[TP_PARAMS_MAX]

cdef struct StrategiesState:
    int32_t strategy_count
    int32_t instrument_count
    int32_t dropped                   # the input in hand lost its intents
    int32_t reserved
    StrategyPair* pairs               # [strategy * instrument_count + instrument]
    StrategySlot slots[TP_STRATEGIES_MAX]
    int32_t status[TP_INSTRUMENTS_MAX]
    int32_t widths[TP_INSTRUMENTS_MAX]   # columns of the union row
    Timers timers
    Arena arena


cdef inline uint64_t splitmix64(uint64_t* state) noexcept nogil:
    """Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014."""
    cdef uint64_t z
    state[0] += <uint64_t>0x9E3779B97F4A7C15U
    z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9U
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EBU
    return z ^ (z >> 31)


cdef inline void view_fill(
    StrategiesState* s, int32_t k, tp_view* view, const double* row, int32_t row_count,
    const tp_own_orders* own
) noexcept nogil:
    """The strategy's own part of the view."""
    cdef StrategySlot* slot = &s.slots[k]
    cdef int32_t i = view.instrument
    cdef const StrategyPair* pair = &s.pairs[k * s.instrument_count + i]
    cdef const tp_own_orders* orders
    cdef int32_t j
    for j in range(slot.int_count):
        view.params_i[j] = pair.params_i[j]
    for j in range(slot.float_count):
        view.params_f[j] = pair.params_f[j]
    view.strategy = k
    view.feature_count = slot.feature_count
    if tp_unlikely(row_count < s.widths[i]):
        for j in range(slot.feature_count):
            view.features[j] = NAN
    else:
        for j in range(slot.feature_count):
            view.features[j] = row[pair.columns[j]]
    view.order_count = 0
    if own != NULL:
        orders = &own[k * TP_INSTRUMENTS_MAX + i]
        view.order_count = orders.count
        for j in range(orders.count):
            view.orders[j] = orders.items[j]
    view.random = splitmix64(&slot.generator)


cdef inline int32_t strategy_call(
    StrategiesState* s, int32_t k, tp_view* view, tp_intents* out
) noexcept nogil:
    """One body. TP_OK, or the code that paused the strategy."""
    cdef StrategySlot* slot = &s.slots[k]
    cdef StrategyBlock* block = (<StrategyBlock*>slot.state) - 1
    cdef int32_t start = out.count
    cdef int32_t j
    slot.body(view, slot.state, out)
    if tp_unlikely(block.raised or out.overflow == BODY_RAISED):
        block.raised = 0
        slot.paused = TP_STRATEGY_RAISED
        out.count = start
        out.overflow = 0
        return TP_STRATEGY_RAISED
    if tp_unlikely(out.overflow or out.count < start or out.count > TP_INTENTS_MAX):
        slot.paused = TP_STRATEGY_OVERFLOW
        s.dropped = 1
        out.count = 0
        out.overflow = 0
        return TP_STRATEGY_OVERFLOW
    for j in range(start, out.count):
        out.items[j].strategy = k
    return TP_OK


cdef inline int32_t deliver(
    StrategiesState* s, tp_view* view, const double* row, int32_t row_count,
    const tp_own_orders* own, int32_t only, tp_intents* out
) noexcept nogil:
    """One event to the strategies that want it. The first code that is not TP_OK."""
    cdef StrategySlot* slot
    cdef int32_t event = view.event
    cdef bint market = (
        event != TP_EVENT_ORDER and event != TP_EVENT_TIMER and event != TP_EVENT_STATUS)
    cdef int32_t first = 0 if only < 0 else only
    cdef int32_t end = s.strategy_count if only < 0 else only + 1
    cdef int32_t code = TP_OK
    cdef int32_t found, k
    if end > s.strategy_count:
        return TP_OK
    for k in range(first, end):
        slot = &s.slots[k]
        if not ((slot.instruments >> view.instrument) & 1) or not ((slot.events >> event) & 1):
            continue
        if tp_unlikely(slot.paused):
            if only >= 0:
                code = TP_STRATEGY_PAUSED
            continue
        if market:
            slot.events_seen += 1
            if slot.events_seen <= slot.warm_up:
                continue
        view_fill(s, k, view, row, row_count, own)
        found = strategy_call(s, k, view, out)
        if tp_unlikely(s.dropped):
            out.count = 0
        if code == TP_OK:
            code = found
    return code


cdef inline bint timers_wanted(const tp_intents* out) noexcept nogil:
    """Whether one of the intents is a SET_TIMER."""
    cdef int32_t j
    for j in range(out.count):
        if out.items[j].kind == TP_SET_TIMER:
            return 1
    return 0


cdef inline int32_t timers_take(
    StrategiesState* s, int32_t instrument, int64_t now_ns, tp_intents* out
) noexcept nogil:
    """SET_TIMER intents become timers, the others move up. All or none of the input."""
    cdef Timers before = s.timers
    cdef int32_t j, k, kept = 0
    for j in range(out.count):
        if out.items[j].kind != TP_SET_TIMER:
            out.items[kept] = out.items[j]
            kept += 1
            continue
        k = out.items[j].strategy
        if not timers_set(
                &s.timers, k, instrument, out.items[j].tag,
                out.items[j].at_ns if out.items[j].at_ns > now_ns else now_ns + 1):
            s.timers = before
            s.slots[k].paused = TP_STRATEGY_TIMERS
            s.dropped = 1
            return TP_STRATEGY_TIMERS
    out.count = kept
    return TP_OK


cdef inline int32_t strategies_evaluate(
    StrategiesState* s, tp_view* view, const double* row, int32_t row_count,
    const tp_own_orders* own, int32_t only, tp_intents* out
) noexcept nogil:
    """All strategies of the instrument that want this event (`only` >= 0: that one).

    `own` is [strategy * TP_INSTRUMENTS_MAX + instrument], or NULL for no own orders. Returns the
    first code that is not TP_OK; `out` holds what to send even then, and is empty with `overflow`
    set when the input was dropped.
    """
    cdef int32_t event = view.event
    cdef int32_t code = TP_OK
    cdef int32_t found
    out.count = 0
    out.overflow = 0
    s.dropped = 0
    if tp_unlikely(view.top.status != s.status[view.instrument]):
        s.status[view.instrument] = view.top.status
        view.event = TP_EVENT_STATUS
        code = deliver(s, view, row, row_count, own, -1, out)
        view.event = event
    if event == TP_EVENT_ORDER or event == TP_EVENT_TIMER or (
            view.top.status == TP_BOOK_OK and event != TP_EVENT_STATUS):
        found = deliver(s, view, row, row_count, own, only, out)
        if code == TP_OK:
            code = found
    if tp_unlikely(timers_wanted(out)):
        found = timers_take(s, view.instrument, view.now_ns, out)
        if code == TP_OK:
            code = found
    if tp_unlikely(s.dropped):
        out.count = 0
        out.overflow = 1
    return code


cdef inline int32_t next_timer_at(const StrategiesState* s) noexcept nogil:
    """Position of the soonest timer whose strategy is not paused, -1 when none."""
    cdef int32_t k
    for k in range(s.timers.count):
        if s.slots[s.timers.items[k].strategy].paused == 0:
            return k
    return -1


cdef inline int64_t strategies_next_timer(const StrategiesState* s) noexcept nogil:
    """When the next timer is due, INT64_MAX when none. Timers of a paused strategy wait."""
    cdef int32_t at = next_timer_at(s)
    return INT64_MAX if at < 0 else s.timers.items[at].at_ns


cdef inline bint strategies_pop_timer(
    StrategiesState* s, int64_t now_ns, int32_t* strategy, int32_t* instrument, int32_t* tag
) noexcept nogil:
    """1 and the timer taken away when one is due."""
    cdef int32_t at = next_timer_at(s)
    if at < 0 or s.timers.items[at].at_ns > now_ns:
        return 0
    strategy[0] = s.timers.items[at].strategy
    instrument[0] = s.timers.items[at].instrument
    tag[0] = s.timers.items[at].tag
    timers_remove(&s.timers, at)
    return 1


cdef class Strategies:
    """Handle; the engine reads `state`."""

    cdef StrategiesState* state
    cdef tp_own_orders* own
    cdef tp_view* view
    cdef readonly object config
    cdef readonly tuple configured
    cdef tuple bodies                 # keeps what the body pointers need alive

    cdef object build(self, object entry, object columns)
    cdef int fill_pair(self, object entry, int instrument, object specs) except -1
    cdef object bind(self, StrategySlot* slot, StrategyBlock* block, object entry)
    cdef StrategySlot* slot(self, int strategy) except NULL
