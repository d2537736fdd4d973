"""What the walk does for risk of the portfolio: the grid, the snapshot it leaves, answers it takes.

An answer is an input of its own, journalled before it is used, so a replay needs neither slot nor
worker. Nothing of it costs more than two tests an input when no grid is configured.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport TP_BOOK_OK, int128, tp_view
from tickpath.hot.execute.ledger cimport ACCOUNT_TRANSFERS
from tickpath.hot.execute.native cimport execute_equity
from tickpath.hot.execute.position cimport TP_GUARD
from tickpath.hot.execute.state cimport ExecuteState
from tickpath.hot.risk.portfolio.native cimport (
    PortfolioState,
    portfolio_earned,
    portfolio_grid,
    portfolio_snapshot,
)
from tickpath.hot.risk.portfolio.historical cimport PROFIT_MAX
from tickpath.lanes.slot cimport SlotState, slot_write, tp_slot_stamp

cdef struct PortfolioDoors:
    const SlotState* answers      # NULL: none; sampled once at the entry of an input
    uint64_t answers_sequence     # of the slot, as seen last
    SlotState* snapshots          # NULL: nobody works off the path
    char* snapshot                # the value while it is made


cdef inline bint all_marked(
    const ExecuteState* e, const tp_view* views, int32_t count
) noexcept nogil:
    """Whether everything held has a mid: a mark at cost would make a profit that never was."""
    cdef int32_t k
    for k in range(count):
        if e.positions[k].position_lots != 0 and (
                views[k].top.status != TP_BOOK_OK or views[k].top.bid_ticks <= 0
                or views[k].top.ask_ticks <= 0):
            return 0
    return 1


cdef inline void portfolio_mark(
    PortfolioState* p, const ExecuteState* e, const tp_view* views, int32_t currency,
    int64_t now_ns
) noexcept nogil:
    """Equity less what was brought in, when it can be told. An equity of 0 is what an overflow
    reads as: it is no mark."""
    cdef int64_t equity_units
    cdef int128 earned
    if not all_marked(e, views, p.instrument_count):
        return
    equity_units = execute_equity(e, currency, views)
    earned = e.money.accounts[currency].balance[ACCOUNT_TRANSFERS] // TP_GUARD
    earned += equity_units
    if equity_units != 0 and -PROFIT_MAX <= earned and earned <= PROFIT_MAX:
        portfolio_earned(p, <int64_t>earned, now_ns)


cdef inline void portfolio_publish(
    PortfolioDoors* d, const PortfolioState* p, const ExecuteState* e, uint64_t seq, int64_t now_ns
) noexcept nogil:
    """Leave a snapshot for those who work off the path."""
    cdef tp_slot_stamp stamp
    if d.snapshots == NULL:
        return
    portfolio_snapshot(p, e.positions, seq, now_ns, d.snapshot)
    stamp.seq = seq
    stamp.t_ns = now_ns
    stamp.model_hash = 0
    stamp.config_epoch = 0
    slot_write(d.snapshots, &stamp, d.snapshot)
