"""Double-entry ledger: accounts per currency, in guard units (10^-9 of the currency's unit).

Debits are positive, credits negative, so all accounts of a currency sum to zero after every
posting. Cash moves in whole units only, as the venue pays; earned profit and fees stand at their
exact value to the guard, and what rounding to whole units leaves over is on the rounding account.
Spot trades pay cash for inventory at cost; derivatives pay the realised profit only.
"""

from tickpath.core.config import Instrument
from tickpath.core.records import InstrumentKind, Side
from tickpath.hot.execute.layout import ACCOUNT_NAMES
from tickpath.hot.execute.position import GUARD, FillMoney

Accounts = dict[str, int]


def open_accounts(units: int) -> Accounts:
    """The accounts of a currency with its starting balance."""
    accounts = dict.fromkeys(ACCOUNT_NAMES, 0)
    accounts["cash"] = units * GUARD
    accounts["opening"] = -units * GUARD
    return accounts


def post_trade(
    accounts: Accounts, instrument: Instrument, side: int, entry_value_before: int, m: FillMoney
) -> None:
    """The trade itself, in the settle currency."""
    cash, cost = m.realised_units * GUARD, 0
    if instrument.kind == InstrumentKind.SPOT:
        cash = m.notional_units * GUARD * (1 if side == Side.SELL else -1)
        cost = m.entry_value - entry_value_before
    accounts["cash"] += cash
    accounts["cost"] += cost
    accounts["realised"] -= m.realised_guard
    accounts["rounding"] -= cash + cost - m.realised_guard


def post_fee(accounts: Accounts, units: int, exact: int) -> None:
    """Pay `units`; `exact` is the fee before rounding, in guard units."""
    accounts["fees"] += exact
    accounts["cash"] -= units * GUARD
    accounts["rounding"] += units * GUARD - exact
