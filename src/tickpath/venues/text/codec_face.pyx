"""The Python handle of a native order codec: converts records. No logic.

A venue's handle owns the state that `codec.context` points to and fills in the slot.
"""

from libc.stdint cimport int32_t, uintptr_t
from libc.string cimport memcpy, memset
from tickpath.core.record_faces cimport report_out, request_in
from tickpath.core.records cimport (
    TP_FRAME_PADDING_BYTES,
    TP_INSTRUMENTS_MAX,
    TP_ORDER_BYTES_MAX,
    TP_REPORTS_PER_FRAME_MAX,
    tp_report,
    tp_request,
)
from tickpath.venues.text.order_numbers cimport (
    CURRENCIES_NAMED_MAX,
    CURRENCY_BYTES_MAX,
    TP_SEGMENT_BYTES,
)

from tickpath.core.errors import ConfigError
from tickpath.core.fixed import units_of
from tickpath.hot.execute import EncodeError


cdef int segment_fill(tp_segment* out, str text) except -1:
    """A text that requests are written of. Raises ConfigError for one that is too long."""
    cdef bytes data = text.encode()
    if len(data) > TP_SEGMENT_BYTES:
        raise ConfigError(f"order codec: {text!r} is longer than a segment: shorten the symbol")
    memset(out, 0, sizeof(tp_segment))
    memcpy(out.text, <const char*>data, len(data))
    out.bytes = <int32_t>len(data)
    return 0


cdef int currencies_fill(CurrencyName* out, object currencies) except -1:
    """Names as reports write them, and decimals. Raises ConfigError for a name without room."""
    cdef int32_t k
    for k, currency in enumerate(currencies):
        name = currency.name.encode()
        if not 1 <= len(name) < CURRENCY_BYTES_MAX:
            raise ConfigError(f"currency {currency.name!r}: 1..{CURRENCY_BYTES_MAX - 1} bytes")
        memcpy(out[k].text, <const char*>name, len(name))
        out[k].decimals = currency.decimals
    return 0


cdef int grid_fill(OrderGrid* out, object instrument) except -1:
    """Decimals and steps of an instrument."""
    out.price_decimals = instrument.price_decimals
    out.price_scale = 10 ** instrument.price_decimals
    out.price_step = units_of(instrument.tick_size, instrument.price_decimals)
    out.quantity_decimals = instrument.quantity_decimals
    out.quantity_scale = 10 ** instrument.quantity_decimals
    out.quantity_step = units_of(instrument.lot_size, instrument.quantity_decimals)
    return 0


cdef int codec_fits(object config) except -1:
    """Raises ConfigError when the tables of a codec have no room for the configuration."""
    if len(config.instruments) > TP_INSTRUMENTS_MAX:
        raise ConfigError("order codec: more instruments than limits.toml allows")
    if len(config.currencies) > CURRENCIES_NAMED_MAX:
        raise ConfigError(f"order codec: more than {CURRENCIES_NAMED_MAX} currencies")
    return 0


cdef class CodecFace:
    """Requests to bytes and frames to reports, for one venue of the configuration."""

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
