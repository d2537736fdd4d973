"""Python handles of the native covariance and historical tail: tests and benches. No logic."""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from tickpath.core.arena cimport Arena, arena_free, arena_init
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

from tickpath.hot.risk.portfolio import covariance as covariance_layout
from tickpath.hot.risk.portfolio import historical as historical_layout


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
