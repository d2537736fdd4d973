"""Python handles of native portfolio risk: built by an engine, then tests and benches. No logic."""

from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from tickpath.core.arena cimport Arena, arena_free, arena_init
from tickpath.core.records cimport TP_INSTRUMENTS_MAX, tp_figure, tp_portfolio, tp_position
from tickpath.hot.risk.native cimport Risk
from tickpath.hot.risk.portfolio.covariance cimport (
    CovarianceState,
    covariance_bytes,
    covariance_choose,
    covariance_fn,
    covariance_init,
    covariance_update,
)
from tickpath.hot.risk.portfolio.historical cimport (
    HistoricalState,
    historical_bytes,
    historical_figures,
    historical_init,
    historical_update,
)

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.records import PortfolioFigures
from tickpath.hot.risk.portfolio import covariance as covariance_layout
from tickpath.hot.risk.portfolio import historical as historical_layout
from tickpath.hot.risk.portfolio import state as layout
from tickpath.hot.risk.portfolio.configure import PPM, figures_of


cdef object covariance_image(const CovarianceState* c):
    """What a covariance remembers, copied."""
    cdef int32_t n = c.assets
    cdef int32_t k
    cdef double[:, ::1] rows = np.empty((n, n))
    cdef double[::1] returns = np.empty(n)
    cdef double[::1] prices = np.empty(n)
    cdef int64_t[::1] sampled = np.empty(n, dtype=np.int64)
    cdef int64_t[::1] first = np.empty(n, dtype=np.int64)
    for k in range(n):
        memcpy(&rows[k, 0], c.rows + <int64_t>k * c.stride, n * 8)
    memcpy(&returns[0], c.returns, n * 8)
    memcpy(&prices[0], c.prices, n * 8)
    memcpy(&sampled[0], c.sampled, n * 8)
    memcpy(&first[0], c.first, n * 8)
    return covariance_layout.Image(
        c.decay, c.interval, np.asarray(rows), np.asarray(returns), np.asarray(prices),
        np.asarray(sampled), np.asarray(first))


cdef int covariance_restore(CovarianceState* c, object image) except -1:
    """The inverse of `covariance_image`."""
    cdef int32_t k, n = c.assets
    cdef const double[:, ::1] rows = image.rows
    cdef const double[::1] returns = image.returns
    cdef const double[::1] prices = image.prices
    cdef const int64_t[::1] sampled = image.sampled
    cdef const int64_t[::1] first = image.first
    for k in range(n):
        memcpy(c.rows + <int64_t>k * c.stride, &rows[k, 0], n * 8)
    memcpy(c.returns, &returns[0], n * 8)
    memcpy(c.prices, &prices[0], n * 8)
    memcpy(c.sampled, &sampled[0], n * 8)
    memcpy(c.first, &first[0], n * 8)
    c.interval = image.interval
    return 0


cdef list historical_samples(const HistoricalState* h):
    """The samples, oldest first."""
    cdef int32_t k
    cdef int32_t start = h.newest if h.count == h.window else 0
    return [h.samples[(start + k) % h.window] for k in range(h.count)]


cdef int historical_restore(HistoricalState* h, object samples) except -1:
    """The inverse of `historical_samples`."""
    cdef int64_t profit
    h.count = h.newest = h.counts[0] = h.counts[1] = 0
    h.tail_sum = 0
    for profit in samples:
        historical_update(h, profit)
    return 0


cdef class Covariance:
    """Rows of up to portfolio_assets_max assets; `kernel` names the instruction set."""

    def __cinit__(self, int32_t assets, double decay):
        cdef const char* name
        covariance_layout.check_shape(assets, decay)
        self.state = <CovarianceState*>calloc(1, sizeof(CovarianceState))
        if self.state == NULL or not arena_init(&self.arena, covariance_bytes(assets)):
            raise MemoryError("covariance")
        if not covariance_init(self.state, &self.arena, assets, decay):
            raise MemoryError("covariance")
        covariance_choose(NULL, &name)
        self.kernel = name.decode()

    def __dealloc__(self):
        free(self.state)
        arena_free(&self.arena)

    def use_kernel(self, name) -> bool:
        """Take another instruction set, bit-equal to the chosen one. False, and nothing changed,
        when this processor lacks it."""
        cdef const char* found
        cdef bytes wanted = name.encode()
        cdef covariance_fn kernel = covariance_choose(wanted, &found)
        if kernel == NULL:
            return False
        self.state.kernel = kernel
        self.kernel = name
        return True

    @property
    def interval(self):
        """The newest interval, -1 before the first sample."""
        return self.state.interval

    def update(self, int32_t asset, double price, int64_t interval) -> bool:
        """A price of an asset in an interval, the first there counts; whether a row changed."""
        if not 0 <= asset < self.state.assets:
            raise IndexError(f"asset {asset} of {self.state.assets}")
        return bool(covariance_update(self.state, asset, price, interval))

    def image(self):
        """What it remembers, copied."""
        return covariance_image(self.state)

    def export_state(self) -> bytes:
        """Canonical bytes, see covariance.py."""
        return covariance_layout.pack(covariance_image(self.state))

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported. Raises DataError."""
        covariance_restore(
            self.state, covariance_layout.unpack(data, self.state.assets, self.state.decay))


cdef class Historical:
    """The newest profits and their tail."""

    def __cinit__(self, int32_t window, int32_t tail_ppm):
        historical_layout.check_window(window, tail_ppm)
        self.state = <HistoricalState*>calloc(1, sizeof(HistoricalState))
        if self.state == NULL or not arena_init(&self.arena, historical_bytes(window)):
            raise MemoryError("historical")
        if not historical_init(self.state, &self.arena, window, tail_ppm):
            raise MemoryError("historical")

    def __dealloc__(self):
        free(self.state)
        arena_free(&self.arena)

    def update(self, profit_units: int) -> bool:
        """One sample; beyond +-2**62 it is refused: False."""
        if abs(profit_units) > historical_layout.PROFIT_MAX:
            return False
        return bool(historical_update(self.state, profit_units))

    @property
    def count(self):
        """Samples in the window."""
        return self.state.count

    def figures(self):
        """(value at risk, expected shortfall) in units; None while the tail is not seen."""
        cdef int64_t at_risk, shortfall
        if not historical_figures(self.state, &at_risk, &shortfall):
            return None
        return at_risk, shortfall

    def export_state(self) -> bytes:
        """Canonical bytes, see historical.py."""
        return historical_layout.pack(
            self.state.window, self.state.tail_ppm, historical_samples(self.state))

    def import_state(self, data: bytes) -> None:
        """Continue from bytes that any backend exported. Raises DataError."""
        historical_restore(
            self.state,
            historical_layout.unpack(data, self.state.window, self.state.tail_ppm))


cdef int limits_fill(tp_figure* to, object p, str name) except -1:
    """Limits of one method, its figures absent."""
    to.var_units = to.shortfall_units = layout.ABSENT
    to.var_units_max = getattr(p, f"{name}_var_units_max")
    to.shortfall_units_max = getattr(p, f"{name}_shortfall_units_max")
    to.age_ns_max = getattr(p, f"{name}_age_ns_max")
    return 0


cdef list figure_words(const tp_figure* f):
    """As in PortfolioFigures."""
    return [f.var_units, f.var_units_max, f.shortfall_units, f.shortfall_units_max, f.from_ns,
            f.age_ns_max]


cdef list figure_state(const tp_figure* f):
    """What is state of it: limits are configuration."""
    return [f.var_units, f.shortfall_units, f.from_ns]


cdef int figure_restore(tp_figure* f, object words) except -1:
    f.var_units, f.shortfall_units, f.from_ns = words
    return 0


cdef class Portfolio:
    """Covariance, historical tail and the newest figures, over the risk handle that reads them."""

    def __cinit__(self, config, Risk risk):
        cdef PortfolioState* p
        cdef tp_portfolio* f
        cdef int32_t k, n = len(config.instruments)
        self.config, self.risk = config, risk
        found = figures_of(config)
        spec = config.portfolio
        p = self.state = <PortfolioState*>calloc(1, sizeof(PortfolioState))
        if p == NULL:
            raise MemoryError("portfolio")
        f = p.figures = &risk.state.portfolio
        f.watched = found.watched
        limits_fill(&f.historical, found, "historical")
        limits_fill(&f.parametric, found, "parametric")
        limits_fill(&f.monte_carlo, found, "monte_carlo")
        f.correlated_units_max = found.correlated_units_max
        f.correlated_age_ns_max = found.correlated_age_ns_max
        for k in range(TP_INSTRUMENTS_MAX):
            f.correlated_units[k] = layout.ABSENT
        p.on, p.instrument_count, p.grid_ns = spec.grid_ns > 0, n, spec.grid_ns
        p.interval, p.tick_ns = -1, INT64_MIN if p.on else INT64_MAX
        if not p.on:
            return
        if not arena_init(&self.arena, covariance_bytes(n) + historical_bytes(spec.window)):
            raise MemoryError("portfolio")
        if not covariance_init(&p.covariance, &self.arena, n, spec.decay_ppm / PPM):
            raise MemoryError("portfolio")
        if not historical_init(
                &p.historical, &self.arena, spec.window, PPM - spec.confidence_ppm):
            raise MemoryError("portfolio")

    def __dealloc__(self):
        free(self.state)
        arena_free(&self.arena)

    @property
    def on(self):
        """Whether a grid is configured."""
        return bool(self.state.on)

    @property
    def tick_ns(self):
        """There is nothing to do before."""
        return self.state.tick_ns

    @property
    def answer_version(self):
        """Version of the answer that was taken last."""
        return self.state.answer_version

    def market(self, int32_t instrument, int64_t mid2) -> None:
        """A good mid, twice, in ticks; the first of an interval counts."""
        if self.state.on and 0 <= instrument < self.state.instrument_count:
            portfolio_market(self.state, instrument, mid2)

    def grid(self, int64_t now_ns) -> None:
        """A new interval begins."""
        if self.state.on:
            portfolio_grid(self.state, now_ns)

    def earned(self, earned_units: int, int64_t now_ns) -> None:
        """What the account has earned so far: the profit since the last mark is a sample."""
        if self.state.on and abs(earned_units) <= historical_layout.PROFIT_MAX:
            portfolio_earned(self.state, earned_units, now_ns)

    def answer(self, const unsigned char[::1] value, uint64_t seq, int64_t now_ns) -> int:
        """Take what was computed off the path, see `portfolio_answer`."""
        cdef PortfolioAnswer a
        if value.shape[0] != sizeof(PortfolioAnswer):
            raise DataError(
                f"portfolio answer: {value.shape[0]} bytes, not {sizeof(PortfolioAnswer)}")
        memcpy(&a, &value[0], sizeof(PortfolioAnswer))
        return portfolio_answer(self.state, &a, seq, now_ns)

    def figures(self):
        """The newest figures beside their limits, copied."""
        cdef const tp_portfolio* f = self.state.figures
        cdef int32_t k
        return PortfolioFigures(
            f.watched, *figure_words(&f.historical), *figure_words(&f.parametric),
            *figure_words(&f.monte_carlo), f.correlated_units_max, f.correlated_from_ns,
            f.correlated_age_ns_max,
            [f.correlated_units[k] for k in range(self.state.instrument_count)])

    def snapshot(self, lots, uint64_t seq, int64_t now_ns) -> bytes:
        """What those who work off the path need, see state.py."""
        cdef tp_position[TP_INSTRUMENTS_MAX] positions
        cdef int32_t k
        out = bytearray(snapshot_bytes(self.state))
        for k in range(self.state.instrument_count):
            positions[k].position_lots = lots[k]
        portfolio_snapshot(self.state, positions, seq, now_ns, out)
        return bytes(out)

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""
        cdef PortfolioState* p = self.state
        cdef int32_t k
        if not p.on:
            return layout.OFF
        f = p.figures
        figures = (figure_state(&f.historical) + figure_state(&f.parametric)
                   + figure_state(&f.monte_carlo))
        tail = historical_layout.pack(
            p.historical.window, p.historical.tail_ppm, historical_samples(&p.historical))
        return layout.pack(layout.Image(
            p.interval, p.tick_ns, p.earned_units, p.marked, p.answer_version, figures,
            f.correlated_from_ns,
            [f.correlated_units[k] for k in range(p.instrument_count)],
            covariance_layout.pack(covariance_image(&p.covariance)), tail))

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state of another configuration, or a torn one."""
        cdef PortfolioState* p = self.state
        cdef int32_t k
        image = layout.unpack(data, p.grid_ns, p.instrument_count)
        if image is None:
            return
        covariance = covariance_layout.unpack(
            image.covariance, p.instrument_count, p.covariance.decay)
        samples = historical_layout.unpack(
            image.historical, p.historical.window, p.historical.tail_ppm)
        covariance_restore(&p.covariance, covariance)
        historical_restore(&p.historical, samples)
        p.interval, p.tick_ns = image.interval, image.tick_ns
        p.earned_units, p.marked = image.earned_units, image.marked
        p.answer_version = image.answer_version
        figure_restore(&p.figures.historical, image.figures[:3])
        figure_restore(&p.figures.parametric, image.figures[3:6])
        figure_restore(&p.figures.monte_carlo, image.figures[6:9])
        p.figures.correlated_from_ns = image.correlated_from_ns
        for k in range(p.instrument_count):
            p.figures.correlated_units[k] = image.correlated_units[k]
