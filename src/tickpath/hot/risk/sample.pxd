"""What the checks of one order read, brought together: `tp_risk_input`.

Fields of an order that no check has passed yet are used with care: nothing here may overflow.
"""

from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint64_t
from tickpath.core.fixed cimport add_overflows
from tickpath.core.hint cimport tp_likely, tp_unlikely
from tickpath.core.records cimport (
    TP_BLOCK_SHIFT,
    TP_BUY,
    TP_KILLED,
    TP_POSITION_LONG,
    TP_POSITION_SHORT,
    TP_POST_ONLY,
    TP_REDUCE_ONLY_ALL,
    TP_STRATEGIES_MAX,
    TP_SUBMIT,
    TP_VENUE_CLOSED,
    int128,
    tp_committed,
    tp_instrument,
    tp_intent,
    tp_position,
    tp_risk_input,
)
from tickpath.hot.risk.exposure cimport (
    Exposure,
    Pending,
    Totals,
    UNITS_BITS,
    cost_up,
    part_up,
    saturated,
    value_signed,
)
from tickpath.hot.risk.peers cimport (
    Peer,
    best_own_buy,
    best_own_sell,
    lowest_bit,
    peer_buy,
    peer_sell,
)
from tickpath.hot.risk.rate cimport bucket_room
from tickpath.hot.risk.recent cimport recent_age
from tickpath.hot.risk.state cimport RiskSample, RiskState, risk_pending
from tickpath.hot.risk.values cimport reach_ticks_of, risk_derive


cdef inline bint venue_closed(const RiskState* r, int32_t instrument) noexcept nogil:
    """Whether the instrument's venue is down, and every other that trades the same."""
    cdef uint64_t left = r.peers[instrument].mask
    if not (r.venues_down >> r.instruments[instrument].venue) & 1:
        return 0
    while left != 0:
        if not (r.venues_down >> r.instruments[lowest_bit(left)].venue) & 1:
            return 0
        left &= left - 1
    return 1


cdef inline const tp_position* position_seen(
    const RiskSample* s, const tp_intent* intent
) noexcept nogil:
    """The position that an order moves: the leg it names, else the net one."""
    if tp_likely(s.legs == NULL) or not intent.flags & (TP_POSITION_LONG | TP_POSITION_SHORT):
        return &s.positions[intent.instrument]
    return &s.legs[2 * intent.instrument + (0 if intent.flags & TP_POSITION_LONG else 1)]


cdef inline int32_t order_flags(const RiskState* r, const tp_intent* intent) noexcept nogil:
    """What is closed for an order: kill switch, gate of its instrument, gate of its strategy."""
    cdef int32_t gate = r.gates[intent.instrument]
    cdef int32_t other = 0
    if 0 <= intent.strategy < TP_STRATEGIES_MAX:
        other = r.strategy_gates[intent.strategy]
    if gate >> TP_BLOCK_SHIFT == 0:
        gate |= other
    else:
        gate |= other & TP_REDUCE_ONLY_ALL
    if tp_unlikely(r.venues_down != 0) and venue_closed(r, intent.instrument):
        gate |= TP_VENUE_CLOSED
    return gate | TP_KILLED if r.killed else gate


cdef inline int64_t opposite_own(
    RiskState* r, const RiskSample* s, const tp_intent* intent, const Pending* p
) noexcept nogil:
    """The best own price of the other side, of all strategies and venues, in ticks of the order's
    instrument; 0: none. Orders that wait in the engine do not count."""
    cdef const Peer* home = &r.peers[intent.instrument]
    cdef const tp_committed* own = &s.committed[intent.instrument]
    cdef uint64_t left = home.mask
    cdef bint buys = intent.side == TP_BUY
    cdef int64_t best = best_own_sell(own, p) if buys else best_own_buy(own, p)
    cdef int64_t ticks
    cdef int32_t k
    while tp_unlikely(left != 0):
        k = lowest_bit(left)
        left &= left - 1
        if buys:
            ticks = peer_sell(home, &r.peers[k], best_own_sell(
                &s.committed[k], risk_pending(r, k)))
            best = ticks if ticks < best else best
        else:
            ticks = peer_buy(home, &r.peers[k], best_own_buy(
                &s.committed[k], risk_pending(r, k)))
            best = ticks if ticks > best else best
    return best if best != INT64_MAX else 0


cdef inline bint order_cost(
    const tp_risk_input* x, int64_t given, int64_t replaced_ticks, int64_t* out
) noexcept nogil:
    """Cash that a buy needs beside what the order it replaces gives back; 0 when it does not
    fit. `given` lots come back, at the lower of the two prices."""
    cdef int64_t ticks = reach_ticks_of(x)
    cdef int64_t lots = x.intent.quantity_lots
    cdef int128 sum
    out[0] = 0
    if tp_unlikely(ticks <= 0 or lots <= 0):
        return ticks != INT64_MIN
    sum = <int128>ticks * lots
    sum -= <int128>given * (replaced_ticks if 0 <= replaced_ticks < ticks else ticks)
    return cost_up(x.instrument, sum, out)


cdef inline bint intent_cost(
    const RiskState* r, const RiskSample* s, const tp_intent* intent, int64_t* out
) noexcept nogil:
    """Cash that a new buy needs."""
    cdef tp_risk_input x
    x.intent = intent
    x.instrument = &r.instruments[intent.instrument]
    x.limits = &r.limits[intent.instrument]
    x.top = &s.views[intent.instrument].top
    return order_cost(&x, 0, 0, out)


cdef inline bint with_order(
    const RiskState* r, const tp_risk_input* x, int64_t replaced_ticks, Exposure* after
) noexcept nogil:
    """The instrument's exposure with the order, from `after` without it; 0 when it is not known."""
    cdef int64_t cost
    cdef bint buys = x.intent.side == TP_BUY
    if buys:
        if tp_unlikely(add_overflows(after.long_lots, x.added_lots, &after.long_lots)):
            return 0
        if not value_signed(x.instrument, after.mark2, after.long_lots, &after.long_units):
            return 0
    else:
        if tp_unlikely(add_overflows(after.short_lots, x.added_lots, &after.short_lots)):
            return 0
        if not value_signed(x.instrument, after.mark2, after.short_lots, &after.short_units):
            return 0
    after.gross_units = (
        after.long_units if after.long_units > after.short_units else after.short_units)
    if not x.cash_account:
        after.margin_units = part_up(
            after.gross_units if after.gross_units > 0 else 0, r.exposures.margin_ppm)
        return 1
    if not buys:
        return 1
    if tp_unlikely(not order_cost(x, x.given_lots, replaced_ticks, &cost)):
        return 0
    if tp_unlikely(add_overflows(after.reserved_units, cost, &after.reserved_units)):
        return 0
    return after.reserved_units <= (<int64_t>1 << UNITS_BITS)


cdef inline int64_t base_lots(const RiskState* r, const RiskSample* s, int32_t i) noexcept nogil:
    """Lots that the balance of the base currency makes, rounded down."""
    cdef int128 units = s.cash_units[r.exposures.accounts[i].base]
    units *= r.exposures.accounts[i].lot_den
    if tp_likely(units >= 0):
        return saturated(units // r.exposures.accounts[i].lot_num)
    return -saturated((-units + r.exposures.accounts[i].lot_num - 1)
                      // r.exposures.accounts[i].lot_num)


cdef inline void sample_exposure(
    const RiskState* r, const RiskSample* s, const Pending* p, int64_t replaced_ticks,
    tp_risk_input* x, Exposure* after
) noexcept nogil:
    """Sums of the settle currency with the order, and what pays for it."""
    cdef int32_t i = x.intent.instrument
    cdef int32_t settle = x.instrument.settle
    cdef const Exposure* now = &r.exposures.of[i]
    cdef const Totals* t = &r.exposures.totals[settle]
    cdef bint buys = x.intent.side == TP_BUY
    cdef int128 held
    after[0] = now[0]
    x.exposure_unknown = <int32_t>t.unknown
    if tp_unlikely(now.unknown == 0 and not with_order(r, x, replaced_ticks, after)):
        after[0] = now[0]
        x.exposure_unknown += 1
    x.gross_units = t.gross - now.gross_units + after.gross_units
    if buys:
        x.net_units = t.net_long - now.long_units + after.long_units
    else:
        x.net_units = t.net_short - now.short_units + after.short_units
    x.group_units = (r.exposures.groups[r.exposures.accounts[i].group]
                     - now.gross_units + after.gross_units)
    if not x.cash_account:
        x.power_needed = t.margin - now.margin_units + after.margin_units
        x.power_free = x.equity_units
    elif buys:
        x.power_needed = t.cash - now.reserved_units + after.reserved_units
        x.power_free = s.cash_units[settle]
    else:
        held = <int128>x.position.open_sell_lots + p.sell_lots + x.intent.quantity_lots
        x.power_needed = saturated(held - x.given_lots)
        held = <int128>x.position.position_lots + base_lots(r, s, i)
        x.power_free = saturated(held)


cdef inline void sample_order(
    RiskState* r, const RiskSample* s, const Pending* p, tp_risk_input* x, int64_t replaced_ticks,
    bint repeats, Exposure* after
) noexcept nogil:
    """All that the checks may read of one order; `x.intent` and `x.replaced_lots` are set, and `p`
    is what its instrument has pending."""
    cdef const tp_intent* intent = x.intent
    cdef int32_t i = intent.instrument
    x.instrument_known = 1
    x.instrument = &r.instruments[i]
    x.limits = &r.limits[i]
    x.position = position_seen(s, intent)
    x.top = &s.views[i].top
    x.bbo = &s.views[i].bbo
    x.portfolio = &r.portfolio
    x.last_trade_ticks = s.views[i].trade.price_ticks
    x.equity_units = s.equity_units[x.instrument.settle]
    x.now_ns = s.now_ns
    x.last_market_ns = s.last_market_ns[i]
    x.pending_buy_lots = p.buy_lots
    x.pending_sell_lots = p.sell_lots
    x.order_room_ns = bucket_room(&r.orders, r.now_ns)
    x.venue_order_room_ns = bucket_room(&r.venue_orders[x.instrument.venue], r.now_ns)
    x.message_room_ns = bucket_room(&r.messages, r.now_ns)
    x.venue_message_room_ns = bucket_room(&r.venue_messages[x.instrument.venue], r.now_ns)
    x.reference_ticks = r.reference_ticks[i]
    x.duplicate_age_ns = -1
    if tp_unlikely(x.limits.duplicate_ns > 0) and intent.kind == TP_SUBMIT and not repeats:
        x.duplicate_age_ns = recent_age(&r.recent[i], intent, r.now_ns, x.limits.duplicate_ns)
    x.own_opposite_ticks = 0
    if intent.type != TP_POST_ONLY and not s.probe:
        x.own_opposite_ticks = opposite_own(r, s, intent, p)
    x.open_orders = x.position.open_order_count + p.orders + (intent.kind == TP_SUBMIT)
    x.cash_account = r.exposures.accounts[i].cash
    x.flags = order_flags(r, intent)
    risk_derive(x)
    sample_exposure(r, s, p, replaced_ticks, x, after)
