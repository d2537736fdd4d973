"""The MoldUDP64 receiver in C: same verdicts and answers as mold.py.

One `MoldState` a stream, written by the thread that receives. What is delivered goes to a function
of the caller's at once, in order; the bytes are borrowed for the call. Packets ahead of a gap are
copied into slots taken once at start. Cost of a packet in order: a walk over its lengths, a call.
"""

from libc.stdint cimport INT64_MAX, int32_t, int64_t, uint8_t, uint16_t, uint64_t
from libc.string cimport memcmp, memcpy, memmove
from tickpath.core.codes cimport (
    TP_FEED_BUFFER_FULL,
    TP_FEED_BUFFERED,
    TP_FEED_CONTROL,
    TP_FEED_GAP,
    TP_FEED_OVERSIZED,
    TP_FEED_RANGE,
    TP_FEED_STALE_ID,
    TP_FEED_TRUNCATED,
    TP_FEED_UNKNOWN_SOURCE,
    TP_OK,
)
from tickpath.core.records cimport (
    TP_FRAME_BYTES_MAX,
    TP_MOLD_LINES_MAX,
    TP_MOLD_PACKET_BYTES_MAX,
    TP_MOLD_PACKETS_MAX,
    TP_MOLD_REQUEST_MESSAGES_MAX,
)
from tickpath.venues.nasdaq.itch cimport be16, be64

cdef enum:
    MOLD_HEADER_BYTES = 20
    MOLD_END = 0xFFFF

cdef extern from *:
    const int64_t MOLD_SEQUENCE_MAX "((int64_t)1 << 40)"

ctypedef void (*mold_deliver_fn)(
    void* context, const char* data, int64_t bytes, int64_t t_ns) noexcept nogil

cdef struct MoldHead:
    const char* session               # 10 bytes, borrowed from the packet
    int64_t sequence
    int32_t count                     # -1: end of session

cdef struct MoldKept:
    int64_t sequence
    int32_t count
    int32_t bytes
    int32_t slot
    int32_t reserved

cdef struct MoldLine:
    int64_t packets
    int64_t first                     # messages that it brought before the others
    int64_t late                      # packets with nothing new
    int64_t refused

cdef struct MoldState:
    char session[16]                  # 10 bytes; none before the first packet
    char old_session[16]
    int32_t begun                     # a session is known
    int32_t begun_twice               # and one before it
    int32_t join
    int32_t kept_count
    int64_t next
    int64_t seen
    int64_t end
    int64_t gap_ns
    int64_t gap_end                   # of the first hole when it was first seen
    int64_t gap_next                  # where it began at the last look
    int64_t ask_ns
    int64_t wait_ns
    int64_t request_ns
    int64_t give_up_ns
    int64_t gaps
    int64_t requests
    int64_t lost
    int64_t dropped
    int64_t heartbeats
    int64_t sessions
    MoldLine lines[TP_MOLD_LINES_MAX]
    MoldKept kept[TP_MOLD_PACKETS_MAX]       # by sequence
    int32_t free_slots[TP_MOLD_PACKETS_MAX]  # the first TP_MOLD_PACKETS_MAX - kept_count are free
    char* slots                       # TP_MOLD_PACKETS_MAX of TP_MOLD_PACKET_BYTES_MAX
    mold_deliver_fn deliver
    void* context
    int64_t request_first             # what `mold_on_timer` asked for
    int32_t request_count


cdef inline void mold_init(MoldState* m) noexcept nogil:
    """Zeroed memory with slots, deliver and times set."""
    cdef int32_t k
    m.next = 1
    m.seen = 1
    m.gap_ns = INT64_MAX
    m.ask_ns = INT64_MAX
    for k in range(TP_MOLD_PACKETS_MAX):
        m.free_slots[k] = k


cdef inline int32_t mold_parse(const char* data, int64_t bytes, MoldHead* h) noexcept nogil:
    """Header and lengths of a packet: OK, OVERSIZED, TRUNCATED or RANGE."""
    cdef const char* end = data + bytes
    cdef const char* p = data + MOLD_HEADER_BYTES
    cdef uint64_t sequence
    cdef int32_t count, k
    if bytes > TP_FRAME_BYTES_MAX:
        return TP_FEED_OVERSIZED
    if bytes < MOLD_HEADER_BYTES:
        return TP_FEED_TRUNCATED
    sequence = be64(data + 10)
    count = be16(data + 18)
    h.session = data
    h.count = -1 if count == MOLD_END else count
    for k in range(h.count):
        if end - p < 2:
            return TP_FEED_TRUNCATED
        p += 2 + <int64_t>be16(p)
    if p != end:
        return TP_FEED_TRUNCATED
    if sequence == 0 or sequence > <uint64_t>MOLD_SEQUENCE_MAX:
        return TP_FEED_RANGE
    h.sequence = <int64_t>sequence
    return TP_OK


cdef inline int64_t mold_hole_end(const MoldState* m) noexcept nogil:
    """One past the first missing messages, which begin at `next`."""
    return m.kept[0].sequence if m.kept_count > 0 else m.seen


cdef inline void mold_watch(MoldState* m, int64_t t_ns) noexcept nogil:
    """The clock of a gap starts when a hole is first seen, or comes first, and stops when there is
    none; while it fills nothing is asked for."""
    cdef int64_t end = mold_hole_end(m)
    if end <= m.next:
        m.gap_ns = INT64_MAX
        m.ask_ns = INT64_MAX
    elif m.gap_ns == INT64_MAX or m.next >= m.gap_end:
        m.gaps += 1
        m.gap_ns = t_ns
        m.gap_end = end
        m.ask_ns = t_ns + m.wait_ns
    elif m.next > m.gap_next:
        m.ask_ns = t_ns + m.wait_ns
    m.gap_next = m.next


cdef inline void mold_drop_kept(MoldState* m, int32_t used) noexcept nogil:
    """Forget the first `used` packets kept."""
    cdef int32_t k
    for k in range(used):
        m.free_slots[TP_MOLD_PACKETS_MAX - m.kept_count + k] = m.kept[k].slot
    m.kept_count -= used
    memmove(m.kept, m.kept + used, m.kept_count * sizeof(MoldKept))


cdef inline void mold_drain(MoldState* m, int64_t t_ns) noexcept nogil:
    """Deliver what was kept and now continues the stream."""
    cdef int32_t used = 0
    cdef MoldKept* k
    while used < m.kept_count and m.kept[used].sequence <= m.next:
        k = &m.kept[used]
        used += 1
        if k.sequence + k.count > m.next:
            m.next = k.sequence + k.count
            m.deliver(
                m.context, m.slots + <int64_t>k.slot * TP_MOLD_PACKET_BYTES_MAX, k.bytes, t_ns)
    if used > 0:
        mold_drop_kept(m, used)


cdef inline void mold_begin(MoldState* m, const MoldHead* h) noexcept nogil:
    """Another session; what the old one still missed is lost."""
    if m.begun:
        m.sessions += 1
        if m.seen > m.next:
            m.lost += m.seen - m.next
        m.dropped += m.kept_count
    memcpy(m.old_session, m.session, 10)
    m.begun_twice = m.begun
    memcpy(m.session, h.session, 10)
    m.next = h.sequence if m.join and not m.begun else 1
    m.begun = 1
    m.seen = m.next
    m.end = 0
    mold_drop_kept(m, m.kept_count)
    m.gap_ns = INT64_MAX
    m.ask_ns = INT64_MAX


cdef inline int32_t mold_kept_at(const MoldState* m, int64_t sequence) noexcept nogil:
    """Where a packet of that sequence stands among those kept."""
    cdef int32_t low = 0
    cdef int32_t high = m.kept_count
    cdef int32_t middle
    while low < high:
        middle = (low + high) >> 1
        if m.kept[middle].sequence < sequence:
            low = middle + 1
        else:
            high = middle
    return low


cdef inline int32_t mold_keep(
    MoldState* m, const MoldHead* h, const char* data, int64_t bytes
) noexcept nogil:
    """A packet ahead of a gap, unless one that was kept begins there and reaches as far."""
    cdef int32_t at = mold_kept_at(m, h.sequence)
    cdef bint same = at < m.kept_count and m.kept[at].sequence == h.sequence
    cdef MoldKept* k = &m.kept[at]
    if same and k.count >= h.count:
        return TP_FEED_STALE_ID
    if bytes > TP_MOLD_PACKET_BYTES_MAX or (
            not same and m.kept_count == TP_MOLD_PACKETS_MAX):
        m.dropped += 1
        return TP_FEED_BUFFER_FULL
    if not same:
        memmove(k + 1, k, (m.kept_count - at) * sizeof(MoldKept))
        m.kept_count += 1
        k.slot = m.free_slots[TP_MOLD_PACKETS_MAX - m.kept_count]
        k.sequence = h.sequence
    k.count = h.count
    k.bytes = <int32_t>bytes
    memcpy(m.slots + <int64_t>k.slot * TP_MOLD_PACKET_BYTES_MAX, data, bytes)
    return TP_FEED_BUFFERED


cdef inline int32_t mold_control(MoldState* m, const MoldHead* h, int64_t t_ns) noexcept nogil:
    """A heartbeat or the end of the session."""
    if h.count < 0:
        m.end = h.sequence
    else:
        m.heartbeats += 1
    if h.sequence > m.seen:
        m.seen = h.sequence
    mold_watch(m, t_ns)
    return TP_FEED_GAP if h.sequence > m.next else TP_FEED_CONTROL


cdef inline int32_t mold_data(
    MoldState* m, const MoldHead* h, const char* data, int64_t bytes, int64_t t_ns
) noexcept nogil:
    if h.sequence + h.count > m.seen:
        m.seen = h.sequence + h.count
    if h.sequence + h.count <= m.next:
        return TP_FEED_STALE_ID
    if h.sequence > m.next:
        return mold_keep(m, h, data, bytes)
    m.next = h.sequence + h.count
    m.deliver(m.context, data, bytes, t_ns)
    if m.kept_count > 0:
        mold_drain(m, t_ns)
    return TP_OK


cdef inline int32_t mold_on_packet(
    MoldState* m, int32_t line, const char* data, int64_t bytes, int64_t t_ns
) noexcept nogil:
    """One packet of a line. Returns what became of it."""
    cdef MoldHead h
    cdef MoldLine* l
    cdef int64_t before
    cdef int32_t code
    if line < 0 or line >= TP_MOLD_LINES_MAX:
        return TP_FEED_UNKNOWN_SOURCE
    l = &m.lines[line]
    l.packets += 1
    code = mold_parse(data, bytes, &h)
    if code != TP_OK:
        l.refused += 1
        return code
    if not m.begun or memcmp(h.session, m.session, 10) != 0:
        if m.begun_twice and memcmp(h.session, m.old_session, 10) == 0:
            l.late += 1
            return TP_FEED_STALE_ID
        mold_begin(m, &h)
    if h.count <= 0:
        return mold_control(m, &h, t_ns)
    before = m.next
    code = mold_data(m, &h, data, bytes, t_ns)
    if code == TP_OK:
        l.first += h.sequence + h.count - before
    l.late += code == TP_FEED_STALE_ID
    mold_watch(m, t_ns)
    return code


cdef inline void mold_give_up(MoldState* m, int64_t t_ns) noexcept nogil:
    """The reader sees the hole: deliver what follows it, or go on from where the stream is."""
    cdef int64_t end = mold_hole_end(m)
    m.lost += end - m.next
    m.next = end
    m.gap_ns = INT64_MAX
    m.ask_ns = INT64_MAX
    mold_drain(m, t_ns)


cdef inline int32_t mold_on_timer(MoldState* m, int64_t t_ns) noexcept nogil:
    """Give up what is missing, or 1: ask for `request_count` messages from `request_first`."""
    cdef int64_t count
    if m.gap_ns == INT64_MAX:
        return 0
    if t_ns - m.gap_ns >= m.give_up_ns:
        mold_give_up(m, t_ns)
        mold_watch(m, t_ns)
        return 0
    if t_ns < m.ask_ns:
        return 0
    count = mold_hole_end(m) - m.next
    if count > TP_MOLD_REQUEST_MESSAGES_MAX:
        count = TP_MOLD_REQUEST_MESSAGES_MAX
    m.requests += 1
    m.request_first = m.next
    m.request_count = <int32_t>count
    m.ask_ns = t_ns + m.request_ns
    return 1


cdef inline int64_t mold_next_timer(const MoldState* m) noexcept nogil:
    """When `mold_on_timer` is wanted, INT64_MAX when never."""
    cdef int64_t give_up_ns
    if m.gap_ns == INT64_MAX:
        return INT64_MAX
    give_up_ns = m.gap_ns + m.give_up_ns
    return m.ask_ns if m.ask_ns < give_up_ns else give_up_ns
