"""Members, ids, prices, quantities and levels of a JSON text that `tp_text_check` has passed.

In: where a value begins. Out: a code, and the value. Twin: market_fields.py.
Worst case: one pass over each field read.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.core.codes cimport (
    TP_FEED_LEVELS,
    TP_FEED_MISSING_FIELD,
    TP_FEED_OFF_GRID,
    TP_FEED_RANGE,
    TP_FEED_WRONG_TYPE,
    TP_OK,
)
from tickpath.core.fixed cimport grid_divide
from tickpath.core.records cimport TP_LEVELS_PER_FRAME_MAX, tp_grid, tp_instrument, tp_level
from tickpath.hot.feed.scan cimport (
    tp_number_units,
    tp_space_skip,
    tp_string_copy,
    tp_string_skip,
    tp_value_skip,
)

cdef enum:
    KEY_BYTES_MAX = 17                # longest key that a venue's frames are read by
    KEY_OTHER = 0                     # of every venue: a key that it does not know

ctypedef int32_t (*KeyOf)(const char* text, int32_t bytes) noexcept nogil


cdef inline const char* list_next(const char* p) noexcept nogil:
    """From an item of a list, or the value of a member, to the next one or the closing bracket."""
    p = tp_space_skip(tp_value_skip(p))
    return tp_space_skip(p + 1) if p[0] == c"," else p


cdef inline const char* member_next(const char* p, KeyOf key_of, int32_t* key) noexcept nogil:
    """`p` at the quote of a key: its number, and where its value begins. `key_of` is inlined where
    it is named; it is given a decoded text, of a longer key its length alone."""
    cdef char text[KEY_BYTES_MAX]
    key[0] = key_of(text, tp_string_copy(p, text, KEY_BYTES_MAX))
    p = tp_space_skip(tp_string_skip(p))
    return tp_space_skip(p + 1)


cdef inline void members_read(
        const char* p, KeyOf key_of, const char** at, int32_t count) noexcept nogil:
    """Where the values of the object at `p` begin, by key; NULL: absent. The last of equal keys
    wins."""
    cdef int32_t key
    cdef int32_t k
    for k in range(count):
        at[k] = NULL
    p = tp_space_skip(p + 1)
    while p[0] != c"}":
        p = member_next(p, key_of, &key)
        at[key] = p
        p = list_next(p)
    at[KEY_OTHER] = NULL


cdef inline int32_t id_read(const char* p, int64_t* out) noexcept nogil:
    if p == NULL:
        return TP_FEED_MISSING_FIELD
    return tp_number_units(p, 0, out)


cdef inline int32_t count_read(
        const char* p, const tp_grid* grid, bint positive, int64_t* out) noexcept nogil:
    """A price or quantity as ticks or lots."""
    cdef int64_t units = 0
    cdef int32_t code
    if p == NULL:
        return TP_FEED_MISSING_FIELD
    code = tp_number_units(p, grid.decimals, &units)
    if code != TP_OK:
        return code
    if not grid_divide(grid, <uint64_t>units, out):
        return TP_FEED_OFF_GRID
    return TP_FEED_RANGE if positive and out[0] == 0 else TP_OK


cdef inline int32_t level_read(
        const char* p, const tp_instrument* instrument, tp_level* out) noexcept nogil:
    """[price, quantity, ...]"""
    cdef int32_t code
    if p[0] != c"[":
        return TP_FEED_WRONG_TYPE
    p = tp_space_skip(p + 1)
    if p[0] == c"]":
        return TP_FEED_WRONG_TYPE
    cdef const char* price = p
    p = tp_space_skip(tp_value_skip(p))
    if p[0] != c",":
        return TP_FEED_WRONG_TYPE
    code = count_read(price, &instrument.price, 1, &out.price_ticks)
    if code != TP_OK:
        return code
    return count_read(tp_space_skip(p + 1), &instrument.quantity, 0, &out.quantity_lots)


cdef inline int32_t levels_read(
        const char* p, const tp_instrument* instrument, tp_level* out,
        int32_t* count) noexcept nogil:
    cdef int32_t n = 0
    cdef int32_t code
    if p == NULL:
        return TP_FEED_MISSING_FIELD
    if p[0] != c"[":
        return TP_FEED_WRONG_TYPE
    p = tp_space_skip(p + 1)
    while p[0] != c"]":
        if n == TP_LEVELS_PER_FRAME_MAX:
            return TP_FEED_LEVELS
        code = level_read(p, instrument, &out[n])
        if code != TP_OK:
            return code
        n += 1
        p = list_next(p)
    count[0] = n
    return TP_OK
