"""Risk of the portfolio in C: what the walk feeds it, and the figures that the checks read.

Fed with the first good mid of every instrument and interval (covariance) and, once an interval,
with what the account has earned (historical figures). Figures that are computed off the path come
back as a `PortfolioAnswer` that the walk journals before it is used. Nothing is done when no grid
is configured. Worst case: a row and a sample, about 50 ns; a snapshot of 64 instruments for those
who work off the path, about 2 us, once an interval.
"""

from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy
from tickpath.core.arena cimport Arena
from tickpath.core.codes cimport TP_ENGINE_ANSWER, TP_OK
from tickpath.core.records cimport (
    TP_INSTRUMENTS_MAX,
    tp_figure,
    tp_portfolio,
    tp_position,
)
from tickpath.hot.risk.native cimport Risk
from tickpath.hot.risk.portfolio.covariance cimport CovarianceState, covariance_update
from tickpath.hot.risk.portfolio.historical cimport (
    PROFIT_MAX,
    HistoricalState,
    historical_figures,
    historical_update,
)

cdef enum:
    ANSWER_PARAMETRIC = 0
    ANSWER_MONTE_CARLO = 1

cdef struct PortfolioAnswer:      # value of the answers slot; INT64_MIN: absent
    uint64_t version
    uint64_t seq                  # of the input whose state it was computed from
    int64_t from_ns               # time of that input
    int64_t var_units[2]          # ANSWER_*
    int64_t shortfall_units[2]
    int64_t correlated_units[TP_INSTRUMENTS_MAX]

cdef struct SnapshotHead:         # of the value of the snapshots slot, see state.py
    uint64_t seq
    int64_t now_ns
    int64_t interval
    int64_t instruments

cdef struct PortfolioState:
    int32_t on
    int32_t instrument_count
    int64_t grid_ns
    int64_t interval              # of the newest input, -1 before the first
    int64_t tick_ns               # nothing to do before; INT64_MAX: never
    int64_t earned_units          # equity less what was brought in, as marked last
    int64_t marked                # 1: earned_units is known
    uint64_t answer_version       # as taken last
    tp_portfolio* figures         # read by the checks, in the state of risk
    CovarianceState covariance
    HistoricalState historical


cdef inline void portfolio_market(
    PortfolioState* p, int32_t instrument, int64_t mid2
) noexcept nogil:
    """A good mid, twice, in ticks; the first of an interval counts."""
    if p.covariance.sampled[instrument] < p.interval:
        covariance_update(&p.covariance, instrument, <double>mid2, p.interval)


cdef inline void portfolio_grid(PortfolioState* p, int64_t now_ns) noexcept nogil:
    """A new interval begins."""
    cdef int64_t begin = now_ns - now_ns % p.grid_ns
    p.interval = now_ns // p.grid_ns
    p.tick_ns = begin + p.grid_ns if begin <= INT64_MAX - p.grid_ns else INT64_MAX


cdef inline void portfolio_earned(
    PortfolioState* p, int64_t earned_units, int64_t now_ns
) noexcept nogil:
    """What the account has earned so far: the profit since the last mark is a sample."""
    cdef tp_figure* f = &p.figures.historical
    if earned_units > PROFIT_MAX or earned_units < -PROFIT_MAX:
        return
    if p.marked and historical_update(&p.historical, earned_units - p.earned_units):
        if historical_figures(&p.historical, &f.var_units, &f.shortfall_units):
            f.from_ns = now_ns
    p.earned_units = earned_units
    p.marked = 1


cdef inline bint answer_fits(const PortfolioAnswer* a) noexcept nogil:
    """Whether every figure is absent or within +-2^62 units."""
    cdef const int64_t* words = &a.var_units[0]
    cdef int32_t k
    for k in range(4 + TP_INSTRUMENTS_MAX):
        if words[k] != INT64_MIN and (words[k] > PROFIT_MAX or words[k] < -PROFIT_MAX):
            return 0
    return 1


cdef inline void answer_figure(tp_figure* f, const PortfolioAnswer* a, int32_t k) noexcept nogil:
    f.var_units = a.var_units[k]
    f.shortfall_units = a.shortfall_units[k]
    f.from_ns = a.from_ns


cdef inline int32_t portfolio_answer(
    PortfolioState* p, const PortfolioAnswer* a, uint64_t seq, int64_t now_ns
) noexcept nogil:
    """Take what was computed off the path. TP_ENGINE_ANSWER, and nothing but its version is taken,
    when it claims to come from an input that has not been or a figure does not fit."""
    p.answer_version = a.version
    if a.seq > seq or a.from_ns > now_ns or a.from_ns < 0 or not answer_fits(a):
        return TP_ENGINE_ANSWER
    answer_figure(&p.figures.parametric, a, ANSWER_PARAMETRIC)
    answer_figure(&p.figures.monte_carlo, a, ANSWER_MONTE_CARLO)
    p.figures.correlated_from_ns = a.from_ns
    memcpy(p.figures.correlated_units, a.correlated_units, 8 * p.instrument_count)
    return TP_OK


cdef inline int64_t snapshot_bytes(const PortfolioState* p) noexcept nogil:
    """Size of `portfolio_snapshot`."""
    return sizeof(SnapshotHead) + 8 * <int64_t>p.instrument_count * (4 + p.instrument_count)


cdef inline void portfolio_snapshot(
    const PortfolioState* p, const tp_position* positions, uint64_t seq, int64_t now_ns, char* out
) noexcept nogil:
    """What those who work off the path need: lots held, prices, intervals and rows."""
    cdef const CovarianceState* c = &p.covariance
    cdef int64_t n = <uint32_t>p.instrument_count   # never below 0: gcc cannot know
    cdef SnapshotHead head
    cdef int32_t k
    head.seq = seq
    head.now_ns = now_ns
    head.interval = c.interval
    head.instruments = n
    memcpy(out, &head, sizeof(SnapshotHead))
    out += sizeof(SnapshotHead)
    for k in range(n):
        memcpy(out + 8 * k, &positions[k].position_lots, 8)
    memcpy(out + 8 * n, c.prices, 8 * n)
    memcpy(out + 16 * n, c.sampled, 8 * n)
    memcpy(out + 24 * n, c.first, 8 * n)
    for k in range(n):
        memcpy(out + 32 * n + 8 * n * k, c.rows + <int64_t>k * c.stride, 8 * n)


cdef class Covariance:
    cdef CovarianceState* state
    cdef Arena arena
    cdef readonly str kernel


cdef class Historical:
    cdef HistoricalState* state
    cdef Arena arena


cdef class Portfolio:
    cdef PortfolioState* state
    cdef Arena arena
    cdef readonly object config
    cdef readonly Risk risk
