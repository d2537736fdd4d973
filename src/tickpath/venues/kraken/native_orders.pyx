"""Python handle of the native Kraken order codec: prepares its segments. No logic."""

from libc.stdint cimport int32_t
from libc.stdlib cimport calloc, free
from tickpath.core.instruments cimport instrument_fill
from tickpath.venues.kraken.order_decode cimport (
    TP_KRAKEN_ERRORS,
    orders_decode,
    tp_kraken_errors,
)
from tickpath.venues.kraken.order_encode cimport orders_encode
from tickpath.venues.text.codec_face cimport (
    codec_fits,
    currencies_fill,
    grid_fill,
    segment_fill,
)

from tickpath.core.backend import Available
from tickpath.venues.abilities import venue_orders


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


def errors() -> list:
    """The compiled error texts in the order of their codes, for tests."""
    return [tp_kraken_errors[k].decode() for k in range(TP_KRAKEN_ERRORS)]


cdef int _prepare(OrderCodecState* s) except -1:
    """The segments that do not depend on the instrument."""
    price = '"limit_price":'
    cdef int side
    for side in range(2):
        name = f'"side":"{("buy", "sell")[side]}",'
        limit = '"order_type":"limit",' + name
        segment_fill(&s.body[side][0], f'{limit}"time_in_force":"gtc",{price}')
        segment_fill(&s.body[side][1], f'{limit}"time_in_force":"ioc",{price}')
        segment_fill(&s.body[side][2], f'"order_type":"market",{name}"order_qty":')
        segment_fill(&s.body[side][3], f'{limit}"post_only":true,"time_in_force":"gtc",{price}')
    segment_fill(&s.quantity, ',"order_qty":')
    segment_fill(&s.new_id, ',"cl_ord_id":"')
    segment_fill(&s.cancel, '{"method":"cancel_order","params":{"token":"","cl_ord_id":["')
    segment_fill(&s.cancel_tail, '"]},"req_id":')
    segment_fill(&s.tail, '"},"req_id":')
    return 0


cdef int _prepare_instrument(OrderCodecState* s, int32_t k, object instrument) except -1:
    symbol = f'"symbol":"{instrument.symbol}",'
    segment_fill(&s.text[k].add, f'{{"method":"add_order","params":{{"token":"",{symbol}')
    segment_fill(&s.text[k].query, f'{{"method":"query_order","params":{{{symbol}"cl_ord_id":"')
    grid_fill(&s.text[k].grid, instrument)
    return 0


cdef class OrderCodec(CodecFace):
    """Requests to bytes and frames to reports, for one venue of the configuration."""

    def __cinit__(self, config, venue):
        cdef OrderCodecState* s
        cdef int32_t k
        codec_fits(config)
        venue_orders(config, venue)
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
        currencies_fill(s.currencies, config.currencies)
        self.codec.encode = orders_encode
        self.codec.decode = orders_decode
        self.codec.context = s
        self.codec.replaces = 0

    def __dealloc__(self):
        free(self.state)

    @property
    def strangers(self):
        """Rows of the channel about orders that are not ours: skipped, whatever they say."""
        return self.state.strangers
