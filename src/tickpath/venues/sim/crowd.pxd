"""A market of generated order flow with a price-time book; orders of ours are orders like others.

In: time, and orders of ours from the simulated venue. Out: frames as the venue would publish them,
in a ring. `generated_reference.py` is the same in plain Python and explains the flow. Integers
only; worst case: a snapshot, once.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset
from tickpath.core.records cimport TP_BUY, TP_FOK, TP_FRAME_PADDING_BYTES, TP_MARKET
from tickpath.venues.sim.crowd_book cimport (
    CROWD_POOL,
    CROWD_TICKS,
    NO_ORDER,
    CrowdBook,
    CrowdOrder,
    CrowdSide,
    order_add,
    order_find,
    order_shrink,
    outward,
    side_empty,
)
from tickpath.venues.sim.matcher cimport (
    WHY_QUEUE,
    WHY_TAKE,
    SimOrder,
    clip_filled,
    leaves,
    offer,
)
from tickpath.venues.sim.venue cimport VenueState, drop_done, fill

cdef extern from "../venues/sim/crowd.h" nogil:
    enum:
        TP_CROWD_HEAD_BYTES
        TP_CROWD_LEVEL_BYTES
    ctypedef struct tp_crowd_text:
        char symbol[32]
        char stream[32]
        int64_t price_scale
        int64_t quantity_scale
        int32_t price_decimals
        int32_t quantity_decimals
        int32_t futures
    char* text_put "tp_crowd_put" (char* out, const char* text) noexcept
    char* text_close "tp_crowd_close" (char* out, const char* text) noexcept
    char* text_level "tp_crowd_level" (
        char* out, const tp_crowd_text* c, int64_t ticks, int64_t steps) noexcept
    char* text_depth "tp_crowd_depth_head" (
        char* out, const tp_crowd_text* c, int64_t t_ms, int64_t first_id, int64_t last_id,
        int64_t prev_id) noexcept
    char* text_snapshot "tp_crowd_snapshot_head" (
        char* out, const tp_crowd_text* c, int64_t t_ms, int64_t last_id) noexcept
    char* text_ticker "tp_crowd_ticker" (
        char* out, const tp_crowd_text* c, int64_t t_ms, int64_t id, int64_t bid,
        int64_t bid_steps, int64_t ask, int64_t ask_steps) noexcept
    char* text_trade "tp_crowd_trade" (
        char* out, const tp_crowd_text* c, int64_t t_ms, int64_t id, int64_t ticks,
        int64_t steps, int32_t buyer_is_maker) noexcept

cdef extern from *:
    int count_zeros_low "__builtin_ctzll" (unsigned long long x) noexcept nogil
    int count_zeros_high "__builtin_clzll" (unsigned long long x) noexcept nogil

cdef enum:
    FRAMES_MAX = 8192                 # power of two
    FRAME_ROOM_BYTES = 8388608
    KEEP_ORDERS = 64
    OWN_PLACES = 1024
    EDGE_TICKS = 16384
    CANCEL_REACH_TICKS = 64
    THIN_WEIGHT = 16
    SNAPSHOT_AFTER = 3
    SNAPSHOT_LEVELS = 5000
    CROWD_DEPTH_NS = 100000000
    ONE = 65536
    LN2 = 45426                       # of 65 536

cdef struct CrowdModel:               # MarketModel of model.py, and the product's scale
    int64_t wait_ns, calm_ns, busy_ns, heat_decay_ns
    int64_t busy_rate, heat_step, heat_max
    int64_t market_calm, market_busy, limit, cancel_near, requote, follow, improve, touch, against
    int64_t run_bits, tilt_shift, tilt_min, tilt_max
    int64_t reach_bits, size_max

cdef struct Frame:
    int64_t t_ns                      # at the venue; the loop makes it the arrival at the engine
    int64_t offset
    int64_t bytes

cdef struct FrameRing:
    char* room
    Frame* items
    uint64_t head
    uint64_t tail
    int64_t at

cdef struct CrowdState:
    CrowdBook book
    CrowdModel model
    tp_crowd_text text
    FrameRing frames
    uint64_t random
    int64_t base_ticks                # price of index 0
    int64_t lots_per_step
    int64_t now_ns
    int64_t event_ns                  # next event of the crowd
    int64_t depth_ns                  # next depth diff
    int64_t first_id                  # of the next diff
    int64_t prev_id
    int64_t trade_id
    int64_t diffs
    int64_t heat
    int64_t heat_ns
    int64_t regime_ns                 # until when the market stays busy or calm
    int64_t tilt                      # share of 65 536 that buys
    int64_t run_left
    int32_t run_buys
    int32_t busy
    int64_t seen[4]                   # best bid and ask as last published


cdef inline uint64_t draw(CrowdState* c) noexcept nogil:
    """splitmix64 (S. Vigna)."""
    cdef uint64_t z
    c.random += <uint64_t>0x9E3779B97F4A7C15
    z = c.random
    z = (z ^ (z >> 30)) * <uint64_t>0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t>0x94D049BB133111EB
    return z ^ (z >> 31)


cdef inline int64_t chance(CrowdState* c) noexcept nogil:
    return <int64_t>(draw(c) >> 48)


cdef inline int64_t exponential(CrowdState* c, int64_t mean_ns) noexcept nogil:
    """-mean * ln(u): the logarithm of the leading bit exactly, between bits by a straight line."""
    cdef uint64_t x = draw(c) | 1
    cdef int zeros = count_zeros_high(x)
    cdef int64_t part = <int64_t>(((x << zeros) >> 31) & <uint64_t>0xFFFFFFFF)
    cdef int64_t bits = ((<int64_t>(zeros + 1)) << 32) - part
    return mean_ns * (((bits >> 16) * LN2) >> 16) >> 16


cdef inline int64_t away(CrowdState* c) noexcept nogil:
    """Ticks behind the touch: often none, else a power law: four times as far, half as likely."""
    cdef uint64_t x = draw(c)
    cdef int64_t k
    if <int64_t>(x & 0xFFFF) < c.model.touch:
        return 0
    k = 2 * count_zeros_low((x >> 17) | (1 << 15)) + <int64_t>((x >> 16) & 1)
    if k > c.model.reach_bits:
        k = c.model.reach_bits
    return 1 + <int64_t>((x >> 32) & ((<uint64_t>1 << k) - 1))


cdef inline int64_t size(CrowdState* c) noexcept nogil:
    """Steps of an order: mostly small, seldom large (the fourth power of a uniform draw)."""
    cdef int64_t u = chance(c)
    u = u * u >> 16
    u = u * u >> 16
    return 1 + (u * c.model.size_max >> 16)


cdef inline char* frame_open(CrowdState* c, int64_t room) noexcept nogil:
    """Where a frame of at most `room` bytes may be written, or NULL and the run must stop."""
    cdef FrameRing* r = &c.frames
    cdef int64_t oldest
    room += TP_FRAME_PADDING_BYTES
    if r.head - r.tail >= FRAMES_MAX:
        c.book.overflow = 1
        return NULL
    oldest = r.items[r.tail & (FRAMES_MAX - 1)].offset
    if r.head == r.tail:
        r.at = 0
    elif r.at >= oldest and r.at + room > FRAME_ROOM_BYTES:
        r.at = 0
    if r.at + room > FRAME_ROOM_BYTES or (
        r.head != r.tail and r.at <= oldest and r.at + room >= oldest
    ):
        c.book.overflow = 1
        return NULL
    return r.room + r.at


cdef inline void frame_close(CrowdState* c, char* end) noexcept nogil:
    """Publish what was written up to `end`."""
    cdef FrameRing* r = &c.frames
    cdef Frame* f = &r.items[r.head & (FRAMES_MAX - 1)]
    memset(end, 0, TP_FRAME_PADDING_BYTES)
    f.t_ns = c.now_ns
    f.offset = r.at
    f.bytes = end - (r.room + r.at)
    r.at += f.bytes + TP_FRAME_PADDING_BYTES
    r.head += 1


cdef inline void publish_trade(
    CrowdState* c, int32_t tick, int64_t steps, bint buyer_is_maker
) noexcept nogil:
    cdef char* out = frame_open(c, TP_CROWD_HEAD_BYTES)
    c.trade_id += 1
    if out != NULL:
        frame_close(c, text_trade(
            out, &c.text, c.now_ns // 1000000, c.trade_id, c.base_ticks + tick, steps,
            buyer_is_maker))


cdef inline void publish_ticker(CrowdState* c) noexcept nogil:
    """A bookTicker when the best prices or their quantities are not the ones last published."""
    cdef CrowdSide* bids = &c.book.sides[0]
    cdef CrowdSide* asks = &c.book.sides[1]
    cdef int64_t[4] now
    cdef char* out
    cdef int k
    now[0] = bids.best
    now[1] = bids.levels[bids.best].steps
    now[2] = asks.best
    now[3] = asks.levels[asks.best].steps
    if now[1] == 0 or now[3] == 0 or (
        now[0] == c.seen[0] and now[1] == c.seen[1] and now[2] == c.seen[2]
        and now[3] == c.seen[3]
    ):
        return
    for k in range(4):
        c.seen[k] = now[k]
    out = frame_open(c, TP_CROWD_HEAD_BYTES)
    if out != NULL:
        frame_close(c, text_ticker(
            out, &c.text, c.now_ns // 1000000, c.book.id, c.base_ticks + now[0], now[1],
            c.base_ticks + now[2], now[3]))


cdef inline char* changed_levels(CrowdState* c, int32_t side, char* out) noexcept nogil:
    """Changed levels, best first; the list starts anew."""
    cdef CrowdSide* s = &c.book.sides[side]
    cdef int32_t k, tick
    for k in range(s.changed_count):
        tick = s.changed[k if side == 1 else s.changed_count - 1 - k]
        out = text_level(out, &c.text, c.base_ticks + tick, s.levels[tick].steps)
        s.levels[tick].changed = 0
    s.changed_count = 0
    return out


cdef inline char* all_levels(CrowdState* c, int32_t side, char* out) noexcept nogil:
    """Up to SNAPSHOT_LEVELS levels, best first."""
    cdef CrowdSide* s = &c.book.sides[side]
    cdef int32_t tick = s.best, found = 0
    while 0 <= tick < CROWD_TICKS and found < SNAPSHOT_LEVELS and found < s.level_count:
        if s.levels[tick].steps > 0:
            out = text_level(out, &c.text, c.base_ticks + tick, s.levels[tick].steps)
            found += 1
        tick += outward(side)
    return out


cdef inline void publish_snapshot(CrowdState* c) noexcept nogil:
    cdef int64_t levels = c.book.sides[0].level_count + c.book.sides[1].level_count
    cdef char* out = frame_open(c, TP_CROWD_HEAD_BYTES + levels * TP_CROWD_LEVEL_BYTES)
    if out == NULL:
        return
    out = text_snapshot(out, &c.text, c.now_ns // 1000000, c.book.id)
    out = text_close(all_levels(c, 0, out), b"],\"asks\":[")
    frame_close(c, text_close(all_levels(c, 1, out), b"]}"))


cdef inline void publish_depth(CrowdState* c) noexcept nogil:
    """What changed since the last diff, and once, after some diffs, the snapshot."""
    cdef int64_t levels = c.book.sides[0].changed_count + c.book.sides[1].changed_count
    cdef char* out
    if levels == 0:
        return
    out = frame_open(c, TP_CROWD_HEAD_BYTES + levels * TP_CROWD_LEVEL_BYTES)
    if out == NULL:
        return
    out = text_depth(
        out, &c.text, c.now_ns // 1000000, c.first_id, c.book.id, c.prev_id)
    out = text_close(changed_levels(c, 0, out), b"],\"a\":[")
    frame_close(c, text_close(changed_levels(c, 1, out), b"]}}"))
    c.prev_id = c.book.id
    c.first_id = c.book.id + 1
    c.diffs += 1
    if c.diffs == SNAPSHOT_AFTER:
        publish_snapshot(c)


cdef inline void own_fill(
    CrowdState* c, VenueState* v, uint64_t owner, int32_t tick, int64_t steps
) noexcept nogil:
    """An order of ours that rested was hit."""
    cdef int32_t k
    for k in range(v.order_count):
        if v.orders[k].client_order_id == owner:
            v.trade_id = c.trade_id - 1
            fill(v, &v.orders[k], c.base_ticks + tick, steps * c.lots_per_step, 1, WHY_QUEUE,
                 c.now_ns)
            if clip_filled(&v.orders[k], steps * c.lots_per_step):
                order_add(&c.book, v.orders[k].side, tick,
                          v.orders[k].clip_lots // c.lots_per_step, owner)
            return


cdef inline int64_t strike(
    CrowdState* c, VenueState* v, int32_t side, int64_t left, SimOrder* taker
) noexcept nogil:
    """Match against the first order of the best level of `side`; returns the steps matched."""
    cdef CrowdSide* s = &c.book.sides[side]
    cdef int32_t tick = s.best, k = s.levels[s.best].head
    cdef int64_t steps = c.book.pool[k].steps
    cdef uint64_t owner = c.book.pool[k].owner
    if left < steps:
        steps = left
    order_shrink(&c.book, k, steps)
    publish_trade(c, tick, steps, side == 0)
    if taker != NULL:
        v.trade_id = c.trade_id - 1
        fill(v, taker, c.base_ticks + tick, steps * c.lots_per_step, 0, WHY_TAKE, c.now_ns)
    if owner != 0 and v != NULL:
        own_fill(c, v, owner, tick, steps)
    return steps


cdef inline void crowd_market(CrowdState* c, VenueState* v) noexcept nogil:
    """A market order, likely of the sign of its predecessors; heats the flow up."""
    cdef uint64_t x
    cdef int32_t buys
    cdef int64_t left
    if c.run_left == 0:
        x = draw(c)
        c.run_left = <int64_t>1 << count_zeros_low(
            (x >> 16) | (<uint64_t>1 << c.model.run_bits))
        c.run_buys = <int64_t>(x >> 48) < c.tilt
    c.run_left -= 1
    buys = 1 - c.run_buys if chance(c) < c.model.against else c.run_buys
    c.heat += c.model.heat_step
    if c.heat > c.model.heat_max:
        c.heat = c.model.heat_max
    left = size(c)
    while left > 0 and c.book.sides[buys].crowd_orders > KEEP_ORDERS and not side_empty(
        &c.book, buys
    ):
        left -= strike(c, v, buys, left, NULL)


cdef inline void crowd_limit(CrowdState* c) noexcept nogil:
    """A limit order, sooner on the thinner side: into an open spread, or behind the touch."""
    cdef int64_t lean = THIN_WEIGHT * (
        c.book.sides[1].crowd_orders - c.book.sides[0].crowd_orders)
    cdef int32_t side = 0 if chance(c) < c.tilt + lean else 1
    cdef int64_t gap = c.book.sides[1].best - c.book.sides[0].best
    cdef int64_t back, tick
    if gap > 1 and chance(c) < c.model.improve:
        back = away(c)
        back = -1 - (back if back < gap - 2 else gap - 2)
    else:
        back = away(c)
    tick = c.book.sides[side].best + back * outward(side)
    if not 1 <= tick <= CROWD_TICKS - 2 or c.book.free_count <= OWN_PLACES:
        return
    order_add(&c.book, side, <int32_t>tick, size(c), 0)


cdef inline void crowd_withdraw(CrowdState* c, int32_t k) noexcept nogil:
    """The crowd cancels an order of its own, unless too few would be left."""
    cdef CrowdOrder* o = &c.book.pool[k]
    if o.steps > 0 and o.owner == 0 and c.book.sides[o.side].crowd_orders > KEEP_ORDERS:
        order_shrink(&c.book, k, o.steps)


cdef inline void crowd_cancel_near(CrowdState* c) noexcept nogil:
    """The last order of a level near the touch goes, sooner where less is wanted."""
    cdef int32_t side = 1 if chance(c) < c.tilt else 0
    cdef CrowdSide* s = &c.book.sides[side]
    cdef int64_t tick = s.best + away(c) * outward(side)
    cdef int32_t k
    for k in range(CANCEL_REACH_TICKS):
        if not 0 <= tick < CROWD_TICKS:
            return
        if s.levels[tick].steps > 0:
            crowd_withdraw(c, s.levels[tick].tail)
            return
        tick += outward(side)


cdef inline void crowd_requote(CrowdState* c) noexcept nogil:
    """Makers move: some best levels of one side go, the other side steps up into the gap. Orders of
    ours stay where they are and are the best then."""
    cdef int32_t side = c.run_buys if chance(c) < c.model.follow else (chance(c) < c.tilt)
    cdef CrowdSide* s = &c.book.sides[side]
    cdef int32_t left = 1 + count_zeros_low((draw(c) >> 16) | 8)
    cdef int32_t tick, k, next
    cdef int64_t gap, back
    while left > 0 and not side_empty(&c.book, side):
        left -= 1
        tick = s.best
        k = s.levels[tick].head
        while k != NO_ORDER:
            next = c.book.pool[k].next
            crowd_withdraw(c, k)
            k = next
        if s.best == tick:
            break
    gap = c.book.sides[1].best - c.book.sides[0].best
    back = away(c)
    if gap <= 1 or c.book.free_count <= OWN_PLACES:
        return
    if back > gap - 2:
        back = gap - 2
    order_add(&c.book, 1 - side, s.best - <int32_t>(1 + back) * outward(side), size(c), 0)


cdef inline void crowd_mood(CrowdState* c) noexcept nogil:
    """Heat falls with time, calm and busy times alternate, the tilt wanders and returns."""
    cdef int64_t dt = c.now_ns - c.heat_ns
    if dt > c.model.heat_decay_ns:
        dt = c.model.heat_decay_ns
    c.heat -= c.heat * dt // c.model.heat_decay_ns
    c.heat_ns = c.now_ns
    if c.now_ns >= c.regime_ns:
        c.busy = 1 - c.busy
        c.regime_ns = c.now_ns + exponential(c, c.model.busy_ns if c.busy else c.model.calm_ns)
    c.tilt += ((chance(c) - 32768) >> c.model.tilt_shift) - ((c.tilt - 32768) >> 10)
    if c.tilt > c.model.tilt_max or c.book.sides[0].best < EDGE_TICKS:
        c.tilt = c.model.tilt_max
    if c.tilt < c.model.tilt_min or c.book.sides[1].best > CROWD_TICKS - EDGE_TICKS:
        c.tilt = c.model.tilt_min


cdef inline void crowd_wait(CrowdState* c) noexcept nogil:
    """When the next event of the crowd comes: the hotter and busier, the sooner."""
    cdef int64_t wait = exponential(c, c.model.wait_ns)
    cdef int64_t rate = (ONE + c.heat) * (c.model.busy_rate if c.busy else 1)
    c.event_ns = c.now_ns + 1000 + wait * ONE // rate


cdef inline void crowd_event(CrowdState* c, VenueState* v) noexcept nogil:
    """One order or cancel arrives."""
    cdef int64_t kind, market
    crowd_mood(c)
    market = c.model.market_busy if c.busy else c.model.market_calm
    kind = chance(c)
    if kind < market:
        crowd_market(c, v)
    elif kind < market + c.model.limit:
        crowd_limit(c)
    elif kind < market + c.model.limit + c.model.cancel_near:
        crowd_cancel_near(c)
    elif kind < market + c.model.limit + c.model.cancel_near + c.model.requote:
        crowd_requote(c)
    else:
        crowd_withdraw(c, <int32_t>((draw(c) >> 32) * CROWD_POOL >> 32))
    publish_ticker(c)
    crowd_wait(c)


cdef inline int64_t crowd_next(const CrowdState* c) noexcept nogil:
    """When the market acts next of itself."""
    return c.depth_ns if c.depth_ns <= c.event_ns else c.event_ns


cdef inline void crowd_advance(CrowdState* c, VenueState* v) noexcept nogil:
    """The next event of the crowd, or the next depth diff. `v` is NULL when nobody trades."""
    c.now_ns = crowd_next(c)
    if c.depth_ns == c.now_ns:
        c.depth_ns += CROWD_DEPTH_NS
        publish_depth(c)
        return
    crowd_event(c, v)
    if v != NULL:
        drop_done(v)
        v.overflow |= c.book.overflow


cdef inline int64_t crowd_best(const CrowdState* c, int32_t side) noexcept nogil:
    """Best price in ticks, 0 when the side is empty."""
    return 0 if side_empty(&c.book, side) else c.base_ticks + c.book.sides[side].best


cdef inline bint crowd_holds(const CrowdState* c, int64_t ticks) noexcept nogil:
    """Whether the book has a place for a price."""
    return c.base_ticks + 1 <= ticks <= c.base_ticks + CROWD_TICKS - 2


cdef inline bint within(const CrowdState* c, const SimOrder* o, int32_t tick) noexcept nogil:
    """Whether an order of ours may trade at a price of the other side."""
    if o.type == TP_MARKET:
        return 1
    if o.side == TP_BUY:
        return c.base_ticks + tick <= o.price_ticks
    return c.base_ticks + tick >= o.price_ticks


cdef inline bint crowd_covers(const CrowdState* c, const SimOrder* o) noexcept nogil:
    """Whether an order of ours can be filled at once in full."""
    cdef int32_t side = 1 - o.side
    cdef int32_t tick = c.book.sides[side].best
    cdef int64_t left = o.quantity_lots // c.lots_per_step
    while 0 <= tick < CROWD_TICKS and left > 0 and within(c, o, tick):
        left -= c.book.sides[side].levels[tick].steps
        tick += outward(side)
    return left <= 0


cdef inline void crowd_take(
    CrowdState* c, VenueState* v, SimOrder* o, int64_t t_ns
) noexcept nogil:
    """An order of ours takes: price, then time; what it takes is gone and published."""
    cdef int32_t side = 1 - o.side
    c.now_ns = t_ns
    if o.time_in_force == TP_FOK and not crowd_covers(c, o):
        return
    while leaves(o) > 0 and not side_empty(&c.book, side) and within(
        c, o, c.book.sides[side].best
    ):
        strike(c, v, side, leaves(o) // c.lots_per_step, o)
    publish_ticker(c)


cdef inline void crowd_rest(CrowdState* c, const SimOrder* o) noexcept nogil:
    """An order of ours joins the end of its price."""
    order_add(
        &c.book, o.side, <int32_t>(o.price_ticks - c.base_ticks), offer(o) // c.lots_per_step,
        o.client_order_id)
    publish_ticker(c)


cdef inline void crowd_remove(CrowdState* c, const SimOrder* o, int64_t t_ns) noexcept nogil:
    """An order of ours is cancelled."""
    cdef int32_t k = order_find(
        &c.book, o.side, <int32_t>(o.price_ticks - c.base_ticks), o.client_order_id)
    c.now_ns = t_ns
    if k != NO_ORDER:
        order_shrink(&c.book, k, c.book.pool[k].steps)
        publish_ticker(c)
