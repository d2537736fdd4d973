"""What a rule of a circuit breaker works on: its memory and one event of the walk.

A rule is `cdef inline int32_t <stem>_step(Breaker* b, const ControlEvent* x) noexcept nogil`: 1 the
limit is passed, 0 it is not, NO_OPINION the event says nothing. It writes `words` and `deadline_ns`
only. `words` are zero at the start and after a trip of a rule that forgets.
"""

from libc.stdint cimport INT64_MAX, int32_t, int64_t

cdef enum:
    ON_MARKET = 1                 # a market event of the instrument, its book applied
    ON_REPORT = 2                 # a report that changed one of our orders
    ON_GAP = 4                    # a gap in the sequence of the instrument
    ON_TIMER = 8                  # time passed without an event of the instrument
    ON_MONEY = 16                 # equity of a currency was marked
    NO_OPINION = -1
    ARMED = 0                     # state of a breaker: orders pass; the others refuse them
    TRIPPED = 1
    COOLING = 2
    PPM = 1000000
    BUCKETS = 16                  # pieces of a window of extremes

cdef struct ControlEvent:
    int32_t on                    # one of ON_*
    int32_t instrument
    int32_t report                # REPORT: tp_report_kind
    int32_t reserved
    int64_t now_ns
    int64_t bid_ticks             # MARKET: touch of a book that is OK, else 0
    int64_t ask_ticks
    int64_t latency_ns            # REPORT: from sending to the first answer, -1 when it is not that
    int64_t fill_lots             # REPORT: 0 when it is no fill
    int64_t peak_units            # MONEY
    int64_t equity_units

cdef struct Breaker:              # one rule watching one instrument, or all of them together
    int32_t rule                  # place of the stem in the sorted folder
    int32_t plan                  # the configured breaker it belongs to
    int32_t instrument            # -1: all together
    int32_t state                 # ARMED, TRIPPED, COOLING
    int32_t over                  # what the rule said last
    int32_t word_count
    int64_t limit
    int64_t window_ns
    int64_t count
    int64_t until_ns              # COOLING: when it is over
    int64_t deadline_ns           # when the rule wants ON_TIMER, 0 never
    int64_t trips
    int64_t* words


cdef inline int64_t later(int64_t now_ns, int64_t ns) noexcept nogil:
    """now + ns, at most INT64_MAX; ns >= 0."""
    return now_ns + ns if now_ns <= INT64_MAX - ns else INT64_MAX


cdef inline int32_t times_full(Breaker* b, int64_t now_ns) noexcept nogil:
    """Note a time in a ring of `limit` + 1: whether all of them lie within `window_ns`.
    words: [0] next place, [1] how many there are, then the ring."""
    cdef int64_t size = b.limit + 1
    cdef int64_t at = b.words[0]
    b.words[2 + at] = now_ns
    at = at + 1 if at + 1 < size else 0
    b.words[0] = at
    if b.words[1] < size:
        b.words[1] += 1
        if b.words[1] < size:
            return 0
    return now_ns - b.words[2 + at] <= b.window_ns
