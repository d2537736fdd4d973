"""Bust: the venue takes a fill back; exactly what it posted is posted back.

The newest TP_BUST_FILLS_MAX fills can be undone. When nothing else happened in the leg since, all
is as before the fill, to the last integer (lots kept first in, first out, become one lot at their
total cost). Otherwise lots, cost, profit, cash and fee of the fill are taken off, and where the
cost left over fits no position (lots gone, or of the other sign) the position stands at the busted
price and the difference is profit: realised plus unrealised is that of the fills that remain.
Worst case: TP_BUST_FILLS_MAX comparisons.
"""

from libc.stdint cimport INT64_MIN, int32_t, int64_t, uint64_t
from tickpath.core.codes cimport (
    TP_EXECUTE_BUST, TP_EXECUTE_DUPLICATE, TP_EXECUTE_POSITION_SIDE, TP_EXECUTE_REPORT, TP_OK,
    TP_RISK_OVERFLOW,
)
from tickpath.core.fixed cimport add_overflows
from tickpath.core.records cimport (
    TP_BUST_FILLS_MAX, TP_BUY, TP_INVERSE, TP_SPOT, int128, tp_instrument, tp_position,
)
from tickpath.hot.execute.fifo cimport LotQueue, fifo_at, fifo_reset
from tickpath.hot.execute.hedge cimport hedge_fits
from tickpath.hot.execute.ledger cimport ACCOUNT_REALISED, ledger_fee, ledger_post
from tickpath.hot.execute.money cimport (
    COST_AVERAGE, LEGS, FillRecord, MoneyState, Share, money_halt, money_prove, money_share,
)
from tickpath.hot.execute.position cimport (
    TP_GUARD, Leg, Ratio, fits64, fits_guard, round_ratio, value_guard,
)

cdef struct Undone:                   # a leg after the bust
    Leg leg
    int128 gain_guard                 # profit of cost that fits no position


cdef struct BustPlan:
    Undone account
    Undone share
    Undone lots
    int64_t gain_units
    int64_t realised
    int64_t fees
    int64_t traded


cdef inline FillRecord* bust_find(const MoneyState* m, uint64_t id,
                                  int64_t trade_id) noexcept nogil:
    """The newest remembered fill of that order and trade, or NULL."""
    cdef int64_t k
    cdef int64_t oldest = m.record_count - TP_BUST_FILLS_MAX
    cdef FillRecord* f
    if oldest < 0:
        oldest = 0
    for k in range(m.record_count - 1, oldest - 1, -1):
        f = &m.records[k % TP_BUST_FILLS_MAX]
        if f.client_order_id == id and f.trade_id == trade_id:
            return f
    return NULL


cdef inline bint undo_leg(const tp_instrument* i, const Leg* leg, int128 change, int64_t ticks,
                          int64_t signed_lots, bint latest, int64_t entry_ticks,
                          Undone* out) noexcept nogil:
    """Take lots and cost of the fill off a leg; what is left must be a position."""
    cdef int128 lots = <int128>leg.lots - signed_lots
    cdef int128 base = 0
    if not fits64(lots):
        return 0
    out.leg.lots = <int64_t>lots
    out.leg.value = leg.value - change
    out.leg.entry_ticks = entry_ticks if latest else 0
    out.gain_guard = 0
    if not fits_guard(out.leg.value):
        return 0
    if lots != 0 and out.leg.value != 0 and (lots > 0) == (out.leg.value > 0):
        return 1
    if lots == 0 and out.leg.value == 0:
        out.leg.entry_ticks = 0
        return 1
    if lots != 0 and not value_guard(i, ticks, out.leg.lots, &base):
        return 0
    out.gain_guard = out.leg.value - base if i.kind == TP_INVERSE else base - out.leg.value
    out.leg.value = base
    out.leg.entry_ticks = ticks if lots != 0 else 0
    return fits_guard(base)


cdef inline bint bust_lots(MoneyState* m, const tp_instrument* i, int32_t at, const FillRecord* f,
                           int64_t signed_lots, Undone* out) noexcept nogil:
    """The lots of a leg as one, after the bust."""
    cdef Leg whole
    cdef LotQueue* queue = &m.queues[at]
    cdef int32_t k
    whole.lots = 0
    whole.value = 0
    whole.entry_ticks = 0
    for k in range(queue.count):
        whole.lots += fifo_at(queue, k).lots
        whole.value += fifo_at(queue, k).value
    return undo_leg(i, &whole, f.lots_value_change, f.ticks, signed_lots,
                    m.leg_fills[at] == f.sequence, f.entry_ticks, out)


cdef inline bint plan_bust(MoneyState* m, const FillRecord* f, int64_t signed_lots,
                           BustPlan* b) noexcept nogil:
    """Everything the bust changes."""
    cdef const tp_instrument* i = &m.instruments[f.instrument]
    cdef const tp_position* p = &m.positions[f.instrument]
    cdef int32_t at = f.instrument * LEGS + f.leg
    cdef bint latest = m.leg_fills[at] == f.sequence
    cdef Share* share = money_share(m, f.strategy, f.instrument, f.leg)
    cdef Ratio gain
    cdef int128 units
    cdef int64_t fees = 0
    if not undo_leg(i, &m.legs[at], f.value_change, f.ticks, signed_lots, latest, f.entry_ticks,
                    &b.account):
        return 0
    if not undo_leg(i, &share.leg, f.share_value_change, f.ticks, signed_lots, latest,
                    f.share_entry_ticks, &b.share):
        return 0
    if m.cost != COST_AVERAGE and not bust_lots(m, i, at, f, signed_lots, &b.lots):
        return 0
    gain.num = b.account.gain_guard
    gain.den = TP_GUARD
    if not round_ratio(&gain, 1, &units) or not fits64(units):
        return 0
    b.gain_units = <int64_t>units
    if f.fee_currency == i.settle:
        fees = f.fee_units
    units = <int128>p.realised_units - f.realised_units + b.gain_units
    b.realised = <int64_t>units
    if not fits64(units) or fees == INT64_MIN or add_overflows(p.fee_units, -fees, &b.fees):
        return 0
    return not add_overflows(p.bought_lots if f.side == TP_BUY else p.sold_lots, -f.lots, &b.traded)


cdef inline void commit_bust(MoneyState* m, FillRecord* f, int64_t signed_lots,
                             const BustPlan* b) noexcept nogil:
    cdef const tp_instrument* i = &m.instruments[f.instrument]
    cdef tp_position* p = &m.positions[f.instrument]
    cdef int32_t at = f.instrument * LEGS + f.leg
    cdef Leg* leg = &m.legs[at]
    cdef Share* share = money_share(m, f.strategy, f.instrument, f.leg)
    cdef bint spot = i.kind == TP_SPOT
    cdef bint balanced = ledger_post(&m.accounts[i.settle], -f.cash_units, ACCOUNT_REALISED,
                                     f.realised_guard, -f.value_change if spot else 0)
    if b.account.gain_guard != 0:
        balanced &= ledger_post(
            &m.accounts[i.settle], 0 if spot else b.gain_units, ACCOUNT_REALISED,
            -b.account.gain_guard, b.account.gain_guard if spot else 0)
    if f.fee_currency >= 0:
        balanced &= ledger_fee(&m.accounts[f.fee_currency], -f.fee_units, -f.fee_guard)
        m.strategy_fees[f.strategy * m.currency_count + f.fee_currency] -= f.fee_guard
    m.touched |= <uint64_t>1 << f.instrument
    p.position_lots -= signed_lots
    p.entry_value += b.account.leg.value - leg.value
    p.realised_units = b.realised
    p.fee_units = b.fees
    if f.side == TP_BUY:
        p.bought_lots = b.traded
    else:
        p.sold_lots = b.traded
    leg[0] = b.account.leg
    share.leg = b.share.leg
    share.realised_guard += b.share.gain_guard - f.share_realised_guard
    if m.cost != COST_AVERAGE:
        fifo_reset(&m.queues[at], &b.lots.leg)
        m.queues[at].realised_guard += b.lots.gain_guard - f.lots_realised_guard
    # as before the fill when it was the latest: the one before it can be undone as exactly
    m.leg_fills[at] += -1 if m.leg_fills[at] == f.sequence else 1
    f.lots = 0
    money_prove(m, balanced)


cdef inline int32_t position_bust(MoneyState* m, uint64_t client_order_id, int64_t trade_id,
                                  int64_t said_lots, int64_t* lots) noexcept nogil:
    """Undo a fill, of `said_lots` unless that is 0; `lots` is what the order loses. All of it or,
    with a code, nothing."""
    cdef BustPlan plan
    cdef FillRecord* f = bust_find(m, client_order_id, trade_id)
    cdef int64_t signed_lots
    cdef int32_t at
    lots[0] = 0
    plan.lots.gain_guard = 0
    if f == NULL:
        return TP_EXECUTE_BUST
    if f.lots == 0:
        return TP_EXECUTE_DUPLICATE
    if said_lots != 0 and said_lots != f.lots:
        return TP_EXECUTE_REPORT
    signed_lots = f.lots if f.side == TP_BUY else -f.lots
    at = f.instrument * LEGS + f.leg
    if not hedge_fits(m.hedging[f.instrument], f.leg, m.legs[at].lots, -signed_lots):
        return money_halt(m, f.instrument, TP_EXECUTE_POSITION_SIDE)
    if not plan_bust(m, f, signed_lots, &plan):
        return money_halt(m, f.instrument, TP_RISK_OVERFLOW)
    lots[0] = f.lots
    commit_bust(m, f, signed_lots, &plan)
    return TP_OK
