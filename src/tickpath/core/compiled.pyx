"""What was compiled in, for Python: limits, struct layouts, exact division.

Facts only, no logic: limits.py, records.py and the tests read them.
"""

from libc.stdint cimport int64_t, uint64_t
from tickpath.core cimport ids
from tickpath.core cimport records as r
from tickpath.core.arena cimport Arena, arena_free, arena_init, arena_take
from tickpath.core.fixed cimport divide_half_even as _divide_half_even
from tickpath.core.fixed cimport grid_divide as _grid_divide
from tickpath.core.fixed cimport grid_init

def limits() -> dict[str, int]:
    """limits.toml as compiled, name to integer."""
    return {**_ceilings(), **_bounds()}


cdef dict _ceilings():
    """The table [risk]."""
    return {
        "position_ceiling_ppm": r.TP_POSITION_CEILING_PPM,
        "order_notional_ceiling_ppm": r.TP_ORDER_NOTIONAL_CEILING_PPM,
        "price_collar_ppm_max": r.TP_PRICE_COLLAR_PPM_MAX,
        "order_rate_per_s_max": r.TP_ORDER_RATE_PER_S_MAX,
        "message_rate_per_s_max": r.TP_MESSAGE_RATE_PER_S_MAX,
        "fat_finger_ppm_max": r.TP_FAT_FINGER_PPM_MAX,
        "open_orders_max": r.TP_OPEN_ORDERS_MAX,
        "leverage_ppm_max": r.TP_LEVERAGE_PPM_MAX,
        "concentration_ppm_max": r.TP_CONCENTRATION_PPM_MAX,
        "duplicate_ns_max": r.TP_DUPLICATE_NS_MAX,
        "duplicates_max": r.TP_DUPLICATES_MAX,
        "stale_ns_max": r.TP_STALE_NS_MAX,
        "crossed_ns_max": r.TP_CROSSED_NS_MAX,
        "crossed_messages_max": r.TP_CROSSED_MESSAGES_MAX,
    }


cdef dict _bounds():
    """The table [bounds]."""
    return {
        "instruments_max": r.TP_INSTRUMENTS_MAX,
        "sources_max": r.TP_SOURCES_MAX,
        "venues_max": r.TP_VENUES_MAX,
        "strategies_max": r.TP_STRATEGIES_MAX,
        "features_max": r.TP_FEATURES_MAX,
        "window_max": r.TP_WINDOW_MAX,
        "view_levels": r.TP_VIEW_LEVELS,
        "view_orders": r.TP_VIEW_ORDERS,
        "params_max": r.TP_PARAMS_MAX,
        "strategy_state_bytes_max": r.TP_STRATEGY_STATE_BYTES_MAX,
        "intents_max": r.TP_INTENTS_MAX,
        "orders_max": r.TP_ORDERS_MAX,
        "ended_orders_max": r.TP_ENDED_ORDERS_MAX,
        "notices_max": r.TP_NOTICES_MAX,
        "ack_ns_max": r.TP_ACK_NS_MAX,
        "query_ns": r.TP_QUERY_NS,
        "fills_remembered_max": r.TP_FILLS_REMEMBERED_MAX,
        "currencies_max": r.TP_CURRENCIES_MAX,
        "fifo_lots_max": r.TP_FIFO_LOTS_MAX,
        "bust_fills_max": r.TP_BUST_FILLS_MAX,
        "fx_pairs_max": r.TP_FX_PAIRS_MAX,
        "levels_per_frame_max": r.TP_LEVELS_PER_FRAME_MAX,
        "trades_per_frame_max": r.TP_TRADES_PER_FRAME_MAX,
        "frame_bytes_max": r.TP_FRAME_BYTES_MAX,
        "frame_padding_bytes": r.TP_FRAME_PADDING_BYTES,
        "nesting_max": r.TP_NESTING_MAX,
        "far_levels_max": r.TP_FAR_LEVELS_MAX,
        "ladder_window_ticks": r.TP_LADDER_WINDOW_TICKS,
        "presnapshot_events_max": r.TP_PRESNAPSHOT_EVENTS_MAX,
        "presnapshot_levels_max": r.TP_PRESNAPSHOT_LEVELS_MAX,
        "reports_per_frame_max": r.TP_REPORTS_PER_FRAME_MAX,
        "route_parents_max": r.TP_ROUTE_PARENTS_MAX,
        "route_nodes_max": r.TP_ROUTE_NODES_MAX,
        "order_bytes_max": r.TP_ORDER_BYTES_MAX,
        "out_bytes_max": r.TP_OUT_BYTES_MAX,
        "timers_max": r.TP_TIMERS_MAX,
        "decisions_max": r.TP_DECISIONS_MAX,
        "model_weights_max": r.TP_MODEL_WEIGHTS_MAX,
        "tree_nodes_max": r.TP_TREE_NODES_MAX,
        "tree_depth_max": r.TP_TREE_DEPTH_MAX,
        "model_layers_max": r.TP_MODEL_LAYERS_MAX,
        "model_width_max": r.TP_MODEL_WIDTH_MAX,
        "model_steps_max": r.TP_MODEL_STEPS_MAX,
        "bank_strategies_max": r.TP_BANK_STRATEGIES_MAX,
        "ring_slots_max": r.TP_RING_SLOTS_MAX,
        "ring_record_bytes_max": r.TP_RING_RECORD_BYTES_MAX,
        "slot_value_bytes_max": r.TP_SLOT_VALUE_BYTES_MAX,
        "slot_retries_max": r.TP_SLOT_RETRIES_MAX,
        "algorithms_max": r.TP_ALGORITHMS_MAX,
        "algorithm_slices_max": r.TP_ALGORITHM_SLICES_MAX,
        "breakers_max": r.TP_BREAKERS_MAX,
        "breaker_words_max": r.TP_BREAKER_WORDS_MAX,
        "portfolio_assets_max": r.TP_PORTFOLIO_ASSETS_MAX,
        "portfolio_window_max": r.TP_PORTFOLIO_WINDOW_MAX,
        "portfolio_paths_max": r.TP_PORTFOLIO_PATHS_MAX,
        "link_outgoing_bytes_max": r.TP_LINK_OUTGOING_BYTES_MAX,
        "poll_links_max": r.TP_POLL_LINKS_MAX,
        "poll_inbox_bytes_max": r.TP_POLL_INBOX_BYTES_MAX,
        "l3_orders_max": r.TP_L3_ORDERS_MAX,
        "l3_orders_per_instrument": r.TP_L3_ORDERS_PER_INSTRUMENT,
        "mold_lines_max": r.TP_MOLD_LINES_MAX,
        "mold_packets_max": r.TP_MOLD_PACKETS_MAX,
        "mold_packet_bytes_max": r.TP_MOLD_PACKET_BYTES_MAX,
        "mold_request_messages_max": r.TP_MOLD_REQUEST_MESSAGES_MAX,
    }


def sizes() -> dict[str, int]:
    """Bytes of every record."""
    return {
        "tp_grid": sizeof(r.tp_grid),
        "tp_instrument": sizeof(r.tp_instrument),
        "tp_level": sizeof(r.tp_level),
        "tp_trade": sizeof(r.tp_trade),
        "tp_market_event": sizeof(r.tp_market_event),
        "tp_book_top": sizeof(r.tp_book_top),
        "tp_bbo": sizeof(r.tp_bbo),
        "tp_feature_input": sizeof(r.tp_feature_input),
        "tp_window": sizeof(r.tp_window),
        "tp_indicator": sizeof(r.tp_indicator),
        "tp_intent": sizeof(r.tp_intent),
        "tp_intents": sizeof(r.tp_intents),
        "tp_open_order": sizeof(r.tp_open_order),
        "tp_position": sizeof(r.tp_position),
        "tp_view": sizeof(r.tp_view),
        "tp_request": sizeof(r.tp_request),
        "tp_decision": sizeof(r.tp_decision),
        "tp_report": sizeof(r.tp_report),
        "tp_order": sizeof(r.tp_order),
        "tp_figure": sizeof(r.tp_figure),
        "tp_portfolio": sizeof(r.tp_portfolio),
        "tp_committed": sizeof(r.tp_committed),
        "tp_limits": sizeof(r.tp_limits),
        "tp_risk_input": sizeof(r.tp_risk_input),
        "tp_own_orders": sizeof(r.tp_own_orders),
        "tp_order_update": sizeof(r.tp_order_update),
        "tp_decoder": sizeof(r.tp_decoder),
        "tp_codec": sizeof(r.tp_codec),
        "tp_engine_api": sizeof(r.tp_engine_api),
        "tp_out_header": sizeof(r.tp_out_header),
    }


def grid_divide(uint64_t value, uint64_t units) -> int:
    """value / units, or -1 when that is not exact. For tests of the native division."""
    cdef r.tp_grid g
    cdef int64_t count = -1
    grid_init(&g, units, 8)
    _grid_divide(&g, value, &count)
    return count


def divide_half_even(int64_t num, int64_t den) -> int:
    """num / den rounded half to even, den > 0. For tests of the native rounding."""
    return _divide_half_even(num, den)


def divide_product_half_even(int64_t a, int64_t b, int64_t den) -> int:
    """a * b / den with a 128-bit product, rounded half to even, den > 0. For tests."""
    return _divide_half_even(<r.int128>a * b, den)


def client_order_id(uint64_t engine, uint64_t epoch, uint64_t counter) -> int:
    """The native packing. For tests."""
    return ids.client_order_id(engine, epoch, counter)


def client_order_id_text(uint64_t value) -> bytes:
    """The native text. For tests."""
    cdef char[16] text
    ids.client_order_id_text(value, text)
    return text[:16]


def client_order_id_parse(bytes text) -> int:
    """The native parser. For tests."""
    return ids.client_order_id_parse(text, len(text))


def arena_offsets(size_t total, list sizes) -> list[int]:
    """Offset of each piece from the first line of a fresh arena, -1 when it did not fit; checks
    that a piece is zeroed. For tests."""
    cdef Arena arena
    cdef char* piece
    cdef char* first = NULL
    cdef size_t size
    cdef size_t k
    found = []
    if not arena_init(&arena, total):
        raise MemoryError("arena: no memory")
    try:
        for size in sizes:
            piece = <char*>arena_take(&arena, size)
            if piece == NULL:
                found.append(-1)
                continue
            first = piece if first == NULL else first
            for k in range(size):
                if piece[k] != 0:
                    raise AssertionError("arena: a piece is not zeroed")
                piece[k] = 1
            if <size_t>piece % 64 != 0:
                raise AssertionError("arena: a piece is not aligned")
            found.append(piece - first)
    finally:
        arena_free(&arena)
    return found
