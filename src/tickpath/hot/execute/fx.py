"""Exchange rates: exact fractions for equity in one currency. They value, they never post.

A rate says how many units of `to` one unit of `from` is worth, num / den, with the time it was set.
A pair is used both ways; rates are not chained. A rate older than the configured age is no rate.
"""

from dataclasses import dataclass

from tickpath.core.limits import LIMITS
from tickpath.hot.execute.position import guarded, rounded


@dataclass(slots=True)
class FxRate:
    """One unit of `from_currency` is num / den units of `to_currency`."""

    from_currency: int
    to_currency: int
    num: int
    den: int
    t_ns: int


def find(rates: list[FxRate], first: int, second: int) -> FxRate | None:
    """The rate of exactly this pair, in this direction."""
    for rate in rates:
        if (rate.from_currency, rate.to_currency) == (first, second):
            return rate
    return None


def enter(rates: list[FxRate], new: FxRate) -> bool:
    """Enter or renew a rate of a checked pair; the other direction goes. False: the table is
    full."""
    first, second = new.from_currency, new.to_currency
    known = find(rates, first, second) or find(rates, second, first)
    if known is not None:
        rates[rates.index(known)] = new
        return True
    if len(rates) >= LIMITS["fx_pairs_max"]:
        return False
    rates.append(new)
    return True


def convert(
    rates: list[FxRate], first: int, second: int, amount: int, now_ns: int, stale_ns: int
) -> int | None:
    """Guard units of `first` in those of `second`, rounded half to even. None: no fresh rate.
    Raises WideOverflowError."""
    if first == second or amount == 0:
        return amount
    rate = find(rates, first, second)
    num, den = (rate.num, rate.den) if rate is not None else (0, 0)
    if rate is None:
        rate = find(rates, second, first)
        if rate is None:
            return None
        num, den = rate.den, rate.num
    if now_ns - rate.t_ns > stale_ns:
        return None
    return guarded(rounded(amount, den, num))
