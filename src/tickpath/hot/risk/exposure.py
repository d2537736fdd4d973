"""What positions and open orders may come to, by settle currency.

An instrument's worst case is the larger of what it is if all open buys fill and if all open sells
fill, valued at the mark: the mid of a good book, else the last trade. Values are rounded up, away
from zero. An instrument with lots and no mark, or beyond 57 bits, is None: its currency is unknown
and nothing that adds passes. The native code keeps the sums; here they are taken anew each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tickpath.core.config import Config, Instrument
from tickpath.core.limits import LIMITS
from tickpath.core.records import Committed, InstrumentKind, Position
from tickpath.hot.risk.values import PPM, PRODUCT_MAX, WORD_MAX

UNITS_MAX = 2**57
"""Of one instrument: sums of all fit a word."""


@dataclass(slots=True)
class Pending:
    """Accepted in the batch in hand, not yet open orders."""

    buy_lots: int = 0
    sell_lots: int = 0
    orders: int = 0
    best_buy: int = 0
    best_sell: int = 0
    cost_units: int = 0


@dataclass(slots=True)
class Exposure:
    """Of one instrument; units are signed like the lots."""

    long_units: int
    short_units: int
    margin_units: int
    reserved_units: int

    @property
    def gross_units(self) -> int:
        return max(self.long_units, self.short_units)


@dataclass(slots=True)
class Sums:
    """Of one settle currency; `group` of the instruments with one base."""

    gross: int = 0
    net_long: int = 0
    net_short: int = 0
    margin: int = 0
    cash: int = 0
    group: int = 0
    unknown: int = 0


def quotient_up(num: int, den: int) -> int | None:
    units = -(-num // den)
    return units if units <= UNITS_MAX else None


def value_of(i: Instrument, ratio: tuple[int, int], price2: int, lots: int) -> int | None:
    """Value of lots at half of `price2` ticks, rounded away from zero."""
    if lots == 0:
        return 0
    if not 0 < price2 <= WORD_MAX or lots < -WORD_MAX:
        return None
    num, den = ratio
    if i.kind == InstrumentKind.INVERSE:
        num, den = abs(lots) * num * 2, price2 * den
    else:
        num, den = price2 * abs(lots) * num, den * 2
    units = quotient_up(num, den) if num <= PRODUCT_MAX else None
    return units if units is None or lots > 0 else -units


def part_up(units: int, ppm: int) -> int:
    """units * ppm / 10^6 rounded up."""
    return -(-units * ppm // PPM)


def cost_of(i: Instrument, ratio: tuple[int, int], price_lots: int) -> int | None:
    """Cash for a sum of ticks x lots of a spot instrument with its taker fee, rounded up."""
    num = price_lots * ratio[0]
    paid = num * (PPM + max(0, i.taker_fee_ppm))
    return quotient_up(paid, ratio[1] * PPM) if paid <= PRODUCT_MAX else None


def slipped(mark2: int) -> int:
    """Ticks at which an order without a price is reckoned: the mark and the widest collar."""
    return -(-mark2 * (PPM + LIMITS["price_collar_ppm_max"]) // (2 * PPM))


class Accounts:
    """What the orders of each instrument are paid with."""

    def __init__(self, config: Config) -> None:
        cash = {config.venues.index(name) for name in config.account.cash}
        self.instruments = config.instruments
        self.ratios = [i.value_ratio for i in config.instruments]
        self.cash = [i.venue in cash for i in config.instruments]
        self.margin_ppm = config.account.margin_ppm
        self.lot_units = [
            lot_fraction(i, config.currencies[i.base].decimals) for i in config.instruments
        ]

    def base_lots(self, index: int, cash_units: Sequence[int]) -> int:
        """Lots that the balance of the base currency makes, rounded down."""
        num, den = self.lot_units[index]
        return cash_units[self.instruments[index].base] * den // num

    def value(
        self, index: int, p: Position, c: Committed, pending: Pending, mark2: int
    ) -> Exposure | None:
        """One instrument, None when its value is not known."""
        i, ratio = self.instruments[index], self.ratios[index]
        most = p.position_lots + p.open_buy_lots + pending.buy_lots
        least = -p.position_lots + p.open_sell_lots + pending.sell_lots
        if not (-(2**63) <= most <= WORD_MAX and -(2**63) <= least <= WORD_MAX):
            return None
        long_units = value_of(i, ratio, mark2, most)
        short_units = value_of(i, ratio, mark2, least)
        if long_units is None or short_units is None:
            return None
        margin, reserved = part_up(max(long_units, short_units), self.margin_ppm), 0
        if self.cash[index]:
            margin = 0
            cost = self.reserved(index, c, mark2)
            if cost is None or cost + pending.cost_units > UNITS_MAX:
                return None
            reserved = cost + pending.cost_units
        return Exposure(long_units, short_units, margin, reserved)

    def reserved(self, index: int, c: Committed, mark2: int) -> int | None:
        """Cash that the open buys of a spot instrument need."""
        price_lots = c.buy_value
        if c.market_buy_lots > 0:
            price_lots += slipped(mark2) * c.market_buy_lots
        return cost_of(self.instruments[index], self.ratios[index], price_lots)

    def same_group(self, index: int, other: int) -> bool:
        """Whether two instruments have base and settle currency in common."""
        a, b = self.instruments[index], self.instruments[other]
        return (a.base, a.settle) == (b.base, b.settle)


def lot_fraction(i: Instrument, base_decimals: int) -> tuple[int, int]:
    """Base currency units of a lot."""
    num, den = (i.lot_size * 10**base_decimals).as_integer_ratio()
    return num, den


def sums_of(accounts: Accounts, index: int, found: Sequence[Exposure | None]) -> Sums:
    """The settle currency of an instrument, and the group it is in."""
    sums = Sums()
    settle = accounts.instruments[index].settle
    for k, exposure in enumerate(found):
        if accounts.instruments[k].settle != settle:
            continue
        if exposure is None:
            sums.unknown += 1
            continue
        sums.gross += exposure.gross_units
        sums.net_long += exposure.long_units
        sums.net_short += exposure.short_units
        sums.margin += exposure.margin_units
        sums.cash += exposure.reserved_units
        if accounts.same_group(index, k):
            sums.group += exposure.gross_units
    return sums
