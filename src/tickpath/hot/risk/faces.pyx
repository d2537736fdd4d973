"""Python records of risk as the C structs that the walk would hand over. No logic."""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport (
    tp_book_top,
    tp_committed,
    tp_figure,
    tp_limits,
    tp_portfolio,
    tp_position,
    tp_risk_input,
)
from tickpath.hot.risk.state cimport RiskState

from tickpath.hot.risk.exposure import Accounts
from tickpath.hot.risk.limits import LIMIT_FIELDS
from tickpath.hot.risk.peers import Peers

cdef int fill_limits(tp_limits* to, object limits) except -1:
    cdef int32_t k
    for k, name in enumerate(LIMIT_FIELDS):
        (<int64_t*>to)[k] = getattr(limits, name)
    return 0


cdef int fill_position(tp_position* to, object position) except -1:
    to.position_lots = position.position_lots
    to.open_buy_lots = position.open_buy_lots
    to.open_sell_lots = position.open_sell_lots
    to.open_order_count = position.open_order_count
    return 0


cdef int fill_committed(tp_committed* to, object committed) except -1:
    cdef object value = committed.buy_value
    to.buy_value = (<int64_t>(value >> 62))
    to.buy_value = (to.buy_value << 62) + <int64_t>(value & ((1 << 62) - 1))
    to.market_buy_lots = committed.market_buy_lots
    to.best_buy, to.best_sell = committed.best_buy, committed.best_sell
    return 0


cdef int fill_top(void* place, object top) except -1:
    cdef tp_book_top* to = <tp_book_top*>place
    to.bid_ticks, to.bid_lots = top.bid_ticks, top.bid_lots
    to.ask_ticks, to.ask_lots = top.ask_ticks, top.ask_lots
    to.status = top.status
    return 0


cdef int fill_input(tp_risk_input* to, object x) except -1:
    """All but what it points at."""
    to.last_trade_ticks, to.equity_units = x.last_trade_ticks, x.equity_units
    to.now_ns, to.last_market_ns = x.now_ns, x.last_market_ns
    to.pending_buy_lots, to.pending_sell_lots = x.pending_buy_lots, x.pending_sell_lots
    to.replaced_lots = x.replaced_lots
    to.order_room_ns, to.venue_order_room_ns = x.order_room_ns, x.venue_order_room_ns
    to.message_room_ns, to.venue_message_room_ns = x.message_room_ns, x.venue_message_room_ns
    to.reference_ticks, to.duplicate_age_ns = x.reference_ticks, x.duplicate_age_ns
    to.own_opposite_ticks, to.open_orders = x.own_opposite_ticks, x.open_orders
    to.gross_units, to.net_units, to.group_units = x.gross_units, x.net_units, x.group_units
    to.power_needed, to.power_free = x.power_needed, x.power_free
    to.exposure_unknown, to.cash_account = x.exposure_unknown, x.cash_account
    to.instrument_known, to.flags = x.instrument_known, x.flags
    return 0


cdef int fill_figure(tp_figure* to, object p, str name) except -1:
    to.var_units = getattr(p, f"{name}_var_units")
    to.var_units_max = getattr(p, f"{name}_var_units_max")
    to.shortfall_units = getattr(p, f"{name}_shortfall_units")
    to.shortfall_units_max = getattr(p, f"{name}_shortfall_units_max")
    to.from_ns = getattr(p, f"{name}_from_ns")
    to.age_ns_max = getattr(p, f"{name}_age_ns_max")
    return 0


cdef int fill_portfolio(tp_portfolio* to, object p) except -1:
    """Figures and limits of the portfolio."""
    cdef int32_t k
    to.watched = p.watched
    fill_figure(&to.historical, p, "historical")
    fill_figure(&to.parametric, p, "parametric")
    fill_figure(&to.monte_carlo, p, "monte_carlo")
    to.correlated_units_max, to.correlated_from_ns = p.correlated_units_max, p.correlated_from_ns
    to.correlated_age_ns_max = p.correlated_age_ns_max
    for k, units in enumerate(p.correlated_units):
        to.correlated_units[k] = units
    return 0


cdef int fill_accounts(RiskState* to, object config) except -1:
    """What pays for orders, which instruments are summed together and which trade the same."""
    cdef int32_t k
    accounts, peers = Accounts(config), Peers(config)
    groups = sorted({(i.base, i.settle) for i in config.instruments})
    to.exposures.margin_ppm = accounts.margin_ppm
    to.exposures.any_cash = any(accounts.cash)
    for k, i in enumerate(config.instruments):
        to.exposures.accounts[k].cash = accounts.cash[k]
        to.exposures.accounts[k].group = groups.index((i.base, i.settle))
        to.exposures.accounts[k].base = i.base
        to.exposures.accounts[k].lot_num, to.exposures.accounts[k].lot_den = (
            accounts.lot_units[k] if accounts.cash[k] else (1, 1))
        to.peers[k].mask = sum(1 << other for other in peers.others[k])
        to.peers[k].tick_units = peers.tick_units[k]
    return 0
