"""Fills: each counted once for its order and its money, and taken back by a bust.

What a fill posts and a bust posts back is in money.py.
"""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.core.records import Order, Report
from tickpath.hot.execute.state import State


def count_fill(s: State, order: Order, report: Report) -> int:
    """Count a fill for its order, once. OK and EXECUTE_OVERFILL: it was counted."""
    if report.last_ticks <= 0 or report.last_lots <= 0:
        return Code.EXECUTE_REPORT
    if report.instrument >= 0 and report.instrument != order.instrument:
        return Code.EXECUTE_REPORT
    key = (order.client_order_id, report.trade_id)
    if report.trade_id >= 0:
        if key in s.fills:
            return Code.EXECUTE_DUPLICATE
    elif 0 <= report.cumulative_lots <= order.filled_lots:
        return Code.EXECUTE_DUPLICATE
    elif 0 <= report.cumulative_lots < order.filled_lots + report.last_lots:
        return Code.EXECUTE_REPORT  # a part of it was counted before
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
