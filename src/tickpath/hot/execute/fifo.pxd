"""First in, first out: the open lots of a leg, oldest first, and what a fill does to them.

A fill closes the oldest lots first; each closed lot's profit is exact and rounded to the guard (a
lot of one price by the exact formula, a merged one at its average). Fills at the newest lot's price
join it. When TP_FIFO_LOTS_MAX lots are open the two oldest become one at their exact total cost.
A fill is planned wholly before anything is changed. Worst case: TP_FIFO_LOTS_MAX closes of four
128-bit divisions each in one fill.
"""

from libc.stdint cimport int32_t, int64_t
from tickpath.core.records cimport TP_FIFO_LOTS_MAX, int128, tp_instrument
from tickpath.hot.execute.position cimport (
    TP_GUARD, FillMoney, Leg, Ratio, fill_close, fits64, fits_guard, round_ratio, value_guard,
)

cdef struct LotQueue:
    int32_t head                      # index of the oldest lot
    int32_t count
    int64_t reserved
    int128 realised_guard             # by these lots since the start
    Leg lots[TP_FIFO_LOTS_MAX]        # a ring; entry_ticks 0: merged from several prices

cdef struct FifoPlan:                 # what a fill does to the lots
    int32_t gone                      # oldest lots closed wholly
    int32_t joins                     # 1: `opened` replaces the newest lot
    Leg front                         # what is left of the lot behind them; lots 0: untouched
    Leg opened                        # the lot a fill opens; lots 0: none


cdef inline Leg* fifo_at(LotQueue* q, int32_t k) noexcept nogil:
    """The k-th oldest lot."""
    return &q.lots[(q.head + k) % TP_FIFO_LOTS_MAX]


cdef inline bint fifo_close(const tp_instrument* i, LotQueue* q, int64_t ticks, int64_t closed,
                            FifoPlan* plan, FillMoney* out) noexcept nogil:
    """Plan to close `closed` lots, signed like the leg; `out` holds the leg before."""
    cdef FillMoney one
    cdef Ratio sum
    cdef int128 realised
    cdef int64_t left = closed
    cdef int64_t part
    cdef int32_t taken = 0
    cdef Leg* lot
    one.realised_units = 0
    sum.num = 0
    sum.den = TP_GUARD
    while left != 0 and taken < q.count:
        lot = fifo_at(q, taken)
        part = lot.lots
        if (part > left) == (left > 0) and part != left:
            part = left
        if not fill_close(i, lot, ticks, part, &one):
            return 0
        taken += 1
        left -= part
        sum.num += one.realised_guard
        out.entry_value -= lot.value - one.entry_value
        if one.position_lots == 0:
            plan.gone += 1
        else:
            plan.front.lots = one.position_lots
            plan.front.entry_ticks = one.entry_ticks
            plan.front.value = one.entry_value
    if left != 0 or not fits_guard(sum.num) or not fits_guard(out.entry_value):
        return 0
    out.realised_guard = sum.num
    out.realised_units = one.realised_units
    if taken > 1:
        if not round_ratio(&sum, 1, &realised) or not fits64(realised):
            return 0
        out.realised_units = <int64_t>realised
    out.position_lots -= closed
    return 1


cdef inline bint fifo_open(const tp_instrument* i, LotQueue* q, int64_t ticks, int64_t opened,
                           FifoPlan* plan, FillMoney* out) noexcept nogil:
    """Plan to open `opened` lots behind those that the plan leaves."""
    cdef Leg* newest
    cdef int128 before = 0
    cdef int64_t lots = opened
    if q.count > plan.gone:
        newest = fifo_at(q, q.count - 1)
        if newest.entry_ticks == ticks:
            plan.joins = 1
            before = newest.value
            lots += newest.lots
    if not value_guard(i, ticks, lots, &plan.opened.value) or not fits_guard(plan.opened.value):
        return 0
    plan.opened.lots = lots
    plan.opened.entry_ticks = ticks
    out.entry_value += plan.opened.value - before
    out.position_lots += opened
    return fits_guard(out.entry_value)


cdef inline bint fifo_plan(const tp_instrument* i, LotQueue* q, const Leg* leg, int64_t ticks,
                           int64_t signed_lots, FifoPlan* plan, FillMoney* out) noexcept nogil:
    """The leg after a fill (buys positive) and what becomes of its lots; nothing is changed."""
    cdef int128 after = <int128>leg.lots + signed_lots
    cdef int32_t left
    plan.gone = 0
    plan.joins = 0
    plan.front.lots = 0
    plan.opened.lots = 0
    out.position_lots = leg.lots
    out.entry_value = leg.value
    out.realised_units = 0
    out.realised_guard = 0
    if not fits64(after):
        return 0
    if leg.lots == 0 or (leg.lots > 0) == (signed_lots > 0):
        if not fifo_open(i, q, ticks, signed_lots, plan, out):
            return 0
    elif after == 0 or (after > 0) == (leg.lots > 0):
        if not fifo_close(i, q, ticks, -signed_lots, plan, out):
            return 0
    elif not (fifo_close(i, q, ticks, leg.lots, plan, out)
              and fifo_open(i, q, ticks, <int64_t>after, plan, out)):
        return 0
    # the leg has one price when one lot of one price is left
    left = q.count - plan.gone
    out.entry_ticks = 0
    if plan.opened.lots != 0:
        if left == 0 or (left == 1 and plan.joins):
            out.entry_ticks = ticks
    elif left == 1:
        out.entry_ticks = fifo_at(q, plan.gone).entry_ticks
    return 1


cdef inline void fifo_commit(LotQueue* q, const FifoPlan* plan,
                             int128 realised_guard) noexcept nogil:
    """Carry out a plan made from the same lots."""
    cdef Leg* oldest
    cdef Leg* second
    q.realised_guard += realised_guard
    q.head = (q.head + plan.gone) % TP_FIFO_LOTS_MAX
    q.count -= plan.gone
    if plan.front.lots != 0:
        q.lots[q.head] = plan.front
    if plan.opened.lots == 0:
        return
    if plan.joins:
        fifo_at(q, q.count - 1)[0] = plan.opened
        return
    if q.count == TP_FIFO_LOTS_MAX:
        oldest = fifo_at(q, 0)
        second = fifo_at(q, 1)
        second.lots += oldest.lots
        second.value += oldest.value
        second.entry_ticks = 0
        q.head = (q.head + 1) % TP_FIFO_LOTS_MAX
        q.count -= 1
    fifo_at(q, q.count)[0] = plan.opened
    q.count += 1


cdef inline void fifo_reset(LotQueue* q, const Leg* leg) noexcept nogil:
    """One lot that is the whole leg: after a bust, which names no lots."""
    q.head = 0
    q.count = 0
    if leg.lots != 0:
        q.lots[0] = leg[0]
        q.count = 1
