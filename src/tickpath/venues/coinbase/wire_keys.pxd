"""Known keys of a checked JSON object, and the time stamps of the venue.

In: the first byte of an object or string of a text that `tp_text_check` has passed. Out: where the
values of the known keys begin; nanoseconds. Worst case: one pass over the object.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcmp
from tickpath.hot.feed.scan cimport (
    tp_space_skip,
    tp_string_copy,
    tp_string_skip,
    tp_value_skip,
)

cdef enum:
    KEY_BYTES_MAX = 17
    TIME_BYTES_MIN = 20               # 2026-04-07T14:30:00Z
    TIME_BYTES_MAX = 30               # with nine digits behind a point
    YEAR_MIN = 1970
    YEAR_END = 2262

cdef enum:
    KEY_OTHER, KEY_ASKS, KEY_BEST_ASK, KEY_BEST_ASK_QUANTITY, KEY_BEST_ASK_SIZE, KEY_BEST_BID,
    KEY_BEST_BID_QUANTITY, KEY_BEST_BID_SIZE, KEY_BIDS, KEY_CHANGES, KEY_CHANNEL, KEY_EVENTS,
    KEY_NEW_QUANTITY, KEY_PRICE, KEY_PRICE_LEVEL, KEY_PRODUCT, KEY_SEQUENCE, KEY_SEQUENCE_NUM,
    KEY_SIDE, KEY_SIZE, KEY_TICKERS, KEY_TIME, KEY_TIMESTAMP, KEY_TRADES, KEY_TRADE_ID, KEY_TYPE,
    KEY_UPDATES, KEY_COUNT

cdef struct Fields:
    const char* at[KEY_COUNT]         # first byte of the key's last value, NULL when absent


cdef inline int32_t _pick(const char* text, const char* word, int32_t bytes,
                          int32_t key) noexcept nogil:
    return key if memcmp(text, word, bytes) == 0 else KEY_OTHER


cdef inline int32_t _key_of_four(const char* text) noexcept nogil:
    if text[0] == c"t":
        return _pick(text, b"type", 4, KEY_TYPE) | _pick(text, b"time", 4, KEY_TIME)
    if text[0] == c"s":
        return _pick(text, b"side", 4, KEY_SIDE) | _pick(text, b"size", 4, KEY_SIZE)
    return _pick(text, b"bids", 4, KEY_BIDS) | _pick(text, b"asks", 4, KEY_ASKS)


cdef inline int32_t _key_of_eight(const char* text) noexcept nogil:
    if text[0] == c"t":
        return _pick(text, b"trade_id", 8, KEY_TRADE_ID)
    if text[0] == c"s":
        return _pick(text, b"sequence", 8, KEY_SEQUENCE)
    return _pick(text, b"best_bid", 8, KEY_BEST_BID) | _pick(text, b"best_ask", 8, KEY_BEST_ASK)


cdef inline int32_t key_of(const char* text, int32_t bytes) noexcept nogil:
    """The key's number; its text is decoded already. No two words of a length are equal, so that at
    most one of joined picks is a key."""
    if bytes == 4:
        return _key_of_four(text)
    if bytes == 5:
        return _pick(text, b"price", 5, KEY_PRICE)
    if bytes == 6:
        return _pick(text, b"events", 6, KEY_EVENTS) | _pick(text, b"trades", 6, KEY_TRADES)
    if bytes == 7:
        if text[0] == c"c":
            return (_pick(text, b"channel", 7, KEY_CHANNEL)
                    | _pick(text, b"changes", 7, KEY_CHANGES))
        return _pick(text, b"updates", 7, KEY_UPDATES) | _pick(text, b"tickers", 7, KEY_TICKERS)
    if bytes == 8:
        return _key_of_eight(text)
    if bytes == 9:
        return _pick(text, b"timestamp", 9, KEY_TIMESTAMP)
    if bytes == 10:
        return _pick(text, b"product_id", 10, KEY_PRODUCT)
    if bytes == 11:
        return _pick(text, b"price_level", 11, KEY_PRICE_LEVEL)
    if bytes == 12:
        return (_pick(text, b"new_quantity", 12, KEY_NEW_QUANTITY)
                | _pick(text, b"sequence_num", 12, KEY_SEQUENCE_NUM))
    if bytes == 13:
        return (_pick(text, b"best_bid_size", 13, KEY_BEST_BID_SIZE)
                | _pick(text, b"best_ask_size", 13, KEY_BEST_ASK_SIZE))
    if bytes == 17:
        return (_pick(text, b"best_bid_quantity", 17, KEY_BEST_BID_QUANTITY)
                | _pick(text, b"best_ask_quantity", 17, KEY_BEST_ASK_QUANTITY))
    return KEY_OTHER


cdef inline void fields_read(const char* p, Fields* fields) noexcept nogil:
    """Where the known members of the object at `p` begin; the last of equal keys wins."""
    cdef char text[KEY_BYTES_MAX]
    cdef int32_t bytes
    cdef int32_t key
    cdef int k
    for k in range(KEY_COUNT):
        fields.at[k] = NULL
    p = tp_space_skip(p + 1)
    while p[0] != c"}":
        bytes = tp_string_copy(p, text, KEY_BYTES_MAX)
        key = key_of(text, bytes)
        p = tp_space_skip(tp_string_skip(p))
        p = tp_space_skip(p + 1)
        fields.at[key] = p
        p = tp_space_skip(tp_value_skip(p))
        if p[0] == c",":
            p = tp_space_skip(p + 1)
    fields.at[KEY_OTHER] = NULL


cdef inline const char* list_next(const char* p) noexcept nogil:
    """From an item of a list to the next one or to the closing bracket."""
    p = tp_space_skip(tp_value_skip(p))
    return tp_space_skip(p + 1) if p[0] == c"," else p


cdef inline int32_t _digits(const char* p, int32_t count) noexcept nogil:
    """The value of `count` digits, -1 when one of them is none."""
    cdef int32_t value = 0
    cdef int32_t k
    for k in range(count):
        if p[k] < c"0" or p[k] > c"9":
            return -1
        value = value * 10 + (p[k] - c"0")
    return value


cdef inline int32_t _month_days(int32_t year, int32_t month) noexcept nogil:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


cdef inline int64_t _days(int32_t year, int32_t month, int32_t day) noexcept nogil:
    """Days since 1970-01-01 of a date of the Gregorian calendar; years begin in March."""
    cdef int32_t y = year - (1 if month <= 2 else 0)
    cdef int32_t m = month + 9 if month <= 2 else month - 3
    cdef int64_t of_year = (153 * m + 2) / 5 + day - 1
    return <int64_t>365 * y + y / 4 - y / 100 + y / 400 + of_year - 719468


cdef inline int64_t _fraction_ns(const char* p, int32_t bytes) noexcept nogil:
    """`.` and one to nine digits as nanoseconds, -1 when they are not that."""
    cdef int64_t value
    cdef int32_t k
    if bytes < 2 or p[0] != c".":
        return -1
    value = _digits(p + 1, bytes - 1)
    for k in range(10 - bytes if value >= 0 else 0):
        value *= 10
    return value


cdef inline int64_t time_read(const char* p) noexcept nogil:
    """YYYY-MM-DDThh:mm:ss[.fraction]Z at `p` (NULL: absent) as nanoseconds, 0 when it is none."""
    cdef char t[TIME_BYTES_MAX]
    cdef int32_t bytes
    cdef int32_t year, month, day, hour, minute, second
    cdef int64_t fraction = 0
    if p == NULL or p[0] != c'"':
        return 0
    bytes = tp_string_copy(p, t, TIME_BYTES_MAX)
    if bytes < TIME_BYTES_MIN or bytes > TIME_BYTES_MAX or t[bytes - 1] != c"Z":
        return 0
    if (t[4] != c"-" or t[7] != c"-" or t[10] != c"T" or t[13] != c":" or t[16] != c":"):
        return 0
    year = _digits(t, 4)
    month = _digits(t + 5, 2)
    day = _digits(t + 8, 2)
    hour = _digits(t + 11, 2)
    minute = _digits(t + 14, 2)
    second = _digits(t + 17, 2)
    if bytes > TIME_BYTES_MIN:
        fraction = _fraction_ns(t + 19, bytes - TIME_BYTES_MIN)
    if year < YEAR_MIN or year >= YEAR_END or month < 1 or month > 12 or day < 1 or fraction < 0:
        return 0
    if day > _month_days(year, month) or hour < 0 or hour > 23 or minute < 0 or minute > 59:
        return 0
    if second < 0 or second > 59:
        return 0
    cdef int64_t hours = _days(year, month, day) * 24 + hour
    return (hours * 3600 + minute * 60 + second) * 1000000000 + fraction
