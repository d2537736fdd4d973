"""Number and key scanning shared by the venues' decoders; the bodies are plain C in two headers.

scan_text.h: any JSON text, exactly as the reference reads it. Callers check the whole text first.
scan.h: the usual compact text; every function declines (0 or NULL) what it is not sure of.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from tickpath.core.records cimport tp_grid, tp_level

cdef extern from "../hot/feed/scan_text.h" nogil:
    int32_t tp_text_check(const char* text, const char* end) noexcept
    const char* tp_space_skip(const char* p) noexcept
    const char* tp_value_skip(const char* p) noexcept
    const char* tp_string_skip(const char* p) noexcept
    bint tp_is_space(char c) noexcept
    bint tp_string_is(const char* p, const char* word) noexcept
    int32_t tp_string_copy(const char* p, char* out, int32_t room) noexcept
    int32_t tp_number_units(const char* value, int32_t decimals, int64_t* units) noexcept

    ctypedef struct tp_cursor:
        const char* p
        int32_t quoted
        int32_t waiting

    void tp_cursor_init(tp_cursor* c, const char* value) noexcept
    int tp_cursor_next(tp_cursor* c) noexcept

cdef extern from "../hot/feed/scan.h" nogil:
    bint tp_match(const char* p, const char* word, int count) noexcept
    bint tp_take(const char** p, const char* word, int count) noexcept
    bint tp_scan_uint(const char** p, int64_t* out) noexcept
    bint tp_scan_quoted(const char** p, const tp_grid* grid, int64_t* count) noexcept
    const char* tp_scan_string(const char* p, const char** sign) noexcept
    const char* tp_scan_levels(
        const char* p, const tp_grid* price, const tp_grid* quantity, tp_level* out,
        int32_t count_max, int32_t* count, uint32_t* usual) noexcept
    uint64_t tp_load8(const char* p) noexcept
