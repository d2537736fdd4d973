"""Fills: each counted once for its order and its money, and taken back by a bust.

fills.py says the same in words. What a fill posts is in money.pxd, a bust is in bust.pxd. Worst
case: that of `money_fill`.
"""

from libc.stdint cimport INT64_MIN, int32_t, int64_t
from tickpath.core.codes cimport (
    TP_EXECUTE_BUST, TP_EXECUTE_DUPLICATE, TP_EXECUTE_OVERFILL, TP_EXECUTE_REPORT, TP_OK,
    TP_RISK_OVERFLOW,
)
from tickpath.core.fixed cimport add_overflows, divide_half_even
from tickpath.core.records cimport int128, tp_order, tp_order_update, tp_report
from tickpath.hot.execute.bust cimport position_bust
from tickpath.hot.execute.money cimport money_fee, money_fill, money_halt
from tickpath.hot.execute.order_table cimport SeenFill, fill_remember, fill_seen
from tickpath.hot.execute.state cimport ExecuteState


cdef inline const tp_report* fresh_part(
        const tp_order* o, const tp_report* r, tp_report* part) noexcept nogil:
    """The fill without what was counted of it before, where it is a step of a total: in `part`, its
    price, its share of the fee rounded half to even. Any other fill as it is."""
    cdef int64_t begun, known
    if r.trade_id >= 0 or r.cumulative_lots < r.last_lots or r.last_lots <= 0:
        return r
    begun = r.cumulative_lots - r.last_lots
    if o.filled_lots <= begun or o.filled_lots >= r.cumulative_lots:
        return r
    known = o.filled_lots - begun
    part[0] = r[0]
    part.last_lots = r.last_lots - known
    if r.fee_units != INT64_MIN:
        part.fee_units = divide_half_even(<int128>r.fee_units * part.last_lots, r.last_lots)
    return part


cdef inline int32_t count_fill(ExecuteState* e, tp_order* o, const tp_report* r,
                               tp_order_update* u) noexcept nogil:
    """Count a fill for its order, once. TP_OK and TP_EXECUTE_OVERFILL: it was counted. One of no
    quantity and no price brings fees alone."""
    cdef SeenFill seen
    cdef int64_t filled
    cdef int32_t code
    if r.instrument >= 0 and r.instrument != o.instrument:
        return TP_EXECUTE_REPORT
    if r.last_ticks == 0 and r.last_lots == 0 and r.trade_id < 0:
        return money_fee(e.money, o, r)
    if r.last_ticks <= 0 or r.last_lots <= 0:
        return TP_EXECUTE_REPORT
    if r.trade_id >= 0:
        if fill_seen(&e.table, o.client_order_id, r.trade_id):
            return TP_EXECUTE_DUPLICATE
    elif 0 <= r.cumulative_lots <= o.filled_lots:
        return TP_EXECUTE_DUPLICATE
    elif 0 <= r.cumulative_lots < r.last_lots:
        return TP_EXECUTE_REPORT
    if add_overflows(o.filled_lots, r.last_lots, &filled):
        return TP_RISK_OVERFLOW
    code = money_fill(e.money, o, r)
    if code != TP_OK:
        return code
    if r.trade_id >= 0:
        seen.client_order_id = o.client_order_id
        seen.trade_id = r.trade_id
        fill_remember(&e.table, &seen)
    o.filled_lots = filled
    u.fill_ticks = r.last_ticks
    u.fill_lots = r.last_lots
    return TP_EXECUTE_OVERFILL if filled > o.quantity_lots else TP_OK


cdef inline int32_t bust_fill(ExecuteState* e, tp_order* o, const tp_report* r) noexcept nogil:
    """Take one remembered fill back, once: the lots leave the order, the position and the ledger.
    What is left open of the order stays as it was. One that is not remembered halts its
    instrument: the position is not the venue's any more."""
    cdef int64_t lots
    cdef int32_t code = position_bust(e.money, o.client_order_id, r.trade_id, r.last_lots, &lots)
    if code == TP_EXECUTE_BUST:
        return money_halt(e.money, o.instrument, code)
    if code != TP_OK:
        return code
    o.filled_lots -= lots
    o.quantity_lots -= lots
    return TP_OK
