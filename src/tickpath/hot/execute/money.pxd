"""Positions and money: what fills, funding and transfers do to legs, shares and the ledger.

In: a counted fill of an order, funding, transfers, exchange rates. Out: net positions, legs at
cost, the share of every strategy, balanced accounts. A verb computes everything before it
changes anything: it happens as a whole or, with a code, not at all. A fill whose money does not fit
halts its instrument, a posting that does not balance stops trading (`stopped`). What a bust takes
back is in bust.pxd. Worst case of a fill at average cost: sixteen 128-bit divisions; by lots: see
fifo.pxd.
"""

from libc.stdint cimport INT64_MIN, int32_t, int64_t, uint64_t
from tickpath.core.arena cimport Arena
from tickpath.core.codes cimport (
    TP_EXECUTE_FX, TP_EXECUTE_LEDGER, TP_EXECUTE_MONEY_COMMAND, TP_EXECUTE_POSITION_SIDE,
    TP_EXECUTE_REPORT, TP_OK, TP_RISK_OVERFLOW,
)
from tickpath.core.fixed cimport add_overflows
from tickpath.core.records cimport (
    TP_BOOK_OK, TP_BUST_FILLS_MAX, TP_BUY, TP_INSTRUMENTS_MAX, TP_INVERSE, TP_SPOT,
    TP_STRATEGIES_MAX, int128, tp_instrument, tp_order, tp_position, tp_report, tp_view,
)
from tickpath.hot.execute.fifo cimport FifoPlan, LotQueue, fifo_at, fifo_commit, fifo_plan
from tickpath.hot.execute.funding cimport funding_payment, funding_value
from tickpath.hot.execute.fx cimport FxTable, fx_convert, fx_set
from tickpath.hot.execute.hedge cimport hedge_fits, hedge_leg
from tickpath.hot.execute.ledger cimport (
    ACCOUNT_CASH, ACCOUNT_COST, ACCOUNT_FUNDING, ACCOUNT_TRANSFERS, Accounts, ledger_balanced,
    ledger_fee, ledger_post, ledger_trade, trade_cash,
)
from tickpath.hot.execute.position cimport (
    TP_GUARD, FillMoney, Leg, Ratio, fill_average, fill_notional, fits64, fits_guard, mark_guard,
    round_ratio,
)

cdef enum:
    LEGS = 2                          # long or net, and short
    COST_AVERAGE = 0
    COST_FIFO = 1
    COST_BESIDE = 2                   # average decides, the lots are kept beside it

cdef struct Share:                    # of one strategy in one leg, always at average cost
    Leg leg
    int128 realised_guard
    int128 funding_guard              # paid

cdef struct FillRecord:               # what one fill posted, so that a bust can post it back
    int128 value_change
    int128 realised_guard
    int128 fee_guard
    int128 share_value_change
    int128 share_realised_guard
    int128 lots_value_change          # of the lots, first in, first out
    int128 lots_realised_guard
    uint64_t client_order_id
    int64_t trade_id
    int64_t ticks
    int64_t lots                      # 0: undone
    int64_t cash_units
    int64_t realised_units
    int64_t fee_units
    int64_t sequence                  # of the leg's fills
    int64_t entry_ticks               # of the leg before it
    int64_t share_entry_ticks
    int32_t instrument
    int32_t strategy
    int32_t side
    int32_t leg
    int32_t fee_currency
    int32_t reserved
    int64_t reserved_wide

cdef struct MoneyState:
    tp_position* positions            # [instrument]
    Leg* legs                         # [instrument * LEGS + leg]
    int64_t* leg_fills                # [instrument * LEGS + leg] changes since the start
    int64_t* funding_units            # [instrument] paid
    int32_t* halted                   # [instrument] 0, or why only cancels pass
    int32_t* hedging                  # [instrument] 1: two legs
    Accounts* accounts                # [currency]
    int128* strategy_fees             # [strategy * currency_count + currency] guard units
    Share* shares                     # [(strategy * TP_INSTRUMENTS_MAX + instrument) * LEGS + leg]
    LotQueue* queues                  # [instrument * LEGS + leg], NULL at average cost alone
    FillRecord* records               # [TP_BUST_FILLS_MAX], a ring
    tp_instrument* instruments
    int64_t record_count              # since the start
    int64_t fees_estimated            # fills whose fee the venue did not report
    int32_t instrument_count
    int32_t currency_count
    int32_t cost                      # COST_AVERAGE, COST_FIFO, COST_BESIDE
    int32_t stopped                   # 0, or the code that stops all trading
    uint64_t touched                  # instruments whose position changed, until risk has looked
    FxTable fx
    Arena arena

cdef struct FillPlan:                 # everything a fill changes
    FillMoney money
    FillMoney share
    FillMoney beside                  # by the lots, where they are kept
    FifoPlan lots
    int64_t realised
    int64_t fees
    int64_t traded
    int32_t leg
    int32_t fee_currency


cdef inline Share* money_share(const MoneyState* m, int32_t strategy, int32_t instrument,
                               int32_t leg) noexcept nogil:
    return &m.shares[(strategy * TP_INSTRUMENTS_MAX + instrument) * LEGS + leg]


cdef inline bint money_may_send(const MoneyState* m, int32_t instrument) noexcept nogil:
    """New orders may go out: the instrument's money is trusted."""
    return m.halted[instrument] == 0 and m.stopped == 0


cdef inline bint money_side_fits(const MoneyState* m, int32_t instrument,
                                 int32_t flags) noexcept nogil:
    """The position side that an order names fits its account."""
    return hedge_leg(m.hedging[instrument], flags) >= 0


cdef inline int32_t money_halt(MoneyState* m, int32_t instrument, int32_t code) noexcept nogil:
    """From here on only cancels pass for the instrument."""
    m.halted[instrument] = code
    return code


cdef inline int32_t money_resume(MoneyState* m, int32_t instrument) noexcept nogil:
    """A person has compared the instrument with the venue: orders pass again."""
    if instrument < 0 or instrument >= m.instrument_count:
        return TP_EXECUTE_MONEY_COMMAND
    m.halted[instrument] = 0
    return TP_OK


cdef inline void money_prove(MoneyState* m, bint balanced) noexcept nogil:
    if not balanced:
        m.stopped = TP_EXECUTE_LEDGER


cdef inline bint plan_move(MoneyState* m, const tp_instrument* i, int32_t strategy, int32_t at,
                           int64_t ticks, int64_t signed_lots, FillPlan* plan) noexcept nogil:
    """The leg, its lots and the strategy's share after the fill."""
    cdef Leg* leg = &m.legs[at]
    cdef Leg* own = &money_share(m, strategy, i.index, plan.leg).leg
    cdef FillMoney* out = &plan.money
    if m.cost != COST_AVERAGE:
        if not fifo_plan(i, &m.queues[at], leg, ticks, signed_lots, &plan.lots, &plan.beside):
            return 0
        if m.cost == COST_BESIDE:
            plan.beside.entry_value -= leg.value
    if m.cost == COST_FIFO:
        out.position_lots = plan.beside.position_lots
        out.entry_ticks = plan.beside.entry_ticks
        out.entry_value = plan.beside.entry_value
        out.realised_units = plan.beside.realised_units
        out.realised_guard = plan.beside.realised_guard
        plan.beside.entry_value -= leg.value
    elif not fill_average(i, leg, ticks, signed_lots, out):
        return 0
    elif (own.lots == leg.lots and own.entry_ticks == leg.entry_ticks and own.value == leg.value):
        plan.share = out[0]
        return 1
    return fill_average(i, own, ticks, signed_lots, &plan.share)


cdef inline bint plan_totals(const MoneyState* m, const tp_position* p, const tp_instrument* i,
                             const tp_order* o, const tp_report* r, FillPlan* plan) noexcept nogil:
    """Fee as reported or computed, and the running totals."""
    cdef int64_t fees = 0
    cdef bint reported = r.fee_units != INT64_MIN and (
        r.fee_units == 0 or 0 <= r.fee_currency < m.currency_count)
    plan.fee_currency = i.settle
    if reported:
        plan.fee_currency = r.fee_currency if r.fee_units != 0 else -1
        plan.money.fee_units = r.fee_units
        plan.money.fee_guard = <int128>r.fee_units * TP_GUARD
    if plan.fee_currency == i.settle:
        fees = plan.money.fee_units
    if add_overflows(p.realised_units, plan.money.realised_units, &plan.realised):
        return 0
    if add_overflows(p.fee_units, fees, &plan.fees):
        return 0
    return not add_overflows(p.bought_lots if o.side == TP_BUY else p.sold_lots, r.last_lots,
                             &plan.traded)


cdef inline void record_fill(MoneyState* m, const tp_order* o, const tp_report* r,
                             const FillPlan* plan, const Leg* leg, const Leg* own) noexcept nogil:
    """Remember what is about to be posted; `leg` and `own` are as before."""
    cdef FillRecord* f = &m.records[m.record_count % TP_BUST_FILLS_MAX]
    m.record_count += 1
    f.value_change = plan.money.entry_value - leg.value
    f.realised_guard = plan.money.realised_guard
    f.fee_guard = plan.money.fee_guard
    f.share_value_change = plan.share.entry_value - own.value
    f.share_realised_guard = plan.share.realised_guard
    f.lots_value_change = plan.beside.entry_value
    f.lots_realised_guard = plan.beside.realised_guard
    f.client_order_id = o.client_order_id
    f.trade_id = r.trade_id
    f.ticks = r.last_ticks
    f.lots = r.last_lots
    f.cash_units = trade_cash(&m.instruments[o.instrument], o.side, &plan.money)
    f.realised_units = plan.money.realised_units
    f.fee_units = plan.money.fee_units
    f.sequence = m.leg_fills[o.instrument * LEGS + plan.leg]
    f.entry_ticks = leg.entry_ticks
    f.share_entry_ticks = own.entry_ticks
    f.instrument = o.instrument
    f.strategy = o.strategy
    f.side = o.side
    f.leg = plan.leg
    f.fee_currency = plan.fee_currency


cdef inline void leg_take(Leg* leg, const FillMoney* after) noexcept nogil:
    leg.lots = after.position_lots
    leg.entry_ticks = after.entry_ticks
    leg.value = after.entry_value


cdef inline void money_commit(MoneyState* m, const tp_order* o, const tp_report* r,
                              const FillPlan* plan) noexcept nogil:
    """Carry out what was planned."""
    cdef const tp_instrument* i = &m.instruments[o.instrument]
    cdef tp_position* p = &m.positions[o.instrument]
    cdef Leg* leg = &m.legs[o.instrument * LEGS + plan.leg]
    cdef Share* share = money_share(m, o.strategy, o.instrument, plan.leg)
    cdef bint balanced
    m.touched |= <uint64_t>1 << o.instrument
    m.leg_fills[o.instrument * LEGS + plan.leg] += 1
    if r.trade_id >= 0:
        record_fill(m, o, r, plan, leg, &share.leg)
    balanced = ledger_trade(&m.accounts[i.settle], i, o.side, leg.value, &plan.money)
    if plan.fee_currency >= 0:
        balanced &= ledger_fee(&m.accounts[plan.fee_currency], plan.money.fee_units,
                               plan.money.fee_guard)
        m.strategy_fees[o.strategy * m.currency_count + plan.fee_currency] += plan.money.fee_guard
    if r.fee_units == INT64_MIN:
        m.fees_estimated += 1
    p.position_lots += plan.money.position_lots - leg.lots
    p.entry_value += plan.money.entry_value - leg.value
    p.realised_units = plan.realised
    p.fee_units = plan.fees
    if o.side == TP_BUY:
        p.bought_lots = plan.traded
    else:
        p.sold_lots = plan.traded
    leg_take(leg, &plan.money)
    leg_take(&share.leg, &plan.share)
    share.realised_guard += plan.share.realised_guard
    if m.cost != COST_AVERAGE:
        fifo_commit(&m.queues[o.instrument * LEGS + plan.leg], &plan.lots,
                    plan.beside.realised_guard)
    money_prove(m, balanced)


cdef inline int32_t money_fill(MoneyState* m, const tp_order* o, const tp_report* r) noexcept nogil:
    """Position, share, totals and ledger of one fill: all of it or, with a code, nothing and the
    instrument halts."""
    cdef FillPlan plan
    cdef const tp_instrument* i = &m.instruments[o.instrument]
    cdef int64_t signed_lots = r.last_lots if o.side == TP_BUY else -r.last_lots
    cdef int32_t at = o.instrument * LEGS
    plan.leg = hedge_leg(m.hedging[o.instrument], o.flags)
    if plan.leg < 0:
        return money_halt(m, o.instrument, TP_EXECUTE_POSITION_SIDE)
    at += plan.leg
    if not hedge_fits(m.hedging[o.instrument], plan.leg, m.legs[at].lots, signed_lots):
        return money_halt(m, o.instrument, TP_EXECUTE_POSITION_SIDE)
    plan.beside.entry_value = 0
    plan.beside.realised_guard = 0
    if (fill_notional(i, r.last_ticks, r.last_lots, r.maker, &plan.money)
            and plan_move(m, i, o.strategy, at, r.last_ticks, signed_lots, &plan)
            and plan_totals(m, &m.positions[o.instrument], i, o, r, &plan)):
        money_commit(m, o, r, &plan)
        return TP_OK
    return money_halt(m, o.instrument, TP_RISK_OVERFLOW)


cdef inline int32_t money_fee(MoneyState* m, const tp_order* o, const tp_report* r) noexcept nogil:
    """Fees that came with no quantity: more of those of earlier fills, or less."""
    cdef tp_position* p = &m.positions[o.instrument]
    cdef int128 exact = <int128>r.fee_units * TP_GUARD
    cdef int64_t fees = p.fee_units
    if r.fee_units == 0 or r.fee_units == INT64_MIN:
        return TP_EXECUTE_REPORT
    if r.fee_currency < 0 or r.fee_currency >= m.currency_count:
        return TP_EXECUTE_REPORT
    if (r.fee_currency == m.instruments[o.instrument].settle
            and add_overflows(p.fee_units, r.fee_units, &fees)):
        return money_halt(m, o.instrument, TP_RISK_OVERFLOW)
    m.touched |= <uint64_t>1 << o.instrument
    p.fee_units = fees
    m.strategy_fees[o.strategy * m.currency_count + r.fee_currency] += exact
    money_prove(m, ledger_fee(&m.accounts[r.fee_currency], r.fee_units, exact))
    return TP_OK


cdef inline int32_t money_transfer(MoneyState* m, int32_t currency, int64_t units) noexcept nogil:
    """A deposit, or a withdrawal when negative."""
    if currency < 0 or currency >= m.currency_count:
        return TP_EXECUTE_MONEY_COMMAND
    money_prove(m, ledger_post(&m.accounts[currency], units, ACCOUNT_TRANSFERS,
                               -<int128>units * TP_GUARD, 0))
    return TP_OK


cdef inline int32_t money_funding(MoneyState* m, int32_t instrument, int64_t rate_e12,
                                  int64_t mark_num, int64_t mark_den) noexcept nogil:
    """Pay or receive funding on every leg at a mark price (a fraction of ticks), wholly or not."""
    cdef const tp_instrument* i
    cdef int64_t units[LEGS]
    cdef int128 exact[LEGS]
    cdef int128 parts[TP_STRATEGIES_MAX * LEGS]
    cdef int64_t ignored
    cdef int64_t total
    cdef int128 value
    cdef int32_t k
    cdef bint balanced = 1
    if instrument < 0 or instrument >= m.instrument_count or mark_num <= 0 or mark_den <= 0:
        return TP_EXECUTE_MONEY_COMMAND
    i = &m.instruments[instrument]
    total = m.funding_units[instrument]
    if i.kind == TP_SPOT:
        return TP_EXECUTE_MONEY_COMMAND
    for k in range(LEGS):
        if not (funding_value(i, m.legs[instrument * LEGS + k].lots, mark_num, mark_den, &value)
                and funding_payment(value, rate_e12, &units[k], &exact[k])
                and not add_overflows(total, units[k], &total)):
            return TP_EXECUTE_MONEY_COMMAND
    for k in range(TP_STRATEGIES_MAX * LEGS):
        if not (funding_value(i, money_share(m, k // LEGS, instrument, k % LEGS).leg.lots,
                              mark_num, mark_den, &value)
                and funding_payment(value, rate_e12, &ignored, &parts[k])):
            return TP_EXECUTE_MONEY_COMMAND
    for k in range(LEGS):
        balanced &= ledger_post(&m.accounts[i.settle], -units[k], ACCOUNT_FUNDING, exact[k], 0)
    for k in range(TP_STRATEGIES_MAX * LEGS):
        money_share(m, k // LEGS, instrument, k % LEGS).funding_guard += parts[k]
    m.funding_units[instrument] = total
    money_prove(m, balanced)
    return TP_OK


cdef inline int32_t money_fx_rate(MoneyState* m, int32_t first, int32_t second, int64_t num,
                                  int64_t den, int64_t now_ns) noexcept nogil:
    """One unit of `first` is num / den units of `second` from now on."""
    if first < 0 or first >= m.currency_count or second < 0 or second >= m.currency_count:
        return TP_EXECUTE_MONEY_COMMAND
    if first == second or num <= 0 or den <= 0:
        return TP_EXECUTE_MONEY_COMMAND
    return TP_OK if fx_set(&m.fx, first, second, num, den, now_ns) else TP_EXECUTE_FX


cdef inline bint leg_unrealised(const tp_instrument* i, const Leg* leg, int64_t mid2,
                                int128* out) noexcept nogil:
    """What closing these lots at mid would earn, guard units."""
    if not mark_guard(i, leg, mid2, out) or not fits_guard(out[0]):
        return 0
    out[0] -= leg.value
    if i.kind == TP_INVERSE:
        out[0] = -out[0]
    return 1


cdef inline bint money_unrealised(const MoneyState* m, int32_t instrument, int64_t mid2,
                                  int128* out) noexcept nogil:
    """What closing all at mid would earn, guard units; mid2 = bid + ask ticks, 0: at cost."""
    cdef Leg net
    net.lots = m.positions[instrument].position_lots
    net.value = m.positions[instrument].entry_value
    net.entry_ticks = 0
    return leg_unrealised(&m.instruments[instrument], &net, mid2, out)


cdef inline bint money_share_profit(const MoneyState* m, int32_t strategy, int32_t instrument,
                                    int64_t mid2, Share* total, int128* out) noexcept nogil:
    """A strategy's long and short leg of an instrument in one, and its unrealised profit."""
    cdef const Share* short_share = money_share(m, strategy, instrument, 1)
    total[0] = money_share(m, strategy, instrument, 0)[0]
    total.realised_guard += short_share.realised_guard
    total.funding_guard += short_share.funding_guard
    total.leg.value += short_share.leg.value
    if add_overflows(total.leg.lots, short_share.leg.lots, &total.leg.lots):
        return 0
    return leg_unrealised(&m.instruments[instrument], &total.leg, mid2, out)


cdef inline int64_t view_mid2(const tp_view* view) noexcept nogil:
    """Bid plus ask in ticks, 0 while the book is not OK or has one side only."""
    if view.top.status != TP_BOOK_OK or view.top.bid_ticks <= 0 or view.top.ask_ticks <= 0:
        return 0
    return view.top.bid_ticks + view.top.ask_ticks


cdef inline bint money_equity_guard(const MoneyState* m, int32_t currency, const int64_t* mids2,
                                    const tp_view* views, int128* out) noexcept nogil:
    """Cash plus open positions marked at mid, guard units. 0 on overflow."""
    cdef int128 gain
    cdef int32_t k
    cdef const tp_position* p
    out[0] = m.accounts[currency].balance[ACCOUNT_CASH]
    for k in range(m.instrument_count):
        p = &m.positions[k]
        if (p.position_lots == 0 and p.entry_value == 0) or m.instruments[k].settle != currency:
            continue
        if not money_unrealised(m, k, mids2[k] if mids2 != NULL else view_mid2(&views[k]), &gain):
            return 0
        out[0] += gain
        if m.instruments[k].kind == TP_SPOT:
            out[0] += p.entry_value
    return 1


cdef inline int64_t money_equity(const MoneyState* m, int32_t currency, const int64_t* mids2,
                                 const tp_view* views) noexcept nogil:
    """Equity of a currency in its units, rounded half to even. 0 on overflow: an equity of nothing
    allows nothing."""
    cdef Ratio total
    cdef int128 units
    if currency < 0 or currency >= m.currency_count:
        return 0
    if not money_equity_guard(m, currency, mids2, views, &total.num):
        return 0
    total.den = TP_GUARD
    if not round_ratio(&total, 1, &units) or not fits64(units):
        return 0
    return <int64_t>units


cdef inline int32_t money_equity_in(MoneyState* m, int32_t currency, const int64_t* mids2,
                                    int64_t now_ns, int64_t* units) noexcept nogil:
    """Equity of all currencies in one: each is rounded to the guard of that one, half to even, the
    sum once to its units. TP_EXECUTE_FX: a currency that holds something has no fresh rate."""
    cdef Ratio total
    cdef int128 part
    cdef int32_t k
    units[0] = 0
    if currency < 0 or currency >= m.currency_count:
        return TP_EXECUTE_MONEY_COMMAND
    total.num = 0
    total.den = TP_GUARD
    for k in range(m.currency_count):
        if not money_equity_guard(m, k, mids2, NULL, &part):
            return TP_RISK_OVERFLOW
        if not fx_convert(&m.fx, k, currency, part, now_ns, &part):
            return TP_EXECUTE_FX
        total.num += part
    if not round_ratio(&total, 1, &part) or not fits64(part):
        return TP_RISK_OVERFLOW
    units[0] = <int64_t>part
    return TP_OK


cdef inline bint legs_agree(const MoneyState* m, int32_t instrument) noexcept nogil:
    """Net position, legs, shares and lots say the same of an instrument."""
    cdef const tp_position* p = &m.positions[instrument]
    cdef const Leg* leg
    cdef LotQueue* queue
    cdef int128 lots
    cdef int128 value
    cdef int128 net = 0
    cdef int128 cost = 0
    cdef int32_t k, s
    for k in range(LEGS):
        leg = &m.legs[instrument * LEGS + k]
        net += leg.lots
        cost += leg.value
        lots = 0
        for s in range(TP_STRATEGIES_MAX):
            lots += money_share(m, s, instrument, k).leg.lots
        if lots != leg.lots:
            return 0
        if m.cost == COST_AVERAGE:
            continue
        queue = &m.queues[instrument * LEGS + k]
        lots = value = 0
        for s in range(queue.count):
            lots += fifo_at(queue, s).lots
            value += fifo_at(queue, s).value
        if lots != leg.lots or (m.cost == COST_FIFO and value != leg.value):
            return 0
    return (net == p.position_lots and cost == p.entry_value
            and <int128>p.bought_lots - p.sold_lots == net)


cdef inline int32_t money_check(MoneyState* m) noexcept nogil:
    """Prove the whole: every currency sums to zero, inventory stands at what the spot positions
    cost, positions agree. A difference stops trading. Bounded by the tables, microseconds."""
    cdef int128 cost
    cdef int32_t c, k
    cdef bint right = 1
    for k in range(m.instrument_count):
        right &= legs_agree(m, k)
    for c in range(m.currency_count):
        cost = 0
        for k in range(m.instrument_count):
            if m.instruments[k].kind == TP_SPOT and m.instruments[k].settle == c:
                cost += m.positions[k].entry_value
        right &= ledger_balanced(&m.accounts[c])
        right &= m.accounts[c].balance[ACCOUNT_COST] == cost
    money_prove(m, right)
    return TP_OK if right else TP_EXECUTE_LEDGER
