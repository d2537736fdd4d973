"""The structs of records.h for Cython: same names, same fields; a test compares the layout."""

from libc.stdint cimport int16_t, int32_t, int64_t, uint32_t, uint64_t

cdef extern from "records.h" nogil:
    ctypedef long long int128 "__int128"   # arithmetic is done by the C compiler in full width

    enum:
        TP_POSITION_CEILING_PPM
        TP_ORDER_NOTIONAL_CEILING_PPM
        TP_PRICE_COLLAR_PPM_MAX
        TP_ORDER_RATE_PER_S_MAX
        TP_MESSAGE_RATE_PER_S_MAX
        TP_FAT_FINGER_PPM_MAX
        TP_OPEN_ORDERS_MAX
        TP_LEVERAGE_PPM_MAX
        TP_CONCENTRATION_PPM_MAX
        TP_DUPLICATES_MAX
        TP_CROSSED_MESSAGES_MAX
        TP_INSTRUMENTS_MAX
        TP_SOURCES_MAX
        TP_VENUES_MAX
        TP_STRATEGIES_MAX
        TP_FEATURES_MAX
        TP_WINDOW_MAX
        TP_VIEW_LEVELS
        TP_VIEW_ORDERS
        TP_PARAMS_MAX
        TP_STRATEGY_STATE_BYTES_MAX
        TP_INTENTS_MAX
        TP_ORDERS_MAX
        TP_ENDED_ORDERS_MAX
        TP_NOTICES_MAX
        TP_QUERY_NS
        TP_FILLS_REMEMBERED_MAX
        TP_CURRENCIES_MAX
        TP_FIFO_LOTS_MAX
        TP_BUST_FILLS_MAX
        TP_FX_PAIRS_MAX
        TP_LEVELS_PER_FRAME_MAX
        TP_L3_ORDERS_MAX
        TP_L3_ORDERS_PER_INSTRUMENT
        TP_MOLD_LINES_MAX
        TP_MOLD_PACKETS_MAX
        TP_MOLD_PACKET_BYTES_MAX
        TP_MOLD_REQUEST_MESSAGES_MAX
        TP_TRADES_PER_FRAME_MAX
        TP_FRAME_BYTES_MAX
        TP_FRAME_PADDING_BYTES
        TP_NESTING_MAX
        TP_FAR_LEVELS_MAX
        TP_LADDER_WINDOW_TICKS
        TP_PRESNAPSHOT_EVENTS_MAX
        TP_PRESNAPSHOT_LEVELS_MAX
        TP_REPORTS_PER_FRAME_MAX
        TP_ROUTE_PARENTS_MAX
        TP_ROUTE_NODES_MAX
        TP_ORDER_BYTES_MAX
        TP_OUT_BYTES_MAX
        TP_TIMERS_MAX
        TP_DECISIONS_MAX
        TP_MODEL_WEIGHTS_MAX
        TP_TREE_NODES_MAX
        TP_TREE_DEPTH_MAX
        TP_MODEL_LAYERS_MAX
        TP_MODEL_WIDTH_MAX
        TP_MODEL_STEPS_MAX
        TP_BANK_STRATEGIES_MAX
        TP_RING_SLOTS_MAX
        TP_RING_RECORD_BYTES_MAX
        TP_SLOT_VALUE_BYTES_MAX
        TP_SLOT_RETRIES_MAX
        TP_ALGORITHMS_MAX
        TP_ALGORITHM_SLICES_MAX
        TP_BREAKERS_MAX
        TP_BREAKER_WORDS_MAX
        TP_PORTFOLIO_ASSETS_MAX
        TP_PORTFOLIO_WINDOW_MAX
        TP_PORTFOLIO_PATHS_MAX
        TP_LINK_OUTGOING_BYTES_MAX
        TP_POLL_LINKS_MAX
        TP_POLL_INBOX_BYTES_MAX
    const int64_t TP_STALE_NS_MAX
    const int64_t TP_DUPLICATE_NS_MAX
    const int64_t TP_CROSSED_NS_MAX
    const int64_t TP_ACK_NS_MAX

    enum:
        TP_BUY
        TP_SELL
    enum:
        TP_SPOT
        TP_LINEAR
        TP_INVERSE
    enum:
        TP_INPUT_MARKET
        TP_INPUT_ORDER
        TP_INPUT_TIMER
        TP_INPUT_COMMAND
        TP_INPUT_SLOT
    enum:
        TP_EVENT_NONE
        TP_EVENT_DEPTH
        TP_EVENT_SNAPSHOT
        TP_EVENT_BBO
        TP_EVENT_TRADE
        TP_EVENT_ORDER
        TP_EVENT_TIMER
        TP_EVENT_STATUS
    enum:
        TP_CHAIN_FIRST
        TP_CHAIN_PREV
        TP_CHAIN_NONE
        TP_CHECKSUM_NONE
        TP_CHECKSUM_CRC32_TEN
        TP_BOOK_EMPTY
        TP_BOOK_OK
        TP_BOOK_STATUS_CROSSED
        TP_BOOK_STALE
    enum:
        TP_LIMIT
        TP_MARKET
        TP_POST_ONLY
        TP_STOP
        TP_STOP_LIMIT
        TP_TRAILING_STOP
    enum:
        TP_GTC
        TP_IOC
        TP_FOK
    enum:
        TP_SUBMIT
        TP_CANCEL
        TP_REPLACE
        TP_SET_TIMER
        TP_QUERY
    enum:
        TP_REDUCE_ONLY
        TP_TRIGGER_MID
        TP_TRIGGER_BBO
        TP_POSITION_LONG
        TP_POSITION_SHORT
        TP_ALGORITHM_SHIFT
        TP_ALGORITHM_NONE
    enum:
        TP_LINK_OCO
        TP_LINK_ENTRY
        TP_LINK_CHILD
    enum:
        TP_ORDER_FREE
        TP_ORDER_PENDING_NEW
        TP_ORDER_LIVE
        TP_ORDER_PENDING_CANCEL
        TP_ORDER_PENDING_REPLACE
        TP_ORDER_UNKNOWN
        TP_ORDER_FILLED
        TP_ORDER_CANCELLED
        TP_ORDER_REJECTED
        TP_ORDER_EXPIRED
        TP_ORDER_PARKED
    enum:
        TP_REPORT_NONE
        TP_REPORT_ACK
        TP_REPORT_FILL
        TP_REPORT_CANCEL_ACK
        TP_REPORT_REPLACE_ACK
        TP_REPORT_REJECT
        TP_REPORT_CANCEL_REJECT
        TP_REPORT_EXPIRE
        TP_REPORT_UNKNOWN
        TP_REPORT_BUST
    enum:
        TP_KILLED
        TP_REDUCE_ONLY_ALL
        TP_VENUE_CLOSED
        TP_BLOCK_SHIFT

    enum:
        TP_WATCH_VAR
        TP_WATCH_SHORTFALL
        TP_WATCH_CORRELATED

    ctypedef struct tp_grid:
        uint64_t units
        uint64_t inverse
        uint64_t limit
        int32_t shift
        int32_t decimals

    ctypedef struct tp_instrument:
        int32_t index
        int32_t venue
        int32_t kind
        int32_t trading
        tp_grid price
        tp_grid quantity
        int32_t price_decimals
        int32_t quantity_decimals
        int64_t quantity_lots_min
        int64_t quantity_lots_max
        int64_t order_step_lots
        int64_t notional_units_min
        int64_t value_num
        int64_t value_den
        int32_t maker_fee_ppm
        int32_t taker_fee_ppm
        int32_t base
        int32_t quote
        int32_t settle
        int32_t symbol_bytes
        char symbol[32]

    ctypedef struct tp_level:
        int64_t price_ticks
        int64_t quantity_lots

    ctypedef struct tp_trade:
        int64_t trade_id
        int64_t price_ticks
        int64_t quantity_lots
        int32_t aggressor
        int32_t reserved

    ctypedef struct tp_market_event:
        int32_t kind
        int32_t source
        int32_t instrument
        int32_t chained
        int64_t t_recv_ns
        int64_t t_venue_ns
        int64_t first_id
        int64_t last_id
        int64_t prev_id
        int32_t bid_count
        int32_t ask_count
        int32_t trade_count
        int32_t depth
        tp_level* bids
        tp_level* asks
        tp_trade* trades
        uint32_t checksum
        int32_t checksum_kind
        int32_t lost

    ctypedef struct tp_book_top:
        int64_t bid_ticks
        int64_t bid_lots
        int64_t ask_ticks
        int64_t ask_lots
        int64_t last_id
        int64_t t_recv_ns
        int32_t status
        int32_t bid_count
        int32_t ask_count
        int32_t reserved
        tp_level bids[TP_VIEW_LEVELS]
        tp_level asks[TP_VIEW_LEVELS]

    ctypedef struct tp_bbo:
        int64_t update_id
        int64_t t_recv_ns
        int64_t bid_ticks
        int64_t bid_lots
        int64_t ask_ticks
        int64_t ask_lots

    ctypedef struct tp_feature_input:
        int32_t kind
        int32_t reserved
        int64_t now_ns
        const tp_book_top* top
        const tp_bbo* bbo
        const tp_trade* trade

    ctypedef struct tp_window:
        double* items
        int64_t size
        int64_t capacity
        int64_t position
        int64_t held
        double f[14]

    ctypedef struct tp_indicator:
        void (*step)(tp_indicator* s, const double* x) noexcept nogil
        int32_t stem
        int32_t source
        int32_t feed
        int32_t offset
        int32_t width
        int32_t levels
        int64_t period
        int64_t count
        double value
        double p[8]
        double f[12]
        tp_window windows[6]
        int64_t bar_samples
        int64_t mark
        double bar[5]

    ctypedef struct tp_intent:
        int32_t kind
        int32_t strategy
        int32_t instrument
        int32_t side
        int32_t type
        int32_t time_in_force
        int32_t flags
        int32_t tag
        int64_t price_ticks
        int64_t quantity_lots
        uint64_t client_order_id
        int64_t at_ns
        int64_t trigger_ticks
        int64_t expire_ns
        int64_t display_lots
        int32_t link
        int32_t role

    ctypedef struct tp_intents:
        int32_t count
        int32_t overflow
        tp_intent items[TP_INTENTS_MAX]

    ctypedef struct tp_open_order:
        uint64_t client_order_id
        int64_t price_ticks
        int64_t leaves_lots
        int32_t side
        int32_t state
        int32_t tag
        int32_t reserved

    ctypedef struct tp_position:
        int64_t position_lots
        int64_t open_buy_lots
        int64_t open_sell_lots
        int64_t open_order_count
        int64_t realised_units
        int64_t fee_units
        int64_t bought_lots
        int64_t sold_lots
        int128 entry_value

    ctypedef struct tp_view:
        uint32_t abi
        int32_t strategy
        int32_t instrument
        int32_t event
        int64_t now_ns
        uint64_t seq
        tp_book_top top
        tp_bbo bbo
        tp_trade trade
        int64_t position_lots
        int64_t open_buy_lots
        int64_t open_sell_lots
        int32_t order_count
        int32_t feature_count
        int32_t score_valid
        int32_t timer_tag
        double score
        double features[TP_FEATURES_MAX]
        tp_open_order orders[TP_VIEW_ORDERS]
        tp_open_order order
        int64_t fill_ticks
        int64_t fill_lots
        int64_t params_i[TP_PARAMS_MAX]
        double params_f[TP_PARAMS_MAX]
        uint64_t random

    ctypedef void (*tp_strategy_fn)(
        const tp_view* view, void* state, tp_intents* out) noexcept nogil

    ctypedef struct tp_request:
        int32_t kind
        int32_t venue
        int32_t instrument
        int32_t strategy
        int32_t side
        int32_t type
        int32_t time_in_force
        int32_t flags
        int32_t tag
        int32_t link
        int64_t price_ticks
        int64_t quantity_lots
        uint64_t client_order_id
        uint64_t orig_client_order_id
        int64_t expire_ns
        int64_t trigger_ticks
        int64_t display_lots
        int32_t role
        int32_t reserved

    ctypedef struct tp_decision:
        uint64_t seq
        uint64_t client_order_id
        uint64_t orig_client_order_id
        int64_t price_ticks
        int64_t quantity_lots
        int32_t instrument
        int32_t venue
        int16_t kind
        int16_t side
        int16_t type
        int16_t time_in_force
        int32_t strategy
        int32_t flags

    ctypedef struct tp_report:
        int32_t kind
        int32_t instrument
        int32_t maker
        int32_t code
        uint64_t client_order_id
        uint64_t orig_client_order_id
        int64_t venue_order_id
        int64_t trade_id
        int64_t last_ticks
        int64_t last_lots
        int64_t cumulative_lots
        int64_t fee_units
        int32_t fee_currency
        int32_t reserved
        int64_t t_venue_ns

    ctypedef struct tp_order:
        uint64_t client_order_id
        int64_t venue_order_id
        int32_t instrument
        int32_t strategy
        int32_t venue
        int32_t side
        int32_t type
        int32_t time_in_force
        int32_t state
        int32_t tag
        int64_t price_ticks
        int64_t quantity_lots
        int64_t filled_lots
        int64_t t_sent_ns
        uint64_t replaced_by
        int32_t flags
        int32_t reserved

    ctypedef struct tp_committed:
        int128 buy_value
        int64_t market_buy_lots
        int64_t best_buy
        int64_t best_sell
        int64_t reserved

    ctypedef struct tp_limits:
        int64_t order_lots_max
        int64_t order_notional_units_max
        int64_t position_ceiling_ppm
        int64_t price_collar_ppm
        int64_t order_rate_per_s
        int64_t order_burst
        int64_t stale_ns
        int64_t reference_collar_ppm
        int64_t fat_finger_ppm
        int64_t open_orders_max
        int64_t duplicate_ns
        int64_t venue_order_rate_per_s
        int64_t venue_order_burst
        int64_t message_rate_per_s
        int64_t message_burst
        int64_t venue_message_rate_per_s
        int64_t venue_message_burst
        int64_t gross_units_max
        int64_t net_units_max
        int64_t leverage_ppm
        int64_t concentration_ppm

    ctypedef struct tp_figure:
        int64_t var_units
        int64_t var_units_max
        int64_t shortfall_units
        int64_t shortfall_units_max
        int64_t from_ns
        int64_t age_ns_max

    ctypedef struct tp_portfolio:
        int64_t watched
        tp_figure historical
        tp_figure parametric
        tp_figure monte_carlo
        int64_t correlated_units_max
        int64_t correlated_from_ns
        int64_t correlated_age_ns_max
        int64_t correlated_units[TP_INSTRUMENTS_MAX]

    ctypedef struct tp_risk_input:
        const tp_intent* intent
        const tp_instrument* instrument
        const tp_position* position
        const tp_limits* limits
        const tp_book_top* top
        const tp_bbo* bbo
        const tp_portfolio* portfolio
        int64_t last_trade_ticks
        int64_t equity_units
        int64_t now_ns
        int64_t last_market_ns
        int64_t pending_buy_lots
        int64_t pending_sell_lots
        int64_t replaced_lots
        int64_t order_room_ns
        int64_t venue_order_room_ns
        int64_t message_room_ns
        int64_t venue_message_room_ns
        int64_t reference_ticks
        int64_t duplicate_age_ns
        int64_t own_opposite_ticks
        int64_t open_orders
        int64_t gross_units
        int64_t net_units
        int64_t group_units
        int64_t power_needed
        int64_t power_free
        int64_t own_ticks
        int64_t reach_ticks
        int64_t value_ticks
        uint64_t reference2
        int64_t given_lots
        int64_t added_lots
        int128 worst_lots
        int32_t exposure_unknown
        int32_t cash_account
        int32_t instrument_known
        int32_t flags

    ctypedef struct tp_own_orders:
        int32_t count
        int32_t reserved
        tp_open_order items[TP_VIEW_ORDERS]

    ctypedef struct tp_order_update:
        int32_t code
        int32_t strategy
        int32_t instrument
        int32_t report
        tp_open_order order
        int64_t fill_ticks
        int64_t fill_lots

    ctypedef int32_t (*tp_decode_fn)(
        void* context, const char* data, int64_t bytes, tp_market_event* event) noexcept nogil
    ctypedef int32_t (*tp_decode_next_fn)(
        void* context, tp_market_event* event, int32_t* code) noexcept nogil
    ctypedef int32_t (*tp_encode_fn)(
        void* context, const tp_request* request, int64_t now_ns, char* out) noexcept nogil
    ctypedef int32_t (*tp_report_fn)(
        void* context, const char* data, int64_t bytes, tp_report* reports, int32_t* count
    ) noexcept nogil

    ctypedef struct tp_decoder:
        tp_decode_fn decode
        void* context
        tp_decode_next_fn next
        const int64_t* sequence

    ctypedef struct tp_codec:
        tp_encode_fn encode
        tp_report_fn decode
        void* context
        int32_t replaces
        int32_t reserved

    ctypedef struct tp_engine_api:
        void* engine
        int32_t (*on_market_frame)(
            void* engine, int32_t source, const char* data, int64_t bytes, int64_t t_ns
        ) noexcept nogil
        int32_t (*on_order_frame)(
            void* engine, int32_t source, const char* data, int64_t bytes, int64_t t_ns
        ) noexcept nogil
        int32_t (*on_timer)(void* engine, int64_t t_ns) noexcept nogil
        int64_t (*next_timer)(void* engine) noexcept nogil
        const char* (*out)(void* engine, int64_t* bytes) noexcept nogil
        void (*catch_up)(void* engine) noexcept nogil

    ctypedef struct tp_out_header:
        int32_t venue
        int32_t bytes
        uint64_t client_order_id
