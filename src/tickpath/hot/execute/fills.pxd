"""Fills: each counted once for its order, its position and the ledger, and taken back by a bust.

fills.py says the same in words. Every fill is remembered with what it did to position and money; a
bust subtracts exactly that. Worst case: eight 128-bit divisions a fill, one a bust.
"""

from libc.stdint cimport INT64_MIN, int32_t, int64_t, uint64_t
from tickpath.core.codes cimport (
    TP_EXECUTE_DUPLICATE, TP_EXECUTE_OVERFILL, TP_EXECUTE_REPORT, TP_EXECUTE_TRADE, TP_OK,
    TP_RISK_OVERFLOW,
)
from tickpath.core.fixed cimport add_overflows
from tickpath.core.records cimport (
    TP_BUY, TP_INVERSE, TP_SELL, int128, tp_instrument, tp_order, tp_order_update, tp_position,
    tp_report,
)
from tickpath.hot.execute.ledger cimport ledger_fee, ledger_trade
from tickpath.hot.execute.order_table cimport SeenFill, fill_find, fill_remember
from tickpath.hot.execute.position cimport (
    TP_GUARD, FillMoney, Ratio, fill_money, fits64, fits_guard, round_ratio,
)
from tickpath.hot.execute.state cimport ExecuteState


cdef inline uint64_t turnover(const tp_position* p) noexcept nogil:
    """Lots bought and sold, in 64 bits: tells whether a fill is still the newest."""
    return <uint64_t>p.bought_lots + <uint64_t>p.sold_lots


cdef inline int32_t book_fill(ExecuteState* e, const tp_order* o, const tp_report* r,
                              SeenFill* seen) noexcept nogil:
    """Position, totals and ledger of one fill, and what it did: all of it or, with a code, nothing.
    """
    cdef const tp_instrument* i = &e.instruments[o.instrument]
    cdef tp_position* p = &e.positions[o.instrument]
    cdef FillMoney m
    cdef int128 before = p.entry_value
    cdef int64_t total
    cdef int64_t realised
    cdef int64_t fees
    cdef bint reported = r.fee_units != INT64_MIN and (
        r.fee_units == 0 or 0 <= r.fee_currency < e.currency_count)
    cdef int32_t code = fill_money(i, p, e.entry_ticks[o.instrument], o.side, r.last_ticks,
                                   r.last_lots, r.maker, &m)
    if code != TP_OK:
        return code
    if reported:
        m.fee_units = r.fee_units
        m.fee_guard = <int128>r.fee_units * TP_GUARD
    fees = 0
    if not reported or r.fee_currency == i.settle:
        fees = m.fee_units
    if add_overflows(p.realised_units, m.realised_units, &realised):
        return TP_RISK_OVERFLOW
    if add_overflows(p.fee_units, fees, &fees):
        return TP_RISK_OVERFLOW
    if add_overflows(p.bought_lots if o.side == TP_BUY else p.sold_lots, r.last_lots, &total):
        return TP_RISK_OVERFLOW
    seen.client_order_id = o.client_order_id
    seen.trade_id = r.trade_id
    seen.instrument = o.instrument
    seen.side = o.side
    seen.lots = r.last_lots
    seen.notional_units = m.notional_units
    seen.realised_units = m.realised_units
    seen.fee_units = m.fee_units
    seen.fee_currency = -1
    if not reported:
        seen.fee_currency = i.settle
    elif m.fee_units != 0:
        seen.fee_currency = r.fee_currency
    seen.busted = 0
    seen.entry_value = m.entry_value - before
    seen.realised_guard = m.realised_guard
    seen.fee_guard = m.fee_guard
    seen.entry_ticks = e.entry_ticks[o.instrument]
    if o.side == TP_BUY:
        p.bought_lots = total
    else:
        p.sold_lots = total
    seen.turnover_lots = turnover(p)
    p.realised_units = realised
    p.fee_units = fees
    p.position_lots = m.position_lots
    p.entry_value = m.entry_value
    e.entry_ticks[o.instrument] = m.entry_ticks
    ledger_trade(&e.accounts[i.settle], i, o.side, before, &m)
    if not reported:
        ledger_fee(&e.accounts[i.settle], m.fee_units, m.fee_guard)
    elif m.fee_units != 0:
        ledger_fee(&e.accounts[r.fee_currency], m.fee_units, m.fee_guard)
    return TP_OK


cdef inline int32_t count_fill(ExecuteState* e, tp_order* o, const tp_report* r,
                               tp_order_update* u) noexcept nogil:
    """Count a fill for its order, once. TP_OK and TP_EXECUTE_OVERFILL: it was counted."""
    cdef SeenFill seen
    cdef int64_t filled
    cdef int32_t code
    if r.last_ticks <= 0 or r.last_lots <= 0:
        return TP_EXECUTE_REPORT
    if r.instrument >= 0 and r.instrument != o.instrument:
        return TP_EXECUTE_REPORT
    if r.trade_id >= 0:
        if fill_find(&e.table, o.client_order_id, r.trade_id) != NULL:
            return TP_EXECUTE_DUPLICATE
    elif 0 <= r.cumulative_lots <= o.filled_lots:
        return TP_EXECUTE_DUPLICATE
    if add_overflows(o.filled_lots, r.last_lots, &filled):
        return TP_RISK_OVERFLOW
    code = book_fill(e, o, r, &seen)
    if code != TP_OK:
        return code
    if r.trade_id >= 0:
        fill_remember(&e.table, &seen)
    o.filled_lots = filled
    u.fill_ticks = r.last_ticks
    u.fill_lots = r.last_lots
    return TP_EXECUTE_OVERFILL if filled > o.quantity_lots else TP_OK


cdef inline int32_t unbook_fill(ExecuteState* e, const SeenFill* seen) noexcept nogil:
    """Take a fill's share out of position, totals and ledger: all of it or, with a code, nothing.
    """
    cdef const tp_instrument* i = &e.instruments[seen.instrument]
    cdef tp_position* p = &e.positions[seen.instrument]
    cdef bint newest = turnover(p) == seen.turnover_lots
    cdef bint buys = seen.side == TP_BUY
    cdef FillMoney back
    cdef Ratio left
    cdef int128 before = p.entry_value
    cdef int128 units = 0
    cdef int64_t realised
    cdef int64_t fees = seen.fee_units if seen.fee_currency == i.settle else 0
    if add_overflows(p.position_lots, -seen.lots if buys else seen.lots, &back.position_lots):
        return TP_RISK_OVERFLOW
    back.entry_value = p.entry_value - seen.entry_value
    if not fits_guard(back.entry_value):
        return TP_RISK_OVERFLOW
    left.num = 0
    left.den = TP_GUARD
    if back.position_lots == 0:
        left.num = back.entry_value if i.kind == TP_INVERSE else -back.entry_value
        back.entry_value = 0
        if not round_ratio(&left, 1, &units) or not fits64(units):
            return TP_RISK_OVERFLOW
    if not fits64(<int128>p.realised_units - seen.realised_units):
        return TP_RISK_OVERFLOW
    realised = p.realised_units - seen.realised_units
    if add_overflows(realised, <int64_t>units, &realised):
        return TP_RISK_OVERFLOW
    if not fits64(<int128>p.fee_units - fees) or not fits64(units - seen.realised_units):
        return TP_RISK_OVERFLOW
    back.notional_units = seen.notional_units
    back.realised_units = <int64_t>(units - seen.realised_units)
    back.realised_guard = left.num - seen.realised_guard
    p.position_lots = back.position_lots
    p.entry_value = back.entry_value
    p.realised_units = realised
    p.fee_units -= fees
    if buys:
        p.bought_lots -= seen.lots
    else:
        p.sold_lots -= seen.lots
    e.entry_ticks[seen.instrument] = seen.entry_ticks if newest else 0
    ledger_trade(&e.accounts[i.settle], i, TP_SELL if buys else TP_BUY, before, &back)
    if seen.fee_currency >= 0:
        ledger_fee(&e.accounts[seen.fee_currency], -seen.fee_units, -seen.fee_guard)
    return TP_OK


cdef inline int32_t bust_fill(ExecuteState* e, tp_order* o, const tp_report* r) noexcept nogil:
    """Take one remembered fill back, once: the lots leave the order, the position and the ledger.
    What is left open of the order stays as it was."""
    cdef SeenFill* seen = fill_find(&e.table, o.client_order_id, r.trade_id)
    cdef int32_t code
    if seen == NULL:
        return TP_EXECUTE_TRADE
    if seen.busted:
        return TP_EXECUTE_DUPLICATE
    if r.last_lots != 0 and r.last_lots != seen.lots:
        return TP_EXECUTE_REPORT
    code = unbook_fill(e, seen)
    if code != TP_OK:
        return code
    seen.busted = 1
    o.filled_lots -= seen.lots
    o.quantity_lots -= seen.lots
    return TP_OK
