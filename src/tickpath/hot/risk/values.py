"""What several checks need: the order's price, the worst case, exact comparisons of notionals.

For linear and spot instruments value grows with the price, so the higher of the order's price and
the reference counts; an inverse contract's value grows as the price falls, so the lower. A product
past 127 bits is refused, as the native code must.
"""

from tickpath.core.codes import Code
from tickpath.core.records import BookStatus, InstrumentKind, OrderType, Side
from tickpath.hot.risk.context import RiskInput

OVER = -1
WORD_MAX = 2**63 - 1
PRODUCT_MAX = 2**127 - 1


def order_ticks(x: RiskInput) -> int:
    """The price the order may trade at: its limit, or the far touch of a market order."""
    if x.intent.type != OrderType.MARKET:
        return x.intent.price_ticks
    return x.top.ask_ticks if x.intent.side == Side.BUY else x.top.bid_ticks


def reference_twice(x: RiskInput) -> int:
    """Twice the reference price in ticks: mid of a good book, else the last trade, else 0."""
    if x.top.status == BookStatus.OK and x.top.bid_ticks > 0 and x.top.ask_ticks > 0:
        return x.top.bid_ticks + x.top.ask_ticks
    return 2 * x.last_trade_ticks


def worst_lots(x: RiskInput) -> int:
    """Position in the order's direction if everything open there fills; <= 0: it only reduces."""
    more = x.intent.quantity_lots - x.replaced_lots
    if x.intent.side == Side.BUY:
        return x.position.position_lots + x.position.open_buy_lots + x.pending_buy_lots + more
    return -x.position.position_lots + x.position.open_sell_lots + x.pending_sell_lots + more


def part_of_equity(x: RiskInput, ppm: int) -> int:
    """equity * ppm / 10^6, rounded down; 0 for equity that is not positive."""
    return max(0, x.equity_units) * ppm // 1_000_000


def value_ticks(x: RiskInput) -> int:
    """The price that values the order the higher: of its own and the reference."""
    own, reference2 = order_ticks(x), reference_twice(x)
    if reference2 <= 0:
        return own
    if x.instrument.kind == InstrumentKind.INVERSE:
        return min(own, max(1, reference2 // 2))
    return max(own, (reference2 + 1) // 2)


def notional_compare(x: RiskInput, ticks: int, lots: int, units: int) -> tuple[int, int]:
    """(code, sign of notional(ticks, lots) - units), exactly."""
    num, den = x.value_ratio
    if x.instrument.kind == InstrumentKind.INVERSE:
        left, right = lots * num, units * den * ticks
    else:
        left, right = ticks * lots * num, units * den
    if max(abs(left), abs(right)) > PRODUCT_MAX:
        return Code.RISK_OVERFLOW, 0
    return Code.OK, (left > right) - (left < right)


def notional_over(x: RiskInput, lots: int, units: int) -> int:
    """OK, OVER when the notional is above `units`, or RISK_OVERFLOW."""
    if lots > WORD_MAX:
        return Code.RISK_OVERFLOW
    code, sign = notional_compare(x, value_ticks(x), lots, units)
    if code != Code.OK:
        return code
    return OVER if sign > 0 else Code.OK


def notional_floor(x: RiskInput, units: int) -> int:
    """RISK_NOTIONAL_MIN when the notional at the order's own price is below `units`."""
    code, sign = notional_compare(x, order_ticks(x), x.intent.quantity_lots, units)
    if code != Code.OK:
        return code
    return Code.RISK_NOTIONAL_MIN if sign < 0 else Code.OK
