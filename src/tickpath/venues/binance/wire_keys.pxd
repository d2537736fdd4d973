"""Known keys of a checked JSON object, what a stream's name says, and time stamps.

In: the first byte of an object or string of a text that `tp_text_check` has passed. Out: where the
values of the known keys begin. Worst case: one pass over the object.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcmp
from tickpath.core.codes cimport TP_FEED_RANGE, TP_OK
from tickpath.hot.feed.scan cimport tp_cursor, tp_cursor_init, tp_cursor_next
from tickpath.venues.text.market_fields cimport KEY_OTHER, members_read
from tickpath.venues.text.market_state cimport WIRE_SYMBOL_BYTES

cdef enum:
    KEY_KIND = 1                      # 0 is KEY_OTHER
    KEY_TIME, KEY_SYMBOL, KEY_FIRST, KEY_LAST, KEY_PREV, KEY_BID, KEY_BID_SIZE, KEY_ASK,
    KEY_ASK_SIZE, KEY_PRICE, KEY_QUANTITY, KEY_TRADE, KEY_MAKER, KEY_TRADE_FIRST, KEY_TRADE_LAST,
    KEY_DATA, KEY_CODE, KEY_BIDS, KEY_ASKS, KEY_ERROR, KEY_STREAM, KEY_REST_SYMBOL, KEY_RESULT,
    KEY_REST_LAST, KEY_COUNT

cdef struct Fields:
    const char* at[KEY_COUNT]         # first byte of the key's last value, NULL when absent


cdef inline int32_t _key_of_one(char c) noexcept nogil:
    if c == c"e":
        return KEY_KIND
    if c == c"E":
        return KEY_TIME
    if c == c"s":
        return KEY_SYMBOL
    if c == c"U":
        return KEY_FIRST
    if c == c"u":
        return KEY_LAST
    if c == c"b":
        return KEY_BID
    if c == c"B":
        return KEY_BID_SIZE
    if c == c"a":
        return KEY_ASK
    if c == c"A":
        return KEY_ASK_SIZE
    if c == c"p":
        return KEY_PRICE
    if c == c"q":
        return KEY_QUANTITY
    if c == c"t":
        return KEY_TRADE
    if c == c"m":
        return KEY_MAKER
    if c == c"f":
        return KEY_TRADE_FIRST
    if c == c"l":
        return KEY_TRADE_LAST
    return KEY_OTHER


cdef inline int32_t key_of(const char* text, int32_t bytes) noexcept nogil:
    """The key's number; its text is decoded already."""
    if bytes == 1:
        return _key_of_one(text[0])
    if bytes == 2:
        return KEY_PREV if memcmp(text, b"pu", 2) == 0 else KEY_OTHER
    if bytes == 4:
        if memcmp(text, b"data", 4) == 0:
            return KEY_DATA
        if memcmp(text, b"bids", 4) == 0:
            return KEY_BIDS
        if memcmp(text, b"asks", 4) == 0:
            return KEY_ASKS
        return KEY_CODE if memcmp(text, b"code", 4) == 0 else KEY_OTHER
    if bytes == 5:
        return KEY_ERROR if memcmp(text, b"error", 5) == 0 else KEY_OTHER
    if bytes == 6:
        if memcmp(text, b"stream", 6) == 0:
            return KEY_STREAM
        if memcmp(text, b"symbol", 6) == 0:
            return KEY_REST_SYMBOL
        return KEY_RESULT if memcmp(text, b"result", 6) == 0 else KEY_OTHER
    if bytes == 12:
        return KEY_REST_LAST if memcmp(text, b"lastUpdateId", 12) == 0 else KEY_OTHER
    return KEY_OTHER


cdef inline void fields_read(const char* p, Fields* fields) noexcept nogil:
    """Where the known members of the object at `p` begin; the last of equal keys wins."""
    members_read(p, key_of, fields.at, KEY_COUNT)


cdef struct Stream:
    int32_t symbol_bytes              # -1: longer than any symbol
    bint partial                      # the channel is depth<digit>
    char symbol[WIRE_SYMBOL_BYTES]    # up to "@", upper case


cdef inline void stream_read(const char* p, Stream* stream) noexcept nogil:
    cdef const char* channel = b"depth"
    cdef tp_cursor cursor
    cdef int32_t n = 0
    cdef int32_t k
    cdef int b
    tp_cursor_init(&cursor, p)
    b = tp_cursor_next(&cursor)
    while b >= 0 and b != c"@":
        if n < WIRE_SYMBOL_BYTES:
            stream.symbol[n] = <char>(b - 32 if c"a" <= b <= c"z" else b)
        n += 1
        b = tp_cursor_next(&cursor)
    stream.symbol_bytes = n if n <= WIRE_SYMBOL_BYTES else -1
    stream.partial = 0
    if b < 0:
        return
    for k in range(5):
        if tp_cursor_next(&cursor) != channel[k]:
            return
    b = tp_cursor_next(&cursor)
    stream.partial = c"0" <= b <= c"9"

cdef inline int32_t wire_time_ns(int64_t stamp, int64_t* out) noexcept nogil:
    """Milliseconds below 10**13, else microseconds."""
    cdef int64_t factor = 1000000 if stamp < <int64_t>10000000000000 else 1000
    if stamp > <int64_t>0x7FFFFFFFFFFFFFFF // factor:
        return TP_FEED_RANGE
    out[0] = stamp * factor
    return TP_OK
