"""Known keys of a checked JSON object of Kraken.

In: the first byte of an object of a text that `tp_text_check` has passed. Out: where the values of
the known keys begin. Worst case: one pass over the object, a table walk a key.
"""

from libc.stdint cimport int32_t
from libc.string cimport memcmp
from tickpath.hot.feed.scan cimport tp_space_skip
from tickpath.venues.text.market_fields cimport KEY_OTHER, list_next, member_next, members_read

cdef extern from *:
    """
    #define TP_KRAKEN_WORDS 24
    static const char* const tp_kraken_words[TP_KRAKEN_WORDS] = {
        "channel", "type", "data", "method", "event", "error", "symbol", "bids", "asks", "checksum",
        "timestamp", "price", "qty", "bid", "bid_qty", "ask", "ask_qty", "side", "trade_id", "as",
        "bs", "a", "b", "c"
    };
    static const signed char tp_kraken_word_bytes[TP_KRAKEN_WORDS] = {
        7, 4, 4, 6, 5, 5, 6, 4, 4, 8, 9, 5, 3, 3, 7, 3, 7, 4, 8, 2, 2, 1, 1, 1
    };
    """
    enum:
        TP_KRAKEN_WORDS
    const char* const tp_kraken_words[TP_KRAKEN_WORDS]
    const signed char tp_kraken_word_bytes[TP_KRAKEN_WORDS]

cdef enum:
    KEY_CHANNEL = 1                   # the place of its word from 1 on; 0 is KEY_OTHER
    KEY_TYPE, KEY_DATA, KEY_METHOD, KEY_EVENT, KEY_ERROR, KEY_SYMBOL, KEY_BIDS, KEY_ASKS,
    KEY_CHECKSUM, KEY_TIME, KEY_PRICE, KEY_QUANTITY, KEY_BID, KEY_BID_SIZE, KEY_ASK, KEY_ASK_SIZE,
    KEY_SIDE, KEY_TRADE_ID, KEY_AS, KEY_BS, KEY_A, KEY_B, KEY_C, KEY_COUNT

cdef struct Fields:
    const char* at[KEY_COUNT]         # first byte of the key's last value, NULL when absent


cdef inline int32_t key_of(const char* text, int32_t bytes) noexcept nogil:
    """The key's number; its text is decoded already."""
    cdef int32_t k
    for k in range(TP_KRAKEN_WORDS):
        if (tp_kraken_word_bytes[k] == bytes
                and memcmp(text, tp_kraken_words[k], <size_t>bytes) == 0):
            return k + 1
    return KEY_OTHER


cdef inline void fields_read(const char* p, Fields* fields) noexcept nogil:
    """Where the known members of the object at `p` begin; the last of equal keys wins."""
    members_read(p, key_of, fields.at, KEY_COUNT)


cdef inline void level_fields(
        const char* p, const char** price, const char** quantity) noexcept nogil:
    """`price` and `qty` of the object at `p`, NULL when absent."""
    cdef int32_t key
    price[0] = NULL
    quantity[0] = NULL
    p = tp_space_skip(p + 1)
    while p[0] != c"}":
        p = member_next(p, key_of, &key)
        if key == KEY_PRICE:
            price[0] = p
        elif key == KEY_QUANTITY:
            quantity[0] = p
        p = list_next(p)
