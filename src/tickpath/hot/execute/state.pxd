"""The state of execute: what send.pxd and apply.pxd work on. The engine's thread writes it."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.arena cimport Arena
from tickpath.core.records cimport (
    TP_INSTRUMENTS_MAX, TP_VENUES_MAX, tp_codec, tp_decision, tp_instrument, tp_own_orders,
    tp_position,
)
from tickpath.hot.execute.money cimport MoneyState
from tickpath.hot.execute.order_table cimport OrderTable

cdef struct ExecuteState:
    tp_position* positions            # [instrument], of `money`
    tp_own_orders* own                # [strategy * TP_INSTRUMENTS_MAX + instrument]
    MoneyState* money
    OrderTable table
    uint64_t id_prefix                # engine id and epoch
    uint64_t id_counter               # ids minted so far
    int32_t instrument_count
    int32_t currency_count
    int32_t venue_count
    int32_t decision_count            # records waiting for the driver
    int64_t out_bytes
    char* out                         # [TP_OUT_BYTES_MAX] tp_out_header + bytes, packed
    tp_decision* decisions            # [TP_DECISIONS_MAX]
    tp_codec codecs[TP_VENUES_MAX]    # encode is NULL where the venue has none
    tp_instrument instruments[TP_INSTRUMENTS_MAX]
    Arena arena
