"""Fills: each counted once for its order, its position and the ledger, and taken back by a bust.

Every fill is remembered with what it did to position and money. A bust subtracts exactly that, so
after it the accounts are those of the other fills as they were booked. When the position is flat
then, what average cost left over becomes realised profit.
"""

from dataclasses import replace

from tickpath.core.codes import Code
from tickpath.core.fixed import divide_half_even
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    FEE_NOT_REPORTED,
    InstrumentKind,
    Order,
    Position,
    Report,
    Side,
)
from tickpath.hot.execute import ledger
from tickpath.hot.execute.order_table import SeenFill
from tickpath.hot.execute.position import (
    GUARD,
    FillMoney,
    WideOverflowError,
    fill_money,
    guarded,
    money,
)
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
    try:
        filled = money(order.filled_lots + report.last_lots)
        seen = book_fill(s, order, report)
    except WideOverflowError:
        return Code.RISK_OVERFLOW
    if report.trade_id >= 0:
        s.fills[key] = seen
        if len(s.fills) > LIMITS["fills_remembered_max"]:
            del s.fills[next(iter(s.fills))]
    order.filled_lots = filled
    return Code.EXECUTE_OVERFILL if filled > order.quantity_lots else Code.OK


def book_fill(s: State, order: Order, report: Report) -> SeenFill:
    """Position, totals and ledger of one fill: all of it or nothing (WideOverflowError)."""
    instrument = s.config.instruments[order.instrument]
    position = s.positions[order.instrument]
    m: FillMoney = fill_money(
        instrument,
        position,
        s.entry_ticks[order.instrument],
        order.side,
        report.last_ticks,
        report.last_lots,
        report.maker,
    )
    reported = report.fee_units != FEE_NOT_REPORTED and (
        report.fee_units == 0 or 0 <= report.fee_currency < len(s.accounts)
    )
    currency = report.fee_currency if reported else instrument.settle
    if reported:
        m.fee_units, m.fee_guard = report.fee_units, report.fee_units * GUARD
    bought = report.last_lots if order.side == Side.BUY else 0
    after = replace(
        position,
        position_lots=m.position_lots,
        entry_value=m.entry_value,
        realised_units=money(position.realised_units + m.realised_units),
        fee_units=money(position.fee_units + (m.fee_units if currency == instrument.settle else 0)),
        bought_lots=money(position.bought_lots + bought),
        sold_lots=money(position.sold_lots + report.last_lots - bought),
    )
    accounts = s.accounts[instrument.settle]
    ledger.post_trade(accounts, instrument, order.side, position.entry_value, m)
    if m.fee_units or not reported:
        ledger.post_fee(s.accounts[currency], m.fee_units, m.fee_guard)
    seen = SeenFill(
        client_order_id=order.client_order_id,
        trade_id=report.trade_id,
        instrument=order.instrument,
        side=order.side,
        lots=report.last_lots,
        notional_units=m.notional_units,
        realised_units=m.realised_units,
        fee_units=m.fee_units,
        fee_currency=currency if m.fee_units or not reported else -1,
        busted=0,
        entry_value=m.entry_value - position.entry_value,
        realised_guard=m.realised_guard,
        fee_guard=m.fee_guard,
        entry_ticks=s.entry_ticks[order.instrument],
        turnover_lots=turnover(after),
    )
    s.positions[order.instrument] = after
    s.entry_ticks[order.instrument] = m.entry_ticks
    return seen


def turnover(position: Position) -> int:
    """Lots bought and sold, in 64 bits: tells whether a fill is still the newest."""
    return (position.bought_lots + position.sold_lots) % 2**64


def bust_fill(s: State, order: Order, report: Report) -> int:
    """Take one remembered fill back, once: the lots leave the order, the position and the ledger.
    What is left open of the order stays as it was."""
    seen = s.fills.get((order.client_order_id, report.trade_id))
    if seen is None:
        return Code.EXECUTE_TRADE
    if seen.busted:
        return Code.EXECUTE_DUPLICATE
    if report.last_lots not in (0, seen.lots):
        return Code.EXECUTE_REPORT
    try:
        unbook_fill(s, seen)
    except WideOverflowError:
        return Code.RISK_OVERFLOW
    seen.busted = 1
    order.filled_lots -= seen.lots
    order.quantity_lots -= seen.lots
    return Code.OK


def unbook_fill(s: State, seen: SeenFill) -> None:
    """All of it or nothing (WideOverflowError)."""
    instrument = s.config.instruments[seen.instrument]
    position = s.positions[seen.instrument]
    bought = seen.lots if seen.side == Side.BUY else 0
    sold = seen.lots - bought
    lots = money(position.position_lots - bought + sold)
    entry = guarded(position.entry_value - seen.entry_value)
    left_guard = left_units = 0
    if lots == 0:
        left_guard, entry = -entry if instrument.kind != InstrumentKind.INVERSE else entry, 0
        left_units = money(divide_half_even(left_guard, GUARD))
    in_settle = seen.fee_currency == instrument.settle
    after = replace(
        position,
        position_lots=lots,
        entry_value=entry,
        realised_units=money(money(position.realised_units - seen.realised_units) + left_units),
        fee_units=money(position.fee_units - (seen.fee_units if in_settle else 0)),
        bought_lots=position.bought_lots - bought,
        sold_lots=position.sold_lots - sold,
    )
    back = FillMoney(lots, 0, entry)
    back.notional_units = seen.notional_units
    back.realised_units = money(left_units - seen.realised_units)
    back.realised_guard = left_guard - seen.realised_guard
    away = Side.SELL if seen.side == Side.BUY else Side.BUY
    ledger.post_trade(s.accounts[instrument.settle], instrument, away, position.entry_value, back)
    if seen.fee_currency >= 0:
        ledger.post_fee(s.accounts[seen.fee_currency], -seen.fee_units, -seen.fee_guard)
    newest = turnover(position) == seen.turnover_lots
    s.positions[seen.instrument] = after
    s.entry_ticks[seen.instrument] = seen.entry_ticks if newest else 0
