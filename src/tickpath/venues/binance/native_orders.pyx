"""Python handle of the native Binance order codec: prepares its segments. No logic."""

from libc.stdint cimport int32_t
from libc.stdlib cimport calloc, free
from tickpath.core.instruments cimport instrument_fill
from tickpath.venues.binance.order_encode cimport BODIES
from tickpath.venues.binance.orders cimport orders_decode, orders_encode, spot_decode
from tickpath.venues.text.codec_face cimport (
    codec_fits,
    currencies_fill,
    grid_fill,
    segment_fill,
)

from tickpath.core.backend import Available
from tickpath.venues.abilities import GTD, venue_orders


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


cdef int _prepare(OrderCodecState* s) except -1:
    """The segments that do not depend on the instrument."""
    post_only = '"type":"LIMIT_MAKER",' if s.spot else '"type":"LIMIT","timeInForce":"GTX",'
    kinds = [f'"type":"LIMIT","timeInForce":"{tif}","price":"' for tif in ("GTC", "IOC", "FOK")]
    kinds += ['"type":"MARKET","quantity":"', post_only + '"price":"',
              '"type":"STOP_LOSS","quantity":"',
              '"type":"STOP_LOSS_LIMIT","timeInForce":"GTC","price":"',
              '"type":"LIMIT","timeInForce":"GTD","goodTillDate":']
    cdef int side, body, k
    for side in range(2):
        for body in range(BODIES):
            name = ("BUY", "SELL")[side]
            segment_fill(&s.body[side][body], f'"side":"{name}",' + kinds[body])
    segment_fill(&s.open, '{"id":"')
    segment_fill(&s.replaced,
             '"cancelReplaceMode":"STOP_ON_FAILURE","cancelOrigClientOrderId":"')
    segment_fill(&s.cancel_tail, '","timestamp":')
    segment_fill(&s.quantity, '","quantity":"')
    segment_fill(&s.price, ',"price":"')
    segment_fill(&s.trigger, '","stopPrice":"')
    segment_fill(&s.display, '","icebergQty":"')
    segment_fill(&s.new_id, '","newClientOrderId":"')
    plain = '","newOrderRespType":"ACK","timestamp":' if s.spot else '","timestamp":'
    segment_fill(&s.tail[0], plain)
    for k in range(2):
        named = f'","positionSide":"{("LONG", "SHORT")[k]}","timestamp":'
        segment_fill(&s.tail[2 + k], plain if s.spot else named)
    segment_fill(&s.tail[1], plain if s.spot else '","reduceOnly":"true","timestamp":')
    return 0


cdef int _prepare_instrument(OrderCodecState* s, int32_t k, object instrument) except -1:
    symbol = f'"params":{{"symbol":"{instrument.symbol}",'
    segment_fill(&s.text[k].place, f'","method":"order.place",{symbol}')
    segment_fill(&s.text[k].replace, f'","method":"order.cancelReplace",{symbol}')
    segment_fill(&s.text[k].cancel, f'","method":"order.cancel",{symbol}"origClientOrderId":"')
    segment_fill(&s.text[k].query, f'","method":"order.status",{symbol}"origClientOrderId":"')
    grid_fill(&s.text[k].grid, instrument)
    return 0


cdef class OrderCodec(CodecFace):
    """Requests to bytes and frames to reports, for one venue of the configuration."""

    def __cinit__(self, config, venue):
        cdef OrderCodecState* s
        cdef int32_t k
        codec_fits(config)
        s = self.state = <OrderCodecState*>calloc(1, sizeof(OrderCodecState))
        if s == NULL:
            raise MemoryError("order codec")
        s.venue = venue
        s.spot = config.venues[venue] == "binance-spot"
        s.good_till = (venue_orders(config, venue) & GTD) != 0
        s.instrument_count = len(config.instruments)
        s.currency_count = len(config.currencies)
        _prepare(s)
        for k, instrument in enumerate(config.instruments):
            instrument_fill(&s.instruments[k], instrument)
            _prepare_instrument(s, k, instrument)
        currencies_fill(s.currencies, config.currencies)
        self.codec.encode = orders_encode
        self.codec.decode = spot_decode if s.spot else orders_decode
        self.codec.context = s
        self.codec.replaces = s.spot

    def __dealloc__(self):
        free(self.state)
