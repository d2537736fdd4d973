"""Fields of order frames: ids of ours, numbers on their grid, and the check of a whole text.

In: where a value of a checked text begins, NULL: absent. Out: a code, and the value. Twin:
order_fields.py. Worst case: one pass over each field read.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport TP_EXECUTE_REPORT, TP_FEED_DIGITS, TP_FEED_OVERSIZED, TP_OK
from tickpath.core.fixed cimport grid_divide
from tickpath.core.ids cimport client_order_id_parse
from tickpath.core.records cimport TP_FRAME_BYTES_MAX, tp_grid
from tickpath.hot.feed.scan cimport tp_is_space, tp_number_units, tp_string_copy, tp_text_check

cdef enum:
    NUMBER_BYTES_MAX = 40


cdef inline int32_t object_check(const char** data, int64_t bytes) noexcept nogil:
    """TP_OK and `data` at the bracket when the whole text is one JSON object."""
    cdef const char* p = data[0]
    cdef const char* end = p + bytes
    cdef int32_t code
    if bytes > TP_FRAME_BYTES_MAX:
        return TP_FEED_OVERSIZED
    while p < end and tp_is_space(p[0]):
        p += 1
    if p == end or (p[0] != c"{" and p[0] != c"["):
        return TP_EXECUTE_REPORT
    code = tp_text_check(p, end)
    if code != TP_OK:
        return code
    data[0] = p
    return TP_OK if p[0] == c"{" else TP_EXECUTE_REPORT


cdef inline bint is_object(const char* value) noexcept nogil:
    return value != NULL and value[0] == c"{"


cdef inline bint is_string(const char* value) noexcept nogil:
    return value != NULL and value[0] == c'"'


cdef inline uint64_t own_id(const char* value) noexcept nogil:
    """The client order id, 0 when the text is not one of ours."""
    cdef char text[16]
    if not is_string(value):
        return 0
    return client_order_id_parse(text, <uint64_t>tp_string_copy(value, text, 16))


cdef inline bint number_letters(const char* text, int32_t bytes) noexcept nogil:
    """Whether there is nothing but what numbers are written with: a quoted text may hold more."""
    cdef int32_t k
    cdef char c
    for k in range(bytes):
        c = text[k]
        if not (c"0" <= c <= c"9" or c == c"." or c == c"+" or c == c"-" or c == c"e" or c == c"E"):
            return 0
    return 1


cdef inline int32_t number_of(const char* value, int32_t decimals, bint sign_allowed,
                              int64_t* out) noexcept nogil:
    """A bare or quoted number as an integer of 10^-decimals; TP_FEED_DIGITS: not exact."""
    cdef char text[NUMBER_BYTES_MAX + 1]
    cdef int32_t bytes
    cdef int32_t code
    cdef int32_t minus = 0
    if value == NULL:
        return TP_EXECUTE_REPORT
    if value[0] != c'"' and value[0] != c"-" and not (c"0" <= value[0] <= c"9"):
        return TP_EXECUTE_REPORT
    bytes = tp_string_copy(value, text, NUMBER_BYTES_MAX)
    if bytes > NUMBER_BYTES_MAX or not number_letters(text, bytes):
        return TP_EXECUTE_REPORT
    text[bytes] = 0
    if text[0] == c"-":
        if not sign_allowed:
            return TP_EXECUTE_REPORT
        minus = 1
    code = tp_number_units(text + minus, decimals, out)
    if minus:
        out[0] = -out[0]
    return code if code == TP_OK or code == TP_FEED_DIGITS else TP_EXECUTE_REPORT


cdef inline int32_t integer_of(const char* value, int64_t* out) noexcept nogil:
    return TP_OK if number_of(value, 0, 0, out) == TP_OK else TP_EXECUTE_REPORT


cdef inline int32_t steps_of(const char* value, const tp_grid* grid, int64_t* out) noexcept nogil:
    cdef int64_t units
    if number_of(value, grid.decimals, 0, &units) != TP_OK:
        return TP_EXECUTE_REPORT
    return TP_OK if grid_divide(grid, <uint64_t>units, out) else TP_EXECUTE_REPORT
