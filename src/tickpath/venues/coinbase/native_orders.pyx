"""Python handle of the native Coinbase order codec: prepares its segments, converts records. No
logic."""

from libc.stdint cimport int32_t, int64_t, uintptr_t
from libc.string cimport memcpy, memset
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.records cimport (
    TP_FRAME_PADDING_BYTES, TP_INSTRUMENTS_MAX, TP_ORDERS_MAX, TP_ORDER_BYTES_MAX,
    TP_REPORTS_PER_FRAME_MAX, int128, tp_report, tp_request,
)
from tickpath.core.record_faces cimport report_out, request_in
from tickpath.hot.execute.id_index cimport IdEntry, index_init
from tickpath.venues.binance.order_encode cimport TP_SEGMENT_BYTES, tp_segment
from tickpath.venues.coinbase.order_decode cimport orders_decode
from tickpath.venues.coinbase.order_encode cimport (
    BODIES, BODY_FOK, BODY_GOOD_TILL, BODY_GTC, BODY_IOC, BODY_MARKET, BODY_POST_ONLY,
    BODY_STOP_LIMIT, CURRENCIES_NAMED_MAX, orders_encode,
)
from tickpath.venues.coinbase.order_totals cimport Total, totals_put

from tickpath.core.backend import Available
from tickpath.core.errors import ConfigError
from tickpath.core.fixed import units_of
from tickpath.hot.execute import EncodeError
from tickpath.venues.coinbase.abilities import GTD, venue_orders
from tickpath.venues.coinbase.orders import ORDERS, STATE_HEAD, STATE_ROW, STATE_VERSION, state_rows


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef int _segment(tp_segment* out, str text) except -1:
    cdef bytes data = text.encode()
    if len(data) > TP_SEGMENT_BYTES:
        raise ConfigError(f"order codec: {text!r} is longer than a segment: shorten the symbol")
    memset(out, 0, sizeof(tp_segment))
    memcpy(out.text, <const char*>data, len(data))
    out.bytes = <int32_t>len(data)
    return 0


cdef int _prepare(OrderCodecState* s) except -1:
    """The segments that do not depend on the instrument."""
    names = {
        BODY_MARKET: "market_market_ioc", BODY_GTC: "limit_limit_gtc", BODY_IOC: "sor_limit_ioc",
        BODY_FOK: "limit_limit_fok", BODY_POST_ONLY: "limit_limit_gtc",
        BODY_GOOD_TILL: "limit_limit_gtd", BODY_STOP_LIMIT: "stop_limit_stop_limit_gtc"}
    tails = {
        BODY_GTC: '","post_only":false', BODY_POST_ONLY: '","post_only":true',
        BODY_GOOD_TILL: '","post_only":false'}
    cdef int body, side
    for body in range(BODIES):
        _segment(&s.body[body], f'"{names[body]}":{{"base_size":"')
        for side in range(2):
            tail = tails.get(body, '"')
            if body == BODY_STOP_LIMIT:
                way = ("UP", "DOWN")[side]
                tail = f'","stop_direction":"STOP_DIRECTION_STOP_{way}"'
            _segment(&s.tail[body][side], tail + "}}}")
    _segment(&s.open, f"POST {ORDERS} n")
    _segment(&s.client, '\n{"client_order_id":"')
    _segment(&s.cancel, f"POST {ORDERS}/batch_cancel c")
    _segment(&s.cancel_order, '\n{"order_ids":["@')
    _segment(&s.query, f"GET {ORDERS}/historical/@")
    _segment(&s.query_tag, " q")
    _segment(&s.price, '","limit_price":"')
    _segment(&s.trigger, '","stop_price":"')
    _segment(&s.till, '","end_time":"')
    return 0


cdef int _prepare_instrument(OrderCodecState* s, int32_t k, object instrument) except -1:
    cdef int side
    for side in range(2):
        name = ("BUY", "SELL")[side]
        _segment(&s.text[k].side[side], f'","product_id":"{instrument.symbol}","side":"{name}",'
                                        '"order_configuration":{')
    s.text[k].price_scale = 10 ** instrument.price_decimals
    s.text[k].price_step = units_of(instrument.tick_size, instrument.price_decimals)
    s.text[k].quantity_scale = 10 ** instrument.quantity_decimals
    s.text[k].quantity_step = units_of(instrument.lot_size, instrument.quantity_decimals)
    return 0


cdef class OrderCodec:
    """Requests to bytes and frames to reports, for one venue of the configuration."""

    def __cinit__(self, config, venue):
        cdef size_t rows = TP_ORDERS_MAX * sizeof(Total)
        cdef size_t entries = 2 * TP_ORDERS_MAX * sizeof(IdEntry)
        cdef OrderCodecState* s
        cdef int32_t k
        if len(config.instruments) > TP_INSTRUMENTS_MAX:
            raise ConfigError("order codec: more instruments than limits.toml allows")
        if len(config.currencies) > CURRENCIES_NAMED_MAX:
            raise ConfigError(f"order codec: more than {CURRENCIES_NAMED_MAX} currencies")
        if not arena_init(&self.arena, sizeof(OrderCodecState) + rows + entries + 256):
            raise MemoryError("order codec")
        s = self.state = <OrderCodecState*>arena_take(&self.arena, sizeof(OrderCodecState))
        s.totals.rows = <Total*>arena_take(&self.arena, rows)
        index_init(
            &s.totals.index, <IdEntry*>arena_take(&self.arena, entries), 2 * TP_ORDERS_MAX)
        s.venue = venue
        s.trades = config.venues[venue] == "coinbase"
        s.good_till = (venue_orders(config, venue) & GTD) != 0
        s.instrument_count = len(config.instruments)
        _prepare(s)
        for k, instrument in enumerate(config.instruments):
            instrument_fill(&s.instruments[k], instrument)
            _prepare_instrument(s, k, instrument)
        for k, currency in enumerate(config.currencies):
            s.currency_decimals[k] = currency.decimals
        self.codec.encode = orders_encode
        self.codec.decode = orders_decode
        self.codec.context = s
        self.codec.replaces = 0

    def __dealloc__(self):
        arena_free(&self.arena)

    @property
    def address(self) -> int:
        """Where the codec's slots are: execute copies them and must not outlive this object."""
        return <uintptr_t>&self.codec

    @property
    def replaces(self) -> bool:
        """Whether the venue replaces an order in one request."""
        return bool(self.codec.replaces)

    def encode(self, request, now_ns) -> bytes:
        """The request's bytes. Raises EncodeError with the code that says what is wrong."""
        cdef tp_request r
        cdef char out[TP_ORDER_BYTES_MAX]
        cdef int32_t count
        request_in(request, &r)
        count = self.codec.encode(self.codec.context, &r, now_ns, out)
        if count <= 0:
            raise EncodeError(-count, "request cannot be encoded")
        return out[:count]

    def decode(self, data) -> tuple:
        """(code, reports). Frames that say nothing about orders give OK and no report."""
        cdef tp_report reports[TP_REPORTS_PER_FRAME_MAX]
        cdef int32_t count = 0
        cdef int32_t k
        padded = bytes(data) + bytes(TP_FRAME_PADDING_BYTES)
        code = self.codec.decode(self.codec.context, padded, len(data), reports, &count)
        return code, [report_out(&reports[k]) for k in range(count)]

    def export_state(self) -> bytes:
        """Canonical bytes: those of `orders.OrderCodec.export_state`."""
        cdef Total* t
        cdef int32_t k
        rows = []
        for k in range(self.state.totals.count):
            t = &self.state.totals.rows[k]
            rows.append((t.client_order_id, t.lots, (<char*>&t.value)[:16], t.fee_units))
        packed = [STATE_ROW.pack(*row) for row in sorted(rows)]
        return STATE_HEAD.pack(STATE_VERSION, len(packed)) + b"".join(packed)

    def import_state(self, data) -> None:
        """Continue from bytes that any backend exported. Raises DataError for anything else."""
        cdef Total t
        rows = state_rows(data)
        memset(self.state.totals.index.entries, 0, 2 * TP_ORDERS_MAX * sizeof(IdEntry))
        self.state.totals.count = 0
        for order, lots, value, fee in rows:
            text = value.to_bytes(16, "little")
            t.client_order_id, t.lots, t.fee_units = order, lots, fee
            memcpy(&t.value, <const char*>text, 16)
            t.ended = 0
            t.reserved = 0
            totals_put(&self.state.totals, &t)
