"""Native loops that drive a market decoder for tests and benchmarks: mutation and timing.

In: a decoder handle and frames. Out: counts by code, the first disagreement, or nanoseconds a
frame. Never on the walk. Mutations are seeded (xorshift64*, S. Vigna 2016) and do not depend on
the host. Worst case: as slow as the general scanner.
"""

from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t, uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memmove, memset
from posix.mman cimport (
    MAP_ANONYMOUS,
    MAP_FAILED,
    MAP_PRIVATE,
    PROT_NONE,
    PROT_READ,
    PROT_WRITE,
    mmap,
    mprotect,
    munmap,
)
from tickpath.core.codes cimport TP_CODE_END, TP_OK
from tickpath.core.records cimport (
    TP_FRAME_PADDING_BYTES,
    TP_REPORTS_PER_FRAME_MAX,
    tp_codec,
    tp_decoder,
    tp_level,
    tp_market_event,
    tp_report,
    tp_trade,
)
from tickpath.venues.binance.native cimport MarketDecoder
from tickpath.venues.binance.wire cimport wire_decode, wire_decode_general
from tickpath.venues.text.market_state cimport WireState

import numpy as np

cdef extern from *:
    """
    #include <time.h>
    #if defined(__x86_64__)
    #include <x86intrin.h>
    static inline uint64_t tp_stamp_begin(void) {
        _mm_lfence(); uint64_t t = __rdtsc(); _mm_lfence(); return t;
    }
    static inline uint64_t tp_stamp_end(void) {
        unsigned a; uint64_t t = __rdtscp(&a); _mm_lfence(); return t;
    }
    #else
    static inline uint64_t tp_stamp_begin(void) {
        struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
    }
    static inline uint64_t tp_stamp_end(void) { return tp_stamp_begin(); }
    #endif
    static inline int64_t tp_now_ns(void) {
        struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t)t.tv_sec * 1000000000LL + t.tv_nsec;
    }
    static inline void tp_escape(void* p) { __asm__ volatile("" : : "g"(p) : "memory"); }
    """
    uint64_t tp_stamp_begin() noexcept nogil
    uint64_t tp_stamp_end() noexcept nogil
    int64_t tp_now_ns() noexcept nogil
    void tp_escape(void* p) noexcept nogil

cdef enum:
    FUZZ_FRAME_BYTES = 4096           # longest mutated frame
    FUZZ_EDITS_MAX = 4
    FUZZ_WORDS = 32
    FUZZ_GUARD_BYTES = 65536          # a whole number of pages on every host
    TIMED_FRAME_BYTES = 262144

cdef const char** _words():
    """Fragments that reach rules which random bytes never would."""
    cdef const char** words = <const char**>malloc(FUZZ_WORDS * sizeof(char*))
    cdef int k
    literals = _LITERALS
    for k in range(FUZZ_WORDS):
        words[k] = <const char*>(<bytes>literals[k])
    return words

_LITERALS = (
    b'"', b"\\", b"\\u0062", b"\\ud83d\\ude00", b"\\udc00", b"null", b"true", b"-1", b"-0", b"1e3",
    b"1E-9", b"0.1", b"00", b".", b"e", b",", b":", b"{", b"}", b"[", b"]", b"[]", b" ", b"\n",
    b"\xff", b"\xc3\xa9", b"\xed\xa0\x80", b'"e":"trade",', b'"u":1,', b'"s":7,', b'"B":"1.5",',
    b"99999999999999999999",
)
assert len(_LITERALS) == FUZZ_WORDS


cdef inline uint64_t _random(uint64_t* state) noexcept nogil:
    cdef uint64_t x = state[0]
    x ^= x >> 12
    x ^= x << 25
    x ^= x >> 27
    state[0] = x
    return x * <uint64_t>2685821657736338717


cdef inline int64_t _below(uint64_t* state, int64_t bound) noexcept nogil:
    return <int64_t>((_random(state) >> 11) % <uint64_t>bound)


cdef int64_t _insert(
        char* frame, int64_t n, int64_t at, const char* text, int64_t m) noexcept nogil:
    if n + m > FUZZ_FRAME_BYTES:
        return n
    memmove(frame + at + m, frame + at, n - at)
    memcpy(frame + at, text, m)
    return n + m


cdef int64_t _delete(char* frame, int64_t n, int64_t at, int64_t m) noexcept nogil:
    if at + m > n:
        m = n - at
    memmove(frame + at, frame + at + m, n - at - m)
    return n - m


cdef int64_t _length(const char* text) noexcept nogil:
    cdef int64_t n = 0
    while text[n] != 0:
        n += 1
    return n


cdef int64_t _edit(char* frame, int64_t n, const char** words, uint64_t* seed) noexcept nogil:
    """One random change; the new length."""
    cdef char copy[64]
    cdef int64_t at = _below(seed, n + 1)
    cdef int64_t kind = _below(seed, 16)
    cdef int64_t m
    cdef const char* word
    if kind == 0:
        return at                                        # cut short
    if kind == 1:
        return _delete(frame, n, at, 1 + _below(seed, 8))
    if kind <= 3:
        word = words[_below(seed, FUZZ_WORDS)]
        return _insert(frame, n, at, word, _length(word))
    if at >= n:
        return n
    if kind == 4:
        frame[at] = <char>_below(seed, 256)
    elif kind == 5:
        frame[at] = <char>(<uint8_t>frame[at] ^ (1 << _below(seed, 8)))
    elif kind <= 7:
        if c"0" <= frame[at] <= c"9":
            frame[at] = <char>(c"0" + _below(seed, 10))
        else:
            frame[at] = frame[_below(seed, n)]
    elif kind >= 10:
        m = at
        while m < n and not c"0" <= frame[m] <= c"9":
            m += 1
        if m < n:
            frame[m] = <char>(c"0" + _below(seed, 10))
    elif kind == 8:
        m = 1 + _below(seed, 48)
        m = m if at + m <= n else n - at
        memcpy(copy, frame + at, m)
        return _insert(frame, n, _below(seed, n + 1), copy, m)
    else:
        return _delete(frame, n, at, 1)
    return n


cdef int64_t _mutate(
        char* frame, int64_t n, const char** words, uint64_t* seed) noexcept nogil:
    cdef int64_t k
    for k in range(1 + _below(seed, FUZZ_EDITS_MAX) * _below(seed, 2)):
        n = _edit(frame, n, words, seed)
    return n


cdef bint _equal(const tp_market_event* x, const tp_market_event* y) noexcept nogil:
    """Field by field; the arrays by their counts."""
    return (
        x.kind == y.kind and x.source == y.source and x.instrument == y.instrument
        and x.chained == y.chained and x.t_recv_ns == y.t_recv_ns
        and x.t_venue_ns == y.t_venue_ns and x.first_id == y.first_id
        and x.last_id == y.last_id and x.prev_id == y.prev_id
        and x.bid_count == y.bid_count and x.ask_count == y.ask_count
        and x.trade_count == y.trade_count
        and memcmp(x.bids, y.bids, x.bid_count * sizeof(tp_level)) == 0
        and memcmp(x.asks, y.asks, x.ask_count * sizeof(tp_level)) == 0
        and memcmp(x.trades, y.trades, x.trade_count * sizeof(tp_trade)) == 0)


cdef char* _guarded() except NULL:
    """FUZZ_GUARD_BYTES zero bytes with as many forbidden ones behind them."""
    cdef void* block = mmap(
        NULL, 2 * FUZZ_GUARD_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    if block == MAP_FAILED or mprotect(
            <char*>block + FUZZ_GUARD_BYTES, FUZZ_GUARD_BYTES, PROT_NONE):
        raise MemoryError()
    return <char*>block


cdef class _Corpus:
    """Frames one behind the other."""
    cdef bytes blob
    cdef int64_t[::1] ends
    cdef int64_t count

    def __init__(self, frames, int64_t bytes_max):
        for frame in frames:
            if len(frame) > bytes_max:
                raise ValueError(f"a frame of {len(frame)} bytes: leave out those over {bytes_max}")
        self.blob = b"".join(frames)
        self.ends = np.cumsum([0] + [len(frame) for frame in frames], dtype=np.int64)
        self.count = len(frames)


def mutations(corpus, int64_t n, uint64_t seed):
    """The first n mutated frames of a seed, as bytes: what fuzz_decode feeds with the same seed."""
    cdef _Corpus frames = _Corpus(corpus, FUZZ_FRAME_BYTES)
    cdef char* room = <char*>malloc(FUZZ_FRAME_BYTES)
    cdef const char** words = _words()
    cdef int64_t k, pick, size
    cdef const char* blob = frames.blob
    seed |= 1
    try:
        for k in range(n):
            pick = _below(&seed, frames.count)
            size = frames.ends[pick + 1] - frames.ends[pick]
            memcpy(room, blob + frames.ends[pick], size)
            size = _mutate(room, size, words, &seed)
            yield room[:size]
    finally:
        free(room)
        free(words)


def fuzz_decode(MarketDecoder decoder, MarketDecoder general, corpus, int64_t n, uint64_t seed):
    """Feed n mutated frames to both scanners of two decoders of one source.

    Returns the counts by code and the first frame on which code or event differ, or None. The
    padding of each frame ends where memory ends: a read beyond it is a segmentation fault.
    """
    cdef _Corpus frames = _Corpus(corpus, FUZZ_FRAME_BYTES)
    cdef int64_t[::1] counts = np.zeros(TP_CODE_END, dtype=np.int64)
    cdef char* room = <char*>malloc(FUZZ_FRAME_BYTES)
    cdef char* block = _guarded()
    cdef const char** words = _words()
    cdef const char* blob = frames.blob
    cdef const char* at = NULL
    cdef int64_t k, pick, size = 0
    cdef int64_t bad = -1
    cdef int32_t code
    cdef tp_market_event x
    cdef tp_market_event y
    seed |= 1
    with nogil:
        for k in range(n):
            pick = _below(&seed, frames.count)
            size = frames.ends[pick + 1] - frames.ends[pick]
            memcpy(room, blob + frames.ends[pick], size)
            size = _mutate(room, size, words, &seed)
            at = <const char*>memcpy(
                block + FUZZ_GUARD_BYTES - TP_FRAME_PADDING_BYTES - size, room, size)
            code = wire_decode(decoder.state, at, size, &x)
            counts[code] += 1
            if code != wire_decode_general(general.state, at, size, &y) or not _equal(&x, &y):
                bad = size
                break
    found = at[:bad] if bad >= 0 else None
    free(room)
    munmap(block, 2 * FUZZ_GUARD_BYTES)
    free(words)
    return {code: int(counts[code]) for code in range(TP_CODE_END) if counts[code]}, found


def fuzz_events(decoder, corpus, int64_t n, uint64_t seed):
    """Feed n mutated frames to any venue's native decoder and take every event of each; returns the
    counts by code.

    As in `fuzz_decode`, a read beyond a frame's padding is a segmentation fault.
    """
    cdef _Corpus frames = _Corpus(corpus, FUZZ_FRAME_BYTES)
    cdef int64_t[::1] counts = np.zeros(TP_CODE_END, dtype=np.int64)
    cdef char* room = <char*>malloc(FUZZ_FRAME_BYTES)
    cdef char* block = _guarded()
    cdef const char** words = _words()
    cdef const char* blob = frames.blob
    cdef const char* at
    cdef tp_market_event event
    cdef tp_decoder call = (
        <tp_decoder*>PyCapsule_GetPointer(decoder.capsule(), b"tickpath.decoder"))[0]
    cdef int64_t k, pick, size
    cdef int32_t code
    seed |= 1
    with nogil:
        for k in range(n):
            pick = _below(&seed, frames.count)
            size = frames.ends[pick + 1] - frames.ends[pick]
            memcpy(room, blob + frames.ends[pick], size)
            size = _mutate(room, size, words, &seed)
            at = <const char*>memcpy(
                block + FUZZ_GUARD_BYTES - TP_FRAME_PADDING_BYTES - size, room, size)
            counts[call.decode(call.context, at, size, &event)] += 1
            while call.next != NULL and call.next(call.context, &event, &code):
                counts[code] += 1
    free(room)
    munmap(block, 2 * FUZZ_GUARD_BYTES)
    free(words)
    return {code: int(counts[code]) for code in range(TP_CODE_END) if counts[code]}


def fuzz_reports(codec, corpus, int64_t n, uint64_t seed):
    """Feed n mutated frames to the decoder of any venue's native order codec; returns the counts by
    code.

    As in `fuzz_decode`, a read beyond a frame's padding is a segmentation fault.
    """
    cdef _Corpus frames = _Corpus(corpus, FUZZ_FRAME_BYTES)
    cdef int64_t[::1] counts = np.zeros(TP_CODE_END, dtype=np.int64)
    cdef char* room = <char*>malloc(FUZZ_FRAME_BYTES)
    cdef char* block = _guarded()
    cdef const char** words = _words()
    cdef const char* blob = frames.blob
    cdef const char* at
    cdef tp_report[TP_REPORTS_PER_FRAME_MAX] reports
    cdef tp_codec call = (<tp_codec*><uintptr_t>codec.address)[0]
    cdef int64_t k, pick, size
    cdef int32_t count
    seed |= 1
    with nogil:
        for k in range(n):
            pick = _below(&seed, frames.count)
            size = frames.ends[pick + 1] - frames.ends[pick]
            memcpy(room, blob + frames.ends[pick], size)
            size = _mutate(room, size, words, &seed)
            at = <const char*>memcpy(
                block + FUZZ_GUARD_BYTES - TP_FRAME_PADDING_BYTES - size, room, size)
            count = 0
            counts[call.decode(call.context, at, size, reports, &count)] += 1
    free(room)
    munmap(block, 2 * FUZZ_GUARD_BYTES)
    free(words)
    return {code: int(counts[code]) for code in range(TP_CODE_END) if counts[code]}


def time_decode(MarketDecoder decoder, corpus, int64_t n, bint stamped):
    """Nanoseconds a frame over n frames taken in turn, hot in the first cache level.

    Stamped: an array of one figure a frame, the stamps' cost included. Else: one mean, the copy
    into the receive buffer included.
    """
    cdef _Corpus frames = _Corpus(corpus, TIMED_FRAME_BYTES)
    cdef char* room = <char*>malloc(TIMED_FRAME_BYTES + TP_FRAME_PADDING_BYTES)
    cdef const char* blob = frames.blob
    cdef tp_decoder call = decoder.decoder
    cdef tp_market_event event
    cdef uint64_t start
    cdef uint64_t begin = tp_stamp_begin()
    cdef int64_t begin_ns = tp_now_ns()
    cdef int64_t elapsed_ns, k, pick = 0, size, refused = 0
    ticks = np.zeros(n if stamped else 1, dtype=np.int64)
    cdef int64_t[::1] out = ticks
    with nogil:
        for k in range(n):
            size = frames.ends[pick + 1] - frames.ends[pick]
            memcpy(room, blob + frames.ends[pick], size)
            memset(room + size, 0, TP_FRAME_PADDING_BYTES)
            tp_escape(room)
            if stamped:
                start = tp_stamp_begin()
                refused += call.decode(call.context, room, size, &event) != TP_OK
                tp_escape(&event)
                out[k] = <int64_t>(tp_stamp_end() - start)
            else:
                refused += call.decode(call.context, room, size, &event) != TP_OK
                tp_escape(&event)
            pick = pick + 1 if pick + 1 < frames.count else 0
    elapsed_ns = tp_now_ns() - begin_ns
    ns_per_tick = elapsed_ns / float(tp_stamp_end() - begin)
    free(room)
    if refused:
        raise ValueError(f"{refused} of {n} frames were refused: time frames that decode")
    return ticks * ns_per_tick if stamped else elapsed_ns / n
