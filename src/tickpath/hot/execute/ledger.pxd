"""Double-entry ledger: accounts per currency, in guard units (10^-9 of the currency's unit).

Debits are positive, credits negative, so all accounts of a currency sum to zero after every
posting. Cash moves in whole units only, as the venue pays; earned profit and fees stand at their
exact value to the guard, and what rounding to whole units leaves over is on the rounding account.
Spot trades pay cash for inventory at cost; derivatives pay the realised profit only.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport TP_SELL, TP_SPOT, int128, tp_instrument
from tickpath.hot.execute.position cimport TP_GUARD, FillMoney

cdef enum:
    ACCOUNT_CASH = 0
    ACCOUNT_COST = 1                  # inventory at cost
    ACCOUNT_REALISED = 2              # earned: credit
    ACCOUNT_FEES = 3
    ACCOUNT_ROUNDING = 4
    ACCOUNT_OPENING = 5
    ACCOUNTS = 6

cdef struct Accounts:
    int128 balance[ACCOUNTS]


cdef inline void ledger_open(Accounts* a, int64_t units) noexcept nogil:
    """Starting balance of a currency."""
    a.balance[ACCOUNT_CASH] = <int128>units * TP_GUARD
    a.balance[ACCOUNT_OPENING] = -<int128>units * TP_GUARD


cdef inline void ledger_trade(Accounts* a, const tp_instrument* i, int32_t side,
                              int128 entry_value_before, const FillMoney* m) noexcept nogil:
    """Post the trade itself in the settle currency."""
    cdef int128 cash = <int128>m.realised_units * TP_GUARD
    cdef int128 cost = 0
    if i.kind == TP_SPOT:
        cash = <int128>m.notional_units * TP_GUARD
        if side != TP_SELL:
            cash = -cash
        cost = m.entry_value - entry_value_before
    a.balance[ACCOUNT_CASH] += cash
    a.balance[ACCOUNT_COST] += cost
    a.balance[ACCOUNT_REALISED] -= m.realised_guard
    a.balance[ACCOUNT_ROUNDING] -= cash + cost - m.realised_guard


cdef inline void ledger_fee(Accounts* a, int64_t units, int128 exact) noexcept nogil:
    """Pay `units`; `exact` is the fee before rounding, in guard units."""
    cdef int128 cash = <int128>units * TP_GUARD
    a.balance[ACCOUNT_FEES] += exact
    a.balance[ACCOUNT_CASH] -= cash
    a.balance[ACCOUNT_ROUNDING] += cash - exact
