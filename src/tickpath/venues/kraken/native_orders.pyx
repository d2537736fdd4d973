"""Python handle of the native Kraken order codec: prepares its segments, converts records. No
logic."""

from libc.stdint cimport int32_t, uintptr_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from tickpath.core.instruments cimport instrument_fill
from tickpath.core.record_faces cimport report_out, request_in
from tickpath.core.records cimport (
    TP_FRAME_PADDING_BYTES,
    TP_INSTRUMENTS_MAX,
    TP_ORDER_BYTES_MAX,
    TP_REPORTS_PER_FRAME_MAX,
    tp_report,
    tp_request,
)
from tickpath.venues.binance.order_encode cimport (
    CURRENCIES_NAMED_MAX,
    CURRENCY_BYTES_MAX,
    TP_SEGMENT_BYTES,
    tp_segment,
)
from tickpath.venues.kraken.order_decode cimport (
    TP_KRAKEN_ERRORS,
    orders_decode,
    tp_kraken_errors,
)
from tickpath.venues.kraken.order_encode cimport OrderCodecState, orders_encode

from tickpath.core.backend import Available
from tickpath.core.errors import ConfigError
from tickpath.core.fixed import units_of
from tickpath.hot.execute import EncodeError
from tickpath.venues.kraken.orders import refuse_special


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


def errors() -> list:
    """The compiled error texts in the order of their codes, for tests."""
    return [tp_kraken_errors[k].decode() for k in range(TP_KRAKEN_ERRORS)]


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
    price = '"limit_price":'
    cdef int side
    for side in range(2):
        name = f'"side":"{("buy", "sell")[side]}",'
        limit = '"order_type":"limit",' + name
        _segment(&s.body[side][0], f'{limit}"time_in_force":"gtc",{price}')
        _segment(&s.body[side][1], f'{limit}"time_in_force":"ioc",{price}')
        _segment(&s.body[side][2], f'"order_type":"market",{name}"order_qty":')
        _segment(&s.body[side][3], f'{limit}"post_only":true,"time_in_force":"gtc",{price}')
    _segment(&s.quantity, ',"order_qty":')
    _segment(&s.new_id, ',"cl_ord_id":"')
    _segment(&s.cancel, '{"method":"cancel_order","params":{"token":"","cl_ord_id":["')
    _segment(&s.cancel_tail, '"]},"req_id":')
    _segment(&s.tail, '"},"req_id":')
    return 0


cdef int _prepare_instrument(OrderCodecState* s, int32_t k, object instrument) except -1:
    symbol = f'"symbol":"{instrument.symbol}",'
    _segment(&s.text[k].add, f'{{"method":"add_order","params":{{"token":"",{symbol}')
    _segment(&s.text[k].query, f'{{"method":"query_order","params":{{{symbol}"cl_ord_id":"')
    s.text[k].price_scale = 10 ** instrument.price_decimals
    s.text[k].price_step = units_of(instrument.tick_size, instrument.price_decimals)
    s.text[k].quantity_scale = 10 ** instrument.quantity_decimals
    s.text[k].quantity_step = units_of(instrument.lot_size, instrument.quantity_decimals)
    return 0


cdef class OrderCodec:
    """Requests to bytes and frames to reports, for one venue of the configuration."""

    def __cinit__(self, config, venue):
        cdef OrderCodecState* s
        cdef int32_t k
        if len(config.instruments) > TP_INSTRUMENTS_MAX:
            raise ConfigError("order codec: more instruments than limits.toml allows")
        if len(config.currencies) > CURRENCIES_NAMED_MAX:
            raise ConfigError(f"order codec: more than {CURRENCIES_NAMED_MAX} currencies")
        refuse_special(config, venue)
        s = self.state = <OrderCodecState*>calloc(1, sizeof(OrderCodecState))
        if s == NULL:
            raise MemoryError("order codec")
        s.venue = venue
        s.engine_id = config.engine_id
        s.instrument_count = len(config.instruments)
        s.currency_count = len(config.currencies)
        own = [i for i in config.instruments if i.venue == venue]
        s.lot = own[0].index if len({i.lot_size for i in own}) == 1 else -1
        _prepare(s)
        for k, instrument in enumerate(config.instruments):
            instrument_fill(&s.instruments[k], instrument)
            if instrument.venue == venue:
                _prepare_instrument(s, k, instrument)
        for k, currency in enumerate(config.currencies):
            name = currency.name.encode()
            if not 1 <= len(name) < CURRENCY_BYTES_MAX:
                raise ConfigError(f"currency {currency.name!r}: 1..{CURRENCY_BYTES_MAX - 1} bytes")
            memcpy(s.currencies[k].text, <const char*>name, len(name))
            s.currencies[k].decimals = currency.decimals
        self._instruments = config.instruments
        self.codec.encode = orders_encode
        self.codec.decode = orders_decode
        self.codec.context = s
        self.codec.replaces = 0

    def __dealloc__(self):
        free(self.state)

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
