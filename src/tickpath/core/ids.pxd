"""Client order ids: engine id (16) . epoch (16) . counter (32); text is 16 lower-case hex digits.
"""

from libc.stdint cimport uint32_t, uint64_t


cdef inline uint64_t client_order_id(
    uint64_t engine, uint64_t epoch, uint64_t counter
) noexcept nogil:
    return (engine << 48) | (epoch << 32) | counter


cdef inline void client_order_id_text(uint64_t value, char* out) noexcept nogil:
    """16 characters, no terminator: fits the shortest venue rule (18)."""
    cdef const char* digits = b"0123456789abcdef"
    cdef int k
    for k in range(16):
        out[15 - k] = digits[value & 15]
        value >>= 4


cdef inline uint64_t client_order_id_parse(const char* text, uint64_t length) noexcept nogil:
    """0 when the text is not one of ours."""
    cdef uint64_t value = 0
    cdef uint64_t k
    cdef unsigned char c
    if length != 16:
        return 0
    for k in range(16):
        c = <unsigned char>text[k]
        if 48 <= c <= 57:
            value = (value << 4) | <uint64_t>(c - 48)
        elif 97 <= c <= 102:
            value = (value << 4) | <uint64_t>(c - 87)
        else:
            return 0
    return value
