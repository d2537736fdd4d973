"""Known keys of a checked JSON object, and the time stamps of the venue.

In: the first byte of an object or string of a text that `tp_text_check` has passed. Out: where the
values of the known keys begin; nanoseconds. Worst case: one pass over the object.
"""

from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcmp
from tickpath.hot.feed.scan cimport tp_string_copy
from tickpath.venues.text.market_fields cimport KEY_OTHER, members_read
from tickpath.venues.text.stamps cimport TIME_BYTES_MAX, time_ns

cdef enum:
    KEY_ASKS = 1                      # 0 is KEY_OTHER
    KEY_BEST_ASK, KEY_BEST_ASK_QUANTITY, KEY_BEST_ASK_SIZE, KEY_BEST_BID, KEY_BEST_BID_QUANTITY,
    KEY_BEST_BID_SIZE, KEY_BIDS, KEY_CHANGES, KEY_CHANNEL, KEY_EVENTS, KEY_NEW_QUANTITY, KEY_PRICE,
    KEY_PRICE_LEVEL, KEY_PRODUCT, KEY_SEQUENCE, KEY_SEQUENCE_NUM, KEY_SIDE, KEY_SIZE, KEY_TICKERS,
    KEY_TIME, KEY_TIMESTAMP, KEY_TRADES, KEY_TRADE_ID, KEY_TYPE, KEY_UPDATES, KEY_COUNT

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
    members_read(p, key_of, fields.at, KEY_COUNT)


cdef inline int64_t time_read(const char* p) noexcept nogil:
    """Nanoseconds of the string at `p` (NULL: absent), 0 when it is no time."""
    cdef char text[TIME_BYTES_MAX]
    cdef int64_t stamp
    if p == NULL or p[0] != c'"':
        return 0
    stamp = time_ns(text, tp_string_copy(p, text, TIME_BYTES_MAX))
    return stamp if stamp > 0 else 0
