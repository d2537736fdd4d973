"""Control of risk in C: circuit breakers, drawdown, pauses; closes and opens the gates of risk.

Fed by the walk with its own events; integers only, no clock. What it decides is in `gates` of the
risk stage (refusals) and in `sweep` (cancels that the walk makes in the same input). Nothing is
done for an event that nobody watches. Worst case of an event: TP_BREAKERS_MAX rules, of a change of
state: all gates anew, about 10 us with 64 instruments.
"""

from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.codes cimport (
    TP_ENGINE_COMMAND,
    TP_OK,
    TP_RISK_DRAWDOWN_HALT,
    TP_RISK_PAUSED,
)
from tickpath.core.records cimport (
    TP_BLOCK_SHIFT,
    TP_BREAKERS_MAX,
    TP_INSTRUMENTS_MAX,
    TP_REDUCE_ONLY_ALL,
    TP_STRATEGIES_MAX,
    int128,
)
from tickpath.hot.risk.control.rule cimport (
    ARMED,
    COOLING,
    NO_OPINION,
    ON_MONEY,
    ON_TIMER,
    TRIPPED,
    Breaker,
    ControlEvent,
    later,
)
from tickpath.hot.risk.drawdown cimport (
    DAY_NS,
    LEVEL_HALT,
    LEVEL_REDUCE,
    UNITS_MAX,
    Drawdown,
    DrawdownLimits,
    StrategyCell,
    cell_fill,
    cell_mark,
    drawdown_day,
    drawdown_mark,
    drawdown_reset,
)
from tickpath.hot.risk.limits cimport risk_set_limit
from tickpath.hot.risk.native cimport Risk
from tickpath.hot.risk.state cimport RiskState

include "_breakers.pxi"

cdef enum:
    SWEEP_NONE = 0
    SWEEP_HELD = 1                # drop the orders that wait for a cancel ack
    SWEEP_CANCEL = 2              # and cancel all that is open
    WATCH_TOTAL = 32              # in `wants`, beside ON_*
    WATCH_STRATEGIES = 64
    WATCH_PORTFOLIO = 128

cdef struct Plan:                 # one configured breaker
    int32_t events                # ON_*
    int32_t first                 # its breakers: first .. first + count - 1
    int32_t count
    int32_t wide                  # closes every instrument
    int32_t cancel
    int32_t manual
    int32_t forgets
    int32_t code
    int64_t cooling_ns
    int32_t place[TP_INSTRUMENTS_MAX]   # breaker of an instrument, -1: not watched

cdef struct ControlState:
    RiskState* risk
    int32_t wants                 # ON_* and WATCH_* that anything asks for
    int32_t plan_count
    int32_t breaker_count
    int32_t instrument_count
    int32_t strategy_count
    int32_t currency_count
    int32_t pending               # something in `sweep` or `sweep_strategies`
    int32_t reserved
    int64_t tick_ns               # control_tick has nothing to do before; INT64_MIN: at once
    uint64_t limits_version       # accepted changes of a limit
    uint64_t slot_version         # of the limits slot, as applied last
    DrawdownLimits total
    DrawdownLimits by_strategy
    Plan plans[TP_BREAKERS_MAX]
    int32_t paused[TP_INSTRUMENTS_MAX]
    int32_t paused_strategies[TP_STRATEGIES_MAX]
    int32_t sweep[TP_INSTRUMENTS_MAX]
    int32_t sweep_strategies[TP_STRATEGIES_MAX]
    int64_t opening_units[64]     # starting equity by currency
    Breaker* breakers
    int64_t* words
    Drawdown* drawdowns           # [currency], then [(1 + strategy) * currencies + currency]
    StrategyCell* cells           # [strategy * instruments + instrument]


# -- what is closed -------------------------------------------------------------------------------

cdef inline void control_sweep(ControlState* c, int32_t instrument, int32_t kind) noexcept nogil:
    """The walk cancels in the input in hand; instrument -1: everywhere."""
    cdef int32_t k
    for k in range(c.instrument_count):
        if (instrument < 0 or k == instrument) and c.sweep[k] < kind:
            c.sweep[k] = kind
    c.pending = 1
    c.tick_ns = INT64_MIN


cdef inline void control_close(int32_t* gate, int32_t code) noexcept nogil:
    """The first code that closes a gate stays."""
    if gate[0] >> TP_BLOCK_SHIFT == 0:
        gate[0] |= code << TP_BLOCK_SHIFT


cdef inline void control_level(int32_t* gate, int64_t level) noexcept nogil:
    if level == LEVEL_HALT:
        control_close(gate, TP_RISK_DRAWDOWN_HALT)
    elif level == LEVEL_REDUCE:
        gate[0] |= TP_REDUCE_ONLY_ALL


cdef inline void control_gates(ControlState* c) noexcept nogil:
    """All gates anew: pause, then breakers in their order, then drawdown."""
    cdef const Plan* p
    cdef int32_t i, j, s
    cdef int32_t* gates = c.risk.gates
    for i in range(c.instrument_count):
        gates[i] = TP_RISK_PAUSED << TP_BLOCK_SHIFT if c.paused[i] else 0
    for j in range(c.plan_count):
        p = &c.plans[j]
        for i in range(p.first, p.first + p.count):
            if c.breakers[i].state == ARMED:
                continue
            if not p.wide:
                control_close(&gates[c.breakers[i].instrument], p.code)
                continue
            for s in range(c.instrument_count):
                control_close(&gates[s], p.code)
    for i in range(c.instrument_count):
        control_level(&gates[i], c.drawdowns[c.risk.instruments[i].settle].level)
    for s in range(c.strategy_count):
        c.risk.strategy_gates[s] = 0
        if c.paused_strategies[s]:
            c.risk.strategy_gates[s] = TP_RISK_PAUSED << TP_BLOCK_SHIFT
        for i in range(c.currency_count):
            control_level(
                &c.risk.strategy_gates[s], c.drawdowns[(1 + s) * c.currency_count + i].level)


cdef inline void control_pending(ControlState* c) noexcept nogil:
    """Whether anything is left to sweep."""
    cdef int32_t k
    c.pending = 0
    for k in range(c.instrument_count):
        c.pending |= c.sweep[k] != SWEEP_NONE
    for k in range(c.strategy_count):
        c.pending |= c.sweep_strategies[k] != SWEEP_NONE


# -- breakers -------------------------------------------------------------------------------------

cdef inline void control_due(ControlState* c, int64_t t_ns) noexcept nogil:
    if t_ns < c.tick_ns:
        c.tick_ns = t_ns


cdef inline void control_cool(ControlState* c, Breaker* b, int64_t now_ns) noexcept nogil:
    """TRIPPED to COOLING."""
    b.state = COOLING
    b.until_ns = later(now_ns, c.plans[b.plan].cooling_ns)
    control_due(c, b.until_ns)


cdef inline void control_trip(ControlState* c, Breaker* b) noexcept nogil:
    """To TRIPPED; the sweep it asks for also brings the next tick."""
    cdef const Plan* p = &c.plans[b.plan]
    b.state = TRIPPED
    b.trips += 1
    if p.forgets:
        memset(b.words, 0, b.word_count * sizeof(int64_t))
        b.over = 0
    control_sweep(
        c, -1 if p.wide else b.instrument, SWEEP_CANCEL if p.cancel else SWEEP_HELD)


cdef inline int32_t control_judge(
    ControlState* c, Breaker* b, int32_t over, int64_t now_ns
) noexcept nogil:
    """What a rule said of an event becomes state; 1 when the state changed."""
    if b.deadline_ns != 0:
        control_due(c, b.deadline_ns)
    if over == NO_OPINION:
        return 0
    b.over = over
    if over and b.state != TRIPPED:
        control_trip(c, b)
        return 1
    if not over and b.state == TRIPPED and not c.plans[b.plan].manual:
        control_cool(c, b, now_ns)
        return 1
    return 0


cdef inline void control_event(ControlState* c, const ControlEvent* x) noexcept nogil:
    """One event to the breakers that ask for its kind."""
    cdef int32_t j, at, changed = 0
    for j in range(c.plan_count):
        if not c.plans[j].events & x.on:
            continue
        at = c.plans[j].place[x.instrument]
        if at >= 0:
            changed |= control_judge(
                c, &c.breakers[at], breaker_step(&c.breakers[at], x), x.now_ns)
    if changed:
        control_gates(c)


cdef inline int32_t control_expire(
    ControlState* c, Breaker* b, ControlEvent* x
) noexcept nogil:
    """What time alone does to a breaker; 1 when its state changed."""
    cdef int32_t changed = 0
    if b.deadline_ns != 0 and b.deadline_ns <= x.now_ns and b.state != TRIPPED:
        x.instrument = b.instrument
        changed = control_judge(c, b, breaker_step(b, x), x.now_ns)
    if b.state == TRIPPED and not b.over and not c.plans[b.plan].manual:
        control_cool(c, b, x.now_ns)
        changed = 1
    if b.state == COOLING and b.until_ns <= x.now_ns:
        b.state = ARMED
        changed = 1
    return changed


cdef inline void control_tick(ControlState* c, int64_t now_ns) noexcept nogil:
    """Deadlines, the end of cooling, the day: at the entry of an input, before all else."""
    cdef ControlEvent x
    cdef Breaker* b
    cdef int32_t k, changed = 0
    memset(&x, 0, sizeof(ControlEvent))
    x.on = ON_TIMER
    x.now_ns = now_ns
    x.latency_ns = -1
    for k in range(c.breaker_count):
        changed |= control_expire(c, &c.breakers[k], &x)
    c.tick_ns = INT64_MIN if c.pending else INT64_MAX
    for k in range(c.breaker_count):
        b = &c.breakers[k]
        if b.state == COOLING:
            control_due(c, b.until_ns)
        if b.state != TRIPPED and b.deadline_ns != 0:
            control_due(c, b.deadline_ns)
    if c.total.daily_reduce_ppm or c.total.daily_halt_ppm:
        for k in range(c.currency_count):
            if c.drawdowns[k].day >= 0:
                changed |= drawdown_day(&c.drawdowns[k], &c.total, now_ns)
        control_due(c, later(
            now_ns - (now_ns % DAY_NS - c.total.day_start_ns + DAY_NS) % DAY_NS, DAY_NS))
    if changed:
        control_gates(c)


cdef inline int64_t control_next_timer(const ControlState* c) noexcept nogil:
    """When a rule wants to see silence, INT64_MAX when none does."""
    cdef int64_t t_ns = INT64_MAX
    cdef int32_t k
    cdef const Breaker* b
    for k in range(c.breaker_count):
        b = &c.breakers[k]
        if b.deadline_ns != 0 and b.state != TRIPPED and b.deadline_ns < t_ns:
            t_ns = b.deadline_ns
    return t_ns


# -- money ----------------------------------------------------------------------------------------

cdef inline void control_total(
    ControlState* c, int32_t instrument, int64_t equity_units, int64_t now_ns
) noexcept nogil:
    """Equity of the settle currency of an instrument, marked."""
    cdef ControlEvent x
    cdef Drawdown* d = &c.drawdowns[c.risk.instruments[instrument].settle]
    if drawdown_mark(d, &c.total, equity_units, now_ns):
        control_gates(c)
    if c.wants & ON_MONEY:
        memset(&x, 0, sizeof(ControlEvent))
        x.on = ON_MONEY
        x.instrument = instrument
        x.now_ns = now_ns
        x.latency_ns = -1
        x.peak_units = d.peak_units
        x.equity_units = equity_units
        control_event(c, &x)


cdef inline int64_t control_profit(
    const ControlState* c, int32_t strategy, int32_t currency
) noexcept nogil:
    """Opening equity of a currency with the marked profit of one strategy, fees paid."""
    cdef int128 sum = c.opening_units[currency]
    cdef const StrategyCell* cell
    cdef int32_t i
    for i in range(c.instrument_count):
        if c.risk.instruments[i].settle == currency:
            cell = &c.cells[strategy * c.instrument_count + i]
            sum += <int128>cell.pnl_units - cell.fee_units
    if sum > UNITS_MAX:
        return UNITS_MAX
    return <int64_t>sum if sum > -<int128>UNITS_MAX else -UNITS_MAX


cdef inline void control_strategy(
    ControlState* c, int32_t strategy, int32_t instrument, int64_t mid2, int64_t now_ns
) noexcept nogil:
    """Mark one strategy in one instrument at half of `mid2` > 0 ticks."""
    cdef int32_t currency = c.risk.instruments[instrument].settle
    cdef Drawdown* d = &c.drawdowns[(1 + strategy) * c.currency_count + currency]
    cell_mark(&c.cells[strategy * c.instrument_count + instrument],
              &c.risk.instruments[instrument], mid2)
    if drawdown_mark(d, &c.by_strategy, control_profit(c, strategy, currency), now_ns):
        control_gates(c)


cdef inline void control_marked(
    ControlState* c, int32_t instrument, int64_t mid2, int64_t now_ns
) noexcept nogil:
    """A new mid: every strategy that holds the instrument."""
    cdef int32_t s
    for s in range(c.strategy_count):
        if c.cells[s * c.instrument_count + instrument].lots != 0:
            control_strategy(c, s, instrument, mid2, now_ns)


cdef inline void control_filled(
    ControlState* c, int32_t strategy, int32_t instrument, int64_t lots, int64_t ticks,
    int64_t fee_units, int64_t mid2, int64_t now_ns
) noexcept nogil:
    """A fill of a strategy, `lots` signed; marked at the mid, at its own price without one."""
    if strategy < 0 or strategy >= c.strategy_count:
        return
    cell_fill(&c.cells[strategy * c.instrument_count + instrument],
              &c.risk.instruments[instrument], lots, ticks, fee_units)
    if mid2 <= 0:
        mid2 = later(ticks, ticks)
    control_strategy(c, strategy, instrument, mid2, now_ns)


# -- commands -------------------------------------------------------------------------------------

cdef inline int32_t control_pause(
    ControlState* c, int32_t strategies, int64_t index, int32_t on
) noexcept nogil:
    """Pause or resume an instrument or strategy; a pause cancels what is open there."""
    if index < 0 or index >= (c.strategy_count if strategies else c.instrument_count):
        return TP_ENGINE_COMMAND
    if strategies:
        c.paused_strategies[index] = on
        if on:
            c.sweep_strategies[index] = SWEEP_CANCEL
            c.pending = 1
            c.tick_ns = INT64_MIN
    else:
        c.paused[index] = on
        if on:
            control_sweep(c, <int32_t>index, SWEEP_CANCEL)
    control_gates(c)
    return TP_OK


cdef inline int32_t control_rearm(ControlState* c, int64_t plan, int64_t now_ns) noexcept nogil:
    """A person re-arms a configured breaker, -1: all; it still cools."""
    cdef int32_t k
    if plan < -1 or plan >= c.plan_count:
        return TP_ENGINE_COMMAND
    for k in range(c.breaker_count):
        if (plan == -1 or c.breakers[k].plan == plan) and c.breakers[k].state == TRIPPED:
            control_cool(c, &c.breakers[k], now_ns)
    c.tick_ns = INT64_MIN
    control_gates(c)
    return TP_OK


cdef inline int32_t control_reset(ControlState* c, int64_t strategy) noexcept nogil:
    """A person resets the drawdown of a strategy, -1: of the currencies as a whole."""
    cdef int32_t k
    cdef Drawdown* d
    if strategy < -1 or strategy >= c.strategy_count:
        return TP_ENGINE_COMMAND
    for k in range(c.currency_count):
        d = &c.drawdowns[(1 + strategy) * c.currency_count + k]
        drawdown_reset(d, &c.total if strategy == -1 else &c.by_strategy)
    control_gates(c)
    return TP_OK


cdef inline int32_t control_set_limit(
    ControlState* c, int32_t limit, int32_t instrument, int64_t value
) noexcept nogil:
    """A limit of an instrument, -1: of all; TP_ENGINE_LIMIT outside 0 to the ceiling."""
    cdef int32_t code = risk_set_limit(c.risk, limit, instrument, value)
    if code == TP_OK:
        c.limits_version += 1
    return code


cdef class Control:
    cdef ControlState* state
    cdef readonly object risk
    cdef object config

    cdef int fill_plans(self, plans) except -1
