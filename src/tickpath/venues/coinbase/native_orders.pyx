"""Python handle of the native Coinbase order codec: prepares its segments. No logic."""

from libc.stdint cimport int32_t
from libc.string cimport memcpy, memset
from tickpath.core.arena cimport arena_free, arena_init, arena_take
from tickpath.core.instruments cimport instrument_fill
from tickpath.hot.execute.id_index cimport IdEntry, index_init
from tickpath.venues.coinbase.order_decode cimport orders_decode
from tickpath.venues.coinbase.order_encode cimport (
    BODIES, BODY_FOK, BODY_GOOD_TILL, BODY_GTC, BODY_IOC, BODY_MARKET, BODY_POST_ONLY,
    BODY_STOP_LIMIT, orders_encode,
)
from tickpath.venues.coinbase.order_totals cimport (
    ENTRIES, ROWS, Total, totals_clear, totals_put,
)
from tickpath.venues.text.codec_face cimport codec_fits, grid_fill, segment_fill

from tickpath.core.backend import Available
from tickpath.venues.abilities import GTD, venue_orders
from tickpath.venues.coinbase.order_totals import (
    STATE_HEAD, STATE_ROW, STATE_VERSION, state_rows,
)
from tickpath.venues.coinbase.orders import ORDERS


def probe():
    """Available once this module was compiled and could be imported."""
    return Available(ok=True, reason="compiled")


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
        segment_fill(&s.body[body], f'"{names[body]}":{{"base_size":"')
        for side in range(2):
            tail = tails.get(body, '"')
            if body == BODY_STOP_LIMIT:
                way = ("UP", "DOWN")[side]
                tail = f'","stop_direction":"STOP_DIRECTION_STOP_{way}"'
            segment_fill(&s.tail[body][side], tail + "}}}")
    segment_fill(&s.open, f"POST {ORDERS} n")
    segment_fill(&s.client, '\n{"client_order_id":"')
    segment_fill(&s.cancel, f"POST {ORDERS}/batch_cancel c")
    segment_fill(&s.cancel_order, '\n{"order_ids":["@')
    segment_fill(&s.query, f"GET {ORDERS}/historical/@")
    segment_fill(&s.query_tag, " q")
    segment_fill(&s.price, '","limit_price":"')
    segment_fill(&s.trigger, '","stop_price":"')
    segment_fill(&s.till, '","end_time":"')
    return 0


cdef int _prepare_instrument(OrderCodecState* s, int32_t k, object instrument) except -1:
    cdef int side
    for side in range(2):
        name = ("BUY", "SELL")[side]
        segment_fill(&s.text[k].side[side], f'","product_id":"{instrument.symbol}","side":"{name}",'
                                        '"order_configuration":{')
    grid_fill(&s.text[k].grid, instrument)
    return 0


cdef class OrderCodec(CodecFace):
    """Requests to bytes and frames to reports, for one venue of the configuration."""

    def __cinit__(self, config, venue):
        cdef size_t rows = ROWS * sizeof(Total)
        cdef size_t entries = ENTRIES * sizeof(IdEntry)
        cdef OrderCodecState* s
        cdef int32_t k
        codec_fits(config)
        if not arena_init(&self.arena, sizeof(OrderCodecState) + rows + entries + 256):
            raise MemoryError("order codec")
        s = self.state = <OrderCodecState*>arena_take(&self.arena, sizeof(OrderCodecState))
        s.totals.rows = <Total*>arena_take(&self.arena, rows)
        index_init(&s.totals.index, <IdEntry*>arena_take(&self.arena, entries), ENTRIES)
        totals_clear(&s.totals)
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

    def export_state(self) -> bytes:
        """Canonical bytes: those of `order_totals.Totals.export_state`."""
        cdef Total* row
        cdef int32_t k, ended
        packed = []
        for ended in range(2):
            k = self.state.totals.lists[ended].first
            while k >= 0:
                row = &self.state.totals.rows[k]
                value = (<char*>&row.value)[:16]
                packed.append(STATE_ROW.pack(
                    row.client_order_id, row.lots, value, row.fee_units, ended))
                k = row.after
        return STATE_HEAD.pack(STATE_VERSION, len(packed)) + b"".join(packed)

    def import_state(self, data) -> None:
        """Continue from bytes that any backend exported. Raises DataError for anything else."""
        cdef Total t
        rows = state_rows(data)
        totals_clear(&self.state.totals)
        memset(&t, 0, sizeof(Total))
        for order, lots, value, fee, ended in rows:
            text = value.to_bytes(16, "little")
            t.client_order_id, t.lots, t.fee_units, t.ended = order, lots, fee, ended
            memcpy(&t.value, <const char*>text, 16)
            totals_put(&self.state.totals, &t)
