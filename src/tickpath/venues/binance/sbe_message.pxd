"""SBE messages of the spot WebSocket API, native: a message's layout, then its block and its texts.

In: the bytes of one message. Out: a code, where its fields are. Layouts, verdicts and their order
are those of sbe_message.py. Every step is checked against the end; blocks are skipped by the
lengths in the frame. Texts and inner messages stay where the frame has them: valid during the call.
Worst case: a fixed number of steps a message, one an entry of the groups that are skipped.
"""

from libc.stdint cimport INT64_MAX, int8_t, int16_t, int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcmp, memcpy
from tickpath.core.codes cimport (
    TP_EXECUTE_REPORT, TP_FEED_SCHEMA, TP_FEED_SYNTAX, TP_FEED_TRUNCATED, TP_FEED_UNKNOWN_KIND,
    TP_OK,
)
from tickpath.core.ids cimport client_order_id_parse
from tickpath.core.records cimport tp_grid
from tickpath.venues.binance.wire_sbe cimport (
    SBE_HEADER_BYTES, SbeScale, sbe_count, sbe_i64, sbe_scale, sbe_u16,
)

cdef enum:
    SBE_ENVELOPE = 50
    SBE_ERROR = 100
    SBE_PLACED = 300
    SBE_PLACED_RESULT = 301
    SBE_PLACED_FULL = 302
    SBE_STANDING = 304
    SBE_CANCELLED = 305
    SBE_REPLACED = 307
    SBE_EXECUTION = 603
    SBE_TEXTS_MAX = 6
    SBE_TEMPLATE_END = 9              # high byte from which a frame could be text
    SBE_VERSION_KNOWN = 5             # of schema 3

cdef extern from *:
    """
    /* The shortest block, groups (1: fixed entries; 2: two, each entry ends with a text), texts and
       the widths of their lengths. A message without texts is not read. */
    typedef struct {
        int32_t template_id, block_bytes, groups, texts;
        unsigned char width[6];
    } tp_sbe_shape;
    #define TP_SBE_SHAPES 16
    static const tp_sbe_shape tp_sbe_shapes[TP_SBE_SHAPES] = {
        {603, 268, 0, 6, {1, 1, 1, 1, 1, 1}},
        {50, 3, 1, 2, {1, 4}},
        {100, 18, 0, 2, {2, 4}},
        {300, 24, 0, 2, {1, 1}},
        {301, 142, 0, 2, {1, 1}},
        {302, 142, 2, 2, {1, 1}},
        {304, 151, 0, 2, {1, 1}},
        {305, 126, 0, 3, {1, 1, 1}},
        {307, 2, 0, 2, {2, 4}},
        {600, 0, 0, 0, {0}}, {601, 0, 0, 0, {0}}, {602, 0, 0, 0, {0}}, {604, 0, 0, 0, {0}},
        {606, 0, 0, 0, {0}}, {607, 0, 0, 0, {0}}, {610, 0, 0, 0, {0}},
    };
    """
    ctypedef struct tp_sbe_shape:
        int32_t template_id
        int32_t block_bytes
        int32_t groups
        int32_t texts
        unsigned char width[6]
    enum:
        TP_SBE_SHAPES
    const tp_sbe_shape tp_sbe_shapes[TP_SBE_SHAPES]

cdef struct SbeText:
    const char* at
    int64_t bytes

cdef struct SbeMessage:
    const tp_sbe_shape* shape
    const char* block
    SbeText text[SBE_TEXTS_MAX]


cdef inline bint sbe_is(const char* data, int64_t bytes) noexcept nogil:
    """Whether a frame is a message and not text: no text has such a byte in that place."""
    return bytes >= SBE_HEADER_BYTES and <uint8_t>data[3] < SBE_TEMPLATE_END


# -- layout ----------------------------------------------------------------------------------------


cdef inline int32_t sbe_text(const char** p, const char* end, int32_t width,
                             SbeText* out) noexcept nogil:
    """A text or a message, whose length has `width` bytes."""
    cdef int64_t bytes = 0
    if end - p[0] < width:
        return TP_FEED_TRUNCATED
    memcpy(&bytes, p[0], <size_t>width)
    p[0] += width
    if end - p[0] < bytes:
        return TP_FEED_TRUNCATED
    out.at = p[0]
    out.bytes = bytes
    p[0] += bytes
    return TP_OK


cdef inline int32_t sbe_group_skip(const char** p, const char* end, bint wide) noexcept nogil:
    """A repeating group; entries of the wide ones end with a text."""
    cdef SbeText text
    cdef int64_t entry_bytes
    cdef int64_t count = 0
    cdef int64_t k
    cdef int32_t head = 6 if wide else 4
    if end - p[0] < head:
        return TP_FEED_TRUNCATED
    entry_bytes = sbe_u16(p[0])
    memcpy(&count, p[0] + 2, <size_t>(head - 2))
    p[0] += head
    if not wide:
        if end - p[0] < entry_bytes * count:
            return TP_FEED_TRUNCATED
        p[0] += entry_bytes * count
        return TP_OK
    for k in range(count):
        if end - p[0] < entry_bytes:
            return TP_FEED_TRUNCATED
        p[0] += entry_bytes
        if sbe_text(p, end, 1, &text) != TP_OK:
            return TP_FEED_TRUNCATED
    return TP_OK


cdef inline int32_t sbe_open(const char* data, int64_t bytes, SbeMessage* m) noexcept nogil:
    """Header and whole layout of one message."""
    cdef const char* p = data + SBE_HEADER_BYTES
    cdef const char* end = data + bytes
    cdef int32_t known = SBE_VERSION_KNOWN
    cdef int32_t k
    if bytes < SBE_HEADER_BYTES:
        return TP_FEED_TRUNCATED
    if sbe_u16(data + 4) != 3:
        if sbe_u16(data + 4) != 2 or sbe_u16(data + 6) == 0:
            return TP_FEED_SCHEMA
        known = 1
    m.shape = NULL
    for k in range(TP_SBE_SHAPES):
        if tp_sbe_shapes[k].template_id == sbe_u16(data + 2):
            m.shape = &tp_sbe_shapes[k]
            break
    if m.shape == NULL:
        return TP_FEED_UNKNOWN_KIND
    if sbe_u16(data) < m.shape.block_bytes:
        return TP_FEED_SCHEMA
    if end - p < sbe_u16(data):
        return TP_FEED_TRUNCATED
    m.block = p
    p += sbe_u16(data)
    for k in range(m.shape.groups):
        if sbe_group_skip(&p, end, m.shape.groups == 2) != TP_OK:
            return TP_FEED_TRUNCATED
    for k in range(m.shape.texts):
        if sbe_text(&p, end, m.shape.width[k], &m.text[k]) != TP_OK:
            return TP_FEED_TRUNCATED
    if m.shape.texts > 0 and sbe_u16(data + 6) <= known and p != end:
        return TP_FEED_SYNTAX
    return TP_OK


# -- fields ----------------------------------------------------------------------------------------


cdef inline bint sbe_text_is(const SbeText* text, const char* other, size_t bytes) noexcept nogil:
    return <size_t>text.bytes == bytes and memcmp(text.at, other, bytes) == 0


cdef inline uint64_t sbe_own_id(const SbeText* text) noexcept nogil:
    """The client order id, 0 when the text is not one of ours."""
    return client_order_id_parse(text.at, <uint64_t>text.bytes)


cdef inline int32_t sbe_id(const char* p, int64_t* out) noexcept nogil:
    out[0] = sbe_i64(p)
    return TP_OK if out[0] >= 0 else TP_EXECUTE_REPORT


cdef inline int32_t sbe_time(const char* p, int64_t* out) noexcept nogil:
    cdef int64_t stamp_us = sbe_i64(p)
    if not 0 <= stamp_us <= INT64_MAX // 1000:
        return TP_EXECUTE_REPORT
    out[0] = stamp_us * 1000
    return TP_OK


cdef inline int32_t sbe_steps(const char* mantissa, const char* exponent, const tp_grid* grid,
                              int64_t* out) noexcept nogil:
    """Whole ticks or lots."""
    cdef SbeScale scale
    sbe_scale(&scale, grid, <int8_t>exponent[0])
    if sbe_count(&scale, sbe_i64(mantissa), out) != TP_OK:
        return TP_EXECUTE_REPORT
    return TP_OK


cdef inline int32_t sbe_code(const SbeMessage* m, int32_t* out) noexcept nogil:
    """The venue's error code."""
    cdef int16_t code
    if m.shape.template_id != SBE_ERROR:
        return TP_EXECUTE_REPORT
    memcpy(&code, m.block, 2)
    out[0] = code
    return TP_OK
