"""Fills: each counted once for its order and its money, and taken back by a bust.

What a fill posts and a bust posts back is in money.py.
"""

from dataclasses import replace

from tickpath.core.codes import Code
from tickpath.core.fixed import divide_half_even
from tickpath.core.limits import LIMITS
from tickpath.core.records import FEE_NOT_REPORTED, Order, Report
from tickpath.hot.execute.state import State


def fresh_part(order: Order, report: Report) -> Report:
    """The fill without what was counted of it before, where it is a step of a total: its price, its
    share of the fee rounded half to even. Any other fill as it is."""
    begun = report.cumulative_lots - report.last_lots
    known = order.filled_lots - begun
    if report.trade_id >= 0 or begun < 0 or not 0 < known < report.last_lots:
        return report
    lots, fee_units = report.last_lots - known, report.fee_units
    if fee_units != FEE_NOT_REPORTED:
        fee_units = divide_half_even(fee_units * lots, report.last_lots)
    return replace(report, last_lots=lots, fee_units=fee_units)


def count_fill(s: State, order: Order, report: Report) -> int:
    """Count a fill for its order, once. OK and EXECUTE_OVERFILL: it was counted. One of no quantity
    and no price brings fees alone."""
    if report.instrument >= 0 and report.instrument != order.instrument:
        return Code.EXECUTE_REPORT
    if report.last_ticks == 0 and report.last_lots == 0 and report.trade_id < 0:
        return s.money.fee(order, report)
    if report.last_ticks <= 0 or report.last_lots <= 0:
        return Code.EXECUTE_REPORT
    key = (order.client_order_id, report.trade_id)
    if report.trade_id >= 0:
        if key in s.fills:
            return Code.EXECUTE_DUPLICATE
    elif 0 <= report.cumulative_lots <= order.filled_lots:
        return Code.EXECUTE_DUPLICATE
    elif 0 <= report.cumulative_lots < report.last_lots:
        return Code.EXECUTE_REPORT
    filled = order.filled_lots + report.last_lots
    if filled >= 2**63:
        return Code.RISK_OVERFLOW
    code = s.money.fill(order, report)
    if code != Code.OK:
        return code
    if report.trade_id >= 0:
        s.fills[key] = None
        if len(s.fills) > LIMITS["fills_remembered_max"]:
            del s.fills[next(iter(s.fills))]
    order.filled_lots = filled
    return Code.EXECUTE_OVERFILL if filled > order.quantity_lots else Code.OK


def bust_fill(s: State, order: Order, report: Report) -> int:
    """Take one remembered fill back, once: the lots leave the order, the position and the ledger.
    What is left open of the order stays as it was. One that is not remembered halts its
    instrument: the position is not the venue's any more."""
    code, lots = s.money.bust(order.client_order_id, report.trade_id, report.last_lots)
    order.filled_lots -= lots
    order.quantity_lots -= lots
    return s.money.halt(order.instrument, code) if code == Code.EXECUTE_BUST else code
