"""Sums that are 0 when all their numbers are, one or two side by side: `Flow` and `Flows` of
windows.py.

How long a number has been 0 says whether all of the window are, so the one that leaves is not
looked at. Two flows share their ring and their registers. Worst case: none, a step is O(1).
"""

from tickpath.core.records cimport tp_window
from tickpath.hot.features.choice cimport when_above

cdef extern from *:
    """
    /* `idle` is how long both have been 0 */
    static inline void tp_flows_take(tp_window *w, tp_pair item, tp_pair idle)
    {
        double *place = w->items + 2 * w->position;
        tp_pair total = tp_pair_at(w->f) + (item - tp_pair_at(place));
        tp_pair fresh = tp_pair_at(w->f + 2) + item;
        tp_pair_put(place, item);
        w->position += 1;
        w->held += w->held < w->capacity;
        total = tp_pair_if(idle < (double)w->capacity, total);
        if (w->position == w->capacity) {
            w->position = 0;
            total = fresh;
            fresh = tp_pair_of(0.0, 0.0);
        }
        tp_pair_put(w->f, total);
        tp_pair_put(w->f + 2, fresh);
        tp_pair_put(w->f + 4, idle);
    }
    static inline tp_pair tp_flows_idle(const tp_window *w, tp_pair item)
    { return tp_pair_if(item == tp_pair_of(0.0, 0.0), tp_pair_at(w->f + 4) + 1.0); }
    static inline void tp_flows_push(tp_window *w, double x, double y)
    {
        const tp_pair item = {x, y};
        tp_flows_take(w, item, tp_flows_idle(w, item));
    }
    static inline void tp_flows_push_thrice(tp_window *w, double x, double y)
    {
        const tp_pair item = {x, y}, idle = tp_flows_idle(w, item);
        for (int k = 0; k < 3; k++)
            tp_flows_take(w + k, item, idle);
    }
    static inline double tp_flow_push(tp_window *w, double item)
    {
        const tp_pair_bits second = {0, -1};
        const tp_pair items = {item, item}, zero = {0.0, 0.0};
        double *place = w->items + w->position;
        const tp_pair idle = tp_pair_if(items == zero, tp_pair_at(w->f + 2) + 1.0);
        tp_pair sums = tp_pair_at(w->f) + tp_pair_of(item - *place, item);
        *place = item;
        w->position += 1;
        w->held += w->held < w->capacity;
        sums = tp_pair_if((idle < (double)w->capacity) | second, sums);
        if (w->position == w->capacity) {
            w->position = 0;
            sums = tp_pair_of(sums[1], 0.0);
        }
        tp_pair_put(w->f, sums);
        tp_pair_put(w->f + 2, idle);
        return sums[0];
    }
    """
    # take a number of each; f: both totals, both fresh, both idle
    void flows_push "tp_flows_push" (tp_window* w, double x, double y) noexcept nogil

    # into three windows, which have taken the same numbers so far
    void flows_push_thrice "tp_flows_push_thrice" (
        tp_window* w, double x, double y
    ) noexcept nogil

    # take a number; the sum, 0 of zeros. f: total, fresh, how long it has been 0
    double flow_push "tp_flow_push" (tp_window* w, double item) noexcept nogil


cdef inline double flows_ratio(const tp_window* w) noexcept nogil:
    """The first sum over the second; 0 where that is not above 0."""
    return w.f[0] / w.f[1] if w.f[1] > 0.0 else 0.0
