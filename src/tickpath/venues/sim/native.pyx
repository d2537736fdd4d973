"""The simulated venue for Python: built from a configuration, fed with frames and requests.

`NativeLoop` drives it without Python; `ReferenceLoop` and tests call it frame by frame.
"""

from libc.stdint cimport INT64_MAX, int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.records cimport TP_FRAME_PADDING_BYTES, TP_ORDER_BYTES_MAX, tp_request
from tickpath.hot.book.native cimport Book
from tickpath.hot.feed.native cimport Feed
from tickpath.venues.sim.fifo cimport FifoOrder, FifoTable
from tickpath.venues.sim.market cimport venue_market, venue_restart
from tickpath.venues.sim.matcher cimport (
    SIM_ENDED_MAX,
    SIM_FILLS_MAX,
    SimFill,
)
from tickpath.venues.sim.rates cimport RATE_TEXT_BYTES, OrderRates
from tickpath.venues.sim.requests cimport venue_request
from tickpath.venues.sim.venue cimport (
    MAIL_MAX,
    REFUSAL_CODES_MAX,
    TICKERS_MAX,
    UNCHECKED_MAX,
    Mail,
    SimEnded,
    SimInstrument,
    Ticker,
    VenueState,
)

import numpy as np

from tickpath.core.backend import Backend
from tickpath.core.codes import Code
from tickpath.core.errors import CapacityError
from tickpath.venues.base import source_module
from tickpath.venues.sim.fills import FILL_DTYPE
from tickpath.venues.sim.queue import QUEUES, check_queue
from tickpath.venues.sim.rates import spot_venues, windows_of


cdef FifoTable* table_new(int64_t capacity) except NULL:
    """Room for so many orders of the market, at most half full."""
    cdef uint64_t places = 2
    cdef FifoTable* table = <FifoTable*>calloc(1, sizeof(FifoTable))
    while places < 2 * <uint64_t>capacity:
        places *= 2
    if table != NULL:
        table.places = <FifoOrder*>calloc(places, sizeof(FifoOrder))
    if table == NULL or table.places == NULL:
        free(table)
        raise MemoryError
    table.mask = places - 1
    table.capacity = capacity
    return table


cdef int rates_fill(OrderRates* rates, config) except -1:
    """The windows of a configuration that are on."""
    cdef int32_t k
    for k, window in enumerate(windows_of(config.sim)):
        text = window.message.encode()[:RATE_TEXT_BYTES - 1]
        memcpy(rates.windows[k].message, <const char*>text, len(text))
        rates.windows[k].length_ns = window.length_ns
        rates.windows[k].limit = window.limit
        rates.window_count = k + 1
    rates.spot = sum(1 << venue for venue in spot_venues(config))
    return 0


cdef class SimVenue:
    """One venue in the process. Fills say why: take, queue, through, cross."""

    def __cinit__(self, config):
        cdef SimInstrument* i
        cdef int32_t k
        check_queue(config)
        self.config = config
        self.state = <VenueState*>calloc(1, sizeof(VenueState))
        if self.state == NULL:
            raise MemoryError
        self.state.fills = <SimFill*>calloc(SIM_FILLS_MAX, sizeof(SimFill))
        self.state.reports.items = <Mail*>calloc(MAIL_MAX, sizeof(Mail))
        self.state.ended = <SimEnded*>calloc(SIM_ENDED_MAX, sizeof(SimEnded))
        if (self.state.fills == NULL or self.state.reports.items == NULL
                or self.state.ended == NULL):
            raise MemoryError
        decoders = [
            source_module(config, k, Backend.NATIVE).MarketDecoder(config, k)
            for k in range(len(config.sources))]
        self.feed = Feed(config, decoders)
        self.books = [Book(config, k) for k in range(len(config.instruments))]
        self.state.feed = (<Feed>self.feed).state
        self.state.instrument_count = len(config.instruments)
        self.state.whole_fills = not config.sim.partial_fills
        self.state.self_impact = config.sim.self_impact
        self.state.good_till_ms = INT64_MAX
        self.state.direct = config.sim.direct_orders
        rates_fill(&self.state.rates, config)
        if config.sim.queue == "fifo":
            self.state.fifo = table_new(config.sim.fifo_orders)
        for k, instrument in enumerate(config.instruments):
            i = &self.state.instruments[k]
            instrument_fill(&i.info, instrument)
            i.queue.queue = QUEUES[config.sim.queue]
            i.queue.power = config.sim.queue_power
            i.queue.unit = instrument.quantity_step_units
            i.queue.one = 10 ** instrument.quantity_wire_decimals
            i.book = (<Book>self.books[k]).state
            i.unchecked = <Ticker*>calloc(UNCHECKED_MAX, sizeof(Ticker))
            i.tickers = <Ticker*>calloc(TICKERS_MAX, sizeof(Ticker))
            if i.unchecked == NULL or i.tickers == NULL:
                raise MemoryError
            i.money_decimals = instrument.settle_decimals
            i.hedging = config.venues[instrument.venue] in config.account.hedging
            name = config.currencies[instrument.settle].name.encode()[:15]
            memcpy(i.settle, <const char*>name, len(name))

    def __dealloc__(self):
        cdef int32_t k
        if self.state == NULL:
            return
        for k in range(self.state.instrument_count):
            free(self.state.instruments[k].unchecked)
            free(self.state.instruments[k].tickers)
        if self.state.fifo != NULL:
            free(self.state.fifo.places)
            free(self.state.fifo)
        free(self.state.fills)
        free(self.state.ended)
        free(self.state.reports.items)
        free(self.state)

    def on_market(self, int32_t source, bytes data, int64_t t_ns) -> None:
        """One recorded frame as the venue lived it."""
        padded = data + bytes(TP_FRAME_PADDING_BYTES)
        venue_market(self.state, source, padded, len(data), t_ns)
        self.check()

    def restart(self, int32_t source) -> int:
        """The recorded connection of a source begins anew, see `reference.SimVenue.restart`."""
        return venue_restart(self.state, source)

    def on_request(self, int32_t venue, bytes data, int64_t t_ns) -> None:
        """One request at its arrival. Raises ValueError for a record of another size."""
        if self.state.direct and len(data) != sizeof(tp_request):
            raise ValueError(f"a request is a record of {sizeof(tp_request)} bytes: {len(data)}")
        if len(data) > TP_ORDER_BYTES_MAX:
            data = data[:TP_ORDER_BYTES_MAX]
        venue_request(self.state, venue, data, t_ns)
        self.check()

    def take_reports(self) -> list:
        """(time at the venue, venue, bytes) of every report since the last call."""
        cdef Mail* mail
        cdef list out = []
        while self.state.reports.tail < self.state.reports.head:
            mail = &self.state.reports.items[self.state.reports.tail & (MAIL_MAX - 1)]
            out.append((mail.t_ns, mail.venue, mail.text[:mail.bytes]))
            self.state.reports.tail += 1
        return out

    def check(self) -> None:
        """Raises CapacityError when a bounded buffer was full: the run must not go on."""
        if self.state.overflow:
            raise CapacityError(
                "the simulated venue's mail or fill buffer is full: drain it more often")

    def take_fills(self):
        """Fills since the last call: an array of FILL_DTYPE."""
        cdef int64_t size = self.state.fill_count * sizeof(SimFill)
        raw = (<const char*>self.state.fills)[:size]
        self.state.fill_count = 0
        return np.frombuffer(raw, dtype=FILL_DTYPE).copy()

    def live_orders(self) -> int:
        """Open orders, those that rest and those that wait."""
        return self.state.order_count + self.state.waiting_count

    def refusals(self) -> dict:
        """Requests refused, by the venue's code."""
        cdef int32_t k
        return {
            self.state.refusals[k].code: self.state.refusals[k].count
            for k in range(REFUSAL_CODES_MAX) if self.state.refusals[k].code != 0}

    def book_counters(self) -> dict:
        """Book health over all instruments, as a report shows it."""
        cdef int32_t k
        found = dict.fromkeys(
            ("gaps", "resyncs", "crossed", "checksum_ok", "checksum_bad", "bbo_checked",
             "bbo_equal"), 0)
        for k in range(self.state.instrument_count):
            found["gaps"] += self.feed.counters(k).get(Code.FEED_GAP, 0)
            found["resyncs"] += max(0, self.state.instruments[k].snapshots - 1)
            found["crossed"] += self.state.instruments[k].crossed
            found["bbo_checked"] += self.state.instruments[k].bbo_checked
            found["bbo_equal"] += self.state.instruments[k].bbo_equal
            found["checksum_ok"] += self.books[k].checksum_ok
            found["checksum_bad"] += self.books[k].checksum_bad
        if self.state.fifo != NULL:
            found["orders_full"] = self.state.fifo.full
            found["orders_unknown"] = self.state.fifo.unknown
        return found
