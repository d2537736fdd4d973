"""What the simulated venue reads and writes: text.h and request.h for Cython."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.records cimport tp_instrument

cdef extern from "../venues/sim/text.h" nogil:
    enum:
        TP_SIM_TEXT_BYTES
    ctypedef struct tp_sim_slice:
        const char* text
        int32_t bytes
    ctypedef struct tp_sim_request:
        tp_sim_slice id
        tp_sim_slice name
        tp_sim_slice method
    ctypedef struct tp_sim_line:
        const tp_instrument* instrument
        const char* settle
        const char* kind
        const char* status
        const char* order_type
        const char* time_in_force
        const char* position_side
        char id_text[16]
        tp_sim_slice request
        int32_t side
        int32_t maker
        int32_t reduce_only
        int32_t money_decimals
        int64_t order_id
        int64_t execution_id
        int64_t price_ticks
        int64_t quantity_lots
        int64_t filled_lots
        int64_t last_ticks
        int64_t last_lots
        int64_t quote_units
        int64_t last_quote_units
        int64_t trade_id
        int64_t fee_units
        int64_t t_ms
        int64_t created_ms
        int64_t stop_ticks
        int64_t display_lots
        int64_t good_till_ms
        int32_t waits
    bint request_parse "tp_sim_parse" (const char* text, tp_sim_request* out) noexcept
    bint param "tp_sim_param_of" (
        const tp_sim_request* r, const char* key, tp_sim_slice* out) noexcept
    bint slice_is "tp_sim_is" (tp_sim_slice s, const char* word) noexcept
    bint slice_units "tp_sim_units" (tp_sim_slice s, int32_t decimals, uint64_t* out) noexcept
    int32_t write_report "tp_sim_report" (char* out, const tp_sim_line* line) noexcept
    int32_t write_placed "tp_sim_reply_placed" (
        char* out, tp_sim_slice id, const tp_sim_line* line) noexcept
    int32_t write_cancelled "tp_sim_reply_cancelled" (
        char* out, tp_sim_slice id, const tp_sim_line* line) noexcept
    int32_t write_standing "tp_sim_reply_standing" (
        char* out, tp_sim_slice id, const tp_sim_line* line) noexcept
    int32_t write_error "tp_sim_reply_error" (
        char* out, tp_sim_slice id, int32_t code, const char* message) noexcept
    int32_t write_limited "tp_sim_reply_limited" (
        char* out, tp_sim_slice id, int32_t code, const char* message, int64_t now_ms,
        int64_t until_ms) noexcept
    int32_t write_replaced "tp_sim_replace_ok" (
        char* out, tp_sim_slice id, const tp_sim_line* old, const tp_sim_line* line) noexcept
    int32_t write_stopped "tp_sim_replace_stopped" (char* out, tp_sim_slice id) noexcept
    int32_t write_half "tp_sim_replace_half" (
        char* out, tp_sim_slice id, const tp_sim_line* old, int32_t code,
        const char* message) noexcept
