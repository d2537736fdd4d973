"""Double-entry ledger: accounts per currency, in guard units (10^-9 of the currency's unit).

Debits are positive, credits negative, so all accounts of a currency sum to zero after every
posting. Cash moves in whole units only, as the venue pays; earned profit, fees and funding stand at
their exact value to the guard, and what rounding to whole units leaves over is on the rounding
account. Spot trades pay cash for inventory at cost; derivatives pay the realised profit only.
Every posting proves itself: what it leaves to rounding is at most one unit, and the accounts sum to
zero after it. 0 from a verb: it does not, and the money can no longer be trusted.
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
    ACCOUNT_FUNDING = 6               # paid: debit
    ACCOUNT_TRANSFERS = 7             # brought in: credit
    ACCOUNTS = 8

cdef struct Accounts:
    int128 balance[ACCOUNTS]


cdef inline void ledger_open(Accounts* a, int64_t units) noexcept nogil:
    """Starting balance of a currency."""
    a.balance[ACCOUNT_CASH] = <int128>units * TP_GUARD
    a.balance[ACCOUNT_OPENING] = -<int128>units * TP_GUARD


cdef inline bint ledger_balanced(const Accounts* a) noexcept nogil:
    """The accounts of a currency sum to zero: eight additions."""
    return (a.balance[0] + a.balance[1] + a.balance[2] + a.balance[3]
            + a.balance[4] + a.balance[5] + a.balance[6] + a.balance[7]) == 0


cdef inline bint ledger_post(Accounts* a, int64_t cash_units, int32_t account, int128 exact,
                             int128 cost) noexcept nogil:
    """Move `cash_units` of cash against `exact` of one account and `cost` of inventory; the
    remainder goes to rounding."""
    cdef int128 cash = <int128>cash_units * TP_GUARD
    cdef int128 rest = cash + exact + cost
    a.balance[ACCOUNT_CASH] += cash
    a.balance[account] += exact
    a.balance[ACCOUNT_COST] += cost
    a.balance[ACCOUNT_ROUNDING] -= rest
    return -TP_GUARD <= rest and rest <= TP_GUARD and ledger_balanced(a)


cdef inline int64_t trade_cash(const tp_instrument* i, int32_t side,
                               const FillMoney* m) noexcept nogil:
    """Units of cash that a trade brings."""
    if i.kind != TP_SPOT:
        return m.realised_units
    return m.notional_units if side == TP_SELL else -m.notional_units


cdef inline bint ledger_trade(Accounts* a, const tp_instrument* i, int32_t side,
                              int128 entry_value_before, const FillMoney* m) noexcept nogil:
    """Post the trade itself in the settle currency."""
    cdef int128 cost = m.entry_value - entry_value_before if i.kind == TP_SPOT else 0
    return ledger_post(a, trade_cash(i, side, m), ACCOUNT_REALISED, -m.realised_guard, cost)


cdef inline bint ledger_fee(Accounts* a, int64_t units, int128 exact) noexcept nogil:
    """Pay `units`; `exact` is the fee before rounding, in guard units."""
    return ledger_post(a, -units, ACCOUNT_FEES, exact, 0)
