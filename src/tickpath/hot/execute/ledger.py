"""Double-entry ledger: accounts per currency, in guard units (10^-9 of the currency's unit).

Debits are positive, credits negative, so all accounts of a currency sum to zero after every
posting. Cash moves in whole units only, as the venue pays; earned profit, fees and funding stand at
their exact value to the guard, and what rounding to whole units leaves over is on the rounding
account. Spot trades pay cash for inventory at cost; derivatives pay the realised profit only.
Every posting proves itself: what it leaves to rounding is at most one unit, and the accounts sum to
zero after it. False from a verb: it does not, and the money can no longer be trusted.
"""

from tickpath.core.config import Instrument
from tickpath.core.records import InstrumentKind, Side
from tickpath.hot.execute.money_layout import ACCOUNT_NAMES
from tickpath.hot.execute.position import GUARD, FillMoney

Accounts = dict[str, int]


def open_accounts(units: int) -> Accounts:
    """The accounts of a currency with its starting balance."""
    accounts = dict.fromkeys(ACCOUNT_NAMES, 0)
    accounts["cash"] = units * GUARD
    accounts["opening"] = -units * GUARD
    return accounts


def balanced(accounts: Accounts) -> bool:
    """The accounts of a currency sum to zero."""
    return sum(accounts.values()) == 0


def post(accounts: Accounts, cash_units: int, account: str, exact: int, cost: int = 0) -> bool:
    """Move `cash_units` of cash against `exact` of one account and `cost` of inventory; the
    remainder goes to rounding."""
    rest = cash_units * GUARD + exact + cost
    accounts["cash"] += cash_units * GUARD
    accounts[account] += exact
    accounts["cost"] += cost
    accounts["rounding"] -= rest
    return -GUARD <= rest <= GUARD and balanced(accounts)


def trade_cash(instrument: Instrument, side: int, m: FillMoney) -> int:
    """Units of cash that a trade brings."""
    if instrument.kind != InstrumentKind.SPOT:
        return m.realised_units
    return m.notional_units if side == Side.SELL else -m.notional_units


def post_trade(
    accounts: Accounts, instrument: Instrument, side: int, entry_value_before: int, m: FillMoney
) -> bool:
    """The trade itself, in the settle currency."""
    spot = instrument.kind == InstrumentKind.SPOT
    cost = m.entry_value - entry_value_before if spot else 0
    return post(accounts, trade_cash(instrument, side, m), "realised", -m.realised_guard, cost)


def post_fee(accounts: Accounts, units: int, exact: int) -> bool:
    """Pay `units`; `exact` is the fee before rounding, in guard units."""
    return post(accounts, -units, "fees", exact)
