"""What several checks need: the order's price, the worst case, exact comparisons of notionals.

Value. Linear and spot value grows with the price, so the higher of the order's price and the
reference counts. An inverse contract's value in its settle currency grows as the price falls, so
the lower counts: the conservative choice for both. A market order has no limit: it may slip from
the far touch to the collar, and that end counts. A product past 127 bits is refused, as the native
code must.
"""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    POSITION_LONG,
    POSITION_SHORT,
    REDUCE_ONLY,
    BookStatus,
    BookTop,
    InstrumentKind,
    Intent,
    IntentKind,
    OrderType,
    Side,
)
from tickpath.hot.risk.context import RiskInput

OVER = -1
PPM = 1_000_000
WORD_MAX = 2**63 - 1
PRODUCT_MAX = 2**127 - 1


def order_ticks(x: RiskInput) -> int:
    """The order's own price: its limit, or the far touch of a market order."""
    if x.intent.type != OrderType.MARKET:
        return x.intent.price_ticks
    return x.top.ask_ticks if x.intent.side == Side.BUY else x.top.bid_ticks


def collar_ppm(x: RiskInput) -> int:
    """The configured collar, never wider than the compiled one."""
    return min(x.limits.price_collar_ppm, LIMITS["price_collar_ppm_max"])


def outside(ticks: int, center: int, ppm: int) -> bool:
    """Whether a price is further than a part of `center` > 0 from it."""
    return abs(ticks - center) * PPM > center * ppm


def reach_ticks(x: RiskInput) -> int:
    """The worst price the order may trade at: its limit, or the far touch slipped by the collar."""
    touch = order_ticks(x)
    if x.intent.type != OrderType.MARKET or touch <= 0:
        return touch
    slip = -(-touch * collar_ppm(x) // PPM)
    return touch + slip if x.intent.side == Side.BUY else max(1, touch - slip)


def mark_twice(top: BookTop, last_trade_ticks: int) -> int:
    """Twice the mark in ticks: mid of a good book, else the last trade; not positive: none."""
    if top.status == BookStatus.OK and top.bid_ticks > 0 and top.ask_ticks > 0:
        return top.bid_ticks + top.ask_ticks
    return 2 * last_trade_ticks


def reference_twice(x: RiskInput) -> int:
    """Twice the price that an order is compared with."""
    return mark_twice(x.top, x.last_trade_ticks)


def value_ticks(x: RiskInput) -> int:
    """The price of the two, own reach and reference, that makes the order worth more."""
    own, reference2 = reach_ticks(x), reference_twice(x)
    if reference2 <= 0:
        return own
    if x.instrument.kind == InstrumentKind.INVERSE:
        return min(own, max(1, reference2 // 2))
    return max(own, (reference2 + 1) // 2)


def given_back(x: RiskInput) -> int:
    """Lots of the replaced order that no longer count: at most those open on the order's side, and
    never more than the new order takes, since the old one may still fill before it is gone."""
    if x.intent.kind != IntentKind.REPLACE:
        return 0
    buy = x.intent.side == Side.BUY
    open_lots = x.position.open_buy_lots if buy else x.position.open_sell_lots
    return max(0, min(x.replaced_lots, open_lots, x.intent.quantity_lots))


def added_lots(x: RiskInput) -> int:
    """What accepting the order adds to its side's open lots."""
    return x.intent.quantity_lots - given_back(x)


def pending_lots(x: RiskInput) -> int:
    """Accepted before in this batch on the order's side."""
    return x.pending_buy_lots if x.intent.side == Side.BUY else x.pending_sell_lots


def worst_lots(x: RiskInput) -> int:
    """Position in the order's direction if everything open there fills; <= 0: it only reduces."""
    if x.intent.side == Side.BUY:
        held = x.position.position_lots + x.position.open_buy_lots
    else:
        held = -x.position.position_lots + x.position.open_sell_lots
    return held + pending_lots(x) + added_lots(x)


def reduces_only(intent: Intent) -> bool:
    """Whether an order may only reduce: it says so, or it closes the leg that it names, which no
    fill takes through zero."""
    closes = intent.flags & (POSITION_LONG if intent.side == Side.SELL else POSITION_SHORT)
    return bool(intent.flags & REDUCE_ONLY or closes)


def part_of_equity(x: RiskInput, ppm: int) -> int:
    """equity * ppm / 10^6, rounded down; 0 for equity that is not positive."""
    return max(0, x.equity_units) * ppm // PPM


def past_part(x: RiskInput, units: int, ppm: int, ppm_max: int) -> bool:
    """Whether an order that adds brings `units` past a part of equity, never more than ppm_max."""
    return worst_lots(x) > 0 and units * PPM > x.equity_units * min(ppm, ppm_max)


def notional_compare(x: RiskInput, ticks: int, lots: int, units: int) -> tuple[int, int]:
    """(code, sign of notional(ticks, lots) - units), exactly."""
    num, den = x.value_ratio
    if x.instrument.kind == InstrumentKind.INVERSE:
        left, right = lots * num, units * den * ticks
    else:
        left, right = ticks * lots * num, units * den
    if max(left, right) > PRODUCT_MAX:
        return Code.RISK_OVERFLOW, 0
    return Code.OK, (left > right) - (left < right)


def notional_over(x: RiskInput, lots: int, units: int) -> int:
    """OK, OVER when the notional is above `units`, or RISK_OVERFLOW."""
    ticks = value_ticks(x)
    if ticks > WORD_MAX or lots > WORD_MAX:
        return Code.RISK_OVERFLOW
    code, sign = notional_compare(x, ticks, lots, units)
    if code != Code.OK:
        return code
    return OVER if sign > 0 else Code.OK


def notional_floor(x: RiskInput, units: int) -> int:
    """RISK_NOTIONAL_MIN when the notional at the order's own price is below `units`."""
    code, sign = notional_compare(x, order_ticks(x), x.intent.quantity_lots, units)
    if code != Code.OK:
        return code
    return Code.RISK_NOTIONAL_MIN if sign < 0 else Code.OK
