"""NASDAQ TotalView-ITCH 5.0 messages: lengths, checks and the fields that books need.

In: one message. Out: a code. Same verdicts as itch.py, in the same order. A pointer to a message
that passed `itch_check` may be read up to the length of its type. Cost: a table look-up and a
compare; text that no book reads is checked by `itch_check_text` alone.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from tickpath.core.codes cimport (
    TP_FEED_ENCODING,
    TP_FEED_RANGE,
    TP_FEED_TRUNCATED,
    TP_FEED_UNKNOWN_KIND,
    TP_OK,
)

cdef extern from "../venues/nasdaq/itch_fields.h" nogil:
    enum:
        TP_ITCH_FIELDS_MAX
    ctypedef struct tp_itch_field:
        uint8_t offset
        uint8_t bytes
        uint8_t text
    const uint8_t tp_itch_lengths[256]
    const tp_itch_field tp_itch_fields[256][16]
    uint16_t be16 "tp_be16" (const char* p)
    uint32_t be32 "tp_be32" (const char* p)
    uint64_t be64 "tp_be64" (const char* p)
    uint64_t be48_after2 "tp_be48_after2" (const char* p)


cdef inline int32_t itch_check_text(const char* p) noexcept nogil:
    """ENCODING when a text field has a byte outside ASCII."""
    cdef const tp_itch_field* f = tp_itch_fields[<uint8_t>p[0]]
    cdef int32_t k
    while f.bytes != 0:
        if f.text:
            for k in range(f.bytes):
                if <uint8_t>p[f.offset + k] > 127:
                    return TP_FEED_ENCODING
        f += 1
    return TP_OK


cdef inline int32_t itch_check(const char* p, int64_t bytes) noexcept nogil:
    """Whether the message is long enough and says what a book depends on in known words."""
    cdef uint8_t kind, length
    if bytes <= 0:
        return TP_FEED_TRUNCATED
    kind = <uint8_t>p[0]
    length = tp_itch_lengths[kind]
    if length == 0:
        return TP_FEED_UNKNOWN_KIND
    if bytes < length:
        return TP_FEED_TRUNCATED
    if kind == c"A" or kind == c"F" or kind == c"P":
        if p[19] != c"B" and p[19] != c"S":
            return TP_FEED_RANGE
    elif kind == c"C":
        if p[31] != c"Y" and p[31] != c"N":
            return TP_FEED_RANGE
    return TP_OK


cdef inline uint16_t itch_locate(const char* p) noexcept nogil:
    return be16(p + 1)


cdef inline int64_t itch_time_ns(const char* p) noexcept nogil:
    """Nanoseconds since midnight of the venue's day."""
    return <int64_t>be48_after2(p + 5)
