"""A generated market for Python: a source of frames, or a venue that matches our orders.

`record` makes a recording of what nobody trades in. A loop given the market itself instead of a
recording lets our orders rest, trade and move the book; that uses the market up.
"""

from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from tickpath.venues.sim.crowd cimport (
    CANCEL_REACH_TICKS,
    CROWD_DEPTH_NS,
    EDGE_TICKS,
    FRAME_ROOM_BYTES,
    FRAMES_MAX,
    KEEP_ORDERS,
    OWN_PLACES,
    SNAPSHOT_AFTER,
    SNAPSHOT_LEVELS,
    THIN_WEIGHT,
    CrowdState,
    Frame,
    away,
    crowd_advance,
    crowd_mood,
    crowd_next,
    crowd_wait,
    size,
)
from tickpath.venues.sim.crowd_book cimport (
    CROWD_CHANGED_MAX,
    CROWD_POOL,
    CROWD_TICKS,
    CrowdLevel,
    CrowdOrder,
    CrowdSide,
    order_add,
)
from tickpath.venues.sim.native cimport SimVenue

from tickpath.core.errors import CapacityError, ConfigError
from tickpath.venues.sim import generated_reference
from tickpath.venues.sim import model as numbers
from tickpath.venues.sim.frames import Builder
from tickpath.venues.sim.model import MarketModel
from tickpath.venues.sim.products import lots_per_step, product_of


def compiled_numbers() -> dict:
    """The numbers that were compiled in, to be compared with model.py."""
    return {
        "TICKS": CROWD_TICKS, "POOL": CROWD_POOL, "OWN_PLACES": OWN_PLACES,
        "KEEP_ORDERS": KEEP_ORDERS, "EDGE_TICKS": EDGE_TICKS, "DEPTH_NS": CROWD_DEPTH_NS,
        "CANCEL_REACH_TICKS": CANCEL_REACH_TICKS, "SNAPSHOT_AFTER": SNAPSHOT_AFTER,
        "SNAPSHOT_LEVELS": SNAPSHOT_LEVELS, "THIN_WEIGHT": THIN_WEIGHT,
    }


cdef class GeneratedMarket:
    """`frames` frames of a market made from `seed`; ask it for more and it goes on."""

    def __cinit__(self, seed, frames, venue="binance-spot", symbol="BTCUSDT", model=None):
        cdef int32_t k
        cdef CrowdSide* side
        self.product = product_of(venue, symbol)
        self.model = MarketModel() if model is None else model
        self.frames = frames
        self.seed = seed
        self.state = <CrowdState*>calloc(1, sizeof(CrowdState))
        if self.state == NULL:
            raise MemoryError
        for k in range(2):
            side = &self.state.book.sides[k]
            side.levels = <CrowdLevel*>calloc(CROWD_TICKS, sizeof(CrowdLevel))
            side.changed = <int32_t*>calloc(CROWD_CHANGED_MAX, sizeof(int32_t))
            if side.levels == NULL or side.changed == NULL:
                raise MemoryError
        self.state.book.pool = <CrowdOrder*>calloc(CROWD_POOL, sizeof(CrowdOrder))
        self.state.book.free = <int32_t*>calloc(CROWD_POOL, sizeof(int32_t))
        self.state.frames.room = <char*>calloc(1, FRAME_ROOM_BYTES)
        self.state.frames.items = <Frame*>calloc(FRAMES_MAX, sizeof(Frame))
        if self.state.book.pool == NULL or self.state.book.free == NULL:
            raise MemoryError
        if self.state.frames.room == NULL or self.state.frames.items == NULL:
            raise MemoryError
        self.fill_model()
        self.fill_text()
        self.begin(seed)

    def __dealloc__(self):
        cdef int32_t k
        if self.state == NULL:
            return
        for k in range(2):
            free(self.state.book.sides[k].levels)
            free(self.state.book.sides[k].changed)
        free(self.state.book.pool)
        free(self.state.book.free)
        free(self.state.frames.room)
        free(self.state.frames.items)
        free(self.state)

    cdef int fill_model(self) except -1:
        m, p = self.model, self.product
        self.state.model.wait_ns = m.wait_ns
        self.state.model.calm_ns = m.calm_ns
        self.state.model.busy_ns = m.busy_ns
        self.state.model.heat_decay_ns = m.heat_decay_ns
        self.state.model.busy_rate = m.busy_rate
        self.state.model.heat_step = m.heat_step
        self.state.model.heat_max = m.heat_max
        self.state.model.market_calm = m.market_calm
        self.state.model.market_busy = m.market_busy
        self.state.model.limit = m.limit
        self.state.model.cancel_near = m.cancel_near
        self.state.model.requote = m.requote
        self.state.model.follow = m.follow
        self.state.model.improve = m.improve
        self.state.model.touch = m.touch
        self.state.model.against = m.against
        self.state.model.run_bits = m.run_bits
        self.state.model.tilt_shift = m.tilt_shift
        self.state.model.tilt_min = m.tilt_min
        self.state.model.tilt_max = m.tilt_max
        self.state.model.reach_bits = p.reach_bits
        self.state.model.size_max = p.size_max
        return 0

    cdef int fill_text(self) except -1:
        p = self.product
        symbol, stream = p.symbol.encode(), p.symbol.lower().encode()
        self.state.text.symbol = symbol + bytes(32 - len(symbol))
        self.state.text.stream = stream + bytes(32 - len(stream))
        self.state.text.price_scale = p.price_units // 10 ** (8 - p.price_decimals)
        self.state.text.quantity_scale = p.quantity_units // 10 ** (8 - p.quantity_decimals)
        self.state.text.price_decimals = p.price_decimals
        self.state.text.quantity_decimals = p.quantity_decimals
        self.state.text.futures = p.futures
        return 0

    cdef int begin(self, seed) except -1:
        """A book around the middle; only the snapshot will show it."""
        cdef CrowdState* c = self.state
        cdef int32_t back, k, middle = CROWD_TICKS // 2
        c.random = seed & 0xFFFFFFFFFFFFFFFF
        c.base_ticks = self.product.mid_ticks - middle
        c.lots_per_step = 1
        c.book.free_count = CROWD_POOL
        for k in range(CROWD_POOL):
            c.book.free[k] = CROWD_POOL - 1 - k
        c.book.sides[0].best = middle
        c.book.sides[1].best = middle + 1
        order_add(&c.book, 0, middle, size(c), 0)
        order_add(&c.book, 1, middle + 1, size(c), 0)
        for k in range(2 * self.model.orders_start):
            back = away(c)
            back += away(c)
            back += away(c)
            if k % 2 == 0:
                order_add(&c.book, 0, middle - back, size(c), 0)
            else:
                order_add(&c.book, 1, middle + 1 + back, size(c), 0)
        c.book.id = c.prev_id = numbers.FIRST_ID
        for k in range(c.book.sides[0].changed_count):
            c.book.sides[0].levels[c.book.sides[0].changed[k]].changed = 0
        for k in range(c.book.sides[1].changed_count):
            c.book.sides[1].levels[c.book.sides[1].changed[k]].changed = 0
        c.book.sides[0].changed_count = c.book.sides[1].changed_count = 0
        c.first_id = c.book.id + 1
        c.trade_id = numbers.FIRST_TRADE_ID
        c.now_ns = c.heat_ns = numbers.START_NS
        c.regime_ns = numbers.START_NS
        c.depth_ns = numbers.START_NS + CROWD_DEPTH_NS
        c.tilt = 32768
        c.busy = 1
        crowd_mood(c)
        crowd_wait(c)
        return 0

    def __len__(self) -> int:
        return self.frames

    @property
    def venue(self) -> str:
        return self.product.venue

    @property
    def symbol(self) -> str:
        return self.product.symbol

    def attach(self, SimVenue venue) -> None:
        """Match the orders of `venue` from now on. Raises ConfigError when it trades otherwise."""
        self.state.lots_per_step = lots_per_step(self.product, venue.config, self.used)
        self.used = 1
        venue.state.crowd = self.state
        venue.market = self

    def next_ns(self) -> int:
        """When the market moves next of itself."""
        return crowd_next(self.state)

    def advance(self, SimVenue venue=None) -> None:
        """The next event of the crowd or the next diff; `venue` is the one attached, if any."""
        self.used = 1
        crowd_advance(self.state, NULL if venue is None else venue.state)
        self.check()

    def check(self) -> None:
        """Raises CapacityError when frames or changes did not fit."""
        if self.state.book.overflow:
            raise CapacityError(
                "the generated market's frame buffer is full: lower feed_latency_ns or take the "
                "frames more often")

    def take_frames(self) -> list:
        """(time at the venue, bytes) of every frame since the last call."""
        cdef Frame* f
        cdef list out = []
        while self.state.frames.tail < self.state.frames.head:
            f = &self.state.frames.items[self.state.frames.tail & (FRAMES_MAX - 1)]
            out.append((f.t_ns, (self.state.frames.room + f.offset)[:f.bytes]))
            self.state.frames.tail += 1
        return out

    def twin(self):
        """The same market in plain Python, from its start. Raises ConfigError once it was used."""
        if self.used:
            raise ConfigError("a generated market is used up by one run: make another one")
        return generated_reference.GeneratedMarket(
            self.seed, self.frames, self.venue, self.symbol, self.model)

    def record(self):
        """The market as a recording of `frames` frames; the last event may add a few."""
        cdef int64_t done = 0
        builder = Builder()
        while done < self.frames:
            with nogil:
                while self.state.frames.head - self.state.frames.tail < FRAMES_MAX // 2 and (
                    not self.state.book.overflow
                    and done + <int64_t>(self.state.frames.head - self.state.frames.tail)
                    < self.frames
                ):
                    crowd_advance(self.state, NULL)
            self.check()
            for t_ns, data in self.take_frames():
                builder.add(t_ns, data)
                done += 1
        self.used = 1
        return builder.build(self.product.venue, self.product.symbol)
