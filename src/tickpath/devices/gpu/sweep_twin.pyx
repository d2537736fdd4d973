"""The sweep kernels of `cuda/backtest` on the CPU, from the same headers: same figures.

Sets run in lanes side by side, so that what every event asks of every set is done for several at
once; what few sets do at few events is done one by one. No GIL: callers give each thread sets of
its own. Shapes are the caller's care (sweep.py). Worst case: sets that trade at every event.
"""

from libc.stdint cimport int64_t, uint8_t

from tickpath.devices.gpu.layout import (
    MAKER_CHANGE,
    MAKER_MOVE,
    MAKER_PRICE,
    MAKER_QUOTE,
    MAKER_SET,
    MAKER_TRADE,
    SWEEP_BOOK,
    SWEEP_EVENT,
    SWEEP_FILL,
    SWEEP_LEVEL,
    SWEEP_ORDER,
    SWEEP_PLAN,
    SWEEP_RESULT,
    TAKER_SET,
)

cdef extern from *:
    """
    #include <tickpath/makers.h>
    #include <tickpath/takers.h>
    #define TAKER_LANES 16
    typedef struct {
        double fast[TAKER_LANES], slow[TAKER_LANES];
        double fast_alpha[TAKER_LANES], slow_alpha[TAKER_LANES], band[TAKER_LANES];
        int64_t period[TAKER_LANES], kept[TAKER_LANES], calls[TAKER_LANES];
    } taker_lanes;

    /* The averages of all lanes take a sample. calls: the side of the fast average, 0: none yet;
       returns whether a lane's is another than the one it knows. One body for every width. */
    HD int64_t taker_averages(taker_lanes* l, double x, int64_t samples)
    {
        int64_t any = 0;
        for (int k = 0; k < TAKER_LANES; ++k) {
            l->fast[k] = tp_taker_average(l->fast[k], l->fast_alpha[k], x);
            l->slow[k] = tp_taker_average(l->slow[k], l->slow_alpha[k], x);
        }
        for (int k = 0; samples == 1 && k < TAKER_LANES; ++k)
            l->fast[k] = l->slow[k] = x;
        for (int k = 0; k < TAKER_LANES; ++k)
            l->calls[k] = tp_taker_side(l->fast[k], l->slow[k], l->band[k]);
        for (int k = 0; k < TAKER_LANES; ++k) {
            int64_t side = l->calls[k] & -(int64_t)(samples >= l->period[k]);
            l->calls[k] = side;
            any |= -(int64_t)(side != 0) & (side ^ l->kept[k]);
        }
        return any;
    }

    typedef int64_t (*taker_fn)(taker_lanes*, double, int64_t);

    static int64_t taker_base(taker_lanes* l, double x, int64_t n)
    {
        return taker_averages(l, x, n);
    }

    #if defined(__x86_64__)
    __attribute__((target("avx2"))) static int64_t taker_avx2(taker_lanes* l, double x, int64_t n)
    {
        return taker_averages(l, x, n);
    }

    __attribute__((target("avx512f,avx512dq,avx512vl"))) static int64_t taker_avx512(
        taker_lanes* l, double x, int64_t n)
    {
        return taker_averages(l, x, n);
    }
    #endif

    /* The widest that this processor has. */
    static taker_fn taker_pick(void)
    {
    #if defined(__x86_64__)
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl"))
            return taker_avx512;
        if (__builtin_cpu_supports("avx2"))
            return taker_avx2;
    #endif
        return taker_base;
    }

    /* Up to TAKER_LANES sets from the beginning of the stream to its end. */
    static void taker_block(
        const tp_sweep_plan* plan, const tp_sweep_event* events, const tp_sweep_book* books,
        const tp_sweep_level* levels, const tp_taker_set* sets, int64_t first, int64_t count,
        int64_t stride, tp_sweep_result* results, tp_sweep_order* orders, tp_sweep_fill* fills,
        int64_t* equity)
    {
        taker_fn averages = taker_pick();
        taker_lanes l;
        tp_taker_walk walks[TAKER_LANES];
        tp_taker_view views[TAKER_LANES];
        int64_t samples = 0, taken = 0, trying = 0;
        for (int k = 0; k < TAKER_LANES; ++k) {
            const tp_taker_set* s = &sets[first + (k < count ? k : 0)];
            int64_t place = first + k;
            l.fast[k] = l.slow[k] = 0.0;
            l.fast_alpha[k] = s->fast_alpha;
            l.slow_alpha[k] = s->slow_alpha;
            l.band[k] = s->band;
            l.period[k] = s->slow_period;
            l.kept[k] = 0;
            tp_taker_start(plan, &walks[k]);
            views[k].plan = plan;
            views[k].books = books;
            views[k].levels = levels;
            views[k].orders = orders + place * plan->order_rows;
            views[k].fills = fills + place * plan->fill_rows;
            trying |= s->kind == TP_TAKER_BANK;
        }
        for (int64_t t = 0; t < plan->event_count; ++t) {
            const tp_sweep_event* e = &events[t];
            if (e->kind == TP_SWEEP_BOOK) {
                samples += 1;
                if (!(averages(&l, (double)e->mid2 * 0.5, samples) | trying))
                    continue;
                trying = 0;
                for (int k = 0; k < count; ++k) {
                    const tp_taker_set* s = &sets[first + k];
                    if (tp_taker_wakes(&walks[k], s, l.calls[k]))
                        tp_taker_book(&views[k], &walks[k], s, e, l.calls[k]);
                    l.kept[k] = walks[k].left ? l.calls[k] : walks[k].side;
                    trying |= s->kind == TP_TAKER_BANK || walks[k].tries > 0;
                }
            } else {
                for (int k = 0; k < count; ++k) {
                    int64_t units = tp_taker_other(&views[k], &walks[k], &sets[first + k], e);
                    if (e->kind == TP_SWEEP_SAMPLE)
                        equity[taken * stride + first + k] = units;
                }
                taken += e->kind == TP_SWEEP_SAMPLE;
            }
        }
        for (int k = 0; k < count; ++k)
            tp_taker_end(&views[k], &walks[k], &results[first + k]);
    }
    """
    enum:
        TAKER_LANES
    ctypedef struct tp_maker_quote:
        pass
    ctypedef struct tp_maker_move:
        pass
    ctypedef struct tp_maker_price:
        pass
    ctypedef struct tp_maker_change:
        pass
    ctypedef struct tp_maker_trade:
        pass
    ctypedef struct tp_maker_walk:
        pass
    ctypedef struct tp_sweep_plan:
        pass
    ctypedef struct tp_sweep_event:
        pass
    ctypedef struct tp_sweep_book:
        pass
    ctypedef struct tp_sweep_level:
        pass
    ctypedef struct tp_sweep_result:
        pass
    ctypedef struct tp_sweep_order:
        pass
    ctypedef struct tp_sweep_fill:
        pass
    ctypedef struct tp_taker_set:
        pass
    ctypedef struct tp_maker_set:
        pass
    ctypedef struct tp_maker_view:
        const tp_sweep_plan* plan
        const tp_sweep_event* events
        const tp_maker_quote* quotes
        const tp_sweep_book* books
        const tp_sweep_level* levels
        const tp_maker_move* moves
        const tp_maker_price* prices
        const tp_maker_change* changes
        const int64_t* frames
        const tp_maker_trade* trades
        tp_sweep_order* orders
        tp_sweep_fill* fills
    void tp_maker_run(
        const tp_maker_view*, const tp_maker_set*, tp_maker_walk*, int64_t*, int64_t,
        tp_sweep_result*) noexcept nogil
    void taker_block(
        const tp_sweep_plan*, const tp_sweep_event*, const tp_sweep_book*, const tp_sweep_level*,
        const tp_taker_set*, int64_t, int64_t, int64_t, tp_sweep_result*, tp_sweep_order*,
        tp_sweep_fill*, int64_t*) noexcept nogil

assert sizeof(tp_sweep_plan) == SWEEP_PLAN.itemsize
assert sizeof(tp_sweep_event) == SWEEP_EVENT.itemsize
assert sizeof(tp_sweep_book) == SWEEP_BOOK.itemsize
assert sizeof(tp_sweep_level) == SWEEP_LEVEL.itemsize
assert sizeof(tp_sweep_result) == SWEEP_RESULT.itemsize
assert sizeof(tp_sweep_order) == SWEEP_ORDER.itemsize
assert sizeof(tp_sweep_fill) == SWEEP_FILL.itemsize
assert sizeof(tp_taker_set) == TAKER_SET.itemsize
assert sizeof(tp_maker_set) == MAKER_SET.itemsize
assert sizeof(tp_maker_quote) == MAKER_QUOTE.itemsize
assert sizeof(tp_maker_move) == MAKER_MOVE.itemsize
assert sizeof(tp_maker_price) == MAKER_PRICE.itemsize
assert sizeof(tp_maker_change) == MAKER_CHANGE.itemsize
assert sizeof(tp_maker_trade) == MAKER_TRADE.itemsize

LANES = TAKER_LANES
"""Sets that run side by side: give each thread a multiple."""


cdef const uint8_t* bytes_of(array) except? NULL:
    """Where a contiguous array lies; it must be kept. An empty one lies nowhere."""
    cdef const uint8_t[::1] view
    if array.nbytes == 0:
        return NULL
    view = array.reshape(-1).view("u1")
    return &view[0]


def takers(plan, stream, sets, int64_t first, int64_t count, figures) -> None:
    """Sets `first` to `first + count`, their figures written into the arrays of all sets: results
    [set], orders and fills [set][row], equity [sample][set]. `stream` are events, books, levels."""
    cdef int64_t stride = len(sets)
    events, books, levels = stream
    results, orders, fills, equity = figures
    cdef const tp_sweep_plan* p = <const tp_sweep_plan*>bytes_of(plan)
    cdef const tp_sweep_event* e = <const tp_sweep_event*>bytes_of(events)
    cdef const tp_sweep_book* b = <const tp_sweep_book*>bytes_of(books)
    cdef const tp_sweep_level* l = <const tp_sweep_level*>bytes_of(levels)
    cdef const tp_taker_set* s = <const tp_taker_set*>bytes_of(sets)
    cdef tp_sweep_result* r = <tp_sweep_result*>bytes_of(results)
    cdef tp_sweep_order* o = <tp_sweep_order*>bytes_of(orders)
    cdef tp_sweep_fill* f = <tp_sweep_fill*>bytes_of(fills)
    cdef int64_t* q = <int64_t*>bytes_of(equity)
    cdef int64_t end = first + count
    cdef int64_t k = first
    with nogil:
        while k < end:
            taker_block(
                p, e, b, l, s, k, end - k if end - k < TAKER_LANES else TAKER_LANES, stride,
                r, o, f, q)
            k += TAKER_LANES


def makers(plan, stream, sets, int64_t first, int64_t count, figures) -> None:
    """The same of MAKER_SET records; `stream` are the nine arrays of the kernel in its order."""
    cdef tp_maker_view view
    cdef tp_maker_walk walk
    cdef int64_t stride = len(sets)
    cdef int64_t order_rows = plan["order_rows"][0]
    cdef int64_t fill_rows = plan["fill_rows"][0]
    view.plan = <const tp_sweep_plan*>bytes_of(plan)
    results, orders, fills, equity = figures
    events, books, levels, quotes, moves, prices, changes, frames, trades = stream
    view.events = <const tp_sweep_event*>bytes_of(events)
    view.books = <const tp_sweep_book*>bytes_of(books)
    view.levels = <const tp_sweep_level*>bytes_of(levels)
    view.quotes = <const tp_maker_quote*>bytes_of(quotes)
    view.moves = <const tp_maker_move*>bytes_of(moves)
    view.prices = <const tp_maker_price*>bytes_of(prices)
    view.changes = <const tp_maker_change*>bytes_of(changes)
    view.frames = <const int64_t*>bytes_of(frames)
    view.trades = <const tp_maker_trade*>bytes_of(trades)
    cdef const tp_maker_set* s = <const tp_maker_set*>bytes_of(sets)
    cdef tp_sweep_result* r = <tp_sweep_result*>bytes_of(results)
    cdef tp_sweep_order* o = <tp_sweep_order*>bytes_of(orders)
    cdef tp_sweep_fill* f = <tp_sweep_fill*>bytes_of(fills)
    cdef int64_t* q = <int64_t*>bytes_of(equity)
    cdef int64_t k
    with nogil:
        for k in range(first, first + count):
            view.orders = o + k * order_rows
            view.fills = f + k * fill_rows
            tp_maker_run(&view, &s[k], &walk, q + k, stride, &r[k])
